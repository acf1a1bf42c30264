-- The closed fit is out of date only where it changes.
--
-- Of an application that was open before and stays open nothing is in that fit, so nothing is to be
-- computed anew when somebody is waited for in another's place, once more, or before programs only.
-- It was said nevertheless, if there was a scorecard already: a program that cancels an interview, or
-- schedules another, could tell by that whether anybody had submitted.

-- Whether anybody is waited for but by this row; where a stage is given, but also by what this person
-- ended in it, or had ended for them: by a scorecard that was there, that may have been settled.
CREATE FUNCTION owed_besides(application uuid, interview uuid, person uuid, stage uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
		WHERE ii.organization_id = org() AND ii.application_id = application
			AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND (ii.interview_id, ii.user_id) <> (interview, person)
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = ii.organization_id
				AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id
				AND s.status = 'submitted')
			AND ((i.status = 'scheduled' AND u.status = 'active')
				OR (i.cancelled_by = ii.user_id
					AND (ii.user_id, ii.stage_id) IS DISTINCT FROM (person, stage)
					AND NOT EXISTS (SELECT FROM scorecards s
					WHERE s.organization_id = ii.organization_id AND s.author_id = ii.user_id
						AND s.application_id = application AND s.stage_id = ii.stage_id
						AND s.status = 'submitted'
						AND s.submitted_at > coalesce(i.cancelled_at, i.updated_at)))))
		OR EXISTS (SELECT FROM standing_waits w WHERE w.organization_id = org()
			AND w.application_id = application
			AND (w.user_id, w.stage_id) IS DISTINCT FROM (person, stage));
END $$;

-- As in 0019. One that is taken back opens the application if it was the last; any other change
-- touches what is closed then.
CREATE OR REPLACE FUNCTION scorecard_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM note_model_change(NEW.application_id, NEW.author_id, true,
		CASE WHEN current_user = 'assay_owner' THEN true
			WHEN NEW.status = 'submitted' THEN NOT is_open_to_model(NEW.application_id)
			ELSE NOT owed_besides(NEW.application_id, NEW.interview_id, NEW.author_id, NEW.stage_id)
		END);
	RETURN NULL;
END $$;

-- Whoever comes to be waited for opens the application, unless it is open already, or they come in the
-- place of somebody who was waited for. Any other change closes it, touches what is closed, or nothing.
CREATE OR REPLACE FUNCTION assignment_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	ii interview_interviewers := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
	comes boolean := TG_OP <> 'DELETE' AND NEW.part = 'interviewer' AND NEW.status = 'assigned';
BEGIN
	IF TG_OP = 'UPDATE' THEN
		comes := comes AND (OLD.part, OLD.status) <> ('interviewer', 'assigned')
			AND NEW.substitute_for IS NOT DISTINCT FROM OLD.substitute_for;
	ELSIF TG_OP = 'INSERT' THEN
		comes := comes AND NEW.substitute_for IS NULL;
	END IF;
	IF NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
		AND s.application_id = ii.application_id AND s.status = 'submitted')
	THEN
		RETURN NULL;
	END IF;
	IF NOT (CASE WHEN comes THEN owed_besides(ii.application_id, ii.interview_id, ii.user_id, NULL)
		ELSE is_open_to_model(ii.application_id) END)
	THEN
		PERFORM note_model_change(ii.application_id, NULL, false, true);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION interview_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
		AND s.application_id = NEW.application_id AND s.status = 'submitted')
		AND NOT is_open_to_model(NEW.application_id)
	THEN
		PERFORM note_model_change(NEW.application_id, NULL, false, true);
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION wait_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT is_open_to_model(OLD.application_id) THEN
		PERFORM note_model_change(OLD.application_id, NULL, false, true);
	END IF;
	RETURN NULL;
END $$;

-- Triggers of one row go by their names: what a program ended is to be known before it is asked for.
ALTER TRIGGER interviewers_changed_model ON interview_interviewers RENAME TO interviewers_model_changed;
ALTER TRIGGER interviews_changed_model ON interviews RENAME TO interviews_model_changed;
DROP FUNCTION others_owe(uuid, uuid, uuid);

-- ---- where interviewers disagree ----------------------------------------------------------------

-- What the model finds of it is stored with its results from its second version on.
ALTER TABLE scorecards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE model_changes NO FORCE ROW LEVEL SECURITY;
INSERT INTO model_changes (organization_id, touches_full, touches_closed)
SELECT o.organization_id, true, true FROM organizations o
WHERE o.statistical_model AND EXISTS (SELECT FROM scorecards s
	WHERE s.organization_id = o.organization_id AND s.status = 'submitted');
ALTER TABLE model_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE scorecards FORCE ROW LEVEL SECURITY;
