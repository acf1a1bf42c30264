-- Plans that must not grow with the tables.
--
-- Under row-level security a comparison serves as an index's condition only if nothing in it could
-- tell of a row that is not ours: no function of our own, no ->>, no cast from text. And statistics
-- know nothing of an organization, or of a source, whose first rows come with the very file: a join
-- is planned as if there were none, and walks all that came since. So what rows are looked up by is
-- computed first, in a step of its own, and each is looked up in a scalar subquery, or behind
-- OFFSET 0: both are entered with one row's values, and so use the key.

-- Of two indexes that begin alike the planner may take either for what only one of them answers:
-- a name was looked up among all names of its source. The names of an object begin with the object.
ALTER TABLE external_ids DROP CONSTRAINT external_ids_object,
	ADD CONSTRAINT external_ids_object UNIQUE (organization_id, object_id, object_type, source);

-- A batch of candidates: [{"row", "external_id", "body"}], each external id once. As with
-- candidates_put_by_external_id, members that are not sent keep their value; and what is the same
-- already is left alone.
CREATE OR REPLACE FUNCTION import_candidates(from_source text, dry boolean, batch jsonb)
RETURNS TABLE (made bigint, changed bigint, same bigint) LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH read AS MATERIALIZED (
		SELECT r.external_id, r.body, (SELECT candidate_survivor(x.object_id) FROM external_ids x
			WHERE x.organization_id = org() AND x.object_type = 'candidate'
				AND x.source = from_source AND x.external_id = r.external_id) AS now_id
		FROM jsonb_to_recordset(batch) AS r(external_id text, body jsonb)
	), asked AS MATERIALIZED (
		SELECT r.external_id, c.id AS known_id, coalesce(c.id, new_id()) AS id, p.name,
			p.email, p.phone, p.location, p.headline, p.summary, coalesce(p.links, '[]') AS links,
			coalesce(p.skills, '{}') AS skills, coalesce(p.tags, '{}') AS tags,
			coalesce(p.experience, '[]') AS experience, coalesce(p.education, '[]') AS education,
			p.source, w.wants, w.consent,
			(c.name, c.email, c.phone, c.location, c.headline, c.summary, c.links, c.skills,
				c.tags, c.experience, c.education, c.source, c.wants, c.consent)
				IS NOT DISTINCT FROM (p.name, p.email, p.phone, p.location, p.headline,
				p.summary, p.links, p.skills, p.tags, p.experience, p.education, p.source,
				w.wants, w.consent) AS same
		FROM read r
		LEFT JOIN LATERAL (SELECT c AS was, c.* FROM candidates c
			WHERE c.organization_id = org() AND c.id = r.now_id OFFSET 0) c ON true
		CROSS JOIN jsonb_populate_record(c.was, r.body) p
		CROSS JOIN LATERAL (SELECT merged_object(NULL, p.wants) AS wants,
			merged_object(NULL, p.consent) AS consent) w
	), updated AS (
		UPDATE candidates c SET name = a.name, email = a.email, phone = a.phone,
			location = a.location, headline = a.headline, summary = a.summary, links = a.links,
			skills = a.skills, tags = a.tags, experience = a.experience,
			education = a.education, source = a.source, wants = a.wants, consent = a.consent,
			version = c.version + 1, updated_at = now()
		FROM asked a WHERE NOT dry AND c.organization_id = org() AND c.id = a.known_id AND NOT a.same
		RETURNING c.id, c.version
	), made AS (
		INSERT INTO candidates (organization_id, id, name, email, phone, location, headline,
			summary, links, skills, tags, experience, education, source, wants, consent)
		SELECT org(), a.id, a.name, a.email, a.phone, a.location, a.headline, a.summary, a.links,
			a.skills, a.tags, a.experience, a.education, a.source, a.wants, a.consent
		FROM asked a WHERE NOT dry AND a.known_id IS NULL
		RETURNING id, version
	), keyed AS (
		INSERT INTO candidate_keys (organization_id, candidate_id) SELECT org(), m.id FROM made m
	), named AS (
		INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
		SELECT org(), 'candidate', from_source, a.external_id, a.id
		FROM asked a WHERE NOT dry AND a.known_id IS NULL
	), event AS (
		INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
		SELECT org(), n.type, n.id, actor_kind(), actor(),
			nullif(current_setting('assay.request_id', true), ''),
			jsonb_build_object('version', n.version, 'source', from_source)
		FROM (SELECT 'candidate.created' AS type, m.id, m.version FROM made m
			UNION ALL SELECT 'candidate.updated', u.id, u.version FROM updated u) n
	)
	SELECT count(*) FILTER (WHERE a.known_id IS NULL),
		count(*) FILTER (WHERE a.known_id IS NOT NULL AND NOT a.same),
		count(*) FILTER (WHERE a.known_id IS NOT NULL AND a.same)
	FROM asked a;
END $$;

-- A batch of applications: [{"row", "external_id", "body": {"candidate_external_id",
-- "role_external_id" or "role_id", "source"}}]. What cannot be is told by row.
CREATE OR REPLACE FUNCTION import_applications(import uuid, from_source text, dry boolean, batch jsonb)
RETURNS TABLE (made bigint, changed bigint, same bigint, failed bigint) LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH said AS MATERIALIZED (
		SELECT r.row, r.external_id, r.body ->> 'source' AS source, r.body ? 'source' AS sourced,
			r.body ->> 'candidate_external_id' AS candidate_name,
			r.body ->> 'role_external_id' AS role_name, (r.body ->> 'role_id')::uuid AS role_id
		FROM jsonb_to_recordset(batch) AS r(row bigint, external_id text, body jsonb)
	), read AS MATERIALIZED (
		SELECT r.row, r.external_id, r.source, r.sourced,
			(SELECT x.object_id FROM external_ids x WHERE x.organization_id = org()
				AND x.object_type = 'application' AND x.source = from_source
				AND x.external_id = r.external_id) AS known_id,
			(SELECT candidate_survivor(x.object_id) FROM external_ids x
				WHERE x.organization_id = org() AND x.object_type = 'candidate'
				AND x.source = from_source AND x.external_id = r.candidate_name) AS candidate_id,
			coalesce(r.role_id, (SELECT x.object_id FROM external_ids x
				WHERE x.organization_id = org() AND x.object_type = 'role'
				AND x.source = from_source AND x.external_id = r.role_name)) AS role_id
		FROM said r
	), asked AS MATERIALIZED (
		SELECT r.row, r.external_id, c.id AS candidate_id, o.id AS role_id, o.plan_id,
			r.source, r.known_id,
			coalesce(r.known_id, new_id()) AS id,
			NOT r.sourced OR k.source IS NOT DISTINCT FROM r.source AS same,
			(SELECT t.id FROM stages t WHERE t.organization_id = org() AND t.plan_id = o.plan_id
				ORDER BY t.optional, t.position LIMIT 1) AS stage_id,
			CASE WHEN c.id IS NULL THEN 'unknown_candidate'
				WHEN o.id IS NULL THEN 'unknown_role'
				WHEN r.known_id IS NOT NULL AND (k.candidate_id <> c.id OR k.role_id <> o.id)
					THEN 'external_id_taken'
				WHEN r.known_id IS NULL AND o.archived_at IS NOT NULL THEN 'archived'
				WHEN r.known_id IS NULL AND o.id = ANY (ARRAY(SELECT d.role_id
					FROM applications d WHERE d.organization_id = org()
						AND d.candidate_id = c.id)) THEN 'already_exists'
			END AS refusal
		FROM read r
		LEFT JOIN LATERAL (SELECT c.id FROM candidates c WHERE c.organization_id = org()
			AND c.erased_at IS NULL AND c.id = r.candidate_id OFFSET 0) c ON true
		LEFT JOIN LATERAL (SELECT o.id, o.plan_id, o.archived_at FROM visible_roles o
			WHERE o.organization_id = org() AND o.id = r.role_id OFFSET 0) o ON true
		LEFT JOIN LATERAL (SELECT k.candidate_id, k.role_id, k.source FROM applications k
			WHERE k.organization_id = org() AND k.id = r.known_id OFFSET 0) k ON true
	), updated AS (
		UPDATE applications a SET source = q.source, version = a.version + 1, updated_at = now()
		FROM asked q WHERE NOT dry AND q.refusal IS NULL AND a.organization_id = org()
			AND a.id = q.known_id AND NOT q.same
		RETURNING a.id, a.version
	), made AS (
		INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, source)
		SELECT org(), q.id, q.candidate_id, q.role_id, q.plan_id, q.stage_id, q.source
		FROM asked q WHERE NOT dry AND q.refusal IS NULL AND q.known_id IS NULL
		RETURNING id, candidate_id, role_id, stage_id, status, version
	), named AS (
		INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
		SELECT org(), 'application', from_source, q.external_id, q.id
		FROM asked q WHERE NOT dry AND q.refusal IS NULL AND q.known_id IS NULL
	), moved AS (
		INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status,
			actor_kind, actor_id)
		SELECT org(), m.id, m.stage_id, m.status, actor_kind(), actor() FROM made m
	), event AS (
		INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
			request_id, data)
		SELECT org(), n.type, n.id, n.id, actor_kind(), actor(),
			nullif(current_setting('assay.request_id', true), ''), n.data
		FROM (SELECT 'application.created' AS type, m.id, jsonb_build_object('version', m.version,
				'candidate_id', m.candidate_id, 'role_id', m.role_id) AS data FROM made m
			UNION ALL SELECT 'application.updated', u.id,
				jsonb_build_object('version', u.version, 'source', from_source)
			FROM updated u) n
	), refused AS (
		INSERT INTO import_errors (organization_id, import_id, row, pointer, code, message)
		SELECT org(), import, q.row, w.pointer, q.refusal, w.message FROM asked q
		JOIN (VALUES ('unknown_candidate', '/candidate_external_id', 'It names no candidate of this source.'),
			('unknown_role', '/role_external_id', 'It names no role.'),
			('external_id_taken', '/external_id', 'It belongs to another application.'),
			('archived', '/role_external_id', 'The role is archived.'),
			('already_exists', '/candidate_external_id',
				'The candidate has an application for this role.'))
			AS w(code, pointer, message) ON w.code = q.refusal
	)
	SELECT count(*) FILTER (WHERE q.refusal IS NULL AND q.known_id IS NULL),
		count(*) FILTER (WHERE q.refusal IS NULL AND q.known_id IS NOT NULL AND NOT q.same),
		count(*) FILTER (WHERE q.refusal IS NULL AND q.known_id IS NOT NULL AND q.same),
		count(*) FILTER (WHERE q.refusal IS NOT NULL)
	FROM asked q;
END $$;


-- ---- lists ------------------------------------------------------------------------------------

-- The few that are archived, or all the others, in the list's order.
CREATE INDEX candidates_archived ON candidates
	(organization_id, (archived_at IS NOT NULL), created_at DESC, id DESC);
CREATE INDEX applications_archived ON applications
	(organization_id, (archived_at IS NOT NULL), created_at DESC, id DESC);
-- An expression's statistics come with the next ANALYZE; until then a plan would guess. A table that
-- is still empty is left alone: told to be empty, it would be read whole until it is analyzed again.
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_class c WHERE c.oid = 'candidates'::regclass AND c.reltuples > 0) THEN
		ANALYZE candidates, applications;
	END IF;
END $$;

-- ---- what one owes on a candidate ---------------------------------------------------------------

-- As in 0012, from the candidate's few applications to what is owed on each, whatever a plan expects.
CREATE OR REPLACE FUNCTION owes_on_candidate(candidate uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	application uuid;
BEGIN
	FOR application IN SELECT a.id FROM candidates c
		JOIN applications a ON a.organization_id = c.organization_id AND a.candidate_id = c.id
		WHERE c.organization_id = org() AND candidate IN (c.id, c.merged_into)
	LOOP
		IF EXISTS (SELECT FROM my_owed_interviews o
			WHERE o.organization_id = org() AND o.application_id = application) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
