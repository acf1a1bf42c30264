-- Who may read what: entering a transaction, sign-in lookups, independence, row-level security.

-- Binds a transaction to its organization and actor. Raises AS401 when the actor is not, or no
-- longer, what the token says; the error aborts the transaction, and with it all that follows.
CREATE FUNCTION enter(organization uuid, kind text, who uuid, token_version bigint, request text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	level text;
	said text; -- assigned, which is evaluated at once; PERFORM would run a query
BEGIN
	said := set_config('assay.organization', organization::text, true);
	said := set_config('assay.actor', coalesce(who::text, ''), true);
	said := set_config('assay.actor_kind', kind, true);
	said := set_config('assay.request_id', coalesce(request, ''), true);
	IF kind = 'user' THEN
		SELECT u.access_level INTO level FROM users u
		WHERE u.organization_id = organization AND u.id = who AND u.status = 'active'
			AND u.token_version = enter.token_version;
	ELSIF kind = 'client' THEN
		SELECT 'client' INTO level FROM api_clients c
		WHERE c.organization_id = organization AND c.id = who AND c.revoked_at IS NULL
			AND (c.expires_at IS NULL OR c.expires_at > now())
			AND c.token_version = enter.token_version;
	ELSIF kind = 'system' THEN
		level := 'system';
	END IF;
	IF level IS NULL THEN
		RAISE EXCEPTION 'the actor may not enter' USING ERRCODE = 'AS401';
	END IF;
	said := set_config('assay.level', level, true);
END $$;

-- Sign-in knows an e-mail address and not yet an organization: the one look across tenants.
-- Runs as assay_signin, whose policies allow it to read users and organizations.
CREATE FUNCTION sign_in_candidates(address text, organization text)
RETURNS TABLE (organization_id uuid, organization_name text, organization_slug text, user_id uuid,
	password_hash text, access_level text, token_version bigint, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 2 AS $$
	SELECT u.organization_id, o.name, o.slug, u.id, u.password_hash, u.access_level,
		u.token_version, u.status
	FROM users u JOIN organizations o USING (organization_id)
	WHERE u.email_key = lower(address)
		AND (organization IS NULL OR o.slug = organization OR o.organization_id::text = organization)
	ORDER BY o.created_at LIMIT 20
$$;

-- ---- independence: the one place where it is decided ------------------------------------------
--
-- readable_stages: the (application, stage) pairs whose submitted scorecards the actor may read.
-- It looks at assignments and at the actor's own scorecards only, never at a colleague's, so that
-- neither its rows nor its cost change when a colleague submits.
--
-- A person owes a scorecard for an interview that they are assigned to, that is not cancelled, and
-- for which they have not submitted. What they owe closes, by the independence of its stage, the
-- whole application, that stage, or nothing. For a hiring manager it closes the stage itself and
-- every stage that is not behind the application yet, even once that has ended: they could end it
-- themselves, read, and open it again.
--
-- Nobody opens others' scorecards to themselves: the statements refuse to let people end what they
-- owe, and one that they cancelled themselves is no longer due but keeps others' closed, until they
-- submit for another interview of that stage or somebody else takes them off.
--
-- One's own scorecard is looked up by its key, in a scalar subquery: joined, a plan may walk all that
-- the actor ever wrote.

CREATE VIEW my_owed_interviews WITH (security_invoker = true) AS
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
					AND s.status = 'submitted' LIMIT 1) IS NULL));

-- Anyone's scorecards that are still waited for. Never shown to a blind person.
CREATE VIEW owed_scorecards WITH (security_invoker = true) AS
	SELECT ii.organization_id, ii.application_id, ii.stage_id, ii.interview_id, ii.user_id
	FROM interview_interviewers ii
	JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
	JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
	WHERE ii.organization_id = org()
		AND ii.part = 'interviewer' AND ii.status = 'assigned' AND i.status = 'scheduled'
		AND u.status = 'active'
		AND (SELECT s.status = 'submitted' FROM scorecards s
			WHERE s.organization_id = ii.organization_id AND s.interview_id = ii.interview_id
				AND s.author_id = ii.user_id) IS NOT TRUE;

CREATE VIEW readable_stages WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id, t.id AS stage_id
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	JOIN stages t ON t.organization_id = a.organization_id AND t.plan_id = a.plan_id
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	LEFT JOIN hiring_team_members m ON m.organization_id = a.organization_id
		AND m.role_id = a.role_id AND m.user_id = actor()
	WHERE a.organization_id = org()
	-- A confidential role exists for its team and admins only.
	AND (NOT r.confidential OR actor_level() = 'admin' OR m.user_id IS NOT NULL)
	AND CASE
		WHEN actor_kind() = 'client' THEN
			-- Outside eyes: once the stage is behind the application, or complete.
			a.status NOT IN ('active', 'paused') OR t.position < now_in.position
			OR NOT EXISTS (SELECT FROM owed_scorecards o
				WHERE o.organization_id = a.organization_id
					AND o.application_id = a.id AND o.stage_id = t.id)
		WHEN actor_kind() = 'user' THEN
			(actor_level() IN ('admin', 'recruiter') OR m.part IN ('hiring_manager', 'observer')
				-- An interviewer who neither has submitted nor still is to: a no-show, for
				-- one, or until a cancelled interview is held anew. They read nothing.
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
		ELSE false
	END;

-- One's own scorecards, drafts included, and the submitted ones of readable stages.
CREATE VIEW visible_scorecards WITH (security_invoker = true) AS
	SELECT s.* FROM readable_stages r
	JOIN scorecards s ON s.organization_id = r.organization_id
		AND s.application_id = r.application_id AND s.stage_id = r.stage_id
	WHERE s.organization_id = org() AND s.status = 'submitted'
		AND (actor_kind() = 'client' OR s.author_id <> actor())
	UNION ALL
	SELECT s.* FROM scorecards s
	WHERE s.organization_id = org() AND s.author_id = actor() AND actor_kind() = 'user';

-- In the views below, what is looked up row by row is a scalar subquery and not an EXISTS, which the
-- planner would turn into a hash of every row of the organization.

-- Roles that the actor may know of: a confidential one exists for its team and admins only.
CREATE VIEW visible_roles WITH (security_invoker = true) AS
	SELECT r.* FROM roles r
	WHERE r.organization_id = org()
		AND (NOT r.confidential OR actor_level() IN ('admin', 'system')
			OR (SELECT true FROM hiring_team_members m
				WHERE m.organization_id = r.organization_id AND m.role_id = r.id
					AND m.user_id = actor()));

-- Applications: recruiters, admins and clients see those of visible roles; members those of
-- roles whose team they are on, and those that they interview.
CREATE VIEW visible_applications WITH (security_invoker = true) AS
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

-- Candidates: all for recruiters, admins and clients; members see those of visible applications.
CREATE VIEW visible_candidates WITH (security_invoker = true) AS
	SELECT c.* FROM candidates c
	WHERE c.organization_id = org()
		AND (actor_level() IN ('admin', 'recruiter', 'client', 'system')
			OR (SELECT true FROM visible_applications a
				WHERE a.organization_id = c.organization_id AND a.candidate_id = c.id LIMIT 1));

-- A member's applications, found from what they are on: for lists, which must not walk past
-- everyone else's to find them.
CREATE VIEW my_applications WITH (security_invoker = true) AS
	SELECT a.id, a.candidate_id, a.organization_id FROM hiring_team_members m
	JOIN applications a ON a.organization_id = m.organization_id AND a.role_id = m.role_id
	WHERE m.organization_id = org() AND m.user_id = actor()
	UNION
	SELECT a.id, a.candidate_id, a.organization_id FROM interview_interviewers ii
	JOIN applications a ON a.organization_id = ii.organization_id AND a.id = ii.application_id
	WHERE ii.organization_id = org() AND ii.user_id = actor();

-- Functions that look into tables are in plpgsql, which plans once a connection: one in sql that
-- cannot be inlined is planned at every call.

-- May the actor change this role's plan, team and applications?
CREATE FUNCTION manages_role(role uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_level() IN ('admin', 'recruiter', 'client', 'system') THEN
		RETURN true;
	END IF;
	RETURN EXISTS (SELECT FROM hiring_team_members m
		WHERE m.organization_id = org() AND m.role_id = role AND m.user_id = actor()
			AND m.part = 'hiring_manager');
END $$;

-- A digest of a text about a candidate, under the candidate's own key.
CREATE FUNCTION candidate_digest(candidate uuid, content text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT encode(hmac(convert_to(content, 'UTF8'), k.key, 'sha256'), 'hex')
		FROM candidate_keys k WHERE k.organization_id = org() AND k.candidate_id = candidate);
END $$;

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOR name IN
		SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
			AND a.attname = 'organization_id' AND NOT a.attisdropped
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		IF name IN ('events', 'scorecard_revisions', 'decisions', 'application_moves') THEN
			EXECUTE format('GRANT SELECT, INSERT ON %I TO assay_app', name);
		ELSIF name IN ('event_seals') THEN
			EXECUTE format('GRANT SELECT ON %I TO assay_app', name);
		ELSE
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
		END IF;
	END LOOP;
END $$;

GRANT SELECT ON my_owed_interviews, owed_scorecards, readable_stages, visible_scorecards,
	visible_roles, visible_applications, visible_candidates, my_applications TO assay_app;

CREATE POLICY sign_in ON users FOR SELECT TO assay_signin USING (true);
CREATE POLICY sign_in ON organizations FOR SELECT TO assay_signin USING (true);
GRANT SELECT ON users, organizations TO assay_signin;
-- A new owner needs CREATE on the schema at that moment only.
GRANT CREATE ON SCHEMA public TO assay_signin;
ALTER FUNCTION sign_in_candidates(text, text) OWNER TO assay_signin;
REVOKE CREATE ON SCHEMA public FROM assay_signin;
REVOKE ALL ON FUNCTION sign_in_candidates(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_candidates(text, text) TO assay_app;

-- The sealer reads every organization's events and adds to the chain; it changes nothing else.
CREATE POLICY sealer ON events FOR SELECT TO assay_sealer USING (true);
CREATE POLICY sealer ON event_seals TO assay_sealer USING (true) WITH CHECK (true);
GRANT SELECT ON events TO assay_sealer;
GRANT SELECT, INSERT ON event_seals TO assay_sealer;

-- The queue's worker takes jobs of every organization, then enters the one it works for.
CREATE POLICY worker ON jobs TO assay_worker USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE, DELETE ON jobs TO assay_worker;
CREATE POLICY worker ON idempotency_keys TO assay_worker USING (true);
GRANT SELECT, DELETE ON idempotency_keys TO assay_worker;
