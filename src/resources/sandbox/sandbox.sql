-- Sandboxes: what the organization is, and its last reset. The work itself is done by the caretaker.

-- fragment: reset_columns
@.state, @.demo, @.rows_deleted, @.requested_by, @.requested_at, @.emptied_at, @.finished_at,
	coalesce(@.travelled_seconds, 0) AS travelled_seconds, @.travelled_at

-- name: sandbox_get :read
SELECT o.kind = 'sandbox' AS sandbox, {reset_columns s}, coalesce(s.version, 0) AS version
FROM organizations o LEFT JOIN sandbox_resets s ON s.organization_id = o.organization_id
WHERE o.organization_id = :org;

-- name: sandbox_reset :write
-- The row of the last reset becomes that of this one; the database has none for a production
-- organization.
WITH cur AS (
	SELECT o.organization_id, CASE WHEN o.kind <> 'sandbox' THEN 'not_a_sandbox'
			WHEN EXISTS (SELECT FROM sandbox_resets s WHERE s.organization_id = :org
				AND s.state IN ('emptying', 'filling')) THEN 'reset_running' END AS refusal
	FROM organizations o WHERE o.organization_id = :org
	FOR NO KEY UPDATE
), new AS (
	INSERT INTO sandbox_resets AS s (organization_id, demo, requested_by)
	SELECT :org, coalesce((:body::json ->> 'demo')::boolean, false), :actor::uuid
	FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id) DO UPDATE SET state = 'emptying', demo = excluded.demo,
		rows_deleted = 0, requested_by = excluded.requested_by, requested_at = now(),
		emptied_at = NULL, finished_at = NULL, lease_until = NULL, version = s.version + 1,
		travelled_seconds = 0, travelled_at = NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'sandbox.reset', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'demo', new.demo) FROM new
), out AS (
	SELECT cur.refusal, cur.refusal IS NULL AS sandbox, {reset_columns new}, new.version
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: sandbox_travel :write
-- Ten years since the last reset at most: what is older is of no use to anybody.
WITH body AS (
	SELECT coalesce((:body::json ->> 'seconds')::bigint,
		ceil(extract(epoch FROM (:body::json ->> 'to')::timestamptz - now()))::bigint) AS seconds,
		CASE WHEN :body::jsonb ? 'to' THEN '/to' ELSE '/seconds' END AS pointer
), cur AS (
	SELECT b.seconds, b.pointer, CASE WHEN o.kind <> 'sandbox' THEN 'not_a_sandbox'
			WHEN s.state IN ('emptying', 'filling') THEN 'reset_running'
			WHEN b.seconds <= 0 OR coalesce(s.travelled_seconds, 0) + b.seconds > 315360000
			THEN 'invalid' END AS refusal
	FROM body b
	JOIN organizations o ON o.organization_id = :org
	LEFT JOIN sandbox_resets s ON s.organization_id = o.organization_id
	FOR NO KEY UPDATE OF o
), new AS MATERIALIZED (
	SELECT t.* FROM cur CROSS JOIN LATERAL sandbox_travel(cur.seconds) t WHERE cur.refusal IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'sandbox.travelled', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'seconds', cur.seconds) FROM cur, new
), out AS (
	SELECT cur.refusal, CASE WHEN cur.refusal = 'invalid' THEN jsonb_build_array(jsonb_build_object(
			'pointer', cur.pointer, 'rule', 'out_of_range', 'detail', CASE WHEN cur.seconds <= 0
				THEN 'is not ahead; time goes forward' ELSE 'is more than ten years away'
				|| ' from the last reset' END)) END AS refusal_errors,
		cur.refusal IS NULL AS sandbox, {reset_columns new}, new.version
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
