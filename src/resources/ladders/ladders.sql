-- Career ladders: ordered levels with what is expected at each.

-- fragment: ladder_columns
@.id, @.name, @.description, @.template, @.archived_at, @.version, @.created_at, @.updated_at

-- fragment: levels
coalesce(json_agg(json_build_object('name', @.name, 'position', @.position,
		'years_from', trim_scale(@.years_from), 'years_to', trim_scale(@.years_to),
		'scope', @.scope, 'tagline', @.tagline, 'signals', @.signals,
		'expectations', @.expectations) ORDER BY @.position), '[]')

-- fragment: own_levels
(SELECT {levels l} FROM ladder_levels l
	 WHERE l.organization_id = :org AND l.ladder_id = @.id) AS levels

-- name: ladders_list :list
SELECT {ladder_columns r}, {own_levels r}
	/*sort_key*/
FROM ladders r
WHERE r.organization_id = :org
-- filter archived: AND (r.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND r.updated_at >= :updated_since::timestamptz
-- filter q: AND position(' ' || lower(:q::text) IN ' ' || r.name_key) > 0
-- sort created_at timestamptz: r.created_at
-- sort name text asc: r.name
-- id: r.id

-- name: ladder_get :read
SELECT {ladder_columns r}, {own_levels r} FROM ladders r
WHERE r.organization_id = :org AND r.id = :ladder_id;

-- name: ladder_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, description text)
), new AS (
	INSERT INTO ladders (organization_id, name, description)
	SELECT :org, b.name, b.description FROM body b
	RETURNING *
), levels AS (
	INSERT INTO ladder_levels (organization_id, ladder_id, position, name, years_from, years_to,
		scope, tagline, signals, expectations)
	SELECT :org, new.id, l.position, l.name, l.years_from, l.years_to, l.scope, l.tagline,
		coalesce(l.signals, '{}'), coalesce(l.expectations, '[]')
	FROM new, ROWS FROM (jsonb_to_recordset(:body::jsonb -> 'levels') AS
		(name text, years_from numeric, years_to numeric, scope text, tagline text,
		signals text[], expectations jsonb)) WITH ORDINALITY AS
		l(name, years_from, years_to, scope, tagline, signals, expectations, position)
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'ladder.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT NULL::text AS refusal, {ladder_columns new},
		(SELECT {levels l} FROM levels l) AS levels
	FROM new
)
SELECT * FROM out;

-- name: ladder_update :write
-- `levels` replaces all levels, in its order. One that a role refers to stays.
WITH seen AS MATERIALIZED (
	SELECT r.version FROM ladders r WHERE r.organization_id = :org AND r.id = :ladder_id
), asked AS MATERIALIZED (
	SELECT l.* FROM ROWS FROM (jsonb_to_recordset(:body::jsonb -> 'levels') AS
		(name text, years_from numeric, years_to numeric, scope text, tagline text,
		signals text[], expectations jsonb)) WITH ORDINALITY AS
		l(name, years_from, years_to, scope, tagline, signals, expectations, position)
), cur AS (
	SELECT r AS was, r.id, r.version,
		CASE WHEN :if_match::bigint <> r.version OR r.version <> seen.version
				THEN 'precondition_failed'
			WHEN :body::jsonb ? 'levels' AND EXISTS (SELECT FROM roles o
				WHERE o.organization_id = :org AND o.ladder_id = r.id AND o.level IS NOT NULL
					AND o.level NOT IN (SELECT a.name FROM asked a)) THEN 'level_in_use'
		END AS refusal
	FROM seen, ladders r WHERE r.organization_id = :org AND r.id = :ladder_id
	FOR UPDATE OF r
), patch AS (
	SELECT p.id, p.name, p.description
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb - 'levels') p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE ladders r SET name = p.name, description = p.description, version = r.version + 1,
		updated_at = now()
	FROM patch p WHERE r.organization_id = :org AND r.id = p.id
	RETURNING r.*
), gone AS (
	DELETE FROM ladder_levels l USING patch p
	WHERE l.organization_id = :org AND l.ladder_id = p.id AND :body::jsonb ? 'levels'
		AND l.name NOT IN (SELECT a.name FROM asked a)
), kept AS (
	INSERT INTO ladder_levels AS l (organization_id, ladder_id, position, name, years_from,
		years_to, scope, tagline, signals, expectations)
	SELECT :org, p.id, a.position, a.name, a.years_from, a.years_to, a.scope, a.tagline,
		coalesce(a.signals, '{}'), coalesce(a.expectations, '[]')
	FROM patch p, asked a
	ON CONFLICT (organization_id, ladder_id, name) DO UPDATE SET position = EXCLUDED.position,
		years_from = EXCLUDED.years_from, years_to = EXCLUDED.years_to, scope = EXCLUDED.scope,
		tagline = EXCLUDED.tagline, signals = EXCLUDED.signals,
		expectations = EXCLUDED.expectations
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'ladder.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {ladder_columns new},
		CASE WHEN :body::jsonb ? 'levels' THEN (SELECT {levels k} FROM kept k)
			ELSE (SELECT {levels l} FROM ladder_levels l
				WHERE l.organization_id = :org AND l.ladder_id = cur.id) END AS levels
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: ladder_archive :write
-- Sets or clears archived_at; saying it twice changes nothing and writes no second event.
WITH cur AS (
	SELECT r AS was, r.id, r.version, r.archived_at,
		CASE WHEN :if_match::bigint <> r.version THEN 'precondition_failed' END AS refusal
	FROM ladders r WHERE r.organization_id = :org AND r.id = :ladder_id
	FOR UPDATE
), changed AS (
	UPDATE ladders r SET archived_at = CASE WHEN :archive::boolean THEN now() END,
		version = r.version + 1, updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
		AND (cur.archived_at IS NOT NULL) <> :archive::boolean
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN :archive::boolean THEN 'ladder.archived' ELSE 'ladder.unarchived' END,
		c.id, :actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {ladder_columns n}, {own_levels n}
	FROM cur CROSS JOIN now_is n
)
SELECT * FROM out;
