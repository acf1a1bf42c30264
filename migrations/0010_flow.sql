-- Interviews as they go: time zones, an interviewer's own focus, substitutes, conflicts.

-- A moment as JSON shows it.
CREATE FUNCTION json_time(t timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- ---- interviews -------------------------------------------------------------------------------

-- The zone that the people of the interview think in; starts_at is the moment itself.
ALTER TABLE interviews ADD COLUMN time_zone text CHECK (char_length(time_zone) <= 64);
ALTER TABLE interviews DROP CONSTRAINT interviews_status_check;
-- When the candidate did not come nobody owes a scorecard, as after a cancellation; cancelled_by
-- then names who said so, and keeps others' scorecards closed to them just as well.
ALTER TABLE interviews ADD CONSTRAINT interviews_status_check
	CHECK (status IN ('scheduled', 'cancelled', 'candidate_no_show'));
CREATE INDEX interviews_starts ON interviews (organization_id, starts_at);
CREATE INDEX interviews_by_start ON interviews
	(organization_id, (coalesce(starts_at, 'infinity'::timestamptz)), id);

ALTER TABLE interview_interviewers DROP CONSTRAINT interview_interviewers_status_check;
-- Someone who was substituted owes nothing any more; their draft stays theirs.
ALTER TABLE interview_interviewers ADD CONSTRAINT interview_interviewers_status_check
	CHECK (status IN ('assigned', 'no_show', 'substituted'));
ALTER TABLE interview_interviewers
	-- What they are to rate, of the stage's focus; NULL: all of it.
	ADD COLUMN competency_ids uuid[] CHECK (cardinality(competency_ids) BETWEEN 1 AND 50),
	ADD COLUMN substitute_for uuid;

-- The names of the IANA database that this PostgreSQL has, as they are written there.
CREATE FUNCTION known_time_zone(zone text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
	RETURN zone ~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$' AND zone !~ '^(posix|right)/'
		AND EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = zone);
END $$;

-- Field errors for an interviewer's own focus that is not of the stage's (of the rubric's, where
-- the stage has none); NULL: all is well.
CREATE FUNCTION focus_strangers(stage uuid, role uuid, focus uuid[], place text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF focus IS NULL THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_agg(jsonb_build_object('pointer', place || '/' || f.position - 1,
			'rule', 'unknown_competency', 'detail', 'is not in the focus of the stage')
			ORDER BY f.position)
		FROM unnest(focus) WITH ORDINALITY AS f(id, position)
		WHERE NOT CASE WHEN EXISTS (SELECT FROM stage_competencies s
				WHERE s.organization_id = org() AND s.stage_id = stage)
			THEN EXISTS (SELECT FROM stage_competencies s WHERE s.organization_id = org()
				AND s.stage_id = stage AND s.competency_id = f.id)
			ELSE EXISTS (SELECT FROM roles r JOIN rubric_criteria k
					ON k.organization_id = r.organization_id
						AND k.rubric_version_id = r.rubric_version_id
				WHERE r.organization_id = org() AND r.id = role AND k.competency_id = f.id)
			END);
END $$;

CREATE FUNCTION own_focus(interview uuid, interviewer uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT ii.competency_ids FROM interview_interviewers ii WHERE ii.organization_id = org()
		AND ii.interview_id = interview AND ii.user_id = interviewer);
END $$;

-- What a submission still lacks, by the focus of whoever gives it: a rating is asked for only there.
CREATE FUNCTION scorecard_gaps(stage uuid, rubric uuid, recommendation text, ratings jsonb, focus uuid[])
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	gaps jsonb := scorecard_gaps(stage, rubric, recommendation, ratings);
BEGIN
	IF gaps IS NULL OR focus IS NULL THEN
		RETURN gaps;
	END IF;
	RETURN (SELECT jsonb_agg(g.gap ORDER BY g.position)
		FROM jsonb_array_elements(gaps) WITH ORDINALITY AS g(gap, position)
		WHERE g.gap ->> 'rule' <> 'required' OR g.gap ->> 'pointer' = '/recommendation'
			OR split_part(g.gap ->> 'pointer', '/', 3)::uuid = ANY (focus));
END $$;

-- Who of an interview is elsewhere at that time. A warning: it is people who know whether it matters.
-- That somebody is busy is no secret among those who plan; with whom, only where the asker may know
-- of that application. Of the candidate's other interviews only those are told at all.
CREATE FUNCTION interview_conflicts(self uuid, application uuid, starts timestamptz, minutes integer,
	people uuid[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	ends timestamptz := starts + make_interval(mins => minutes);
BEGIN
	IF starts IS NULL THEN
		RETURN '[]';
	END IF;
	RETURN (
	WITH others AS (
		SELECT i.id, i.application_id, i.starts_at,
			i.starts_at + make_interval(mins => i.duration_minutes) AS ends_at,
			EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = org()
				AND v.id = i.application_id) AS known
		FROM interviews i
		-- No interview takes more than eight hours.
		WHERE i.organization_id = org() AND i.starts_at < ends
			AND i.starts_at > starts - interval '480 minutes'
			AND i.starts_at + make_interval(mins => i.duration_minutes) > starts
			AND i.status = 'scheduled' AND i.id <> self
	), found AS (
		SELECT 'interviewer' AS kind, ii.user_id, u.name, o.id, o.starts_at, o.ends_at, o.known
		FROM others o
		JOIN interview_interviewers ii ON ii.organization_id = org() AND ii.interview_id = o.id
		JOIN users u ON u.organization_id = org() AND u.id = ii.user_id
		WHERE ii.user_id = ANY (people) AND ii.status = 'assigned'
		UNION ALL
		SELECT 'candidate', NULL, c.name, o.id, o.starts_at, o.ends_at, true
		FROM applications mine
		JOIN candidates c ON c.organization_id = org() AND c.id = mine.candidate_id
		JOIN applications a ON a.organization_id = org() AND a.candidate_id = mine.candidate_id
		JOIN others o ON o.application_id = a.id AND o.known
		WHERE mine.organization_id = org() AND mine.id = application
	)
	SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'user_id', f.user_id,
		'name', f.name, 'interview_id', CASE WHEN f.known THEN f.id END,
		'starts_at', json_time(f.starts_at), 'ends_at', json_time(f.ends_at))
		ORDER BY f.starts_at, f.kind, f.user_id, f.id), '[]') FROM found f);
END $$;

-- ---- handovers --------------------------------------------------------------------------------

-- What an interviewer asks the next stages to look into: the one thing that passes before they
-- submit. Each interviewer of an interview has a note of their own, so that colleagues of the same
-- interview learn nothing of each other.
CREATE TABLE handovers (
	organization_id uuid NOT NULL,
	interview_id    uuid NOT NULL,
	author_id       uuid NOT NULL,
	application_id  uuid NOT NULL,
	stage_id        uuid NOT NULL,
	note            text NOT NULL CHECK (char_length(note) BETWEEN 1 AND 4000),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, interview_id, author_id),
	CONSTRAINT handovers_interviewer_fkey FOREIGN KEY (organization_id, interview_id, author_id)
		REFERENCES interview_interviewers (organization_id, interview_id, user_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);
CREATE INDEX handovers_application ON handovers (organization_id, application_id, stage_id);
CREATE TRIGGER handovers_not_erased BEFORE INSERT OR UPDATE ON handovers
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();

-- Does a note tell a rating or a verdict, as far as a pattern can see?
CREATE FUNCTION names_rating(note text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
	note ~* '\m[1-5]([.,]\d+)?\s*(/|of|out of)\s*(5|five)\M'
	OR note ~* '\m[1-5]\s*(-\s*)?(stars?|points?)\M'
	OR note ~* '\m(rat(e|ed|es|ing)|scor(e|ed|es|ing)|graded?)\M\W+(\w+\W+){0,3}?[1-5]\M'
	OR note ~* '\m(strong|clear|definite)[ _-]+(yes|no|hire)\M'
	OR note ~* '\m(no|not|do not|don''t|would|should)[ _-]+hire\M';

-- A note is open to its author; to the interviewers of later stages, unless they owe a scorecard in
-- the stage that it comes from; and to whoever may read that stage's scorecards.
CREATE VIEW readable_handovers WITH (security_invoker = true) AS
	SELECT h.* FROM handovers h
	WHERE h.organization_id = org()
		AND ((h.author_id = actor() AND actor_kind() = 'user')
			OR EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = h.organization_id
				AND r.application_id = h.application_id AND r.stage_id = h.stage_id)
			OR (EXISTS (SELECT FROM interview_interviewers ii
					JOIN interviews i ON i.organization_id = ii.organization_id
						AND i.id = ii.interview_id
					JOIN stages mine ON mine.organization_id = ii.organization_id
						AND mine.id = ii.stage_id
					JOIN stages theirs ON theirs.organization_id = h.organization_id
						AND theirs.id = h.stage_id
					WHERE ii.organization_id = h.organization_id
						AND ii.application_id = h.application_id AND ii.user_id = actor()
						AND ii.part = 'interviewer' AND ii.status = 'assigned'
						AND i.status = 'scheduled' AND theirs.position < mine.position)
				AND NOT EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = h.organization_id
						AND o.application_id = h.application_id AND o.stage_id = h.stage_id)));

-- ---- erasure ----------------------------------------------------------------------------------

CREATE POLICY erasure ON handovers TO assay_owner USING (organization_id = org());

CREATE FUNCTION erase_candidate_flow(candidate uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	DELETE FROM handovers h USING applications a
	WHERE h.organization_id = org() AND a.organization_id = org() AND a.id = h.application_id
		AND a.candidate_id = candidate;
END $$;
REVOKE ALL ON FUNCTION erase_candidate_flow(uuid) FROM PUBLIC;

-- Follows from the erasure itself, whoever carries it out.
CREATE FUNCTION candidate_erased_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM erase_candidate_flow(NEW.id);
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erased_flow AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION candidate_erased_flow();

-- ---- rights -----------------------------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['handovers']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;
GRANT SELECT ON readable_handovers TO assay_app;
