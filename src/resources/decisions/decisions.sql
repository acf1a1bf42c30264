-- Decisions: what people decided, with the evidence as it stood. Append only.

-- fragment: decision_columns
@.id, @.application_id, @.kind, @.level, @.rationale, @.override_reason, @.suggestion, @.evidence,
	@.dissent, @.reverses_id, @.decided_by,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = @.decided_by) AS decided_by_name,
	(SELECT json_agg(json_build_object('user_id', u.id, 'name', u.name) ORDER BY n.place)
	 FROM unnest(CASE WHEN @.deciders = '{}' THEN ARRAY[@.decided_by] ELSE @.deciders END)
		WITH ORDINALITY AS n(id, place)
	 JOIN users u ON u.organization_id = :org AND u.id = n.id) AS deciders,
	'/applications/' || @.application_id AS web_url, @.version, @.created_at

-- fragment: is_open
-- A decision tells what scorecards add up to, so it is open to whom they are: not to someone who
-- still owes one of theirs, and to a client once it may read all that the decision rested on.
EXISTS (SELECT FROM visible_applications v WHERE v.organization_id = :org
		AND v.id = @.application_id)
	AND EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = :org
		AND r.application_id = @.application_id)
	AND NOT EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
		AND o.application_id = @.application_id AND o.independence <> 'open'
		AND :actor_kind = 'user')
	AND (:actor_kind <> 'client' OR (SELECT true FROM scorecards s
		WHERE s.organization_id = :org AND s.application_id = @.application_id
			AND strpos(@.evidence ->> 'scorecards', s.id::text) > 0
			AND NOT EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = :org
				AND r.application_id = s.application_id AND r.stage_id = s.stage_id)
		LIMIT 1) IS NULL)

-- name: decisions_list :list
SELECT {decision_columns d}
	/*sort_key*/
FROM decisions d
WHERE d.organization_id = :org AND d.application_id = :application_id
	AND {is_open d}
-- sort created_at timestamptz: d.created_at
-- id: d.id

-- name: decisions_of :read
-- All of an application, the newest first: for its debrief.
SELECT {decision_columns d}
FROM decisions d
WHERE d.organization_id = :org AND d.application_id = :application_id
	AND {is_open d}
ORDER BY d.created_at DESC, d.id DESC;

-- name: decision_get :read
SELECT {decision_columns d}
FROM decisions d
WHERE d.organization_id = :org AND d.id = :decision_id
	AND {is_open d};

-- name: decision_create :write
-- The suggestion and the score were computed from `basis`, the revisions that were read before;
-- when another scorecard came in between, the decision is refused, since it did not rest on it.
WITH body AS (
	SELECT * FROM jsonb_to_record(:body::jsonb) AS b(kind text, level text, rationale text,
		override_reason text, dissent jsonb, reverses_id uuid, deciders uuid[])
), app AS (
	SELECT a.*, r.confidential, r.rubric_version_id, v.content_hash AS rubric_hash
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	LEFT JOIN rubric_versions v ON v.organization_id = :org AND v.id = r.rubric_version_id
	WHERE a.organization_id = :org AND a.id = :application_id
		AND EXISTS (SELECT FROM visible_applications s WHERE s.organization_id = :org AND s.id = a.id)
	FOR SHARE OF a
), cards AS (
	SELECT s.id, s.revision, v.content_hash FROM visible_scorecards s
	JOIN scorecard_revisions v ON v.organization_id = :org AND v.scorecard_id = s.id
		AND v.number = s.revision
	WHERE s.organization_id = :org AND s.application_id = :application_id AND s.status = 'submitted'
), asked AS (
	SELECT b.*, app.id AS application_id, new_id() AS id,
		jsonb_build_object('rubric_version_id', app.rubric_version_id, 'rubric_hash', app.rubric_hash,
			'score', :score::numeric, 'share_rated', :share_rated::numeric, 'scorecards',
			(SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'revision', c.revision,
				'content_hash', c.content_hash) ORDER BY c.id), '[]') FROM cards c)) AS evidence,
		CASE WHEN NOT manages_role(app.role_id) THEN 'forbidden'
			WHEN EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
				AND o.application_id = app.id AND o.independence <> 'open') THEN 'scorecard_owed'
			WHEN (SELECT coalesce(string_agg(c.id || ':' || c.revision, ',' ORDER BY c.id), '')
				FROM cards c) <> :basis THEN 'evidence_changed'
			WHEN b.reverses_id IS NOT NULL AND NOT EXISTS (SELECT FROM decisions d
				WHERE d.organization_id = :org AND d.id = b.reverses_id
					AND d.application_id = app.id) THEN 'unknown_decision'
			WHEN EXISTS (SELECT FROM unnest(b.deciders) AS n(id)
				LEFT JOIN users u ON u.organization_id = :org AND u.id = n.id
				LEFT JOIN hiring_team_members m ON m.organization_id = :org
					AND m.role_id = app.role_id AND m.user_id = n.id
				WHERE (u.status = 'active' AND (u.access_level = 'admin'
					OR m.part = 'hiring_manager' OR (u.access_level = 'recruiter'
						AND (NOT app.confidential OR m.user_id IS NOT NULL)))) IS NOT TRUE)
				THEN 'unknown_decider'
			WHEN EXISTS (SELECT FROM owed_scorecards o
				JOIN stages t ON t.organization_id = o.organization_id AND t.id = o.stage_id
				WHERE o.organization_id = :org AND o.application_id = app.id
					AND o.user_id = ANY (b.deciders) AND t.independence <> 'open')
				THEN 'scorecard_owed'
		END AS refusal
	FROM app, body b
), new AS (
	INSERT INTO decisions (organization_id, id, application_id, kind, level, rationale,
		override_reason, suggestion, evidence, dissent, reverses_id, decided_by,
		deciders)
	SELECT :org, k.id, k.application_id, k.kind, k.level, k.rationale, k.override_reason,
		:suggestion, k.evidence, coalesce(k.dissent, '[]'), k.reverses_id, :actor::uuid,
		coalesce(k.deciders, '{}')
	FROM asked k WHERE k.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'decision.made', new.id, new.application_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('kind', new.kind, 'suggestion', new.suggestion,
			'overridden', new.override_reason IS NOT NULL, 'reverses_id', new.reverses_id,
			'deciders', CASE WHEN new.deciders = '{}' THEN ARRAY[new.decided_by] ELSE new.deciders END,
			'evidence', new.evidence || jsonb_build_object('score', :score::text,
				'share_rated', :share_rated::text)) FROM new
), out AS (
	SELECT k.refusal, {decision_columns new} FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;
