-- Long lists stay quick. What candidates are searched by stands in a table of its own, with one index over
-- words, roles, tags and sources together (docs/adr/0011-search-table.md), which replaces the words that
-- each candidate held; and most of the scorecards that somebody may read are told by one look each.

CREATE TABLE searchable_candidates (
	organization_id uuid NOT NULL,
	candidate_id    uuid NOT NULL,
	created_at      timestamptz NOT NULL, -- the candidate's, by which a search is sorted
	archived        boolean NOT NULL,
	roles           uuid[] NOT NULL,
	marks           text[] NOT NULL,
	words           tsvector NOT NULL,
	PRIMARY KEY (organization_id, candidate_id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates
);

-- Tags, the source, and whether archived: what a search is narrowed by besides a role.
CREATE FUNCTION candidate_marks(tags text[], source text, archived boolean) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY(SELECT DISTINCT 'tag:' || lower(t) FROM unnest(tags) AS t)
	|| CASE WHEN source IS NULL THEN '{}' ELSE ARRAY['source:' || source] END
	|| CASE WHEN archived THEN ARRAY['archived'] ELSE '{}' END;

ALTER TABLE candidates NO FORCE ROW LEVEL SECURITY;
ALTER TABLE applications NO FORCE ROW LEVEL SECURITY;
INSERT INTO searchable_candidates (organization_id, candidate_id, created_at, archived, roles, marks, words)
SELECT c.organization_id, c.id, c.created_at, c.archived_at IS NOT NULL, coalesce(a.roles, '{}'),
	candidate_marks(c.tags, c.source, c.archived_at IS NOT NULL), c.search
FROM candidates c LEFT JOIN (SELECT x.organization_id, x.candidate_id, array_agg(x.role_id) AS roles
	FROM applications x GROUP BY x.organization_id, x.candidate_id) a
	ON a.organization_id = c.organization_id AND a.candidate_id = c.id
ORDER BY c.organization_id, c.created_at;
ALTER TABLE candidates FORCE ROW LEVEL SECURITY;
ALTER TABLE applications FORCE ROW LEVEL SECURITY;
CREATE INDEX searchable_candidates_search ON searchable_candidates
	USING gin (organization_id, words, roles, marks) WITH (fastupdate = off);

-- ---- kept in the same transaction -------------------------------------------------------------

-- Who is erased or merged into another has no words. What is as before is not written: a new version
-- of the row stands in the index once more with every word.
CREATE FUNCTION candidate_searched_by() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	now_marks text[] := candidate_marks(NEW.tags, NEW.source, NEW.archived_at IS NOT NULL);
	now_words tsvector := CASE WHEN NEW.erased_at IS NULL AND NEW.merged_into IS NULL
		THEN search_words(NEW, '{}') ELSE '' END;
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO searchable_candidates (organization_id, candidate_id, created_at, archived, roles, marks, words)
		VALUES (NEW.organization_id, NEW.id, NEW.created_at, NEW.archived_at IS NOT NULL, '{}', now_marks, now_words);
	ELSE
		UPDATE searchable_candidates s SET marks = now_marks, words = now_words,
			archived = NEW.archived_at IS NOT NULL, created_at = NEW.created_at
		WHERE s.organization_id = NEW.organization_id AND s.candidate_id = NEW.id
			AND (s.marks, s.words, s.archived, s.created_at) IS DISTINCT FROM
				(now_marks, now_words, NEW.archived_at IS NOT NULL, NEW.created_at);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_searchable_made AFTER INSERT ON candidates
	FOR EACH ROW EXECUTE FUNCTION candidate_searched_by();
CREATE TRIGGER candidates_searchable_changed AFTER UPDATE OF name, email, headline, summary, location,
	skills, tags, experience, education, erased_at, merged_into, created_at ON candidates
	FOR EACH ROW EXECUTE FUNCTION candidate_searched_by();

-- Without the words, which neither of these changes.
CREATE FUNCTION candidate_marked_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE searchable_candidates s SET archived = NEW.archived_at IS NOT NULL,
		marks = candidate_marks(NEW.tags, NEW.source, NEW.archived_at IS NOT NULL)
	WHERE s.organization_id = NEW.organization_id AND s.candidate_id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_marks_changed AFTER UPDATE OF source, archived_at ON candidates
	FOR EACH ROW WHEN (NEW.source IS DISTINCT FROM OLD.source
		OR (NEW.archived_at IS NULL) <> (OLD.archived_at IS NULL))
	EXECUTE FUNCTION candidate_marked_by();

-- Changes what stands there rather than reading it anew, so that two applications that come at once are
-- both there afterwards. Only a reset deletes applications, and their candidates with them.
CREATE FUNCTION application_searched_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		UPDATE searchable_candidates s SET roles = array_remove(s.roles, OLD.role_id)
		WHERE s.organization_id = OLD.organization_id AND s.candidate_id = OLD.candidate_id;
	END IF;
	UPDATE searchable_candidates s SET roles = s.roles || NEW.role_id
	WHERE s.organization_id = NEW.organization_id AND s.candidate_id = NEW.candidate_id;
	RETURN NULL;
END $$;
CREATE TRIGGER applications_searchable_made AFTER INSERT ON applications
	FOR EACH ROW EXECUTE FUNCTION application_searched_by();
CREATE TRIGGER applications_searchable_changed AFTER UPDATE OF candidate_id, role_id ON applications
	FOR EACH ROW WHEN (NEW.candidate_id <> OLD.candidate_id OR NEW.role_id <> OLD.role_id)
	EXECUTE FUNCTION application_searched_by();

-- ---- the words move ---------------------------------------------------------------------------

-- As before, with the words from where they are now; looked up only where they are asked for.
CREATE OR REPLACE VIEW visible_candidates WITH (security_invoker = true) AS
	SELECT c.organization_id, c.id, c.name, c.email, c.email_key, c.phone, c.location, c.headline, c.summary,
		c.links, c.skills, c.tags, c.experience, c.education, c.archived_at, c.erased_at, c.merged_into,
		c.version, c.created_at, c.updated_at,
		(SELECT s.words FROM searchable_candidates s
			WHERE s.organization_id = c.organization_id AND s.candidate_id = c.id) AS search,
		c.source, c.wants, c.consent, c.consent_expires_at, c.phone_key, c.name_key
	FROM candidates c
	WHERE c.organization_id = org()
		AND (actor_level() IN ('admin', 'recruiter', 'client', 'system')
			OR (SELECT true FROM visible_applications a
				WHERE a.organization_id = c.organization_id AND a.candidate_id = c.id LIMIT 1));

-- As before, but that an erasure and a merge leave the words to the trigger.
DO $$
DECLARE
	name text;
	text text;
BEGIN
	FOREACH name IN ARRAY ARRAY['erase_candidate(uuid)', 'merge_candidate(uuid, uuid)'] LOOP
		text := pg_get_functiondef(name::regprocedure);
		IF text NOT LIKE '%search = '''', %' THEN
			RAISE EXCEPTION '% does not set what it was known to set', name;
		END IF;
		EXECUTE replace(text, 'search = '''', ', '');
	END LOOP;
END $$;
DROP TRIGGER candidates_search_vector ON candidates;
DROP FUNCTION candidate_search_vector();
DROP INDEX candidates_search;

-- ---- searching --------------------------------------------------------------------------------

-- As in 0003; a last word that is one lexeme is asked for once, by what begins with it, not twice.
CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	f text := btrim(fold(q));
	m text[] := regexp_match(f, '^(.*\s)?([[:alnum:]][[:alnum:]@._+-]*[[:alnum:]])$');
	word tsquery;
	last tsquery;
BEGIN
	IF m IS NULL OR length(m[2]) < 3                                 -- too short, or punctuation in it
		OR (length(f) - length(replace(f, '"', ''))) % 2 = 1     -- within an open phrase
		OR coalesce(m[1], '') ~ '(^|\s)or\s+$' THEN              -- right side of "or"
		RETURN web_query(f);
	END IF;
	-- The pattern admits no quote and no backslash, so the literal cannot be left.
	word := web_query(m[2]);
	last := ('''' || m[2] || ''':*')::tsquery;
	IF word <> ('''' || m[2] || '''')::tsquery THEN
		last := word || last;
	END IF;
	RETURN CASE WHEN m[1] IS NULL THEN last ELSE web_query(m[1]) && last END;
END $$;

SET LOCAL ROLE assay_search;
DROP FUNCTION candidate_search(text, int, timestamptz, uuid, boolean, timestamptz, uuid, text, text, text, text, timestamptz);
DROP FUNCTION application_search(text, uuid, int, timestamptz, uuid, uuid, uuid, text, boolean, text, boolean, timestamptz);
SET LOCAL ROLE assay_owner;

-- As in 0009: newest first, a page at a time, with all filters of the list. The newest 200 are looked
-- at, and more, up to 5,000, as long as these promise to fill the page; if there are no 200, that is all. Else the index tells
-- all that match, and they are sorted. Without words it is a list by role and tag.
CREATE FUNCTION candidate_search(p_q text, p_limit int, p_after_created timestamptz, p_after_id uuid,
	p_archived boolean, p_updated_since timestamptz, p_role uuid, p_email text, p_tag text, p_source text,
	p_expires_before timestamptz) RETURNS TABLE (id uuid, created_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning -- no notice for a query without words
AS $$
DECLARE
	org CONSTANT uuid := org();
	query CONSTANT tsquery := search_query(p_q);
	marks CONSTANT text[] := array_remove(ARRAY['tag:' || lower(p_tag), 'source:' || p_source,
		CASE WHEN p_archived THEN 'archived' END], NULL);
	indexed text;
	after CONSTANT text := CASE WHEN p_after_id IS NOT NULL THEN ' AND (%1$s.created_at, %1$s.%2$s) < ($3, $4)' ELSE '' END;
	other CONSTANT text := concat(CASE WHEN p_updated_since IS NOT NULL THEN ' AND c.updated_at >= $5' END,
		CASE WHEN p_email IS NOT NULL THEN ' AND c.email_key = lower($6)' END,
		CASE WHEN p_expires_before IS NOT NULL THEN ' AND c.consent_expires_at < $7' END);
	looked int; -- of so many at most
	there int; -- so many are there, of the first look
	ids uuid[];
	moments timestamptz[];
BEGIN
	IF org IS NULL OR (p_q IS NOT NULL AND (query IS NULL OR numnode(query) = 0)) THEN
		RETURN;
	END IF;
	indexed := concat(CASE WHEN p_q IS NOT NULL THEN ' AND s.words @@ $2' END,
		CASE WHEN p_role IS NOT NULL THEN ' AND s.roles @> ARRAY[$8]' END,
		CASE WHEN marks <> '{}' THEN ' AND s.marks @> $9' END,
		CASE WHEN NOT p_archived THEN ' AND NOT s.archived' END,
		CASE WHEN other <> '' THEN ' AND EXISTS (SELECT FROM public.candidates c WHERE c.organization_id = $1'
			' AND c.id = s.candidate_id' || other || ')' END);

	FOREACH looked IN ARRAY ARRAY[200, 1000, 5000] LOOP
		EXECUTE 'WITH n AS ' || CASE looked WHEN 200 THEN '' ELSE 'NOT ' END || 'MATERIALIZED (SELECT c.id, c.created_at
				FROM public.candidates c WHERE c.organization_id = $1' || format(after, 'c', 'id') || other || concat(
			CASE p_archived WHEN true THEN ' AND (c.archived_at IS NOT NULL)' WHEN false THEN ' AND c.archived_at IS NULL' END,
			CASE WHEN p_source IS NOT NULL THEN ' AND c.source = $12' END) || ' ORDER BY c.created_at DESC, c.id DESC LIMIT $11)
			SELECT array_agg(x.id), array_agg(x.created_at), CASE WHEN $11 = 200 THEN (SELECT count(*) FROM n) END
			FROM (SELECT n.id, n.created_at FROM n CROSS JOIN LATERAL (SELECT * FROM public.searchable_candidates s
				WHERE s.organization_id = $1 AND s.candidate_id = n.id OFFSET 0) s
			WHERE true' || indexed || ' ORDER BY n.created_at DESC, n.id DESC LIMIT $10) x'
		INTO ids, moments, there USING org, query, p_after_created, p_after_id, p_updated_since, p_email, p_expires_before,
			p_role, marks, p_limit, looked, p_source;
		IF cardinality(ids) >= p_limit OR there < looked THEN
			RETURN QUERY SELECT * FROM unnest(ids, moments);
			RETURN;
		END IF;
		EXIT WHEN coalesce(cardinality(ids), 0) * 6000 < p_limit * looked;
	END LOOP;

	-- OFFSET 0 keeps the planner from walking the order on a wrong estimate. A role is of one organization, so
	-- that the index is not asked for all rows of that, too (IS NOT DISTINCT FROM is none of its operators).
	RETURN QUERY EXECUTE 'SELECT m.candidate_id, m.created_at FROM (SELECT s.candidate_id, s.created_at
		FROM public.searchable_candidates s WHERE '
		|| CASE WHEN p_role IS NULL THEN 's.organization_id = $1' ELSE 's.organization_id IS NOT DISTINCT FROM $1' END || indexed
		|| format(after, 's', 'candidate_id')
		|| ' OFFSET 0) m ORDER BY m.created_at DESC, m.candidate_id DESC LIMIT $10'
	USING org, query, p_after_created, p_after_id, p_updated_since, p_email, p_expires_before, p_role, marks, p_limit;
END $$;

-- As in 0023: the applications of a role whose candidate matches, with all filters of the list, found in
-- the same way. Ids are looked up again under the caller's policy.
CREATE FUNCTION application_search(p_q text, p_role uuid, p_limit int, p_after_created timestamptz,
	p_after_id uuid, p_candidate uuid, p_stage uuid, p_status text, p_open boolean, p_source text,
	p_archived boolean, p_updated_since timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning -- no notice for a query without words
AS $$
DECLARE
	org CONSTANT uuid := org();
	query CONSTANT tsquery := search_query(p_q);
	rest CONSTANT text := concat(
		CASE WHEN p_after_id IS NOT NULL THEN ' AND (a.created_at, a.id) < ($5, $6)' END,
		CASE WHEN p_candidate IS NOT NULL THEN ' AND a.candidate_id = $7' END,
		CASE WHEN p_stage IS NOT NULL THEN ' AND a.stage_id = $8' END,
		CASE WHEN p_status IS NOT NULL THEN ' AND a.status = $9' END,
		CASE p_open WHEN true THEN ' AND a.status IN (''active'', ''paused'', ''offered'')'
			WHEN false THEN ' AND a.status NOT IN (''active'', ''paused'', ''offered'')' END,
		CASE WHEN p_source IS NOT NULL THEN ' AND a.source = $10' END,
		CASE p_archived WHEN true THEN ' AND a.archived_at IS NOT NULL'
			WHEN false THEN ' AND a.archived_at IS NULL' END,
		CASE WHEN p_updated_since IS NOT NULL THEN ' AND a.updated_at >= $11' END);
	looked int; -- of so many at most
	there int; -- so many are there, of the first look
	ids uuid[];
BEGIN
	IF org IS NULL OR query IS NULL OR numnode(query) = 0 THEN
		RETURN;
	END IF;
	-- Of a confidential role some are seen by whoever interviews there alone: all, for them to be told apart.
	IF (SELECT r.confidential FROM public.roles r WHERE r.organization_id = org AND r.id = p_role) THEN
		p_limit := NULL;
	END IF;
	FOREACH looked IN ARRAY CASE WHEN p_limit IS NULL THEN '{}' ELSE ARRAY[200, 1000, 5000] END LOOP
		EXECUTE 'WITH n AS ' || CASE looked WHEN 200 THEN '' ELSE 'NOT ' END || 'MATERIALIZED (
				SELECT a.id, a.candidate_id, a.created_at FROM public.applications a
				WHERE a.organization_id = $1 AND a.role_id = $2' || rest || ' ORDER BY a.created_at DESC, a.id DESC LIMIT $12)
			SELECT array_agg(x.id), CASE WHEN $12 = 200 THEN (SELECT count(*) FROM n) END
			FROM (SELECT n.id FROM n CROSS JOIN LATERAL (SELECT s.words FROM public.searchable_candidates s
				WHERE s.organization_id = $1 AND s.candidate_id = n.candidate_id OFFSET 0) s
			WHERE s.words @@ $3 ORDER BY n.created_at DESC, n.id DESC LIMIT $4) x'
		INTO ids, there USING org, p_role, query, p_limit, p_after_created, p_after_id, p_candidate, p_stage, p_status,
			p_source, p_updated_since, looked;
		IF cardinality(ids) >= p_limit OR there < looked THEN
			RETURN QUERY SELECT * FROM unnest(ids);
			RETURN;
		END IF;
		EXIT WHEN coalesce(cardinality(ids), 0) * 6000 < p_limit * looked;
	END LOOP;
	RETURN QUERY EXECUTE 'SELECT a.id FROM (SELECT s.candidate_id FROM public.searchable_candidates s
			WHERE s.organization_id IS NOT DISTINCT FROM $1 AND s.words @@ $3 AND s.roles @> ARRAY[$2] OFFSET 0) m
		JOIN public.applications a ON a.organization_id = $1 AND a.candidate_id = m.candidate_id AND a.role_id = $2'
		|| rest || ' ORDER BY a.created_at DESC, a.id DESC LIMIT $4'
	USING org, p_role, query, p_limit, p_after_created, p_after_id, p_candidate, p_stage, p_status, p_source,
		p_updated_since;
END $$;
REVOKE ALL ON FUNCTION candidate_search, application_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION candidate_search, application_search TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_search;
ALTER FUNCTION candidate_search OWNER TO assay_search;
ALTER FUNCTION application_search OWNER TO assay_search;
REVOKE CREATE ON SCHEMA public FROM assay_search;

-- The searches step around row-level security, and nothing of their own is left of what they read.
ALTER TABLE candidates DROP COLUMN search;

-- ---- who reads whole applications -------------------------------------------------------------

-- Applications of which the actor reads every submitted scorecard, since they are on none of its
-- interviews, and so owe none: what readable_stages says of them after many more looks. It says no of
-- others of which that says yes, never the other way round.
CREATE VIEW plainly_readable WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id
	FROM applications a JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	WHERE a.organization_id = org() AND actor_kind() = 'user' AND actor_level() IN ('admin', 'recruiter')
		AND NOT r.confidential AND NOT EXISTS (SELECT FROM interview_interviewers ii
			WHERE ii.organization_id = a.organization_id AND ii.user_id = actor() AND ii.application_id = a.id);
GRANT SELECT ON plainly_readable TO assay_app;

-- ---- row-level security and rights ------------------------------------------------------------

ALTER TABLE searchable_candidates ENABLE ROW LEVEL SECURITY;
ALTER TABLE searchable_candidates FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON searchable_candidates TO assay_app
	USING (organization_id = org()) WITH CHECK (organization_id = org());
CREATE POLICY erasure ON searchable_candidates TO assay_owner USING (organization_id = org());
CREATE POLICY backup ON searchable_candidates FOR SELECT TO assay_backup USING (true);
CREATE POLICY search ON searchable_candidates FOR SELECT TO assay_search USING (true);
GRANT SELECT ON searchable_candidates TO assay_backup, assay_search;
GRANT SELECT, INSERT, UPDATE, DELETE ON searchable_candidates TO assay_app;

CALL keep_plans_steady();
CALL let_resets_empty();
