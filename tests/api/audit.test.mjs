// The audit as a list: what was done, by whom, and what stays closed to who owes a scorecard.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences, snapshot } from '../support/snapshot.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin } = world;
const audit = (query, client = admin) => client.all('/v1/audit', query);
const types = async (query, client) => (await audit(query, client)).map(({ type }) => type);

// Until the sealer has been there.
async function sealed(id) {
	for (let tries = 0; tries < 100; tries += 1) {
		if ((await psql(server, `SELECT count(*) FROM event_seals WHERE event_id = '${id}'`)) === '1') return;
		await new Promise((done) => setTimeout(done, 100));
	}
	assert.fail('the event was never sealed');
}
const pause = () => new Promise((done) => setTimeout(done, 5));

async function scene(who = { a: 'interviewer', b: 'interviewer' }, more = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}], ...more });
	const application = await world.application(role);
	return { role, application, interview: await world.interview(application, who) };
}
const card = (key, interview, more) => world.scorecard(key, interview, world.values(4, 4, 4), more);

describe('the audit list', () => {
	test('tells who did what, newest first, each with its place in the chain', async () => {
		const role = await world.recruiter.make('/v1/roles', { title: 'Audited' });
		await pause();
		await admin.change(`/v1/roles/${role.id}`, { location: 'Here' });
		const [changed, made, ...rest] = await audit({ object_id: role.id });
		assert.deepEqual(rest, []);
		assert.deepEqual(
			[changed.type, changed.actor_id, made.type, made.actor_id, made.actor_name, made.actor_kind],
			[
				'role.updated',
				world.users.admin.id,
				'role.created',
				world.users.recruiter.id,
				world.users.recruiter.name,
				'user',
			],
		);
		await sealed(changed.id);
		const [after, before] = await audit({ object_id: role.id });
		assert.ok(Number.isInteger(before.seq) && after.seq > before.seq);
		assert.deepEqual(await types({ object_id: role.id, sort: 'created_at' }), ['role.created', 'role.updated']);
	});

	test('filters by kind or type, object, application, actor and period, page by page', async () => {
		const { role, application } = await scene();
		await pause();
		const from = new Date().toISOString();
		await pause();
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'paused' });
		await pause();
		const to = new Date().toISOString();
		await pause();
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'active' });
		const id = application.id;
		assert.deepEqual(await types({ object_id: id, from, to }), ['application.paused']);
		assert.deepEqual(await types({ object_id: id, to }), ['application.paused', 'application.created']);
		assert.deepEqual(await types({ object_id: id, from }), ['application.active', 'application.paused']);
		assert.deepEqual(await types({ object_id: id, type: 'application.created' }), ['application.created']);
		assert.equal((await types({ object_id: id, type: 'application' })).length, 3);
		assert.ok((await types({ application_id: id })).includes('interview.scheduled'));
		assert.deepEqual(await types({ object_id: id, actor_id: world.users.recruiter.id }), []);
		assert.deepEqual(await types({ object_id: randomId() }), []);
		assert.ok((await types({ object_id: role.id })).includes('role.created'));
		const all = await audit({ from });
		const paged = [];
		for (let cursor; cursor !== null;) {
			const page = await admin.read('/v1/audit', { from, limit: 1, ...(cursor ? { cursor } : {}) });
			paged.push(...page.data);
			cursor = page.next_cursor;
		}
		const ids = (list) => list.map((one) => one.id);
		assert.deepEqual(ids(paged), ids(all));
		assert.deepEqual(await types({ type: 'nothing' }), []);
	});

	test('is for admins, and holds no one else’s organization', async () => {
		for (const key of ['recruiter', 'manager', 'a', 'outsider'])
			await world[key].get('/v1/audit', { expect: 403 });
		const client = await world.program('auditor', ['events:read']);
		await client.get('/v1/audit', { expect: 403 });
		const mine = await psql(
			server,
			`SELECT count(*) FROM events WHERE organization_id = '${world.organization.id}'`,
		);
		const before = (await audit({})).length;
		assert.ok(Math.abs(before - Number(mine)) <= 1, `${before} of ${mine}`);
	});

	test('every change of a saved view and of preferences is in it', async () => {
		const view = await admin.make('/v1/saved_views', { name: 'Audited', list: 'roles' });
		await admin.change(`/v1/saved_views/${view.id}`, { shared: true });
		await admin.delete(`/v1/saved_views/${view.id}`, { expect: 204 });
		assert.deepEqual((await types({ object_id: view.id })).sort(), [
			'saved_view.created',
			'saved_view.deleted',
			'saved_view.updated',
		]);
		await admin.change('/v1/me/preferences', { theme: 'dark' });
		assert.ok((await types({ object_id: world.users.admin.id })).includes('preferences.updated'));
	});
});

describe('an admin who owes a scorecard', () => {
	for (const independence of ['application', 'stage', 'open'])
		test(`learns nothing of a colleague’s from the audit (${independence})`, async () => {
			const { application, interview } = await scene(
				{ admin: 'interviewer', b: 'interviewer' },
				{ stages: [{ independence }] },
			);
			const targets = [
				'',
				`?application_id=${application.id}`,
				`?actor_id=${world.users.b.id}`,
				'?type=scorecard',
				'?type=scorecard.submitted',
				'?limit=2',
				`?application_id=${application.id}&sort=created_at`,
			].map((query) => `/v1/audit${query}`);
			const before = await snapshot(admin, targets);
			const draft = await world.b.make('/v1/scorecards', {
				interview_id: interview.id,
				recommendation: 'yes',
				ratings: Object.fromEntries(
					Object.keys(world.values(0, 0, 0)).map((id) => [id, { value: 4 }]),
				),
			});
			const byObject = [`/v1/audit?object_id=${draft.id}`];
			const nothing = await snapshot(admin, byObject);
			await world.b.make(`/v1/scorecards/${draft.id}/submit`);
			await world.b.make(`/v1/scorecards/${draft.id}/take_back`);
			await world.b.make(`/v1/scorecards/${draft.id}/submit`);
			await world.recruiter.make(`/v1/applications/${application.id}/decisions`, {
				kind: 'no_hire',
				rationale: 'Weak.',
				override_reason: 'Because.',
			});
			assert.deepEqual(differences(before, await snapshot(admin, targets)), []);
			assert.deepEqual(differences(nothing, await snapshot(admin, byObject)), []);
			assert.deepEqual(await audit({ object_id: draft.id }), []);
			// Numbers would have gaps where something is left out.
			assert.ok((await audit({})).every(({ seq }) => seq === null));
			await card('admin', interview);
			assert.deepEqual(await types({ object_id: draft.id, sort: 'created_at' }), [
				'scorecard.created',
				'scorecard.submitted',
				'scorecard.taken_back',
				'scorecard.submitted',
			]);
			assert.ok((await types({ application_id: application.id })).includes('decision.made'));
			assert.ok((await audit({})).some(({ seq }) => Number.isInteger(seq)));
		});

	test('sees what they did themselves, and other applications as ever', async () => {
		const owed = await scene({ admin: 'interviewer', b: 'interviewer' });
		const other = await scene();
		const draft = await admin.make('/v1/scorecards', { interview_id: owed.interview.id });
		const theirs = await card('b', other.interview);
		assert.deepEqual(await types({ object_id: draft.id }), ['scorecard.created']);
		assert.ok((await types({ object_id: theirs.id })).includes('scorecard.submitted'));
		await card('a', other.interview);
	});
});
