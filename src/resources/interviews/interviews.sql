-- Interviews: one scheduled meeting or exercise of an application's stage.
-- Nothing here may depend on anyone else's scorecard. Members alone judge anonymously, so that for
-- others nothing is asked of it.

-- fragment: interview_columns
@.id, CASE WHEN actor_level() = 'member' THEN shown_application(@.application_id)
		ELSE @.application_id END AS application_id,
	@.stage_id, @.role_id, @.status, @.starts_at, @.duration_minutes,
	@.starts_at + make_interval(mins => @.duration_minutes) AS ends_at, @.time_zone,
	CASE WHEN actor_level() = 'member' AND is_masked(@.application_id) THEN NULL
		ELSE @.location END AS location,
	scorecard_due_at(@.starts_at, @.duration_minutes) AS scorecards_due_at,
	actor_level() = 'member' AND is_masked(@.application_id) AS anonymous,
	CASE WHEN actor_level() = 'member' THEN shown_candidate(@.application_id)
		ELSE (SELECT c.name FROM applications a JOIN candidates c
			ON c.organization_id = a.organization_id AND c.id = a.candidate_id
		 WHERE a.organization_id = :org AND a.id = @.application_id) END AS candidate_name,
	(SELECT r.title FROM roles r WHERE r.organization_id = :org AND r.id = @.role_id) AS role_title,
	(SELECT t.name FROM stages t WHERE t.organization_id = :org AND t.id = @.stage_id) AS stage_name,
	(SELECT s.id FROM scorecards s WHERE s.organization_id = :org AND s.interview_id = @.id
		AND s.author_id = :actor::uuid) AS my_scorecard_id,
	(SELECT s.status FROM scorecards s WHERE s.organization_id = :org AND s.interview_id = @.id
		AND s.author_id = :actor::uuid) AS my_scorecard_status,
	'/interviews/' || @.id AS web_url, @.version,
	CASE WHEN actor_level() = 'member' THEN shown_day(@.application_id, @.created_at)
		ELSE @.created_at END AS created_at,
	CASE WHEN actor_level() = 'member' THEN shown_day(@.application_id, @.updated_at)
		ELSE @.updated_at END AS updated_at

-- fragment: variant
interview_variant(@.id, @.application_id, @.role_id, @.stage_id)

-- fragment: interviewers
(SELECT coalesce(json_agg(json_build_object('user_id', ii.user_id, 'name', u.name,
		'part', ii.part, 'status', ii.status, 'competency_ids', ii.competency_ids,
		'substitute_for', ii.substitute_for) ORDER BY u.name, ii.user_id), '[]')
	 FROM interview_interviewers ii JOIN users u ON u.organization_id = ii.organization_id
		AND u.id = ii.user_id
	 WHERE ii.organization_id = :org AND ii.interview_id = @.id)

-- fragment: bump
-- The interview shows its interviewers: its ETag and its updated_at change with them.
UPDATE interviews i SET version = i.version + 1, updated_at = now()
FROM @ WHERE i.organization_id = :org AND i.id = @.interview_id

-- name: interviews_list :list
SELECT {interview_columns i}, {interviewers i} AS interviewers
	/*sort_key*/
FROM interviews i
WHERE i.organization_id = :org AND EXISTS (SELECT FROM visible_applications v
	WHERE v.organization_id = :org AND v.id = i.application_id)
-- filter mine: AND EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = :org
-- +   AND ii.interview_id = i.id AND ii.user_id = :actor::uuid) = :mine::boolean
-- filter owed: AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due) = :owed::boolean
-- filter overdue: AND (scorecard_due_at(i.starts_at, i.duration_minutes) <= now()
-- +   AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due)) IS TRUE = :overdue::boolean
-- filter application_id: AND i.application_id = :application_id::uuid
-- filter role_id: AND i.role_id = :role_id::uuid
-- filter status: AND i.status = :status
-- filter from: AND i.starts_at >= :from::timestamptz
-- filter to: AND i.starts_at < :to::timestamptz
-- filter updated_since (custom plan): AND i.updated_at >= :updated_since::timestamptz
-- sort created_at timestamptz: i.created_at
-- sort starts_at timestamptz asc: coalesce(i.starts_at, 'infinity'::timestamptz)
-- id: i.id

-- name: interview_counts :slow
-- The rows of either list with the same filters, counted.
SELECT k.total, k.complete, k.counts AS facets
FROM count_facets('FROM interviews i WHERE i.organization_id = org() AND EXISTS (SELECT'
		' FROM reachable_interviews v WHERE v.organization_id = org() AND v.id = i.id)',
	'i.created_at DESC, i.id DESC',
	jsonb_build_object('status', 'ARRAY[i.status]', 'role_id', 'ARRAY[i.role_id]', 'mine',
		'ARRAY[(EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = org()'
		' AND ii.interview_id = i.id AND ii.user_id = actor()))::text]'),
	when_sent('mine', 'EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = org()'
			' AND ii.interview_id = i.id AND ii.user_id = actor()) = %L::boolean', :mine)
		|| when_sent('owed', 'EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = org()'
			' AND o.interview_id = i.id AND o.due) = %L::boolean', :owed)
		|| when_sent('overdue', '(scorecard_due_at(i.starts_at, i.duration_minutes) <= now()'
			' AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = org()'
			' AND o.interview_id = i.id AND o.due)) IS TRUE = %L::boolean', :overdue)
		|| when_sent('application_id', 'i.application_id = %L::uuid AND NOT is_masked(i.application_id)',
			:application_id)
		|| when_sent('role_id', 'i.role_id = %L::uuid', :role_id)
		|| when_sent('status', 'i.status = %L', :status)
		|| when_sent('from', 'i.starts_at >= %L::timestamptz', :from)
		|| when_sent('to', 'i.starts_at < %L::timestamptz', :to)
		|| when_sent('updated_since', 'shown_day(i.application_id, i.updated_at)'
			' >= shown_day(i.application_id, %L::timestamptz)', :updated_since), true) k;

-- name: interviews_mine_list :list
-- The same for a member. Those that they judge anonymously stand in an order of their own, and are not
-- found by an application's id, which would tell whose they are.
SELECT {interview_columns i}, {interviewers i} AS interviewers
	/*sort_key*/
FROM interviews i
WHERE i.organization_id = :org AND i.id IN (SELECT m.id FROM my_interviews m)
-- filter mine: AND EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = :org
-- +   AND ii.interview_id = i.id AND ii.user_id = :actor::uuid) = :mine::boolean
-- filter owed: AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due) = :owed::boolean
-- filter overdue: AND (scorecard_due_at(i.starts_at, i.duration_minutes) <= now()
-- +   AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due)) IS TRUE = :overdue::boolean
-- filter application_id: AND i.application_id = :application_id::uuid
-- +   AND NOT is_masked(i.application_id)
-- filter role_id: AND i.role_id = :role_id::uuid
-- filter status: AND i.status = :status
-- filter from: AND i.starts_at >= :from::timestamptz
-- filter to: AND i.starts_at < :to::timestamptz
-- filter updated_since: AND shown_day(i.application_id, i.updated_at)
-- +   >= shown_day(i.application_id, :updated_since::timestamptz)
-- sort created_at timestamptz: shuffled(i.application_id, i.id, i.created_at)
-- sort starts_at timestamptz asc: coalesce(i.starts_at, 'infinity'::timestamptz)
-- id: i.id

-- name: interviews_own_list :list
-- The same for a member who asks for mine=true: from what they are on themselves, each interview by its own
-- key (OFFSET 0 keeps the planner from reading the organization's first).
SELECT {interview_columns i}, {interviewers i} AS interviewers
	/*sort_key*/
FROM interview_interviewers m
CROSS JOIN LATERAL (SELECT one.* FROM interviews one
	WHERE one.organization_id = :org AND one.id = m.interview_id OFFSET 0) i
WHERE m.organization_id = :org AND m.user_id = :actor::uuid
-- filter mine: AND :mine::boolean
-- filter owed: AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due) = :owed::boolean
-- filter overdue: AND (scorecard_due_at(i.starts_at, i.duration_minutes) <= now()
-- +   AND EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
-- +   AND o.interview_id = i.id AND o.due)) IS TRUE = :overdue::boolean
-- filter application_id: AND i.application_id = :application_id::uuid
-- +   AND NOT is_masked(i.application_id)
-- filter role_id: AND i.role_id = :role_id::uuid
-- filter status: AND i.status = :status
-- filter from: AND i.starts_at >= :from::timestamptz
-- filter to: AND i.starts_at < :to::timestamptz
-- filter updated_since: AND shown_day(i.application_id, i.updated_at)
-- +   >= shown_day(i.application_id, :updated_since::timestamptz)
-- sort created_at timestamptz: shuffled(i.application_id, i.id, i.created_at)
-- sort starts_at timestamptz asc: coalesce(i.starts_at, 'infinity'::timestamptz)
-- id: i.id

-- name: interview_get :read
SELECT {interview_columns i}, {interviewers i} AS interviewers, {variant i} AS _variant
FROM interviews i
WHERE i.organization_id = :org AND i.id = :interview_id
	AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org
		AND v.id = i.id);

-- name: interview_create :write
-- In an anonymous stage the id tells no time, by which an application would be known again.
-- Here a candidate's time is asked for, so the plan's blocking rules hold. Who is not named at all
-- is whoever interviews in that stage by default.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(application_id uuid, stage_id uuid,
		starts_at timestamptz, time_zone text, duration_minutes integer, location text,
		interviewers jsonb)
), named AS (
	SELECT n.user_id, coalesce(n.part, 'interviewer') AS part, n.competency_ids, n.position
	FROM body b, ROWS FROM (jsonb_to_recordset(coalesce(b.interviewers, '[]'))
			AS (user_id uuid, part text, competency_ids uuid[]))
		WITH ORDINALITY AS n(user_id, part, competency_ids, position)
), asked AS (
	SELECT b.*, CASE WHEN t.anonymous THEN gen_random_uuid() ELSE new_id() END AS id, a.role_id, t.id AS at_stage, t.duration_minutes AS stage_minutes,
		CASE WHEN a.id IS NULL THEN 'unknown_application'
			WHEN NOT manages_role(a.role_id) THEN 'forbidden'
			WHEN a.status NOT IN ('active', 'paused', 'offered') THEN 'application_closed'
			WHEN t.id IS NULL THEN 'unknown_stage'
			WHEN EXISTS (SELECT FROM named n WHERE NOT EXISTS (SELECT FROM users u
				WHERE u.organization_id = :org AND u.id = n.user_id AND u.status = 'active'))
				THEN 'unknown_user'
			WHEN strangers.errors IS NOT NULL THEN 'invalid'
			WHEN NOT known_time_zone(b.time_zone) THEN 'unknown_time_zone'
			WHEN overlong_sample(t.id, b.duration_minutes) THEN 'work_sample_too_long'
			ELSE lint.refusal ->> 'rule'
		END AS refusal, strangers.errors, lint.refusal -> 'errors' AS lint_errors
	FROM body b
	LEFT JOIN visible_applications a ON a.organization_id = :org AND a.id = b.application_id
	LEFT JOIN stages t ON t.organization_id = :org AND t.plan_id = a.plan_id
		AND t.id = coalesce(b.stage_id, a.stage_id)
	LEFT JOIN LATERAL (SELECT jsonb_agg(e.error ORDER BY n.position) AS errors
		FROM named n, jsonb_array_elements(focus_strangers(t.id, a.role_id, n.competency_ids,
			'/interviewers/' || n.position - 1 || '/competency_ids')) AS e(error)) strangers ON true
	CROSS JOIN LATERAL (SELECT CASE WHEN t.id IS NOT NULL
		THEN lint_refusal(t.plan_id, t.id, '/stage_id') END AS refusal) AS lint
), invited AS (
	SELECT n.user_id, n.part, n.competency_ids FROM named n
	UNION ALL
	SELECT d.user_id, 'interviewer', NULL FROM asked k
	JOIN stage_interviewers d ON d.organization_id = :org AND d.stage_id = k.at_stage
	JOIN users u ON u.organization_id = d.organization_id AND u.id = d.user_id AND u.status = 'active'
	WHERE k.interviewers IS NULL
), new AS (
	INSERT INTO interviews (organization_id, id, application_id, stage_id, role_id, starts_at,
		time_zone, duration_minutes, location)
	SELECT :org, k.id, k.application_id, k.at_stage, k.role_id, k.starts_at, k.time_zone,
		coalesce(k.duration_minutes, k.stage_minutes), k.location
	FROM asked k WHERE k.refusal IS NULL
	RETURNING *
), team AS (
	INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id,
		stage_id, part, competency_ids)
	SELECT :org, new.id, n.user_id, new.application_id, new.stage_id, n.part, n.competency_ids
	FROM new, invited n
	RETURNING user_id, part, status, competency_ids, substitute_for
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'interview.scheduled', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'stage_id', new.stage_id,
			'starts_at', new.starts_at, 'time_zone', new.time_zone, 'interviewers',
			(SELECT coalesce(jsonb_agg(team.user_id ORDER BY team.user_id), '[]') FROM team)) FROM new
), out AS (
	SELECT k.refusal, CASE WHEN k.refusal = 'invalid' THEN k.errors
			WHEN k.refusal = k.lint_errors -> 0 ->> 'rule' THEN k.lint_errors END AS refusal_errors,
		{interview_columns new}, {variant new} AS _variant,
		(SELECT coalesce(json_agg(json_build_object('user_id', team.user_id, 'name', u.name,
			'part', team.part, 'status', team.status, 'competency_ids', team.competency_ids,
			'substitute_for', team.substitute_for) ORDER BY u.name, team.user_id), '[]')
		 FROM team JOIN users u ON u.organization_id = :org AND u.id = team.user_id) AS interviewers,
		interview_conflicts(new.id, new.application_id, new.starts_at, new.duration_minutes,
			ARRAY(SELECT n.user_id FROM invited n)) AS conflicts
	FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: interview_update :write
WITH cur AS (
	SELECT i AS was, i.id, i.version,
		CASE WHEN NOT manages_role(i.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> i.version THEN 'precondition_failed'
			WHEN i.status <> 'scheduled' THEN 'interview_cancelled'
			WHEN NOT known_time_zone(:body::jsonb ->> 'time_zone') THEN 'unknown_time_zone'
		END AS refusal
	FROM interviews i WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
			AND v.id = i.application_id)
	FOR UPDATE
), patch AS (
	SELECT p.*, CASE WHEN p.duration_minutes > (cur.was).duration_minutes
			AND overlong_sample(p.stage_id, p.duration_minutes) THEN 'work_sample_too_long'
		END AS refusal
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE interviews i SET starts_at = p.starts_at, time_zone = p.time_zone,
		duration_minutes = p.duration_minutes, location = p.location, version = i.version + 1, updated_at = now()
	FROM patch p WHERE i.organization_id = :org AND i.id = p.id AND p.refusal IS NULL
	RETURNING i.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'interview.rescheduled', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'starts_at', new.starts_at,
			'time_zone', new.time_zone) FROM new
), out AS (
	SELECT coalesce(cur.refusal, p.refusal) AS refusal, cur.version AS refusal_version,
		{interview_columns new}, {interviewers new} AS interviewers, {variant new} AS _variant,
		interview_conflicts(new.id, new.application_id, new.starts_at, new.duration_minutes,
			ARRAY(SELECT ii.user_id FROM interview_interviewers ii
				WHERE ii.organization_id = :org AND ii.interview_id = new.id
					AND ii.status = 'assigned')) AS conflicts
	FROM cur LEFT JOIN patch p ON true LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: interview_end :write
-- Cancelled, or the candidate did not come, which an interviewer may say too. Either ends the waiting
-- for its scorecards, but opens nobody else's to whoever says it of their own (my_owed_interviews).
-- Saying it twice changes nothing, but for a person who says it of what a program had ended.
WITH cur AS (
	SELECT i.id, i.version, i.status,
		CASE WHEN NOT (manages_role(i.role_id) OR (:status = 'candidate_no_show'
				AND EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = :org
					AND ii.interview_id = i.id AND ii.user_id = :actor::uuid
					AND ii.part = 'interviewer' AND ii.status = 'assigned'))) THEN 'forbidden'
			WHEN :if_match::bigint <> i.version THEN 'precondition_failed'
			WHEN i.status NOT IN ('scheduled', :status) THEN 'interview_cancelled'
		END AS refusal
	FROM interviews i WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org
		AND v.id = i.id)
	FOR UPDATE
), changed AS (
	UPDATE interviews i SET status = :status, cancelled_by = :actor::uuid, cancelled_at = now(),
		version = i.version + 1, updated_at = now()
	FROM cur WHERE i.organization_id = :org AND i.id = cur.id AND cur.refusal IS NULL
		AND cur.status = 'scheduled'
	RETURNING i.*
), settled AS (
	DELETE FROM ended_waits w USING cur
	WHERE w.organization_id = :org AND w.interview_id = cur.id AND cur.refusal IS NULL
		AND :actor_kind = 'user'
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'interview.' || c.status, c.id, c.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', c.version) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT i.* FROM interviews i JOIN cur ON i.id = cur.id
	WHERE i.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {interview_columns n},
		{interviewers n} AS interviewers, {variant n} AS _variant
	FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: interviewer_put :write
-- Nobody ends what they owe themselves, nor asks less of themselves, since either would open others'
-- scorecards to them. Of a cancelled interview only a no-show is marked.
WITH body AS (
	SELECT coalesce(b.part, 'interviewer') AS part, coalesce(b.status, 'assigned') AS status,
		b.competency_ids
	FROM json_to_record(:body::json) AS b(part text, status text, competency_ids uuid[])
), cur AS (
	SELECT i.id, i.application_id, i.stage_id, strangers.errors,
		CASE WHEN NOT manages_role(i.role_id) THEN 'forbidden'
			WHEN i.status <> 'scheduled' AND b.status = 'assigned' THEN 'interview_cancelled'
			WHEN :user_id = :actor::uuid AND ((b.part, b.status) <> ('interviewer', 'assigned')
					OR (b.competency_ids IS NOT NULL AND NOT coalesce(own_focus(i.id, :user_id)
						<@ b.competency_ids, false)))
				AND EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = :org AND o.interview_id = i.id)
				THEN 'scorecard_owed'
			WHEN NOT EXISTS (SELECT FROM users u WHERE u.organization_id = :org
				AND u.id = :user_id AND u.status = 'active') THEN 'unknown_user'
			WHEN strangers.errors IS NOT NULL THEN 'invalid'
		END AS refusal
	FROM body b, interviews i
	CROSS JOIN LATERAL (SELECT focus_strangers(i.stage_id, i.role_id, b.competency_ids,
		'/competency_ids') AS errors) strangers
	WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
			AND v.id = i.application_id)
), new AS (
	INSERT INTO interview_interviewers AS ii (organization_id, interview_id, user_id,
		application_id, stage_id, part, status, competency_ids)
	SELECT :org, cur.id, :user_id, cur.application_id, cur.stage_id, b.part, b.status,
		b.competency_ids
	FROM cur, body b WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, interview_id, user_id) DO UPDATE
		SET part = EXCLUDED.part, status = EXCLUDED.status,
			competency_ids = EXCLUDED.competency_ids,
			-- From then on they are kept from others' scorecards.
			created_at = CASE WHEN (ii.part, ii.status) = ('interviewer', 'assigned')
				THEN ii.created_at ELSE EXCLUDED.created_at END
	RETURNING *
), bumped AS (
	{bump new}
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, CASE WHEN new.status = 'no_show' THEN 'interviewer.no_show'
			ELSE 'interviewer.assigned' END,
		new.interview_id, new.application_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('user_id', new.user_id, 'part', new.part,
			'competency_ids', new.competency_ids) FROM new
), out AS (
	SELECT cur.refusal, CASE WHEN cur.refusal = 'invalid' THEN cur.errors END AS refusal_errors,
		new.user_id, u.name, new.part, new.status, to_json(new.competency_ids) AS competency_ids,
		new.substitute_for
	FROM cur LEFT JOIN new ON true
	LEFT JOIN users u ON u.organization_id = :org AND u.id = new.user_id
)
SELECT * FROM out;

-- name: interviewer_remove :write
-- Refused by the scorecards' foreign key once there is a scorecard: mark a no-show instead. Someone
-- who still owes one of their own may not try: the refusal would tell of a colleague's, and taking
-- oneself off would open it.
WITH cur AS (
	SELECT i.id, i.application_id,
		CASE WHEN NOT manages_role(i.role_id) THEN 'forbidden'
			WHEN EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = :org AND o.application_id = i.application_id)
				THEN 'scorecard_owed'
		END AS refusal
	FROM interviews i
	JOIN interview_interviewers ii ON ii.organization_id = i.organization_id
		AND ii.interview_id = i.id AND ii.user_id = :user_id
	WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
			AND v.id = i.application_id)
), gone AS (
	DELETE FROM interview_interviewers ii USING cur
	WHERE ii.organization_id = :org AND ii.interview_id = cur.id AND ii.user_id = :user_id
		AND cur.refusal IS NULL
	RETURNING ii.interview_id, ii.user_id, ii.application_id
), bumped AS (
	{bump gone}
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'interviewer.removed', gone.interview_id, gone.application_id, :actor_kind,
		:actor::uuid, :request_id, jsonb_build_object('user_id', gone.user_id) FROM gone
), out AS (
	SELECT cur.refusal, gone.user_id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;

-- name: interviewer_substitute :write
-- Somebody else in their place, with the same part and focus. Whoever is replaced owes nothing any
-- more and keeps their draft; that they have submitted is told to nobody who owes one of their own,
-- so that neither a colleague nor they themselves are replaced by them.
WITH body AS (
	SELECT b.user_id FROM json_to_record(:body::json) AS b(user_id uuid)
), cur AS (
	SELECT i.id, i.application_id, i.stage_id, ii.part, ii.competency_ids,
		CASE WHEN NOT manages_role(i.role_id) THEN 'forbidden'
			WHEN EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = :org AND o.application_id = i.application_id)
				THEN 'scorecard_owed'
			WHEN i.status <> 'scheduled' THEN 'interview_cancelled'
			WHEN ii.status <> 'assigned' THEN 'conflict'
			WHEN EXISTS (SELECT FROM scorecards s WHERE s.organization_id = :org
				AND s.interview_id = i.id AND s.author_id = :user_id
				AND s.status = 'submitted') THEN 'scorecard_locked'
			WHEN NOT EXISTS (SELECT FROM users u WHERE u.organization_id = :org
				AND u.id = b.user_id AND u.status = 'active') THEN 'unknown_substitute'
			WHEN EXISTS (SELECT FROM interview_interviewers o WHERE o.organization_id = :org
				AND o.interview_id = i.id AND o.user_id = b.user_id
				-- Nor does an interviewer end as the substitute of somebody who only listens.
				AND o.part IN (ii.part, 'interviewer') AND o.status = 'assigned')
				THEN 'already_exists'
		END AS refusal
	FROM body b, interviews i
	JOIN interview_interviewers ii ON ii.organization_id = i.organization_id
		AND ii.interview_id = i.id AND ii.user_id = :user_id
	WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
			AND v.id = i.application_id)
	FOR UPDATE OF ii
), gone AS (
	UPDATE interview_interviewers ii SET status = 'substituted'
	FROM cur WHERE ii.organization_id = :org AND ii.interview_id = cur.id
		AND ii.user_id = :user_id AND cur.refusal IS NULL
	RETURNING ii.user_id
), new AS (
	INSERT INTO interview_interviewers (organization_id, interview_id, user_id, application_id,
		stage_id, part, competency_ids, substitute_for)
	SELECT :org, cur.id, b.user_id, cur.application_id, cur.stage_id, cur.part,
		cur.competency_ids, gone.user_id
	FROM cur, body b, gone
	ON CONFLICT (organization_id, interview_id, user_id) DO UPDATE
		SET part = EXCLUDED.part, status = EXCLUDED.status, created_at = EXCLUDED.created_at,
			competency_ids = EXCLUDED.competency_ids, substitute_for = EXCLUDED.substitute_for
	RETURNING *
), bumped AS (
	{bump new}
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'interviewer.substituted', new.interview_id, new.application_id, :actor_kind,
		:actor::uuid, :request_id, jsonb_build_object('user_id', new.substitute_for,
			'by_user_id', new.user_id, 'part', new.part) FROM new
), out AS (
	SELECT cur.refusal, new.user_id, u.name, new.part, new.status,
		to_json(new.competency_ids) AS competency_ids, new.substitute_for
	FROM cur LEFT JOIN new ON true
	LEFT JOIN users u ON u.organization_id = :org AND u.id = new.user_id
)
SELECT * FROM out;

-- name: interview_conflicts_list :read
SELECT i.id AS _interview_id, CASE WHEN NOT manages_role(i.role_id) THEN 'forbidden' END AS refusal,
	c.kind, c.user_id, c.name, c.interview_id, c.starts_at, c.ends_at
FROM interviews i
LEFT JOIN jsonb_to_recordset(CASE WHEN i.status = 'scheduled' THEN
		interview_conflicts(i.id, i.application_id, i.starts_at, i.duration_minutes,
		ARRAY(SELECT ii.user_id FROM interview_interviewers ii
			WHERE ii.organization_id = :org AND ii.interview_id = i.id AND ii.status = 'assigned'))
		END) AS c(kind text, user_id uuid, name text, interview_id uuid, starts_at timestamptz,
			ends_at timestamptz) ON true
WHERE i.organization_id = :org AND i.id = :interview_id
	AND EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
		AND v.id = i.application_id)
ORDER BY c.starts_at, c.kind, c.user_id;
