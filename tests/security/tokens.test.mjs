// Forged and bent tokens over HTTP: all of them are 401, and nothing else.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Caller, hasControl, live, organization, PASSWORD, serve, signIn, sql } from '../faults/support.mjs';

const b64 = (data) => Buffer.from(typeof data === 'string' || Buffer.isBuffer(data) ? data : JSON.stringify(data)).toString('base64url');
const json = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const es256 = (text, key = own.privateKey) => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
const hs256 = (text, key) => createHmac('sha256', key).update(text).digest('base64url');

// The last character carries bits that nobody reads.
function loosenedTail(part) {
	const at = ALPHABET.indexOf(part.at(-1));
	return part.slice(0, -1) + ALPHABET[at ^ 1];
}

// [what, token] around a good one; `jwk` is the server's public key.
function forgeries(good, jwk) {
	const [head, body, signature] = good.split('.');
	const header = json(head);
	const claims = json(body);
	const later = claims.exp + 3600;
	const signed = (h, c) => `${b64(h)}.${b64(c)}`;
	const mine = (h, c) => `${signed(h, c)}.${es256(signed(h, c))}`;
	const kept = (c) => `${head}.${b64(c)}.${signature}`;
	const list = [];
	const add = (what, token) => list.push([what, token]);
	const without = (name) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

	for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
		add(`alg ${alg || 'empty'}, no signature`, `${signed({ ...header, alg }, claims)}.`);
		add(`alg ${alg || 'empty'}, old signature`, `${signed({ ...header, alg }, claims)}.${signature}`);
	}
	add('no alg', `${signed({ typ: 'JWT', kid: header.kid }, claims)}.${signature}`);
	for (const [what, key] of [
		['the public key as JWK', JSON.stringify(jwk)],
		['the public point', Buffer.concat([Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')])],
		['the key id', header.kid],
		['an empty key', ''],
		['one byte', 'a'],
	]) {
		const text = signed({ ...header, alg: 'HS256' }, claims);
		add(`HS256 with ${what}`, `${text}.${hs256(text, key)}`);
		add(`the server's header, but a MAC with ${what}`, `${head}.${body}.${hs256(`${head}.${body}`, key)}`);
	}
	const small = signed({ ...header, alg: 'hs256' }, claims);
	add('hs256 in small letters', `${small}.${hs256(small, 'a')}`);
	const rs = signed({ ...header, alg: 'RS256' }, claims);
	add('RS256 with a key of mine', `${rs}.${sign('sha256', Buffer.from(rs), rsa.privateKey).toString('base64url')}`);
	for (const alg of ['ES384', 'ES512', 'PS256', 'EdDSA', 'es256', 'ES256K', 'ES256 ']) add(`alg ${alg}`, mine({ ...header, alg }, claims));

	add('ES256 with a key of mine', mine(header, claims));
	add('with my key in the header (jwk)', mine({ ...header, jwk: own.publicKey.export({ format: 'jwk' }) }, claims));
	add('with an address of my key (jku)', mine({ ...header, jku: 'http://127.0.0.1:1/jwks.json' }, claims));
	add('with a certificate address (x5u)', mine({ ...header, x5u: 'http://127.0.0.1:1/x' }, claims));
	add('with a certificate (x5c)', mine({ ...header, x5c: ['MIIB'] }, claims));
	for (const kid of ['', 'x', '../../../dev/null', '/dev/null', "' OR 1=1 --", '\u0000', 'a'.repeat(2000), `${header.kid}\u0000`, ` ${header.kid}`])
		add(`kid ${JSON.stringify(kid).slice(0, 30)}`, mine({ ...header, kid }, claims));
	add('kid is a number', mine({ ...header, kid: 1 }, claims));
	add('kid is a list', mine({ ...header, kid: [header.kid] }, claims));
	add('unknown crit', mine({ ...header, crit: ['x'], x: 1 }, claims));
	add('b64 false', mine({ ...header, b64: false, crit: ['b64'] }, claims));
	add('a good signature under a header with crit', `${b64({ ...header, crit: ['exp'] })}.${body}.${signature}`);
	add('the header with a space', `${b64(`${JSON.stringify(header)} `)}.${body}.${signature}`);
	add('the header in another order', `${b64(Object.fromEntries(Object.entries(header).reverse()))}.${body}.${signature}`);
	add('alg twice', `${b64(`{"alg":"none",${JSON.stringify(header).slice(1)}`)}.${body}.${signature}`);

	for (const [name, value] of [
		['sub', randomUUID()],
		['org', randomUUID()],
		['exp', later],
		['exp', 1e30],
		['exp', String(later)],
		['iat', 0],
		['iss', 'http://elsewhere.test'],
		['aud', 'elsewhere'],
		['jti', randomUUID()],
		['scope', 'roles:write'],
	])
		add(`${name} changed to ${value}`, kept({ ...claims, [name]: value }));
	for (const name of ['iss', 'aud', 'sub', 'org', 'exp', 'iat', 'jti']) add(`${name} left out`, kept(without(name)));
	add('sub twice', `${head}.${b64(`{"sub":"${randomUUID()}",${JSON.stringify(claims).slice(1)}`)}.${signature}`);
	add('claims with NUL and more behind', `${head}.${b64(`${JSON.stringify(claims)}\0{}`)}.${signature}`);
	add('claims are a list', kept([claims]));
	add('claims are null', kept(null));
	add('claims are not JSON', `${head}.${b64('{"sub":')}.${signature}`);

	const raw = Buffer.from(signature, 'base64url');
	const flipped = Buffer.from(raw);
	flipped[40] ^= 1;
	add('one bit of the signature', `${head}.${body}.${b64(flipped)}`);
	add('signature of zeros', `${head}.${body}.${b64(Buffer.alloc(64))}`);
	add('signature of ones', `${head}.${body}.${b64(Buffer.alloc(64, 255))}`);
	add('r and s exchanged', `${head}.${body}.${b64(Buffer.concat([raw.subarray(32), raw.subarray(0, 32)]))}`);
	add('signature too short', `${head}.${body}.${b64(raw.subarray(0, 63))}`);
	add('signature too long', `${head}.${body}.${b64(Buffer.concat([raw, Buffer.alloc(1)]))}`);
	add('signature as DER', `${head}.${body}.${b64(sign('sha256', Buffer.from(`${head}.${body}`), own.privateKey))}`);
	add('no signature', `${head}.${body}.`);
	add('two parts', `${head}.${body}`);
	add('one part', head);
	add('four parts', `${good}.${signature}`);
	add('an empty part in front', `.${good}`);
	add('empty header', `.${body}.${signature}`);
	add('empty claims', `${head}..${signature}`);
	add('padded base64', `${head}=.${body}.${signature}`);
	add('padded signature', `${head}.${body}.${signature}==`);
	add('bits behind the signature', `${head}.${body}.${loosenedTail(signature)}`);
	add('standard base64 letters', `${head}.${body}.${signature.slice(0, -2)}+/`);
	add('space within', `${head}.${body.slice(0, 9)} ${body.slice(9)}.${signature}`);
	add('a comma and more behind', `${good},${good}`);
	add('a JWE of five parts', `${head}.${body}.${body}.${body}.${signature}`);
	add('5 KiB', mine(header, { ...claims, pad: 'x'.repeat(5000) }));
	add('random bytes', randomBytes(300).toString('base64url'));
	add('dots', '..');
	return list;
}

let server;
let place;
let jwk;

before(async () => {
	server = await serve({ variant: 'asan' });
	place = await organization(server);
	const caller = new Caller(server.port);
	jwk = (await caller.make('GET', '/.well-known/jwks.json')).keys[0];
	caller.close();
});
after(() => server?.stop());

const ask = (caller, authorization) => caller.get('/v1/me', { headers: { Authorization: authorization }, token: null });

test('forged and bent tokens: 401 for every one of them', async (t) => {
	const caller = new Caller(server.port);
	const list = forgeries(place.token, jwk);
	assert.equal((await ask(caller, `Bearer ${place.token}`)).status, 200, 'the good one is good');
	const wrong = [];
	for (const [what, token] of list)
		for (const warm of [false, true]) {
			// Also right after the good one has been remembered.
			if (warm) await ask(caller, `Bearer ${place.token}`);
			const answer = await ask(caller, `Bearer ${token}`);
			if (answer.status !== 401 || answer.body?.code !== 'unauthenticated' || !answer.headers['www-authenticate'])
				wrong.push(`${what}: ${answer.status} ${answer.error ?? answer.text.slice(0, 200)}`);
		}
	t.diagnostic(`${list.length} kinds`);
	assert.deepEqual(wrong, []);
	assert.ok(list.length >= 40);
	assert.equal((await ask(caller, `Bearer ${place.token}`)).status, 200);
	assert.ok(await live(server.port));
	assert.equal(server.report(), null);
	caller.close();
});

test('other ways to say it: 401 as well', async () => {
	const caller = new Caller(server.port);
	for (const value of ['Bearer', 'Bearer ', `bearer${place.token}`, `Basic ${place.token}`, `Token ${place.token}`, place.token, `Bearer  Bearer ${place.token}`, `Bearer ${place.token} x`, `DPoP ${place.token}`, 'Basic YTpi', 'Bearer null', 'Bearer undefined', 'Bearer true']) {
		const answer = await ask(caller, value);
		assert.equal(answer.status, 401, `${value.slice(0, 30)}: ${answer.status} ${answer.text}`);
	}
	const inQuery = await caller.get(`/v1/me?access_token=${place.token}`, { token: null });
	assert.ok([401, 422].includes(inQuery.status), inQuery.text);
	caller.close();
});

test('a token that was good: 401 once its user is shut out, or has another password', async () => {
	const admin = new Caller(server.port, place.token);
	const email = `gone-${randomUUID()}@example.com`;
	const user = await admin.make('POST', '/v1/users', { email, name: 'Gone', access_level: 'recruiter', password: PASSWORD });
	const caller = new Caller(server.port, await signIn(server.port, email));
	assert.equal((await caller.get('/v1/me')).status, 200);
	await admin.make('POST', `/v1/users/${user.id}/password`, { password: 'Another-lantern-5-orchard' });
	assert.equal((await caller.get('/v1/me')).status, 401);
	caller.token = await signIn(server.port, email, 'Another-lantern-5-orchard');
	assert.equal((await caller.get('/v1/me')).status, 200);
	await sql(server, `UPDATE users SET token_version = token_version + 1 WHERE id = '${user.id}'`);
	assert.equal((await caller.get('/v1/me')).status, 401);
	caller.close();
	admin.close();
});

test("another server's token of the same user: 401", async () => {
	const other = await serve();
	try {
		const there = await organization(other);
		const caller = new Caller(server.port);
		assert.equal((await ask(caller, `Bearer ${there.token}`)).status, 401);
		caller.close();
	} finally {
		await other.drop();
	}
});

test('control: without the check of the signature a forged token opens the door', { skip: !hasControl && 'build/assay-control is not built' }, async () => {
	const open = await serve({ variant: 'control', env: { ASSAY_CONTROL_OFF: 'token_signature' } });
	try {
		const there = await organization(open);
		const [head, body, signature] = there.token.split('.');
		const forged = `${head}.${b64({ ...json(body), jti: randomUUID() })}.${signature}`;
		const caller = new Caller(open.port);
		assert.equal((await ask(caller, `Bearer ${forged}`)).status, 200);
		caller.close();
	} finally {
		await open.drop();
	}
});

// Without the gate, enter() still shuts out who does not exist: these name nobody, or someone else.
const NAMES_NOBODY = ['sub changed', 'org changed', 'sub left out', 'org left out', 'claims are a list', 'claims are null', 'claims are not JSON', 'one part', 'an empty part in front', 'empty claims', '5 KiB', 'random bytes', 'dots'];
const GATE = ['text', 'size', 'segments', 'header', 'signature_form', 'signature', 'payload', 'claims', 'expiry'];

test('control: without the gate all of them open the door, but those that name nobody', { skip: !hasControl && 'build/assay-control is not built' }, async () => {
	const open = await serve({ variant: 'control', env: { ASSAY_CONTROL_OFF: GATE.map((name) => `token_${name}`).join(',') } });
	try {
		const there = await organization(open);
		const caller = new Caller(open.port);
		const key = (await caller.make('GET', '/.well-known/jwks.json')).keys[0];
		const shut = [];
		for (const [what, token] of forgeries(there.token, key))
			if ((await ask(caller, `Bearer ${token}`)).status !== 200) shut.push(what.replace(/ to .*/, ''));
		assert.deepEqual(shut, NAMES_NOBODY);
		caller.close();
	} finally {
		await open.drop();
	}
});
