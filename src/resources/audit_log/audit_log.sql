-- The audit as a list: who did what, when, and where in the chain it stands.

-- name: audit_list :list
-- An admin who owes a scorecard on an application sees of others' events there only those that say
-- what the application and its interviews say to everyone on them: neither what was made of a screening
-- nor the code of why it ended, which may come from what others found. Numbers with gaps would tell of
-- what is left out, so whoever owes anything is shown none.
-- Ids grow with time, so their index serves the order and, a minute allowed for, the period.
SELECT e.id, e.type, e.object_id, e.application_id, e.actor_kind, e.actor_id, CASE e.actor_kind
		WHEN 'user' THEN (SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = e.actor_id)
		WHEN 'client' THEN (SELECT c.name FROM api_clients c WHERE c.organization_id = :org
			AND c.id = e.actor_id) END AS actor_name,
	CASE WHEN NOT e.data ? 'reason_code' OR e.actor_id = :actor::uuid OR NOT EXISTS (SELECT
			FROM my_owed_interviews o WHERE o.organization_id = :org AND o.application_id = e.application_id)
		THEN e.data ELSE e.data - 'reason_code' END AS data, e.request_id, e.created_at, CASE WHEN NOT EXISTS (SELECT FROM my_owed_interviews o
			WHERE o.organization_id = :org)
		THEN (SELECT s.seq FROM event_seals s WHERE s.organization_id = :org AND s.event_id = e.id)
		END AS seq
	/*sort_key*/
FROM events e
WHERE e.organization_id = :org
	AND (e.actor_id = :actor::uuid OR CASE
		-- A note is as closed as what it may repeat, to whom scorecards are closed anywhere.
		WHEN e.application_id IS NULL THEN e.type NOT LIKE 'note.%' OR NOT EXISTS (SELECT
			FROM my_owed_interviews o WHERE o.organization_id = :org)
		ELSE (split_part(e.type, '.', 1) IN ('application', 'interview', 'interviewer')
				AND e.type <> 'application.screened')
			OR NOT EXISTS (SELECT FROM my_owed_interviews o WHERE o.organization_id = :org
				AND o.application_id = e.application_id)
		END)
-- filter type: AND (e.type = :type OR split_part(e.type, '.', 1) = :type)
-- filter object_id: AND e.object_id = :object_id::uuid
-- filter application_id: AND e.application_id = :application_id::uuid
-- filter actor_id: AND e.actor_id = :actor_id::uuid
-- filter from: AND e.created_at >= :from::timestamptz
-- +	AND e.id >= first_id(:from::timestamptz - interval '1 minute')
-- filter to: AND e.created_at < :to::timestamptz
-- +	AND e.id < first_id(:to::timestamptz + interval '1 minute')
-- sort created_at uuid: e.id
-- id: e.id
