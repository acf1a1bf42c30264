-- What waits for me, and for whom I wait.

-- name: my_work_get :slow
-- One row of four lists, each of at most fifty. Due says nothing of the candidate: a reviewer may be
-- kept from who it is, and the interview knows.
WITH me AS (
	SELECT date_trunc('week', now() AT TIME ZONE p.zone) AT TIME ZONE p.zone AS week
	FROM (SELECT coalesce((SELECT u.time_zone FROM user_preferences u
		WHERE u.organization_id = :org AND u.user_id = :actor::uuid), 'UTC') AS zone) AS p
), due AS (
	SELECT o.interview_id, shown_application(o.application_id) AS application_id, i.role_id, r.title AS role_title, o.stage_id,
		t.name AS stage_name, i.starts_at, scorecard_due_at(i.starts_at, i.duration_minutes) AS due_at, (SELECT s.id FROM scorecards s WHERE s.organization_id = :org
			AND s.interview_id = o.interview_id AND s.author_id = :actor::uuid) AS scorecard_id
	FROM my_owed_interviews o
	JOIN interviews i ON i.organization_id = o.organization_id AND i.id = o.interview_id
	JOIN roles r ON r.organization_id = i.organization_id AND r.id = i.role_id
	JOIN stages t ON t.organization_id = o.organization_id AND t.id = o.stage_id
	WHERE o.organization_id = :org AND o.due AND coalesce(i.starts_at <= now(), true)
	ORDER BY i.starts_at, o.interview_id LIMIT 50
), stuck AS (
	SELECT a.id AS application_id, c.name AS candidate_name, a.role_id, r.title AS role_title,
		a.stage_id, (SELECT t.name FROM stages t WHERE t.organization_id = :org
			AND t.id = a.stage_id) AS stage_name, a.updated_at AS since
	FROM applications a
	JOIN reportable_roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE a.organization_id = :org AND a.status = 'active' AND a.archived_at IS NULL
		AND r.status = 'open' AND r.archived_at IS NULL
		AND a.updated_at < now() - make_interval(days => coalesce(:stuck_days::integer, 7))
	ORDER BY a.updated_at, a.id LIMIT 50
), waiting AS (
	SELECT o.user_id, u.name, o.interview_id, o.application_id, c.name AS candidate_name, o.role_id,
		r.title AS role_title, o.stage_id, t.name AS stage_name, o.due_at
	FROM overdue_scorecards o
	JOIN reportable_roles r ON r.organization_id = o.organization_id AND r.id = o.role_id
	JOIN applications a ON a.organization_id = o.organization_id AND a.id = o.application_id
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	JOIN stages t ON t.organization_id = o.organization_id AND t.id = o.stage_id
	JOIN users u ON u.organization_id = o.organization_id AND u.id = o.user_id
	WHERE o.organization_id = :org AND o.user_id <> :actor::uuid
		-- By the index: who is later than that is in the report.
		AND o.starts_at >= now() - interval '60 days' AND o.starts_at < now()
	ORDER BY o.due_at, u.name, o.interview_id LIMIT 50
), decided AS (
	SELECT m.application_id, c.name AS candidate_name, v.role_id, r.title AS role_title, v.status,
		m.created_at AS decided_at
	FROM application_moves m
	JOIN visible_applications v ON v.organization_id = m.organization_id AND v.id = m.application_id
		AND v.status = m.to_status
	JOIN roles r ON r.organization_id = v.organization_id AND r.id = v.role_id
	JOIN candidates c ON c.organization_id = v.organization_id AND c.id = v.candidate_id
	WHERE m.organization_id = :org AND m.created_at >= (SELECT me.week FROM me)
		AND m.to_status IN ('rejected', 'offered', 'hired', 'offer_declined')
		AND m.from_status IS DISTINCT FROM m.to_status
	ORDER BY m.created_at DESC, m.id DESC LIMIT 50
)
SELECT me.week AS week_from, coalesce(:stuck_days::integer, 7) AS stuck_days,
	(SELECT coalesce(json_agg(json_build_object('interview_id', d.interview_id, 'application_id',
			d.application_id, 'role_id', d.role_id, 'role_title', d.role_title, 'stage_id', d.stage_id,
			'stage_name', d.stage_name, 'starts_at', json_time(d.starts_at), 'due_at', json_time(d.due_at),
			'overdue', coalesce(d.due_at < now(), false), 'scorecard_id', d.scorecard_id)
			ORDER BY d.starts_at, d.interview_id), '[]') FROM due d) AS due,
	(SELECT coalesce(json_agg(json_build_object('application_id', s.application_id, 'candidate_name',
			s.candidate_name, 'role_id', s.role_id, 'role_title', s.role_title, 'stage_id', s.stage_id,
			'stage_name', s.stage_name, 'since', json_time(s.since))
			ORDER BY s.since, s.application_id), '[]') FROM stuck s) AS stuck,
	(SELECT coalesce(json_agg(json_build_object('user_id', w.user_id, 'name', w.name, 'interview_id',
			w.interview_id, 'application_id', w.application_id, 'candidate_name', w.candidate_name,
			'role_id', w.role_id, 'role_title', w.role_title, 'stage_id', w.stage_id,
			'stage_name', w.stage_name, 'due_at', json_time(w.due_at))
			ORDER BY w.due_at, w.name, w.interview_id), '[]') FROM waiting w) AS waiting,
	(SELECT coalesce(json_agg(json_build_object('application_id', k.application_id, 'candidate_name',
			k.candidate_name, 'role_id', k.role_id, 'role_title', k.role_title, 'status', k.status,
			'decided_at', json_time(k.decided_at))
			ORDER BY k.decided_at DESC, k.application_id), '[]') FROM decided k) AS decided
FROM me;
