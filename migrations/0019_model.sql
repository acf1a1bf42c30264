-- What the statistical model found, kept per organization, and what waits to be worked into it.
--
-- There are two fits. `full` has every submitted scorecard; `closed` leaves out the applications for
-- which anybody still owes one. Whoever owes a scorecard anywhere, and every API client, is shown the
-- second: neither it, nor that it is out of date, changes when a colleague submits on an application
-- that is open. Nothing here names anyone: ids and figures only.

ALTER TABLE organizations ADD COLUMN statistical_model boolean NOT NULL DEFAULT true,
	ADD COLUMN version bigint NOT NULL DEFAULT 1,
	ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

-- The fits that are shown. Their results carry the fit's id, so that all of them change at once.
CREATE TABLE model_fits (
	organization_id uuid NOT NULL REFERENCES organizations,
	kind            text NOT NULL CHECK (kind IN ('full', 'closed')),
	id              uuid NOT NULL DEFAULT new_id(),
	model_version   integer NOT NULL CHECK (model_version >= 1),
	inputs_hash     text NOT NULL CHECK (inputs_hash ~ '^[0-9a-f]{64}$'),
	summary         jsonb NOT NULL,
	computed_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, kind)
);

-- Of each application, and of each role how its applications compare.
CREATE TABLE model_results (
	organization_id uuid NOT NULL REFERENCES organizations,
	fit_id          uuid NOT NULL,
	object_id       uuid NOT NULL,
	result          jsonb NOT NULL,
	computed_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, fit_id, object_id)
);

-- What has happened since: added in the transaction of the change, taken away with the fit that has
-- it. `touches_…` say which fit is out of date by it. Without an application it concerns all.
CREATE TABLE model_changes (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	application_id  uuid,
	interviewer_id  uuid,
	touches_full    boolean NOT NULL,
	touches_closed  boolean NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX model_changes_full ON model_changes (organization_id) WHERE touches_full;
CREATE INDEX model_changes_closed ON model_changes (organization_id) WHERE touches_closed;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['model_fits', 'model_results', 'model_changes'] LOOP
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
CREATE POLICY erasure ON organizations FOR SELECT TO assay_owner USING (organization_id = org());
-- Whoever refits looks for organizations that have something waiting, and enters each.
CREATE POLICY worker ON model_changes FOR SELECT TO assay_worker USING (true);
GRANT SELECT ON model_changes TO assay_worker;

-- ---- what is open -----------------------------------------------------------------------------

-- As anyone_owes, of anybody else than this person, and but for this interview.
CREATE FUNCTION others_owe(application uuid, person uuid, interview uuid) RETURNS boolean
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
						AND s.status = 'submitted'))));
END $$;

-- All of them at once: the condition of anyone_owes, for whoever loads the ratings.
CREATE FUNCTION open_applications() RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
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
					AND o.status = 'submitted')));
END $$;

-- Which fit the actor is shown. Looks at the actor's own assignments and scorecards, and at nobody
-- else's. A shadow never reads the others', so what they shadow must not change anything either.
CREATE FUNCTION shown_fit() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN actor_kind() IS DISTINCT FROM 'user' THEN 'closed'
		WHEN EXISTS (SELECT FROM my_owed_interviews o
			WHERE o.organization_id = org() AND (o.independence <> 'open'
				OR EXISTS (SELECT FROM applications a JOIN hiring_team_members m
					ON m.organization_id = a.organization_id AND m.role_id = a.role_id
					WHERE a.organization_id = o.organization_id AND a.id = o.application_id
						AND m.user_id = actor() AND m.part = 'hiring_manager')))
			OR (actor_level() = 'member' AND EXISTS (SELECT FROM interview_interviewers ii
				WHERE ii.organization_id = org() AND ii.user_id = actor() AND ii.part = 'shadow'))
		THEN 'closed' ELSE 'full' END;
END $$;

-- ---- what changes -----------------------------------------------------------------------------

-- Nothing is noted where the model is off.
CREATE FUNCTION note_model_change(application uuid, interviewer uuid, full_too boolean, closed_too boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO model_changes (organization_id, application_id, interviewer_id, touches_full, touches_closed)
	SELECT o.organization_id, application, interviewer, full_too, closed_too
	FROM organizations o WHERE o.organization_id = org() AND o.statistical_model;
END $$;

-- The closed fit is touched only where nobody else owes: then the application closes, opens, or is
-- closed and changes. Erasure may not look at interviews, and touches both.
CREATE FUNCTION scorecard_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM note_model_change(NEW.application_id, NEW.author_id, true, current_user = 'assay_owner'
		OR NOT others_owe(NEW.application_id, NEW.author_id, NULL));
	RETURN NULL;
END $$;
CREATE TRIGGER scorecards_made_model AFTER INSERT ON scorecards
	FOR EACH ROW WHEN (NEW.status = 'submitted') EXECUTE FUNCTION scorecard_changes_model();
CREATE TRIGGER scorecards_changed_model AFTER UPDATE OF status, ratings ON scorecards
	FOR EACH ROW WHEN ((OLD.status = 'submitted' OR NEW.status = 'submitted')
		AND (OLD.status <> NEW.status OR OLD.ratings <> NEW.ratings))
	EXECUTE FUNCTION scorecard_changes_model();

-- Who is waited for decides what is open. Of no account while there is no scorecard to count.
CREATE FUNCTION assignment_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	ii interview_interviewers := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	IF EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
		AND s.application_id = ii.application_id AND s.status = 'submitted')
	THEN
		PERFORM note_model_change(ii.application_id, NULL, false,
			NOT others_owe(ii.application_id, ii.user_id, NULL));
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER interviewers_changed_model AFTER INSERT OR DELETE OR UPDATE OF status, part
	ON interview_interviewers FOR EACH ROW EXECUTE FUNCTION assignment_changes_model();

CREATE FUNCTION interview_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM scorecards s WHERE s.organization_id = org()
		AND s.application_id = NEW.application_id AND s.status = 'submitted')
	THEN
		PERFORM note_model_change(NEW.application_id, NULL, false,
			NOT others_owe(NEW.application_id, NULL, NEW.id));
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER interviews_changed_model AFTER UPDATE OF status ON interviews
	FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION interview_changes_model();

-- Another role is another pool and other weights; another rubric, other weights; a leaver is waited
-- for no more; and after an erasure everything is computed anew.
CREATE FUNCTION all_changes_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM note_model_change(NULL, NULL, true, true);
	RETURN NULL;
END $$;
CREATE TRIGGER applications_changed_model AFTER UPDATE OF role_id ON applications
	FOR EACH ROW WHEN (OLD.role_id <> NEW.role_id) EXECUTE FUNCTION all_changes_model();
CREATE TRIGGER roles_changed_model AFTER UPDATE OF rubric_version_id ON roles
	FOR EACH ROW WHEN (OLD.rubric_version_id IS DISTINCT FROM NEW.rubric_version_id)
	EXECUTE FUNCTION all_changes_model();
CREATE TRIGGER users_changed_model AFTER UPDATE OF status ON users
	FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION all_changes_model();
CREATE TRIGGER candidates_erased_model AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION all_changes_model();

-- Off: what was found is gone with the switch. On: everything is to be computed.
CREATE FUNCTION organization_switches_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM model_changes c WHERE c.organization_id = org();
	DELETE FROM model_results r WHERE r.organization_id = org();
	DELETE FROM model_fits f WHERE f.organization_id = org();
	PERFORM note_model_change(NULL, NULL, true, true);
	RETURN NULL;
END $$;
CREATE TRIGGER organizations_switched_model AFTER UPDATE OF statistical_model ON organizations
	FOR EACH ROW WHEN (OLD.statistical_model <> NEW.statistical_model)
	EXECUTE FUNCTION organization_switches_model();

-- What was rated before there was a model.
ALTER TABLE scorecards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE model_changes NO FORCE ROW LEVEL SECURITY;
INSERT INTO model_changes (organization_id, touches_full, touches_closed)
SELECT DISTINCT s.organization_id, true, true FROM scorecards s WHERE s.status = 'submitted';
ALTER TABLE model_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE scorecards FORCE ROW LEVEL SECURITY;

-- ---- what is shown ----------------------------------------------------------------------------

-- Of an application or a role, from the fit that the actor is shown. Whether the actor may read the
-- scorecards of that application is the asker's question.
CREATE FUNCTION shown_model(object uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	shown CONSTANT text := shown_fit();
BEGIN
	RETURN (SELECT jsonb_build_object('on', o.statistical_model, 'kind', shown, 'fit_id', f.id,
			'fit', f.summary, 'version', f.model_version, 'inputs_hash', f.inputs_hash,
			'computed_at', to_char(coalesce(r.computed_at, f.computed_at) AT TIME ZONE 'UTC',
				'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			'updating', CASE WHEN shown = 'full' THEN EXISTS (SELECT FROM model_changes c
					WHERE c.organization_id = org() AND c.touches_full)
				ELSE EXISTS (SELECT FROM model_changes c
					WHERE c.organization_id = org() AND c.touches_closed) END,
			'result', r.result)
		FROM organizations o
		LEFT JOIN model_fits f ON f.organization_id = o.organization_id AND f.kind = shown
		LEFT JOIN model_results r ON r.organization_id = f.organization_id AND r.fit_id = f.id
			AND r.object_id = object
		WHERE o.organization_id = org() LIMIT 1);
END $$;

-- To whom the scorecards are not open nothing is said but whether there is a model.
CREATE FUNCTION withheld_model() RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('on', o.statistical_model, 'withheld', true)
		FROM organizations o WHERE o.organization_id = org() LIMIT 1);
END $$;

-- A sandbox that is reset has none of it.
CALL let_resets_empty();
