// The benchmark's data: a role with six competencies, and N candidates who each applied, were
// interviewed once and were rated by one of the two interviewers.
import { psql } from '../support/database.mjs';

const id = (kind, n) => `('0${kind}900000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
export const candidateId = (n) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
export const interviewId = (n) => `03900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const competency = (k) => `0490000${k}-0000-7000-8000-000000000000`;

const ROLE = "'05900000-0000-7000-8000-000000000001'::uuid";
const PLAN = "'05900000-0000-7000-8000-000000000002'::uuid";
const STAGE = "'05900000-0000-7000-8000-000000000003'::uuid";
const RUBRIC = "'05900000-0000-7000-8000-000000000004'::uuid";
const VERSION = "'05900000-0000-7000-8000-000000000005'::uuid";
const NAMES = ['System design', 'Code quality', 'Debugging', 'Communication', 'Ownership', 'Testing'];

export class Dataset {
	constructor(server, demo) {
		this.server = server;
		this.demo = demo;
		this.size = 0;
		this.org = demo.organization.id;
	}

	sql(text) {
		return psql(this.server, text);
	}

	person(persona) {
		return this.demo.users.find((user) => user.persona === persona);
	}

	async make() {
		const org = `'${this.org}'::uuid`;
		for (const user of this.demo.users)
			user.id = await this.sql(`SELECT id FROM users WHERE email = '${user.email}' AND organization_id = ${org}`);
		const [author, other] = ['interviewer', 'interviewer_2'].map((persona) => this.person(persona).id);
		await this.sql(`
			BEGIN;
			INSERT INTO competencies (organization_id, id, name)
			SELECT ${org}, v.id::uuid, v.name FROM (VALUES ${NAMES.map((name, k) => `('${competency(k)}', 'Measured: ${name}')`).join(', ')}) AS v(id, name);
			INSERT INTO rubrics (organization_id, id, name) VALUES (${org}, ${RUBRIC}, 'Measured');
			INSERT INTO rubric_versions (organization_id, id, rubric_id, number) VALUES (${org}, ${VERSION}, ${RUBRIC}, 1);
			INSERT INTO rubric_criteria (organization_id, rubric_version_id, competency_id, position, weight, must_have_level, anchors)
			SELECT ${org}, ${VERSION}, c.id, row_number() OVER (ORDER BY c.id), 1, CASE WHEN c.name LIKE '%design' THEN 3 END,
				ARRAY['Far below', 'Below', 'As expected', 'Above', 'Far above']
			FROM competencies c WHERE c.organization_id = ${org} AND c.name LIKE 'Measured: %';
			UPDATE rubric_versions SET status = 'published', published_at = now(), content_hash = repeat('0', 64)
			WHERE organization_id = ${org} AND id = ${VERSION};
			INSERT INTO roles (organization_id, id, title, rubric_version_id, hire_bar, plan_id)
			VALUES (${org}, ${ROLE}, 'Measured', ${VERSION}, 3.5, ${PLAN});
			INSERT INTO interview_plans (organization_id, id, role_id, number) VALUES (${org}, ${PLAN}, ${ROLE}, 1);
			INSERT INTO stages (organization_id, id, plan_id, role_id, position, name, method, candidate_instructions)
			VALUES (${org}, ${STAGE}, ${PLAN}, ${ROLE}, 1, 'Technical', 'technical_interview', 'Reasoning, 60 minutes.');
			INSERT INTO hiring_team_members (organization_id, role_id, user_id, part)
			VALUES (${org}, ${ROLE}, '${author}', 'interviewer'), (${org}, ${ROLE}, '${other}', 'interviewer');
			COMMIT;`);
		this.author = author;
		this.other = other;
		await this.forgetScorecards();
	}

	// From the present size to `size`, in pieces that a checkpoint can follow.
	async grow(size) {
		const org = `'${this.org}'::uuid`;
		for (let from = this.size + 1; from <= size; from += 50_000) {
			const to = Math.min(size, from + 49_999);
			const numbers = `generate_series(${from}, ${to}) AS n`;
			await this.sql(`
				INSERT INTO candidates (organization_id, id, name, email, phone, location, headline, summary, skills, tags, experience, created_at, updated_at)
				SELECT ${org}, ${id(1, 'n')}, 'Candidate ' || md5(n::text), md5(n::text) || '@example.org', '+31 20 ' || n, 'Town ' || n % 997,
					'Engineer of ' || md5((n % 1009)::text), 'Has built ' || md5((n * 7)::text) || ' and kept it running for years.',
					ARRAY['skill ' || n % 101, 'skill ' || n % 211, 'skill ' || n % 307], ARRAY['tag ' || n % 13],
					jsonb_build_array(jsonb_build_object('title', 'Engineer', 'organization', 'Company ' || n % 503, 'start', '2019-04',
						'end', '2025-10', 'highlights', jsonb_build_array('Made things faster', 'Led ' || n % 9 || ' people'))),
					'2025-01-01'::timestamptz + n * interval '1 second', '2025-01-01'::timestamptz + n * interval '1 second'
				FROM ${numbers};
				INSERT INTO candidate_keys (organization_id, candidate_id) SELECT ${org}, ${id(1, 'n')} FROM ${numbers};
				INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
				SELECT ${org}, 'candidate', 'measured', n::text, ${id(1, 'n')} FROM ${numbers};
				INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, created_at, updated_at)
				SELECT ${org}, ${id(2, 'n')}, ${id(1, 'n')}, ${ROLE}, ${PLAN}, ${STAGE}, '2025-01-01'::timestamptz + n * interval '1 second',
					'2025-01-01'::timestamptz + n * interval '1 second' FROM ${numbers};
				INSERT INTO interviews (organization_id, id, application_id, stage_id, role_id, starts_at, duration_minutes)
				SELECT ${org}, ${id(3, 'n')}, ${id(2, 'n')}, ${STAGE}, ${ROLE}, '2025-06-01', 60 FROM ${numbers};
				INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id, stage_id)
				SELECT ${org}, ${id(3, 'n')}, u.id, ${id(2, 'n')}, ${STAGE}
				FROM ${numbers}, (VALUES ('${this.author}'::uuid), ('${this.other}'::uuid)) AS u(id);
				INSERT INTO scorecards (organization_id, interview_id, application_id, stage_id, role_id, author_id, rubric_version_id,
					ratings, recommendation, status, submitted_at, revision)
				SELECT ${org}, ${id(3, 'n')}, ${id(2, 'n')}, ${STAGE}, ${ROLE}, '${this.other}', ${VERSION}, '${JSON.stringify(storedRatings())}',
					'yes', 'submitted', now(), 1 FROM ${numbers};`);
		}
		this.size = size;
		await this.sql('VACUUM ANALYZE; CHECKPOINT');
	}

	async scorecards() {
		return Number(await this.sql(`SELECT count(*) FROM scorecards WHERE author_id = '${this.author}'`));
	}

	// As if the interviewer had never submitted one; then what is left is cleaned up and written out.
	async forgetScorecards() {
		await this.sql(`
			SET session_replication_role = replica;
			DELETE FROM scorecard_revisions r USING scorecards s WHERE s.organization_id = r.organization_id
				AND s.id = r.scorecard_id AND s.author_id = '${this.author}';
			DELETE FROM scorecards WHERE author_id = '${this.author}';
			TRUNCATE idempotency_keys;`);
		await this.sql('VACUUM scorecards, scorecard_revisions');
	}

	// The sealer's work on what was written before must not fall into the next measurement.
	async settle() {
		for (let i = 0; i < 200; i++) {
			const open = await this.sql('SELECT (SELECT count(*) FROM events) - (SELECT count(*) FROM event_seals)');
			if (Number(open) <= 0) return;
			await new Promise((done) => setTimeout(done, 100));
		}
	}
}

// ---- what is submitted --------------------------------------------------------------------------

const values = [4, 3, 5, 4, 2, 3];
const evidence = 'Described a migration without downtime, and what went wrong in it';

function storedRatings() {
	return Object.fromEntries(values.map((value, k) => [competency(k), { value, not_assessed: false, evidence }]));
}

// Around the interview's id, so that pgbench can put the same body together.
export function scorecardBody() {
	const ratings = Object.fromEntries(values.map((value, k) => [competency(k), { value, evidence }]));
	const rest = { ratings, recommendation: 'yes', key_takeaways: 'Solid in depth; would grow in ownership.', submit: true };
	const text = JSON.stringify(rest).replace(/":/g, '": ');
	return ['{"interview_id": "', `", ${text.slice(1)}`];
}
