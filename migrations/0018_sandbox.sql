-- What runs by itself: retention and consents looked at for each organization, sandboxes emptied.

-- ---- sandboxes --------------------------------------------------------------------------------

-- An organization is what it was made as for ever.
ALTER TABLE organizations
	ADD COLUMN kind text NOT NULL DEFAULT 'production' CHECK (kind IN ('production', 'sandbox')),
	ADD CONSTRAINT organizations_kind_key UNIQUE (organization_id, kind);
CREATE FUNCTION refuse_another_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'an organization stays what it was made as'
		USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'organization_kind';
END $$;
CREATE TRIGGER organizations_kind_fixed BEFORE UPDATE OF kind ON organizations
	FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind) EXECUTE FUNCTION refuse_another_kind();

-- The last reset of each sandbox. A production organization cannot have one: the reference holds the
-- kind, too.
CREATE TABLE sandbox_resets (
	organization_id   uuid PRIMARY KEY,
	organization_kind text NOT NULL DEFAULT 'sandbox' CHECK (organization_kind = 'sandbox'),
	state             text NOT NULL DEFAULT 'emptying'
		CHECK (state IN ('emptying', 'filling', 'done', 'failed')),
	demo              boolean NOT NULL,
	rows_deleted      bigint NOT NULL DEFAULT 0,
	requested_by      uuid NOT NULL,
	requested_at      timestamptz NOT NULL DEFAULT now(),
	emptied_at        timestamptz,
	finished_at       timestamptz,
	-- Until then the node that fills it is taken to be alive.
	lease_until       timestamptz,
	version           bigint NOT NULL DEFAULT 1,
	CONSTRAINT sandbox_resets_of_sandboxes FOREIGN KEY (organization_id, organization_kind)
		REFERENCES organizations (organization_id, kind),
	FOREIGN KEY (organization_id, requested_by) REFERENCES users,
	CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX sandbox_resets_running ON sandbox_resets (requested_at)
	WHERE state IN ('emptying', 'filling');

-- Is the organization that was entered a sandbox that is being emptied now?
CREATE FUNCTION being_emptied() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM sandbox_resets s
		WHERE s.organization_id = org() AND s.state = 'emptying');
END $$;

-- As in 0001, but for a sandbox that is being emptied.
CREATE OR REPLACE FUNCTION refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	version_id uuid;
	org_id uuid;
BEGIN
	IF TG_OP = 'DELETE' AND current_user = 'assay_owner' AND being_emptied() THEN
		RETURN OLD;
	END IF;
	IF TG_TABLE_NAME = 'rubric_versions' THEN
		IF OLD.status = 'published' THEN
			RAISE EXCEPTION 'a published rubric version never changes'
				USING ERRCODE = 'integrity_constraint_violation',
				      CONSTRAINT = 'rubric_version_published';
		END IF;
	ELSE
		IF TG_OP = 'INSERT' THEN
			version_id := NEW.rubric_version_id; org_id := NEW.organization_id;
		ELSE
			version_id := OLD.rubric_version_id; org_id := OLD.organization_id;
		END IF;
		PERFORM 1 FROM rubric_versions v
		WHERE v.organization_id = org_id AND v.id = version_id AND v.status = 'published';
		IF FOUND THEN
			RAISE EXCEPTION 'a published rubric version never changes'
				USING ERRCODE = 'integrity_constraint_violation',
				      CONSTRAINT = 'rubric_version_published';
		END IF;
	END IF;
	RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- What a reset leaves: people, programs and how they sign in, and the record of every change.
CREATE FUNCTION kept_by_resets() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 9 AS $$
	VALUES ('organizations', 'the sandbox itself'),
		('users', 'people sign in as before'),
		('user_preferences', 'people''s own'),
		('refresh_tokens', 'nobody is signed out'),
		('api_clients', 'programs sign in as before'),
		('events', 'the record; what a reset took away is told by it'),
		('event_seals', 'the record''s chain'),
		('sandbox_resets', 'the reset under way'),
		('scheduled_tasks', 'when what runs by itself is due')
$$;

-- The tables that a reset empties, those that refer to others first. Tables that refer to each other
-- are checked at the end of a transaction and emptied in one (`together`).
CREATE FUNCTION emptied_by_resets() RETURNS TABLE (name text, together boolean)
LANGUAGE plpgsql STABLE ROWS 60 AS $$
DECLARE
	circle text[];
	pending text[];
	ready text[];
BEGIN
	SELECT array_agg(DISTINCT t.relname::text) INTO circle
	FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	WHERE c.contype = 'f' AND c.condeferrable;
	SELECT array_agg(t.relname::text ORDER BY t.relname) INTO pending
	FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'organization_id'
	WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
		AND t.relname NOT IN (SELECT k.name FROM kept_by_resets() k);
	WHILE pending <> '{}' LOOP
		SELECT array_agg(p.name ORDER BY p.name = ANY (circle), p.name) INTO STRICT ready
		FROM unnest(pending) AS p(name)
		WHERE NOT EXISTS (SELECT FROM pg_constraint c
			JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
			WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND t.relname = ANY (pending)
				AND CASE WHEN p.name = ANY (circle)
					THEN r.relname = ANY (circle) AND t.relname <> ALL (circle)
					ELSE r.relname = p.name END);
		IF ready IS NULL THEN
			RAISE EXCEPTION 'tables refer to each other: %', pending;
		END IF;
		RETURN QUERY SELECT r.name, r.name = ANY (circle) FROM unnest(ready) AS r(name);
		SELECT coalesce(array_agg(p.name), '{}') INTO pending
		FROM unnest(pending) AS p(name) WHERE p.name <> ALL (ready);
	END LOOP;
END $$;

-- Deletes of the entered sandbox's rows what can be deleted in so many milliseconds, in pieces, so
-- that no lock is held for long. `finished`: there is nothing left.
CREATE FUNCTION sandbox_empty(milliseconds integer, OUT deleted bigint, OUT finished boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	until timestamptz := clock_timestamp() + make_interval(secs => milliseconds / 1000.0);
	t record;
	reference text;
	piece bigint;
BEGIN
	IF NOT being_emptied() THEN
		RAISE EXCEPTION 'not a sandbox that is being emptied'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'not_a_sandbox';
	END IF;
	deleted := 0;
	finished := false;
	FOR t IN SELECT * FROM emptied_by_resets() LOOP
		-- Where rows of a table refer to each other, they let go first.
		FOR reference IN SELECT a.attname FROM pg_constraint c
			JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
			WHERE c.contype = 'f' AND c.conrelid = c.confrelid
				AND c.conrelid = ('public.' || quote_ident(t.name))::regclass
				AND a.attname <> 'organization_id'
		LOOP
			EXECUTE format('UPDATE %1$I SET %2$I = NULL WHERE organization_id = org()'
				' AND %2$I IS NOT NULL', t.name, reference);
		END LOOP;
		LOOP
			IF NOT t.together AND clock_timestamp() > until THEN
				RETURN;
			END IF;
			EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY('
				'SELECT ctid FROM %1$I WHERE organization_id = org() %2$s %3$s))', t.name,
				CASE t.name WHEN 'external_ids' THEN 'AND object_type <> ''user'''
					-- A repeated reset is known by its key.
					WHEN 'idempotency_keys' THEN 'AND scope NOT LIKE ''% /v1/sandbox/reset'''
					ELSE '' END,
				CASE WHEN t.together THEN '' ELSE 'LIMIT 500' END);
			GET DIAGNOSTICS piece = ROW_COUNT;
			deleted := deleted + piece;
			EXIT WHEN piece = 0 OR t.together;
		END LOOP;
	END LOOP;
	finished := true;
END $$;
REVOKE ALL ON FUNCTION sandbox_empty(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sandbox_empty(integer) TO assay_app;

-- One step of a reset: true while there is more to empty. Another node's is left alone.
CREATE FUNCTION sandbox_step(organization uuid, milliseconds integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	s record;
	n record;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT r.* INTO s FROM sandbox_resets r
	WHERE r.organization_id = organization AND r.state = 'emptying' FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	SELECT * INTO n FROM sandbox_empty(milliseconds);
	UPDATE sandbox_resets r SET rows_deleted = r.rows_deleted + n.deleted, version = r.version + 1,
		state = CASE WHEN NOT n.finished THEN r.state WHEN r.demo THEN 'filling' ELSE 'done' END,
		emptied_at = CASE WHEN n.finished THEN now() END,
		finished_at = CASE WHEN n.finished AND NOT r.demo THEN now() END
	WHERE r.organization_id = organization;
	IF n.finished THEN
		INSERT INTO events (organization_id, type, object_id, actor_kind, data)
		SELECT organization, 'sandbox.emptied', organization, 'system',
			jsonb_build_object('rows', s.rows_deleted + n.deleted, 'requested_by', s.requested_by);
	END IF;
	RETURN NOT n.finished;
END $$;

-- Takes the filling of an emptied sandbox for this node: as which admin. One that another node began
-- and did not end is emptied again.
CREATE FUNCTION sandbox_fill_take(organization uuid)
RETURNS TABLE (admin_id uuid, token_version bigint) LANGUAGE plpgsql AS $$
DECLARE
	s record;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT r.lease_until, r.requested_by INTO s FROM sandbox_resets r
	WHERE r.organization_id = organization AND r.state = 'filling'
		AND (r.lease_until IS NULL OR r.lease_until < now()) FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE sandbox_resets r SET version = r.version + 1,
		lease_until = CASE WHEN s.lease_until IS NULL THEN now() + interval '5 minutes' END,
		state = CASE WHEN s.lease_until IS NULL THEN 'filling' ELSE 'emptying' END
	WHERE r.organization_id = organization;
	RETURN QUERY SELECT u.id, u.token_version FROM users u
	WHERE s.lease_until IS NULL AND u.organization_id = organization AND u.id = s.requested_by
		AND u.status = 'active' AND u.access_level = 'admin';
	IF NOT FOUND AND s.lease_until IS NULL THEN
		PERFORM sandbox_filled(organization, false);
	END IF;
END $$;

CREATE FUNCTION sandbox_filled(organization uuid, whole boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	UPDATE sandbox_resets r SET state = CASE WHEN whole THEN 'done' ELSE 'failed' END,
		finished_at = now(), lease_until = NULL, version = r.version + 1
	WHERE r.organization_id = organization AND r.state = 'filling';
	INSERT INTO events (organization_id, type, object_id, actor_kind, data)
	VALUES (organization, 'sandbox.filled', organization, 'system', jsonb_build_object('whole', whole));
END $$;

-- ---- what is due for each organization --------------------------------------------------------

-- A row appears when the organization is first looked at. A task that is done in pieces stays due.
CREATE TABLE scheduled_tasks (
	organization_id  uuid NOT NULL REFERENCES organizations,
	task             text NOT NULL CHECK (task IN ('retention', 'consent')),
	next_at          timestamptz NOT NULL,
	done             bigint NOT NULL DEFAULT 0,
	last_done        bigint,
	last_finished_at timestamptz,
	PRIMARY KEY (organization_id, task)
);

-- Which notice a candidate's consent has had, and of which expiry; a renewed one has them anew.
CREATE TABLE consent_notices (
	organization_id uuid NOT NULL,
	candidate_id    uuid NOT NULL,
	kind            text NOT NULL CHECK (kind IN ('expiring', 'expired')),
	expires_at      timestamptz NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, candidate_id, kind),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates
);
CREATE FUNCTION erase_consent_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM consent_notices n
	WHERE n.organization_id = NEW.organization_id AND n.candidate_id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_consent_notices AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_consent_notices();

-- Erases whom the rules say, so many at most; how many it were.
CREATE FUNCTION run_retention(most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	done bigint;
BEGIN
	WITH due AS MATERIALIZED (
		SELECT d.candidate_id, d.rule_id FROM retention_due(most, false) d
	), locked AS MATERIALIZED (
		SELECT c.id, d.rule_id FROM candidates c JOIN due d ON d.candidate_id = c.id
		WHERE c.organization_id = org() AND c.erased_at IS NULL AND c.merged_into IS NULL
		FOR UPDATE OF c SKIP LOCKED
	), erased AS MATERIALIZED (
		SELECT l.id, l.rule_id, erase_candidate(l.id) AS texts FROM locked l
	), event AS (
		INSERT INTO events (organization_id, type, object_id, actor_kind, data)
		SELECT org(), 'candidate.erased', e.id, 'system',
			jsonb_build_object('texts', e.texts, 'retention_rule_id', e.rule_id) FROM erased e
	)
	SELECT count(*) INTO done FROM erased;
	RETURN done;
END $$;

-- Says which consents end within 30 days, and which have ended; each once.
CREATE FUNCTION run_consents(most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	done bigint;
BEGIN
	WITH ending AS (
		SELECT c.id, c.version, c.consent_expires_at,
			CASE WHEN c.consent_expires_at <= now() THEN 'expired' ELSE 'expiring' END AS kind
		FROM candidates c
		WHERE c.organization_id = org() AND c.consent_expires_at <= now() + interval '30 days'
			AND c.erased_at IS NULL AND c.merged_into IS NULL
	), due AS (
		SELECT e.* FROM ending e
		WHERE NOT EXISTS (SELECT FROM consent_notices n WHERE n.organization_id = org()
			AND n.candidate_id = e.id AND n.kind = e.kind AND n.expires_at = e.consent_expires_at)
		ORDER BY e.consent_expires_at, e.id LIMIT most
	), told AS (
		INSERT INTO consent_notices AS n (organization_id, candidate_id, kind, expires_at)
		SELECT org(), d.id, d.kind, d.consent_expires_at FROM due d
		ON CONFLICT (organization_id, candidate_id, kind)
			DO UPDATE SET expires_at = excluded.expires_at, created_at = now()
	), event AS (
		INSERT INTO events (organization_id, type, object_id, actor_kind, data)
		SELECT org(), CASE d.kind WHEN 'expiring' THEN 'candidate.consent_expiring'
				ELSE 'candidate.consent_expired' END, d.id, 'system',
			jsonb_build_object('version', d.version) FROM due d
	)
	SELECT count(*) INTO done FROM due;
	RETURN done;
END $$;

-- One piece of a task of an organization, unless another node is at it: how much was done, NULL when
-- there was nothing to do. A retention rule rests for a day after it was made or changed, so that
-- what it would erase can be looked at.
CREATE FUNCTION run_task(organization uuid, which text, every interval) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	most CONSTANT integer := CASE which WHEN 'retention' THEN 25 ELSE 500 END;
	piece bigint := 0;
	rules bigint;
	t record;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	INSERT INTO scheduled_tasks (organization_id, task, next_at)
	VALUES (organization, which, now() + every) ON CONFLICT DO NOTHING;
	SELECT s.done INTO t FROM scheduled_tasks s
	WHERE s.organization_id = organization AND s.task = which AND s.next_at <= now()
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF which = 'consent' THEN
		piece := run_consents(most);
	ELSE
		SELECT count(*) INTO rules FROM retention_rules r WHERE r.organization_id = organization;
		IF rules > 0 AND NOT EXISTS (SELECT FROM retention_rules r
			WHERE r.organization_id = organization AND r.updated_at > now() - interval '24 hours')
		THEN
			piece := run_retention(most);
			IF piece < most THEN
				INSERT INTO events (organization_id, type, object_id, actor_kind, data)
				VALUES (organization, 'retention.ran', organization, 'system',
					jsonb_build_object('erased', t.done + piece, 'rules', rules));
			END IF;
		END IF;
	END IF;
	UPDATE scheduled_tasks s SET done = CASE WHEN piece = most THEN s.done + piece ELSE 0 END,
		last_done = CASE WHEN piece = most THEN s.last_done ELSE s.done + piece END,
		last_finished_at = CASE WHEN piece = most THEN s.last_finished_at ELSE now() END,
		next_at = CASE WHEN piece = most THEN now() ELSE now() + every END
	WHERE s.organization_id = organization AND s.task = which;
	RETURN piece;
END $$;

-- After a failure: later, so that nobody else waits for it.
CREATE FUNCTION put_task_off(organization uuid, which text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	UPDATE scheduled_tasks s SET next_at = now() + interval '10 minutes'
	WHERE s.organization_id = organization AND s.task = which;
END $$;

-- ---- reading events in pieces -----------------------------------------------------------------

-- A place in the order of sealing behind which lies every event since then: events are sealed after
-- they were made, in order, so it is found by halving. Five minutes are for clocks.
CREATE FUNCTION events_before(since timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
	low bigint := 0;
	high bigint;
	middle bigint;
BEGIN
	SELECT coalesce(max(z.seq), 0) INTO high FROM event_seals z WHERE z.organization_id = org();
	WHILE low < high LOOP
		middle := (low + high + 1) / 2;
		IF (SELECT z.sealed_at FROM event_seals z WHERE z.organization_id = org() AND z.seq <= middle
			ORDER BY z.seq DESC LIMIT 1) < since - interval '5 minutes' THEN
			low := middle;
		ELSE
			high := middle - 1;
		END IF;
	END LOOP;
	RETURN low;
END $$;

-- ---- a career ladder in the level's answer ----------------------------------------------------

-- Which level of a ladder the differentiators speak of, by its name; none where no level is called so.
CREATE FUNCTION level_on_ladder(ladder uuid, recommended text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT l.name FROM ladder_levels l
		WHERE l.organization_id = org() AND l.ladder_id = ladder AND CASE recommended
			WHEN 'Senior' THEN l.name ~* '(\msenior|\msr\M)' AND l.name !~* '\mmid'
			WHEN 'Mid-Level' THEN l.name ~* '(\mmid|\mintermediate)'
			ELSE false END
		ORDER BY l.position LIMIT 1);
END $$;

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['sandbox_resets', 'scheduled_tasks', 'consent_notices'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;
CREATE POLICY reset ON sandbox_resets FOR SELECT TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON consent_notices TO assay_owner USING (organization_id = org());

-- What a reset empties, its owner may touch, in a sandbox that is being emptied and nowhere else.
-- For tables of later migrations, called at their end.
CREATE PROCEDURE let_resets_empty() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT e.name FROM emptied_by_resets() e
		WHERE NOT EXISTS (SELECT FROM pg_policy p
			WHERE p.polrelid = ('public.' || quote_ident(e.name))::regclass AND p.polname = 'reset')
	LOOP
		EXECUTE format('CREATE POLICY reset ON %I TO assay_owner'
			' USING (organization_id = org() AND (SELECT being_emptied()))', name);
	END LOOP;
END $$;
CALL let_resets_empty();

-- The worker looks for what is to do, and does it as the service.
CREATE POLICY worker ON organizations FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id) ON organizations TO assay_worker;
CREATE POLICY worker ON scheduled_tasks FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id, task, next_at) ON scheduled_tasks TO assay_worker;
CREATE POLICY worker ON sandbox_resets FOR SELECT TO assay_worker USING (true);
GRANT SELECT (organization_id, state, requested_at, lease_until) ON sandbox_resets TO assay_worker;
