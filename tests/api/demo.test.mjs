// The demo: a company of three roles, from a fixed seed, loaded through the API and dated afterwards.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Client } from '../support/client.mjs';
import { psql, sealed } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { signIn } from '../support/world.mjs';

const DAY = 86_400_000;
const server = await sharedServer();
after(() => server.stop());

let demo, recruiter, roles, applications, loadedAt;

const load = async (...words) => JSON.parse(await server.command('demo', '--json', ...words));
const forget = () => rm(join(server.dataDir, 'demo.json'), { force: true });
const person = (of, persona) => of.users.find((user) => user.persona === persona);
const slugOf = (of) => psql(server, `SELECT slug FROM organizations WHERE organization_id = '${of.organization.id}'`);

async function as(of, persona) {
	const { email, password } = person(of, persona);
	const session = await signIn(server, email, password, { organization: await slugOf(of) });
	return new Client(server, { token: session.access_token });
}

before(async () => {
	loadedAt = Date.now();
	demo = await load();
	recruiter = await as(demo, 'recruiter');
	roles = await recruiter.all('/v1/roles');
	applications = await recruiter.all('/v1/applications');
});

// All that a load says, by names and words: without ids, times, and what is made at random.
const content = (of) =>
	psql(
		server,
		`WITH org AS (SELECT '${of.organization.id}'::uuid AS id), said AS (
			SELECT 'candidate' AS what, concat_ws('|', c.name, c.email, c.headline, c.source, c.tags, c.skills,
				c.experience, c.education, c.wants) AS it
			FROM candidates c, org WHERE c.organization_id = org.id
			UNION ALL
			SELECT 'move', concat_ws('|', c.name, r.title, t.name, m.to_status, m.reason_code, m.reason)
			FROM application_moves m JOIN applications a ON a.id = m.application_id
			JOIN candidates c ON c.id = a.candidate_id JOIN roles r ON r.id = a.role_id
			LEFT JOIN stages t ON t.id = m.to_stage_id, org WHERE m.organization_id = org.id
			UNION ALL
			SELECT 'rating', concat_ws('|', c.name, t.name, u.name, k.name, x.value, s.recommendation, s.key_takeaways, s.status)
			FROM scorecards s JOIN applications a ON a.id = s.application_id
			JOIN candidates c ON c.id = a.candidate_id JOIN stages t ON t.id = s.stage_id
			JOIN users u ON u.id = s.author_id CROSS JOIN LATERAL jsonb_each(s.ratings) x
			JOIN competencies k ON k.id = x.key::uuid, org WHERE s.organization_id = org.id
			UNION ALL
			SELECT 'interview', concat_ws('|', c.name, t.name, i.starts_at, i.status, i.time_zone)
			FROM interviews i JOIN applications a ON a.id = i.application_id JOIN candidates c ON c.id = a.candidate_id
			JOIN stages t ON t.id = i.stage_id, org WHERE i.organization_id = org.id
			UNION ALL
			SELECT 'decision', concat_ws('|', c.name, d.kind, d.rationale, d.suggestion, d.override_reason)
			FROM decisions d JOIN applications a ON a.id = d.application_id JOIN candidates c ON c.id = a.candidate_id,
				org WHERE d.organization_id = org.id
			UNION ALL
			SELECT 'note', concat_ws('|', n.text) FROM notes n, org WHERE n.organization_id = org.id
			UNION ALL
			SELECT 'document', concat_ws('|', d.kind, d.filename, d.digest) FROM documents d, org WHERE d.organization_id = org.id
		) SELECT what || ' ' || it FROM said ORDER BY what, it`,
	);

describe('what is loaded', () => {
	test('three roles, sixty candidates, eight interviewers, half a year', async () => {
		assert.deepEqual(roles.map((role) => role.title).sort(), [
			'Data Platform Engineer',
			'Full-Stack Developer',
			'Senior Backend Developer',
		]);
		assert.ok(roles.every((role) => role.status === 'open' && role.salary_band && role.ladder_id));
		assert.equal((await recruiter.all('/v1/candidates')).length, 60);
		assert.equal(new Set(applications.map((one) => one.candidate_id)).size, 60);
		assert.equal(demo.users.filter((user) => user.persona.startsWith('interviewer')).length, 8);
		const authors = new Set((await recruiter.all('/v1/scorecards')).map((one) => one.author_name));
		assert.equal(authors.size, 8, [...authors].join(', '));
		const oldest = Math.min(...applications.map((one) => Date.parse(one.created_at)));
		assert.ok(loadedAt - oldest > 150 * DAY && loadedAt - oldest < 185 * DAY);
	});

	test('applications in every state, and interviews behind and ahead in several zones', async () => {
		const states = new Set(applications.map((one) => one.status));
		for (const state of ['active', 'paused', 'rejected', 'withdrawn', 'offered', 'hired', 'offer_declined'])
			assert.ok(states.has(state), state);
		const interviews = await recruiter.all('/v1/interviews');
		assert.ok(interviews.some((one) => Date.parse(one.starts_at) > loadedAt));
		assert.ok(interviews.some((one) => Date.parse(one.starts_at) < loadedAt - 100 * DAY));
		assert.ok(new Set(interviews.map((one) => one.time_zone)).size >= 10);
		assert.ok(interviews.some((one) => one.status === 'candidate_no_show'));
		assert.ok(interviews.some((one) => one.interviewers.some((who) => who.substitute_for)));
	});

	test('the two sample candidates are as they were', async () => {
		const of = (name) => applications.find((one) => one.candidate_name === name);
		const amir = await recruiter.read(`/v1/applications/${of('Amir Williams').id}/evaluation`);
		const daisy = await recruiter.read(`/v1/applications/${of('Daisy Kim').id}/evaluation`);
		assert.equal(amir.scorecards, 4);
		assert.equal(amir.suggestion, 'hire');
		assert.deepEqual(amir.disagreements.map((one) => one.name), ['Database design']);
		assert.deepEqual(amir.missing, []);
		assert.equal(daisy.scorecards, 3);
		assert.deepEqual(daisy.missing.map((one) => one.name), ['Jonas Lind']);
		const { data } = await recruiter.read(`/v1/applications/${of('Amir Williams').id}/decisions`);
		assert.deepEqual(data.map((one) => [one.kind, one.decided_by_name]), [['hire', 'Elena Petrova']]);
	});

	test('two loads say the same', async () => {
		await forget();
		const second = await load();
		assert.notEqual(second.organization.id, demo.organization.id);
		assert.notEqual(person(second, 'recruiter').password, person(demo, 'recruiter').password);
		const [one, other] = [await content(demo), await content(second)];
		assert.ok(one.split('\n').length > 500, 'there is a lot to compare');
		assert.equal(one, other);
	});
});

describe('its history', () => {
	test('is told half a year back, while the audit keeps when it was written', async () => {
		const [row] = (
			await psql(
				server,
				`SELECT min(m.created_at) < now() - interval '150 days', max(m.created_at) < now(),
				bool_and(m.created_at >= a.created_at) FROM application_moves m
				JOIN applications a ON a.id = m.application_id WHERE m.organization_id = '${demo.organization.id}'`,
			)
		).split('\n');
		assert.equal(row, 't|t|t');
		const events = await psql(
			server,
			`SELECT min(created_at) > now() - interval '1 hour', count(*) > 1000,
			count(*) FILTER (WHERE type = 'organization.dated') FROM events WHERE organization_id = '${demo.organization.id}'`,
		);
		assert.equal(events, 't|t|1');
		const late = await psql(
			server,
			`SELECT count(*) FROM scorecards s JOIN interviews i ON i.id = s.interview_id
			JOIN scorecard_revisions v ON v.scorecard_id = s.id AND v.number = 1
			WHERE s.organization_id = '${demo.organization.id}' AND i.starts_at IS NOT NULL
			AND (v.created_at < i.starts_at + make_interval(mins => i.duration_minutes) OR s.submitted_at <> v.created_at AND s.revision = 1)`,
		);
		assert.equal(late, '0', 'nobody rates an interview before its end');
	});

	test('the reports have something to say', async () => {
		const report = async (name) => (await recruiter.read(`/v1/reports/${name}`)).data;
		const funnel = await report('funnel');
		for (const role of roles) {
			const stages = funnel.filter((row) => row.role_id === role.id);
			assert.ok(stages.length >= 3, role.title);
			assert.ok(stages.some((row) => row.pass_rate > 0 && row.pass_rate < 1), role.title);
		}
		const sources = await report('sources');
		assert.ok(sources.length >= 5);
		assert.ok(sources.some((row) => row.hired > 0));
		const stays = await report('time_in_stage');
		assert.ok(stays.filter((row) => row.n >= 3).every((row) => row.median_days >= 1 && row.median_days < 40));
		for (const row of await report('time_to_decision')) {
			assert.ok(row.n >= 8, row.role_title);
			assert.ok(row.median_days > 2 && row.median_days < 60, row.role_title);
		}
		const turnaround = await report('scorecard_turnaround');
		assert.equal(turnaround.length, 8);
		assert.ok(turnaround.every((row) => row.n >= 5 && row.median_hours < 48));
		assert.ok((await report('overdue')).length >= 2);
		const work = await (await as(demo, 'interviewer')).read('/v1/my_work');
		const daisy = applications.find((one) => one.candidate_name === 'Daisy Kim');
		assert.ok(work.due.some((one) => one.application_id === daisy.id && one.overdue));
		const survey = await recruiter.read('/v1/survey_results');
		assert.ok(survey.answers >= 10);
		// What candidates say of themselves waits until enough of them were decided.
		const none = { gender: null, age: null, disability: null };
		assert.deepEqual(await recruiter.read('/v1/demographics'), none);
	});

	test('no plan has a blocking finding, and each candidate with scorecards an evaluation', async () => {
		for (const role of roles) {
			const { findings } = await recruiter.read(`/v1/roles/${role.id}/lint`);
			assert.ok(findings.every((one) => one.severity === 'warning'), role.title);
		}
		const rated = new Set((await recruiter.all('/v1/scorecards', { status: 'submitted' })).map((one) => one.application_id));
		assert.ok(rated.size >= 35, `${rated.size}`);
		for (const id of rated) {
			const evaluation = await recruiter.read(`/v1/applications/${id}/evaluation`);
			assert.ok(evaluation.score >= 1 && evaluation.score <= 5);
		}
	});

	test('the model finds how the interviewers rate', async () => {
		const cards = await recruiter.all('/v1/scorecards', { status: 'submitted' });
		// Of two interviews with the same person the first one is taken.
		const first = new Map();
		for (const card of cards.toReversed())
			for (const [competency, rating] of Object.entries(card.ratings)) {
				const key = `${card.application_id},${card.author_name},${competency}`;
				if (rating.value !== null && !first.has(key)) first.set(key, rating.value);
			}
		const lines = [...first].map(([key, value]) => `${key},${value}`);
		const file = join(server.dataDir, 'ratings.csv');
		await writeFile(file, `candidate,interviewer,competency,rating\n${lines.join('\n')}\n`);
		const { stdout } = await promisify(execFile)(server.program, ['analyze', 'model', '--ratings', file, '--json'], {
			env: { PATH: process.env.PATH },
		});
		await rm(file);
		const model = JSON.parse(stdout);
		for (const one of model.candidates) assert.ok(Number.isFinite(one.score) && Number.isFinite(one.se));
		const order = model.interviewers.toSorted((a, b) => b.severity - a.severity).map((one) => one.id);
		assert.deepEqual(order.slice(0, 2).sort(), ['Lucía Fernández', 'Mei Tanaka'], order.join(', '));
		assert.deepEqual(order.slice(-2).sort(), ['Daniel Mbeki', 'Samuel Okafor'], order.join(', '));
	});

	test('the chained record verifies', async () => {
		await sealed(server, demo.organization);
		await server.command('audit', 'verify', '--organization', demo.organization.id);
	});
});

test('one role is published, where everybody finds it', async () => {
	const role = roles.find(({ title }) => title === 'Senior Backend Developer');
	const [posting, ...more] = await recruiter.all('/v1/postings');
	assert.deepEqual([posting.role_id, posting.status, posting.public_state, more], [role.id, 'published', 'open', []]);
	assert.ok(Date.parse(posting.published_at) < loadedAt - 100 * DAY);
	const applied = (await recruiter.all('/v1/applications', { role_id: role.id })).filter(({ posting_id }) => posting_id === posting.id);
	assert.equal(applied.length, 3);
	for (const { id, source } of applied) {
		assert.equal(source, 'Career page');
		const { answers } = await recruiter.read(`/v1/applications/${id}/posting_answers`);
		assert.ok(answers.length === 3 && answers.every(({ answer }) => answer));
	}
	const { slug } = await recruiter.read('/v1/careers_page');
	const page = await fetch(`${server.url}/careers/${slug}/${posting.id}`);
	assert.equal(page.status, 200);
	assert.match(await page.text(), /<h1>Senior Backend Developer<\/h1>/);
});

test('the small demo is one role and its two candidates, without a history', async () => {
	await forget();
	const small = await load('--small');
	const reader = await as(small, 'recruiter');
	assert.equal((await reader.all('/v1/roles')).length, 1);
	assert.deepEqual((await reader.all('/v1/candidates')).map((one) => one.name).sort(), ['Amir Williams', 'Daisy Kim']);
	const events = await psql(
		server,
		`SELECT count(*) FROM events WHERE organization_id = '${small.organization.id}' AND type = 'organization.dated'`,
	);
	assert.equal(events, '0');
});
