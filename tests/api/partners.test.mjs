// Partners: registered once, connected by many, each with what its admin agreed to (RFC 6749, 7009, 7636, 8414, 9207).
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { CALLBACK, Partner, basic } from '../support/partner.mjs';
import { sharedServer } from '../support/server.mjs';
import { World, randomId, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
// Whose partner it is, and who connects it.
const [home, world] = await Promise.all([World.make(server), World.make(server)]);
const open = new Client(server);
const { admin } = world;
const register = (more) => Partner.register(server, home.admin, more);
const connection = async (partner, by = admin) =>
	(await by.all('/v1/connections')).find((one) => one.partner_client_id === partner.client_id);
const events = (type) => admin.all('/v1/audit', { type }).then((all) => all.map(({ actor_kind, actor_name, data }) => ({ actor_kind, actor_name, ...data })));
const refused = (answer, error) => {
	assert.equal(answer.body.error, error);
	assert.equal(answer.headers['cache-control'], 'no-store');
};

async function unchanged(client, path) {
	const { headers } = await client.get(path, { expect: 200 });
	await client.get(path, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
}

describe('registering', () => {
	test('is an admin’s; the secret shows once', async () => {
		const made = await register({ name: 'Ledger', scopes: ['roles:read', 'roles:write'] });
		assert.match(made.client_id, /^pt_[0-9a-f]{32}_[0-9a-f]{32}$/);
		assert.ok(made.client_secret.length > 40);
		assert.deepEqual([made.kind, made.scopes, made.disabled_at], ['confidential', ['roles:read', 'roles:write'], null]);
		const path = `/v1/partners/${made.id}`;
		const read = await home.admin.read(path);
		assert.equal(read.client_secret, undefined);
		const changed = await home.admin.change(path, { name: 'Renamed', scopes: ['users:read'], redirect_uris: ['https://other.example/cb?x=1'] });
		assert.deepEqual(
			[changed.name, changed.scopes, changed.redirect_uris, changed.homepage, changed.version],
			['Renamed', ['users:read'], ['https://other.example/cb?x=1'], read.homepage, read.version + 1],
		);
		await home.admin.patch(path, { name: 'x' }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		assert.deepEqual((await home.admin.change(path, { homepage: 'https://x.example/a' })).scopes, ['users:read']);
		await unchanged(home.admin, path);
		const listed = await home.admin.all('/v1/partners', { sort: 'name', disabled: false });
		assert.ok(listed.some(({ id }) => id === made.id));
		// Another organization knows nothing of it.
		await admin.get(path, { expect: 404 });
		await admin.post(`${path}/rotate`, undefined, { expect: 404 });
		await admin.post(`${path}/disable`, undefined, { expect: 404 });
		assert.ok(!(await admin.all('/v1/partners')).some(({ id }) => id === made.id));
	});

	test('takes addresses that are exact and safe, and no others', async () => {
		const good = [
			CALLBACK,
			'https://partner.example:8443/cb',
			'https://partner.example',
			'https://partner.example/cb?tenant=1',
			'http://127.0.0.1/cb',
			'http://127.0.0.1:4000/cb',
			'http://[::1]/cb',
		];
		assert.deepEqual((await register({ redirect_uris: good })).redirect_uris, good);
		for (const bad of [
			'http://partner.example/cb',
			'http://localhost/cb',
			'http://127.0.0.1.evil.example/cb',
			'https://partner.example/cb#part',
			'https://user@partner.example/cb',
			'https://*.partner.example/cb?x=[]',
			'https://partner.example/c b',
			'https://partner.example\\@evil.example/',
			'https:///cb',
			'javascript:alert(1)',
			'data:text/html,x',
			'app.partner:/cb',
			'https://partner.example/cb\nhttps://evil.example',
		])
			assert.equal(
				(await home.admin.post('/v1/partners', { name: 'x', homepage: 'https://x.example', redirect_uris: [bad], scopes: ['roles:read'] }, { expect: 422 }))
					.body.errors[0].pointer,
				'/redirect_uris/0',
				bad,
			);
		for (const body of [
			{ redirect_uris: [] },
			{ scopes: [] },
			{ scopes: ['everything'] },
			{ homepage: 'http://x.example' },
			{ homepage: 'javascript:alert(1)' },
			{ kind: 'secret' },
		])
			await home.admin.post('/v1/partners', { name: 'x', homepage: 'https://x.example', redirect_uris: [CALLBACK], scopes: ['roles:read'], ...body }, { expect: 422 });
	});

	test('a new secret is good at once, the old one for the overlap', async () => {
		const partner = await register();
		const old = partner.client_secret;
		const rotate = async (body) => (await home.admin.post(`/v1/partners/${partner.id}/rotate`, body, { expect: 200 })).body;
		const renewed = await rotate({ overlap_hours: 1 });
		assert.notEqual(renewed.client_secret, old);
		assert.ok(Date.parse(renewed.previous_secret_until) > Date.now() + 3_000_000);
		const connected = await partner.connect(admin);
		partner.client_secret = renewed.client_secret;
		const { body } = await partner.refresh(connected.refresh_token, 200);
		assert.equal((await rotate({ overlap_hours: 0 })).previous_secret_until, null);
		refused(await partner.refresh(body.refresh_token, 401), 'invalid_client');
		const open_ = await register({ kind: 'public' });
		assert.equal(open_.client_secret, null);
		assert.equal((await home.admin.post(`/v1/partners/${open_.id}/rotate`, undefined, { expect: 409 })).body.code, 'conflict');
	});
});

describe('being asked', () => {
	test('shows who asks and for what; nothing is held before', async () => {
		const partner = await register({ name: 'Ledger' });
		const shown = await partner.shown(admin, { scope: 'candidates:read' });
		assert.deepEqual(shown.partner, { name: 'Ledger', homepage: 'https://partner.example', registered_by: home.organization.name });
		assert.deepEqual([shown.scopes, shown.held_scopes, shown.error, shown.redirect_to], [['candidates:read'], null, null, null]);
		assert.ok(Date.parse(shown.expires_at) > Date.now() + 500_000);
		assert.deepEqual((await partner.shown(admin)).scopes, ['roles:read', 'candidates:read']);
		await partner.connect(admin, { scope: 'roles:read' });
		assert.deepEqual((await partner.shown(admin)).held_scopes, ['roles:read']);
	});

	test('an unknown partner or address is told to the person alone', async () => {
		const partner = await register({ redirect_uris: [CALLBACK, 'http://127.0.0.1/cb', 'https://partner.example/q?x=1'] });
		const ask = async (more, expect = 422) => (await admin.post('/v1/oauth/requests', partner.ask(more).parameters, { expect })).body;
		for (const client_id of ['', 'pt_none', randomUUID(), `pt_${'0'.repeat(32)}_${'0'.repeat(32)}`, partner.client_id.toUpperCase(), `${partner.client_id} `])
			assert.equal((await ask({ client_id })).code, 'partner_unknown', client_id);
		for (const redirect_uri of [
			undefined,
			'',
			`${CALLBACK}/more`,
			`${CALLBACK}?x=1`,
			`${CALLBACK}#x`,
			CALLBACK.slice(0, -1),
			CALLBACK.toUpperCase(),
			CALLBACK.replace('https', 'http'),
			'https://partner.example.evil.example/assay/callback',
			'https://partner.example@evil.example/',
			'https://evil.example/?u=https://partner.example/assay/callback',
			`https://partner.example/assay/callback/../../evil`,
			'https://partner.example/q?x=1&y=2',
			'http://127.0.0.1:80@evil.example/cb',
			'http://127.0.0.1:/cb',
			'http://127.0.0.1:123456/cb',
			'http://127.0.0.1.evil.example/cb',
			'http://127.0.0.1/cb/more',
			'http://[::1]/cb',
			'javascript:alert(1)',
		]) {
			const told = await ask({ redirect_uri });
			assert.deepEqual([told.code, told.redirect_to], ['redirect_unknown', undefined], redirect_uri);
		}
		for (const redirect_uri of ['http://127.0.0.1:1/cb', 'http://127.0.0.1:51234/cb', 'http://127.0.0.1/cb', 'https://partner.example/q?x=1'])
			assert.ok((await ask({ redirect_uri }, 200)).handle, redirect_uri);
	});

	test('any other mistake has an answer for the partner, and no handle', async () => {
		const partner = await register();
		for (const [more, error] of [
			[{ response_type: 'token' }, 'unsupported_response_type'],
			[{ response_type: undefined }, 'unsupported_response_type'],
			[{ response_mode: 'fragment' }, 'invalid_request'],
			[{ code_challenge: undefined }, 'invalid_request'],
			[{ code_challenge: 'short' }, 'invalid_request'],
			[{ code_challenge: '*'.repeat(43) }, 'invalid_request'],
			[{ code_challenge_method: 'plain' }, 'invalid_request'],
			[{ code_challenge_method: undefined }, 'invalid_request'],
			[{ scope: 'roles:write' }, 'invalid_scope'],
			[{ scope: 'roles:read everything' }, 'invalid_scope'],
			[{ resource: 'https://other.example' }, 'invalid_target'],
		]) {
			const shown = await partner.shown(admin, more);
			assert.deepEqual([shown.error, shown.handle, shown.scopes, shown.expires_at], [error, null, [], null]);
			const to = new URL(shown.redirect_to);
			assert.equal(to.origin + to.pathname, CALLBACK);
			assert.deepEqual([to.searchParams.get('error'), to.searchParams.get('state'), to.searchParams.get('iss')], [error, shown.parameters.state, server.url]);
			assert.equal(to.searchParams.get('error_description'), shown.error_description);
		}
		for (const resource of [server.url, `${server.url}/`]) assert.ok((await partner.shown(admin, { resource })).handle);
		await admin.post('/v1/oauth/requests', { ...partner.ask().parameters, state: 'x'.repeat(1001) }, { expect: 422 });
	});

	test('only admins are', async () => {
		const partner = await register();
		await world.user('recruiter', 'recruiter');
		await world.user('member');
		const robot = await world.program('robot', ['users:write']);
		for (const [who, expect] of [[world.recruiter, 403], [world.member, 403], [robot, 403], [open, 401]]) {
			await who.post('/v1/oauth/requests', partner.ask().parameters, { expect });
			await who.post('/v1/oauth/consents', { handle: 'x', decision: 'connect' }, { expect });
		}
	});
});

describe('answering', () => {
	test('sends a code back, with the state as it came and the issuer', async () => {
		const partner = await register({ redirect_uris: ['https://partner.example/cb?tenant=a%20b'] });
		const state = 'ü &=?#%+"\u2028 /';
		const { to, code } = await partner.agreed(admin, { state });
		assert.match(code, /^ptc_/);
		assert.deepEqual([...to.searchParams.keys()], ['tenant', 'code', 'state', 'iss']);
		assert.deepEqual([to.searchParams.get('tenant'), to.searchParams.get('state'), to.searchParams.get('iss')], ['a b', state, server.url]);
		const none = await partner.agreed(admin, { state: undefined });
		assert.equal(none.to.searchParams.get('state'), null);
		const consented = (await events('api_client.consented')).find((one) => one.partner === partner.name);
		assert.deepEqual([consented.actor_kind, consented.actor_name, consented.scopes], ['user', 'Ada Admin', 'roles:read candidates:read']);
	});

	test('with no, too', async () => {
		const partner = await register();
		const shown = await partner.shown(admin);
		const { body } = await admin.post('/v1/oauth/consents', { handle: shown.handle, decision: 'cancel' }, { expect: 200 });
		const to = new URL(body.redirect_to);
		assert.deepEqual(Object.fromEntries(to.searchParams), { error: 'access_denied', state: shown.parameters.state, iss: server.url });
		assert.equal(await connection(partner), undefined);
		assert.ok((await events('api_client.declined')).some((one) => one.partner === partner.name));
	});

	test('is once, in time, and by whom it was shown to', async () => {
		const partner = await register();
		const answer = (handle, expect, { by = admin, decision = 'connect' } = {}) => by.post('/v1/oauth/consents', { handle, decision }, { expect });
		const { handle } = await partner.shown(admin);
		const second = await world.user('second', 'admin');
		await answer(handle, 404, { by: second.client });
		await answer(handle, 404, { by: home.admin });
		for (const none of ['x', 'pth_none', handle.slice(0, -1), `${handle}x`]) await answer(none, 404);
		await answer(handle, 422, { decision: 'maybe' });
		await answer(handle, 200);
		assert.equal((await answer(handle, 409)).body.code, 'consent_over');
		assert.equal((await answer(handle, 409, { decision: 'cancel' })).body.code, 'consent_over');
		const late = await partner.shown(admin);
		const digest = createHash('sha256').update(late.handle).digest('hex');
		await psql(server, `UPDATE partner_requests SET expires_at = now() WHERE handle_digest = '${digest}'`);
		assert.equal((await answer(late.handle, 409)).body.code, 'consent_over');
		const { handle: last } = await partner.shown(admin);
		await home.admin.post(`/v1/partners/${partner.id}/disable`, undefined, { expect: 200 });
		assert.equal((await answer(last, 422)).body.code, 'partner_unknown');
	});

	test('by cookie it takes an Origin of this site', async () => {
		const partner = await register();
		const { email, password } = world.organization.admin;
		const login = await open.post('/v1/auth/login', { email, password, session: 'cookie' }, { expect: 200 });
		const cookie = login.headers['set-cookie'].map((one) => one.split(';')[0]).join('; ');
		const { handle } = await partner.shown(admin);
		const sent = { handle, decision: 'connect' };
		for (const Origin of [undefined, 'https://evil.example', 'null'])
			await open.with({ Cookie: cookie, Origin }).post('/v1/oauth/consents', sent, { expect: 403 });
		await open.with({ Cookie: cookie, Origin: server.url }).post('/v1/oauth/consents', sent, { expect: 200 });
	});
});

describe('tokens', () => {
	test('act as an API client of the organization that agreed, with what it agreed to', async () => {
		const partner = await register({ name: 'Ledger', scopes: ['roles:read', 'roles:write', 'candidates:read'] });
		const mine = await world.role({});
		await home.role({});
		const got = await partner.connect(admin, { scope: 'roles:read roles:write' });
		assert.deepEqual([got.token_type, got.expires_in, got.scope], ['Bearer', 600, 'roles:read roles:write']);
		const me = await got.as.read('/v1/me');
		assert.deepEqual([me.kind, me.name, me.organization.id, me.scopes], ['client', 'Ledger', world.organization.id, ['roles:read', 'roles:write']]);
		const roles = await got.as.all('/v1/roles');
		assert.ok(roles.some(({ id }) => id === mine.id));
		await got.as.get('/v1/candidates', { expect: 403 });
		await got.as.get('/v1/connections', { expect: 403 });
		await got.as.get('/v1/api_clients', { expect: 403 });
		const made = await got.as.make('/v1/roles', { title: 'By the partner' });
		const [event] = await admin.all('/v1/audit', { object_id: made.id });
		assert.deepEqual([event.actor_kind, event.actor_name, event.actor_id], ['client', 'Ledger', me.id]);
		const it = await connection(partner);
		assert.deepEqual(
			[it.id, it.name, it.scopes, it.homepage, it.connected_by_name, it.disconnected_at, it.ended_because],
			[me.id, 'Ledger', ['roles:read', 'roles:write'], 'https://partner.example', 'Ada Admin', null, null],
		);
		assert.ok(Date.parse(it.last_used_at) > Date.now() - 60_000);
		assert.deepEqual(await admin.read(`/v1/connections/${it.id}`), it);
		await unchanged(admin, `/v1/connections/${it.id}`);
		await home.admin.get(`/v1/connections/${it.id}`, { expect: 404 });
		assert.equal(await connection(partner, home.admin), undefined);
		const connected = (await events('api_client.connected')).find((one) => one.actor_name === 'Ledger');
		assert.equal(connected.scopes, 'roles:read roles:write');
	});

	test('a connection is not among the API clients, and gets no secret', async () => {
		const partner = await register();
		await partner.connect(admin);
		const { id } = await connection(partner);
		assert.ok(!(await admin.all('/v1/api_clients')).some((one) => one.id === id));
		await admin.get(`/v1/api_clients/${id}`, { expect: 404 });
		await admin.patch(`/v1/api_clients/${id}`, { name: 'x' }, { expect: 404 });
		await admin.post(`/v1/api_clients/${id}/rotate`, undefined, { expect: 404 });
		await admin.post(`/v1/api_clients/${id}/revoke`, undefined, { expect: 404 });
		refused(await partner.token({ grant_type: 'client_credentials' }, 401), 'invalid_client');
	});

	test('several organizations connect one partner, each for itself', async () => {
		const partner = await register();
		const other = await World.make(server);
		const [one, two] = [await partner.connect(admin), await partner.connect(other.admin)];
		assert.equal((await one.as.read('/v1/me')).organization.id, world.organization.id);
		assert.equal((await two.as.read('/v1/me')).organization.id, other.organization.id);
		const it = await connection(partner);
		await other.admin.post(`/v1/connections/${it.id}/disconnect`, undefined, { expect: 404 });
		await admin.post(`/v1/connections/${it.id}/disconnect`, undefined, { expect: 200 });
		await one.as.get('/v1/me', { expect: 401 });
		await two.as.get('/v1/me', { expect: 200 });
		// The home connects it as anybody does.
		assert.equal((await (await partner.connect(home.admin)).as.read('/v1/me')).organization.id, home.organization.id);
	});

	test('a public partner has no secret, and none is taken from it', async () => {
		const partner = await register({ kind: 'public', redirect_uris: ['http://127.0.0.1/cb'] });
		const got = await partner.connect(admin, { redirect_uri: 'http://127.0.0.1:50123/cb' });
		await got.as.get('/v1/roles', { expect: 200 });
		const { body } = await partner.refresh(got.refresh_token, 200);
		refused(await partner.refresh(body.refresh_token, 401, { client_secret: 'x' }), 'invalid_client');
		await partner.refresh(body.refresh_token, 200);
	});

	test('refusals of the token endpoint', async () => {
		const partner = await register();
		const other = await register();
		const good = () => partner.agreed(admin);
		const it = await good();
		refused(await partner.exchange(it, 400, { code: 'ptc_none' }), 'invalid_grant');
		refused(await partner.exchange(it, 401, { code: 'ptc_none', client_secret: other.client_secret }), 'invalid_client');
		refused(await partner.exchange(it, 401, { client_secret: other.client_secret }), 'invalid_client');
		refused(await partner.exchange(it, 401, { client_secret: '' }), 'invalid_client');
		refused(await partner.exchange(it, 401, { client_id: 'pt_none' }), 'invalid_client');
		refused(await partner.exchange(it, 401, { client_id: `pt_${'0'.repeat(32)}_${'0'.repeat(32)}`, code: 'x' }), 'invalid_client');
		refused(await partner.exchange(it, 400, { redirect_uri: `${CALLBACK}?x=1` }), 'invalid_grant');
		refused(await partner.exchange(it, 400, { code_verifier: 'x'.repeat(43) }), 'invalid_grant');
		refused(await partner.exchange(it, 400, { resource: 'https://other.example' }), 'invalid_target');
		refused(await partner.token({ grant_type: 'authorization_code', code: it.code }, 400), 'invalid_request');
		refused(await partner.token({ grant_type: 'refresh_token' }, 400), 'invalid_request');
		refused(await other.exchange(it, 400), 'invalid_grant');
		const form = { grant_type: 'authorization_code', code: it.code, code_verifier: it.verifier, redirect_uri: CALLBACK };
		const by = (more, headers, expect) => open.request('POST', '/v1/oauth/token', { form: { ...form, ...more }, headers, expect });
		refused(await by(partner.credentials, basic(partner.client_id, partner.client_secret), 400), 'invalid_request');
		refused(await by({}, {}, 401), 'invalid_client');
		// None of this spent it.
		await by({}, basic(partner.client_id, partner.client_secret), 200);
		const late = await good();
		await psql(server, `UPDATE partner_requests SET code_expires_at = now() WHERE code_digest = '${createHash('sha256').update(late.code).digest('hex')}'`);
		refused(await partner.exchange(late, 400), 'invalid_grant');
		refused(await partner.refresh('ptr_none', 400), 'invalid_grant');
		refused(await partner.refresh(it.code, 400), 'invalid_grant');
	});

	test('an admin who is none any more has agreed to nothing', async () => {
		const partner = await register();
		const third = await world.user('third', 'admin');
		const it = await partner.agreed(third.client);
		await admin.patch(`/v1/users/${third.id}`, { access_level: 'member' }, { expect: 200 });
		refused(await partner.exchange(it, 400), 'invalid_grant');
	});

	test('a code that comes twice ends what it gave', async () => {
		const partner = await register();
		const it = await partner.agreed(admin);
		const { body } = await partner.exchange(it, 200);
		refused(await partner.exchange(it, 400), 'invalid_grant');
		await open.as(body.access_token).get('/v1/me', { expect: 401 });
		refused(await partner.refresh(body.refresh_token, 400), 'invalid_grant');
		const ended = await connection(partner);
		assert.equal(ended.ended_because, 'replayed');
		// A grant that came after it is none of its business; nor is a code from an old log a switch.
		const next = await partner.connect(admin);
		refused(await partner.exchange(it, 400), 'invalid_grant');
		await next.as.get('/v1/me', { expect: 200 });
		await psql(server, `UPDATE partner_requests SET spent_at = now() - interval '11 minutes' WHERE code_digest = '${createHash('sha256').update(next.code).digest('hex')}'`);
		refused(await partner.exchange(next, 400), 'invalid_grant');
		await next.as.get('/v1/me', { expect: 200 });
	});

	test('of two exchanges at once one gets a token at most', async () => {
		const partner = await register();
		const it = await partner.agreed(admin);
		const answers = await Promise.all(Array.from({ length: 8 }, () => partner.exchange(it, [200, 400])));
		assert.equal(answers.filter(({ status }) => status === 200).length, 1);
		assert.equal((await connection(partner)).ended_because, 'replayed');
	});
});

describe('refreshing', () => {
	const digestOf = (token) => createHash('sha256').update(token).digest('hex');
	const age = (token) => psql(server, `UPDATE partner_tokens SET spent_at = spent_at - interval '11 seconds' WHERE digest = '${digestOf(token)}'`);

	test('each is good once; used later, it ends the connection', async () => {
		const partner = await register();
		const first = await partner.connect(admin);
		const { body: second } = await partner.refresh(first.refresh_token, 200);
		assert.equal(second.scope, first.scope);
		await age(first.refresh_token);
		refused(await partner.refresh(first.refresh_token, 400), 'invalid_grant');
		refused(await partner.refresh(second.refresh_token, 400), 'invalid_grant');
		await open.as(second.access_token).get('/v1/me', { expect: 401 });
		assert.equal((await connection(partner)).ended_because, 'reused');
		assert.ok((await events('api_client.disconnected')).some((one) => one.because === 'reused' && one.actor_kind === 'system'));
	});

	test('an answer that was lost can be had again, unless what it held was used', async () => {
		const partner = await register();
		const first = await partner.connect(admin);
		const { body: lost } = await partner.refresh(first.refresh_token, 200);
		const { body: had } = await partner.refresh(first.refresh_token, 200);
		const { body: next } = await partner.refresh(had.refresh_token, 200);
		await open.as(next.access_token).get('/v1/me', { expect: 200 });
		refused(await partner.refresh(lost.refresh_token, 400), 'invalid_grant');
		assert.equal((await connection(partner)).ended_because, 'reused');
		const again = await partner.connect(admin);
		const { body: used } = await partner.refresh(again.refresh_token, 200);
		await partner.refresh(used.refresh_token, 200);
		refused(await partner.refresh(again.refresh_token, 400), 'invalid_grant');
		assert.equal((await connection(partner)).ended_because, 'reused');
	});

	test('at once by several, one chain goes on', async () => {
		const partner = await register();
		const { refresh_token } = await partner.connect(admin);
		const answers = await Promise.all(Array.from({ length: 6 }, () => partner.refresh(refresh_token, 200)));
		const live = await psql(server, `SELECT count(*) FROM partner_tokens t WHERE follows = '${digestOf(refresh_token)}' AND replaced_at IS NULL`);
		assert.equal(live.trim(), '1');
		assert.equal(answers.length, 6);
	});

	test('may be for fewer scopes, never for more, and gets back no less later', async () => {
		const partner = await register({ scopes: ['roles:read', 'roles:write', 'users:read'] });
		const first = await partner.connect(admin, { scope: 'roles:read roles:write' });
		for (const scope of ['users:read', 'roles:read users:read', 'nonsense', ''])
			refused(await partner.refresh(first.refresh_token, 400, { scope }), 'invalid_scope');
		const { body: fewer } = await partner.refresh(first.refresh_token, 200, { scope: 'roles:read' });
		assert.equal(fewer.scope, 'roles:read');
		await open.as(fewer.access_token).post('/v1/roles', { title: 'x' }, { expect: 403 });
		const { body: all } = await partner.refresh(fewer.refresh_token, 200);
		assert.equal(all.scope, 'roles:read roles:write');
	});

	test('what the partner may no longer ask for goes; what it may ask for in addition nobody agreed to', async () => {
		const partner = await register({ scopes: ['roles:read', 'roles:write'] });
		const first = await partner.connect(admin);
		await home.admin.change(`/v1/partners/${partner.id}`, { scopes: ['roles:read', 'users:read'] });
		const { body } = await partner.refresh(first.refresh_token, 200);
		assert.equal(body.scope, 'roles:read');
		await home.admin.change(`/v1/partners/${partner.id}`, { scopes: ['users:read'] });
		refused(await partner.refresh(body.refresh_token, 400), 'invalid_scope');
	});

	test('ends after ninety days without use', async () => {
		const partner = await register();
		const { refresh_token } = await partner.connect(admin);
		const left = await psql(server, `SELECT round(extract(epoch FROM expires_at - now()) / 86400) FROM partner_tokens WHERE digest = '${digestOf(refresh_token)}'`);
		assert.equal(left.trim(), '90');
		await psql(server, `UPDATE partner_tokens SET expires_at = now() WHERE digest = '${digestOf(refresh_token)}'`);
		refused(await partner.refresh(refresh_token, 400), 'invalid_grant');
	});

	test('of another partner’s token nothing comes, and nothing happens to it', async () => {
		const [partner, other] = [await register(), await register()];
		const { refresh_token } = await partner.connect(admin);
		refused(await other.refresh(refresh_token, 400), 'invalid_grant');
		await other.connect(admin);
		refused(await other.refresh(refresh_token, 400), 'invalid_grant');
		await partner.refresh(refresh_token, 200);
	});
});

describe('the end', () => {
	test('an admin disconnects: its tokens are out at once', async () => {
		const partner = await register();
		const got = await partner.connect(admin);
		const { id } = await connection(partner);
		const disconnect = async () => (await admin.post(`/v1/connections/${id}/disconnect`, undefined, { expect: 200 })).body;
		const done = await disconnect();
		assert.ok(done.disconnected_at);
		assert.equal(done.ended_because, 'disconnected');
		await got.as.get('/v1/me', { expect: 401 });
		refused(await partner.refresh(got.refresh_token, 400), 'invalid_grant');
		assert.deepEqual(await disconnect(), done);
		assert.ok((await admin.all('/v1/connections', { disconnected: true })).some((one) => one.id === id));
		assert.ok(!(await admin.all('/v1/connections', { disconnected: false })).some((one) => one.id === id));
		await admin.post(`/v1/connections/${randomId()}/disconnect`, undefined, { expect: 404 });
		const ended = (await events('api_client.disconnected')).filter((one) => one.because === 'disconnected' && one.actor_kind === 'user');
		assert.ok(ended.length > 0);
	});

	test('connected again it is the same program, with what was agreed to now', async () => {
		const partner = await register({ scopes: ['roles:read', 'users:read'] });
		const first = await partner.connect(admin);
		const before = await connection(partner);
		const second = await partner.connect(admin, { scope: 'roles:read' });
		const now = await connection(partner);
		assert.deepEqual([now.id, now.scopes], [before.id, ['roles:read']]);
		await first.as.get('/v1/users', { expect: 401 });
		await second.as.get('/v1/users', { expect: 403 });
		refused(await partner.refresh(first.refresh_token, 400), 'invalid_grant');
		await partner.refresh(second.refresh_token, 200);
		assert.equal((await connection(partner)).disconnected_at, null);
	});

	test('the partner gives a token back (RFC 7009)', async () => {
		const [partner, other] = [await register(), await register()];
		const got = await partner.connect(admin);
		for (const token of ['x', 'ptr_none', got.code, 'a.b.c']) await partner.revoke(token);
		await other.revoke(got.refresh_token);
		await other.revoke(got.access_token);
		await got.as.get('/v1/me', { expect: 200 });
		refused(await partner.revoke(got.refresh_token, 401, { client_secret: other.client_secret }), 'invalid_client');
		refused(await partner.revoke('x', 401, { client_secret: 'x' }), 'invalid_client');
		refused(await open.request('POST', '/v1/oauth/revoke', { form: { token: 'x' }, expect: 401 }), 'invalid_client');
		refused(await open.request('POST', '/v1/oauth/revoke', { form: partner.credentials, expect: 400 }), 'invalid_request');
		await partner.revoke(got.access_token, 200, { token_type_hint: 'access_token' });
		await got.as.get('/v1/me', { expect: 401 });
		const { body } = await partner.refresh(got.refresh_token, 200);
		await partner.revoke(body.refresh_token);
		await open.as(body.access_token).get('/v1/me', { expect: 401 });
		refused(await partner.refresh(body.refresh_token, 400), 'invalid_grant');
		assert.equal((await connection(partner)).ended_because, 'partner');
		const ended = (await events('api_client.disconnected')).find((one) => one.actor_name === partner.name);
		assert.deepEqual([ended.actor_kind, ended.because], ['client', 'partner']);
	});

	test('disabled, a partner gets no token anywhere; enabled, it goes on', async () => {
		const partner = await register();
		const got = await partner.connect(admin);
		const agreed = await partner.agreed(admin);
		const disabled = (await home.admin.post(`/v1/partners/${partner.id}/disable`, undefined, { expect: 200 })).body;
		assert.ok(disabled.disabled_at);
		assert.deepEqual((await home.admin.post(`/v1/partners/${partner.id}/disable`, undefined, { expect: 200 })).body, disabled);
		refused(await partner.refresh(got.refresh_token, 401), 'invalid_client');
		refused(await partner.exchange(agreed, 401), 'invalid_client');
		assert.equal((await admin.post('/v1/oauth/requests', partner.ask().parameters, { expect: 422 })).body.code, 'partner_unknown');
		assert.ok((await home.admin.all('/v1/partners', { disabled: true })).some(({ id }) => id === partner.id));
		assert.equal((await home.admin.post(`/v1/partners/${partner.id}/enable`, undefined, { expect: 200 })).body.disabled_at, null);
		await partner.refresh(got.refresh_token, 200);
	});

	test('a reset sandbox keeps who is connected', async () => {
		const kept = await psql(server, "SELECT string_agg(k.name, ' ' ORDER BY k.name) FROM kept_by_resets() k WHERE k.name IN ('api_clients', 'connections', 'partners', 'partner_tokens', 'webhooks')");
		assert.equal(kept.trim(), 'api_clients connections partner_tokens partners webhooks');
		const sandbox = await World.make(server, unique('Sandbox'), { sandbox: true });
		const partner = await Partner.register(server, sandbox.admin);
		const got = await partner.connect(sandbox.admin);
		await sandbox.admin.post('/v1/sandbox/reset', { demo: false }, { expect: 'ok' });
		for (const end = Date.now() + 60_000; ; ) {
			const { state } = await sandbox.admin.read('/v1/sandbox');
			if (state === 'done') break;
			assert.ok(Date.now() < end, `still ${state}`);
			await new Promise((done) => setTimeout(done, 100));
		}
		await partner.refresh(got.refresh_token, 200);
	});
});
