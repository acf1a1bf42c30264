// Programs: their credentials, scopes and tokens (RFC 6749).
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { sharedServer } from '../support/server.mjs';
import { World, clientToken, createOrganization, signIn, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
const admin = world.admin;
const open = new Client(server);

const make = (more = {}) =>
	admin.make('/v1/api_clients', {
		name: unique('Robot'),
		scopes: ['roles:read', 'roles:write', 'candidates:read'],
		...more,
	});
const token = (form, { expect, headers } = {}) => open.request('POST', '/v1/oauth/token', { form, expect, headers });
const basic = (id, secret) => ({
	Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});
const grant = (robot, more = {}) => ({
	grant_type: 'client_credentials',
	client_id: robot.client_id,
	client_secret: robot.client_secret,
	...more,
});

describe('tokens', () => {
	test('for credentials in the form and by Basic', async () => {
		const robot = await make();
		const form = await token(grant(robot), { expect: 200 });
		assert.deepEqual([form.body.token_type, form.body.expires_in], ['Bearer', 600]);
		assert.deepEqual(form.body.scope.split(' ').sort(), [...robot.scopes].sort());
		assert.equal(form.headers['cache-control'], 'no-store');
		const other = await token(
			{ grant_type: 'client_credentials' },
			{ headers: basic(robot.client_id, robot.client_secret), expect: 200 },
		);
		for (const { access_token } of [form.body, other.body]) {
			const me = await open.as(access_token).read('/v1/me');
			assert.deepEqual([me.kind, me.id, me.email, me.access_level], ['client', robot.id, null, null]);
			assert.deepEqual([...me.scopes].sort(), [...robot.scopes].sort());
		}
		assert.notEqual((await admin.read(`/v1/api_clients/${robot.id}`)).last_used_at, null);
	});

	test('for fewer scopes, never for more', async () => {
		const robot = await make();
		const fewer = await clientToken(server, robot, 'roles:read');
		await open.as(fewer).get('/v1/roles', { expect: 200 });
		await open.as(fewer).post('/v1/roles', { title: 'x' }, { expect: 403 });
		await open.as(fewer).get('/v1/candidates', { expect: 403 });
		for (const scope of ['roles:read users:write', 'nonsense'])
			assert.equal(
				(await token(grant(robot, { scope }), { expect: 400 })).body.error,
				'invalid_scope',
			);
	});

	test('refusals have the form of RFC 6749', async () => {
		const robot = await make();
		const other = await make();
		const refused = async (form, status, error, headers) => {
			const answer = await token(form, { headers, expect: status });
			assert.equal(answer.body.error, error);
			assert.equal(answer.headers['content-type'].split(';')[0], 'application/json');
			assert.equal(answer.headers['cache-control'], 'no-store');
			if (status === 401) assert.match(answer.headers['www-authenticate'], /^Basic /);
		};
		await refused(grant(robot, { grant_type: 'password' }), 400, 'unsupported_grant_type');
		await refused({ grant_type: 'client_credentials' }, 401, 'invalid_client');
		await refused(grant(robot, { client_secret: 'cs_wrong' }), 401, 'invalid_client');
		await refused(grant(robot, { client_secret: other.client_secret }), 401, 'invalid_client');
		await refused(grant(robot, { client_id: 'unknown' }), 401, 'invalid_client');
		await refused(
			{ grant_type: 'client_credentials' },
			401,
			'invalid_client',
			basic(robot.client_id, 'wrong'),
		);
		await refused(grant(robot), 400, 'invalid_request', basic(robot.client_id, robot.client_secret));
		await refused(
			{ client_id: robot.client_id, client_secret: robot.client_secret },
			400,
			'invalid_request',
		);
		await open.request('POST', '/v1/oauth/token', { body: grant(robot), expect: 415 });
	});
});

describe('API clients', () => {
	test('are made, read, renamed and listed by admins; the secret shows once', async () => {
		const robot = await make({ expires_at: '2030-01-01T00:00:00Z' });
		assert.match(robot.client_id, /^ac_/);
		assert.ok(robot.client_secret.length > 40);
		const read = await admin.read(`/v1/api_clients/${robot.id}`);
		assert.equal(read.client_secret, undefined);
		assert.equal(read.expires_at, '2030-01-01T00:00:00.000Z');
		const changed = await admin.change(`/v1/api_clients/${robot.id}`, {
			name: 'Renamed',
			expires_at: null,
		});
		assert.deepEqual(
			[changed.name, changed.expires_at, changed.version],
			['Renamed', null, read.version + 1],
		);
		const listed = await admin.all('/v1/api_clients', { revoked: false });
		assert.ok(listed.some(({ id }) => id === robot.id));
		assert.ok(listed.every((one) => one.client_secret === undefined && one.revoked_at === null));
		await admin.post('/v1/api_clients', { name: 'x', scopes: [] }, { expect: 422 });
		await admin.post(
			'/v1/api_clients',
			{ name: 'x', scopes: ['roles:read', 'roles:read'] },
			{ expect: 422 },
		);
		await admin.post('/v1/api_clients', { name: 'x', scopes: ['all'] }, { expect: 422 });
	});

	test('a rotated secret replaces the old one', async () => {
		const robot = await make();
		const renewed = (await admin.post(`/v1/api_clients/${robot.id}/rotate`, undefined, { expect: 200 }))
			.body;
		assert.notEqual(renewed.client_secret, robot.client_secret);
		assert.equal(renewed.client_id, robot.client_id);
		await token(grant(robot), { expect: 401 });
		await token(grant(renewed), { expect: 200 });
	});

	test('a revoked one is out at once and for good', async () => {
		const robot = await make();
		const access = await clientToken(server, robot);
		await open.as(access).get('/v1/roles', { expect: 200 });
		const revoked = (await admin.post(`/v1/api_clients/${robot.id}/revoke`, undefined, { expect: 200 }))
			.body;
		assert.notEqual(revoked.revoked_at, null);
		await open.as(access).get('/v1/roles', { expect: 401 });
		await token(grant(robot), { expect: 401 });
		assert.equal(
			(await admin.post(`/v1/api_clients/${robot.id}/rotate`, undefined, { expect: 409 })).body.code,
			'conflict',
		);
		const again = (await admin.post(`/v1/api_clients/${robot.id}/revoke`, undefined, { expect: 200 })).body;
		assert.equal(again.revoked_at, revoked.revoked_at);
		assert.ok((await admin.all('/v1/api_clients', { revoked: true })).some(({ id }) => id === robot.id));
	});

	test('one that has expired gets no token, and loses what it has', async () => {
		const robot = await make({ expires_at: new Date(Date.now() + 1500).toISOString() });
		const access = await clientToken(server, robot);
		await open.as(access).get('/v1/roles', { expect: 200 });
		await new Promise((done) => setTimeout(done, 1700));
		await open.as(access).get('/v1/roles', { expect: 401 });
		await token(grant(robot), { expect: 401 });
	});

	test('a client of another organization does not exist', async () => {
		const robot = await make();
		const second = await createOrganization(server);
		const foreign = open.as((await signIn(server, second.admin.email)).access_token);
		await foreign.get(`/v1/api_clients/${robot.id}`, { expect: 404 });
		await foreign.post(`/v1/api_clients/${robot.id}/revoke`, undefined, { expect: 404 });
		const crossed = robot.client_id.replace(
			world.organization.id.replaceAll('-', ''),
			second.id.replaceAll('-', ''),
		);
		await token(grant({ ...robot, client_id: crossed }), { expect: [401, 200] });
		await open.as(await clientToken(server, robot)).get('/v1/roles', { expect: 200 });
	});
});
