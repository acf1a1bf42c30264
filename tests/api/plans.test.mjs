// Interview plans: versions and where they come from, kits, default interviewers, dry runs, and
// what an application keeps.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { modelled, psql } from '../support/database.mjs';
import { root, sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const items = (file) => JSON.parse(readFileSync(join(root, `src/templates/${file}.json`), 'utf8')).items;
const plans = items('plans');
const kits = new Map(items('kits').map((kit) => [kit.id, kit]));
// What a stage of a template takes from its kits, as the copy shows it.
const taken = (stage) =>
	stage.kits.flatMap(({ id, topics }) =>
		kits
			.get(id)
			.content.questions.filter(({ topic }) => !topics || topics.includes(topic))
			.map(({ topic, ...question }) => ({ ...question, source: kits.get(id).sources[0].document })),
	);

const planOf = async (role) => recruiter.read(`/v1/plans/${(await recruiter.read(`/v1/roles/${role.id}`)).plan_id}`);
const next = (role, body = {}, client = recruiter) => client.make(`/v1/roles/${role.id}/plans`, body);
const content = ({ id, plan_id, role_id, version, created_at, updated_at, ...rest }) => rest;
const change = (application, body, expect = 200, client = recruiter) =>
	client.post(`/v1/applications/${application.id}/plan`, body, { expect });

const full = {
	name: 'Design',
	duration_minutes: 90,
	optional: true,
	candidate_brief: { tasks: 'Design.', skills: 'Thinking.', judged_on: 'Anchors.', time: '90 minutes.' },
	dry_runs_required: 3,
	interviewer_notes: 'Let them think.',
	questions: [{ question: 'Why?', look_fors: ['a'], red_flags: ['b'], follow_ups: ['c'], source: 'ours', scored: false }],
	focus: [world.competencies[1], world.competencies[0]],
};

describe('a stage', () => {
	test('keeps what it is given, part by part', async () => {
		const role = await world.role({ version: world.version, stages: [full], team: world.team });
		const path = `/v1/stages/${role.stages[0].id}`;
		const { focus, ...given } = full;
		for (const [name, value] of Object.entries(given)) assert.deepEqual(role.stages[0][name], value, name);
		assert.deepEqual(role.stages[0].default_interviewer_ids, []);
		const people = [world.users.b.id, world.users.a.id];
		const changed = await recruiter.change(path, {
			candidate_brief: { time: null, skills: 'Others.' },
			default_interviewer_ids: people,
			optional: false,
		});
		assert.deepEqual(changed.candidate_brief, { tasks: 'Design.', skills: 'Others.', judged_on: 'Anchors.' });
		assert.deepEqual([changed.default_interviewer_ids, changed.optional], [people, false]);
		assert.deepEqual(await recruiter.read(path), changed);
		const emptied = await recruiter.change(path, {
			candidate_brief: null,
			default_interviewer_ids: people.slice(1),
		});
		assert.deepEqual([emptied.candidate_brief, emptied.default_interviewer_ids], [null, people.slice(1)]);
		assert.deepEqual(
			(await recruiter.change(path, { candidate_brief: { tasks: null } })).candidate_brief,
			null,
		);
		const unknown = { default_interviewer_ids: [randomId()] };
		assert.equal(
			(await recruiter.patch(path, unknown, { expect: 422 })).body.errors[0].pointer,
			'/default_interviewer_ids',
		);
		for (const wrong of [
			{ dry_runs_required: 0 },
			{ candidate_brief: { more: 'x' } },
			{ default_interviewer_ids: [people[0], people[0]] },
		])
			await recruiter.patch(path, wrong, { expect: 422 });
	});

	test('has default interviewers, who are assigned where nobody is named', async () => {
		const gone = await world.user(unique('gone').replaceAll('-', ''));
		const role = await world.role({
			version: world.version,
			stages: [{ default_interviewer_ids: [world.users.b.id, gone.id, world.users.a.id] }],
			team: world.team,
		});
		await admin.change(`/v1/users/${gone.id}`, { status: 'disabled' });
		const application = await world.application(role);
		const schedule = async (more) =>
			(await admin.make('/v1/interviews', { application_id: application.id, ...more })).interviewers.map(
				({ user_id, part }) => [user_id, part],
			);
		const both = [world.users.a.id, world.users.b.id].map((id) => [id, 'interviewer']).sort();
		assert.deepEqual((await schedule({})).sort(), both);
		assert.deepEqual(await schedule({ interviewers: [] }), []);
		assert.deepEqual(await schedule({ interviewers: [{ user_id: world.users.shadow.id, part: 'shadow' }] }), [
			[world.users.shadow.id, 'shadow'],
		]);
	});
});

describe('versions', () => {
	test('the next one is a copy, and new applications start with it', async () => {
		const role = await world.role({
			version: world.version,
			stages: [{ ...full, optional: false, default_interviewer_ids: [world.users.a.id] }, {}],
			team: world.team,
		});
		await admin.make(`/v1/stages/${role.stages[0].id}/dry_runs`, { minutes: 75, notes: 'Fine.' });
		await recruiter.change(`/v1/plans/${role.plan_id}`, { time_budget_minutes: 300, codebase_language: 'Go' });
		const before = await planOf(role);
		assert.deepEqual([before.number, before.is_current, before.in_use, before.minutes], [1, true, false, 150]);
		const early = await world.application(role);
		const made = await manager.post(`/v1/roles/${role.id}/plans`, {}, { expect: 201 });
		assert.equal(made.headers.location, `/v1/plans/${made.body.id}`);
		assert.deepEqual(made.body, await recruiter.read(`/v1/plans/${made.body.id}`));
		assert.deepEqual(
			[made.body.number, made.body.from_plan_id, made.body.template_id, made.body.is_current],
			[2, before.id, null, true],
		);
		assert.deepEqual([made.body.time_budget_minutes, made.body.codebase_language], [300, 'Go']);
		assert.deepEqual(made.body.stages.map(content), before.stages.map(content));
		assert.notEqual(made.body.stages[0].id, before.stages[0].id);
		const runs = (await recruiter.read(`/v1/stages/${made.body.stages[0].id}/dry_runs`)).data;
		assert.deepEqual(
			runs.map(({ minutes, notes, user_id }) => [minutes, notes, user_id]),
			[[75, 'Fine.', world.users.admin.id]],
		);
		const list = (await recruiter.read(`/v1/roles/${role.id}/plans`)).data;
		assert.deepEqual(
			list.map(({ number, is_current }) => [number, is_current]),
			[
				[2, true],
				[1, false],
			],
		);
		assert.deepEqual((await recruiter.read(`/v1/roles/${role.id}/stages`)).data, made.body.stages);
		const late = await world.application(role);
		assert.deepEqual([early.plan_id, late.plan_id], [before.id, made.body.id]);
		assert.equal((await recruiter.read(`/v1/applications/${early.id}`)).plan_id, before.id);
	});

	test('a copy of another role brings its kit, and neither its people nor a focus that the rubric lacks', async () => {
		const other = await world.competency();
		const source = await world.role({
			stages: [{ ...full, focus: [other, world.competencies[2]], default_interviewer_ids: [world.users.a.id] }],
		});
		await admin.make(`/v1/stages/${source.stages[0].id}/dry_runs`, { minutes: 75 });
		const role = await world.role({ version: world.version, stages: [], team: world.team });
		const made = await next(role, { copy_role_id: source.id });
		const [stage] = made.stages;
		assert.deepEqual(
			[stage.questions, stage.competency_ids, stage.default_interviewer_ids],
			[full.questions, [world.competencies[2].id], []],
		);
		assert.equal((await recruiter.read(`/v1/stages/${stage.id}/dry_runs`)).data.length, 1);
		// An earlier version comes back the same way.
		const back = await next(role, { copy_plan_id: made.from_plan_id ?? role.plan_id });
		assert.deepEqual([back.number, back.stages.length], [3, 1]);
		assert.deepEqual((await next(role, { copy_plan_id: role.plan_id })).stages, []);
	});

	test('whoever may not read a kit cannot copy it', async () => {
		const source = await world.role({ stages: [full] });
		const hidden = await world.role({ stages: [full], confidential: true });
		const role = await world.role({ version: world.version, stages: [], team: world.team });
		const refused = async (client, body, pointer) => {
			const answer = await client.post(`/v1/roles/${role.id}/plans`, body, { expect: 422 });
			assert.equal(answer.body.errors[0].pointer, pointer);
		};
		await refused(manager, { copy_role_id: source.id }, '/copy_role_id');
		await refused(manager, { copy_plan_id: source.plan_id }, '/copy_plan_id');
		await refused(recruiter, { copy_role_id: hidden.id }, '/copy_role_id');
		await refused(recruiter, { copy_plan_id: hidden.plan_id }, '/copy_plan_id');
		await refused(recruiter, { copy_role_id: randomId() }, '/copy_role_id');
		await refused(recruiter, { template_id: 'kit-001-exercises' }, '/template_id');
		await refused(recruiter, { template_id: 'plan-backend', copy_role_id: source.id }, '');
		await recruiter.get(`/v1/plans/${hidden.plan_id}`, { expect: 404 });
		await admin.make(`/v1/roles/${role.id}/archive`);
		assert.equal((await recruiter.post(`/v1/roles/${role.id}/plans`, {}, { expect: 409 })).body.code, 'archived');
	});

	test('a repeated request makes one version', async () => {
		const role = await world.role({ stages: [{}] });
		const headers = { 'Idempotency-Key': unique('plan') };
		const send = () => admin.post(`/v1/roles/${role.id}/plans`, {}, { headers, expect: 201 });
		assert.deepEqual((await send()).body, (await send()).body);
		assert.equal((await admin.read(`/v1/roles/${role.id}/plans`)).data.length, 2);
	});

	test('made at once are counted one by one', async () => {
		const role = await world.role({ stages: [{}] });
		const answers = await Promise.all(
			Array.from({ length: 5 }, () => admin.post(`/v1/roles/${role.id}/plans`, {}, { expect: [201, 409] })),
		);
		const made = answers.filter(({ status }) => status === 201).length;
		const list = (await admin.read(`/v1/roles/${role.id}/plans`)).data;
		assert.ok(made > 0);
		assert.deepEqual(
			list.map(({ number }) => number),
			Array.from({ length: made + 1 }, (_, i) => made + 1 - i),
		);
		assert.equal(list.filter(({ is_current }) => is_current).length, 1);
	});

	test('a change of the budget is recorded with what it was', async () => {
		const role = await world.role({ stages: [{}], team: world.team });
		await manager.change(`/v1/plans/${role.plan_id}`, { time_budget_minutes: 90 });
		const event = JSON.parse(
			await psql(server, `SELECT data FROM events WHERE object_id = '${role.plan_id}' AND type = 'interview_plan.updated'`),
		);
		assert.deepEqual([event.from.time_budget_minutes, event.to.time_budget_minutes], [480, 90]);
		await recruiter.patch(`/v1/plans/${role.plan_id}`, { time_budget_minutes: 29 }, { expect: 422 });
		await recruiter.patch(`/v1/plans/${role.plan_id}`, {}, { expect: 422 });
	});
});

describe('once somebody was interviewed by a plan', () => {
	test('method, focus, order and stages stay, and the rest is mended in place', async () => {
		const role = await world.role({
			version: world.version,
			stages: [{ focus: [world.competencies[0]] }, {}, {}],
			team: world.team,
		});
		const [one, two, three] = role.stages;
		await world.interview(await world.application(role), {});
		assert.equal((await planOf(role)).in_use, true);
		const path = `/v1/roles/${role.id}/stages`;
		for (const [method, address, body] of [
			['POST', path, { name: 'One more', method: 'screen' }],
			['POST', `${path}/order`, { stage_ids: [two.id, one.id, three.id] }],
			['PATCH', `/v1/stages/${one.id}`, { method: 'screen' }],
			['PATCH', `/v1/stages/${one.id}`, { competency_ids: [] }],
			['DELETE', `/v1/stages/${three.id}`],
		]) {
			const answer = await recruiter.request(method, address, { body, expect: 409 });
			assert.equal(answer.body.code, 'plan_in_use', `${method} ${address}`);
		}
		const changed = await recruiter.change(`/v1/stages/${one.id}`, {
			name: 'Renamed',
			interviewer_notes: 'Better.',
			duration_minutes: 45,
			method: one.method,
			competency_ids: one.competency_ids,
		});
		assert.deepEqual([changed.name, changed.duration_minutes], ['Renamed', 45]);
		await recruiter.post(`${path}/order`, { stage_ids: [one.id, two.id, three.id] }, { expect: 200 });
		// The next version is free again.
		await next(role);
		await recruiter.make(path, { name: 'One more', method: 'screen' });
	});
});

describe('an application', () => {
	async function scene() {
		const role = await world.role({
			version: world.version,
			stages: [{ name: 'Call' }, { name: 'Design' }],
			team: world.team,
		});
		const application = await world.application(role);
		await admin.make(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id });
		return { role, application };
	}

	test('is moved to another plan on purpose: by the stage’s name, or to a named stage', async () => {
		const { role, application } = await scene();
		const plan = await next(role);
		await recruiter.change(`/v1/stages/${plan.stages[1].id}`, { name: 'DESIGN' });
		const moved = (await change(application, { reason: 'Shorter.' }, 200, manager)).body;
		assert.deepEqual([moved.plan_id, moved.stage_id], [plan.id, plan.stages[1].id]);
		const back = (await change(application, { plan_id: role.plan_id, stage_id: role.stages[0].id, reason: 'No.' })).body;
		assert.deepEqual([back.plan_id, back.stage_id], [role.plan_id, role.stages[0].id]);
		const moves = await recruiter.all(`/v1/applications/${application.id}/moves`);
		assert.deepEqual(
			moves.slice(0, 2).map((move) => [move.from_plan_id, move.to_plan_id, move.reason, move.to_status]),
			[
				[plan.id, role.plan_id, 'No.', 'active'],
				[role.plan_id, plan.id, 'Shorter.', 'active'],
			],
		);
		assert.deepEqual([moves[2].from_plan_id, moves[2].to_plan_id], [null, null]);
		const types = await psql(
			server,
			`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE application_id = '${application.id}'`,
		);
		assert.match(types, /application\.plan_changed application\.plan_changed$/);
	});

	test('needs a reason, another plan of its role, and a stage to go to', async () => {
		const { role, application } = await scene();
		const pointer = async (body) => (await change(application, body, 422)).body.errors[0].pointer;
		assert.equal(await pointer({}), '/reason');
		assert.equal(await pointer({ reason: ' \n ' }), '/reason');
		assert.equal(await pointer({ reason: 'Same.' }), '/plan_id');
		assert.equal(await pointer({ reason: 'Other role.', plan_id: world.role1.plan_id }), '/plan_id');
		const plan = await next(role);
		await recruiter.change(`/v1/stages/${plan.stages[1].id}`, { name: 'Other' });
		assert.equal(await pointer({ reason: 'No such stage.' }), '/stage_id');
		assert.equal(await pointer({ reason: 'Old one.', stage_id: role.stages[0].id }), '/stage_id');
		await recruiter.post(
			`/v1/applications/${application.id}/plan`,
			{ reason: 'Late.', stage_id: plan.stages[0].id },
			{ headers: { 'If-Match': '"1"' }, expect: 412 },
		);
		await world.a.post(`/v1/applications/${application.id}/plan`, { reason: 'x' }, { expect: 403 });
		await world.outsider.post(`/v1/applications/${application.id}/plan`, { reason: 'x' }, { expect: 404 });
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'withdrawn' });
		const closed = await change(application, { reason: 'Late.', stage_id: plan.stages[0].id }, 409);
		assert.equal(closed.body.code, 'application_closed');
	});

	test('keeps what was held by its old plan', async () => {
		const { role, application } = await scene();
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const card = await world.scorecard('a', interview, world.values(4, 4, 4));
		await world.scorecard('b', interview, world.values(3, 3, 3));
		await modelled(server, world.organization);
		const before = await recruiter.read(`/v1/applications/${application.id}/evaluation`);
		const plan = await next(role);
		await change(application, { reason: 'Another order.', stage_id: plan.stages[0].id });
		assert.deepEqual(await recruiter.read(`/v1/applications/${application.id}/evaluation`), before);
		assert.equal((await recruiter.read(`/v1/scorecards/${card.id}`)).stage_id, role.stages[1].id);
		const second = await world.interview(application, { a: 'interviewer' });
		assert.equal(second.stage_id, plan.stages[0].id);
		await change(application, { reason: 'Now somebody owes.', plan_id: role.plan_id }, 409);
	});

	test('of an erased candidate changes nothing, and the reason is gone', async () => {
		const { role, application } = await scene();
		await next(role);
		const reason = unique('Reason');
		await change(application, { reason });
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal(await psql(server, `SELECT count(*) FROM application_moves WHERE reason = '${reason}'`), '0');
		const answer = await change(application, { reason: 'x', plan_id: role.plan_id }, 409);
		assert.equal(answer.body.code, 'candidate_erased');
	});
});

describe('dry runs', () => {
	test('are recorded by the team for themselves, by managers for anyone', async () => {
		const role = await world.role({ version: world.version, stages: [{ method: 'work_sample' }], team: world.team });
		const path = `/v1/stages/${role.stages[0].id}/dry_runs`;
		assert.deepEqual((await world.outsider.read(path)).data, []);
		const own = await world.b.make(path, { minutes: 110, notes: 'The second task is long.' });
		assert.deepEqual([own.user_id, own.user_name, own.minutes], [world.users.b.id, 'Person b', 110]);
		await manager.make(path, { minutes: 90, user_id: world.users.a.id });
		await world.b.post(path, { minutes: 90, user_id: world.users.a.id }, { expect: 403 });
		await world.outsider.post(path, { minutes: 90 }, { expect: 403 });
		for (const wrong of [{ minutes: 0 }, { minutes: 90, user_id: randomId() }])
			await manager.post(path, wrong, { expect: 422 });
		const program = await world.program('dry', ['roles:read', 'roles:write']);
		await program.post(path, { minutes: 90 }, { expect: 422 });
		await program.make(path, { minutes: 90, user_id: world.users.b.id });
		const { data } = await manager.read(path);
		assert.deepEqual(
			data.map(({ user_id, notes }) => [user_id, notes]),
			[
				[world.users.b.id, null],
				[world.users.a.id, null],
				[world.users.b.id, 'The second task is long.'],
			],
		);
		// What is noted may give the exercise away.
		assert.ok((await world.outsider.read(path)).data.every(({ notes }) => notes === null));
		await manager.get(`/v1/stages/${randomId()}/dry_runs`, { expect: 404 });
	});

	test('as many as the stage asks for', async () => {
		const role = await world.role({
			version: world.version,
			stages: [{ method: 'work_sample', dry_runs_required: 2 }],
			team: world.team,
		});
		const application = await world.application(role);
		const schedule = (expect) => admin.post('/v1/interviews', { application_id: application.id }, { expect });
		const path = `/v1/stages/${role.stages[0].id}/dry_runs`;
		assert.equal((await schedule(409)).body.code, 'dry_run_missing');
		await admin.make(path, { minutes: 60 });
		await schedule(409);
		await admin.make(path, { minutes: 60 });
		await schedule(201);
	});
});

describe('templates', () => {
	test('name kits and topics that exist, and every guide that they take from', () => {
		for (const { id, sources, content } of plans)
			for (const stage of content.stages) {
				for (const kit of stage.kits) {
					const known = kits.get(kit.id);
					assert.ok(known, `${id}: ${kit.id}`);
					assert.ok(sources.some(({ item }) => item === known.sources[0].item), `${id}: ${kit.id}`);
					for (const topic of kit.topics ?? [])
						assert.ok(known.content.questions.some((one) => one.topic === topic), topic);
				}
				for (const { source } of stage.questions)
					assert.ok(sources.some(({ document }) => document === source), id);
				assert.deepEqual(Object.keys(stage.candidate_brief), ['tasks', 'skills', 'judged_on', 'time']);
			}
	});

	test('a plan is copied with its kits, and owned from then on', async () => {
		const role = await world.role({ version: world.version, stages: [] });
		for (const item of plans) {
			const plan = await next(role, { template_id: item.id });
			assert.deepEqual([plan.template_id, plan.from_plan_id], [item.id, null]);
			assert.equal(plan.stages.length, item.content.stages.length);
			for (const [i, stage] of item.content.stages.entries()) {
				const made = plan.stages[i];
				assert.deepEqual(
					[made.name, made.method, made.duration_minutes, made.optional, made.candidate_brief],
					[stage.name, stage.method, stage.duration_minutes, stage.optional, stage.candidate_brief],
				);
				assert.deepEqual(made.questions, [...taken(stage), ...stage.questions]);
				assert.ok(made.interviewer_notes.startsWith(stage.interviewer_notes));
				await recruiter.change(`/v1/stages/${made.id}`, { questions: [] });
			}
		}
		const again = await next(role, { template_id: plans[0].id });
		assert.ok(again.stages[1].questions.length, 'a change of the copy leaves the template as it is');
	});

	test('the linter finds nothing in them but dry runs that are still to come', async () => {
		for (const item of plans) {
			const role = await world.role({ stages: [] });
			await next(role, { template_id: item.id });
			const { findings } = await recruiter.read(`/v1/roles/${role.id}/lint`);
			const rules = findings.map(({ rule }) => rule);
			if (item.id === 'plan-backend') assert.deepEqual(rules, ['dry_run_missing']);
			else
				// The guides by themselves leave out what another guide asks for.
				assert.deepEqual(
					findings.filter(({ severity }) => severity === 'blocking').map(({ rule }) => rule),
					['dry_run_missing'],
					item.id,
				);
		}
	});

	test('their focus is found by name', async () => {
		const names = ['Scalability', 'Tooling'];
		const found = [];
		for (const name of names) found.push(await world.competency(name));
		const role = await world.role({
			version: await world.rubric(found.map((competency) => ({ competency, weight: 0.5 }))),
			stages: [],
		});
		const plan = await next(role, { template_id: 'plan-backend' });
		const design = plan.stages.find(({ name }) => name === 'System design');
		assert.deepEqual(
			design.competency_ids,
			found.map(({ id }) => id),
		);
	});
});

// The stages of a copied template, and all of their questions that come from one guide.
async function copied(template_id) {
	const plan = await next(await world.role({ stages: [] }), { template_id });
	const from = (source) => plan.stages.flatMap(({ questions }) => questions).filter((one) => one.source === source);
	return { ...plan, from };
}
const texts = (list, name) => list.flatMap((question) => question[name] ?? []).join('\n');
const questionsOf = (id) => kits.get(id).content.questions.map(({ question }) => question).sort();
const asked = (list) => list.map(({ question }) => question).sort();

describe('rows of the guides', () => {
	test('P2 look-fors: ratio, volumes and failure first, consistency, versions', async () => {
		const kit = kits.get('kit-001-look-fors');
		assert.deepEqual(kit.sources, [{ document: '001', item: 'P2' }]);
		const { stages } = await copied('plan-backend');
		const { interviewer_notes } = stages.find(({ name }) => name === 'System design');
		for (const text of kit.content.look_fors) assert.ok(interviewer_notes.includes(text), text);
		for (const word of [/reads to writes/, /volumes/, /fail/, /eventual/i, /versions/i])
			assert.match(interviewer_notes, word);
	});

	test('P3 four exercises with what to look for', async () => {
		const list = (await copied('plan-backend')).from('001');
		assert.equal(list.length, 4);
		assert.deepEqual(asked(list), questionsOf('kit-001-exercises'));
		assert.ok(list.every(({ look_fors }) => look_fors.length));
		for (const word of [/concurrency/i, /cardinality/i, /index/i, /hypothes/i, /traces/i])
			assert.match(texts(list, 'look_fors'), word);
	});

	test('D7 four focus areas: a question, what to look for, a red flag each', async () => {
		const list = (await copied('plan-backend')).from('002');
		assert.equal(list.length, 4);
		assert.deepEqual(asked(list), questionsOf('kit-002-focus-areas'));
		assert.ok(list.every(({ look_fors, red_flags }) => look_fors.length && red_flags.length === 1));
	});

	test('C4 a call comes first for passive candidates: an optional stage that others start behind', async () => {
		const role = await world.role({ stages: [] });
		const [call, second] = (await next(role, { template_id: 'plan-backend' })).stages;
		assert.deepEqual([call.optional, call.method, call.questions[0].source], [true, 'screen', '003']);
		assert.equal((await world.application(role)).stage_id, second.id);
		const passive = await world.candidate();
		const sourced = await admin.make('/v1/applications', {
			candidate_id: passive.id,
			role_id: role.id,
			stage_id: call.id,
		});
		assert.equal(sourced.stage_id, call.id);
		const put = await admin.put(
			`/v1/applications/by_external_id/ats/${unique('A')}`,
			{ candidate_id: (await world.candidate()).id, role_id: role.id },
			{ expect: 201 },
		);
		assert.equal(put.body.stage_id, second.id);
	});

	test('C9 five questions with what to listen for, the fifth unscored', async () => {
		const { stages } = await copied('plan-003-assessment');
		const five = stages.find(({ name }) => name === 'Conversation').questions;
		assert.deepEqual(asked(five), questionsOf('kit-003-open-ended'));
		assert.ok(five.every(({ look_fors, source }) => look_fors.length && source === '003'));
		assert.deepEqual(
			five.map(({ scored }) => scored !== false),
			[true, true, true, true, false],
		);
	});

	test('G3 five typed methods, cultural fit as a values interview with anchors', async () => {
		const { stages } = await copied('plan-004-five-methods');
		assert.deepEqual(
			stages.map(({ method }) => method),
			['technical_interview', 'work_sample', 'portfolio_review', 'behavioural_interview', 'values_interview'],
		);
		const { anchored } = plans.find(({ id }) => id === 'plan-004-five-methods').content.stages[4];
		assert.equal(anchored.anchors.length, 5);
		for (const level of [1, 2, 3, 4, 5]) assert.match(stages[4].interviewer_notes, new RegExp(`${level}: `));
		// Its competency is rated like any other once the rubric has it.
		const competency = await world.competency(anchored.name);
		const rated = await world.role({ version: await world.rubric([{ competency, weight: 1 }]), stages: [] });
		const plan = await next(rated, { template_id: 'plan-004-five-methods' });
		assert.deepEqual(plan.stages[4].competency_ids, [competency.id]);
	});

	test('G5 behavioural prompts', async () => {
		const { stages } = await copied('plan-004-five-methods');
		const { questions } = stages.find(({ method }) => method === 'behavioural_interview');
		assert.deepEqual(asked(questions), questionsOf('kit-004-behavioural'));
		for (const word of [/troubleshoot/, /deadline/]) assert.match(texts(questions, 'question'), word);
	});
});
