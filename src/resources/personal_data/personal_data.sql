-- Exports of all that is held on a candidate, reviewed before they are released; legal holds.

-- fragment: export_columns
@.id, @.candidate_id, @.status, @.requested_by, @.released_by, @.released_at, @.version, @.created_at

-- fragment: absent
CASE WHEN @.erased_at IS NOT NULL OR @.merged_into IS NOT NULL THEN 'gone' END

-- fragment: whither
CASE WHEN @.erased_at IS NULL THEN 'It was merged into the candidate ' || @.merged_into || '.' END

-- name: candidate_export_known :read
SELECT c.id, coalesce({absent c}, CASE WHEN owes_on_candidate(c.id) THEN 'scorecard_owed' END) AS refusal,
	{whither c} AS refusal_detail
FROM visible_candidates c WHERE c.organization_id = :org AND c.id = :candidate_id;

-- name: candidate_exports_list :list
SELECT {export_columns x}
	/*sort_key*/
FROM candidate_exports x
WHERE x.organization_id = :org AND x.candidate_id = :candidate_id
-- filter status: AND x.status = :status
-- sort created_at timestamptz: x.created_at
-- id: x.id

-- name: candidate_export_create :write
WITH cur AS (
	SELECT c.id, {whither c} AS refusal_detail,
		coalesce({absent c}, CASE WHEN owes_on_candidate(c.id) THEN 'scorecard_owed' END) AS refusal
	FROM candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR KEY SHARE
), new AS (
	INSERT INTO candidate_exports (organization_id, candidate_id, content, requested_by)
	SELECT :org, cur.id, candidate_held(cur.id), :actor::uuid FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate_export.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'candidate_id', new.candidate_id) FROM new
), out AS (
	SELECT cur.refusal, cur.refusal_detail, {export_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: candidate_export_get :read
SELECT CASE WHEN owes_on_candidate(x.candidate_id) THEN 'scorecard_owed' END AS refusal, {export_columns x}
FROM candidate_exports x WHERE x.organization_id = :org AND x.id = :export_id;

-- name: candidate_export_content :read
SELECT CASE WHEN owes_on_candidate(x.candidate_id) THEN 'scorecard_owed' END AS refusal, x.content, x.created_at
FROM candidate_exports x WHERE x.organization_id = :org AND x.id = :export_id;

-- name: candidate_export_release :write
-- By a person who may read it. Releasing once more says who did.
WITH cur AS (
	SELECT x.id, x.version, x.status, CASE WHEN owes_on_candidate(x.candidate_id) THEN 'scorecard_owed'
			WHEN :if_match::bigint <> x.version THEN 'precondition_failed'
		END AS refusal
	FROM candidate_exports x WHERE x.organization_id = :org AND x.id = :export_id
	FOR UPDATE
), changed AS (
	UPDATE candidate_exports x SET status = 'released', released_by = :actor::uuid,
		released_at = now(), version = x.version + 1
	FROM cur WHERE x.organization_id = :org AND x.id = cur.id AND cur.refusal IS NULL
		AND cur.status = 'to_review'
	RETURNING x.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate_export.released', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'candidate_id', c.candidate_id) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT x.* FROM candidate_exports x JOIN cur ON x.id = cur.id
	WHERE x.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {export_columns n} FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: legal_hold_put :write
WITH cur AS (
	SELECT c.id, {absent c} AS refusal, {whither c} AS refusal_detail
	FROM candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR NO KEY UPDATE
), new AS (
	INSERT INTO legal_holds AS h (organization_id, candidate_id, reason, held_by)
	SELECT :org, cur.id, :body::json ->> 'reason', :actor::uuid FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, candidate_id) DO UPDATE SET reason = excluded.reason,
		held_by = excluded.held_by, version = h.version + 1
	RETURNING h.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'legal_hold.set', new.candidate_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT cur.refusal, cur.refusal_detail, new.candidate_id, true AS held,
		new.reason, new.held_by, new.version, new.created_at
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: legal_hold_get :read
-- Without one, who could be held is answered with nulls: there is a candidate, and nothing stands.
SELECT c.id AS candidate_id, h.candidate_id IS NOT NULL AS held, h.reason, h.held_by,
	coalesce(h.version, 0) AS version, h.created_at
FROM candidates c
LEFT JOIN legal_holds h ON h.organization_id = c.organization_id AND h.candidate_id = c.id
WHERE c.organization_id = :org AND c.id = :candidate_id
	AND (h.candidate_id IS NOT NULL OR (c.erased_at IS NULL AND c.merged_into IS NULL
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)));

-- name: legal_hold_lift :write
WITH gone AS (
	DELETE FROM legal_holds h WHERE h.organization_id = :org AND h.candidate_id = :candidate_id
	RETURNING h.candidate_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'legal_hold.lifted', gone.candidate_id, :actor_kind, :actor::uuid, :request_id FROM gone
), out AS (
	SELECT NULL AS refusal, gone.candidate_id AS id FROM gone
)
SELECT * FROM out;
