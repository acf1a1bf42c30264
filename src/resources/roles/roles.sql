-- Roles: positions to fill, each pinned to one published rubric version.

-- fragment: other_names
(SELECT coalesce(json_object_agg(x.source, x.external_id ORDER BY x.source), '{}')
	 FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'role' AND x.object_id = @.id)

-- fragment: names
{other_names @} AS external_ids

-- fragment: role_columns
@.id, @.title, @.status, @.level, @.specialty, @.engagement_type, @.location, @.description,
	@.openings, @.hired, greatest(@.openings - @.hired, 0) AS openings_left,
	@.hired >= @.openings AS filled, @.target_days, @.confidential, @.rubric_version_id, @.hire_bar,
	@.plan_id, @.ladder_id,
	@.salary_band || jsonb_build_object('stale_from', salary_stale_from(@.salary_band)) AS salary_band,
	'/roles/' || @.id AS web_url, @.archived_at, @.version, @.created_at, @.updated_at

-- fragment: taken_band
CASE WHEN jsonb_typeof(@.salary_band) = 'object'
		THEN '{"source": null, "as_of": null}' || @.salary_band END

-- name: roles_list :list
SELECT {role_columns r}, {names r}
	/*sort_key*/
FROM visible_roles r
WHERE r.organization_id = :org
-- filter status: AND r.status = :status
-- filter archived: AND (r.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND r.updated_at >= :updated_since::timestamptz
-- filter q (custom plan): AND r.search @@ web_query(:q)
-- sort created_at timestamptz: r.created_at
-- sort updated_at timestamptz: r.updated_at
-- sort title text asc: r.title
-- id: r.id

-- name: role_counts :slow
-- The rows of the list with the same filters, counted.
SELECT k.total, k.complete, k.counts AS facets
FROM count_facets('FROM visible_roles r WHERE r.organization_id = org()', 'r.created_at DESC, r.id DESC',
	jsonb_build_object('status', 'ARRAY[r.status]', 'archived', 'ARRAY[(r.archived_at IS NOT NULL)::text]'),
	when_sent('status', 'r.status = %L', :status)
		|| when_sent('archived', '(r.archived_at IS NOT NULL) = %L::boolean', :archived)
		|| when_sent('updated_since', 'r.updated_at >= %L::timestamptz', :updated_since)
		|| when_sent('q', 'r.search @@ web_query(%L)', :q), true) k;

-- name: role_get :read
SELECT {role_columns r}, {names r} FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id;

-- name: role_create :write
-- A role comes with its first interview plan, which is empty. A confidential one exists for its
-- team and admins only, so its creator is on the team from the start.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(title text, status text, level text,
		specialty text, engagement_type text, location text, description text, openings integer,
		target_days integer, confidential boolean, rubric_version_id uuid, hire_bar numeric,
		ladder_id uuid, salary_band jsonb)
), asked AS (
	SELECT b.*, new_id() AS id, new_id() AS plan_id,
		CASE WHEN v.status = 'draft' THEN 'rubric_not_published' END AS refusal
	FROM body b LEFT JOIN rubric_versions v
		ON v.organization_id = :org AND v.id = b.rubric_version_id
), new AS (
	INSERT INTO roles (organization_id, id, title, status, level, specialty, engagement_type,
		location, description, openings, target_days, confidential, rubric_version_id,
		hire_bar, ladder_id, salary_band, plan_id)
	SELECT :org, a.id, a.title, coalesce(a.status, 'open'), a.level, a.specialty,
		a.engagement_type, a.location, a.description, coalesce(a.openings, 1), a.target_days,
		coalesce(a.confidential, false), a.rubric_version_id, a.hire_bar, a.ladder_id,
		{taken_band a}, a.plan_id
	FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), plan AS (
	INSERT INTO interview_plans (organization_id, id, role_id, number)
	SELECT :org, new.plan_id, new.id, 1 FROM new
), team AS (
	INSERT INTO hiring_team_members (organization_id, role_id, user_id, part)
	SELECT :org, new.id, :actor::uuid, 'observer' FROM new
	WHERE new.confidential AND :actor_kind = 'user'
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'role.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT a.refusal, {role_columns new}, {names new} FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: role_update :write
WITH cur AS (
	SELECT r AS was, r.id, r.version,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN :if_match::bigint <> r.version THEN 'precondition_failed'
		END AS refusal
	FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE
), patch AS (
	SELECT p.*, lint.refusal -> 'errors' AS refusal_errors,
		CASE WHEN v.status = 'draft' THEN 'rubric_not_published'
			ELSE lint.refusal ->> 'rule' END AS refusal
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	LEFT JOIN rubric_versions v ON v.organization_id = :org AND v.id = p.rubric_version_id
	-- A role opens with a plan that keeps the blocking rules.
	CROSS JOIN LATERAL (SELECT CASE WHEN p.status = 'open' AND (cur.was).status <> 'open'
		THEN lint_refusal(p.plan_id, NULL, '/status') END AS refusal) AS lint
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE roles r SET title = p.title, status = p.status, level = p.level,
		specialty = p.specialty, engagement_type = p.engagement_type, location = p.location,
		description = p.description, openings = p.openings, target_days = p.target_days,
		confidential = p.confidential, rubric_version_id = p.rubric_version_id,
		hire_bar = p.hire_bar, ladder_id = p.ladder_id,
		salary_band = {taken_band p}, version = r.version + 1, updated_at = now()
	FROM patch p WHERE r.organization_id = :org AND r.id = p.id AND p.refusal IS NULL
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'role.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k),
			'rubric_version_id', new.rubric_version_id) FROM new
), out AS (
	SELECT coalesce(cur.refusal, p.refusal) AS refusal,
		CASE WHEN p.refusal <> 'rubric_not_published' THEN p.refusal_errors END AS refusal_errors,
		cur.version AS refusal_version, {role_columns new}, {names new}
	FROM cur LEFT JOIN patch p ON true LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: role_archive :write
-- Sets or clears archived_at; saying it twice changes nothing and writes no second event.
WITH cur AS (
	SELECT r.id, r.version, r.archived_at,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN :if_match::bigint <> r.version THEN 'precondition_failed'
		END AS refusal
	FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE
), changed AS (
	UPDATE roles r SET archived_at = CASE WHEN :archive::boolean THEN now() END,
		version = r.version + 1, updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
		AND (cur.archived_at IS NOT NULL) <> :archive::boolean
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN :archive::boolean THEN 'role.archived' ELSE 'role.unarchived' END,
		c.id, :actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT r.* FROM roles r JOIN cur ON r.id = cur.id
	WHERE r.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {role_columns n}, {names n}
	FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: role_put_external :write
-- Creates or updates the role that another system calls by this name.
WITH known AS (
	SELECT x.object_id AS id FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'role' AND x.source = :source AND x.external_id = :external_id
), asked AS (
	SELECT p.*, known.id AS known_id, new_id() AS new_id, new_id() AS new_plan_id,
		-- A confidential role's name is taken for those who may not know of it.
		CASE WHEN known.id IS NOT NULL AND NOT EXISTS (SELECT FROM visible_roles s
				WHERE s.organization_id = :org AND s.id = known.id) THEN 'external_id_taken'
			WHEN v.status = 'draft' THEN 'rubric_not_published'
			ELSE lint.refusal ->> 'rule' END AS refusal, lint.refusal -> 'errors' AS refusal_errors
	FROM (SELECT 1) AS one LEFT JOIN known ON true
	LEFT JOIN roles r ON r.organization_id = :org AND r.id = known.id
	CROSS JOIN jsonb_populate_record(r, :body::jsonb) p
	LEFT JOIN rubric_versions v ON v.organization_id = :org AND v.id = p.rubric_version_id
	CROSS JOIN LATERAL (SELECT CASE WHEN p.status = 'open' AND r.status <> 'open'
		THEN lint_refusal(r.plan_id, NULL, '/status') END AS refusal) AS lint
), changed AS (
	UPDATE roles r SET title = a.title, status = a.status, level = a.level,
		specialty = a.specialty, engagement_type = a.engagement_type, location = a.location,
		description = a.description, openings = a.openings, target_days = a.target_days,
		confidential = a.confidential, rubric_version_id = a.rubric_version_id,
		hire_bar = a.hire_bar, ladder_id = a.ladder_id,
		salary_band = {taken_band a}, version = r.version + 1, updated_at = now()
	FROM asked a WHERE r.organization_id = :org AND r.id = a.known_id AND a.refusal IS NULL
	RETURNING r.*
), made AS (
	INSERT INTO roles (organization_id, id, title, status, level, specialty, engagement_type,
		location, description, openings, target_days, confidential, rubric_version_id,
		hire_bar, ladder_id, salary_band, plan_id)
	SELECT :org, a.new_id, a.title, coalesce(a.status, 'open'), a.level, a.specialty,
		a.engagement_type, a.location, a.description, coalesce(a.openings, 1), a.target_days,
		coalesce(a.confidential, false), a.rubric_version_id, a.hire_bar, a.ladder_id,
		{taken_band a}, a.new_plan_id
	FROM asked a WHERE a.known_id IS NULL AND a.refusal IS NULL
	RETURNING *
), plan AS (
	INSERT INTO interview_plans (organization_id, id, role_id, number)
	SELECT :org, made.plan_id, made.id, 1 FROM made
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'role', :source, :external_id, made.id FROM made
), now_is AS (
	SELECT * FROM changed UNION ALL SELECT * FROM made
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN EXISTS (SELECT FROM made) THEN 'role.created' ELSE 'role.updated' END,
		n.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', n.version, 'source', :source::text) FROM now_is n
), out AS (
	SELECT a.refusal, CASE WHEN a.refusal NOT IN ('external_id_taken',
			'rubric_not_published') THEN a.refusal_errors END AS refusal_errors, a.known_id IS NULL AS _created, {role_columns n}, CASE WHEN a.known_id IS NULL
			THEN json_build_object(:source::text, :external_id::text)
			ELSE {other_names n} END AS external_ids
	FROM asked a LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: hiring_team_list :read
SELECT m.user_id, u.name, u.email, m.part, m.version, m.created_at, m.updated_at
FROM visible_roles r
LEFT JOIN hiring_team_members m ON m.organization_id = r.organization_id AND m.role_id = r.id
LEFT JOIN users u ON u.organization_id = m.organization_id AND u.id = m.user_id
WHERE r.organization_id = :org AND r.id = :role_id
ORDER BY m.created_at, m.user_id;

-- name: hiring_team_put :write
-- A hiring manager is kept from fewer stages than others, so nobody becomes one by their own hand
-- while they owe a scorecard there.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(part text)
), cur AS (
	SELECT r.id, CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN :user_id = :actor::uuid AND b.part = 'hiring_manager'
				AND EXISTS (SELECT FROM my_owed_interviews o
					JOIN applications a ON a.organization_id = o.organization_id
						AND a.id = o.application_id
					WHERE o.organization_id = :org AND a.role_id = r.id) THEN 'scorecard_owed'
		END AS refusal
	FROM body b, visible_roles r WHERE r.organization_id = :org AND r.id = :role_id
), new AS (
	INSERT INTO hiring_team_members AS m (organization_id, role_id, user_id, part)
	SELECT :org, cur.id, :user_id, body.part FROM cur, body WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, role_id, user_id) DO UPDATE
		SET part = EXCLUDED.part, version = m.version + 1, updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'hiring_team.changed', new.role_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('user_id', new.user_id, 'part', new.part) FROM new
), out AS (
	SELECT cur.refusal, new.user_id, u.name, u.email, new.part, new.version, new.created_at,
		new.updated_at
	FROM cur LEFT JOIN new ON true
	LEFT JOIN users u ON u.organization_id = :org AND u.id = new.user_id
)
SELECT * FROM out;

-- name: hiring_team_remove :write
WITH cur AS (
	SELECT r.id, CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal
	FROM visible_roles r
	JOIN hiring_team_members m ON m.organization_id = r.organization_id AND m.role_id = r.id
		AND m.user_id = :user_id
	WHERE r.organization_id = :org AND r.id = :role_id
), gone AS (
	DELETE FROM hiring_team_members m USING cur
	WHERE m.organization_id = :org AND m.role_id = cur.id AND m.user_id = :user_id
		AND cur.refusal IS NULL
	RETURNING m.role_id, m.user_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'hiring_team.changed', gone.role_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('user_id', gone.user_id, 'part', NULL) FROM gone
), out AS (
	SELECT cur.refusal, gone.user_id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;
