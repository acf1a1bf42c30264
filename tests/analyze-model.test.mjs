// `assay analyze model`: the model of a file of ratings, from outside, against the reference panel.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const binary = resolve(root, process.env.ASSAY_BINARY ?? 'build/assay');
const scratch = mkdtempSync(join(tmpdir(), 'assay-model-'));
after(() => rmSync(scratch, { recursive: true }));

const panel = join(root, 'tests/unit/evaluation_model_panel.csv');
const [header, ...lines] = readFileSync(panel, 'utf8').trim().split('\n');
const weights = ['--weights', '0.4,0.3,0.2,0.1'];
const fixed = ['--variances', '0.22,0.12,0.2,0.08,0.2'];

function assay(...words) {
	const { status, stdout, stderr } = spawnSync(binary, ['analyze', 'model', ...words], { encoding: 'utf8', env: {}, cwd: scratch });
	return { status, stdout, stderr };
}

function text(path, ...words) {
	const { status, stdout, stderr } = assay('--ratings', path, ...words, '--json');
	assert.equal(stderr, '');
	assert.equal(status, 0);
	assert.doesNotMatch(stdout, /\bnan\b|\binf/i);
	return stdout;
}
const model = (path, ...words) => JSON.parse(text(path, ...words));

function file(name, rows, head = header) {
	const path = join(scratch, name);
	writeFileSync(path, [head, ...rows, ''].join('\n'));
	return path;
}

const near = (got, want, tolerance) => assert.ok(Math.abs(got - want) <= tolerance, `${got} is not ${want}`);
const by = (list, id) => list.find((each) => each.id === id);

test('fixed variances: the reference, and exactly the documented fields', () => {
	const got = model(panel, ...weights, ...fixed, '--compare', '11,12', '--compare', '1,2');
	assert.deepEqual(Object.keys(got), ['variances', 'neg2_reml', 'competencies', 'candidates', 'interviewers', 'comparisons', 'warnings']);
	assert.deepEqual(got.variances, { candidate: 0.22, candidate_competency: 0.12, candidate_interviewer: 0.2, interviewer: 0.08, residual: 0.2, pool: 0 });
	near(got.neg2_reml, 361.36831828, 1e-8);
	assert.deepEqual(Object.keys(got.candidates[0]), ['id', 'score', 'se', 'low', 'high', 'average', 'competencies']);
	near(by(got.candidates, '1').score, 3.00786198, 1e-8);
	near(by(got.candidates, '1').se, 0.29049525, 1e-8);
	near(by(got.candidates, '12').score, 3.31356453, 1e-8);
	near(by(got.candidates, '1').low, 3.00786198 - 1.6448536 * 0.29049525, 1e-7);
	near(by(got.candidates, '1').competencies[1].level, 2.9679393, 1e-8);
	near(by(got.candidates, '1').competencies[1].se, 0.36239585, 1e-8);
	near(by(got.competencies, '4').mean, 3.45914616, 1e-8);
	near(by(got.competencies, '4').se, 0.22755876, 1e-8);
	// Rates .18 lower than peers: severe.
	near(by(got.interviewers, '1').severity, 0.18334383, 1e-8);
	near(by(got.interviewers, '1').se, 0.18547218, 1e-8);
	assert.deepEqual(got.comparisons.map(({ a, b }) => [a, b]), [['11', '12'], ['1', '2']]);
	near(got.comparisons[0].probability, 0.88515931, 1e-8);
	near(got.comparisons[1].covariance, 0.01259088, 1e-8);
});

test('estimated variances: the reference', () => {
	const got = model(panel, ...weights);
	const want = { candidate: 0.09720855, candidate_competency: 0.16467243, candidate_interviewer: 0.20045203, interviewer: 0.24949107, residual: 0.25430804, pool: 0 };
	for (const [name, value] of Object.entries(want)) near(got.variances[name], value, 1e-5);
	near(got.neg2_reml, 354.200092, 1e-6);
	near(by(got.candidates, '11').score, 3.638723, 1e-5);
	near(by(got.interviewers, '3').severity, -0.598356, 1e-5);
	near(by(got.candidates, '1').average, 0.4 * (8 / 3) + 0.3 * 3 + 0.2 * (10 / 3) + 0.1 * 3, 1e-12);
	assert.match(got.warnings.join(), /12 candidates are few/);
});

test('the order of lines and columns changes no byte', () => {
	const want = text(panel);
	const shuffled = lines.map((line, i) => [(i * 7919) % 1009, line]).sort((x, y) => x[0] - y[0]).map(([, line]) => line);
	assert.notDeepEqual(shuffled, lines);
	assert.equal(text(file('shuffled.csv', shuffled)), want);
	const turned = lines.map((line) => line.split(',').reverse().join(','));
	assert.equal(text(file('turned.csv', turned, header.split(',').reverse().join(','))), want);
	assert.equal(text(file('holes.csv', lines.filter((line) => !line.endsWith(',')))), want);
});

test('the number of threads changes no byte', () => {
	const want = text(panel);
	for (const threads of ['1', '7']) {
		const env = { OPENBLAS_NUM_THREADS: threads, OMP_NUM_THREADS: threads };
		const { stdout } = spawnSync(binary, ['analyze', 'model', '--ratings', panel, '--json'], { encoding: 'utf8', env });
		assert.equal(stdout, want);
	}
});

test('weights belong to the competencies in the order of their first appearance', () => {
	const want = model(panel, ...weights, ...fixed);
	const backwards = [...lines].sort((x, y) => y.split(',')[2] - x.split(',')[2]);
	const got = model(file('backwards.csv', backwards), '--weights', '1,2,3,4', ...fixed);
	near(by(got.candidates, '5').score, by(want.candidates, '5').score, 1e-12);
	assert.deepEqual(got.competencies.map(({ id }) => id), ['1', '2', '3', '4']);
});

test('the prior draws the ratios towards the published ones', () => {
	const ratio = ({ variances: v }) => Math.log(v.interviewer / v.residual / 1.8) ** 2 + Math.log(v.candidate / v.residual / 5.6) ** 2;
	const without = model(panel), held = model(panel, '--prior');
	assert.ok(ratio(held) < ratio(without));
	assert.ok(held.neg2_reml > without.neg2_reml);
	assert.match(held.warnings.join(), /held near published ones/);
});

test('pools: a sixth variance, one pool a candidate, and groups that share no one', () => {
	const pooled = lines.map((line) => `${line},${Number(line.split(',')[0]) <= 6 ? 'A' : 'B'}`);
	const path = file('pools.csv', pooled, `${header},pool`);
	const got = model(path, '--variances', '.22,.12,.2,.08,.2,.1', '--compare', '1,2', '--compare', '1,7');
	assert.equal(got.variances.pool, 0.1);
	const flat = model(path, '--variances', '.22,.12,.2,.08,.2,0', '--compare', '1,2');
	assert.ok(got.comparisons[0].covariance > flat.comparisons[0].covariance);
	assert.equal(typeof model(path).variances.pool, 'number');
	assert.match(assay('--ratings', path, ...fixed).stderr, /--variances takes 6 numbers/);
	const twice = pooled.with(5, pooled[5].replace(/A$/, 'B'));
	assert.match(assay('--ratings', file('twice.csv', twice, `${header},pool`)).stderr, /line 7: candidate "1" is in pool "B", and was in "A" before/);

	const apart = lines.map((line) => line.split(',')).map(([c, j, k, r]) => [c, `${j}${c <= 6 ? 'a' : 'b'}`, k, r].join(','));
	const split = model(file('apart.csv', apart));
	assert.match(split.warnings.join(), /2 groups that share neither interviewers nor candidates/);
});

test('too little gives sentences and null, never a figure', () => {
	for (const [name, rows, sentence] of [
		['none', [], /There are no ratings/],
		['missing', ['1,1,1,', '2,1,1,'], /There are no ratings/],
		['one', ['1,1,1,4'], /One rating is too little/],
		['same', lines.map((line) => line.replace(/[^,]*$/, '3')), /all ratings are the same/],
	]) {
		const got = model(file(`${name}.csv`, rows));
		assert.match(got.warnings.join(' '), sentence);
		assert.equal(got.variances, null);
		for (const candidate of got.candidates) assert.equal(candidate.score, null);
	}
	assert.equal(model(file('one.csv', ['1,1,1,4'])).candidates[0].average, 4);
	assert.match(model(file('single.csv', ['A,x,k,3', 'A,y,k,4', 'B,x,k,2', 'B,y,k,2', 'C,x,k,5'])).warnings.join(), /C has one scorecard only/);
});

test('wrong options and files: a sentence and exit status 2', () => {
	for (const [words, sentence] of [
		[[], /--ratings is missing/],
		[['--ratings', panel, '--weights', '1,2'], /--weights has 2 numbers, and the file 4 competencies/],
		[['--ratings', panel, '--weights', '0,0,0,0'], /--weights are all 0/],
		[['--ratings', panel, '--weights', '1,-1,1,1'], /--weights/],
		[['--ratings', panel, '--variances', '1,1,1,1'], /--variances takes 5 numbers/],
		[['--ratings', panel, '--variances', '1,1,1,1,0'], /residual variance, is above 0/],
		[['--ratings', panel, '--compare', '1'], /--compare takes two candidates/],
		[['--ratings', panel, '--compare', '1,99'], /no such two candidates/],
		[['--ratings', file('bad.csv', ['1,1,1,x'])], /line 2, column 4 \(rating\)/],
	]) {
		const { status, stdout, stderr } = assay(...words, '--json');
		assert.equal(status, 2, words.join(' '));
		assert.equal(stdout, '');
		assert.match(stderr, sentence);
	}
});

test('without --json there is a table, and the comparisons are sentences', () => {
	const { status, stdout } = assay('--ratings', panel, ...weights, ...fixed, '--compare', '8,11', '--compare', '1,2');
	assert.equal(status, 0);
	assert.match(stdout, /candidate × interviewer +0\.200000/);
	assert.match(stdout, /3\.007862 +0\.290495 +2\.530040 +3\.485684 +2\.933333 {2}1\n/);
	assert.match(stdout, /11 over 8: 99 % likely\./);
	assert.match(stdout, /2 over 1: 67 % likely\. Too close to call\./);
});
