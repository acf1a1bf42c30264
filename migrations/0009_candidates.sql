-- Candidates beyond their contact data: where they came from, what they want, what they agreed to;
-- notes with mentions; documents; screening; duplicates, merged so that it can be undone.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- ---- what is known of a candidate -------------------------------------------------------------

ALTER TABLE candidates
	ADD COLUMN source text CHECK (char_length(source) <= 100),
	-- {"goals", "engagement_types", "work_mode", "locations", "salary", "available_from",
	-- "notice_weeks", "text", "asked_at"}; NULL: nobody has asked yet.
	ADD COLUMN wants jsonb CHECK (jsonb_typeof(wants) = 'object'),
	-- {"given_at", "source", "expires_at"}; NULL: none is on record.
	ADD COLUMN consent jsonb CHECK (jsonb_typeof(consent) = 'object'),
	ADD COLUMN consent_expires_at timestamptz,
	-- What duplicates are found by. Of a phone number the last nine digits: with or without its
	-- country's code it is the same.
	ADD COLUMN phone_key text GENERATED ALWAYS AS (CASE
		WHEN length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 7
		THEN right(regexp_replace(phone, '[^0-9]', '', 'g'), 9) END) STORED,
	ADD COLUMN name_key text GENERATED ALWAYS AS (fold(name)) STORED;
CREATE INDEX candidates_source ON candidates (organization_id, source, created_at DESC, id DESC);
CREATE INDEX candidates_consent ON candidates (organization_id, consent_expires_at)
	WHERE consent_expires_at IS NOT NULL;
CREATE INDEX candidates_phone ON candidates (organization_id, phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX candidates_name_trigrams ON candidates
	USING gin (organization_id, name_key gin_trgm_ops);
CREATE INDEX candidates_merged ON candidates (organization_id, merged_into)
	WHERE merged_into IS NOT NULL;
CREATE INDEX applications_source ON applications
	(organization_id, source, created_at DESC, id DESC);

-- The same rows as before, with the new columns.
CREATE OR REPLACE VIEW visible_candidates WITH (security_invoker = true) AS
	SELECT c.* FROM candidates c
	WHERE c.organization_id = org()
		AND (actor_level() IN ('admin', 'recruiter', 'client', 'system')
			OR (SELECT true FROM visible_applications a
				WHERE a.organization_id = c.organization_id AND a.candidate_id = c.id LIMIT 1));

-- An expiry is read from the consent in one place. Answered as a broken rule of the body.
CREATE FUNCTION candidate_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.consent_expires_at := (NEW.consent ->> 'expires_at')::timestamptz;
	IF NEW.consent_expires_at <= (NEW.consent ->> 'given_at')::timestamptz THEN
		RAISE EXCEPTION 'consent ends before it begins'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'candidate_consent_order';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_consent BEFORE INSERT OR UPDATE OF consent ON candidates
	FOR EACH ROW EXECUTE FUNCTION candidate_consent();

-- A merge patch of an object of single values.
CREATE FUNCTION merged_object(was jsonb, patch jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(patch) = 'object'
		THEN jsonb_strip_nulls(coalesce(was, '{}') || patch) END
$$;

-- Tags by themselves, since row-level security keeps array operators away from indexes.
CREATE TABLE candidate_tags (
	organization_id uuid NOT NULL,
	tag_key         text NOT NULL,
	candidate_id    uuid NOT NULL,
	PRIMARY KEY (organization_id, tag_key, candidate_id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates
);
CREATE INDEX candidate_tags_candidate ON candidate_tags (organization_id, candidate_id);
ALTER TABLE candidates NO FORCE ROW LEVEL SECURITY;
INSERT INTO candidate_tags (organization_id, tag_key, candidate_id)
SELECT DISTINCT c.organization_id, lower(t), c.id FROM candidates c, unnest(c.tags) AS t;
ALTER TABLE candidates FORCE ROW LEVEL SECURITY;

CREATE FUNCTION candidate_tags_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		DELETE FROM candidate_tags t
		WHERE t.organization_id = NEW.organization_id AND t.candidate_id = NEW.id
			AND NOT EXISTS (SELECT FROM unnest(NEW.tags) AS n WHERE lower(n) = t.tag_key);
	END IF;
	INSERT INTO candidate_tags (organization_id, tag_key, candidate_id)
	SELECT DISTINCT NEW.organization_id, lower(n), NEW.id FROM unnest(NEW.tags) AS n
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_tags_made AFTER INSERT ON candidates
	FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION candidate_tags_follow();
CREATE TRIGGER candidates_tags_changed AFTER UPDATE OF tags ON candidates
	FOR EACH ROW WHEN (NEW.tags <> OLD.tags) EXECUTE FUNCTION candidate_tags_follow();

-- ---- search -----------------------------------------------------------------------------------
--
-- As in 0003, and it knows all filters of the list: it pages by itself, so that a filter that were
-- applied to its page only would end the list early.

SET LOCAL ROLE assay_search;
DROP FUNCTION candidate_search(text, int, timestamptz, uuid, boolean, timestamptz, uuid, text);
SET LOCAL ROLE assay_owner;
CREATE FUNCTION candidate_search(
  p_q text, p_limit int, p_after_created timestamptz DEFAULT NULL, p_after_id uuid DEFAULT NULL,
  p_archived boolean DEFAULT NULL, p_updated_since timestamptz DEFAULT NULL,
  p_role uuid DEFAULT NULL, p_status text DEFAULT NULL, p_email text DEFAULT NULL,
  p_tag text DEFAULT NULL, p_source text DEFAULT NULL, p_expires_before timestamptz DEFAULT NULL)
RETURNS TABLE (id uuid, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning   -- no notice for a query without words
AS $$
DECLARE
  org   uuid    := org();
  query tsquery := search_query(p_q);
  rest  text;
  ids   uuid[]; at timestamptz[];
BEGIN
  IF org IS NULL OR query IS NULL OR numnode(query) = 0 THEN RETURN; END IF;   -- unset: no rows
  rest := concat(
    CASE WHEN p_after_id IS NOT NULL     THEN ' AND (c.created_at, c.id) < ($3, $4)' END,
    CASE p_archived WHEN true THEN ' AND c.archived_at IS NOT NULL' WHEN false THEN ' AND c.archived_at IS NULL' END,
    CASE WHEN p_updated_since IS NOT NULL THEN ' AND c.updated_at >= $5' END,
    CASE WHEN p_role IS NOT NULL OR p_status IS NOT NULL THEN concat(
      ' AND c.id IN (SELECT a.candidate_id FROM public.applications a WHERE a.organization_id = $1',
      CASE WHEN p_role   IS NOT NULL THEN ' AND a.role_id = $6' END,
      CASE WHEN p_status IS NOT NULL THEN ' AND a.status = $7'  END, ')') END,
    CASE WHEN p_email IS NOT NULL THEN ' AND c.email_key = lower($9)' END,
    CASE WHEN p_tag IS NOT NULL THEN ' AND c.id IN (SELECT t.candidate_id FROM public.candidate_tags t
      WHERE t.organization_id = $1 AND t.tag_key = lower($10))' END,
    CASE WHEN p_source IS NOT NULL THEN ' AND c.source = $11' END,
    CASE WHEN p_expires_before IS NOT NULL THEN ' AND c.consent_expires_at < $12' END);

  -- 1. With a role, its index is the better driver: straight to step 2.
  IF p_role IS NULL THEN
    EXECUTE 'SELECT array_agg(x.id), array_agg(x.created_at) FROM (SELECT c.id, c.created_at FROM (
               SELECT * FROM (SELECT c.id, c.created_at, c.updated_at, c.archived_at, c.search,
                 c.email_key, c.source, c.consent_expires_at FROM public.candidates c
               WHERE c.organization_id = $1'
             || CASE WHEN p_after_id IS NOT NULL THEN ' AND (c.created_at, c.id) < ($3, $4)' ELSE '' END ||
            ' ORDER BY c.created_at DESC, c.id DESC LIMIT 5000) w) c
              WHERE c.search @@ $2' || rest || ' ORDER BY c.created_at DESC, c.id DESC LIMIT $8) x'
      INTO ids, at USING org, query, p_after_created, p_after_id, p_updated_since, p_role, p_status, p_limit,
        p_email, p_tag, p_source, p_expires_before;
    IF cardinality(ids) >= p_limit THEN
      RETURN QUERY SELECT * FROM unnest(ids, at);
      RETURN;
    END IF;
  END IF;

  -- 2. OFFSET 0 keeps the planner from walking the order index on a wrong estimate.
  RETURN QUERY EXECUTE
    'SELECT s.id, s.created_at FROM (SELECT c.id, c.created_at FROM public.candidates c
      WHERE c.organization_id = $1 AND c.search @@ $2' || rest || ' OFFSET 0) s
      ORDER BY s.created_at DESC, s.id DESC LIMIT $8'
    USING org, query, p_after_created, p_after_id, p_updated_since, p_role, p_status, p_limit,
      p_email, p_tag, p_source, p_expires_before;
END $$;
GRANT SELECT (source, consent_expires_at, email_key, phone_key, name_key, name, erased_at, merged_into)
	ON candidates TO assay_search;
GRANT SELECT ON candidate_tags TO assay_search;
REVOKE ALL ON FUNCTION candidate_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION candidate_search TO assay_app;

-- ---- notes ------------------------------------------------------------------------------------

CREATE TABLE notes (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	candidate_id    uuid NOT NULL,
	-- Set for a note on one application: whoever may not see that one does not see the note.
	application_id  uuid,
	author_id       uuid NOT NULL,
	text            text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 10000),
	edited_at       timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates,
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, author_id) REFERENCES users
);
CREATE INDEX notes_list ON notes (organization_id, candidate_id, created_at DESC, id DESC);

CREATE TABLE note_mentions (
	organization_id uuid NOT NULL,
	note_id         uuid NOT NULL,
	user_id         uuid NOT NULL,
	PRIMARY KEY (organization_id, note_id, user_id),
	FOREIGN KEY (organization_id, note_id) REFERENCES notes ON DELETE CASCADE,
	FOREIGN KEY (organization_id, user_id) REFERENCES users
);

-- Notes that the actor may read: their own, and those of candidates and applications that they may
-- see, as far as independence allows.
--
-- What colleagues write about a candidate may repeat what their scorecards say, whoever wrote it:
-- an interviewer, or a recruiter who read them. So once an application has interviews, a note is as
-- closed as its scorecards are: it is read by those to whom every stage is readable. What was
-- written, and last changed, before the first interview was made cannot know of any, and stays open.
-- Like readable_stages this looks at assignments and one's own scorecards only.
CREATE VIEW visible_notes WITH (security_invoker = true) AS
	SELECT n.* FROM notes n
	WHERE n.organization_id = org()
		AND (SELECT true FROM visible_candidates c
			WHERE c.organization_id = n.organization_id AND c.id = n.candidate_id)
		AND (n.application_id IS NULL OR (SELECT true FROM visible_applications a
			WHERE a.organization_id = n.organization_id AND a.id = n.application_id))
		AND ((n.author_id = actor() AND actor_kind() = 'user')
			-- Without a word on which application it may be on any, those of the candidates
			-- that were merged into this one included.
			OR NOT EXISTS (SELECT FROM candidates p
				JOIN applications a ON a.organization_id = p.organization_id
					AND a.candidate_id = p.id
				JOIN stages t ON t.organization_id = a.organization_id AND t.plan_id = a.plan_id
				WHERE p.organization_id = n.organization_id
					AND (p.id = n.candidate_id OR p.merged_into = n.candidate_id)
					AND (n.application_id IS NULL OR a.id = n.application_id)
					AND (SELECT min(i.created_at) FROM interviews i
						WHERE i.organization_id = a.organization_id AND i.application_id = a.id)
						<= coalesce(n.edited_at, n.created_at)
					AND (SELECT true FROM visible_applications v
						WHERE v.organization_id = a.organization_id AND v.id = a.id)
					AND NOT EXISTS (SELECT FROM readable_stages r
						WHERE r.organization_id = a.organization_id
							AND r.application_id = a.id AND r.stage_id = t.id)));

-- May this person see the candidate, and the application if one is named? For mentions: the rules
-- of visible_applications and visible_candidates, for someone else than the actor.
CREATE FUNCTION sees_candidate(person uuid, candidate uuid, application uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	access text;
BEGIN
	SELECT u.access_level INTO access FROM users u
	WHERE u.organization_id = org() AND u.id = person AND u.status = 'active';
	IF access IS NULL THEN
		RETURN false;
	ELSIF access = 'admin' OR (access = 'recruiter' AND application IS NULL) THEN
		RETURN true;
	END IF;
	RETURN EXISTS (SELECT FROM applications a
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
		WHERE a.organization_id = org() AND a.candidate_id = candidate
			AND (application IS NULL OR a.id = application)
			AND ((access = 'recruiter' AND NOT r.confidential)
				OR EXISTS (SELECT FROM hiring_team_members m
					WHERE m.organization_id = a.organization_id AND m.role_id = a.role_id
						AND m.user_id = person)
				OR EXISTS (SELECT FROM interview_interviewers ii
					WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
						AND ii.user_id = person)));
END $$;

-- Field errors for mentions of people who may not see the candidate; NULL: none.
CREATE FUNCTION wrong_mentions(candidate uuid, application uuid, mentions uuid[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_agg(jsonb_build_object('pointer', '/mentions/' || m.position - 1,
			'rule', 'cannot_see', 'detail', 'names nobody who may see this candidate')
			ORDER BY m.position)
		FROM unnest(mentions) WITH ORDINALITY AS m(id, position)
		WHERE NOT sees_candidate(m.id, candidate, application));
END $$;

-- ---- documents --------------------------------------------------------------------------------

-- In the database, so that a backup holds them and an erasure reaches them.
CREATE TABLE documents (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	candidate_id    uuid NOT NULL,
	kind            text NOT NULL CHECK (kind IN ('resume', 'cover_letter', 'other')),
	filename        text CHECK (char_length(filename) BETWEEN 1 AND 200),
	media_type      text NOT NULL CHECK (media_type IN
		('application/pdf', 'text/plain', 'application/resume+json')),
	content         bytea NOT NULL,
	size_bytes      integer NOT NULL CHECK (size_bytes > 0),
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	-- What could be read of it: "empty" has no text (a scan), "unreadable" says why in text_problem.
	text_state      text NOT NULL CHECK (text_state IN ('read', 'empty', 'unreadable')),
	text_problem    text CHECK (text_problem IN ('broken', 'too_slow', 'too_long', 'no_reader')),
	text            text,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates,
	CHECK ((text_state = 'read') = (text IS NOT NULL)),
	CHECK ((text_state = 'unreadable') = (text_problem IS NOT NULL))
);
-- A PDF is compressed already.
ALTER TABLE documents ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX documents_list ON documents (organization_id, candidate_id, created_at DESC, id DESC);

-- A candidate is found by the words of their documents, too.
CREATE OR REPLACE FUNCTION candidate_search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.erased_at IS NOT NULL THEN
		NEW.search := '';
		RETURN NEW;
	END IF;
	-- 'simple': no stemming and no stop words, so that names, skills and every language work alike.
	-- A vector holds one megabyte at most, so a very long past is found by its beginning.
	NEW.search := to_tsvector('simple', fold(concat_ws(' ', NEW.name, NEW.email, NEW.headline,
		array_to_string(NEW.skills, ' '), array_to_string(NEW.tags, ' '), NEW.location, NEW.summary,
		left((SELECT string_agg(words #>> '{}', ' ') FROM jsonb_path_query(
			NEW.experience || NEW.education, 'strict $.** ? (@.type() == "string")') AS words), 60000),
		left((SELECT string_agg(left(d.text, 40000), ' ' ORDER BY d.created_at DESC, d.id DESC)
			FROM documents d WHERE d.organization_id = NEW.organization_id
				AND d.candidate_id = NEW.id), 100000))));
	RETURN NEW;
END $$;
-- By the name's own column, so that the trigger above does its work.
CREATE FUNCTION documents_to_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE candidates c SET name = c.name
	WHERE c.organization_id = coalesce(NEW.organization_id, OLD.organization_id)
		AND c.id IN (NEW.candidate_id, OLD.candidate_id)
		AND c.erased_at IS NULL AND c.merged_into IS NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER documents_searched AFTER INSERT OR DELETE OR UPDATE OF candidate_id ON documents
	FOR EACH ROW EXECUTE FUNCTION documents_to_search();

-- ---- screening --------------------------------------------------------------------------------

-- What people made of a résumé flag; the marks themselves are read from the text each time.
CREATE TABLE application_flags (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	flag            text NOT NULL CHECK (char_length(flag) BETWEEN 1 AND 60),
	verdict         text CHECK (verdict IN ('confirmed', 'refused')),
	decided_by      uuid NOT NULL,
	decided_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, application_id, flag),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);
CREATE TRIGGER application_flags_not_erased BEFORE INSERT OR UPDATE ON application_flags
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();

-- ---- duplicates and merges --------------------------------------------------------------------

-- Candidates who may be the same person, the surest first. Steps around row-level security as
-- candidate_search does, since the trigram operators need their index.
CREATE FUNCTION candidate_duplicates(p_candidate uuid)
RETURNS TABLE (id uuid, reasons text[], similarity real)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 5
SET search_path = pg_catalog, public, pg_temp
SET pg_trgm.similarity_threshold = 0.6
AS $$
BEGIN
  RETURN QUERY
    SELECT f.id, array_agg(f.reason ORDER BY f.weight DESC), max(f.alike)
    FROM (SELECT c.email_key, c.phone_key, c.name_key FROM candidates c
          WHERE c.organization_id = org() AND c.id = p_candidate) me
    CROSS JOIN LATERAL (
      SELECT d.id, 'email' AS reason, 4 AS weight, similarity(d.name_key, me.name_key) AS alike
      FROM candidates d WHERE d.organization_id = org() AND d.email_key = me.email_key
        AND d.id <> p_candidate AND d.erased_at IS NULL AND d.merged_into IS NULL
      UNION ALL
      SELECT d.id, 'phone', 2, similarity(d.name_key, me.name_key)
      FROM candidates d WHERE d.organization_id = org() AND d.phone_key = me.phone_key
        AND d.id <> p_candidate AND d.erased_at IS NULL AND d.merged_into IS NULL
      UNION ALL
      (SELECT d.id, 'name', 1, similarity(d.name_key, me.name_key)
      FROM candidates d WHERE d.organization_id = org() AND d.name_key % me.name_key
        AND d.id <> p_candidate AND d.erased_at IS NULL AND d.merged_into IS NULL
      ORDER BY 4 DESC LIMIT 50)) f
    GROUP BY f.id ORDER BY sum(f.weight) DESC, max(f.alike) DESC, f.id LIMIT 50;
END $$;
REVOKE ALL ON FUNCTION candidate_duplicates FROM PUBLIC;
GRANT EXECUTE ON FUNCTION candidate_duplicates TO assay_app;

-- What a merge moved, by ids alone, so that it can be undone.
CREATE TABLE candidate_merges (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	from_id         uuid NOT NULL,
	into_id         uuid NOT NULL,
	-- {"applications", "notes", "documents", "external_ids"}: ids, and names of sources.
	moved           jsonb NOT NULL,
	was_archived    boolean NOT NULL,
	undone_at       timestamptz,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, from_id) REFERENCES candidates,
	FOREIGN KEY (organization_id, into_id) REFERENCES candidates
);
CREATE UNIQUE INDEX candidate_merges_one ON candidate_merges (organization_id, from_id)
	WHERE undone_at IS NULL;
CREATE INDEX candidate_merges_into ON candidate_merges (organization_id, into_id);

-- Digests of texts about an application stay under the key of the candidate whom it was first for,
-- wherever a merge moves it.
ALTER TABLE applications ADD COLUMN digest_key_of uuid;
CREATE FUNCTION application_digest(application uuid, content text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT candidate_digest(coalesce(a.digest_key_of, a.candidate_id), content)
		FROM applications a WHERE a.organization_id = org() AND a.id = application);
END $$;

-- What a merge moved, as far as the actor may know: applications by their ids, notes counted.
CREATE FUNCTION merge_shown(merge uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('applications', (SELECT coalesce(jsonb_agg(a.id ORDER BY a.id), '[]')
			FROM visible_applications a
			WHERE a.organization_id = org() AND m.moved -> 'applications' ? a.id::text),
		'notes', (SELECT count(*) FROM visible_notes n
			WHERE n.organization_id = org() AND m.moved -> 'notes' ? n.id::text),
		'documents', jsonb_array_length(m.moved -> 'documents'),
		'external_ids', m.moved -> 'external_ids')
	FROM candidate_merges m WHERE m.organization_id = org() AND m.id = merge);
END $$;

-- Moves what belongs to one candidate to another; the caller has locked both. Two applications for
-- the same role cannot be one: a closed one of the candidate that goes stays with it, as history;
-- an open one refuses the merge. Of a role that the actor may not know of nothing is told, so there
-- it stays in any case.
CREATE FUNCTION merge_candidate(p_from uuid, p_into uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	title text;
	apps uuid[];
	jots uuid[];
	papers uuid[];
	names text[];
	merge uuid := new_id();
BEGIN
	SELECT r.title INTO title FROM applications f
	JOIN applications t ON t.organization_id = f.organization_id AND t.role_id = f.role_id
	JOIN visible_roles r ON r.organization_id = f.organization_id AND r.id = f.role_id
	WHERE f.organization_id = org() AND f.candidate_id = p_from AND t.candidate_id = p_into
		AND f.status IN ('active', 'paused', 'offered')
	ORDER BY r.title LIMIT 1;
	IF FOUND THEN
		RETURN jsonb_build_object('refusal', 'conflict', 'detail',
			'Both have an application for ' || title || ', and that of the candidate to be merged is'
			' still open. Close it first, or merge the other way round.');
	END IF;
	WITH changed AS (
		UPDATE applications a SET candidate_id = p_into, version = a.version + 1, updated_at = now(),
			digest_key_of = coalesce(a.digest_key_of, p_from)
		WHERE a.organization_id = org() AND a.candidate_id = p_from
			AND NOT EXISTS (SELECT FROM applications o WHERE o.organization_id = org()
				AND o.candidate_id = p_into AND o.role_id = a.role_id)
		RETURNING a.id
	) SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO apps FROM changed;
	WITH changed AS (
		UPDATE notes n SET candidate_id = p_into, version = n.version + 1
		WHERE n.organization_id = org() AND n.candidate_id = p_from
			AND (n.application_id IS NULL OR n.application_id = ANY (apps))
		RETURNING n.id
	) SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO jots FROM changed;
	WITH changed AS (
		UPDATE documents d SET candidate_id = p_into, version = d.version + 1
		WHERE d.organization_id = org() AND d.candidate_id = p_from
		RETURNING d.id
	) SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO papers FROM changed;
	WITH changed AS (
		UPDATE external_ids x SET object_id = p_into
		WHERE x.organization_id = org() AND x.object_type = 'candidate' AND x.object_id = p_from
			AND NOT EXISTS (SELECT FROM external_ids o WHERE o.organization_id = org()
				AND o.object_type = 'candidate' AND o.object_id = p_into AND o.source = x.source)
		RETURNING x.source
	) SELECT coalesce(array_agg(source ORDER BY source), '{}') INTO names FROM changed;
	INSERT INTO candidate_merges (organization_id, id, from_id, into_id, moved, was_archived)
	SELECT org(), merge, p_from, p_into, jsonb_build_object('applications', apps, 'notes', jots,
		'documents', papers, 'external_ids', names), c.archived_at IS NOT NULL
	FROM candidates c WHERE c.organization_id = org() AND c.id = p_from;
	UPDATE candidates c SET merged_into = p_into, archived_at = coalesce(c.archived_at, now()),
		search = '', version = c.version + 1, updated_at = now()
	WHERE c.organization_id = org() AND c.id = p_from;
	UPDATE candidates c SET version = c.version + 1, updated_at = now()
	WHERE c.organization_id = org() AND c.id = p_into;
	RETURN jsonb_build_object('id', merge, 'moved', merge_shown(merge), 'kept_applications',
		(SELECT coalesce(jsonb_agg(a.id ORDER BY a.id), '[]') FROM visible_applications a
		 WHERE a.organization_id = org() AND a.candidate_id = p_from));
END $$;

-- Who a candidate is now: themselves, or whom they were merged into in the end.
CREATE FUNCTION candidate_survivor(candidate uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
	at uuid := candidate;
	next uuid;
BEGIN
	LOOP
		SELECT c.merged_into INTO next FROM candidates c WHERE c.organization_id = org() AND c.id = at;
		IF next IS NULL THEN
			RETURN at;
		END IF;
		at := next;
	END LOOP;
END $$;

-- Takes the last merge of a candidate back: what it moved returns, what came since stays.
CREATE FUNCTION unmerge_candidate(p_from uuid, p_into uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	m candidate_merges%ROWTYPE;
BEGIN
	UPDATE candidate_merges x SET undone_at = now()
	WHERE x.organization_id = org() AND x.from_id = p_from AND x.undone_at IS NULL
	RETURNING x.* INTO m;
	UPDATE candidates c SET merged_into = NULL, name = c.name,
		archived_at = CASE WHEN m.was_archived THEN c.archived_at END,
		version = c.version + 1, updated_at = now()
	WHERE c.organization_id = org() AND c.id = p_from;
	UPDATE applications a SET candidate_id = p_from, version = a.version + 1, updated_at = now()
	WHERE a.organization_id = org() AND a.candidate_id = p_into AND m.moved -> 'applications' ? a.id::text;
	UPDATE notes n SET candidate_id = p_from, version = n.version + 1
	WHERE n.organization_id = org() AND n.candidate_id = p_into AND (m.moved -> 'notes' ? n.id::text
		OR m.moved -> 'applications' ? n.application_id::text);
	UPDATE documents d SET candidate_id = p_from, version = d.version + 1
	WHERE d.organization_id = org() AND d.candidate_id = p_into AND m.moved -> 'documents' ? d.id::text;
	UPDATE external_ids x SET object_id = p_from
	WHERE x.organization_id = org() AND x.object_type = 'candidate' AND x.object_id = p_into
		AND m.moved -> 'external_ids' ? x.source;
	UPDATE candidates c SET version = c.version + 1, updated_at = now()
	WHERE c.organization_id = org() AND c.id = p_into;
	RETURN jsonb_build_object('id', m.id, 'moved', merge_shown(m.id));
END $$;

-- Nothing new about a candidate who was erased or merged into another. The look takes a share of
-- the row, so that a write and an erasure or a merge cannot pass each other.
CREATE FUNCTION refuse_absent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	erased timestamptz;
	merged uuid;
BEGIN
	SELECT c.erased_at, c.merged_into INTO erased, merged FROM candidates c
	WHERE c.organization_id = NEW.organization_id AND c.id = NEW.candidate_id
	FOR KEY SHARE;
	IF erased IS NOT NULL AND current_user <> 'assay_owner' THEN
		RAISE EXCEPTION 'the candidate was erased'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'candidate_erased';
	ELSIF merged IS NOT NULL AND TG_OP = 'INSERT' THEN
		RAISE EXCEPTION 'the candidate was merged into another'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'candidate_merged';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER applications_not_absent BEFORE INSERT ON applications
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();
CREATE TRIGGER notes_not_absent BEFORE INSERT OR UPDATE ON notes
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();
CREATE TRIGGER documents_not_absent BEFORE INSERT OR UPDATE ON documents
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();

-- ---- erasure ----------------------------------------------------------------------------------
--
-- Follows the mark that erase_candidate sets, in the same transaction and with its rights: what is
-- about a candidate goes with them, and so do the candidates who were merged into them.

CREATE FUNCTION erase_candidate_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.source := NULL;
	NEW.wants := NULL;
	NEW.consent := NULL;
	NEW.consent_expires_at := NULL;
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_erase_profile BEFORE UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_profile();

CREATE FUNCTION erase_candidate_notes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM notes n WHERE n.organization_id = NEW.organization_id AND n.candidate_id = NEW.id;
	DELETE FROM application_flags f USING applications a
	WHERE f.organization_id = NEW.organization_id AND a.organization_id = NEW.organization_id
		AND a.candidate_id = NEW.id AND f.application_id = a.id;
	DELETE FROM documents d WHERE d.organization_id = NEW.organization_id AND d.candidate_id = NEW.id;
	DELETE FROM candidate_tags t
	WHERE t.organization_id = NEW.organization_id AND t.candidate_id = NEW.id;
	PERFORM erase_candidate(c.id) FROM candidates c
	WHERE c.organization_id = NEW.organization_id AND c.merged_into = NEW.id AND c.erased_at IS NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_notes AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_notes();

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['candidate_tags', 'notes', 'note_mentions', 'documents',
		'application_flags', 'candidate_merges'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY erasure ON %I TO assay_owner USING (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;
CREATE POLICY search ON candidate_tags FOR SELECT TO assay_search USING (true);
GRANT SELECT ON visible_notes TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_search;
ALTER FUNCTION candidate_search OWNER TO assay_search;
ALTER FUNCTION candidate_duplicates OWNER TO assay_search;
REVOKE CREATE ON SCHEMA public FROM assay_search;
