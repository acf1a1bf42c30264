// Users provisioned by a company's directory: RFC 7644, and what Okta and Entra ID send.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, signIn, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const foreign = await usualWorld(server, { name: unique('Elsewhere') });

const BASE = '/scim/v2';
const USERS = `${BASE}/Users`;
const type = 'application/scim+json';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const bearer = (secret) => new Client(server, { headers: { Authorization: `Bearer ${secret}` } });
const provisioner = async (on = world) => {
	const made = await on.admin.make('/v1/api_clients', { name: unique('Directory'), scopes: ['scim:write'] });
	return { ...made, client: bearer(made.client_secret) };
};
const okta = await provisioner();
const scim = okta.client;
const theirs = (await provisioner(foreign)).client;

const email = () => `${unique('person')}@example.com`;
const create = async (body = {}, expect = 201) => (await scim.post(USERS, { schemas: [CORE], userName: email(), ...body }, { type, expect })).body;
const read = async (id, query) => (await scim.get(`${USERS}/${id}`, { query, expect: 200 })).body;
const patch = async (id, Operations, expect = 200, more = {}) =>
	(await scim.patch(`${USERS}/${id}`, { schemas: [PATCH], Operations }, { type, expect, ...more })).body;
const put = async (id, body, expect = 200, more = {}) => (await scim.put(`${USERS}/${id}`, { schemas: [CORE], ...body }, { type, expect, ...more })).body;
const find = async (filter, query = {}, client = scim) => (await client.get(USERS, { query: { filter, ...query }, expect: 200 })).body;
const names = ({ Resources }) => Resources.map(({ userName }) => userName);
const ours = (id) => world.admin.read(`/v1/users/${id}`);
const refused = (answer, status, scimType) => assert.deepEqual([answer.status, answer.scimType], [String(status), scimType], JSON.stringify(answer));

describe('who asks', () => {
	test('with the secret of an API client, or a token that was made with it', async () => {
		await scim.get(USERS, { expect: 200 });
		const { body } = await new Client(server).request('POST', '/v1/oauth/token', {
			form: { grant_type: 'client_credentials', client_id: okta.client_id, client_secret: okta.client_secret },
		});
		await bearer(body.access_token).get(USERS, { expect: 200 });
		await world.admin.get(USERS, { expect: 200 });
		assert.ok((await world.admin.read(`/v1/api_clients/${okta.id}`)).last_used_at);
	});

	test('anything else is 401 in the words of SCIM', async () => {
		const wrong = `${okta.client_secret.slice(0, -1)}${okta.client_secret.endsWith('A') ? 'B' : 'A'}`;
		for (const headers of [{}, { Authorization: `Bearer ${wrong}` }, { Authorization: 'Bearer acs_' }, { Authorization: 'Bearer x.y.z' }, { Authorization: `Basic ${btoa(`${okta.client_secret}:`)}` }]) {
			const answer = await new Client(server, { headers }).get(USERS, { expect: 401 });
			assert.equal(answer.body.status, '401');
			assert.match(answer.headers['www-authenticate'], /^Bearer/);
		}
	});

	test('the scope opens this and nothing else, and no other scope opens this', async () => {
		const made = await world.admin.make('/v1/api_clients', { name: unique('Other'), scopes: ['users:read', 'users:write'] });
		refused((await bearer(made.client_secret).get(USERS, { expect: 403 })).body, 403);
		await bearer(made.client_secret).post(USERS, { userName: email() }, { type, expect: 403 });
		// The secret is no token elsewhere, and a token of this scope reads nothing else.
		await scim.get('/v1/users', { expect: 401 });
		const directory = await world.program('directory', ['scim:write']);
		await directory.get('/v1/users', { expect: 403 });
		await world.recruiter.get(USERS, { expect: 403 });
	});

	test('a rotated secret and a revoked client are out at once', async () => {
		const { id, client } = await provisioner();
		await client.get(USERS, { expect: 200 });
		const { client_secret } = await world.admin.make(`/v1/api_clients/${id}/rotate`);
		await client.get(USERS, { expect: 401 });
		await bearer(client_secret).get(USERS, { expect: 200 });
		await world.admin.make(`/v1/api_clients/${id}/revoke`);
		await bearer(client_secret).get(USERS, { expect: 401 });
	});

	test('an expired one as well', async () => {
		const { id, client } = await provisioner();
		await world.admin.change(`/v1/api_clients/${id}`, { expires_at: '2020-01-01T00:00:00Z' });
		await client.get(USERS, { expect: 401 });
	});
});

describe('what is served', () => {
	const nobody = new Client(server);

	test('is told to anybody', async () => {
		const { body: config } = await nobody.get(`${BASE}/ServiceProviderConfig`, { expect: 200 });
		assert.equal(config.patch.supported, true);
		assert.equal(config.bulk.supported, false);
		assert.equal(config.authenticationSchemes[0].type, 'oauthbearertoken');
		const { body: schemas } = await nobody.get(`${BASE}/Schemas`, { expect: 200 });
		assert.deepEqual(schemas.Resources.map(({ id }) => id), [CORE]);
		const { body: schema } = await nobody.get(`${BASE}/Schemas/${CORE}`, { expect: 200 });
		assert.deepEqual(schema, schemas.Resources[0]);
		const { body: types } = await nobody.get(`${BASE}/ResourceTypes`, { expect: 200 });
		assert.deepEqual((await nobody.get(`${BASE}/ResourceTypes/`, { expect: 200 })).body, types);
		assert.deepEqual(types.Resources.map(({ endpoint }) => endpoint), ['/Users']);
		assert.deepEqual((await nobody.get(`${BASE}/ResourceTypes/User`, { expect: 200 })).body, types.Resources[0]);
	});

	test('and nothing beside', async () => {
		for (const path of [`${BASE}/Schemas/${ENTERPRISE}`, `${BASE}/ResourceTypes/Group`, `${BASE}/Groups`, `${BASE}/Bulk`, `${BASE}/Me`, `${USERS}/x`])
			refused((await scim.get(path, { expect: 404 })).body, 404);
		for (const path of ['ServiceProviderConfig', 'Schemas', `Schemas/${CORE}`, 'ResourceTypes', 'ResourceTypes/User'])
			refused((await nobody.get(`${BASE}/${path}`, { query: { filter: 'id pr' }, expect: 403 })).body, 403);
		refused((await scim.get(`${USERS}/.search`, { expect: 405 })).body, 405);
	});

	test('every attribute of an answer is in the schema', async () => {
		const { attributes } = (await nobody.get(`${BASE}/Schemas/${CORE}`)).body;
		const { id } = await create({ externalId: unique('x'), displayName: 'Ada', name: { givenName: 'Ada', familyName: 'Lovelace' } });
		// These are common to all schemas (RFC 7643, section 3.1).
		const { schemas, id: own, externalId, meta, ...rest } = await read(id);
		assert.ok(schemas && own && externalId && meta);
		assert.deepEqual(Object.keys(rest).sort(), attributes.map(({ name }) => name).sort());
		for (const { name, subAttributes } of attributes.filter((one) => one.subAttributes)) {
			const [value] = [rest[name]].flat();
			assert.deepEqual(Object.keys(value).sort(), subAttributes.map((part) => part.name).sort(), name);
		}
	});
});

describe('media types', () => {
	test('SCIM\'s own, and plain JSON for whoever takes nothing else', async () => {
		assert.match((await scim.get(USERS, { query: { count: 1 } })).headers['content-type'], /^application\/scim\+json/);
		const json = { Accept: 'application/json' };
		assert.match((await scim.get(USERS, { query: { count: 1 }, headers: json, expect: 200 })).headers['content-type'], /^application\/json/);
		await scim.post(USERS, { userName: email() }, { type: 'application/json', headers: json, expect: 201 });
		await scim.post(USERS, { userName: email() }, { type: `${type}; charset=utf-8`, headers: { Accept: type }, expect: 201 });
		refused((await scim.get(USERS, { headers: { Accept: 'text/html' }, expect: 406 })).body, 406);
		refused((await scim.post(USERS, { userName: email() }, { type, headers: { Accept: 'text/html' }, expect: 406 })).body, 406);
		refused((await scim.post(USERS, { userName: email() }, { type: 'text/plain', expect: 415 })).body, 415);
	});

	test('what is no JSON, and no object', async () => {
		for (const [raw, scimType] of [['{', 'invalidSyntax'], ['', 'invalidSyntax'], ['[]', 'invalidValue'], ['{"userName":"a@b.example","userName":"c@d.example"}', 'invalidSyntax']])
			refused((await scim.request('POST', USERS, { raw, type, expect: 400 })).body, 400, scimType);
		assert.match((await scim.request('POST', USERS, { raw: '[]', type, expect: 400 })).body.detail, /^The body /);
	});
});

describe('creating', () => {
	test('a user as Okta sends one', async () => {
		const userName = email();
		const externalId = unique('00u');
		const answer = await scim.post(
			USERS,
			{
				schemas: [CORE],
				userName,
				name: { givenName: 'Ada', familyName: 'King Lovelace' },
				emails: [{ primary: true, value: userName, type: 'work' }],
				displayName: 'Ada Lovelace',
				locale: 'en-US',
				externalId,
				groups: [],
				password: '1mz050nq',
				active: true,
			},
			{ type, expect: 201 },
		);
		const { body } = answer;
		assert.equal(body.externalId, externalId);
		assert.deepEqual(body.name, { formatted: 'Ada King Lovelace', familyName: 'King Lovelace', givenName: 'Ada' });
		assert.equal(body.displayName, 'Ada Lovelace');
		assert.deepEqual(body.emails, [{ value: userName, type: 'work', primary: true }]);
		assert.deepEqual(body.roles, [{ value: 'member', primary: true }]);
		assert.equal(body.active, true);
		assert.equal(answer.headers.location, body.meta.location);
		assert.match(body.meta.location, new RegExp(`^https?://.*${USERS}/${body.id}$`));
		assert.equal(answer.headers.etag, body.meta.version);
		assert.equal(body.meta.version, 'W/"1"');
		assert.deepEqual(await read(body.id), body);
		const user = await ours(body.id);
		assert.deepEqual(
			[user.name, user.email, user.access_level, user.status, user.has_password, user.external_ids],
			['Ada Lovelace', userName, 'member', 'active', false, { scim: externalId }],
		);
	});

	test('a user as Entra ID sends one, whose name for signing in is another address', async () => {
		const userName = `${unique('upn')}@corp.example`;
		const address = email();
		const made = await create({
			schemas: [CORE, ENTERPRISE],
			externalId: unique('entra'),
			userName,
			active: true,
			emails: [{ primary: true, type: 'work', value: address }],
			meta: { resourceType: 'User' },
			name: { formatted: 'Grace Hopper', familyName: 'Hopper', givenName: 'Grace' },
			roles: [{ primary: 'True', type: 'WindowsAzureActiveDirectoryRole', value: 'Recruiter' }],
			[ENTERPRISE]: { department: 'Navy' },
		});
		assert.equal(made.userName, userName);
		assert.equal(made.emails[0].value, address);
		const user = await ours(made.id);
		assert.deepEqual([user.email, user.name, user.access_level], [address, 'Grace Hopper', 'recruiter']);
		assert.deepEqual(names(await find(`userName eq "${userName.toUpperCase()}"`)), [userName]);
	});

	test('with little: the name is the user name, and who is not active cannot sign in', async () => {
		const made = await create({ active: 'False' });
		assert.equal(made.displayName, made.userName);
		assert.equal(made.active, false);
		assert.equal((await ours(made.id)).status, 'disabled');
		assert.equal((await create({ name: { familyName: 'Solo' } })).displayName, 'Solo');
		assert.equal((await create({ USERNAME: undefined, username: undefined, DisplayName: 'In any case' })).displayName, 'In any case');
		assert.equal((await create({ roles: [{ value: 'member' }, 'recruiter'] })).roles[0].value, 'recruiter');
	});

	test('what cannot be', async () => {
		refused(await create({ userName: undefined }, 400), 400, 'invalidValue');
		refused(await create({ userName: null }, 400), 400, 'mutability');
		refused(await create({ userName: 'nobody' }, 400), 400, 'invalidValue');
		refused(await create({ userName: 7 }, 400), 400, 'invalidValue');
		refused(await create({ userName: `${'x'.repeat(250)}@example.com` }, 400), 400, 'invalidValue');
		refused(await create({ displayName: 'x'.repeat(201) }, 400), 400, 'invalidValue');
		refused(await create({ name: { givenName: 'x'.repeat(201) }, displayName: 'x' }, 400), 400, 'invalidValue');
		refused(await create({ name: 'Ada' }, 400), 400, 'invalidValue');
		refused(await create({ externalId: 'x'.repeat(201) }, 400), 400, 'invalidValue');
		refused(await create({ active: 'perhaps' }, 400), 400, 'invalidValue');
		refused(await create({ emails: [{ value: 'nowhere' }] }, 400), 400, 'invalidValue');
		refused(await create({ emails: [7] }, 400), 400, 'invalidValue');
		refused(await create({ emails: Array(51).fill({ value: 'a@b.example' }) }, 400), 400, 'invalidValue');
		refused(await create({ roles: [{ value: 'owner' }] }, 400), 400, 'invalidValue');
		refused(await create({ 'emails[': 'passed over' }, 201).then(() => ({ status: '201' })), 201);
	});

	test('nobody twice', async () => {
		const one = await create({ externalId: unique('one') });
		refused(await create({ userName: one.userName.toUpperCase() }, 409), 409, 'uniqueness');
		refused(await create({ emails: [{ value: one.userName }] }, 409), 409, 'uniqueness');
		refused(await create({ externalId: one.externalId }, 409), 409, 'uniqueness');
		// Somebody who was here before the directory.
		refused(await create({ userName: world.users.a.email }, 409), 409, 'uniqueness');
		const renamed = await create({ emails: [{ value: email() }] });
		refused(await create({ emails: [{ value: email() }], userName: renamed.userName }, 409), 409, 'uniqueness');
		// The same name elsewhere is somebody else.
		assert.equal((await theirs.post(USERS, { userName: one.userName }, { type, expect: 201 })).body.userName, one.userName);
	});

	test('at once makes one', async () => {
		const userName = email();
		const answers = await Promise.all(Array.from({ length: 6 }, () => scim.post(USERS, { userName, externalId: userName }, { type, expect: [201, 409] })));
		assert.equal(answers.filter(({ status }) => status === 201).length, 1);
	});
});

describe('passwords', () => {
	test('are passed over, stand nowhere, and none can be set so', async () => {
		const made = await create({ password: 'Velvet-harbour-19-pine' });
		assert.equal(made.password, undefined);
		const { version } = await ours(made.id);
		await patch(made.id, [{ op: 'replace', path: 'password', value: 'Velvet-harbour-20-pine' }]);
		await patch(made.id, [{ op: 'replace', value: { password: 'Velvet-harbour-20-pine' } }]);
		await put(made.id, { userName: made.userName, password: 'Velvet-harbour-20-pine' });
		const user = await ours(made.id);
		assert.equal(user.has_password, false);
		assert.equal(user.version, version);
	});
});

describe('changing', () => {
	test('as Entra ID does', async () => {
		const made = await create({ emails: [{ value: email(), type: 'work', primary: true }], name: { givenName: 'Jo', familyName: 'Doe' } });
		const address = email();
		const changed = await patch(made.id, [
			{ op: 'Replace', path: 'emails[type eq "work"].value', value: address },
			{ op: 'Add', path: 'name.familyName', value: 'Doe Núñez' },
			{ op: 'Replace', path: `${ENTERPRISE}:department`, value: 'Sales' },
			{ op: 'Add', path: 'phoneNumbers[type eq "work"].value', value: '555' },
			{ op: 'Add', path: 'roles[primary eq "True"].value', value: 'recruiter' },
			{ op: 'Replace', path: 'externalId', value: 'entra-1' },
		]);
		assert.equal(changed.emails[0].value, address);
		assert.deepEqual(changed.name, { formatted: 'Jo Doe Núñez', familyName: 'Doe Núñez', givenName: 'Jo' });
		assert.equal(changed.displayName, 'Jo Doe Núñez');
		assert.equal(changed.roles[0].value, 'recruiter');
		assert.equal(changed.externalId, 'entra-1');
		// Without a path, with paths as keys, and a truth as a text.
		const again = await patch(made.id, [
			{ op: 'Replace', value: { displayName: 'Joanna Doe', 'name.givenName': 'Joanna', 'emails[type eq "work"].value': made.emails[0].value, active: 'True', id: 'x', [ENTERPRISE]: { manager: null } } },
		]);
		assert.deepEqual([again.displayName, again.name.givenName, again.emails[0].value, again.active, again.id], ['Joanna Doe', 'Joanna', made.emails[0].value, true, made.id]);
		// The name that is shown is its own once it was sent.
		assert.equal((await patch(made.id, [{ op: 'Replace', path: 'name.familyName', value: 'Other' }])).displayName, 'Joanna Doe');
		assert.equal((await patch(made.id, [{ op: 'Remove', path: 'displayName' }])).displayName, 'Joanna Other');
		const off = await patch(made.id, [{ op: 'Replace', path: 'active', value: 'False' }]);
		assert.equal(off.active, false);
		assert.equal((await find(`externalId eq "entra-1"`)).Resources[0].active, false, 'one who is not active is still found');
	});

	test('as Okta does', async () => {
		const made = await create({ name: { givenName: 'Ann', familyName: 'Lee' }, externalId: unique('00u') });
		const userName = email();
		const body = { id: made.id, userName, name: { givenName: 'Anne', familyName: 'Lee' }, emails: [{ primary: true, value: userName, type: 'work' }], active: true, groups: [], externalId: made.externalId, meta: made.meta };
		const changed = await put(made.id, body);
		assert.deepEqual([changed.userName, changed.displayName, changed.emails[0].value], [userName, 'Anne Lee', userName]);
		const off = await patch(made.id, [{ op: 'replace', value: { active: false } }]);
		assert.equal(off.active, false);
		assert.deepEqual((await patch(made.id, [{ op: 'replace', value: { active: true } }])).active, true);
	});

	test('a whole user leaves out what is not said, but for level, state and name', async () => {
		const made = await create({ externalId: unique('x'), displayName: 'Full Name', roles: [{ value: 'recruiter' }], emails: [{ value: email() }] });
		const changed = await put(made.id, { userName: made.userName });
		assert.equal(changed.externalId, undefined);
		assert.equal(changed.emails[0].value, made.userName, 'the user name is the address again');
		assert.deepEqual([changed.displayName, changed.roles[0].value, changed.active], ['Full Name', 'recruiter', true]);
		refused(await put(made.id, { displayName: 'No name' }, 400), 400, 'invalidValue');
	});

	test('twice is once', async () => {
		const made = await create({ name: { givenName: 'One', familyName: 'Time' } });
		const ops = [{ op: 'add', path: 'displayName', value: 'Once' }, { op: 'replace', path: 'externalId', value: unique('once') }];
		const first = await patch(made.id, ops);
		assert.deepEqual(await patch(made.id, ops), first);
		const { meta, schemas, ...body } = first;
		assert.ok(meta && schemas);
		assert.equal((await put(made.id, body)).meta.version, first.meta.version);
		assert.equal((await put(made.id, body)).meta.version, first.meta.version);
	});

	test('an address that is the user name goes with it, another one stays', async () => {
		const one = await create();
		const next = email();
		assert.equal((await patch(one.id, [{ op: 'replace', path: 'userName', value: next }])).emails[0].value, next);
		const two = await create({ emails: [{ value: email() }] });
		assert.equal((await patch(two.id, [{ op: 'replace', path: 'userName', value: email() }])).emails[0].value, two.emails[0].value);
		// A user name need not be an address.
		const plain = await patch(two.id, [{ op: 'replace', path: 'userName', value: unique('plain') }]);
		assert.equal(plain.emails[0].value, two.emails[0].value);
		assert.equal((await patch(plain.id, [{ op: 'remove', path: 'emails' }], 400)).scimType, 'invalidValue');
	});

	test('a name that was changed here is split anew', async () => {
		const made = await create({ name: { givenName: 'Maria', familyName: 'del Carmen' } });
		await world.admin.change(`/v1/users/${made.id}`, { name: 'Maria  Theresia Paradis' });
		const now = await read(made.id);
		assert.deepEqual(now.name, { formatted: 'Maria  Theresia Paradis', familyName: 'Paradis', givenName: 'Maria  Theresia' });
		// What says nothing of the name changes nothing of it.
		assert.equal((await patch(made.id, [{ op: 'replace', path: 'externalId', value: unique('x') }])).displayName, 'Maria  Theresia Paradis');
		assert.equal((await patch(made.id, [{ op: 'replace', path: 'name.familyName', value: 'von Paradis' }])).displayName, 'Maria  Theresia von Paradis');
	});

	test('several values', async () => {
		const made = await create();
		const second = email();
		// A further address is not the primary one.
		assert.equal((await patch(made.id, [{ op: 'add', path: 'emails', value: [{ value: second, type: 'home' }] }])).emails[0].value, made.userName);
		assert.equal((await patch(made.id, [{ op: 'add', path: 'emails', value: { value: second, type: 'home', primary: true } }])).emails[0].value, second);
		assert.equal((await patch(made.id, [{ op: 'add', path: 'emails[type eq "other" and primary eq true].value', value: made.userName }])).emails[0].value, made.userName);
		assert.equal((await patch(made.id, [{ op: 'replace', path: 'emails[value ew "example.com"]', value: { value: second } }])).emails[0].value, second);
		assert.equal((await patch(made.id, [{ op: 'replace', path: 'emails.value', value: made.userName }])).emails[0].value, made.userName);
		assert.equal((await patch(made.id, [{ op: 'replace', path: 'emails', value: [{ value: second }] }])).emails[0].value, second);
		assert.equal((await patch(made.id, [{ op: 'remove', path: 'emails[type eq "work"]' }])).emails[0].value, made.userName);
		const level = async (...ops) => (await patch(made.id, ops)).roles[0].value;
		assert.equal(await level({ op: 'add', path: 'roles', value: [{ value: 'recruiter' }] }), 'recruiter');
		assert.equal(await level({ op: 'remove', path: 'roles', value: [{ value: 'admin' }] }), 'recruiter');
		assert.equal(await level({ op: 'remove', path: 'roles', value: [{ value: 'recruiter' }] }), 'member');
		assert.equal(await level({ op: 'replace', path: 'roles', value: 'recruiter' }), 'recruiter');
		assert.equal(await level({ op: 'remove', path: 'roles[not (value eq "admin") or value co "z"]' }), 'member');
	});

	test('what cannot be', async () => {
		const { id } = await create();
		const say = async (scimType, ...ops) => refused(await patch(id, ops, 400), 400, scimType);
		const before = await read(id);
		await say('invalidSyntax');
		await say('invalidSyntax', { op: 'move', path: 'active', value: true });
		await say('invalidSyntax', { path: 'active', value: true });
		await say('invalidPath', { op: 'replace', path: 'colour', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 'name.colour', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 'userName.x', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 'userName[value eq "x"]', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 'emails[type eq "work"].colour', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 'emails[type eq "work"', value: 'red' });
		await say('invalidPath', { op: 'replace', path: '', value: 'red' });
		await say('invalidPath', { op: 'replace', path: 7, value: 'red' });
		await say('invalidFilter', { op: 'replace', path: 'emails[colour eq "work"].value', value: 'red' });
		await say('invalidFilter', { op: 'replace', path: 'emails[type[value eq "x"]].value', value: 'red' });
		await say('noTarget', { op: 'replace', path: 'emails[type eq "moon"].value', value: email() });
		await say('noTarget', { op: 'remove', path: 'emails[type eq "moon"]' });
		await say('noTarget', { op: 'remove' });
		await say('mutability', { op: 'replace', path: 'id', value: randomId() });
		await say('mutability', { op: 'replace', path: 'meta.created', value: '2020-01-01T00:00:00Z' });
		await say('mutability', { op: 'remove', path: 'userName' });
		await say('mutability', { op: 'remove', path: 'active' });
		await say('invalidValue', { op: 'replace', path: 'active', value: 'yes' });
		await say('invalidValue', { op: 'replace', path: 'userName' });
		await say('invalidValue', { op: 'replace', path: 'userName', value: { x: 1 } });
		await say('invalidValue', { op: 'add', value: 'x' });
		await say('invalidValue', { op: 'add', path: 'roles', value: [{ value: 'owner' }] });
		await say('invalidValue', ...Array(101).fill({ op: 'add', path: 'displayName', value: 'x' }));
		// All or nothing.
		await say('invalidPath', { op: 'replace', path: 'displayName', value: 'Half' }, { op: 'replace', path: 'colour', value: 'red' });
		assert.deepEqual(await read(id), before);
		const other = await create({ externalId: unique('taken') });
		refused(await patch(id, [{ op: 'replace', path: 'userName', value: other.userName }], 409), 409, 'uniqueness');
		refused(await patch(id, [{ op: 'replace', path: 'externalId', value: other.externalId }], 409), 409, 'uniqueness');
		refused(await put(id, { userName: other.userName }, 409), 409, 'uniqueness');
		refused(await put(id, { userName: before.userName, externalId: other.externalId }, 409), 409, 'uniqueness');
		refused(await put(id, { userName: null }, 400), 400, 'mutability');
		refused(await patch(randomId(), [{ op: 'replace', path: 'active', value: false }], 404), 404);
		refused(await put(randomId(), { userName: email() }, 404), 404);
	});
});

describe('versions', () => {
	test('If-Match takes the tag as it is shown, weak as it is', async () => {
		const made = await create();
		const first = made.meta.version;
		const answer = await scim.get(`${USERS}/${made.id}`, { expect: 200 });
		assert.equal(answer.headers.etag, first);
		await scim.get(`${USERS}/${made.id}`, { headers: { 'If-None-Match': first }, expect: 304 });
		const ops = (value) => [{ op: 'replace', path: 'displayName', value }];
		const second = await patch(made.id, ops('Second'), 200, { headers: { 'If-Match': first } });
		for (const tag of [first, '"1"', 'W/"77"']) {
			refused(await patch(made.id, ops('Third'), 412, { headers: { 'If-Match': tag } }), 412);
			refused(await put(made.id, { userName: made.userName }, 412, { headers: { 'If-Match': tag } }), 412);
			refused((await scim.delete(`${USERS}/${made.id}`, { headers: { 'If-Match': tag }, expect: 412 })).body, 412);
		}
		refused(await patch(made.id, ops('Third'), 400, { headers: { 'If-Match': 'bare' } }), 400, 'invalidSyntax');
		await patch(made.id, ops('Third'), 200, { headers: { 'If-Match': `"1", ${second.meta.version}` } });
		await put(made.id, { userName: made.userName }, 200, { headers: { 'If-Match': '*' } });
		await scim.delete(`${USERS}/${made.id}`, { headers: { 'If-Match': '*' }, expect: 204 });
	});

	test('changes at once lose nothing', async () => {
		const { id } = await create();
		const ops = [
			[{ op: 'replace', path: 'externalId', value: unique('race') }],
			[{ op: 'replace', path: 'displayName', value: 'Raced' }],
			[{ op: 'replace', path: 'name.givenName', value: 'Given' }],
			[{ op: 'replace', path: 'roles', value: [{ value: 'recruiter' }] }],
		];
		await Promise.all(ops.map((one) => patch(id, one)));
		const after = await read(id);
		assert.deepEqual([after.externalId, after.displayName, after.name.givenName, after.roles[0].value], [ops[0][0].value, 'Raced', 'Given', 'recruiter']);
	});
});

describe('leaving', () => {
	const leaver = async (access_level = 'member') => {
		const user = await world.admin.make('/v1/users', { name: 'Lea Ver', email: email(), access_level, password: 'Velvet-harbour-19-pine' });
		const session = await signIn(server, user.email, 'Velvet-harbour-19-pine');
		return { ...user, session, client: new Client(server, { token: session.access_token ?? session.token }) };
	};
	const isOut = async ({ client, session, email: address }) => {
		await client.get('/v1/me', { expect: 401 });
		await new Client(server).post('/v1/auth/refresh', { refresh_token: session.refresh_token }, { expect: 401 });
		await new Client(server).post('/v1/auth/login', { email: address, password: 'Velvet-harbour-19-pine' }, { expect: 401 });
	};

	test('active false ends every session at once, and true brings them back', async () => {
		for (const leave of [
			(id) => patch(id, [{ op: 'Replace', path: 'active', value: 'False' }]),
			(id) => put(id, { userName: undefined, active: false }, 400).then(async () => put(id, { userName: (await read(id)).userName, active: false })),
		]) {
			const user = await leaver();
			await user.client.get('/v1/me', { expect: 200 });
			await leave(user.id);
			await isOut(user);
			assert.equal((await read(user.id)).active, false);
			await patch(user.id, [{ op: 'replace', path: 'active', value: true }]);
			await user.client.get('/v1/me', { expect: 401 });
			await signIn(server, user.email, 'Velvet-harbour-19-pine');
		}
	});

	test('another access level ends them, too', async () => {
		const user = await leaver('recruiter');
		await patch(user.id, [{ op: 'replace', path: 'roles', value: [{ value: 'member' }] }]);
		await user.client.get('/v1/me', { expect: 401 });
	});

	test('a deleted user is out and unknown, and their work stays', async () => {
		const user = await leaver('recruiter');
		const candidate = await world.candidate();
		const note = await user.client.make(`/v1/candidates/${candidate.id}/notes`, { text: 'Stays.' });
		await patch(user.id, [{ op: 'add', path: 'externalId', value: unique('leaver') }]);
		const { externalId } = await read(user.id);
		await scim.delete(`${USERS}/${user.id}`, { expect: 204 });
		await isOut(user);
		refused((await scim.get(`${USERS}/${user.id}`, { expect: 404 })).body, 404);
		refused((await scim.delete(`${USERS}/${user.id}`, { expect: 404 })).body, 404);
		await patch(user.id, [{ op: 'replace', path: 'active', value: true }], 404);
		await put(user.id, { userName: user.email }, 404);
		assert.equal((await find(`userName eq "${user.email}"`)).totalResults, 0);
		const here = await ours(user.id);
		assert.deepEqual([here.status, here.name, here.external_ids], ['disabled', 'Lea Ver', {}]);
		const notes = await world.admin.read(`/v1/candidates/${candidate.id}/notes`);
		assert.deepEqual(notes.data.map(({ id, text }) => [id, text]), [[note.id, 'Stays.']]);
		// The name of the directory is free again, and so is the address: it is the same person.
		const back = await create({ userName: user.email, externalId, displayName: 'Lea Ver-Back' });
		assert.deepEqual([back.id, back.active, back.displayName, back.externalId], [user.id, true, 'Lea Ver-Back', externalId]);
		await user.client.get('/v1/me', { expect: 401 });
	});

	test('who was deleted and is enabled here is known again', async () => {
		const user = await leaver();
		await scim.delete(`${USERS}/${user.id}`, { expect: 204 });
		await world.admin.change(`/v1/users/${user.id}`, { status: 'active' });
		assert.equal((await read(user.id)).active, true);
	});

	test('the last admin stays, by whatever way', async () => {
		const lonely = await usualWorld(server, { name: unique('Lonely') });
		const { client } = await provisioner(lonely);
		const path = `${USERS}/${lonely.users.admin.id}`;
		const { userName } = (await client.get(path, { expect: 200 })).body;
		const attempts = [
			() => client.patch(path, { Operations: [{ op: 'replace', path: 'active', value: false }] }, { type, expect: 409 }),
			() => client.patch(path, { Operations: [{ op: 'replace', path: 'roles', value: [{ value: 'recruiter' }] }] }, { type, expect: 409 }),
			() => client.put(path, { userName, active: false }, { type, expect: 409 }),
			() => client.delete(path, { expect: 409 }),
		];
		for (const attempt of attempts) {
			const { body } = await attempt();
			assert.deepEqual([body.code, body.status, body.detail], ['last_admin', '409', 'An organization keeps at least one admin.']);
		}
		await lonely.admin.get('/v1/me', { expect: 200 });
		// A second one, and two who leave at once: one of them stays.
		const second = (await client.post(USERS, { userName: email(), roles: [{ value: 'admin' }] }, { type, expect: 201 })).body;
		const answers = await Promise.all([
			client.patch(`${USERS}/${second.id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] }, { type, expect: [200, 409] }),
			client.delete(path, { expect: [204, 409] }),
		]);
		assert.equal(answers.filter(({ status }) => status === 409).length, 1);
	});
});

describe('the record', () => {
	test('names the program, and says in the same breath what it did', async () => {
		const made = await create({ externalId: unique('audit') });
		await patch(made.id, [{ op: 'replace', path: 'active', value: false }]);
		await patch(made.id, [{ op: 'replace', path: 'active', value: false }]);
		await scim.delete(`${USERS}/${made.id}`, { expect: 204 });
		let data = [];
		// An event is told once it is sealed.
		while (data.length < 3) ({ data } = await world.admin.read('/v1/events', { object_id: made.id }));
		const told = data.map(({ type: kind, actor_kind, actor_id, data: facts }) => [kind, actor_kind, actor_id, facts.status, facts.source]).sort();
		assert.deepEqual(told, [
			['user.created', 'client', okta.id, 'active', 'scim'],
			['user.updated', 'client', okta.id, 'disabled', 'scim'],
			['user.updated', 'client', okta.id, 'disabled', 'scim'],
		]);
		assert.ok(!JSON.stringify(data).includes(made.userName));
	});
});
