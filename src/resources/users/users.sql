-- Users: the people who sign in. A body may hold a password, so it is only ever read by member.

-- fragment: user_columns
@.id, @.name, @.email, @.access_level, @.status,
	CASE WHEN actor_level() <> 'member' THEN @.password_hash IS NOT NULL END AS has_password,
	@.version,
	CASE WHEN actor_level() <> 'member' THEN @.created_at END AS created_at,
	CASE WHEN actor_level() <> 'member' THEN @.updated_at END AS updated_at

-- fragment: user_names
CASE WHEN actor_level() <> 'member' THEN
		(SELECT coalesce(json_object_agg(x.source, x.external_id ORDER BY x.source), '{}')
		 FROM external_ids x WHERE x.organization_id = :org
			AND x.object_type = 'user' AND x.object_id = @.id) END

-- name: users_list :list
SELECT {user_columns u}, {user_names u} AS external_ids
	/*sort_key*/
FROM users u
WHERE u.organization_id = :org
-- filter status: AND u.status = :status
-- filter access_level: AND u.access_level = :access_level
-- filter updated_since: AND u.updated_at >= :updated_since::timestamptz
-- filter q: AND (position(' ' || lower(:q::text) IN ' ' || lower(u.name)) > 0
-- +	OR starts_with(u.email_key, lower(:q::text)))
-- sort created_at timestamptz: u.created_at
-- sort name text asc: u.name
-- id: u.id

-- name: user_get :read
SELECT {user_columns u}, {user_names u} AS external_ids
FROM users u WHERE u.organization_id = :org AND u.id = :user_id;

-- name: user_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(email text, name text, access_level text)
), new AS (
	INSERT INTO users (organization_id, email, name, access_level, password_hash)
	SELECT :org, b.email, b.name, b.access_level, :password_hash::text FROM body b
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'access_level', new.access_level) FROM new
), out AS (
	SELECT NULL::text AS refusal, {user_columns new}, '{}'::json AS external_ids FROM new
)
SELECT * FROM out;

-- name: user_update :write
-- Another access level or status puts the user's tokens out at once. Whoever may take an admin
-- away first locks all active admins, in one order, so that two admins cannot remove each other.
WITH body AS (
	SELECT b.*, coalesce(b.access_level <> 'admin', false)
		OR coalesce(b.status <> 'active', false) AS removes
	FROM json_to_record(:body::json) AS b(email text, name text, access_level text, status text)
), admins AS MATERIALIZED (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.access_level = 'admin' AND u.status = 'active'
		AND (SELECT body.removes FROM body)
	ORDER BY u.id FOR UPDATE
), others AS (
	SELECT count(*) AS count FROM admins WHERE admins.id <> :user_id::uuid
), cur AS (
	SELECT u.id, u.version, u.access_level, u.status,
		CASE WHEN :if_match::bigint <> u.version THEN 'precondition_failed'
			WHEN body.removes AND u.access_level = 'admin' AND u.status = 'active'
				AND others.count = 0 THEN 'last_admin'
		END AS refusal
	FROM body, others, users u WHERE u.organization_id = :org AND u.id = :user_id
	FOR UPDATE OF u
), new AS (
	UPDATE users u SET email = coalesce(b.email, u.email), name = coalesce(b.name, u.name),
		access_level = coalesce(b.access_level, u.access_level),
		status = coalesce(b.status, u.status),
		token_version = u.token_version + CASE WHEN b.access_level <> cur.access_level
			OR b.status <> cur.status THEN 1 ELSE 0 END,
		version = u.version + 1, updated_at = now()
	FROM cur, body b WHERE u.organization_id = :org AND u.id = cur.id AND cur.refusal IS NULL
	RETURNING u.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k),
			'access_level', new.access_level, 'status', new.status) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {user_columns new},
		{user_names new} AS external_ids
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: user_set_password :write plain
-- Puts all tokens of the user out. Not remembered under an Idempotency-Key: a repeat does the same.
WITH new AS (
	UPDATE users u SET password_hash = :password_hash, token_version = u.token_version + 1,
		version = u.version + 1, updated_at = now()
	WHERE u.organization_id = :org AND u.id = :user_id
	RETURNING u.id, u.version
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.password_set', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT new.id, new.version FROM new;

-- name: user_put_external :write
-- Creates or updates the user that another system calls by this name.
WITH body AS (
	SELECT b.*, coalesce(b.access_level <> 'admin', false)
		OR coalesce(b.status <> 'active', false) AS removes
	FROM json_to_record(:body::json) AS b(email text, name text, access_level text, status text)
), known AS (
	SELECT x.object_id AS id FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'user' AND x.source = :source AND x.external_id = :external_id
), admins AS MATERIALIZED (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.access_level = 'admin' AND u.status = 'active'
		AND (SELECT body.removes FROM body)
	ORDER BY u.id FOR UPDATE
), others AS (
	SELECT count(*) AS count FROM admins WHERE admins.id <> (SELECT known.id FROM known)
), cur AS (
	SELECT u.id, u.access_level, u.status,
		CASE WHEN body.removes AND u.access_level = 'admin' AND u.status = 'active'
			AND others.count = 0 THEN 'last_admin' END AS refusal
	FROM body, others, known, users u WHERE u.organization_id = :org AND u.id = known.id
	FOR UPDATE OF u
), changed AS (
	UPDATE users u SET email = b.email, name = b.name,
		access_level = coalesce(b.access_level, u.access_level),
		status = coalesce(b.status, u.status),
		token_version = u.token_version + CASE WHEN b.access_level <> cur.access_level
			OR b.status <> cur.status THEN 1 ELSE 0 END,
		version = u.version + 1, updated_at = now()
	FROM cur, body b WHERE u.organization_id = :org AND u.id = cur.id AND cur.refusal IS NULL
	RETURNING u.*
), made AS (
	INSERT INTO users (organization_id, email, name, access_level, status)
	SELECT :org, b.email, b.name, coalesce(b.access_level, 'member'), coalesce(b.status, 'active')
	FROM body b WHERE NOT EXISTS (SELECT FROM known)
	RETURNING *
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'user', :source, :external_id, made.id FROM made
), now_is AS (
	SELECT * FROM changed UNION ALL SELECT * FROM made
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN EXISTS (SELECT FROM made) THEN 'user.created' ELSE 'user.updated' END,
		n.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', n.version, 'source', :source::text,
			'access_level', n.access_level, 'status', n.status) FROM now_is n
), out AS (
	SELECT cur.refusal, NOT EXISTS (SELECT FROM known) AS _created, {user_columns n},
		CASE WHEN EXISTS (SELECT FROM known) THEN {user_names n}
			ELSE json_build_object(:source::text, :external_id::text) END AS external_ids
	FROM body LEFT JOIN cur ON true LEFT JOIN now_is n ON true
)
SELECT * FROM out;
