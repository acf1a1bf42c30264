-- Notes on candidates, with mentions. Who may read one is decided in the view visible_notes.

-- fragment: note_columns
@.id, @.candidate_id, @.application_id, @.author_id, (SELECT u.name FROM users u
		WHERE u.organization_id = :org AND u.id = @.author_id) AS author_name,
	@.text, @.edited_at, @.version, @.created_at, @.updated_at

-- fragment: mentioned
(SELECT coalesce(json_agg(m.user_id ORDER BY m.user_id), '[]') FROM note_mentions m
	 WHERE m.organization_id = :org AND m.note_id = @.id)

-- name: notes_list :list
SELECT {note_columns n}, {mentioned n} AS mentions
	/*sort_key*/
FROM visible_notes n
WHERE n.organization_id = :org AND n.candidate_id = :candidate_id
-- filter application_id: AND n.application_id = :application_id::uuid
-- filter author_id: AND n.author_id = :author_id::uuid
-- sort created_at timestamptz: n.created_at
-- id: n.id

-- name: candidate_known :read
-- For lists of what belongs to one: unknown, gone and empty are told apart.
SELECT c.id, CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone' END AS refusal,
	CASE WHEN c.erased_at IS NULL THEN 'It was merged into the candidate ' || c.merged_into || '.' END
		AS refusal_detail
FROM visible_candidates c WHERE c.organization_id = :org AND c.id = :candidate_id;

-- name: note_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(text text, application_id uuid, mentions uuid[])
), cur AS (
	SELECT c.id, b.text, b.application_id, b.mentions, c.erased_at, c.merged_into,
		wrong_mentions(c.id, b.application_id, b.mentions) AS errors
	FROM visible_candidates c, body b WHERE c.organization_id = :org AND c.id = :candidate_id
), asked AS (
	SELECT cur.*, CASE WHEN cur.erased_at IS NOT NULL OR cur.merged_into IS NOT NULL THEN 'gone'
			WHEN cur.application_id IS NOT NULL AND NOT EXISTS (SELECT FROM visible_applications a
				WHERE a.organization_id = :org AND a.id = cur.application_id
					AND a.candidate_id = cur.id) THEN 'unknown_application'
			WHEN cur.errors IS NOT NULL THEN 'invalid'
		END AS refusal
	FROM cur
), new AS (
	INSERT INTO notes (organization_id, candidate_id, application_id, author_id, text)
	SELECT :org, a.id, a.application_id, :actor::uuid, a.text FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), named AS (
	INSERT INTO note_mentions (organization_id, note_id, user_id)
	SELECT DISTINCT :org::uuid, new.id, m.id FROM new, asked a, unnest(a.mentions) AS m(id)
	RETURNING user_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, e.type, new.id, new.application_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_strip_nulls(jsonb_build_object('version', new.version,
			'candidate_id', new.candidate_id, 'user_id', e.user_id))
	FROM new, (SELECT 'note.created' AS type, NULL::uuid AS user_id
		UNION ALL SELECT 'note.mentioned', named.user_id FROM named) AS e
), out AS (
	SELECT a.refusal, a.errors AS refusal_errors, {note_columns new},
		(SELECT coalesce(json_agg(named.user_id ORDER BY named.user_id), '[]') FROM named) AS mentions
	FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: note_update :write
-- By its author. Who is mentioned anew is told; who was before is not told again.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(text text, mentions uuid[])
), cur AS (
	SELECT n.*, CASE WHEN n.author_id <> :actor::uuid THEN 'forbidden'
			WHEN :if_match::bigint <> n.version THEN 'precondition_failed'
		END AS refusal
	FROM notes n WHERE n.organization_id = :org AND n.id = :note_id
		AND EXISTS (SELECT FROM visible_notes v WHERE v.organization_id = :org AND v.id = n.id)
	FOR UPDATE
), asked AS (
	SELECT cur.*, b.text AS new_text, b.mentions,
		wrong_mentions(cur.candidate_id, cur.application_id, b.mentions) AS errors
	FROM cur, body b
), new AS (
	UPDATE notes n SET text = coalesce(a.new_text, n.text), edited_at = now(),
		version = n.version + 1, updated_at = now()
	FROM asked a WHERE n.organization_id = :org AND n.id = a.id AND a.refusal IS NULL
		AND a.errors IS NULL
	RETURNING n.*
), dropped AS (
	DELETE FROM note_mentions m USING new, asked a
	WHERE m.organization_id = :org AND m.note_id = new.id AND m.user_id <> ALL (a.mentions)
), named AS (
	INSERT INTO note_mentions (organization_id, note_id, user_id)
	SELECT DISTINCT :org::uuid, new.id, m.id FROM new, asked a, unnest(a.mentions) AS m(id)
	WHERE NOT EXISTS (SELECT FROM note_mentions o WHERE o.organization_id = :org
		AND o.note_id = new.id AND o.user_id = m.id)
	RETURNING user_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, e.type, new.id, new.application_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_strip_nulls(jsonb_build_object('version', new.version,
			'candidate_id', new.candidate_id, 'user_id', e.user_id))
	FROM new, (SELECT 'note.updated' AS type, NULL::uuid AS user_id
		UNION ALL SELECT 'note.mentioned', named.user_id FROM named) AS e
), out AS (
	SELECT coalesce(a.refusal, CASE WHEN a.errors IS NOT NULL THEN 'invalid' END) AS refusal,
		a.errors AS refusal_errors, a.version AS refusal_version, {note_columns new},
		CASE WHEN a.mentions IS NULL THEN {mentioned new}
			ELSE (SELECT coalesce(json_agg(DISTINCT m.id ORDER BY m.id), '[]')
				FROM unnest(a.mentions) AS m(id)) END AS mentions
	FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: note_delete :write
WITH cur AS (
	SELECT n.id, n.version, CASE WHEN n.author_id <> :actor::uuid THEN 'forbidden'
			WHEN :if_match::bigint <> n.version THEN 'precondition_failed'
		END AS refusal
	FROM notes n WHERE n.organization_id = :org AND n.id = :note_id
		AND EXISTS (SELECT FROM visible_notes v WHERE v.organization_id = :org AND v.id = n.id)
	FOR UPDATE
), gone AS (
	DELETE FROM notes n USING cur
	WHERE n.organization_id = :org AND n.id = cur.id AND cur.refusal IS NULL
	RETURNING n.id, n.candidate_id, n.application_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'note.deleted', gone.id, gone.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('candidate_id', gone.candidate_id) FROM gone
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, gone.id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;
