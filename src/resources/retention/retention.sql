-- How long candidates are kept: a rule a country, who is due, and the run that erases them.

-- fragment: rule_columns
@.id, @.country, @.months, @.action, @.version, @.created_at, @.updated_at

-- name: retention_rules_list :list
SELECT {rule_columns r}
	/*sort_key*/
FROM retention_rules r
WHERE r.organization_id = :org
-- sort created_at timestamptz: r.created_at
-- id: r.id

-- name: retention_rule_get :read
SELECT {rule_columns r} FROM retention_rules r WHERE r.organization_id = :org AND r.id = :rule_id;

-- name: retention_rule_create :write
WITH new AS (
	INSERT INTO retention_rules (organization_id, country, months)
	SELECT :org, b.country, b.months FROM json_to_record(:body::json) AS b(country text, months integer)
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'retention_rule.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'country', new.country, 'months', new.months) FROM new
), out AS (
	SELECT NULL::text AS refusal, {rule_columns new} FROM new
)
SELECT * FROM out;

-- name: retention_rule_update :write
WITH cur AS (
	SELECT r.id, r.version,
		CASE WHEN :if_match::bigint <> r.version THEN 'precondition_failed' END AS refusal
	FROM retention_rules r WHERE r.organization_id = :org AND r.id = :rule_id
	FOR UPDATE
), new AS (
	UPDATE retention_rules r SET months = (:body::json ->> 'months')::integer,
		version = r.version + 1, updated_at = now()
	FROM cur WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
	RETURNING r.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'retention_rule.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'country', new.country, 'months', new.months) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {rule_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: retention_rule_delete :write
WITH cur AS (
	SELECT r.id, r.version,
		CASE WHEN :if_match::bigint <> r.version THEN 'precondition_failed' END AS refusal
	FROM retention_rules r WHERE r.organization_id = :org AND r.id = :rule_id
	FOR UPDATE
), gone AS (
	DELETE FROM retention_rules r USING cur
	WHERE r.organization_id = :org AND r.id = cur.id AND cur.refusal IS NULL
	RETURNING r.id, r.country
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'retention_rule.deleted', gone.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('country', gone.country) FROM gone
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, gone.id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;

-- name: retention_due_list :slow
-- The dry run: whom a run would erase, and whom only a legal hold keeps.
SELECT d.candidate_id, c.name AS candidate_name, d.rule_id, d.country, d.months, d.last_activity_at,
	d.due_at, d.held
FROM (SELECT 1) AS one
LEFT JOIN (retention_due(200, true) d
	JOIN candidates c ON c.organization_id = :org AND c.id = d.candidate_id) ON true;

-- name: retention_run :write
WITH due AS MATERIALIZED (
	SELECT d.candidate_id, d.rule_id
	FROM retention_due(coalesce((:body::json ->> 'limit')::integer, 25), false) d
), locked AS MATERIALIZED (
	SELECT c.id, d.rule_id FROM candidates c JOIN due d ON d.candidate_id = c.id
	WHERE c.organization_id = :org AND c.erased_at IS NULL AND c.merged_into IS NULL
	FOR UPDATE OF c SKIP LOCKED
), erased AS MATERIALIZED (
	SELECT l.id, l.rule_id, erase_candidate(l.id) AS texts FROM locked l
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.erased', e.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('texts', e.texts, 'retention_rule_id', e.rule_id) FROM erased e
), out AS (
	SELECT NULL::text AS refusal, (SELECT coalesce(json_agg(json_build_object('candidate_id', e.id,
		'rule_id', e.rule_id) ORDER BY e.id), '[]') FROM erased e) AS erased
)
SELECT * FROM out;

-- name: candidate_country_get :read
SELECT c.id AS candidate_id, k.country, coalesce(k.version, 0) AS version,
	CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone' END AS refusal
FROM visible_candidates c
LEFT JOIN candidate_countries k ON k.organization_id = :org AND k.candidate_id = c.id
WHERE c.organization_id = :org AND c.id = :candidate_id;

-- name: candidate_country_put :write
WITH cur AS (
	SELECT c.id, CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone' END AS refusal
	FROM candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR NO KEY UPDATE
), new AS (
	INSERT INTO candidate_countries AS k (organization_id, candidate_id, country)
	SELECT :org, cur.id, :body::json ->> 'country' FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, candidate_id) DO UPDATE SET country = excluded.country,
		version = k.version + 1
	RETURNING k.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.country_set', new.candidate_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT cur.refusal, new.candidate_id, new.country, new.version FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
