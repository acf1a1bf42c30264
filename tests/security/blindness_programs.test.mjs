// A program reads a scorecard once its stage is complete or closed by a person, and brings neither about itself.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences } from '../support/snapshot.mjs';
import { IDLE_SCOPE, SCOPES, usualWorld } from '../support/world.mjs';
import { everything, readAll as snapshotOf, scene } from './blindness_story.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const READ_SCOPES = [...SCOPES.filter((scope) => scope.endsWith(':read')), IDLE_SCOPE];

const world = await usualWorld(server);
const snapshot = (client, targets) => snapshotOf(world, client, targets);
const client = await world.program('mirror', READ_SCOPES);

describe('outside eyes', () => {
	test('a program learns nothing before the stage is complete', async () => {
		const it = await scene(world);
		const targets = everything(contract, world, it).filter((target) => !target.startsWith('/v1/api_clients'));
		const before = await snapshot(client, targets);
		const card = await world.scorecard('a', it.interview, world.values(4, 4, 4));
		await world.a.make(`/v1/scorecards/${card.id}/amend`, { key_takeaways: 'More.', reason: 'Later.' });
		assert.deepEqual(differences(before, await snapshot(client, targets)).slice(0, 2), []);
		await client.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		// The last one completes the stage: then both are there, without private notes.
		await world.scorecard('b', it.interview, world.values(3, 3, 3), { private_note: 'Between us.' });
		const cards = await client.all('/v1/scorecards', { application_id: it.application.id });
		assert.equal(cards.length, 2);
		assert.ok(cards.every(({ private_note }) => private_note === null));
		assert.equal((await client.read(`/v1/applications/${it.application.id}/evaluation`)).scorecards, 2);
	});

	test('or is behind the application', async () => {
		const it = await scene(world);
		const card = await world.scorecard('a', it.interview, world.values(4, 4, 4));
		await client.get(`/v1/scorecards/${card.id}`, { expect: 404 });
		await world.admin.make(`/v1/applications/${it.application.id}/move`, {
			stage_id: it.role.stages[1].id,
		});
		await client.get(`/v1/scorecards/${card.id}`, { expect: 200 });
	});

	test('but not by a move of a program, which could be set back', async () => {
		const it = await scene(world);
		const writer = await world.program('mover', [...READ_SCOPES, 'applications:write']);
		const card = await world.scorecard('a', it.interview, world.values(4, 4, 4));
		const targets = everything(contract, world, it).filter((target) => /scorecards|evaluation|decisions|level/.test(target));
		const before = await snapshot(writer, targets);
		const move = `/v1/applications/${it.application.id}/move`;
		const closed = async () => {
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			assert.deepEqual(differences(before, await snapshot(writer, targets)).slice(0, 2), []);
		};
		for (const [there, back] of [
			[{ status: 'offered' }, { status: 'active' }],
			[{ status: 'rejected', reason: 'No.' }, { status: 'active' }],
			[{ stage_id: it.role.stages[1].id }, { stage_id: it.role.stages[0].id }],
		]) {
			await writer.make(move, there);
			await closed();
			await writer.make(move, back);
			await closed();
		}
		// Nor does it build on what a person did before.
		await world.admin.make(move, { status: 'offered' });
		await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
		await world.admin.make(move, { status: 'active' });
		await writer.make(move, { status: 'offered' });
		await closed();
		// Complete, it is open to it whoever moved.
		await world.scorecard('b', it.interview, world.values(3, 3, 3));
		await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
	});

	describe('nor by what a program ends of what others owe', () => {
		const at = (it, key) => `/v1/interviews/${it.interview.id}/interviewers/${world.users[key].id}`;
		const scheduler = world.program('scheduler', [...READ_SCOPES, 'interviews:write']);
		// Each ends what a owes; `word` is a person's on the same.
		const ends = {
			'a cancelled interview': {
				act: (by, it) => by.post(`/v1/interviews/${it.interview.id}/cancel`, undefined, { expect: 200 }),
			},
			'a candidate who did not come': {
				act: (by, it) =>
					by.post(`/v1/interviews/${it.interview.id}/candidate_no_show`, undefined, { expect: 200 }),
			},
			'a no-show': { act: (by, it) => by.put(at(it, 'a'), { status: 'no_show' }, { expect: 200 }) },
			'somebody who only listens now': {
				act: (by, it) => by.put(at(it, 'a'), { part: 'shadow' }, { expect: 200 }),
			},
			'somebody taken off': {
				act: (by, it) => by.delete(at(it, 'a'), { expect: 204 }),
				word: async (by, it) => {
					await by.put(at(it, 'a'), { part: 'shadow' }, { expect: 200 });
					await by.delete(at(it, 'a'), { expect: 204 });
				},
			},
			'a substitute who is taken off': {
				act: async (by, it) => {
					await by.post(`${at(it, 'a')}/substitute`, { user_id: world.users.outsider.id }, { expect: [200, 201] });
					await by.delete(at(it, 'outsider'), { expect: 204 });
				},
				word: (by, it) => by.put(at(it, 'outsider'), { status: 'no_show' }, { expect: 200 }),
			},
		};
		for (const [name, { act, word = act }] of Object.entries(ends))
			test(name, async () => {
				const writer = await scheduler;
				const it = await scene(world);
				const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
				const targets = everything(contract, world, it).filter((target) =>
					/scorecards|evaluation|decisions|level|comparison|type=scorecard/.test(target),
				);
				const before = await snapshot(writer, targets);
				const shut = async () => {
					await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
					assert.deepEqual(differences(before, await snapshot(writer, targets)).slice(0, 2), []);
				};
				await shut();
				await act(writer, it);
				await shut();
				// A person decides so, too.
				await word(world.admin, it);
				await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
			});

		test('until a person moves the application on, whatever else they say', async () => {
			const writer = await scheduler;
			const it = await scene(world);
			const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
			await ends['somebody taken off'].act(writer, it);
			await world.admin.make(`/v1/applications/${it.application.id}/move`, { status: 'paused' });
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await world.admin.make(`/v1/applications/${it.application.id}/move`, {
				stage_id: it.role.stages[1].id,
			});
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
		});

		test('an interview held anew is waited for, and those who gave theirs in it owe none', async () => {
			const writer = await scheduler;
			const it = await scene(world);
			// What was given before the end says nothing of what was ended.
			const first = await world.interview(it.application, { a: 'interviewer' });
			await world.scorecard('a', first, world.values(3, 3, 3));
			await ends['a cancelled interview'].act(writer, it);
			const anew = await world.interview(it.application, { a: 'interviewer', b: 'interviewer' });
			const card = await world.scorecard('b', anew, world.values(4, 4, 4));
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await writer.delete(`/v1/interviews/${anew.id}/interviewers/${world.users.a.id}`, { expect: 204 });
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await writer.put(`/v1/interviews/${anew.id}/interviewers/${world.users.a.id}`, {}, { expect: 200 });
			await world.scorecard('a', anew, world.values(3, 3, 3));
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
		});

		test('a substitute takes the place of whom they replace', async () => {
			const writer = await scheduler;
			const it = await scene(world);
			const card = await world.scorecard('b', it.interview, world.values(4, 4, 4));
			await writer.post(`${at(it, 'a')}/substitute`, { user_id: world.users.outsider.id }, { expect: [200, 201] });
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await world.scorecard('outsider', it.interview, world.values(3, 3, 3));
			await writer.get(`/v1/scorecards/${card.id}`, { expect: 200 });
		});
	});

	test('or the application has ended', async () => {
		const it = await scene(world);
		const card = await world.scorecard('a', it.interview, world.values(4, 4, 4));
		await world.admin.make(`/v1/applications/${it.application.id}/move`, {
			status: 'rejected',
			reason: 'No.',
		});
		await client.get(`/v1/scorecards/${card.id}`, { expect: 200 });
	});
});
