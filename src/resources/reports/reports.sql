-- Reports: counts and times over the roles that the asker may have reports on. docs/reports.md
-- defines each. One row more than REPORT_ROWS tells that there would be others.

-- name: report_time_in_stage :slow
-- A stay lasts from the move into a stage to the next move; several in one stage are added up.
WITH mine AS (
	SELECT r.id, r.title FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), stays AS (
	SELECT a.role_id, m.application_id, m.to_stage_id, m.to_status, m.created_at AS since,
		lead(m.created_at) OVER (PARTITION BY m.application_id ORDER BY m.created_at, m.id) AS until
	FROM applications a
	JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
	WHERE a.organization_id = :org AND a.role_id IN (SELECT mine.id FROM mine)
		AND a.created_at >= coalesce(:from::date, '-infinity')
		AND a.created_at < coalesce(:to::date + 1, 'infinity')
), spent AS (
	SELECT s.role_id, s.application_id, s.to_stage_id, in_days(sum(s.until - s.since)) AS days,
		bool_or(s.until IS NULL) AS pending
	FROM stays s WHERE s.to_status IN ('active', 'paused') AND s.to_stage_id IS NOT NULL
	GROUP BY s.role_id, s.application_id, s.to_stage_id
)
SELECT s.role_id, mine.title AS role_title, min(t.position) AS position, t.name AS stage_name,
	count(*) FILTER (WHERE NOT s.pending) AS n, count(*) FILTER (WHERE s.pending) AS pending,
	four_decimals(percentile_cont(.5) WITHIN GROUP (ORDER BY s.days)
		FILTER (WHERE NOT s.pending)) AS median_days,
	four_decimals(percentile_cont(.9) WITHIN GROUP (ORDER BY s.days)
		FILTER (WHERE NOT s.pending)) AS p90_days,
	four_decimals(avg(s.days) FILTER (WHERE NOT s.pending)) AS mean_days
FROM spent s JOIN mine ON mine.id = s.role_id
JOIN stages t ON t.organization_id = :org AND t.id = s.to_stage_id
GROUP BY s.role_id, mine.title, t.name
ORDER BY mine.title, s.role_id, 3, t.name LIMIT 10001;

-- name: report_time_to_decision :slow
-- Decided is what its status says, which everyone on the application may know; not the decisions.
WITH mine AS (
	SELECT r.id, r.title, r.target_days, r.created_at FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), each AS (
	SELECT a.role_id, a.status, a.created_at,
		min(m.created_at) FILTER (WHERE m.to_status IN ('rejected', 'offered', 'hired',
			'offer_declined')) AS decided_at,
		min(m.created_at) FILTER (WHERE m.to_status = 'hired') AS hired_at
	FROM applications a
	JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
	WHERE a.organization_id = :org AND a.role_id IN (SELECT mine.id FROM mine)
		AND a.created_at >= coalesce(:from::date, '-infinity')
		AND a.created_at < coalesce(:to::date + 1, 'infinity')
	GROUP BY a.id, a.role_id, a.status, a.created_at
), timed AS (
	SELECT e.*, in_days(e.decided_at - e.created_at) AS days, in_days(e.hired_at - e.created_at) AS hire_days
	FROM each e
)
SELECT mine.id AS role_id, mine.title AS role_title, mine.target_days, count(e.role_id) AS applications,
	count(e.decided_at) AS n,
	count(*) FILTER (WHERE e.decided_at IS NULL AND e.status = 'withdrawn') AS withdrawn,
	count(*) FILTER (WHERE e.decided_at IS NULL AND e.status <> 'withdrawn') AS pending,
	four_decimals(percentile_cont(.5) WITHIN GROUP (ORDER BY e.days)) AS median_days,
	four_decimals(percentile_cont(.9) WITHIN GROUP (ORDER BY e.days)) AS p90_days,
	CASE WHEN mine.target_days IS NOT NULL
		THEN count(*) FILTER (WHERE e.days <= mine.target_days) END AS within_target,
	count(e.hired_at) AS hired,
	four_decimals(percentile_cont(.5) WITHIN GROUP (ORDER BY e.hire_days)) AS median_days_to_hire,
	four_decimals(in_days(min(e.hired_at) - mine.created_at)) AS days_to_first_hire,
	four_decimals(in_days(min(e.hired_at) - mine.created_at) - mine.target_days) AS days_over_target
FROM mine LEFT JOIN timed e ON e.role_id = mine.id
GROUP BY mine.id, mine.title, mine.target_days, mine.created_at
ORDER BY mine.title, mine.id LIMIT 10001;

-- name: report_funnel :slow
-- Who came further, or was made an offer, passed; who came no further is told by their status. A source
-- counts without regard to case and blanks, and is called as it is written most often.
WITH mine AS (
	SELECT r.id, r.title FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), been AS (
	SELECT DISTINCT a.role_id, a.id, a.status, CASE WHEN :by_source::boolean
			AND 'source' <> ALL (hidden_of(a.candidate_id)) THEN btrim(a.source) END AS source, t.name, t.position
	FROM applications a
	JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
	JOIN stages t ON t.organization_id = m.organization_id AND t.id = m.to_stage_id
	WHERE a.organization_id = :org AND a.role_id IN (SELECT mine.id FROM mine)
		AND a.created_at >= coalesce(:from::date, '-infinity')
		AND a.created_at < coalesce(:to::date + 1, 'infinity')
		AND m.to_status IN ('active', 'paused')
), spelled AS (
	SELECT lower(o.source) AS key, mode() WITHIN GROUP (ORDER BY o.source COLLATE "C") AS source
	FROM (SELECT DISTINCT b.id, b.source FROM been b WHERE b.source IS NOT NULL) o GROUP BY 1
), told AS (
	SELECT b.role_id, b.id, b.status, b.name, b.position, s.source, b.position < max(b.position) OVER (PARTITION BY b.id)
		OR EXISTS (SELECT FROM application_moves m WHERE m.organization_id = :org
			AND m.application_id = b.id
			AND m.to_status IN ('offered', 'hired', 'offer_declined')) AS passed
	FROM been b LEFT JOIN spelled s ON s.key = lower(b.source)
), counted AS (
	SELECT d.role_id, mine.title AS role_title, min(d.position) AS position, d.name AS stage_name,
		d.source, count(*) AS entered, count(*) FILTER (WHERE d.passed) AS passed,
		count(*) FILTER (WHERE NOT d.passed AND d.status = 'rejected') AS stopped,
		count(*) FILTER (WHERE NOT d.passed AND d.status = 'withdrawn') AS withdrawn,
		count(*) FILTER (WHERE NOT d.passed AND d.status NOT IN ('rejected', 'withdrawn')) AS pending
	FROM told d JOIN mine ON mine.id = d.role_id
	GROUP BY d.role_id, mine.title, d.name, d.source
)
SELECT c.role_id, c.role_title, c.position, c.stage_name, c.source, c.entered, c.pending, c.withdrawn,
	c.passed + c.stopped AS n, c.passed
FROM counted c
ORDER BY c.role_title, c.role_id, c.position, c.stage_name, lower(c.source) NULLS LAST LIMIT 10001;

-- name: report_sources :slow
-- Without regard to case and blanks, each under the spelling that is used most.
WITH mine AS (
	SELECT r.id FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), each AS (
	SELECT CASE WHEN 'source' <> ALL (hidden_of(a.candidate_id)) THEN btrim(a.source) END
			AS source, a.status,
		coalesce(bool_or(m.to_status IN ('offered', 'hired', 'offer_declined')), false) AS offered,
		coalesce(bool_or(m.to_status = 'hired'), false) AS hired
	FROM applications a
	LEFT JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
	WHERE a.organization_id = :org AND a.role_id IN (SELECT mine.id FROM mine)
		AND a.created_at >= coalesce(:from::date, '-infinity')
		AND a.created_at < coalesce(:to::date + 1, 'infinity')
	GROUP BY a.id, a.candidate_id, a.source, a.status
)
SELECT mode() WITHIN GROUP (ORDER BY e.source COLLATE "C") AS source, count(*) AS applications,
	count(*) FILTER (WHERE NOT e.offered AND e.status NOT IN ('rejected', 'withdrawn')) AS pending,
	count(*) FILTER (WHERE NOT e.offered AND e.status = 'withdrawn') AS withdrawn,
	count(*) FILTER (WHERE e.offered OR e.status = 'rejected') AS n,
	count(*) FILTER (WHERE e.offered) AS offered, count(*) FILTER (WHERE e.hired) AS hired
FROM each e GROUP BY lower(e.source)
ORDER BY 2 DESC, lower(e.source) NULLS LAST LIMIT 10001;

-- name: report_interviewer_load :slow
-- Assignments are on the interviews for everyone to see; what was submitted, or is late, counts only
-- where the asker may know it: found once, not for each assignment again.
WITH mine AS (
	SELECT r.id FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), assigned AS (
	SELECT ii.user_id, ii.part, ii.status, i.id AS interview_id, i.duration_minutes, i.starts_at
	FROM interviews i
	JOIN interview_interviewers ii ON ii.organization_id = i.organization_id AND ii.interview_id = i.id
	WHERE i.organization_id = :org AND i.role_id IN (SELECT mine.id FROM mine)
		AND i.status = 'scheduled'
		AND coalesce(i.starts_at, i.created_at) >= coalesce(:from::date, '-infinity')
		AND coalesce(i.starts_at, i.created_at) < coalesce(:to::date + 1, 'infinity')
), given AS MATERIALIZED (
	SELECT s.interview_id, s.author_id FROM visible_scorecards s
	WHERE s.organization_id = :org AND s.status = 'submitted'
		AND s.role_id IN (SELECT mine.id FROM mine)
), late AS MATERIALIZED (
	SELECT o.interview_id, o.user_id FROM overdue_scorecards o
	WHERE o.organization_id = :org AND o.role_id IN (SELECT mine.id FROM mine)
)
SELECT u.id AS user_id, u.name,
	count(*) FILTER (WHERE a.part = 'interviewer' AND a.status = 'assigned') AS n,
	coalesce(sum(a.duration_minutes) FILTER (WHERE a.status = 'assigned'), 0) AS minutes,
	count(*) FILTER (WHERE a.status = 'assigned' AND a.starts_at > now()) AS upcoming,
	count(*) FILTER (WHERE a.part = 'shadow') AS shadowed,
	count(*) FILTER (WHERE a.status = 'no_show') AS no_shows,
	count(g.author_id) AS submitted,
	CASE WHEN :actor_kind = 'user' THEN count(l.user_id) END AS overdue
FROM assigned a
JOIN users u ON u.organization_id = :org AND u.id = a.user_id
LEFT JOIN given g ON g.interview_id = a.interview_id AND g.author_id = a.user_id
LEFT JOIN late l ON l.interview_id = a.interview_id AND l.user_id = a.user_id
GROUP BY u.id, u.name
ORDER BY 3 DESC, u.name, u.id LIMIT 10001;

-- name: report_scorecard_turnaround :slow
-- From the interview's end to the first submission, of scorecards that the asker may read.
WITH mine AS (
	SELECT r.id FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), each AS (
	SELECT s.author_id, greatest(0, in_hours(v.created_at
		- (i.starts_at + make_interval(mins => i.duration_minutes)))) AS hours
	FROM visible_scorecards s
	JOIN interviews i ON i.organization_id = s.organization_id AND i.id = s.interview_id
	JOIN scorecard_revisions v ON v.organization_id = s.organization_id AND v.scorecard_id = s.id
		AND v.number = 1
	WHERE s.organization_id = :org AND s.status = 'submitted' AND s.role_id IN (SELECT mine.id FROM mine)
		AND i.starts_at >= coalesce(:from::date, '-infinity')
		AND i.starts_at < coalesce(:to::date + 1, 'infinity')
)
SELECT u.id AS user_id, u.name, count(*) AS n,
	four_decimals(percentile_cont(.5) WITHIN GROUP (ORDER BY e.hours)) AS median_hours,
	four_decimals(percentile_cont(.9) WITHIN GROUP (ORDER BY e.hours)) AS p90_hours,
	count(*) FILTER (WHERE e.hours <= 24) AS within_a_day
FROM each e JOIN users u ON u.organization_id = :org AND u.id = e.author_id
GROUP BY u.id, u.name
ORDER BY u.name, u.id LIMIT 10001;

-- name: report_overdue :slow
SELECT o.user_id, u.name, o.interview_id, o.application_id, c.name AS candidate_name, o.role_id,
	r.title AS role_title, t.name AS stage_name,
	json_time(o.starts_at) AS starts_at, json_time(o.due_at) AS due_at,
	floor(in_days(now() - o.due_at))::integer AS days_overdue
FROM overdue_scorecards o
JOIN reportable_roles r ON r.organization_id = o.organization_id AND r.id = o.role_id
JOIN applications a ON a.organization_id = o.organization_id AND a.id = o.application_id
JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
JOIN stages t ON t.organization_id = o.organization_id AND t.id = o.stage_id
JOIN users u ON u.organization_id = o.organization_id AND u.id = o.user_id
WHERE o.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
	AND o.due_at >= coalesce(:from::date, '-infinity')
	AND o.due_at < coalesce(:to::date + 1, 'infinity')
ORDER BY o.due_at, u.name, o.interview_id LIMIT 10001;

-- ---- agreement --------------------------------------------------------------------------------

-- name: report_agreement :slow
-- Of scorecards that the asker may read, the newest ones: "application rater rating" by their places
-- in the role. Who rated an application twice counts with the later rating.
WITH mine AS (
	SELECT r.id, r.title FROM reportable_roles r
	WHERE r.organization_id = :org AND r.id = coalesce(:role_id::uuid, r.id)
), cards AS (
	SELECT s.id, s.role_id, s.application_id, s.author_id, s.ratings, s.submitted_at
	FROM visible_scorecards s
	WHERE s.organization_id = :org AND s.status = 'submitted' AND s.role_id IN (SELECT mine.id FROM mine)
		AND s.submitted_at >= coalesce(:from::date, '-infinity')
		AND s.submitted_at < coalesce(:to::date + 1, 'infinity')
	ORDER BY s.submitted_at DESC, s.id DESC LIMIT 20001
), given AS (
	SELECT c.role_id, c.application_id, c.author_id, e.key::uuid AS competency_id,
		e.value ->> 'value' AS value, row_number() OVER (
			PARTITION BY c.application_id, c.author_id, e.key
			ORDER BY c.submitted_at DESC, c.id DESC) AS nth
	FROM cards c CROSS JOIN LATERAL jsonb_each(c.ratings) e
	WHERE e.value ->> 'value' IS NOT NULL
), placed AS (
	SELECT g.role_id, g.competency_id, g.value,
		dense_rank() OVER (PARTITION BY g.role_id ORDER BY g.application_id) AS unit,
		dense_rank() OVER (PARTITION BY g.role_id ORDER BY g.author_id) AS rater
	FROM given g WHERE g.nth = 1
)
SELECT p.role_id, mine.title AS role_title, p.competency_id, k.name AS competency_name,
	(SELECT count(*) FROM cards) AS _cards,
	string_agg(p.unit || ' ' || p.rater || ' ' || p.value, ' ') AS _cells
FROM placed p JOIN mine ON mine.id = p.role_id
JOIN competencies k ON k.organization_id = :org AND k.id = p.competency_id
GROUP BY p.role_id, mine.title, p.competency_id, k.name
ORDER BY mine.title, p.role_id, k.name, p.competency_id LIMIT 10001;

-- ---- fairness ---------------------------------------------------------------------------------

-- name: fairness_release :write plain
-- Makes the blocks that are due, for whoever may see some of what they tell.
WITH made AS MATERIALIZED (
	SELECT fairness_release() AS id WHERE actor_level() IN ('admin', 'recruiter', 'client')
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'fairness.released', made.id, :actor_kind, :actor::uuid, :request_id FROM made
)
SELECT count(*) AS made FROM made;

-- name: report_fairness :read
-- What was published of each block. A confidential role is in its own report only.
SELECT CASE WHEN NOT holds_report_right('fairness') THEN 'forbidden' END AS refusal,
	(SELECT coalesce(json_agg(json_build_object('role_id', b.role_id, 'role_title', r.title,
			'applications', b.applications, 'tables', b.tables)
			ORDER BY r.title NULLS LAST, b.role_id, b.created_at, b.id), '[]')
	 FROM fairness_blocks b
	 LEFT JOIN visible_roles r ON r.organization_id = b.organization_id AND r.id = b.role_id
	 WHERE b.organization_id = :org AND holds_report_right('fairness')
		AND CASE WHEN :role_id::uuid IS NULL THEN b.role_id IS NULL OR NOT r.confidential
			ELSE b.role_id = :role_id::uuid AND r.id IS NOT NULL END
		AND b.created_at >= coalesce(:from::date, '-infinity')
		AND b.created_at < coalesce(:to::date + 1, 'infinity')) AS _blocks;

-- ---- rights -----------------------------------------------------------------------------------

-- name: report_rights_get :read
SELECT u.id AS user_id, u.name,
	(SELECT coalesce(json_agg(json_build_object('report', g.report, 'granted_by', g.granted_by,
			'created_at', to_char(g.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
			ORDER BY g.report), '[]')
	 FROM report_rights g WHERE g.organization_id = :org AND g.user_id = u.id) AS rights
FROM users u WHERE u.organization_id = :org AND u.id = :user_id;

-- name: report_right_put :write
WITH cur AS (
	SELECT u.id, u.name FROM users u WHERE u.organization_id = :org AND u.id = :user_id
	FOR KEY SHARE
), new AS (
	INSERT INTO report_rights (organization_id, user_id, report, granted_by)
	SELECT :org, cur.id, :report, :actor::uuid FROM cur
	ON CONFLICT DO NOTHING RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'report_right.granted', new.user_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('report', new.report) FROM new
), out AS (
	SELECT NULL::text AS refusal, cur.id AS user_id, :report AS report,
		coalesce(new.granted_by, g.granted_by) AS granted_by,
		coalesce(new.created_at, g.created_at) AS created_at
	FROM cur LEFT JOIN new ON true
	LEFT JOIN report_rights g ON g.organization_id = :org AND g.user_id = cur.id AND g.report = :report
)
SELECT * FROM out;

-- name: report_right_delete :write
WITH gone AS (
	DELETE FROM report_rights g
	WHERE g.organization_id = :org AND g.user_id = :user_id AND g.report = :report
	RETURNING g.user_id, g.report
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'report_right.taken', gone.user_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('report', gone.report) FROM gone
), out AS (
	SELECT NULL::text AS refusal, gone.user_id FROM gone
)
SELECT * FROM out;

-- ---- what is fitted on demand -----------------------------------------------------------------

-- name: rating_patterns_of :read
SELECT CASE WHEN u.id <> :actor::uuid AND NOT holds_report_right('rating_patterns') THEN 'forbidden'
	END AS refusal, u.id AS user_id, u.name, model_is_on() AS on
FROM users u WHERE u.organization_id = :org AND u.id = :user_id;

-- name: rating_patterns_scorecards :slow
-- The newest scorecards of applications for which nobody owes one, and the asker least of all: these
-- do not change when a colleague submits on one that is open. Only ranks and ratings leave.
WITH cards AS (
	SELECT s.id, s.application_id, s.author_id, s.role_id, s.rubric_version_id, s.ratings, s.submitted_at
	FROM scorecards s
	JOIN visible_roles r ON r.organization_id = s.organization_id AND r.id = s.role_id
	WHERE s.organization_id = :org AND s.status = 'submitted'
		AND (SELECT true FROM owed_scorecards o WHERE o.organization_id = s.organization_id
			AND o.application_id = s.application_id LIMIT 1) IS NULL
		AND s.application_id NOT IN (SELECT m.application_id FROM my_owed_interviews m
			WHERE m.organization_id = :org)
	ORDER BY s.submitted_at DESC, s.id DESC LIMIT 20000
), numbered AS (
	SELECT k.id, row_number() OVER (ORDER BY k.id) - 1 AS place FROM competencies k
	WHERE k.organization_id = :org
)
SELECT dense_rank() OVER (ORDER BY c.application_id) - 1 AS candidate,
	dense_rank() OVER (ORDER BY c.author_id) - 1 AS interviewer,
	dense_rank() OVER (ORDER BY c.role_id) - 1 AS pool,
	c.author_id = :user_id::uuid AS own,
	v.number > lag(v.number) OVER (PARTITION BY c.author_id, v.rubric_id
		ORDER BY c.submitted_at, c.id) AS renewed,
	(SELECT string_agg(n.place || ' ' || (e.value ->> 'value'), ' ')
	 FROM jsonb_each(c.ratings) e JOIN numbered n ON n.id = e.key::uuid
	 WHERE e.value ->> 'value' IS NOT NULL) AS marks
FROM cards c
JOIN rubric_versions v ON v.organization_id = :org AND v.id = c.rubric_version_id
ORDER BY c.submitted_at, c.id;

-- name: another_interview_role :read
WITH numbered AS (
	SELECT k.id, k.name, row_number() OVER (ORDER BY k.id) - 1 AS place FROM competencies k
	WHERE k.organization_id = :org
)
SELECT CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal, r.id AS role_id, r.hire_bar,
	model_is_on() AS on,
	(SELECT coalesce(json_agg(json_build_object('place', n.place, 'id', n.id, 'name', n.name,
			'weight', c.weight) ORDER BY c.position), '[]')
	 FROM rubric_criteria c JOIN numbered n ON n.id = c.competency_id
	 WHERE c.organization_id = :org AND c.rubric_version_id = r.rubric_version_id) AS _criteria,
	(SELECT coalesce(json_agg(json_build_object('id', w.id, 'name', w.name, 'blind', w.blind)
			ORDER BY w.created_at DESC, w.id DESC), '[]')
	 FROM (SELECT a.id, p.name, a.created_at, :actor_kind = 'user' AND EXISTS (
				SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
					AND o.application_id = a.id) AS blind
		FROM visible_applications a
		JOIN candidates p ON p.organization_id = a.organization_id AND p.id = a.candidate_id
		WHERE a.organization_id = :org AND a.role_id = r.id AND a.status IN ('active', 'paused')
			AND a.archived_at IS NULL
		ORDER BY a.created_at DESC, a.id DESC LIMIT 100) w) AS _candidates
FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id;

-- name: another_interview_scorecards :slow
-- What the asker may read, but for the applications where they still owe something themselves.
WITH cards AS (
	SELECT s.id, s.application_id, s.author_id, s.role_id, s.ratings, s.submitted_at
	FROM visible_scorecards s
	WHERE s.organization_id = :org AND s.status = 'submitted'
		AND s.application_id NOT IN (SELECT m.application_id FROM my_owed_interviews m
			WHERE m.organization_id = :org)
	ORDER BY s.role_id = :role_id::uuid DESC, s.submitted_at DESC, s.id DESC LIMIT 20000
), numbered AS (
	SELECT k.id, row_number() OVER (ORDER BY k.id) - 1 AS place FROM competencies k
	WHERE k.organization_id = :org
)
SELECT dense_rank() OVER (ORDER BY c.application_id) - 1 AS candidate,
	dense_rank() OVER (ORDER BY c.author_id) - 1 AS interviewer,
	dense_rank() OVER (ORDER BY c.role_id) - 1 AS pool,
	CASE WHEN c.role_id = :role_id::uuid THEN c.application_id END AS application_id,
	(SELECT string_agg(n.place || ' ' || (e.value ->> 'value'), ' ')
	 FROM jsonb_each(c.ratings) e JOIN numbered n ON n.id = e.key::uuid
	 WHERE e.value ->> 'value' IS NOT NULL) AS marks
FROM cards c
ORDER BY c.submitted_at, c.id;
