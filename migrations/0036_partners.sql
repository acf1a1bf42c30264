-- Partners: applications of others that many organizations may connect (OAuth 2, authorization code).
--
-- A partner is registered by an organization, its home, which alone reads and changes it. Others
-- meet it through partner_known, which tells what a consent screen shows. What it gets of an
-- organization is a connection: an API client of kind `partner`, without a secret of its own, so that
-- scopes, blindness and revocation are those of every API client.
--
-- A connection has one grant at a time, the request that somebody agreed to: its code is good once and
-- for a minute, its refresh tokens each once. A new grant takes the place of the one before.

-- ---- tables -----------------------------------------------------------------------------------

CREATE TABLE partners (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
	homepage        text NOT NULL CHECK (char_length(homepage) BETWEEN 9 AND 500),
	kind            text NOT NULL CHECK (kind IN ('confidential', 'public')),
	redirect_uris   text[] NOT NULL CHECK (cardinality(redirect_uris) BETWEEN 1 AND 10),
	-- The most that it may ask for.
	scopes          text NOT NULL,
	secret_digest   text CHECK (secret_digest ~ '^[0-9a-f]{64}$'),
	previous_digest text CHECK (previous_digest ~ '^[0-9a-f]{64}$'),
	previous_until  timestamptz,
	disabled_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CHECK ((kind = 'confidential') = (secret_digest IS NOT NULL)),
	CHECK ((previous_digest IS NULL) = (previous_until IS NULL))
);
CREATE INDEX partners_list ON partners (organization_id, created_at DESC, id DESC);
CREATE INDEX partners_name ON partners (organization_id, name, id);

-- A connection signs in by its grant, never with a secret.
ALTER TABLE api_clients
	ADD COLUMN kind text NOT NULL DEFAULT 'own' CHECK (kind IN ('own', 'partner')),
	ALTER COLUMN secret_digest DROP NOT NULL,
	ADD CONSTRAINT api_clients_secret_check CHECK ((kind = 'own') = (secret_digest IS NOT NULL));

-- What somebody was asked, what they said, and the code that came of it.
CREATE TABLE partner_requests (
	organization_id         uuid NOT NULL,
	id                      uuid NOT NULL DEFAULT new_id(),
	user_id                 uuid NOT NULL,
	partner_organization_id uuid NOT NULL,
	partner_id              uuid NOT NULL,
	-- Of what the consent screen holds, so that nothing else can answer for it.
	handle_digest           text NOT NULL CHECK (handle_digest ~ '^[0-9a-f]{64}$'),
	redirect_uri            text NOT NULL,
	state                   text,
	scopes                  text NOT NULL,
	-- SHA-256 of the verifier that the code's bearer has to show.
	challenge               text NOT NULL CHECK (challenge ~ '^[A-Za-z0-9_-]{43}$'),
	expires_at              timestamptz NOT NULL DEFAULT now() + interval '10 minutes',
	decision                text CHECK (decision IN ('connect', 'cancel')),
	decided_at              timestamptz,
	code_digest             text CHECK (code_digest ~ '^[0-9a-f]{64}$'),
	code_expires_at         timestamptz,
	spent_at                timestamptz,
	created_at              timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT partner_requests_handle_key UNIQUE (organization_id, handle_digest),
	CONSTRAINT partner_requests_code_key UNIQUE (organization_id, code_digest),
	FOREIGN KEY (organization_id, user_id) REFERENCES users,
	CHECK ((decision IS NULL) = (decided_at IS NULL)),
	CHECK ((code_digest IS NULL) = (code_expires_at IS NULL)),
	CHECK (code_digest IS NULL OR decision = 'connect')
);
CREATE INDEX partner_requests_old ON partner_requests (organization_id, created_at);

-- The name, scopes, last use and end of a connection stand with its API client, which has its id.
CREATE TABLE connections (
	organization_id         uuid NOT NULL,
	id                      uuid NOT NULL,
	partner_organization_id uuid NOT NULL,
	partner_id              uuid NOT NULL,
	-- As it was when somebody agreed.
	homepage                text NOT NULL,
	connected_by            uuid NOT NULL,
	connected_at            timestamptz NOT NULL DEFAULT now(),
	-- The request of the grant.
	grant_id                uuid NOT NULL,
	ended_because           text CHECK (ended_because IN ('disconnected', 'partner', 'replayed', 'reused')),
	created_at              timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT connections_partner_key UNIQUE (organization_id, partner_organization_id, partner_id),
	FOREIGN KEY (organization_id, id) REFERENCES api_clients,
	FOREIGN KEY (organization_id, connected_by) REFERENCES users
);
CREATE INDEX connections_list ON connections (organization_id, created_at DESC, id DESC);

-- Refresh tokens. `follows` is the one that was exchanged for it.
CREATE TABLE partner_tokens (
	organization_id uuid NOT NULL,
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	connection_id   uuid NOT NULL,
	follows         text CHECK (follows ~ '^[0-9a-f]{64}$'),
	issued_at       timestamptz NOT NULL DEFAULT now(),
	expires_at      timestamptz NOT NULL DEFAULT now() + interval '90 days',
	spent_at        timestamptz,
	-- Its answer was lost, and another was given instead.
	replaced_at     timestamptz,
	-- With its grant.
	ended_at        timestamptz,
	PRIMARY KEY (organization_id, digest),
	FOREIGN KEY (organization_id, connection_id) REFERENCES connections
);
CREATE INDEX partner_tokens_connection ON partner_tokens (organization_id, connection_id, issued_at);
CREATE INDEX partner_tokens_follows ON partner_tokens (organization_id, follows);

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['partners', 'partner_requests', 'connections', 'partner_tokens'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY erasure ON %I TO assay_owner USING (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
	END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON partners, connections TO assay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON partner_requests, partner_tokens TO assay_app;

-- ---- the one look at others' partners -----------------------------------------------------------

-- By id, never a list. `authentic`: this is the digest of its secret, or it is public and there is none.
CREATE FUNCTION partner_known(home uuid, partner uuid, secret text)
RETURNS TABLE (name text, homepage text, registered_by text, redirect_uris text[], scopes text,
	disabled boolean, authentic boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
	SELECT p.name, p.homepage, o.name, p.redirect_uris, p.scopes, p.disabled_at IS NOT NULL,
		CASE p.kind WHEN 'public' THEN secret IS NULL
			ELSE coalesce(secret = p.secret_digest
				OR (secret = p.previous_digest AND p.previous_until > now()), false) END
	FROM partners p JOIN organizations o USING (organization_id)
	WHERE p.organization_id = home AND p.id = partner
$$;
CREATE POLICY sign_in ON partners FOR SELECT TO assay_signin USING (true);
GRANT SELECT ON partners TO assay_signin;
GRANT CREATE ON SCHEMA public TO assay_signin;
ALTER FUNCTION partner_known(uuid, uuid, text) OWNER TO assay_signin;
REVOKE CREATE ON SCHEMA public FROM assay_signin;
REVOKE ALL ON FUNCTION partner_known(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partner_known(uuid, uuid, text) TO assay_app;

CREATE FUNCTION scopes_of(spelled text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN string_to_array(spelled, ' ');

-- ---- the end of a connection --------------------------------------------------------------------

-- By its partner ('partner'), or because a code or token of it was seen twice. Its tokens are out at
-- once. (The statement connection_disconnect is the third way.)
CREATE FUNCTION connection_end(connection uuid, because text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c api_clients;
BEGIN
	UPDATE api_clients a SET revoked_at = now(), token_version = a.token_version + 1,
		version = a.version + 1, updated_at = now()
	WHERE a.organization_id = org() AND a.id = connection AND a.revoked_at IS NULL
	RETURNING * INTO c;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE connections k SET ended_because = because
	WHERE k.organization_id = org() AND k.id = connection;
	UPDATE partner_tokens t SET ended_at = now()
	WHERE t.organization_id = org() AND t.connection_id = connection AND t.ended_at IS NULL;
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT org(), 'api_client.disconnected', connection,
		CASE because WHEN 'partner' THEN 'client' ELSE 'system' END,
		CASE because WHEN 'partner' THEN connection END,
		request_id(),
		jsonb_build_object('version', c.version, 'because', because);
END $$;

-- ---- codes and refresh tokens --------------------------------------------------------------------
--
-- Entered is the organization that the code or token names; `home` and `partner` are the client's, as
-- it says, and `secret` the digest of what proves it. `off` names checks that a control goes without;
-- it is empty in service.

-- One at a time for each partner of an organization.
CREATE FUNCTION partner_alone(home uuid, partner uuid) RETURNS void LANGUAGE sql VOLATILE
	BEGIN ATOMIC
		SELECT pg_advisory_xact_lock(hashtextextended(org()::text || home::text || partner::text, 0));
	END;

CREATE FUNCTION partner_exchange(home uuid, partner uuid, secret text, code text, uri text,
	proof text, refresh text, off text[])
RETURNS TABLE (problem text, client_id uuid, client_scopes text, client_version bigint)
LANGUAGE plpgsql AS $$
DECLARE
	p record;
	r partner_requests;
	k connections;
	c api_clients;
BEGIN
	SELECT * INTO p FROM partner_known(home, partner, secret);
	IF NOT FOUND OR NOT p.authentic OR p.disabled THEN
		RETURN QUERY SELECT 'invalid_client', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	PERFORM partner_alone(home, partner);
	SELECT q.* INTO r FROM partner_requests q
	WHERE q.organization_id = org() AND q.code_digest = code FOR UPDATE;
	IF NOT FOUND OR ((r.partner_organization_id, r.partner_id) <> (home, partner)
			AND NOT 'code_client' = ANY (off)) THEN
		RETURN QUERY SELECT 'invalid_grant', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	SELECT a.* INTO k FROM connections a WHERE a.organization_id = org()
		AND a.partner_organization_id = home AND a.partner_id = partner;
	-- Somebody else has it too: what it gave ends. Much later it is only refused, or a code from an
	-- old log would be a switch to end a connection by.
	IF r.spent_at IS NOT NULL AND NOT 'code_once' = ANY (off) THEN
		IF r.spent_at > now() - interval '10 minutes' AND k.grant_id = r.id THEN
			PERFORM connection_end(k.id, 'replayed');
		END IF;
		RETURN QUERY SELECT 'invalid_grant', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	IF (r.code_expires_at <= now() AND NOT 'code_expiry' = ANY (off))
			OR (r.redirect_uri IS DISTINCT FROM uri AND NOT 'code_redirect' = ANY (off))
			OR (r.challenge IS DISTINCT FROM proof AND NOT 'code_verifier' = ANY (off))
			OR NOT EXISTS (SELECT FROM users u WHERE u.organization_id = org() AND u.id = r.user_id
				AND u.status = 'active' AND u.access_level = 'admin') THEN
		RETURN QUERY SELECT 'invalid_grant', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	UPDATE partner_requests q SET spent_at = now() WHERE q.organization_id = org() AND q.id = r.id;
	IF k.id IS NULL THEN
		INSERT INTO api_clients (organization_id, name, kind, scopes, last_used_at)
		VALUES (org(), p.name, 'partner', r.scopes, now()) RETURNING * INTO c;
		INSERT INTO connections (organization_id, id, partner_organization_id, partner_id, homepage,
			connected_by, grant_id)
		VALUES (org(), c.id, home, partner, p.homepage, r.user_id, r.id);
	ELSE
		UPDATE api_clients a SET name = p.name, scopes = r.scopes, last_used_at = now(), revoked_at = NULL,
			token_version = a.token_version + 1, version = a.version + 1, updated_at = now()
		WHERE a.organization_id = org() AND a.id = k.id RETURNING * INTO c;
		UPDATE connections a SET homepage = p.homepage, connected_by = r.user_id, connected_at = now(),
			grant_id = r.id, ended_because = NULL
		WHERE a.organization_id = org() AND a.id = k.id;
		UPDATE partner_tokens t SET ended_at = now()
		WHERE t.organization_id = org() AND t.connection_id = k.id AND t.ended_at IS NULL;
	END IF;
	INSERT INTO partner_tokens (organization_id, digest, connection_id) VALUES (org(), refresh, c.id);
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	VALUES (org(), 'api_client.connected', c.id, 'client', c.id,
		request_id(),
		jsonb_build_object('version', c.version, 'scopes', c.scopes, 'consent_id', r.id,
			'partner_id', partner));
	RETURN QUERY SELECT NULL::text, c.id, c.scopes, c.token_version;
END $$;

-- What the partner still may ask for, of what was agreed to.
CREATE FUNCTION scopes_both(one text, other text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT coalesce(string_agg(s.scope, ' ' ORDER BY s.place), '')
		FROM unnest(scopes_of(one)) WITH ORDINALITY AS s(scope, place)
		WHERE s.scope = ANY (scopes_of(other)));

-- `asked`: fewer scopes for this access token; NULL: all. A spent token is honoured for a few seconds,
-- for an answer that was lost, as long as what it was exchanged for was not used; in any other case its
-- use ends the connection, since somebody has a copy.
CREATE FUNCTION partner_refresh(home uuid, partner uuid, secret text, token text, asked text,
	refresh text, off text[])
RETURNS TABLE (problem text, client_id uuid, client_scopes text, client_version bigint)
LANGUAGE plpgsql AS $$
DECLARE
	p record;
	t partner_tokens;
	k connections;
	c api_clients;
	held text;
BEGIN
	SELECT * INTO p FROM partner_known(home, partner, secret);
	IF NOT FOUND OR NOT p.authentic OR p.disabled THEN
		RETURN QUERY SELECT 'invalid_client', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	PERFORM partner_alone(home, partner);
	SELECT x.* INTO t FROM partner_tokens x WHERE x.organization_id = org() AND x.digest = token;
	SELECT a.* INTO k FROM connections a WHERE a.organization_id = org() AND a.id = t.connection_id
		AND ((a.partner_organization_id, a.partner_id) = (home, partner)
			OR 'refresh_client' = ANY (off));
	SELECT a.* INTO c FROM api_clients a WHERE a.organization_id = org() AND a.id = k.id FOR UPDATE;
	IF c.id IS NULL OR c.revoked_at IS NOT NULL OR t.ended_at IS NOT NULL OR t.expires_at <= now() THEN
		RETURN QUERY SELECT 'invalid_grant', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	IF (t.replaced_at IS NOT NULL OR t.spent_at < now() - interval '10 seconds'
			OR (t.spent_at IS NOT NULL AND EXISTS (SELECT FROM partner_tokens x
				WHERE x.organization_id = org() AND x.follows = token AND x.spent_at IS NOT NULL)))
			AND NOT 'refresh_once' = ANY (off) THEN
		PERFORM connection_end(k.id, 'reused');
		RETURN QUERY SELECT 'invalid_grant', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	held := scopes_both(c.scopes, p.scopes);
	IF asked IS NOT NULL AND NOT scopes_of(asked) <@ scopes_of(held) AND NOT 'refresh_scope' = ANY (off)
			OR held = '' THEN
		RETURN QUERY SELECT 'invalid_scope', NULL::uuid, NULL::text, NULL::bigint;
		RETURN;
	END IF;
	UPDATE partner_tokens x SET replaced_at = now()
	WHERE x.organization_id = org() AND x.follows = token AND x.replaced_at IS NULL;
	UPDATE partner_tokens x SET spent_at = coalesce(x.spent_at, now())
	WHERE x.organization_id = org() AND x.digest = token;
	INSERT INTO partner_tokens (organization_id, digest, connection_id, follows)
	VALUES (org(), refresh, k.id, token);
	-- Spent ones are remembered for a month, to be known when they come again.
	DELETE FROM partner_tokens x WHERE x.organization_id = org() AND x.connection_id = k.id
		AND x.issued_at < now() - interval '30 days'
		AND (x.spent_at < now() - interval '30 days' OR x.ended_at < now() - interval '30 days'
			OR x.expires_at < now());
	UPDATE api_clients a SET last_used_at = now() WHERE a.organization_id = org() AND a.id = c.id;
	RETURN QUERY SELECT NULL::text, c.id, coalesce(asked, held), c.token_version;
END $$;

-- RFC 7009. A refresh token ends the connection; an access token, which `access` has named as the
-- connection's, all access tokens of it. Of tokens that are not the client's nothing is said.
CREATE FUNCTION partner_revoke(home uuid, partner uuid, secret text, token text, access uuid)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	p record;
	connection uuid;
BEGIN
	SELECT * INTO p FROM partner_known(home, partner, secret);
	IF NOT FOUND OR NOT p.authentic THEN
		RETURN 'invalid_client';
	END IF;
	PERFORM partner_alone(home, partner);
	SELECT k.id INTO connection FROM connections k
	WHERE k.organization_id = org() AND k.partner_organization_id = home AND k.partner_id = partner;
	IF EXISTS (SELECT FROM partner_tokens t WHERE t.organization_id = org() AND t.digest = token
			AND t.connection_id = connection AND t.ended_at IS NULL) THEN
		PERFORM connection_end(connection, 'partner');
	ELSIF access = connection THEN
		UPDATE api_clients a SET token_version = a.token_version + 1
		WHERE a.organization_id = org() AND a.id = connection;
	END IF;
	RETURN NULL;
END $$;

-- ---- sandboxes --------------------------------------------------------------------------------

-- What was kept before, and what partners sign in with: programs sign in as before.
DO $$
DECLARE
	kept text;
	listed integer;
BEGIN
	SELECT string_agg(format('(%L, %L)', k.name, k.reason), ', '), count(*) INTO kept, listed
	FROM (SELECT * FROM kept_by_resets()
		UNION ALL VALUES ('partners', 'what was registered here'),
			('connections', 'partners sign in as before'),
			('partner_tokens', 'partners sign in as before')) k(name, reason);
	EXECUTE format('CREATE OR REPLACE FUNCTION kept_by_resets() RETURNS TABLE (name text, reason text)'
		' LANGUAGE sql IMMUTABLE ROWS %s AS %L', listed, 'VALUES ' || kept);
END $$;
CALL keep_plans_steady();
CALL let_resets_empty();
