// From a scorecard's submission to the updated evaluation, in an organization with 100,000 ratings.
//
// A server of its own, scorecards written into its database, then one submission after the other
// through the API while the full fit runs behind them. Prints a table and writes build/bench/refit.json.
// REFIT_RATINGS (100000), REFIT_SUBMISSIONS (300), ASSAY_BINARY (build/assay)
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { World, ratings } from '../support/world.mjs';

const root = resolve(import.meta.dirname, '../..');
const wanted = Number(process.env.REFIT_RATINGS ?? 100_000);
const submissions = Number(process.env.REFIT_SUBMISSIONS ?? 300);
const COMPETENCIES = 6;
const CARDS = 4;
const ROLES = 40;
const LIMIT_MS = 200;

const server = await startServer({ program: process.env.ASSAY_BINARY ?? join(root, 'build/assay') });
const world = await World.make(server, 'Refit');
await world.user('recruiter', 'recruiter');
await world.user('writer');
const competencies = [];
for (let k = 0; k < COMPETENCIES; k++) competencies.push(await world.competency(`Competency ${k}`));
const version = await world.rubric(competencies.map((competency) => ({ competency, weight: 1 + (competencies.indexOf(competency) % 3), must: competency === competencies[0] ? 3 : null })));
for (let r = 0; r < ROLES; r++) await world.role({ version });

const applications = Math.ceil(wanted / COMPETENCIES / CARDS);
const interviewers = Math.max(8, Math.round(wanted / 500));
const org = world.organization.id;
// Levels of candidates and severities of people that do not change from run to run.
await psql(
	server,
	`
SET session_replication_role = replica;
SELECT setseed(0.5);
CREATE TEMP TABLE r AS SELECT row_number() OVER (ORDER BY r.id) - 1 AS n, r.id, r.plan_id, s.id AS stage_id
	FROM roles r JOIN stages s ON s.organization_id = r.organization_id AND s.plan_id = r.plan_id WHERE r.organization_id = '${org}';
CREATE TEMP TABLE u AS SELECT n, new_id() AS id, random() - .5 AS severity FROM generate_series(0, ${interviewers - 1}) n;
INSERT INTO users (organization_id, id, email, name, access_level)
	SELECT '${org}', id, 'person-' || n || '@bench.example', 'Person ' || n, 'member' FROM u;
CREATE TEMP TABLE a AS SELECT n, new_id() AS id, new_id() AS candidate_id, new_id() AS interview_id, 2 + 2 * random() AS level,
	n % ${ROLES} AS role FROM generate_series(0, ${applications - 1}) n;
INSERT INTO candidates (organization_id, id, name) SELECT '${org}', candidate_id, 'Candidate ' || n FROM a;
INSERT INTO candidate_keys (organization_id, candidate_id) SELECT '${org}', candidate_id FROM a;
INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id)
	SELECT '${org}', a.id, a.candidate_id, r.id, r.plan_id, r.stage_id FROM a JOIN r ON r.n = a.role;
INSERT INTO interviews (organization_id, id, application_id, stage_id, role_id, duration_minutes)
	SELECT '${org}', a.interview_id, a.id, r.stage_id, r.id, 60 FROM a JOIN r ON r.n = a.role;
CREATE TEMP TABLE c AS SELECT a.n, a.id AS application_id, a.interview_id, a.level, r.id AS role_id, r.stage_id, u.id AS user_id, u.severity
	FROM a JOIN r ON r.n = a.role CROSS JOIN generate_series(0, ${CARDS - 1}) k
	JOIN u ON u.n = (a.n * 7 + k * (1 + a.n % 11)) % ${interviewers};
INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id, stage_id)
	SELECT DISTINCT '${org}'::uuid, interview_id, user_id, application_id, stage_id FROM c
	UNION SELECT '${org}', a.interview_id, '${world.users.writer.id}', a.id, r.stage_id FROM a JOIN r ON r.n = a.role WHERE a.n < ${submissions};
INSERT INTO scorecards (organization_id, interview_id, application_id, stage_id, role_id, author_id, rubric_version_id, status,
	recommendation, submitted_at, revision, ratings)
	SELECT DISTINCT ON (c.interview_id, c.user_id) '${org}'::uuid, c.interview_id, c.application_id, c.stage_id, c.role_id, c.user_id, '${version.id}'::uuid,
		'submitted', 'yes', now(), 1, (SELECT jsonb_object_agg(k.id, jsonb_build_object('not_assessed', false, 'evidence', null,
			'value', least(5, greatest(1, round(c.level - c.severity + random() - .5 + (random() - .5) * (c.n % 3)))::integer)))
			FROM competencies k WHERE k.organization_id = '${org}' AND c.n >= 0)
	FROM c;
INSERT INTO model_changes (organization_id, touches_full, touches_closed) VALUES ('${org}', true, true);
SET session_replication_role = DEFAULT;
ANALYZE;
`,
);
const recruiter = world.recruiter;
const open = (await psql(server, `SELECT a.id || ' ' || i.id FROM applications a JOIN interviews i ON i.application_id = a.id
	JOIN interview_interviewers ii ON ii.interview_id = i.id WHERE ii.user_id = '${world.users.writer.id}' ORDER BY a.id`))
	.split('\n')
	.map((line) => line.split(' '));
const modelOf = async (id) => (await recruiter.read(`/v1/applications/${id}/evaluation`)).model;
const began = performance.now();
for (;;) {
	const model = await modelOf(open[0][0]);
	if (model.state === 'current') break;
	if (performance.now() - began > 120_000) throw new Error(`no first fit: ${JSON.stringify(model.sentence)}`);
	await sleep(20);
}
const first = performance.now() - began;
const counted = Number(await psql(server, `SELECT summary ->> 'ratings' FROM model_fits WHERE kind = 'full' AND organization_id = '${org}'`));

const fits = new Set();
const took = [];
const answers = [];
let last = performance.now();
for (const [application, interview] of open) {
	const before = (await modelOf(application)).scorecards;
	const values = Object.fromEntries(competencies.map(({ id }, k) => [id, 2 + (took.length + k) % 3]));
	const draft = await world.writer.make('/v1/scorecards', { interview_id: interview, ratings: ratings(values), recommendation: 'yes' });
	const start = performance.now();
	await world.writer.make(`/v1/scorecards/${draft.id}/submit`);
	const answered = performance.now();
	answers.push(answered - start);
	for (;;) {
		const model = await modelOf(application);
		fits.add(model.inputs_hash);
		if (model.scorecards === before + 1) break;
		if (performance.now() - start > 20_000) throw new Error(`never updated: ${JSON.stringify(model)}`);
		await sleep(2);
	}
	took.push(performance.now() - start);
	last = performance.now();
}
let behind;
do {
	await sleep(10);
	behind = performance.now() - last;
} while ((await modelOf(open.at(-1)[0])).state !== 'current');
// What is fitted when it is asked for, of the newest 20,000 scorecards.
const asked = {};
for (const [name, client, path] of [
	['rating patterns', world.writer, `/v1/interviewers/${world.users.writer.id}/rating-patterns`],
	['another interview', recruiter, `/v1/roles/${(await recruiter.read(`/v1/applications/${open[0][0]}`)).role_id}/another-interview`],
]) {
	asked[name] = [];
	for (let i = 0; i < 5; i++) {
		const start = performance.now();
		await client.read(path);
		asked[name].push(performance.now() - start);
	}
}
const at = (list, part) => [...list].sort((x, y) => x - y)[Math.min(list.length - 1, Math.floor(list.length * part))];
const full = [...server.log().matchAll(/load_ms=(\d+) fit_ms=(\d+) store_ms=(\d+) caught_up=(\d+) catch_up_ms=(\d+)/g)].map((found) => found.slice(1).map(Number));
const result = {
	ratings: counted,
	applications,
	interviewers: interviewers + 1,
	roles: ROLES,
	submissions: took.length,
	submit_ms: { p50: at(answers, 0.5), p99: at(answers, 0.99) },
	updated_ms: { p50: at(took, 0.5), p95: at(took, 0.95), p99: at(took, 0.99), most: at(took, 1) },
	full_fits_meanwhile: fits.size,
	first_fit_ms: first,
	last_full_fit_after_ms: behind,
	on_demand_ms: asked,
	full_fits: full.map(([load, fit, store, caught_up, catch_up]) => ({ load, fit, store, caught_up, catch_up })),
};
await server.stop();
mkdirSync(join(root, 'build/bench'), { recursive: true });
writeFileSync(join(root, 'build/bench/refit.json'), JSON.stringify(result, null, 1));
const ms = (value) => `${value.toFixed(0)} ms`;
console.log(`${counted} ratings, ${applications} applications, ${interviewers + 1} interviewers, ${took.length} submissions, ${fits.size} full fits meanwhile`);
console.log(`submitted → answered          p50 ${ms(result.submit_ms.p50)}  p99 ${ms(result.submit_ms.p99)}`);
console.log(`submitted → updated evaluation p50 ${ms(result.updated_ms.p50)}  p95 ${ms(result.updated_ms.p95)}  p99 ${ms(result.updated_ms.p99)}  (at most ${LIMIT_MS} ms)`);
console.log(`first full fit ${ms(first)}, the last one after ${ms(behind)}; of each: load, two fits, store (ms), changes caught up with, in ms: ${full.map((each) => each.join(', ')).join('; ')}`);
for (const [name, times] of Object.entries(asked)) console.log(`${name}, fitted when asked for: median ${ms(at(times, 0.5))}, at most ${ms(at(times, 1))}`);
if (!(result.updated_ms.p99 <= LIMIT_MS)) process.exitCode = 1;
