-- Webhooks: who is told of which events, and how far the telling has come.
--
-- An event becomes a delivery once it is sealed, in the order of sealing, if the webhook may know of
-- it at that moment: it sees what an API client sees (visible_events). When a delivery is taken to be
-- sent it is asked again. Rows hold ids; what is sent is made when it is sent.
--
-- A delivery is
--   waiting    for the one before it of the same object
--   pending    to be sent from due_at on
--   sending    taken by a node, until due_at: then the node is dead, and another takes it
--   delivered, given_up (its time is over), withheld (it may not be known of any more)

-- ---- tables -----------------------------------------------------------------------------------

CREATE TABLE webhooks (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	url             text NOT NULL CHECK (char_length(url) BETWEEN 8 AND 2000),
	-- 'application.moved', 'application.*' or '*'.
	event_types     text[] NOT NULL CHECK (cardinality(event_types) BETWEEN 1 AND 100),
	-- Personal data that payloads carry; none unless it was asked for.
	include         text[] NOT NULL DEFAULT '{}' CHECK (include <@ ARRAY['candidate']),
	-- The program that made it, and without which it ends; NULL: an admin did, for the organization.
	client_id       uuid,
	status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
	paused_because  text CHECK (paused_because IN ('by_hand', 'failing', 'gone', 'client_revoked')),
	paused_at       timestamptz,
	-- The secret is derived from the server's key and this; so nothing here can sign.
	secret_salt     uuid NOT NULL DEFAULT gen_random_uuid(),
	previous_salt   uuid,
	previous_until  timestamptz,
	archived_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, client_id) REFERENCES api_clients,
	CHECK ((status = 'paused') = (paused_because IS NOT NULL AND paused_at IS NOT NULL)),
	CHECK ((previous_salt IS NULL) = (previous_until IS NULL))
);
CREATE INDEX webhooks_list ON webhooks (organization_id, created_at DESC, id DESC);
CREATE INDEX webhooks_name ON webhooks (organization_id, name, id);

-- How far it has come: apart from the webhook, whose version is not to change with every event.
-- Whoever changes deliveries holds this row, so that no two nodes order them differently.
CREATE TABLE webhook_queues (
	organization_id uuid NOT NULL,
	webhook_id      uuid NOT NULL,
	-- Events up to here, by their seal's number, have become deliveries.
	position        bigint NOT NULL,
	-- A span that is being sent again: of the seals behind the first up to the second, what happened
	-- between the two moments.
	replay_position bigint,
	replay_until    bigint,
	replay_since    timestamptz,
	replay_before   timestamptz,
	-- When there is something to send; NULL: nothing is.
	work_at         timestamptz,
	-- Attempts that failed since one succeeded.
	failures        integer NOT NULL DEFAULT 0,
	failing_since   timestamptz,
	last_success_at timestamptz,
	PRIMARY KEY (organization_id, webhook_id),
	FOREIGN KEY (organization_id, webhook_id) REFERENCES webhooks,
	CHECK ((replay_position IS NULL) = (replay_until IS NULL))
);
CREATE INDEX webhook_queues_work ON webhook_queues (work_at) WHERE work_at IS NOT NULL;

CREATE TABLE webhook_deliveries (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	webhook_id      uuid NOT NULL,
	-- What the receiver knows it by, however often it is sent: the event's id, or a ping's own.
	message_id      uuid NOT NULL,
	event_id        uuid,
	type            text NOT NULL,
	seq             bigint NOT NULL,
	-- Deliveries of one object are sent one after the other.
	object_id       uuid NOT NULL,
	candidate_id    uuid,
	status          text NOT NULL CHECK (status IN
		('waiting', 'pending', 'sending', 'delivered', 'given_up', 'withheld')),
	due_at          timestamptz,
	give_up_at      timestamptz,
	attempts        integer NOT NULL DEFAULT 0,
	last_attempt_at timestamptz,
	duration_ms     integer,
	answer_status   integer,
	-- The beginning of what the receiver said, which may name someone.
	answer_excerpt  text CHECK (char_length(answer_excerpt) <= 1000),
	failure         text,
	finished_at     timestamptz,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT webhook_deliveries_message UNIQUE (organization_id, webhook_id, message_id),
	FOREIGN KEY (organization_id, webhook_id) REFERENCES webhooks,
	FOREIGN KEY (organization_id, event_id) REFERENCES events,
	CHECK ((status IN ('pending', 'sending')) = (due_at IS NOT NULL)),
	CHECK ((status IN ('delivered', 'given_up', 'withheld')) = (finished_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries
	(organization_id, webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_status ON webhook_deliveries
	(organization_id, webhook_id, status, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_type ON webhook_deliveries
	(organization_id, webhook_id, type, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (organization_id, webhook_id, due_at)
	WHERE status IN ('pending', 'sending');
CREATE INDEX webhook_deliveries_sending ON webhook_deliveries (organization_id, webhook_id, due_at)
	WHERE status = 'sending';
CREATE INDEX webhook_deliveries_object ON webhook_deliveries
	(organization_id, webhook_id, object_id, (status = 'waiting'), seq, id)
	WHERE status IN ('waiting', 'pending', 'sending');
CREATE INDEX webhook_deliveries_candidate ON webhook_deliveries (organization_id, candidate_id)
	WHERE candidate_id IS NOT NULL AND answer_excerpt IS NOT NULL;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['webhooks', 'webhook_queues', 'webhook_deliveries'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
	END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON webhooks, webhook_queues TO assay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO assay_app;
-- The worker looks for what is to do, in every organization, and does it as the service.
CREATE POLICY worker ON webhooks FOR SELECT TO assay_worker
	USING (status = 'active' AND archived_at IS NULL);
GRANT SELECT (organization_id, id, status, archived_at) ON webhooks TO assay_worker;
CREATE POLICY worker ON webhook_queues FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id, webhook_id, position, replay_position, work_at) ON webhook_queues
	TO assay_worker;
CREATE POLICY worker ON event_seals FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id, seq) ON event_seals TO assay_worker;

-- ---- as whom ----------------------------------------------------------------------------------

-- Enters as the webhook: it knows what an API client knows. False where its program may not sign in
-- any more.
CREATE FUNCTION webhook_enter(client uuid, webhook uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	IF client IS NOT NULL AND NOT EXISTS (SELECT FROM api_clients c
		WHERE c.organization_id = org() AND c.id = client AND c.revoked_at IS NULL
			AND (c.expires_at IS NULL OR c.expires_at > now())) THEN
		RETURN false;
	END IF;
	said := set_config('assay.actor_kind', 'client', true);
	said := set_config('assay.actor', coalesce(client, webhook)::text, true);
	said := set_config('assay.level', 'client', true);
	RETURN true;
END $$;

CREATE FUNCTION webhook_wants(types text[], type text) RETURNS boolean LANGUAGE sql IMMUTABLE
	PARALLEL SAFE RETURN types && ARRAY[type, split_part(type, '.', 1) || '.*', '*'];

-- Whom an event is about.
CREATE FUNCTION webhook_candidate(type text, object uuid, application uuid, data jsonb) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN application IS NOT NULL THEN (SELECT a.candidate_id FROM applications a
			WHERE a.organization_id = org() AND a.id = application)
		WHEN type LIKE 'candidate.%' THEN object
		WHEN (data ->> 'candidate_id') ~ '^[0-9a-f-]{36}$' THEN (data ->> 'candidate_id')::uuid END;
END $$;

-- ---- pausing ----------------------------------------------------------------------------------

-- By the system: whoever reads events is told.
CREATE FUNCTION webhook_pause(webhook uuid, because text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	WITH paused AS (
		UPDATE webhooks w SET status = 'paused', paused_because = because, paused_at = now(),
			version = w.version + 1, updated_at = now()
		WHERE w.organization_id = org() AND w.id = webhook AND w.status = 'active'
		RETURNING w.id, w.version
	)
	INSERT INTO events (organization_id, type, object_id, actor_kind, data)
	SELECT org(), 'webhook.paused', p.id, 'system',
		jsonb_build_object('version', p.version, 'because', because) FROM paused p;
	UPDATE webhook_queues q SET work_at = NULL
	WHERE q.organization_id = org() AND q.webhook_id = webhook;
END $$;

-- ---- from events to deliveries ----------------------------------------------------------------

-- The first of an object's deliveries that wait, where none is under way, is due now.
CREATE FUNCTION webhook_promote(webhook uuid, objects uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE webhook_deliveries d SET status = 'pending', due_at = now()
	FROM (SELECT DISTINCT k.id FROM unnest(objects) AS k(id)) k
	CROSS JOIN LATERAL (SELECT f.id, f.status FROM webhook_deliveries f
		WHERE f.organization_id = org() AND f.webhook_id = webhook AND f.object_id = k.id
			AND f.status IN ('waiting', 'pending', 'sending')
		ORDER BY f.status = 'waiting', f.seq, f.id LIMIT 1) f
	WHERE d.organization_id = org() AND d.id = f.id AND f.status = 'waiting';
END $$;

-- When there is something to send; not before `least`.
CREATE FUNCTION webhook_next_work(webhook uuid, not_before timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT greatest(d.due_at, not_before) FROM webhook_deliveries d
		WHERE d.organization_id = org() AND d.webhook_id = webhook
			AND d.status IN ('pending', 'sending')
		ORDER BY d.due_at LIMIT 1);
END $$;

-- Turns the next so many sealed events into deliveries, and those of a span that is sent again.
-- Whether there are more.
CREATE FUNCTION webhook_feed(organization uuid, webhook uuid, most integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	w record;
	q record;
	upto bigint;
	newest bigint;
	objects uuid[];
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT k.* INTO q FROM webhook_queues k
	WHERE k.organization_id = org() AND k.webhook_id = webhook FOR UPDATE;
	SELECT h.* INTO w FROM webhooks h WHERE h.organization_id = org() AND h.id = webhook
		AND h.status = 'active' AND h.archived_at IS NULL;
	IF NOT FOUND OR q IS NULL THEN
		RETURN false;
	END IF;
	IF NOT webhook_enter(w.client_id, w.id) THEN
		PERFORM webhook_pause(w.id, 'client_revoked');
		RETURN false;
	END IF;
	SELECT max(z.seq) INTO newest FROM event_seals z WHERE z.organization_id = org();
	IF newest > q.position THEN
		upto := least(newest, q.position + most);
		objects := webhook_add(w.id, w.event_types, q.position, upto, false,
			'-infinity', 'infinity');
		q.position := upto;
	END IF;
	IF q.replay_position IS NOT NULL THEN
		upto := least(q.replay_until, q.replay_position + most);
		objects := objects || webhook_add(w.id, w.event_types, q.replay_position, upto, true,
			q.replay_since, q.replay_before);
		q.replay_position := nullif(upto, q.replay_until);
		q.replay_until := CASE WHEN q.replay_position IS NOT NULL THEN q.replay_until END;
	END IF;
	UPDATE webhook_queues k SET position = q.position, replay_position = q.replay_position,
		replay_until = q.replay_until,
		work_at = CASE WHEN coalesce(objects, '{}') = '{}' THEN k.work_at
			WHEN k.failures >= 3 AND k.work_at > now() THEN k.work_at ELSE now() END
	WHERE k.organization_id = org() AND k.webhook_id = w.id;
	RETURN newest > q.position OR q.replay_position IS NOT NULL;
END $$;

-- The deliveries of a stretch; the objects that have one now. `again`: those that are done, too.
CREATE FUNCTION webhook_add(webhook uuid, types text[], after bigint, upto bigint, again boolean,
	since timestamptz, before timestamptz)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
	objects uuid[];
BEGIN
	-- Each stretch is planned as the few rows that it is.
	EXECUTE $sql$
		WITH known AS MATERIALIZED (
			SELECT v.seq, v.id, v.type, coalesce(v.application_id, v.object_id) AS object_id,
				webhook_candidate(v.type, v.object_id, v.application_id, v.data) AS candidate_id
			FROM visible_events v
			WHERE v.organization_id = org() AND v.seq > $3 AND v.seq <= $4
				AND v.created_at >= $6 AND v.created_at < $7 AND webhook_wants($2, v.type)
		), added AS (
			INSERT INTO webhook_deliveries AS d (organization_id, webhook_id, message_id, event_id,
				type, seq, object_id, candidate_id, status)
			SELECT org(), $1, k.id, k.id, k.type, k.seq, k.object_id, k.candidate_id, 'waiting'
			FROM known k ORDER BY k.seq
			ON CONFLICT (organization_id, webhook_id, message_id) DO UPDATE
				SET status = 'waiting', finished_at = NULL, give_up_at = NULL, attempts = 0
				WHERE $5 AND d.status IN ('delivered', 'given_up', 'withheld')
			RETURNING d.object_id
		)
		SELECT coalesce(array_agg(DISTINCT a.object_id), '{}') FROM added a
	$sql$ INTO objects USING webhook, types, after, upto, again, since, before;
	PERFORM webhook_promote(webhook, objects);
	RETURN objects;
END $$;

-- ---- sending ----------------------------------------------------------------------------------

-- Takes deliveries that are due for this node, and says what to send. While a receiver fails it is
-- tried with one at a time. Nothing where another node is at it.
CREATE FUNCTION webhook_take(organization uuid, webhook uuid, most integer, lease_ms bigint, span_ms bigint)
RETURNS TABLE (id uuid, attempt integer, message_id uuid, type text, occurred_at text,
	object_id uuid, application_id uuid, candidate_id uuid, role_id uuid, candidate json, url text,
	secret_salt uuid, previous_salt uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	w record;
	q record;
	room integer;
	shown uuid[];
	hidden uuid[];
	objects uuid[];
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT k.* INTO q FROM webhook_queues k
	WHERE k.organization_id = org() AND k.webhook_id = webhook AND k.work_at <= now()
	FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT h.* INTO w FROM webhooks h WHERE h.organization_id = org() AND h.id = webhook
		AND h.status = 'active' AND h.archived_at IS NULL;
	IF NOT FOUND THEN
		UPDATE webhook_queues k SET work_at = NULL
		WHERE k.organization_id = org() AND k.webhook_id = webhook;
		RETURN;
	END IF;
	IF NOT webhook_enter(w.client_id, w.id) THEN
		PERFORM webhook_pause(w.id, 'client_revoked');
		RETURN;
	END IF;
	SELECT least(most, CASE WHEN q.failures >= 3 THEN 1 ELSE 64 END - count(*)) INTO room
	FROM webhook_deliveries d
	WHERE d.organization_id = org() AND d.webhook_id = webhook AND d.status = 'sending'
		AND d.due_at > now();
	SELECT array_agg(d.id) FILTER (WHERE d.known), array_agg(d.id) FILTER (WHERE NOT d.known),
		array_agg(d.object_id) FILTER (WHERE NOT d.known)
	INTO shown, hidden, objects FROM (
		SELECT d.id, d.object_id, d.event_id IS NULL OR coalesce((SELECT true FROM visible_events v
			WHERE v.organization_id = org() AND v.seq = d.seq AND v.id = d.event_id), false) AS known
		FROM (SELECT d.id, d.object_id, d.event_id, d.seq FROM webhook_deliveries d
			WHERE d.organization_id = org() AND d.webhook_id = webhook
				AND d.status IN ('pending', 'sending') AND d.due_at <= now()
			ORDER BY d.due_at, d.seq LIMIT greatest(room, 0)) d) d;
	IF hidden IS NOT NULL THEN
		UPDATE webhook_deliveries d SET status = 'withheld', due_at = NULL, finished_at = now()
		WHERE d.organization_id = org() AND d.id = ANY (hidden);
		PERFORM webhook_promote(webhook, objects);
	END IF;
	RETURN QUERY
	WITH taken AS (
		UPDATE webhook_deliveries d SET status = 'sending', attempts = d.attempts + 1,
			due_at = now() + make_interval(secs => lease_ms / 1000.0), last_attempt_at = now(),
			give_up_at = coalesce(d.give_up_at, now() + make_interval(secs => span_ms / 1000.0))
		WHERE d.organization_id = org() AND d.id = ANY (shown)
		RETURNING d.*
	)
	SELECT d.id, d.attempts, d.message_id, d.type, to_char(coalesce(e.created_at, d.created_at)
			AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
		coalesce(e.object_id, d.object_id), e.application_id, d.candidate_id, a.role_id,
		CASE WHEN 'candidate' = ANY (w.include) AND d.candidate_id IS NOT NULL THEN
			(SELECT json_build_object('name', c.name, 'email', c.email) FROM shown_candidates c
			WHERE c.organization_id = org() AND c.id = d.candidate_id AND c.erased_at IS NULL) END,
		w.url, w.secret_salt, CASE WHEN w.previous_until > now() THEN w.previous_salt END
	FROM taken d
	LEFT JOIN events e ON e.organization_id = d.organization_id AND e.id = d.event_id
	LEFT JOIN applications a ON a.organization_id = d.organization_id AND a.id = e.application_id
	ORDER BY d.seq;
	UPDATE webhook_queues k SET work_at = webhook_next_work(webhook,
		-- With no room, or while it is tried with one, whoever is done looks again.
		CASE WHEN room <= 0 OR q.failures >= 3 THEN now() + interval '1 second' END)
	WHERE k.organization_id = org() AND k.webhook_id = webhook;
END $$;

-- A rest between attempts, of so many milliseconds: at least about five seconds of 24 hours, at most
-- an eighth of the span, and never the same for all.
CREATE FUNCTION webhook_rest(wanted numeric, span_ms bigint) RETURNS interval LANGUAGE sql VOLATILE
	RETURN make_interval(secs => least(span_ms / 8.0, greatest(span_ms / 17280.0, 100, wanted))
		/ 1000.0 * (0.8 + 0.4 * random()));

-- What became of attempts: [{"id", "attempt", "ok", "gone", "status", "excerpt", "failure", "ms"}].
-- An attempt whose lease had ended, so that another node took it, says nothing any more.
CREATE FUNCTION webhook_settle(organization uuid, webhook uuid, results jsonb, span_ms bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	q record;
	objects uuid[];
	succeeded integer;
	failed integer;
	gone boolean;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT k.* INTO q FROM webhook_queues k
	WHERE k.organization_id = org() AND k.webhook_id = webhook FOR UPDATE;
	WITH said AS MATERIALIZED (
		SELECT * FROM jsonb_to_recordset(results) AS r(id uuid, attempt integer, ok boolean,
			gone boolean, status integer, excerpt text, failure text, ms integer)
	), settled AS (
		UPDATE webhook_deliveries d SET
			status = CASE WHEN s.ok THEN 'delivered'
				WHEN s.gone OR now() >= d.give_up_at THEN 'given_up' ELSE 'pending' END,
			due_at = CASE WHEN NOT s.ok AND NOT s.gone AND now() < d.give_up_at
				THEN least(d.give_up_at, now() + webhook_rest(
					-- Four times as long each time.
					greatest(span_ms / 17280.0, 100) * 4.0 ^ least(d.attempts - 1, 10), span_ms)) END,
			finished_at = CASE WHEN s.ok OR s.gone OR now() >= d.give_up_at THEN now() END,
			answer_status = s.status, answer_excerpt = s.excerpt, failure = s.failure,
			duration_ms = s.ms
		FROM said s WHERE d.organization_id = org() AND d.id = s.id AND d.webhook_id = webhook
			AND d.status = 'sending' AND d.attempts = s.attempt
		RETURNING d.object_id, d.status, s.ok, s.gone
	)
	SELECT coalesce(array_agg(s.object_id) FILTER (WHERE s.status <> 'pending'), '{}'),
		count(*) FILTER (WHERE s.ok), count(*) FILTER (WHERE NOT s.ok), bool_or(s.gone)
	INTO objects, succeeded, failed, gone FROM settled s;
	PERFORM webhook_promote(webhook, objects);
	UPDATE webhook_queues k SET
		failures = CASE WHEN succeeded > 0 THEN 0 ELSE least(k.failures + failed, 1000000) END,
		failing_since = CASE WHEN succeeded > 0 THEN NULL
			WHEN failed > 0 THEN coalesce(k.failing_since, now()) ELSE k.failing_since END,
		last_success_at = CASE WHEN succeeded > 0 THEN now() ELSE k.last_success_at END
	WHERE k.organization_id = org() AND k.webhook_id = webhook
	RETURNING * INTO q;
	UPDATE webhook_queues k SET work_at = webhook_next_work(webhook,
		-- As long again as it has failed so far.
		CASE WHEN q.failures >= 3 THEN now() + webhook_rest(
			extract(epoch FROM now() - q.failing_since) * 1000, span_ms) END)
	WHERE k.organization_id = org() AND k.webhook_id = webhook;
	IF gone THEN
		PERFORM webhook_pause(webhook, 'gone');
	ELSIF q.failing_since < now() - make_interval(secs => span_ms / 1000.0) THEN
		PERFORM webhook_pause(webhook, 'failing');
	END IF;
END $$;

-- ---- forgetting -------------------------------------------------------------------------------

-- The log is kept for 30 days. True while there may be more to forget.
CREATE FUNCTION webhook_forget(organization uuid, webhook uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	forgotten bigint;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	DELETE FROM webhook_deliveries d WHERE d.organization_id = org() AND d.id = ANY (ARRAY(
		SELECT o.id FROM webhook_deliveries o WHERE o.organization_id = org()
			AND o.webhook_id = webhook AND o.created_at < now() - interval '30 days'
			AND o.finished_at < now() - interval '30 days' LIMIT 1000));
	GET DIAGNOSTICS forgotten = ROW_COUNT;
	RETURN forgotten = 1000;
END $$;

-- What a receiver answered about someone who is erased goes with them.
CREATE POLICY erasure ON webhook_deliveries TO assay_owner USING (organization_id = org());
CREATE FUNCTION erase_candidate_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE webhook_deliveries d SET answer_excerpt = NULL
	WHERE d.organization_id = NEW.organization_id AND d.answer_excerpt IS NOT NULL
		AND d.candidate_id = ANY (candidates_once_one(NEW.id));
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_answers AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_answers();

-- ---- sandboxes --------------------------------------------------------------------------------

-- As in 0018, and webhooks, which belong to programs: what they were told goes.
CREATE OR REPLACE FUNCTION kept_by_resets() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 11 AS $$
	VALUES ('organizations', 'the sandbox itself'),
		('users', 'people sign in as before'),
		('user_preferences', 'people''s own'),
		('refresh_tokens', 'nobody is signed out'),
		('api_clients', 'programs sign in as before'),
		('webhooks', 'programs are told as before'),
		('webhook_queues', 'how far they were told'),
		('events', 'the record; what a reset took away is told by it'),
		('event_seals', 'the record''s chain'),
		('sandbox_resets', 'the reset under way'),
		('scheduled_tasks', 'when what runs by itself is due')
$$;
CALL keep_plans_steady();
CALL let_resets_empty();
