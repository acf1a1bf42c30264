-- API clients: programs that sign in with a secret, of which only the digest is stored. Those of kind
-- `partner` are connections, which ../partners looks after.

-- fragment: client_columns
@.id, concat('ac_', replace(@.organization_id::text, '-', ''), '_',
		replace(@.id::text, '-', '')) AS client_id,
	@.name, to_json(string_to_array(@.scopes, ' ')) AS scopes, @.expires_at, @.last_used_at,
	@.revoked_at, @.version, @.created_at, @.updated_at

-- name: api_clients_list :list
SELECT {client_columns c}
	/*sort_key*/
FROM api_clients c
WHERE c.organization_id = :org AND c.kind = 'own'
-- filter revoked: AND (c.revoked_at IS NOT NULL) = :revoked::boolean
-- filter updated_since: AND c.updated_at >= :updated_since::timestamptz
-- sort created_at timestamptz: c.created_at
-- sort name text asc: c.name
-- id: c.id

-- name: api_client_get :read
SELECT {client_columns c} FROM api_clients c
WHERE c.organization_id = :org AND c.id = :client_id AND c.kind = 'own';

-- name: api_client_create :write plain
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(name text, expires_at timestamptz)
), new AS (
	INSERT INTO api_clients (organization_id, name, scopes, secret_digest, expires_at)
	SELECT :org, b.name, :scopes, :secret_digest, b.expires_at FROM body b
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'api_client.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'scopes', new.scopes) FROM new
)
SELECT {client_columns new} FROM new;

-- name: api_client_update :write
WITH cur AS (
	SELECT c AS was, c.id, c.version,
		CASE WHEN :if_match::bigint <> c.version THEN 'precondition_failed' END AS refusal
	FROM api_clients c WHERE c.organization_id = :org AND c.id = :client_id AND c.kind = 'own'
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.expires_at
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE api_clients c SET name = p.name, expires_at = p.expires_at, version = c.version + 1,
		updated_at = now()
	FROM patch p WHERE c.organization_id = :org AND c.id = p.id
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'api_client.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version,
		{client_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: api_client_rotate :write plain
-- The old secret ends at once; tokens that were given for it live out their minutes.
WITH cur AS (
	SELECT c.id, CASE WHEN c.revoked_at IS NOT NULL THEN 'conflict' END AS refusal
	FROM api_clients c WHERE c.organization_id = :org AND c.id = :client_id AND c.kind = 'own'
	FOR UPDATE
), new AS (
	UPDATE api_clients c SET secret_digest = :secret_digest, version = c.version + 1,
		updated_at = now()
	FROM cur WHERE c.organization_id = :org AND c.id = cur.id AND cur.refusal IS NULL
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'api_client.rotated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT cur.refusal, CASE WHEN cur.refusal IS NOT NULL THEN 'The client is revoked.' END
		AS refusal_detail, {client_columns new}
FROM cur LEFT JOIN new ON true;

-- name: api_client_revoke :write
-- Its tokens are out at once. Saying it twice changes nothing and writes no second event.
WITH cur AS (
	SELECT c AS was, c.id, c.revoked_at
	FROM api_clients c WHERE c.organization_id = :org AND c.id = :client_id AND c.kind = 'own'
	FOR UPDATE
), changed AS (
	UPDATE api_clients c SET revoked_at = now(), token_version = c.token_version + 1,
		version = c.version + 1, updated_at = now()
	FROM cur WHERE c.organization_id = :org AND c.id = cur.id AND cur.revoked_at IS NULL
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'api_client.revoked', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {client_columns n} FROM now_is n
)
SELECT * FROM out;
