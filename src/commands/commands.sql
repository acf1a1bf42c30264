-- What the command line does itself, as the system.

-- name: organization_make :write plain
-- With its first admin. The organization is the one that was entered.
WITH new AS (
	INSERT INTO organizations (organization_id, name, slug, kind) VALUES (:org, :name, :slug, :kind)
	RETURNING organization_id
), admin AS (
	INSERT INTO users (organization_id, email, name, access_level, password_hash)
	SELECT new.organization_id, :email, :admin_name, 'admin', :password_hash::text FROM new
	RETURNING id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, v.type, v.object, :actor_kind, :actor::uuid, :request_id
	FROM new, admin, LATERAL (VALUES ('organization.created', new.organization_id),
		('user.created', admin.id)) AS v(type, object)
)
SELECT new.organization_id, admin.id AS admin_id FROM new, admin;

-- name: user_find :read
SELECT u.id, u.name, u.email, u.access_level, u.status, u.version, u.token_version FROM users u
WHERE u.organization_id = :org AND u.email_key = lower(:email);

-- name: users_all :read
SELECT u.id, u.name, u.email, u.access_level, u.status FROM users u
WHERE u.organization_id = :org ORDER BY u.name, u.id;

-- name: demo_moment :read
-- The clock that rows have their times from: the demo's history is dated by it.
SELECT clock_timestamp()::text AS moment;
