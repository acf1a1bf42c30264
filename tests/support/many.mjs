// Many applications to one role, made in the database at once: what lists and boards are measured with.
import { psql } from './database.mjs';

const id = (kind, n) => `('0${kind}b00000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/**
 * Over the role's stages; a third has ended. Every hundredth has an interview ahead, and every hundredth one
 * behind that a scorecard is owed for: the interviewers' in turn.
 */
export async function many(server, { organization, role, stages, interviewers, count }) {
	const org = `'${organization}'::uuid`;
	const rows = `generate_series(1, ${count}) AS n`;
	const stage = (n) => `(ARRAY[${stages.map((one) => `'${one.id}'`).join(', ')}]::uuid[])[1 + ${n} % ${stages.length}]`;
	const status = "CASE WHEN n % 3 > 0 THEN 'active' WHEN n % 2 = 0 THEN 'rejected' ELSE 'withdrawn' END";
	const when = "now() - interval '90 days' + n * interval '10 minutes'";
	const given = "ARRAY['Ines', 'Marek', 'Sofia', 'Ravi', 'Ella', 'Chen', 'Omar', 'Petra', 'Noor', 'Elodie', 'Tomasz']";
	const family = "ARRAY['Duarte', 'Hale', 'Lind', 'Menon', 'Brandt', 'Wei', 'Aziz', 'Volk', 'van der Berg-Hansen', 'Ó Briain', 'Kowalski', 'Nguyen', 'Rossi']";
	await psql(
		server,
		`BEGIN;
		SELECT set_config('assay.organization', '${organization}', true);
		INSERT INTO candidates (organization_id, id, name, email, headline, location, source, tags, created_at, updated_at)
		SELECT ${org}, ${id(1, 'n')}, (${given})[1 + n % 11] || ' ' || (${family})[1 + n % 13] || ' ' || n, 'p' || n || '@many.example',
			'Engineer of ' || n % 97, 'Town ' || n % 211, (ARRAY['Referral', 'Job board', 'Agency', 'Website'])[1 + n % 4],
			ARRAY['tag ' || n % 13], ${when}, ${when} FROM ${rows};
		INSERT INTO candidate_keys (organization_id, candidate_id) SELECT ${org}, ${id(1, 'n')} FROM ${rows} ON CONFLICT DO NOTHING;
		INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, status, source, created_at, updated_at)
		SELECT ${org}, ${id(2, 'n')}, ${id(1, 'n')}, '${role.id}', '${role.plan_id}', ${stage('n')}, ${status},
			(ARRAY['Referral', 'Job board', 'Agency', 'Website'])[1 + n % 4], ${when}, ${when} FROM ${rows};
		INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status, actor_kind, created_at)
		SELECT ${org}, ${id(2, 'n')}, ${stage('0 * n')}, 'active', 'system', ${when} FROM ${rows}
		UNION ALL SELECT ${org}, ${id(2, 'n')}, CASE WHEN n % 3 > 0 THEN ${stage('n')} END, ${status}, 'system',
			${when} + interval '1 day' FROM ${rows} WHERE n % 3 = 0 OR n % ${stages.length} > 0;
		INSERT INTO interviews (organization_id, id, application_id, stage_id, role_id, starts_at, duration_minutes)
		SELECT ${org}, ${id(3, 'n')}, ${id(2, 'n')}, ${stage('n')}, '${role.id}',
			CASE WHEN n % 100 = 1 THEN now() - interval '2 days' ELSE now() + n % 60 * interval '1 hour' END, 45
		FROM ${rows} WHERE n % 50 = 1;
		INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id, stage_id)
		SELECT ${org}, ${id(3, 'n')}, (ARRAY[${interviewers.map((one) => `'${one}'`).join(', ')}]::uuid[])[1 + n / 50 % ${interviewers.length}], ${id(2, 'n')}, ${stage('n')} FROM ${rows} WHERE n % 50 = 1;
		COMMIT;`,
	);
	await psql(server, 'VACUUM ANALYZE');
}
