// Users found by a directory: filters, pages, orders and attributes of RFC 7644.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

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

const create = async (body = {}, expect = 201) => (await scim.post(USERS, { schemas: [CORE], ...body }, { type, expect })).body;
const read = async (id, query) => (await scim.get(`${USERS}/${id}`, { query, expect: 200 })).body;
const patch = async (id, Operations, expect = 200, more = {}) =>
	(await scim.patch(`${USERS}/${id}`, { schemas: [PATCH], Operations }, { type, expect, ...more })).body;
const find = async (filter, query = {}, client = scim) => (await client.get(USERS, { query: { filter, ...query }, expect: 200 })).body;
const names = ({ Resources }) => Resources.map(({ userName }) => userName);
const refused = (answer, status, scimType) => assert.deepEqual([answer.status, answer.scimType], [String(status), scimType], JSON.stringify(answer));

describe('lists', () => {
	const tag = unique('list').replaceAll(/[^a-z0-9]/gi, '');
	const people = [];
	test('somebody to find', async () => {
		for (const [i, name] of ['Delta', 'alpha', 'Charlie', 'bravo', 'Echo'].entries())
			people.push(await create({ userName: `${tag}-${i}@example.com`, displayName: `${name} ${tag}`, active: i !== 3, externalId: `${tag}${i}`, roles: [{ value: i === 4 ? 'recruiter' : 'member' }] }));
	});
	const mine = `userName sw "${tag}"`;
	const found = async (filter) => names(await find(`${mine} and (${filter})`)).map((name) => name.slice(tag.length + 1, tag.length + 2)).join('');

	test('pages by number, as section 3.4.2.4 says', async () => {
		const all = await find(mine);
		assert.deepEqual([all.totalResults, all.startIndex, all.itemsPerPage], [5, 1, 5]);
		assert.deepEqual(names(all), people.map(({ userName }) => userName));
		const page = await find(mine, { startIndex: 2, count: 2 });
		assert.deepEqual([page.totalResults, page.startIndex, page.itemsPerPage, ...names(page)], [5, 2, 2, people[1].userName, people[2].userName]);
		assert.equal((await find(mine, { startIndex: 99 })).totalResults, 5);
		assert.deepEqual([(await find(mine, { count: 0 })).totalResults, (await find(mine, { count: -3 })).Resources], [5, []]);
		assert.equal((await find(mine, { startIndex: -4, count: 1 })).startIndex, 1);
		assert.equal((await find(mine, { count: 100_000 })).itemsPerPage, 5);
		for (const query of [{ count: 'x' }, { startIndex: '1.5' }]) refused((await scim.get(USERS, { query, expect: 400 })).body, 400, 'invalidValue');
		// Parameters of others' making are nothing to us.
		await scim.get(USERS, { query: { aadOptscim062020: '', count: 1 }, expect: 200 });
	});

	test('every operator', async () => {
		assert.equal(await found(`userName eq "${tag.toUpperCase()}-0@EXAMPLE.com"`), '0');
		assert.equal(await found(`userName ne "${tag}-0@example.com"`), '1234');
		assert.equal(await found('displayName co "LPH"'), '1');
		assert.equal(await found('displayName sw "ec"'), '4');
		assert.equal(await found(`displayName ew "${tag}"`), '01234');
		assert.equal(await found(`displayName gt "charlie ${tag}"`), '04');
		assert.equal(await found(`displayName ge "charlie ${tag}"`), '024');
		assert.equal(await found(`displayName lt "charlie ${tag}"`), '13');
		assert.equal(await found(`displayName le "charlie ${tag}"`), '123');
		assert.equal(await found('externalId pr'), '01234');
		assert.equal(await found('externalId eq null'), '');
		assert.equal(await found(`externalId eq "${tag}2"`), '2');
		assert.equal(await found(`externalId eq "${tag.toUpperCase()}2"`), '', 'its case counts');
		assert.equal(await found('active eq true'), '0124');
		assert.equal(await found('active eq "False"'), '3');
		assert.equal(await found('active ne true'), '3');
		assert.equal(await found('roles.value eq "recruiter"'), '4');
		assert.equal(await found('roles[value eq "recruiter" and primary eq true]'), '4');
		assert.equal(await found(`emails.value eq "${tag}-1@example.com"`), '1');
		assert.equal(await found(`emails[type eq "work" and value co "-2@"]`), '2');
		assert.equal(await found(`emails co "-2@"`), '2');
		assert.equal(await found(`id eq "${people[3].id}"`), '3');
		assert.equal(await found(`name.familyName eq "${tag}"`), '01234');
		assert.equal(await found('name.givenName eq "echo" or name.givenName eq "delta"'), '04');
		const at = people[2].meta.created;
		assert.equal(await found(`meta.created gt "${at}"`), '34');
		assert.equal(await found(`meta.created ge "${at.replace('Z', '+00:00')}"`), '234');
		assert.equal(await found(`meta.lastModified lt "${at}"`), '01');
		assert.equal(await found(`meta.created eq "${at}"`), '2');
		assert.equal(await found(`meta.created le "${at}"`), '012');
	});

	test('and, or, not, brackets: not before and, and before or', async () => {
		assert.equal(await found('displayName sw "a" or displayName sw "b" and active eq true'), '1');
		assert.equal(await found('(displayName sw "a" or displayName sw "b") and active eq false'), '3');
		assert.equal(await found('not (displayName sw "a") and not(active eq false)'), '024');
		assert.equal(await found('NOT (displayName SW "a" OR displayName Sw "b")'), '024');
		assert.equal(await found(`${CORE}:displayName sw "a"`), '1');
		assert.equal(await found(`${CORE}:name.givenName eq "alpha"`), '1');
		assert.equal(await found(`${'('.repeat(8)}active eq true${')'.repeat(8)}`), '0124');
		assert.equal(await found(Array(49).fill('active eq true').join(' and ')), '0124');
		assert.equal(await found(Array(49).fill('active eq false').join(' or ')), '3');
	});

	test('texts are texts', async () => {
		const odd = await create({ userName: `${unique('odd')}@example.com`, displayName: `O'Neil "Q" \\ %_ ü ${tag}` });
		const same = await find(`displayName eq ${JSON.stringify(odd.displayName)}`);
		assert.deepEqual(same.Resources.map(({ id }) => id), [odd.id]);
		assert.equal((await find('displayName co "%_%"')).totalResults, 0);
		assert.equal((await find('displayName eq "\' OR 1=1 --"')).totalResults, 0);
		assert.equal((await find('displayName eq "\\u00fc"')).totalResults, 0);
	});

	test('what cannot be understood', async () => {
		for (const filter of [
			'', ' ', 'userName', 'userName eq', 'userName eq ', 'userName eq x', 'userName eq "x', 'userName is "x"', 'userName eq "x" and', 'userName eq "x" or or', '(userName eq "x"',
			'userName eq "x")', 'not userName eq "x"', 'userName eq "\\x"', '1 eq 1', 'userName eq 7', 'active gt true', 'active eq "perhaps"', 'active co "t"', 'meta.created co "2020"',
			'meta.created gt "yesterday"', 'userName gt null', 'userName.x eq "x"', 'password eq "x"', 'scim_name eq "x"', 'colour pr', 'emails[type eq "work"', 'emails[colour eq "x"]',
			'emails[type[value eq "x"]]', 'userName[value eq "x"]', 'emails.value[value eq "x"]', `${ENTERPRISE}:department eq "x"`, `${'('.repeat(11)}active eq true${')'.repeat(11)}`,
			Array(51).fill('active eq true').join(' and '), `userName eq "${'x'.repeat(1990)}"`, 'userName eq "x"or active eq true', 'userName  eq "x"; DROP TABLE users',
		])
			refused((await scim.get(USERS, { query: { filter }, expect: 400 })).body, 400, filter.length > 2000 ? 'invalidValue' : 'invalidFilter');
	});

	test('orders', async () => {
		const order = async (sortBy, sortOrder) => {
			const query = { sortBy, ...(sortOrder ? { sortOrder } : {}) };
			return names(await find(mine, query)).map((name) => name.slice(tag.length + 1, tag.length + 2)).join('');
		};
		assert.equal(await order('displayName'), '13204');
		assert.equal(await order('displayName', 'descending'), '40231');
		assert.equal(await order('name.givenName', 'ascending'), '13204');
		assert.equal(await order('emails'), '01234');
		assert.equal(await order('meta.created', 'descending'), '43210');
		assert.equal(await order(`${CORE}:userName`, 'descending'), '43210');
		for (const sortBy of ['colour', 'active', 'x y', 'emails[type eq "work"]', '']) refused((await scim.get(USERS, { query: { sortBy }, expect: 400 })).body, 400, 'invalidValue');
	});

	test('attributes asked for, and those that are not', async () => {
		const { id } = people[0];
		assert.deepEqual(Object.keys(await read(id, { attributes: 'userName' })).sort(), ['id', 'schemas', 'userName']);
		assert.deepEqual((await read(id, { attributes: `name.familyName, ${CORE}:NAME.givenName,emails.value,nothing` })), {
			schemas: [CORE], id, name: { familyName: tag, givenName: 'Delta' }, emails: [{ value: people[0].userName }],
		});
		const less = await read(id, { excludedAttributes: 'emails,id,schemas,name.formatted,meta' });
		assert.deepEqual(Object.keys(less).sort(), ['active', 'displayName', 'externalId', 'id', 'name', 'roles', 'schemas', 'userName']);
		assert.deepEqual(Object.keys(less.name).sort(), ['familyName', 'givenName']);
		assert.deepEqual((await find(mine, { attributes: 'externalId', count: 1 })).Resources, [{ schemas: [CORE], id, externalId: `${tag}0` }]);
		assert.deepEqual(Object.keys(await patch(id, [{ op: 'replace', path: 'externalId', value: `${tag}0` }], 200, { query: { attributes: 'active' } })).sort(), ['active', 'id', 'schemas']);
	});

	test('the same by POST', async () => {
		const search = async (body, expect = 200) =>
			(await scim.post(`${USERS}/.search`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], ...body }, { type, expect })).body;
		const answer = await search({ filter: mine, attributes: ['userName'], sortBy: 'displayName', sortOrder: 'descending', startIndex: 2, count: 2 });
		assert.deepEqual([answer.totalResults, answer.startIndex, answer.itemsPerPage], [5, 2, 2]);
		assert.deepEqual(answer.Resources.map((one) => Object.keys(one).length), [3, 3]);
		assert.deepEqual(names(answer), [people[0].userName, people[2].userName]);
		assert.ok(!('emails' in (await search({ filter: mine, excludedAttributes: ['emails'] })).Resources[0]));
		refused(await search({ filter: 'x' }, 400), 400, 'invalidFilter');
		refused(await search({ filter: 7 }, 400), 400, 'invalidValue');
	});

	test('nobody of another organization, by whatever filter', async () => {
		const everyone = await find('id pr', {}, theirs);
		for (const one of people) assert.ok(!JSON.stringify(everyone).includes(one.id));
		assert.equal((await find(mine, {}, theirs)).totalResults, 0);
		await theirs.get(`${USERS}/${people[0].id}`, { expect: 404 });
		await theirs.patch(`${USERS}/${people[0].id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] }, { type, expect: 404 });
		await theirs.delete(`${USERS}/${people[0].id}`, { expect: 404 });
		assert.equal((await read(people[0].id)).active, true);
	});

	test('a filter of any depth that is taken is one that the database answers', async () => {
		const deep = `${'not ('.repeat(9)}active eq true${')'.repeat(9)}`;
		assert.equal(await find(`${mine} and ${deep}`).then(({ totalResults }) => totalResults), 1);
	});
});
