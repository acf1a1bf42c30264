-- Links with which a candidate sees their side without sign-in, and what they can do with one.

-- fragment: link_columns
@.id, @.application_id, @.expires_at, @.revoked_at, @.version, @.created_at

-- fragment: holds
@.digest = :digest AND @.revoked_at IS NULL AND @.expires_at > now()

-- name: candidate_links_list :list
SELECT {link_columns l}
	/*sort_key*/
FROM candidate_links l
WHERE l.organization_id = :org AND l.application_id = :application_id
	AND (SELECT true FROM visible_applications a WHERE a.organization_id = :org AND a.id = l.application_id)
-- sort created_at timestamptz: l.created_at
-- id: l.id

-- name: candidate_link_application :read
SELECT a.id FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id;

-- name: candidate_link_create :write plain
WITH new AS (
	INSERT INTO candidate_links (organization_id, application_id, digest, expires_at, created_by)
	SELECT :org, a.id, :digest,
		now() + make_interval(days => coalesce((:body::json ->> 'days')::integer, 30)), :actor::uuid
	FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'candidate_link.created', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version) FROM new
)
SELECT {link_columns new} FROM new;

-- name: candidate_link_revoke :write
WITH cur AS (
	SELECT l.id FROM candidate_links l WHERE l.organization_id = :org AND l.id = :link_id
		AND EXISTS (SELECT FROM visible_applications a WHERE a.organization_id = :org
			AND a.id = l.application_id)
	FOR UPDATE
), changed AS (
	UPDATE candidate_links l SET revoked_at = now(), version = l.version + 1
	FROM cur WHERE l.organization_id = :org AND l.id = cur.id AND l.revoked_at IS NULL
	RETURNING l.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'candidate_link.revoked', c.id, c.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', c.version) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT l.* FROM candidate_links l JOIN cur ON l.id = cur.id
	WHERE l.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {link_columns n} FROM now_is n
)
SELECT * FROM out;

-- ---- without sign-in --------------------------------------------------------------------------

-- name: candidate_side_get :read
-- What the holder of a link sees: of the plan what is meant for candidates, and of the letter what
-- was released, unless the link's maker may not know of it yet.
SELECT o.name AS organization_name, r.title AS role_title, l.expires_at,
	(SELECT n.text FROM candidate_notices n WHERE n.organization_id = :org) AS notice,
	(SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name, 'method', t.method,
			'duration_minutes', t.duration_minutes, 'instructions', t.candidate_instructions,
			'brief', t.candidate_brief, 'is_current', t.id IS NOT DISTINCT FROM a.stage_id)
			ORDER BY t.position), '[]')
	 FROM stages t WHERE t.organization_id = :org AND t.plan_id = a.plan_id) AS stages,
	(SELECT coalesce(json_agg(json_build_object('stage_id', w.stage_id, 'budget_minutes',
			w.budget_minutes, 'started_at', to_char(w.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			'submitted_at', to_char(w.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
			'seconds_left', greatest(0, ceil(extract(epoch FROM w.started_at
				+ make_interval(mins => w.budget_minutes) - coalesce(w.submitted_at, now()))))::integer)
			ORDER BY w.started_at), '[]')
	 FROM work_samples w WHERE w.organization_id = :org AND w.application_id = a.id) AS work_samples,
	a.status IN ('rejected', 'withdrawn', 'hired', 'offer_declined') AS over,
	a.status IN ('rejected', 'withdrawn', 'hired', 'offer_declined') AND NOT EXISTS (
		SELECT FROM survey_answers s WHERE s.organization_id = :org AND s.application_id = a.id)
		AS survey_open,
	(SELECT f.text FROM feedback_letters f WHERE f.organization_id = :org AND f.application_id = a.id
		AND f.status = 'released' AND link_shows_letter(a.id, l.created_by)) AS letter
FROM candidate_links l
JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
JOIN organizations o ON o.organization_id = l.organization_id
WHERE l.organization_id = :org AND {holds l};

-- name: work_sample_start :write plain
-- The clock runs from the first start; another one says the same. A candidate's time is asked for, so
-- the plan's blocking rules hold, as they do where an interview is made; what was begun goes on.
WITH cur AS (
	SELECT a.id, t.id AS stage_id, t.duration_minutes, CASE WHEN a.status <> 'active'
			THEN 'application_closed' WHEN t.id IS NULL THEN 'no_work_sample'
			WHEN lint_refusal(t.plan_id, t.id, '') IS NOT NULL AND NOT EXISTS (SELECT FROM work_samples w
				WHERE w.organization_id = :org AND w.application_id = a.id AND w.stage_id = t.id)
				THEN 'work_sample_not_ready' END AS refusal
	FROM candidate_links l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	LEFT JOIN stages t ON t.organization_id = a.organization_id AND t.id = a.stage_id
		AND t.method = 'work_sample'
	WHERE l.organization_id = :org AND {holds l}
	FOR KEY SHARE OF a
), new AS (
	-- Another start at once has its row by now, though this statement began before it.
	INSERT INTO work_samples AS w (organization_id, application_id, stage_id, budget_minutes)
	SELECT :org, cur.id, cur.stage_id, cur.duration_minutes FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, application_id, stage_id) DO UPDATE SET started_at = w.started_at
	RETURNING w.*, w.xmax = 0 AS fresh
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, request_id, data)
	SELECT :org, 'work_sample.started', new.application_id, new.application_id, :actor_kind,
		:request_id, jsonb_build_object('stage_id', new.stage_id) FROM new WHERE new.fresh
)
SELECT cur.refusal, n.stage_id, n.budget_minutes, n.started_at, n.submitted_at
FROM cur LEFT JOIN new n ON true;

-- name: work_sample_submit :write plain
-- Once, also of two at once: the clock is read under its own lock, as it is after the wait. What comes
-- after the budget is taken, and says so.
WITH clock AS MATERIALIZED (
	SELECT w.* FROM candidate_links l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	JOIN work_samples w ON w.organization_id = a.organization_id AND w.application_id = a.id
		AND w.stage_id = a.stage_id
	WHERE l.organization_id = :org AND {holds l}
	FOR NO KEY UPDATE OF w
), cur AS (
	SELECT a.id, a.candidate_id, w.stage_id, w.started_at, w.budget_minutes,
		CASE WHEN a.status <> 'active' THEN 'application_closed'
			WHEN w.stage_id IS NULL THEN 'work_sample_not_started'
			WHEN w.submitted_at IS NOT NULL THEN 'already_exists'
			WHEN (SELECT count(*) FROM documents d WHERE d.organization_id = :org
				AND d.candidate_id = a.candidate_id) >= 50 THEN 'too_many_documents'
		END AS refusal
	FROM candidate_links l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	LEFT JOIN clock w ON w.organization_id = a.organization_id AND w.application_id = a.id
		AND w.stage_id = a.stage_id
	WHERE l.organization_id = :org AND {holds l}
	FOR NO KEY UPDATE OF a
), kept AS (
	INSERT INTO documents (organization_id, candidate_id, kind, filename, media_type, content,
		size_bytes, digest, text_state, text_problem, text)
	SELECT :org, cur.candidate_id, 'other', :filename, :media_type, :content::bytea,
		octet_length(:content::bytea), :content_digest, :text_state, :text_problem, :words
	FROM cur WHERE cur.refusal IS NULL
	RETURNING id
), new AS (
	UPDATE work_samples w SET submitted_at = now(), document_id = kept.id
	FROM cur, kept WHERE w.organization_id = :org AND w.application_id = cur.id
		AND w.stage_id = cur.stage_id AND w.submitted_at IS NULL
	RETURNING w.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, request_id, data)
	SELECT :org, 'work_sample.submitted', new.application_id, new.application_id, :actor_kind,
		:request_id, jsonb_build_object('stage_id', new.stage_id, 'document_id', new.document_id)
	FROM new
)
SELECT cur.refusal, new.stage_id, new.budget_minutes, new.started_at, new.submitted_at,
	new.submitted_at > new.started_at + make_interval(mins => new.budget_minutes) AS over_budget
FROM cur LEFT JOIN new ON true;

-- name: survey_answer :write plain
WITH cur AS (
	SELECT a.id, CASE WHEN a.status NOT IN ('rejected', 'withdrawn', 'hired', 'offer_declined')
			THEN 'survey_not_open' END AS refusal
	FROM candidate_links l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	WHERE l.organization_id = :org AND {holds l}
), new AS (
	INSERT INTO survey_answers (organization_id, application_id, clarity, respect, fairness, comment)
	SELECT :org, cur.id, b.clarity, b.respect, b.fairness, b.comment
	FROM cur, json_to_record(:body::json) AS b(clarity smallint, respect smallint, fairness smallint,
		comment text)
	WHERE cur.refusal IS NULL
	RETURNING application_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, request_id)
	SELECT :org, 'survey.answered', new.application_id, new.application_id, :actor_kind, :request_id
	FROM new
)
SELECT cur.refusal, cur.id FROM cur LEFT JOIN new ON true;

-- name: survey_release :write plain
-- Makes the blocks that are due.
WITH made AS MATERIALIZED (
	SELECT survey_release() AS id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'survey.released', made.id, :actor_kind, :actor::uuid, :request_id FROM made
)
SELECT count(*) AS made FROM made;

-- name: survey_results :read
-- Sums of published blocks; a confidential role's are in its own only.
WITH published AS (
	SELECT b.answers, b.clarity, b.respect, b.fairness, b.comments FROM survey_blocks b
	LEFT JOIN visible_roles r ON r.organization_id = b.organization_id AND r.id = b.role_id
	WHERE b.organization_id = :org
		AND CASE WHEN :role_id::uuid IS NULL THEN b.role_id IS NULL OR NOT r.confidential
			ELSE b.role_id = :role_id::uuid END
), summed AS (
	SELECT coalesce(sum(p.answers), 0)::numeric AS answers, sum(p.clarity) AS clarity,
		sum(p.respect) AS respect, sum(p.fairness) AS fairness
	FROM published p
)
SELECT n.answers::integer AS answers, round(n.clarity / n.answers, 2) AS clarity,
	round(n.respect / n.answers, 2) AS respect, round(n.fairness / n.answers, 2) AS fairness,
	(SELECT coalesce(json_agg(w.said ORDER BY md5(w.said)), '[]') FROM published p
	 CROSS JOIN LATERAL jsonb_array_elements_text(p.comments) AS w(said)) AS comments
FROM summed n
WHERE :role_id::uuid IS NULL OR EXISTS (SELECT FROM visible_roles r
	WHERE r.organization_id = :org AND r.id = :role_id::uuid);

-- name: demographics_answer :write plain
-- The candidate's row is held, so that an erasure cannot pass by.
WITH cur AS (
	SELECT a.id FROM candidate_links l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE l.organization_id = :org AND {holds l} AND c.erased_at IS NULL
	FOR KEY SHARE OF c
), kept AS MATERIALIZED (
	SELECT cur.id, demographics_keep(cur.id, :body::jsonb) FROM cur
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, request_id)
	SELECT :org, 'demographics.answered', kept.id, :actor_kind, :request_id FROM kept
)
SELECT kept.id FROM kept;

-- name: demographics_counts :read
-- Sums of what was published of each block, where it was; a confidential role's are in its own only.
WITH published AS (
	SELECT b.tables FROM fairness_blocks b
	LEFT JOIN visible_roles r ON r.organization_id = b.organization_id AND r.id = b.role_id
	WHERE b.organization_id = :org
		AND CASE WHEN :role_id::uuid IS NULL THEN b.role_id IS NULL OR NOT r.confidential
			ELSE b.role_id = :role_id::uuid END
), counted AS (
	SELECT q.question, g.value AS value, sum(n.value::integer) AS n
	FROM published p
	CROSS JOIN LATERAL jsonb_each(p.tables) AS q(question, told)
	CROSS JOIN LATERAL jsonb_each(q.told -> 'groups') AS g(value, counts)
	CROSS JOIN LATERAL jsonb_array_elements_text(g.counts) AS n(value)
	WHERE g.value <> 'not_said'
	GROUP BY q.question, g.value
), told AS (
	SELECT c.question, jsonb_object_agg(c.value, c.n) AS counts FROM counted c GROUP BY c.question
)
SELECT (SELECT t.counts FROM told t WHERE t.question = 'gender') AS gender,
	(SELECT t.counts FROM told t WHERE t.question = 'age') AS age,
	(SELECT t.counts FROM told t WHERE t.question = 'disability') AS disability
WHERE :role_id::uuid IS NULL OR EXISTS (SELECT FROM visible_roles r
	WHERE r.organization_id = :org AND r.id = :role_id::uuid);

-- name: candidate_notice_get :read
SELECT n.text, coalesce(n.version, 0) AS version, n.updated_at
FROM organizations o LEFT JOIN candidate_notices n ON n.organization_id = o.organization_id
WHERE o.organization_id = :org;

-- name: candidate_notice_put :write
WITH new AS (
	INSERT INTO candidate_notices AS n (organization_id, text)
	SELECT :org, :body::json ->> 'text'
	ON CONFLICT (organization_id) DO UPDATE SET text = excluded.text, version = n.version + 1,
		updated_at = now()
	RETURNING n.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate_notice.changed', new.organization_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT NULL::text AS refusal, new.text, new.version, new.updated_at FROM new
)
SELECT * FROM out;
