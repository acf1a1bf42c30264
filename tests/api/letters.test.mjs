// Feedback letters: drafted from strengths and anchors, edited, released by a person.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { anchors, randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const letterOf = (application) => `/v1/applications/${application.id}/letter`;

// Rated by a (and by b, if they have values), with words that no letter may hold.
async function rated(values, others) {
	const application = await world.application(world.role1);
	const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
	const words = { key_takeaways: 'Takeaway words.', private_note: 'Private words.' };
	await world.scorecard('a', interview, values, words);
	if (others) await world.scorecard('b', interview, others, words);
	return { application, interview };
}

describe('a feedback letter', () => {
	test('C8: gives feedback from strengths and anchors, and nothing that anybody wrote', async () => {
		const { application } = await rated(world.values(5, 2, 4), world.values(4, 2, null));
		const letter = await manager.make(letterOf(application));
		const [first, second, third] = world.competencies;
		assert.ok(letter.text.includes(`- ${first.name}: ${anchors(first.name)[4]}`), letter.text);
		assert.ok(letter.text.includes(`- ${third.name}: ${anchors(third.name)[3]}`));
		assert.ok(letter.text.includes(world.role1.title));
		assert.ok(!letter.text.includes(second.name));
		for (const word of ['words', 'Seen at', 'Person a', 'Person b']) assert.ok(!letter.text.includes(word), word);
		assert.deepEqual([letter.status, letter.drafted_by], ['draft', world.users.manager.id]);
		assert.equal((await manager.post(letterOf(application), undefined, { expect: 409 })).body.code, 'already_exists');
	});

	test('without strengths thanks, and says no more', async () => {
		const { application } = await rated(world.values(2, 2, 2));
		assert.ok(!(await recruiter.make(letterOf(application))).text.includes('- '));
	});

	test('is seen by the candidate once a person released it', async () => {
		const { application } = await rated(world.values(5, 5, 5));
		const { token } = await recruiter.make(`/v1/applications/${application.id}/candidate_links`, {});
		const candidate = new Client(server, { headers: { 'Candidate-Link': token } });
		const seen = async () => (await candidate.get('/v1/candidate_side', { expect: 200 })).body.letter;
		await manager.make(letterOf(application));
		assert.equal(await seen(), null);
		const at = letterOf(application);
		await manager.patch(at, { text: 'x' }, { headers: { 'If-Match': '"9"' }, expect: 412 });
		const edited = await manager.change(at, { text: 'Thank you, and well done.' });
		const { body, headers } = await recruiter.get(at, { expect: 200 });
		assert.deepEqual(body, edited);
		await recruiter.get(at, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		await manager.post(`${at}/release`, undefined, { expect: 403 });
		const program = await world.program('letters', ['applications:read', 'applications:write']);
		await program.post(`${at}/release`, undefined, { expect: 403 });
		await recruiter.post(`${at}/release`, undefined, { headers: { 'If-Match': '"1"' }, expect: 412 });
		assert.equal(await seen(), null);
		const released = await recruiter.make(`${at}/release`);
		assert.deepEqual([released.status, released.released_by], ['released', world.users.recruiter.id]);
		assert.equal(await seen(), 'Thank you, and well done.');
		assert.equal((await manager.patch(at, { text: 'x' }, { expect: 409 })).body.code, 'conflict');
		await recruiter.post(`${at}/release`, undefined, { expect: 409 });
		assert.equal(
			await psql(
				server,
				`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE application_id = '${application.id}' AND type ~ '^letter'`,
			),
			'letter.drafted letter.updated letter.released',
		);
	});

	test('is closed to who owes a scorecard, and no word of it shows', async () => {
		const application = await world.application(world.role1);
		await world.interview(application, { recruiter: 'interviewer' });
		const asked = [
			['GET', letterOf(application)],
			['POST', letterOf(application)],
		];
		const without = [];
		for (const [method, path] of asked) {
			const { status, body } = await recruiter.request(method, path, { expect: 409 });
			assert.equal(body.code, 'scorecard_owed');
			without.push([status, { ...body, instance: 0 }]);
		}
		const interview = await world.interview(application, { b: 'interviewer' });
		await world.scorecard('b', interview, world.values(5, 5, 5));
		await admin.make(letterOf(application));
		for (const [i, [method, path]] of asked.entries()) {
			const { status, body } = await recruiter.request(method, path, { expect: 409 });
			assert.deepEqual([status, { ...body, instance: 0 }], without[i]);
		}
		for (const [method, path, body] of [
			['PATCH', letterOf(application), { text: 'x' }],
			['POST', `${letterOf(application)}/release`],
		])
			assert.equal(
				(await recruiter.request(method, path, { body, expect: 409 })).body.code,
				'scorecard_owed',
			);
	});

	test('is for those who manage the role, and of an application that is there', async () => {
		const { application } = await rated(world.values(4, 4, 4));
		const none = await recruiter.read(letterOf(application));
		assert.deepEqual([none.application_id, none.status, none.text, none.version, none.drafted_by], [application.id, 'none', '', 0, null]);
		await recruiter.get(letterOf({ id: randomId() }), { expect: 404 });
		await world.outsider.get(letterOf(application), { expect: 404 });
		for (const client of [world.a, world.observer]) await client.get(letterOf(application), { expect: 403 });
		await recruiter.patch(letterOf(application), { text: 'x' }, { expect: 404 });
		for (const client of [world.a, world.observer])
			await client.post(letterOf(application), undefined, { expect: 403 });
		await world.outsider.post(letterOf(application), undefined, { expect: 404 });
		await recruiter.post(letterOf({ id: randomId() }), undefined, { expect: 404 });
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal(
			(await recruiter.post(letterOf(application), undefined, { expect: 409 })).body.code,
			'candidate_erased',
		);
	});
});
