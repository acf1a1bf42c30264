// Agreement, adverse impact, rating patterns, another interview: figures from outside, and what stays
// unsaid.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());

const near = (seen, wanted, what, within = 1e-4) =>
	assert.ok(seen !== null && Math.abs(seen - wanted) <= within, `${what}: ${seen}, not ${wanted}`);
const T11 = 2.200985160082949; // t quantile, .975, 11 degrees of freedom
const T10 = 2.228138851964939;

// ---- agreement ---------------------------------------------------------------------------------

// Krippendorff (2011): four observers, twelve units, some not rated; alpha .815 ordinal.
const KRIPPENDORFF = [
	[1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
	[1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, null],
	[null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
	[1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
];

// By its definition, from all ordered pairs within units.
function ordinalAlpha(units) {
	const pairable = units.filter((unit) => unit.length >= 2);
	const all = pairable.flat();
	const count = (value) => all.filter((x) => x === value).length;
	const squared = (a, b) => {
		const [low, high] = [Math.min(a, b), Math.max(a, b)];
		let sum = 0;
		for (let g = low; g <= high; g += 1) sum += count(g);
		return (sum - (count(low) + count(high)) / 2) ** 2;
	};
	let observed = 0;
	for (const unit of pairable)
		for (const a of unit) for (const b of unit) observed += squared(a, b) / (unit.length - 1);
	let expected = 0;
	for (const a of all) for (const b of all) expected += squared(a, b);
	return 1 - ((all.length - 1) * observed) / expected;
}

// A role whose one competency is rated as the table says: a row for each rater, a column an application.
async function ratedRole(world, table, raters, { settle = true } = {}) {
	const role = await world.role({
		version: world.version,
		stages: [{ independence: 'stage' }],
		team: Object.fromEntries(raters.map((key) => [key, 'interviewer'])),
	});
	const applications = [];
	const [first, second, third] = world.competencies;
	for (let column = 0; column < table[0].length; column += 1) {
		const application = await world.application(role);
		applications.push(application);
		const rating = raters.filter((_, row) => table[row][column] !== null);
		const interview = await world.interview(
			application,
			Object.fromEntries(rating.map((key) => [key, 'interviewer'])),
		);
		if (settle)
			await Promise.all(
				rating.map((key) =>
					world.scorecard(key, interview, {
						[first.id]: table[raters.indexOf(key)][column],
						[second.id]: null,
						[third.id]: null,
					}),
				),
			);
	}
	return { role, applications };
}

describe('agreement', async () => {
	const world = await usualWorld(server);
	for (const key of ['c', 'd', 'e']) await world.user(key);
	const raters = ['a', 'b', 'c', 'd'];
	const { role, applications } = await ratedRole(world, KRIPPENDORFF, raters);
	const rows = async (client = world.recruiter, query = {}) =>
		(await client.read('/v1/reports/agreement', { role_id: role.id, ...query })).data;

	test('published data: alpha, AC2, their intervals', async () => {
		const [row, ...rest] = await rows();
		assert.deepEqual(rest, []);
		assert.deepEqual(
			[row.competency_id, row.raters, row.applications, row.n, row.ratings],
			[world.competencies[0].id, 4, 12, 11, 41],
		);
		near(row.alpha, 0.815388, 'alpha');
		near(row.ac2, 0.89894, 'AC2');
		near(row.ac2_low, 0.89894 - T11 * 0.1069, 'AC2, low', 5e-4);
		assert.equal(row.ac2_high, 1);
		const units = KRIPPENDORFF[0].map((_, i) => KRIPPENDORFF.map((rater) => rater[i]).filter((x) => x !== null));
		near(ordinalAlpha(units), 0.815388, 'the test itself');
		const paired = units.filter((unit) => unit.length >= 2);
		const without = paired.map((_, i) => ordinalAlpha(paired.filter((__, j) => j !== i)));
		const mean = without.reduce((sum, x) => sum + x, 0) / without.length;
		const se = Math.sqrt((10 / 11) * without.reduce((sum, x) => sum + (x - mean) ** 2, 0));
		near(row.alpha_low, row.alpha - T10 * se, 'alpha, low');
		near(row.alpha_high, Math.min(1, row.alpha + T10 * se), 'alpha, high');
		assert.equal(row.icc_single, null, 'no ICC of eleven');
		assert.equal(row.sentence.code, 'agreement_rough');
		assert.match(row.sentence.text, /^Alpha 0\.82 \(.+\): rough, since 11 candidates/);
		assert.equal(row.sentence.values.n, 11);
	});

	test('as a table', async () => {
		const answer = await world.recruiter.get('/v1/reports/agreement', {
			query: { role_id: role.id, format: 'csv' },
			expect: 200,
		});
		const [head, line] = answer.text.trim().split('\r\n');
		assert.match(head, /^role_id,role_title,competency_id,.+,sentence$/);
		assert.match(line, /,0\.8154,/);
	});

	test('three raters are too few to say, whatever they rated', async () => {
		const { role: small } = await ratedRole(world, KRIPPENDORFF.slice(1), ['a', 'b', 'c']);
		const [row] = (await world.recruiter.read('/v1/reports/agreement', { role_id: small.id })).data;
		assert.equal(row.sentence.code, 'agreement_small_panel');
		for (const key of ['alpha', 'alpha_low', 'ac2', 'ac2_low', 'icc_single', 'icc_average'])
			assert.equal(row[key], null, key);
	});

	test('nine applications are too few to say', async () => {
		const { role: young } = await ratedRole(
			world,
			KRIPPENDORFF.map((row) => row.slice(0, 9)),
			raters,
		);
		const [row] = (await world.recruiter.read('/v1/reports/agreement', { role_id: young.id })).data;
		assert.deepEqual([row.sentence.code, row.n, row.alpha], ['agreement_too_few', 9, null]);
	});

	test('the period is that of the scorecards', async () => {
		assert.deepEqual(await rows(world.recruiter, { to: '2020-01-01' }), []);
		assert.equal((await rows(world.recruiter, { from: '2020-01-01' })).length, 1);
	});

	test('an application on which one owes a scorecard does not count', async () => {
		await world.interview(applications[0], { recruiter: 'interviewer' });
		const [row] = await rows();
		assert.equal(row.n, 10);
		assert.equal((await rows(world.admin))[0].n, 11);
	});

	test('who has no reports has none', async () => {
		assert.deepEqual(await rows(world.outsider), []);
		assert.deepEqual(await rows(world.a), []);
	});
});

// ---- fairness ----------------------------------------------------------------------------------

// Decided applications with answers, as if they had come over a year; each group is
// [answer, stopped at the first stage, stopped later, offered].
async function decided(world, role, groups, { question = 'gender', days = 100 } = {}) {
	const id = world.organization.id;
	const rows = [];
	for (const [answer, ...outcomes] of groups)
		for (const [outcome, n] of outcomes.entries())
			for (let i = 0; i < n; i += 1) rows.push([answer, outcome]);
	const values = rows
		.map(([answer, outcome], i) => `(${i}, ${answer ? `'${answer}'` : 'NULL'}, ${outcome})`)
		.join(',');
	const at = `now() - interval '${days} days'`;
	await psql(
		server,
		`BEGIN;
		SELECT set_config('assay.organization', '${id}', true);
		CREATE TEMP TABLE made AS SELECT new_id() AS candidate, new_id() AS application, v.*
			FROM (VALUES ${values}) AS v(i, answer, outcome);
		INSERT INTO candidates (organization_id, id, name) SELECT '${id}'::uuid, candidate, 'Of many ' || i FROM made;
		INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, status, created_at)
			SELECT '${id}'::uuid, application, candidate, '${role.id}', '${role.plan_id}',
				CASE WHEN outcome = 0 THEN '${role.stages[0].id}'::uuid ELSE '${role.stages[1].id}'::uuid END,
				CASE WHEN outcome = 2 THEN 'offered' ELSE 'rejected' END, ${at} FROM made;
		INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status, actor_kind, created_at)
			SELECT '${id}'::uuid, application, '${role.stages[0].id}'::uuid, 'active', 'system', ${at} FROM made
			UNION ALL SELECT '${id}'::uuid, application, '${role.stages[1].id}'::uuid, 'active', 'system', ${at} FROM made
				WHERE outcome > 0
			UNION ALL SELECT '${id}'::uuid, application, NULL::uuid,
				CASE WHEN outcome = 2 THEN 'offered' ELSE 'rejected' END, 'system', ${at} FROM made;
		INSERT INTO demographic_answers (organization_id, application_id, ${question}, created_at)
			SELECT '${id}'::uuid, application, answer, ${at} FROM made WHERE answer IS NOT NULL;
		COMMIT;`,
	);
}

async function fairWorld(name) {
	const world = await World.make(server, name);
	await world.user('recruiter', 'recruiter');
	await world.user('other', 'recruiter');
	await world.user('member');
	await world.admin.put(
		`/v1/users/${world.users.recruiter.id}/report_rights/fairness`,
		undefined,
		{ expect: 200 },
	);
	const stages = [{ name: 'Screen' }, { name: 'Panel' }];
	world.version = await world.rubric([{ competency: await world.competency(), weight: 1 }]);
	world.fairRole = await world.role({ version: world.version, stages });
	world.smallRole = await world.role({ version: world.version, stages });
	world.thirdRole = await world.role({ version: world.version, stages });
	world.fairness = async (query = {}, client = world.recruiter) =>
		(await client.read('/v1/reports/fairness', query)).data;
	return world;
}
const of = (rows, question, stage = null, role = null) =>
	rows.filter((r) => r.question === question && r.stage_name === stage && r.role_id === role);

describe('fairness', () => {
	test('45 of 100 beside 60 of 100, as it was computed elsewhere, stage by stage', async () => {
		const world = await fairWorld();
		await decided(world, world.fairRole, [
			['woman', 30, 25, 45],
			['man', 20, 20, 60],
			[null, 10, 10, 10],
		]);
		const rows = await world.fairness();
		const [all, ...rest] = of(rows, 'gender');
		assert.deepEqual(rest, []);
		assert.deepEqual(
			[all.focal, all.reference, all.focal_passed, all.focal_n, all.reference_passed, all.reference_n],
			['woman', 'man', 45, 100, 60, 100],
		);
		for (const [key, wanted] of Object.entries({
			focal_rate: 0.45,
			ratio: 0.75,
			ratio_low: 0.572895,
			ratio_high: 0.981856,
			fisher: 0.047165,
			mid_p: 0.035201,
			difference: -0.15,
			difference_low: -0.280449,
			difference_high: -0.011724,
			p_ratio_below: 0.677656,
			p_lower: 0.983295,
		}))
			near(all[key], wanted, key);
		assert.equal(all.verdict, 'below');
		assert.equal(
			all.sentence.text,
			'Women 45 %, men 60 %: ratio 0.75 (0.57 to 0.98). Below four-fifths; likely, not certain, to be a real gap.'.replace(
				'men 60',
				'Men 60',
			),
		);
		const [screen] = of(rows, 'gender', 'Screen', world.fairRole.id);
		assert.deepEqual(
			[screen.focal_passed, screen.focal_n, screen.reference_passed, screen.reference_n],
			[70, 100, 80, 100],
		);
		const [panel] = of(rows, 'gender', 'Panel', world.fairRole.id);
		assert.deepEqual(
			[panel.focal_passed, panel.focal_n, panel.reference_passed, panel.reference_n],
			[45, 70, 60, 80],
		);
		const [age] = of(rows, 'age');
		assert.deepEqual([age.sentence.code, age.ratio, age.focal], ['impact_hidden', null, null]);
		const table = await world.recruiter.get('/v1/reports/fairness', {
			query: { format: 'csv' },
			expect: 200,
		});
		assert.match(table.text, /gender,,,,,woman,man,45,100,60,100,0\.4500,0\.6000,0\.7500/);
	});

	test('a small group is hidden, with another so that nothing is left by subtraction', async () => {
		const world = await fairWorld();
		await decided(world, world.fairRole, [
			['woman', 20, 20, 30],
			['man', 20, 20, 40],
			['another', 3, 3, 2],
			[null, 15, 15, 15],
		]);
		const [row, ...rest] = of(await world.fairness(), 'gender');
		assert.deepEqual(rest, []);
		assert.deepEqual([row.focal, row.reference], ['woman', 'man']);
		assert.doesNotMatch(JSON.stringify(await world.fairness()), /"another"/);
		// The same, but everybody has answered: then one more group goes, and there is nothing to compare.
		const all = await fairWorld();
		await decided(all, all.fairRole, [
			['woman', 20, 20, 30],
			['man', 20, 20, 40],
			['another', 3, 3, 2],
		]);
		const [hidden] = of(await all.fairness(), 'gender');
		assert.deepEqual([hidden.sentence.code, hidden.focal_n, hidden.verdict], ['impact_hidden', null, null]);
	});

	test('what was answered, taken back or erased later changes nothing that was published', async () => {
		const world = await fairWorld();
		await decided(world, world.fairRole, [
			['woman', 20, 20, 30],
			['man', 20, 20, 40],
			[null, 10, 10, 10],
		]);
		const before = await world.fairness();
		const organization = world.organization.id;
		await decided(world, world.fairRole, [['woman', 1, 0, 0]]);
		await psql(
			server,
			`DELETE FROM demographic_answers WHERE organization_id = '${organization}' AND gender = 'man'`,
		);
		assert.deepEqual(await world.fairness(), before);
		// Nineteen offers more are no block, whoever made them.
		await decided(world, world.fairRole, [['woman', 0, 60, 19]]);
		assert.deepEqual(await world.fairness(), before);
		await decided(world, world.fairRole, [['man', 10, 10, 40]]);
		const [row] = of(await world.fairness(), 'gender');
		// The second block has nobody who did not answer to hide behind, so it shows nothing: as before.
		assert.deepEqual([row.focal_n, row.reference_n], [70, 80]);
		const blocks = await psql(
			server,
			`SELECT count(*) FROM fairness_blocks WHERE organization_id = '${organization}'`,
		);
		assert.equal(blocks, '2');
	});

	test('small roles count together, after ninety days', async () => {
		const world = await fairWorld();
		await decided(world, world.smallRole, [
			['woman', 10, 10, 12],
			['man', 10, 10, 7],
		]);
		await decided(world, world.fairRole, [
			['woman', 10, 10, 3],
			['man', 10, 10, 3],
		], { days: 50 });
		await decided(world, world.thirdRole, [[null, 10, 10, 10]], { days: 50 });
		assert.equal(of(await world.fairness(), 'gender')[0].sentence.code, 'impact_hidden');
		await decided(world, world.fairRole, [['woman', 0, 5, 9]], { days: 95 });
		await psql(
			server,
			`UPDATE application_moves m SET created_at = m.created_at - interval '45 days' FROM applications a
				WHERE a.id = m.application_id AND a.role_id = '${world.thirdRole.id}'`,
		);
		const rows = await world.fairness();
		assert.equal(of(rows, 'gender')[0].focal_n + of(rows, 'gender')[0].reference_n, 73);
		assert.equal(of(rows, 'gender', 'First stage').length, 1);
		assert.equal(of(await world.fairness({ role_id: world.smallRole.id }), 'gender')[0].focal_n, null);
	});

	test('a confidential role is in its own report only', async () => {
		const world = await fairWorld();
		await world.admin.change(`/v1/roles/${world.fairRole.id}`, { confidential: true });
		await decided(world, world.fairRole, [
			['woman', 20, 20, 30],
			['man', 20, 20, 40],
			[null, 10, 10, 10],
		]);
		assert.equal(of(await world.fairness(), 'gender')[0].focal_n, null);
		assert.equal(of(await world.fairness({ role_id: world.fairRole.id }), 'gender')[0].focal_n, null);
		await world.admin.put(`/v1/users/${world.users.admin.id}/report_rights/fairness`, undefined, { expect: 200 });
		const own = await world.fairness({ role_id: world.fairRole.id }, world.admin);
		assert.equal(of(own, 'gender')[0].focal_n, 70);
		assert.equal(of(await world.fairness({}, world.admin), 'gender')[0].focal_n, null);
	});

	test('the right is needed, and it is on the record', async () => {
		const world = await fairWorld();
		for (const client of [world.admin, world.other, world.member])
			await client.get('/v1/reports/fairness', { expect: 403 });
		await world.admin.put(`/v1/users/${world.users.member.id}/report_rights/fairness`, undefined, { expect: 200 });
		await world.member.get('/v1/reports/fairness', { expect: 403 });
		const right = `/v1/users/${world.users.recruiter.id}/report_rights`;
		const held = await world.admin.read(right);
		assert.deepEqual(
			held.rights.map((r) => [r.report, r.granted_by]),
			[['fairness', world.users.admin.id]],
		);
		await world.admin.put(`${right}/fairness`, undefined, { expect: 200 });
		await world.admin.delete(`${right}/fairness`, { expect: 204 });
		await world.admin.delete(`${right}/fairness`, { expect: 404 });
		await world.recruiter.get('/v1/reports/fairness', { expect: 403 });
		await world.recruiter.put(`${right}/fairness`, undefined, { expect: 403 });
		await world.admin.put(`${right}/salaries`, undefined, { expect: 422 });
		await world.admin.put(`/v1/users/${randomId()}/report_rights/fairness`, undefined, { expect: 404 });
		const events = await psql(
			server,
			`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE organization_id = '${world.organization.id}'
				AND type LIKE 'report_right.%'`,
		);
		assert.equal(events, 'report_right.granted report_right.granted report_right.taken');
	});

	test('the service itself reads no answer, and makes no block', async () => {
		const rights = await psql(
			server,
			`SELECT has_table_privilege('assay_app', 'demographic_answers', 'SELECT')
				OR has_table_privilege('assay_app', 'fairness_counted', 'SELECT')
				OR has_table_privilege('assay_app', 'fairness_blocks', 'INSERT')
				OR has_function_privilege('assay_app', 'fairness_table(text, uuid[], integer[], text[])', 'EXECUTE')`,
		);
		assert.equal(rights, 'f');
	});

	test('the rule that hides is that of the engine', async () => {
		const hide = async (counts) =>
			JSON.parse(
				(await psql(
					server,
					`SELECT to_json(suppressed_rows('${JSON.stringify(counts).replaceAll('[', '{').replaceAll(']', '}')}'::integer[], 5))`,
				)) || 'null',
			);
		assert.deepEqual(await hide([[9, 9], [9, 9], [9, 9]]), [false, false, false]);
		assert.deepEqual(await hide([[9, 9], [4, 9], [9, 9]]), [false, true, true]);
		assert.deepEqual(await hide([[9, 9], [9, 0], [9, 9], [9, 9]]), [false, true, true, true]);
		assert.deepEqual(await hide([[9, 9], [9, 0], [20, 20], [9, 9]]), [false, true, true, false]);
		assert.deepEqual(await hide([[9, 9], [9, 9], [0, 0]]), [false, false, false]);
		assert.deepEqual(await hide([[0, 9], [9, 9], [0, 0]]), [true, true, true]);
		assert.deepEqual(await hide([[9, 4], [9, 0]]), null);
	});
});

// ---- rating patterns and another interview -----------------------------------------------------

// The same numbers in every run.
function random(seed) {
	let state = seed;
	return () => {
		state = (state * 1103515245 + 12345) % 2147483648;
		return state / 2147483648;
	};
}
const normal = (next) => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());

// What the command line makes of the same ratings; it is held against R by tests of its own.
async function analyzed(rows, more = []) {
	const folder = await mkdtemp(join(tmpdir(), 'assay-ratings-'));
	const file = join(folder, 'ratings.csv');
	const lines = rows.map((r) => [r.candidate, r.interviewer, r.competency, r.rating, 'pool'].join(','));
	await writeFile(file, `candidate,interviewer,competency,rating,pool\n${lines.join('\n')}\n`);
	const { stdout } = await promisify(execFile)(server.program, [
		'analyze',
		'model',
		'--ratings',
		file,
		'--json',
		...more,
	], { env: { PATH: process.env.PATH, HOME: process.env.HOME } });
	await rm(folder, { recursive: true });
	return JSON.parse(stdout);
}
const phi = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
// Abramowitz and Stegun 7.1.26, good to 1.5e-7.
function below(z) {
	const x = Math.abs(z) / Math.SQRT2;
	const t = 1 / (1 + 0.3275911 * x);
	const poly =
		t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
	const erf = 1 - poly * Math.exp(-x * x);
	return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

describe('rating patterns, another interview', async () => {
	const world = await usualWorld(server);
	for (const key of ['c', 'd', 'e', 'f']) await world.user(key);
	const panel = ['a', 'b', 'c', 'd', 'e', 'f'];
	const role = await world.role({
		version: world.version,
		stages: [{ independence: 'application' }],
		team: { manager: 'hiring_manager', ...Object.fromEntries(panel.map((key) => [key, 'interviewer'])) },
	});
	const next = random(7);
	const rows = [];
	const applications = [];
	// a meets everybody and rates one lower; f rates everything alike.
	for (let i = 0; i < 24; i += 1) {
		const application = await world.application(role);
		applications.push(application);
		const [x, y] = [panel[1 + (i % 4)], panel[1 + ((i + 1) % 4)]];
		const who = ['a', x, y, 'f'];
		const interview = await world.interview(
			application,
			Object.fromEntries(who.map((key) => [key, 'interviewer'])),
		);
		const level = 3.4 + 0.7 * normal(next);
		for (const key of who) {
			const day = 0.3 * normal(next);
			const values = world.competencies.map(() => {
				const exact = level + (key === 'a' ? -1 : 0) + day + 0.5 * normal(next);
				return key === 'f' ? 3 + (i % 2) : Math.min(5, Math.max(1, Math.round(exact)));
			});
			await world.scorecard(key, interview, world.values(...values));
			for (const [k, value] of values.entries())
				rows.push({ candidate: i, interviewer: key, competency: `k${k}`, rating: value });
		}
	}
	const patterns = (key, client = world.users[key].client) =>
		client.read(`/v1/interviewers/${world.users[key].id}/rating-patterns`);

	test('severity is the model\'s, and every scorecard is compared with a fit without it', async () => {
		const seen = await patterns('a');
		const fit = await analyzed(rows, ['--prior']);
		const a = fit.interviewers.find((i) => i.id === 'a');
		assert.deepEqual([seen.scorecards, seen.peers, seen.severity.n], [24, 5, 24]);
		near(seen.severity.value, a.severity, 'severity');
		near(seen.severity.low, a.severity - 1.6448536 * a.se, 'low');
		assert.equal(seen.severity.sentence.code, 'severity_lower');
		assert.match(seen.severity.sentence.text, /^Person a scores \d\.\d lower than peers .*24 scorecards/);
		const v = fit.variances;
		const fixed = [v.candidate, v.candidate_competency, v.candidate_interviewer, v.interviewer, v.residual, v.pool];
		let squares = 0;
		let expected = 0;
		for (let i = 0; i < 24; i += 1) {
			const own = rows.filter((r) => r.candidate === i && r.interviewer === 'a').map((r) => r.rating);
			const without = await analyzed(
				rows.filter((r) => r.candidate !== i || r.interviewer !== 'a'),
				['--variances', fixed.join(',')],
			);
			const candidate = without.candidates.find((c) => c.id === String(i));
			const self = without.interviewers.find((j) => j.id === 'a');
			const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
			squares += (mean - candidate.score + self.severity) ** 2;
			expected += candidate.se ** 2 + self.se ** 2 + v.candidate_interviewer + v.residual / own.length;
		}
		assert.equal(seen.consistency.n, 24);
		near(seen.consistency.value, squares / expected, 'consistency', 2e-3);
		near(seen.consistency.usual_high, 1 + 2 * Math.sqrt(2 / 24), 'usual');
		assert.equal(seen.drift.points.length, 24);
	});

	test('one impression for everything shows as halo', async () => {
		const seen = await patterns('f');
		assert.ok(seen.halo.flagged && seen.halo.value < seen.halo.usual_low);
		assert.equal(seen.halo.sentence.code, 'halo_strong');
		assert.ok(seen.compression.value !== null && seen.compression.high < 1);
		const table = await world.f.get(`/v1/interviewers/${world.users.f.id}/rating-patterns`, {
			query: { format: 'csv' },
			expect: 200,
		});
		assert.match(table.text, /^pattern,n,value,low,high,sentence\r\nseverity,24,/);
	});

	test('too few scorecards are a sentence and no number', async () => {
		const seen = await patterns('b');
		assert.equal(seen.severity.n, 12);
		assert.ok(seen.severity.value !== null);
		for (const part of [seen.consistency, seen.halo, seen.compression])
			assert.deepEqual([part.value, part.sentence.code], [null, 'pattern_too_few']);
		assert.deepEqual(seen.drift.points, []);
		const none = await patterns('outsider');
		assert.deepEqual([none.severity.value, none.severity.sentence.code], [null, 'severity_too_few']);
	});

	test('it is for oneself, and for admins who hold the right', async () => {
		const path = `/v1/interviewers/${world.users.a.id}/rating-patterns`;
		for (const client of [world.admin, world.recruiter, world.manager, world.b])
			await client.get(path, { expect: 403 });
		for (const key of ['admin', 'recruiter'])
			await world.admin.put(`/v1/users/${world.users[key].id}/report_rights/rating_patterns`, undefined, {
				expect: 200,
			});
		await world.recruiter.get(path, { expect: 403 });
		assert.equal((await patterns('a', world.admin)).scorecards, 24);
		await world.admin.get(`/v1/interviewers/${randomId()}/rating-patterns`, { expect: 404 });
	});

	test('where few share candidates, nothing is said of anybody', async () => {
		const small = await usualWorld(server);
		await small.user('c');
		const smallRole = await small.role({
			version: small.version,
			stages: [{}],
			team: { a: 'interviewer', b: 'interviewer', c: 'interviewer' },
		});
		for (let i = 0; i < 10; i += 1) {
			const interview = await small.interview(await small.application(smallRole), {
				a: 'interviewer',
				b: 'interviewer',
				c: 'interviewer',
			});
			for (const key of ['a', 'b', 'c'])
				await small.scorecard(key, interview, small.values(1 + ((i + key.charCodeAt(0)) % 5), 3, 4));
		}
		const seen = await small.a.read(`/v1/interviewers/${small.users.a.id}/rating-patterns`);
		assert.deepEqual([seen.scorecards, seen.peers], [10, 2]);
		for (const part of [seen.severity, seen.consistency, seen.halo, seen.compression])
			assert.deepEqual([part.value, part.sentence.code], [null, 'severity_small_panel']);
		assert.deepEqual([seen.drift.points, seen.drift.sentence.code], [[], 'severity_small_panel']);
	});

	test('while a scorecard is owed, its application is in nobody\'s patterns', async () => {
		await world.interview(applications[0], { outsider: 'interviewer' });
		assert.equal((await patterns('a')).scorecards, 23);
	});

	const another = (client = world.recruiter) => client.read(`/v1/roles/${role.id}/another-interview`);

	test('the value of one more interview follows from the model, for each candidate', async () => {
		const seen = await another();
		const weights = ['--weights', '0.6,0.3,0.1'];
		const fit = await analyzed(rows, ['--prior', ...weights]);
		const v = fit.variances;
		const square = 0.36 + 0.09 + 0.01;
		const error = v.interviewer + v.candidate_interviewer + v.residual * square;
		const universe = v.candidate + v.candidate_competency * square;
		assert.equal(seen.hire_bar, 3.5);
		assert.deepEqual(
			seen.reliability.map((r) => r.interviewers),
			[1, 2, 3, 4, 5, 6, 7, 8],
		);
		for (const r of seen.reliability)
			near(r.phi, universe / (universe + error / r.interviewers), `phi of ${r.interviewers}`, 2e-4);
		assert.match(seen.sentence.text, /^With 4 interviewers a score here has reliability 0\.\d\d; one more/);
		assert.equal(seen.data.length, 24);
		for (const [i, application] of applications.entries()) {
			const row = seen.data.find((r) => r.application_id === application.id);
			const wanted = fit.candidates.find((c) => c.id === String(i));
			near(row.score, wanted.score, 'score', 2e-4);
			near(row.score_high - row.score_low, wanted.high - wanted.low, 'interval', 4e-4);
			const variance = wanted.se ** 2;
			const tau = variance / Math.sqrt(variance + error);
			const gap = Math.abs(wanted.score - 3.5);
			near(row.p_flip, below(-gap / tau), 'flip', 5e-4);
			near(row.gain, tau * phi(gap / tau) - gap * below(-gap / tau), 'gain', 5e-4);
			near(row.sd_drop, 1 - Math.sqrt(error / (variance + error)), 'sd', 5e-4);
			// The competency that weighs most says most, all three being rated alike.
			assert.equal(row.focus_competency_id, world.competencies[0].id);
			assert.ok(row.focus_drop > 0 && row.focus_drop < row.sd_drop + 0.05);
		}
	});

	test('where one owes a scorecard, nothing is said; who does not manage the role is refused', async () => {
		const before = (await another()).data.find((r) => r.application_id === applications[1].id);
		assert.ok(before.score !== null);
		await world.interview(applications[1], { recruiter: 'interviewer' });
		const row = (await another()).data.find((r) => r.application_id === applications[1].id);
		assert.deepEqual(
			[row.sentence.code, row.scorecards, row.score, row.p_flip, row.focus_competency_id],
			['another_blind', null, null, null, null],
		);
		assert.equal((await another(world.manager)).data.length, 24);
		await world.a.get(`/v1/roles/${role.id}/another-interview`, { expect: 403 });
		await world.recruiter.get(`/v1/roles/${randomId()}/another-interview`, { expect: 404 });
	});

	test('with the model switched off nothing of it is said', async () => {
		const off = await usualWorld(server);
		await psql(
			server,
			`ALTER TABLE organizations ADD COLUMN IF NOT EXISTS statistical_model boolean NOT NULL DEFAULT true;
			UPDATE organizations SET statistical_model = false WHERE organization_id = '${off.organization.id}'`,
		);
		const plan = await off.recruiter.read(`/v1/roles/${off.role1.id}/another-interview`);
		assert.deepEqual(
			[plan.model_on, plan.sentence.code, plan.reliability, plan.data],
			[false, 'model_off', [], []],
		);
		const seen = await off.a.read(`/v1/interviewers/${off.users.a.id}/rating-patterns`);
		assert.deepEqual([seen.model_on, seen.severity.value, seen.severity.sentence.code], [false, null, 'model_off']);
	});

	test('a role without ratings, or without a bar, has sentences', async () => {
		const bare = await world.role({ version: world.version, hire_bar: null, stages: [{}] });
		await world.application(bare);
		const seen = await world.recruiter.read(`/v1/roles/${bare.id}/another-interview`);
		assert.equal(seen.hire_bar, null);
		assert.equal(seen.data[0].sentence.code, 'another_unrated');
		const table = await world.recruiter.get(`/v1/roles/${role.id}/another-interview`, {
			query: { format: 'csv' },
			expect: 200,
		});
		assert.match(table.text, /^application_id,candidate_name,scorecards,score/);
		const empty = await usualWorld(server);
		const first = await empty.recruiter.read(`/v1/roles/${empty.role1.id}/another-interview`);
		assert.deepEqual(
			[first.sentence.code, first.reliability, first.data[0].score],
			['another_unknown', [], null],
		);
	});
});
