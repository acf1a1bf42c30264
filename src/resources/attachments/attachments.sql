-- Attachments of scorecards: seen by whoever sees the scorecard, added and taken away by its author
-- while it is a draft (the trigger attachments_locked holds it, whoever comes first).

-- fragment: attachment_columns
@.id, @.scorecard_id, @.filename, @.media_type, @.size_bytes, @.digest, @.version, @.created_at

-- name: scorecard_known :read
SELECT s.id FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id;

-- name: attachments_list :list
SELECT {attachment_columns x}
	/*sort_key*/
FROM attachments x
WHERE x.organization_id = :org AND x.scorecard_id = :scorecard_id
	AND (SELECT true FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = x.scorecard_id)
-- sort created_at timestamptz: x.created_at
-- id: x.id

-- name: attachment_get :read
SELECT {attachment_columns x}
FROM attachments x WHERE x.organization_id = :org AND x.id = :attachment_id
	AND (SELECT true FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = x.scorecard_id);

-- name: attachment_content :read
SELECT x.filename, x.media_type, x.digest, x.content
FROM attachments x WHERE x.organization_id = :org AND x.id = :attachment_id
	AND (SELECT true FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = x.scorecard_id);

-- name: attachment_create :write
WITH cur AS (
	SELECT s.id, s.application_id, CASE
			WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status <> 'draft' THEN 'scorecard_locked'
			WHEN (SELECT count(*) FROM attachments x WHERE x.organization_id = :org
				AND x.scorecard_id = s.id) >= 20 THEN 'too_many_attachments'
		END AS refusal
	FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id
), new AS (
	INSERT INTO attachments (organization_id, scorecard_id, filename, media_type, content, size_bytes, digest)
	SELECT :org, cur.id, :filename, :media_type, :content::bytea, octet_length(:content::bytea), :digest
	FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	-- Of a draft, and so as closed as "saved" is: what a colleague has attached is theirs alone.
	SELECT :org, 'scorecard.saved', new.scorecard_id, cur.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('attachment_id', new.id, 'attached', true,
			'digest', application_digest(cur.application_id, new.digest))
	FROM new, cur
), out AS (
	SELECT cur.refusal, {attachment_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: attachment_delete :write
WITH cur AS (
	SELECT x.id, s.application_id, x.scorecard_id, x.version, CASE
			WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status <> 'draft' THEN 'scorecard_locked'
			WHEN :if_match::bigint <> x.version THEN 'precondition_failed'
		END AS refusal
	FROM attachments x JOIN scorecards s ON s.organization_id = x.organization_id
		AND s.id = x.scorecard_id
	WHERE x.organization_id = :org AND x.id = :attachment_id
		AND (SELECT true FROM visible_scorecards v WHERE v.organization_id = :org AND v.id = s.id)
), gone AS (
	DELETE FROM attachments x USING cur
	WHERE x.organization_id = :org AND x.id = cur.id AND cur.refusal IS NULL
	RETURNING x.id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'scorecard.saved', cur.scorecard_id, cur.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('attachment_id', gone.id, 'attached', false)
	FROM gone, cur
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, gone.id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;
