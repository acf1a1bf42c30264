-- Candidates who may be the same person, merged into one, and apart again.

-- name: candidate_duplicates_list :read
-- A merged or erased candidate has none any more: the row with a refusal.
SELECT c.refusal, c.refusal_detail, o.id, o.name, o.email, o.phone, o.location, o.headline,
	to_json(d.reasons) AS reasons, round(d.similarity::numeric, 4) AS similarity,
	(SELECT count(*)::integer FROM visible_applications a
	 WHERE a.organization_id = :org AND a.candidate_id = o.id) AS applications, o.created_at
FROM (SELECT v.id, CASE WHEN v.erased_at IS NOT NULL OR v.merged_into IS NOT NULL THEN 'gone' END AS refusal,
		CASE WHEN v.erased_at IS NULL THEN 'It was merged into the candidate ' || v.merged_into || '.' END
			AS refusal_detail
	FROM visible_candidates v WHERE v.organization_id = :org AND v.id = :candidate_id) c
LEFT JOIN LATERAL (SELECT * FROM candidate_duplicates(c.id) WHERE c.refusal IS NULL) d ON true
LEFT JOIN visible_candidates o ON o.organization_id = :org AND o.id = d.id
ORDER BY CASE WHEN 'email' = ANY (d.reasons) THEN 4 ELSE 0 END
	+ CASE WHEN 'phone' = ANY (d.reasons) THEN 2 ELSE 0 END
	+ CASE WHEN 'name' = ANY (d.reasons) THEN 1 ELSE 0 END DESC, d.similarity DESC, o.id;

-- name: candidate_merge :write
-- Both rows are locked in the order of their ids, so that two merges cannot wait for each other.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b("into" uuid)
), held AS (
	SELECT c.id, c.erased_at, c.merged_into FROM candidates c, body b
	WHERE c.organization_id = :org AND c.id IN (:candidate_id, b."into")
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	ORDER BY c.id FOR UPDATE OF c
), asked AS (
	SELECT f.id, b."into", CASE WHEN f.erased_at IS NOT NULL OR f.merged_into IS NOT NULL THEN 'gone'
			WHEN t.id IS NULL OR t.erased_at IS NOT NULL OR t.id = f.id THEN 'unknown_survivor'
			WHEN t.merged_into IS NOT NULL THEN 'merged_survivor'
		END AS refusal,
		CASE WHEN f.erased_at IS NULL THEN 'It was merged into the candidate ' || f.merged_into || '.' END
			AS refusal_detail
	FROM held f CROSS JOIN body b LEFT JOIN held t ON t.id = b."into"
	WHERE f.id = :candidate_id
), done AS MATERIALIZED (
	SELECT merge_candidate(a.id, a."into") AS told FROM asked a WHERE a.refusal IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.merged', a.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('into', a."into", 'merge_id', d.told -> 'id')
	FROM asked a, done d WHERE NOT d.told ? 'refusal'
), out AS (
	SELECT coalesce(a.refusal, d.told ->> 'refusal') AS refusal,
		coalesce(a.refusal_detail, d.told ->> 'detail') AS refusal_detail,
		d.told ->> 'id' AS id, a.id AS candidate_id, a."into",
		d.told -> 'moved' AS moved, d.told -> 'kept_applications' AS kept_applications, now() AS merged_at
	FROM asked a LEFT JOIN done d ON true
)
SELECT * FROM out;

-- name: candidate_unmerge :write
WITH held AS (
	SELECT c.id, c.erased_at, c.merged_into FROM candidates c
	WHERE c.organization_id = :org AND (c.id = :candidate_id OR c.id = (SELECT f.merged_into
			FROM candidates f WHERE f.organization_id = :org AND f.id = :candidate_id))
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	ORDER BY c.id FOR UPDATE
), asked AS (
	SELECT f.id, f.merged_into AS "into", CASE WHEN f.erased_at IS NOT NULL THEN 'gone'
			WHEN f.merged_into IS NULL THEN 'not_merged'
			WHEN t.merged_into IS NOT NULL THEN 'conflict'
		END AS refusal,
		CASE WHEN f.erased_at IS NULL AND t.merged_into IS NOT NULL THEN 'The candidate ' || t.id
			|| ' was merged into another in the meantime; undo that first.' END AS refusal_detail
	FROM held f LEFT JOIN held t ON t.id = f.merged_into
	WHERE f.id = :candidate_id
), done AS MATERIALIZED (
	SELECT unmerge_candidate(a.id, a."into") AS told FROM asked a WHERE a.refusal IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.unmerged', a.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('from', a."into", 'merge_id', d.told -> 'id')
	FROM asked a, done d
), out AS (
	SELECT a.refusal, a.refusal_detail, d.told ->> 'id' AS id, a.id AS candidate_id, a."into",
		d.told -> 'moved' AS moved, now() AS undone_at
	FROM asked a LEFT JOIN done d ON true
)
SELECT * FROM out;
