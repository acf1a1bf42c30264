-- Handovers: what an interviewer asks the next stages to look into. Others' are read through
-- readable_handovers only.

-- fragment: note_columns
@.interview_id, @.stage_id,
	(SELECT t.name FROM stages t WHERE t.organization_id = :org AND t.id = @.stage_id) AS stage_name,
	@.author_id,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = @.author_id) AS author_name,
	@.note, @.version, @.created_at, @.updated_at

-- name: handover_get :read
-- One's own note for this interview, and what came from its stage and those before.
SELECT i.id AS interview_id,
	(SELECT json_build_object('note', h.note, 'version', h.version,
		'created_at', json_time(h.created_at), 'updated_at', json_time(h.updated_at))
	 FROM handovers h WHERE h.organization_id = :org AND h.interview_id = i.id
		AND h.author_id = :actor::uuid AND :actor_kind = 'user') AS mine,
	(SELECT coalesce(json_agg(json_build_object('interview_id', h.interview_id,
		'stage_id', h.stage_id, 'stage_name', t.name, 'author_id', h.author_id,
		'author_name', u.name, 'note', h.note, 'version', h.version,
		'created_at', json_time(h.created_at), 'updated_at', json_time(h.updated_at))
		ORDER BY t.plan_id = here.plan_id, t.position, h.created_at, h.author_id), '[]')
	 FROM readable_handovers h
	 JOIN stages t ON t.organization_id = :org AND t.id = h.stage_id
	 JOIN stages here ON here.organization_id = :org AND here.id = i.stage_id
	 JOIN users u ON u.organization_id = :org AND u.id = h.author_id
	 WHERE h.organization_id = :org AND h.application_id = i.application_id
		AND (t.id = here.id OR stage_precedes(i.application_id, t.id, here.id))
		AND (h.interview_id, h.author_id) IS DISTINCT FROM (i.id, :actor::uuid)) AS notes
FROM interviews i
WHERE i.organization_id = :org AND i.id = :interview_id
	AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org
		AND v.id = i.id);

-- name: handover_put :write
-- By an interviewer of the interview; the event refers to the note by its digest.
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(note text)
), cur AS (
	SELECT i.id, i.application_id, i.stage_id, b.note,
		CASE WHEN NOT EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = :org
				AND ii.interview_id = i.id AND ii.user_id = :actor::uuid
				AND ii.part = 'interviewer' AND ii.status = 'assigned') THEN 'forbidden'
			WHEN i.status <> 'scheduled' THEN 'interview_cancelled'
			WHEN names_rating(b.note) THEN 'handover_rating'
		END AS refusal
	FROM body b, interviews i
	WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org
		AND v.id = i.id)
), new AS (
	INSERT INTO handovers AS h (organization_id, interview_id, author_id, application_id, stage_id,
		note)
	SELECT :org, cur.id, :actor::uuid, cur.application_id, cur.stage_id, cur.note
	FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, interview_id, author_id) DO UPDATE
		SET note = EXCLUDED.note, version = h.version + 1, updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'handover.written', new.interview_id, new.application_id, :actor_kind,
		:actor::uuid, :request_id, jsonb_build_object('version', new.version,
			'stage_id', new.stage_id, 'digest', application_digest(new.application_id, new.note))
	FROM new
), out AS (
	SELECT cur.refusal, {note_columns new} FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: handover_remove :write
WITH cur AS (
	SELECT i.id, CASE WHEN NOT EXISTS (SELECT FROM interview_interviewers ii
			WHERE ii.organization_id = :org AND ii.interview_id = i.id
				AND ii.user_id = :actor::uuid AND ii.part = 'interviewer') THEN 'forbidden'
		WHEN NOT EXISTS (SELECT FROM handovers h WHERE h.organization_id = :org
			AND h.interview_id = i.id AND h.author_id = :actor::uuid) THEN 'not_found'
		END AS refusal
	FROM interviews i WHERE i.organization_id = :org AND i.id = :interview_id
		AND EXISTS (SELECT FROM reachable_interviews v WHERE v.organization_id = :org
		AND v.id = i.id)
), gone AS (
	DELETE FROM handovers h USING cur
	WHERE h.organization_id = :org AND h.interview_id = cur.id AND h.author_id = :actor::uuid
		AND cur.refusal IS NULL
	RETURNING h.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'handover.removed', gone.interview_id, gone.application_id, :actor_kind,
		:actor::uuid, :request_id, jsonb_build_object('version', gone.version) FROM gone
), out AS (
	SELECT cur.refusal, gone.interview_id FROM cur LEFT JOIN gone ON true
)
SELECT * FROM out;
