-- The linter of interview plans, and the overrides by which an admin lets a rule pass.

-- name: role_lint :read
-- It quotes the kit by its effect, so it is for those who manage the role.
SELECT CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal,
	r.id AS role_id, r.plan_id, p.time_budget_minutes, plan_minutes(p.id) AS minutes,
	CASE WHEN manages_role(r.id) THEN lint_findings(p.id) END AS findings
FROM visible_roles r
JOIN interview_plans p ON p.organization_id = r.organization_id AND p.id = r.plan_id
WHERE r.organization_id = :org AND r.id = :role_id;

-- fragment: override_columns
@.id, @.role_id, @.stage_id, @.rule, @.reason, @.created_by,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = @.created_by)
		AS created_by_name,
	@.revoked_at, @.revoked_by, @.version, @.created_at

-- name: lint_overrides_list :read
SELECT CASE WHEN NOT manages_role(r.id) THEN 'forbidden' END AS refusal, {override_columns o}
FROM visible_roles r
LEFT JOIN lint_overrides o ON o.organization_id = r.organization_id AND o.role_id = r.id
WHERE r.organization_id = :org AND r.id = :role_id
ORDER BY o.created_at DESC, o.id DESC;

-- name: lint_override_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(rule text, stage_id uuid, reason text)
), asked AS (
	SELECT r.id AS role_id, b.*, CASE WHEN b.reason !~ '\S' THEN 'blank_reason'
			WHEN b.stage_id IS NOT NULL AND NOT EXISTS (SELECT FROM stages t
				WHERE t.organization_id = :org AND t.id = b.stage_id AND t.role_id = r.id)
				THEN 'stage_elsewhere'
		END AS refusal
	FROM body b, visible_roles r WHERE r.organization_id = :org AND r.id = :role_id
), new AS (
	INSERT INTO lint_overrides (organization_id, role_id, stage_id, rule, reason, created_by)
	SELECT :org, a.role_id, a.stage_id, a.rule, a.reason, :actor::uuid
	FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'lint_override.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', new.role_id, 'stage_id', new.stage_id, 'rule', new.rule,
			'version', new.version) FROM new
), out AS (
	SELECT a.refusal, {override_columns new} FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: lint_override_revoke :write
-- Saying it twice changes nothing.
WITH cur AS (
	SELECT o.id, o.revoked_at FROM lint_overrides o
	WHERE o.organization_id = :org AND o.id = :override_id
		AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = o.role_id)
	FOR UPDATE
), changed AS (
	UPDATE lint_overrides o SET revoked_at = now(), revoked_by = :actor::uuid, version = o.version + 1
	FROM cur WHERE o.organization_id = :org AND o.id = cur.id AND cur.revoked_at IS NULL
	RETURNING o.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'lint_override.revoked', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('role_id', c.role_id, 'rule', c.rule, 'version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT o.* FROM lint_overrides o JOIN cur ON o.id = cur.id
	WHERE o.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT NULL::text AS refusal, {override_columns n} FROM now_is n
)
SELECT * FROM out;
