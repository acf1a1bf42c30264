// Roles, their hiring teams and their interview plans.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const external = (source = 'ats', id = unique('R')) => `/v1/roles/by_external_id/${source}/${id}`;
const ids = (rows) => rows.map(({ id }) => id);

describe('roles', () => {
	test('create with everything, read, change, empty', async () => {
		const full = {
			title: unique('Senior Backend Developer'),
			status: 'draft',
			level: 'Senior',
			specialty: 'Databases',
			engagement_type: 'full_time',
			location: 'Lisbon',
			description: 'Builds what lasts.',
			openings: 2,
			target_days: 42,
			confidential: false,
			rubric_version_id: world.version.id,
			hire_bar: 3.25,
		};
		const made = await recruiter.post('/v1/roles', full, { expect: 201 });
		assert.equal(made.headers.location, `/v1/roles/${made.body.id}`);
		for (const [name, value] of Object.entries(full)) assert.equal(made.body[name], value, name);
		assert.deepEqual(await recruiter.read(`/v1/roles/${made.body.id}`), made.body);
		const changed = await recruiter.change(`/v1/roles/${made.body.id}`, { level: null, status: 'open' });
		assert.deepEqual(
			[changed.level, changed.status, changed.title, changed.specialty],
			[null, 'open', full.title, 'Databases'],
		);
		await recruiter.patch(`/v1/roles/${made.body.id}`, {}, { expect: 422 });
		await recruiter.patch(`/v1/roles/${made.body.id}`, { title: null }, { expect: 422 });
	});

	test('defaults are an open role with one opening', async () => {
		const role = await recruiter.make('/v1/roles', { title: unique('Bare') });
		assert.deepEqual(
			[role.status, role.openings, role.confidential, role.hire_bar, role.rubric_version_id],
			['open', 1, false, null, null],
		);
	});

	test('pin a published version only, and one that exists', async () => {
		const rubric = await admin.make('/v1/rubrics', { name: unique('Draft') });
		const draft = rubric.draft_version_id;
		const { id } = await admin.make('/v1/roles', { title: unique('Role') });
		for (const answer of [
			await admin.post('/v1/roles', { title: 'x', rubric_version_id: draft }, { expect: 409 }),
			await admin.patch(`/v1/roles/${id}`, { rubric_version_id: draft }, { expect: 409 }),
			await admin.put(external(), { title: 'x', rubric_version_id: draft }, { expect: 409 }),
		])
			assert.equal(answer.body.code, 'rubric_not_published');
		const unknown = await admin.post(
			'/v1/roles',
			{ title: 'x', rubric_version_id: randomId() },
			{ expect: 422 },
		);
		assert.equal(unknown.body.errors[0].pointer, '/rubric_version_id');
	});

	test('are archived and taken back; twice changes nothing', async () => {
		const { id } = await admin.make('/v1/roles', { title: unique('Old') });
		const archived = await admin.make(`/v1/roles/${id}/archive`);
		assert.notEqual(archived.archived_at, null);
		assert.deepEqual(await admin.make(`/v1/roles/${id}/archive`), archived);
		assert.deepEqual(ids(await admin.all('/v1/roles', { archived: true })), [id]);
		assert.ok(!ids(await admin.all('/v1/roles', { archived: false })).includes(id));
		assert.equal((await admin.make(`/v1/roles/${id}/unarchive`)).archived_at, null);
	});

	test('are found by words, state and time of change', async () => {
		const word = unique('xylophone').replaceAll('-', '');
		const role = await admin.make('/v1/roles', {
			title: `Head of ${word}`,
			specialty: 'Wood',
			status: 'paused',
		});
		assert.deepEqual(ids(await admin.all('/v1/roles', { q: word })), [role.id]);
		assert.deepEqual(ids(await admin.all('/v1/roles', { q: `${word} wood`, status: 'paused' })), [role.id]);
		assert.deepEqual(ids(await admin.all('/v1/roles', { q: word, status: 'open' })), []);
		assert.ok(ids(await admin.all('/v1/roles', { updated_since: role.updated_at })).includes(role.id));
		for (const q of ["'", '&', '!', 'a:*', '(', '\\', '<->', '%'])
			await admin.get('/v1/roles', { query: { q }, expect: 200 });
	});

	test('by external id: created, updated by members that are sent, never another object', async () => {
		const path = external();
		const made = await recruiter.put(path, { title: unique('Put'), level: 'Senior' }, { expect: 201 });
		assert.equal(made.headers.location, `/v1/roles/${made.body.id}`);
		assert.deepEqual(Object.keys(made.body.external_ids), ['ats']);
		const again = await recruiter.put(path, { title: 'Put again' }, { expect: 200 });
		assert.deepEqual(
			[again.body.id, again.body.title, again.body.level],
			[made.body.id, 'Put again', 'Senior'],
		);
		const read = await recruiter.read(`/v1/roles/${made.body.id}`);
		assert.deepEqual(read.external_ids, made.body.external_ids);
		const answers = await Promise.all(
			Array.from({ length: 6 }, () =>
				recruiter.put(
					path.replace('/ats/', '/other/'),
					{ title: 'Race' },
					{ expect: [200, 201, 409] },
				),
			),
		);
		assert.equal(answers.filter(({ status }) => status === 201).length, 1);
	});

	test('a hiring manager changes their own, others do not', async () => {
		const path = `/v1/roles/${world.role1.id}`;
		assert.equal((await manager.change(path, { location: 'Porto' })).location, 'Porto');
		for (const key of ['a', 'observer', 'shadow', 'outsider'])
			assert.equal(
				(await world[key].patch(path, { location: 'x' }, { expect: 403 })).body.code,
				'forbidden',
			);
		await manager.post('/v1/roles', { title: 'x' }, { expect: 403 });
	});
});

describe('confidential roles', () => {
	test('exist for their team and admins only, in every place', async () => {
		const role = await world.role({
			version: world.version,
			confidential: true,
			title: unique('Secret'),
			team: { manager: 'hiring_manager', a: 'interviewer' },
		});
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer' });
		const program = await world.program('reader', [
			'roles:read',
			'applications:read',
			'interviews:read',
			'evaluations:read',
		]);
		const paths = [
			`/v1/roles/${role.id}`,
			`/v1/roles/${role.id}/hiring_team`,
			`/v1/roles/${role.id}/stages`,
			`/v1/stages/${role.stages[0].id}`,
			`/v1/applications/${application.id}`,
			`/v1/applications/${application.id}/moves`,
			`/v1/applications/${application.id}/evaluation`,
			`/v1/interviews/${interview.id}`,
		];
		for (const path of paths) {
			for (const client of [admin, manager, world.a]) await client.get(path, { expect: 200 });
			for (const client of [recruiter, world.b, world.outsider, program])
				await client.get(path, { expect: [404] });
		}
		for (const client of [recruiter, program]) {
			assert.ok(!ids(await client.all('/v1/roles')).includes(role.id));
			assert.deepEqual(await client.all('/v1/applications', { role_id: role.id }), []);
			assert.deepEqual(await client.all('/v1/interviews', { role_id: role.id }), []);
			assert.deepEqual(await client.all('/v1/roles', { q: role.title }), []);
		}
		assert.deepEqual(ids(await manager.all('/v1/roles', { q: role.title })), [role.id]);
	});

	test('cannot be taken over by an external id', async () => {
		const path = external();
		const made = (await admin.put(path, { title: unique('Hidden'), confidential: true }, { expect: 201 }))
			.body;
		await recruiter.put(path, { title: 'Mine now', confidential: false }, { expect: [403, 404, 409] });
		assert.deepEqual(await admin.read(`/v1/roles/${made.id}`), made);
	});
});

describe('hiring teams', () => {
	test('are put together by those who manage the role', async () => {
		const role = await world.role({ version: world.version });
		const path = `/v1/roles/${role.id}/hiring_team`;
		const put = (client, key, part, expect) =>
			client.put(`${path}/${world.users[key].id}`, { part }, { expect });
		assert.deepEqual((await admin.read(path)).data, []);
		const first = (await put(recruiter, 'manager', 'hiring_manager', 200)).body;
		assert.deepEqual(
			[first.user_id, first.part, first.version],
			[world.users.manager.id, 'hiring_manager', 1],
		);
		await put(manager, 'a', 'interviewer', 200);
		assert.equal((await put(manager, 'a', 'shadow', 200)).body.version, 2);
		await put(world.a, 'b', 'interviewer', 403);
		await put(recruiter, 'b', 'boss', 422);
		assert.equal(
			(await admin.put(`${path}/${randomId()}`, { part: 'shadow' }, { expect: 404 })).body.code,
			'not_found',
		);
		assert.deepEqual(
			(await manager.read(path)).data.map(({ user_id, part }) => [user_id, part]),
			[
				[world.users.manager.id, 'hiring_manager'],
				[world.users.a.id, 'shadow'],
			],
		);
		await world.a.delete(`${path}/${world.users.manager.id}`, { expect: 403 });
		await manager.delete(`${path}/${world.users.a.id}`, { expect: 204 });
		await manager.delete(`${path}/${world.users.a.id}`, { expect: 404 });
	});
});

describe('interview plans', () => {
	test('stages are added last, changed, ordered and deleted', async () => {
		const role = await world.role({ version: world.version, stages: [] });
		const path = `/v1/roles/${role.id}/stages`;
		const stage = {
			name: 'System design',
			method: 'technical_interview',
			duration_minutes: 90,
			independence: 'stage',
			candidate_instructions: 'Bring a pen.',
			interviewer_notes: 'Let them think.',
			questions: [
				{
					question: 'How would it fail?',
					look_fors: ['volumes first'],
					red_flags: ['none'],
					follow_ups: ['and then?'],
				},
			],
			competency_ids: [world.competencies[1].id, world.competencies[0].id],
		};
		const made = await manager
			.post(path, stage, { expect: 403 })
			.then(() => recruiter.post(path, stage, { expect: 201 }));
		assert.equal(made.headers.location, `/v1/stages/${made.body.id}`);
		for (const [name, value] of Object.entries(stage)) assert.deepEqual(made.body[name], value, name);
		const second = await recruiter.make(path, { name: 'Talk', method: 'screen' });
		assert.deepEqual(
			[made.body.position, second.position, second.duration_minutes, second.independence],
			[1, 2, 60, 'application'],
		);
		const changed = await recruiter.change(`/v1/stages/${made.body.id}`, {
			interviewer_notes: null,
			competency_ids: [world.competencies[2].id],
		});
		assert.deepEqual(
			[changed.interviewer_notes, changed.competency_ids, changed.questions],
			[null, [world.competencies[2].id], stage.questions],
		);
		const ordered = await recruiter.post(
			`${path}/order`,
			{ stage_ids: [second.id, made.body.id] },
			{ expect: 200 },
		);
		assert.deepEqual(
			ordered.body.data.map(({ id, position }) => [id, position]),
			[
				[second.id, 1],
				[made.body.id, 2],
			],
		);
		for (const stage_ids of [[second.id], [second.id, made.body.id, randomId()], []])
			await recruiter.post(`${path}/order`, { stage_ids }, { expect: [409, 422] });
		await recruiter.delete(`/v1/stages/${second.id}`, { expect: 204 });
		await recruiter.get(`/v1/stages/${second.id}`, { expect: 404 });
		assert.deepEqual(
			(await recruiter.read(path)).data.map(({ id }) => id),
			[made.body.id],
		);
	});

	test('a stage focuses on competencies that exist', async () => {
		const answer = await admin.post(
			`/v1/roles/${world.role1.id}/stages`,
			{ name: 'x', method: 'screen', competency_ids: [randomId()] },
			{ expect: 422 },
		);
		assert.match(answer.body.errors[0].pointer, /^\/competency_ids/);
	});

	test('a plan has at most fifty stages', async () => {
		const role = await world.role({ stages: [] });
		const path = `/v1/roles/${role.id}/stages`;
		for (let i = 0; i < 50; i += 1) await admin.make(path, { name: `Stage ${i}`, method: 'screen' });
		assert.equal(
			(await admin.post(path, { name: 'One more', method: 'screen' }, { expect: 409 })).body.code,
			'conflict',
		);
	});

	test('a stage that was used stays', async () => {
		const answer = await admin.delete(`/v1/stages/${world.role1.stages[0].id}`, { expect: 409 });
		assert.equal(answer.body.code, 'stage_in_use');
	});

	test('stages deleted and ordered at once never lose the order', async () => {
		const role = await world.role({ stages: [{}, {}, {}] });
		const path = `/v1/roles/${role.id}/stages`;
		const [one, two, three] = role.stages.map(({ id }) => id);
		const statuses = (
			await Promise.all([
				admin.post(
					`${path}/order`,
					{ stage_ids: [three, two, one] },
					{ expect: [200, 409, 422] },
				),
				admin.delete(`/v1/stages/${two}`, { expect: [204, 409] }),
				admin.post(path, { name: 'New', method: 'screen' }, { expect: [201, 409] }),
				admin.patch(`/v1/stages/${one}`, { name: 'Changed' }, { expect: [200, 409] }),
			])
		).map(({ status }) => status);
		assert.ok(
			statuses.some((status) => status < 300),
			String(statuses),
		);
		const { data } = await admin.read(path);
		const positions = data.map(({ position }) => position);
		assert.equal(new Set(positions).size, positions.length);
		assert.deepEqual(
			positions,
			[...positions].sort((x, y) => x - y),
		);
	});

	test('the kit is for those who interview for the role', async () => {
		const role = await world.role({
			version: world.version,
			stages: [{ interviewer_notes: 'Secret', questions: [{ question: 'Why?' }] }],
			team: world.team,
		});
		const path = `/v1/stages/${role.stages[0].id}`;
		for (const client of [recruiter, manager, world.a, world.shadow])
			assert.equal((await client.read(path)).interviewer_notes, 'Secret');
		for (const client of [world.outsider]) {
			const seen = await client.read(path);
			assert.deepEqual([seen.interviewer_notes, seen.questions], [null, null]);
			const listed = (await client.read(`/v1/roles/${role.id}/stages`)).data[0];
			assert.deepEqual([listed.interviewer_notes, listed.questions], [null, null]);
		}
	});
});
