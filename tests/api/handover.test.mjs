// Handovers: what passes from one stage's interviewers to the next.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const NOTE = 'Please look into how they size a queue.';
const path = ({ id }) => `/v1/interviews/${id}/handover`;
const write = (key, interview, note = NOTE, expect = 200) => world[key].put(path(interview), { note }, { expect });
const notes = async (key, interview) => (await world[key].read(path(interview))).notes.map(({ note }) => note);

// a and b in the first stage, observer in the second, both still to be held.
async function twoStages() {
	const role = await world.role({ version: world.version, stages: [{}, {}], team: world.team });
	const application = await world.application(role);
	const first = await world.interview(application, { a: 'interviewer', b: 'interviewer', shadow: 'shadow' });
	const second = await world.interview(application, { observer: 'interviewer' }, { stage_id: role.stages[1].id });
	return { role, application, first, second };
}

describe('a handover', () => {
	test('is read by the next stage’s interviewers before they submit, and not by one’s own colleagues', async () => {
		const { first, second, application } = await twoStages();
		assert.deepEqual(await world.a.read(path(first)), { interview_id: first.id, mine: null, notes: [] });
		const before = await world.b.get(path(first), { expect: 200 });
		const written = (await write('a', first)).body;
		assert.deepEqual(
			[written.interview_id, written.stage_name, written.author_name, written.note, written.version],
			[first.id, 'Stage 1', world.users.a.name, NOTE, 1],
		);
		const { mine } = await world.a.read(path(first));
		assert.deepEqual([mine.note, mine.version], [NOTE, 1]);
		assert.deepEqual(await world.a.read(path(first)), { interview_id: first.id, mine, notes: [] });
		// The next stage.
		assert.deepEqual((await world.observer.read(path(second))).notes, [written]);
		assert.deepEqual(await notes('observer', first), [NOTE], 'under the interview that it comes from, too');
		// Their colleague, a shadow, and whoever is outside.
		const again = await world.b.get(path(first), { expect: 200 });
		assert.deepEqual([again.text, again.headers.etag], [before.text, before.headers.etag]);
		assert.deepEqual(await notes('b', second), []);
		assert.deepEqual(await notes('shadow', first), []);
		await world.outsider.get(path(first), { expect: 404 });
		// Whoever reads scorecards of that stage.
		for (const key of ['recruiter', 'manager']) assert.deepEqual(await notes(key, second), [NOTE], key);
		await world.scorecard('b', first, world.values(3, 3, 3));
		assert.deepEqual(await notes('b', first), [NOTE]);
		// It stays the one thing that passes.
		const evaluation = await world.observer.read(`/v1/applications/${application.id}/evaluation`);
		assert.deepEqual([evaluation.blind, evaluation.scorecards], [true, 0]);
	});

	test('is not for a colleague of the same stage who also holds a later one', async () => {
		const { role, application, first } = await twoStages();
		const later = await world.interview(application, { b: 'interviewer' }, { stage_id: role.stages[1].id });
		await write('a', first);
		assert.deepEqual(await notes('b', later), []);
		await world.scorecard('b', first, world.values(3, 3, 3));
		assert.deepEqual(await notes('b', later), [NOTE]);
	});

	test('does not go back: an earlier stage reads nothing of a later one', async () => {
		const { first, second } = await twoStages();
		await write('observer', second);
		assert.deepEqual(await notes('a', first), []);
		assert.deepEqual(await notes('a', second), []);
		assert.deepEqual(await notes('recruiter', first), []);
		assert.deepEqual(await notes('recruiter', second), [NOTE]);
	});

	test('passes from the stages of a plan that was left, whatever their places were', async () => {
		const role = await world.role({ version: world.version, stages: [{}, {}, {}], team: world.team });
		const application = await world.application(role);
		const third = await world.interview(application, { a: 'interviewer' }, { stage_id: role.stages[2].id });
		await write('a', third);
		await world.scorecard('a', third, world.values(3, 3, 3));
		const plan = await admin.make(`/v1/roles/${role.id}/plans`, {});
		const { data: stages } = await admin.read(`/v1/roles/${role.id}/stages`);
		await admin.make(`/v1/applications/${application.id}/plan`, { plan_id: plan.id, reason: 'A shorter way.' });
		const now = await world.interview(application, { observer: 'interviewer' }, { stage_id: stages[0].id });
		assert.deepEqual(await notes('observer', now), [NOTE]);
		// And nothing goes back into it.
		await write('observer', now, 'Ask how they test.');
		assert.deepEqual(await notes('recruiter', third), [NOTE]);
	});

	test('is open to a program as the stage’s scorecards are', async () => {
		const { first, second } = await twoStages();
		const client = await world.program('handover', ['interviews:read']);
		await write('a', first);
		assert.deepEqual((await client.read(path(second))).notes, []);
		await world.scorecard('a', first, world.values(3, 3, 3));
		await world.scorecard('b', first, world.values(3, 3, 3));
		assert.equal((await client.read(path(second))).notes.length, 1);
	});

	test('tells no rating and no verdict', async () => {
		const { first } = await twoStages();
		for (const note of [
			'I would give a 4/5.',
			'Data: 2 out of 5',
			'I rated them a 3',
			'Three points? No: 3 points.',
			'A strong yes from me.',
			'Clear no.',
			'Should hire, ask for the rest.',
			"We don't hire that.",
			'The score was only 2.',
		]) {
			const answer = await write('a', first, note, 422);
			assert.equal(answer.body.errors[0].pointer, '/note', note);
		}
		for (const note of [
			'Ask for 5 years at the last place, and why 3 of 8 left.',
			'Look into the hiring of their team of 12.',
			'They rate limiters as easy; probe failure modes.',
		])
			await write('a', first, note);
		await write('a', first, '', 422);
		await write('a', first, 'x'.repeat(4001), 422);
	});

	test('is written by interviewers of the interview, and taken back by its author', async () => {
		const { first, second } = await twoStages();
		for (const key of ['admin', 'recruiter', 'manager', 'shadow', 'observer']) {
			await write(key, first, NOTE, 403);
			await world[key].delete(path(first), { expect: 403 });
		}
		await world.outsider.put(path(first), { note: NOTE }, { expect: 404 });
		await world.a.put(path({ id: randomId() }), { note: NOTE }, { expect: 404 });
		await world.a.delete(path(first), { expect: 404 });
		await write('a', first);
		assert.equal((await write('a', first, 'Ask anew.')).body.version, 2);
		assert.deepEqual(await notes('observer', second), ['Ask anew.']);
		const off = await admin.delete(`/v1/interviews/${first.id}/interviewers/${world.users.a.id}`, { expect: 409 });
		assert.equal(off.body.code, 'conflict');
		await world.a.delete(path(first), { expect: 204 });
		assert.deepEqual(await notes('observer', second), []);
		await manager.make(`/v1/interviews/${first.id}/cancel`);
		assert.equal((await write('a', first, NOTE, 409)).body.code, 'interview_cancelled');
		const events = await psql(
			server,
			`SELECT type, data ->> 'version', actor_id = '${world.users.a.id}', data::text LIKE '%queue%',
				length(data ->> 'digest') FROM events
			 WHERE object_id = '${first.id}' AND type LIKE 'handover.%' ORDER BY created_at`,
		);
		assert.deepEqual(events.split('\n'), [
			'handover.written|1|t|f|64',
			'handover.written|2|t|f|64',
			'handover.removed|2|t|f|',
		]);
	});

	test('is erased with the candidate', async () => {
		const { first, second, application } = await twoStages();
		await write('a', first, 'Erasmus mentioned his sister.');
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal((await write('a', first, NOTE, 409)).body.code, 'candidate_erased');
		assert.deepEqual(await notes('observer', second), []);
		assert.equal(await psql(server, "SELECT count(*) FROM handovers WHERE note LIKE '%Erasmus%'"), '0');
		assert.equal((await recruiter.read(path(first))).notes.length, 0);
	});
});
