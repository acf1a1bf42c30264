-- What is held on a candidate: all of it exported for them, kept no longer than the rules say, and
-- held where the law says so.

-- ---- export -----------------------------------------------------------------------------------

-- As it was when it was made, so that what was reviewed is what is released.
CREATE TABLE candidate_exports (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	candidate_id    uuid NOT NULL,
	status          text NOT NULL DEFAULT 'to_review' CHECK (status IN ('to_review', 'released')),
	content         jsonb NOT NULL,
	requested_by    uuid NOT NULL,
	released_by     uuid,
	released_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates,
	CHECK ((status = 'released') = (released_at IS NOT NULL AND released_by IS NOT NULL))
);
CREATE INDEX candidate_exports_list ON candidate_exports
	(organization_id, candidate_id, created_at DESC, id DESC);
CREATE TRIGGER candidate_exports_not_absent BEFORE INSERT OR UPDATE ON candidate_exports
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();

-- What refers to a candidate and yet is no part of an export, each with its reason.
CREATE FUNCTION left_out_of_exports() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 5 AS $$
	VALUES ('candidate_keys', 'a key of the record''s digests; it says nothing of the candidate'),
		('candidate_exports', 'the exports themselves'),
		('events', 'the record names texts by id and keyed digest alone')
$$;

-- Every table that holds rows about a candidate, with the condition that finds them ($1: the ids of
-- the candidate and of those merged into them). Walks the catalogue from the candidates' table
-- along references, so that a table that comes later is found, too.
CREATE FUNCTION candidate_tables() RETURNS TABLE (name text, condition text)
LANGUAGE plpgsql STABLE ROWS 30 AS $$
DECLARE
	found_names text[] := ARRAY['candidates'];
	conditions text[] := ARRAY['candidates.id = ANY ($1)'];
	depth integer := 1;
	next_names text[];
	next_conditions text[];
BEGIN
	WHILE depth IS NOT NULL LOOP
		WITH edges AS (
			SELECT c.conrelid AS child, c.confrelid AS parent, (SELECT string_agg(
					format('%I.%I = %I.%I', p.relname, pa.attname, t.relname, ca.attname), ' AND ')
				FROM unnest(c.conkey, c.confkey) AS k(child_column, parent_column)
				JOIN pg_attribute ca ON ca.attrelid = c.conrelid AND ca.attnum = k.child_column
				JOIN pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.parent_column) AS joined
			FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid
			WHERE c.contype = 'f' AND c.conrelid <> c.confrelid
			UNION
			-- Where no reference is declared, the column's name tells.
			SELECT t.oid, p.oid, format('%I.organization_id = %I.organization_id AND %I.id = %I.%I',
				p.relname, t.relname, p.relname, t.relname, a.attname)
			FROM (VALUES ('candidate_id', 'candidates'), ('application_id', 'applications'),
				('interview_id', 'interviews'), ('scorecard_id', 'scorecards')) AS n(of_column, of_table)
			JOIN pg_attribute a ON a.attname = n.of_column AND NOT a.attisdropped
			JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r'
				AND t.relnamespace = 'public'::regnamespace
			JOIN pg_class p ON p.relname = n.of_table AND p.relnamespace = 'public'::regnamespace
			WHERE t.oid <> p.oid
		), found AS (
			SELECT t.relname::text AS name, string_agg(format('EXISTS (SELECT FROM %I WHERE %s AND (%s))',
					k.name, e.joined, k.condition), ' OR ' ORDER BY k.name, e.joined) AS condition
			FROM unnest(found_names, conditions) AS k(name, condition)
			JOIN pg_class p ON p.relname = k.name AND p.relnamespace = 'public'::regnamespace
			JOIN edges e ON e.parent = p.oid
			JOIN pg_class t ON t.oid = e.child
			WHERE t.relname <> ALL (found_names)
				AND t.relname NOT IN (SELECT l.name FROM left_out_of_exports() l)
			GROUP BY t.relname
		)
		SELECT array_agg(f.name ORDER BY f.name), array_agg(f.condition ORDER BY f.name),
			CASE WHEN count(*) > 0 THEN depth + 1 END
		INTO next_names, next_conditions, depth FROM found f;
		found_names := found_names || next_names;
		conditions := conditions || next_conditions;
	END LOOP;
	RETURN QUERY SELECT k.name, k.condition FROM unnest(found_names, conditions) AS k(name, condition);
	RETURN QUERY SELECT 'external_ids', 'external_ids.object_type = ''candidate'''
		' AND external_ids.object_id = ANY ($1) OR external_ids.object_type = ''application'''
		' AND EXISTS (SELECT FROM applications WHERE'
		' applications.organization_id = external_ids.organization_id'
		' AND applications.id = external_ids.object_id AND applications.candidate_id = ANY ($1))';
END $$;

-- All that is held on a candidate: by table, its rows, and which of their members are private notes
-- of colleagues. Derived columns are left out; a document's file has an address of its own.
CREATE FUNCTION candidate_held(candidate uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	who uuid[];
	t record;
	columns text[];
	rows jsonb;
	sections jsonb := '[]';
BEGIN
	SELECT array_agg(c.id) INTO who FROM candidates c
	WHERE c.organization_id = org() AND candidate IN (c.id, c.merged_into);
	FOR t IN SELECT * FROM candidate_tables() LOOP
		SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO columns FROM pg_attribute a
		WHERE a.attrelid = ('public.' || quote_ident(t.name))::regclass AND a.attnum > 0
			AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'organization_id'
			AND a.atttypid NOT IN ('tsvector'::regtype, 'bytea'::regtype);
		EXECUTE format('SELECT jsonb_agg(jsonb_strip_nulls((SELECT jsonb_object_agg(e.key, e.value)'
			' FROM jsonb_each(to_jsonb(%1$I)) e WHERE e.key = ANY ($2))))'
			' FROM %1$I WHERE %1$I.organization_id = org() AND (%2$s)', t.name, t.condition)
		INTO rows USING who, columns;
		CONTINUE WHEN rows IS NULL;
		sections := sections || jsonb_build_object('name', t.name, 'rows', rows, 'private',
			CASE t.name WHEN 'notes' THEN '["text"]' WHEN 'scorecards' THEN '["private_note"]'
				WHEN 'scorecard_revisions' THEN '["content.private_note"]' ELSE '[]' END::jsonb);
	END LOOP;
	RETURN jsonb_build_object('candidate_id', candidate, 'sections', sections,
		'names', (SELECT coalesce(jsonb_object_agg(n.id, n.name), '{}') FROM (
			SELECT r.id, r.title AS name FROM roles r WHERE r.organization_id = org()
			UNION ALL SELECT s.id, s.name FROM stages s WHERE s.organization_id = org()
			UNION ALL SELECT k.id, k.name FROM competencies k WHERE k.organization_id = org()) AS n
			WHERE n.id IN (SELECT m[1]::uuid FROM regexp_matches(sections::text,
				'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') AS m)));
END $$;

-- Does the actor owe a scorecard on an application of this candidate, or of one merged into them?
CREATE FUNCTION owes_on_candidate(candidate uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM my_owed_interviews o
		JOIN applications a ON a.organization_id = o.organization_id AND a.id = o.application_id
		JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
		WHERE a.organization_id = org() AND candidate IN (c.id, c.merged_into));
END $$;

-- ---- legal hold -------------------------------------------------------------------------------

-- While it stands, nothing of the candidate is erased, whoever asks.
CREATE TABLE legal_holds (
	organization_id uuid NOT NULL,
	candidate_id    uuid NOT NULL,
	reason          text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 2000),
	held_by         uuid NOT NULL,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, candidate_id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates,
	FOREIGN KEY (organization_id, held_by) REFERENCES users
);
CREATE TRIGGER legal_holds_not_absent BEFORE INSERT ON legal_holds
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();

CREATE FUNCTION refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM legal_holds h
	WHERE h.organization_id = NEW.organization_id AND h.candidate_id = NEW.id;
	IF FOUND THEN
		RAISE EXCEPTION 'a legal hold keeps the candidate'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'legal_hold';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_not_held BEFORE UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION refuse_held();

-- ---- retention --------------------------------------------------------------------------------

-- Where the candidate lives, as an ISO 3166 code: decides which rule is theirs.
CREATE TABLE candidate_countries (
	organization_id uuid NOT NULL,
	candidate_id    uuid NOT NULL,
	country         text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
	version         bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (organization_id, candidate_id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates
);
CREATE TRIGGER candidate_countries_not_absent BEFORE INSERT OR UPDATE ON candidate_countries
	FOR EACH ROW EXECUTE FUNCTION refuse_absent();

-- One rule a country, and one for all the others (country NULL).
CREATE TABLE retention_rules (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	country         text CHECK (country ~ '^[A-Z]{2}$'),
	months          integer NOT NULL CHECK (months BETWEEN 1 AND 240),
	action          text NOT NULL DEFAULT 'erase' CHECK (action = 'erase'),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX retention_rules_country_key ON retention_rules
	(organization_id, coalesce(country, ''));
CREATE INDEX retention_rules_list ON retention_rules (organization_id, created_at DESC, id DESC);

-- When something last happened with a candidate.
CREATE FUNCTION candidate_last_activity(candidate uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT greatest(c.updated_at,
		(SELECT max(n.updated_at) FROM notes n
		 WHERE n.organization_id = org() AND n.candidate_id = c.id),
		(SELECT max(d.created_at) FROM documents d
		 WHERE d.organization_id = org() AND d.candidate_id = c.id),
		(SELECT max(greatest(a.updated_at,
			(SELECT max(m.created_at) FROM application_moves m
			 WHERE m.organization_id = org() AND m.application_id = a.id),
			(SELECT max(greatest(i.updated_at, i.starts_at)) FROM interviews i
			 WHERE i.organization_id = org() AND i.application_id = a.id),
			(SELECT max(s.updated_at) FROM scorecards s
			 WHERE s.organization_id = org() AND s.application_id = a.id),
			(SELECT max(d.created_at) FROM decisions d
			 WHERE d.organization_id = org() AND d.application_id = a.id)))
		 FROM applications a WHERE a.organization_id = org() AND a.candidate_id = c.id))
	FROM candidates c WHERE c.organization_id = org() AND c.id = candidate);
END $$;

-- Who would be erased now, and by which rule, the longest untouched first: nobody with an open
-- application, nobody who was hired, and nobody who is another's duplicate, who goes with them.
CREATE FUNCTION retention_due(most integer, with_held boolean)
RETURNS TABLE (candidate_id uuid, rule_id uuid, country text, months integer,
	last_activity_at timestamptz, due_at timestamptz, held boolean)
LANGUAGE plpgsql STABLE ROWS 100 AS $$
DECLARE
	shortest integer;
BEGIN
	SELECT min(q.months) INTO shortest FROM retention_rules q WHERE q.organization_id = org();
	RETURN QUERY
	SELECT c.id, r.id, k.country, r.months, x.at, x.at + make_interval(months => r.months), h.held
	FROM candidates c
	LEFT JOIN candidate_countries k ON k.organization_id = c.organization_id AND k.candidate_id = c.id
	CROSS JOIN LATERAL (SELECT q.id, q.months FROM retention_rules q
		WHERE q.organization_id = org() AND (q.country = k.country OR q.country IS NULL)
		ORDER BY q.country NULLS LAST LIMIT 1) r
	CROSS JOIN LATERAL (SELECT candidate_last_activity(c.id)) AS x(at)
	CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM legal_holds l
		JOIN candidates p ON p.organization_id = l.organization_id AND p.id = l.candidate_id
		WHERE l.organization_id = org() AND c.id IN (p.id, p.merged_into))) AS h(held)
	-- What was changed lately, the index tells.
	WHERE c.organization_id = org() AND c.updated_at < now() - make_interval(months => shortest)
		AND c.erased_at IS NULL AND c.merged_into IS NULL
		AND NOT EXISTS (SELECT FROM applications a WHERE a.organization_id = org()
			AND a.candidate_id = c.id AND a.status IN ('active', 'paused', 'offered', 'hired'))
		AND x.at < now() - make_interval(months => r.months)
		AND (with_held OR NOT h.held)
	ORDER BY c.updated_at, c.id LIMIT most;
END $$;

-- ---- consent ----------------------------------------------------------------------------------

-- A consent that ends later than the one before was renewed: an event of its own, beside that of
-- the change.
CREATE FUNCTION consent_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	VALUES (NEW.organization_id, 'candidate.consent_renewed', NEW.id, actor_kind(), actor(),
		nullif(current_setting('assay.request_id', true), ''),
		jsonb_build_object('version', NEW.version));
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_consent_renewed AFTER UPDATE OF consent ON candidates
	FOR EACH ROW WHEN (OLD.consent IS NOT NULL AND NEW.consent IS NOT NULL
		AND coalesce(NEW.consent_expires_at, 'infinity') > coalesce(OLD.consent_expires_at, 'infinity')
		OR OLD.consent IS NOT NULL AND NEW.consent ->> 'given_at' > OLD.consent ->> 'given_at')
	EXECUTE FUNCTION consent_renewed();

-- ---- erasure ----------------------------------------------------------------------------------

CREATE FUNCTION erase_candidate_exports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM candidate_exports x
	WHERE x.organization_id = NEW.organization_id AND x.candidate_id = NEW.id;
	DELETE FROM candidate_countries k
	WHERE k.organization_id = NEW.organization_id AND k.candidate_id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_exports AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_exports();

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['candidate_exports', 'legal_holds', 'candidate_countries',
		'retention_rules'] LOOP
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
