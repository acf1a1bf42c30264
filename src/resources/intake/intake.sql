-- What a role keeps of its opening: the intake's answers, the disclosures, and its figures.

-- fragment: intake_columns
@.id AS role_id, @.intake AS answers, @.intake_at AS answered_at, @.version

-- fragment: disclosure_columns
@.id AS role_id, @.disclosures AS _disclosures, @.version

-- name: role_intake_get :read
SELECT {intake_columns r} FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id;

-- name: role_intake_put :write
WITH cur AS (
	SELECT r.id, r.version,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN :if_match::bigint <> r.version THEN 'precondition_failed'
		END AS refusal
	FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE
), new AS (
	UPDATE roles r SET intake = :body::jsonb, intake_at = now(), version = r.version + 1,
		updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'role.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields', '["intake"]'::jsonb) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {intake_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: role_disclosures_get :read
SELECT {disclosure_columns r} FROM visible_roles r
WHERE r.organization_id = :org AND r.id = :role_id;

-- name: role_disclosures_put :write
WITH cur AS (
	SELECT r.id, r.version,
		CASE WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN :if_match::bigint <> r.version THEN 'precondition_failed'
		END AS refusal
	FROM roles r WHERE r.organization_id = :org AND r.id = :role_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = r.id)
	FOR UPDATE
), new AS (
	UPDATE roles r SET disclosures = :body::jsonb, version = r.version + 1, updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'role.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields', '["disclosures"]'::jsonb) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {disclosure_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: role_market :read
-- A band without a date is always too old. The days to the first hire are those of an application
-- that the asker may see.
SELECT r.id AS role_id, r.level, r.target_days,
	r.salary_band || jsonb_build_object('stale_from', salary_stale_from(r.salary_band)) AS salary_band,
	CASE WHEN r.salary_band IS NOT NULL
		THEN coalesce(salary_stale_from(r.salary_band) <= current_date, true) END AS salary_band_stale,
	(SELECT min(m.created_at)::date - r.created_at::date
	 FROM visible_applications a
	 JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
	 WHERE a.organization_id = :org AND a.role_id = r.id AND m.to_status = 'hired') AS days_to_first_hire
FROM visible_roles r WHERE r.organization_id = :org AND r.id = :role_id;
