-- The candidate's side: links without sign-in, work samples against the clock, the survey, the
-- feedback letter.

-- How candidates are evaluated, in the organization's own words.
CREATE TABLE candidate_notices (
	organization_id uuid PRIMARY KEY REFERENCES organizations,
	text            text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 20000),
	version         bigint NOT NULL DEFAULT 1,
	updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Shown once, kept as a digest.
CREATE TABLE candidate_links (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	application_id  uuid NOT NULL,
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	expires_at      timestamptz NOT NULL,
	revoked_at      timestamptz,
	created_by      uuid,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, digest),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);
CREATE INDEX candidate_links_list ON candidate_links
	(organization_id, application_id, created_at DESC, id DESC);

-- A work sample's clock: begun by the candidate, the budget as it stood then.
CREATE TABLE work_samples (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	stage_id        uuid NOT NULL,
	budget_minutes  integer NOT NULL,
	started_at      timestamptz NOT NULL DEFAULT now(),
	submitted_at    timestamptz,
	document_id     uuid,
	PRIMARY KEY (organization_id, application_id, stage_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages
);

-- What a candidate says of the process once it is over; 1 to 5.
CREATE TABLE survey_answers (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	clarity         smallint NOT NULL CHECK (clarity BETWEEN 1 AND 5),
	respect         smallint NOT NULL CHECK (respect BETWEEN 1 AND 5),
	fairness        smallint NOT NULL CHECK (fairness BETWEEN 1 AND 5),
	comment         text CHECK (char_length(comment) BETWEEN 1 AND 5000),
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT survey_answers_pkey PRIMARY KEY (organization_id, application_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);

-- Feedback for the candidate, drafted for a person to edit, and seen by the candidate once a person
-- has released it.
CREATE TABLE feedback_letters (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	text            text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 20000),
	status          text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'released')),
	drafted_by      uuid NOT NULL,
	released_by     uuid,
	released_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT feedback_letters_pkey PRIMARY KEY (organization_id, application_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	CHECK ((status = 'released') = (released_at IS NOT NULL AND released_by IS NOT NULL))
);

-- A letter's first words: the competencies that what the actor may read rates well, each with the
-- rubric's own anchor for that level. Nothing that anybody wrote about the candidate is in it.
CREATE FUNCTION drafted_letter(application uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	title text;
	strengths text;
BEGIN
	SELECT r.title INTO title FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	WHERE a.organization_id = org() AND a.id = application;
	WITH rated AS (
		SELECT s.rubric_version_id, e.key::uuid AS competency_id, (e.value ->> 'value')::numeric AS value
		FROM visible_scorecards s CROSS JOIN LATERAL jsonb_each(s.ratings) e
		WHERE s.organization_id = org() AND s.application_id = application
			AND s.status = 'submitted' AND e.value ->> 'value' IS NOT NULL
	), strong AS (
		SELECT c.position, k.name, c.anchors[round(avg(r.value))::integer] AS anchor
		FROM rated r
		JOIN rubric_criteria c ON c.organization_id = org()
			AND c.rubric_version_id = r.rubric_version_id AND c.competency_id = r.competency_id
		JOIN competencies k ON k.organization_id = org() AND k.id = c.competency_id
		GROUP BY c.position, k.name, c.anchors HAVING avg(r.value) >= 3.5
	)
	SELECT string_agg(E'- ' || s.name || ': ' || s.anchor, E'\n' ORDER BY s.position, s.name)
	INTO strengths FROM strong s;
	RETURN left('Thank you for your time and for your interest in the role ' || title || E'.\n\n'
		|| coalesce(E'What stood out to us:\n\n' || strengths || E'\n\n', '')
		|| 'We wish you all the best.', 20000);
END $$;

-- ---- demographics -----------------------------------------------------------------------------

-- What candidates say of themselves, if they wish. The role that answers requests cannot read it:
-- it goes in and is counted through two functions that belong to a role of its own.
CREATE TABLE demographic_answers (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	gender          text CHECK (gender IN ('woman', 'man', 'another')),
	age             text CHECK (age IN ('under_30', '30_to_39', '40_to_49', '50_and_over')),
	disability      text CHECK (disability IN ('yes', 'no')),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, application_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);

CREATE OR REPLACE FUNCTION left_out_of_exports() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 5 AS $$
	VALUES ('candidate_keys', 'a key of the record''s digests; it says nothing of the candidate'),
		('candidate_exports', 'the exports themselves'),
		('events', 'the record names texts by id and keyed digest alone'),
		('demographic_answers', 'told in confidence: no colleague reads them, a reviewer neither')
$$;

-- The last answer counts; one without any word takes it back.
CREATE FUNCTION demographics_keep(application uuid, answers jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	DELETE FROM demographic_answers d
	WHERE d.organization_id = org() AND d.application_id = application;
	INSERT INTO demographic_answers (organization_id, application_id, gender, age, disability)
	SELECT org(), application, a.gender, a.age, a.disability
	FROM jsonb_to_record(answers) AS a(gender text, age text, disability text)
	WHERE num_nonnulls(a.gender, a.age, a.disability) > 0;
END $$;

-- Counts of whole fives of answers to a question, in the order in which they came; none at all
-- while one of the values was named by fewer than five, since the others would tell it.
CREATE FUNCTION demographics_counted(role uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	RETURN (
	WITH said AS (
		SELECT q.question, q.value, row_number() OVER w AS nth,
			count(*) OVER (PARTITION BY q.question) / 5 * 5 AS shown
		FROM demographic_answers d
		JOIN applications a ON a.organization_id = d.organization_id AND a.id = d.application_id
		CROSS JOIN LATERAL (VALUES ('gender', d.gender), ('age', d.age),
			('disability', d.disability)) AS q(question, value)
		WHERE d.organization_id = org() AND (role IS NULL OR a.role_id = role) AND q.value IS NOT NULL
		WINDOW w AS (PARTITION BY q.question ORDER BY d.created_at, d.application_id)
	), counted AS (
		SELECT s.question, s.value, count(*) AS n FROM said s WHERE s.nth <= s.shown
		GROUP BY s.question, s.value
	), told AS (
		SELECT c.question, jsonb_object_agg(c.value, c.n) AS counts FROM counted c
		GROUP BY c.question HAVING min(c.n) >= 5
	)
	SELECT jsonb_object_agg(q.question, t.counts)
	FROM (VALUES ('gender'), ('age'), ('disability')) AS q(question) LEFT JOIN told t USING (question));
END $$;

-- ---- erasure ----------------------------------------------------------------------------------

CREATE FUNCTION erase_candidate_side() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	mine uuid[];
BEGIN
	SELECT coalesce(array_agg(a.id), '{}') INTO mine FROM applications a
	WHERE a.organization_id = NEW.organization_id AND a.candidate_id = NEW.id;
	DELETE FROM candidate_links l
	WHERE l.organization_id = NEW.organization_id AND l.application_id = ANY (mine);
	DELETE FROM demographic_answers d
	WHERE d.organization_id = NEW.organization_id AND d.application_id = ANY (mine);
	DELETE FROM work_samples w
	WHERE w.organization_id = NEW.organization_id AND w.application_id = ANY (mine);
	DELETE FROM feedback_letters f
	WHERE f.organization_id = NEW.organization_id AND f.application_id = ANY (mine);
	-- Three numbers say nothing of anybody; the words do.
	UPDATE survey_answers s SET comment = NULL
	WHERE s.organization_id = NEW.organization_id AND s.application_id = ANY (mine);
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_side AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_side();
CREATE TRIGGER candidate_links_not_erased BEFORE INSERT OR UPDATE ON candidate_links
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER work_samples_not_erased BEFORE INSERT OR UPDATE ON work_samples
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER survey_answers_not_erased BEFORE INSERT ON survey_answers
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER feedback_letters_not_erased BEFORE INSERT OR UPDATE ON feedback_letters
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['candidate_notices', 'candidate_links', 'work_samples',
		'survey_answers', 'feedback_letters'] LOOP
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

ALTER TABLE demographic_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE demographic_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON demographic_answers TO assay_demographics USING (organization_id = org())
	WITH CHECK (organization_id = org());
CREATE POLICY erasure ON demographic_answers TO assay_owner USING (organization_id = org());
CREATE POLICY backup ON demographic_answers FOR SELECT TO assay_backup USING (true);
GRANT SELECT ON demographic_answers TO assay_backup;
GRANT SELECT, INSERT, DELETE ON demographic_answers TO assay_demographics;
CREATE POLICY demographics ON applications FOR SELECT TO assay_demographics
	USING (organization_id = org());
GRANT SELECT (organization_id, id, role_id) ON applications TO assay_demographics;
GRANT USAGE ON SCHEMA public TO assay_demographics;
GRANT CREATE ON SCHEMA public TO assay_demographics;
ALTER FUNCTION demographics_keep OWNER TO assay_demographics;
ALTER FUNCTION demographics_counted OWNER TO assay_demographics;
REVOKE CREATE ON SCHEMA public FROM assay_demographics;
REVOKE ALL ON FUNCTION demographics_keep, demographics_counted FROM PUBLIC;
GRANT EXECUTE ON FUNCTION demographics_keep, demographics_counted TO assay_app;
