// What is published of roles, and the careers page's settings.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;

const words = (role, more = {}) => ({
	role_id: role.id,
	title: 'Backend Developer',
	description: 'We build things.\n\n- with care\n- with you',
	location: 'Hamburg',
	country: 'DE',
	work_mode: 'hybrid',
	employment_type: 'full_time',
	...more,
});
const draft = async (more, role = null) => recruiter.make('/v1/postings', words(role ?? (await world.role({})), more));
const act = (client, { id }, what, options) => client.post(`/v1/postings/${id}/${what}`, undefined, options);
const state = async ({ id }) => (await recruiter.read(`/v1/postings/${id}`)).public_state;

describe('a posting', () => {
	test('is a draft, is published, is closed, and can be published again', async () => {
		const salary = { min: 60000, max: 75000.5, currency: 'EUR', unit: 'year' };
		const questions = [
			{ id: 'visa', label: 'May you work in the EU?', kind: 'yes_no', required: true },
			{ id: 'from', label: 'From where?', kind: 'choice', choices: ['Home', 'Office'] },
		];
		const made = await draft({ salary, questions, valid_through: '2099-12-31' });
		assert.deepEqual(
			[made.status, made.public_state, made.web_url, made.resume, made.applications, made.salary, made.questions],
			['draft', null, null, 'required', 0, salary, questions],
		);
		assert.equal((await act(recruiter, made, 'close', { expect: 409 })).body.code, 'conflict');
		const shown = (await act(recruiter, made, 'publish', { expect: 200 })).body;
		assert.deepEqual([shown.status, shown.public_state, shown.version], ['published', 'open', 2]);
		assert.ok(shown.published_at);
		assert.deepEqual((await act(recruiter, made, 'publish', { expect: 200 })).body, shown);
		const closed = (await act(recruiter, made, 'close', { expect: 200 })).body;
		assert.deepEqual([closed.status, closed.public_state], ['closed', 'over']);
		assert.deepEqual((await act(recruiter, made, 'close', { expect: 200 })).body, closed);
		const again = (await act(recruiter, made, 'publish', { expect: 200 })).body;
		assert.deepEqual([again.status, again.closed_at, again.public_state], ['published', null, 'open']);
		const read = await recruiter.get(`/v1/postings/${made.id}`, { expect: 200 });
		assert.deepEqual(read.body, again);
		await recruiter.get(`/v1/postings/${made.id}`, { headers: { 'If-None-Match': read.headers.etag }, expect: 304 });
		assert.equal(
			await psql(server, `SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE object_id = '${made.id}'`),
			'posting.created posting.published posting.closed posting.published',
		);
	});

	test('is changed in part, by the version that was read', async () => {
		const made = await draft();
		const path = `/v1/postings/${made.id}`;
		const changed = await recruiter.change(path, { title: 'Another', salary: null, valid_through: null });
		assert.deepEqual([changed.title, changed.description, changed.version], ['Another', made.description, 2]);
		await recruiter.patch(path, { title: 'x' }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		const stale = { headers: { 'If-Match': '"1"' }, expect: 412 };
		await act(recruiter, made, 'publish', stale);
		await act(recruiter, made, 'close', stale);
		// Of two at once one is told that it changed meanwhile.
		const two = await Promise.all(
			['a', 'b'].map((title) => recruiter.patch(path, { title }, { headers: { 'If-Match': '"2"' } })),
		);
		assert.deepEqual(two.map(({ status }) => status).sort(), [200, 412]);
	});

	test('is one a role, and says what is wrong with it', async () => {
		const role = await world.role({});
		const made = await draft({}, role);
		const refused = async (body, status, pointer) => {
			const answer = await recruiter.post('/v1/postings', body, { expect: status });
			if (pointer) assert.ok(JSON.stringify(answer.body.errors).includes(pointer), answer.text);
			return answer.body.code;
		};
		assert.equal(await refused(words(role), 409), 'already_exists');
		const other = await world.role({});
		await refused(words({ id: randomId() }), 422, '/role_id');
		await refused(words(other, { location: null }), 422, '/location');
		await refused(words(other, { work_mode: 'remote', country: null }), 422, '/country');
		await refused(words(other, { salary: { min: 2, max: 1, currency: 'EUR', unit: 'hour' } }), 422, '/salary/max');
		await refused(words(other, { salary: { min: 1, max: 2, currency: 'euro', unit: 'hour' } }), 422, '/salary');
		const ask = (more) => ({ id: 'a', label: 'A?', kind: 'short_text', ...more });
		await refused(words(other, { questions: [ask(), ask()] }), 422, '/questions/1/id');
		await refused(words(other, { questions: [ask({ kind: 'choice', choices: ['one'] })] }), 422, '/questions/0/choices');
		await refused(words(other, { questions: [ask({ choices: ['one', 'two'] })] }), 422, '/questions/0/choices');
		await recruiter.patch(`/v1/postings/${made.id}`, { questions: [ask(), ask()] }, {
			headers: { 'If-Match': '*' },
			expect: 422,
		});
		await recruiter.post(`/v1/roles/${other.id}/archive`, undefined, { headers: { 'If-Match': '*' }, expect: 200 });
		assert.equal(await refused(words(other), 409), 'archived');
	});

	test('of a confidential, closed or archived role, or past its last day, is not published', async () => {
		const secret = await world.role({ confidential: true, team: { recruiter: 'observer' } });
		const posting = await admin.make('/v1/postings', words(secret));
		assert.match((await act(admin, posting, 'publish', { expect: 409 })).body.detail, /confidential/);
		const role = await world.role({});
		const made = await draft({ valid_through: '2020-01-01' }, role);
		const past = await act(recruiter, made, 'publish', { expect: 422 });
		assert.deepEqual(past.body.errors.map(({ pointer }) => pointer), ['/valid_through']);
		await recruiter.change(`/v1/postings/${made.id}`, { valid_through: null });
		await recruiter.change(`/v1/roles/${role.id}`, { status: 'paused' });
		assert.match((await act(recruiter, made, 'publish', { expect: 409 })).body.detail, /open role/);
		await recruiter.post(`/v1/roles/${role.id}/archive`, undefined, { headers: { 'If-Match': '*' }, expect: 200 });
		assert.equal((await act(recruiter, made, 'publish', { expect: 409 })).body.code, 'archived');
	});

	test('stands for the world as its role does', async () => {
		const role = await world.role({});
		const made = await draft({}, role);
		await act(recruiter, made, 'publish', { expect: 200 });
		assert.equal(await state(made), 'open');
		await recruiter.change(`/v1/roles/${role.id}`, { status: 'closed' });
		assert.equal(await state(made), 'over');
		await recruiter.change(`/v1/roles/${role.id}`, { status: 'open' });
		await recruiter.change(`/v1/postings/${made.id}`, { valid_through: '2020-01-01' });
		assert.equal(await state(made), 'over');
		await recruiter.change(`/v1/postings/${made.id}`, { valid_through: '2099-01-01' });
		assert.equal(await state(made), 'open');
		await admin.change(`/v1/roles/${role.id}`, { confidential: true });
		assert.equal((await admin.read(`/v1/postings/${made.id}`)).public_state, null);
	});

	test('belongs to whoever manages the role; a confidential role’s to its team', async () => {
		const mine = await world.role({ team: { manager: 'hiring_manager' } });
		const made = await manager.make('/v1/postings', words(mine));
		await act(manager, made, 'publish', { expect: 200 });
		const other = await draft();
		await act(manager, other, 'publish', { expect: 403 });
		await act(manager, other, 'close', { expect: 403 });
		await manager.patch(`/v1/postings/${other.id}`, { title: 'x' }, { headers: { 'If-Match': '*' }, expect: 403 });
		await manager.post('/v1/postings', words(await world.role({})), { expect: 403 });
		const secret = await world.role({ confidential: true });
		const hidden = await admin.make('/v1/postings', words(secret));
		await manager.get(`/v1/postings/${hidden.id}`, { expect: 404 });
		await act(manager, hidden, 'publish', { expect: 404 });
		assert.ok(!(await manager.all('/v1/postings')).some(({ id }) => id === hidden.id));
		assert.deepEqual(
			(await admin.all('/v1/postings', { role_id: mine.id, status: 'published' })).map(({ id }) => id),
			[made.id],
		);
		assert.deepEqual(await admin.all('/v1/postings', { role_id: mine.id, status: 'draft' }), []);
	});
});

describe('the careers page', () => {
	test('is off, under the organization’s own name, until an admin switches it on', async () => {
		const own = await World.make(server);
		const page = await own.admin.read('/v1/careers_page');
		assert.deepEqual(
			[page.enabled, page.slug, page.name, page.introduction, page.web_url, page.version],
			[false, own.organization.slug, own.organization.name, null, null, 1],
		);
		const slug = unique('acme');
		const changed = await own.admin.change('/v1/careers_page', { enabled: true, slug, introduction: 'Hello.' });
		assert.deepEqual(
			[changed.enabled, changed.slug, changed.name, changed.introduction, changed.version],
			[true, slug, own.organization.name, 'Hello.', 2],
		);
		assert.equal(new URL(changed.web_url).pathname, `/careers/${slug}`);
		assert.equal((await own.admin.change('/v1/careers_page', { introduction: null })).introduction, null);
		await own.admin.patch('/v1/careers_page', { name: 'x' }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		await own.admin.patch('/v1/careers_page', { slug: 'Not a slug' }, { headers: { 'If-Match': '*' }, expect: 422 });
		await manager.patch('/v1/careers_page', { name: 'x' }, { headers: { 'If-Match': '*' }, expect: 403 });
	});

	test('has an address of its own, which is no other organization’s', async () => {
		const [one, two] = [await World.make(server), await World.make(server)];
		const slug = unique('same');
		await one.admin.change('/v1/careers_page', { slug });
		for (const taken of [slug, one.organization.slug]) {
			const options = { headers: { 'If-Match': '*' }, expect: 409 };
			const { body } = await two.admin.patch('/v1/careers_page', { slug: taken }, options);
			assert.equal(body.code, 'already_exists');
		}
		await two.admin.change('/v1/careers_page', { slug: two.organization.slug });
	});
});
