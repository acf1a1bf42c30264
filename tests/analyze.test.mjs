// `assay analyze …`: figures without a server. Values are published ones or R's; see tests/unit for more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const binary = resolve(root, process.env.ASSAY_BINARY ?? 'build/assay');
const scratch = mkdtempSync(join(tmpdir(), 'assay-analyze-'));
after(() => rmSync(scratch, { recursive: true }));

// Without a home directory, a database or any other variable.
function assay(...words) {
	const { status, stdout, stderr } = spawnSync(binary, words, { encoding: 'utf8', env: {}, cwd: scratch });
	return { status, stdout, stderr };
}

function analyze(...words) {
	const { status, stdout, stderr } = assay('analyze', ...words, '--json');
	assert.equal(stderr, '');
	assert.equal(status, 0);
	assert.doesNotMatch(stdout, /nan|inf/i);
	return JSON.parse(stdout);
}

function file(name, text) {
	const path = join(scratch, name);
	writeFileSync(path, text);
	return path;
}

const near = (got, want, tolerance = 5.0001e-7) =>
	assert.ok(Math.abs(got - want) <= tolerance, `${got} is not ${want}`);

// Krippendorff 2011: one row an observer, one column a unit.
const observers = [
	'1 2 3 3 2 1 4 1 2 . . .',
	'1 2 3 3 2 2 4 1 2 5 . .',
	'. 3 3 3 2 3 4 2 2 5 1 3',
	'1 2 3 3 2 4 4 1 2 5 1 .',
].map((row) => row.split(' '));
const lines = observers.flatMap((row, r) => row.map((cell, u) => `${u + 1},${r + 1},${cell === '.' ? '' : cell}`));
const csv = (rows, header = 'unit,rater,rating') => [header, ...rows, ''].join('\n');

test('agreement: the published values, and exactly the documented fields', () => {
	const got = analyze('agreement', '--ratings', file('a.csv', csv(lines)));
	assert.deepEqual(Object.keys(got), ['krippendorff', 'gwet', 'fleiss', 'icc', 'warnings']);
	assert.deepEqual(Object.keys(got.krippendorff), ['nominal', 'ordinal', 'interval', 'ratio']);
	near(got.krippendorff.nominal, 0.743421);
	near(got.krippendorff.ordinal, 0.815388);
	near(got.krippendorff.interval, 0.849107);
	near(got.krippendorff.ratio, 0.797403);
	for (const name of ['gwet', 'fleiss'])
		assert.deepEqual(Object.keys(got[name]), ['unweighted', 'linear', 'quadratic', 'ordinal']);
	near(got.gwet.unweighted.value, 0.775444);
	near(got.gwet.ordinal.se, 0.1069, 5.1e-6);
	near(got.fleiss.linear.value, 0.817945);
	assert.deepEqual(Object.keys(got.icc), ['agreement_single', 'agreement_average', 'consistency_single']);
	assert.ok(got.warnings.every((sentence) => sentence.endsWith('.')));
});

test('agreement: the order of lines and columns, quotes and line ends change no digit', () => {
	const plain = assay('analyze', 'agreement', '--json', '--ratings', file('a.csv', csv(lines))).stdout;
	const same = {
		'reversed.csv': csv([...lines].reverse()),
		'turned.csv': csv(
			lines.map((line) => line.split(',').reverse().join(',')),
			'rating,rater,unit',
		),
		'without-holes.csv': csv(lines.filter((line) => !line.endsWith(','))),
		'quoted.csv': csv(lines.map((line) => line.replace(/[^,]+/g, '"$&"'))),
		'crlf.csv': csv(lines).replaceAll('\n', '\r\n'),
		'cr.csv': csv(lines).replaceAll('\n', '\r'),
		'blank-lines.csv': csv(lines).replaceAll('\n', '\n\n'),
		'spaces.csv': csv(lines.map((line) => line.replaceAll(',', ' , '))),
		'marked.csv': `\ufeff${csv(lines)}`,
		'unended.csv': csv(lines).trimEnd(),
	};
	for (const [name, text] of Object.entries(same))
		assert.equal(assay('analyze', 'agreement', '--json', '--ratings', file(name, text)).stdout, plain, name);
});

test('agreement: a complete table has the six intraclass correlations with their intervals', () => {
	const rows = ['9 2 5 8', '6 1 3 2', '8 4 6 8', '7 1 2 6', '10 5 6 9', '6 2 4 7'];
	const cells = rows.flatMap((row, u) => row.split(' ').map((cell, r) => `${u},${r},${cell}`));
	const { icc } = analyze('agreement', '--ratings', file('sf.csv', csv(cells)));
	assert.deepEqual(Object.keys(icc), ['icc1', 'icc2', 'icc3', 'icc1k', 'icc2k', 'icc3k']);
	near(icc.icc2.value, 0.28976378, 1e-8);
	near(icc.icc2.low, 0.018786513, 1e-8);
	near(icc.icc2.high, 0.76108437, 1e-8);
	near(icc.icc3k.value, 0.90931554, 1e-8);
	// With a hole, from REML: compared with the minimum of the dense likelihood.
	const holed = analyze('agreement', '--ratings', file('hole.csv', csv(cells.slice(0, -1)))).icc;
	assert.deepEqual(Object.keys(holed), ['agreement_single', 'agreement_average', 'consistency_single']);
	near(holed.agreement_single, 0.30543017, 1e-6);
	near(holed.agreement_average, 0.63754461, 1e-6);
	near(holed.consistency_single, 0.72688042, 1e-6);
});

test('agreement: too little gives sentences and null, never a figure', () => {
	const cases = {
		'': /No unit was rated by two/,
		'1,1,3': /No unit was rated by two/,
		'1,1,': /No unit was rated by two/,
		'1,1,3\n2,1,4': /needs two raters/,
		'1,1,3\n1,2,3\n2,1,3\n2,2,3': /Every rating is the same/,
		'1,1,3\n1,2,4\n2,1,-3\n2,2,3': /negative/,
	};
	for (const [rows, sentence] of Object.entries(cases)) {
		const got = analyze('agreement', '--ratings', file('few.csv', `unit,rater,rating\n${rows}\n`));
		assert.match(got.warnings.join(' '), sentence);
	}
});

test('files that cannot be read so: line, column and what is wrong', () => {
	const head = 'unit,rater,rating\n';
	const cases = [
		['', 'x.csv, line 1, column 1: the file is empty; the header is unit,rater,rating'],
		['unit,rater\n', 'x.csv, line 1, column 3: the column "rating" is missing; the header is unit,rater,rating'],
		['unit,who,rating\n', 'x.csv, line 1, column 2: "who" is no column here; the header is unit,rater,rating'],
		['unit,unit,rating\n', 'x.csv, line 1, column 2: this column is named twice; the header is unit,rater,rating'],
		[`${head}1,1,3\n1,2,x\n`, 'x.csv, line 3, column 3 (rating): "x" is no number from -1000000 to 1000000'],
		[`${head}1,1,nan\n`, 'x.csv, line 2, column 3 (rating): "nan" is no number from -1000000 to 1000000'],
		[`${head}1,1,0x1\n`, 'x.csv, line 2, column 3 (rating): "0x1" is no number from -1000000 to 1000000'],
		[`${head}1,1,1e7\n`, 'x.csv, line 2, column 3 (rating): "1e7" is no number from -1000000 to 1000000'],
		[`${head}1,,3\n`, 'x.csv, line 2, column 2 (rater): "" is empty; only a rating may be'],
		[`${head}1,1\n`, 'x.csv, line 2, column 2: the line ends after 2 columns, but the header has 3'],
		[`${head}1,1,3,4\n`, 'x.csv, line 2, column 4: "4" is one column more than the header has'],
		[`${head}1,1,3\n\n1,1,4\n`, 'x.csv, line 4, column 1: the same is rated on line 2'],
		[`${head}"a\nb",1,3\n`, 'x.csv, line 3, column 1 (unit): "" has control characters or lines in it'],
		[`${head}a"b,1,3\n`, 'x.csv, line 2, column 1: a quotation mark that neither begins nor ends the field'],
		[`${head}"a,1,3`, 'x.csv, line 2, column 1: the file ends within quotation marks'],
		[`${head}\0,1,3\n`, 'x.csv, line 2, column 1 (unit): "" is not UTF-8'],
		[Buffer.from(`${head}\xff,1,3\n`, 'latin1'), 'x.csv, line 2, column 1 (unit): "" is not UTF-8'],
		[
			`${head}${'n'.repeat(201)},1,3\n`,
			`x.csv, line 2, column 1 (unit): "${'n'.repeat(40)}" and so on is longer than 200 bytes`,
		],
	];
	for (const [text, sentence] of cases) {
		const got = assay('analyze', 'agreement', '--ratings', file('x.csv', text));
		assert.deepEqual(got, { status: 2, stdout: '', stderr: `assay: ${sentence}\n` });
	}
	const missing = assay('analyze', 'agreement', '--ratings', 'none.csv');
	assert.equal(missing.status, 1);
	assert.match(missing.stderr, /none\.csv cannot be opened: No such file/);
	assert.equal(assay('analyze', 'agreement', '--ratings', scratch).status, 1);
});

test('impact: the guidelines’ example, and a group too small to judge', () => {
	const got = analyze('impact', '--focal', '45/100', '--reference', '60/100');
	assert.deepEqual(Object.keys(got), [
		'ratio',
		'katz',
		'fisher',
		'mid_p',
		'newcombe',
		'p_ratio_below',
		'p_lower',
		'shift_one',
		'verdict',
	]);
	near(got.ratio, 0.75);
	near(got.katz.low, 0.572895);
	near(got.katz.high, 0.981856);
	near(got.fisher, 0.047165);
	near(got.mid_p, 0.035201);
	near(got.newcombe.value, -0.15);
	near(got.newcombe.low, -0.280449);
	near(got.newcombe.high, -0.011724);
	near(got.p_ratio_below, 0.677656);
	near(got.p_lower, 0.983295);
	near(got.shift_one, 0.779661);
	assert.equal(got.verdict, 'below four-fifths');
	assert.equal(analyze('impact', '--focal', '1/4', '--reference', '4/6').verdict, 'too few to say');
	const nobody = analyze('impact', '--focal', '0/40', '--reference', '0/60');
	assert.equal(nobody.ratio, null);
	assert.equal(nobody.katz.low, null);
	assert.equal(nobody.verdict, 'nobody of the reference group was selected');
});

test('interval: wilson, newcombe, jeffreys', () => {
	const rows = [
		[['wilson', '81/263'], 0.255289, 0.36621],
		[['wilson', '0/20'], 0, 0.161125],
		[['newcombe', '56/70', '48/80'], 0.052431, 0.333873],
		[['newcombe', '10/10', '0/10'], 0.607509, 1],
		[['jeffreys', '3/11'], 0.083482, 0.565095],
	];
	for (const [words, low, high] of rows) {
		const got = analyze('interval', ...words);
		assert.deepEqual(Object.keys(got), ['value', 'low', 'high']);
		near(got.low, low);
		near(got.high, high);
	}
	const wide = analyze('interval', 'wilson', '5/10', '--level', '.99');
	const narrow = analyze('interval', 'wilson', '5/10', '--level', '.9');
	assert.ok(wide.low < narrow.low && wide.high > narrow.high);
});

test('drift: the handbook’s EWMA, options by name and by symbol', () => {
	const values = '52.0,47.0,53.0,49.3,50.1,47.0,51.0,50.1,51.2,50.5,49.6,47.6,49.9,51.3,47.8,51.2,52.6,52.4,53.6,52.1';
	const options = ['--values', values, '--target', '50', '--sd', '2.0539', '--lambda', '.3'];
	const got = analyze('drift', ...options, '--limit', '3');
	near(got.limits.low, 47.411568);
	near(got.limits.high, 52.588432);
	near(got.points[0].ewma, 50.6);
	near(got.points[19].ewma, 51.988243);
	near(got.points[2].high, 52.431406);
	assert.equal(got.ewma_signal, null);
	assert.deepEqual(got.warnings, []);
	assert.deepEqual(analyze('drift', ...options, '--L=3'), got);
	assert.match(analyze('drift', '--values', '1,2').warnings[0], /Fewer than 20/);
	assert.equal(analyze('drift', '--values', '0,0,9,9,9').ewma_signal, 3);
	assert.equal(analyze('drift', '--values', '-9,-9').cusum_signal, 1);
});

test('dstudy: from variances and weights, or from the two sums', () => {
	const got = analyze('dstudy', '--variances', '.22,.12,.20,.08,.20', '--weights', '1,1,1,1,1,1');
	near(got.universe, 0.24);
	assert.equal(got.rows.length, 8);
	assert.deepEqual(Object.keys(got.rows[0]), ['interviewers', 'error', 'e_rho2', 'phi', 'sem']);
	near(got.rows[3].phi, 0.753927);
	near(got.rows[3].e_rho2, 0.804469);
	near(got.rows[3].sem, 0.279881);
	const sums = analyze('dstudy', '--U', '.47', '--E', '1.2', '--J', '12');
	near(sums.rows[11].phi, 0.824561);
	assert.equal(sums.rows[0].e_rho2, null);
	assert.match(analyze('dstudy', '--U', '0', '--E', '0').warnings[0], /nothing can be told apart/);
});

test('another-interview: what it may change', () => {
	const got = analyze('another-interview', '--t', '3.6', '--V', '.048', '--E', '.31', '--T', '3.5');
	near(got.tau, 0.080223);
	near(got.p_flip, 0.106286);
	near(got.gain, 0.004088);
	near(got.sd_drop, 0.069451);
	const words = ['--score', '3.6', '--variance', '.048', '--error', '.31', '--cutoff', '3.5'];
	assert.deepEqual(analyze('another-interview', ...words), got);
	const certain = analyze('another-interview', '--t', '3', '--V', '0', '--E', '0', '--T', '3');
	assert.match(certain.warnings[0], /no variance/);
});

test('wrong options: a sentence and exit status 2', () => {
	const cases = [
		[['agreement'], /--ratings is needed/],
		[['impact', '--focal', '3/2', '--reference', '1/2'], /--focal is "3\/2", but must be x\/n/],
		[['impact', '--focal', '1/2'], /--reference is ""/],
		[['impact', '--focal', '-1/2', '--reference', '1/2'], /--focal is "-1\/2"/],
		[['interval', 'wald', '1/2'], /there is no interval "wald"; there are wilson, newcombe and jeffreys/],
		[['interval', 'wilson'], /usage: assay analyze interval/],
		[['interval', 'wilson', '1/2', '1/2'], /wilson takes one x\/n/],
		[['interval', 'newcombe', '1/2'], /newcombe takes two x\/n/],
		[['interval', 'wilson', '1/0'], /x\/n is "1\/0"/],
		[['interval', 'wilson', '1/2', '--level', '1'], /--level is "1", but must be a number from 0.5 to 0.9999/],
		[['drift'], /--values is needed/],
		[['drift', '--values', '1,x'], /number 2 of --values is "x"/],
		[['drift', '--values', '1', '--lambda', '0'], /--lambda is "0", but must be a number above 0 to 1/],
		[['dstudy', '--variances', '1,2'], /--variances has 2 numbers, but must have five/],
		[['dstudy', '--variances', '1,1,1,1,1', '--weights', '1,0'], /number 2 of --weights is "0"/],
		[['dstudy', '--U', '1', '--variances', '1,1,1,1,1'], /give either --variances and --weights, or/],
		[['dstudy', '--U', '1'], /--error is needed/],
		[['another-interview', '--t', '3'], /--variance is needed/],
		[['another-interview', '--prior'], /--prior is not a setting of this command/],
		[['rain'], /there is no command "analyze rain"; "assay help analyze" lists those that begin so/],
		[[], /"analyze" is the beginning of commands that "assay help analyze" lists/],
	];
	for (const [words, sentence] of cases) {
		const got = assay('analyze', ...words);
		assert.equal(got.status, 2, words.join(' '));
		assert.equal(got.stdout, '');
		assert.match(got.stderr, sentence);
	}
});

test('without --json there is a table, and help explains each command', () => {
	const tables = [
		[['agreement', '--ratings', file('a.csv', csv(lines))], /Krippendorff's alpha ordinal +0\.815388/],
		[['impact', '--focal', '45/100', '--reference', '60/100'], /verdict +below four-fifths/],
		[['interval', 'wilson', '3/4'], /rate 0\.750000, from 0\.300642 to 0\.954413 \(95 %\)/],
		[['drift', '--values', '0,0,9,9,9'], /left its limits at value 3\./],
		[['dstudy', '--U', '.47', '--E', '1.2'], / 4 +0\.300000 +- +0\.610390/],
		[['another-interview', '--t', '3.6', '--V', '.048', '--E', '.31', '--T', '3.5'], /flips +0\.106286/],
	];
	const listed = assay('help', 'analyze').stdout;
	for (const [words, line] of tables) {
		const got = assay('analyze', ...words);
		assert.equal(got.status, 0);
		assert.match(got.stdout, line);
		assert.match(listed, new RegExp(`analyze ${words[0]} `));
		assert.match(assay('analyze', words[0], '--help').stdout, /--json/);
	}
});
