-- Rubrics and their versions: a draft is edited, a published version never changes.
--
-- Whatever adds or publishes a version locks the rubric first and raises its version, so that two
-- such statements never work from the same state: the one that waited sees by `seen` that its
-- snapshot is older than the row it has locked.

-- fragment: rubric_columns
@.id, @.name, @.description, @.archived_at, @.version, @.created_at, @.updated_at

-- fragment: rubric_version_ids
(SELECT v.id FROM rubric_versions v WHERE v.organization_id = :org
		AND v.rubric_id = @.id AND v.status = 'draft') AS draft_version_id,
	(SELECT v.id FROM rubric_versions v WHERE v.organization_id = :org
		AND v.rubric_id = @.id AND v.status = 'published'
	 ORDER BY v.number DESC LIMIT 1) AS latest_published_version_id

-- fragment: version_columns
@.id, @.rubric_id, @.number, @.status, @.content_hash, @.published_at, @.version, @.created_at,
	@.updated_at

-- fragment: criteria
coalesce(json_agg(json_build_object('competency_id', @.competency_id,
		'competency_name', @.competency_name, 'position', @.position, 'weight', trim_scale(@.weight),
		'must_have_level', @.must_have_level, 'anchors', @.anchors)
		ORDER BY @.position), '[]')

-- name: rubrics_list :list
SELECT {rubric_columns r}, {rubric_version_ids r}
	/*sort_key*/
FROM rubrics r
WHERE r.organization_id = :org
-- filter archived: AND (r.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND r.updated_at >= :updated_since::timestamptz
-- filter q: AND position(' ' || lower(:q::text) IN ' ' || lower(r.name)) > 0
-- sort created_at timestamptz: r.created_at
-- sort name text asc: r.name
-- id: r.id

-- name: rubric_get :read
SELECT {rubric_columns r}, {rubric_version_ids r} FROM rubrics r
WHERE r.organization_id = :org AND r.id = :rubric_id;

-- name: rubric_create :write
-- A rubric comes with its first draft, which is empty.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, description text)
), new AS (
	INSERT INTO rubrics (organization_id, name, description)
	SELECT :org, b.name, b.description FROM body b
	RETURNING *
), draft AS (
	INSERT INTO rubric_versions (organization_id, rubric_id, number)
	SELECT :org, new.id, 1 FROM new
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'rubric.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'draft_version_id', draft.id) FROM new, draft
), out AS (
	SELECT NULL::text AS refusal, {rubric_columns new}, draft.id AS draft_version_id,
		NULL::uuid AS latest_published_version_id
	FROM new, draft
)
SELECT * FROM out;

-- name: rubric_update :write
WITH cur AS (
	SELECT r AS was, r.id, r.version,
		CASE WHEN :if_match::bigint <> r.version THEN 'precondition_failed' END AS refusal
	FROM rubrics r WHERE r.organization_id = :org AND r.id = :rubric_id
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.description
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE rubrics r SET name = p.name, description = p.description, version = r.version + 1,
		updated_at = now()
	FROM patch p WHERE r.organization_id = :org AND r.id = p.id
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'rubric.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {rubric_columns new},
		{rubric_version_ids new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: rubric_archive :write
-- Sets or clears archived_at; saying it twice changes nothing and writes no second event.
WITH cur AS (
	SELECT r AS was, r.id, r.version, r.archived_at,
		CASE WHEN :if_match::bigint <> r.version THEN 'precondition_failed' END AS refusal
	FROM rubrics r WHERE r.organization_id = :org AND r.id = :rubric_id
	FOR UPDATE
), changed AS (
	UPDATE rubrics r SET archived_at = CASE WHEN :archive::boolean THEN now() END,
		version = r.version + 1, updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
		AND (cur.archived_at IS NOT NULL) <> :archive::boolean
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN :archive::boolean THEN 'rubric.archived' ELSE 'rubric.unarchived' END,
		c.id, :actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {rubric_columns n},
		{rubric_version_ids n}
	FROM cur CROSS JOIN now_is n
)
SELECT * FROM out;

-- name: rubric_versions_list :read
SELECT {version_columns v}
FROM rubrics r
LEFT JOIN rubric_versions v ON v.organization_id = r.organization_id AND v.rubric_id = r.id
WHERE r.organization_id = :org AND r.id = :rubric_id
ORDER BY v.number;

-- name: rubric_version_get :read
SELECT {version_columns v},
	(SELECT {criteria k} FROM rubric_criteria k
	 WHERE k.organization_id = :org AND k.rubric_version_id = v.id) AS criteria
FROM rubric_versions v WHERE v.organization_id = :org AND v.id = :version_id;

-- name: rubric_version_create :write
-- The next draft: a copy of the newest published version, or empty. That there is one draft at
-- most is the unique index's to say.
WITH seen AS MATERIALIZED (
	SELECT r.version FROM rubrics r WHERE r.organization_id = :org AND r.id = :rubric_id
), cur AS (
	SELECT r.id, CASE WHEN r.version <> seen.version THEN 'conflict' END AS refusal
	FROM seen, rubrics r WHERE r.organization_id = :org AND r.id = :rubric_id
	FOR UPDATE OF r
), draft AS (
	INSERT INTO rubric_versions (organization_id, rubric_id, number)
	SELECT :org, cur.id, 1 + coalesce((SELECT max(v.number) FROM rubric_versions v
		WHERE v.organization_id = :org AND v.rubric_id = cur.id), 0)
	FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), parent AS (
	UPDATE rubrics r SET version = r.version + 1, updated_at = now()
	FROM draft WHERE r.organization_id = :org AND r.id = draft.rubric_id
), copied AS (
	INSERT INTO rubric_criteria (organization_id, rubric_version_id, competency_id, position,
		weight, must_have_level, anchors)
	SELECT :org, draft.id, k.competency_id, k.position, k.weight, k.must_have_level, k.anchors
	FROM draft JOIN rubric_criteria k ON k.organization_id = :org AND k.rubric_version_id =
		(SELECT v.id FROM rubric_versions v WHERE v.organization_id = :org
			AND v.rubric_id = draft.rubric_id AND v.status = 'published'
		 ORDER BY v.number DESC LIMIT 1)
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'rubric_version.created', draft.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', draft.version, 'rubric_id', draft.rubric_id,
			'number', draft.number) FROM draft
), out AS (
	SELECT cur.refusal, {version_columns draft},
		(SELECT {criteria k} FROM copied k) AS criteria
	FROM cur LEFT JOIN draft ON true
)
SELECT * FROM out;

-- name: rubric_version_update :write
-- Replaces all criteria by those of the body, in its order.
WITH seen AS MATERIALIZED (
	SELECT v.version FROM rubric_versions v WHERE v.organization_id = :org AND v.id = :version_id
), cur AS (
	SELECT v.id, v.version, CASE WHEN v.status = 'published' THEN 'rubric_version_published'
			WHEN :if_match::bigint <> v.version OR v.version <> seen.version
				THEN 'precondition_failed'
		END AS refusal
	FROM seen, rubric_versions v WHERE v.organization_id = :org AND v.id = :version_id
	FOR UPDATE OF v
), asked AS (
	SELECT cur.id AS version_id, k.competency_id, k.position, k.weight, k.must_have_level, k.anchors
	FROM cur, ROWS FROM (jsonb_to_recordset(:body::jsonb -> 'criteria') AS
		(competency_id uuid, weight numeric, must_have_level smallint, anchors text[]))
		WITH ORDINALITY AS k(competency_id, weight, must_have_level, anchors, position)
	WHERE cur.refusal IS NULL
), gone AS (
	DELETE FROM rubric_criteria k USING cur
	WHERE k.organization_id = :org AND k.rubric_version_id = cur.id AND cur.refusal IS NULL
		AND k.competency_id NOT IN (SELECT a.competency_id FROM asked a)
), kept AS (
	INSERT INTO rubric_criteria AS k (organization_id, rubric_version_id, competency_id, position,
		weight, must_have_level, anchors)
	SELECT :org, a.version_id, a.competency_id, a.position, a.weight, a.must_have_level, a.anchors
	FROM asked a
	ON CONFLICT (organization_id, rubric_version_id, competency_id) DO UPDATE
		SET position = EXCLUDED.position, weight = EXCLUDED.weight,
			must_have_level = EXCLUDED.must_have_level, anchors = EXCLUDED.anchors
	RETURNING *
), new AS (
	UPDATE rubric_versions v SET version = v.version + 1, updated_at = now()
	FROM cur WHERE v.organization_id = :org AND v.id = cur.id AND cur.refusal IS NULL
	RETURNING v.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'rubric_version.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'rubric_id', new.rubric_id) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {version_columns new},
		(SELECT {criteria k} FROM kept k) AS criteria
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: rubric_version_publish :write
-- The hash is that of the canonical content: jsonb's own text of the criteria in their order, with
-- the names as the draft has kept them.
WITH seen AS MATERIALIZED (
	SELECT v.rubric_id, v.version FROM rubric_versions v
	WHERE v.organization_id = :org AND v.id = :version_id
), parent AS MATERIALIZED (
	SELECT r.id FROM rubrics r
	WHERE r.organization_id = :org AND r.id = (SELECT seen.rubric_id FROM seen)
	FOR UPDATE
), content AS MATERIALIZED (
	SELECT count(*) AS criteria, min(k.position) FILTER (WHERE EXISTS
			(SELECT FROM unnest(k.anchors) a WHERE a !~ '\S')) AS unanchored,
		encode(sha256(convert_to(jsonb_agg(jsonb_build_object('competency_id', k.competency_id,
			'competency_name', k.competency_name, 'weight', trim_scale(k.weight),
			'must_have_level', k.must_have_level, 'anchors', k.anchors)
			ORDER BY k.position)::text, 'UTF8')), 'hex') AS hash,
		{criteria k} AS list
	FROM rubric_criteria k
	WHERE k.organization_id = :org AND k.rubric_version_id = :version_id
), gaps AS (
	SELECT jsonb_agg(jsonb_build_object('pointer', '/criteria/' || k.position - 1 || '/anchors/' || a.place - 1,
		'rule', 'required', 'detail', 'needs a text') ORDER BY k.position, a.place) AS list
	FROM rubric_criteria k, unnest(k.anchors) WITH ORDINALITY AS a(words, place)
	WHERE k.organization_id = :org AND k.rubric_version_id = :version_id AND a.words !~ '\S'
), cur AS (
	SELECT v.id, v.version, CASE WHEN v.status = 'published' THEN 'rubric_version_published'
			WHEN :if_match::bigint <> v.version OR v.version <> seen.version
				THEN 'precondition_failed'
			WHEN content.criteria = 0 OR content.unanchored IS NOT NULL
				THEN 'rubric_incomplete'
		END AS refusal
	FROM seen, parent, content, rubric_versions v
	WHERE v.organization_id = :org AND v.id = :version_id AND v.rubric_id = parent.id
	FOR UPDATE OF v
), new AS (
	UPDATE rubric_versions v SET status = 'published', content_hash = content.hash,
		published_at = now(), version = v.version + 1, updated_at = now()
	FROM cur, content WHERE v.organization_id = :org AND v.id = cur.id AND cur.refusal IS NULL
	RETURNING v.*
), touched AS (
	UPDATE rubrics r SET version = r.version + 1, updated_at = now()
	FROM new WHERE r.organization_id = :org AND r.id = new.rubric_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'rubric_version.published', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'rubric_id', new.rubric_id,
			'number', new.number, 'content_hash', new.content_hash) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version,
		CASE WHEN cur.refusal IS DISTINCT FROM 'rubric_incomplete' THEN NULL
			WHEN content.criteria = 0 THEN 'The version has no criteria'
			ELSE format('Criterion %s has an empty anchor', content.unanchored)
		END AS refusal_detail,
		CASE WHEN cur.refusal = 'rubric_incomplete' THEN gaps.list END AS refusal_errors,
		{version_columns new}, content.list AS criteria
	FROM cur CROSS JOIN content CROSS JOIN gaps LEFT JOIN new ON true
)
SELECT * FROM out;
