// A scorecard that a recruiter types in for its author: whose it is, who typed, and who may.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, ratings, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);

const scene = async () => {
	const application = await world.application(world.role1);
	const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
	const body = {
		interview_id: interview.id,
		on_behalf_of: world.users.a.id,
		ratings: ratings(world.values(3, 4, 2)),
		recommendation: 'yes',
		key_takeaways: 'Told on the phone.',
		submit: true,
	};
	return { application, interview, body };
};
const enter = (key, body, expect = 201) => world[key].post('/v1/scorecards', body, { expect });

test('a recruiter types it in: the judgement is the author’s, and who typed stays known', async () => {
	const { application, interview, body } = await scene();
	await world.scorecard('b', interview, world.values(2, 3, 2));
	const card = (await enter('recruiter', body)).body;
	const { a, b, recruiter } = world.users;
	assert.deepEqual(
		[card.author_id, card.author_name, card.entered_by, card.entered_by_name, card.status],
		[a.id, a.name, recruiter.id, recruiter.name, 'submitted'],
	);
	assert.deepEqual(await world.recruiter.read(`/v1/scorecards/${card.id}`), card);
	const event = JSON.parse(
		await psql(server, `SELECT row_to_json(e) FROM events e WHERE object_id = '${card.id}'`),
	);
	assert.deepEqual(
		[event.type, event.actor_id, event.data.on_behalf_of],
		['scorecard.submitted', recruiter.id, a.id],
	);
	// It counts as the author's: they owe nothing, and may amend it themselves.
	const evaluation = await world.recruiter.read(`/v1/applications/${application.id}/evaluation`);
	assert.deepEqual([evaluation.scorecards, evaluation.missing], [2, []]);
	assert.equal((await world.a.all('/v1/scorecards', { application_id: application.id })).length, 2);
	const amended = await world.a.make(`/v1/scorecards/${card.id}/amend`, { key_takeaways: 'Mine.', reason: 'Read it again.' });
	assert.equal(amended.entered_by, recruiter.id);
	// What could be seen is what the one who typed could see, and theirs to read.
	const seen = async (key) =>
		(await world[key].read(`/v1/scorecards/${card.id}/revisions`)).data.map(({ entered_by, could_see }) => [
			entered_by,
			could_see && could_see.length,
		]);
	assert.deepEqual(await seen('recruiter'), [
		[recruiter.id, 1],
		[null, null],
	]);
	assert.deepEqual(await seen('a'), [
		[recruiter.id, null],
		[null, 1],
	]);
	assert.equal((await enter('recruiter', body, 409)).body.code, 'already_exists');
	const own = await world.scorecard('b', await world.interview(application, { b: 'interviewer' }), world.values(3, 3, 3), {
		on_behalf_of: b.id,
	});
	assert.equal(own.entered_by, null, 'oneself is nobody else');
});

test('whole, for an interviewer of it, by a recruiter or an admin', async () => {
	const { body } = await scene();
	const refused = async (more, pointer) =>
		assert.equal((await enter('recruiter', { ...body, ...more }, 422)).body.errors[0].pointer, pointer);
	await refused({ submit: false }, '/submit');
	await refused({ submit: undefined }, '/submit');
	await refused({ on_behalf_of: randomId() }, '/on_behalf_of');
	await refused({ on_behalf_of: world.users.observer.id }, '/on_behalf_of');
	await refused({ recommendation: null }, '/recommendation');
	for (const key of ['manager', 'b', 'observer', 'shadow']) await enter(key, body, 403);
	await enter('outsider', body, 422);
	await enter('admin', body);
});

test('not by someone who owes one: they would know a colleague’s before giving theirs', async () => {
	const { application, body } = await scene();
	const mine = await world.interview(application, { recruiter: 'interviewer' });
	assert.equal((await enter('recruiter', body, 409)).body.code, 'scorecard_owed');
	await world.scorecard('recruiter', mine, world.values(3, 3, 3));
	await enter('recruiter', body);
});
