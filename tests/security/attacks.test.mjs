// Attempts to see, end or keep what is not one's own: each was possible once, or nearly.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { psql } from '../support/database.mjs';
import { Client } from '../support/client.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);

// A role, an application, an interview; b has submitted for it.
async function scene(who, { team = world.team, stages = [{}, {}], ...more } = {}) {
	const role = await world.role({ version: world.version, stages, team, ...more });
	const application = await world.application(role);
	const interview = await world.interview(application, who);
	const card = await world.scorecard('b', interview, world.values(4, 4, 4));
	return { role, application, interview, card };
}
const sees = async (key, card) => (await world[key].get(`/v1/scorecards/${card.id}`, { expect: [200, 404] })).status === 200;
const seat = (interview, key) => `/v1/interviews/${interview.id}/interviewers/${world.users[key].id}`;
const code = (answer) => answer.body?.code;

describe('nobody opens others’ scorecards to themselves', () => {
	for (const key of ['recruiter', 'admin', 'manager']) {
		test(`by ending what they owe: ${key}`, async () => {
			const { interview, card } = await scene({ [key]: 'interviewer', b: 'interviewer' });
			for (const body of [{ status: 'no_show' }, { part: 'shadow' }])
				assert.equal(code(await world[key].put(seat(interview, key), body, { expect: 409 })), 'scorecard_owed');
			assert.equal(code(await world[key].delete(seat(interview, key), { expect: 409 })), 'scorecard_owed');
			assert.equal(await sees(key, card), false);
			// What changes nothing is no attempt, and a colleague may do it.
			await world[key].put(seat(interview, key), {}, { expect: 200 });
			const colleague = key === 'recruiter' ? 'admin' : 'recruiter';
			await world[colleague].put(seat(interview, key), { status: 'no_show' }, { expect: 200 });
			assert.equal(await sees(key, card), true);
		});

		test(`by cancelling their own interview: ${key}`, async () => {
			const { application, interview, card } = await scene({ [key]: 'interviewer', b: 'interviewer' });
			await world[key].make(`/v1/interviews/${interview.id}/cancel`);
			assert.equal(await sees(key, card), false);
			const evaluation = await world[key].read(`/v1/applications/${application.id}/evaluation`);
			assert.deepEqual([evaluation.blind, evaluation.scorecards], [true, 0]);
			assert.equal(code(await world[key].post(`/v1/applications/${application.id}/decisions`, { kind: 'hire', rationale: 'So.' }, { expect: 409 })), 'scorecard_owed');
			// It is no longer due, since nothing can be submitted for it.
			assert.deepEqual(await world[key].all('/v1/interviews', { owed: 'true', application_id: application.id }), []);
			// Held anew and submitted, all is open.
			const again = await world.interview(application, { [key]: 'interviewer' });
			await world.scorecard(key, again, world.values(3, 3, 3));
			assert.equal(await sees(key, card), true);
		});
	}

	test('and a colleague takes them off the cancelled one, begun or not', async () => {
		for (const begun of [false, true]) {
			const { interview, card } = await scene({ recruiter: 'interviewer', b: 'interviewer' });
			if (begun) await world.recruiter.make('/v1/scorecards', { interview_id: interview.id });
			await world.recruiter.make(`/v1/interviews/${interview.id}/cancel`);
			if (begun) await world.admin.put(seat(interview, 'recruiter'), { status: 'no_show' }, { expect: 200 });
			else await world.admin.delete(seat(interview, 'recruiter'), { expect: 204 });
			assert.equal(await sees('recruiter', card), true);
		}
	});

	test('by the independence of the stage they owe in', async () => {
		const { role, application, card } = await scene({ recruiter: 'interviewer', b: 'interviewer' });
		const stage = `/v1/stages/${role.stages[0].id}`;
		assert.equal(code(await world.recruiter.patch(stage, { independence: 'open' }, { expect: 409 })), 'scorecard_owed');
		assert.equal((await world.recruiter.change(stage, { independence: 'application', name: 'Renamed' })).name, 'Renamed');
		assert.equal((await world.recruiter.read(`/v1/applications/${application.id}/evaluation`)).blind, true);
		assert.equal(await sees('recruiter', card), false);
		await world.admin.change(stage, { independence: 'open' });
		assert.equal(await sees('recruiter', card), true);
	});

	test('by becoming a hiring manager, who is kept from less', async () => {
		const { role, application, card } = await scene({ b: 'interviewer' });
		await world.admin.make(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id });
		await world.interview(application, { recruiter: 'interviewer' }, { stage_id: role.stages[1].id });
		const place = `/v1/roles/${role.id}/hiring_team/${world.users.recruiter.id}`;
		assert.equal(code(await world.recruiter.put(place, { part: 'hiring_manager' }, { expect: 409 })), 'scorecard_owed');
		await world.recruiter.put(place, { part: 'observer' }, { expect: 200 });
		assert.equal(await sees('recruiter', card), false);
	});

	test('an interviewer whose interview was called off reads nothing until they submit', async () => {
		const { application, interview, card } = await scene({ b: 'interviewer' });
		const called = await world.interview(application, { a: 'interviewer' }, { stage_id: interview.stage_id });
		await world.recruiter.make(`/v1/interviews/${called.id}/cancel`);
		assert.equal(await sees('a', card), false);
		assert.equal((await world.a.read(`/v1/applications/${application.id}/evaluation`)).scorecards, 0);
		const missed = await world.interview(application, { a: 'interviewer' });
		await world.recruiter.put(seat(missed, 'a'), { status: 'no_show' }, { expect: 200 });
		assert.equal(await sees('a', card), false);
		await world.scorecard('a', await world.interview(application, { a: 'interviewer' }), world.values(3, 3, 3));
		assert.equal(await sees('a', card), true);
	});

	test('the reason of a move is for those who owe nothing', async () => {
		const { role, application, interview } = await scene({ a: 'interviewer', b: 'interviewer' });
		await world.recruiter.make(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id, reason: 'b rated 4.' });
		const reasons = async () => (await world.a.all(`/v1/applications/${application.id}/moves`)).map(({ reason }) => reason);
		assert.deepEqual(await reasons(), [null, null]);
		await world.scorecard('a', interview, world.values(3, 3, 3));
		assert.deepEqual(await reasons(), ['b rated 4.', null]);
	});

	test('a hiring manager’s own scorecard tells nothing of a stage that is closed to them', async () => {
		const role = await world.role({ version: world.version, stages: [{ independence: 'stage' }, { independence: 'stage' }], team: world.team });
		const application = await world.application(role);
		const interview = await world.interview(application, { manager: 'interviewer', b: 'interviewer' });
		await world.interview(application, { manager: 'interviewer' }, { stage_id: role.stages[1].id });
		const mine = await world.scorecard('manager', interview, world.values(3, 3, 3));
		const before = (await world.manager.get(`/v1/scorecards/${mine.id}`)).text;
		const card = await world.scorecard('b', interview, world.values(4, 4, 4));
		assert.equal(await sees('manager', card), false);
		assert.equal((await world.manager.get(`/v1/scorecards/${mine.id}`)).text, before);
	});
});

describe('a submission records what its author could see', () => {
	const recorded = async (key, card) => (await world[key].read(`/v1/scorecards/${card.id}/revisions`)).data[0].could_see.map(({ id }) => id);

	test('also what they had read before they were assigned', async () => {
		const { application, card } = await scene({ b: 'interviewer' });
		const late = await world.interview(application, { recruiter: 'interviewer' });
		assert.deepEqual(await recorded('recruiter', await world.scorecard('recruiter', late, world.values(4, 4, 4))), [card.id]);
	});

	test('or between two interviews of theirs', async () => {
		const { application, interview, card } = await scene({ a: 'interviewer', b: 'interviewer' });
		const first = await world.scorecard('a', interview, world.values(3, 3, 3));
		assert.deepEqual(await recorded('a', first), []);
		const second = await world.scorecard('a', await world.interview(application, { a: 'interviewer' }), world.values(3, 3, 3));
		assert.deepEqual(await recorded('a', second), [card.id]);
	});

	test('and nothing that they were kept from all along', async () => {
		for (const key of ['recruiter', 'manager', 'a']) {
			const { interview } = await scene({ [key]: 'interviewer', b: 'interviewer' });
			assert.deepEqual(await recorded(key, await world.scorecard(key, interview, world.values(3, 3, 3))), [], key);
		}
	});
});

describe('outside eyes', () => {
	test('do not read a decision before the scorecards that it rested on', async () => {
		const client = await world.program('mirror', ['decisions:read']);
		const { role, application } = await scene({ a: 'interviewer', b: 'interviewer' });
		const list = `/v1/applications/${application.id}/decisions`;
		const { id } = await world.recruiter.make(list, { kind: 'hire', rationale: 'Strong.' });
		assert.deepEqual(await client.all(list), []);
		await client.get(`/v1/decisions/${id}`, { expect: 404 });
		await world.recruiter.make(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id });
		assert.deepEqual((await client.all(list)).map((decision) => decision.id), [id]);
		await client.get(`/v1/decisions/${id}`, { expect: 200 });
	});
});

describe('a confidential role', () => {
	test('is not told by a filter of candidates', async () => {
		const role = await world.role({ version: world.version, confidential: true, team: { manager: 'hiring_manager' } });
		const { candidate_id } = await world.application(role);
		const { name } = await world.admin.read(`/v1/candidates/${candidate_id}`);
		const client = await world.program('seeker', ['candidates:read']);
		const found = async (who, query) => (await who.all('/v1/candidates', { role_id: role.id, ...query })).map(({ id }) => id);
		for (const query of [{}, { q: name }]) {
			for (const who of [world.recruiter, client, world.a]) assert.deepEqual(await found(who, query), []);
			for (const who of [world.admin, world.manager]) assert.deepEqual(await found(who, query), [candidate_id]);
		}
	});
});

describe('what was erased stays erased', () => {
	test('also for a write that had found the candidate before', async () => {
		const candidate = await world.candidate();
		await world.admin.make(`/v1/candidates/${candidate.id}/erase`);
		// As the service's own role, for whom the row is there to be written.
		await assert.rejects(
			psql(server, `SET ROLE assay_app; SELECT set_config('assay.organization', '${world.organization.id}', false);
				UPDATE candidates SET name = 'Back Again' WHERE id = '${candidate.id}';`),
			/the candidate was erased/,
		);
	});
});

describe('guessing', () => {
	test('is slowed for an account, however its address is spelled', async () => {
		const email = world.users.recruiter.email;
		const tries = [];
		for (let i = 0; i < 12; i++) {
			// Letters that the database's lower() makes ASCII: each spelling names the same account.
			const spelled = i % 2 ? email.replace('i', '\u0130') : email;
			const client = new Client(server, { headers: { 'X-Forwarded-For': `10.251.7.${i + 1}` } });
			tries.push((await client.post('/v1/auth/login', { email: spelled, password: 'Wrong-quartz-lantern-9' })).status);
		}
		assert.ok(tries.slice(0, 5).every((status) => status === 401), `${tries}`);
		assert.ok(tries.slice(6).every((status) => status === 429), `${tries}`);
	});
});

describe('a search and what it finds', () => {
	test('any run of signs is a query', async () => {
		for (const q of ['-'.repeat(199), '- - '.repeat(49) + 'a', '-:'.repeat(99), '-('.repeat(90) + 'x', 'or '.repeat(66), '"-'.repeat(99)])
			for (const path of ['/v1/candidates', '/v1/roles']) await world.recruiter.get(path, { query: { q }, expect: 200 });
	});

	test('the longest past that a body holds is kept, and found by its beginning', async () => {
		let count = 0;
		const words = (length) => {
			let text = '';
			while (text.length < length - 60) text += `${Array.from({ length: 6 }, () => `x${(count += 1).toString(36)}`).join('-')} `;
			return text;
		};
		const experience = Array.from({ length: 50 }, () => ({ title: words(190), organization: 'Zürich', highlights: Array.from({ length: 28 }, () => words(540)) }));
		const { id } = await world.candidate({ experience });
		const first = experience[0].title.split(/[- ]/)[0];
		for (const q of [first, 'zurich']) assert.ok((await world.recruiter.all('/v1/candidates', { q })).some((found) => found.id === id), q);
	});
});
