-- Competencies: what is rated. One id is shared by all rubrics, so that ratings stay comparable.

-- fragment: competency_columns
@.id, @.name, @.description, @.archived_at, @.version, @.created_at, @.updated_at

-- name: competencies_list :list
-- Words of the name are found by how they begin.
SELECT {competency_columns c}
	/*sort_key*/
FROM competencies c
WHERE c.organization_id = :org
-- filter archived: AND (c.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND c.updated_at >= :updated_since::timestamptz
-- filter q: AND position(' ' || lower(:q::text) IN ' ' || c.name_key) > 0
-- sort created_at timestamptz: c.created_at
-- sort name text asc: c.name
-- id: c.id

-- name: competency_get :read
SELECT {competency_columns c} FROM competencies c
WHERE c.organization_id = :org AND c.id = :competency_id;

-- name: competency_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, description text)
), new AS (
	INSERT INTO competencies (organization_id, name, description)
	SELECT :org, b.name, b.description FROM body b
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'competency.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT NULL::text AS refusal, {competency_columns new} FROM new
)
SELECT * FROM out;

-- name: competency_update :write
WITH cur AS (
	SELECT c AS was, c.id, c.version,
		CASE WHEN :if_match::bigint <> c.version THEN 'precondition_failed' END AS refusal
	FROM competencies c WHERE c.organization_id = :org AND c.id = :competency_id
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.description
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE competencies c SET name = p.name, description = p.description,
		version = c.version + 1, updated_at = now()
	FROM patch p WHERE c.organization_id = :org AND c.id = p.id
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'competency.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {competency_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: competency_archive :write
-- Sets or clears archived_at; saying it twice changes nothing and writes no second event.
WITH cur AS (
	SELECT c AS was, c.id, c.version, c.archived_at,
		CASE WHEN :if_match::bigint <> c.version THEN 'precondition_failed' END AS refusal
	FROM competencies c WHERE c.organization_id = :org AND c.id = :competency_id
	FOR UPDATE
), changed AS (
	UPDATE competencies c SET archived_at = CASE WHEN :archive::boolean THEN now() END,
		version = c.version + 1, updated_at = now()
	FROM cur WHERE c.organization_id = :org AND c.id = cur.id AND cur.refusal IS NULL
		AND (cur.archived_at IS NOT NULL) <> :archive::boolean
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org,
		CASE WHEN :archive::boolean THEN 'competency.archived' ELSE 'competency.unarchived' END,
		c.id, :actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {competency_columns n}
	FROM cur CROSS JOIN now_is n
)
SELECT * FROM out;
