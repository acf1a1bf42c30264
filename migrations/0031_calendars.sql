-- Calendars: the secret addresses under which people subscribe to interviews, and the calendars of their
-- own that say when they are busy. Of such a calendar nothing is kept but from when to when.

-- ---- feeds --------------------------------------------------------------------------------------

-- One for each person, and one for each person and role: what it shows is what that person may read.
CREATE TABLE calendar_feeds (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	user_id         uuid NOT NULL,
	role_id         uuid,
	-- Of the address, which is shown once.
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT calendar_feeds_one UNIQUE NULLS NOT DISTINCT (organization_id, user_id, role_id),
	CONSTRAINT calendar_feeds_digest UNIQUE (organization_id, digest),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE,
	FOREIGN KEY (organization_id, role_id) REFERENCES roles ON DELETE CASCADE
);
CREATE INDEX calendar_feeds_role ON calendar_feeds (organization_id, role_id);

-- ---- busy times ---------------------------------------------------------------------------------

-- next_at: when it is next to be read; while it is being read, the end of the reader's lease.
CREATE TABLE busy_calendars (
	organization_id uuid NOT NULL,
	user_id         uuid NOT NULL,
	url             text NOT NULL CHECK (char_length(url) BETWEEN 8 AND 2000),
	-- What its owner is shown of the address.
	host            text NOT NULL CHECK (char_length(host) <= 255),
	state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'read', 'failing')),
	problem         text CHECK (char_length(problem) <= 40),
	failures        integer NOT NULL DEFAULT 0,
	read_at         timestamptz,
	next_at         timestamptz NOT NULL DEFAULT now(),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, user_id),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE,
	CHECK ((state = 'failing') = (problem IS NOT NULL))
);
CREATE INDEX busy_calendars_next ON busy_calendars (next_at);

CREATE TABLE busy_times (
	organization_id uuid NOT NULL,
	user_id         uuid NOT NULL,
	starts_at       timestamptz NOT NULL,
	ends_at         timestamptz NOT NULL,
	PRIMARY KEY (organization_id, user_id, starts_at),
	FOREIGN KEY (organization_id, user_id) REFERENCES busy_calendars ON DELETE CASCADE,
	CHECK (ends_at > starts_at)
);

-- What a calendar said longer ago than a day is not relied on.
CREATE FUNCTION busy_in_calendars(people uuid[], since timestamptz, until timestamptz)
RETURNS TABLE (user_id uuid, starts_at timestamptz, ends_at timestamptz) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT t.user_id, t.starts_at, t.ends_at
	FROM busy_calendars b
	JOIN busy_times t ON t.organization_id = b.organization_id AND t.user_id = b.user_id
	WHERE b.organization_id = org() AND b.user_id = ANY (people)
		AND b.read_at > now() - interval '1 day' AND t.starts_at < until AND t.ends_at > since;
END $$;

-- Takes a calendar for so long; no row: another has it, its owner has left, or it is not due.
CREATE FUNCTION busy_calendar_take(organization uuid, person uuid, lease interval)
RETURNS TABLE (url text, version bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	RETURN QUERY
	UPDATE busy_calendars b SET next_at = now() + CASE WHEN u.status = 'active' THEN lease
		ELSE interval '1 day' END
	FROM users u
	WHERE b.organization_id = organization AND b.user_id = person AND b.next_at <= now()
		AND u.organization_id = b.organization_id AND u.id = b.user_id
	RETURNING CASE WHEN u.status = 'active' THEN b.url END, b.version;
END $$;

-- What reading it came to: the periods, or why there are none. Of an address that was changed
-- meanwhile nothing is kept. One that fails is asked ever more rarely, up to six hours.
CREATE FUNCTION busy_calendar_done(organization uuid, person uuid, of_version bigint, why text,
	periods jsonb, again interval) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	UPDATE busy_calendars b SET problem = why,
		state = CASE WHEN why IS NULL THEN 'read' ELSE 'failing' END,
		failures = CASE WHEN why IS NULL THEN 0 ELSE b.failures + 1 END,
		read_at = CASE WHEN why IS NULL THEN now() ELSE b.read_at END,
		next_at = now() + CASE WHEN why IS NULL THEN again
			ELSE least(again * power(2, least(b.failures, 10)), interval '6 hours') END
	WHERE b.organization_id = organization AND b.user_id = person AND b.version = of_version;
	IF FOUND AND why IS NULL THEN
		DELETE FROM busy_times t WHERE t.organization_id = organization AND t.user_id = person;
		INSERT INTO busy_times (organization_id, user_id, starts_at, ends_at)
		SELECT organization, person, to_timestamp((p.value ->> 0)::bigint),
			to_timestamp((p.value ->> 1)::bigint)
		FROM jsonb_array_elements(periods) AS p(value);
	END IF;
END $$;

-- Who of it is elsewhere at that time: in another interview, or by their own calendar.
CREATE OR REPLACE FUNCTION interview_conflicts(self uuid, application uuid, starts timestamptz,
	minutes integer, people uuid[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
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
		UNION ALL
		SELECT 'calendar', b.user_id, u.name, NULL, b.starts_at, b.ends_at, false
		FROM busy_in_calendars(people, starts, ends) b
		JOIN users u ON u.organization_id = org() AND u.id = b.user_id
	)
	SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.kind, 'user_id', f.user_id,
		'name', f.name, 'interview_id', CASE WHEN f.known THEN f.id END,
		'starts_at', json_time(f.starts_at), 'ends_at', json_time(f.ends_at))
		ORDER BY f.starts_at, f.kind, f.user_id, f.id), '[]') FROM found f);
END $$;

-- ---- invitations --------------------------------------------------------------------------------

-- A moment as calendars write it.
CREATE FUNCTION calendar_time(t timestamptz) RETURNS text LANGUAGE sql STABLE
	RETURN to_char(t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"');

-- What the calendar part of a message about an interview is made of, beside what the message says.
CREATE FUNCTION mail_calendar(organization uuid, message uuid)
RETURNS TABLE (id uuid, sequence bigint, starts text, ends text, cancelled boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	RETURN QUERY SELECT i.id, i.version - 1, calendar_time(i.starts_at),
		calendar_time(i.starts_at + make_interval(mins => i.duration_minutes)),
		m.template = 'interview_cancelled'
	FROM mail_messages m
	JOIN interviews i ON i.organization_id = m.organization_id AND i.id = m.object_id
	WHERE m.organization_id = organization AND m.id = message AND i.starts_at IS NOT NULL
		AND m.template IN ('interview_candidate', 'interview_interviewer', 'interview_cancelled');
END $$;

-- ---- row-level security and rights --------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['calendar_feeds', 'busy_calendars', 'busy_times'] LOOP
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

-- The worker looks for what is due, and knows no address.
CREATE POLICY worker ON busy_calendars FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id, user_id, next_at) ON busy_calendars TO assay_worker;

CALL keep_plans_steady();
CALL let_resets_empty();
