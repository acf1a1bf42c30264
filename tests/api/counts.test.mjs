// Counts beside the filters of lists: the rows of the list, and no others.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

// One of its own: ten thousand rows are in nobody's way there.
const server = await startServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager, outsider } = world;

const role = await world.role({ version: world.version, team: { manager: 'hiring_manager' }, stages: [{}, {}] });
const secret = await world.role({ version: world.version, confidential: true, team: { admin: 'observer' } });
const word = unique('Quokka').toLowerCase();
const people = [];
for (let i = 0; i < 6; i += 1) {
	const candidate = await world.candidate({
		headline: word,
		source: i < 4 ? 'Referral' : null,
		tags: i < 2 ? ['Go', 'Rust'] : ['go'],
	});
	const application = await admin.make('/v1/applications', {
		candidate_id: candidate.id,
		role_id: role.id,
		source: i % 2 ? 'Board' : 'Referral',
	});
	people.push({ candidate, application });
}
await admin.make(`/v1/applications/${people[0].application.id}/move`, { stage_id: role.stages[1].id });
await admin.make(`/v1/applications/${people[1].application.id}/move`, { status: 'rejected', reason_code: 'skills' });
await admin.make(`/v1/applications/${people[2].application.id}/archive`);
await admin.make('/v1/applications', { candidate_id: people[0].candidate.id, role_id: secret.id });

const tally = (rows, of) => {
	const counted = new Map();
	for (const row of rows)
		for (const value of [of(row)].flat()) counted.set(value, (counted.get(value) ?? 0) + 1);
	return [...counted].sort();
};
const told = ({ values }) => values.map(({ value, count }) => [value, count]).sort();

// The list by every filter, and counts as the list would give them without the facet's own filter.
const holds = async (client, list, facets, query) => {
	const counts = await client.read(`/v1/${list}/counts`, query);
	const rows = await client.all(`/v1/${list}`, query);
	assert.equal(counts.total, rows.length, JSON.stringify(query));
	assert.equal(counts.complete, true);
	assert.deepEqual(Object.keys(counts.facets).sort(), Object.keys(facets).sort());
	for (const [name, of] of Object.entries(facets)) {
		// A search for applications needs its role, whatever is counted.
		if (name === 'role_id' && query.q) continue;
		const others = Object.fromEntries(Object.entries(query).filter(([key]) => key !== name));
		assert.deepEqual(
			told(counts.facets[name]),
			tally(await client.all(`/v1/${list}`, others), of),
			`${list} by ${name} with ${JSON.stringify(query)}`,
		);
		assert.equal(counts.facets[name].complete, true);
	}
	return counts;
};

const OF = {
	applications: {
		status: (row) => row.status,
		stage_id: (row) => row.stage_id,
		role_id: (row) => row.role_id,
		source: (row) => row.source,
	},
	candidates: {
		source: (row) => row.source,
		tag: (row) => [...new Set(row.tags.map((tag) => tag.toLowerCase()))],
		archived: (row) => String(row.archived_at !== null),
	},
	roles: { status: (row) => row.status, archived: (row) => String(row.archived_at !== null) },
};
const since = people[3].application.updated_at;
const QUERIES = {
	applications: [
		{},
		{ role_id: role.id },
		{ role_id: role.id, status: 'active' },
		{ role_id: role.id, stage_id: role.stages[0].id, source: 'Board' },
		{ role_id: role.id, archived: true },
		{ role_id: role.id, archived: false, q: word },
		{ candidate_id: people[0].candidate.id },
		{ updated_since: since, status: 'active' },
		{ source: "It's %L; DROP" },
	],
	candidates: [
		{},
		{ role_id: role.id },
		{ tag: 'GO', source: 'Referral' },
		{ tag: 'rust', role_id: role.id },
		{ q: word },
		{ q: word, source: 'Referral', tag: 'rust' },
		{ q: `${word} OR '" %L`, archived: false },
		{ email: 'nobody@example.com' },
		{ consent_expires_before: '2030-01-01T00:00:00Z', updated_since: since },
	],
	roles: [{}, { status: 'open' }, { archived: false, q: 'role' }, { updated_since: since }],
};

describe('counts', () => {
	for (const [list, queries] of Object.entries(QUERIES))
		test(`of ${list} are those of the list, for everyone and by every filter`, async () => {
			for (const client of [admin, recruiter, manager, world.a, outsider])
				for (const query of queries) await holds(client, list, OF[list], query);
		});

	test('of interviews are those of the list', async () => {
		const met = await Promise.all(
			people.slice(3, 6).map(({ application }, i) =>
				world.interview(application, i ? { a: 'interviewer' } : { b: 'interviewer' }, {
					starts_at: `2027-0${i + 1}-05T10:00:00Z`,
				}),
			),
		);
		await admin.make(`/v1/interviews/${met[2].id}/cancel`);
		for (const client of [admin, world.a, world.b, outsider]) {
			const mine = new Set((await client.all('/v1/interviews', { mine: true })).map(({ id }) => id));
			const of = {
				status: (row) => row.status,
				role_id: (row) => row.role_id,
				mine: (row) => String(mine.has(row.id)),
			};
			for (const query of [
				{},
				{ mine: true },
				{ owed: true, role_id: role.id },
				{ overdue: false, status: 'scheduled' },
				{ application_id: people[3].application.id },
				{ from: '2027-01-31T00:00:00Z', to: '2027-03-31T00:00:00Z' },
				{ updated_since: since, mine: false },
			])
				await holds(client, 'interviews', of, query);
		}
	});

	test('name the most frequent first, and what has none', async () => {
		const { facets } = await recruiter.read('/v1/candidates/counts', { role_id: role.id });
		assert.deepEqual(facets.source.values, [
			{ value: 'Referral', count: 4 },
			{ value: null, count: 2 },
		]);
		assert.deepEqual(facets.tag.values, [
			{ value: 'go', count: 6 },
			{ value: 'rust', count: 2 },
		]);
	});

	test('of a confidential role are for its team', async () => {
		const has = async (client) =>
			(await client.read('/v1/applications/counts')).facets.role_id.values.some(({ value }) => value === secret.id);
		assert.equal(await has(admin), true);
		assert.equal(await has(recruiter), false);
		assert.equal((await recruiter.read('/v1/applications/counts', { role_id: secret.id })).total, 0);
	});

	test('need the role to search in, as the list does', async () => {
		await recruiter.get('/v1/applications/counts', { query: { q: word }, expect: 422 });
	});

	test('have an ETag', async () => {
		const first = await recruiter.get('/v1/roles/counts', { expect: 200 });
		await recruiter.get('/v1/roles/counts', { headers: { 'If-None-Match': first.headers.etag }, expect: 304 });
	});

	test('stop at ten thousand rows and fifty values, and say so', async () => {
		const organization = world.organization.id ?? world.organization.organization_id;
		const big = await world.role({ version: world.version });
		await psql(
			server,
			`WITH people AS (INSERT INTO candidates (organization_id, name, source)
				SELECT '${organization}', 'One of many', 'Source ' || n % 60 FROM generate_series(1, 10001) n RETURNING id, source)
			INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id, source)
			SELECT '${organization}', id, '${big.id}', '${big.plan_id}', '${big.stages[0].id}', source FROM people`,
		);
		const counts = await recruiter.read('/v1/applications/counts', { role_id: big.id });
		assert.deepEqual([counts.total, counts.complete], [10000, false]);
		assert.deepEqual(counts.facets.status, { complete: false, values: [{ value: 'active', count: 10000 }] });
		assert.equal(counts.facets.source.values.length, 50);
		const few = await recruiter.read('/v1/applications/counts', { role_id: big.id, source: 'Source 7' });
		assert.deepEqual([few.total, few.complete], [167, true]);
		assert.deepEqual(few.facets.status, { complete: true, values: [{ value: 'active', count: 167 }] });
		assert.equal(few.facets.source.complete, false);
		const found = await recruiter.read('/v1/candidates/counts', { q: 'one of many' });
		assert.equal(found.complete, false);
		assert.equal(found.facets.archived.complete, false);
	});
});

test('open and ended applications add up, and each says since when it is in its stage', async () => {
	const all = await admin.all('/v1/applications', { role_id: role.id });
	const open = await admin.all('/v1/applications', { role_id: role.id, open: true });
	const ended = await admin.all('/v1/applications', { role_id: role.id, open: false });
	assert.equal(open.length + ended.length, all.length);
	assert.deepEqual(ended.map(({ status }) => status), ['rejected']);
	assert.equal((await admin.read('/v1/applications/counts', { role_id: role.id, open: true })).total, open.length);
	const { id, created_at } = people[0].application;
	const moved = all.find((one) => one.id === id);
	assert.ok(moved.stage_since > created_at, 'since the move, not the application');
	const { stage_since } = all.find((one) => one.id === people[4].application.id);
	assert.equal(stage_since, people[4].application.created_at);
});
