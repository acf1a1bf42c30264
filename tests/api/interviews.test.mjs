// Interviews and who holds them.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, ratings, usualWorld } from '../support/world.mjs';

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
		const { conflicts, ...kept } = interview;
		assert.deepEqual([await manager.read(`/v1/interviews/${interview.id}`), conflicts], [kept, []]);
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
			competency_ids: null,
			substitute_for: null,
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

describe('when and where people are', () => {
	const at = (application, starts_at, interviewers, more = {}) =>
		world.interview(application, interviewers, { starts_at, ...more });

	test('a time zone stands beside the time, by its IANA name', async () => {
		const made = await at(await world.application(role), '2027-03-01T09:00:00+01:00', { a: 'interviewer' }, {
			time_zone: 'Europe/Berlin',
			duration_minutes: 45,
		});
		assert.deepEqual(
			[made.starts_at, made.ends_at, made.time_zone],
			['2027-03-01T08:00:00.000Z', '2027-03-01T08:45:00.000Z', 'Europe/Berlin'],
		);
		const path = `/v1/interviews/${made.id}`;
		const moved = await manager.change(path, { starts_at: '2027-03-02T23:30:00Z', time_zone: 'Asia/Kolkata' });
		assert.deepEqual(
			[moved.ends_at, moved.time_zone, moved.version],
			['2027-03-03T00:15:00.000Z', 'Asia/Kolkata', made.version + 1],
		);
		assert.equal((await manager.change(path, { starts_at: null, time_zone: null })).ends_at, null);
		for (const time_zone of ['Europe/Atlantis', 'europe/berlin', 'posix/UTC', 'Nope/GMT+3', '+03:00', 'localtime; x']) {
			for (const answer of [
				await manager.patch(path, { time_zone }, { expect: 422 }),
				await manager.post(
					'/v1/interviews',
					{ application_id: made.application_id, time_zone },
					{ expect: 422 },
				),
			])
				assert.equal(answer.body.errors[0].pointer, '/time_zone', time_zone);
		}
	});

	test('a list by its beginning, between two moments', async () => {
		const application = await world.application(role);
		const days = ['2027-04-03', '2027-04-01', null, '2027-04-02'];
		const made = [];
		for (const day of days) made.push(await at(application, day && `${day}T10:00:00Z`, {}));
		const [third, first, open, second] = ids(made);
		const find = async (query) =>
			ids(await recruiter.all('/v1/interviews', { application_id: application.id, ...query }));
		assert.deepEqual(await find({ sort: 'starts_at' }), [first, second, third, open]);
		assert.deepEqual(await find({ sort: '-starts_at', limit: 1 }), [open, third, second, first]);
		assert.deepEqual(
			await find({ sort: 'starts_at', from: '2027-04-01T10:00:00Z', to: '2027-04-03T10:00:00Z' }),
			[first, second],
		);
	});

	test('whoever is elsewhere at that time is named, and nothing is refused', async () => {
		const person = await world.candidate();
		const other = await world.role({ version: world.version, stages: [{}] });
		const secret = await world.role({ version: world.version, stages: [{}], confidential: true });
		const first = await at(await world.application(role, person), '2027-05-01T10:00:00Z', { a: 'interviewer' });
		assert.deepEqual(first.conflicts, []);
		// In a role that recruiters know nothing of: busy, and no more is said; the candidate not at all.
		await at(await world.application(secret, person), '2027-05-01T10:30:00Z', { b: 'interviewer' });
		const made = await recruiter.make('/v1/interviews', {
			application_id: (await world.application(other, person)).id,
			starts_at: '2027-05-01T10:59:00Z',
			interviewers: [who('a'), who('b'), who('observer')],
		});
		const busy = (rows) => rows.map(({ kind, user_id, interview_id }) => [kind, user_id, interview_id]);
		const expected = [
			['candidate', null, first.id],
			['interviewer', world.users.a.id, first.id],
			['interviewer', world.users.b.id, null],
		];
		assert.deepEqual(busy(made.conflicts), expected);
		assert.deepEqual(made.conflicts[1], {
			kind: 'interviewer',
			user_id: world.users.a.id,
			name: world.users.a.name,
			interview_id: first.id,
			starts_at: '2027-05-01T10:00:00.000Z',
			ends_at: '2027-05-01T11:00:00.000Z',
		});
		const path = `/v1/interviews/${made.id}`;
		assert.deepEqual((await recruiter.read(`${path}/conflicts`)).data, made.conflicts);
		assert.equal('conflicts' in (await recruiter.read(path)), false);
		assert.equal((await admin.read(`${path}/conflicts`)).data.length, 4, 'an admin knows of all');
		// Back to back is no overlap.
		const moved = await recruiter.change(path, { starts_at: '2027-05-01T11:00:00Z' });
		assert.deepEqual(busy(moved.conflicts), [['interviewer', world.users.b.id, null]]);
		await admin.put(`${path}/interviewers/${world.users.b.id}`, { status: 'no_show' }, { expect: 200 });
		assert.deepEqual((await recruiter.read(`${path}/conflicts`)).data, []);
		await world.a.get(`${path}/conflicts`, { expect: 403 });
		await recruiter.get(`/v1/interviews/${randomId()}/conflicts`, { expect: 404 });
	});
});

describe('who did not come, and who came instead', () => {
	test('a candidate who did not come: nobody owes a scorecard', async () => {
		const application = await world.application(role);
		const { id } = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const path = `/v1/interviews/${id}`;
		for (const key of ['observer', 'shadow'])
			await world[key].post(`${path}/candidate_no_show`, undefined, { expect: 403 });
		const ended = await world.a.make(`${path}/candidate_no_show`);
		assert.equal(ended.status, 'candidate_no_show');
		assert.deepEqual(await world.a.make(`${path}/candidate_no_show`), ended, 'twice changes nothing');
		assert.deepEqual((await recruiter.read(`/v1/applications/${application.id}/evaluation`)).missing, []);
		assert.deepEqual(ids(await world.b.all('/v1/interviews', { application_id: application.id, owed: true })), []);
		for (const answer of [
			await manager.post(`${path}/cancel`, undefined, { expect: 409 }),
			await manager.patch(path, { location: 'x' }, { expect: 409 }),
			await world.b.post('/v1/scorecards', { interview_id: id }, { expect: 409 }),
		])
			assert.equal(answer.body.code, 'interview_cancelled');
		assert.deepEqual(
			ids(await manager.all('/v1/interviews', { application_id: application.id, status: 'candidate_no_show' })),
			[id],
		);
		const cancelled = await world.interview(application, {});
		await manager.make(`/v1/interviews/${cancelled.id}/cancel`);
		await manager.post(`/v1/interviews/${cancelled.id}/candidate_no_show`, undefined, { expect: 409 });
	});

	test('of an erased candidate nothing more is noted', async () => {
		const application = await world.application(role);
		const { id } = await world.interview(application, { a: 'interviewer' });
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		const answer = await manager.post(`/v1/interviews/${id}/candidate_no_show`, undefined, { expect: 409 });
		assert.equal(answer.body.code, 'candidate_erased');
	});

	test('a substitute takes part and focus; the draft stays with whoever wrote it', async () => {
		const [first] = world.competencies;
		const { id } = await world.interview(await world.application(role), {});
		const place = (key) => `/v1/interviews/${id}/interviewers/${world.users[key].id}`;
		await manager.put(place('a'), { competency_ids: [first.id] }, { expect: 200 });
		const draft = await world.a.make('/v1/scorecards', { interview_id: id, key_takeaways: 'Mine.' });
		const put = (client, key, by, expect = 200) =>
			client.post(`${place(key)}/substitute`, { user_id: world.users[by]?.id ?? by }, { expect });
		await put(world.a, 'a', 'b', 403);
		await put(manager, 'a', randomId(), 422);
		assert.equal((await put(manager, 'a', 'a', 409)).body.code, 'already_exists');
		// Somebody who owes a scorecard does not end as a listener in another's place.
		await manager.put(place('shadow'), { part: 'shadow' }, { expect: 200 });
		assert.equal((await put(manager, 'shadow', 'a', 409)).body.code, 'already_exists');
		await manager.delete(place('shadow'), { expect: 204 });
		assert.deepEqual((await put(manager, 'a', 'b')).body, {
			user_id: world.users.b.id,
			name: world.users.b.name,
			part: 'interviewer',
			status: 'assigned',
			competency_ids: [first.id],
			substitute_for: world.users.a.id,
		});
		assert.equal((await put(manager, 'a', 'observer', 409)).body.code, 'conflict');
		assert.equal((await world.a.read(`/v1/scorecards/${draft.id}`)).key_takeaways, 'Mine.');
		assert.equal(
			(await world.a.post(`/v1/scorecards/${draft.id}/submit`, undefined, { expect: 409 })).body.code,
			'interview_cancelled',
		);
		const there = (await manager.read(`/v1/interviews/${id}`)).interviewers;
		assert.deepEqual(
			there.map(({ user_id, status }) => [user_id, status]),
			[
				[world.users.a.id, 'substituted'],
				[world.users.b.id, 'assigned'],
			],
		);
		await world.scorecard('b', { id }, { [first.id]: 3 });
		assert.equal((await put(manager, 'b', 'a', 409)).body.code, 'scorecard_locked');
		const event = JSON.parse(
			await psql(
				server,
				`SELECT row_to_json(e) FROM events e WHERE object_id = '${id}' AND type = 'interviewer.substituted'`,
			),
		);
		assert.deepEqual(
			[event.actor_id, event.data.user_id, event.data.by_user_id],
			[world.users.manager.id, world.users.a.id, world.users.b.id],
		);
		// Whoever owes one themselves would learn from the refusal who has submitted.
		await manager.put(place('manager'), {}, { expect: 200 });
		assert.equal((await put(manager, 'b', 'observer', 409)).body.code, 'scorecard_owed');
		await admin.make(`/v1/interviews/${id}/cancel`);
		assert.equal((await put(admin, 'manager', 'observer', 409)).body.code, 'interview_cancelled');
	});

	test('who holds it is part of what it is: its ETag and updated_since follow', async () => {
		const { id } = await world.interview(await world.application(role), { a: 'interviewer' });
		const path = `/v1/interviews/${id}`;
		const place = (key) => `${path}/interviewers/${world.users[key].id}`;
		for (const change of [
			() => manager.put(place('b'), {}, { expect: 200 }),
			() => manager.post(`${place('b')}/substitute`, { user_id: world.users.observer.id }, { expect: 200 }),
			() => manager.delete(place('observer'), { expect: 204 }),
		]) {
			const before = await manager.get(path, { expect: 200 });
			await change();
			const now = await manager.get(path, {
				headers: { 'If-None-Match': before.headers.etag },
				expect: 200,
			});
			assert.notDeepEqual(now.body.interviewers, before.body.interviewers);
			assert.ok(
				ids(await manager.all('/v1/interviews', { updated_since: now.body.updated_at })).includes(id),
			);
			assert.ok(now.body.updated_at > before.body.updated_at);
		}
	});

	test('so is what it shows beside its own row: one’s scorecard, names', async () => {
		const candidate = await world.candidate();
		const application = await world.application(role, candidate);
		const { id } = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const path = `/v1/interviews/${id}`;
		const ask = (key, etag, expect) => world[key].get(path, { headers: { 'If-None-Match': etag }, expect });
		let mine = (await world.a.get(path, { expect: 200 })).headers.etag;
		const theirs = (await world.b.get(path, { expect: 200 })).headers.etag;
		const card = await world.a.make('/v1/scorecards', {
			interview_id: id,
			ratings: ratings(world.values(3, 3, 3)),
			recommendation: 'yes',
		});
		for (const [status, act] of [
			['draft', () => {}],
			['submitted', () => world.a.make(`/v1/scorecards/${card.id}/submit`)],
			['draft', () => world.a.make(`/v1/scorecards/${card.id}/take_back`)],
		]) {
			await act();
			const now = await ask('a', mine, 200);
			assert.equal(now.body.my_scorecard_status, status);
			mine = now.headers.etag;
			await ask('a', mine, 304);
			// Of a colleague's nothing is told.
			await ask('b', theirs, 304);
		}
		await admin.change(`/v1/candidates/${candidate.id}`, { name: 'Somebody Renamed' });
		assert.equal((await ask('b', theirs, 200)).body.candidate_name, 'Somebody Renamed');
		// Either form is a precondition of the version alone.
		const { headers, body } = await manager.get(path, { expect: 200 });
		const moved = await manager.patch(path, { location: 'Room 1' }, { headers: { 'If-Match': headers.etag }, expect: 200 });
		await manager.patch(path, { location: 'Room 2' }, { headers: { 'If-Match': `"${moved.body.version}"` }, expect: 200 });
		await manager.patch(path, { location: 'Room 3' }, { headers: { 'If-Match': `"${body.version}"` }, expect: 412 });
	});

	test('an own focus is of the stage’s, and all that a submission asks for', async () => {
		const [first, second, third] = world.competencies;
		const narrow = await world.role({ version: world.version, team: world.team, stages: [{ focus: [first, second] }] });
		const application = await world.application(narrow);
		const made = await admin.make('/v1/interviews', {
			application_id: application.id,
			interviewers: [{ ...who('a'), competency_ids: [first.id] }, who('b')],
		});
		assert.deepEqual(
			made.interviewers.map(({ competency_ids }) => competency_ids),
			[[first.id], null],
		);
		const wrong = await admin.post(
			'/v1/interviews',
			{ application_id: application.id, interviewers: [who('a'), { ...who('b'), competency_ids: [first.id, third.id] }] },
			{ expect: 422 },
		);
		assert.equal(wrong.body.errors[0].pointer, '/interviewers/1/competency_ids/1');
		const place = `/v1/interviews/${made.id}/interviewers/${world.users.b.id}`;
		const refused = await admin.put(place, { competency_ids: [third.id] }, { expect: 422 });
		assert.equal(refused.body.errors[0].pointer, '/competency_ids/0');
		const submit = (key, values) =>
			world[key].post(
				'/v1/scorecards',
				{ interview_id: made.id, ratings: ratings(values), recommendation: 'yes', submit: true },
				{ expect: [201, 422] },
			);
		const pointers = ({ body }) => body.errors.map(({ pointer }) => pointer);
		assert.deepEqual(pointers(await submit('b', { [first.id]: 3 })), [`/ratings/${second.id}`]);
		assert.deepEqual(pointers(await submit('a', { [second.id]: 3 })), [`/ratings/${first.id}`]);
		const bare = await world.a.post(
			'/v1/scorecards',
			{ interview_id: made.id, ratings: { [first.id]: { value: 5 } }, submit: true },
			{ expect: 422 },
		);
		assert.deepEqual(pointers(bare), [`/ratings/${first.id}/evidence`, '/recommendation']);
		const card = await submit('a', { [first.id]: 3 });
		assert.equal(card.status, 201);
		await world.a.make(`/v1/scorecards/${card.body.id}/amend`, { key_takeaways: 'More.', reason: 'Later.' });
		const draft = await world.b.make('/v1/scorecards', { interview_id: made.id, ratings: ratings({ [second.id]: 3 }), recommendation: 'no' });
		assert.deepEqual(
			pointers(await world.b.post(`/v1/scorecards/${draft.id}/submit`, undefined, { expect: 422 })),
			[`/ratings/${first.id}`],
		);
		await admin.put(place, { competency_ids: [second.id] }, { expect: 200 });
		await world.b.make(`/v1/scorecards/${draft.id}/submit`);
	});

	test('an own focus that the role’s rubric no longer has leaves nobody without anything to rate', async () => {
		const [first, second] = world.competencies;
		const moving = await world.role({ version: world.version, team: world.team });
		const application = await world.application(moving);
		const interview = await admin.make('/v1/interviews', {
			application_id: application.id,
			interviewers: [{ ...who('a'), competency_ids: [first.id] }],
		});
		const next = await world.rubric([{ competency: second, weight: 1 }]);
		await admin.change(`/v1/roles/${moving.id}`, { rubric_version_id: next.id });
		const empty = await world.a.post(
			'/v1/scorecards',
			{ interview_id: interview.id, recommendation: 'no_decision', submit: true },
			{ expect: 422 },
		);
		assert.deepEqual(empty.body.errors.map(({ pointer }) => pointer), [`/ratings/${second.id}`]);
		await world.scorecard('a', interview, { [second.id]: 3 });
	});

	test('one’s own are those of all that one is on: in each order, by each filter, page by page', async () => {
		const application = await world.application(role);
		for (const [n, key] of ['a', 'b', 'a', 'a', 'b'].entries()) {
			await admin.make('/v1/interviews', {
				application_id: application.id,
				...(n === 3 ? {} : { starts_at: `20${String(30 - n)}-01-0${String(n + 1)}T10:00:00.000Z` }),
				interviewers: [who(key, n === 2 ? 'shadow' : 'interviewer'), who('manager')],
			});
		}
		const list = async (query, limit) => {
			const rows = [];
			for (let cursor = ''; cursor !== null; ) {
				const page = await world.a.read(`/v1/interviews?limit=${limit}${query}${cursor}`);
				rows.push(...page.data);
				cursor = page.next_cursor === null ? null : `&cursor=${encodeURIComponent(page.next_cursor)}`;
			}
			return rows;
		};
		const mine = ({ interviewers }) => interviewers.some(({ user_id }) => user_id === world.users.a.id);
		const queries = ['', '&sort=starts_at', '&sort=-starts_at', '&sort=created_at', '&status=scheduled', '&status=cancelled', '&owed=true', '&owed=false',
			'&overdue=true', '&overdue=false', `&role_id=${role.id}`, `&application_id=${application.id}`, '&from=2027-02-01T00:00:00Z', '&to=2029-02-01T00:00:00Z',
			'&updated_since=2020-01-01T00:00:00Z', `&application_id=${application.id}&owed=true&sort=starts_at&from=2027-01-01T00:00:00Z`];
		for (const query of queries) {
			const all = await list(query, 100);
			assert.deepEqual(await list(`&mine=true${query}`, 2), all.filter(mine), query);
			assert.deepEqual(ids(await list(`&mine=false${query}`, 100)), ids(all.filter((one) => !mine(one))), query);
		}
		assert.equal((await list(`&mine=true&application_id=${application.id}`, 100)).length, 3);
	});
});
