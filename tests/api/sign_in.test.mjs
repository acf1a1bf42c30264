// People: sign-in, sessions, cookies, passwords, and how access ends.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { PASSWORD, World, anAddress, createOrganization, signIn, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
const origin = server.url;
const from = (address = anAddress()) => new Client(server, { headers: { 'X-Forwarded-For': address } });
const NEW = 'Meadow-pencil-72-anchor';

const login = (client, body, expect) => client.post('/v1/auth/login', body, { expect });
const refresh = (token, expect) => from().post('/v1/auth/refresh', { refresh_token: token }, { expect });
const me = (token, expect) => new Client(server, { token }).get('/v1/me', { expect });
const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

const cookiesOf = (answer) =>
	Object.fromEntries(
		(answer.headers['set-cookie'] ?? []).map((line) => {
			const [pair, ...attributes] = line.split('; ');
			const [name, value] = pair.split('=');
			return [name, { value, attributes }];
		}),
	);

describe('signing in', () => {
	test('gives a token that is good, with what it says', async () => {
		const user = await world.user('reader');
		const answer = await login(from(), { email: user.email.toUpperCase(), password: PASSWORD }, 200);
		assert.equal(answer.body.token_type, 'Bearer');
		assert.equal(answer.body.expires_in, 600);
		assert.equal(answer.body.organization.id, world.organization.id);
		assert.equal(answer.headers['cache-control'], 'no-store');
		assert.equal(answer.headers['set-cookie'], undefined);
		const who = (await me(answer.body.access_token, 200)).body;
		assert.deepEqual([who.kind, who.id, who.access_level, who.scopes], ['user', user.id, 'member', null]);
	});

	test('the published keys verify it', async () => {
		const { access_token } = await signIn(server, world.users.admin.email);
		const [header, payload, signature] = access_token.split('.');
		const { alg, kid } = decode(header);
		const { keys } = await from().read('/.well-known/jwks.json');
		const jwk = keys.find((key) => key.kid === kid);
		assert.equal(alg, 'ES256');
		assert.equal(jwk.d, undefined, 'no private part');
		const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
		assert.ok(verify('sha256', `${header}.${payload}`, key, Buffer.from(signature, 'base64url')));
		const claims = decode(payload);
		for (const claim of ['iss', 'aud', 'sub', 'org', 'exp', 'iat', 'jti']) assert.ok(claims[claim], claim);
		assert.equal(claims.exp - claims.iat, 600);
		assert.equal(claims.sub, world.users.admin.id);
	});

	test('a forged, foreign or unsigned token is 401', async () => {
		const { access_token } = await signIn(server, world.users.admin.email);
		const [header, payload, signature] = access_token.split('.');
		const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
		const claims = decode(payload);
		const other = Buffer.from(JSON.stringify({ ...claims, sub: world.users.reader.id })).toString(
			'base64url',
		);
		const cut = signature.slice(0, -2) + (signature.endsWith('AA') ? 'BB' : 'AA');
		for (const token of [
			`${none}.${payload}.`,
			`${none}.${payload}.${signature}`,
			`${header}.${other}.${signature}`,
			`${header}.${payload}.${cut}`,
			`${header}.${payload}`,
			`${access_token}.x`,
			'',
			'a.b.c',
			'x'.repeat(5000),
		])
			assert.ok([401, 431].includes((await me(token, undefined)).status), token.slice(0, 30));
		for (const scheme of ['Basic', 'bearer token', 'Token'])
			await new Client(server).get('/v1/me', {
				headers: { Authorization: `${scheme} ${access_token}` },
				expect: 401,
			});
	});

	test('a wrong password and an unknown address answer alike', async () => {
		const email = world.users.admin.email;
		const wrong = await login(from(), { email, password: 'Not-the-password-1' }, 401);
		const unknown = await login(
			from(),
			{ email: 'no-one@example.com', password: 'Not-the-password-1' },
			401,
		);
		assert.equal(wrong.body.code, 'bad_credentials');
		assert.deepEqual({ ...wrong.body, instance: 0 }, { ...unknown.body, instance: 0 });
	});

	test('after some failures an account has to wait, and says how long', async () => {
		const user = await world.user('guessed');
		let answer;
		for (let i = 0; i < 8; i += 1) {
			answer = await login(
				from(),
				{ email: user.email, password: `Wrong-${i}-password` },
				[401, 429],
			);
			if (answer.status === 429) break;
		}
		assert.equal(answer.status, 429, 'guessing is slowed down');
		assert.ok(Number(answer.headers['retry-after']) >= 1);
		const right = await login(from(), { email: user.email, password: PASSWORD }, 429);
		assert.equal(right.body.code, 'too_many_requests');
	});

	test('an address that fails too often has to wait, whoever it tries', async () => {
		const guesser = from();
		let answer;
		for (let i = 0; i < 40; i += 1) {
			answer = await login(
				guesser,
				{ email: `${unique('nobody')}@example.com`, password: 'Wrong-password-1' },
				[401, 429],
			);
			if (answer.status === 429) break;
		}
		assert.equal(answer.status, 429);
		await login(from(), { email: world.users.admin.email, password: PASSWORD }, 200);
	});

	test('one address in two organizations has to say which, once the password fits both', async () => {
		const second = await createOrganization(server);
		const other = await signIn(server, second.admin.email);
		const email = `${unique('twice')}@example.com`;
		const person = { email, name: 'Twice', access_level: 'member', password: PASSWORD };
		await world.admin.make('/v1/users', person);
		await new Client(server, { token: other.access_token }).make('/v1/users', person);
		const answer = await login(from(), { email, password: PASSWORD }, 409);
		assert.equal(answer.body.code, 'organization_required');
		await login(from(), { email, password: 'Wrong-password-1' }, 401);
		for (const [organization, id] of [
			[second.slug, second.id],
			[second.id, second.id],
			[world.organization.slug, world.organization.id],
		]) {
			const { body } = await login(from(), { email, password: PASSWORD, organization }, 200);
			assert.equal(body.organization.id, id);
		}
	});

	test('a user without a password, or disabled, does not get in', async () => {
		const email = `${unique('bare')}@example.com`;
		const bare = await world.admin.make('/v1/users', { email, name: 'Bare', access_level: 'member' });
		assert.equal(bare.has_password, false);
		await login(from(), { email, password: PASSWORD }, 401);
		await world.admin.post(`/v1/users/${bare.id}/password`, { password: PASSWORD }, { expect: 204 });
		await login(from(), { email, password: PASSWORD }, 200);
		await world.admin.change(`/v1/users/${bare.id}`, { status: 'disabled' });
		await login(from(), { email, password: PASSWORD }, 401);
	});
});

describe('sessions', () => {
	test('a refresh token is exchanged once; a lost answer may be asked for again at once', async () => {
		const first = await signIn(server, world.users.admin.email);
		const second = (await refresh(first.refresh_token, 200)).body;
		assert.notEqual(second.refresh_token, first.refresh_token);
		await me(second.access_token, 200);
		const again = (await refresh(first.refresh_token, 200)).body;
		await me(again.access_token, 200);
		await refresh(second.refresh_token, 200);
	});

	test('using a spent one later ends the whole family', async () => {
		const first = await signIn(server, world.users.admin.email);
		const second = (await refresh(first.refresh_token, 200)).body;
		const family = await psql(
			server,
			`UPDATE refresh_tokens SET spent_at = spent_at - interval '1 minute'
			 WHERE spent_at IS NOT NULL AND organization_id = '${world.organization.id}' RETURNING family_id`,
		);
		assert.notEqual(family, '');
		assert.equal((await refresh(first.refresh_token, 401)).body.code, 'refresh_refused');
		assert.equal((await refresh(second.refresh_token, 401)).body.code, 'refresh_refused');
		const events = await psql(
			server,
			`SELECT count(*) FROM events WHERE type = 'session.reuse_detected' AND organization_id = '${world.organization.id}'`,
		);
		assert.equal(events, '1');
	});

	test('a session ends at its appointed time, however often it was renewed', async () => {
		const first = await signIn(server, world.users.admin.email);
		const second = (await refresh(first.refresh_token, 200)).body;
		await psql(
			server,
			`UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE spent_at IS NULL AND organization_id = '${world.organization.id}'`,
		);
		await refresh(second.refresh_token, 401);
	});

	test('signing out ends it; garbage says nothing', async () => {
		const session = await signIn(server, world.users.admin.email);
		await from().post('/v1/auth/logout', { refresh_token: session.refresh_token }, { expect: 204 });
		await refresh(session.refresh_token, 401);
		await from().post('/v1/auth/logout', { refresh_token: session.refresh_token }, { expect: 204 });
		await from().post('/v1/auth/logout', { refresh_token: 'rt_nonsense' }, { expect: 204 });
		await from().post('/v1/auth/logout', undefined, { expect: 204 });
		for (const token of ['rt_nonsense', session.access_token.slice(0, 300), 'x']) await refresh(token, 401);
		await from().post('/v1/auth/refresh', undefined, { expect: 401 });
	});

	test('a refresh token of one organization does not open another', async () => {
		const session = await signIn(server, world.users.admin.email);
		const second = await createOrganization(server);
		const token = session.refresh_token.replace(
			world.organization.id.replaceAll('-', ''),
			second.id.replaceAll('-', ''),
		);
		assert.notEqual(token, session.refresh_token);
		await refresh(token, 401);
	});
});

describe('cookies', () => {
	const cookieSession = async (more = {}) => {
		const answer = await from().post(
			'/v1/auth/login',
			{ email: world.users.admin.email, password: PASSWORD, session: 'cookie' },
			{ headers: { Origin: origin, ...more }, expect: 200 },
		);
		const cookies = cookiesOf(answer);
		const header = Object.entries(cookies)
			.map(([name, { value }]) => `${name}=${value}`)
			.join('; ');
		return { answer, cookies, header };
	};

	test('are bound to this host, this site and the protocol', async () => {
		const { answer, cookies } = await cookieSession();
		assert.equal(answer.body.refresh_token, null);
		assert.deepEqual(Object.keys(cookies).sort(), ['__Host-access', '__Host-here', '__Host-refresh']);
		for (const { attributes } of Object.values(cookies))
			for (const attribute of ['Path=/', 'Secure', 'SameSite=Strict'])
				assert.ok(attributes.includes(attribute), attribute);
		for (const [name, { attributes }] of Object.entries(cookies))
			assert.equal(attributes.includes('HttpOnly'), name !== '__Host-here', name);
		assert.equal(cookies['__Host-here'].value, '1', 'what scripts read tells that there is a session, and no more');
	});

	test('read without more, and write from this site only', async () => {
		const { header } = await cookieSession();
		const client = new Client(server, { headers: { Cookie: header } });
		assert.equal((await client.read('/v1/me')).id, world.users.admin.id);
		const write = (headers, expect) =>
			client.post('/v1/competencies', { name: unique('Cookie') }, { headers, expect });
		await write({ Origin: origin }, 201);
		for (const headers of [
			{},
			{ Origin: 'https://evil.example' },
			{ Origin: 'null' },
			{ Origin: origin.replace('127.0.0.1', '127.0.0.1.evil.example') },
		])
			assert.equal((await write(headers, 403)).body.code, 'wrong_origin');
	});

	test('are ignored where Authorization is present', async () => {
		const { header } = await cookieSession();
		await new Client(server, { headers: { Cookie: header, Authorization: 'Bearer no' } }).get('/v1/me', {
			expect: 401,
		});
		const token = world.users.reader.token;
		const who = await new Client(server, { token, headers: { Cookie: header } }).read('/v1/me');
		assert.equal(who.id, world.users.reader.id);
	});

	test('renew and end a session without a body', async () => {
		const { header } = await cookieSession();
		const client = from().with({ Cookie: header, Origin: origin });
		const renewed = await client.post('/v1/auth/refresh', undefined, { expect: 200 });
		assert.equal(renewed.body.refresh_token, null);
		assert.ok(cookiesOf(renewed)['__Host-refresh'].value);
		for (const path of ['/v1/auth/refresh', '/v1/auth/logout'])
			await from().post(path, undefined, {
				headers: { Cookie: header, Origin: 'https://evil.example' },
				expect: 403,
			});
		const out = await client.post('/v1/auth/logout', undefined, { expect: 204 });
		for (const { value, attributes } of Object.values(cookiesOf(out))) {
			assert.equal(value, '');
			assert.ok(attributes.includes('Max-Age=0'));
		}
		const last = Object.entries(cookiesOf(renewed))
			.map(([name, { value }]) => `${name}=${value}`)
			.join('; ');
		await from().post('/v1/auth/refresh', undefined, {
			headers: { Cookie: last, Origin: origin },
			expect: 401,
		});
	});
});

describe('how access ends', () => {
	test('another password ends every other token at once', async () => {
		const user = await world.user('changer');
		const elsewhere = await signIn(server, user.email);
		const here = new Client(server, { token: user.token, headers: { 'X-Forwarded-For': anAddress() } });
		const change = (body, expect) => here.post('/v1/auth/password', body, { expect });
		assert.equal(
			(await change({ current_password: 'Wrong-password-1', new_password: NEW }, 401)).body.code,
			'bad_credentials',
		);
		for (const weak of ['short', 'password1234', 'aaaaaaaaaaaaaa', user.email])
			assert.equal(
				(await change({ current_password: PASSWORD, new_password: weak }, 422)).body.code,
				'weak_password',
			);
		const fresh = (await change({ current_password: PASSWORD, new_password: NEW }, 200)).body;
		await me(fresh.access_token, 200);
		await refresh(fresh.refresh_token, 200);
		await me(user.token, 401);
		await me(elsewhere.access_token, 401);
		await refresh(elsewhere.refresh_token, 401);
		await login(from(), { email: user.email, password: PASSWORD }, 401);
		await login(from(), { email: user.email, password: NEW }, 200);
	});

	test('a password set by an admin ends the sessions', async () => {
		const user = await world.user('forgetful');
		const path = `/v1/users/${user.id}/password`;
		assert.equal(
			(await world.admin.post(path, { password: 'password12345' }, { expect: 422 })).body.code,
			'weak_password',
		);
		await world.admin.post(path, { password: NEW }, { expect: 204 });
		await me(user.token, 401);
		await login(from(), { email: user.email, password: NEW }, 200);
	});

	test('disabling, and another access level, take effect at once', async () => {
		const user = await world.user('leaver', 'recruiter');
		const session = await signIn(server, user.email);
		await world.admin.change(`/v1/users/${user.id}`, { access_level: 'member' });
		await me(user.token, 401);
		await refresh(session.refresh_token, 401);
		const again = await signIn(server, user.email);
		assert.equal((await me(again.access_token, 200)).body.access_level, 'member');
		await world.admin.change(`/v1/users/${user.id}`, { status: 'disabled' });
		await me(again.access_token, 401);
		await refresh(again.refresh_token, 401);
		await world.admin.change(`/v1/users/${user.id}`, { status: 'active' });
		await me(again.access_token, 401);
	});

	test('a program has no password and no person’s session', async () => {
		const robot = await world.program('robot', ['users:read', 'users:write']);
		await robot.post('/v1/auth/password', { current_password: 'x', new_password: NEW }, { expect: 403 });
	});
});
