-- What people have set up for themselves: views of lists, kept under a name, and preferences.

-- fragment: view_columns
@.id, @.name, @.list, @.query, @.shared, @.owner_id, (SELECT u.name FROM users u
		WHERE u.organization_id = :org AND u.id = @.owner_id) AS owner_name,
	@.version, @.created_at, @.updated_at

-- name: saved_views_list :list
SELECT {view_columns v}
	/*sort_key*/
FROM saved_views v
WHERE v.organization_id = :org AND (v.shared OR v.owner_id = :actor::uuid)
-- filter list: AND v.list = :list
-- filter mine: AND (v.owner_id = :actor::uuid) = :mine::boolean
-- sort created_at timestamptz: v.created_at
-- sort name text asc: v.name
-- id: v.id

-- name: saved_view_get :read
SELECT {view_columns v} FROM saved_views v
WHERE v.organization_id = :org AND v.id = :saved_view_id AND (v.shared OR v.owner_id = :actor::uuid);

-- name: saved_view_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, list text, query jsonb, shared boolean)
), new AS (
	INSERT INTO saved_views (organization_id, owner_id, name, list, query, shared)
	SELECT :org, :actor::uuid, b.name, b.list, coalesce(b.query, '{}'), coalesce(b.shared, false)
	FROM body b
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'saved_view.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'shared', new.shared) FROM new
), out AS (
	SELECT NULL::text AS refusal, {view_columns new} FROM new
)
SELECT * FROM out;

-- name: saved_view_update :write
-- A parameter of the query that is null is taken out, the others stay: a merge patch.
WITH cur AS (
	SELECT v AS was, v.id, v.version,
		CASE WHEN v.owner_id <> :actor::uuid AND actor_level() <> 'admin' THEN 'forbidden'
			WHEN :if_match::bigint <> v.version THEN 'precondition_failed'
		END AS refusal
	FROM saved_views v WHERE v.organization_id = :org AND v.id = :saved_view_id
		AND (v.shared OR v.owner_id = :actor::uuid)
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.list, p.shared,
		jsonb_strip_nulls((cur.was).query || coalesce(:body::jsonb -> 'query', '{}')) AS query
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE saved_views v SET name = p.name, list = p.list, shared = p.shared, query = p.query,
		version = v.version + 1, updated_at = now()
	FROM patch p WHERE v.organization_id = :org AND v.id = p.id
	RETURNING v.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'saved_view.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'shared', new.shared) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {view_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: saved_view_delete :write
WITH cur AS (
	SELECT v.id, v.version,
		CASE WHEN v.owner_id <> :actor::uuid AND actor_level() <> 'admin' THEN 'forbidden'
			WHEN :if_match::bigint <> v.version THEN 'precondition_failed'
		END AS refusal
	FROM saved_views v WHERE v.organization_id = :org AND v.id = :saved_view_id
		AND (v.shared OR v.owner_id = :actor::uuid)
	FOR UPDATE
), gone AS (
	DELETE FROM saved_views v USING cur
	WHERE v.organization_id = :org AND v.id = cur.id AND cur.refusal IS NULL
	RETURNING v.id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'saved_view.deleted', gone.id, :actor_kind, :actor::uuid, :request_id FROM gone
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, cur.version, gone.id
	FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;

-- name: preferences_get :read
-- Who has set nothing yet has the defaults, as version 1.
SELECT coalesce(p.theme, 'system') AS theme, coalesce(p.language, 'en') AS language,
	coalesce(p.single_key_shortcuts, true) AS single_key_shortcuts,
	coalesce(p.time_zone, 'UTC') AS time_zone, coalesce(p.mail_reminders, true) AS mail_reminders,
	coalesce(p.mail_mentions, true) AS mail_mentions, coalesce(p.version, 1) AS version, p.updated_at
FROM users u
LEFT JOIN user_preferences p ON p.organization_id = u.organization_id AND p.user_id = u.id
WHERE u.organization_id = :org AND u.id = :actor;

-- name: preferences_update :write
-- Null goes back to the default.
WITH body AS (
	SELECT :body::jsonb AS sent, b.theme, b.language, b.single_key_shortcuts, b.time_zone,
		b.mail_reminders, b.mail_mentions
	FROM jsonb_to_record(:body::jsonb) AS b(theme text, language text, single_key_shortcuts boolean,
		time_zone text, mail_reminders boolean, mail_mentions boolean)
), cur AS (
	SELECT p.theme, p.language, p.single_key_shortcuts, p.time_zone, p.mail_reminders,
		p.mail_mentions, p.version FROM user_preferences p
	WHERE p.organization_id = :org AND p.user_id = :actor
	FOR UPDATE
), asked AS (
	SELECT coalesce(c.version, 1) AS version,
		CASE WHEN b.sent ? 'theme' THEN b.theme ELSE c.theme END AS theme,
		CASE WHEN b.sent ? 'language' THEN b.language ELSE c.language END AS language,
		CASE WHEN b.sent ? 'single_key_shortcuts' THEN b.single_key_shortcuts
			ELSE c.single_key_shortcuts END AS single_key_shortcuts,
		CASE WHEN b.sent ? 'time_zone' THEN b.time_zone ELSE c.time_zone END AS time_zone,
		CASE WHEN b.sent ? 'mail_reminders' THEN b.mail_reminders
			ELSE c.mail_reminders END AS mail_reminders,
		CASE WHEN b.sent ? 'mail_mentions' THEN b.mail_mentions
			ELSE c.mail_mentions END AS mail_mentions,
		CASE WHEN :if_match::bigint <> coalesce(c.version, 1) THEN 'precondition_failed'
			WHEN NOT known_time_zone(b.time_zone) THEN 'unknown_time_zone' END AS refusal
	FROM body b LEFT JOIN cur c ON true
), new AS (
	INSERT INTO user_preferences AS p (organization_id, user_id, theme, language,
		single_key_shortcuts, time_zone, mail_reminders, mail_mentions)
	SELECT :org, :actor::uuid, coalesce(k.theme, 'system'), coalesce(k.language, 'en'),
		coalesce(k.single_key_shortcuts, true), coalesce(k.time_zone, 'UTC'),
		coalesce(k.mail_reminders, true), coalesce(k.mail_mentions, true)
	FROM asked k WHERE k.refusal IS NULL
	ON CONFLICT (organization_id, user_id) DO UPDATE SET theme = excluded.theme,
		language = excluded.language, single_key_shortcuts = excluded.single_key_shortcuts,
		time_zone = excluded.time_zone, mail_reminders = excluded.mail_reminders,
		mail_mentions = excluded.mail_mentions, version = p.version + 1, updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'preferences.updated', new.user_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT k.refusal, k.version AS refusal_version, new.theme, new.language,
		new.single_key_shortcuts, new.time_zone, new.mail_reminders, new.mail_mentions,
		new.version, new.updated_at
	FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;
