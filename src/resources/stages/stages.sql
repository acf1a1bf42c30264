-- Stages of a role's interview plans, each with its focus competencies and its kit.
--
-- Once somebody was interviewed by a plan (plan_in_use), its method, focus, order and set of stages
-- stay: a new version is made for that. Texts, kit, duration and interviewers are mended in place.
--
-- The kit (interviewer notes, questions) is for those who interview: the role's team, whoever is
-- assigned to an interview of the stage, recruiters, admins, clients. To other members it is null.

-- fragment: stage_columns
@.id, @.role_id, @.plan_id, @.position, @.name, @.method, @.duration_minutes, @.independence,
	@.anonymous, @.optional, @.candidate_instructions, @.candidate_brief, @.dry_runs_required,
	CASE WHEN actor_level() <> 'member' OR EXISTS (SELECT FROM hiring_team_members m
			WHERE m.organization_id = :org AND m.role_id = @.role_id AND m.user_id = actor())
		OR EXISTS (SELECT FROM interview_interviewers ii
			WHERE ii.organization_id = :org AND ii.stage_id = @.id AND ii.user_id = actor())
		THEN @.interviewer_notes END AS interviewer_notes,
	CASE WHEN actor_level() <> 'member' OR EXISTS (SELECT FROM hiring_team_members m
			WHERE m.organization_id = :org AND m.role_id = @.role_id AND m.user_id = actor())
		OR EXISTS (SELECT FROM interview_interviewers ii
			WHERE ii.organization_id = :org AND ii.stage_id = @.id AND ii.user_id = actor())
		THEN @.questions END AS questions,
	@.version, @.created_at, @.updated_at

-- fragment: focus
(SELECT coalesce(json_agg(f.competency_id ORDER BY f.position), '[]') FROM stage_competencies f
	 WHERE f.organization_id = :org AND f.stage_id = @.id)

-- fragment: interviewers
(SELECT coalesce(json_agg(i.user_id ORDER BY i.position), '[]') FROM stage_interviewers i
	 WHERE i.organization_id = :org AND i.stage_id = @.id)

-- name: stages_list :read
SELECT {stage_columns t}, {focus t} AS competency_ids, {interviewers t} AS default_interviewer_ids
FROM visible_roles r
LEFT JOIN stages t ON t.organization_id = r.organization_id AND t.plan_id = r.plan_id
WHERE r.organization_id = :org AND r.id = :role_id
ORDER BY t.position;

-- name: plan_stages :read
-- Those of one version; of the plan that was read before.
SELECT {stage_columns t}, {focus t} AS competency_ids, {interviewers t} AS default_interviewer_ids
FROM stages t
WHERE t.organization_id = :org AND t.plan_id = :plan_id
	AND EXISTS (SELECT FROM visible_roles r WHERE r.organization_id = :org AND r.id = t.role_id)
ORDER BY t.position;

-- name: stage_get :read
SELECT {stage_columns t}, {focus t} AS competency_ids, {interviewers t} AS default_interviewer_ids
FROM stages t
JOIN visible_roles r ON r.organization_id = t.organization_id AND r.id = t.role_id
WHERE t.organization_id = :org AND t.id = :stage_id;

-- name: stage_create :write
-- Stands last. Where the role has pinned a rubric version, the focus is chosen from that.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, method text,
		duration_minutes integer, independence text, anonymous boolean, optional boolean,
		candidate_instructions text, candidate_brief jsonb, dry_runs_required smallint,
		interviewer_notes text, questions jsonb, competency_ids uuid[],
		default_interviewer_ids uuid[])
), cur AS (
	SELECT r.id, r.plan_id, r.rubric_version_id,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal
	FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id
), focus AS (
	SELECT f.id, f.position FROM body, unnest(body.competency_ids) WITH ORDINALITY AS f(id, position)
), strangers AS (
	SELECT jsonb_agg(jsonb_build_object('pointer', '/competency_ids/' || f.position - 1,
		'rule', 'unknown_competency', 'detail', 'is not a competency of the role''s rubric')
		ORDER BY f.position) AS errors
	FROM cur, focus f WHERE NOT EXISTS (SELECT FROM rubric_criteria k
			WHERE k.organization_id = :org AND k.rubric_version_id = cur.rubric_version_id
				AND k.competency_id = f.id)
		AND (cur.rubric_version_id IS NOT NULL OR NOT EXISTS (SELECT FROM competencies c
			WHERE c.organization_id = :org AND c.id = f.id))
), asked AS (
	SELECT cur.id AS role_id, cur.plan_id, strangers.errors,
		coalesce(cur.refusal, CASE WHEN strangers.errors IS NOT NULL THEN 'invalid'
			WHEN plan_in_use(cur.plan_id) THEN 'plan_in_use' END) AS refusal
	FROM cur, strangers
), new AS (
	INSERT INTO stages (organization_id, plan_id, role_id, position, name, method,
		duration_minutes, independence, anonymous, optional, candidate_instructions, candidate_brief,
		dry_runs_required, interviewer_notes, questions)
	SELECT :org, a.plan_id, a.role_id,
		1 + coalesce((SELECT max(t.position) FROM stages t
			WHERE t.organization_id = :org AND t.plan_id = a.plan_id), 0),
		b.name, b.method, coalesce(b.duration_minutes, 60),
		coalesce(b.independence, 'application'), coalesce(b.anonymous, false),
		coalesce(b.optional, false),
		b.candidate_instructions, nullif(jsonb_strip_nulls(b.candidate_brief), '{}'),
		coalesce(b.dry_runs_required, 1), b.interviewer_notes, coalesce(b.questions, '[]')
	FROM asked a, body b WHERE a.refusal IS NULL
	RETURNING *
), focused AS (
	INSERT INTO stage_competencies (organization_id, stage_id, competency_id, position)
	SELECT :org, new.id, f.id, f.position FROM new, focus f
), staffed AS (
	INSERT INTO stage_interviewers (organization_id, stage_id, user_id, position)
	SELECT :org, new.id, i.id, i.position
	FROM new, body b, unnest(b.default_interviewer_ids) WITH ORDINALITY AS i(id, position)
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'stage.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'role_id', new.role_id,
			'independence', new.independence) FROM new
), out AS (
	SELECT a.refusal, CASE WHEN a.refusal = 'invalid' THEN a.errors END AS refusal_errors,
		{stage_columns new}, coalesce(to_json(b.competency_ids), '[]') AS competency_ids,
		coalesce(to_json(b.default_interviewer_ids), '[]') AS default_interviewer_ids
	FROM asked a CROSS JOIN body b LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: stage_update :write
-- `competency_ids` replaces the whole focus; `seen` tells whether the row was changed while this
-- statement waited for it, in which case the focus that it knows is old.
WITH seen AS MATERIALIZED (
	SELECT t.version FROM stages t WHERE t.organization_id = :org AND t.id = :stage_id
), cur AS (
	SELECT t AS was, t.id, t.role_id, t.plan_id, t.version, t.independence, t.anonymous, t.method,
		CASE WHEN NOT manages_role(t.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> t.version THEN 'precondition_failed'
			WHEN t.version <> seen.version THEN 'conflict'
		END AS refusal
	FROM seen, stages t WHERE t.organization_id = :org AND t.id = :stage_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = t.role_id)
	FOR UPDATE OF t
), body AS (
	SELECT b.* FROM json_to_record(:body::json) AS b(competency_ids uuid[],
		default_interviewer_ids uuid[], candidate_brief jsonb)
), focus AS (
	SELECT f.id, f.position FROM body, unnest(body.competency_ids) WITH ORDINALITY AS f(id, position)
), strangers AS (
	SELECT jsonb_agg(jsonb_build_object('pointer', '/competency_ids/' || f.position - 1,
		'rule', 'unknown_competency', 'detail', 'is not a competency of the role''s rubric')
		ORDER BY f.position) AS errors
	FROM cur JOIN roles r ON r.organization_id = :org AND r.id = cur.role_id CROSS JOIN focus f
	WHERE NOT EXISTS (SELECT FROM rubric_criteria k
			WHERE k.organization_id = :org AND k.rubric_version_id = r.rubric_version_id
				AND k.competency_id = f.id)
		AND (r.rubric_version_id IS NOT NULL OR NOT EXISTS (SELECT FROM competencies c
			WHERE c.organization_id = :org AND c.id = f.id))
), asked AS (
	SELECT p.*, cur.version AS refusal_version, strangers.errors,
		coalesce(cur.refusal, CASE WHEN strangers.errors IS NOT NULL THEN 'invalid'
			-- Nobody opens others' scorecards to themselves.
			WHEN p.independence <> cur.independence AND EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = :org AND o.stage_id = cur.id) THEN 'scorecard_owed'
			WHEN (p.method <> cur.method OR p.anonymous <> cur.anonymous OR (body.competency_ids IS NOT NULL
					AND body.competency_ids <> (SELECT coalesce(array_agg(f.competency_id
						ORDER BY f.position), '{}') FROM stage_competencies f
						WHERE f.organization_id = :org AND f.stage_id = cur.id)))
				AND plan_in_use(cur.plan_id) THEN 'plan_in_use'
		END) AS refusal
	FROM cur CROSS JOIN strangers CROSS JOIN body
	CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
), new AS (
	UPDATE stages t SET name = a.name, method = a.method, duration_minutes = a.duration_minutes,
		independence = a.independence, anonymous = a.anonymous, optional = a.optional,
		candidate_instructions = a.candidate_instructions,
		-- A merge patch goes into the parts.
		candidate_brief = CASE WHEN a.candidate_brief IS NOT NULL THEN nullif(jsonb_strip_nulls(
			coalesce(t.candidate_brief, '{}') || a.candidate_brief), '{}') END,
		dry_runs_required = a.dry_runs_required,
		interviewer_notes = a.interviewer_notes, questions = a.questions,
		version = t.version + 1, updated_at = now()
	FROM asked a WHERE t.organization_id = :org AND t.id = a.id AND a.refusal IS NULL
	RETURNING t.*
), gone AS (
	DELETE FROM stage_competencies s USING new, body
	WHERE s.organization_id = :org AND s.stage_id = new.id AND body.competency_ids IS NOT NULL
		AND s.competency_id <> ALL (body.competency_ids)
), focused AS (
	INSERT INTO stage_competencies AS s (organization_id, stage_id, competency_id, position)
	SELECT :org, new.id, f.id, f.position FROM new, focus f
	ON CONFLICT (organization_id, stage_id, competency_id) DO UPDATE
		SET position = EXCLUDED.position
), relieved AS (
	DELETE FROM stage_interviewers s USING new, body
	WHERE s.organization_id = :org AND s.stage_id = new.id
		AND s.user_id <> ALL (body.default_interviewer_ids)
), staffed AS (
	INSERT INTO stage_interviewers AS s (organization_id, stage_id, user_id, position)
	SELECT :org, new.id, i.id, i.position
	FROM new, body b, unnest(b.default_interviewer_ids) WITH ORDINALITY AS i(id, position)
	ON CONFLICT (organization_id, stage_id, user_id) DO UPDATE SET position = EXCLUDED.position
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'stage.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'role_id', new.role_id, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), independence_event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'stage.independence_changed', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'role_id', new.role_id,
			'from', cur.independence, 'to', new.independence)
	FROM new, cur WHERE new.independence <> cur.independence
), anonymity_event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'stage.anonymity_changed', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'role_id', new.role_id,
			'from', cur.anonymous, 'to', new.anonymous)
	FROM new, cur WHERE new.anonymous <> cur.anonymous
), out AS (
	SELECT a.refusal, CASE WHEN a.refusal = 'invalid' THEN a.errors END AS refusal_errors,
		a.refusal_version, {stage_columns new},
		CASE WHEN body.competency_ids IS NOT NULL THEN to_json(body.competency_ids)
			ELSE {focus new} END AS competency_ids,
		CASE WHEN body.default_interviewer_ids IS NOT NULL
			THEN to_json(body.default_interviewer_ids)
			ELSE {interviewers new} END AS default_interviewer_ids
	FROM asked a CROSS JOIN body LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: stage_delete :write
-- Whoever is or was in the stage keeps it in being. The stages behind it move up.
WITH cur AS (
	SELECT t.id, t.version, CASE WHEN NOT manages_role(t.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> t.version THEN 'precondition_failed'
			WHEN EXISTS (SELECT FROM applications a
				WHERE a.organization_id = :org AND a.role_id = t.role_id
				AND (a.stage_id = t.id
					OR EXISTS (SELECT FROM application_moves m WHERE m.organization_id = :org
						AND m.application_id = a.id AND t.id IN (m.from_stage_id, m.to_stage_id))
					OR EXISTS (SELECT FROM interviews i WHERE i.organization_id = :org
						AND i.application_id = a.id AND i.stage_id = t.id)))
				THEN 'stage_in_use'
			WHEN plan_in_use(t.plan_id) THEN 'plan_in_use'
		END AS refusal
	FROM stages t WHERE t.organization_id = :org AND t.id = :stage_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = t.role_id)
	FOR UPDATE
), gone AS (
	DELETE FROM stages t USING cur
	WHERE t.organization_id = :org AND t.id = cur.id AND cur.refusal IS NULL
	RETURNING t.id, t.role_id, t.plan_id, t.position
), moved AS (
	UPDATE stages t SET position = t.position - 1, version = t.version + 1, updated_at = now()
	FROM gone WHERE t.organization_id = :org AND t.plan_id = gone.plan_id
		AND t.position > gone.position
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'stage.deleted', gone.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', gone.role_id) FROM gone
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, cur.version, gone.id
	FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;

-- name: stages_order :write
-- Every stage of the plan once, in the order wanted. An order that is so already changes nothing.
WITH cur AS (
	SELECT r.id, r.plan_id, CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal
	FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE
), wanted AS (
	SELECT s.id::uuid AS id, s.position::integer AS position
	FROM jsonb_array_elements_text(:body::jsonb -> 'stage_ids') WITH ORDINALITY AS s(id, position)
), have AS (
	SELECT t.* FROM cur JOIN stages t ON t.organization_id = :org AND t.plan_id = cur.plan_id
), asked AS (
	SELECT cur.id, cur.plan_id, coalesce(cur.refusal, CASE
		WHEN (SELECT count(*) FROM wanted) <> (SELECT count(*) FROM have)
			OR EXISTS (SELECT FROM have WHERE have.id NOT IN (SELECT wanted.id FROM wanted))
			THEN 'invalid'
		WHEN plan_in_use(cur.plan_id) AND EXISTS (SELECT FROM have JOIN wanted USING (id)
			WHERE have.position <> wanted.position) THEN 'plan_in_use' END) AS refusal
	FROM cur
), changed AS (
	UPDATE stages t SET position = w.position, version = t.version + 1, updated_at = now()
	FROM asked a, wanted w WHERE t.organization_id = :org AND t.id = w.id
		AND t.plan_id = a.plan_id AND a.refusal IS NULL AND t.position <> w.position
	RETURNING t.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'interview_plan.reordered', a.plan_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', a.id, 'stage_ids', :body::jsonb -> 'stage_ids')
	FROM asked a WHERE EXISTS (SELECT FROM changed)
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT * FROM have WHERE have.id NOT IN (SELECT changed.id FROM changed)
), out AS (
	SELECT a.refusal, CASE WHEN a.refusal = 'invalid' THEN jsonb_build_array(jsonb_build_object(
			'pointer', '/stage_ids', 'rule', 'all_stages',
			'detail', 'names every stage of the plan once')) END AS refusal_errors,
		{stage_columns n}, {focus n} AS competency_ids,
		{interviewers n} AS default_interviewer_ids
	FROM asked a LEFT JOIN now_is n ON a.refusal IS NULL
	ORDER BY n.position
)
SELECT * FROM out;
