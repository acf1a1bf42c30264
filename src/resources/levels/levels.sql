-- Mid or senior: which differentiators were observed, by whom, and what follows. Others' observations
-- are read through visible_level_observations only.

-- name: level_get :read
-- Of several observers the majority decides; a tie leaves a differentiator open. Senior takes five
-- of the seven, and three that were found missing leave it out of reach.
WITH app AS (
	SELECT a.id, r.level AS role_level, r.ladder_id, EXISTS (SELECT FROM my_owed_interviews o
			WHERE o.organization_id = :org AND o.application_id = a.id
				AND o.independence <> 'open') AND :actor_kind = 'user' AS blind
	FROM visible_applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	WHERE a.organization_id = :org AND a.id = :application_id
), seen AS (
	SELECT l.*, u.name AS observer_name FROM visible_level_observations l
	JOIN users u ON u.organization_id = l.organization_id AND u.id = l.observer_id
	WHERE l.organization_id = :org AND l.application_id = :application_id
), judged AS (
	SELECT d.code, d.place, d.statement, d.source, CASE
			WHEN count(s.observed) = 0 THEN 'not_judged'
			WHEN count(*) FILTER (WHERE s.observed) * 2 > count(s.observed) THEN 'observed'
			WHEN count(*) FILTER (WHERE s.observed) * 2 < count(s.observed) THEN 'not_observed'
			ELSE 'split' END AS verdict,
		coalesce(json_agg(json_build_object('observer_id', s.observer_id,
			'observer_name', s.observer_name, 'observed', s.observed, 'evidence', s.evidence,
			'updated_at', json_time(s.updated_at)) ORDER BY s.created_at, s.observer_id)
			FILTER (WHERE s.observer_id IS NOT NULL), '[]') AS observations
	FROM level_differentiators() d LEFT JOIN seen s ON s.differentiator = d.code
	GROUP BY d.code, d.place, d.statement, d.source
), counted AS (
	SELECT count(*) FILTER (WHERE j.verdict = 'observed') AS observed,
		count(*) FILTER (WHERE j.verdict = 'not_observed') AS not_observed,
		count(*) FILTER (WHERE j.verdict IN ('split', 'not_judged')) AS undecided
	FROM judged j
), told AS (
	SELECT c.*, CASE WHEN c.observed >= 5 THEN 'Senior' WHEN c.not_observed >= 3 THEN 'Mid-Level' END
		AS recommended_level
	FROM counted c
), placed AS (
	-- The role's own ladder: the level it asks for, and the one that the recommendation speaks of.
	SELECT d.id, d.name, d.archived_at, own.position AS asked, met.position AS met, met.name AS met_name
	FROM app JOIN ladders d ON d.organization_id = :org AND d.id = app.ladder_id
	CROSS JOIN told
	LEFT JOIN ladder_levels own ON own.organization_id = :org AND own.ladder_id = d.id
		AND own.name = app.role_level
	LEFT JOIN ladder_levels met ON met.organization_id = :org AND met.ladder_id = d.id
		AND met.name = level_on_ladder(d.id, told.recommended_level)
)
SELECT app.id AS application_id, app.blind, app.role_level, told.recommended_level,
	CASE WHEN placed.asked IS NULL OR placed.met IS NULL
			THEN level_reaches(told.recommended_level, app.role_level)
		WHEN placed.asked <= placed.met THEN true
		-- What is above senior, the differentiators do not tell.
		WHEN told.recommended_level = 'Mid-Level' THEN false END AS reaches_role_level,
	placed.met_name AS recommended_on_ladder,
	CASE WHEN placed.id IS NOT NULL THEN (SELECT json_build_object('id', placed.id, 'name', placed.name,
		'levels', json_agg(json_build_object('name', l.name, 'position', l.position,
			'years_from', trim_scale(l.years_from), 'years_to', trim_scale(l.years_to),
			'scope', l.scope, 'tagline', l.tagline, 'signals', l.signals,
			'expectations', l.expectations, 'asked_for', l.position IS NOT DISTINCT FROM placed.asked,
			'recommended', l.position IS NOT DISTINCT FROM placed.met) ORDER BY l.position))
		FROM ladder_levels l WHERE l.organization_id = :org AND l.ladder_id = placed.id) END AS ladder,
	told.observed, told.not_observed, told.undecided, 5 AS needed,
	format('Of seven differentiators %s observed, %s found missing, %s undecided: %s.',
		CASE told.observed WHEN 1 THEN '1 was' ELSE told.observed || ' were' END,
		CASE told.not_observed WHEN 1 THEN '1 was' ELSE told.not_observed || ' were' END,
		CASE told.undecided WHEN 1 THEN '1 is' ELSE told.undecided || ' are' END,
		CASE told.recommended_level WHEN 'Senior' THEN 'five or more speak for senior'
			WHEN 'Mid-Level' THEN 'fewer than five can still be, so mid-level'
			ELSE 'five speak for senior, three missing for mid-level, and neither is reached' END)
		AS explanation,
	(SELECT json_agg(json_build_object('code', j.code, 'statement', j.statement,
		'source', j.source, 'verdict', j.verdict, 'observations', j.observations)
		ORDER BY j.place) FROM judged j) AS differentiators
FROM app CROSS JOIN told LEFT JOIN placed ON true;

-- name: level_put :write
-- One's own observations, all of them: what is not named is taken back. By interviewers of the
-- application and whoever manages its role.
WITH body AS (
	SELECT o.key AS code, (o.value ->> 'observed')::boolean AS observed, o.value ->> 'evidence' AS evidence
	FROM jsonb_each(:body::jsonb -> 'observations') AS o(key, value)
), gaps AS (
	SELECT jsonb_agg(jsonb_build_object('pointer', '/observations/' || b.code || '/evidence',
		'rule', 'evidence_required', 'detail', 'is needed for what was observed') ORDER BY b.code)
		AS errors
	FROM body b WHERE b.observed AND coalesce(b.evidence, '') !~ '\S'
), cur AS (
	SELECT a.id, gaps.errors, CASE
			WHEN NOT (manages_role(a.role_id) OR EXISTS (SELECT FROM interview_interviewers ii
				WHERE ii.organization_id = :org AND ii.application_id = a.id
					AND ii.user_id = :actor::uuid AND ii.part = 'interviewer'
					AND ii.status = 'assigned')) THEN 'forbidden'
			WHEN gaps.errors IS NOT NULL THEN 'invalid'
		END AS refusal
	FROM visible_applications a, gaps WHERE a.organization_id = :org AND a.id = :application_id
), gone AS (
	DELETE FROM level_observations l USING cur
	WHERE l.organization_id = :org AND l.application_id = cur.id AND l.observer_id = :actor::uuid
		AND cur.refusal IS NULL AND l.differentiator NOT IN (SELECT b.code FROM body b)
), new AS (
	INSERT INTO level_observations (organization_id, application_id, observer_id, differentiator,
		observed, evidence)
	SELECT :org, cur.id, :actor::uuid, b.code, b.observed, b.evidence
	FROM cur, body b WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, application_id, observer_id, differentiator) DO UPDATE
		SET observed = EXCLUDED.observed, evidence = EXCLUDED.evidence, updated_at = now()
	RETURNING *
), told AS (
	SELECT coalesce(jsonb_object_agg(new.differentiator, jsonb_build_object('observed', new.observed,
		'evidence', new.evidence)), '{}') AS observations FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'level.observed', cur.id, cur.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('digest', application_digest(cur.id, told.observations::text))
	FROM cur, told WHERE cur.refusal IS NULL
), out AS (
	SELECT cur.refusal, CASE WHEN cur.refusal = 'invalid' THEN cur.errors END AS refusal_errors,
		cur.id AS application_id, :actor::uuid AS observer_id, told.observations
	FROM cur, told
)
SELECT * FROM out;
