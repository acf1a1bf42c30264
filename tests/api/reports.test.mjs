// Reports: each number against what was done, as JSON and as a table, and what stays closed.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { differences, snapshot } from '../support/snapshot.mjs';
import { randomId, ratings, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const program = await world.program('reporter', ['reports:read']);

const REPORTS = [
	'time_in_stage',
	'time_to_decision',
	'funnel',
	'sources',
	'interviewer_load',
	'scorecard_turnaround',
	'overdue',
];
const report = (name, query = {}, client = recruiter) => client.read(`/v1/reports/${name}`, query);
const rows = async (name, query, client) => (await report(name, query, client)).data;
const HOUR = 3_600_000;
const ago = (hours) => new Date(Date.now() - hours * HOUR).toISOString();

// Wilson's interval by its definition: where (x/n - p)² = z²·p(1-p)/n.
function wilson(x, n) {
	const z = 1.959963984540054;
	const share = x / n;
	const middle = share + (z * z) / (2 * n);
	const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
	return [(middle - half) / (1 + (z * z) / n), (middle + half) / (1 + (z * z) / n)];
}
const near = (seen, wanted, what, within = 1e-4) =>
	assert.ok(Math.abs(seen - wanted) <= within, `${what}: ${seen}, not ${wanted}`);
function holds(row, name, x, n) {
	const [low, high] = wilson(x, n);
	near(row[name], x / n, name);
	near(row[`${name}_low`], low, `${name}_low`);
	near(row[`${name}_high`], high, `${name}_high`);
}

const move = (application, body) => admin.make(`/v1/applications/${application.id}/move`, body);
// As if the application and all its moves had happened that many days earlier.
const earlier = (application, days) =>
	psql(
		server,
		`UPDATE applications SET created_at = created_at - interval '${days} days' WHERE id = '${application.id}';
		 UPDATE application_moves SET created_at = created_at - interval '${days} days' WHERE application_id = '${application.id}'`,
	);
async function applied(role, source) {
	const application = await world.application(role);
	if (source) await admin.change(`/v1/applications/${application.id}`, { source });
	return application;
}
const twoStages = (more = {}) =>
	world.role({ version: world.version, team: world.team, stages: [{ name: 'Screen' }, { name: 'Panel' }], ...more });

describe('time in stage', () => {
	test('stays that have ended are timed, those that go on are pending', async () => {
		const role = await twoStages();
		for (const days of [2, 4, 9]) {
			const application = await applied(role);
			await earlier(application, days);
			await move(application, { stage_id: role.stages[1].id });
		}
		await applied(role);
		const [screen, panel] = await rows('time_in_stage', { role_id: role.id });
		assert.deepEqual(
			[screen.stage_name, screen.position, screen.n, screen.pending],
			['Screen', 1, 3, 1],
		);
		near(screen.median_days, 4, 'median', 0.01);
		near(screen.mean_days, 5, 'mean', 0.01);
		near(screen.p90_days, 8, 'p90', 0.01);
		assert.deepEqual([panel.n, panel.pending, panel.median_days, panel.mean_days], [0, 3, null, null]);
	});
});

describe('time to decision', () => {
	test('D1: the target stands beside what it took', async () => {
		const role = await twoStages({ target_days: 30 });
		await psql(server, `UPDATE roles SET created_at = now() - interval '50 days' WHERE id = '${role.id}'`);
		const ends = [
			[10, { status: 'rejected', reason: 'No.' }],
			[20, { status: 'offered' }],
			[40, { status: 'rejected', reason: 'No.' }],
			[5, { status: 'withdrawn' }],
		];
		for (const [days, end] of ends) {
			const application = await applied(role);
			await earlier(application, days);
			await move(application, end);
			if (end.status === 'offered') await move(application, { status: 'hired' });
		}
		await applied(role);
		const [row] = await rows('time_to_decision', { role_id: role.id });
		assert.deepEqual(
			[row.target_days, row.applications, row.n, row.withdrawn, row.pending, row.within_target, row.hired],
			[30, 5, 3, 1, 1, 2, 1],
		);
		near(row.median_days, 20, 'median', 0.01);
		near(row.median_days_to_hire, 20, 'to hire', 0.01);
		near(row.days_to_first_hire, 50, 'first hire', 0.01);
		near(row.days_over_target, 20, 'over target', 0.01);
		holds(row, 'within_target_rate', 2, 3);
	});

	test('without a target nothing is held against one', async () => {
		const role = await twoStages();
		await move(await applied(role), { status: 'rejected', reason: 'No.' });
		const [row] = await rows('time_to_decision', { role_id: role.id });
		assert.deepEqual(
			[row.n, row.target_days, row.within_target, row.within_target_rate, row.days_over_target],
			[1, null, null, null, null],
		);
	});
});

describe('funnel', () => {
	test('the rate is of the decided; pending and withdrawn are beside it', async () => {
		const role = await twoStages();
		const [first, second] = role.stages;
		const on = async (source) => {
			const application = await applied(role, source);
			await move(application, { stage_id: second.id });
			return application;
		};
		await on('Referral');
		await move(await on('referral '), { status: 'offered' });
		await move(await on('Board'), { status: 'rejected', reason: 'No.' });
		await move(await applied(role, 'Board'), { status: 'rejected', reason: 'No.' });
		await move(await applied(role, 'Board'), { status: 'withdrawn' });
		await applied(role, 'Board');
		const [screen, panel, ...rest] = await rows('funnel', { role_id: role.id });
		assert.deepEqual(rest, []);
		assert.equal(screen.stage_name, first.name);
		const counts = ({ source, entered, n, passed, pending, withdrawn }) => [
			source,
			entered,
			n,
			passed,
			pending,
			withdrawn,
		];
		assert.deepEqual(counts(screen), [null, 6, 4, 3, 1, 1]);
		holds(screen, 'pass_rate', 3, 4);
		assert.equal(screen.sentence.text, `Of 4 decided in ${screen.stage_name} 75 % passed (30–95 %).`);
		assert.deepEqual(screen.sentence.values, { stage: screen.stage_name, n: 4, percent: 75, low: 30, high: 95 });
		assert.deepEqual(counts(panel), [null, 3, 2, 1, 1, 0]);
		holds(panel, 'pass_rate', 1, 2);
		const apart = await rows('funnel', { role_id: role.id, by: 'source' });
		assert.deepEqual(apart.map(counts), [
			['Board', 4, 2, 1, 1, 1],
			['Referral', 2, 2, 2, 0, 0],
			['Board', 1, 1, 0, 0, 0],
			['Referral', 2, 1, 1, 1, 0],
		]);
	});

	test('where nothing is decided there is no rate', async () => {
		const role = await twoStages();
		await applied(role);
		const [row] = await rows('funnel', { role_id: role.id });
		assert.deepEqual(
			[row.n, row.pass_rate, row.pass_rate_low, row.pass_rate_high],
			[0, null, null, null],
		);
		assert.equal(row.sentence.text, `Nobody is decided in ${row.stage_name} yet; one is still under way.`);
	});

	test('it is of the applications made in the period', async () => {
		const role = await twoStages();
		await earlier(await applied(role), 10);
		await applied(role);
		const day = (days) => ago(days * 24).slice(0, 10);
		const entered = async (query) =>
			(await rows('funnel', { role_id: role.id, ...query })).reduce((sum, row) => sum + row.entered, 0);
		assert.equal(await entered({}), 2);
		assert.equal(await entered({ from: day(5) }), 1);
		assert.equal(await entered({ to: day(5) }), 1);
		assert.equal(await entered({ from: day(10), to: day(10) }), 1, 'both days are included');
		assert.equal(await entered({ from: day(9), to: day(1) }), 0);
		const answer = await recruiter.get('/v1/reports/funnel', {
			query: { from: day(1), to: day(2) },
			expect: 422,
		});
		assert.deepEqual(answer.body.errors[0].pointer, '?to');
	});
});

describe('sources', () => {
	test('P4: offers and hires by source, each rate with n, an interval and a cautious reading', async () => {
		const role = await twoStages({ openings: 2 });
		const end = async (source, ...states) => {
			const application = await applied(role, source);
			for (const status of states)
				await move(application, { status, ...(status === 'rejected' ? { reason: 'No.' } : {}) });
		};
		for (let i = 0; i < 4; i += 1) await end('Referral', 'offered', ...(i < 2 ? ['hired'] : []));
		await end('referral ', 'rejected');
		for (let i = 0; i < 8; i += 1) await end('Job board', 'rejected');
		await end('Job board', 'offered', 'offer_declined');
		await end('Job board', 'withdrawn');
		await end('Job board');
		await end('Talk', 'offered');
		await end(null);
		const seen = Object.fromEntries(
			(await rows('sources', { role_id: role.id })).map((row) => [row.source, row]),
		);
		const counts = ({ applications, n, offered, hired, pending, withdrawn }) => [
			applications,
			n,
			offered,
			hired,
			pending,
			withdrawn,
		];
		assert.deepEqual(counts(seen.Referral), [5, 5, 4, 2, 0, 0]);
		assert.deepEqual(counts(seen['Job board']), [11, 9, 1, 0, 1, 1]);
		assert.deepEqual(counts(seen.null), [1, 0, 0, 0, 1, 0]);
		holds(seen.Referral, 'offer_rate', 4, 5);
		holds(seen.Referral, 'hire_rate', 2, 5);
		holds(seen['Job board'], 'hire_rate', 0, 9);
		assert.equal(seen.null.offer_rate, null);
		// One offer of one says little: it is drawn to the rate of all, 6 of 15.
		assert.equal(seen.Talk.offer_rate, 1);
		assert.ok(seen.Talk.offer_rate_shrunk < 0.8, String(seen.Talk.offer_rate_shrunk));
		assert.ok(seen.Referral.offer_rate_shrunk < 0.8 && seen.Referral.offer_rate_shrunk > 0.4);
		near(seen.null.offer_rate_shrunk, 6 / 15, 'without cases it is the rate of all');
		assert.match(
			seen.Referral.sentence.text,
			/^Of 5 decided applications from Referral 80 % led to an offer \(38–96 %\), \d\d % with small numbers allowed for\.$/,
		);
		assert.match(seen.Talk.sentence.text, /^The one decided application from Talk says little: 100 % led to an offer/);
		assert.equal(
			seen.null.sentence.text,
			'No application without a source is decided yet; one is still under way.',
		);
	});
});

// An interview that ended so many hours ago, on a role of its own.
async function held(hours, who = { a: 'interviewer', b: 'interviewer' }, more = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}], ...more });
	const application = await world.application(role);
	const interview = await world.interview(application, who, { starts_at: ago(hours + 1), duration_minutes: 60 });
	return { role, application, interview };
}
const card = (key, interview) => world.scorecard(key, interview, world.values(4, 4, 4));

describe('interviewers', () => {
	test('load: interviews, minutes, what is to come, shadowing, no-shows, submitted and overdue', async () => {
		const { role, application, interview } = await held(5, {
			a: 'interviewer',
			b: 'interviewer',
			shadow: 'shadow',
		});
		await card('a', interview);
		await world.interview(application, { a: 'interviewer' }, { starts_at: ago(-48), duration_minutes: 30 });
		const third = await world.interview(application, { b: 'interviewer' }, { starts_at: ago(60) });
		await admin.put(
			`/v1/interviews/${third.id}/interviewers/${world.users.b.id}`,
			{ status: 'no_show' },
			{ expect: 200 },
		);
		const seen = Object.fromEntries(
			(await rows('interviewer_load', { role_id: role.id })).map((row) => [row.user_id, row]),
		);
		const counts = ({ n, minutes, upcoming, shadowed, no_shows, submitted, overdue }) => [
			n,
			minutes,
			upcoming,
			shadowed,
			no_shows,
			submitted,
			overdue,
		];
		assert.deepEqual(counts(seen[world.users.a.id]), [2, 90, 1, 0, 0, 1, 0]);
		assert.deepEqual(counts(seen[world.users.b.id]), [1, 60, 0, 0, 1, 0, 1]);
		assert.deepEqual(counts(seen[world.users.shadow.id]), [0, 60, 0, 1, 0, 0, 0]);
	});

	test('turnaround: from the interview’s end to the first submission', async () => {
		const { role, interview } = await held(30);
		await card('a', interview);
		const early = await world.interview(
			await world.application(role),
			{ a: 'interviewer', b: 'interviewer' },
			{ starts_at: ago(3), duration_minutes: 60 },
		);
		const mine = await card('a', early);
		await card('b', early);
		await world.a.make(`/v1/scorecards/${mine.id}/amend`, { key_takeaways: 'More.', reason: 'Later.' });
		const seen = Object.fromEntries(
			(await rows('scorecard_turnaround', { role_id: role.id })).map((row) => [row.user_id, row]),
		);
		const [a, b] = [seen[world.users.a.id], seen[world.users.b.id]];
		assert.deepEqual([a.n, a.within_a_day, b.n, b.within_a_day], [2, 1, 1, 1]);
		near(a.median_hours, 16, 'median', 0.05);
		near(b.median_hours, 2, 'one', 0.05);
		holds(a, 'within_a_day_rate', 1, 2);
	});

	test('overdue: an hour after the end, until it is there', async () => {
		const { role, application, interview } = await held(50);
		const fresh = await world.interview(
			application,
			{ a: 'interviewer' },
			{ starts_at: ago(1.5), duration_minutes: 60 },
		);
		const late = await rows('overdue', { role_id: role.id });
		assert.deepEqual(
			late.map(({ user_id, interview_id, days_overdue }) => [user_id, interview_id, days_overdue]),
			[
				[world.users.a.id, interview.id, 2],
				[world.users.b.id, interview.id, 2],
			],
		);
		assert.equal(late[0].candidate_name, application.candidate_name);
		assert.equal(Date.parse(late[0].due_at) - Date.parse(late[0].starts_at), 2 * HOUR);
		await card('b', interview);
		assert.deepEqual(
			(await rows('overdue', { role_id: role.id })).map(({ user_id }) => user_id),
			[world.users.a.id],
		);
		assert.ok(fresh.id);
	});
});

describe('whose numbers', () => {
	test('a hiring manager has those of their roles, other members none', async () => {
		const { role, interview } = await held(5);
		await card('b', interview);
		const other = await world.role({ version: world.version, stages: [{}] });
		await world.application(other);
		for (const name of REPORTS) {
			const seen = await rows(name, { role_id: role.id }, manager);
			assert.ok(seen.length > 0, name);
			assert.deepEqual(seen, await rows(name, { role_id: role.id }), name);
			assert.deepEqual(await rows(name, { role_id: other.id }, manager), [], name);
			for (const key of ['a', 'observer', 'shadow', 'outsider'])
				assert.deepEqual(await rows(name, {}, world[key]), [], `${name} ${key}`);
		}
	});

	test('a confidential role is its team’s and the admins’', async () => {
		const { role, interview } = await held(5, undefined, { confidential: true });
		await card('b', interview);
		for (const name of REPORTS) {
			assert.deepEqual(await rows(name, { role_id: role.id }, recruiter), [], name);
			assert.ok((await rows(name, { role_id: role.id }, admin)).length > 0, name);
			assert.ok((await rows(name, { role_id: role.id }, manager)).length > 0, name);
			if (name !== 'overdue')
				assert.deepEqual(await rows(name, { role_id: role.id }, program), [], name);
		}
		assert.ok(!JSON.stringify(await rows('time_to_decision', {})).includes(role.id));
	});

	test('an unknown role has no rows; a parameter that is none is refused', async () => {
		for (const name of REPORTS) {
			assert.deepEqual(await rows(name, { role_id: randomId() }), []);
			await recruiter.get(`/v1/reports/${name}`, { query: { from: '2026-02-30' }, expect: 422 });
			await recruiter.get(`/v1/reports/${name}`, { query: { since: '2026-02-01' }, expect: 422 });
		}
	});

	test('programs read them with reports:read, but for what is overdue', async () => {
		const { role } = await held(5);
		for (const name of REPORTS) {
			const { status } = await program.get(`/v1/reports/${name}`, { query: { role_id: role.id } });
			assert.equal(status, name === 'overdue' ? 403 : 200, name);
		}
		const [row] = await rows('interviewer_load', { role_id: role.id }, program);
		assert.equal(row.overdue, null);
	});
});

describe('as a table', () => {
	const table = (text) => text.trimEnd().split('\r\n').map((line) => line.split(','));

	test('by Accept or by format; the rows are those of the JSON', async () => {
		const { role, interview } = await held(5);
		await card('b', interview);
		for (const name of REPORTS) {
			const [object] = await rows(name, { role_id: role.id });
			for (const options of [
				{ query: { role_id: role.id, format: 'csv' } },
				{ query: { role_id: role.id }, headers: { Accept: 'text/csv' } },
			]) {
				const answer = await recruiter.get(`/v1/reports/${name}`, { ...options, expect: 200 });
				assert.match(answer.headers['content-type'], /^text\/csv/);
				assert.equal(
					answer.headers['content-disposition'],
					`attachment; filename="${name}.csv"`,
				);
				const [head, first] = table(answer.text);
				assert.deepEqual(head, Object.keys(object), name);
				for (const [i, key] of head.entries())
					if (typeof object[key] === 'number')
						near(Number(first[i]), object[key], `${name} ${key}`, 0.01);
					else assert.equal(first[i], object[key]?.text ?? object[key] ?? '', `${name} ${key}`);
			}
		}
		const both = { Accept: 'application/json, text/csv' };
		const json = await recruiter.get('/v1/reports/funnel', { headers: both, expect: 200 });
		assert.ok(Array.isArray(json.body.data));
		await recruiter.get('/v1/reports/funnel', {
			query: { format: 'csv' },
			headers: { Accept: 'application/json' },
			expect: 406,
		});
		await recruiter.get('/v1/reports/funnel', { query: { format: 'xml' }, expect: 422 });
	});

	test('quotes what has to be, and starts no formula', async () => {
		const role = await twoStages();
		await applied(role, 'Board, "the best"');
		await applied(role, '=1+1');
		const { text } = await recruiter.get('/v1/reports/sources', {
			query: { role_id: role.id, format: 'csv' },
			expect: 200,
		});
		assert.ok(text.includes('\r\n"Board, ""the best""",1,'), text);
		assert.ok(text.includes("\r\n'=1+1,1,"), text);
	});

	test('the tag is that of the text: the same is not sent again', async () => {
		const role = await twoStages();
		const path = `/v1/reports/funnel?role_id=${role.id}&format=csv`;
		const { headers } = await recruiter.get(path, { expect: 200 });
		const again = await recruiter.get(path, { headers: { 'If-None-Match': headers.etag } });
		assert.equal(again.status, 304);
		await applied(role);
		assert.notEqual((await recruiter.get(path)).headers.etag, headers.etag);
	});
});

describe('while one owes, no report tells of a colleague', () => {
	const everything = (role) =>
		REPORTS.flatMap((name) =>
			['', `?role_id=${role.id}`, '?from=2020-01-01', `?role_id=${role.id}&format=csv`].map(
				(query) => `/v1/reports/${name}${query}`,
			),
		);

	for (const subject of ['recruiter', 'manager', 'admin'])
		test(`the ${subject} who interviews`, async () => {
			const { role, interview } = await held(5, { [subject]: 'interviewer', b: 'interviewer' });
			const client = world[subject];
			const targets = everything(role);
			const before = await snapshot(client, targets);
			const same = async (what) =>
				assert.deepEqual(differences(before, await snapshot(client, targets)), [], what);
			const draft = await world.b.make('/v1/scorecards', {
				interview_id: interview.id,
				ratings: ratings(world.values(5, 4, 3)),
				recommendation: 'yes',
			});
			await same('a draft');
			await world.b.make(`/v1/scorecards/${draft.id}/submit`);
			await same('a submission');
			await world.b.make(`/v1/scorecards/${draft.id}/take_back`);
			await same('one taken back');
			await world.b.make(`/v1/scorecards/${draft.id}/submit`);
			await card(subject, interview);
			// The control: once they have submitted, it tells.
			const found = differences(before, await snapshot(client, targets)).map(([target]) => target);
			for (const name of ['interviewer_load', 'scorecard_turnaround', 'overdue'])
				assert.ok(found.includes(`/v1/reports/${name}?role_id=${role.id}`), name);
			const [, other] = (await rows('scorecard_turnaround', { role_id: role.id }, client)).sort(
				(one) => (one.user_id === world.users.b.id ? 1 : -1),
			);
			assert.equal(other.n, 1);
		});

	test('who does not owe sees it at once', async () => {
		const { role, interview } = await held(5);
		const targets = everything(role);
		const before = await snapshot(recruiter, targets);
		await card('b', interview);
		const found = differences(before, await snapshot(recruiter, targets)).map(([target]) => target);
		for (const name of ['interviewer_load', 'scorecard_turnaround', 'overdue'])
			assert.ok(found.includes(`/v1/reports/${name}?role_id=${role.id}`), name);
	});

	test('a program, before the stage is complete', async () => {
		const { role, interview } = await held(5);
		const targets = everything(role);
		const before = await snapshot(program, targets);
		await card('b', interview);
		assert.deepEqual(differences(before, await snapshot(program, targets)), []);
		await card('a', interview);
		assert.equal((await rows('scorecard_turnaround', { role_id: role.id }, program)).length, 2);
	});
});
