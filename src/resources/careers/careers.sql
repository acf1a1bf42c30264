-- What the world sees: the careers page, its open postings, and one of them. Asked as the system, of
-- the organization whose page it is.

-- fragment: public_columns
c.name AS organization, c.slug, c.introduction, @.id, @.title, @.description, @.location, @.country,
	@.work_mode, @.employment_type, @.salary ->> 'min' AS salary_min, @.salary ->> 'max' AS salary_max,
	@.salary ->> 'currency' AS salary_currency, @.salary ->> 'unit' AS salary_unit, @.valid_through,
	@.questions, @.resume,
	to_char(@.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS published_on,
	to_char(@.published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS published,
	to_char(@.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS updated,
	to_char(@.published_at AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS "GMT"') AS published_mail

-- name: careers_find :read
-- Runs without a tenant; the function is the one look across them.
SELECT o.id FROM careers_organization(:slug) AS o(id);

-- name: careers_postings :read
-- The newest first; one row without a posting where none is open.
SELECT {public_columns p},
	to_char(max(greatest(p.updated_at, c.updated_at)) OVER () AT TIME ZONE 'UTC',
		'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS all_updated,
	to_char(max(greatest(p.updated_at, c.updated_at)) OVER () AT TIME ZONE 'UTC',
		'Dy, DD Mon YYYY HH24:MI:SS "GMT"') AS all_updated_mail
FROM careers_pages c
LEFT JOIN postings p ON p.organization_id = c.organization_id AND p.status = 'published'
	AND posting_stands(p) = 'open'
WHERE c.organization_id = :org AND c.enabled
ORDER BY p.published_at DESC, p.id DESC LIMIT 500;

-- name: careers_posting :read
SELECT {public_columns p}, posting_stands(p) AS stands,
	(SELECT n.text FROM candidate_notices n WHERE n.organization_id = :org) AS notice
FROM careers_pages c
JOIN postings p ON p.organization_id = c.organization_id
WHERE c.organization_id = :org AND c.enabled AND p.id = :posting_id AND posting_stands(p) IS NOT NULL;

-- name: posting_preview :read
-- As it would look, for whoever sees the role.
SELECT {public_columns p}, 'open' AS stands,
	(SELECT n.text FROM candidate_notices n WHERE n.organization_id = :org) AS notice
FROM postings p
JOIN organizations o ON o.organization_id = p.organization_id
CROSS JOIN LATERAL (SELECT coalesce(x.name, o.name) AS name, coalesce(x.slug, o.slug) AS slug,
		x.introduction
	FROM (SELECT 1) AS one
	LEFT JOIN careers_pages x ON x.organization_id = p.organization_id) AS c
WHERE p.organization_id = :org AND p.id = :posting_id
	AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = p.role_id);

-- ---- applying ---------------------------------------------------------------------------------

-- fragment: received
receive_application(p, :form_key::uuid, :sent::jsonb, :content::bytea, :media_type, :filename, :digest,
	:text_state, :text_problem, :words)

-- name: careers_receive :write plain
-- No row: it is over. A form that was sent before is answered as the first time.
SELECT {received p} AS application_id FROM postings p
WHERE p.organization_id = :org AND p.id = :posting_id AND posting_stands(p) = 'open';

-- name: board_posting :read
SELECT {public_columns p}, posting_stands(p) AS stands,
	(SELECT n.text FROM candidate_notices n WHERE n.organization_id = :org) AS notice
FROM postings p
JOIN organizations o ON o.organization_id = p.organization_id
CROSS JOIN LATERAL (SELECT coalesce(x.name, o.name) AS name, NULL AS slug, NULL AS introduction
	FROM (SELECT 1) AS one
	LEFT JOIN careers_pages x ON x.organization_id = p.organization_id) AS c
WHERE p.organization_id = :org AND p.id = :posting_id AND posting_stands(p) IS NOT NULL
	AND EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = p.role_id);

-- name: board_receive :write
WITH done AS MATERIALIZED (
	SELECT {received p} AS id FROM postings p
	WHERE p.organization_id = :org AND p.id = :posting_id AND posting_stands(p) = 'open'
), out AS (
	SELECT CASE WHEN done.id IS NULL THEN 'gone' END AS refusal, done.id, :posting_id::uuid AS posting_id
	FROM (SELECT 1) AS one LEFT JOIN done ON true
)
SELECT * FROM out;
