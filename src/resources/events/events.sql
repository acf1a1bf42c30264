-- Events: every change in the order of its sealing, as far as one may know of it.

-- name: event_place :read
-- Where to begin in the order of sealing, and where it ends now. Any event of the organization is a
-- place to go on from, though it may be hidden by now; `place` is NULL for one that there is not.
SELECT greatest(coalesce(:place::bigint,
		(SELECT z.seq FROM event_seals z WHERE z.organization_id = :org AND z.event_id = :event_id::uuid),
		CASE WHEN :event_id::uuid IS NULL THEN 0 END),
		CASE WHEN :since::timestamptz IS NOT NULL THEN events_before(:since::timestamptz) END) AS place,
	:place::bigint IS NULL AND :event_id::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM event_seals z
		WHERE z.organization_id = :org AND z.event_id = :event_id::uuid) AS unknown,
	(SELECT coalesce(max(z.seq), 0) FROM event_seals z WHERE z.organization_id = :org) AS last,
	-- An index finds one object's or application's events, so long as they are not too many for one statement.
	:object_id::uuid IS NOT NULL AND (SELECT count(*) <= 2000 FROM (SELECT FROM events e
		WHERE e.organization_id = :org AND e.object_id = :object_id::uuid LIMIT 2001) few)
	OR :application_id::uuid IS NOT NULL AND (SELECT count(*) <= 2000 FROM (SELECT FROM events e
		WHERE e.organization_id = :org AND e.application_id = :application_id::uuid LIMIT 2001) few)
		AS whole;

-- name: events_list :list
SELECT v.id, v.type, v.object_id, v.application_id, v.actor_kind, v.actor_id, v.data, v.created_at
	/*sort_key*/
FROM visible_events v
WHERE v.organization_id = :org
-- filter behind: AND v.seq > :behind::bigint
-- filter upto: AND v.seq <= :upto::bigint
-- filter type: AND v.type = :type
-- filter object_id: AND v.object_id = :object_id::uuid
-- filter application_id: AND v.application_id = :application_id::uuid
-- filter since (custom plan): AND v.created_at >= :since::timestamptz
-- filter within (custom plan): AND v.seq <= :within::bigint
-- sort seq bigint asc: v.seq
-- id: v.id
