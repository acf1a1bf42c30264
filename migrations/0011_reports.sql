-- Reports, my work, saved views, preferences, and the list of the audit.

-- ---- whose numbers ----------------------------------------------------------------------------

-- Roles that the actor may have reports on: recruiters, admins and programs all that they may know
-- of, anyone else those whose hiring manager they are.
CREATE VIEW reportable_roles WITH (security_invoker = true) AS
	SELECT r.* FROM visible_roles r
	WHERE r.organization_id = org()
		AND (actor_level() IN ('admin', 'recruiter', 'client', 'system')
			OR (SELECT m.part = 'hiring_manager' FROM hiring_team_members m
				WHERE m.organization_id = r.organization_id AND m.role_id = r.id
					AND m.user_id = actor()));

-- Scorecards that are late: an hour after the interview's end it is due. Only where the actor may
-- know who has submitted, and never for programs: what they mirror would tell a blind colleague.
CREATE VIEW overdue_scorecards WITH (security_invoker = true) AS
	SELECT o.organization_id, o.interview_id, o.application_id, o.stage_id, o.user_id, i.role_id,
		i.starts_at, scorecard_due_at(i.starts_at, i.duration_minutes) AS due_at
	FROM owed_scorecards o
	JOIN interviews i ON i.organization_id = o.organization_id AND i.id = o.interview_id
	WHERE o.organization_id = org() AND actor_kind() = 'user'
		AND scorecard_due_at(i.starts_at, i.duration_minutes) < now()
		AND (o.user_id = actor() OR (SELECT true FROM readable_stages s
			WHERE s.organization_id = o.organization_id AND s.application_id = o.application_id
				AND s.stage_id = o.stage_id));

-- Numbers of a report, as they are written.
CREATE FUNCTION four_decimals(x double precision) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN trim_scale(round(x::numeric, 4));
CREATE FUNCTION in_days(t interval) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (extract(epoch FROM t) / 86400)::double precision;
CREATE FUNCTION in_hours(t interval) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (extract(epoch FROM t) / 3600)::double precision;

CREATE INDEX application_moves_recent ON application_moves (organization_id, created_at DESC, id DESC);
CREATE INDEX applications_stuck ON applications (organization_id, updated_at, id)
	WHERE status = 'active' AND archived_at IS NULL;

-- ---- what a person has set up for themselves --------------------------------------------------

CREATE TABLE saved_views (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	owner_id        uuid NOT NULL,
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
	list            text NOT NULL CHECK (list IN ('roles', 'candidates', 'applications', 'interviews',
		'scorecards', 'reports')),
	-- The list's query parameters: {"status": "active", …}.
	query           jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(query) = 'object'),
	shared          boolean NOT NULL DEFAULT false,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT saved_views_name_key UNIQUE (organization_id, owner_id, list, name),
	FOREIGN KEY (organization_id, owner_id) REFERENCES users
);
CREATE INDEX saved_views_list ON saved_views (organization_id, created_at DESC, id DESC);

CREATE TABLE user_preferences (
	organization_id      uuid NOT NULL,
	user_id              uuid NOT NULL,
	theme                text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
	language             text NOT NULL DEFAULT 'en' CHECK (language ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
	single_key_shortcuts boolean NOT NULL DEFAULT true,
	time_zone            text NOT NULL DEFAULT 'UTC' CHECK (char_length(time_zone) BETWEEN 1 AND 64),
	-- 1 is what everyone begins with, without a row.
	version              bigint NOT NULL DEFAULT 2,
	updated_at           timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, user_id),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);

-- ---- the audit --------------------------------------------------------------------------------

CREATE INDEX events_object ON events (organization_id, object_id, id DESC);

-- The first id of that moment, a minute allowed for: ids and times are taken one after the other.
CREATE FUNCTION first_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (lpad(to_hex(greatest(0, least(extract(epoch FROM at) * 1000, 281474976710655))::bigint),
		12, '0') || repeat('0', 20))::uuid;

-- ---- erasure ----------------------------------------------------------------------------------

CREATE POLICY erasure ON saved_views TO assay_owner USING (organization_id = org());

-- A view may search for someone by name. It goes with them: what is left of it would find nobody.
-- Runs within erase_candidate, while the names are still known.
CREATE FUNCTION erase_candidate_views() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM saved_views v
	WHERE v.organization_id = OLD.organization_id
		AND EXISTS (SELECT FROM unnest(ARRAY[OLD.name, OLD.email, OLD.phone, OLD.id::text]
				|| (SELECT array_agg(a.id::text) FROM applications a
					WHERE a.organization_id = OLD.organization_id AND a.candidate_id = OLD.id)
				|| regexp_split_to_array(btrim(OLD.name), '\s+')) AS said
			WHERE char_length(said) > 2
				AND strpos(fold(v.name || ' ' || (SELECT coalesce(string_agg(q.value, ' '), '')
					FROM jsonb_each_text(v.query) AS q)), fold(said)) > 0);
	DELETE FROM idempotency_keys k
	WHERE k.organization_id = OLD.organization_id AND strpos(k.scope, '/v1/saved_views') > 0;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_views AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_views();

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['saved_views', 'user_preferences'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;
GRANT SELECT ON reportable_roles, overdue_scorecards TO assay_app;

-- What was decided this week.
CREATE INDEX application_moves_decided ON application_moves (organization_id, created_at DESC, id DESC)
	WHERE to_status IN ('rejected', 'offered', 'hired', 'offer_declined');
-- Whose time a role takes.
CREATE INDEX interviews_role ON interviews (organization_id, role_id, created_at);
