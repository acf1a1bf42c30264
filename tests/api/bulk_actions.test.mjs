// The same for many applications in one act, and its undoing.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;

const role = await world.role({
	version: world.version,
	team: { manager: 'hiring_manager', a: 'interviewer' },
	stages: [{}, { optional: true }, {}],
});
const some = (count, on = role) => Promise.all(Array.from({ length: count }, () => world.application(on)));
const act = (client, action, applications, more = {}) =>
	client.make('/v1/bulk_actions', {
		action,
		items: applications.map(({ id }) => ({ application_id: id })),
		...more,
	});
const undo = (client, { id }) => client.make(`/v1/bulk_actions/${id}/undo`);
const now = (application) => admin.read(`/v1/applications/${application.id}`);
const outcomes = ({ items }) => items.map(({ outcome, code }) => (code ? `${outcome} ${code}` : outcome));
const undone = ({ items }) => items.map(({ undo: one }) => one && (one.code ? `${one.outcome} ${one.code}` : one.outcome));
const eventsOf = async (application) =>
	(await admin.all('/v1/audit', { application_id: application.id, sort: 'created_at' })).map(({ type, data }) => ({ type, data }));

describe('a bulk action', () => {
	test('does to each what the single call does, with the same history and events', async () => {
		const [single, ...many] = await some(4);
		await recruiter.make(`/v1/applications/${single.id}/move`, {
			status: 'rejected',
			reason: 'Not this time.',
			reason_code: 'skills',
		});
		const answer = await recruiter.post(
			'/v1/bulk_actions',
			{
				action: 'reject',
				reason: 'Not this time.',
				reason_code: 'skills',
				items: many.map(({ id, version }) => ({ application_id: id, version })),
			},
			{ expect: 201 },
		);
		const bulk = answer.body;
		assert.deepEqual([bulk.done, bulk.unchanged, bulk.refused], [3, 0, 0]);
		assert.deepEqual(
			bulk.items.map(({ application_id }) => application_id),
			many.map(({ id }) => id),
		);
		const expected = await eventsOf(single);
		const [alone] = await admin.all(`/v1/applications/${single.id}/moves`);
		for (const [i, application] of many.entries()) {
			const { status, version } = await now(application);
			assert.deepEqual([status, version], ['rejected', bulk.items[i].version]);
			const [move] = await admin.all(`/v1/applications/${application.id}/moves`);
			for (const member of ['reason', 'reason_code', 'from_status', 'to_status', 'from_stage_id', 'actor_id'])
				assert.deepEqual(move[member], alone[member], member);
			const events = await eventsOf(application);
			assert.deepEqual(
				events.map(({ type }) => type),
				expected.map(({ type }) => type),
			);
			const last = (list) => list.find(({ type }) => type === 'application.rejected').data;
			assert.deepEqual(last(events), { ...last(expected), bulk_action_id: bulk.id });
		}
		assert.deepEqual(await recruiter.read(answer.headers.location), bulk);
		await recruiter.get(answer.headers.location, { headers: { 'If-None-Match': answer.headers.etag }, expect: 304 });
		const [event] = await admin.all('/v1/audit', { object_id: bulk.id });
		assert.deepEqual([event.type, event.data], ['bulk_action.performed', { version: 1, action: 'reject' }]);
		// Why stands with the moves, where erasure finds it, and nowhere else.
		assert.ok(!JSON.stringify(bulk).includes('Not this time'));
	});

	test('advances each to the next stage of its plan, and moves to one stage', async () => {
		const [first, second] = await some(2);
		await admin.make(`/v1/applications/${second.id}/move`, { stage_id: role.stages[1].id });
		assert.deepEqual(outcomes(await act(recruiter, 'advance', [first, second])), ['done', 'done']);
		for (const one of [first, second]) assert.equal((await now(one)).stage_id, role.stages[2].id);
		const again = await act(recruiter, 'advance', [first]);
		assert.deepEqual(outcomes(again), ['refused conflict']);
		assert.match(again.items[0].detail, /last stage/);
		const other = await world.role({ version: world.version });
		const elsewhere = await world.application(other);
		const moved = await act(recruiter, 'move', [first, elsewhere], { stage_id: role.stages[0].id });
		assert.deepEqual(outcomes(moved), ['done', 'refused invalid']);
		assert.equal((await now(first)).stage_id, role.stages[0].id);
		assert.equal((await now(elsewhere)).stage_id, elsewhere.stage_id);
	});

	test('pauses and resumes, and opens nothing again that has ended', async () => {
		const [active, paused, rejected] = await some(3);
		await admin.make(`/v1/applications/${paused.id}/move`, { status: 'paused' });
		await admin.make(`/v1/applications/${rejected.id}/move`, { status: 'rejected', reason_code: 'skills' });
		const all = [active, paused, rejected];
		assert.deepEqual(outcomes(await act(recruiter, 'pause', all)), [
			'done',
			'refused illegal_transition',
			'refused illegal_transition',
		]);
		const resumed = await act(recruiter, 'resume', all);
		assert.deepEqual(outcomes(resumed), ['done', 'done', 'refused illegal_transition']);
		assert.match(resumed.items[2].detail, /^From rejected it can become/);
		assert.equal((await now(rejected)).status, 'rejected');
		assert.deepEqual(outcomes(await act(recruiter, 'advance', [rejected])), ['refused application_closed']);
		const withdrawn = await act(recruiter, 'withdraw', [active], { reason_code: 'other_offer' });
		assert.deepEqual(outcomes(withdrawn), ['done']);
		assert.equal((await now(active)).status, 'withdrawn');
	});

	test('archives, and leaves alone what is archived', async () => {
		const [out, inside] = await some(2);
		await admin.make(`/v1/applications/${out.id}/archive`);
		const bulk = await act(recruiter, 'archive', [out, inside]);
		assert.deepEqual(outcomes(bulk), ['unchanged', 'done']);
		assert.deepEqual([bulk.done, bulk.unchanged, bulk.refused], [1, 1, 0]);
		assert.deepEqual(undone(await undo(recruiter, bulk)), [null, 'restored']);
		assert.notEqual((await now(out)).archived_at, null);
		assert.equal((await now(inside)).archived_at, null);
		assert.deepEqual(outcomes(await act(recruiter, 'unarchive', [out, inside])), ['done', 'unchanged']);
	});

	test('refuses each that the single call refuses, by its code, and does the others', async () => {
		const [mine, stale] = await some(2);
		const hidden = await world.application(await world.role({ version: world.version, confidential: true }));
		const foreignRole = await world.role({ version: world.version, team: { manager: 'observer' } });
		const watched = await world.application(foreignRole);
		const [erased] = await some(1);
		await admin.make(`/v1/candidates/${erased.candidate_id}/erase`);
		await admin.change(`/v1/applications/${stale.id}`, { source: 'Elsewhere' });
		const bulk = await manager.make('/v1/bulk_actions', {
			action: 'pause',
			items: [
				{ application_id: watched.id },
				{ application_id: stale.id, version: stale.version },
				{ application_id: hidden.id },
				{ application_id: randomId() },
				{ application_id: mine.id, version: mine.version },
				{ application_id: erased.id },
			],
		});
		assert.deepEqual(outcomes(bulk), [
			'refused forbidden',
			'refused precondition_failed',
			'refused not_found',
			'refused not_found',
			'done',
			'refused candidate_erased',
		]);
		// What one may not know of is told as what is not there.
		assert.deepEqual(
			{ ...bulk.items[2], application_id: 0 },
			{ ...bulk.items[3], application_id: 0 },
		);
		for (const one of [watched, stale, hidden]) assert.equal((await now(one)).status, 'active');
	});

	test('is refused as a whole where it asks for nothing that could be done', async () => {
		const [one] = await some(1);
		const refused = async (body, pointer) => {
			const { body: problem } = await recruiter.post(
				'/v1/bulk_actions',
				{ items: [{ application_id: one.id }], ...body },
				{ expect: 422 },
			);
			assert.deepEqual(
				problem.errors.map((error) => error.pointer),
				[pointer],
			);
		};
		await refused({ action: 'move' }, '/stage_id');
		await refused({ action: 'pause', stage_id: role.stages[0].id }, '/stage_id');
		await refused({ action: 'reject' }, '/reason');
		await refused({ action: 'reject', reason_code: 'other_offer' }, '/reason_code');
		await refused({ action: 'pause', reason_code: 'skills' }, '/reason_code');
		const twice = [{ application_id: one.id }, { application_id: one.id, version: 1 }];
		await refused({ action: 'pause', items: twice }, '/items');
		await refused({ action: 'hire' }, '/action');
		await refused({ action: 'pause', items: [] }, '/items');
		await refused({ action: 'pause', items: Array.from({ length: 201 }, () => ({ application_id: randomId() })) }, '/items');
		assert.equal((await now(one)).version, one.version);
	});

	test('happens once under one idempotency key, its undoing too', async () => {
		const [one] = await some(1);
		const key = { headers: { 'Idempotency-Key': unique('bulk') }, expect: 201 };
		const body = { action: 'advance', items: [{ application_id: one.id }] };
		const first = await recruiter.post('/v1/bulk_actions', body, key);
		const second = await recruiter.post('/v1/bulk_actions', body, key);
		assert.equal(second.body.id, first.body.id);
		assert.equal((await now(one)).version, one.version + 1);
		const undoing = { headers: { 'Idempotency-Key': unique('undo') }, expect: 200 };
		const path = `/v1/bulk_actions/${first.body.id}/undo`;
		await recruiter.post(path, undefined, undoing);
		await recruiter.post(path, undefined, undoing);
		assert.equal((await now(one)).version, one.version + 2);
	});

	test('of the most at once takes each once', async () => {
		const many = await some(200);
		const bulk = await act(recruiter, 'pause', many);
		assert.equal(bulk.done, 200);
		const back = await undo(recruiter, bulk);
		assert.equal(back.items.filter(({ undo: one }) => one.outcome === 'restored').length, 200);
	});

	test('at the same time as another waits and never locks it out', async () => {
		const many = await some(12);
		const acts = await Promise.all(
			[many, [...many].reverse(), many, [...many].reverse()].map((list) => act(recruiter, 'pause', list)),
		);
		assert.equal(
			acts.reduce((sum, { done }) => sum + done, 0),
			12,
		);
	});
});

describe('undoing', () => {
	test('restores stage and status, says so in history and events, and once only', async () => {
		const [active, paused] = await some(2);
		await admin.make(`/v1/applications/${paused.id}/move`, { status: 'paused', stage_id: role.stages[1].id });
		const bulk = await act(recruiter, 'reject', [active, paused], { reason_code: 'skills' });
		assert.deepEqual(undone(await undo(recruiter, bulk)), ['restored', 'restored']);
		assert.deepEqual([(await now(active)).status, (await now(active)).stage_id], ['active', role.stages[0].id]);
		// Paused is not what a rejected application becomes by itself; it is what it was.
		assert.deepEqual([(await now(paused)).status, (await now(paused)).stage_id], ['paused', role.stages[1].id]);
		const events = await eventsOf(paused);
		const told = events.filter(({ data }) => data.bulk_action_id === bulk.id);
		assert.deepEqual(
			told.map(({ type, data }) => [type, data.undo ?? false]),
			[
				['application.rejected', false],
				['application.paused', true],
			],
		);
		assert.deepEqual(
			(await admin.all('/v1/audit', { object_id: bulk.id, sort: 'created_at' })).map(({ type }) => type),
			['bulk_action.performed', 'bulk_action.undone'],
		);
		const moves = await admin.all(`/v1/applications/${paused.id}/moves`);
		assert.deepEqual([moves[0].from_status, moves[0].to_status, moves[0].reason_code], ['rejected', 'paused', null]);
		const again = await recruiter.post(`/v1/bulk_actions/${bulk.id}/undo`, undefined, { expect: 409 });
		assert.equal(again.body.code, 'conflict');
		const read = await recruiter.read(`/v1/bulk_actions/${bulk.id}`);
		assert.notEqual(read.undone_at, null);
		assert.deepEqual(undone(read), ['restored', 'restored']);
	});

	test('never overwrites what came later, and names it', async () => {
		const [left, moved, touched, met] = await some(4);
		const bulk = await act(recruiter, 'advance', [left, moved, touched, met]);
		await admin.make(`/v1/applications/${moved.id}/move`, { status: 'offered' });
		await admin.change(`/v1/applications/${touched.id}`, { source: 'A friend' });
		await world.interview(met, { a: 'interviewer' });
		const answer = await undo(recruiter, bulk);
		assert.deepEqual(undone(answer), [
			'restored',
			'refused precondition_failed',
			'refused precondition_failed',
			'refused conflict',
		]);
		assert.match(answer.items[3].undo.detail, /interview was set/);
		assert.deepEqual([(await now(moved)).status, (await now(moved)).stage_id], ['offered', role.stages[2].id]);
		assert.equal((await now(touched)).source, 'A friend');
		assert.equal((await now(met)).stage_id, role.stages[2].id);
		assert.equal((await now(left)).stage_id, role.stages[0].id);
	});

	test('does not take back a rejection that the candidate was written', async () => {
		const [written, unwritten] = await some(2);
		for (const one of [written, unwritten]) {
			const interview = await world.interview(one, { a: 'interviewer' });
			await world.scorecard('a', interview, world.values(4, 4, 4));
		}
		const bulk = await act(recruiter, 'reject', [written, unwritten], { reason_code: 'skills' });
		await recruiter.make(`/v1/applications/${written.id}/letter`);
		await recruiter.make(`/v1/applications/${written.id}/letter/release`);
		await recruiter.make(`/v1/applications/${unwritten.id}/letter`);
		assert.deepEqual(undone(await undo(recruiter, bulk)), ['refused conflict', 'restored']);
		assert.equal((await now(written)).status, 'rejected');
	});

	test('gives a hire back only where an opening is left', async () => {
		const own = await world.role({ version: world.version, openings: 1 });
		const [first, second] = await some(2, own);
		for (const status of ['offered', 'hired']) await admin.make(`/v1/applications/${first.id}/move`, { status });
		const bulk = await act(recruiter, 'withdraw', [first]);
		assert.equal((await admin.read(`/v1/roles/${own.id}`)).hired, 0);
		for (const status of ['offered', 'hired']) await admin.make(`/v1/applications/${second.id}/move`, { status });
		assert.deepEqual(undone(await undo(recruiter, bulk)), ['refused role_filled']);
		assert.equal((await now(first)).status, 'withdrawn');
		assert.equal((await admin.read(`/v1/roles/${own.id}`)).hired, 1);
		const other = await world.role({ version: world.version, openings: 1 });
		const [third] = await some(1, other);
		for (const status of ['offered', 'hired']) await admin.make(`/v1/applications/${third.id}/move`, { status });
		const back = await undo(recruiter, await act(recruiter, 'withdraw', [third]));
		assert.deepEqual(undone(back), ['restored']);
		assert.deepEqual([(await now(third)).status, (await admin.read(`/v1/roles/${other.id}`)).hired], ['hired', 1]);
	});

	test('is for ten minutes', async () => {
		const [late] = await some(1);
		const bulk = await act(recruiter, 'pause', [late]);
		assert.equal(Date.parse(bulk.undo_until) - Date.parse(bulk.created_at), 600_000);
		await psql(server, `UPDATE bulk_actions SET created_at = created_at - interval '601 seconds' WHERE id = '${bulk.id}'`);
		const refused = await recruiter.post(`/v1/bulk_actions/${bulk.id}/undo`, undefined, { expect: 409 });
		assert.match(refused.body.detail, /ten minutes/);
		assert.equal((await now(late)).status, 'paused');
	});

	test('is for whoever did it; admins read it, and others know of none', async () => {
		const [one] = await some(1);
		const bulk = await act(manager, 'pause', [one]);
		const path = `/v1/bulk_actions/${bulk.id}`;
		await admin.read(path);
		await admin.post(`${path}/undo`, undefined, { expect: 403 });
		for (const client of [recruiter, world.a]) {
			await client.get(path, { expect: 404 });
			await client.post(`${path}/undo`, undefined, { expect: 404 });
		}
		// Who no longer manages the role undoes nothing.
		await admin.put(`/v1/roles/${role.id}/hiring_team/${world.users.manager.id}`, { part: 'observer' }, { expect: 200 });
		assert.deepEqual(undone(await undo(manager, bulk)), ['refused forbidden']);
		await admin.put(`/v1/roles/${role.id}/hiring_team/${world.users.manager.id}`, { part: 'hiring_manager' }, { expect: 200 });
		assert.equal((await now(one)).status, 'paused');
	});

	test('tells who owes a scorecard nothing of a letter', async () => {
		const [one] = await some(1);
		await world.scorecard('a', await world.interview(one, { a: 'interviewer' }), world.values(4, 4, 4));
		await world.interview(one, { recruiter: 'interviewer' });
		const bulk = await act(recruiter, 'reject', [one], { reason_code: 'skills' });
		await admin.make(`/v1/applications/${one.id}/letter`);
		await admin.make(`/v1/applications/${one.id}/letter/release`);
		assert.deepEqual(undone(await undo(recruiter, bulk)), ['restored']);
	});
});
