// Limits, on servers that have low ones.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { startServer } from '../support/server.mjs';
import { PASSWORD, World, signIn, unique } from '../support/world.mjs';

// Starts a server, lets `work` use it, and stops it whatever happens.
const withServer = async (env, work) => {
	const server = await startServer({ env });
	try {
		await work(server);
	} finally {
		await server.stop();
	}
};

describe('limits', () => {
	test('requests of an account: told with each answer, then 429 until later', () =>
		withServer({ ASSAY_REQUESTS_PER_MINUTE: '30' }, async (server) => {
			const world = await World.make(server);
			const answers = [];
			for (let i = 0; i < 40; i += 1) answers.push(await world.admin.get('/v1/me', { expect: [200, 429] }));
			const [first, second] = answers;
			assert.match(first.headers['ratelimit-policy'], /q=30;w=60/);
			assert.equal(first.headers['x-ratelimit-limit'], '30');
			assert.equal(Number(second.headers['x-ratelimit-remaining']), Number(first.headers['x-ratelimit-remaining']) - 1);
			assert.match(first.headers.ratelimit, /r=\d+;t=\d+/);
			assert.ok(Number(first.headers['x-ratelimit-reset']) >= Date.now() / 1000 - 2);
			const refused = answers.find(({ status }) => status === 429);
			assert.ok(refused, 'the limit holds');
			assert.equal(refused.body.code, 'too_many_requests');
			assert.ok(Number(refused.headers['retry-after']) >= 1);
			assert.equal(refused.headers['x-ratelimit-remaining'], '0');
			// Another account is not slowed down by this one.
			const { access_token } = await signIn(server, world.users.admin.email);
			await new Client(server, { token: access_token }).get('/v1/me', { expect: 429 });
		}));

	test('sign-ins of an address', () =>
		withServer({ ASSAY_SIGN_INS_PER_MINUTE: '5' }, async (server) => {
			const world = await World.make(server);
			const attempt = (address) =>
				new Client(server, { headers: { 'X-Forwarded-For': address } }).post(
					'/v1/auth/login',
					{ email: world.users.admin.email, password: PASSWORD },
					{ expect: [200, 429] },
				);
			const answers = [];
			for (let i = 0; i < 8; i += 1) answers.push((await attempt('192.0.2.7')).status);
			assert.ok(answers.slice(0, 4).every((status) => status === 200), String(answers));
			assert.equal(answers.at(-1), 429);
			assert.equal((await attempt('192.0.2.8')).status, 200);
		}));

	test('a header that names an address counts from a trusted proxy only', () =>
		withServer({ ASSAY_SIGN_INS_PER_MINUTE: '5', ASSAY_TRUSTED_PROXY: '198.51.100.1' }, async (server) => {
			const answers = [];
			for (let i = 0; i < 8; i += 1) {
				const client = new Client(server, { headers: { 'X-Forwarded-For': `192.0.2.${i}` } });
				answers.push((await client.post('/v1/auth/login', { email: 'a@example.com', password: 'Wrong-password-1' }, { expect: [401, 429] })).status);
			}
			assert.equal(answers.at(-1), 429, String(answers));
		}));

	test('a body, whose size is a setting', () =>
		withServer({ ASSAY_BODY_LIMIT: '4096' }, async (server) => {
			const world = await World.make(server);
			await world.admin.post('/v1/roles', { title: 'x', description: 'y'.repeat(3000) }, { expect: 201 });
			await world.admin.post('/v1/roles', { title: 'x', description: 'y'.repeat(5000) }, { expect: 413 });
		}));

	test('a full queue answers 503 with Retry-After, and what was taken on is done', () =>
		withServer({ ASSAY_QUEUE_LIMIT: '1' }, async (server) => {
			const world = await World.make(server);
			const name = unique('Queued');
			const answers = await Promise.all(
				Array.from({ length: 200 }, (_, i) =>
					i % 2
						? world.admin.post('/v1/competencies', { name: `${name} ${i}` }, { expect: [201, 503] })
						: world.admin.get('/v1/roles', { expect: [200, 503] }),
				),
			);
			const made = answers.filter(({ status }) => status === 201).length;
			const refused = answers.filter(({ status }) => status === 503);
			for (const { headers, body } of refused) {
				assert.equal(body.code, 'unavailable');
				assert.ok(Number(headers['retry-after']) >= 1);
			}
			assert.ok(refused.length > 0, 'some had to wait outside');
			assert.equal((await world.admin.all('/v1/competencies', { q: name })).length, made);
		}));
});
