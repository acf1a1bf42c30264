// The debrief: who said what, where people agree, what is still open, what was decided.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { modelled } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { recruiter } = world;
const [logic, data, scale] = world.competencies;
const read = (key, { id }) => world[key].read(`/v1/applications/${id}/debrief`);
const kinds = ({ open_questions }) => open_questions.map(({ kind, name }) => [kind, name]);

async function scene(who = { a: 'interviewer', b: 'interviewer' }) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}, {}] });
	const application = await world.application(role);
	return { role, application, interview: await world.interview(application, who) };
}

describe('a debrief', () => {
	test('before anything was said: who is waited for, and what nobody rated', async () => {
		const { application, interview, role } = await scene();
		const debrief = await read('recruiter', application);
		assert.deepEqual(
			[debrief.candidate_name, debrief.role_title, debrief.stage_name, debrief.status, debrief.blind],
			[application.candidate_name, role.title, 'Stage 1', 'active', false],
		);
		assert.deepEqual([debrief.scorecards, debrief.decisions], [[], []]);
		assert.deepEqual(debrief.agreement, { agreed: [], split: [] });
		assert.deepEqual(debrief.open_questions[0], {
			kind: 'scorecard_missing',
			competency_id: null,
			interview_id: interview.id,
			user_id: world.users.a.id,
			name: world.users.a.name,
		});
		assert.deepEqual(kinds(debrief), [
			['scorecard_missing', world.users.a.name],
			['scorecard_missing', world.users.b.name],
			['must_have_not_rated', data.name],
			['not_rated', logic.name],
			['not_rated', scale.name],
		]);
	});

	test('holds it all in one document, in the order of the plan, and no private note', async () => {
		const { role, application, interview } = await scene();
		const later = await world.interview(application, { observer: 'interviewer' }, { stage_id: role.stages[1].id });
		const last = await world.scorecard('observer', later, world.values(4, 4, null), { recommendation: 'no' });
		const one = await world.scorecard('a', interview, world.values(4, 4, null), {
			key_takeaways: 'Asks first.',
			private_note: 'Between us.',
		});
		const two = await world.scorecard('b', interview, world.values(3, 2, null), { recommendation: 'strong_yes' });
		const decision = await recruiter.make(`/v1/applications/${application.id}/decisions`, {
			kind: 'advance',
			rationale: 'One more.',
			override_reason: 'One more.',
		});
		await modelled(server, world.organization); // so that the evaluation below is the same
		const answer = await recruiter.get(`/v1/applications/${application.id}/debrief`, { expect: 200 });
		const debrief = answer.body;
		assert.ok(!answer.text.includes('Between us.'));
		assert.deepEqual(
			debrief.scorecards.map(({ id, stage_name, author_name, recommendation, key_takeaways }) => [
				id,
				stage_name,
				author_name,
				recommendation,
				key_takeaways,
			]),
			[
				[one.id, 'Stage 1', world.users.a.name, 'yes', 'Asks first.'],
				[two.id, 'Stage 1', world.users.b.name, 'strong_yes', null],
				[last.id, 'Stage 2', world.users.observer.name, 'no', null],
			],
		);
		assert.deepEqual(debrief.scorecards[0].ratings, one.ratings);
		assert.deepEqual(debrief.evaluation, await recruiter.read(`/v1/applications/${application.id}/evaluation`));
		const named = (rows) => rows.map(({ competency_id, n, spread }) => [competency_id, n, spread]);
		assert.deepEqual(named(debrief.agreement.agreed), [[logic.id, 3, 1]]);
		assert.deepEqual(named(debrief.agreement.split), [[data.id, 3, 2]]);
		assert.deepEqual(kinds(debrief), [
			['ratings_split', data.name],
			['recommendations_split', null],
			['not_rated', scale.name],
		]);
		assert.deepEqual(debrief.decisions, [await recruiter.read(`/v1/decisions/${decision.id}`)]);
		await recruiter.get(`/v1/applications/${application.id}/debrief`, {
			headers: { 'If-None-Match': answer.headers.etag },
			expect: [200, 304],
		});
	});

	test('is blind as the evaluation is: one’s own, and nothing changes with a colleague’s', async () => {
		const { application, interview } = await scene();
		const own = await world.interview(application, { a: 'interviewer' });
		const card = await world.scorecard('a', own, world.values(3, 3, 3));
		const path = `/v1/applications/${application.id}/debrief`;
		const before = await world.a.get(path, { expect: 200 });
		assert.deepEqual(
			[before.body.blind, before.body.scorecards.map(({ id }) => id), before.body.agreement],
			[true, [card.id], { agreed: [], split: [] }],
		);
		assert.deepEqual(kinds(before.body), [['scorecard_missing', world.users.a.name]]);
		await world.scorecard('b', interview, world.values(5, 1, 1), { recommendation: 'strong_no' });
		await recruiter.make(`/v1/applications/${application.id}/decisions`, {
			kind: 'no_hire',
			rationale: 'No.',
			override_reason: 'No.',
		});
		const again = await world.a.get(path, { expect: 200 });
		assert.deepEqual([again.text, again.headers.etag], [before.text, before.headers.etag]);
		await world.scorecard('a', interview, world.values(3, 3, 3));
		const open = await read('a', application);
		assert.deepEqual([open.blind, open.scorecards.length, open.decisions.length], [false, 3, 1]);
		// A shadow reads nothing of it, ever.
		const shadow = await read('shadow', application);
		assert.deepEqual([shadow.scorecards, shadow.decisions, shadow.open_questions.length], [[], [], 3]);
	});

	test('is of an application that one may know of', async () => {
		const { application } = await scene();
		await world.outsider.get(`/v1/applications/${application.id}/debrief`, { expect: 404 });
		await recruiter.get(`/v1/applications/${randomId()}/debrief`, { expect: 404 });
		const bare = await world.role({ stages: [{}] });
		const debrief = await read('recruiter', await world.application(bare));
		assert.deepEqual([debrief.open_questions, debrief.evaluation.competencies], [[], []]);
	});
});
