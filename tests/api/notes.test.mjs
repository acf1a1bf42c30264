// Notes on candidates: who writes, who reads, who is told, and that they keep independence.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager, a, b, outsider } = world;
const ids = (rows) => rows.map(({ id }) => id);
const of = (candidate) => `/v1/candidates/${candidate.id ?? candidate}/notes`;

// Someone who applied and whom nobody has interviewed.
async function applied() {
	const candidate = await world.candidate();
	return { candidate, application: await world.application(world.role1, candidate) };
}

describe('notes', () => {
	test('are written, read newest first, changed and deleted by their author', async () => {
		const { candidate, application } = await applied();
		const first = await recruiter.post(of(candidate), { text: 'Prefers mornings.' }, { expect: 201 });
		assert.equal(first.headers.location, `/v1/notes/${first.body.id}`);
		assert.deepEqual(
			[first.body.author_id, first.body.application_id, first.body.mentions, first.body.edited_at],
			[world.users.recruiter.id, null, [], null],
		);
		const second = await a.make(of(candidate), { text: 'Met before.', application_id: application.id });
		assert.deepEqual(await manager.all(of(candidate)), [second, first.body]);
		assert.deepEqual(ids(await manager.all(of(candidate), { application_id: application.id })), [second.id]);
		assert.deepEqual(ids(await manager.all(of(candidate), { author_id: world.users.recruiter.id })), [
			first.body.id,
		]);
		const changed = await a.change(`/v1/notes/${second.id}`, { text: 'Met in 2019.' });
		assert.deepEqual([changed.text, changed.version], ['Met in 2019.', 2]);
		assert.ok(changed.edited_at);
		await a.patch(
			`/v1/notes/${second.id}`,
			{ text: 'x' },
			{ headers: { 'If-Match': '"1"' }, expect: 412 },
		);
		await a.delete(`/v1/notes/${second.id}`, { headers: { 'If-Match': '"1"' }, expect: 412 });
		for (const other of [admin, recruiter]) {
			await other.patch(`/v1/notes/${second.id}`, { text: 'x' }, { expect: 403 });
			await other.delete(`/v1/notes/${second.id}`, { expect: 403 });
		}
		await a.delete(`/v1/notes/${second.id}`, { expect: 204 });
		await a.delete(`/v1/notes/${second.id}`, { expect: 404 });
		assert.deepEqual(ids(await manager.all(of(candidate))), [first.body.id]);
	});

	test('are for those who may see the candidate, and the application', async () => {
		const { candidate } = await applied();
		const note = await recruiter.make(of(candidate), { text: 'x' });
		await outsider.get(of(candidate), { expect: 404 });
		await outsider.post(of(candidate), { text: 'x' }, { expect: 404 });
		await outsider.patch(`/v1/notes/${note.id}`, { text: 'y' }, { expect: 404 });
		const hidden = await world.role({ confidential: true, team: { manager: 'hiring_manager' } });
		const secret = await world.application(hidden, candidate);
		const bound = await manager.make(of(candidate), { text: 'Hush.', application_id: secret.id });
		assert.deepEqual(ids(await recruiter.all(of(candidate))), [note.id]);
		assert.deepEqual(ids(await admin.all(of(candidate))), [bound.id, note.id]);
		await recruiter.patch(`/v1/notes/${bound.id}`, { text: 'y' }, { expect: 404 });
		for (const application_id of [secret.id, randomId(), world.application1.id])
			assert.equal(
				(await recruiter.post(of(candidate), { text: 'x', application_id }, { expect: 422 })).body
					.errors[0].pointer,
				'/application_id',
			);
	});

	test('mention people who may see the candidate, each told once', async () => {
		const { candidate } = await applied();
		const { users } = world;
		const refused = await recruiter.post(
			of(candidate),
			{ text: 'x', mentions: [users.a.id, users.outsider.id, randomId()] },
			{ expect: 422 },
		);
		assert.deepEqual(
			refused.body.errors.map(({ pointer }) => pointer),
			['/mentions/1', '/mentions/2'],
		);
		const note = await recruiter.make(of(candidate), {
			text: 'Please look.',
			mentions: [users.a.id, users.a.id, users.manager.id],
		});
		assert.deepEqual(note.mentions, [users.a.id, users.manager.id].sort());
		assert.deepEqual(await a.all(of(candidate)), [note]);
		const changed = await recruiter.change(`/v1/notes/${note.id}`, {
			mentions: [users.a.id, users.b.id],
		});
		assert.deepEqual([changed.text, changed.mentions], ['Please look.', [users.a.id, users.b.id].sort()]);
		assert.equal((await recruiter.change(`/v1/notes/${note.id}`, { text: 'Do.' })).mentions.length, 2);
		await recruiter.patch(`/v1/notes/${note.id}`, { mentions: [users.outsider.id] }, { expect: 422 });
		const told = await psql(
			server,
			`SELECT data ->> 'user_id' FROM events WHERE type = 'note.mentioned' AND object_id = '${note.id}' ORDER BY id`,
		);
		assert.deepEqual(
			told.split('\n').sort(),
			[users.a.id, users.b.id, users.manager.id].sort(),
		);
	});

	test('end with the candidate', async () => {
		const { candidate } = await applied();
		const note = await recruiter.make(of(candidate), { text: unique('zyxnote') });
		await recruiter.make(`/v1/candidates/${candidate.id}/erase`);
		assert.equal((await recruiter.get(of(candidate), { expect: 410 })).body.code, 'gone');
		await recruiter.post(of(candidate), { text: 'x' }, { expect: 410 });
		await recruiter.patch(`/v1/notes/${note.id}`, { text: 'x' }, { expect: 404 });
	});

	test('of an erasure that passes a note nothing is left', async () => {
		for (let round = 0; round < 8; round += 1) {
			const candidate = await world.candidate();
			const [, written] = await Promise.all([
				recruiter.post(`/v1/candidates/${candidate.id}/erase`, undefined, { expect: 200 }),
				recruiter.post(of(candidate), { text: 'zyxrace' }, { expect: [201, 409, 410] }),
			]);
			assert.ok(written.status);
			assert.equal(await psql(server, `SELECT count(*) FROM notes WHERE candidate_id = '${candidate.id}'`), '0');
		}
	});
});

describe('independence of notes', () => {
	// a and b owe; a note from before the interview, and one of each after it.
	async function owing(independence = 'application') {
		const role = await world.role({ version: world.version, stages: [{ independence }], team: world.team });
		const application = await world.application(role);
		const path = of(application.candidate_id);
		const before = await recruiter.make(path, { text: 'From before.' });
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const after = await recruiter.make(path, { text: 'From after.' });
		const mine = await a.make(path, { text: 'Mine.' });
		return { application, path, interview, before, after, mine };
	}

	test('who owes reads their own, and what was written before the first interview', async () => {
		const { path, interview, before, after, mine } = await owing();
		assert.deepEqual(ids(await a.all(path)), [mine.id, before.id]);
		assert.deepEqual(ids(await b.all(path)), [before.id]);
		assert.deepEqual(ids(await recruiter.all(path)), [mine.id, after.id, before.id]);
		await world.scorecard('b', interview, world.values(4, 4, 4));
		assert.deepEqual(ids(await a.all(path)), [mine.id, before.id]);
		assert.deepEqual(ids(await b.all(path)), [mine.id, after.id, before.id]);
		await world.scorecard('a', interview, world.values(4, 4, 4));
		assert.deepEqual(ids(await a.all(path)), [mine.id, after.id, before.id]);
	});

	test('an old note that was changed since is as closed as a new one', async () => {
		const { path, before, mine } = await owing();
		await recruiter.change(`/v1/notes/${before.id}`, { text: 'B loved them.' });
		assert.deepEqual(ids(await a.all(path)), [mine.id]);
	});

	test('where the stage is open, so are its notes', async () => {
		const { path } = await owing('open');
		assert.equal((await a.all(path)).length, 3);
	});

	test('a recruiter who interviews is blind, too, and a shadow reads none', async () => {
		const { path, interview, before } = await owing();
		await admin.put(
			`/v1/interviews/${interview.id}/interviewers/${world.users.recruiter.id}`,
			{ part: 'interviewer' },
			{ expect: 200 },
		);
		assert.ok((await recruiter.all(path)).every(({ author_id }) => author_id === world.users.recruiter.id));
		assert.deepEqual(ids(await world.shadow.all(path)), [before.id]);
	});

	test('an API client reads them once nobody owes', async () => {
		const { path, interview, before } = await owing();
		const client = await world.program('notes', ['candidates:read', 'applications:read']);
		assert.deepEqual(ids(await client.all(path)), [before.id]);
		await world.scorecard('a', interview, world.values(4, 4, 4));
		assert.deepEqual(ids(await client.all(path)), [before.id]);
		await world.scorecard('b', interview, world.values(4, 4, 4));
		assert.equal((await client.all(path)).length, 3);
	});
});
