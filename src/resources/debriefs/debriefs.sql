-- What a debrief adds to the evaluation: whose application it is, and who said what.

-- name: debrief_head :read
SELECT a.id AS application_id, (SELECT c.name FROM candidates c WHERE c.organization_id = :org
		AND c.id = a.candidate_id) AS candidate_name,
	(SELECT r.title FROM roles r WHERE r.organization_id = :org AND r.id = a.role_id) AS role_title,
	(SELECT t.name FROM stages t WHERE t.organization_id = :org AND t.id = a.stage_id) AS stage_name,
	a.status, '/applications/' || a.id AS web_url
FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id;

-- name: debrief_scorecards :read
-- The scorecards that count, in the order of the plan; never private notes, since it is read aloud.
-- `_basis` says which revisions these are, as the evaluation does.
SELECT s.id, s.interview_id, s.stage_id, t.name AS stage_name, s.author_id,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = s.author_id) AS author_name,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = s.entered_by)
		AS entered_by_name,
	s.recommendation, s.key_takeaways, s.ratings, s.revision, s.submitted_at,
	string_agg(s.id || ':' || s.revision, ',') OVER (ORDER BY s.id
		ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS _basis
FROM visible_scorecards s
JOIN stages t ON t.organization_id = s.organization_id AND t.id = s.stage_id
WHERE s.organization_id = :org AND s.application_id = :application_id AND s.status = 'submitted'
ORDER BY t.position, s.submitted_at, s.id;
