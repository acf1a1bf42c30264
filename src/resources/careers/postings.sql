-- What is published of a role, and the organization's careers page.

-- fragment: posting_columns
@.id, @.role_id, @.status, @.title, @.description, @.location, @.country, @.work_mode,
	@.employment_type, @.salary, @.valid_through, @.questions, @.resume, posting_stands(@) AS public_state,
	(SELECT '/careers/' || c.slug || '/' || @.id FROM careers_pages c
	 WHERE c.organization_id = :org AND c.enabled AND posting_stands(@) IS NOT NULL) AS web_url,
	(SELECT count(*) FROM posting_applications f WHERE f.organization_id = :org
		AND f.posting_id = @.id) AS applications,
	@.published_at, @.closed_at, @.version, @.created_at, @.updated_at

-- fragment: seen
EXISTS (SELECT FROM visible_roles v WHERE v.organization_id = :org AND v.id = @.role_id)

-- name: postings_list :list
SELECT {posting_columns p}
	/*sort_key*/
FROM postings p
WHERE p.organization_id = :org AND {seen p}
-- filter role_id: AND p.role_id = :role_id::uuid
-- filter status: AND p.status = :status
-- sort created_at timestamptz: p.created_at
-- id: p.id

-- name: posting_get :read
SELECT {posting_columns p} FROM postings p
WHERE p.organization_id = :org AND p.id = :posting_id AND {seen p};

-- name: posting_create :write
WITH body AS (
	SELECT * FROM json_to_record(:body::json) AS b(role_id uuid, title text, description text,
		location text, country text, work_mode text, employment_type text, salary jsonb,
		valid_through date, questions jsonb, resume text)
), asked AS (
	SELECT b.*, CASE WHEN r.id IS NULL THEN 'unknown_role'
			WHEN NOT manages_role(r.id) THEN 'forbidden'
			WHEN r.archived_at IS NOT NULL THEN 'archived' END AS refusal
	FROM body b LEFT JOIN visible_roles r ON r.organization_id = :org AND r.id = b.role_id
), new AS (
	INSERT INTO postings (organization_id, role_id, title, description, location, country, work_mode,
		employment_type, salary, valid_through, questions, resume)
	SELECT :org, a.role_id, a.title, a.description, a.location, a.country, a.work_mode,
		a.employment_type, a.salary, a.valid_through, coalesce(a.questions, '[]'),
		coalesce(a.resume, 'required')
	FROM asked a WHERE a.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'posting.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'role_id', new.role_id) FROM new
), out AS (
	SELECT a.refusal, {posting_columns new} FROM asked a LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: posting_update :write
WITH cur AS (
	SELECT p AS was, p.id, p.version, CASE WHEN NOT manages_role(p.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> p.version THEN 'precondition_failed' END AS refusal
	FROM postings p WHERE p.organization_id = :org AND p.id = :posting_id AND {seen p}
	FOR UPDATE
), patch AS (
	SELECT p.* FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE postings p SET title = n.title, description = n.description, location = n.location,
		country = n.country, work_mode = n.work_mode, employment_type = n.employment_type,
		salary = CASE WHEN jsonb_typeof(n.salary) = 'object' THEN n.salary END,
		valid_through = n.valid_through, questions = n.questions, resume = n.resume,
		version = p.version + 1, updated_at = now()
	FROM patch n WHERE p.organization_id = :org AND p.id = n.id
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'posting.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'fields',
			(SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k)) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {posting_columns new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: posting_publish :write
-- A published one is published once more only after it was closed; twice at once is once.
WITH cur AS (
	SELECT p.id, p.version, p.status, CASE WHEN NOT manages_role(p.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> p.version THEN 'precondition_failed'
			WHEN r.confidential THEN 'role_confidential'
			WHEN r.archived_at IS NOT NULL THEN 'archived'
			WHEN r.status <> 'open' THEN 'role_not_open'
			WHEN p.valid_through < (now() AT TIME ZONE 'UTC')::date THEN 'posting_past' END AS refusal
	FROM postings p JOIN roles r ON r.organization_id = p.organization_id AND r.id = p.role_id
	WHERE p.organization_id = :org AND p.id = :posting_id AND {seen p}
	FOR UPDATE OF p
), changed AS (
	UPDATE postings p SET status = 'published', published_at = now(), closed_at = NULL,
		version = p.version + 1, updated_at = now()
	FROM cur WHERE p.organization_id = :org AND p.id = cur.id AND cur.refusal IS NULL
		AND cur.status <> 'published'
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'posting.published', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'role_id', c.role_id) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT p.* FROM postings p JOIN cur ON p.id = cur.id
	WHERE p.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {posting_columns n}
	FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: posting_close :write
WITH cur AS (
	SELECT p.id, p.version, p.status, CASE WHEN NOT manages_role(p.role_id) THEN 'forbidden'
			WHEN :if_match::bigint <> p.version THEN 'precondition_failed'
			WHEN p.status = 'draft' THEN 'posting_not_published' END AS refusal
	FROM postings p WHERE p.organization_id = :org AND p.id = :posting_id AND {seen p}
	FOR UPDATE
), changed AS (
	UPDATE postings p SET status = 'closed', closed_at = now(), version = p.version + 1,
		updated_at = now()
	FROM cur WHERE p.organization_id = :org AND p.id = cur.id AND cur.refusal IS NULL
		AND cur.status = 'published'
	RETURNING p.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'posting.closed', c.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', c.version, 'role_id', c.role_id) FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT p.* FROM postings p JOIN cur ON p.id = cur.id
	WHERE p.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {posting_columns n}
	FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- ---- the careers page -------------------------------------------------------------------------

-- fragment: page_columns
coalesce(@.enabled, false) AS enabled, coalesce(@.slug, o.slug) AS slug, coalesce(@.name, o.name) AS name,
	@.introduction, CASE WHEN @.enabled THEN '/careers/' || @.slug END AS web_url,
	coalesce(@.version, 1) AS version, @.updated_at

-- name: careers_page_get :read
SELECT {page_columns c} FROM organizations o
LEFT JOIN careers_pages c ON c.organization_id = o.organization_id
WHERE o.organization_id = :org;

-- name: careers_page_update :write
-- Without a row, the organization's own name and slug are what it begins with.
WITH body AS (
	SELECT :body::jsonb AS b
), cur AS (
	SELECT c.* FROM careers_pages c WHERE c.organization_id = :org FOR UPDATE
), asked AS (
	SELECT coalesce(c.version, 1) AS version,
		coalesce((b.b ->> 'enabled')::boolean, c.enabled, false) AS enabled,
		coalesce(b.b ->> 'slug', c.slug, o.slug) AS slug, coalesce(b.b ->> 'name', c.name, o.name) AS name,
		CASE WHEN b.b ? 'introduction' THEN b.b ->> 'introduction' ELSE c.introduction END AS introduction,
		CASE WHEN :if_match::bigint <> coalesce(c.version, 1) THEN 'precondition_failed'
			WHEN careers_slug_foreign(b.b ->> 'slug') THEN 'careers_pages_slug_key' END AS refusal
	FROM body b JOIN organizations o ON o.organization_id = :org LEFT JOIN cur c ON true
), new AS (
	INSERT INTO careers_pages AS p (organization_id, slug, name, introduction, enabled)
	SELECT :org, a.slug, a.name, a.introduction, a.enabled FROM asked a WHERE a.refusal IS NULL
	ON CONFLICT (organization_id) DO UPDATE SET slug = excluded.slug, name = excluded.name,
		introduction = excluded.introduction, enabled = excluded.enabled, version = p.version + 1,
		updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'careers_page.updated', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'enabled', new.enabled) FROM new
), out AS (
	SELECT a.refusal, a.version AS refusal_version, {page_columns new}
	FROM asked a JOIN organizations o ON o.organization_id = :org LEFT JOIN new ON true
)
SELECT * FROM out;

-- ---- what applicants sent ---------------------------------------------------------------------

-- name: posting_answers_get :read
-- Hidden with what it is like: answers with the résumé, where somebody came from with the source.
SELECT f.application_id, f.posting_id,
	CASE WHEN 'resume' = ANY (h.hidden) THEN '[]' ELSE f.answers END AS answers,
	CASE WHEN 'source' = ANY (h.hidden) THEN '{}' ELSE f.origin END AS origin, f.notice, f.consent_at,
	f.created_at
FROM visible_applications a
CROSS JOIN LATERAL (SELECT hidden_of(a.candidate_id) AS hidden) h
JOIN posting_applications f ON f.organization_id = a.organization_id AND f.application_id = a.id
WHERE a.organization_id = :org AND a.id = :application_id;
