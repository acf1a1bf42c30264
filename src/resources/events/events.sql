-- Events: every change in the order of its sealing, as far as one may know of it.

-- name: event_known :read
-- Any event of the organization is a place to go on from, though it may be hidden by now.
SELECT z.event_id FROM event_seals z WHERE z.organization_id = :org AND z.event_id = :event_id;

-- name: events_list :list
SELECT v.id, v.type, v.object_id, v.application_id, v.actor_kind, v.actor_id, v.data, v.created_at
	/*sort_key*/
FROM visible_events v
WHERE v.organization_id = :org
-- filter after: AND v.seq > (SELECT z.seq FROM event_seals z WHERE z.organization_id = :org
-- +   AND z.event_id = :after::uuid)
-- filter type: AND v.type = :type
-- filter object_id: AND v.object_id = :object_id::uuid
-- filter application_id: AND v.application_id = :application_id::uuid
-- filter since (custom plan): AND v.created_at >= :since::timestamptz
-- sort seq bigint asc: v.seq
-- id: v.id
