-- Search among candidates: one function that steps around row-level security, so that its indexes
-- can serve, with an organization predicate of its own. Figures and reasons: docs/adr/0002.

-- Case and accents do not matter to a search. Immutable, so that it can feed a stored column.
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN lower(public.unaccent('public.unaccent'::regdictionary, t));

CREATE OR REPLACE FUNCTION candidate_search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- 'simple': no stemming and no stop words, so that names, skills and every language work alike.
	-- A vector holds one megabyte at most, so a very long past is found by its beginning.
	NEW.search := to_tsvector('simple', fold(concat_ws(' ', NEW.name, NEW.email, NEW.headline,
		array_to_string(NEW.skills, ' '), array_to_string(NEW.tags, ' '), NEW.location, NEW.summary,
		left((SELECT string_agg(words #>> '{}', ' ') FROM jsonb_path_query(
			NEW.experience || NEW.education, 'strict $.** ? (@.type() == "string")') AS words), 60000))));
	RETURN NEW;
END $$;

-- Web search syntax. PostgreSQL fails on some thirty minus signs in a row ("tsquery stack too
-- small"), so two or more mean nothing.
CREATE FUNCTION web_query(q text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN websearch_to_tsquery('simple', regexp_replace(q, '-([\s!&|():*]*-)+', ' ', 'g'));

-- What a person typed, as a query: web search syntax, the last bare word also as a prefix.
CREATE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE f text := btrim(fold(q)); m text[]; last tsquery;
BEGIN
  m := regexp_match(f, '^(.*\s)?([[:alnum:]][[:alnum:]@._+-]*[[:alnum:]])$');
  IF m IS NULL OR length(m[2]) < 3                                        -- too short, or punctuation in it
     OR (length(f) - length(replace(f, '"', ''))) % 2 = 1                 -- within an open phrase
     OR coalesce(m[1], '') ~ '(^|\s)or\s+$' THEN                          -- right side of "or"
    RETURN web_query(f);
  END IF;
  -- the pattern admits no quote and no backslash, so the literal cannot be left
  last := web_query(m[2]) || ('''' || m[2] || ''':*')::tsquery;
  RETURN CASE WHEN m[1] IS NULL THEN last ELSE web_query(m[1]) && last END;
END $$;

-- The candidates that match, in the order of the list (newest first), a page at a time.
CREATE FUNCTION candidate_search(
  p_q text, p_limit int, p_after_created timestamptz DEFAULT NULL, p_after_id uuid DEFAULT NULL,
  p_archived boolean DEFAULT NULL, p_updated_since timestamptz DEFAULT NULL,
  p_role uuid DEFAULT NULL, p_status text DEFAULT NULL)
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
      CASE WHEN p_status IS NOT NULL THEN ' AND a.status = $7'  END, ')') END);

  -- 1. With a role, its index is the better driver: straight to step 2.
  IF p_role IS NULL THEN
    EXECUTE 'SELECT array_agg(x.id), array_agg(x.created_at) FROM (SELECT c.id, c.created_at FROM (
               SELECT * FROM (SELECT c.id, c.created_at, c.updated_at, c.archived_at, c.search FROM public.candidates c
               WHERE c.organization_id = $1'
             || CASE WHEN p_after_id IS NOT NULL THEN ' AND (c.created_at, c.id) < ($3, $4)' ELSE '' END ||
            ' ORDER BY c.created_at DESC, c.id DESC LIMIT 5000) w) c
              WHERE c.search @@ $2' || rest || ' ORDER BY c.created_at DESC, c.id DESC LIMIT $8) x'
      INTO ids, at USING org, query, p_after_created, p_after_id, p_updated_since, p_role, p_status, p_limit;
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
    USING org, query, p_after_created, p_after_id, p_updated_since, p_role, p_status, p_limit;
END $$;

CREATE POLICY search ON candidates FOR SELECT TO assay_search USING (true);
CREATE POLICY search ON applications FOR SELECT TO assay_search USING (true);
GRANT SELECT (organization_id, id, created_at, updated_at, archived_at, search) ON candidates TO assay_search;
GRANT SELECT (organization_id, candidate_id, role_id, status) ON applications TO assay_search;
REVOKE ALL ON FUNCTION candidate_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION candidate_search TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_search;
ALTER FUNCTION candidate_search OWNER TO assay_search;
REVOKE CREATE ON SCHEMA public FROM assay_search;
