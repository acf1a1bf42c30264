// Times the model from 1,000 to 1,000,000 ratings, complete and with 10 % holes, beside R's lme4 and
// psych where R has them. Prints a table and writes build/bench/model.{json,svg}.
//
// BENCH_ROUNDS (3), BENCH_MOST (1000000: ratings), BENCH_R_SECONDS (120: R gets no larger file once it took longer)
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { plot } from './plot.mjs';
import { median } from './table.mjs';

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'build/bench/model');
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const most = Number(process.env.BENCH_MOST ?? 1e6);
const patience = Number(process.env.BENCH_R_SECONDS ?? 120);
const goals = { '100000 0': 0.1, '100000 0.1': 0.1, '1000000 0': 1, '1000000 0.1': 2 };
const seconds = (value) => (value === undefined ? '' : value < 0.1 ? value.toFixed(4) : value.toFixed(2));

const sizes = [1e3, 1e4, 1e5, 1e6].filter((n) => n <= most);
const interviewers = (n) => Math.max(8, Math.round(n / 2000));

function run(command, ...words) {
	const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8', maxBuffer: 1 << 30 });
	if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
	return stdout;
}

const ours = (n, holes) => {
	const all = Array.from({ length: rounds }, () => JSON.parse(run(program, n, interviewers(n), holes)));
	const middle = (key) => median(all.map((each) => each[key]));
	return { ...all[0], fit_wall: middle('fit_wall'), fit_cpu: middle('fit_cpu'), update_wall: middle('update_wall') };
};

// The same model as ours, and a two-way ICC of the same ratings in a table of candidates by interviews.
const script = `
args <- commandArgs(TRUE)
d <- read.csv(args[1], stringsAsFactors = TRUE)
took <- function(f) tryCatch({ gc(); s <- proc.time(); f(); (proc.time() - s)[["elapsed"]] }, error = function(e) NA)
if (args[2] == "lme4") {
	library(lme4)
	fit <- NULL
	out <- took(function() fit <<- lmer(rating ~ 0 + competency + (1 | candidate) + (1 | candidate:competency) +
		(1 | candidate:interviewer) + (1 | interviewer), d))
	v <- as.data.frame(VarCorr(fit))
	cat(sprintf("{\\"seconds\\": %.3f, \\"interviewer\\": %.6f}\\n", out, v$vcov[v$grp == "interviewer"]))
} else {
	library(psych)
	m <- tapply(d$rating, list(d$candidate, ave(as.integer(d$interviewer), d$candidate, FUN = function(x) match(x, unique(x)))), mean)
	cat(sprintf("{\\"seconds\\": %.3f}\\n", took(function() suppressWarnings(ICC(m, lmer = anyNA(m))))))
}`;

const has = (name) => spawnSync('Rscript', ['-e', `library(${name})`]).status === 0;
// How many times longer ten times the ratings take R, at least as was seen.
const growth = { lme4: 20, psych: 5000 };
const scratch = mkdtempSync(join(tmpdir(), 'assay-model-bench-'));
writeFileSync(join(scratch, 'peer.R'), script);
const peers = ['lme4', 'psych'].filter(has);
const tired = new Set();

// lme4 stops early, at some five digits.
function theirs(name, n, holes, mine) {
	if (!peers.includes(name) || tired.has(name)) return undefined;
	const path = join(scratch, 'ratings.csv');
	writeFileSync(path, run(program, n, interviewers(n), holes, 'csv'));
	const { seconds: took, interviewer } = JSON.parse(run('Rscript', join(scratch, 'peer.R'), path, name).trim().split('\n').at(-1));
	if (interviewer !== undefined && Math.abs(interviewer - mine.severity) > 1e-3 * mine.severity)
		throw new Error(`${n} ratings: lme4 finds ${interviewer} as the interviewers' variance, and not ${mine.severity}`);
	if (!(took * growth[name] < patience)) tired.add(name);
	return took;
}

// lme4's own example, 73,421 ratings of 2,972 students and 1,128 lecturers, whose fit is published.
function example() {
	const path = join(scratch, 'InstEval.csv');
	run('Rscript', '-e', `d <- lme4::InstEval; write.csv(data.frame(candidate = d$s, interviewer = d$d, competency = "y", rating = d$y), "${path}", row.names = FALSE, quote = FALSE)`);
	const fit = JSON.parse(run(join(root, 'build/assay'), 'analyze', 'model', '--ratings', path, '--json'));
	const severity = (id) => fit.interviewers.find((each) => each.id === id).severity;
	for (const [got, want, tolerance] of [
		[fit.neg2_reml, 237783.880388, 1e-6],
		[fit.variances.candidate, 0.1062146671, 1e-5],
		[fit.variances.interviewer, 0.2737344752, 1e-5],
		[fit.variances.residual, 1.3871796794, 1e-5],
		[fit.competencies[0].mean, 3.254158, 1e-5],
		[severity('1'), -0.41292, 1e-5],
		[severity('12'), -0.195093, 1e-5],
	])
		if (!(Math.abs(got - want) <= tolerance)) throw new Error(`InstEval: ${got} and not ${want}`);
}

if (peers.includes('lme4')) example();
const rows = [];
let missed = 0;
for (const holes of [0, 0.1]) {
	tired.clear();
	for (const n of sizes) {
		const mine = ours(n, holes);
		rows.push({ n, holes, ...mine, lme4: theirs('lme4', n, holes, mine), psych: theirs('psych', n, holes, mine) });
	}
}
rmSync(scratch, { recursive: true });

console.log('| ratings | holes | interviewers | steps | fit, s | of that CPU, s | to reach | one scorecard more, s | lme4, s | psych, s |');
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const row of rows) {
	const goal = goals[`${row.n} ${row.holes}`];
	if (goal !== undefined && row.fit_wall > goal) missed++;
	const met = goal === undefined ? '' : `≤ ${goal} ${row.fit_wall <= goal ? 'met' : 'MISSED'}`;
	console.log(`| ${row.ratings.toLocaleString('en')} | ${row.holes * 100} % | ${row.interviewers} | ${row.steps} | ${seconds(row.fit_wall)} | ${seconds(row.fit_cpu)} | ${met} | ${seconds(row.update_wall)} | ${seconds(row.lme4)} | ${seconds(row.psych)} |`);
}
if (peers.length < 2) console.log(`R with ${['lme4', 'psych'].filter((name) => !peers.includes(name)).join(' and ')} is not installed (Debian: r-cran-lme4, r-cran-psych).`);

const line = (name, holes, key) => ({
	name,
	points: rows.filter((row) => row.holes === holes && row[key] > 0).map((row) => [row.n, row[key] * 1e6]),
});
const charts = [
	{ title: 'complete', series: [line('assay', 0, 'fit_wall'), line('lme4', 0, 'lme4')] },
	{ title: '10 % holes', series: [line('assay', 0.1, 'fit_wall'), line('lme4', 0.1, 'lme4')] },
].map((chart) => ({ ...chart, series: chart.series.filter((each) => each.points.length > 0) }));
mkdirSync(join(root, 'build/bench'), { recursive: true });
writeFileSync(join(root, 'build/bench/model.json'), JSON.stringify(rows, null, '\t'));
writeFileSync(join(root, 'build/bench/model.svg'), plot(charts, 'Time of a fit against the number of ratings'));
process.exitCode = missed > 0 ? 1 : 0;
