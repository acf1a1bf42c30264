-- Applications: one candidate for one role, with the history of how it went.

-- fragment: other_names
(SELECT coalesce(json_object_agg(x.source, x.external_id ORDER BY x.source), '{}')
	 FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'application' AND x.object_id = @.id)

-- fragment: names
{other_names @} AS external_ids

-- fragment: stage_since
-- Of the last move to a stage; one of this very statement is not among the rows that it reads.
coalesce((SELECT CASE WHEN m.to_stage_id IS NOT DISTINCT FROM @.stage_id THEN m.created_at ELSE now() END
	FROM application_moves m WHERE m.organization_id = :org AND m.application_id = @.id
		AND m.to_stage_id IS DISTINCT FROM m.from_stage_id
	ORDER BY m.created_at DESC, m.id DESC LIMIT 1), @.created_at) AS stage_since

-- fragment: application_columns
@.id, @.candidate_id, (SELECT c.name FROM candidates c WHERE c.organization_id = :org
		AND c.id = @.candidate_id) AS candidate_name,
	@.role_id, (SELECT r.title FROM roles r WHERE r.organization_id = :org
		AND r.id = @.role_id) AS role_title,
	@.plan_id, @.stage_id, (SELECT t.name FROM stages t WHERE t.organization_id = :org
		AND t.id = @.stage_id) AS stage_name,
	{stage_since @}, @.status, to_json(next_statuses(@.status)) AS next_statuses,
	CASE WHEN 'source' <> ALL (hidden_of(@.candidate_id)) THEN @.source END AS source,
	CASE WHEN @.transferred_from_id IS NOT NULL THEN (SELECT v.id FROM visible_applications v
		WHERE v.organization_id = :org AND v.id = @.transferred_from_id) END AS transferred_from_id,
	(SELECT v.id FROM visible_applications v WHERE v.organization_id = :org
		AND v.transferred_from_id = @.id ORDER BY v.id DESC LIMIT 1) AS transferred_to_id,
	(SELECT f.posting_id FROM posting_applications f WHERE f.organization_id = :org
		AND f.application_id = @.id) AS posting_id,
	'/applications/' || @.id AS web_url,
	@.archived_at, @.version, @.created_at, @.updated_at

-- name: applications_list :list
SELECT {application_columns a}, {names a}
	/*sort_key*/
FROM visible_applications a
WHERE a.organization_id = :org
-- filter role_id: AND a.role_id = :role_id::uuid
-- filter candidate_id: AND a.candidate_id = :candidate_id::uuid
-- filter stage_id: AND a.stage_id = :stage_id::uuid
-- filter status: AND a.status = :status
-- filter open: AND (a.status IN ('active', 'paused', 'offered')) = :open::boolean
-- filter source (custom plan): AND a.source = :source
-- filter archived (in the text): AND (a.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since (custom plan): AND a.updated_at >= :updated_since::timestamptz
-- filter q (custom plan): AND (SELECT s.words @@ search_query(:q) FROM searchable_candidates s
-- +   WHERE s.organization_id = a.organization_id AND s.candidate_id = a.candidate_id)
-- sort created_at timestamptz: a.created_at
-- sort updated_at timestamptz: a.updated_at
-- id: a.id

-- name: applications_found_list :list
-- A search of a role in the list's usual order, by the words' index.
SELECT {application_columns a}, {names a}
	/*sort_key*/
FROM visible_applications a
WHERE a.organization_id = :org
-- filter role_id: AND a.role_id = :role_id::uuid
-- filter candidate_id: AND a.candidate_id = :candidate_id::uuid
-- filter stage_id: AND a.stage_id = :stage_id::uuid
-- filter status: AND a.status = :status
-- filter open: AND (a.status IN ('active', 'paused', 'offered')) = :open::boolean
-- filter source: AND a.source = :source
-- filter archived: AND (a.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND a.updated_at >= :updated_since::timestamptz
-- filter q: AND a.id IN (SELECT s.id FROM application_search(:q, :role_id::uuid, :page_limit::integer,
-- +   :page_key::timestamptz, :page_id::uuid, :candidate_id::uuid, :stage_id::uuid, :status, :open::boolean,
-- +   :source, :archived::boolean, :updated_since::timestamptz) AS s(id))
-- sort created_at timestamptz: a.created_at
-- id: a.id

-- name: applications_mine_list :list
-- The same for a member, found from the roles and interviews that they are on.
SELECT {application_columns a}, {names a}
	/*sort_key*/
FROM applications a
WHERE a.organization_id = :org AND a.id IN (SELECT m.id FROM my_applications m)
-- filter role_id: AND a.role_id = :role_id::uuid
-- filter candidate_id: AND a.candidate_id = :candidate_id::uuid
-- filter stage_id: AND a.stage_id = :stage_id::uuid
-- filter status: AND a.status = :status
-- filter open: AND (a.status IN ('active', 'paused', 'offered')) = :open::boolean
-- filter source (custom plan): AND a.source = :source AND 'source' <> ALL (hidden_of(a.candidate_id))
-- filter archived (in the text): AND (a.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since (custom plan): AND a.updated_at >= :updated_since::timestamptz
-- filter q (custom plan): AND (SELECT c.search @@ search_query(:q) FROM shown_candidates c
-- +   WHERE c.organization_id = a.organization_id AND c.id = a.candidate_id)
-- sort created_at timestamptz: a.created_at
-- sort updated_at timestamptz: a.updated_at
-- id: a.id

-- name: application_counts :slow
-- The rows of the list with the same filters, counted.
SELECT k.total, k.complete, k.counts AS facets
FROM count_facets(CASE WHEN actor_level() = 'member'
		THEN 'FROM applications a WHERE a.organization_id = org()'
			' AND a.id IN (SELECT m.id FROM my_applications m)'
		ELSE 'FROM visible_applications a WHERE a.organization_id = org()' END,
	'a.created_at DESC, a.id DESC',
	jsonb_build_object('status', 'ARRAY[a.status]', 'stage_id', 'ARRAY[a.stage_id]',
		'role_id', 'ARRAY[a.role_id]',
		'source', 'ARRAY[CASE WHEN ''source'' <> ALL (hidden_of(a.candidate_id)) THEN a.source END]'),
	when_sent('role_id', 'a.role_id = %L::uuid', :role_id)
		|| when_sent('candidate_id', 'a.candidate_id = %L::uuid', :candidate_id)
		|| when_sent('stage_id', 'a.stage_id = %L::uuid', :stage_id)
		|| when_sent('status', 'a.status = %L', :status)
		|| when_sent('open', '(a.status IN (''active'', ''paused'', ''offered'')) = %L::boolean', :open)
		|| when_sent('source', 'a.source = %L AND ''source'' <> ALL (hidden_of(a.candidate_id))', :source)
		|| when_sent('archived', '(a.archived_at IS NOT NULL) = %L::boolean', :archived)
		|| when_sent('updated_since', 'a.updated_at >= %L::timestamptz', :updated_since)
		|| when_sent('q', '(SELECT c.search @@ search_query(%L) FROM '
			|| CASE WHEN actor_level() = 'member' THEN 'shown_candidates' ELSE 'visible_candidates' END
			|| ' c WHERE c.organization_id = a.organization_id AND c.id = a.candidate_id)', :q), true) k;

-- name: application_known :read
-- For lists of what belongs to one: unknown and empty are told apart.
SELECT a.id FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id;

-- name: application_get :read
SELECT {application_columns a}, {names a}
FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id;

-- name: application_create :write
-- Starts in the first stage of the role's current plan that is not optional, unless one is named.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(candidate_id uuid, role_id uuid, stage_id uuid,
		source text)
), asked AS (
	SELECT b.candidate_id, b.role_id, b.source, r.plan_id,
		CASE WHEN b.stage_id IS NOT NULL THEN b.stage_id ELSE
			(SELECT t.id FROM stages t WHERE t.organization_id = :org AND t.plan_id = r.plan_id
			 ORDER BY t.optional, t.position LIMIT 1) END AS stage_id,
		CASE WHEN r.id IS NULL THEN 'unknown_role'
			WHEN NOT EXISTS (SELECT FROM candidates c WHERE c.organization_id = :org
				AND c.id = b.candidate_id AND c.erased_at IS NULL AND c.merged_into IS NULL) THEN 'unknown_candidate'
			WHEN r.archived_at IS NOT NULL THEN 'archived'
			WHEN b.stage_id IS NOT NULL AND NOT EXISTS (SELECT FROM stages t
				WHERE t.organization_id = :org AND t.id = b.stage_id AND t.plan_id = r.plan_id)
				THEN 'unknown_stage'
		END AS refusal
	FROM body b LEFT JOIN visible_roles r ON r.organization_id = :org AND r.id = b.role_id
), new AS (
	INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id, source)
	SELECT :org, a.candidate_id, a.role_id, a.plan_id, a.stage_id, a.source
	FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), moved AS (
	INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status,
		actor_kind, actor_id)
	SELECT :org, new.id, new.stage_id, new.status, :actor_kind, :actor::uuid FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'application.created', new.id, new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'candidate_id', new.candidate_id,
			'role_id', new.role_id) FROM new
), out AS (
	SELECT a.refusal, {application_columns new}, {names new} FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: application_update :write
WITH cur AS (
	SELECT a AS was, a.id, a.version,
		CASE WHEN NOT manages_role(a.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> a.version THEN 'precondition_failed'
		END AS refusal
	FROM applications a WHERE a.organization_id = :org AND a.id = :application_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org AND v.id = a.id)
	FOR UPDATE
), patch AS (
	SELECT p.* FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE applications a SET source = p.source, version = a.version + 1, updated_at = now()
	FROM patch p WHERE a.organization_id = :org AND a.id = p.id
	RETURNING a.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'application.updated', new.id, new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {application_columns new}, {names new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: application_move :write
-- To another stage, another status, or both; the same function moves many at once.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(stage_id uuid, status text, reason text,
		reason_code text)
), done AS MATERIALIZED (
	SELECT m.refusal, m.refusal_detail, m.refusal_version, (m.now_is).*
	FROM body b, move_application(:application_id, :if_match, b.stage_id, b.status, b.reason,
		b.reason_code) m
), out AS (
	SELECT d.refusal, d.refusal_detail, d.refusal_version, {application_columns d}, {names d}
	FROM done d
)
SELECT * FROM out;

-- name: application_transfer :write
-- To another role: a new application there, linked to this one, which ends if it is open. Interviews
-- and scorecards stay where they were given.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(role_id uuid, stage_id uuid, reason text)
), cur AS (
	SELECT a.* FROM applications a
	WHERE a.organization_id = :org AND a.id = :application_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org AND v.id = a.id)
	FOR UPDATE
), asked AS (
	SELECT cur.id, cur.version, cur.candidate_id, cur.source, cur.stage_id AS from_stage_id,
		cur.status AS from_status, cur.status IN ('active', 'paused', 'offered') AS ends, b.reason,
		r.id AS role_id, r.plan_id, coalesce(b.stage_id, (SELECT t.id FROM stages t
			WHERE t.organization_id = :org AND t.plan_id = r.plan_id
			ORDER BY t.optional, t.position LIMIT 1)) AS stage_id, new_id() AS new_id,
		CASE WHEN NOT manages_role(cur.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> cur.version THEN 'precondition_failed'
			WHEN r.id IS NULL THEN 'unknown_role'
			WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN r.archived_at IS NOT NULL THEN 'archived'
			WHEN cur.status = 'hired' THEN 'illegal_transition'
			WHEN b.stage_id IS NOT NULL AND NOT EXISTS (SELECT FROM stages t
				WHERE t.organization_id = :org AND t.id = b.stage_id AND t.plan_id = r.plan_id)
				THEN 'unknown_stage'
		END AS refusal
	FROM cur CROSS JOIN body b
	LEFT JOIN visible_roles r ON r.organization_id = :org AND r.id = b.role_id
), old AS (
	UPDATE applications a SET status = CASE WHEN k.ends THEN 'withdrawn' ELSE a.status END,
		version = a.version + 1, updated_at = now()
	FROM asked k WHERE a.organization_id = :org AND a.id = k.id AND k.refusal IS NULL
	RETURNING a.*
), new AS (
	INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, source,
		transferred_from_id)
	SELECT :org, k.new_id, k.candidate_id, k.role_id, k.plan_id, k.stage_id, k.source, old.id
	FROM asked k, old
	RETURNING *
), moved AS (
	INSERT INTO application_moves (organization_id, application_id, from_stage_id, to_stage_id,
		from_status, to_status, reason, reason_code, actor_kind, actor_id)
	SELECT :org, old.id, k.from_stage_id, old.stage_id, k.from_status, old.status, k.reason,
		'transferred', :actor_kind, :actor::uuid FROM old, asked k
	UNION ALL
	SELECT :org, new.id, NULL, new.stage_id, NULL, new.status, NULL, NULL, :actor_kind, :actor::uuid
	FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'application.transferred', old.id, old.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', old.version, 'from_status', k.from_status,
			'to_status', old.status, 'to_application_id', k.new_id) FROM old, asked k
	UNION ALL
	SELECT :org, 'application.created', new.id, new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'candidate_id', new.candidate_id,
			'role_id', new.role_id, 'transferred_from_id', new.transferred_from_id) FROM new
), out AS (
	SELECT k.refusal, CASE WHEN k.refusal = 'illegal_transition'
			THEN 'Whoever is hired stays with the role; reopen or withdraw it first' END
			AS refusal_detail,
		k.version AS refusal_version, {application_columns new}, {names new}
	FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: application_change_plan :write
-- To another version of the role's plan, on purpose and with a reason: into the stage that is named,
-- or the one of the same name. Interviews stay with the stage they were held in, which the
-- application leaves behind; that would open it to a hiring manager who owes a scorecard, so nobody
-- may owe one. Who owes one is told no more than that, whatever others owe.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(plan_id uuid, stage_id uuid, reason text)
), cur AS (
	SELECT a.* FROM applications a
	WHERE a.organization_id = :org AND a.id = :application_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org AND v.id = a.id)
	FOR UPDATE
), asked AS (
	SELECT cur.id, cur.version, cur.plan_id AS from_plan_id, cur.stage_id AS from_stage_id, b.reason,
		p.id AS plan_id, t.id AS stage_id,
		CASE WHEN NOT manages_role(cur.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> cur.version THEN 'precondition_failed'
			WHEN EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = :org AND o.application_id = cur.id)
				THEN 'scorecard_owed'
			WHEN b.reason !~ '\S' THEN 'blank_reason'
			WHEN cur.status NOT IN ('active', 'paused') THEN 'application_closed'
			WHEN p.id IS NULL OR p.id = cur.plan_id THEN 'unknown_plan'
			WHEN t.id IS NULL AND b.stage_id IS NULL THEN 'unmapped_stage'
			WHEN t.id IS NULL THEN 'unknown_stage'
			WHEN anyone_owes(cur.id) THEN 'scorecard_owed'
		END AS refusal
	FROM cur CROSS JOIN body b
	JOIN roles r ON r.organization_id = :org AND r.id = cur.role_id
	LEFT JOIN interview_plans p ON p.organization_id = :org AND p.role_id = cur.role_id
		AND p.id = coalesce(b.plan_id, r.plan_id)
	LEFT JOIN stages f ON f.organization_id = :org AND f.id = cur.stage_id
	LEFT JOIN LATERAL (SELECT t.id FROM stages t WHERE t.organization_id = :org AND t.plan_id = p.id
		AND CASE WHEN b.stage_id IS NOT NULL THEN t.id = b.stage_id
			ELSE f.id IS NULL OR lower(t.name) = lower(f.name) END
		ORDER BY t.optional AND f.id IS NULL, t.position LIMIT 1) t ON true
), new AS (
	UPDATE applications a SET plan_id = k.plan_id, stage_id = k.stage_id, version = a.version + 1,
		updated_at = now()
	FROM asked k WHERE a.organization_id = :org AND a.id = k.id AND k.refusal IS NULL
	RETURNING a.*
), moved AS (
	INSERT INTO application_moves (organization_id, application_id, from_stage_id, to_stage_id,
		from_plan_id, to_plan_id, from_status, to_status, reason, actor_kind, actor_id)
	SELECT :org, new.id, k.from_stage_id, new.stage_id, k.from_plan_id, new.plan_id, new.status,
		new.status, k.reason, :actor_kind, :actor::uuid FROM new, asked k
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'application.plan_changed', new.id, new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'from_plan_id', k.from_plan_id,
			'to_plan_id', new.plan_id, 'from_stage_id', k.from_stage_id,
			'to_stage_id', new.stage_id)
	FROM new, asked k
), out AS (
	SELECT k.refusal, k.version AS refusal_version, {application_columns new}, {names new}
	FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: application_archive :write
WITH done AS MATERIALIZED (
	SELECT m.refusal, m.refusal_version, (m.now_is).*
	FROM archive_application(:application_id, :if_match, :archive) m
), out AS (
	SELECT d.refusal, d.refusal_version, {application_columns d}, {names d} FROM done d
)
SELECT * FROM out;

-- name: application_put_external :write
-- Creates the application that another system calls by this name, or updates its source.
WITH known AS (
	SELECT x.object_id AS id FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'application' AND x.source = :source AND x.external_id = :external_id
), body AS (
	SELECT * FROM json_to_record(:body::json) AS b(candidate_id uuid, role_id uuid, stage_id uuid,
		source text)
), asked AS (
	SELECT b.candidate_id, b.role_id, b.source, r.plan_id, known.id AS known_id,
		coalesce(b.stage_id, (SELECT t.id FROM stages t WHERE t.organization_id = :org
			AND t.plan_id = r.plan_id ORDER BY t.optional, t.position LIMIT 1)) AS stage_id,
		CASE WHEN r.id IS NULL THEN 'unknown_role'
			WHEN NOT EXISTS (SELECT FROM candidates c WHERE c.organization_id = :org
				AND c.id = b.candidate_id AND c.erased_at IS NULL AND c.merged_into IS NULL) THEN 'unknown_candidate'
			WHEN known.id IS NOT NULL AND NOT EXISTS (SELECT FROM applications a
				WHERE a.organization_id = :org AND a.id = known.id
					AND a.candidate_id = b.candidate_id AND a.role_id = b.role_id)
				THEN 'external_id_taken'
			WHEN b.stage_id IS NOT NULL AND NOT EXISTS (SELECT FROM stages t
				WHERE t.organization_id = :org AND t.id = b.stage_id AND t.plan_id = r.plan_id)
				THEN 'unknown_stage'
		END AS refusal
	FROM body b LEFT JOIN known ON true
	LEFT JOIN visible_roles r ON r.organization_id = :org AND r.id = b.role_id
), changed AS (
	UPDATE applications a SET source = coalesce(k.source, a.source), version = a.version + 1,
		updated_at = now()
	FROM asked k WHERE a.organization_id = :org AND a.id = k.known_id AND k.refusal IS NULL
	RETURNING a.*
), made AS (
	INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id, source)
	SELECT :org, k.candidate_id, k.role_id, k.plan_id, k.stage_id, k.source
	FROM asked k WHERE k.known_id IS NULL AND k.refusal IS NULL
	RETURNING *
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'application', :source, :external_id, made.id FROM made
), moved AS (
	INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status,
		actor_kind, actor_id)
	SELECT :org, made.id, made.stage_id, made.status, :actor_kind, :actor::uuid FROM made
), now_is AS (
	SELECT * FROM changed UNION ALL SELECT * FROM made
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, CASE WHEN EXISTS (SELECT FROM made) THEN 'application.created'
			ELSE 'application.updated' END,
		n.id, n.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', n.version, 'source', :source::text) FROM now_is n
), out AS (
	SELECT k.refusal, k.known_id IS NULL AS _created, {application_columns n}, CASE WHEN k.known_id IS NULL
			THEN json_build_object(:source::text, :external_id::text)
			ELSE {other_names n} END AS external_ids
	FROM asked k LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: application_moves_list :list
-- A reason may tell what others found, and is open to whom a decision is.
SELECT m.id, m.application_id, m.from_stage_id, m.to_stage_id, m.from_plan_id, m.to_plan_id,
	m.from_status, m.to_status,
	CASE WHEN m.actor_id = :actor::uuid OR asker.is_open THEN m.reason END AS reason,
	CASE WHEN m.actor_id = :actor::uuid OR asker.is_open THEN m.reason_code END AS reason_code,
	m.actor_kind, m.actor_id, u.name AS actor_name, m.created_at
	/*sort_key*/
FROM application_moves m
LEFT JOIN users u ON u.organization_id = m.organization_id AND u.id = m.actor_id
CROSS JOIN (SELECT EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = :org
			AND r.application_id = :application_id)
		AND NOT EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
			AND o.application_id = :application_id AND o.independence <> 'open') AS is_open) asker
WHERE m.organization_id = :org AND m.application_id = :application_id
	AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
		AND v.id = m.application_id)
-- sort created_at timestamptz: m.created_at
-- id: m.id
