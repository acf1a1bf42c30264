// Two public readings of RFC 7644, unmodified: what they find and change, the server finds and changes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import fc from 'fast-check';
import { patchBodyValidation, scimPatch } from 'scim-patch';
import { filter as matcher, parse } from 'scim2-parse-filter';

import { Client } from '../support/client.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const USERS = '/scim/v2/Users';
const type = 'application/scim+json';
const { client_secret: secret } = await world.admin.make('/v1/api_clients', { name: unique('Directory'), scopes: ['scim:write'] });
const scim = new Client(server, { headers: { Authorization: `Bearer ${secret}` } });
const create = async (body) => (await scim.post(USERS, body, { type, expect: 201 })).body;

describe('scim2-parse-filter finds whom the server finds', () => {
	// In lower case throughout: to the library the case of every text counts.
	const words = ['ada', 'bo', 'cy', 'dee', 'ada bo', ''];
	const domain = `${unique('x')}.example`;
	let everybody;
	before(async () => {
		for (const [i, [given, family]] of [['ada', 'bo'], ['bo', 'ada'], ['cy', 'dee'], ['dee', 'ada bo'], ['ada', 'cy']].entries())
			await create({
				userName: `${given}.${i}@${domain}`,
				name: { givenName: given, familyName: family },
				active: i % 2 === 0,
				externalId: `${family}-${i}`,
				roles: [{ value: i === 1 ? 'recruiter' : 'member' }],
			});
		everybody = (await scim.get(USERS, { query: { filter: `userName ew "${domain}"` }, expect: 200 })).body.Resources;
		assert.equal(everybody.length, 5);
	});

	const text = fc.constantFrom('userName', 'displayName', 'name.familyName', 'name.givenName', 'externalId', 'emails.value', 'roles.value');
	const word = fc.constantFrom(...words.filter(Boolean), 'a', 'example', 'recruiter', 'member');
	const compare = fc.tuple(text, fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew'), word).map(([at, op, value]) => `${at} ${op} "${value}"`);
	const other = fc.oneof(
		fc.constantFrom('active eq true', 'active eq false', 'active ne true', 'externalId pr', 'name.givenName pr'),
		word.map((value) => `emails[type eq "work" and value co "${value}"]`),
		word.map((value) => `roles[value eq "${value}"]`),
	);
	const { tree } = fc.letrec((tie) => ({
		tree: fc.oneof(
			{ maxDepth: 3, withCrossShrink: true },
			compare,
			other,
			fc.tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree')).map(([a, op, b]) => `${a} ${op} ${b}`),
			tie('tree').map((one) => `(${one})`),
			tie('tree').map((one) => `not (${one})`),
		),
	}));

	test('by a hundred filters of every form', async () => {
		let found = 0;
		await fc.assert(
			fc.asyncProperty(tree, async (filter) => {
				const expected = everybody.filter(matcher(parse(filter))).map(({ id }) => id);
				const asked = `userName ew "${domain}" and (${filter})`;
				const { Resources } = (await scim.get(USERS, { query: { filter: asked }, expect: 200 })).body;
				found += Resources.length;
				assert.deepEqual(Resources.map(({ id }) => id), expected, filter);
			}),
			{ numRuns: 100, seed: 7643 },
		);
		assert.ok(found > 50, 'and they find somebody');
	});
});

describe('scim-patch changes what the server changes', () => {
	const operations = [
		[{ op: 'replace', path: 'displayName', value: 'Other Name' }],
		[{ op: 'Replace', path: 'name.familyName', value: 'Other' }],
		[{ op: 'Add', path: 'name.givenName', value: 'Adele' }],
		[{ op: 'replace', path: 'name', value: { givenName: 'Ada', familyName: 'King' } }],
		[{ op: 'add', path: 'externalId', value: 'x-1' }],
		[{ op: 'remove', path: 'externalId' }],
		[{ op: 'replace', path: 'active', value: false }],
		[{ op: 'add', value: { active: true, displayName: 'Both' } }],
		[{ op: 'replace', path: 'emails[type eq "work"].value', value: `${unique('patched')}@example.com` }],
		[{ op: 'replace', path: 'roles[primary eq true].value', value: 'recruiter' }],
		[{ op: 'replace', path: 'userName', value: `${unique('renamed')}@example.com` }, { op: 'replace', path: 'active', value: false }],
	];
	for (const Operations of operations)
		test(JSON.stringify(Operations), async () => {
			const user = await create({
				userName: unique('plain'),
				displayName: 'Ada Lovelace',
				name: { givenName: 'Ada', familyName: 'Lovelace' },
				externalId: unique('x'),
				emails: [{ value: `${unique('mail')}@example.com`, type: 'work', primary: true }],
			});
			const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
			patchBodyValidation(body);
			const expected = scimPatch(structuredClone(user), structuredClone(Operations));
			const { body: changed } = await scim.patch(`${USERS}/${user.id}`, body, { type, expect: 200 });
			// Of the whole name we say what its parts are now; a library leaves it as it was.
			for (const one of [expected, changed]) {
				delete one.meta;
				delete one.name.formatted;
			}
			assert.deepEqual(changed, expected);
		});
});
