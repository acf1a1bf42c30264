// Receives webhooks on this machine, and answers as a test says.
import http from 'node:http';

import { Webhook } from 'standardwebhooks';

const later = (ms) => new Promise((done) => setTimeout(done, ms));

export class Receiver {
	constructor() {
		this.messages = [];
		this.answer = () => ({ status: 200 });
		this.server = http.createServer((request, response) => this.#take(request, response));
	}

	static async start(answer) {
		const receiver = new Receiver();
		if (answer) receiver.answer = answer;
		await new Promise((done) => receiver.server.listen(0, '127.0.0.1', done));
		receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
		return receiver;
	}

	async #take(request, response) {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const text = Buffer.concat(chunks).toString();
		const message = { id: request.headers['webhook-id'], headers: request.headers, text, at: Date.now() };
		try {
			message.body = JSON.parse(text);
		} catch {
			message.body = null;
		}
		this.messages.push(message);
		const { status = 200, body = '', headers = {}, delay = 0, raw } = (await this.answer(message, response, request)) ?? {};
		if (raw) return;
		if (delay) await later(delay);
		message.answered = Date.now();
		response.writeHead(status, headers).end(body);
	}

	// Messages of a type, or that a function picks, once there are so many.
	async wait(pick, count = 1, ms = 15_000) {
		const wanted = typeof pick === 'function' ? pick : ({ body }) => body?.type === pick;
		for (const end = Date.now() + ms; ; ) {
			const found = this.messages.filter(wanted);
			if (found.length >= count) return found;
			if (Date.now() > end)
				throw new Error(
					`${found.length} of ${count} messages came; there were ${this.messages.map(({ body }) => body?.type).join(' ')}`,
				);
			await later(20);
		}
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((done) => this.server.close(done));
	}
}

// What the package says: the payload, or it throws.
export const verify = (secret, { text, headers }) => new Webhook(secret).verify(text, headers);
