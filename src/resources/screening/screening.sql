-- The screening checklist of an application: what the résumé says, and what people made of it.

-- name: screening_get :read
-- The candidate's texts, and verdicts. A colleague's verdict may come from what was heard in
-- interviews, so that it is as closed as a note: see visible_notes.
SELECT CASE WHEN NOT manages_role(a.role_id) OR 'resume' = ANY (hidden_of(a.candidate_id))
		THEN 'forbidden' END AS refusal,
	a.id AS application_id, concat_ws(E'\n', c.headline, c.summary, array_to_string(c.skills, E'\n'),
		(SELECT string_agg(words #>> '{}', E'\n') FROM jsonb_path_query(c.experience || c.education,
			'strict $.** ? (@.type() == "string")') AS words),
		(SELECT string_agg(d.text, E'\n' ORDER BY d.created_at DESC, d.id) FROM documents d
		 WHERE d.organization_id = :org AND d.candidate_id = c.id AND d.kind = 'resume')) AS words,
	(SELECT coalesce(jsonb_object_agg(v.flag, jsonb_build_object('verdict', v.verdict,
			'decided_by', v.decided_by, 'decided_at', to_char(v.decided_at AT TIME ZONE 'UTC',
				'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), '{}')
	 FROM application_flags v WHERE v.organization_id = :org AND v.application_id = a.id
		AND (v.decided_by = actor() OR (SELECT min(i.created_at) FROM interviews i
				WHERE i.organization_id = :org AND i.application_id = a.id) IS NULL
			OR v.decided_at < (SELECT min(i.created_at) FROM interviews i
				WHERE i.organization_id = :org AND i.application_id = a.id)
			OR NOT EXISTS (SELECT FROM stages t WHERE t.organization_id = :org
				AND t.plan_id = a.plan_id AND NOT EXISTS (SELECT FROM readable_stages r
					WHERE r.organization_id = :org AND r.application_id = a.id
						AND r.stage_id = t.id)))) AS verdicts
FROM visible_applications a
JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
WHERE a.organization_id = :org AND a.id = :application_id;

-- name: screening_put :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(verdict text)
), cur AS (
	SELECT a.id, b.verdict, CASE WHEN NOT manages_role(a.role_id) OR 'resume' = ANY (hidden_of(a.candidate_id))
		THEN 'forbidden' END AS refusal
	FROM visible_applications a, body b WHERE a.organization_id = :org AND a.id = :application_id
), new AS (
	INSERT INTO application_flags (organization_id, application_id, flag, verdict, decided_by)
	SELECT :org, cur.id, :flag, cur.verdict, :actor::uuid FROM cur WHERE cur.refusal IS NULL
	ON CONFLICT (organization_id, application_id, flag) DO UPDATE
		SET verdict = excluded.verdict, decided_by = excluded.decided_by, decided_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'application.screened', new.application_id, new.application_id, :actor_kind,
		:actor::uuid, :request_id, jsonb_build_object('flag', new.flag, 'verdict', new.verdict)
	FROM new
), out AS (
	SELECT cur.refusal, new.flag AS key, new.verdict, new.decided_by, new.decided_at
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;
