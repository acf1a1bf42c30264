// Ways around: what is closed at the front is not told by a link, an event, a consent or another spelling.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const GOOD = world.values(5, 5, 5);

// Until an event of that kind stands in the order of sealing.
async function sealed(application, type) {
	for (let tries = 0; tries < 200; tries += 1) {
		const there = await psql(
			server,
			`SELECT count(*) FROM event_seals z JOIN events e ON e.id = z.event_id
			 WHERE e.application_id = '${application.id}' AND e.type = '${type}'`,
		);
		if (Number(there) > 0) return;
		await new Promise((done) => setTimeout(done, 100));
	}
	assert.fail(`${type} was never sealed`);
}

describe('a candidate’s link', () => {
	const letterBehind = async ({ token }) =>
		(await new Client(server, { headers: { 'Candidate-Link': token } }).get('/v1/candidate_side', { expect: 200 })).body.letter;
	const linkBy = (client, application) => client.make(`/v1/applications/${application.id}/candidate_links`, {});

	test('shows no letter to whoever made it and still owes a scorecard', async () => {
		const application = await world.application(world.role1);
		const own = await world.interview(application, { recruiter: 'interviewer' });
		const theirs = await world.interview(application, { b: 'interviewer' });
		await world.scorecard('b', theirs, GOOD);
		const [before, open] = [await linkBy(recruiter, application), await linkBy(admin, application)];
		const at = `/v1/applications/${application.id}/letter`;
		await admin.make(at);
		await admin.make(`${at}/release`);
		assert.equal((await recruiter.get(at, { expect: 409 })).body.code, 'scorecard_owed');
		for (const link of [before, await linkBy(recruiter, application)]) assert.equal(await letterBehind(link), null);
		assert.match(await letterBehind(open), /Thank you/);
		// Cancelled by their own hand it is still owed.
		await recruiter.make(`/v1/interviews/${own.id}/cancel`);
		assert.equal(await letterBehind(before), null);
		const again = await world.interview(application, { recruiter: 'interviewer' });
		assert.equal(await letterBehind(before), null);
		await world.scorecard('recruiter', again, GOOD);
		assert.match(await letterBehind(before), /Thank you/);
	});

	test('nor to a program before the scorecards that it rests on are open to programs', async () => {
		const program = await world.program('linker', ['applications:read', 'applications:write']);
		const application = await world.application(world.role1);
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		await world.scorecard('b', interview, GOOD);
		const link = await linkBy(program, application);
		const at = `/v1/applications/${application.id}/letter`;
		await admin.make(at);
		await admin.make(`${at}/release`);
		assert.equal(await letterBehind(link), null);
		// What it ends itself opens nothing.
		await program.make(`/v1/applications/${application.id}/move`, { status: 'withdrawn' });
		assert.equal(await letterBehind(link), null);
		await world.scorecard('a', interview, GOOD);
		assert.match(await letterBehind(link), /Thank you/);
	});
});

describe('a work sample', () => {
	test('is not begun by a link before its plan could be used, and goes on once it was', async () => {
		const role = await world.role({ stages: [{ method: 'work_sample', duration_minutes: 170 }] });
		const [stage] = role.stages;
		const begin = async (application, expect) => {
			const { token } = await recruiter.make(`/v1/applications/${application.id}/candidate_links`, {});
			const candidate = new Client(server, { headers: { 'Candidate-Link': token } });
			return (await candidate.post('/v1/candidate_side/work_sample/start', undefined, { expect })).body;
		};
		const first = await world.application(role);
		const refused = await begin(first, 409);
		assert.equal(refused.code, 'conflict');
		assert.match(refused.detail, /not ready/);
		await admin.make(`/v1/stages/${stage.id}/dry_runs`, { minutes: 150 });
		assert.equal((await begin(first, 200)).budget_minutes, 170);
		// Longer than the rule allows, until an admin says why.
		await recruiter.change(`/v1/stages/${stage.id}`, { duration_minutes: 200 });
		const second = await world.application(role);
		await begin(second, 409);
		assert.equal((await begin(first, 200)).budget_minutes, 170);
		await admin.make(`/v1/roles/${role.id}/lint_overrides`, { rule: 'work_sample_too_long', stage_id: stage.id, reason: 'It is paid.' });
		assert.equal((await begin(second, 200)).budget_minutes, 200);
	});
});

describe('events of an application', () => {
	test('tell who is blind there neither a screening’s verdict nor why it was ended', async () => {
		const program = await world.program('events', ['events:read']);
		const application = await world.application(world.role1);
		const interview = await world.interview(application, { admin: 'interviewer', b: 'interviewer' });
		await world.scorecard('b', interview, GOOD);
		const at = `/v1/applications/${application.id}`;
		await recruiter.put(`${at}/screening/database`, { verdict: 'confirmed' }, { expect: 200 });
		await recruiter.make(`${at}/move`, { status: 'rejected', reason_code: 'skills' });
		await recruiter.make(`${at}/move`, { status: 'active' });
		await sealed(application, 'application.active');
		const screened = async (client, path) => (await client.all(path, { application_id: application.id, type: 'application.screened' })).length;
		const code = async (client, path) =>
			(await client.all(path, { application_id: application.id, type: 'application.rejected' })).map(({ data }) => data.reason_code);
		for (const path of ['/v1/audit', '/v1/events']) {
			assert.equal(await screened(admin, path), 0, path);
			assert.deepEqual(await code(admin, path), [undefined], path);
		}
		assert.equal(await screened(program, '/v1/events'), 0);
		assert.deepEqual(await code(program, '/v1/events'), [undefined]);
		await world.scorecard('admin', interview, GOOD);
		for (const [client, path] of [[admin, '/v1/audit'], [admin, '/v1/events'], [program, '/v1/events']]) {
			assert.equal(await screened(client, path), 1, path);
			assert.deepEqual(await code(client, path), ['skills'], path);
		}
	});
});

describe('a hidden source', () => {
	test('is not told by where the consent came from', async () => {
		const candidate = await world.candidate({
			source: 'careers_page',
			consent: { given_at: '2026-01-01T00:00:00Z', source: 'careers_page' },
		});
		await world.application(world.role1, candidate);
		const consents = async (client) => [
			(await client.read(`/v1/candidates/${candidate.id}`)).consent,
			(await client.all('/v1/candidates')).find(({ id }) => id === candidate.id).consent,
		];
		for (const consent of await consents(manager)) assert.equal(consent.source, 'careers_page');
		await admin.change('/v1/settings', { visibility: { source: 'recruiters' } });
		try {
			for (const consent of await consents(manager)) {
				assert.ok(!consent.source, JSON.stringify(consent));
				assert.match(consent.given_at, /^2026-01-01/);
			}
			for (const consent of await consents(recruiter)) assert.equal(consent.source, 'careers_page');
		} finally {
			await admin.change('/v1/settings', { visibility: { source: null } });
		}
	});
});

describe('a submitted scorecard', () => {
	test('reads as it was asked, whatever its competencies are called later', async () => {
		const it = await usualWorld(server, { name: unique('Renamed'), independence: 'open' });
		const [first] = it.competencies;
		const application = await it.application(it.role1);
		const interview = await it.interview(application, { a: 'interviewer' });
		await it.scorecard('a', interview, it.values(5, 4, 4));
		await it.recruiter.change(`/v1/competencies/${first.id}`, { name: unique('Obedience') });
		const harvest = (await it.recruiter.read('/greenhouse/v1/scorecards'))[0];
		assert.ok(harvest.attributes.some(({ name }) => name === first.name), JSON.stringify(harvest.attributes));
		assert.ok(harvest.ratings.strong_yes.includes(first.name));
		const evaluation = await it.recruiter.read(`/v1/applications/${application.id}/evaluation`);
		assert.ok(JSON.stringify(evaluation).includes(first.name));
		const comparison = await it.recruiter.read(`/v1/roles/${it.role1.id}/comparison`);
		assert.ok(JSON.stringify(comparison).includes(first.name));
		const letter = await it.recruiter.make(`/v1/applications/${application.id}/letter`);
		assert.ok(letter.text.includes(`- ${first.name}: `), letter.text);
	});
});
