-- What an evaluation is made of, as far as the actor may see it.

-- name: evaluation_get :read
-- One row: the criteria of the role's rubric, the scorecards that count, and who is waited for.
-- A client is not told whom: what it mirrors would tell a blind colleague.
WITH app AS (
	SELECT a.id, a.role_id, r.hire_bar, r.rubric_version_id,
		EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
			AND o.application_id = a.id AND o.independence <> 'open') AND :actor_kind = 'user' AS blind,
		EXISTS (SELECT FROM readable_stages s WHERE s.organization_id = :org
			AND s.application_id = a.id) AS reads
	FROM visible_applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	WHERE a.organization_id = :org AND a.id = :application_id
), cards AS (
	SELECT s.* FROM visible_scorecards s
	WHERE s.organization_id = :org AND s.application_id = :application_id AND s.status = 'submitted'
)
SELECT app.id AS application_id, app.blind, app.hire_bar, manages_role(app.role_id) AS _manages,
	(SELECT coalesce(json_agg(json_build_object('competency_id', c.competency_id, 'name', c.competency_name,
			'weight', c.weight, 'must_have_level', c.must_have_level) ORDER BY c.position), '[]')
	 FROM rubric_criteria c
	 WHERE c.organization_id = :org AND c.rubric_version_id = app.rubric_version_id) AS _criteria,
	(SELECT coalesce(json_agg(json_build_object('id', s.id, 'author_id', s.author_id, 'author_name',
			(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = s.author_id),
			'recommendation', s.recommendation, 'ratings', s.ratings)
			ORDER BY s.submitted_at, s.id), '[]') FROM cards s) AS _scorecards,
	(SELECT coalesce(json_agg(json_build_object('interview_id', o.interview_id, 'stage_id', o.stage_id,
			'user_id', o.user_id, 'name', u.name) ORDER BY u.name, o.interview_id), '[]')
	 FROM owed_scorecards o
	 JOIN users u ON u.organization_id = o.organization_id AND u.id = o.user_id
	 WHERE o.organization_id = :org AND o.application_id = app.id
		AND :actor_kind = 'user'
		AND (o.user_id = :actor::uuid OR (app.reads AND NOT app.blind))) AS missing,
	CASE WHEN app.reads AND NOT app.blind THEN shown_model(app.id) ELSE withheld_model() END AS _model,
	(SELECT coalesce(string_agg(s.id || ':' || s.revision, ',' ORDER BY s.id), '') FROM cards s) AS _basis
FROM app;

-- name: comparison_get :read
-- One row: the role's criteria, its newest applications with the weighted average of what the actor
-- may read of each, and what the model says of those whose scorecards are open to the actor.
WITH role AS (
	SELECT r.id, r.title, r.rubric_version_id FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id
), apps AS (
	SELECT a.id, a.candidate_id, a.status, c.name, role.rubric_version_id, EXISTS (
			SELECT FROM readable_stages s WHERE s.organization_id = :org AND s.application_id = a.id)
		AND NOT EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
			AND o.application_id = a.id AND o.independence <> 'open') AS reads
	FROM role
	JOIN visible_applications a ON a.organization_id = :org AND a.role_id = role.id
		AND a.archived_at IS NULL
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	ORDER BY a.id DESC LIMIT 101
), shown AS (
	-- Who reads nothing there is not even told what the fit rests on.
	SELECT CASE WHEN EXISTS (SELECT FROM apps WHERE apps.reads) THEN shown_model(role.id)
		ELSE withheld_model() END AS model
	FROM role
), cards AS (
	-- Application by application: joined at once, all that were ever written would be read.
	SELECT apps.id AS application_id, apps.rubric_version_id, s.ratings
	FROM apps CROSS JOIN LATERAL (SELECT v.ratings FROM visible_scorecards v
		WHERE v.organization_id = :org AND v.application_id = apps.id AND v.status = 'submitted'
		LIMIT 1000) s
), means AS (
	SELECT s.application_id, k.competency_id, k.weight,
		avg((s.ratings -> k.competency_id::text ->> 'value')::numeric) AS mean
	FROM cards s
	JOIN rubric_criteria k ON k.organization_id = :org AND k.rubric_version_id = s.rubric_version_id
	GROUP BY s.application_id, k.competency_id, k.weight
), averages AS (
	SELECT m.application_id, sum(m.weight * m.mean) / sum(m.weight) FILTER (WHERE m.mean IS NOT NULL) AS average
	FROM means m GROUP BY m.application_id
)
SELECT role.id AS role_id, role.title, shown.model AS _model,
	(SELECT coalesce(json_agg(json_build_object('competency_id', c.competency_id, 'name', c.competency_name,
			'weight', c.weight, 'must_have_level', c.must_have_level) ORDER BY c.position), '[]')
	 FROM rubric_criteria c
	 WHERE c.organization_id = :org AND c.rubric_version_id = role.rubric_version_id) AS _criteria,
	(SELECT coalesce(json_agg(json_build_object('application_id', apps.id,
			'candidate_id', apps.candidate_id, 'name', apps.name, 'status', apps.status,
			'reads', apps.reads, 'average', v.average, 'result', r.result,
			'scorecards', (SELECT count(*) FROM cards s WHERE s.application_id = apps.id))
			ORDER BY apps.id DESC), '[]')
	 FROM apps
	 LEFT JOIN averages v ON v.application_id = apps.id
	 LEFT JOIN model_results r ON r.organization_id = :org AND r.fit_id = (shown.model ->> 'fit_id')::uuid
		AND r.object_id = apps.id AND apps.reads) AS _applications
FROM role, shown;
