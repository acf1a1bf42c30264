-- Partners of others' making: registered here, asked for, agreed to, connected.

-- fragment: partner_columns
@.id, concat('pt_', replace(@.organization_id::text, '-', ''), '_',
		replace(@.id::text, '-', '')) AS client_id,
	@.name, @.homepage, @.kind, to_json(@.redirect_uris) AS redirect_uris,
	to_json(scopes_of(@.scopes)) AS scopes, CASE WHEN @.previous_until > now() THEN @.previous_until END
		AS previous_secret_until,
	@.disabled_at, @.version, @.created_at, @.updated_at

-- name: partners_list :list
SELECT {partner_columns p}
	/*sort_key*/
FROM partners p
WHERE p.organization_id = :org
-- filter disabled: AND (p.disabled_at IS NOT NULL) = :disabled::boolean
-- filter updated_since: AND p.updated_at >= :updated_since::timestamptz
-- sort created_at timestamptz: p.created_at
-- sort name text asc: p.name
-- id: p.id

-- name: partner_get :read
SELECT {partner_columns p} FROM partners p WHERE p.organization_id = :org AND p.id = :partner_id;

-- name: partner_create :write plain
WITH body AS (
	SELECT * FROM json_to_record(:body::json)
		AS b(name text, homepage text, kind text, redirect_uris text[])
), new AS (
	INSERT INTO partners (organization_id, name, homepage, kind, redirect_uris, scopes, secret_digest)
	SELECT :org, b.name, b.homepage, coalesce(b.kind, 'confidential'), b.redirect_uris, :scopes,
		CASE WHEN coalesce(b.kind, 'confidential') = 'confidential' THEN :secret_digest END FROM body b
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'partner.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'scopes', new.scopes) FROM new
)
SELECT {partner_columns new} FROM new;

-- name: partner_update :write
WITH cur AS (
	SELECT p AS was, p.id, p.version,
		CASE WHEN :if_match::bigint <> p.version THEN 'precondition_failed' END AS refusal
	FROM partners p WHERE p.organization_id = :org AND p.id = :partner_id
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.homepage, p.redirect_uris
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb - 'scopes') p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE partners p SET name = t.name, homepage = t.homepage, redirect_uris = t.redirect_uris,
		scopes = coalesce(:scopes, p.scopes), version = p.version + 1, updated_at = now()
	FROM patch t WHERE p.organization_id = :org AND p.id = t.id
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'partner.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {partner_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: partner_rotate :write plain
-- For the hours of the overlap either secret is good; the one before that is over at once.
WITH cur AS (
	SELECT p.id, CASE WHEN p.kind = 'public' THEN 'conflict' END AS refusal
	FROM partners p WHERE p.organization_id = :org AND p.id = :partner_id
	FOR UPDATE
), new AS (
	UPDATE partners p SET secret_digest = :secret_digest, previous_digest = p.secret_digest,
		previous_until = now()
			+ make_interval(hours => coalesce((:body::json ->> 'overlap_hours')::integer, 24)),
		version = p.version + 1, updated_at = now()
	FROM cur WHERE p.organization_id = :org AND p.id = cur.id AND cur.refusal IS NULL
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'partner.rotated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT cur.refusal, CASE WHEN cur.refusal IS NOT NULL THEN 'A public partner has no secret.' END
		AS refusal_detail, {partner_columns new}
FROM cur LEFT JOIN new ON true;

-- name: partner_able :write
-- Disabled, it signs in nowhere and nobody connects it; its connections stay, for when it is enabled.
WITH cur AS (
	SELECT p AS was, p.id, (p.disabled_at IS NOT NULL) <> :disabled::boolean AS differs
	FROM partners p WHERE p.organization_id = :org AND p.id = :partner_id
	FOR UPDATE
), changed AS (
	UPDATE partners p SET disabled_at = CASE WHEN :disabled::boolean THEN now() END,
		version = p.version + 1, updated_at = now()
	FROM cur WHERE p.organization_id = :org AND p.id = cur.id AND cur.differs
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN :disabled::boolean THEN 'partner.disabled' ELSE 'partner.enabled' END, c.id,
		:actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {partner_columns n} FROM now_is n
)
SELECT * FROM out;

-- ---- asked for, agreed to ------------------------------------------------------------------------

-- name: partner_asks :read
-- Who asks, and what it has of this organization already.
SELECT p.name, p.homepage, p.registered_by, array_to_string(p.redirect_uris, E'\n') AS redirect_uris,
	p.scopes, p.disabled, (SELECT c.scopes FROM connections k
		JOIN api_clients c ON c.organization_id = k.organization_id AND c.id = k.id
		WHERE k.organization_id = :org AND k.partner_organization_id = :home::uuid
			AND k.partner_id = :partner_id::uuid AND c.revoked_at IS NULL) AS held
FROM partner_known(:home::uuid, :partner_id::uuid, NULL) p;

-- name: partner_request_create :write plain
-- What was asked a day ago is forgotten.
WITH new AS (
	INSERT INTO partner_requests (organization_id, user_id, partner_organization_id, partner_id,
		handle_digest, redirect_uri, state, scopes, challenge)
	VALUES (:org, :actor::uuid, :home, :partner_id, :handle_digest, :redirect_uri, :state, :scopes,
		:challenge)
	RETURNING expires_at
), forgotten AS (
	DELETE FROM partner_requests r
	WHERE r.organization_id = :org AND r.created_at < now() - interval '1 day'
)
SELECT to_char(new.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at FROM new;

-- name: partner_request_decide :write plain
-- Once, and by whom it was shown to.
WITH cur AS (
	SELECT r.id, r.redirect_uri, r.state, r.scopes, p.name, CASE
			WHEN r.decision IS NOT NULL OR r.expires_at <= now() THEN 'consent_over'
			WHEN p.disabled IS NOT FALSE THEN 'partner_unknown' END AS refusal
	FROM partner_requests r
	LEFT JOIN LATERAL partner_known(r.partner_organization_id, r.partner_id, NULL) p ON true
	WHERE r.organization_id = :org AND r.handle_digest = :handle_digest AND r.user_id = :actor::uuid
	FOR UPDATE OF r
), changed AS (
	UPDATE partner_requests r SET decision = :decision, decided_at = now(),
		code_digest = CASE WHEN :decision = 'connect' THEN :code_digest END,
		code_expires_at = CASE WHEN :decision = 'connect' THEN now() + interval '60 seconds' END
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
	RETURNING r.id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE :decision WHEN 'connect' THEN 'api_client.consented' ELSE 'api_client.declined' END,
		c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('partner', cur.name, 'scopes', cur.scopes)
	FROM changed c JOIN cur ON cur.id = c.id
)
SELECT cur.refusal, cur.redirect_uri, cur.state FROM cur;

-- ---- tokens --------------------------------------------------------------------------------------

-- name: partner_sign_in :read
SELECT p.authentic AND NOT p.disabled AS authentic
FROM partner_known(:home::uuid, :partner_id::uuid, :secret_digest) p;

-- name: partner_code_exchange :write plain
SELECT x.problem, x.client_id AS id, x.client_scopes AS scopes, x.client_version AS token_version
FROM partner_exchange(:home::uuid, :partner_id::uuid, :secret_digest, :code_digest, :redirect_uri,
	:challenge, :refresh_digest, :off::text[]) x;

-- name: partner_token_refresh :write plain
SELECT x.problem, x.client_id AS id, x.client_scopes AS scopes, x.client_version AS token_version
FROM partner_refresh(:home::uuid, :partner_id::uuid, :secret_digest, :token_digest, :asked,
	:refresh_digest, :off::text[]) x;

-- name: partner_token_revoke :write plain
SELECT partner_revoke(:home::uuid, :partner_id::uuid, :secret_digest, :token_digest, :access::uuid)
	AS problem;

-- ---- connections ---------------------------------------------------------------------------------

-- fragment: connection_columns
k.id, concat('pt_', replace(k.partner_organization_id::text, '-', ''), '_',
		replace(k.partner_id::text, '-', '')) AS partner_client_id,
	c.name, k.homepage, to_json(scopes_of(c.scopes)) AS scopes, k.connected_by,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = k.connected_by)
		AS connected_by_name,
	k.connected_at, c.last_used_at, c.revoked_at AS disconnected_at, k.ended_because, c.version,
	k.created_at, c.updated_at

-- name: connections_list :list
SELECT {connection_columns k}
	/*sort_key*/
FROM connections k JOIN api_clients c ON c.organization_id = k.organization_id AND c.id = k.id
WHERE k.organization_id = :org
-- filter disconnected: AND (c.revoked_at IS NOT NULL) = :disconnected::boolean
-- filter updated_since: AND c.updated_at >= :updated_since::timestamptz
-- sort created_at timestamptz: k.created_at
-- sort name text asc: c.name
-- id: k.id

-- name: connection_get :read
SELECT {connection_columns k}
FROM connections k JOIN api_clients c ON c.organization_id = k.organization_id AND c.id = k.id
WHERE k.organization_id = :org AND k.id = :connection_id;

-- name: connection_disconnect :write
-- Its tokens are out at once. Saying it twice changes nothing.
WITH cur AS (
	SELECT c AS was, k AS tie, c.id
	FROM api_clients c JOIN connections k ON k.organization_id = c.organization_id AND k.id = c.id
	WHERE c.organization_id = :org AND c.id = :connection_id
	FOR UPDATE OF c
), changed AS (
	UPDATE api_clients c SET revoked_at = now(), token_version = c.token_version + 1,
		version = c.version + 1, updated_at = now()
	FROM cur WHERE c.organization_id = :org AND c.id = cur.id AND (cur.was).revoked_at IS NULL
	RETURNING c.*
), untied AS (
	UPDATE connections k SET ended_because = 'disconnected'
	FROM changed c WHERE k.organization_id = :org AND k.id = c.id
	RETURNING k.*
), tokens AS (
	UPDATE partner_tokens t SET ended_at = now()
	FROM changed c WHERE t.organization_id = :org AND t.connection_id = c.id AND t.ended_at IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'api_client.disconnected', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'because', 'disconnected') FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), tie_is AS (
	SELECT * FROM untied
	UNION ALL
	SELECT (cur.tie).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {connection_columns k} FROM now_is c CROSS JOIN tie_is k
)
SELECT * FROM out;
