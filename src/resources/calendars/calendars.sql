-- Calendars: secret addresses of feeds, interviews as calendars show them, and busy times.

-- fragment: feed_columns
@.role_id, @.created_at, @.version

-- fragment: open_role
-- None is asked for, or one that the asker may read.
(:role_id::uuid IS NULL OR EXISTS (SELECT FROM visible_roles r WHERE r.organization_id = :org
	AND r.id = :role_id::uuid))

-- ---- feeds --------------------------------------------------------------------------------------

-- name: calendar_feed_get :read
SELECT f.created_at FROM organizations o
LEFT JOIN calendar_feeds f ON f.organization_id = o.organization_id AND f.user_id = :actor::uuid
	AND f.role_id IS NOT DISTINCT FROM :role_id::uuid
WHERE o.organization_id = :org AND {open_role o};

-- name: calendar_feed_create :write plain
-- A new address takes the place of the one before.
WITH new AS (
	INSERT INTO calendar_feeds AS f (organization_id, user_id, role_id, digest)
	SELECT :org, :actor::uuid, :role_id::uuid, :digest
	FROM organizations o WHERE o.organization_id = :org AND {open_role o}
	ON CONFLICT (organization_id, user_id, role_id) DO UPDATE SET digest = excluded.digest,
		created_at = now(), version = f.version + 1
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'calendar_feed.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT new.created_at FROM new;

-- name: calendar_feed_remove :write
WITH cur AS (
	SELECT o.organization_id FROM organizations o WHERE o.organization_id = :org AND {open_role o}
), gone AS (
	DELETE FROM calendar_feeds f USING cur
	WHERE f.organization_id = :org AND f.user_id = :actor::uuid
		AND f.role_id IS NOT DISTINCT FROM :role_id::uuid
	RETURNING f.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'calendar_feed.removed', g.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', g.version) FROM gone g
), out AS (
	SELECT NULL::text AS refusal, cur.organization_id AS id FROM cur
)
SELECT * FROM out;

-- name: calendar_feed_find :read
SELECT f.user_id, u.token_version, f.role_id FROM calendar_feeds f
JOIN users u ON u.organization_id = f.organization_id AND u.id = f.user_id AND u.status = 'active'
WHERE f.organization_id = :org AND f.digest = :digest;

-- ---- interviews as calendars show them ----------------------------------------------------------

-- fragment: entry
-- As the interface shows it to whoever asks: a pseudonym and no place where they judge anonymously.
@.id, @.version - 1 AS sequence, @.status = 'cancelled' AS cancelled, @.starts_at,
	calendar_time(@.starts_at) AS starts,
	calendar_time(@.starts_at + make_interval(mins => @.duration_minutes)) AS ends,
	calendar_time(shown_day(@.application_id, @.updated_at)) AS stamp,
	mail_time(@.starts_at, @.time_zone) AS local_time, shown_candidate(@.application_id) AS candidate,
	CASE WHEN is_masked(@.application_id) THEN NULL ELSE @.location END AS place,
	(SELECT r.title FROM roles r WHERE r.organization_id = :org AND r.id = @.role_id) AS role,
	(SELECT t.name FROM stages t WHERE t.organization_id = :org AND t.id = @.stage_id) AS stage,
	(SELECT string_agg(u.name, ', ' ORDER BY u.name, u.id) FROM interview_interviewers ii
	 JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
	 WHERE ii.organization_id = :org AND ii.interview_id = @.id AND ii.status = 'assigned') AS people,
	EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = :org
		AND ii.interview_id = @.id AND ii.user_id = :actor::uuid AND ii.status = 'assigned') AS mine

-- name: calendar_entry_get :read
SELECT o.name AS organization, NULL::text AS calendar,
	CASE WHEN i.starts_at IS NULL THEN 'interview_without_time' END AS refusal, {entry i}
FROM interviews i JOIN organizations o ON o.organization_id = i.organization_id
WHERE i.organization_id = :org AND i.id = :interview_id
	AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org AND v.id = i.id);

-- name: calendar_feed_mine :read
SELECT o.name AS organization, NULL::text AS calendar, e.*
FROM organizations o
LEFT JOIN LATERAL (SELECT {entry i}
	FROM interview_interviewers mine
	JOIN interviews i ON i.organization_id = mine.organization_id AND i.id = mine.interview_id
	WHERE mine.organization_id = :org AND mine.user_id = :actor::uuid AND mine.status = 'assigned'
		AND i.starts_at > now() - interval '90 days'
	ORDER BY i.starts_at, i.id LIMIT 1000) e ON true
WHERE o.organization_id = :org;

-- name: calendar_feed_role :read
-- No row: whoever made the feed may not read the role any more.
SELECT o.name AS organization, r.title AS calendar, e.*
FROM organizations o
JOIN visible_roles r ON r.organization_id = o.organization_id AND r.id = :role_id::uuid
LEFT JOIN LATERAL (SELECT {entry i}
	FROM interviews i
	WHERE i.organization_id = :org AND i.role_id = r.id AND i.starts_at > now() - interval '90 days'
		AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org AND v.id = i.id)
	ORDER BY i.starts_at, i.id LIMIT 1000) e ON true
WHERE o.organization_id = :org;

-- ---- when people are busy -----------------------------------------------------------------------

-- name: busy_calendar_get :read
SELECT b.host, coalesce(b.state, 'none') AS state, b.problem, b.read_at, b.created_at
FROM organizations o
LEFT JOIN busy_calendars b ON b.organization_id = o.organization_id AND b.user_id = :actor::uuid
WHERE o.organization_id = :org;

-- name: busy_calendar_put :write
WITH gone AS (
	DELETE FROM busy_times t WHERE t.organization_id = :org AND t.user_id = :actor::uuid
), new AS (
	INSERT INTO busy_calendars AS b (organization_id, user_id, url, host)
	VALUES (:org, :actor::uuid, :url, :host)
	ON CONFLICT (organization_id, user_id) DO UPDATE SET url = excluded.url, host = excluded.host,
		state = 'waiting', problem = NULL, failures = 0, read_at = NULL, next_at = now(),
		created_at = now(), version = b.version + 1
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'busy_calendar.updated', new.user_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT NULL::text AS refusal, new.host, new.state, new.problem, new.read_at, new.created_at FROM new
)
SELECT * FROM out;

-- name: busy_calendar_remove :write
WITH gone AS (
	DELETE FROM busy_calendars b WHERE b.organization_id = :org AND b.user_id = :actor::uuid
	RETURNING b.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'busy_calendar.removed', g.user_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', g.version) FROM gone g
), out AS (
	SELECT NULL::text AS refusal, o.organization_id AS id FROM organizations o
	WHERE o.organization_id = :org
)
SELECT * FROM out;

-- name: user_busy :read
-- For who plans interviews, and of oneself: from when to when, never what.
WITH asked AS (
	SELECT u.id, CASE
			WHEN NOT (u.id = :actor::uuid OR actor_level() IN ('admin', 'recruiter', 'client')
				OR EXISTS (SELECT FROM hiring_team_members m WHERE m.organization_id = :org
					AND m.user_id = :actor::uuid AND m.part = 'hiring_manager')) THEN 'forbidden'
			WHEN :to::timestamptz <= :from::timestamptz
				OR :to::timestamptz > :from::timestamptz + interval '31 days' THEN 'busy_span'
		END AS refusal
	FROM users u WHERE u.organization_id = :org AND u.id = :user_id
)
SELECT k.refusal, b.starts_at, b.ends_at, b.source
FROM asked k
LEFT JOIN LATERAL (
	SELECT i.starts_at, i.starts_at + make_interval(mins => i.duration_minutes) AS ends_at,
		'interview' AS source
	FROM interview_interviewers ii
	JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
	WHERE ii.organization_id = :org AND ii.user_id = k.id AND ii.status = 'assigned'
		AND i.status = 'scheduled' AND i.starts_at < :to::timestamptz
		AND i.starts_at + make_interval(mins => i.duration_minutes) > :from::timestamptz
		AND i.id IS DISTINCT FROM :except_interview_id::uuid
	UNION ALL
	SELECT c.starts_at, c.ends_at, 'calendar'
	FROM busy_in_calendars(ARRAY[k.id], :from::timestamptz, :to::timestamptz) c
) b ON k.refusal IS NULL
ORDER BY b.starts_at, b.source;
