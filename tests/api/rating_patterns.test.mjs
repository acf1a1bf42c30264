// Rating patterns and another interview: figures from the command line's fits and by their formulae, and
// what stays unsaid.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());

const near = (seen, wanted, what, within = 1e-4) =>
	assert.ok(seen !== null && Math.abs(seen - wanted) <= within, `${what}: ${seen}, not ${wanted}`);

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
		const { headers } = await world.a.get(path, { expect: 200 });
		await world.a.get(path, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
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
