-- Many applications in one act, and its undoing: the functions of migration 0016 do it.

-- fragment: bulk_columns
@.id, @.action, @.actor_id, @.done, @.unchanged, @.refused, @.undo_until, @.undone_at,
	@.items, @.version, @.created_at

-- name: bulk_action_perform :write
WITH made AS MATERIALIZED (
	SELECT p.* FROM perform_bulk(:body::jsonb) p
), out AS (
	SELECT m.refusal, {bulk_columns m} FROM made m
)
SELECT * FROM out;

-- name: bulk_action_get :read
-- Whoever did it reads it, and admins.
SELECT {bulk_columns t} FROM bulk_actions b CROSS JOIN LATERAL bulk_action_told(b.id) t
WHERE b.organization_id = :org AND b.id = :bulk_action_id
	AND (actor_level() = 'admin' OR b.actor_id = :actor::uuid);

-- name: bulk_action_undo :write
WITH undone AS MATERIALIZED (
	SELECT u.* FROM undo_bulk(:bulk_action_id) u
), out AS (
	SELECT u.refusal, {bulk_columns u} FROM undone u
)
SELECT * FROM out;
