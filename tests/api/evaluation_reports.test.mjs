// Agreement and adverse impact: figures from outside, and what stays unsaid.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { decided } from '../support/decided.mjs';
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
