-- Who sees what, as an organization wishes.

-- fragment: settings_columns
json_build_object('contact', coalesce(@.contact, 'team'), 'wants', coalesce(@.wants, 'team'),
		'resume', coalesce(@.resume, 'team'), 'source', coalesce(@.source, 'team'),
		'scorecards', coalesce(@.scorecards, 'team')) AS visibility,
	coalesce(@.version, 1) AS version, @.updated_at

-- name: settings_get :read
SELECT {settings_columns s} FROM organizations o
LEFT JOIN organization_settings s ON s.organization_id = o.organization_id
WHERE o.organization_id = :org;

-- name: settings_update :write
-- Null goes back to the default.
WITH body AS (
	SELECT :body::jsonb -> 'visibility' AS sent
), cur AS (
	SELECT s.* FROM organization_settings s WHERE s.organization_id = :org FOR UPDATE
), asked AS (
	SELECT coalesce(c.version, 1) AS version, b.sent, c.scorecards AS was, c.scorecards_closed_at,
		CASE WHEN b.sent ? 'contact' THEN b.sent ->> 'contact' ELSE c.contact END AS contact,
		CASE WHEN b.sent ? 'wants' THEN b.sent ->> 'wants' ELSE c.wants END AS wants,
		CASE WHEN b.sent ? 'resume' THEN b.sent ->> 'resume' ELSE c.resume END AS resume,
		CASE WHEN b.sent ? 'source' THEN b.sent ->> 'source' ELSE c.source END AS source,
		CASE WHEN b.sent ? 'scorecards' THEN b.sent ->> 'scorecards' ELSE c.scorecards END AS scorecards,
		CASE WHEN :if_match::bigint <> coalesce(c.version, 1) THEN 'precondition_failed' END AS refusal
	FROM body b LEFT JOIN cur c ON true
), new AS (
	INSERT INTO organization_settings AS s (organization_id, contact, wants, resume, source, scorecards,
		scorecards_closed_at)
	SELECT :org, coalesce(k.contact, 'team'), coalesce(k.wants, 'team'), coalesce(k.resume, 'team'),
		coalesce(k.source, 'team'), coalesce(k.scorecards, 'team'),
		CASE WHEN k.scorecards = 'hiring_managers' AND coalesce(k.was, 'team') = 'team' THEN now()
			ELSE k.scorecards_closed_at END
	FROM asked k WHERE k.refusal IS NULL
	ON CONFLICT (organization_id) DO UPDATE SET contact = excluded.contact, wants = excluded.wants,
		resume = excluded.resume, source = excluded.source, scorecards = excluded.scorecards,
		scorecards_closed_at = excluded.scorecards_closed_at, version = s.version + 1, updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'settings.updated', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'visibility', k.sent) FROM new, asked k
), out AS (
	SELECT k.refusal, k.version AS refusal_version, {settings_columns new} FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;
