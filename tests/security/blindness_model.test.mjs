// The statistical model tells a blind person nothing: not by a figure, not by being out of date.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { modelled } from '../support/database.mjs';
import { panel, settled } from '../support/panel.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences, snapshot } from '../support/snapshot.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server, { name: 'Blind model' });
const { role, rated } = await panel(world);
const client = await world.program('mirror', ['evaluations:read', 'roles:read', 'applications:read']);
await settled(() => world.recruiter.read(`/v1/applications/${rated[0].application.id}/evaluation`));

const targets = (open) => [
	...[...rated.map(({ application }) => application), open].flatMap(({ id }) => [
		`/v1/applications/${id}/evaluation`,
		`/v1/applications/${id}/debrief`,
	]),
	`/v1/roles/${role.id}/comparison`,
	'/v1/organization',
];

// Asked again and again while the model works behind it, so that nothing passes in between.
async function unchanged(reader, before, what) {
	for (const end = Date.now() + 700; Date.now() < end; ) {
		const found = differences(before, await snapshot(reader, [...before.keys()]));
		assert.deepEqual(found.slice(0, 1), [], `after ${what}: ${found.length} answers differ`);
	}
}

const full = async () =>
	(await settled(() => world.recruiter.read(`/v1/applications/${rated[0].application.id}/evaluation`))).model;

describe('while a colleague submits on an open application', () => {
	test('nothing changes for whoever owes there, nor for a shadow, nor for a program', async () => {
		// The shadow has interviewed, too, and so reads one of the others.
		const other = await world.application(role);
		const held = await world.interview(other, { shadow: 'interviewer' });
		await world.scorecard('shadow', held, world.values(4, 4, 3));
		await full();
		const open = await world.application(role);
		const interview = await world.interview(open, {
			a: 'interviewer',
			b: 'interviewer',
			outsider: 'interviewer',
			shadow: 'shadow',
		});
		await modelled(server, world.organization);
		const readers = [world.a, client, world.shadow];
		const befores = [];
		for (const reader of readers) befores.push(await snapshot(reader, [...targets(open), `/v1/applications/${other.id}/evaluation`]));
		assert.equal((await world.shadow.read(`/v1/applications/${other.id}/evaluation`)).model.state, 'current');
		const shown = JSON.parse(befores[0].get(`/v1/applications/${rated[0].application.id}/evaluation`).split('\n')[1]);
		assert.equal(shown.model.state, 'current', 'there is something to be seen');
		const was = await full();
		const act = async (what, work) => {
			const done = await work();
			for (const [i, reader] of readers.entries()) await unchanged(reader, befores[i], what);
			return done;
		};

		const card = await act('a submission', () => world.scorecard('b', interview, world.values(1, 1, 1)));
		const now = await full();
		assert.notEqual(now.inputs_hash, was.inputs_hash, 'whoever owes nothing sees the fit with it');
		assert.notDeepEqual(now.score, was.score);
		await act('one taken back', () => world.b.make(`/v1/scorecards/${card.id}/take_back`));
		await act('another submission', () => world.b.make(`/v1/scorecards/${card.id}/submit`));
		await act('an amendment', () =>
			world.b.make(`/v1/scorecards/${card.id}/amend`, {
				ratings: { [world.competencies[0].id]: { value: 5, evidence: 'Anew.' } },
				reason: 'Thought again.',
			}),
		);
		await act('a second colleague’s', () => world.scorecard('outsider', interview, world.values(1, 2, 1)));

		// Blind on the application itself: nothing of the model, whatever the others have said.
		const own = await world.a.read(`/v1/applications/${open.id}/evaluation`);
		assert.deepEqual([own.blind, own.model.state, own.model.score], [true, 'withheld', null]);
		// The last scorecard closes it, and then the program sees it, too.
		await world.scorecard('a', interview, world.values(2, 2, 2));
		const mine = await settled(() => world.a.read(`/v1/applications/${open.id}/evaluation`));
		assert.equal(mine.model.scorecards, 3);
		const outside = await settled(() => client.read(`/v1/applications/${open.id}/evaluation`));
		assert.equal(outside.model.scorecards, 3);
	});

	test('a comparison leaves out whom one owes for', async () => {
		const open = await world.application(role);
		const interview = await world.interview(open, { a: 'interviewer', b: 'interviewer' });
		await world.scorecard('b', interview, world.values(5, 5, 5));
		await full();
		const seen = await world.a.read(`/v1/roles/${role.id}/comparison`);
		const [own] = seen.candidates.filter(({ application_id }) => application_id === open.id);
		assert.deepEqual([own.score, own.average, own.scorecards, own.group], [null, null, 0, null]);
		assert.equal(own.sentence.code, 'model_withheld');
		const others = await world.recruiter.read(`/v1/roles/${role.id}/comparison`);
		const [there] = others.candidates.filter(({ application_id }) => application_id === open.id);
		assert.ok(there.score && there.average === 5);
		// Of the rest a member sees whom they have interviewed themselves.
		const scored = new Set(seen.candidates.filter(({ score }) => score).map(({ application_id }) => application_id));
		for (const { application, people } of rated)
			assert.equal(scored.has(application.id), people.includes('a'), people.join());
		assert.ok(others.probabilities.length > seen.probabilities.length);
		await world.scorecard('a', interview, world.values(5, 5, 4));
	});

	test('two who submit at once close it for everybody', async () => {
		const open = await world.application(role);
		const interview = await world.interview(open, { a: 'interviewer', b: 'interviewer' });
		await Promise.all(['a', 'b'].map((key) => world.scorecard(key, interview, world.values(3, 3, 3))));
		const seen = await settled(
			() => client.read(`/v1/applications/${open.id}/evaluation`),
			(model) => model.state === 'current' && model.scorecards === 2,
		);
		assert.equal(seen.model.average, 3);
	});
});
