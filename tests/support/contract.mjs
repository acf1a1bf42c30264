// Holds every answer against the API document that the server itself serves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
// Any address can answer these; the document says so once.
const ANYWHERE = [405, 414, 431, 501, 505];
// Refused before the caller was counted, so that there is nothing to say of limits.
const UNCOUNTED = [400, 401, 403, 405, 406, 413, 414, 415, 431, 500, 501, 503, 505];
const LIMIT_HEADERS = [
	'ratelimit',
	'ratelimit-policy',
	'x-ratelimit-limit',
	'x-ratelimit-remaining',
	'x-ratelimit-reset',
];
// RFC 6749 gives the token endpoint errors of its own, and RFC 7009 the same to revocation.
const OAUTH = ['/v1/oauth/token', '/v1/oauth/revoke'];

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

const escape = (text) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));

export class ContractError extends Error {}

export class Contract {
	constructor(document) {
		this.document = document;
		this.ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
		addFormats(this.ajv);
		this.ajv.addSchema(document, 'assay');
		this.validators = new Map();
		this.seen = new Map();
		this.operations = [];
		for (const [path, item] of Object.entries(document.paths))
			for (const method of METHODS)
				if (item[method]) this.operations.push(this.#operation(path, method, item[method]));
		// A literal segment wins over a parameter.
		this.operations.sort((a, b) => a.parameterCount - b.parameterCount);
		this.byId = Object.fromEntries(this.operations.map((operation) => [operation.id, operation]));
	}

	#operation(path, method, definition) {
		const names = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
		// What is no UUID where one stands is no address at all.
		const pattern = path
			.split(/(\{[^}]+\})/)
			.map((text) => {
				if (!text.startsWith('{')) return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
				return text.endsWith('_id}') && !path.includes('by_external_id') ? UUID : '[^/]+';
			})
			.join('');
		return {
			id: definition.operationId,
			path,
			method: method.toUpperCase(),
			definition,
			may: definition['x-may'],
			names,
			parameterCount: names.length,
			pattern: new RegExp(`^${pattern}$`),
			parameters: (definition.parameters ?? []).map((parameter) => this.resolve(parameter)),
			body: definition.requestBody?.content ?? null,
			bodyRequired: definition.requestBody?.required === true,
		};
	}

	resolve(node) {
		let at = node;
		while (at?.$ref)
			at = at.$ref
				.slice(2)
				.split('/')
				.reduce(
					(place, key) => place[key.replaceAll('~1', '/').replaceAll('~0', '~')],
					this.document,
				);
		return at;
	}

	find(method, target) {
		const path = target.split('?')[0];
		const wanted = method === 'HEAD' ? 'GET' : method;
		return this.operations.find((operation) => operation.method === wanted && operation.pattern.test(path));
	}

	#validator(operation, status, type) {
		const key = `${operation.id} ${status} ${type}`;
		if (!this.validators.has(key)) {
			const given = operation.definition.responses[status];
			const base = given.$ref
				? given.$ref.split('/').slice(1).map(escape).join('/')
				: ['paths', operation.path, operation.method.toLowerCase(), 'responses', status]
						.map((part) => escape(String(part)))
						.join('/');
			this.validators.set(
				key,
				this.ajv.compile({ $ref: `assay#/${base}/content/${escape(type)}/schema` }),
			);
		}
		return this.validators.get(key);
	}

	// Notes what was seen, and throws when the answer is not one that the document allows.
	check(exchange) {
		const { method, path, status, headers } = exchange;
		const operation = this.find(method, path);
		const problems = [];
		const say = (text) => problems.push(text);
		const code = exchange.body?.code ?? exchange.body?.error ?? '';

		if (operation && method !== 'OPTIONS') {
			const key = JSON.stringify([operation.id, status, status >= 400 ? code : '']);
			this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
		}
		if (status === 500) say('a defect of the server');
		if (!headers['x-request-id']) say('no X-Request-Id');
		if (method === 'HEAD' && exchange.text !== '') say('HEAD answered a body');
		const page = path.startsWith('/careers/') && /^text\/html/.test(headers['content-type']);
		if (status >= 400 && method !== 'HEAD' && !OAUTH.includes(path.split('?')[0]) && !page)
			this.#checkProblem(exchange, say);
		if (operation && method !== 'OPTIONS' && !ANYWHERE.includes(status))
			this.#checkDocumented(operation, exchange, code, say);
		if (problems.length)
			throw new ContractError(
				`${method} ${path} answered ${status}: ${problems.join('; ')}\n${exchange.text?.slice(0, 1500)}`,
			);
		return operation;
	}

	// Where SCIM is spoken a refusal has the form that RFC 7644 gives it, and our code beside.
	#checkScimError({ status, headers, body, text }, say) {
		if (headers['content-type']?.split(';')[0] !== 'application/scim+json') return say(`a refusal of type ${headers['content-type']}`);
		if (body === undefined) return say(`a refusal that is not JSON: ${text}`);
		if (body.schemas?.[0] !== 'urn:ietf:params:scim:api:messages:2.0:Error') say(`schemas ${body.schemas}`);
		if (body.status !== String(status)) say(`the body says status ${body.status}`);
		if (!this.document.components.schemas.Problem.properties.code.enum.includes(body.code)) say(`unknown code ${body.code}`);
		return undefined;
	}

	#checkProblem({ path, status, headers, body, text }, say) {
		if (path.startsWith('/scim/')) return this.#checkScimError({ status, headers, body, text }, say);
		if (headers['content-type']?.split(';')[0] !== 'application/problem+json')
			return say(`a refusal of type ${headers['content-type']}`);
		if (body === undefined) return say(`a refusal that is not JSON: ${text}`);
		if (body.status !== status) say(`the body says status ${body.status}`);
		if (!this.document.components.schemas.Problem.properties.code.enum.includes(body.code))
			say(`unknown code ${body.code}`);
		if (!body.type?.endsWith(`/docs/problems#${body.code}`)) say(`type ${body.type}`);
		for (const error of body.errors ?? [])
			if (!/^(\/|\?|\{|$)/.test(error.pointer)) say(`pointer ${error.pointer}`);
		return undefined;
	}

	#checkDocumented(operation, { method, status, headers, body, text }, code, say) {
		const given = operation.definition.responses[status];
		if (!given) return say(`${operation.id} does not document ${status} ${code}`);
		const response = this.resolve(given);
		const types = Object.keys(response.content ?? {});
		const type = headers['content-type']?.split(';')[0];

		if (
			response['x-codes'] &&
			['application/problem+json', 'application/scim+json'].includes(type) &&
			status >= 400 &&
			method !== 'HEAD' &&
			!response['x-codes'].includes(code)
		)
			say(`${operation.id} does not document ${status} with code ${code}`);
		if (types.length === 0) {
			if (text !== '') say(`a body where none is documented: ${text}`);
		} else if (!types.includes(type)) {
			say(`media type ${type} is not one of ${types.join(', ')}`);
		} else if (method !== 'HEAD' && body !== undefined) {
			const valid = this.#validator(operation, status, type);
			if (!valid(body)) say(this.ajv.errorsText(valid.errors, { dataVar: 'body' }));
		}
		this.#checkHeaders(operation, response, { method, status, headers, body }, say);
		return undefined;
	}

	#checkHeaders(operation, response, { method, status, headers, body }, say) {
		const documented = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
		const needs = (name) => headers[name] ?? say(`no ${name}`);

		const exported = /^(text\/csv|application\/x-ndjson)/.test(headers['content-type'] ?? '');
		if (documented.includes('etag') && !exported && (method === 'GET' || Number.isInteger(body?.version))) needs('etag');
		if (documented.includes('location')) needs('location');
		if (documented.includes('www-authenticate')) needs('www-authenticate');
		if (documented.includes('retry-after')) needs('retry-after');
		if (body?.next_cursor) needs('link');
		if (status === 200 && operation.may !== 'anyone' && !/no-store/.test(headers['cache-control'] ?? ''))
			say(`Cache-Control is ${headers['cache-control']}`);
		if (!UNCOUNTED.includes(status) && operation.may !== 'anyone') LIMIT_HEADERS.forEach(needs);
	}

	// What this process saw, for the coverage of the whole run.
	write() {
		const directory = process.env.ASSAY_TEST_COVERAGE;
		if (!directory || this.seen.size === 0) return;
		mkdirSync(directory, { recursive: true });
		writeFileSync(
			join(directory, `${process.pid}-${Math.random().toString(36).slice(2)}.json`),
			JSON.stringify([...this.seen].map(([key, count]) => [...JSON.parse(key), count])),
		);
	}
}

const contracts = new Map();

// One contract a server address; each writes what it saw when the process ends.
export async function contractOf(url) {
	if (!contracts.has(url)) {
		const loading = fetch(process.env.ASSAY_TEST_DOCUMENT ?? `${url}/openapi.json`)
			.then((answer) => {
				if (!answer.ok) throw new Error(`the API document answered ${answer.status}`);
				return answer.json();
			})
			.then((document) => {
				const contract = new Contract(document);
				process.once('exit', () => contract.write());
				return contract;
			});
		contracts.set(url, loading);
	}
	return contracts.get(url);
}
