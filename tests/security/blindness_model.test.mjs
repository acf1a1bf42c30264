// The statistical model tells a blind person nothing: not by a figure, not by being out of date.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { holdModel, modelled, psql } from '../support/database.mjs';
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

describe('what was ended is still waited for in the closed fit', () => {
	const scheduler = world.program('scheduler', [
		'evaluations:read',
		'roles:read',
		'applications:read',
		'interviews:read',
		'interviews:write',
	]);
	const at = (interview, key) => `/v1/interviews/${interview.id}/interviewers/${world.users[key].id}`;

	// In which fits the application is.
	const fitsWith = ({ id }) =>
		psql(
			server,
			`SELECT string_agg(f.kind, ' ' ORDER BY f.kind) FROM model_fits f
			JOIN model_results r ON r.organization_id = f.organization_id AND r.fit_id = f.id
			WHERE f.organization_id = '${world.organization.id}' AND r.object_id = '${id}'`,
		);

	// b has submitted on it, a owes.
	async function opened(who = { a: 'interviewer', b: 'interviewer' }) {
		const application = await world.application(role);
		const interview = await world.interview(application, who);
		await world.scorecard('b', interview, world.values(1, 1, 1));
		await modelled(server, world.organization);
		return { application, interview };
	}

	// Nothing of it is seen, neither while it waits for the model nor when all is worked in.
	async function unseen(readers, application, act, asked = targets(application)) {
		const befores = [];
		for (const reader of readers) befores.push(await snapshot(reader, asked));
		const same = async (when) => {
			for (const [i, reader] of readers.entries()) {
				const found = differences(befores[i], await snapshot(reader, [...befores[i].keys()]));
				assert.deepEqual(found.slice(0, 1), [], `${when}: ${found.length} answers differ`);
			}
		};
		const shown = JSON.parse(befores[0].get(`/v1/applications/${rated[0].application.id}/evaluation`).split('\n')[1]);
		assert.equal(shown.model.state, 'current', 'there is something to be seen');
		const letGo = await holdModel(server, world.organization);
		try {
			await act();
			await same('while it waits');
		} finally {
			await letGo();
		}
		// All is loaded and fitted again, whether or not the act gave cause to.
		await psql(
			server,
			`INSERT INTO model_changes (organization_id, touches_full, touches_closed) VALUES ('${world.organization.id}', true, true)`,
		);
		await modelled(server, world.organization);
		await same('afterwards');
		assert.equal(await fitsWith(application), 'full', 'only whoever owes nothing is shown it');
		assert.equal((await client.read(`/v1/applications/${application.id}/evaluation`)).model.state, 'withheld');
	}

	// Then it is there for everybody: nothing else kept it out.
	async function seen(application, scorecards = 1) {
		const { model } = await settled(
			() => client.read(`/v1/applications/${application.id}/evaluation`),
			(found) => found.state === 'current' && found.scorecards === scorecards,
		);
		assert.equal(await fitsWith(application), 'closed full');
		return model;
	}

	// Each is done by a program; `word` is a person's on the same.
	const ends = {
		'a cancelled interview': {
			act: (by, { interview }) => by.make(`/v1/interviews/${interview.id}/cancel`),
		},
		'a candidate who did not come': {
			act: (by, { interview }) => by.make(`/v1/interviews/${interview.id}/candidate_no_show`),
		},
		'a no-show': { act: (by, { interview }) => by.put(at(interview, 'a'), { status: 'no_show' }, { expect: 200 }) },
		'somebody who only listens now': {
			act: (by, { interview }) => by.put(at(interview, 'a'), { part: 'shadow' }, { expect: 200 }),
		},
		'somebody taken off': {
			act: (by, { interview }) => by.delete(at(interview, 'a'), { expect: 204 }),
			word: async (by, { interview }) => {
				await by.put(at(interview, 'a'), { part: 'shadow' }, { expect: 200 });
				await by.delete(at(interview, 'a'), { expect: 204 });
			},
		},
		'a substitute who is taken off': {
			act: async (by, { interview }) => {
				await by.post(`${at(interview, 'a')}/substitute`, { user_id: world.users.outsider.id }, { expect: [200, 201] });
				await by.delete(at(interview, 'outsider'), { expect: 204 });
			},
			word: (by, { interview }) => by.put(at(interview, 'outsider'), { status: 'no_show' }, { expect: 200 }),
		},
	};
	for (const [name, { act, word = act }] of Object.entries(ends))
		test(`${name}, by a program`, async () => {
			const writer = await scheduler;
			const it = await opened();
			await unseen([client, writer, world.shadow], it.application, () => act(writer, it));
			await word(world.admin, it);
			await seen(it.application);
		});

	test('nor is seen that somebody is waited for once more, and submits one of two', async () => {
		const writer = await scheduler;
		const it = await opened();
		const again = { application_id: it.application.id, interviewers: [{ user_id: world.users.a.id, part: 'interviewer' }] };
		let second;
		await unseen([client, writer, world.shadow], it.application, async () => {
			second = await writer.make('/v1/interviews', again);
		});
		await unseen([client, writer, world.shadow], it.application, async () => {
			const card = await world.scorecard('a', it.interview, world.values(3, 3, 3));
			await world.a.make(`/v1/scorecards/${card.id}/take_back`);
			await world.a.make(`/v1/scorecards/${card.id}/submit`);
		});
		await world.scorecard('a', second, world.values(3, 3, 3));
		await seen(it.application, 2);
	});

	test('a program that ends it and schedules it anew sees nothing of either', async () => {
		const writer = await scheduler;
		const it = await opened();
		await unseen([client, writer], it.application, async () => {
			await writer.make(`/v1/interviews/${it.interview.id}/cancel`);
			await writer.make('/v1/interviews', {
				application_id: it.application.id,
				interviewers: [{ user_id: world.users.a.id, part: 'interviewer' }],
			});
		});
	});

	test('one’s own that one cancels, whatever one had submitted before', async () => {
		const application = await world.application(role);
		const first = await world.interview(application, { recruiter: 'interviewer' });
		await world.scorecard('recruiter', first, world.values(4, 4, 4));
		const second = await world.interview(application, { recruiter: 'interviewer', b: 'interviewer' });
		await world.scorecard('b', second, world.values(1, 1, 1));
		await modelled(server, world.organization);
		// What others gave is open to programs then, since a person ended it; the model is not.
		await unseen(
			[client, world.recruiter, world.shadow],
			application,
			() => world.recruiter.make(`/v1/interviews/${second.id}/cancel`),
			targets(application).filter((target) => !target.includes(application.id) && !/comparison/.test(target)),
		);
		// Judged in that stage after all, it is closed.
		const third = await world.interview(application, { recruiter: 'interviewer' });
		await world.scorecard('recruiter', third, world.values(4, 4, 4));
		await seen(application, 2);
	});

	test('and taking back the scorecard that closed it takes it out again', async () => {
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer' });
		const card = await world.scorecard('a', interview, world.values(3, 3, 3));
		await seen(application, 1);
		const letGo = await holdModel(server, world.organization);
		try {
			await world.a.make(`/v1/scorecards/${card.id}/take_back`);
			const { model } = await client.read(`/v1/applications/${rated[0].application.id}/evaluation`);
			assert.equal(model.state, 'updating', 'what is shown is said to be out of date');
		} finally {
			await letGo();
		}
		await modelled(server, world.organization);
		assert.equal(await fitsWith(application), '');
	});
});
