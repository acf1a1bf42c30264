-- Webhooks: who is told of which events, and what became of each telling.

-- fragment: webhook_columns
@.id, @.name, @.url, to_json(@.event_types) AS event_types, to_json(@.include) AS include, @.client_id,
	@.status, @.paused_because, @.paused_at, CASE WHEN @.previous_until > now() THEN @.previous_until END
		AS previous_secret_until,
	@.archived_at, @.version, @.created_at, @.updated_at

-- fragment: queue_columns
(SELECT q.failing_since FROM webhook_queues q
		WHERE q.organization_id = :org AND q.webhook_id = @.id) AS failing_since,
	(SELECT q.last_success_at FROM webhook_queues q
		WHERE q.organization_id = :org AND q.webhook_id = @.id) AS last_success_at,
	(SELECT q.replay_until IS NOT NULL FROM webhook_queues q
		WHERE q.organization_id = :org AND q.webhook_id = @.id) AS replaying,
	(SELECT left(md5(concat(q.failing_since, q.last_success_at, q.replay_until)), 8)
		FROM webhook_queues q WHERE q.organization_id = :org AND q.webhook_id = @.id) AS _variant

-- fragment: delivery_columns
@.id, @.webhook_id, @.message_id, @.event_id, @.type, @.status, @.attempts, @.last_attempt_at,
	CASE WHEN @.status = 'pending' THEN greatest(@.due_at, @.created_at) END AS next_attempt_at,
	@.duration_ms, @.answer_status, @.answer_excerpt, @.failure, @.finished_at, @.created_at

-- fragment: delivery_known
-- An admin who owes a scorecard knows of deliveries as of events.
(:actor_kind <> 'user' OR (SELECT closed_applications()) = '{}' OR @.event_id IS NULL
		OR (SELECT true FROM visible_events v WHERE v.organization_id = :org
			AND v.seq = @.seq AND v.id = @.event_id))

-- name: webhooks_list :list
SELECT {webhook_columns w}, {queue_columns w}
	/*sort_key*/
FROM webhooks w
WHERE w.organization_id = :org AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
-- filter status: AND w.status = :status
-- filter archived: AND (w.archived_at IS NOT NULL) = :archived::boolean
-- sort created_at timestamptz: w.created_at
-- sort name text asc: w.name
-- id: w.id

-- name: webhook_get :read
SELECT {webhook_columns w}, {queue_columns w} FROM webhooks w
WHERE w.organization_id = :org AND w.id = :webhook_id
	AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid);

-- name: webhook_create :write plain
-- It is told of what happens from now on.
WITH body AS (
	SELECT * FROM json_to_record(:body::json)
		AS b(name text, url text, event_types text[], include text[])
), new AS (
	INSERT INTO webhooks (organization_id, name, url, event_types, include, client_id)
	SELECT :org, b.name, b.url, b.event_types, coalesce(b.include, '{}'),
		CASE WHEN :actor_kind = 'client' THEN :actor::uuid END FROM body b
	RETURNING *
), queue AS (
	INSERT INTO webhook_queues (organization_id, webhook_id, position)
	SELECT :org, new.id, (SELECT coalesce(max(z.seq), 0) FROM event_seals z
		WHERE z.organization_id = :org) FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'include', new.include) FROM new
)
SELECT {webhook_columns new}, new.secret_salt AS _secret_salt, NULL::timestamptz AS failing_since,
	NULL::timestamptz AS last_success_at, false AS replaying
FROM new;

-- name: webhook_update :write
WITH cur AS (
	SELECT w AS was, w.id, w.version,
		CASE WHEN w.archived_at IS NOT NULL THEN 'archived'
			WHEN :if_match::bigint <> w.version THEN 'precondition_failed' END AS refusal
	FROM webhooks w WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE
), patch AS (
	SELECT p.id, p.name, p.url, p.event_types, p.include
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE webhooks w SET name = p.name, url = p.url, event_types = p.event_types,
		include = p.include, version = w.version + 1, updated_at = now()
	FROM patch p WHERE w.organization_id = :org AND w.id = p.id
	RETURNING w.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'include', new.include, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {webhook_columns new}, {queue_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: webhook_rotate :write plain
-- Until the overlap is over, what is sent carries a signature with either secret.
WITH cur AS (
	SELECT w.id, CASE WHEN w.archived_at IS NOT NULL THEN 'archived' END AS refusal
	FROM webhooks w WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE
), new AS (
	UPDATE webhooks w SET secret_salt = gen_random_uuid(), previous_salt = w.secret_salt,
		previous_until = now() + make_interval(hours => coalesce((:body::json ->> 'overlap_hours')::integer, 24)),
		version = w.version + 1, updated_at = now()
	FROM cur WHERE w.organization_id = :org AND w.id = cur.id AND cur.refusal IS NULL
	RETURNING w.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.rotated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT cur.refusal, {webhook_columns new}, {queue_columns new}, new.secret_salt AS _secret_salt
FROM cur LEFT JOIN new ON true;

-- name: webhook_archive :write
-- For good: what was not sent is not sent any more. Saying it twice changes nothing.
WITH cur AS (
	SELECT w AS was, w.id, w.archived_at FROM webhooks w
	WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE
), changed AS (
	UPDATE webhooks w SET archived_at = now(), version = w.version + 1, updated_at = now()
	FROM cur WHERE w.organization_id = :org AND w.id = cur.id AND cur.archived_at IS NULL
	RETURNING w.*
), queue AS (
	UPDATE webhook_queues q SET work_at = NULL, replay_position = NULL, replay_until = NULL
	FROM changed c WHERE q.organization_id = :org AND q.webhook_id = c.id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.archived', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {webhook_columns n}, {queue_columns n} FROM now_is n
)
SELECT * FROM out;

-- name: webhook_pause_by_hand :write
WITH cur AS (
	SELECT w AS was, w.id, w.status, CASE WHEN w.archived_at IS NOT NULL THEN 'archived' END AS refusal
	FROM webhooks w WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE
), changed AS (
	UPDATE webhooks w SET status = 'paused', paused_because = 'by_hand', paused_at = now(),
		version = w.version + 1, updated_at = now()
	FROM cur WHERE w.organization_id = :org AND w.id = cur.id AND cur.refusal IS NULL
		AND cur.status = 'active'
	RETURNING w.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.paused', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'because', c.paused_because) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, {webhook_columns n}, {queue_columns n} FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: webhook_resume :write
-- It goes on where it stopped; or, if what was missed is not wanted, with what happens from now on.
WITH cur AS (
	SELECT w AS was, w.id, w.status, CASE WHEN w.archived_at IS NOT NULL THEN 'archived' END AS refusal,
		coalesce(:body::json ->> 'missed', 'deliver') = 'skip' AS skips
	FROM webhooks w WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE
), changed AS (
	UPDATE webhooks w SET status = 'active', paused_because = NULL, paused_at = NULL,
		version = w.version + 1, updated_at = now()
	FROM cur WHERE w.organization_id = :org AND w.id = cur.id AND cur.refusal IS NULL
		AND cur.status = 'paused'
	RETURNING w.*
), queue AS (
	UPDATE webhook_queues q SET failures = 0, failing_since = NULL, work_at = now(),
		position = CASE WHEN cur.skips THEN (SELECT coalesce(max(z.seq), 0) FROM event_seals z
			WHERE z.organization_id = :org) ELSE q.position END
	FROM changed c JOIN cur ON cur.id = c.id WHERE q.organization_id = :org AND q.webhook_id = c.id
), skipped AS (
	UPDATE webhook_deliveries d SET status = 'given_up', due_at = NULL, finished_at = now(),
		failure = 'skipped'
	FROM changed c JOIN cur ON cur.id = c.id AND cur.skips
	WHERE d.organization_id = :org AND d.webhook_id = c.id
		AND d.status IN ('waiting', 'pending', 'sending')
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.resumed', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'skips', cur.skips)
	FROM changed c JOIN cur ON cur.id = c.id
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT (cur.was).* FROM cur WHERE NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, {webhook_columns n}, {queue_columns n} FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: webhook_ping :write
-- Tried once, before all that waits.
WITH cur AS (
	SELECT w.id, CASE WHEN w.archived_at IS NOT NULL THEN 'archived'
			WHEN w.status = 'paused' THEN 'webhook_paused' END AS refusal
	FROM webhooks w WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
), made AS (
	SELECT new_id() AS id, cur.id AS webhook_id FROM cur WHERE cur.refusal IS NULL
), new AS (
	INSERT INTO webhook_deliveries (organization_id, id, webhook_id, message_id, type, seq, object_id,
		status, due_at, give_up_at)
	SELECT :org, m.id, m.webhook_id, m.id, 'webhook.ping', 0, m.id, 'pending', '-infinity', now()
	FROM made m
	RETURNING *
), queue AS (
	UPDATE webhook_queues q SET work_at = now()
	FROM new WHERE q.organization_id = :org AND q.webhook_id = new.webhook_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.pinged', new.webhook_id, :actor_kind, :actor::uuid, :request_id, '{}' FROM new
), out AS (
	SELECT cur.refusal, {delivery_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: webhook_replay :write
-- What was sealed in a span of time, by the numbers of the seals: those that it may know of are sent
-- once more.
WITH cur AS (
	SELECT w AS was, w.id, CASE WHEN w.archived_at IS NOT NULL THEN 'archived'
			WHEN w.status = 'paused' THEN 'webhook_paused'
			WHEN q.replay_until IS NOT NULL THEN 'replay_running' END AS refusal
	FROM webhooks w JOIN webhook_queues q ON q.organization_id = w.organization_id AND q.webhook_id = w.id
	WHERE w.organization_id = :org AND w.id = :webhook_id
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE OF q
), span AS (
	SELECT cur.id, b.since, b.until, events_before(b.since) AS first,
		-- That looks five minutes back, since sealing comes behind what happens.
		CASE WHEN b.until < now() - interval '10 minutes' THEN events_before(b.until + interval '10 minutes')
			ELSE (SELECT coalesce(max(z.seq), 0) FROM event_seals z WHERE z.organization_id = :org) END
			AS last
	FROM json_to_record(:body::json) AS b(since timestamptz, until timestamptz) CROSS JOIN cur WHERE cur.refusal IS NULL
), queue AS (
	UPDATE webhook_queues q SET replay_position = s.first, replay_until = s.last,
		replay_since = s.since, replay_before = coalesce(s.until, 'infinity')
	FROM span s WHERE q.organization_id = :org AND q.webhook_id = s.id AND s.last > s.first
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.replayed', s.id, :actor_kind, :actor::uuid, :request_id, :body::jsonb
	FROM span s
), out AS (
	SELECT cur.refusal, {webhook_columns w}, s.last > s.first AS replaying,
		(SELECT q.failing_since FROM webhook_queues q
			WHERE q.organization_id = :org AND q.webhook_id = w.id) AS failing_since,
		(SELECT q.last_success_at FROM webhook_queues q
			WHERE q.organization_id = :org AND q.webhook_id = w.id) AS last_success_at
	FROM cur LEFT JOIN span s ON true LEFT JOIN webhooks w ON w.organization_id = :org AND w.id = s.id
)
SELECT * FROM out;

-- name: webhook_deliveries_list :list
SELECT {delivery_columns d}
	/*sort_key*/
FROM webhook_deliveries d
WHERE d.organization_id = :org AND d.webhook_id = :webhook_id AND {delivery_known d}
-- filter status: AND d.status = :status
-- filter type: AND d.type = :type
-- sort created_at timestamptz: d.created_at
-- id: d.id

-- name: webhook_delivery_get :read
SELECT {delivery_columns d} FROM webhook_deliveries d
JOIN webhooks w ON w.organization_id = d.organization_id AND w.id = d.webhook_id
WHERE d.organization_id = :org AND d.id = :delivery_id AND {delivery_known d}
	AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid);

-- name: webhook_delivery_replay :write
-- One that is still under way stays as it is; a ping is sent anew by pinging.
WITH cur AS (
	SELECT d.id, d.webhook_id, d.object_id,
		CASE WHEN w.archived_at IS NOT NULL THEN 'archived'
			WHEN w.status = 'paused' THEN 'webhook_paused'
			WHEN d.event_id IS NULL THEN 'delivery_is_ping'
			WHEN d.finished_at IS NULL THEN 'delivery_under_way' END AS refusal
	FROM webhook_deliveries d
	JOIN webhooks w ON w.organization_id = d.organization_id AND w.id = d.webhook_id
	JOIN webhook_queues q ON q.organization_id = d.organization_id AND q.webhook_id = d.webhook_id
	WHERE d.organization_id = :org AND d.id = :delivery_id AND {delivery_known d}
		AND (:actor_kind <> 'client' OR w.client_id = :actor::uuid)
	FOR UPDATE OF q
), new AS (
	UPDATE webhook_deliveries d SET attempts = 0, give_up_at = NULL, finished_at = NULL,
		status = CASE WHEN b.busy THEN 'waiting' ELSE 'pending' END,
		due_at = CASE WHEN NOT b.busy THEN now() END
	FROM cur CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM webhook_deliveries o
		WHERE o.organization_id = :org AND o.webhook_id = cur.webhook_id
			AND o.object_id = cur.object_id AND o.status IN ('waiting', 'pending', 'sending')) AS busy) b
	WHERE d.organization_id = :org AND d.id = cur.id AND cur.refusal IS NULL
	RETURNING d.*
), queue AS (
	UPDATE webhook_queues q SET work_at = now()
	FROM new WHERE q.organization_id = :org AND q.webhook_id = new.webhook_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'webhook.replayed', new.webhook_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('delivery_id', new.id) FROM new
), out AS (
	SELECT cur.refusal, {delivery_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
