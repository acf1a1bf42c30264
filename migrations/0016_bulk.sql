-- Many applications in one act, which can be undone; counts beside the filters of lists; and who
-- sees what, as the organization wishes.

-- ---- one application --------------------------------------------------------------------------

-- Where a request's changes say whose they are.
CREATE FUNCTION request_id() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(current_setting('assay.request_id', true), '');

-- What an event of an application says beyond its version, and of which act it was a part.
CREATE FUNCTION application_event(type text, application uuid, data jsonb, bulk uuid, undoing boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	VALUES (org(), type, application, application, actor_kind(), actor(), request_id(), data
		|| CASE WHEN bulk IS NULL THEN '{}' ELSE jsonb_build_object('bulk_action_id', bulk) END
		|| CASE WHEN undoing THEN '{"undo": true}'::jsonb ELSE '{}' END);
END $$;

-- Takes or frees an opening of the role. False: there is none left to take.
CREATE FUNCTION take_opening(role uuid, seats integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	IF seats = 0 THEN
		RETURN true;
	END IF;
	UPDATE roles o SET hired = o.hired + seats, version = o.version + 1, updated_at = now()
	WHERE o.organization_id = org() AND o.id = role AND (seats < 0 OR o.hired < o.openings)
	RETURNING o.hired, o.openings, o.version INTO r;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF r.hired - least(seats, 0) = r.openings THEN
		INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
		VALUES (org(), CASE WHEN seats > 0 THEN 'role.filled' ELSE 'role.opening_freed' END, role,
			actor_kind(), actor(), request_id(), jsonb_build_object('version', r.version,
				'openings', r.openings, 'hired', r.hired));
	END IF;
	RETURN true;
END $$;

-- Why the actor may not move it so; NULL: they may.
CREATE FUNCTION move_refusal(a applications, if_match bigint, stage uuid, status text, reason text,
	reason_code text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	to_be text := coalesce(move_refusal.status, a.status);
BEGIN
	RETURN CASE WHEN NOT manages_role(a.role_id) THEN 'forbidden'
		WHEN if_match <> a.version THEN 'precondition_failed'
		WHEN stage IS NOT NULL AND to_be = a.status AND a.status NOT IN ('active', 'paused')
			THEN 'application_closed'
		WHEN move_refusal.status <> ALL (next_statuses(a.status))
			AND (move_refusal.status <> a.status OR stage IS NULL) THEN 'illegal_transition'
		WHEN reason_code IS NOT NULL AND reason_code <> ALL (reason_codes(to_be)) THEN 'unknown_reason'
		WHEN move_refusal.status = 'rejected' AND reason IS NULL
			AND coalesce(reason_code, 'other') = 'other' THEN 'reason_required'
		WHEN stage IS NOT NULL AND NOT EXISTS (SELECT FROM stages t WHERE t.organization_id = org()
			AND t.id = stage AND t.plan_id = a.plan_id) THEN 'unknown_stage'
	END;
END $$;

-- Carries a move out, with its row of history and its events. False: the role has no opening left.
CREATE FUNCTION move_at_once(a applications, stage uuid, status text, reason text, reason_code text,
	bulk uuid, undoing boolean, OUT moved boolean, OUT now_is applications) LANGUAGE plpgsql AS $$
DECLARE
	code text := coalesce(move_at_once.reason_code,
		-- A rejection whose reason is told in words alone has one that no code says.
		CASE WHEN move_at_once.status = 'rejected' AND NOT undoing THEN 'other' END);
BEGIN
	moved := take_opening(a.role_id, CASE WHEN move_at_once.status = a.status THEN 0
		WHEN move_at_once.status = 'hired' THEN 1 WHEN a.status = 'hired' THEN -1 ELSE 0 END);
	IF NOT moved THEN
		RETURN;
	END IF;
	UPDATE applications n SET stage_id = stage, status = move_at_once.status,
		version = n.version + 1, updated_at = now()
	WHERE n.organization_id = org() AND n.id = a.id
	RETURNING n.* INTO now_is;
	INSERT INTO application_moves (organization_id, application_id, from_stage_id, to_stage_id,
		from_status, to_status, reason, reason_code, actor_kind, actor_id)
	VALUES (org(), a.id, a.stage_id, stage, a.status, move_at_once.status, reason, code,
		actor_kind(), actor());
	PERFORM application_event(CASE WHEN move_at_once.status <> a.status
			THEN 'application.' || move_at_once.status ELSE 'application.moved' END,
		a.id, jsonb_build_object('version', now_is.version, 'from_stage_id', a.stage_id,
			'to_stage_id', stage, 'from_status', a.status, 'to_status', move_at_once.status,
			'reason_code', code), bulk, undoing);
END $$;

-- One that the actor may know of, locked.
CREATE FUNCTION lock_application(application uuid) RETURNS SETOF applications LANGUAGE plpgsql
ROWS 1 AS $$
BEGIN
	RETURN QUERY SELECT a.* FROM applications a
	WHERE a.organization_id = org() AND a.id = application
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = org() AND v.id = a.id)
	FOR UPDATE;
END $$;

-- To another stage, another status, or both, with a reason: one row of history each time. A hire
-- takes an opening in the same act, and giving one up frees it. No row: nobody knows of it.
CREATE FUNCTION move_application(application uuid, if_match bigint, stage uuid, status text, reason text,
	reason_code text, bulk uuid DEFAULT NULL)
RETURNS TABLE (refusal text, refusal_detail text, refusal_version bigint, now_is applications)
LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
	a applications;
	done record;
BEGIN
	SELECT l.* INTO a FROM lock_application(application) l;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	refusal_version := a.version;
	refusal := move_refusal(a, if_match, stage, move_application.status, reason, reason_code);
	IF refusal = 'illegal_transition' THEN
		refusal_detail := 'From ' || a.status || ' it can become: '
			|| array_to_string(next_statuses(a.status), ', ');
	END IF;
	IF refusal IS NULL THEN
		SELECT m.* INTO done FROM move_at_once(a, coalesce(stage, a.stage_id),
			coalesce(move_application.status, a.status), reason, reason_code, bulk, false) m;
		now_is := done.now_is;
		refusal := CASE WHEN NOT done.moved THEN 'role_filled' END;
	END IF;
	RETURN NEXT;
END $$;

-- Out of the way, or back. What is as it is asked to be stays as it is.
CREATE FUNCTION archive_application(application uuid, if_match bigint, archive boolean,
	bulk uuid DEFAULT NULL, undoing boolean DEFAULT false)
RETURNS TABLE (refusal text, refusal_version bigint, changed boolean, now_is applications)
LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
	SELECT l.* INTO now_is FROM lock_application(application) l;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	refusal_version := now_is.version;
	changed := (now_is.archived_at IS NOT NULL) <> archive;
	refusal := CASE WHEN NOT manages_role(now_is.role_id) THEN 'forbidden'
		WHEN if_match <> now_is.version THEN 'precondition_failed' END;
	IF refusal IS NULL AND changed THEN
		UPDATE applications a SET archived_at = CASE WHEN archive THEN now() END,
			version = a.version + 1, updated_at = now()
		WHERE a.organization_id = org() AND a.id = application
		RETURNING a.* INTO now_is;
		PERFORM application_event(CASE WHEN archive THEN 'application.archived'
				ELSE 'application.unarchived' END,
			application, jsonb_build_object('version', now_is.version), bulk, undoing);
	END IF;
	RETURN NEXT;
END $$;

-- ---- many applications ------------------------------------------------------------------------

-- What was asked of many applications at once, by which person. Why stands with each move and goes with its
-- candidate; here are ids alone.
CREATE TABLE bulk_actions (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	action          text NOT NULL CHECK (action IN ('move', 'advance', 'reject', 'pause', 'resume',
		'withdraw', 'archive', 'unarchive')),
	actor_id        uuid NOT NULL,
	undone_at       timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, actor_id) REFERENCES users
);

-- What became of each. An id is kept as it was sent: one that names nothing, or nothing that the
-- actor may know of, is answered as such, and so refers to no row.
CREATE TABLE bulk_action_items (
	organization_id uuid NOT NULL,
	bulk_action_id  uuid NOT NULL,
	application_id  uuid NOT NULL,
	position        integer NOT NULL CHECK (position BETWEEN 1 AND 200),
	outcome         text NOT NULL CHECK (outcome IN ('done', 'unchanged', 'refused')),
	code            text CHECK (char_length(code) <= 60),
	detail          text CHECK (char_length(detail) <= 300),
	from_stage_id   uuid,
	from_status     text,
	-- The application's after the act: who finds another one later finds work of somebody's.
	version         bigint,
	undo_outcome    text CHECK (undo_outcome IN ('restored', 'refused')),
	undo_code       text CHECK (char_length(undo_code) <= 60),
	undo_detail     text CHECK (char_length(undo_detail) <= 300),
	PRIMARY KEY (organization_id, bulk_action_id, application_id),
	FOREIGN KEY (organization_id, bulk_action_id) REFERENCES bulk_actions,
	CHECK ((outcome = 'refused') = (code IS NOT NULL)),
	CHECK ((outcome = 'done') = (version IS NOT NULL))
);

-- How long an act can be undone.
CREATE FUNCTION undo_window() RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN interval '10 minutes';

-- A refusal of one application, by the code that the single call answers with, and a sentence.
CREATE FUNCTION told_refusal(refusal text, OUT code text, OUT detail text) LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE refusal WHEN 'unknown_stage' THEN 'invalid' WHEN 'last_stage' THEN 'conflict'
			WHEN 'built_upon' THEN 'conflict' ELSE refusal END,
		CASE refusal WHEN 'not_found' THEN 'There is no such application.'
			WHEN 'forbidden' THEN 'Whoever manages the role may do that.'
			WHEN 'precondition_failed' THEN 'It was changed meanwhile.'
			WHEN 'application_closed' THEN 'It is closed; reopen it first.'
			WHEN 'candidate_erased' THEN 'The candidate was erased.'
			WHEN 'role_filled' THEN 'The role has no opening left.'
			WHEN 'unknown_stage' THEN 'The stage is not in its interview plan.'
			WHEN 'last_stage' THEN 'It is at the last stage of its interview plan.'
			WHEN 'built_upon' THEN 'An interview was set, or a letter released, since.'
		END
$$;

-- A bulk action as it is told.
CREATE FUNCTION bulk_action_told(bulk uuid)
RETURNS TABLE (id uuid, action text, actor_id uuid, done bigint, unchanged bigint,
	refused bigint, undo_until timestamptz, undone_at timestamptz, items jsonb, version bigint,
	created_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
	RETURN QUERY SELECT b.id, b.action, b.actor_id, k.done, k.unchanged, k.refused,
		b.created_at + undo_window(), b.undone_at, k.items, b.version, b.created_at
	FROM bulk_actions b CROSS JOIN LATERAL (
		SELECT count(*) FILTER (WHERE i.outcome = 'done') AS done,
			count(*) FILTER (WHERE i.outcome = 'unchanged') AS unchanged,
			count(*) FILTER (WHERE i.outcome = 'refused') AS refused,
			jsonb_agg(jsonb_build_object('application_id', i.application_id, 'outcome', i.outcome,
				'code', i.code, 'detail', i.detail, 'version', i.version, 'undo',
				CASE WHEN i.undo_outcome IS NOT NULL THEN jsonb_build_object('outcome',
					i.undo_outcome, 'code', i.undo_code, 'detail', i.undo_detail) END)
				ORDER BY i.position) AS items
		FROM bulk_action_items i WHERE i.organization_id = org() AND i.bulk_action_id = b.id) k
	WHERE b.organization_id = org() AND b.id = bulk;
END $$;

-- What an action asks of each application, or why it asks nothing that could be done.
CREATE FUNCTION bulk_refusal(body jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	act text := body ->> 'action';
	ends text := CASE act WHEN 'reject' THEN 'rejected' WHEN 'withdraw' THEN 'withdrawn' END;
	code text := body ->> 'reason_code';
BEGIN
	RETURN CASE WHEN act = 'move' AND body ->> 'stage_id' IS NULL THEN 'stage_required'
		WHEN act <> 'move' AND body ->> 'stage_id' IS NOT NULL THEN 'stage_not_asked'
		WHEN code IS NOT NULL AND code <> ALL (reason_codes(coalesce(ends, act))) THEN 'unknown_reason'
		WHEN act = 'reject' AND body ->> 'reason' IS NULL AND coalesce(code, 'other') = 'other'
			THEN 'reason_required'
		WHEN (SELECT count(DISTINCT i.value ->> 'application_id') <> count(*)
			FROM jsonb_array_elements(body -> 'items') AS i) THEN 'repeated_application'
	END;
END $$;

-- The stage after the one that an application is at: the next that is not optional, else the next.
CREATE FUNCTION stage_after(a applications) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT t.id FROM stages t
		LEFT JOIN stages s ON s.organization_id = org() AND s.id = a.stage_id
		WHERE t.organization_id = org() AND t.plan_id = a.plan_id
			AND t.position > coalesce(s.position, 0)
		ORDER BY t.optional, t.position LIMIT 1);
END $$;

-- Is there nothing of the candidate's left to change?
CREATE FUNCTION is_erased(candidate uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM candidates c WHERE c.organization_id = org() AND c.id = candidate
		AND c.erased_at IS NOT NULL);
END $$;

-- One of them, by the same functions as by itself. refusal is a word of told_refusal.
CREATE FUNCTION bulk_one(a applications, body jsonb, if_match bigint, bulk uuid, OUT refusal text,
	OUT detail text, OUT changed boolean, OUT version bigint) LANGUAGE plpgsql AS $$
DECLARE
	act text := body ->> 'action';
	to_be text := CASE act WHEN 'reject' THEN 'rejected' WHEN 'withdraw' THEN 'withdrawn'
		WHEN 'pause' THEN 'paused' WHEN 'resume' THEN 'active' END;
	next uuid := CASE act WHEN 'move' THEN (body ->> 'stage_id')::uuid WHEN 'advance' THEN stage_after(a) END;
BEGIN
	changed := true;
	IF act IN ('archive', 'unarchive') THEN
		SELECT CASE WHEN is_erased(a.candidate_id) THEN 'candidate_erased' END INTO refusal;
		IF refusal IS NULL THEN
			SELECT x.refusal, x.changed, (x.now_is).version INTO refusal, changed, version
			FROM archive_application(a.id, if_match, act = 'archive', bulk) x;
		END IF;
		RETURN;
	END IF;
	refusal := coalesce(move_refusal(a, if_match, coalesce(next, CASE act WHEN 'advance' THEN a.stage_id END),
			to_be, body ->> 'reason', body ->> 'reason_code'),
		CASE WHEN act = 'advance' AND next IS NULL THEN 'last_stage'
			-- To open again what has ended is not to resume it.
			WHEN act = 'resume' AND a.status <> 'paused' THEN 'illegal_transition'
			WHEN is_erased(a.candidate_id) THEN 'candidate_erased' END);
	IF refusal = 'illegal_transition' THEN
		detail := 'From ' || a.status || ' it can become: ' || array_to_string(next_statuses(a.status), ', ');
	ELSIF refusal IS NULL THEN
		SELECT x.refusal, x.refusal_detail, (x.now_is).version INTO refusal, detail, version
		FROM move_application(a.id, if_match, next, to_be, body ->> 'reason', body ->> 'reason_code', bulk) x;
	END IF;
END $$;

-- All of them, in the order of their ids, so that two acts at once wait for each other and never
-- lock each other out. refusal: nothing is done at all.
CREATE FUNCTION perform_bulk(body jsonb)
RETURNS TABLE (refusal text, id uuid, action text, actor_id uuid, done bigint,
	unchanged bigint, refused bigint, undo_until timestamptz, undone_at timestamptz, items jsonb,
	version bigint, created_at timestamptz)
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
	bulk uuid := new_id();
	item record;
	a applications;
	r record;
	told record;
BEGIN
	perform_bulk.refusal := bulk_refusal(body);
	IF perform_bulk.refusal IS NOT NULL THEN
		RETURN NEXT;
		RETURN;
	END IF;
	INSERT INTO bulk_actions (organization_id, id, action, actor_id)
	VALUES (org(), bulk, body ->> 'action', actor());
	FOR item IN SELECT (i.value ->> 'application_id')::uuid AS application,
			(i.value ->> 'version')::bigint AS version, i.ordinality AS place
		FROM jsonb_array_elements(body -> 'items') WITH ORDINALITY AS i ORDER BY 1
	LOOP
		SELECT l.* INTO a FROM lock_application(item.application) l;
		IF FOUND THEN
			SELECT b.* INTO r FROM bulk_one(a, body, item.version, bulk) b;
		ELSE
			SELECT 'not_found' AS refusal, NULL AS detail, false AS changed, NULL::bigint AS version INTO r;
		END IF;
		SELECT t.* INTO told FROM told_refusal(r.refusal) t;
		INSERT INTO bulk_action_items (organization_id, bulk_action_id, application_id, position,
			outcome, code, detail, from_stage_id, from_status, version)
		VALUES (org(), bulk, item.application, item.place,
			CASE WHEN r.refusal IS NOT NULL THEN 'refused' WHEN r.changed THEN 'done' ELSE 'unchanged' END,
			told.code, coalesce(r.detail, told.detail),
			CASE WHEN r.refusal IS NULL THEN a.stage_id END,
			CASE WHEN r.refusal IS NULL THEN a.status END,
			CASE WHEN r.refusal IS NULL AND r.changed THEN r.version END);
	END LOOP;
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	VALUES (org(), 'bulk_action.performed', bulk, actor_kind(), actor(), request_id(),
		jsonb_build_object('version', 1, 'action', body ->> 'action'));
	RETURN QUERY SELECT NULL::text, t.* FROM bulk_action_told(bulk) t;
END $$;

-- Did anything follow that an undone act would contradict? Of a letter only where the actor may
-- know of it: whoever owes a scorecard is told of none.
CREATE FUNCTION built_upon(application uuid, since timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM interviews i WHERE i.organization_id = org()
			AND i.application_id = application AND i.created_at >= since)
		OR (EXISTS (SELECT FROM feedback_letters f WHERE f.organization_id = org()
				AND f.application_id = application AND f.released_at >= since)
			AND NOT EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = org()
				AND o.application_id = application));
END $$;

-- One of them back to what it was, unless anything was done with it meanwhile.
CREATE FUNCTION undo_one(item bulk_action_items, bulk bulk_actions) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a applications;
	r record;
	refusal text;
BEGIN
	SELECT l.* INTO a FROM lock_application(item.application_id) l;
	refusal := CASE WHEN NOT FOUND THEN 'not_found'
		WHEN NOT manages_role(a.role_id) THEN 'forbidden'
		WHEN a.version <> item.version THEN 'precondition_failed'
		WHEN is_erased(a.candidate_id) THEN 'candidate_erased'
		WHEN built_upon(a.id, bulk.created_at) THEN 'built_upon' END;
	IF refusal IS NOT NULL THEN
		RETURN refusal;
	END IF;
	IF bulk.action IN ('archive', 'unarchive') THEN
		PERFORM archive_application(a.id, NULL, bulk.action = 'unarchive', bulk.id, true);
		RETURN NULL;
	END IF;
	SELECT m.moved INTO r FROM move_at_once(a, item.from_stage_id, item.from_status, NULL, NULL, bulk.id,
		true) m;
	RETURN CASE WHEN NOT r.moved THEN 'role_filled' END;
END $$;

-- What was done, undone by whoever did it, for as long as undo_window says. No row: the actor did
-- no such thing.
CREATE FUNCTION undo_bulk(bulk uuid)
RETURNS TABLE (refusal text, id uuid, action text, actor_id uuid, done bigint,
	unchanged bigint, refused bigint, undo_until timestamptz, undone_at timestamptz, items jsonb,
	version bigint, created_at timestamptz)
LANGUAGE plpgsql ROWS 1 AS $$
#variable_conflict use_column
DECLARE
	b bulk_actions;
	item bulk_action_items;
	word text;
BEGIN
	SELECT x.* INTO b FROM bulk_actions x
	WHERE x.organization_id = org() AND x.id = bulk AND (actor_level() = 'admin' OR x.actor_id = actor())
	FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	undo_bulk.refusal := CASE WHEN b.actor_id <> actor() THEN 'forbidden'
		WHEN b.undone_at IS NOT NULL THEN 'bulk_undone'
		WHEN now() > b.created_at + undo_window() THEN 'bulk_undo_expired' END;
	IF undo_bulk.refusal IS NOT NULL THEN
		RETURN NEXT;
		RETURN;
	END IF;
	FOR item IN SELECT i.* FROM bulk_action_items i
		WHERE i.organization_id = org() AND i.bulk_action_id = bulk AND i.outcome = 'done'
		ORDER BY i.application_id
	LOOP
		word := undo_one(item, b);
		UPDATE bulk_action_items i SET undo_outcome = CASE WHEN word IS NULL THEN 'restored' ELSE 'refused' END,
			undo_code = t.code, undo_detail = t.detail
		FROM told_refusal(word) t
		WHERE i.organization_id = org() AND i.bulk_action_id = bulk
			AND i.application_id = item.application_id;
	END LOOP;
	UPDATE bulk_actions x SET undone_at = now(), version = x.version + 1
	WHERE x.organization_id = org() AND x.id = bulk;
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	VALUES (org(), 'bulk_action.undone', bulk, actor_kind(), actor(), request_id(),
		jsonb_build_object('version', b.version + 1, 'action', b.action));
	RETURN QUERY SELECT NULL::text, t.* FROM bulk_action_told(bulk) t;
END $$;

-- ---- counts beside filters --------------------------------------------------------------------

-- How many rows there are, and how many with each value of each facet, if the facet's own filter
-- were not set. Each count looks at no more rows than this: beyond it counts are of the newest.
CREATE FUNCTION counted_most() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 10000;

-- The texts are the callers' own: `source` what is counted, ending in its WHERE, `facets` an array
-- of texts for each name, `conditions` what is filtered by, under the name of the facet or another.
-- Each request has a plan of its own.
-- `whole`: false where the source itself was cut short.
CREATE FUNCTION count_facets(source text, sort text, facets jsonb, conditions jsonb, whole boolean,
	OUT total bigint, OUT complete boolean, OUT counts jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
	filtered text := (SELECT coalesce(string_agg(' AND ' || c.value, ''), '') FROM jsonb_each_text(conditions) c);
	f record;
	part jsonb;
BEGIN
	counts := '{}';
	EXECUTE format('SELECT count(*) FROM (SELECT 1 %s%s LIMIT %s) w', source, filtered, counted_most() + 1)
	INTO total;
	FOR f IN SELECT x.key AS name, x.value AS expression, coalesce((SELECT string_agg(' AND ' || c.value, '')
			FROM jsonb_each_text(conditions) c WHERE c.key <> x.key), '') AS others
		FROM jsonb_each_text(facets) x
	LOOP
		EXECUTE format('WITH w AS MATERIALIZED (SELECT %s AS v %s%s ORDER BY %s LIMIT %s), told AS ('
			'SELECT v.value, count(*) AS n FROM (SELECT * FROM w LIMIT %s) w CROSS JOIN LATERAL unnest(w.v) AS v(value)'
			' GROUP BY v.value ORDER BY n DESC, v.value NULLS LAST LIMIT 51)'
			' SELECT jsonb_build_object(''complete'', %L AND (SELECT count(*) FROM w) <= %s'
			' AND (SELECT count(*) FROM told) <= 50, ''values'', (SELECT coalesce(jsonb_agg('
			'jsonb_build_object(''value'', t.value, ''count'', t.n) ORDER BY t.n DESC, t.value NULLS LAST), ''[]'')'
			' FROM (SELECT * FROM told LIMIT 50) t))', f.expression, source, f.others, sort,
			counted_most() + 1, counted_most(), whole, counted_most())
		INTO part;
		counts := counts || jsonb_build_object(f.name, part);
	END LOOP;
	complete := whole AND total <= counted_most();
	total := least(total, counted_most());
END $$;

-- A condition where its value was sent.
CREATE FUNCTION when_sent(name text, condition text, value text) RETURNS jsonb LANGUAGE sql IMMUTABLE
PARALLEL SAFE RETURN CASE WHEN value IS NULL THEN '{}'::jsonb
	ELSE jsonb_build_object(name, replace(condition, '%L', quote_literal(value))) END;

-- ---- who sees what ----------------------------------------------------------------------------

-- Whom an organization shows what its rules leave open. Recruiters and admins see all of it; to
-- programs their scopes say. Without a row everyone who works on a candidate does.
CREATE TABLE organization_settings (
	organization_id      uuid PRIMARY KEY REFERENCES organizations,
	contact              text NOT NULL DEFAULT 'team' CHECK (contact IN ('team', 'hiring_managers', 'recruiters')),
	wants                text NOT NULL DEFAULT 'team' CHECK (wants IN ('team', 'hiring_managers', 'recruiters')),
	resume               text NOT NULL DEFAULT 'team' CHECK (resume IN ('team', 'hiring_managers', 'recruiters')),
	source               text NOT NULL DEFAULT 'team' CHECK (source IN ('team', 'hiring_managers', 'recruiters')),
	-- Others' scorecards, to whom independence opens them: to interviewers, or to deciders only.
	scorecards           text NOT NULL DEFAULT 'team' CHECK (scorecards IN ('team', 'hiring_managers')),
	-- When they were last closed to interviewers, who may have read them until then.
	scorecards_closed_at timestamptz,
	-- 1 is what everyone begins with, without a row.
	version              bigint NOT NULL DEFAULT 2,
	updated_at           timestamptz NOT NULL DEFAULT now()
);

-- The one place where it is decided what of a candidate the actor is not shown.
CREATE FUNCTION hidden_of(candidate uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
	s organization_settings;
	manages boolean;
BEGIN
	IF actor_level() IN ('admin', 'recruiter', 'client', 'system') THEN
		RETURN '{}';
	END IF;
	SELECT o.* INTO s FROM organization_settings o WHERE o.organization_id = org();
	IF NOT FOUND THEN
		RETURN '{}';
	END IF;
	manages := EXISTS (SELECT FROM hiring_team_members m
		JOIN applications a ON a.organization_id = m.organization_id AND a.role_id = m.role_id
		WHERE m.organization_id = org() AND m.user_id = actor() AND m.part = 'hiring_manager'
			AND a.candidate_id = candidate);
	RETURN (SELECT coalesce(array_agg(v.what ORDER BY v.what), '{}')
		FROM (VALUES ('contact', s.contact), ('wants', s.wants), ('resume', s.resume),
			('source', s.source)) AS v(what, audience)
		WHERE v.audience <> 'team' AND NOT (v.audience = 'hiring_managers' AND manages));
END $$;

-- What a search may find of a candidate: what is shown of them.
CREATE FUNCTION shown_search(search tsvector, hidden text[], name text, email text, headline text,
	location text, skills text[], tags text[]) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT hidden && '{contact,resume}' THEN
		RETURN search;
	END IF;
	RETURN to_tsvector('simple', fold(concat_ws(' ', name, headline, array_to_string(skills, ' '),
		array_to_string(tags, ' '), location, CASE WHEN 'contact' <> ALL (hidden) THEN email END)));
END $$;

-- Candidates as the actor is shown them: by id, or from a list of one's own; a filter on what is
-- hidden finds nobody.
CREATE VIEW shown_candidates WITH (security_invoker = true) AS
	SELECT c.organization_id, c.id, c.name,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.email END AS email,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.email_key END AS email_key,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.phone END AS phone,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.links ELSE '[]' END AS links,
		c.location, c.headline, c.skills, c.tags,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.summary END AS summary,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.experience ELSE '[]' END AS experience,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.education ELSE '[]' END AS education,
		CASE WHEN 'source' <> ALL (h.hidden) THEN c.source END AS source,
		CASE WHEN 'wants' <> ALL (h.hidden) THEN c.wants END AS wants,
		c.consent, c.consent_expires_at, c.archived_at, c.erased_at, c.merged_into, c.version,
		c.created_at, c.updated_at, shown_search(c.search, h.hidden, c.name, c.email, c.headline, c.location, c.skills, c.tags)
			AS search, h.hidden
	FROM visible_candidates c CROSS JOIN LATERAL (SELECT hidden_of(c.id) AS hidden OFFSET 0) h
	WHERE c.organization_id = org();

-- May the actor, whom independence lets read, read others' scorecards as an interviewer?
CREATE FUNCTION interviewers_read_scorecards() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM organization_settings o
		WHERE o.organization_id = org() AND o.scorecards <> 'team');
END $$;

-- Could they, at any moment since?
CREATE FUNCTION interviewers_read_since(moment timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN NOT EXISTS (SELECT FROM organization_settings o WHERE o.organization_id = org()
		AND o.scorecards <> 'team' AND coalesce(o.scorecards_closed_at < moment, true));
END $$;

-- What independence opens, as readable_stages had it (0008), and whether it does so only because the
-- actor interviewed; the organization may open less, and never more.
CREATE VIEW independent_stages WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id, t.id AS stage_id,
		actor_kind() = 'user' AND actor_level() NOT IN ('admin', 'recruiter')
			AND coalesce(m.part, '') NOT IN ('hiring_manager', 'observer') AS as_interviewer
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	CROSS JOIN LATERAL (
		SELECT p.id, p.position FROM stages p
		WHERE p.organization_id = a.organization_id AND p.plan_id = a.plan_id
		UNION ALL
		SELECT l.stage_id, 0 FROM application_left_stages l
		WHERE l.organization_id = a.organization_id AND l.application_id = a.id) t
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	LEFT JOIN hiring_team_members m ON m.organization_id = a.organization_id
		AND m.role_id = a.role_id AND m.user_id = actor()
	WHERE a.organization_id = org()
	AND (NOT r.confidential OR actor_level() = 'admin' OR m.user_id IS NOT NULL)
	AND CASE
		WHEN actor_kind() = 'client' THEN
			a.status NOT IN ('active', 'paused') OR t.position < now_in.position
			OR NOT EXISTS (SELECT FROM owed_scorecards o
				WHERE o.organization_id = a.organization_id
					AND o.application_id = a.id AND o.stage_id = t.id)
		WHEN actor_kind() = 'user' THEN
			(actor_level() IN ('admin', 'recruiter') OR m.part IN ('hiring_manager', 'observer')
				OR EXISTS (SELECT FROM interview_interviewers ii
					JOIN interviews i ON i.organization_id = ii.organization_id
						AND i.id = ii.interview_id
					WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
						AND ii.user_id = actor() AND ii.part = 'interviewer'
						AND ((ii.status = 'assigned' AND i.status = 'scheduled')
							OR (SELECT s.status = 'submitted' FROM scorecards s
								WHERE s.organization_id = ii.organization_id
									AND s.interview_id = ii.interview_id
									AND s.author_id = actor()))))
			AND NOT EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = a.organization_id AND o.application_id = a.id
				AND CASE
					WHEN m.part = 'hiring_manager' THEN o.stage_id = t.id
						OR t.position >= coalesce(now_in.position, 0)
					WHEN o.independence = 'application' THEN true
					WHEN o.independence = 'stage' THEN o.stage_id = t.id
					ELSE false
				END)
		ELSE false
	END;
CREATE OR REPLACE VIEW readable_stages WITH (security_invoker = true) AS
	SELECT s.organization_id, s.application_id, s.stage_id FROM independent_stages s
	WHERE s.organization_id = org() AND (NOT s.as_interviewer OR (SELECT interviewers_read_scorecards()));

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['bulk_actions', 'bulk_action_items', 'organization_settings'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO assay_app', name);
	END LOOP;
END $$;
GRANT SELECT ON shown_candidates, independent_stages TO assay_app;
