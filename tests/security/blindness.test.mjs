// Who owes a scorecard learns nothing of a colleague's: not from any address, filter, count or tag.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { sealed } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences } from '../support/snapshot.mjs';
import { IDLE_SCOPE, SCOPES, usualWorld } from '../support/world.mjs';
import { everything, readAll, scene, story } from './blindness_story.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const READ_SCOPES = [...SCOPES.filter((scope) => scope.endsWith(':read')), IDLE_SCOPE];

const world = await usualWorld(server);

const snapshot = (client, targets) => readAll(world, client, targets);

const same = ({ role, application, interview }) => ({
	world,
	role,
	application,
	subjectInterview: interview,
	colleagueInterview: interview,
});

const client = await world.program('mirror', READ_SCOPES);

describe('while one owes, nothing changes', () => {
	test('for an interviewer', async () => {
		await story(contract, { ...same(await scene(world)), subject: 'a' });
	});

	test('for an interviewer who has begun a draft', async () => {
		const it = await scene(world);
		await world.a.make('/v1/scorecards', { interview_id: it.interview.id, key_takeaways: 'mine' });
		await story(contract, { ...same(it), subject: 'a', opens: false });
	});

	test('for a recruiter who also interviews', async () => {
		await story(contract, {
			...same(await scene(world, { who: { recruiter: 'interviewer', b: 'interviewer' } })),
			subject: 'recruiter',
		});
	});

	test('for an admin who interviews', async () => {
		await story(contract, {
			...same(await scene(world, { who: { admin: 'interviewer', b: 'interviewer' } })),
			subject: 'admin',
		});
	});

	test('for a hiring manager within the stage that they interview in', async () => {
		await story(contract, {
			...same(await scene(world, { who: { manager: 'interviewer', b: 'interviewer' } })),
			subject: 'manager',
		});
	});

	test('for one who owes in another stage, where the independence is the application’s', async () => {
		const { role, application, interview } = await scene(world, { who: { b: 'interviewer' } });
		const second = await world.interview(
			application,
			{ a: 'interviewer' },
			{ stage_id: role.stages[1].id },
		);
		await story(contract, {
			world,
			role,
			application,
			subject: 'a',
			subjectInterview: second,
			colleagueInterview: interview,
		});
	});

	test('for one who owes two of them, until the last', async () => {
		const { role, application, interview } = await scene(world);
		const second = await world.interview(
			application,
			{ a: 'interviewer' },
			{ stage_id: role.stages[1].id },
		);
		const id = await story(contract, {
			world,
			role,
			application,
			subject: 'a',
			subjectInterview: interview,
			colleagueInterview: interview,
			opens: false,
		});
		await world.scorecard('a', interview, world.values(3, 3, 3));
		await world.a.get(`/v1/scorecards/${id}`, { expect: 404 });
		await world.scorecard('a', second, world.values(3, 3, 3));
		await world.a.get(`/v1/scorecards/${id}`, { expect: 200 });
	});

	test('for one who submitted one and owes another, their own scorecard included', async () => {
		const { role, application, interview } = await scene(world);
		await world.interview(application, { a: 'interviewer' }, { stage_id: role.stages[1].id });
		const mine = await world.scorecard('a', interview, world.values(3, 3, 3));
		await story(contract, {
			world,
			role,
			application,
			subject: 'a',
			subjectInterview: interview,
			colleagueInterview: interview,
			own: [mine.id],
			opens: false,
		});
	});

	test('for a shadow and for whoever is outside, ever', async () => {
		const it = await scene(world, { who: { a: 'interviewer', b: 'interviewer', shadow: 'shadow' } });
		const targets = everything(contract, world, it);
		const before = [await snapshot(world.shadow, targets), await snapshot(world.outsider, targets)];
		await world.scorecard('a', it.interview, world.values(3, 3, 3));
		await world.scorecard('b', it.interview, world.values(5, 4, 2));
		for (const [i, key] of ['shadow', 'outsider'].entries())
			assert.deepEqual(
				differences(before[i], await snapshot(world[key], targets)).slice(0, 2),
				[],
				key,
			);
	});
});

describe('the same requests tell who does not owe', () => {
	// The control: if nothing differed for anyone, the test above would prove nothing.
	test('a recruiter, the hiring manager and an observer see a submission at once', async () => {
		const it = await scene(world);
		const targets = everything(contract, world, it);
		const before = {};
		for (const key of ['recruiter', 'manager', 'observer'])
			before[key] = await snapshot(world[key], targets);
		await world.scorecard('b', it.interview, world.values(5, 4, 2));
		for (const key of ['recruiter', 'manager', 'observer']) {
			const found = differences(before[key], await snapshot(world[key], targets)).map(
				([target]) => target,
			);
			assert.ok(found.includes(`/v1/applications/${it.application.id}/evaluation`), key);
			assert.ok(found.includes('/v1/scorecards'), key);
			assert.ok(found.includes('text/csv /v1/scorecards'), key);
			assert.ok(found.includes(`/v1/applications/${it.application.id}/debrief`), key);
		}
		await sealed(server, world.organization);
		const events = await world.admin.read('/v1/events', { application_id: it.application.id });
		assert.equal(events.data.at(-1).type, 'scorecard.submitted', 'and the admin its event');
	});
});

describe('how far it reaches', () => {
	const sees = async (client, id) =>
		(await client.get(`/v1/scorecards/${id}`, { expect: [200, 404] })).status === 200;

	// a owes in the second stage; b has submitted in the first and in the second.
	async function twoStages(independence) {
		const { role, application, interview } = await scene(world, {
			independence,
			who: { b: 'interviewer' },
		});
		const second = await world.interview(
			application,
			{ a: 'interviewer', b: 'interviewer' },
			{ stage_id: role.stages[1].id },
		);
		const first = await world.scorecard('b', interview, world.values(4, 4, 4));
		const later = await world.scorecard('b', second, world.values(4, 4, 4));
		return { role, application, second, first, later };
	}

	test('application: all of it is closed', async () => {
		const { first, later, second } = await twoStages('application');
		assert.deepEqual([await sees(world.a, first.id), await sees(world.a, later.id)], [false, false]);
		await world.scorecard('a', second, world.values(3, 3, 3));
		assert.deepEqual([await sees(world.a, first.id), await sees(world.a, later.id)], [true, true]);
	});

	test('stage: other stages are open', async () => {
		const { first, later, application } = await twoStages('stage');
		assert.deepEqual([await sees(world.a, first.id), await sees(world.a, later.id)], [true, false]);
		const evaluation = await world.a.read(`/v1/applications/${application.id}/evaluation`);
		assert.deepEqual(
			[evaluation.blind, evaluation.missing.map(({ user_id }) => user_id)],
			[true, [world.users.a.id]],
		);
	});

	test('open: nothing is closed', async () => {
		const { first, later } = await twoStages('open');
		assert.deepEqual([await sees(world.a, first.id), await sees(world.a, later.id)], [true, true]);
	});

	test('a hiring manager sees the stages behind the application, not the one they interview in', async () => {
		const { role, application, interview } = await scene(world, { who: { b: 'interviewer' } });
		const first = await world.scorecard('b', interview, world.values(4, 4, 4));
		await world.admin.make(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id });
		const second = await world.interview(
			application,
			{ manager: 'interviewer', a: 'interviewer' },
			{ stage_id: role.stages[1].id },
		);
		const later = await world.scorecard('a', second, world.values(2, 3, 2));
		assert.deepEqual(
			[await sees(world.manager, first.id), await sees(world.manager, later.id)],
			[true, false],
		);
		await world.scorecard('manager', second, world.values(3, 3, 3));
		assert.equal(await sees(world.manager, later.id), true);
	});

	test('an application that one does not interview is open as ever', async () => {
		const owed = await scene(world);
		const other = await scene(world, { who: { recruiter: 'interviewer', b: 'interviewer' } });
		const card = await world.scorecard('b', owed.interview, world.values(4, 4, 4));
		assert.equal(await sees(world.recruiter, card.id), true);
		const hidden = await world.scorecard('b', other.interview, world.values(4, 4, 4));
		assert.equal(await sees(world.recruiter, hidden.id), false);
	});

	test('an admin who owes reads no event of a scorecard or a decision, and no gap tells of it', async () => {
		const it = await scene(world, { who: { admin: 'interviewer', b: 'interviewer' } });
		const read = async () => {
			await sealed(server, world.organization);
			const pages = [];
			for (let next = { limit: 1 }; next; ) {
				const page = await world.admin.get('/v1/events', {
					query: { ...next, application_id: it.application.id },
					expect: 200,
				});
				pages.push([page.text, page.headers.etag, page.headers.link]);
				next = page.body.next_cursor ? { limit: 1, after: page.body.next_cursor } : null;
			}
			return pages;
		};
		const before = await read();
		assert.ok(before.length >= 2);
		await world.scorecard('b', it.interview, world.values(4, 4, 4));
		await world.recruiter.make(`/v1/applications/${it.application.id}/decisions`, {
			kind: 'hire',
			rationale: 'Strong.',
		});
		// A note that is gone is as closed as it was.
		const noted = (key, text) =>
			world[key].make(`/v1/candidates/${it.application.candidate_id}/notes`, {
				text,
				application_id: it.application.id,
			});
		const { id } = await noted('b', 'Evidence in a note');
		await world.b.delete(`/v1/notes/${id}`, { expect: 204 });
		assert.deepEqual(await read(), before);
		await noted('admin', 'My own.');
		assert.equal((await read()).length, before.length + 1, 'what one did oneself');
		await world.scorecard('admin', it.interview, world.values(4, 4, 4));
		assert.equal(
			(await read()).length,
			before.length + 6,
			'both scorecards, the decision, and what came of the notes',
		);
	});

	test('a decision tells what scorecards add up to: who owes does not read it', async () => {
		const { application, interview } = await scene(world);
		await world.scorecard('b', interview, world.values(4, 4, 4));
		const targets = [
			`/v1/applications/${application.id}/decisions`,
			'/v1/applications',
			`/v1/applications/${application.id}`,
		];
		const before = await snapshot(world.a, targets);
		const decision = await world.recruiter.make(`/v1/applications/${application.id}/decisions`, {
			kind: 'hire',
			rationale: 'Strong.',
		});
		assert.deepEqual(differences(before, await snapshot(world.a, targets)), []);
		await world.a.get(`/v1/decisions/${decision.id}`, { expect: 404 });
		await world.scorecard('a', interview, world.values(4, 4, 4));
		await world.a.get(`/v1/decisions/${decision.id}`, { expect: 200 });
	});
});

describe('nobody opens others’ scorecards to themselves', () => {
	test('by being no-show, shadow or off the interview, less focus, hiring manager, another independence or plan', async () => {
		const it = await scene(world, { who: { recruiter: 'interviewer', b: 'interviewer' } });
		const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
		const me = world.users.recruiter.id;
		await world.admin.make(`/v1/roles/${it.role.id}/plans`, {});
		const mine = `/v1/interviews/${it.interview.id}/interviewers/${me}`;
		for (const [method, path, body] of [
			['PUT', mine, { status: 'no_show' }],
			['PUT', mine, { part: 'shadow' }],
			['PUT', mine, { competency_ids: [world.competencies[0].id] }],
			['DELETE', mine],
			['DELETE', `/v1/interviews/${it.interview.id}/interviewers/${world.users.b.id}`],
			['POST', `${mine}/substitute`, { user_id: world.users.observer.id }],
			[
				'POST',
				`/v1/interviews/${it.interview.id}/interviewers/${world.users.b.id}/substitute`,
				{ user_id: world.users.observer.id },
			],
			['PUT', `/v1/roles/${it.role.id}/hiring_team/${me}`, { part: 'hiring_manager' }],
			['PATCH', `/v1/stages/${it.role.stages[0].id}`, { independence: 'open' }],
			['POST', `/v1/applications/${it.application.id}/plan`, { reason: 'x' }],
		]) {
			const answer = await world.recruiter.request(method, path, { body, expect: 409 });
			assert.equal(answer.body.code, 'scorecard_owed', `${method} ${path}`);
		}
		await world.recruiter.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		// More is asked of oneself freely.
		await world.admin.put(mine, { competency_ids: [world.competencies[0].id] }, { expect: 200 });
		for (const more of [world.competencies.slice(0, 2).map(({ id }) => id), undefined])
			await world.recruiter.put(mine, { competency_ids: more }, { expect: 200 });
	});

	test('by ending the application as its hiring manager, to open it again', async () => {
		const role = await world.role({ version: world.version, stages: [{}, {}, {}], team: world.team });
		const application = await world.application(role);
		const [first, second, third] = role.stages.map(({ id }) => id);
		const at = { second: { stage_id: second }, third: { stage_id: third } };
		const behind = await world.interview(application, { b: 'interviewer' }, { stage_id: first });
		await world.admin.make(`/v1/applications/${application.id}/move`, at.second);
		const owed = await world.interview(application, { manager: 'interviewer' }, at.second);
		const ahead = await world.interview(application, { b: 'interviewer' }, at.third);
		const early = await world.scorecard('b', behind, world.values(4, 4, 4));
		const card = await world.scorecard('b', ahead, world.values(4, 4, 4));
		for (const status of ['offered', 'active', 'withdrawn', 'active', 'rejected']) {
			await world.manager.make(`/v1/applications/${application.id}/move`, {
				status,
				...(status === 'rejected' ? { reason: 'No.' } : {}),
			});
			await world.manager.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await world.manager.get(`/v1/scorecards/${early.id}`, { expect: 200 });
		}
		await world.scorecard('manager', owed, world.values(4, 4, 4));
		await world.manager.get(`/v1/scorecards/${card.id}`, { expect: 200 });
	});

	test('by parting what was merged: what was noted in between stays closed', async () => {
		const it = await scene(world, { who: { recruiter: 'interviewer', b: 'interviewer' } });
		const keep = await world.candidate();
		const from = it.application.candidate_id;
		const last = await world.candidate();
		await world.admin.make(`/v1/candidates/${from}/merge`, { into: keep.id });
		await world.admin.make(`/v1/candidates/${keep.id}/merge`, { into: last.id });
		const note = await world.admin.make(`/v1/candidates/${last.id}/notes`, { text: 'b found them weak.' });
		const read = async () => (await world.recruiter.all(`/v1/candidates/${last.id}/notes`)).map(({ id }) => id);
		assert.deepEqual(await read(), []);
		await world.admin.make(`/v1/candidates/${keep.id}/unmerge`);
		assert.deepEqual(await read(), []);
		await world.admin.make(`/v1/candidates/${from}/unmerge`);
		assert.deepEqual(await read(), []);
		await world.scorecard('recruiter', it.interview, world.values(3, 3, 3));
		assert.deepEqual(await read(), [note.id]);
	});

	test('by cancelling one interview of a stage after having judged another', async () => {
		const it = await scene(world, { who: { recruiter: 'interviewer' } });
		const other = await world.interview(it.application, { recruiter: 'interviewer', b: 'interviewer' });
		await world.scorecard('recruiter', it.interview, world.values(3, 3, 3));
		const card = await world.scorecard('b', other, world.values(4, 4, 4));
		await world.recruiter.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		await world.recruiter.make(`/v1/interviews/${other.id}/cancel`);
		await world.recruiter.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		const anew = await world.interview(it.application, { recruiter: 'interviewer' });
		await world.scorecard('recruiter', anew, world.values(3, 3, 3));
		await world.recruiter.get(`/v1/scorecards/${card.id}`, { expect: 200 });
	});

	test('by saying that the candidate did not come', async () => {
		for (const key of ['a', 'recruiter']) {
			const it = await scene(world, { who: { [key]: 'interviewer', b: 'interviewer' } });
			const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
			await world[key].make(`/v1/interviews/${it.interview.id}/candidate_no_show`);
			await world[key].get(`/v1/scorecards/${card.id}`, { expect: 404 });
			const evaluation = await world[key].read(`/v1/applications/${it.application.id}/evaluation`);
			assert.equal(evaluation.scorecards, 0, key);
		}
	});

	test('a substituted interviewer reads nothing, unless they read without interviewing', async () => {
		const it = await scene(world, { who: { a: 'interviewer', b: 'interviewer' } });
		const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
		await world.admin.make(`/v1/interviews/${it.interview.id}/interviewers/${world.users.a.id}/substitute`, {
			user_id: world.users.observer.id,
		});
		await world.a.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		// The observer, who read until now, owes one from now on.
		await world.observer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
	});
});

describe('another plan', () => {
	// A hiring manager who owes in the second stage is kept from it and from all that lies ahead.
	async function ahead() {
		const role = await world.role({ version: world.version, stages: [{}, {}, {}], team: world.team });
		const application = await world.application(role);
		const [, second, third] = role.stages.map(({ id }) => id);
		await world.admin.make(`/v1/applications/${application.id}/move`, { stage_id: second });
		const owed = await world.interview(application, { manager: 'interviewer' }, { stage_id: second });
		const later = await world.interview(application, { b: 'interviewer' }, { stage_id: third });
		const plan = await world.admin.make(`/v1/roles/${role.id}/plans`, {});
		return { application, owed, later, plan };
	}
	const change = (client, { application, plan }, expect) =>
		client.post(`/v1/applications/${application.id}/plan`, { plan_id: plan.id, reason: 'Better.' }, { expect });

	test('opens nothing for who owes: neither they nor anyone else can change it', async () => {
		const it = await ahead();
		const card = await world.scorecard('b', it.later, world.values(4, 4, 4));
		for (const key of ['manager', 'admin', 'recruiter'])
			assert.equal((await change(world[key], it, 409)).body.code, 'scorecard_owed', key);
		await world.manager.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		await world.scorecard('manager', it.owed, world.values(4, 4, 4));
		await change(world.recruiter, it, 200);
		// What was held by the old plan is read as ever, by who may read it.
		for (const one of [world.manager, world.recruiter, world.b, client])
			await one.get(`/v1/scorecards/${card.id}`, { expect: 200 });
		await world.outsider.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		const evaluation = await world.recruiter.read(`/v1/applications/${it.application.id}/evaluation`);
		assert.equal(evaluation.scorecards, 2);
	});

	test('nor for who cancelled their own interview to see', async () => {
		const it = await ahead();
		const card = await world.scorecard('b', it.later, world.values(4, 4, 4));
		await world.manager.make(`/v1/interviews/${it.owed.id}/cancel`);
		for (const key of ['manager', 'admin'])
			assert.equal((await change(world[key], it, 409)).body.code, 'scorecard_owed', key);
		await world.manager.get(`/v1/scorecards/${card.id}`, { expect: 404 });
	});

	test('tells who owes the same whether or not a colleague does', async () => {
		const it = await ahead();
		const told = async () => {
			const { status, body } = await change(world.manager, it, 409);
			return JSON.stringify([status, { ...body, instance: 0 }]);
		};
		const before = await told();
		await world.scorecard('b', it.later, world.values(4, 4, 4));
		assert.equal(await told(), before);
	});

	test('and what is owed by the new plan closes the old one’s scorecards', async () => {
		const it = await ahead();
		const first = await world.scorecard('b', it.later, world.values(4, 4, 4));
		await world.scorecard('manager', it.owed, world.values(4, 4, 4));
		await change(world.recruiter, it, 200);
		// Who owes by the new plan is kept from the old one's scorecards, too.
		await world.interview(it.application, { a: 'interviewer' }, { stage_id: it.plan.stages[2].id });
		await world.a.get(`/v1/scorecards/${first.id}`, { expect: 404 });
		// Back on the old plan everything stands once.
		await world.admin.put(
			`/v1/interviews/${(await world.a.all('/v1/interviews', { application_id: it.application.id, mine: true }))[0].id}/interviewers/${world.users.a.id}`,
			{ status: 'no_show' },
			{ expect: 200 },
		);
		await world.admin.make(`/v1/applications/${it.application.id}/plan`, {
			plan_id: it.plan.from_plan_id,
			reason: 'Back.',
		});
		const cards = await world.recruiter.all('/v1/scorecards', { application_id: it.application.id });
		assert.equal(cards.length, 2);
	});
});

describe('what ends the waiting', () => {
	async function owing(who = { a: 'interviewer', b: 'interviewer' }) {
		const it = await scene(world, { who });
		const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
		return { ...it, card };
	}
	const missing = async (application) =>
		(await world.recruiter.read(`/v1/applications/${application.id}/evaluation`)).missing.map(
			({ user_id }) => user_id,
		);

	test('a no-show', async () => {
		const { application, interview, card } = await owing();
		assert.deepEqual(await missing(application), [world.users.a.id]);
		await world.a.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		await world.admin.put(
			`/v1/interviews/${interview.id}/interviewers/${world.users.a.id}`,
			{ status: 'no_show' },
			{ expect: 200 },
		);
		assert.deepEqual(await missing(application), []);
	});

	test('a substitution, until the substitute has submitted', async () => {
		const { application, interview } = await owing();
		await world.admin.make(`/v1/interviews/${interview.id}/interviewers/${world.users.a.id}/substitute`, {
			user_id: world.users.observer.id,
		});
		assert.deepEqual(await missing(application), [world.users.observer.id]);
		await world.scorecard('observer', interview, world.values(3, 3, 3));
		assert.deepEqual(await missing(application), []);
	});

	test('a candidate who did not come', async () => {
		const { application, interview } = await owing();
		await world.admin.make(`/v1/interviews/${interview.id}/candidate_no_show`);
		assert.deepEqual(await missing(application), []);
	});

	test('a cancelled interview', async () => {
		const { application, interview } = await owing();
		await world.admin.make(`/v1/interviews/${interview.id}/cancel`);
		assert.deepEqual(await missing(application), []);
	});

	test('a leaver', async () => {
		const { id } = await world.user('leaver');
		const { application } = await owing({ leaver: 'interviewer', b: 'interviewer' });
		assert.deepEqual(await missing(application), [id]);
		await world.admin.change(`/v1/users/${id}`, { status: 'disabled' });
		assert.deepEqual(await missing(application), []);
	});

	test('taking someone off', async () => {
		const { application, interview } = await owing();
		await world.admin.delete(`/v1/interviews/${interview.id}/interviewers/${world.users.a.id}`, {
			expect: 204,
		});
		assert.deepEqual(await missing(application), []);
	});
});
