-- Sessions of people and tokens of programs. Run as the system: nobody is signed in yet.

-- name: sign_in_lookup :read
-- Runs without a tenant; the function is the one look across them.
SELECT organization_id, organization_name, organization_slug, user_id, password_hash, access_level,
	token_version, status
FROM sign_in_candidates(:email, :organization);

-- name: session_start :write plain
-- A new family of refresh tokens; its end is fixed from the start. Those that have ended go.
WITH who AS (
	SELECT u.id, u.token_version FROM users u
	WHERE u.organization_id = :org AND u.id = :user_id AND u.status = 'active'
		AND u.token_version = :token_version::bigint
), new AS (
	INSERT INTO refresh_tokens (organization_id, digest, family_id, user_id, token_version, expires_at)
	SELECT :org, :digest, new_id(), who.id, who.token_version, now() + interval '30 days' FROM who
	RETURNING family_id
), tidied AS (
	DELETE FROM refresh_tokens t USING who
	WHERE t.organization_id = :org AND t.user_id = who.id AND t.expires_at < now()
), rehashed AS (
	UPDATE users u SET password_hash = :new_hash FROM who
	WHERE u.organization_id = :org AND u.id = who.id AND :new_hash::text IS NOT NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'session.started', new.family_id, 'user', who.id, :request_id FROM new, who
)
SELECT family_id FROM new;

-- name: session_refresh :write plain
-- Rotation under a row lock. A spent token is honoured for a few seconds, for an answer that was
-- lost on its way; after that its use ends the whole family, since somebody has a copy.
WITH cur AS (
	SELECT t.digest, t.family_id, t.user_id, t.expires_at, t.spent_at, u.access_level, u.token_version,
		CASE WHEN t.revoked_at IS NOT NULL OR t.expires_at <= now() OR u.status <> 'active'
				OR u.token_version <> t.token_version THEN 'refresh_refused'
			WHEN t.spent_at < now() - interval '10 seconds' THEN 'reused'
		END AS problem
	FROM refresh_tokens t JOIN users u ON u.organization_id = t.organization_id AND u.id = t.user_id
	WHERE t.organization_id = :org AND t.digest = :digest
	FOR UPDATE OF t
), spent AS (
	UPDATE refresh_tokens t SET spent_at = now() FROM cur
	WHERE t.organization_id = :org AND t.digest = cur.digest AND cur.problem IS NULL
		AND t.spent_at IS NULL
), ended AS (
	UPDATE refresh_tokens t SET revoked_at = now() FROM cur
	WHERE t.organization_id = :org AND t.family_id = cur.family_id AND cur.problem = 'reused'
		AND t.revoked_at IS NULL
	RETURNING t.family_id
), new AS (
	INSERT INTO refresh_tokens (organization_id, digest, family_id, user_id, token_version, expires_at)
	SELECT :org, :new_digest, cur.family_id, cur.user_id, cur.token_version, cur.expires_at
	FROM cur WHERE cur.problem IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT DISTINCT :org, 'session.reuse_detected', cur.family_id, 'user', cur.user_id, :request_id
	FROM cur JOIN ended ON true
)
SELECT CASE WHEN cur.problem IS NOT NULL THEN 'refresh_refused' END AS refusal,
	cur.user_id, cur.access_level, cur.token_version,
	o.organization_id, o.name AS organization_name, o.slug AS organization_slug,
	extract(epoch FROM cur.expires_at - now())::bigint AS lives_s
FROM cur JOIN organizations o ON o.organization_id = :org;

-- name: session_end :write plain
WITH cur AS (
	SELECT t.family_id, t.user_id FROM refresh_tokens t
	WHERE t.organization_id = :org AND t.digest = :digest
), ended AS (
	UPDATE refresh_tokens t SET revoked_at = now() FROM cur
	WHERE t.organization_id = :org AND t.family_id = cur.family_id AND t.revoked_at IS NULL
	RETURNING t.digest
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'session.ended', cur.family_id, 'user', cur.user_id, :request_id
	FROM cur WHERE EXISTS (SELECT FROM ended)
)
SELECT family_id FROM cur;

-- name: my_password :read
SELECT u.password_hash, u.email, u.token_version FROM users u
WHERE u.organization_id = :org AND u.id = :actor::uuid;

-- name: password_change :write plain
-- Every other token is out at once, and every session ends but the one that begins here.
WITH new AS (
	UPDATE users u SET password_hash = :hash, token_version = u.token_version + 1,
		version = u.version + 1, updated_at = now()
	WHERE u.organization_id = :org AND u.id = :actor::uuid AND u.password_hash = :was
	RETURNING u.*
), ended AS (
	UPDATE refresh_tokens t SET revoked_at = now() FROM new
	WHERE t.organization_id = :org AND t.user_id = new.id AND t.revoked_at IS NULL
), session AS (
	INSERT INTO refresh_tokens (organization_id, digest, family_id, user_id, token_version, expires_at)
	SELECT :org, :digest, new_id(), new.id, new.token_version, now() + interval '30 days' FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'user.password_changed', new.id, :actor_kind, :actor::uuid, :request_id FROM new
)
SELECT new.id AS user_id, new.access_level, new.token_version,
	o.organization_id, o.name AS organization_name, o.slug AS organization_slug
FROM new JOIN organizations o ON o.organization_id = :org;

-- name: client_sign_in :write plain
UPDATE api_clients c SET last_used_at = now()
WHERE c.organization_id = :org AND c.id = :client_id AND c.secret_digest = :digest
	AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())
RETURNING c.id, c.scopes, c.token_version;

-- name: me_get :read
SELECT :actor_kind AS kind, u.id, u.name, u.email, u.access_level, NULL::json AS scopes,
	json_build_object('id', o.organization_id, 'name', o.name, 'slug', o.slug) AS organization, u.version
FROM users u JOIN organizations o ON o.organization_id = u.organization_id
WHERE u.organization_id = :org AND u.id = :actor::uuid AND :actor_kind = 'user'
UNION ALL
SELECT :actor_kind, c.id, c.name, NULL, NULL, to_json(string_to_array(c.scopes, ' ')),
	json_build_object('id', o.organization_id, 'name', o.name, 'slug', o.slug), c.version
FROM api_clients c JOIN organizations o ON o.organization_id = c.organization_id
WHERE c.organization_id = :org AND c.id = :actor::uuid AND :actor_kind = 'client';
