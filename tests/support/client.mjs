// A small HTTP client that holds every answer against the contract.
import http from 'node:http';

import { contractOf } from './contract.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

const MERGE = 'application/merge-patch+json';

function send(url, { method, path, headers, payload }) {
	return new Promise((done, fail) => {
		const request = http.request(new URL(url), { method, path, headers, agent }, (answer) => {
			const chunks = [];
			answer.on('data', (chunk) => chunks.push(chunk));
			answer.on('error', fail);
			answer.on('end', () =>
				done({
					status: answer.statusCode,
					headers: answer.headers,
					raw: answer.rawHeaders,
					text: Buffer.concat(chunks).toString('utf8'),
				}),
			);
		});
		request.on('error', (error) => {
			// The server may close an idle connection in the moment we use it.
			if (
				error.code === 'ECONNRESET' &&
				request.reusedSocket &&
				(method === 'GET' || method === 'HEAD')
			)
				send(url, { method, path, headers, payload }).then(done, fail);
			else fail(error);
		});
		request.end(payload);
	});
}

function parse(text, type) {
	if (!/json/.test(type ?? '')) return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function expected(status, expect) {
	if (expect === undefined) return true;
	if (Array.isArray(expect)) return expect.includes(status);
	return expect === 'ok' ? status >= 200 && status < 300 : status === expect;
}

export class Client {
	constructor(server, { token = null, headers = {}, check = true } = {}) {
		Object.assign(this, { server, token, headers, check });
	}

	as(token) {
		return new Client(this.server, { ...this, token });
	}

	with(headers) {
		return new Client(this.server, { ...this, headers: { ...this.headers, ...headers } });
	}

	// `body` goes as JSON, `form` as a form, `raw` as it is (with `type`); `expect` is a status,
	// several, or "ok" for any success.
	async request(method, path, { body, form, raw, type, headers = {}, expect, query, check = this.check } = {}) {
		const contract = await contractOf(this.server.url);
		const sent = { ...this.headers, ...headers };
		let payload;

		if (this.token && sent.Authorization === undefined) sent.Authorization = `Bearer ${this.token}`;
		if (body !== undefined) {
			payload = JSON.stringify(body);
			sent['Content-Type'] = type ?? (method === 'PATCH' ? MERGE : 'application/json');
		} else if (form !== undefined) {
			payload = new URLSearchParams(form).toString();
			sent['Content-Type'] = type ?? 'application/x-www-form-urlencoded';
		} else if (raw !== undefined) {
			payload = raw;
			if (type !== undefined) sent['Content-Type'] = type;
		}
		for (const name of Object.keys(sent))
			if (sent[name] === null || sent[name] === undefined) delete sent[name];
		if (payload !== undefined) sent['Content-Length'] = Buffer.byteLength(payload);
		else if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') sent['Content-Length'] = 0;
		const target = query ? `${path}?${new URLSearchParams(query)}` : path;
		const answer = await send(this.server.url, { method, path: target, headers: sent, payload });
		answer.method = method;
		answer.path = target;
		answer.body = parse(answer.text, answer.headers['content-type']);
		if (check) answer.operation = contract.check(answer);
		if (!expected(answer.status, expect))
			throw new Error(
				`${method} ${target} answered ${answer.status}, not ${expect}: ${answer.text.slice(0, 1500)}` +
					(payload ? `\nsent: ${String(payload).slice(0, 1500)}` : ''),
			);
		return answer;
	}

	get(path, options) {
		return this.request('GET', path, options);
	}

	post(path, body, options) {
		return this.request('POST', path, { body, ...options });
	}

	put(path, body, options) {
		return this.request('PUT', path, { body, ...options });
	}

	patch(path, body, options) {
		return this.request('PATCH', path, { body, ...options });
	}

	delete(path, options) {
		return this.request('DELETE', path, options);
	}

	// The object of a success; anything else fails.
	async read(path, query) {
		return (await this.get(path, { query, expect: 200 })).body;
	}

	async make(path, body, options) {
		return (await this.post(path, body, { expect: 'ok', ...options })).body;
	}

	async change(path, body, options) {
		return (await this.patch(path, body, { expect: 200, ...options })).body;
	}

	// Every object of a list, page by page.
	async all(path, query = {}) {
		const found = [];
		for (let cursor; cursor !== null;) {
			const page = await this.read(path, { limit: 100, ...query, ...(cursor ? { cursor } : {}) });
			found.push(...page.data);
			cursor = page.next_cursor;
		}
		return found;
	}
}
