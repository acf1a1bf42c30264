// A sandbox's time goes forward: what falls due does, all that is there is older, and nobody else's is.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql, sealed } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { createOrganization, signIn, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());

const DAY = 86_400;
const ahead = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const travel = (world, body) => world.admin.post('/v1/sandbox/travel', body, { expect: 200 });

async function until(find, what) {
	for (let i = 0; i < 240; i += 1) {
		const found = await find();
		if (found) return found;
		await new Promise((later) => setTimeout(later, 100));
	}
	throw new Error(`${what} does not come`);
}
const told = (world, type, object) =>
	psql(server, `SELECT count(*) FROM events WHERE organization_id = '${world.organization.id}' AND type = '${type}'
		AND object_id = '${object.id}'`).then(Number);
const lookedAfter = (world) => until(async () => (await psql(server, `SELECT count(*) FROM scheduled_tasks
	WHERE organization_id = '${world.organization.id}'`)) === '2', 'the caretaker');

// Every time of an organization's rows, as one text, but the tables named.
async function times(organization, without = []) {
	const columns = await psql(server, `SELECT string_agg(format('SELECT %L AS place, %I AS at FROM %I WHERE organization_id = %L AND %2$I IS NOT NULL',
			c.relname || '.' || a.attname, a.attname, c.relname, '${organization.id}'), ' UNION ALL ')
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.atttypid = 'timestamptz'::regtype
		JOIN pg_attribute o ON o.attrelid = c.oid AND o.attname = 'organization_id'
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
			AND c.relname <> ALL (string_to_array('${without.join()}', ','))`);
	return JSON.parse(await psql(server, `SELECT json_object_agg(place, at) FROM (SELECT place,
		array_agg(extract(epoch FROM at)::numeric ORDER BY at) AS at FROM (${columns}) x GROUP BY place) y`));
}

const there = await usualWorld(server, { sandbox: true });

describe('time goes forward', () => {
	test('a scorecard falls due, is reminded of, and asked for in the interviewer’s list', async () => {
		const interview = await there.interview(await there.application(there.role1), { a: 'interviewer' }, { starts_at: ahead(3600) });
		const mine = async () => (await there.a.all('/v1/interviews', { overdue: true })).map(({ id }) => id);
		assert.deepEqual(await mine(), []);
		const before = Number((await there.admin.read('/v1/sandbox')).travelled_seconds);
		const { body } = await travel(there, { seconds: 3 * 3600 + 60 });
		assert.deepEqual([body.sandbox, body.state, body.travelled_seconds], [true, null, before + 3 * 3600 + 60]);
		assert.ok(Math.abs(Date.parse(body.travelled_at) - Date.now()) < 60_000);
		assert.ok((await mine()).includes(interview.id));
		const seen = await there.a.read(`/v1/interviews/${interview.id}`);
		assert.equal(Date.parse(interview.starts_at) - Date.parse(seen.starts_at), (3 * 3600 + 60) * 1000);
		assert.ok(seen.version > interview.version);
		await until(async () => (await told(there, 'scorecard.due', interview)) === 1, 'the due event');
		// As with a server that was off: four days are one reminder, a working day later another.
		await travel(there, { seconds: 4 * DAY });
		await until(async () => (await told(there, 'scorecard.reminded', interview)) === 1, 'a reminder');
		await travel(there, { seconds: 4 * DAY });
		await until(async () => (await told(there, 'scorecard.reminded', interview)) === 2, 'another reminder');
		assert.equal(await told(there, 'scorecard.due', interview), 1);
	});

	test('consents end, links do not hold, the dry run names whom a rule erases, and it does', async () => {
		await lookedAfter(there);
		const candidate = await there.candidate({
			consent: { given_at: ahead(-DAY), expires_at: ahead(40 * DAY), source: 'form' },
		});
		const { application1, recruiter, admin } = there;
		const link = await recruiter.make(`/v1/applications/${application1.id}/candidate_links`, { days: 20 });
		const side = (expect) =>
			new Client(server).get('/v1/candidate_side', { headers: { 'Candidate-Link': link.token }, expect });
		await side(200);
		await travel(there, { to: ahead(15 * DAY) });
		await until(async () => (await told(there, 'candidate.consent_expiring', candidate)) === 1, 'the notice');
		await side(200);
		assert.equal(await told(there, 'candidate.consent_expired', candidate), 0);
		await travel(there, { to: ahead(14 * DAY) });
		await side(404);
		const now = await admin.read(`/v1/candidates/${candidate.id}`);
		assert.ok(Math.abs(Date.parse(now.consent.expires_at) - Date.parse(ahead(11 * DAY))) < 120_000);
		await travel(there, { to: ahead(12 * DAY) });
		await until(async () => (await told(there, 'candidate.consent_expired', candidate)) === 1, 'the end');
		assert.equal(await told(there, 'candidate.consent_expiring', candidate), 1);
		// A month is over; whoever still applies stays. The dry run says so, and a day later it is done.
		await admin.make('/v1/retention_rules', { months: 1 });
		const { data: due } = await admin.read('/v1/retention/due');
		assert.deepEqual(due.map((one) => one.candidate_id), [candidate.id]);
		await travel(there, { seconds: DAY + 60 });
		await until(async () => (await told(there, 'candidate.erased', candidate)) === 1, 'the erasure');
		// Erased, older again, and the record holds.
		await travel(there, { seconds: DAY });
		await sealed(server, there.organization);
		assert.match(await server.command('audit', 'verify', '--organization', there.organization.id), / verified/);
	});

	test('a position’s last day goes by with the sandbox’s date', async () => {
		const world = await usualWorld(server, { sandbox: true });
		const role = await world.role({ version: world.version });
		await world.admin.change('/v1/careers_page', { enabled: true, slug: unique('careers').toLowerCase() });
		const posting = await world.admin.make('/v1/postings', {
			role_id: role.id, title: 'Engineer', description: 'Builds.', valid_through: ahead(9 * DAY).slice(0, 10),
			work_mode: 'remote', country: 'DE', employment_type: 'full_time',
		});
		const left = async () => Date.parse((await world.admin.read(`/v1/postings/${posting.id}`)).valid_through) / 1000 / DAY;
		const first = await left();
		await travel(world, { seconds: 2 * DAY });
		assert.equal(await left(), first - 2);
		// Two halves are a day, too: no time of day is lost between them. (Two, if it is midnight just then.)
		await travel(world, { seconds: DAY / 2 });
		await travel(world, { seconds: DAY / 2 });
		assert.ok([3, 4].includes(first - (await left())));
	});

	test('a key’s repetition travels once', async () => {
		const key = { 'Idempotency-Key': unique('journey') };
		const first = await there.admin.post('/v1/sandbox/travel', { seconds: 5 }, { headers: key, expect: 200 });
		const second = await there.admin.post('/v1/sandbox/travel', { seconds: 5 }, { headers: key, expect: 200 });
		assert.deepEqual(second.body, first.body);
		const now = await there.admin.get('/v1/sandbox', { expect: 200 });
		assert.equal(now.body.travelled_seconds, first.body.travelled_seconds);
		await there.admin.get('/v1/sandbox', { headers: { 'If-None-Match': now.headers.etag }, expect: 304 });
		await travel(there, { seconds: 5 });
		await there.admin.get('/v1/sandbox', { headers: { 'If-None-Match': now.headers.etag }, expect: 200 });
	});

	test('never backward, nowhere but ahead, not beyond ten years', async () => {
		const refused = async (body, pointer) => {
			const answer = await there.admin.post('/v1/sandbox/travel', body, { expect: 422 });
			assert.deepEqual(answer.body.errors.map((error) => error.pointer), [pointer], JSON.stringify(answer.body));
		};
		await refused({ to: ahead(-60) }, '/to');
		await refused({ to: '2099-01-01T00:00:00Z' }, '/to');
		await refused({ seconds: 315_360_000 }, '/seconds');
		await refused({ seconds: -5 }, '/seconds');
		await refused({}, '');
		await refused({ seconds: 5, to: ahead(60) }, '');
	});

	test('only a reset goes back', async () => {
		const organization = await createOrganization(server, unique('Playground'), { sandbox: true });
		const { access_token } = await signIn(server, organization.admin.email);
		const world = { admin: new Client(server, { token: access_token }) };
		await travel(world, { seconds: 100 });
		const asked = await world.admin.post('/v1/sandbox/reset', {}, { expect: 202 });
		assert.deepEqual([asked.body.travelled_seconds, asked.body.travelled_at], [0, null]);
		await until(async () => (await world.admin.read('/v1/sandbox')).state === 'done', 'the reset');
		const { body } = await travel(world, { seconds: 7 });
		assert.deepEqual([body.state, body.travelled_seconds], ['done', 7]);
		// Not while one runs.
		await psql(server, `UPDATE sandbox_resets SET state = 'filling', finished_at = NULL, lease_until = now() + interval '1 hour'
			WHERE organization_id = '${organization.id}'`);
		const busy = await world.admin.post('/v1/sandbox/travel', { seconds: 7 }, { expect: 409 });
		assert.match(busy.body.detail, /reset is under way/);
	});
});

describe('what a journey touches', () => {
	test('all times but those kept for a reason, by exactly as much; and nobody else’s', async () => {
		const [world, other] = [await usualWorld(server, { sandbox: true }), await usualWorld(server, { sandbox: true })];
		await world.scorecard('a', world.interview1, world.values(4, 4, 4));
		await lookedAfter(world);
		await lookedAfter(other);
		const kept = (await psql(server, `SELECT string_agg(name, ' ') FROM (SELECT name FROM kept_by_travel()
			UNION SELECT name FROM kept_by_resets()) k WHERE name <> 'scheduled_tasks'`)).split(' ');
		const mails = ['mail_messages', 'scheduled_tasks'];
		const [before, others] = [await times(world.organization, [...kept, ...mails]), await times(other.organization, [...kept, ...mails])];
		const users = await psql(server, `SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users u WHERE organization_id = '${world.organization.id}'`);
		await travel(world, { seconds: 1000 });
		const now = await times(world.organization, [...kept, ...mails]);
		for (const [place, at] of Object.entries(before)) {
			// Said since, of what fell due by it.
			if (place === 'scorecards_due.next_at') continue;
			assert.deepEqual(now[place], at.map((one) => Math.round((one - 1000) * 1e6) / 1e6), place);
		}
		assert.ok(Object.keys(before).length > 20);
		assert.deepEqual(await times(other.organization, [...kept, ...mails]), others);
		assert.equal(users, await psql(server, `SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users u WHERE organization_id = '${world.organization.id}'`));
		await sealed(server, world.organization);
		assert.match(await server.command('audit', 'verify', '--organization', world.organization.id), / verified/);
	});

	test('tables that are kept are there, and would be emptied by a reset', async () => {
		assert.equal(await psql(server, `SELECT coalesce(string_agg(k.name, ' '), '') FROM kept_by_travel() k WHERE k.name NOT IN (SELECT e.name FROM emptied_by_resets() e)`), '');
	});

	test('a sandbox’s admins, and a production organization never', async () => {
		await there.recruiter.post('/v1/sandbox/travel', { seconds: 5 }, { expect: 403 });
		const world = await usualWorld(server, {});
		const { id } = world.organization;
		// What happens by itself meanwhile is none of it.
		const STILL = ['event_seals', 'events', 'mail_messages', 'model_changes', 'model_fits', 'model_results', 'refresh_tokens', 'scheduled_tasks'];
		const interview = await world.interview(world.application1, { a: 'interviewer' }, { starts_at: ahead(DAY) });
		const refused = await world.admin.post('/v1/sandbox/travel', { seconds: 5 }, { expect: 409 });
		assert.match(refused.body.detail, /Only a sandbox/);
		const before = await times(world.organization, STILL);
		const enter = `SELECT enter('${id}', 'system', NULL, 0, NULL);`;
		const asService = `BEGIN; SET LOCAL ROLE assay_app; ${enter}`;
		// The statement's own refusal left out: the database has a wall of its own.
		await assert.rejects(psql(server, `${asService} SELECT FROM sandbox_travel(500);`), /sandbox_resets_of_sandboxes/);
		await assert.rejects(psql(server, `${asService} SELECT sandbox_shift(500, 0);`), /not a sandbox whose time goes forward/);
		assert.deepEqual(await times(world.organization, STILL), before);
		// Without that wall it would go: what is tested is there.
		const moved = await psql(server, `BEGIN; ALTER TABLE sandbox_resets DROP CONSTRAINT sandbox_resets_of_sandboxes;
			SET LOCAL ROLE assay_app; ${enter} SELECT FROM sandbox_travel(500); RESET ROLE;
			SELECT starts_at = '${interview.starts_at}'::timestamptz - interval '500 seconds' FROM interviews WHERE id = '${interview.id}'; ROLLBACK;`);
		assert.match(moved, /^t$/m);
		assert.deepEqual(await times(world.organization, STILL), before);
	});
});
