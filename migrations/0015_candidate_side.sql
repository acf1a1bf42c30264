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

-- ---- erasure ----------------------------------------------------------------------------------

CREATE FUNCTION erase_candidate_side() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	mine uuid[];
BEGIN
	SELECT coalesce(array_agg(a.id), '{}') INTO mine FROM applications a
	WHERE a.organization_id = NEW.organization_id AND a.candidate_id = NEW.id;
	DELETE FROM candidate_links l
	WHERE l.organization_id = NEW.organization_id AND l.application_id = ANY (mine);
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
