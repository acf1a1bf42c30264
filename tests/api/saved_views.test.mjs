// Views of lists kept under a name, and what a person prefers.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const save = (client, more = {}) =>
	client.make('/v1/saved_views', { name: unique('View'), list: 'applications', ...more });

describe('saved views', () => {
	test('are kept with their query, changed in part, and deleted', async () => {
		const query = { status: 'active', role_id: world.role1.id, sort: '-updated_at' };
		const made = await recruiter.post(
			'/v1/saved_views',
			{ name: 'Mine', list: 'applications', query },
			{ expect: 201 },
		);
		const path = made.headers.location;
		assert.deepEqual(
			[made.body.query, made.body.shared, made.body.owner_id, made.body.owner_name],
			[query, false, world.users.recruiter.id, world.users.recruiter.name],
		);
		await recruiter.get(path, { headers: { 'If-None-Match': made.headers.etag }, expect: 304 });
		// What it keeps is a request: the list takes it as it is.
		await recruiter.get('/v1/applications', { query: made.body.query, expect: 200 });
		const changed = await recruiter.change(path, { name: 'Ours', query: { status: null, limit: '10' } });
		assert.deepEqual(changed.query, { role_id: world.role1.id, sort: '-updated_at', limit: '10' });
		assert.deepEqual([changed.name, changed.version], ['Ours', 2]);
		await recruiter.patch(path, { name: 'x' }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		await recruiter.request('DELETE', path, { headers: { 'If-Match': '"1"' }, expect: 412 });
		await recruiter.delete(path, { expect: 204 });
		await recruiter.get(path, { expect: 404 });
		await recruiter.delete(path, { expect: 404 });
	});

	test('are one’s own until they are shared; then everyone reads them, the owner and admins change them', async () => {
		const view = await save(manager);
		const path = `/v1/saved_views/${view.id}`;
		for (const client of [admin, recruiter, world.a])
			for (const answer of [
				await client.get(path),
				await client.patch(path, { name: 'x' }),
				await client.delete(path),
			])
				assert.equal(answer.status, 404);
		assert.ok(!(await recruiter.all('/v1/saved_views')).some(({ id }) => id === view.id));
		await manager.change(path, { shared: true });
		assert.equal((await world.a.read(path)).id, view.id);
		await world.a.patch(path, { name: 'x' }, { expect: 403 });
		await world.a.delete(path, { expect: 403 });
		await admin.change(path, { name: 'Tidied' });
		const ids = async (query) => (await world.a.all('/v1/saved_views', query)).map(({ id }) => id);
		const own = await save(world.a, { list: 'roles' });
		assert.deepEqual(await ids({ mine: true }), [own.id]);
		assert.ok((await ids({ mine: false })).includes(view.id));
		assert.deepEqual(await ids({ list: 'roles' }), [own.id]);
		await admin.delete(path, { expect: 204 });
	});

	test('have a name of their own for each list and person', async () => {
		const { name } = await save(recruiter);
		const again = await recruiter.post('/v1/saved_views', { name, list: 'applications' }, { expect: 409 });
		assert.equal(again.body.code, 'already_exists');
		await save(recruiter, { name, list: 'candidates' });
		await save(manager, { name });
		const other = await save(recruiter);
		await recruiter.patch(`/v1/saved_views/${other.id}`, { name }, { expect: 409 });
	});

	test('sort by name; a retry makes no second', async () => {
		const key = { headers: { 'Idempotency-Key': unique('key') } };
		const body = { name: 'aaa', list: 'interviews' };
		const first = await world.b.make('/v1/saved_views', body, key);
		assert.equal((await world.b.make('/v1/saved_views', body, key)).id, first.id);
		await world.b.make('/v1/saved_views', { name: 'zzz', list: 'interviews' });
		const names = async (sort) =>
			(await world.b.all('/v1/saved_views', { mine: true, sort })).map(({ name }) => name);
		assert.deepEqual(await names('name'), ['aaa', 'zzz']);
		assert.deepEqual(await names('-name'), ['zzz', 'aaa']);
	});

	test('that name a candidate go with them when they are erased', async () => {
		const name = unique('Zerlina Überall');
		const email = `${unique('zerlina')}@example.com`;
		const candidate = await world.candidate({ name, email });
		const key = { headers: { 'Idempotency-Key': unique('key') } };
		const views = [
			await recruiter.make(
				'/v1/saved_views',
				{ name: 'By name', list: 'candidates', query: { q: 'zerlina' } },
				key,
			),
			await save(recruiter, { list: 'candidates', query: { q: email.toUpperCase() } }),
			await save(manager, { name: `For ${name}` }),
			await save(manager, { query: { candidate_id: candidate.id } }),
		];
		const kept = await save(manager, { query: { status: 'active' } });
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		for (const [i, { id }] of views.entries())
			await (i < 2 ? recruiter : manager).get(`/v1/saved_views/${id}`, { expect: 404 });
		await manager.get(`/v1/saved_views/${kept.id}`, { expect: 200 });
		for (const what of [
			`saved_views v WHERE v::text ILIKE '%zerlina%'`,
			`idempotency_keys k WHERE k.scope LIKE '%saved_views%' AND k::text ILIKE '%zerlina%'`,
		])
			assert.equal(await psql(server, `SELECT count(*) FROM ${what}`), '0');
	});
});

describe('preferences', () => {
	test('have defaults, change in part, and go back to them', async () => {
		const path = '/v1/me/preferences';
		const first = await world.observer.get(path, { expect: 200 });
		assert.deepEqual(first.body, {
			theme: 'system',
			language: 'en',
			single_key_shortcuts: true,
			mail_reminders: true,
			mail_mentions: true,
			time_zone: 'UTC',
			version: 1,
			updated_at: null,
		});
		const set = await world.observer.change(path, { theme: 'dark', time_zone: 'America/New_York' }, {
			headers: { 'If-Match': first.headers.etag },
		});
		assert.deepEqual(
			[set.theme, set.time_zone, set.single_key_shortcuts, set.version],
			['dark', 'America/New_York', true, 2],
		);
		const more = await world.observer.change(path, {
			single_key_shortcuts: false,
			theme: null,
			language: 'de-CH',
		});
		assert.deepEqual(
			[more.theme, more.time_zone, more.single_key_shortcuts, more.language, more.version],
			['system', 'America/New_York', false, 'de-CH', 3],
		);
		await world.observer.patch(path, { theme: 'light' }, { headers: { 'If-Match': '"2"' }, expect: 412 });
		assert.equal((await world.shadow.read(path)).version, 1, 'they are each person’s own');
	});

	test('refuse what is no time zone, theme or language', async () => {
		const path = '/v1/me/preferences';
		for (const time_zone of ['Mars/Olympus', 'XYZ+3', 'Foo/Bar+3', 'posix/UTC', '../etc/passwd']) {
			const answer = await world.a.patch(path, { time_zone }, { expect: 422 });
			assert.equal(answer.body.errors[0].pointer, '/time_zone');
		}
		for (const body of [{ theme: 'pink' }, { language: 'English' }, {}, { colour: 'red' }])
			await world.a.patch(path, body, { expect: 422 });
		assert.equal((await world.a.read(path)).version, 1);
	});
});
