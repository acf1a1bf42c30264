-- People as a company's directory sees them: RFC 7643, with what it said and what stands here.

-- fragment: scim_columns
(@).id, (@).version, scim_resource(@, x.external_id) AS resource,
	CASE WHEN scim_is_fresh(@) THEN (@).scim_display_name END AS shown_name,
	scim_has_parts(@) AS has_parts

-- name: scim_user :read
SELECT {scim_columns u}
FROM users u LEFT JOIN external_ids x ON x.organization_id = :org AND x.object_type = 'user'
	AND x.object_id = u.id AND x.source = 'scim'
WHERE u.organization_id = :org AND u.id = :user_id
	AND (u.scim_removed_at IS NULL OR u.status = 'active');

-- name: scim_users :read
-- All that the filter finds are counted. Its own function is asked last, after what is cheap.
WITH found AS (
	SELECT u.id, u.created_at, CASE WHEN :sort::text IS NOT NULL
		THEN lower(scim_attributes(u, x.external_id) ->> :sort::text) COLLATE "C" END AS key
	FROM users u LEFT JOIN external_ids x ON x.organization_id = :org AND x.object_type = 'user'
		AND x.object_id = u.id AND x.source = 'scim'
	WHERE u.organization_id = :org AND (u.scim_removed_at IS NULL OR u.status = 'active')
		AND (:user_name::text IS NULL OR coalesce(u.scim_user_name_key, u.email_key) = lower(:user_name))
		AND (:filter::jsonb IS NULL
			OR scim_matches(:filter::jsonb, scim_attributes(u, x.external_id)))
), placed AS (
	SELECT f.id, row_number() OVER (ORDER BY CASE WHEN NOT :descending::boolean THEN f.key END,
		CASE WHEN :descending::boolean THEN f.key END DESC NULLS LAST, f.created_at, f.id) AS place
	FROM found f
), page AS (
	SELECT p.place, scim_resource(u, x.external_id) AS resource
	FROM placed p JOIN users u ON u.organization_id = :org AND u.id = p.id
	LEFT JOIN external_ids x ON x.organization_id = :org AND x.object_type = 'user'
		AND x.object_id = u.id AND x.source = 'scim'
	WHERE p.place >= :start::bigint AND p.place < :start::bigint + :count::bigint
)
SELECT (SELECT count(*) FROM found) AS total,
	(SELECT coalesce(json_agg(p.resource ORDER BY p.place), '[]') FROM page p) AS resources;

-- name: scim_user_create :write plain
-- Whoever the directory had deleted comes back as who they were: it is the same address.
WITH gone AS (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.scim_removed_at IS NOT NULL AND u.status = 'disabled'
		AND (u.email_key = lower(:email) OR u.scim_user_name_key = lower(:user_name))
	ORDER BY u.email_key = lower(:email) DESC LIMIT 1
	FOR UPDATE
), verdict AS (
	SELECT CASE WHEN EXISTS (SELECT FROM users u WHERE u.organization_id = :org
			AND (coalesce(u.scim_user_name_key, u.email_key) = lower(:user_name)
				OR u.email_key = lower(:email))
			AND NOT EXISTS (SELECT FROM gone WHERE gone.id = u.id)) THEN 'already_exists' END AS refusal
), back AS (
	UPDATE users u SET email = :email, name = :name, access_level = :access_level, status = :status,
		scim_user_name = nullif(:user_name, :email), scim_given_name = :given_name,
		scim_family_name = :family_name, scim_display_name = :display_name, scim_name = :name,
		scim_removed_at = NULL, token_version = u.token_version + 1, version = u.version + 1,
		updated_at = now()
	FROM gone, verdict v WHERE u.organization_id = :org AND u.id = gone.id AND v.refusal IS NULL
	RETURNING u AS who
), made AS (
	INSERT INTO users (organization_id, email, name, access_level, status, scim_user_name,
		scim_given_name, scim_family_name, scim_display_name, scim_name)
	SELECT :org, :email, :name, :access_level, :status, nullif(:user_name, :email), :given_name,
		:family_name, :display_name, :name
	FROM verdict v WHERE v.refusal IS NULL AND NOT EXISTS (SELECT FROM gone)
	RETURNING users AS who
), now_is AS (
	SELECT back.who FROM back UNION ALL SELECT made.who FROM made
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'user', 'scim', :external_id, (n.who).id FROM now_is n WHERE :external_id::text IS NOT NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN EXISTS (SELECT FROM made) THEN 'user.created' ELSE 'user.updated' END,
		(n.who).id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', (n.who).version, 'source', 'scim',
			'access_level', (n.who).access_level, 'status', (n.who).status) FROM now_is n
)
SELECT v.refusal, 'Somebody has this userName or e-mail address already' AS refusal_detail,
	{scim_columns who}
FROM verdict v LEFT JOIN now_is n ON true
CROSS JOIN (SELECT :external_id::text AS external_id) x;

-- name: scim_user_update :write plain
-- Everything at once, of what was read as `base`; what is as it was already writes nothing. Admins
-- are kept as by user_update.
WITH admins AS MATERIALIZED (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.access_level = 'admin' AND u.status = 'active'
		AND (:access_level <> 'admin' OR :status <> 'active')
	ORDER BY u.id FOR UPDATE
), others AS (
	SELECT count(*) AS count FROM admins WHERE admins.id <> :user_id::uuid
), cur AS (
	SELECT u AS was, u.id, u.version, u.access_level, u.status, u.version <> :base::bigint AS raced,
		(SELECT x.external_id FROM external_ids x WHERE x.organization_id = :org
			AND x.object_type = 'user' AND x.object_id = u.id AND x.source = 'scim') AS external_id,
		CASE WHEN u.version <> :base::bigint THEN NULL
			WHEN u.access_level = 'admin' AND u.status = 'active'
				AND (:access_level <> 'admin' OR :status <> 'active') AND others.count = 0
				THEN 'last_admin'
			WHEN EXISTS (SELECT FROM users o WHERE o.organization_id = :org AND o.id <> u.id
				AND (coalesce(o.scim_user_name_key, o.email_key) = lower(:user_name)
					OR o.email_key = lower(:email))) THEN 'already_exists' END AS refusal
	FROM others, users u
	WHERE u.organization_id = :org AND u.id = :user_id
		AND (u.scim_removed_at IS NULL OR u.status = 'active')
	FOR UPDATE OF u
), wanted AS (
	SELECT cur.id, cur.external_id IS DISTINCT FROM :external_id::text AS named_otherwise,
		cur.access_level <> :access_level OR cur.status <> :status AS ends_tokens
	FROM cur WHERE cur.refusal IS NULL AND NOT cur.raced
		AND (cur.external_id, (cur.was).email, (cur.was).name, cur.access_level, cur.status,
			coalesce((cur.was).scim_user_name, (cur.was).email), (cur.was).scim_given_name,
			(cur.was).scim_family_name, (cur.was).scim_display_name)
		IS DISTINCT FROM (:external_id::text, :email::text, :name::text, :access_level::text,
			:status::text, :user_name::text, :given_name::text, :family_name::text,
			:display_name::text)
), changed AS (
	UPDATE users u SET email = :email, name = :name, access_level = :access_level, status = :status,
		scim_user_name = nullif(:user_name, :email), scim_given_name = :given_name,
		scim_family_name = :family_name, scim_display_name = :display_name, scim_name = :name,
		scim_removed_at = NULL,
		token_version = u.token_version + CASE WHEN w.ends_tokens THEN 1 ELSE 0 END,
		version = u.version + 1, updated_at = now()
	FROM wanted w WHERE u.organization_id = :org AND u.id = w.id
	RETURNING u AS who
), unnamed AS (
	DELETE FROM external_ids x USING wanted w WHERE x.organization_id = :org
		AND x.object_type = 'user' AND x.source = 'scim' AND x.object_id = w.id
		AND :external_id::text IS NULL
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'user', 'scim', :external_id, w.id FROM wanted w
	WHERE :external_id::text IS NOT NULL AND w.named_otherwise
	ON CONFLICT ON CONSTRAINT external_ids_object DO UPDATE SET external_id = excluded.external_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.updated', (n.who).id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', (n.who).version, 'source', 'scim',
			'access_level', (n.who).access_level, 'status', (n.who).status) FROM changed n
), now_is AS (
	SELECT changed.who FROM changed
	UNION ALL
	SELECT cur.was FROM cur WHERE NOT EXISTS (SELECT FROM changed)
)
SELECT cur.refusal, CASE cur.refusal WHEN 'already_exists'
		THEN 'Somebody else has this userName or e-mail address' END AS refusal_detail,
	cur.raced, {scim_columns who}
FROM cur CROSS JOIN now_is n CROSS JOIN (SELECT :external_id::text AS external_id) x;

-- name: scim_user_remove :write plain
-- Out at once, and unknown from here on; what they wrote stays.
WITH admins AS MATERIALIZED (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.access_level = 'admin' AND u.status = 'active'
	ORDER BY u.id FOR UPDATE
), others AS (
	SELECT count(*) AS count FROM admins WHERE admins.id <> :user_id::uuid
), cur AS (
	SELECT u.id, u.status, CASE WHEN :if_match::bigint <> u.version THEN 'precondition_failed'
		WHEN u.access_level = 'admin' AND u.status = 'active' AND others.count = 0
			THEN 'last_admin' END AS refusal
	FROM others, users u
	WHERE u.organization_id = :org AND u.id = :user_id
		AND (u.scim_removed_at IS NULL OR u.status = 'active')
	FOR UPDATE OF u
), new AS (
	UPDATE users u SET status = 'disabled', scim_removed_at = now(),
		token_version = u.token_version + CASE WHEN cur.status = 'active' THEN 1 ELSE 0 END,
		version = u.version + 1, updated_at = now()
	FROM cur WHERE u.organization_id = :org AND u.id = cur.id AND cur.refusal IS NULL
	RETURNING u.id, u.version, u.access_level, u.status
), unnamed AS (
	DELETE FROM external_ids x USING new WHERE x.organization_id = :org
		AND x.object_type = 'user' AND x.source = 'scim' AND x.object_id = new.id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'source', 'scim',
			'access_level', new.access_level, 'status', new.status) FROM new
)
SELECT cur.refusal, cur.id FROM cur;
