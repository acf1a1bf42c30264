-- One's own organization.

-- fragment: organization_columns
@.organization_id AS id, @.name, @.slug, @.statistical_model, @.version, @.created_at, @.updated_at

-- name: organization_get :read
SELECT {organization_columns o} FROM organizations o WHERE o.organization_id = :org;

-- name: organization_update :write
WITH cur AS (
	SELECT o.organization_id, o.version,
		CASE WHEN :if_match::bigint <> o.version THEN 'precondition_failed' END AS refusal
	FROM organizations o WHERE o.organization_id = :org
	FOR NO KEY UPDATE
), body AS (
	SELECT * FROM json_to_record(:body::json) AS b(statistical_model boolean)
), new AS (
	UPDATE organizations o SET statistical_model = coalesce(b.statistical_model, o.statistical_model),
		version = o.version + 1, updated_at = now()
	FROM cur, body b WHERE o.organization_id = :org AND cur.refusal IS NULL
	RETURNING o.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'organization.updated', new.organization_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'statistical_model', new.statistical_model) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {organization_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
