// When scorecards fall due: an hour after the interview, then daily on working days, ten times at most.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin } = world;
const role = world.role1;

const interview = async (starts_at, who = { a: 'interviewer' }, more = {}) =>
	world.interview(await world.application(role), who, { starts_at, ...more });
// What the worker says when its clock shows `at`.
const work = (at) => psql(server, `SET ROLE assay_worker; SELECT remind_scorecards('${at}', 100000)`);
async function events({ id }) {
	const rows = await psql(
		server,
		`SELECT type, data ->> 'user_id', data ->> 'reminder', data ->> 'due_at', actor_kind, application_id
		 FROM events WHERE object_id = '${id}' AND type IN ('scorecard.due', 'scorecard.reminded') ORDER BY created_at`,
	);
	return rows === '' ? [] : rows.split('\n').map((row) => row.split('|'));
}
const told = async (one) => (await events(one)).map(([type, , number]) => `${type.split('.')[1]} ${number}`);
const days = (from, count) =>
	Array.from({ length: count }, (_, i) => new Date(Date.parse(from) + i * 86_400_000).toISOString());

describe('a scorecard falls due', () => {
	test('an hour after the end, and is overdue for whoever owes it', async () => {
		const application = await world.application(role);
		const make = (starts_at) => world.interview(application, { a: 'interviewer', shadow: 'shadow' }, { starts_at });
		const past = await make(new Date(Date.now() - 121 * 60_000).toISOString());
		const now = await make(new Date(Date.now() - 119 * 60_000).toISOString());
		const open = await make(null);
		assert.equal(
			Date.parse(past.scorecards_due_at) - Date.parse(past.ends_at),
			3_600_000,
		);
		assert.equal(open.scorecards_due_at, null);
		const find = async (key, query) =>
			(await world[key].all('/v1/interviews', { application_id: application.id, ...query })).map(({ id }) => id);
		assert.deepEqual(await find('a', { overdue: true }), [past.id]);
		assert.deepEqual((await find('a', { overdue: false })).sort(), [now.id, open.id].sort());
		for (const key of ['shadow', 'recruiter', 'manager']) assert.deepEqual(await find(key, { overdue: true }), []);
		await world.scorecard('a', past, world.values(3, 3, 3));
		assert.deepEqual(await find('a', { overdue: true }), []);
	});

	test('once, then ten times on working days, never twice', async () => {
		// A Thursday; due at noon.
		const one = await interview('2027-06-03T10:00:00Z', { a: 'interviewer', shadow: 'shadow' });
		await work('2027-06-03T11:59:59Z');
		assert.deepEqual(await events(one), []);
		await work('2027-06-03T12:00:00Z');
		await work('2027-06-03T12:00:01Z');
		assert.deepEqual(await events(one), [
			['scorecard.due', world.users.a.id, '0', '2027-06-03T12:00:00.000Z', 'system', one.application_id],
		]);
		const seen = [];
		for (const day of days('2027-06-04T12:00:00Z', 25)) {
			const was = (await told(one)).length;
			await work(day);
			await work(day);
			if ((await told(one)).length > was) seen.push(day.slice(5, 10));
		}
		assert.deepEqual(seen, [
			...['06-04', '06-07', '06-08', '06-09', '06-10', '06-11'],
			...['06-14', '06-15', '06-16', '06-17'],
		]);
		assert.deepEqual((await told(one)).slice(-1), ['reminded 10']);
	});

	test('working days are those of the interview’s time zone', async () => {
		// Monday morning in Auckland, and still Sunday in UTC.
		const one = await interview('2027-06-06T21:00:00Z', { a: 'interviewer' }, { time_zone: 'Pacific/Auckland' });
		const seen = [];
		for (const day of days('2027-06-06T23:00:00Z', 9)) {
			const was = (await told(one)).length;
			await work(day);
			if ((await told(one)).length > was) seen.push(day.slice(5, 10));
		}
		assert.deepEqual(seen, ['06-06', '06-07', '06-08', '06-09', '06-10', '06-13', '06-14']);
	});

	test('after a long silence there is one, not many', async () => {
		const one = await interview('2027-07-01T10:00:00Z');
		await work('2027-07-01T12:00:00Z');
		await work('2027-07-09T13:00:00Z');
		await work('2027-07-09T14:00:00Z');
		assert.deepEqual(await told(one), ['due 0', 'reminded 1']);
		await work('2027-07-12T12:00:00Z');
		assert.deepEqual(await told(one), ['due 0', 'reminded 1', 'reminded 2']);
	});

	test('not once it was submitted, and again when it was taken back', async () => {
		const one = await interview('2027-08-02T10:00:00Z');
		const card = await world.scorecard('a', one, world.values(3, 3, 3));
		// The clock of the submission is the real one: not yet for good while it can be taken back.
		await psql(
			server,
			`UPDATE scorecards SET submitted_at = '2027-08-02T11:55:00Z' WHERE id = '${card.id}'`,
		);
		await work('2027-08-02T12:00:00Z');
		assert.deepEqual(await told(one), []);
		await psql(
			server,
			`UPDATE scorecards SET submitted_at = NULL, status = 'draft' WHERE id = '${card.id}'`,
		);
		await work('2027-08-02T12:05:00Z');
		assert.deepEqual(await told(one), ['due 0']);
		await world.a.make(`/v1/scorecards/${card.id}/submit`);
		for (const day of days('2027-08-03T13:00:00Z', 5)) await work(day);
		assert.deepEqual(await told(one), ['due 0']);
	});

	test('not for a cancelled interview, a no-show, a leaver, a rejection, or one without a time', async () => {
		await world.user('goer');
		const at = '2027-09-06T10:00:00Z';
		const all = await Promise.all([
			...Array.from({ length: 4 }, () => interview(at)),
			interview(at, { goer: 'interviewer' }),
			interview(at),
		]);
		const [cancelled, unseen, absent, untimed, left, rejected] = all;
		const control = await interview(at);
		await admin.make(`/v1/interviews/${cancelled.id}/cancel`);
		await admin.make(`/v1/interviews/${unseen.id}/candidate_no_show`);
		await admin.put(
			`/v1/interviews/${absent.id}/interviewers/${world.users.a.id}`,
			{ status: 'no_show' },
			{ expect: 200 },
		);
		await admin.change(`/v1/interviews/${untimed.id}`, { starts_at: null });
		await admin.change(`/v1/users/${world.users.goer.id}`, { status: 'disabled' });
		await admin.make(`/v1/applications/${rejected.application_id}/move`, { status: 'rejected', reason: 'No.' });
		await work('2027-09-06T12:00:00Z');
		for (const one of [cancelled, unseen, absent, untimed, left, rejected]) assert.deepEqual(await events(one), []);
		assert.deepEqual(await told(control), ['due 0']);
	});

	test('anew when the interview was moved, and for a substitute', async () => {
		const one = await interview('2027-10-04T10:00:00Z');
		await work('2027-10-04T12:00:00Z');
		await admin.change(`/v1/interviews/${one.id}`, { location: 'Elsewhere' });
		await work('2027-10-04T12:00:00Z');
		assert.deepEqual(await told(one), ['due 0']);
		await admin.change(`/v1/interviews/${one.id}`, { starts_at: '2027-10-06T10:00:00Z' });
		await work('2027-10-05T12:00:00Z');
		assert.deepEqual(await told(one), ['due 0'], 'the old time is forgotten');
		await admin.make(`/v1/interviews/${one.id}/interviewers/${world.users.a.id}/substitute`, {
			user_id: world.users.b.id,
		});
		await work('2027-10-06T12:00:00Z');
		assert.deepEqual(
			(await events(one)).map(([, user, number]) => [user, number]),
			[
				[world.users.a.id, '0'],
				[world.users.b.id, '0'],
			],
		);
		const off = await interview('2027-10-06T10:00:00Z');
		await admin.delete(`/v1/interviews/${off.id}/interviewers/${world.users.a.id}`, { expect: 204 });
		await work('2027-10-06T12:00:00Z');
		assert.deepEqual(await events(off), []);
	});

	test('once, however many nodes look at the same moment', async () => {
		const application = await world.application(role);
		const all = [];
		for (let i = 0; i < 20; i += 1)
			all.push(
				await world.interview(
					application,
					{ a: 'interviewer', b: 'interviewer' },
					{ starts_at: '2027-11-01T10:00:00Z' },
				),
			);
		await Promise.all(Array.from({ length: 6 }, () => work('2027-11-01T12:00:00Z')));
		for (const one of all) assert.deepEqual(await told(one), ['due 0', 'due 0']);
	});

	test('the worker reads nothing of what a scorecard says', async () => {
		for (const column of ['ratings', 'recommendation', 'key_takeaways', 'private_note'])
			await assert.rejects(
				psql(server, `SET ROLE assay_worker; SELECT ${column} FROM scorecards`),
				/permission denied/,
			);
		await assert.rejects(
			psql(
				server,
				`SET ROLE assay_worker; INSERT INTO events (organization_id, type, object_id, actor_kind)
				 SELECT '${world.organization.id}', 'a.b', '${role.id}', 'user'`,
			),
			/row-level security/,
		);
	});

	test('the server says so by itself, within the minute', async () => {
		const own = await interview(new Date(Date.now() - 3 * 3_600_000).toISOString());
		const until = Date.now() + 75_000;
		while ((await told(own)).length === 0) {
			assert.ok(Date.now() < until, 'nothing was said');
			await new Promise((done) => setTimeout(done, 500));
		}
		assert.deepEqual(await told(own), ['due 0']);
	});
});
