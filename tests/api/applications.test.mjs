// Applications: a candidate for a role, where it stands and how it went.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const role = world.role1;
const ids = (rows) => rows.map(({ id }) => id);

describe('applications', () => {
	test('start in the first stage, or in the one that is named', async () => {
		const person = await world.candidate();
		const made = await recruiter.post(
			'/v1/applications',
			{ candidate_id: person.id, role_id: role.id, source: 'referral' },
			{ expect: 201 },
		);
		assert.equal(made.headers.location, `/v1/applications/${made.body.id}`);
		assert.deepEqual(
			[made.body.stage_id, made.body.stage_name, made.body.status, made.body.source],
			[role.stages[0].id, role.stages[0].name, 'active', 'referral'],
		);
		assert.deepEqual([made.body.candidate_name, made.body.role_title], [person.name, role.title]);
		assert.deepEqual(await recruiter.read(`/v1/applications/${made.body.id}`), made.body);
		const named = await recruiter.make('/v1/applications', {
			candidate_id: (await world.candidate()).id,
			role_id: role.id,
			stage_id: role.stages[1].id,
		});
		assert.equal(named.stage_id, role.stages[1].id);
		const changed = await manager.change(`/v1/applications/${made.body.id}`, { source: null });
		assert.equal(changed.source, null);
	});

	test('one for a candidate and a role; of what exists; not for an archived role', async () => {
		const again = await recruiter.post(
			'/v1/applications',
			{ candidate_id: world.candidate1.id, role_id: role.id },
			{ expect: 409 },
		);
		assert.deepEqual([again.body.code, again.body.errors[0].pointer], ['already_exists', '/candidate_id']);
		const { id: candidate_id } = await world.candidate();
		const wrong = async (body, pointer) =>
			assert.equal(
				(await recruiter.post('/v1/applications', body, { expect: 422 })).body.errors[0]
					.pointer,
				pointer,
			);
		await wrong({ candidate_id: randomId(), role_id: role.id }, '/candidate_id');
		await wrong({ candidate_id, role_id: randomId() }, '/role_id');
		await wrong({ candidate_id, role_id: role.id, stage_id: randomId() }, '/stage_id');
		const old = await world.role();
		await admin.make(`/v1/roles/${old.id}/archive`);
		assert.equal(
			(await recruiter.post('/v1/applications', { candidate_id, role_id: old.id }, { expect: 409 }))
				.body.code,
			'archived',
		);
	});

	test('move to stages and states, with reasons, and keep the history', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const move = (client, body, expect = 200) => client.post(`${path}/move`, body, { expect });
		const moved = (await move(manager, { stage_id: role.stages[1].id, reason: 'Convincing.' })).body;
		assert.deepEqual([moved.stage_id, moved.version], [role.stages[1].id, application.version + 1]);
		const bare = await move(recruiter, { status: 'rejected' }, 422);
		assert.equal(bare.body.errors[0].pointer, '/reason');
		await move(recruiter, { status: 'rejected', reason: 'Another was stronger.' });
		assert.equal(
			(await move(recruiter, { stage_id: role.stages[0].id }, 409)).body.code,
			'application_closed',
		);
		await move(recruiter, { status: 'active', stage_id: role.stages[0].id });
		assert.equal(
			(await move(recruiter, { stage_id: randomId() }, 422)).body.errors[0].pointer,
			'/stage_id',
		);
		for (const key of ['a', 'observer', 'shadow']) await move(world[key], { status: 'paused' }, 403);
		await move(world.outsider, { status: 'paused' }, 404);
		const history = await recruiter.all(`${path}/moves`, { sort: 'created_at' });
		assert.deepEqual(
			history.map(({ from_status, to_status, to_stage_id, reason, actor_id }) => [
				from_status,
				to_status,
				to_stage_id,
				reason,
				actor_id,
			]),
			[
				[null, 'active', role.stages[0].id, null, world.users.admin.id],
				['active', 'active', role.stages[1].id, 'Convincing.', world.users.manager.id],
				[
					'active',
					'rejected',
					role.stages[1].id,
					'Another was stronger.',
					world.users.recruiter.id,
				],
				['rejected', 'active', role.stages[0].id, null, world.users.recruiter.id],
			],
		);
		assert.equal(history[1].actor_name, world.users.manager.name);
		await recruiter.get(`/v1/applications/${randomId()}/moves`, { expect: 404 });
	});

	test('a move of what was changed meanwhile is refused', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const { etag } = (await recruiter.get(path, { expect: 200 })).headers;
		await recruiter.change(path, { source: 'x' });
		await recruiter.post(
			`${path}/move`,
			{ status: 'paused' },
			{ headers: { 'If-Match': etag }, expect: 412 },
		);
	});

	test('parallel moves are each in the history', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const statuses = ['paused', 'active', 'offered', 'withdrawn', 'hired', 'offer_declined'];
		await Promise.all(
			statuses.map((status) => recruiter.post(`${path}/move`, { status }, { expect: 200 })),
		);
		const history = await recruiter.all(`${path}/moves`, { sort: 'created_at' });
		assert.equal(history.length, statuses.length + 1);
		assert.equal((await recruiter.read(path)).version, application.version + statuses.length);
	});

	test('are filtered and searched', async () => {
		const word = unique('quagmire').replaceAll('-', '');
		const person = await world.candidate({ name: `Jo ${word}` });
		const application = await world.application(role, person);
		const find = async (query) => ids(await recruiter.all('/v1/applications', query));
		assert.deepEqual(await find({ q: word, role_id: role.id }), [application.id]);
		assert.equal(
			(await recruiter.get('/v1/applications', { query: { q: word }, expect: 422 })).body.errors[0]
				.pointer,
			'?role_id',
		);
		assert.deepEqual(await find({ candidate_id: person.id }), [application.id]);
		assert.deepEqual(await find({ candidate_id: person.id, status: 'hired' }), []);
		assert.deepEqual(
			await find({
				candidate_id: person.id,
				stage_id: role.stages[0].id,
				role_id: role.id,
				status: 'active',
			}),
			[application.id],
		);
		const archived = await recruiter.make(`/v1/applications/${application.id}/archive`);
		assert.notEqual(archived.archived_at, null);
		assert.deepEqual(await find({ q: word, role_id: role.id, archived: false }), []);
		assert.deepEqual(await find({ q: word, role_id: role.id, archived: true }), [application.id]);
		assert.equal((await recruiter.make(`/v1/applications/${application.id}/unarchive`)).archived_at, null);
		assert.ok((await find({ updated_since: archived.updated_at })).includes(application.id));
	});

	test('by external id: created, updated, never moved to another candidate', async () => {
		const path = `/v1/applications/by_external_id/ats/${unique('A')}`;
		const body = { candidate_id: (await world.candidate()).id, role_id: role.id };
		const made = await recruiter.put(path, body, { expect: 201 });
		assert.equal(made.headers.location, `/v1/applications/${made.body.id}`);
		const again = await recruiter.put(path, { ...body, source: 'board' }, { expect: 200 });
		assert.deepEqual([again.body.id, again.body.source], [made.body.id, 'board']);
		assert.equal(
			(await recruiter.put(path, { ...body, candidate_id: world.candidate1.id }, { expect: 409 }))
				.body.code,
			'external_id_taken',
		);
		const other = path.replace('/ats/', '/hr/');
		assert.equal((await recruiter.put(other, body, { expect: 409 })).body.code, 'already_exists');
	});

	test('one of a closed plan keeps its plan', async () => {
		const application = await world.application(role);
		assert.equal(application.plan_id, (await admin.read(`/v1/roles/${role.id}`)).plan_id);
	});
});
