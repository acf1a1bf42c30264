// Exports: every list as a file, with the rows of its pages and no others.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { psql, sealed } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);
const NDJSON = { Accept: 'application/x-ndjson' };
const CSV = { Accept: 'text/csv' };

const objects = ({ text }) =>
	text
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line));

// Cells as they were, by RFC 4180.
function cells(text) {
	const rows = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r"]*))(,|\r\n|$)/g)) {
		rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
		if (end === '\r\n') rows.push([]);
		if (end === '') break;
	}
	return rows.slice(0, -1);
}

// Those in Greenhouse's words have pages only.
const lists = contract.operations.filter(
	({ method, parameters }) => method === 'GET' && parameters.some(({ name }) => name === 'limit'),
);

test('every list, as NDJSON and CSV: the rows of its pages', async () => {
	await world.scorecard('a', world.interview1, world.values(4, 4, 4));
	await world.scorecard('b', world.interview1, world.values(4, 3, 2));
	const [scorecard1] = await world.admin.all('/v1/scorecards');
	const import1 = await world.admin.request('POST', '/v1/imports', {
		raw: 'external_id,name\n,Nobody\n',
		type: 'text/csv',
		query: { kind: 'candidates', source: 'ats' },
		expect: 201,
	});
	for (let i = 0; i < 200; i += 1) {
		if ((await world.admin.read(`/v1/imports/${import1.body.id}`)).status === 'done') break;
		await new Promise((done) => setTimeout(done, 25));
	}
	const webhook1 = await world.admin.make('/v1/webhooks', {
		name: 'Hook',
		url: 'https://receiver.invalid/',
		event_types: ['webhook.*'],
	});
	Object.assign(world, { scorecard1, import1: import1.body, webhook1 });
	await world.program('one', ['roles:read']);
	await sealed(server, world.organization); // a change gets its number in the audit when it is sealed
	assert.ok(lists.length >= 13, `${lists.length} lists`);
	let filled = 0;
	for (const { path, id } of lists) {
		const address = path.replace(/\{([^}]+)\}/g, (_, name) => world.params()[name]);
		const pages = await world.admin.all(address);
		const lines = await world.admin.get(address, { headers: NDJSON, expect: 200 });
		assert.deepEqual(objects(lines), pages, id);
		const table = cells((await world.admin.get(address, { headers: CSV, expect: 200 })).text);
		filled += pages.length > 0;
		if (pages.length === 0) {
			assert.ok(table.length <= 1, id);
			continue;
		}
		assert.deepEqual(table[0], Object.keys(pages[0]), id);
		assert.deepEqual(
			table.slice(1).map((row) => row[0]),
			pages.map((one) => String(one.id ?? Object.values(one)[0])),
			id,
		);
	}
	assert.ok(filled >= 10, `${filled} of them have rows`);
});

test('events too', async () => {
	await sealed(server, world.organization);
	const lines = objects(await world.admin.get('/v1/events', { headers: NDJSON, expect: 200 }));
	const first = await world.admin.read('/v1/events', { limit: 100 });
	assert.deepEqual(lines.slice(0, first.data.length), first.data);
	const from = lines[4].id;
	const rest = objects(await world.admin.get('/v1/events', { query: { after: from }, headers: NDJSON, expect: 200 }));
	assert.deepEqual(rest, lines.slice(5));
	await world.a.get('/v1/events', { headers: NDJSON, expect: 403 });
});

test('longer than any page, filtered, in the order asked for', async () => {
	const tag = unique('bulk');
	const rows = Array.from({ length: 900 }, (_, i) => `${tag}-${i},${tag} ${String(i).padStart(4, '0')}`);
	const begun = await world.admin.request('POST', '/v1/imports', {
		raw: `external_id,name\n${rows.join('\n')}\n`,
		type: 'text/csv',
		query: { kind: 'candidates', source: tag },
		expect: 201,
	});
	for (let i = 0; i < 2400; i += 1) {
		if ((await world.admin.read(`/v1/imports/${begun.body.id}`)).status === 'done') break;
		await new Promise((done) => setTimeout(done, 25));
	}
	const query = { sort: 'name', q: tag.split('-')[1] };
	for (const [asked, count] of [
		[{ sort: 'name' }, 901],
		[{ q: query.q }, 900],
	]) {
		const answer = await world.admin.get('/v1/candidates', { query: asked, headers: NDJSON, expect: 200 });
		const found = objects(answer);
		assert.equal(found.length, count);
		assert.equal(new Set(found.map(({ id }) => id)).size, count);
		if (asked.sort)
			assert.deepEqual(
				found.map(({ name }) => name),
				(await world.admin.all('/v1/candidates', asked)).map(({ name }) => name),
			);
	}
});

test('a cell is quoted, and never a formula', async () => {
	const texts = ['=1+1', '@cmd', '+SUM(A1)', '-2+3', 'a "b", c\nd', '\ttab'];
	for (const headline of texts) await world.candidate({ headline, phone: '+47 123-45' });
	const answer = await world.admin.get('/v1/candidates', { headers: CSV, expect: 200 });
	assert.match(answer.headers['content-disposition'], /^attachment; filename="candidates\.csv"$/);
	const [header, ...rows] = cells(answer.text);
	const told = rows.map((row) => row[header.indexOf('headline')]);
	for (const text of texts)
		assert.ok(told.includes(/^[=@+\-\t]/.test(text) ? `'${text}` : text), JSON.stringify(text));
	assert.ok(rows.some((row) => row[header.indexOf('phone')] === '+47 123-45'), 'a telephone number stays');
	assert.ok(rows.every((row) => row.length === header.length));
});

test('who takes JSON gets a page; HEAD says what would come; filters are checked as ever', async () => {
	for (const Accept of ['*/*', 'application/json', 'text/csv, application/json'])
		assert.match(
			(await world.admin.get('/v1/candidates', { headers: { Accept }, expect: 200 })).headers['content-type'],
			/^application\/json/,
		);
	const head = await world.admin.request('HEAD', '/v1/candidates', { headers: CSV, expect: 200 });
	assert.match(head.headers['content-type'], /^text\/csv/);
	await world.admin.get('/v1/candidates', { query: { sort: 'nonsense' }, headers: CSV, expect: 422 });
	await world.admin.get('/v1/candidates', { query: { cursor: 'nonsense' }, headers: CSV, expect: 400 });
	await world.admin.get('/v1/candidates', { headers: { Accept: 'image/png' }, expect: 406 });
});

test('a member exports what they may see', async () => {
	const own = objects(await world.a.get('/v1/candidates', { headers: NDJSON, expect: 200 }));
	assert.deepEqual(own, await world.a.all('/v1/candidates'));
	assert.deepEqual(objects(await world.outsider.get('/v1/candidates', { headers: NDJSON, expect: 200 })), []);
	assert.deepEqual(objects(await world.outsider.get('/v1/scorecards', { headers: NDJSON, expect: 200 })), []);
});

test('who owes a scorecard exports the list that they may read', async () => {
	const role = await world.role({ version: world.version, team: world.team });
	const application = await world.application(role);
	const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
	const ask = async () => (await world.a.get('/v1/scorecards', { headers: NDJSON, expect: 200 })).text;
	const before = await ask();
	const card = await world.scorecard('b', interview, world.values(5, 4, 4));
	assert.equal(await ask(), before);
	await world.scorecard('a', interview, world.values(3, 3, 3));
	assert.ok((await ask()).includes(card.id), 'and all of it once they have submitted');
});

test('a file whose first page takes too long is refused as any list is', async () => {
	let locked;
	const held = new Promise((done) => (locked = done));
	const lock = psql(
		server,
		"BEGIN; LOCK TABLE candidates IN ACCESS EXCLUSIVE MODE; SELECT 'locked'; SELECT pg_sleep(7); COMMIT;",
		{ onOutput: (out) => /locked/.test(out) && locked() },
	);
	await Promise.race([held, lock]);
	const answers = await Promise.all(
		[{}, CSV, NDJSON].map((headers) => world.admin.get('/v1/candidates', { headers, expect: 503 })),
	);
	for (const { body, headers } of answers) {
		assert.equal(body.code, 'unavailable');
		assert.match(headers['retry-after'], /^\d+$/);
	}
	await lock;
});
