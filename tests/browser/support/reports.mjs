// A role with enough behind it for every report: candidates, scorecards, decisions, answers.
import { psql } from '../../support/database.mjs';

const INTERVIEWERS = ['interviewer', 'interviewer_2', 'interviewer_3', 'interviewer_4'];
const SOURCES = ['Referral', 'Job board', 'Job board', 'Conference', 'Agency'];
const DAY_MS = 86_400_000;

// The same numbers in every run.
function random(seed) {
	let state = seed;
	return () => {
		state = (state * 1103515245 + 12345) % 2147483648;
		return state / 2147483648;
	};
}

async function roleOf(site) {
	const api = await site.as('admin');
	const role = await api.post('/v1/roles', {
		title: 'Platform Engineer',
		rubric_version_id: site.role.rubric_version_id,
		hire_bar: 3.4,
		target_days: 30,
		openings: 20,
	});
	role.stages = [];
	for (const name of ['Phone screen', 'Technical interview', 'Panel'])
		role.stages.push(
			await api.post(`/v1/roles/${role.id}/stages`, {
				name,
				method: 'technical_interview',
				candidate_instructions: 'What you do, how long it takes, and how it is judged.',
				competency_ids: Object.values(site.competencies),
			}),
		);
	for (const persona of INTERVIEWERS)
		await api.put(`/v1/roles/${role.id}/hiring_team/${site.users[persona].id}`, { part: 'interviewer' });
	return role;
}

async function candidateOf(site, role, i, next) {
	const api = await site.as(i % 2 ? 'admin' : 'recruiter');
	const candidate = await api.post('/v1/candidates', { name: `Candidate ${String(i + 1).padStart(2, '0')}` });
	const application = await api.post('/v1/applications', {
		candidate_id: candidate.id,
		role_id: role.id,
		source: SOURCES[i % SOURCES.length],
	});
	const interview = await api.post('/v1/interviews', {
		application_id: application.id,
		stage_id: role.stages[0].id,
		starts_at: new Date(Date.now() - DAY_MS * (1 + (i % 5))).toISOString(),
		interviewers: INTERVIEWERS.map((persona) => ({ user_id: site.users[persona].id })),
	});
	const level = 2.2 + 2.2 * next();
	for (const persona of INTERVIEWERS) {
		const shift = persona === 'interviewer' ? -0.6 : 0.2;
		const day = 0.7 * (next() - 0.5);
		await site.scorecard(
			persona,
			interview,
			Object.fromEntries(
				Object.keys(site.competencies).map((name) => [
					name,
					Math.min(5, Math.max(1, Math.round(level + shift + day + 1.6 * (next() - 0.5)))),
				]),
			),
		);
	}
	return application;
}

/** As if 260 candidates had been decided months ago, and had said of themselves what they wished. */
async function decide(site, role) {
	const id = (await (await site.as('admin')).get('/v1/me')).organization.id;
	const groups = [
		["'woman'", "'under_30'", [35, 25, 38]],
		["'man'", "'30_to_39'", [22, 25, 55]],
		['NULL', 'NULL', [20, 20, 20]],
	];
	const rows = groups.flatMap(([gender, age, counts]) =>
		counts.flatMap((n, outcome) => Array.from({ length: n }, () => `(${gender}, ${age}, ${outcome})`)),
	);
	const stage = (i) => `'${role.stages[i].id}'::uuid`;
	const at = "now() - interval '100 days'";
	await psql(
		site.server,
		`BEGIN;
		SELECT set_config('assay.organization', '${id}', true);
		CREATE TEMP TABLE made AS SELECT new_id() AS candidate, new_id() AS application, v.*
			FROM (VALUES ${rows.join(',')}) AS v(gender, age, outcome);
		INSERT INTO candidates (organization_id, id, name) SELECT '${id}'::uuid, candidate, 'Of many' FROM made;
		INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, status, created_at, archived_at)
			SELECT '${id}'::uuid, application, candidate, '${role.id}'::uuid, '${role.plan_id}'::uuid, ${stage(2)},
				CASE WHEN outcome = 2 THEN 'offered' ELSE 'rejected' END, ${at}, now() FROM made;
		INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status, actor_kind, created_at)
			SELECT '${id}'::uuid, application, ${stage(0)}, 'active', 'system', ${at} FROM made
			UNION ALL SELECT '${id}'::uuid, application, ${stage(1)}, 'active', 'system', ${at} + interval '4 days' FROM made
				WHERE outcome > 0
			UNION ALL SELECT '${id}'::uuid, application, NULL::uuid,
				CASE WHEN outcome = 2 THEN 'offered' ELSE 'rejected' END, 'system', ${at} + interval '11 days' FROM made;
		INSERT INTO demographic_answers (organization_id, application_id, gender, age, created_at)
			SELECT '${id}'::uuid, application, gender, age, ${at} FROM made WHERE gender IS NOT NULL;
		COMMIT;`,
	);
}

/** Returns the role. The admin gets the rights for the reports on people. */
export async function fill(site, { candidates = 22 } = {}) {
	const admin = await site.as('admin');
	const role = await roleOf(site);
	const next = random(11);
	for (let i = 0; i < candidates; i += 1) {
		const application = await candidateOf(site, role, i, next);
		if (i % 3 !== 0) continue;
		await admin.post(`/v1/applications/${application.id}/move`, { stage_id: role.stages[1].id });
		if (i % 2) await admin.post(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'No.' });
	}
	await decide(site, role);
	for (const report of ['fairness', 'rating_patterns'])
		await admin.put(`/v1/users/${site.users.admin.id}/report_rights/${report}`);
	return role;
}
