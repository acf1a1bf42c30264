-- Programs that bring their secret with each request, since others' clients know no tokens.

-- name: client_by_secret :write plain
-- By its secret alone. When it was last used is kept to the hour, so that readers do not wait for one row.
WITH found AS (
	SELECT c.id, c.scopes, c.token_version, c.last_used_at FROM api_clients c
	WHERE c.organization_id = :org AND c.secret_digest = :digest AND c.revoked_at IS NULL
		AND (c.expires_at IS NULL OR c.expires_at > now())
), used AS (
	UPDATE api_clients c SET last_used_at = now() FROM found f
	WHERE c.organization_id = :org AND c.id = f.id
		AND (f.last_used_at IS NULL OR f.last_used_at < now() - interval '1 hour')
)
SELECT f.id, f.scopes, f.token_version FROM found f;
