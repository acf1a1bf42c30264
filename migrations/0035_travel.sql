-- A sandbox's time goes forward: all that it holds becomes older at once.

-- The row of the last reset tells of the journeys since then, too; of a sandbox that was never reset it
-- tells of nothing else.
ALTER TABLE sandbox_resets
	ALTER COLUMN state DROP NOT NULL,
	ALTER COLUMN demo DROP NOT NULL,
	ALTER COLUMN rows_deleted DROP NOT NULL,
	ALTER COLUMN requested_by DROP NOT NULL,
	ALTER COLUMN requested_at DROP NOT NULL,
	ADD COLUMN travelled_seconds bigint NOT NULL DEFAULT 0 CHECK (travelled_seconds >= 0),
	ADD COLUMN travelled_at timestamptz,
	-- The transaction that moves the times, while it does.
	ADD COLUMN moved_in xid8,
	-- Nobody has looked yet what is due by now.
	ADD COLUMN unnoticed boolean NOT NULL DEFAULT false,
	ADD CHECK ((state IS NULL) = (demo IS NULL) AND (state IS NULL) = (rows_deleted IS NULL)
		AND (state IS NULL) = (requested_by IS NULL) AND (state IS NULL) = (requested_at IS NULL)),
	ADD CHECK ((travelled_seconds = 0) = (travelled_at IS NULL));
CREATE INDEX sandbox_resets_unnoticed ON sandbox_resets (organization_id) WHERE unnoticed;
GRANT SELECT (unnoticed), UPDATE (unnoticed) ON sandbox_resets TO assay_worker;
CREATE POLICY worker_notices ON sandbox_resets FOR UPDATE TO assay_worker USING (true) WITH CHECK (true);

-- As in 0018, and while its times are moved: the two occasions on which the owner may touch what a
-- sandbox holds. A journey's ends with the transaction that asks.
CREATE OR REPLACE FUNCTION being_emptied() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM sandbox_resets s WHERE s.organization_id = org()
		AND (s.state = 'emptying' OR s.moved_in = pg_current_xact_id_if_assigned()));
END $$;

-- Tables whose times stay, of those that a reset empties: what goes by the clock of others.
CREATE FUNCTION kept_by_travel() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 12 AS $$
	VALUES ('rubric_versions', 'a published one never changes'),
		('idempotency_keys', 'a retry is known for a day of its sender''s'),
		('password_links', 'how people sign in'),
		('jobs', 'the service''s own work'),
		('imports', 'the service''s own work'),
		('model_changes', 'the service''s own work'),
		('model_fits', 'when it was computed'),
		('model_results', 'when it was computed'),
		('searchable_candidates', 'follows the candidates'),
		('busy_calendars', 'other people''s calendars are read as they are'),
		('busy_times', 'other people''s calendars are read as they are'),
		('webhook_deliveries', 'receivers and their answers')
$$;

-- Makes every row of the entered sandbox older by so many seconds: how many. Dates by the days that
-- the sandbox's date goes forward, counted from where all its journeys began. A row that has a version
-- gets another.
CREATE FUNCTION sandbox_shift(seconds bigint, travelled bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	t record;
	piece bigint;
	moved bigint := 0;
BEGIN
	IF seconds <= 0 OR NOT EXISTS (SELECT FROM sandbox_resets s
		WHERE s.organization_id = org() AND s.moved_in = pg_current_xact_id_if_assigned())
	THEN
		RAISE EXCEPTION 'not a sandbox whose time goes forward'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'not_a_sandbox';
	END IF;
	FOR t IN SELECT c.relname AS name, string_agg(CASE
				WHEN a.attname = 'version' THEN 'version = version + 1'
				-- What is being sent is another's until then.
				WHEN c.relname = 'mail_messages' THEN format('%1$I = CASE WHEN state = ''queued'''
					' THEN %1$I - make_interval(secs => $1) ELSE %1$I END', a.attname)
				WHEN a.attname = 'consent' THEN format('%1$I = aged(%1$I, $1)', a.attname)
				WHEN a.atttypid = 'date'::regtype THEN format('%1$I = %1$I'
					' - ((now() + make_interval(secs => $2 + $1))::date'
					' - (now() + make_interval(secs => $2))::date)', a.attname)
				ELSE format('%1$I = %1$I - make_interval(secs => $1)', a.attname)
			END, ', ') AS sets
		FROM emptied_by_resets() e
		JOIN pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relname = e.name
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relname NOT IN (SELECT k.name FROM kept_by_travel() k)
			AND CASE c.relname
				WHEN 'mail_messages' THEN a.attname IN ('next_at', 'version')
				-- The trigger takes the expiry from it.
				WHEN 'candidates' THEN a.attname IN ('consent', 'version')
					OR a.atttypid = 'timestamptz'::regtype AND a.attname <> 'consent_expires_at'
				ELSE a.attname = 'version' OR a.atttypid IN ('timestamptz'::regtype, 'date'::regtype)
			END
		GROUP BY c.relname
		HAVING bool_or(a.attname <> 'version')
		-- The times of interviews follow what is due by them, or that would begin anew.
		ORDER BY c.relname <> 'scorecards_due', c.relname <> 'interviews', c.relname
	LOOP
		EXECUTE format('UPDATE %I SET %s WHERE organization_id = org()', t.name, t.sets)
		USING seconds, travelled;
		GET DIAGNOSTICS piece = ROW_COUNT;
		moved := moved + piece;
	END LOOP;
	RETURN moved;
END $$;
REVOKE ALL ON FUNCTION sandbox_shift(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sandbox_shift(bigint, bigint) TO assay_app;

-- A consent with its moments so many seconds earlier.
CREATE FUNCTION aged(consent jsonb, seconds bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT consent || coalesce(jsonb_object_agg(m.key,
			json_time((m.value)::timestamptz - make_interval(secs => seconds))), '{}')
		FROM jsonb_each_text(consent) m
		WHERE m.key IN ('given_at', 'expires_at') AND m.value IS NOT NULL);
END $$;

-- Moves the entered sandbox forward; the row that tells of it. Whether it may be was asked before.
CREATE FUNCTION sandbox_travel(seconds bigint) RETURNS SETOF sandbox_resets LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
	was bigint;
BEGIN
	INSERT INTO sandbox_resets AS s (organization_id, state, rows_deleted, requested_at,
		travelled_seconds, travelled_at, moved_in)
	VALUES (org(), NULL, NULL, NULL, seconds, now(), pg_current_xact_id())
	ON CONFLICT (organization_id) DO UPDATE SET travelled_at = now(), moved_in = excluded.moved_in,
		travelled_seconds = s.travelled_seconds + seconds
	RETURNING travelled_seconds - seconds INTO was;
	PERFORM sandbox_shift(seconds, was);
	UPDATE scheduled_tasks t SET next_at = t.next_at - make_interval(secs => seconds),
		last_finished_at = t.last_finished_at - make_interval(secs => seconds)
	WHERE t.organization_id = org();
	RETURN QUERY UPDATE sandbox_resets s SET moved_in = NULL, unnoticed = true, version = s.version + 1
	WHERE s.organization_id = org() RETURNING s.*;
END $$;
