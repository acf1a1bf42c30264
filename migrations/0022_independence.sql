-- Independence: what could be told by differences, and what programs could open to themselves.

-- ---- what candidates say of themselves ----------------------------------------------------------

-- Counts of live answers told one by what an erasure, or a change of mind, took away. What is told
-- are sums of what fairness_blocks publishes, once and for ever.
SET LOCAL ROLE assay_demographics;
DROP FUNCTION demographics_counted(uuid);
DROP FUNCTION demographics_told(uuid);
SET LOCAL ROLE assay_owner;

-- ---- what people end of their own ---------------------------------------------------------------
--
-- Whoever cancels an interview of their own is kept from others' scorecards until they have judged in
-- that stage after all: by another interview, and since. What they gave before opened it, too, to
-- whoever interviews twice in a stage. Otherwise as in 0002 and 0008.

ALTER TABLE interviews ADD COLUMN cancelled_at timestamptz;

CREATE OR REPLACE VIEW my_owed_interviews WITH (security_invoker = true) AS
	SELECT ii.organization_id, ii.application_id, ii.stage_id, ii.interview_id, t.independence,
		i.status = 'scheduled' AS due
	FROM interview_interviewers ii
	JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
	JOIN stages t ON t.organization_id = ii.organization_id AND t.id = ii.stage_id
	WHERE ii.organization_id = org() AND ii.user_id = actor()
		AND ii.part = 'interviewer' AND ii.status = 'assigned'
		AND (SELECT s.status = 'submitted' FROM scorecards s
			WHERE s.organization_id = ii.organization_id AND s.interview_id = ii.interview_id
				AND s.author_id = actor()) IS NOT TRUE
		AND (i.status = 'scheduled' OR (i.cancelled_by = actor()
			AND (SELECT true FROM interview_interviewers o
				JOIN scorecards s ON s.organization_id = o.organization_id
					AND s.interview_id = o.interview_id AND s.author_id = o.user_id
				WHERE o.organization_id = ii.organization_id AND o.user_id = actor()
					AND o.application_id = ii.application_id AND o.stage_id = ii.stage_id
					AND s.status = 'submitted'
					AND s.submitted_at > coalesce(i.cancelled_at, i.updated_at) LIMIT 1) IS NULL));

CREATE OR REPLACE FUNCTION anyone_owes(application uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
		WHERE ii.organization_id = org() AND ii.application_id = application
			AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = ii.organization_id
				AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id
				AND s.status = 'submitted')
			AND ((i.status = 'scheduled' AND u.status = 'active')
				OR (i.cancelled_by = ii.user_id AND NOT EXISTS (SELECT FROM scorecards s
					WHERE s.organization_id = ii.organization_id AND s.author_id = ii.user_id
						AND s.application_id = application AND s.stage_id = ii.stage_id
						AND s.status = 'submitted'
						AND s.submitted_at > coalesce(i.cancelled_at, i.updated_at)))));
END $$;

-- ---- what programs end --------------------------------------------------------------------------
--
-- Outside eyes read a stage once nobody owes a scorecard in it any more. A program that may schedule
-- could see to that itself: cancel the interview, mark a no-show, take somebody off, read what is
-- sealed, and set it back. What a program ended is therefore still waited for before programs, until
-- whoever owed it submits in that stage after all, or a person ends it as well; and, as ever, a
-- stage that a person has left, or an application that a person has ended, is open to them.

CREATE TABLE ended_waits (
	organization_id uuid NOT NULL,
	interview_id    uuid NOT NULL,
	user_id         uuid NOT NULL,
	application_id  uuid NOT NULL,
	stage_id        uuid NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, interview_id, user_id),
	FOREIGN KEY (organization_id, interview_id) REFERENCES interviews,
	FOREIGN KEY (organization_id, user_id) REFERENCES users,
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages
);
CREATE INDEX ended_waits_application ON ended_waits (organization_id, application_id);
ALTER TABLE ended_waits ENABLE ROW LEVEL SECURITY;
ALTER TABLE ended_waits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON ended_waits TO assay_app USING (organization_id = org())
	WITH CHECK (organization_id = org());
CREATE POLICY backup ON ended_waits FOR SELECT TO assay_backup USING (true);
GRANT SELECT ON ended_waits TO assay_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON ended_waits TO assay_app;

-- Those that stand. A scorecard that was there before says nothing of the one that was ended.
CREATE VIEW standing_waits WITH (security_invoker = true) AS
	SELECT w.organization_id, w.interview_id, w.user_id, w.application_id, w.stage_id FROM ended_waits w
	WHERE w.organization_id = org()
		AND (SELECT true FROM scorecards s WHERE s.organization_id = w.organization_id
			AND s.application_id = w.application_id AND s.stage_id = w.stage_id
			AND s.author_id = w.user_id AND s.status = 'submitted'
			AND (s.interview_id = w.interview_id OR s.submitted_at > w.created_at) LIMIT 1) IS NOT TRUE;
-- What is waited for before programs.
CREATE VIEW owed_to_programs WITH (security_invoker = true) AS
	SELECT o.organization_id, o.application_id, o.stage_id FROM owed_scorecards o
	WHERE o.organization_id = org()
	UNION ALL
	SELECT w.organization_id, w.application_id, w.stage_id FROM standing_waits w
	WHERE w.organization_id = org();
GRANT SELECT ON standing_waits, owed_to_programs TO assay_app;

-- A substitute owes in the place of whom they replace, so nothing ends. What a person says of
-- somebody's part is their word on it.
CREATE FUNCTION assignment_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	ii interview_interviewers := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	IF actor_kind() = 'user' THEN
		DELETE FROM ended_waits w WHERE w.organization_id = org()
			AND w.interview_id = ii.interview_id AND w.user_id = ii.user_id;
	ELSIF actor_kind() = 'client' AND TG_OP <> 'INSERT' AND OLD.part = 'interviewer'
		AND OLD.status = 'assigned'
		AND (TG_OP = 'DELETE' OR NEW.part <> 'interviewer' OR NEW.status = 'no_show')
	THEN
		INSERT INTO ended_waits AS w (organization_id, interview_id, user_id, application_id, stage_id)
		SELECT org(), i.id, OLD.user_id, OLD.application_id, OLD.stage_id FROM interviews i
		WHERE i.organization_id = org() AND i.id = OLD.interview_id AND i.status = 'scheduled'
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
				AND s.interview_id = i.id AND s.author_id = OLD.user_id AND s.status = 'submitted')
		ON CONFLICT (organization_id, interview_id, user_id) DO UPDATE SET created_at = now();
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER interviewers_ended AFTER INSERT OR DELETE OR UPDATE OF status, part
	ON interview_interviewers FOR EACH ROW EXECUTE FUNCTION assignment_ended();

-- All of an interview's. (Programs end nobody's account.)
CREATE FUNCTION interview_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ended_waits AS w (organization_id, interview_id, user_id, application_id, stage_id)
	SELECT org(), NEW.id, ii.user_id, ii.application_id, ii.stage_id
	FROM interview_interviewers ii
	WHERE ii.organization_id = org() AND ii.interview_id = NEW.id AND ii.part = 'interviewer'
		AND ii.status = 'assigned'
		AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
			AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id
			AND s.status = 'submitted')
	ON CONFLICT (organization_id, interview_id, user_id) DO UPDATE SET created_at = now();
	RETURN NULL;
END $$;
CREATE TRIGGER interviews_ended AFTER UPDATE OF status ON interviews
	FOR EACH ROW WHEN (OLD.status = 'scheduled' AND NEW.status <> 'scheduled' AND actor_kind() = 'client')
	EXECUTE FUNCTION interview_ended();

-- As in 0017, by what is waited for before programs.
CREATE OR REPLACE VIEW independent_stages WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id, t.id AS stage_id,
		actor_kind() = 'user' AND actor_level() NOT IN ('admin', 'recruiter')
			AND coalesce(m.part, '') NOT IN ('hiring_manager', 'observer') AS as_interviewer
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	CROSS JOIN LATERAL (
		SELECT p.id, p.position FROM stages p
		WHERE p.organization_id = a.organization_id AND p.plan_id = a.plan_id
		UNION ALL
		SELECT l.stage_id, 0 FROM application_left_stages l
		WHERE l.organization_id = a.organization_id AND l.application_id = a.id) t
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	LEFT JOIN hiring_team_members m ON m.organization_id = a.organization_id
		AND m.role_id = a.role_id AND m.user_id = actor()
	WHERE a.organization_id = org()
	AND (NOT r.confidential OR actor_level() = 'admin' OR m.user_id IS NOT NULL)
	AND CASE
		WHEN actor_kind() = 'client' THEN
			NOT EXISTS (SELECT FROM owed_to_programs o
				WHERE o.organization_id = a.organization_id
					AND o.application_id = a.id AND o.stage_id = t.id)
			OR (a.status NOT IN ('active', 'paused') AND closed_by_person(a.id, true))
			OR (t.position < now_in.position AND closed_by_person(a.id, false))
		WHEN actor_kind() = 'user' THEN
			(actor_level() IN ('admin', 'recruiter') OR m.part IN ('hiring_manager', 'observer')
				OR EXISTS (SELECT FROM interview_interviewers ii
					JOIN interviews i ON i.organization_id = ii.organization_id
						AND i.id = ii.interview_id
					WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
						AND ii.user_id = actor() AND ii.part = 'interviewer'
						AND ((ii.status = 'assigned' AND i.status = 'scheduled')
							OR (SELECT s.status = 'submitted' FROM scorecards s
								WHERE s.organization_id = ii.organization_id
									AND s.interview_id = ii.interview_id
									AND s.author_id = actor()))))
			AND NOT EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = a.organization_id AND o.application_id = a.id
				AND CASE
					WHEN m.part = 'hiring_manager' THEN o.stage_id = t.id
						OR t.position >= coalesce(now_in.position, 0)
					WHEN o.independence = 'application' THEN true
					WHEN o.independence = 'stage' THEN o.stage_id = t.id
					ELSE false
				END)
			AND (SELECT true FROM my_masked_applications k
				WHERE k.organization_id = a.organization_id AND k.application_id = a.id
				LIMIT 1) IS NOT TRUE
		ELSE false
	END;

CREATE OR REPLACE VIEW visible_level_observations WITH (security_invoker = true) AS
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
			ELSE (a.status NOT IN ('active', 'paused') AND closed_by_person(a.id, true))
				OR NOT EXISTS (SELECT FROM owed_to_programs o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id)
			END));

-- The fit that programs are shown, and whoever owes a scorecard, waits for them, too: as in 0019.
CREATE OR REPLACE FUNCTION others_owe(application uuid, person uuid, interview uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
		WHERE ii.organization_id = org() AND ii.application_id = application
			AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND ii.user_id IS DISTINCT FROM person AND ii.interview_id IS DISTINCT FROM interview
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = ii.organization_id
				AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id
				AND s.status = 'submitted')
			AND ((i.status = 'scheduled' AND u.status = 'active')
				OR (i.cancelled_by = ii.user_id AND NOT EXISTS (SELECT FROM scorecards s
					WHERE s.organization_id = ii.organization_id AND s.author_id = ii.user_id
						AND s.application_id = application AND s.stage_id = ii.stage_id
						AND s.status = 'submitted'
						AND s.submitted_at > coalesce(i.cancelled_at, i.updated_at)))))
		OR EXISTS (SELECT FROM standing_waits w WHERE w.organization_id = org()
			AND w.application_id = application AND w.user_id IS DISTINCT FROM person);
END $$;

CREATE OR REPLACE FUNCTION open_applications() RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT DISTINCT ii.application_id
	FROM interview_interviewers ii
	JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
	JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
	LEFT JOIN scorecards s ON s.organization_id = ii.organization_id
		AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id AND s.status = 'submitted'
	WHERE ii.organization_id = org() AND ii.part = 'interviewer' AND ii.status = 'assigned'
		AND s.id IS NULL
		AND ((i.status = 'scheduled' AND u.status = 'active')
			OR (i.cancelled_by = ii.user_id AND NOT EXISTS (SELECT FROM scorecards o
				WHERE o.organization_id = ii.organization_id AND o.author_id = ii.user_id
					AND o.application_id = ii.application_id AND o.stage_id = ii.stage_id
					AND o.status = 'submitted'
					AND o.submitted_at > coalesce(i.cancelled_at, i.updated_at))))
	UNION SELECT w.application_id FROM standing_waits w WHERE w.organization_id = org();
END $$;

-- Is an application in the open, and so left out of that fit? Volatile, as anyone_owes.
CREATE FUNCTION is_open_to_model(application uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN anyone_owes(application) OR EXISTS (SELECT FROM standing_waits w
		WHERE w.organization_id = org() AND w.application_id = application);
END $$;

-- A person's word on it closes the application, if nothing else is waited for.
CREATE FUNCTION wait_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM note_model_change(OLD.application_id, NULL, false,
		NOT others_owe(OLD.application_id, OLD.user_id, NULL));
	RETURN NULL;
END $$;
CREATE TRIGGER ended_waits_model AFTER DELETE ON ended_waits
	FOR EACH ROW WHEN (actor_kind() = 'user') EXECUTE FUNCTION wait_changes_model();

-- ---- what is held on a candidate ----------------------------------------------------------------

-- As in 0021, of all whom they are or ever were one with: an export that was made of the one holds
-- the applications that a merge gave to the other.
CREATE OR REPLACE FUNCTION owes_on_candidate(candidate uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	application uuid;
BEGIN
	FOR application IN SELECT a.id FROM unnest(candidates_once_one(candidate)) AS p(id)
		JOIN applications a ON a.organization_id = org() AND a.candidate_id = p.id
	LOOP
		IF EXISTS (SELECT FROM my_owed_interviews o
			WHERE o.organization_id = org() AND o.application_id = application) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- ---- hidden events ------------------------------------------------------------------------------

-- As in 0015, each asked once for an application, or a scorecard, whose events follow each other:
-- else every hidden event costs as much as a look at all that is readable, which the time would tell
-- (and 500 of them take longer than a statement may). What is remembered ends with the transaction,
-- which has one actor.
CREATE OR REPLACE FUNCTION outcome_event_readable(application uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known CONSTANT text := current_setting('assay.outcome_readable', true);
	readable boolean;
BEGIN
	IF left(known, 36) = application::text THEN
		RETURN right(known, 1) = 't';
	END IF;
	readable := NOT EXISTS (SELECT FROM interviews i
		WHERE i.organization_id = org() AND i.application_id = application
			AND (SELECT true FROM readable_stages r WHERE r.organization_id = org()
				AND r.application_id = application AND r.stage_id = i.stage_id) IS NULL);
	PERFORM set_config('assay.outcome_readable', concat(application, readable), true);
	RETURN readable;
END $$;

CREATE OR REPLACE FUNCTION scorecard_event_readable(scorecard uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	known CONSTANT text := current_setting('assay.scorecard_readable', true);
	readable boolean;
BEGIN
	IF left(known, 36) = scorecard::text THEN
		RETURN right(known, 1) = 't';
	END IF;
	readable := EXISTS (SELECT FROM scorecards s JOIN readable_stages r
			ON r.organization_id = s.organization_id
			AND r.application_id = s.application_id AND r.stage_id = s.stage_id
		WHERE s.organization_id = org() AND s.id = scorecard);
	PERFORM set_config('assay.scorecard_readable', concat(scorecard, readable), true);
	RETURN readable;
END $$;

-- ---- plans in an organization that is new -------------------------------------------------------

-- Statistics list the commonest organizations; one that is not listed is taken to have a single row,
-- and then any index that begins with the organization looks as good as the one that finds the row:
-- a join of its first thousand events looked at each of them a thousand times. With one listed, all
-- others are taken to share what is left. Migrations that add tables call it, too.
CREATE PROCEDURE keep_plans_steady() LANGUAGE plpgsql AS $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT c.oid FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attstattarget <> 1
	LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN organization_id SET STATISTICS 1', name);
	END LOOP;
END $$;
CALL keep_plans_steady();

-- A sandbox that is reset has none of it.
CALL let_resets_empty();
