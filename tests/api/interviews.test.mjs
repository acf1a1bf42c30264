// Interviews and who holds them.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const role = world.role1;
const ids = (rows) => rows.map(({ id }) => id);
const who = (key, part = 'interviewer') => ({ user_id: world.users[key].id, part });

describe('interviews', () => {
	test('are scheduled in the application’s stage, or in another of its plan', async () => {
		const application = await world.application(role);
		const starts_at = '2026-12-01T10:00:00.000Z';
		const made = await manager.post(
			'/v1/interviews',
			{
				application_id: application.id,
				starts_at,
				duration_minutes: 45,
				location: 'Room 2',
				interviewers: [who('a'), who('shadow', 'shadow')],
			},
			{ expect: 201 },
		);
		assert.equal(made.headers.location, `/v1/interviews/${made.body.id}`);
		const interview = made.body;
		assert.deepEqual(
			[
				interview.stage_id,
				interview.starts_at,
				interview.duration_minutes,
				interview.location,
				interview.status,
			],
			[role.stages[0].id, starts_at, 45, 'Room 2', 'scheduled'],
		);
		assert.deepEqual(
			[interview.role_title, interview.stage_name, interview.candidate_name],
			[role.title, role.stages[0].name, application.candidate_name],
		);
		assert.deepEqual(
			interview.interviewers.map(({ user_id, part, status }) => [user_id, part, status]),
			[
				[world.users.a.id, 'interviewer', 'assigned'],
				[world.users.shadow.id, 'shadow', 'assigned'],
			],
		);
		assert.deepEqual(await manager.read(`/v1/interviews/${interview.id}`), interview);
		const second = await recruiter.make('/v1/interviews', {
			application_id: application.id,
			stage_id: role.stages[1].id,
		});
		assert.deepEqual(
			[second.stage_id, second.duration_minutes, second.interviewers],
			[role.stages[1].id, 60, []],
		);
	});

	test('name what exists, and no one twice', async () => {
		const application = await world.application(role);
		const refused = async (more, pointer) => {
			const answer = await recruiter.post(
				'/v1/interviews',
				{ application_id: application.id, ...more },
				{ expect: 422 },
			);
			assert.equal(answer.body.errors[0].pointer, pointer);
		};
		await refused({ application_id: randomId() }, '/application_id');
		await refused({ stage_id: randomId() }, '/stage_id');
		await refused({ interviewers: [{ user_id: randomId() }] }, '/interviewers');
		await refused({ interviewers: [who('a'), who('a', 'shadow')] }, '/interviewers');
		await recruiter.make(`/v1/applications/${application.id}/move`, { status: 'withdrawn' });
		assert.equal(
			(await recruiter.post('/v1/interviews', { application_id: application.id }, { expect: 409 }))
				.body.code,
			'application_closed',
		);
	});

	test('are moved and cancelled; a cancelled one stays so', async () => {
		const { id } = await world.interview(await world.application(role), { a: 'interviewer' });
		const path = `/v1/interviews/${id}`;
		const moved = await manager.change(path, { starts_at: '2026-12-02T09:00:00+01:00', location: null });
		assert.deepEqual([moved.starts_at, moved.location], ['2026-12-02T08:00:00.000Z', null]);
		for (const key of ['a', 'observer', 'shadow'])
			await world[key].patch(path, { location: 'x' }, { expect: 403 });
		await world.outsider.patch(path, { location: 'x' }, { expect: 404 });
		const cancelled = await manager.make(`${path}/cancel`);
		assert.equal(cancelled.status, 'cancelled');
		assert.deepEqual(await manager.make(`${path}/cancel`), cancelled, 'twice changes nothing');
		assert.equal(
			(await manager.patch(path, { location: 'x' }, { expect: 409 })).body.code,
			'interview_cancelled',
		);
		assert.equal(
			(await manager.put(`${path}/interviewers/${world.users.b.id}`, {}, { expect: 409 })).body.code,
			'interview_cancelled',
		);
		assert.equal(
			(await world.a.post('/v1/scorecards', { interview_id: id }, { expect: 409 })).body.code,
			'interview_cancelled',
		);
	});

	test('interviewers are assigned, marked and taken off', async () => {
		const { id } = await world.interview(await world.application(role), {});
		const path = (key) => `/v1/interviews/${id}/interviewers/${world.users[key]?.id ?? key}`;
		const put = (client, key, body, expect) => client.put(path(key), body, { expect });
		assert.deepEqual((await put(manager, 'a', {}, 200)).body, {
			user_id: world.users.a.id,
			name: world.users.a.name,
			part: 'interviewer',
			status: 'assigned',
		});
		assert.equal((await put(manager, 'a', { status: 'no_show' }, 200)).body.status, 'no_show');
		assert.equal(
			(await put(manager, 'a', { status: 'assigned', part: 'shadow' }, 200)).body.part,
			'shadow',
		);
		await put(world.a, 'b', {}, 403);
		await put(manager, randomId(), {}, 422);
		await manager.delete(path('a'), { expect: 204 });
		await manager.delete(path('a'), { expect: 404 });
		await put(manager, 'b', {}, 200);
		await world.b.make('/v1/scorecards', { interview_id: id });
		assert.equal((await manager.delete(path('b'), { expect: 409 })).body.code, 'conflict');
		await world.b.delete(path('b'), { expect: 403 });
		// Who still owes one may not take colleagues off: the refusal would tell of their scorecards.
		await put(manager, 'manager', {}, 200);
		assert.equal((await manager.delete(path('b'), { expect: 409 })).body.code, 'scorecard_owed');
	});

	test('are filtered by whose, what is owed, role, application and state', async () => {
		const application = await world.application(role);
		const first = await world.interview(application, { a: 'interviewer', shadow: 'shadow' });
		const second = await world.interview(application, { b: 'interviewer' });
		const find = async (client, query) =>
			ids(await client.all('/v1/interviews', { application_id: application.id, ...query })).sort();
		assert.deepEqual(await find(recruiter, {}), [first.id, second.id].sort());
		assert.deepEqual(await find(world.a, { mine: true }), [first.id]);
		assert.deepEqual(await find(world.a, { mine: false }), [second.id]);
		assert.deepEqual(await find(world.shadow, { mine: true }), [first.id]);
		assert.deepEqual(await find(world.shadow, { owed: true }), []);
		assert.deepEqual(await find(world.a, { owed: true }), [first.id]);
		await world.scorecard('a', first, world.values(3, 3, 3));
		assert.deepEqual(await find(world.a, { owed: true }), []);
		assert.deepEqual(await find(recruiter, { status: 'cancelled' }), []);
		assert.deepEqual(
			await find(recruiter, { role_id: role.id, status: 'scheduled' }),
			[first.id, second.id].sort(),
		);
		const mine = await world.a.read(`/v1/interviews/${first.id}`);
		assert.equal(mine.my_scorecard_status, 'submitted');
		assert.equal((await recruiter.read(`/v1/interviews/${first.id}`)).my_scorecard_id, null);
		assert.deepEqual(await world.outsider.all('/v1/interviews', { application_id: application.id }), []);
	});

	test('an assigned interviewer sees the application without being on the team', async () => {
		const { id } = await world.interview(world.application1, {});
		await admin.put(`/v1/interviews/${id}/interviewers/${world.users.outsider.id}`, {}, { expect: 200 });
		await world.outsider.get(`/v1/applications/${world.application1.id}`, { expect: 200 });
		await world.outsider.get(`/v1/candidates/${world.candidate1.id}`, { expect: 200 });
		await world.outsider.patch(
			`/v1/applications/${world.application1.id}`,
			{ source: 'x' },
			{ expect: 403 },
		);
		await admin.delete(`/v1/interviews/${id}/interviewers/${world.users.outsider.id}`, { expect: 204 });
		await world.outsider.get(`/v1/applications/${world.application1.id}`, { expect: 404 });
	});
});
