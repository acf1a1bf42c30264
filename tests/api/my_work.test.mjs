// What is due, stuck, waited for and decided.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences, snapshot } from '../support/snapshot.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const HOUR = 3_600_000;
const ago = (hours) => new Date(Date.now() - hours * HOUR).toISOString();
const work = (client, query) => client.read('/v1/my_work', query);
const applicationsOf = (list) => list.map(({ application_id }) => application_id);

async function held(hours, who = { a: 'interviewer', b: 'interviewer' }, more = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}], ...more });
	const application = await world.application(role);
	const interview = await world.interview(application, who, { starts_at: ago(hours), duration_minutes: 60 });
	return { role, application, interview };
}
const card = (key, interview) => world.scorecard(key, interview, world.values(4, 4, 4));

describe('due', () => {
	test('my interviews that have begun, without my submitted scorecard', async () => {
		const { application, interview } = await held(1.5);
		const late = await held(5);
		const coming = await held(-5);
		const mine = async () => (await work(world.a)).due;
		const first = Object.fromEntries((await mine()).map((one) => [one.interview_id, one]));
		assert.equal(first[interview.id].overdue, false);
		assert.equal(first[interview.id].application_id, application.id);
		assert.equal(first[interview.id].scorecard_id, null);
		assert.equal(first[late.interview.id].overdue, true);
		assert.equal(first[late.interview.id].due_at, new Date(Date.parse(late.interview.starts_at) + 2 * HOUR).toISOString());
		assert.ok(!(coming.interview.id in first));
		assert.ok(world.interview1.id in first, 'one without a time is due too');
		const draft = await world.a.make('/v1/scorecards', { interview_id: late.interview.id });
		const drafted = (await mine()).find((one) => one.interview_id === late.interview.id);
		assert.equal(drafted.scorecard_id, draft.id);
		await card('a', interview);
		assert.ok(!(await mine()).some((one) => one.interview_id === interview.id));
		assert.deepEqual((await work(world.outsider)).due, []);
	});
});

describe('stuck', () => {
	test('active applications of one’s roles that nothing happened to', async () => {
		const role = await world.role({ version: world.version, team: world.team });
		const applications = [];
		for (const days of [3, 10, 40]) {
			const application = await world.application(role);
			await psql(
				server,
				`UPDATE applications SET updated_at = now() - interval '${days} days', created_at = now() - interval '${days} days' WHERE id = '${application.id}'`,
			);
			applications.push(application);
		}
		const [fresh, old, oldest] = applications;
		const stuck = async (client, days) =>
			(await work(client, days ? { stuck_days: days } : undefined)).stuck;
		assert.deepEqual(applicationsOf(await stuck(manager)), [oldest.id, old.id]);
		assert.deepEqual(applicationsOf(await stuck(manager, 2)), [oldest.id, old.id, fresh.id]);
		assert.deepEqual(applicationsOf(await stuck(recruiter, 30)), [oldest.id]);
		assert.deepEqual(await stuck(world.a, 2), []);
		assert.equal((await work(manager, { stuck_days: 2 })).stuck_days, 2);
		await admin.make(`/v1/applications/${oldest.id}/move`, { status: 'paused' });
		await admin.change(`/v1/applications/${old.id}`, { source: 'Moved' });
		assert.deepEqual(await stuck(manager), []);
		await recruiter.get('/v1/my_work', { query: { stuck_days: 0 }, expect: 422 });
	});

	test('not of a confidential role that one is not on', async () => {
		const role = await world.role({ version: world.version, confidential: true });
		const application = await world.application(role);
		await psql(server, `UPDATE applications SET updated_at = now() - interval '9 days' WHERE id = '${application.id}'`);
		assert.ok(applicationsOf((await work(admin)).stuck).includes(application.id));
		assert.ok(!applicationsOf((await work(recruiter)).stuck).includes(application.id));
	});
});

describe('waiting', () => {
	test('for whom, where one may know it', async () => {
		const { application, interview } = await held(9);
		const waits = async (client) =>
			(await work(client)).waiting
				.filter(({ interview_id }) => interview_id === interview.id)
				.map(({ user_id }) => user_id)
				.sort();
		const both = [world.users.a.id, world.users.b.id].sort();
		assert.deepEqual(await waits(recruiter), both);
		assert.deepEqual(await waits(manager), both);
		for (const key of ['a', 'observer', 'outsider']) assert.deepEqual(await waits(world[key]), [], key);
		const [row] = (await work(recruiter)).waiting.filter((one) => one.interview_id === interview.id);
		assert.equal(row.candidate_name, application.candidate_name);
		await card('b', interview);
		assert.deepEqual(await waits(recruiter), [world.users.a.id]);
	});

	test('nothing changes for who owes one, until they have submitted', async () => {
		for (const subject of ['recruiter', 'manager', 'admin']) {
			const { interview } = await held(9, { [subject]: 'interviewer', b: 'interviewer', a: 'interviewer' });
			const targets = ['/v1/my_work', '/v1/my_work?stuck_days=1'];
			const before = await snapshot(world[subject], targets);
			await card('b', interview);
			assert.deepEqual(differences(before, await snapshot(world[subject], targets)), [], subject);
			await card(subject, interview);
			const seen = (await work(world[subject])).waiting.filter(
				({ interview_id }) => interview_id === interview.id,
			);
			assert.deepEqual(
				seen.map(({ user_id }) => user_id),
				[world.users.a.id],
				subject,
			);
		}
	});
});

describe('decided', () => {
	test('this week, as it stands now', async () => {
		const role = await world.role({ version: world.version, team: world.team });
		const [one, two, three] = [
			await world.application(role),
			await world.application(role),
			await world.application(role),
		];
		for (const { id } of [one, two, three])
			await admin.make(`/v1/applications/${id}/move`, { status: 'rejected', reason: 'No.' });
		await admin.make(`/v1/applications/${two.id}/move`, { status: 'active' });
		await psql(
			server,
			`UPDATE application_moves SET created_at = created_at - interval '8 days' WHERE application_id = '${three.id}'`,
		);
		const decided = async (client) =>
			(await work(client)).decided.filter(({ role_id }) => role_id === role.id);
		assert.deepEqual(applicationsOf(await decided(recruiter)), [one.id]);
		assert.deepEqual(applicationsOf(await decided(world.a)), [one.id]);
		assert.deepEqual(await decided(world.outsider), []);
		const { week_from } = await work(recruiter);
		assert.equal(new Date(week_from).getUTCDay(), 1);
	});

	test('the week begins on Monday where one is', async () => {
		await manager.change('/v1/me/preferences', { time_zone: 'Asia/Tokyo' });
		const { week_from } = await work(manager);
		assert.match(week_from, /T15:00:00\.000Z$/);
		await manager.change('/v1/me/preferences', { time_zone: null });
	});
});
