// A real mail server on this machine, and what it took, read by another program than ours.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { simpleParser } from 'mailparser';

import { root } from './server.mjs';

export const parseMail = (content) => simpleParser(content, { skipTextToHtml: true });

class MailServer {
	constructor(child) {
		this.child = child;
		this.messages = [];
		this.recipients = [];
		this.ended = new Promise((done) => child.once('close', done));
	}

	hear(line) {
		const said = JSON.parse(line);
		if (said.kind === 'message')
			this.messages.push({ ...said, raw: Buffer.from(said.content, 'base64').toString('latin1') });
		else if (said.kind === 'recipient') this.recipients.push(said.to);
		else this.port = said.port;
	}

	get url() {
		return `smtp://127.0.0.1:${this.port}`;
	}

	// Those to one address, once there are so many.
	async to(address, count = 1, ms = 20_000) {
		for (const end = Date.now() + ms; ; await sleep(50)) {
			const found = this.messages.filter(({ to }) => to.toLowerCase() === address.toLowerCase());
			if (found.length >= count || Date.now() > end) {
				if (found.length < count) throw new Error(`${found.length} of ${count} messages to ${address}`);
				return Promise.all(
					found.map(async (one) => ({ ...one, mail: await parseMail(Buffer.from(one.content, 'base64')) })),
				);
			}
		}
	}

	async stop() {
		this.child.kill('SIGKILL');
		await this.ended;
	}
}

export async function startMailServer(...args) {
	const child = spawn('/usr/bin/python3', [join(root, 'tests/support/smtp_server.py'), ...args.map(String)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const server = new MailServer(child);
	await new Promise((done, fail) => {
		child.once('close', () => fail(new Error('the mail server did not start')));
		createInterface({ input: child.stdout }).on('line', (line) => {
			server.hear(line);
			if (server.port) done();
		});
	});
	return server;
}

// What a server needs to send by it, with waits that a test can wait for.
export const mailSettings = (mail, more = {}) => ({
	ASSAY_MAIL: 'smtp',
	ASSAY_SMTP_URL: mail.url,
	ASSAY_MAIL_FROM: 'assay@company.test',
	ASSAY_MAIL_RETRY: '200ms',
	ASSAY_SMTP_TIMEOUT: '1s',
	...more,
});
