// The same person twice: found, merged, apart again; nothing is lost, and nothing is told.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, a } = world;
const ids = (rows) => rows.map(({ id }) => id);
const at = (candidate) => `/v1/candidates/${candidate.id ?? candidate}`;
const found = async (candidate) => (await recruiter.read(`${at(candidate)}/duplicates`)).data;
const merge = (from, into, options = { expect: 200 }) =>
	recruiter.post(`${at(from)}/merge`, { into: into.id }, options);

// A name of nobody else in this run, so that only what a test means is alike.
const letters = () => unique('q').replace(/[^a-z0-9]/g, '');

describe('duplicates are found', () => {
	test('by address, phone number and name, the surest first', async () => {
		const name = `${letters()} ${letters()}son`;
		const me = await world.candidate({ name, email: `${letters()}@example.com`, phone: '+351 912 345 678' });
		const sameMail = await world.candidate({ name: 'Else Entirely', email: me.email.toUpperCase() });
		const samePhone = await world.candidate({ name: 'Other Person', phone: '00351912345678' });
		const local = await world.candidate({ name: 'Third Person', phone: '912 345-678' });
		const turned = await world.candidate({ name: name.split(' ').reverse().join(', ').toUpperCase() });
		const near = await world.candidate({ name: `${name}s` });
		const all = await world.candidate({ name, email: me.email, phone: '912345678' });
		const rows = await found(me);
		assert.deepEqual(ids(rows).slice(0, 2), [all.id, sameMail.id]);
		assert.deepEqual(ids(rows).toSorted(), ids([all, sameMail, samePhone, local, turned, near]).toSorted());
		const of = (one) => rows.find(({ id }) => id === one.id);
		assert.deepEqual(of(all).reasons, ['email', 'phone', 'name']);
		assert.deepEqual(of(samePhone).reasons, ['phone']);
		assert.deepEqual([of(turned).reasons, of(turned).similarity], [['name'], 1]);
		assert.ok(of(near).similarity >= 0.6 && of(near).similarity < 1);
		assert.deepEqual(of(all).applications, 0);
	});

	test('accents and capitals do not matter; a short number and another name do', async () => {
		const word = letters();
		const me = await world.candidate({ name: `Zoë ${word}`, phone: '12' });
		const plain = await world.candidate({ name: `ZOE ${word.toUpperCase()}`, phone: '12' });
		await world.candidate({ name: `Karl ${letters()}`, phone: '12' });
		assert.deepEqual(ids(await found(me)), [plain.id]);
		assert.deepEqual((await found(me))[0].reasons, ['name']);
	});

	test('not in another organization, not erased, not by members', async () => {
		const name = `${letters()} ${letters()}`;
		const me = await world.candidate({ name });
		const other = await usualWorld(server);
		await other.candidate({ name });
		const erased = await world.candidate({ name });
		await recruiter.make(`${at(erased)}/erase`);
		assert.deepEqual(await found(me), []);
		await a.get(`${at(world.candidate1)}/duplicates`, { expect: 403 });
		await recruiter.get(`${at(erased)}/duplicates`, { expect: 410 });
		await recruiter.get(`${at(randomId())}/duplicates`, { expect: 404 });
	});
});

describe('merging', () => {
	// Two of one person: the second with an application, a note and a name of another system's.
	async function twins() {
		const name = `${letters()} ${letters()}`;
		const keep = await world.candidate({ name });
		const external = unique('E');
		const path = `/v1/candidates/by_external_id/ats/${external}`;
		const from = (await recruiter.put(path, { name, headline: letters() }, { expect: 201 })).body;
		const application = await world.application(world.role1, from);
		const note = await recruiter.make(`${at(from)}/notes`, { text: 'Known.' });
		return { keep, from, application, note, path, external };
	}

	test('moves what belongs to them, and undoing brings it back', async () => {
		const { keep, from, application, note, path, external } = await twins();
		const merged = (await merge(from, keep)).body;
		assert.deepEqual(merged.moved, {
			applications: [application.id],
			notes: 1,
			documents: 0,
			external_ids: ['ats'],
		});
		assert.deepEqual([merged.candidate_id, merged.into, merged.kept_applications], [from.id, keep.id, []]);
		const gone = await recruiter.get(at(from), { expect: 410 });
		assert.ok(gone.body.detail.includes(keep.id), gone.body.detail);
		for (const [method, tail, body] of [
			['PATCH', '', { name: 'x' }],
			['POST', '/archive'],
			['POST', '/erase'],
			['POST', '/merge', { into: keep.id }],
			['GET', '/notes'],
			['GET', '/duplicates'],
		])
			await recruiter.request(method, `${at(from)}${tail}`, { body, expect: 410 });
		assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).candidate_id, keep.id);
		assert.deepEqual(ids(await recruiter.all(`${at(keep)}/notes`)), [note.id]);
		assert.deepEqual((await recruiter.read(at(keep))).external_ids, { ats: external });
		// The other system goes on by its own name, and reaches the one who is left.
		assert.equal((await recruiter.put(path, { name: keep.name }, { expect: 200 })).body.id, keep.id);
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: from.headline }), []);
		await recruiter.post(
			'/v1/applications',
			{ candidate_id: from.id, role_id: world.role1.id },
			{ expect: 422 },
		);

		const later = await recruiter.make(`${at(keep)}/notes`, { text: 'Since.' });
		const apart = (await recruiter.post(`${at(from)}/unmerge`, undefined, { expect: 200 })).body;
		assert.deepEqual([apart.id, apart.moved], [merged.id, merged.moved]);
		const back = await recruiter.read(at(from));
		assert.deepEqual(
			[back.merged_into, back.archived_at, back.external_ids],
			[null, null, { ats: external }],
		);
		assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).candidate_id, from.id);
		assert.deepEqual(ids(await recruiter.all(`${at(from)}/notes`)), [note.id]);
		assert.deepEqual(ids(await recruiter.all(`${at(keep)}/notes`)), [later.id]);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: from.headline })), [from.id]);
		assert.equal((await recruiter.post(`${at(from)}/unmerge`, undefined, { expect: 409 })).body.code, 'conflict');
	});

	test('two for the same role: an open one refuses, a closed one stays as history', async () => {
		const { keep, from, application } = await twins();
		await world.application(world.role1, keep);
		const refused = await merge(from, keep, { expect: 409 });
		assert.ok(refused.body.detail.includes(world.role1.title), refused.body.detail);
		await recruiter.get(at(from), { expect: 200 });
		await recruiter.make(`/v1/applications/${application.id}/move`, { status: 'withdrawn' });
		const merged = (await merge(from, keep)).body;
		assert.deepEqual([merged.moved.applications, merged.kept_applications], [[], [application.id]]);
		assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).candidate_id, from.id);
	});

	test('of a confidential role nothing is told', async () => {
		const { keep, from } = await twins();
		const hidden = await world.role({ confidential: true });
		const secret = await world.application(hidden, from);
		await world.application(hidden, keep);
		const merged = (await merge(from, keep)).body;
		assert.deepEqual([merged.moved.applications.length, merged.kept_applications], [1, []]);
		assert.equal((await admin.read(`/v1/applications/${secret.id}`)).candidate_id, from.id);
	});

	test('with oneself, with nobody, with one who is gone, and in a row', async () => {
		const { keep, from } = await twins();
		for (const into of [from.id, randomId()])
			assert.equal(
				(await recruiter.post(`${at(from)}/merge`, { into }, { expect: 422 })).body.errors[0].pointer,
				'/into',
			);
		await merge(from, keep);
		const third = await world.candidate();
		await merge(third, from, { expect: 422 });
		await merge(keep, third);
		const refused = await recruiter.post(`${at(from)}/unmerge`, undefined, { expect: 409 });
		assert.ok(refused.body.detail.includes(keep.id));
		await recruiter.make(`${at(keep)}/unmerge`);
		await recruiter.make(`${at(from)}/unmerge`);
		await recruiter.get(at(from), { expect: 200 });
	});

	test('once, however often it is asked at once', async () => {
		const { keep, from } = await twins();
		const back = await world.candidate();
		const answers = await Promise.all([
			merge(from, keep, { expect: [200, 410, 422] }),
			merge(from, back, { expect: [200, 410, 422] }),
			merge(keep, from, { expect: [200, 410, 422] }),
		]);
		assert.ok(answers.filter(({ status }) => status === 200).length >= 1);
		const states = await Promise.all([from, keep].map((one) => recruiter.get(at(one), { expect: [200, 410] })));
		assert.ok(states.some(({ status }) => status === 200) || answers[1].status === 200);
	});

	test('erasing takes along whoever was merged', async () => {
		const { keep, from } = await twins();
		await merge(from, keep);
		await recruiter.make(`${at(keep)}/erase`);
		const gone = await recruiter.get(at(from), { expect: 410 });
		assert.ok(!gone.body.detail.includes(keep.id), gone.body.detail);
		await recruiter.post(`${at(from)}/unmerge`, undefined, { expect: 410 });
		const rows = await recruiter.all('/v1/candidates', { archived: true });
		assert.equal(rows.find(({ id }) => id === from.id).name, 'Erased candidate');
	});

	test('opens no scorecard, and the texts still verify', async () => {
		const { keep, from, application } = await twins();
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const early = await world.scorecard('b', interview, world.values(4, 4, 4));
		await merge(from, keep);
		await a.get(`/v1/scorecards/${early.id}`, { expect: 404 });
		assert.deepEqual(await a.all('/v1/scorecards', { application_id: application.id }), []);
		assert.equal((await a.read(`/v1/applications/${application.id}/evaluation`)).blind, true);
		const mine = await world.scorecard('a', interview, world.values(3, 3, 3));
		await recruiter.make(`${at(from)}/unmerge`);
		await world.a.make(`/v1/scorecards/${mine.id}/amend`, { key_takeaways: 'More.', reason: 'Forgot.' });
		await new Promise((done) => setTimeout(done, 1500));
		await server.command('audit', 'verify', '--organization', world.organization.id);
		await merge(from, keep);
		await recruiter.make(`${at(keep)}/erase`);
		await new Promise((done) => setTimeout(done, 1500));
		await server.command('audit', 'verify', '--organization', world.organization.id);
	});
});
