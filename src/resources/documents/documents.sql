-- Documents of candidates: the file as it came, and the text that could be read of it.

-- fragment: document_columns
@.id, @.candidate_id, @.kind, @.filename, @.media_type, @.size_bytes, @.digest, @.text_state,
	@.text_problem, @.version, @.created_at

-- fragment: shown
-- What candidates hand in while they are evaluated is for whoever evaluates them.
(@.kind = 'other' OR 'resume' <> ALL (hidden_of(@.candidate_id)))

-- fragment: work_is_open
-- Before whoever is to judge it without knowing whose it is, it is not a known candidate's.
(actor_level() <> 'member' OR @.id <> ALL (masked_work(@.candidate_id)))

-- name: documents_list :list
SELECT {document_columns d}
	/*sort_key*/
FROM documents d
WHERE d.organization_id = :org AND d.candidate_id = :candidate_id
	AND (SELECT true FROM visible_candidates c WHERE c.organization_id = :org AND c.id = d.candidate_id)
	AND {shown d} AND {work_is_open d}
-- filter kind: AND d.kind = :kind
-- sort created_at timestamptz: d.created_at
-- id: d.id

-- name: document_get :read
SELECT {document_columns d}, d.text
FROM documents d WHERE d.organization_id = :org AND d.id = :document_id
	AND (SELECT true FROM visible_candidates c WHERE c.organization_id = :org AND c.id = d.candidate_id)
	AND {shown d} AND {work_is_open d};

-- name: document_content :read
SELECT d.filename, d.media_type, d.digest, d.content
FROM documents d WHERE d.organization_id = :org AND d.id = :document_id
	AND (SELECT true FROM visible_candidates c WHERE c.organization_id = :org AND c.id = d.candidate_id)
	AND {shown d} AND {work_is_open d};

-- name: document_create :write
WITH cur AS (
	SELECT c.id, CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone'
			WHEN (SELECT count(*) FROM documents d WHERE d.organization_id = :org
				AND d.candidate_id = c.id) >= 50 THEN 'too_many_documents'
		END AS refusal,
		CASE WHEN c.erased_at IS NULL THEN 'It was merged into the candidate ' || c.merged_into || '.' END
			AS refusal_detail
	FROM visible_candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
), new AS (
	INSERT INTO documents (organization_id, candidate_id, kind, filename, media_type, content,
		size_bytes, digest, text_state, text_problem, text)
	SELECT :org, cur.id, :kind, :filename, :media_type, :content::bytea,
		octet_length(:content::bytea), :digest, :text_state, :text_problem, :words
	FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'document.added', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'candidate_id', new.candidate_id,
			'kind', new.kind, 'text_state', new.text_state) FROM new
), out AS (
	SELECT cur.refusal, cur.refusal_detail, {document_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: document_delete :write
WITH cur AS (
	SELECT d.id, d.version, CASE WHEN :if_match::bigint <> d.version THEN 'precondition_failed' END
		AS refusal
	FROM documents d WHERE d.organization_id = :org AND d.id = :document_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org
			AND v.id = d.candidate_id)
	FOR UPDATE
), gone AS (
	DELETE FROM documents d USING cur
	WHERE d.organization_id = :org AND d.id = cur.id AND cur.refusal IS NULL
	RETURNING d.id, d.candidate_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'document.deleted', gone.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('candidate_id', gone.candidate_id) FROM gone
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, gone.id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;

-- name: interview_materials :read
-- The texts that an interview's stage is judged by: for a work sample what was handed in, else all.
-- Whoever judges anonymously gets no file, whose name and inside would tell of its author, but its
-- text without what names them, and nothing that was handed in for another application, which they may
-- know.
SELECT i.id AS _interview_id, d.number, CASE WHEN k.masked THEN NULL ELSE d.id END AS document_id,
	d.kind, CASE WHEN k.masked THEN NULL ELSE d.filename END AS filename, d.text_state,
	left(CASE WHEN k.masked THEN redacted(d.candidate_id, left(d.text, 200001))
		ELSE d.text END, 200000) AS text,
	coalesce(char_length(d.text) > 200000, false) AS truncated
FROM interviews i
JOIN applications a ON a.organization_id = i.organization_id AND a.id = i.application_id
JOIN stages t ON t.organization_id = i.organization_id AND t.id = i.stage_id
CROSS JOIN LATERAL (SELECT is_masked(i.application_id) AS masked) k
LEFT JOIN LATERAL (
	SELECT x.*, row_number() OVER (ORDER BY x.created_at DESC, x.id DESC) AS number
	FROM documents x WHERE x.organization_id = :org AND x.candidate_id = a.candidate_id
		AND (t.method <> 'work_sample' OR x.kind = 'other') AND {shown x}
		AND CASE WHEN k.masked THEN NOT EXISTS (SELECT FROM applications o
			JOIN work_samples w ON w.organization_id = :org AND w.application_id = o.id
			WHERE o.organization_id = :org AND o.candidate_id = a.candidate_id
				AND o.id <> a.id AND w.document_id = x.id)
			ELSE {work_is_open x} END) d ON d.number <= 20
WHERE i.organization_id = :org AND i.id = :interview_id
	AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org AND v.id = i.id)
ORDER BY d.number;
