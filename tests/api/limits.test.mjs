// Limits, on servers that have low ones.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { startServer } from '../support/server.mjs';
import { PASSWORD, World, unique } from '../support/world.mjs';

// Two servers: one with little room, one that counts requests and trusts no proxy.
const [narrow, counting] = await Promise.all([
	startServer({ env: { ASSAY_SIGN_INS_PER_MINUTE: '5', ASSAY_BODY_LIMIT: '4096', ASSAY_QUEUE_LIMIT: '1' } }),
	startServer({
		env: {
			ASSAY_REQUESTS_PER_MINUTE: '30',
			ASSAY_SIGN_INS_PER_MINUTE: '5',
			ASSAY_TRUSTED_PROXY: '198.51.100.1',
		},
	}),
]);
after(() => Promise.all([narrow.stop(), counting.stop()]));
const world = await World.make(narrow);

const signIn = (server, address, password = PASSWORD, email = world.users.admin.email) =>
	new Client(server, { headers: { 'X-Forwarded-For': address } }).post(
		'/v1/auth/login',
		{ email, password },
		{ expect: [200, 401, 429] },
	);

describe('limits', () => {
	test('sign-ins of an address', async () => {
		const statuses = [];
		for (let i = 0; i < 8; i += 1) statuses.push((await signIn(narrow, '192.0.2.7')).status);
		assert.ok(
			statuses.slice(0, 4).every((status) => status === 200),
			String(statuses),
		);
		assert.equal(statuses.at(-1), 429);
		assert.equal((await signIn(narrow, '192.0.2.8')).status, 200);
	});

	test('a body, whose size is a setting', async () => {
		await world.admin.post('/v1/roles', { title: 'x', description: 'y'.repeat(3000) }, { expect: 201 });
		await world.admin.post('/v1/roles', { title: 'x', description: 'y'.repeat(5000) }, { expect: 413 });
	});

	test('a full queue answers 503 with Retry-After, and what was taken on is done', async () => {
		const name = unique('Queued');
		const answers = [];
		for (let round = 0; round < 10 && !answers.some(({ status }) => status === 503); round += 1)
			answers.push(
				...(await Promise.all(
					Array.from({ length: 200 }, (_, i) =>
						i % 2
							? world.admin.post('/v1/competencies', { name: `${name} ${round} ${i}` }, { expect: [201, 503] })
							: world.admin.get('/v1/roles', { expect: [200, 503] }),
					),
				)),
			);
		const made = answers.filter(({ status }) => status === 201).length;
		const refused = answers.filter(({ status }) => status === 503);
		for (const { headers, body } of refused) {
			assert.equal(body.code, 'unavailable');
			assert.ok(Number(headers['retry-after']) >= 1);
		}
		assert.ok(refused.length > 0, 'some had to wait outside');
		assert.equal((await world.admin.all('/v1/competencies', { q: name })).length, made);
	});

	test('requests of an account: told with each answer, then 429 until later', async () => {
		const other = await World.make(counting);
		const answers = [];
		for (let i = 0; i < 40; i += 1) answers.push(await other.admin.get('/v1/me', { expect: [200, 429] }));
		const [first, second] = answers;
		assert.match(first.headers['ratelimit-policy'], /q=30;w=60/);
		assert.equal(first.headers['x-ratelimit-limit'], '30');
		assert.equal(
			Number(second.headers['x-ratelimit-remaining']),
			Number(first.headers['x-ratelimit-remaining']) - 1,
		);
		assert.match(first.headers.ratelimit, /r=\d+;t=\d+/);
		assert.ok(Number(first.headers['x-ratelimit-reset']) >= Date.now() / 1000 - 2);
		const refused = answers.find(({ status }) => status === 429);
		assert.ok(refused, 'the limit holds');
		assert.equal(refused.body.code, 'too_many_requests');
		assert.ok(Number(refused.headers['retry-after']) >= 1);
		assert.equal(refused.headers['x-ratelimit-remaining'], '0');
		// Who is not signed in is counted by address, apart from it.
		const stranger = await new Client(counting).post(
			'/v1/auth/refresh',
			{ refresh_token: 'rt_none' },
			{ expect: [401, 429] },
		);
		assert.equal(stranger.status, 401);
	});

	test('a header that names an address counts from a trusted proxy only', async () => {
		const statuses = [];
		for (let i = 0; i < 8; i += 1)
			statuses.push(
				(await signIn(counting, `192.0.2.${i}`, 'Wrong-password-1', 'nobody@example.com'))
					.status,
			);
		assert.equal(statuses.at(-1), 429, String(statuses));
	});
});
