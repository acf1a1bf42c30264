-- Copies of templates: from then on they are the organization's own.

-- fragment: competency_taken
coalesce(jsonb_agg(jsonb_build_object('id', @.id, 'name', @.name, 'created', @.created)
		ORDER BY @.position), '[]')

-- name: template_reader :read
-- Templates are in the program; whether the caller still is who the token says is not.
SELECT o.organization_id FROM organizations o WHERE o.organization_id = :org;

-- name: template_copy_ladder :write
WITH new AS (
	INSERT INTO ladders (organization_id, name, description, template)
	VALUES (:org, :name, :summary, :template)
	RETURNING *
), levels AS (
	INSERT INTO ladder_levels (organization_id, ladder_id, position, name, years_from, years_to,
		scope, tagline, signals, expectations)
	SELECT :org, new.id, l.position, l.name, l.years_from, l.years_to, l.scope, l.tagline,
		coalesce(l.signals, '{}'), coalesce(l.expectations, '[]')
	FROM new, ROWS FROM (jsonb_to_recordset(:content::jsonb -> 'levels') AS
		(name text, years_from numeric, years_to numeric, scope text, tagline text,
		signals text[], expectations jsonb)) WITH ORDINALITY AS
		l(name, years_from, years_to, scope, tagline, signals, expectations, position)
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'ladder.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'template', new.template) FROM new
), out AS (
	SELECT NULL::text AS refusal, new.id AS _id, :template::text AS template, new.id AS ladder_id,
		NULL::uuid AS rubric_id, NULL::uuid AS rubric_version_id, '[]'::jsonb AS competencies
	FROM new
)
SELECT * FROM out;

-- name: template_copy_competencies :write
-- A competency that is there by its name is taken as it is, out of the archive if need be: its
-- ratings stay comparable.
WITH asked AS (
	SELECT * FROM ROWS FROM (jsonb_to_recordset(:content::jsonb -> 'competencies') AS
		(name text, description text)) WITH ORDINALITY AS a(name, description, position)
), back AS (
	SELECT c.id FROM competencies c JOIN asked a ON lower(a.name) = c.name_key
	WHERE c.organization_id = :org AND c.archived_at IS NOT NULL
), rated AS (
	INSERT INTO competencies AS c (organization_id, name, description)
	SELECT :org, a.name, a.description FROM asked a ORDER BY a.position
	ON CONFLICT (organization_id, name_key) DO UPDATE SET archived_at = NULL,
		version = c.version + (c.archived_at IS NOT NULL)::integer,
		updated_at = CASE WHEN c.archived_at IS NULL THEN c.updated_at ELSE now() END
	RETURNING c.id, c.name, c.name_key, c.version, c.xmax = 0 AS created
), taken AS (
	SELECT r.id, r.name, r.created, a.position FROM rated r JOIN asked a ON lower(a.name) = r.name_key
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN r.created THEN 'competency.created' ELSE 'competency.unarchived' END,
		r.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', r.version, 'template', :template::text)
	FROM rated r WHERE r.created OR r.id IN (SELECT back.id FROM back)
), out AS (
	SELECT NULL::text AS refusal, NULL::uuid AS _id, :template::text AS template,
		NULL::uuid AS ladder_id, NULL::uuid AS rubric_id, NULL::uuid AS rubric_version_id,
		(SELECT {competency_taken t} FROM taken t) AS competencies
)
SELECT * FROM out;

-- name: template_copy_rubric :write
-- The rubric, its first version, and the competencies that are not there by their names yet. Before
-- the version stand its criteria, since nothing is added to a published one. The hash is made as on
-- publishing.
WITH ids AS MATERIALIZED (
	SELECT new_id() AS rubric_id, new_id() AS version_id
), asked AS (
	SELECT a.position, a.name, a.weight, a.must_have_level, a.anchors,
		concat_ws(E'\n', a.description, (SELECT string_agg('- ' || t.words, E'\n' ORDER BY t.place)
			FROM unnest(a.looks_at) WITH ORDINALITY AS t(words, place))) AS description
	FROM ROWS FROM (jsonb_to_recordset(:content::jsonb -> 'criteria') AS
		(name text, description text, looks_at text[], weight numeric, must_have_level smallint,
		anchors text[])) WITH ORDINALITY AS
		a(name, description, looks_at, weight, must_have_level, anchors, position)
), back AS (
	SELECT c.id FROM competencies c JOIN asked a ON lower(a.name) = c.name_key
	WHERE c.organization_id = :org AND c.archived_at IS NOT NULL
), rated AS (
	INSERT INTO competencies AS c (organization_id, name, description)
	SELECT :org, a.name, a.description FROM asked a ORDER BY a.position
	ON CONFLICT (organization_id, name_key) DO UPDATE SET archived_at = NULL,
		version = c.version + (c.archived_at IS NOT NULL)::integer,
		updated_at = CASE WHEN c.archived_at IS NULL THEN c.updated_at ELSE now() END
	RETURNING c.id, c.name, c.name_key, c.version, c.xmax = 0 AS created
), taken AS (
	SELECT r.id, r.name, r.created, a.position FROM rated r JOIN asked a ON lower(a.name) = r.name_key
), kept AS (
	INSERT INTO rubric_criteria (organization_id, rubric_version_id, competency_id, position,
		weight, must_have_level, anchors)
	SELECT :org, ids.version_id, r.id, a.position, a.weight, a.must_have_level, a.anchors
	FROM ids, asked a JOIN rated r ON r.name_key = lower(a.name)
	RETURNING *
), content AS MATERIALIZED (
	SELECT encode(sha256(convert_to(jsonb_agg(jsonb_build_object('competency_id', k.competency_id,
			'competency_name', k.competency_name, 'weight', trim_scale(k.weight),
			'must_have_level', k.must_have_level, 'anchors', k.anchors)
			ORDER BY k.position)::text, 'UTF8')), 'hex') AS hash
	FROM kept k
), new AS (
	INSERT INTO rubrics (organization_id, id, name, description)
	SELECT :org, ids.rubric_id, :name, :summary FROM ids
	RETURNING *
), made AS (
	INSERT INTO rubric_versions (organization_id, id, rubric_id, number, status, content_hash,
		published_at)
	SELECT :org, ids.version_id, ids.rubric_id, 1,
		CASE WHEN :publish::boolean THEN 'published' ELSE 'draft' END,
		CASE WHEN :publish::boolean THEN content.hash END,
		CASE WHEN :publish::boolean THEN now() END
	FROM content, ids
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN r.created THEN 'competency.created' ELSE 'competency.unarchived' END,
		r.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', r.version, 'template', :template::text)
	FROM rated r WHERE r.created OR r.id IN (SELECT back.id FROM back)
	UNION ALL
	SELECT :org, 'rubric.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'template', :template::text,
			'draft_version_id', made.id) FROM new, made
	UNION ALL
	SELECT :org, 'rubric_version.published', made.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', made.version, 'rubric_id', made.rubric_id,
			'number', made.number, 'content_hash', made.content_hash)
	FROM made WHERE made.status = 'published'
), out AS (
	SELECT NULL::text AS refusal, new.id AS _id, :template::text AS template,
		NULL::uuid AS ladder_id, new.id AS rubric_id, made.id AS rubric_version_id,
		(SELECT {competency_taken t} FROM taken t) AS competencies
	FROM new, made
)
SELECT * FROM out;
