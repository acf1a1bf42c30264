-- Interview plans, version by version, and the dry runs of their stages.

-- fragment: plan_columns
@.id, @.role_id, @.number, EXISTS (SELECT FROM roles r WHERE r.organization_id = :org
		AND r.id = @.role_id AND r.plan_id = @.id) AS is_current,
	@.from_plan_id, @.template_id, @.time_budget_minutes, plan_minutes(@.id) AS minutes,
	@.codebase_language, plan_in_use(@.id) AS in_use, @.created_at

-- name: plans_list :read
SELECT {plan_columns p}
FROM visible_roles v
LEFT JOIN interview_plans p ON p.organization_id = v.organization_id AND p.role_id = v.id
WHERE v.organization_id = :org AND v.id = :role_id
ORDER BY p.number DESC;

-- name: plan_get :read
SELECT {plan_columns p}
FROM interview_plans p
JOIN visible_roles v ON v.organization_id = p.organization_id AND v.id = p.role_id
WHERE p.organization_id = :org AND p.id = :plan_id;

-- name: plan_create :write
-- The next version, from a template, another role's plan, an earlier version or the current one;
-- from then on it is what new applications start with. Of another role only those who may read its
-- kit may copy, and who interviews stays behind; dry runs go with the exercise. Of the focus only
-- what the role's rubric has is taken.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(template_id text,
		copy_role_id uuid, copy_plan_id uuid)
), seen AS MATERIALIZED (
	SELECT r.plan_id FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
), cur AS (
	SELECT r.id, r.plan_id, r.rubric_version_id,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN r.archived_at IS NOT NULL THEN 'archived'
			-- A version came in while this statement waited for the role; it does not see it.
			WHEN r.plan_id <> seen.plan_id THEN 'conflict' END AS refusal
	FROM seen, roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE OF r
), template AS (
	SELECT item FROM body b, jsonb_array_elements(:templates::jsonb) AS item
	WHERE item ->> 'id' = b.template_id AND item ->> 'kind' = 'plan'
), source AS (
	SELECT p.id, p.role_id FROM body b
	JOIN cur ON true
	LEFT JOIN visible_roles other ON other.organization_id = :org AND other.id = b.copy_role_id
	JOIN interview_plans p ON p.organization_id = :org
		AND p.id = coalesce(b.copy_plan_id, other.plan_id, cur.plan_id)
	JOIN visible_roles v ON v.organization_id = :org AND v.id = p.role_id
	WHERE b.template_id IS NULL AND (b.copy_role_id IS NULL OR other.id IS NOT NULL)
		AND (p.role_id = cur.id OR reads_kit(p.role_id, NULL))
), asked AS (
	SELECT new_id() AS id, cur.id AS role_id, cur.plan_id AS was_plan_id, cur.rubric_version_id,
		s.id AS from_plan_id, s.role_id AS from_role_id, b.template_id,
		coalesce(cur.refusal, CASE
			WHEN num_nonnulls(b.template_id, b.copy_role_id, b.copy_plan_id) > 1 THEN 'invalid'
			WHEN b.template_id IS NOT NULL AND NOT EXISTS (SELECT FROM template)
				THEN 'unknown_template'
			WHEN b.copy_role_id IS NOT NULL AND s.id IS NULL THEN 'unknown_copied_role'
			WHEN b.copy_plan_id IS NOT NULL AND s.id IS NULL THEN 'unknown_copied_plan'
		END) AS refusal
	FROM cur CROSS JOIN body b LEFT JOIN source s ON true
), drafts AS (
	SELECT new_id() AS id, t.id AS from_stage_id, t.position, t.name, t.method, t.duration_minutes,
		t.independence, t.anonymous, t.optional, t.candidate_instructions, t.candidate_brief,
		t.dry_runs_required, t.interviewer_notes, t.questions, NULL::jsonb AS competencies
	FROM asked a JOIN stages t ON t.organization_id = :org AND t.plan_id = a.from_plan_id
	UNION ALL
	SELECT new_id(), NULL, t.position::integer, t.stage ->> 'name', t.stage ->> 'method',
		(t.stage ->> 'duration_minutes')::integer, 'application', t.stage ->> 'method' = 'work_sample',
		coalesce((t.stage ->> 'optional')::boolean, false), NULL, t.stage -> 'candidate_brief', 1,
		concat_ws(E'\n', t.stage ->> 'interviewer_notes', (SELECT 'Listen for: ' || string_agg(l, '; '
				ORDER BY k.at, n.at) || '.'
			FROM jsonb_array_elements(t.stage -> 'kits') WITH ORDINALITY AS k(ref, at)
			JOIN jsonb_array_elements(:templates::jsonb) AS kit ON kit -> 'id' = k.ref -> 'id'
			CROSS JOIN jsonb_array_elements_text(kit #> '{content,look_fors}')
				WITH ORDINALITY AS n(l, at))),
		(SELECT coalesce(jsonb_agg(q - 'topic' || jsonb_build_object('source',
				kit #> '{sources,0,document}') ORDER BY k.at, n.at), '[]')
			FROM jsonb_array_elements(t.stage -> 'kits') WITH ORDINALITY AS k(ref, at)
			JOIN jsonb_array_elements(:templates::jsonb) AS kit ON kit -> 'id' = k.ref -> 'id'
			CROSS JOIN jsonb_array_elements(kit #> '{content,questions}')
				WITH ORDINALITY AS n(q, at)
			WHERE NOT k.ref ? 'topics' OR k.ref -> 'topics' ? (n.q ->> 'topic'))
			|| (t.stage -> 'questions'),
		t.stage -> 'competencies'
	FROM template, jsonb_array_elements(item #> '{content,stages}') WITH ORDINALITY AS t(stage, position)
), new AS (
	INSERT INTO interview_plans (organization_id, id, role_id, number, from_plan_id, template_id,
		time_budget_minutes, codebase_language)
	SELECT :org, a.id, a.role_id, 1 + (SELECT max(p.number) FROM interview_plans p
			WHERE p.organization_id = :org AND p.role_id = a.role_id),
		a.from_plan_id, a.template_id, w.time_budget_minutes, w.codebase_language
	FROM asked a JOIN interview_plans w ON w.organization_id = :org
		AND w.id = coalesce(a.from_plan_id, a.was_plan_id)
	WHERE a.refusal IS NULL
	RETURNING *
), staged AS (
	INSERT INTO stages (organization_id, id, plan_id, role_id, position, name, method,
		duration_minutes, independence, anonymous, optional, candidate_instructions, candidate_brief,
		dry_runs_required, interviewer_notes, questions)
	SELECT :org, d.id, new.id, new.role_id, d.position, d.name, d.method, d.duration_minutes,
		d.independence, d.anonymous, d.optional, d.candidate_instructions, d.candidate_brief,
		d.dry_runs_required, d.interviewer_notes, d.questions
	FROM new, drafts d
	RETURNING duration_minutes, method
), focus AS (
	SELECT d.id AS stage_id, f.competency_id, f.position FROM drafts d
	JOIN stage_competencies f ON f.organization_id = :org AND f.stage_id = d.from_stage_id
	UNION ALL
	SELECT d.id, c.id, f.position::integer FROM drafts d
	CROSS JOIN jsonb_array_elements_text(d.competencies) WITH ORDINALITY AS f(name, position)
	JOIN competencies c ON c.organization_id = :org AND c.name_key = lower(f.name)
), focused AS (
	INSERT INTO stage_competencies (organization_id, stage_id, competency_id, position)
	SELECT :org, f.stage_id, f.competency_id, f.position FROM new, asked a, focus f
	WHERE a.rubric_version_id IS NULL OR EXISTS (SELECT FROM rubric_criteria k
		WHERE k.organization_id = :org AND k.rubric_version_id = a.rubric_version_id
			AND k.competency_id = f.competency_id)
), staffed AS (
	INSERT INTO stage_interviewers (organization_id, stage_id, user_id, position)
	SELECT :org, d.id, i.user_id, i.position FROM new, asked a, drafts d
	JOIN stage_interviewers i ON i.organization_id = :org AND i.stage_id = d.from_stage_id
	WHERE a.from_role_id = a.role_id
), tried AS (
	INSERT INTO dry_runs (organization_id, stage_id, user_id, minutes, notes, created_at)
	SELECT :org, d.id, r.user_id, r.minutes, r.notes, r.created_at FROM new, drafts d
	JOIN dry_runs r ON r.organization_id = :org AND r.stage_id = d.from_stage_id
), changed AS (
	UPDATE roles r SET plan_id = new.id, version = r.version + 1, updated_at = now()
	FROM new WHERE r.organization_id = :org AND r.id = new.role_id
	RETURNING r.id, r.version
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'interview_plan.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', new.role_id, 'number', new.number,
			'from_plan_id', new.from_plan_id, 'template_id', new.template_id) FROM new
	UNION ALL
	SELECT :org, 'role.updated', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'fields', '["plan_id"]'::jsonb) FROM changed c
), out AS (
	SELECT a.refusal, CASE WHEN a.refusal = 'invalid' THEN jsonb_build_array(jsonb_build_object(
			'pointer', '', 'rule', 'one_source',
			'detail', 'names at most one of template_id, copy_role_id and copy_plan_id'))
			END AS refusal_errors,
		new.id, new.role_id, new.number, true AS is_current, new.from_plan_id, new.template_id,
		new.time_budget_minutes, (SELECT coalesce(sum(s.duration_minutes), 0) FROM staged s
			WHERE s.method <> 'reference') AS minutes,
		new.codebase_language, false AS in_use, new.created_at
	FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: plan_update :write
-- The budget of the candidate's time, and the language of a large code base. Recorded with what it was.
WITH cur AS (
	SELECT p AS was, p.id, CASE WHEN NOT manages_role(p.role_id) THEN 'forbidden' END AS refusal
	FROM interview_plans p WHERE p.organization_id = :org AND p.id = :plan_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = p.role_id)
	FOR UPDATE
), new AS (
	UPDATE interview_plans p SET time_budget_minutes = n.time_budget_minutes,
		codebase_language = n.codebase_language
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) n
	WHERE p.organization_id = :org AND p.id = cur.id AND cur.refusal IS NULL
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'interview_plan.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', new.role_id,
			'from', jsonb_build_object('time_budget_minutes', (cur.was).time_budget_minutes,
				'codebase_language', (cur.was).codebase_language),
			'to', jsonb_build_object('time_budget_minutes', new.time_budget_minutes,
				'codebase_language', new.codebase_language))
	FROM new, cur
), out AS (
	SELECT cur.refusal, {plan_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: dry_runs_list :read
-- What is noted may give the kit away, and is for those who may read that.
SELECT d.id, d.stage_id, d.user_id, u.name AS user_name, d.minutes,
	CASE WHEN reads_kit(t.role_id, t.id) THEN d.notes END AS notes, d.created_at
FROM stages t
JOIN visible_roles v ON v.organization_id = t.organization_id AND v.id = t.role_id
LEFT JOIN dry_runs d ON d.organization_id = t.organization_id AND d.stage_id = t.id
LEFT JOIN users u ON u.organization_id = d.organization_id AND u.id = d.user_id
WHERE t.organization_id = :org AND t.id = :stage_id
ORDER BY d.created_at DESC, d.id DESC;

-- name: dry_run_create :write
-- Whoever manages the role records anyone's; someone on its team, their own.
WITH body AS (
	SELECT coalesce(b.user_id, CASE WHEN :actor_kind = 'user' THEN :actor::uuid END) AS user_id,
		b.minutes, b.notes
	FROM json_to_record(:body::json) AS b(user_id uuid, minutes integer, notes text)
), asked AS (
	SELECT t.id, t.role_id, b.*,
		CASE WHEN NOT manages_role(t.role_id) AND (b.user_id IS DISTINCT FROM :actor::uuid
				OR NOT reads_kit(t.role_id, t.id)) THEN 'forbidden'
			WHEN NOT EXISTS (SELECT FROM users u WHERE u.organization_id = :org
				AND u.id = b.user_id AND u.status = 'active') THEN 'unknown_tester'
		END AS refusal
	FROM body b, stages t WHERE t.organization_id = :org AND t.id = :stage_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = t.role_id)
), new AS (
	INSERT INTO dry_runs (organization_id, stage_id, user_id, minutes, notes)
	SELECT :org, a.id, a.user_id, a.minutes, a.notes FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'dry_run.recorded', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('stage_id', new.stage_id, 'role_id', a.role_id,
			'user_id', new.user_id, 'minutes', new.minutes) FROM new, asked a
), out AS (
	SELECT a.refusal, new.id, new.stage_id, new.user_id, u.name AS user_name, new.minutes,
		new.notes, new.created_at
	FROM asked a LEFT JOIN new ON true
	LEFT JOIN users u ON u.organization_id = :org AND u.id = new.user_id
)
SELECT * FROM out;
