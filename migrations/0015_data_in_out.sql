-- Events to read, imports to run.

-- ---- events -----------------------------------------------------------------------------------

CREATE INDEX events_application ON events (organization_id, application_id)
	WHERE application_id IS NOT NULL;

-- What a client never hears of a role that exists for its team and admins only.
CREATE FUNCTION event_is_confidential(object uuid, data jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM roles r WHERE r.organization_id = org() AND r.confidential
		AND r.id IN (object, (data ->> 'role_id')::uuid));
END $$;

-- Applications of which the actor, a person, must not learn what colleagues think: those on which
-- they owe a scorecard. Asked once for a page, not for each event.
CREATE FUNCTION closed_applications() RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_kind() IS DISTINCT FROM 'user' THEN
		RETURN '{}';
	END IF;
	RETURN (SELECT coalesce(array_agg(DISTINCT o.application_id), '{}') FROM my_owed_interviews o
		WHERE o.organization_id = org() AND (o.independence <> 'open'
			-- To its hiring manager what lies ahead is closed by any independence.
			OR (SELECT m.part = 'hiring_manager' FROM applications a
				JOIN hiring_team_members m ON m.organization_id = a.organization_id
					AND m.role_id = a.role_id AND m.user_id = actor()
				WHERE a.organization_id = o.organization_id AND a.id = o.application_id)));
END $$;

-- May a client know of what became of a scorecard? It is as readable as the stage.
CREATE FUNCTION scorecard_event_readable(scorecard uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM scorecards s JOIN readable_stages r
			ON r.organization_id = s.organization_id
			AND r.application_id = s.application_id AND r.stage_id = s.stage_id
		WHERE s.organization_id = org() AND s.id = scorecard);
END $$;

-- May a client know what an application's scorecards add up to, or who still owes one? As with
-- decisions: once every stage with a scorecard is open to it.
CREATE FUNCTION outcome_event_readable(application uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM interviews i
		WHERE i.organization_id = org() AND i.application_id = application
			AND (SELECT true FROM readable_stages r WHERE r.organization_id = org()
				AND r.application_id = application AND r.stage_id = i.stage_id) IS NULL);
END $$;

-- May the actor know of a note's event? As of the note itself; of one that is gone, where nothing
-- is closed on its application, or on any of its candidate and those that were one with it.
CREATE FUNCTION note_event_readable(note uuid, application uuid, data jsonb, closed uuid[])
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF EXISTS (SELECT FROM notes n WHERE n.organization_id = org() AND n.id = note) THEN
		RETURN EXISTS (SELECT FROM visible_notes n WHERE n.organization_id = org() AND n.id = note);
	END IF;
	RETURN NOT EXISTS (SELECT FROM unnest(candidates_once_one((data ->> 'candidate_id')::uuid)) AS p(id)
		JOIN applications a ON a.organization_id = org() AND a.candidate_id = p.id
		WHERE (application IS NULL OR a.id = application)
			AND (a.id = ANY (closed)
				OR (actor_kind() = 'client' AND NOT outcome_event_readable(a.id))));
END $$;

-- Sealed events, which stand in one order for ever: none is ever sealed before one that was read.
-- seq counts what is hidden too, so it is for sorting and never shown. What concerns an
-- application, and is not known to tell nothing of scorecards, counts as an outcome; a person who
-- owes a scorecard there reads none of it but what they did themselves.
CREATE VIEW visible_events WITH (security_invoker = true) AS
	SELECT z.seq, e.organization_id, e.id, e.type, e.object_id, e.application_id, e.actor_kind,
		e.actor_id, e.data, e.created_at
	FROM event_seals z
	JOIN events e ON e.organization_id = z.organization_id AND e.id = z.event_id
	WHERE z.organization_id = org()
	AND CASE
		WHEN actor_level() = 'admin' AND e.actor_kind = 'user' AND e.actor_id = actor() THEN true
		-- Drafts are the most of all events, and their author's only.
		WHEN e.type IN ('scorecard.created', 'scorecard.saved') THEN false
		WHEN actor_level() = 'admin' THEN CASE
			WHEN (SELECT closed_applications()) = '{}' THEN true
			WHEN e.type LIKE 'note.%' THEN note_event_readable(e.object_id, e.application_id,
				e.data, (SELECT closed_applications()))
			WHEN e.application_id IS NULL THEN e.type !~ '^(scorecard|decision|evaluation|handover|level)\.'
			WHEN e.type ~ '^(application|interview|interviewer)\.' THEN true
			ELSE e.application_id <> ALL ((SELECT closed_applications())::uuid[])
		END
		WHEN actor_level() = 'client' THEN e.type !~ '^(session|user|api_client)\.'
			AND NOT event_is_confidential(e.object_id, e.data)
			AND (e.application_id IS NULL OR (SELECT true FROM visible_applications a
				WHERE a.organization_id = e.organization_id AND a.id = e.application_id))
			AND CASE
				WHEN e.type LIKE 'note.%' THEN note_event_readable(e.object_id, e.application_id,
					e.data, '{}')
				WHEN e.application_id IS NULL THEN e.type !~ '^(scorecard|decision|evaluation|handover|level)\.'
				WHEN e.type ~ '^(application|interview|interviewer)\.' THEN true
				WHEN e.type IN ('scorecard.submitted', 'scorecard.amended', 'scorecard.taken_back')
					THEN scorecard_event_readable(e.object_id)
				ELSE outcome_event_readable(e.application_id)
			END
		ELSE false
	END;
GRANT SELECT ON visible_events TO assay_app;

-- ---- imports ----------------------------------------------------------------------------------

-- A file that is taken in by batches. Its content is kept until the last batch, no longer; what is
-- done is told by position, which moves in the transaction of the batch itself.
CREATE TABLE imports (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	kind            text NOT NULL CHECK (kind IN ('candidates', 'applications')),
	format          text NOT NULL CHECK (format IN ('csv', 'ndjson')),
	source          text NOT NULL CHECK (source ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
	mapping         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(mapping) = 'object'),
	dry_run         boolean NOT NULL,
	status          text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'stopped')),
	stopped_because text CHECK (stopped_because IN ('erasure', 'not_allowed')),
	content         text,
	size_bytes      bigint NOT NULL,
	position        bigint NOT NULL DEFAULT 0,
	rows_read       bigint NOT NULL DEFAULT 0,
	rows_created    bigint NOT NULL DEFAULT 0,
	rows_updated    bigint NOT NULL DEFAULT 0,
	rows_unchanged  bigint NOT NULL DEFAULT 0,
	rows_failed     bigint NOT NULL DEFAULT 0,
	actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'client')),
	actor_id        uuid NOT NULL,
	request_id      text,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	finished_at     timestamptz,
	PRIMARY KEY (organization_id, id),
	CHECK ((status = 'running') = (content IS NOT NULL)),
	CHECK ((status = 'running') = (finished_at IS NULL))
);
CREATE INDEX imports_list ON imports (organization_id, created_at DESC, id DESC);
CREATE INDEX imports_running ON imports (created_at) WHERE status = 'running';

-- Where a row is and which rule it breaks: never what stands in it.
CREATE TABLE import_errors (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	import_id       uuid NOT NULL,
	row             bigint NOT NULL CHECK (row >= 1),
	pointer         text NOT NULL,
	code            text NOT NULL,
	message         text NOT NULL,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, import_id) REFERENCES imports
);
CREATE INDEX import_errors_list ON import_errors (organization_id, import_id, row, id);

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['imports', 'import_errors'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
	END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON imports TO assay_app;
GRANT SELECT, INSERT ON import_errors TO assay_app;
-- The worker only looks for what is to do, and does it as the service.
CREATE POLICY worker ON imports FOR SELECT TO assay_worker USING (status = 'running');
GRANT SELECT (organization_id, id, status, created_at) ON imports TO assay_worker;

-- Takes an import for this transaction, unless another node has it, and enters as whoever began
-- it, with the rights that they have now. Without a row there is nothing to do.
CREATE FUNCTION import_take(organization uuid, import uuid)
RETURNS TABLE (kind text, format text, mapping jsonb, "position" bigint, rows_read bigint)
LANGUAGE plpgsql AS $$
DECLARE
	i record;
	v bigint;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT m.kind, m.format, m.mapping, m.position, m.rows_read, m.actor_kind, m.actor_id, m.request_id
	INTO i FROM imports m
	WHERE m.organization_id = organization AND m.id = import AND m.status = 'running'
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT coalesce((SELECT u.token_version FROM users u
			WHERE u.organization_id = organization AND u.id = i.actor_id
				AND u.status = 'active' AND u.access_level IN ('admin', 'recruiter')),
		(SELECT c.token_version FROM api_clients c
			WHERE c.organization_id = organization AND c.id = i.actor_id
				AND c.revoked_at IS NULL
				AND (c.expires_at IS NULL OR c.expires_at > now()))) INTO v;
	IF v IS NULL THEN
		UPDATE imports m SET status = 'stopped', stopped_because = 'not_allowed', content = NULL,
			finished_at = now(), updated_at = now(), version = m.version + 1
		WHERE m.organization_id = organization AND m.id = import;
		INSERT INTO events (organization_id, type, object_id, actor_kind, data)
		VALUES (organization, 'import.stopped', import, 'system', '{"because": "not_allowed"}');
		RETURN;
	END IF;
	PERFORM enter(organization, i.actor_kind, i.actor_id, v, i.request_id);
	RETURN QUERY SELECT i.kind, i.format, i.mapping, i.position, i.rows_read;
END $$;

-- A batch of candidates: [{"row", "external_id", "body"}], each external id once. As with
-- candidates_put_by_external_id, members that are not sent keep their value; and what is the same
-- already is left alone. A batch is small and the tables are not: each row is looked up by index.
CREATE FUNCTION import_candidates(from_source text, dry boolean, batch jsonb)
RETURNS TABLE (made bigint, changed bigint, same bigint) LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH asked AS MATERIALIZED (
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
		FROM jsonb_to_recordset(batch) AS r(external_id text, body jsonb)
		LEFT JOIN external_ids x ON x.organization_id = org() AND x.object_type = 'candidate'
			AND x.source = from_source AND x.external_id = r.external_id
		LEFT JOIN candidates c ON c.organization_id = org()
			AND c.id = CASE WHEN x.object_id IS NOT NULL THEN candidate_survivor(x.object_id) END
		CROSS JOIN jsonb_populate_record(c, r.body) p
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
CREATE FUNCTION import_applications(import uuid, from_source text, dry boolean, batch jsonb)
RETURNS TABLE (made bigint, changed bigint, same bigint, failed bigint) LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH asked AS MATERIALIZED (
		SELECT r.row, r.external_id, c.id AS candidate_id, o.id AS role_id, o.plan_id,
			r.body ->> 'source' AS source, x.object_id AS known_id,
			coalesce(x.object_id, new_id()) AS id,
			NOT r.body ? 'source' OR k.source IS NOT DISTINCT FROM r.body ->> 'source' AS same,
			(SELECT t.id FROM stages t WHERE t.organization_id = org() AND t.plan_id = o.plan_id
				ORDER BY t.optional, t.position LIMIT 1) AS stage_id,
			CASE WHEN c.id IS NULL THEN 'unknown_candidate'
				WHEN o.id IS NULL THEN 'unknown_role'
				WHEN x.object_id IS NOT NULL AND (k.candidate_id <> c.id OR k.role_id <> o.id)
					THEN 'external_id_taken'
				WHEN x.object_id IS NULL AND o.archived_at IS NOT NULL THEN 'archived'
				WHEN x.object_id IS NULL AND EXISTS (SELECT FROM applications d
					WHERE d.organization_id = org() AND d.candidate_id = c.id
						AND d.role_id = o.id) THEN 'already_exists'
			END AS refusal
		FROM jsonb_to_recordset(batch) AS r(row bigint, external_id text, body jsonb)
		LEFT JOIN external_ids cx ON cx.organization_id = org() AND cx.object_type = 'candidate'
			AND cx.source = from_source AND cx.external_id = r.body ->> 'candidate_external_id'
		LEFT JOIN candidates c ON c.organization_id = org() AND c.erased_at IS NULL
			AND c.id = CASE WHEN cx.object_id IS NOT NULL THEN candidate_survivor(cx.object_id) END
		LEFT JOIN external_ids rx ON rx.organization_id = org() AND rx.object_type = 'role'
			AND rx.source = from_source AND rx.external_id = r.body ->> 'role_external_id'
		LEFT JOIN visible_roles o ON o.organization_id = org()
			AND o.id = coalesce((r.body ->> 'role_id')::uuid, rx.object_id)
		LEFT JOIN external_ids x ON x.organization_id = org() AND x.object_type = 'application'
			AND x.source = from_source AND x.external_id = r.external_id
		LEFT JOIN applications k ON k.organization_id = org() AND k.id = x.object_id
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

-- One batch of a taken import, and how far it then is: all of it or nothing.
CREATE FUNCTION import_batch(import uuid, upto bigint, rows_in_batch bigint, batch jsonb, bad jsonb,
	finished boolean)
RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	i record;
	n record;
	broken bigint;
BEGIN
	SELECT m.kind, m.source, m.dry_run INTO STRICT i FROM imports m
	WHERE m.organization_id = org() AND m.id = import AND m.status = 'running';
	INSERT INTO import_errors (organization_id, import_id, row, pointer, code, message)
	SELECT org(), import, e.row, e.pointer, e.code, e.message
	FROM jsonb_to_recordset(bad) AS e(row bigint, pointer text, code text, message text);
	SELECT count(DISTINCT e.row) INTO broken FROM jsonb_to_recordset(bad) AS e(row bigint);
	IF i.kind = 'candidates' THEN
		SELECT c.made, c.changed, c.same, 0::bigint AS failed INTO n
		FROM import_candidates(i.source, i.dry_run, batch) c;
	ELSE
		SELECT a.made, a.changed, a.same, a.failed INTO n
		FROM import_applications(import, i.source, i.dry_run, batch) a;
	END IF;
	UPDATE imports m SET position = upto, rows_read = m.rows_read + rows_in_batch,
		rows_created = m.rows_created + n.made, rows_updated = m.rows_updated + n.changed,
		rows_unchanged = m.rows_unchanged + n.same,
		rows_failed = m.rows_failed + n.failed + broken,
		updated_at = now(), version = m.version + 1,
		status = CASE WHEN finished THEN 'done' ELSE 'running' END,
		content = CASE WHEN finished THEN NULL ELSE m.content END,
		finished_at = CASE WHEN finished THEN now() END
	WHERE m.organization_id = org() AND m.id = import;
	IF finished THEN
		INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
		SELECT org(), 'import.finished', import, actor_kind(), actor(),
			nullif(current_setting('assay.request_id', true), ''),
			jsonb_build_object('created', m.rows_created, 'updated', m.rows_updated,
				'unchanged', m.rows_unchanged, 'failed', m.rows_failed, 'dry_run', m.dry_run)
		FROM imports m WHERE m.organization_id = org() AND m.id = import;
	END IF;
END $$;

-- What is still to be imported and speaks of someone who is being erased is dropped: it would bring
-- them back.
CREATE POLICY erasure ON imports TO assay_owner USING (organization_id = org());
CREATE FUNCTION erase_candidate_imports(candidate uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	UPDATE imports m SET status = 'stopped', stopped_because = 'erasure', content = NULL,
		finished_at = now(), updated_at = now(), version = m.version + 1
	WHERE m.organization_id = org() AND m.status = 'running' AND EXISTS (
		SELECT FROM candidates c WHERE c.organization_id = org() AND c.id = candidate
			AND (strpos(m.content, c.name) > 0 OR strpos(lower(m.content), c.email_key) > 0
				OR EXISTS (SELECT FROM external_ids x WHERE x.organization_id = org()
					AND x.object_type = 'candidate' AND x.object_id = c.id
					AND strpos(m.content, x.external_id) > 0)));
END $$;
REVOKE ALL ON FUNCTION erase_candidate_imports(uuid) FROM PUBLIC;

-- Called by erasing itself, before the texts that it compares with are gone.
CREATE FUNCTION drop_imports_of_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	PERFORM erase_candidate_imports(OLD.id);
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_erased_imports BEFORE UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION drop_imports_of_erased();
