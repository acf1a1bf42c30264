-- Job out, candidate in: the careers page, what is published of a role, and the applications that come
-- from outside.

-- ---- what is published ------------------------------------------------------------------------

-- The organization as candidates see it. Nothing of it is public until it is switched on.
CREATE TABLE careers_pages (
	organization_id uuid PRIMARY KEY REFERENCES organizations,
	-- Part of the page's address, so one for all organizations.
	slug            text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	introduction    text CHECK (char_length(introduction) BETWEEN 1 AND 5000),
	enabled         boolean NOT NULL DEFAULT false,
	-- 1 is what everyone begins with, without a row.
	version         bigint NOT NULL DEFAULT 2,
	updated_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT careers_pages_slug_key UNIQUE (slug)
);

-- What of a role is told to the world, in words of its own: those of the role are for colleagues.
CREATE TABLE postings (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	role_id         uuid NOT NULL,
	status          text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'closed')),
	title           text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
	description     text NOT NULL CHECK (char_length(description) BETWEEN 1 AND 20000),
	location        text CHECK (char_length(location) BETWEEN 1 AND 200),
	country         text CHECK (country ~ '^[A-Z]{2}$'),
	work_mode       text NOT NULL CHECK (work_mode IN ('on_site', 'hybrid', 'remote')),
	employment_type text NOT NULL CHECK (employment_type IN ('full_time', 'part_time', 'contractor',
		'temporary', 'intern', 'volunteer', 'per_diem', 'other')),
	-- {"min", "max", "currency", "unit"}; NULL: it is not told.
	salary          jsonb CHECK (jsonb_typeof(salary) = 'object'),
	valid_through   date,
	-- [{"id", "label", "kind", "required", "choices"}]
	questions       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(questions) = 'array'),
	resume          text NOT NULL DEFAULT 'required' CHECK (resume IN ('required', 'optional')),
	published_at    timestamptz,
	closed_at       timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT postings_role_key UNIQUE (organization_id, role_id),
	CONSTRAINT postings_role_fkey FOREIGN KEY (organization_id, role_id) REFERENCES roles,
	CONSTRAINT postings_salary_order CHECK ((salary ->> 'min')::numeric <= (salary ->> 'max')::numeric),
	CONSTRAINT postings_place_told CHECK (work_mode = 'remote' OR location IS NOT NULL),
	CONSTRAINT postings_country_told CHECK (work_mode <> 'remote' OR country IS NOT NULL),
	CHECK (status = 'draft' OR published_at IS NOT NULL),
	CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX postings_list ON postings (organization_id, created_at DESC, id DESC);
CREATE INDEX postings_published ON postings (organization_id, published_at DESC, id DESC)
	WHERE status = 'published';

-- Who makes a role confidential takes its posting from the world, whatever its status says; who closes,
-- pauses or archives it, ends it. The one place where that is decided: 'open', 'over', or NULL where
-- nobody outside is to know that there is anything.
CREATE FUNCTION posting_stands(p postings) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN r.confidential OR p.status = 'draft' THEN NULL
			WHEN p.status = 'published' AND r.status = 'open' AND r.archived_at IS NULL
				AND (p.valid_through IS NULL OR p.valid_through >= (now() AT TIME ZONE 'UTC')::date)
				THEN 'open'
			ELSE 'over' END
		FROM roles r WHERE r.organization_id = p.organization_id AND r.id = p.role_id);
END $$;

-- Whose page this is; no row where none is switched on. The one look across tenants, as at sign-in.
CREATE FUNCTION careers_organization(address text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
	SELECT c.organization_id FROM careers_pages c WHERE c.slug = address AND c.enabled
$$;
-- Nobody appears under the name that another organization signs in with.
CREATE FUNCTION careers_slug_foreign(address text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
	SELECT EXISTS (SELECT FROM organizations o WHERE o.slug = address AND o.organization_id <> org())
$$;

-- ---- what comes in ----------------------------------------------------------------------------

-- An application from outside as it was sent. The form's key is given out with the form, so that the
-- same form sent again, by a reload or a second click, is one application.
CREATE TABLE posting_applications (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	posting_id      uuid NOT NULL,
	form_key        uuid NOT NULL,
	-- [{"question_id", "question", "answer"}], as the question stood then.
	answers         jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(answers) = 'array'),
	-- {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "source"}
	origin          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(origin) = 'object'),
	-- What they had read when they agreed.
	notice          text NOT NULL,
	consent_at      timestamptz NOT NULL DEFAULT now(),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, application_id),
	CONSTRAINT posting_applications_form_key UNIQUE (organization_id, form_key),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, posting_id) REFERENCES postings
);
CREATE INDEX posting_applications_posting ON posting_applications (organization_id, posting_id);

-- Takes an application in: always a new candidate, so that nothing tells a stranger who is known here;
-- duplicates are found and merged as all others. NULL: the form was sent before.
CREATE FUNCTION receive_application(posting postings, key uuid, sent jsonb, resume bytea, resume_type text,
	resume_name text, resume_digest text, resume_state text, resume_problem text, resume_text text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	c candidates;
	a applications;
	d documents;
BEGIN
	-- Two at once wait for each other here, since what they wait for is the form's row itself.
	PERFORM pg_advisory_xact_lock(hashtextextended(org()::text || key::text, 0));
	PERFORM FROM posting_applications f WHERE f.organization_id = org() AND f.form_key = key;
	IF FOUND THEN
		RETURN NULL;
	END IF;
	INSERT INTO candidates (organization_id, name, email, phone, location, links, source, consent)
	VALUES (org(), sent ->> 'name', sent ->> 'email', sent ->> 'phone', sent ->> 'location',
		coalesce(sent -> 'links', '[]'), sent ->> 'source',
		jsonb_build_object('given_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			'source', sent ->> 'consent_source'))
	RETURNING * INTO c;
	INSERT INTO candidate_keys (organization_id, candidate_id) VALUES (org(), c.id);
	INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id, source)
	SELECT org(), c.id, r.id, r.plan_id, (SELECT t.id FROM stages t
		WHERE t.organization_id = org() AND t.plan_id = r.plan_id
		ORDER BY t.optional, t.position LIMIT 1), sent ->> 'source'
	FROM roles r WHERE r.organization_id = org() AND r.id = posting.role_id
	RETURNING * INTO a;
	INSERT INTO application_moves (organization_id, application_id, to_stage_id, to_status, actor_kind,
		actor_id)
	VALUES (org(), a.id, a.stage_id, a.status, actor_kind(), actor());
	IF resume IS NOT NULL THEN
		INSERT INTO documents (organization_id, candidate_id, kind, filename, media_type, content,
			size_bytes, digest, text_state, text_problem, text)
		VALUES (org(), c.id, 'resume', resume_name, resume_type, resume, octet_length(resume),
			resume_digest, resume_state, resume_problem, resume_text)
		RETURNING * INTO d;
	END IF;
	INSERT INTO posting_applications (organization_id, application_id, posting_id, form_key, answers,
		origin, notice)
	VALUES (org(), a.id, posting.id, key, coalesce(sent -> 'answers', '[]'),
		coalesce(sent -> 'origin', '{}'), sent ->> 'notice');
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT org(), e.type, e.object, e.application, actor_kind(), actor(), request_id(), e.data
	FROM (VALUES ('candidate.created', c.id, NULL::uuid, jsonb_build_object('version', c.version)),
		('application.created', a.id, a.id, jsonb_build_object('version', a.version,
			'candidate_id', c.id, 'role_id', a.role_id)),
		('posting.applied', posting.id, a.id, jsonb_build_object('candidate_id', c.id)),
		('document.added', d.id, NULL, jsonb_build_object('version', d.version, 'candidate_id', c.id,
			'kind', d.kind, 'text_state', d.text_state))) AS e(type, object, application, data)
	WHERE e.object IS NOT NULL;
	RETURN a.id;
END $$;

-- ---- erasure ----------------------------------------------------------------------------------

CREATE FUNCTION erase_candidate_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM posting_applications f
	WHERE f.organization_id = NEW.organization_id AND f.application_id IN (SELECT a.id
		FROM applications a WHERE a.organization_id = NEW.organization_id AND a.candidate_id = NEW.id);
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_posted AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_posted();
CREATE TRIGGER posting_applications_not_erased BEFORE INSERT OR UPDATE ON posting_applications
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['careers_pages', 'postings', 'posting_applications'] LOOP
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

CREATE POLICY sign_in ON careers_pages FOR SELECT TO assay_signin USING (true);
GRANT SELECT ON careers_pages TO assay_signin;
GRANT CREATE ON SCHEMA public TO assay_signin;
ALTER FUNCTION careers_organization(text) OWNER TO assay_signin;
ALTER FUNCTION careers_slug_foreign(text) OWNER TO assay_signin;
REVOKE CREATE ON SCHEMA public FROM assay_signin;
REVOKE ALL ON FUNCTION careers_organization(text), careers_slug_foreign(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION careers_organization(text), careers_slug_foreign(text) TO assay_app;

CALL keep_plans_steady();
CALL let_resets_empty();
