// Decided applications with what their candidates said of themselves, as if they had come long ago.
import { psql } from './database.mjs';

// Each group is [answer, stopped at the first stage, stopped later, offered]. Resolves with the
// applications' ids, in the order of the groups.
export async function decided(world, role, groups, { question = 'gender', days = 100 } = {}) {
	const id = world.organization.id;
	const rows = [];
	for (const [answer, ...outcomes] of groups)
		for (const [outcome, n] of outcomes.entries())
			for (let i = 0; i < n; i += 1) rows.push([answer, outcome]);
	const values = rows
		.map(([answer, outcome], i) => `(${i}, ${answer ? `'${answer}'` : 'NULL'}, ${outcome})`)
		.join(',');
	const at = `now() - interval '${days} days'`;
	const made = await psql(
		world.server,
		`BEGIN;
		SELECT set_config('assay.organization', '${id}', true);
		CREATE TEMP TABLE made AS SELECT new_id() AS candidate, new_id() AS application, v.*
			FROM (VALUES ${values}) AS v(i, answer, outcome);
		INSERT INTO candidates (organization_id, id, name) SELECT '${id}'::uuid, candidate, 'Of many ' || i FROM made;
		INSERT INTO candidate_keys (organization_id, candidate_id) SELECT '${id}'::uuid, candidate FROM made;
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
		SELECT string_agg(application::text, ' ' ORDER BY i) FROM made;
		COMMIT;`,
	);
	return made.split('\n').at(-1).split(' ');
}
