// A sandbox: emptied and filled anew, people and programs as before; a production organization never.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql, sealed } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { PASSWORD, World, createOrganization, signIn, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());

const MINUTES = 240; // polls of a quarter of a second
async function reset(admin, body = {}) {
	const asked = await admin.post('/v1/sandbox/reset', body, { expect: 202 });
	assert.deepEqual([asked.body.sandbox, asked.body.state, asked.body.finished_at], [true, 'emptying', null]);
	for (let i = 0; i < MINUTES; i += 1) {
		const now = await admin.read('/v1/sandbox');
		if (!['emptying', 'filling'].includes(now.state)) return now;
		await new Promise((done) => setTimeout(done, 250));
	}
	throw new Error('the reset does not end');
}

// Every table with rows of the organization: {name: count}.
async function held(organization) {
	const tables = await psql(
		server,
		`SELECT string_agg(format('SELECT %L AS name, count(*) AS n FROM %I WHERE organization_id = %L',
			c.relname, c.relname, '${organization.id}'), ' UNION ALL ') FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
	);
	const counts = await psql(server, `SELECT json_object_agg(name, n) FROM (${tables}) t WHERE n > 0`);
	return JSON.parse(counts || '{}');
}

const wholeWorld = (sandbox) => usualWorld(server, { sandbox });

// What the usual world has not: rows that refer to each other, and those of every other table.
async function furnish(world) {
	const { admin } = world;
	const twice = await world.candidate();
	await admin.make(`/v1/candidates/${twice.id}/merge`, { into: (await world.candidate()).id });
	const role = await world.role({ version: world.version });
	const application = await world.application(role);
	await admin.make(`/v1/applications/${application.id}/transfer`, { role_id: (await world.role()).id, reason: 'Better there.' });
	const first = await admin.make(`/v1/applications/${application.id}/decisions`, { kind: 'no_hire', rationale: 'No.' });
	await admin.make(`/v1/applications/${application.id}/decisions`, { kind: 'advance', rationale: 'Yes.', reverses_id: first.id });
	const { data: [ladder] } = await admin.read('/v1/templates', { kind: 'ladder' });
	await admin.make(`/v1/templates/${ladder.id}/copy`);
	await admin.make('/v1/retention_rules', { months: 12 });
	await admin.put('/v1/candidate_notice', { text: 'How we evaluate.' }, { expect: 200 });
	await admin.put('/v1/users/by_external_id/hr/77', {
		email: `${unique('hr')}@example.com`, name: 'From HR', access_level: 'member',
	}, { expect: 201 });
	await admin.put('/v1/candidates/by_external_id/ats/5', { name: 'Five' }, { expect: 201 });
}

const KEPT = ['api_clients', 'event_seals', 'events', 'organizations', 'refresh_tokens', 'sandbox_resets', 'scheduled_tasks', 'user_preferences', 'users'];

describe('a sandbox', () => {
	test('is emptied whole; people and programs sign in as before, and integrators’ ids are free again', async () => {
		const world = await wholeWorld(true);
		const { admin, recruiter } = world;
		await furnish(world);
		const program = await world.program('ats', ['candidates:write', 'events:read']);
		const before = await held(world.organization);
		assert.ok(Object.keys(before).length >= 25, Object.keys(before).join(' '));
		const key = { 'Idempotency-Key': unique('reset') };
		const done = await admin.post('/v1/sandbox/reset', {}, { headers: key, expect: 202 });
		await admin.post('/v1/sandbox/reset', {}, { expect: 409 });
		for (let i = 0; i < MINUTES && (await admin.read('/v1/sandbox')).state !== 'done'; i += 1)
			await new Promise((later) => setTimeout(later, 250));
		const now = await admin.read('/v1/sandbox');
		assert.deepEqual([now.state, now.demo, now.requested_by], ['done', false, world.users.admin.id]);
		assert.ok(now.rows_deleted > 50 && now.emptied_at && now.finished_at);
		// The same key is the same reset.
		const again = await admin.post('/v1/sandbox/reset', {}, { headers: key, expect: 202 });
		assert.equal(again.body.requested_at, done.body.requested_at);
		const left = await held(world.organization);
		const more = { external_ids: 1, idempotency_keys: 1 };
		assert.deepEqual(Object.keys(left).filter((name) => !KEPT.includes(name) && !(name in more)), []);
		assert.deepEqual([left.external_ids, left.users], [1, before.users]);
		for (const path of ['/v1/roles', '/v1/candidates', '/v1/applications', '/v1/interviews', '/v1/rubrics'])
			assert.deepEqual(await recruiter.all(path), []);
		await signIn(server, world.users.recruiter.email);
		const put = await program.put('/v1/candidates/by_external_id/ats/5', { name: 'Five anew' }, { expect: 201 });
		assert.equal(put.body.name, 'Five anew');
		// The record is whole: it tells of all that was, and of the reset.
		await sealed(server, world.organization);
		assert.ok(before.events <= left.events);
		assert.equal(
			await psql(server, `SELECT string_agg(type, ' ' ORDER BY created_at) FROM events
				WHERE organization_id = '${world.organization.id}' AND type LIKE 'sandbox.%'`),
			'sandbox.reset sandbox.emptied',
		);
		const verdict = await server.command('audit', 'verify', '--organization', world.organization.id);
		assert.match(verdict, / verified/);
	});

	test('is filled with the demo, again and again', async () => {
		const organization = await createOrganization(server, unique('Playground'), { sandbox: true });
		const { access_token } = await signIn(server, organization.admin.email);
		const admin = new Client(server, { token: access_token });
		assert.deepEqual((await admin.read('/v1/sandbox')).state, null);
		for (let round = 0; round < 2; round += 1) {
			const now = await reset(admin, { demo: true });
			assert.equal(now.state, 'done');
			const titles = (await admin.all('/v1/roles')).map(({ title }) => title);
			assert.ok(titles.includes('Senior Backend Developer'), titles.join());
			assert.ok((await admin.all('/v1/scorecards')).length >= 5);
		}
		const emails = (await admin.all('/v1/users')).map(({ email }) => email);
		assert.equal(new Set(emails).size, emails.length);
		// Nobody of the demo can sign in until an admin says with which password.
		const persona = (await admin.all('/v1/users')).find(({ email }) => email.endsWith('@demo.example'));
		await new Client(server).post('/v1/auth/login', { email: persona.email, password: PASSWORD, organization: organization.slug }, { expect: 401 });
		await admin.post(`/v1/users/${persona.id}/password`, { password: PASSWORD }, { expect: 204 });
		await signIn(server, persona.email, PASSWORD, { organization: organization.slug });
	});

	test('a reset that a node left half filled is begun anew', async () => {
		const organization = await createOrganization(server, unique('Playground'), { sandbox: true });
		const { access_token } = await signIn(server, organization.admin.email);
		const admin = new Client(server, { token: access_token });
		await admin.make('/v1/candidates', { name: 'Half' });
		await psql(
			server,
			`INSERT INTO sandbox_resets (organization_id, state, demo, requested_by, lease_until)
			VALUES ('${organization.id}', 'filling', true, '${organization.admin.id}', now() - interval '1 minute')`,
		);
		for (let i = 0; i < MINUTES && (await admin.read('/v1/sandbox')).state !== 'done'; i += 1)
			await new Promise((later) => setTimeout(later, 250));
		const names = (await admin.all('/v1/candidates')).map(({ name }) => name);
		assert.ok(names.length >= 2 && !names.includes('Half'), names.join());
	});

	test('is for its admins', async () => {
		const world = await wholeWorld(true);
		await world.recruiter.post('/v1/sandbox/reset', {}, { expect: 403 });
		const program = await world.program('ats', ['candidates:write']);
		await program.post('/v1/sandbox/reset', {}, { expect: 403 });
	});
});

describe('a production organization', () => {
	test('is never reset, whoever asks and however', async () => {
		const world = await World.make(server);
		const { admin, organization } = world;
		const candidate = await world.candidate();
		const refused = await admin.post('/v1/sandbox/reset', { demo: true }, { expect: 409 });
		assert.match(refused.body.detail, /Only a sandbox/);
		const seen = await admin.get('/v1/sandbox', { expect: 200 });
		assert.deepEqual([seen.body.sandbox, seen.body.state], [false, null]);
		await admin.get('/v1/sandbox', { headers: { 'If-None-Match': seen.headers.etag }, expect: 304 });
		const refuses = (sql, why) => assert.rejects(psql(server, sql), why);
		const row = `'${organization.id}', false, '${organization.admin.id}'`;
		await refuses(
			`INSERT INTO sandbox_resets (organization_id, demo, requested_by) VALUES (${row})`,
			/sandbox_resets_of_sandboxes/,
		);
		await refuses(
			`INSERT INTO sandbox_resets (organization_id, demo, requested_by, organization_kind) VALUES (${row}, 'production')`,
			/organization_kind_check/,
		);
		await refuses(
			`UPDATE organizations SET kind = 'sandbox' WHERE organization_id = '${organization.id}'`,
			/stays what it was made as/,
		);
		await refuses(
			`SELECT enter('${organization.id}', 'system', NULL, 0, NULL), sandbox_empty(1000);`,
			/not a sandbox that is being emptied/,
		);
		await admin.get(`/v1/candidates/${candidate.id}`, { expect: 200 });
	});

	test('is untouched while a sandbox is reset', async () => {
		const other = await wholeWorld(false);
		const before = await held(other.organization);
		const sandbox = await wholeWorld(true);
		await reset(sandbox.admin);
		const now = await held(other.organization);
		for (const name of ['candidates', 'applications', 'scorecards', 'roles', 'users'])
			assert.equal(now[name], before[name], name);
	});
});

test('every table is emptied by a reset, or kept for a reason; and its owner may do no more', async () => {
	const open = await psql(
		server,
		`SELECT coalesce(string_agg(e.name, ' '), '') FROM emptied_by_resets() e WHERE NOT EXISTS (SELECT FROM pg_policy p
			WHERE p.polrelid = ('public.' || e.name)::regclass AND p.polname = 'reset')`,
	);
	assert.equal(open, '', 'a migration that makes a table ends with CALL let_resets_empty()');
});
