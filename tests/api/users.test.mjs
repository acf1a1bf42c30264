// People of an organization: made, changed, found, and what a member sees of them.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { PASSWORD, World, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
const admin = world.admin;
const person = (more = {}) => ({
	email: `${unique('person')}@example.com`,
	name: 'Some One',
	access_level: 'member',
	...more,
});
const external = (id = unique('x'), source = 'hris') => `/v1/users/by_external_id/${source}/${id}`;

describe('users', () => {
	test('create, read, change', async () => {
		const made = await admin.post('/v1/users', person({ password: PASSWORD }), { expect: 201 });
		const user = made.body;
		assert.equal(made.headers.location, `/v1/users/${user.id}`);
		assert.deepEqual([user.status, user.has_password, user.external_ids], ['active', true, {}]);
		assert.equal(made.text.includes(PASSWORD), false);
		assert.deepEqual(await admin.read(`/v1/users/${user.id}`), user);
		const changed = await admin.change(`/v1/users/${user.id}`, { name: 'Another Name' });
		assert.deepEqual(
			[changed.name, changed.email, changed.version],
			['Another Name', user.email, user.version + 1],
		);
		assert.equal(
			(await admin.post('/v1/users', person({ password: 'password12345' }), { expect: 422 })).body
				.code,
			'weak_password',
		);
	});

	test('an address belongs to one user, whatever its case', async () => {
		const one = await admin.make('/v1/users', person());
		const two = await admin.make('/v1/users', person());
		const answer = await admin.post('/v1/users', person({ email: one.email.toUpperCase() }), {
			expect: 409,
		});
		assert.deepEqual([answer.body.code, answer.body.errors[0].pointer], ['already_exists', '/email']);
		assert.equal(
			(await admin.patch(`/v1/users/${two.id}`, { email: one.email }, { expect: 409 })).body.code,
			'already_exists',
		);
		assert.equal(
			(await admin.put(external(), { email: one.email, name: 'x' }, { expect: 409 })).body.code,
			'already_exists',
		);
	});

	test('the last admin stays one', async () => {
		const alone = await World.make(server);
		const path = `/v1/users/${alone.users.admin.id}`;
		for (const change of [{ access_level: 'member' }, { status: 'disabled' }])
			assert.equal((await alone.admin.patch(path, change, { expect: 409 })).body.code, 'last_admin');
		const named = external();
		const second = (
			await alone.admin.put(
				named,
				{ email: `${unique('second')}@example.com`, name: 'Second', access_level: 'admin' },
				{ expect: 201 },
			)
		).body;
		await alone.admin.change(`/v1/users/${second.id}`, { status: 'disabled' });
		assert.equal(
			(await alone.admin.patch(path, { access_level: 'recruiter' }, { expect: 409 })).body.code,
			'last_admin',
		);
		await alone.admin.change(`/v1/users/${second.id}`, { status: 'active' });
		await alone.admin.change(path, { access_level: 'recruiter' });
	});

	test('the last admin cannot be taken away by an external id either', async () => {
		const alone = await World.make(server);
		const named = external();
		const me = alone.users.admin;
		const second = (
			await alone.admin.put(
				named,
				{ email: `${unique('named')}@example.com`, name: 'Named', access_level: 'admin' },
				{ expect: 201 },
			)
		).body;
		await alone.admin.post(`/v1/users/${second.id}/password`, { password: PASSWORD }, { expect: 204 });
		const { signIn } = await import('../support/world.mjs');
		const client = alone.admin.as((await signIn(server, second.email)).access_token);
		await client.change(`/v1/users/${me.id}`, { access_level: 'member' });
		const answer = await client.put(
			named,
			{ email: second.email, name: 'Named', access_level: 'member' },
			{ expect: 409 },
		);
		assert.equal(answer.body.code, 'last_admin');
	});

	test('by external id: created, then updated; an id names one object', async () => {
		const path = external();
		const body = { email: `${unique('put')}@example.com`, name: 'Put' };
		const made = await admin.put(path, body, { expect: 201 });
		assert.equal(made.headers.location, `/v1/users/${made.body.id}`);
		assert.deepEqual([made.body.access_level, made.body.status], ['member', 'active']);
		assert.deepEqual(Object.keys(made.body.external_ids), ['hris']);
		await admin.change(`/v1/users/${made.body.id}`, { access_level: 'recruiter' });
		const again = await admin.put(path, { ...body, name: 'Put again' }, { expect: 200 });
		assert.deepEqual(
			[again.body.id, again.body.name, again.body.access_level],
			[made.body.id, 'Put again', 'recruiter'],
		);
		await admin.put(`/v1/users/by_external_id/Bad%20Source/x`, body, { expect: 422 });
	});

	test('are filtered, searched and sorted', async () => {
		const name = unique('Zebulon');
		const user = await admin.make('/v1/users', person({ name: `${name} Last`, access_level: 'recruiter' }));
		const ids = async (query) => (await admin.all('/v1/users', query)).map(({ id }) => id);
		assert.deepEqual(await ids({ q: name.slice(0, 6).toLowerCase() }), [user.id]);
		assert.deepEqual(await ids({ q: user.email }), [user.id]);
		assert.ok((await ids({ access_level: 'recruiter' })).includes(user.id));
		assert.ok(!(await ids({ access_level: 'admin' })).includes(user.id));
		assert.ok(!(await ids({ status: 'disabled' })).includes(user.id));
		assert.deepEqual(await ids({ updated_since: '2099-01-01T00:00:00Z' }), []);
		assert.ok((await ids({ updated_since: user.updated_at })).includes(user.id));
		assert.deepEqual(await ids({ q: '%' }), []);
	});

	test('a member sees who colleagues are and what they may, no more', async () => {
		const member = await world.user('reader');
		const seen = await world.reader.read(`/v1/users/${world.users.admin.id}`);
		assert.equal(seen.email, world.users.admin.email);
		for (const field of ['has_password', 'external_ids', 'created_at', 'updated_at'])
			assert.equal(seen[field], null, field);
		for (const user of await world.reader.all('/v1/users')) assert.equal(user.has_password, null);
		await world.reader.patch(`/v1/users/${member.id}`, { access_level: 'admin' }, { expect: 403 });
	});
});
