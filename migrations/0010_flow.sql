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

-- The names of the IANA database, as they are written there. pg_timezone_names reads a thousand files
-- each time; this remembers what it said.
CREATE TABLE time_zones (name text PRIMARY KEY);
INSERT INTO time_zones SELECT z.name FROM pg_timezone_names z
	WHERE z.name ~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$' AND z.name !~ '^(posix|right)/';
GRANT SELECT ON time_zones TO assay_app, assay_backup;

CREATE FUNCTION known_time_zone(zone text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
	IF EXISTS (SELECT FROM time_zones z WHERE z.name = zone) THEN
		RETURN true;
	END IF;
	-- Made since: PostgreSQL refuses nearly all that is no zone before the files are read.
	IF zone !~ '^[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$' OR zone ~ '^(posix|right)/' THEN
		RETURN false;
	END IF;
	PERFORM now() AT TIME ZONE zone;
	RETURN EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = zone);
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN false;
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

-- ---- when scorecards fall due -----------------------------------------------------------------

-- For each interviewer of a scheduled interview: when their scorecard falls due (an hour after its
-- end) and when there is next something to say. sent: 0 nothing yet, 1 that it is due, then one more
-- for each reminder.
CREATE TABLE scorecards_due (
	organization_id uuid NOT NULL,
	interview_id    uuid NOT NULL,
	user_id         uuid NOT NULL,
	due_at          timestamptz NOT NULL,
	sent            integer NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND 11),
	next_at         timestamptz,
	PRIMARY KEY (organization_id, interview_id, user_id),
	FOREIGN KEY (organization_id, interview_id, user_id)
		REFERENCES interview_interviewers (organization_id, interview_id, user_id) ON DELETE CASCADE
);
CREATE INDEX scorecards_due_next ON scorecards_due (next_at) WHERE next_at IS NOT NULL;

CREATE FUNCTION scorecard_due_at(starts timestamptz, minutes integer) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE RETURN starts + make_interval(mins => minutes + 60);

-- Follows the interview and its interviewers. A time that stays is left alone, so that nothing is
-- said twice; another time begins anew. What ends the waiting is seen when the moment comes.
CREATE FUNCTION follow_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO scorecards_due AS d (organization_id, interview_id, user_id, due_at, next_at)
	SELECT i.organization_id, i.id, ii.user_id, t.due_at, t.due_at
	FROM interviews i
	JOIN interview_interviewers ii ON ii.organization_id = i.organization_id AND ii.interview_id = i.id
	CROSS JOIN LATERAL (SELECT scorecard_due_at(i.starts_at, i.duration_minutes) AS due_at) t
	WHERE i.organization_id = NEW.organization_id
		AND i.id = (to_jsonb(NEW) ->> CASE TG_TABLE_NAME WHEN 'interviews' THEN 'id'
			ELSE 'interview_id' END)::uuid
		AND (TG_TABLE_NAME = 'interviews' OR ii.user_id = (to_jsonb(NEW) ->> 'user_id')::uuid)
		AND i.status = 'scheduled' AND i.starts_at IS NOT NULL
		AND ii.part = 'interviewer' AND ii.status = 'assigned'
	ON CONFLICT (organization_id, interview_id, user_id) DO UPDATE
		SET due_at = EXCLUDED.due_at, next_at = EXCLUDED.next_at, sent = 0
		WHERE d.due_at <> EXCLUDED.due_at;
	RETURN NULL;
END $$;
CREATE TRIGGER interviews_due AFTER UPDATE OF starts_at, duration_minutes ON interviews
	FOR EACH ROW EXECUTE FUNCTION follow_due();
CREATE TRIGGER interview_interviewers_due AFTER INSERT OR UPDATE ON interview_interviewers
	FOR EACH ROW EXECUTE FUNCTION follow_due();

-- The same time of day on the first working day, as the zone counts days, that is after a moment.
CREATE FUNCTION next_working_day(t timestamptz, zone text, after timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
	local timestamp := t AT TIME ZONE zone;
BEGIN
	LOOP
		local := local + interval '1 day';
		IF extract(isodow FROM local) < 6 AND local AT TIME ZONE zone > after THEN
			RETURN local AT TIME ZONE zone;
		END IF;
	END LOOP;
END $$;

-- Says what is due by now: once that a scorecard is, then daily on working days, ten times at most.
-- For any number of nodes at once: each takes rows that no other holds. Returns how many rows it
-- took. Run as assay_worker.
CREATE FUNCTION remind_scorecards(at timestamptz DEFAULT now(), most integer DEFAULT 500)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	d record;
	o record;
	taken integer := 0;
BEGIN
	FOR d IN SELECT * FROM scorecards_due s WHERE s.next_at <= at
		ORDER BY s.next_at LIMIT most FOR UPDATE SKIP LOCKED
	LOOP
		taken := taken + 1;
		SELECT i.application_id, i.stage_id, coalesce(i.time_zone, 'UTC') AS zone,
			(SELECT c.submitted_at FROM scorecards c
			 WHERE c.organization_id = d.organization_id AND c.interview_id = d.interview_id
				AND c.author_id = d.user_id AND c.status = 'submitted') AS submitted_at
		INTO o FROM interviews i
		JOIN interview_interviewers ii ON ii.organization_id = i.organization_id
			AND ii.interview_id = i.id AND ii.user_id = d.user_id
		JOIN users u ON u.organization_id = i.organization_id AND u.id = d.user_id
		JOIN applications a ON a.organization_id = i.organization_id AND a.id = i.application_id
		WHERE i.organization_id = d.organization_id AND i.id = d.interview_id
			AND i.status = 'scheduled' AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND u.status = 'active' AND a.status IN ('active', 'paused', 'offered')
			AND scorecard_due_at(i.starts_at, i.duration_minutes) = d.due_at;
		IF NOT FOUND OR o.submitted_at + interval '10 minutes' <= at THEN
			UPDATE scorecards_due s SET next_at = NULL
			WHERE s.organization_id = d.organization_id AND s.interview_id = d.interview_id
				AND s.user_id = d.user_id;
		ELSIF o.submitted_at IS NOT NULL THEN
			-- It may still be taken back.
			UPDATE scorecards_due s SET next_at = o.submitted_at + interval '10 minutes'
			WHERE s.organization_id = d.organization_id AND s.interview_id = d.interview_id
				AND s.user_id = d.user_id;
		ELSE
			INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, data)
			VALUES (d.organization_id,
				CASE d.sent WHEN 0 THEN 'scorecard.due' ELSE 'scorecard.reminded' END,
				d.interview_id, o.application_id, 'system', jsonb_build_object(
					'user_id', d.user_id, 'stage_id', o.stage_id,
					'due_at', json_time(d.due_at), 'reminder', d.sent));
			UPDATE scorecards_due s SET sent = d.sent + 1, next_at = CASE WHEN d.sent < 10
				THEN next_working_day(d.next_at, o.zone, at) END
			WHERE s.organization_id = d.organization_id AND s.interview_id = d.interview_id
				AND s.user_id = d.user_id;
		END IF;
	END LOOP;
	RETURN taken;
END $$;
REVOKE ALL ON FUNCTION remind_scorecards(timestamptz, integer) FROM PUBLIC;

-- ---- applications -----------------------------------------------------------------------------

-- What an application can become: pause and resume, reject, withdraw, offer, hire, decline, reopen.
CREATE FUNCTION next_statuses(status text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE status
		WHEN 'active' THEN '{paused,offered,rejected,withdrawn}'::text[]
		WHEN 'paused' THEN '{active,rejected,withdrawn}'
		WHEN 'offered' THEN '{active,hired,offer_declined,rejected,withdrawn}'
		WHEN 'offer_declined' THEN '{active,offered}'
		WHEN 'hired' THEN '{active,withdrawn}'
		ELSE '{active}'
	END;

-- Why one ends, in words that can be counted; beside them stands a text.
CREATE FUNCTION reason_codes(status text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE status
		WHEN 'rejected' THEN '{skills,experience,communication,values,compensation,location,'
			'work_permit,no_response,duplicate,other_candidate,role_filled,role_cancelled,other}'::text[]
		WHEN 'withdrawn' THEN '{other_offer,compensation,role,location,timing,process,personal,'
			'no_response,other}'
		WHEN 'offer_declined' THEN '{other_offer,compensation,role,location,timing,process,personal,'
			'no_response,other}'
		ELSE '{}'
	END;

ALTER TABLE application_moves ADD COLUMN reason_code text CHECK (char_length(reason_code) <= 40);
ALTER TABLE applications ADD COLUMN transferred_from_id uuid,
	ADD FOREIGN KEY (organization_id, transferred_from_id) REFERENCES applications;
CREATE INDEX applications_transferred ON applications (organization_id, transferred_from_id)
	WHERE transferred_from_id IS NOT NULL;

-- How many were hired. Counted where it changes, so that two hires at once cannot both take the
-- last opening.
ALTER TABLE roles ADD COLUMN hired integer NOT NULL DEFAULT 0 CHECK (hired >= 0);

-- The views with the columns that their tables have now.
CREATE OR REPLACE VIEW visible_roles WITH (security_invoker = true) AS
	SELECT r.* FROM roles r
	WHERE r.organization_id = org()
		AND (NOT r.confidential OR actor_level() IN ('admin', 'system')
			OR (SELECT true FROM hiring_team_members m
				WHERE m.organization_id = r.organization_id AND m.role_id = r.id
					AND m.user_id = actor()));
CREATE OR REPLACE VIEW visible_applications WITH (security_invoker = true) AS
	SELECT a.* FROM applications a
	WHERE a.organization_id = org()
		AND (actor_level() IN ('admin', 'system')
			OR (actor_level() IN ('recruiter', 'client')
				AND (SELECT NOT r.confidential FROM roles r
					WHERE r.organization_id = a.organization_id AND r.id = a.role_id))
			OR (SELECT true FROM hiring_team_members m
				WHERE m.organization_id = a.organization_id AND m.role_id = a.role_id
					AND m.user_id = actor())
			OR (SELECT true FROM interview_interviewers ii
				WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
					AND ii.user_id = actor() LIMIT 1));

-- ---- mid or senior ----------------------------------------------------------------------------

-- What tells a senior from a mid-level engineer (guide 002), in our words.
CREATE FUNCTION level_differentiators() RETURNS TABLE (code text, place integer, statement text,
	source text) LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 7 AS $$
	VALUES ('designs_systems', 1, 'Designs a system from nothing, and writes it down so that others can build it', '002'),
		('foresees_failure', 2, 'Sees how things will fail before they do', '002'),
		('weighs_build_or_buy', 3, 'Weighs building against buying by what the business needs', '002'),
		('leads_discussions', 4, 'Leads a technical discussion so that everyone can follow', '002'),
		('clears_ambiguity', 5, 'Takes vague requirements and brings them to a clear question', '002'),
		('debugs_distributed', 6, 'Finds the cause of a fault that spans several systems', '002'),
		('grows_engineers', 7, 'Makes other engineers better', '002')
$$;

-- Who observed which of them on a candidate, and what they saw. Treated as a scorecard is: theirs
-- alone until they owe nothing on the application any more.
CREATE TABLE level_observations (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	observer_id     uuid NOT NULL,
	differentiator  text NOT NULL CHECK (char_length(differentiator) <= 40),
	observed        boolean NOT NULL,
	evidence        text CHECK (char_length(evidence) <= 4000),
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, application_id, observer_id, differentiator),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, observer_id) REFERENCES users
);
CREATE TRIGGER level_observations_not_erased BEFORE INSERT OR UPDATE ON level_observations
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE POLICY erasure ON level_observations TO assay_owner USING (organization_id = org());

-- One's own, and others' once the asker may read the application's scorecards and owes none, and
-- the observer owes none. A program reads them once nobody owes one, or the application has ended.
CREATE VIEW visible_level_observations WITH (security_invoker = true) AS
	SELECT l.* FROM level_observations l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	WHERE l.organization_id = org() AND ((l.observer_id = actor() AND actor_kind() = 'user')
		OR (EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = l.organization_id
				AND r.application_id = l.application_id)
			AND CASE WHEN actor_kind() = 'user' THEN
				NOT EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id AND o.independence <> 'open')
				AND NOT EXISTS (SELECT FROM owed_scorecards o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id AND o.user_id = l.observer_id)
			ELSE a.status NOT IN ('active', 'paused')
				OR NOT EXISTS (SELECT FROM owed_scorecards o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id)
			END));

-- Does the recommended level reach the one that the role asks for? The differentiators tell mid from
-- senior and nothing above, so that of a lead they can only say no.
CREATE FUNCTION level_reaches(recommended text, wanted text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE
		WHEN recommended IS NULL OR wanted IS NULL THEN NULL
		WHEN wanted ~* '(lead|staff|principal|architect)' THEN CASE WHEN recommended <> 'Senior' THEN false END
		WHEN wanted ~* 'senior' THEN recommended = 'Senior'
		WHEN wanted ~* '(mid|intermediate|junior|entry)' THEN true
	END;

-- ---- scorecards and decisions -----------------------------------------------------------------

-- Who typed a scorecard in for its author; the judgement stays the author's.
ALTER TABLE scorecards ADD COLUMN entered_by uuid,
	ADD FOREIGN KEY (organization_id, entered_by) REFERENCES users;
-- could_see of such a revision is what whoever typed it could see.
ALTER TABLE scorecard_revisions ADD COLUMN entered_by uuid;
CREATE OR REPLACE VIEW visible_scorecards WITH (security_invoker = true) AS
	SELECT s.* FROM readable_stages r
	JOIN scorecards s ON s.organization_id = r.organization_id
		AND s.application_id = r.application_id AND s.stage_id = r.stage_id
	WHERE s.organization_id = org() AND s.status = 'submitted'
		AND (actor_kind() = 'client' OR s.author_id <> actor())
	UNION ALL
	SELECT s.* FROM scorecards s
	WHERE s.organization_id = org() AND s.author_id = actor() AND actor_kind() = 'user';

-- Who decided together; decided_by recorded it. Empty: whoever recorded it.
ALTER TABLE decisions ADD COLUMN deciders uuid[] NOT NULL DEFAULT '{}'
	CHECK (cardinality(deciders) <= 20);

-- ---- erasure ----------------------------------------------------------------------------------

CREATE POLICY erasure ON handovers TO assay_owner USING (organization_id = org());

CREATE FUNCTION erase_candidate_flow(candidate uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	DELETE FROM handovers h USING applications a
	WHERE h.organization_id = org() AND a.organization_id = org() AND a.id = h.application_id
		AND a.candidate_id = candidate;
	UPDATE level_observations l SET evidence = NULL FROM applications a
	WHERE l.organization_id = org() AND l.evidence IS NOT NULL AND a.organization_id = org()
		AND a.id = l.application_id AND a.candidate_id = candidate;
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
	FOREACH name IN ARRAY ARRAY['handovers', 'scorecards_due', 'level_observations']
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
GRANT SELECT ON readable_handovers, visible_level_observations TO assay_app;

-- The worker sees of each organization what tells whether a scorecard is still waited for, and
-- nothing of what stands in one.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['interviews', 'interview_interviewers', 'users', 'applications',
		'scorecards']
	LOOP
		EXECUTE format('CREATE POLICY worker ON %I FOR SELECT TO assay_worker USING (true)', name);
	END LOOP;
END $$;
CREATE POLICY worker ON scorecards_due TO assay_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON events FOR INSERT TO assay_worker WITH CHECK (actor_kind = 'system');
GRANT SELECT (organization_id, id, application_id, stage_id, status, starts_at, duration_minutes,
	time_zone) ON interviews TO assay_worker;
GRANT SELECT (organization_id, interview_id, user_id, part, status) ON interview_interviewers
	TO assay_worker;
GRANT SELECT (organization_id, id, status) ON users, applications TO assay_worker;
GRANT SELECT (organization_id, interview_id, author_id, status, submitted_at) ON scorecards
	TO assay_worker;
GRANT SELECT, UPDATE ON scorecards_due TO assay_worker;
GRANT INSERT ON events TO assay_worker;
GRANT EXECUTE ON FUNCTION remind_scorecards(timestamptz, integer) TO assay_worker;
