// Competencies and rubrics: drafts are edited, published versions never change.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { World, anchors, randomId, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
const admin = world.admin;
const criterion = (competency, more = {}) => ({
	competency_id: competency.id,
	weight: 1,
	anchors: anchors(competency.name),
	...more,
});
const version = (id) => admin.get(`/v1/rubric_versions/${id}`, { expect: 200 });
const save = (id, criteria, etag, expect = 200) =>
	admin.patch(`/v1/rubric_versions/${id}`, { criteria }, { headers: { 'If-Match': etag }, expect });
const publish = (id, etag, expect = 200) =>
	admin.post(`/v1/rubric_versions/${id}/publish`, undefined, { headers: { 'If-Match': etag }, expect });

describe('competencies', () => {
	test('create, read, change, archive and back', async () => {
		const name = unique('Database design');
		const made = await admin.post(
			'/v1/competencies',
			{ name, description: 'Models that last.' },
			{ expect: 201 },
		);
		assert.equal(made.headers.location, `/v1/competencies/${made.body.id}`);
		assert.deepEqual(await admin.read(`/v1/competencies/${made.body.id}`), made.body);
		const changed = await admin.change(`/v1/competencies/${made.body.id}`, { description: null });
		assert.deepEqual([changed.name, changed.description, changed.version], [name, null, 2]);
		const path = `/v1/competencies/${made.body.id}`;
		const archived = await admin.make(`${path}/archive`);
		assert.notEqual(archived.archived_at, null);
		assert.equal((await admin.make(`${path}/archive`)).version, archived.version, 'twice changes nothing');
		const archivedIds = (await admin.all('/v1/competencies', { archived: true })).map(({ id }) => id);
		assert.deepEqual(archivedIds, [made.body.id]);
		assert.equal((await admin.make(`${path}/unarchive`)).archived_at, null);
	});

	test('a name is unique whatever its case', async () => {
		const one = await world.competency();
		const two = await world.competency();
		for (const answer of [
			await admin.post('/v1/competencies', { name: one.name.toUpperCase() }, { expect: 409 }),
			await admin.patch(
				`/v1/competencies/${two.id}`,
				{ name: one.name.toLowerCase() },
				{ expect: 409 },
			),
		])
			assert.deepEqual(
				[answer.body.code, answer.body.errors[0].pointer],
				['already_exists', '/name'],
			);
		await admin.change(`/v1/competencies/${one.id}`, { name: one.name.toUpperCase() });
	});

	test('are found by how a word begins', async () => {
		const name = unique('Quixotic');
		const made = await world.competency(`Being ${name}`);
		assert.deepEqual(
			(await admin.all('/v1/competencies', { q: 'quixot' })).map(({ id }) => id),
			[made.id],
		);
		assert.deepEqual(await admin.all('/v1/competencies', { q: 'uixotic' }), []);
	});
});

describe('rubrics', () => {
	test('come with an empty draft, and have one draft at most', async () => {
		const made = await admin.post(
			'/v1/rubrics',
			{ name: unique('Rubric'), description: 'For all.' },
			{ expect: 201 },
		);
		const rubric = made.body;
		assert.equal(made.headers.location, `/v1/rubrics/${rubric.id}`);
		assert.equal(rubric.latest_published_version_id, null);
		const draft = (await version(rubric.draft_version_id)).body;
		assert.deepEqual(
			[draft.number, draft.status, draft.criteria, draft.content_hash],
			[1, 'draft', [], null],
		);
		assert.equal(
			(await admin.post(`/v1/rubrics/${rubric.id}/versions`, undefined, { expect: 409 })).body.code,
			'rubric_draft_exists',
		);
		assert.equal(
			(await admin.post('/v1/rubrics', { name: rubric.name }, { expect: 409 })).body.code,
			'already_exists',
		);
		const other = await admin.make('/v1/rubrics', { name: unique('Rubric') });
		assert.equal(
			(await admin.patch(`/v1/rubrics/${other.id}`, { name: rubric.name }, { expect: 409 })).body
				.code,
			'already_exists',
		);
		await admin.change(`/v1/rubrics/${rubric.id}`, { name: unique('Renamed') });
		assert.deepEqual(
			(await admin.all('/v1/rubrics', { q: other.name })).map(({ id }) => id),
			[other.id],
		);
	});

	test('are archived and taken back', async () => {
		const { id } = await admin.make('/v1/rubrics', { name: unique('Rubric') });
		assert.notEqual((await admin.make(`/v1/rubrics/${id}/archive`)).archived_at, null);
		assert.ok((await admin.all('/v1/rubrics', { archived: true })).some((one) => one.id === id));
		assert.equal((await admin.make(`/v1/rubrics/${id}/unarchive`)).archived_at, null);
	});

	test('a draft is saved with If-Match, in the order given', async () => {
		const [one, two] = [await world.competency(), await world.competency()];
		const rubric = await admin.make('/v1/rubrics', { name: unique('Rubric') });
		const id = rubric.draft_version_id;
		const first = await version(id);
		assert.equal(
			(await admin.patch(`/v1/rubric_versions/${id}`, { criteria: [] }, { expect: 428 })).body.code,
			'precondition_required',
		);
		const saved = await save(
			id,
			[criterion(two, { weight: 0.25, must_have_level: 3 }), criterion(one)],
			first.headers.etag,
		);
		assert.deepEqual(
			saved.body.criteria.map(({ competency_id, position, weight, must_have_level }) => [
				competency_id,
				position,
				weight,
				must_have_level,
			]),
			[
				[two.id, 1, 0.25, 3],
				[one.id, 2, 1, null],
			],
		);
		assert.equal((await save(id, [], first.headers.etag, 412)).headers.etag, saved.headers.etag);
		const again = await save(id, [criterion(one), criterion(two)], saved.headers.etag);
		assert.deepEqual(
			again.body.criteria.map(({ competency_id }) => competency_id),
			[one.id, two.id],
		);
	});

	test('a draft refuses what no rubric can hold, every place told', async () => {
		const one = await world.competency();
		const rubric = await admin.make('/v1/rubrics', { name: unique('Rubric') });
		const id = rubric.draft_version_id;
		const { etag } = (await version(id)).headers;
		const twice = await save(id, [criterion(one), criterion(one), criterion(one)], etag, 422);
		assert.deepEqual(
			twice.body.errors.map(({ pointer }) => pointer),
			['/criteria/1/competency_id', '/criteria/2/competency_id'],
		);
		const unknown = await save(id, [criterion({ id: randomId(), name: 'x' })], etag, 422);
		assert.match(unknown.body.errors[0].pointer, /^\/criteria/);
		for (const bad of [
			{ weight: 0 },
			{ weight: 101 },
			{ must_have_level: 6 },
			{ anchors: ['1', '2', '3', '4'] },
		])
			await save(id, [criterion(one, bad)], etag, 422);
		assert.equal((await version(id)).headers.etag, etag);
	});

	test('only a complete version is published; from then on it never changes', async () => {
		const one = await world.competency();
		const rubric = await admin.make('/v1/rubrics', { name: unique('Rubric') });
		const id = rubric.draft_version_id;
		let { etag } = (await version(id)).headers;
		assert.equal((await publish(id, etag, 422)).body.code, 'rubric_incomplete');
		({ etag } = (await save(id, [criterion(one, { anchors: ['a', '', 'c', '  ', 'e'] })], etag)).headers);
		const gaps = await publish(id, etag, 422);
		assert.equal(gaps.body.code, 'rubric_incomplete');
		assert.deepEqual(
			gaps.body.errors.map(({ pointer }) => pointer),
			['/criteria/0/anchors/1', '/criteria/0/anchors/3'],
		);
		({ etag } = (await save(id, [criterion(one)], etag)).headers);
		await admin.post(`/v1/rubric_versions/${id}/publish`, undefined, { expect: 428 });
		await publish(id, '"77"', 412);
		const published = await publish(id, etag);
		assert.match(published.body.content_hash, /^[0-9a-f]{64}$/);
		assert.notEqual(published.body.published_at, null);
		assert.equal((await save(id, [], published.headers.etag, 409)).body.code, 'rubric_version_published');
		assert.equal((await publish(id, published.headers.etag, 409)).body.code, 'rubric_version_published');
		const now = await admin.read(`/v1/rubrics/${rubric.id}`);
		assert.deepEqual([now.draft_version_id, now.latest_published_version_id], [null, id]);
		// The next version begins as a copy; the first stays as it was.
		const next = await admin.post(`/v1/rubrics/${rubric.id}/versions`, undefined, { expect: 201 });
		assert.equal(next.headers.location, `/v1/rubric_versions/${next.body.id}`);
		assert.deepEqual(
			[next.body.number, next.body.status, next.body.criteria],
			[2, 'draft', published.body.criteria],
		);
		await save(next.body.id, [], next.headers.etag);
		assert.deepEqual((await version(id)).body, published.body);
		const { data } = await admin.read(`/v1/rubrics/${rubric.id}/versions`);
		assert.deepEqual(data.map(({ number, status }) => [number, status]).sort(), [
			[1, 'published'],
			[2, 'draft'],
		]);
	});

	test('a renamed competency leaves the content hash of what was published', async () => {
		const one = await world.competency();
		const published = await world.rubric([{ competency: one, weight: 1 }]);
		await admin.change(`/v1/competencies/${one.id}`, { name: unique('Renamed') });
		await admin.make(`/v1/competencies/${one.id}/archive`);
		assert.equal((await version(published.id)).body.content_hash, published.content_hash);
	});

	test('the same content has the same hash, another has another', async () => {
		const one = await world.competency();
		const [a, b, c] = [
			await world.rubric([{ competency: one, weight: 1 }]),
			await world.rubric([{ competency: one, weight: 1 }]),
			await world.rubric([{ competency: one, weight: 2 }]),
		];
		assert.equal(a.content_hash, b.content_hash);
		assert.notEqual(a.content_hash, c.content_hash);
	});

	test('a draft cannot be begun twice at once', async () => {
		const published = await world.rubric([{ competency: await world.competency(), weight: 1 }]);
		const answers = await Promise.all(
			Array.from({ length: 6 }, () =>
				admin.post(`/v1/rubrics/${published.rubric_id}/versions`, undefined, {
					expect: [201, 409],
				}),
			),
		);
		assert.equal(answers.filter(({ status }) => status === 201).length, 1);
	});
});
