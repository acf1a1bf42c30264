-- Feedback letters: drafted from what the drafter may read, edited, and released by a person.

-- fragment: letter_columns
@.application_id, @.text, @.status, @.drafted_by, @.released_by, @.released_at, @.version,
	@.created_at, @.updated_at

-- fragment: closed
-- A letter tells what scorecards add up to. Whoever still owes one of the application's is told
-- nothing of it, not even whether there is one.
CASE WHEN EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
			AND o.application_id = @.id) THEN 'scorecard_owed'
		WHEN NOT manages_role(@.role_id) THEN 'forbidden'
		WHEN NOT EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = :org
			AND r.application_id = @.id) THEN 'forbidden'
	END

-- name: letter_get :read
-- That there is none yet is an answer, too.
SELECT {closed a} AS refusal, a.id AS application_id, coalesce(f.text, '') AS text,
	coalesce(f.status, 'none') AS status, f.drafted_by, f.released_by, f.released_at,
	coalesce(f.version, 0) AS version, f.created_at, f.updated_at
FROM visible_applications a
LEFT JOIN feedback_letters f ON f.organization_id = :org AND f.application_id = a.id
WHERE a.organization_id = :org AND a.id = :application_id;

-- name: letter_draft :write
WITH cur AS (
	SELECT a.id, {closed a} AS refusal
	FROM visible_applications a WHERE a.organization_id = :org AND a.id = :application_id
), new AS (
	INSERT INTO feedback_letters (organization_id, application_id, text, drafted_by)
	SELECT :org, cur.id, drafted_letter(cur.id), :actor::uuid FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'letter.drafted', new.application_id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version,
			'digest', application_digest(new.application_id, new.text)) FROM new
), out AS (
	SELECT cur.refusal, {letter_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: letter_update :write
WITH cur AS (
	SELECT f.application_id, f.version, coalesce({closed a}, CASE
			WHEN f.status = 'released' THEN 'letter_released'
			WHEN :if_match::bigint <> f.version THEN 'precondition_failed' END) AS refusal
	FROM feedback_letters f
	JOIN visible_applications a ON a.organization_id = f.organization_id AND a.id = f.application_id
	WHERE f.organization_id = :org AND f.application_id = :application_id
	FOR UPDATE OF f
), new AS (
	UPDATE feedback_letters f SET text = :body::json ->> 'text', version = f.version + 1,
		updated_at = now()
	FROM cur WHERE f.organization_id = :org AND f.application_id = cur.application_id
		AND cur.refusal IS NULL
	RETURNING f.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'letter.updated', new.application_id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version,
			'digest', application_digest(new.application_id, new.text)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {letter_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: letter_release :write
-- By a recruiter or an admin; from then on it is the candidate's, and stays as it is.
WITH cur AS (
	SELECT f.application_id, f.version, coalesce({closed a}, CASE
			WHEN actor_level() NOT IN ('admin', 'recruiter') THEN 'forbidden'
			WHEN f.status = 'released' THEN 'letter_released'
			WHEN :if_match::bigint <> f.version THEN 'precondition_failed' END) AS refusal
	FROM feedback_letters f
	JOIN visible_applications a ON a.organization_id = f.organization_id AND a.id = f.application_id
	WHERE f.organization_id = :org AND f.application_id = :application_id
	FOR UPDATE OF f
), new AS (
	UPDATE feedback_letters f SET status = 'released', released_by = :actor::uuid,
		released_at = now(), version = f.version + 1, updated_at = now()
	FROM cur WHERE f.organization_id = :org AND f.application_id = cur.application_id
		AND cur.refusal IS NULL
	RETURNING f.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'letter.released', new.application_id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version,
			'digest', application_digest(new.application_id, new.text)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {letter_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
