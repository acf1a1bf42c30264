// Events: in one order, to be read on from the last one seen, and no more than one may know.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { psql, sealed as allSealed } from '../support/database.mjs';
import { sharedServer, startServer } from '../support/server.mjs';
import { SCOPES, World, randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const watcher = await world.program('watcher', ['events:read']);

const sealed = () => allSealed(server, world.organization);
const all = async (client, query = {}) => {
	const found = [];
	for (let next = {}; next; ) {
		const page = await client.read('/v1/events', { limit: 7, ...query, ...next });
		found.push(...page.data);
		next = page.next_cursor ? { after: page.next_cursor } : null;
	}
	return found;
};

test('all of them, oldest first, as they were sealed, page by page', async () => {
	await sealed();
	const events = await all(world.admin);
	const order = await psql(
		server,
		`SELECT z.event_id FROM event_seals z WHERE z.organization_id = '${world.organization.id}' ORDER BY z.seq`,
	);
	assert.deepEqual(
		events.map(({ id }) => id),
		order.split('\n'),
	);
	assert.ok(events.some(({ type, object_id }) => type === 'role.created' && object_id === world.role1.id));
});

test('reading on brings what happened since, and nothing twice', async () => {
	await sealed();
	const before = await all(world.admin);
	const last = before.at(-1).id;
	assert.deepEqual(await all(world.admin, { after: last }), []);
	const candidate = await world.candidate();
	await sealed();
	assert.deepEqual(
		(await all(world.admin, { after: last })).map(({ type, object_id }) => [type, object_id]),
		[['candidate.created', candidate.id]],
	);
});

test('an event that commits late is still read: the order is that of sealing', async () => {
	await sealed();
	const last = (await all(world.admin)).at(-1).id;
	// Written before the candidate's, committed after it.
	const late = randomId();
	const slow = psql(
		server,
		`BEGIN; SET LOCAL row_security = off;
		INSERT INTO events (organization_id, id, type, object_id, actor_kind)
		VALUES ('${world.organization.id}', '${late}', 'test.late', '${randomId()}', 'system');
		SELECT pg_sleep(1.5); COMMIT;`,
	);
	await new Promise((done) => setTimeout(done, 400));
	const candidate = await world.candidate();
	let first = [];
	for (let i = 0; i < 40 && first.length === 0; i += 1) {
		await new Promise((done) => setTimeout(done, 25));
		first = await all(world.admin, { after: last });
	}
	assert.deepEqual(
		first.map(({ object_id }) => object_id),
		[candidate.id],
	);
	await slow;
	await sealed();
	assert.deepEqual(
		(await all(world.admin, { after: first[0].id })).map(({ id }) => id),
		[late],
	);
});

test('filters', async () => {
	await sealed();
	const events = await all(world.admin);
	for (const [query, keep] of [
		[{ type: 'user.created' }, ({ type }) => type === 'user.created'],
		[{ object_id: world.role1.id }, (one) => one.object_id === world.role1.id],
		[{ application_id: world.application1.id }, (one) => one.application_id === world.application1.id],
		[{ since: events[9].created_at }, (one) => one.created_at >= events[9].created_at],
	]) {
		const found = await all(world.admin, query);
		assert.ok(found.length > 0 && found.length < events.length, JSON.stringify(query));
		assert.deepEqual(found, events.filter(keep), JSON.stringify(query));
	}
});

test('after an event that there is not: 422', async () => {
	const answer = await world.admin.get('/v1/events', { query: { after: randomId() }, expect: 422 });
	assert.equal(answer.body.errors[0].code, 'unknown_event');
	const other = await World.make(server);
	const page = await other.admin.read('/v1/events', {});
	if (page.data.length)
		await world.admin.get('/v1/events', { query: { after: page.data[0].id }, expect: 422 });
});

test('for admins and clients with events:read', async () => {
	for (const key of ['recruiter', 'manager', 'a']) await world[key].get('/v1/events', { expect: 403 });
	const other = await world.program('other', SCOPES);
	await other.get('/v1/events', { expect: 403 });
	const types = new Set((await all(watcher)).map(({ type }) => type));
	assert.ok(types.has('candidate.created') && types.has('interview.scheduled'));
	assert.ok(![...types].some((type) => /^(session|user|api_client)\./.test(type)), 'nothing of how people sign in');
});

test('a confidential role is not for clients', async () => {
	const secret = await world.role({ version: world.version, team: world.team, confidential: true });
	const application = await world.application(secret);
	await world.interview(application, { a: 'interviewer' });
	await sealed();
	const of = (events) =>
		events.filter(
			({ object_id, application_id, data }) =>
				[object_id, data.role_id].includes(secret.id) || application_id === application.id,
		);
	assert.ok(of(await all(world.admin)).length >= 6);
	assert.deepEqual(of(await all(watcher)), []);
});

test('a stage opens to a client once it is complete, its drafts never', async () => {
	const role = await world.role({ version: world.version, team: world.team });
	const application = await world.application(role);
	const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
	const types = async (client) => {
		await sealed();
		return (await all(client, { application_id: application.id }))
			.map(({ type }) => type)
			.filter((type) => /^(scorecard|decision)/.test(type));
	};
	await world.scorecard('a', interview, world.values(4, 4, 4));
	assert.deepEqual(await types(watcher), []);
	assert.deepEqual(await types(world.admin), ['scorecard.submitted']);
	await world.scorecard('b', interview, world.values(4, 4, 4), { submit: false });
	assert.deepEqual(await types(world.admin), ['scorecard.submitted'], 'a draft is its author’s');
	const [card] = await world.b.all('/v1/scorecards', { interview_id: interview.id });
	await world.b.make(`/v1/scorecards/${card.id}/submit`);
	assert.deepEqual(await types(watcher), ['scorecard.submitted', 'scorecard.submitted']);
	await world.admin.make(`/v1/applications/${application.id}/decisions`, { kind: 'hire', rationale: 'Good.' });
	assert.deepEqual((await types(watcher)).at(-1), 'decision.made');
});

// Something to hide events of, and the last event that is not.
async function secret(own, there, reader) {
	const role = await there.role({ version: there.version, team: there.team });
	const application = await there.application(role);
	await there.interview(application, { a: 'interviewer', b: 'interviewer' });
	await allSealed(own, there.organization);
	return { application, last: (await all(reader, { limit: 100 })).at(-1).id };
}

// So many that hiding them takes longer than one statement may. On a server of their own, with seals
// of no worth, since sealing them takes its time.
const bury = (own, there, applications, count) =>
	psql(
		own,
		`BEGIN;
		CREATE TEMPORARY TABLE hidden AS SELECT n, gen_random_uuid() AS id,
			('{${applications.map(({ id }) => id)}}'::uuid[])[n / 10 % ${applications.length} + 1] AS application
			FROM generate_series(1, ${count}) n;
		WITH made AS (
			INSERT INTO events (organization_id, id, type, object_id, application_id, actor_kind)
			SELECT '${there.organization.id}', id, CASE n % 2 WHEN 0 THEN 'decision.made' ELSE 'scorecard.submitted' END,
				application, application, 'system' FROM hidden)
		INSERT INTO event_seals (organization_id, seq, event_id, digest, chain)
		SELECT '${there.organization.id}', n + (SELECT max(seq) FROM event_seals
			WHERE organization_id = '${there.organization.id}'), id, sha256(id::text::bytea),
			sha256((n::text || id)::bytea) FROM hidden;
		COMMIT; ANALYZE events; ANALYZE event_seals;`,
	);

test('events that are hidden change no answer: neither what is shown nor whether there is more', async (t) => {
	const own = await startServer();
	t.after(() => own.stop());
	const there = await usualWorld(own);
	const reader = await there.program('watcher', ['events:read']);
	// The admin owes a scorecard there; the program waits until nobody does.
	const { application } = await secret(own, there, reader);
	await there.interview(application, { admin: 'interviewer' });
	await allSealed(own, there.organization);
	const places = (await all(reader, { limit: 100 })).map(({ id }) => id).slice(-12);
	const told = async () => {
		const seen = {};
		for (const [who, client] of Object.entries({ admin: there.admin, reader }))
			for (const after of [undefined, ...places])
				for (const filter of [{}, { limit: 1 }, { limit: 3 }, { type: 'interview.scheduled' }, { application_id: application.id }]) {
					const { body, headers } = await client.get('/v1/events', { query: { ...(after && { after }), ...filter }, expect: 200 });
					seen[`${who} ${after} ${JSON.stringify(filter)}`] = [body, headers.etag, headers.link];
				}
		return seen;
	};
	const before = await told();
	// One by one at first, then past whatever is looked at at once.
	for (const count of [1, 1, 450, 60, 500, 1]) {
		await bury(own, there, [application], count);
		assert.deepEqual(await told(), before, `${count} more`);
	}
});

test('a client reads past 50,000 events that are hidden from it, page by page, and learns no number', async (t) => {
	const own = await startServer();
	t.after(() => own.stop());
	const there = await usualWorld(own);
	const reader = await there.program('watcher', ['events:read']);
	const { application, last } = await secret(own, there, reader);
	// Of two, ten by ten: what is remembered of one is of no use for the next.
	await bury(own, there, [application, there.application1], 50_000);
	const candidate = await there.candidate();
	await allSealed(own, there.organization);
	const found = [];
	const cursors = [];
	let slowest = 0;
	for (let after = last; after; ) {
		const begun = Date.now();
		const page = await reader.read('/v1/events', { limit: 100, after });
		slowest = Math.max(slowest, Date.now() - begun);
		found.push(...page.data);
		after = page.next_cursor;
		if (after) cursors.push(after);
	}
	assert.deepEqual(found.map(({ object_id }) => object_id), [candidate.id]);
	assert.ok(slowest < 4500, `${slowest} ms`);
	assert.ok(cursors.length >= 2, 'it takes several pages');
	// No event has such an id, and none but the caller can read on from it.
	const known = await psql(own, `SELECT count(*) FROM events WHERE id IN (${cursors.map((id) => `'${id}'`).join()})`);
	assert.equal(known, '0');
	await there.admin.get('/v1/events', { query: { after: cursors[0] }, expect: 422 });
	const forged = cursors[0].replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
	await reader.get('/v1/events', { query: { after: forged }, expect: 422 });
	// Sparse filters, one application, a time, and the whole as a file come to their end, too.
	const near = cursors.at(-2);
	const kinds = await all(reader, { after: near, type: 'candidate.created', limit: 100 });
	assert.deepEqual(kinds.map(({ object_id }) => object_id), [candidate.id]);
	const recent = await all(reader, { since: found[0].created_at });
	assert.deepEqual(recent.map(({ id }) => id), [found[0].id]);
	const file = await reader.get('/v1/events', { query: { after: near }, headers: { Accept: 'application/x-ndjson' }, expect: 200 });
	assert.deepEqual(file.text.trim().split('\n').map((line) => JSON.parse(line).id), [found[0].id]);
	const page = await there.admin.read('/v1/events', { application_id: application.id, limit: 100 });
	assert.ok(page.data.length > 0 && page.data.every((one) => one.application_id === application.id) && page.next_cursor);
});
