// One candidate, two roles: what one owes for the one is closed wherever the other is open.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences } from '../support/snapshot.mjs';
import { ratings, usualWorld } from '../support/world.mjs';
import { everything, readAll, scene } from './blindness_story.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);

// An application whose interview `subject` owes with b, and one for another role, of which `subject`
// has read all: they have submitted there, or are on its team.
async function pair(subject, { team = world.team } = {}) {
	const closed = await scene(world, { who: { [subject]: 'interviewer', b: 'interviewer' } });
	const role = await world.role({ version: world.version, stages: [{}, {}], team });
	const candidate = { id: closed.application.candidate_id };
	const application = await world.application(role, candidate);
	const interview = await world.interview(application, { [subject]: 'interviewer', b: 'interviewer' });
	await world.scorecard(subject, interview, world.values(3, 3, 3));
	const theirs = await world.scorecard('b', interview, world.values(4, 4, 4), { key_takeaways: 'Of the other role.' });
	return { closed, open: { role, application, interview }, theirs, candidate };
}

const union = (it) => [
	...new Set([...everything(contract, world, it.closed), ...everything(contract, world, it.open)]),
];

// All that a colleague does on the application that the subject owes for.
async function acts(it, step) {
	const { interview, application } = it.closed;
	const draft = await world.b.post(
		'/v1/scorecards',
		{ interview_id: interview.id, ratings: ratings(world.values(5, 4, 2)), key_takeaways: 'takeaway of a colleague' },
		{ expect: 201 },
	);
	await step('a draft');
	await world.b.request('POST', `/v1/scorecards/${draft.body.id}/attachments`, {
		raw: 'Evidence on the whiteboard',
		type: 'text/plain',
		expect: 201,
	});
	await world.b.patch(
		`/v1/scorecards/${draft.body.id}`,
		{ recommendation: 'strong_yes' },
		{ headers: { 'If-Match': draft.headers.etag }, expect: 200 },
	);
	await world.b.make(`/v1/scorecards/${draft.body.id}/submit`);
	await step('a submission');
	for (const bound of [{}, { application_id: application.id }])
		await world.b.make(`/v1/candidates/${it.candidate.id}/notes`, { text: 'Evidence in a note', ...bound });
	await step('notes');
	await world.b.make(`/v1/scorecards/${draft.body.id}/amend`, { key_takeaways: 'Anew.', reason: 'Thought again.' });
	await world.b.put(
		`/v1/applications/${application.id}/level`,
		{ observations: { designs_systems: { observed: true, evidence: 'Evidence of a colleague.' } } },
		{ expect: 200 },
	);
	await step('an amendment and an observation');
	return draft.body;
}

describe('while one owes for one role, the other tells nothing of it', () => {
	for (const subject of ['a', 'recruiter', 'admin', 'manager'])
		test(`for ${subject}`, async () => {
			const it = await pair(subject);
			const client = world[subject];
			const targets = union(it);
			// What is open by its own role stays open: independence is of an application.
			await client.get(`/v1/scorecards/${it.theirs.id}`, { expect: 200 });
			const before = await readAll(world, client, targets);
			const card = await acts(it, async (what) => {
				const found = differences(before, await readAll(world, client, targets));
				assert.deepEqual(found.slice(0, 2), [], `${subject} after ${what}: ${found.length} answers differ`);
			});
			await client.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await client.get(`/v1/scorecards/${it.theirs.id}`, { expect: 200 });
		});
});

describe('what is held on the candidate', () => {
	// An export that somebody else made, of an application for which the admin owes.
	async function held() {
		const it = await pair('admin');
		const { id } = await world.user(`second${Math.random()}`, 'admin');
		const other = Object.values(world.users).find((user) => user.id === id).client;
		await acts(it, async () => {});
		const made = await other.make(`/v1/candidates/${it.candidate.id}/exports`);
		const path = `/v1/candidate_exports/${made.id}`;
		assert.match((await other.get(`${path}/content`, { expect: 200 })).text, /takeaway of a colleague|Anew/);
		return { it, other, path };
	}
	const closed = async (path) => {
		for (const tail of ['', '/content'])
			assert.equal((await world.admin.get(path + tail, { expect: 409 })).body.code, 'scorecard_owed');
	};

	test('is closed as long as one owes for any application of theirs', async () => {
		const { it, path } = await held();
		await closed(path);
		assert.equal(
			(await world.admin.post(`/v1/candidates/${it.candidate.id}/exports`, undefined, { expect: 409 })).body.code,
			'scorecard_owed',
		);
	});

	test('also once they were merged, and merged again', async () => {
		const { it, other, path } = await held();
		const [second, third] = [await world.candidate(), await world.candidate()];
		await other.make(`/v1/candidates/${it.candidate.id}/merge`, { into: second.id });
		await closed(path);
		await other.make(`/v1/candidates/${second.id}/merge`, { into: third.id });
		await closed(path);
		for (const { id } of [second, third]) {
			const answer = await world.admin.post(`/v1/candidates/${id}/exports`);
			assert.ok([409, 410].includes(answer.status), `${answer.status}`);
		}
		const made = await other.make(`/v1/candidates/${third.id}/exports`);
		await closed(`/v1/candidate_exports/${made.id}`);
		// Parted again, what was made of the one is of the other's applications as well.
		await other.make(`/v1/candidates/${second.id}/unmerge`);
		await closed(`/v1/candidate_exports/${made.id}`);
		await other.make(`/v1/candidates/${it.candidate.id}/unmerge`);
		await closed(`/v1/candidate_exports/${made.id}`);
		await closed(path);
	});
});

// The list of scorecards asks plainly_readable first. Everyone of the organization, about all that the tests
// above have made: of confidential roles, interviews that are owed, and such that are behind.
test('who reads an application at one look would read each of its stages', async () => {
	const organization = world.organization.id ?? world.organization.organization_id;
	const owing = await scene(world, { who: { recruiter: 'interviewer', b: 'interviewer' } });
	await world.scorecard('b', owing.interview, world.values(4, 4, 4));
	const people = (await psql(server, `SELECT id || ' ' || token_version || ' ' || access_level FROM users
		WHERE organization_id = '${organization}' AND status = 'active'`)).split('\n');
	const seen = { admin: 0, recruiter: 0, member: 0 };
	for (const [id, version, level] of people.map((line) => line.split(' '))) {
		const [plain, wrong, owed] = (await psql(server, `SET ROLE assay_app; BEGIN;
			SELECT FROM enter('${organization}', 'user', '${id}', ${version}, 'test');
			SELECT count(*), (SELECT count(*) FROM plainly_readable p
				JOIN scorecards s ON s.organization_id = p.organization_id AND s.application_id = p.application_id
				WHERE NOT EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = s.organization_id
					AND r.application_id = s.application_id AND r.stage_id = s.stage_id)),
				count(*) FILTER (WHERE q.application_id = '${owing.application.id}') FROM plainly_readable q;
			COMMIT;`)).split('|').map(Number);
		assert.equal(wrong, 0, `${level} ${id}`);
		seen[level] += plain;
		if (id === world.users.recruiter.id) assert.equal(owed, 0);
	}
	assert.ok(seen.admin > 0 && seen.recruiter > 0);
	assert.equal(seen.member, 0);
});
