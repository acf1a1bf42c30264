-- Candidates: people, with what is known of them.

-- fragment: other_names
(SELECT coalesce(json_object_agg(x.source, x.external_id ORDER BY x.source), '{}')
	 FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'candidate' AND x.object_id = @.id)

-- fragment: names
{other_names @} AS external_ids

-- fragment: candidate_columns
-- Where a consent came from tells where somebody did.
@.id, @.name, @.email, @.phone, @.location, @.headline, @.summary, @.links,
	to_json(@.skills) AS skills, to_json(@.tags) AS tags, @.experience, @.education,
	@.source, @.wants, CASE WHEN 'source' <> ALL (hidden_of(@.id)) THEN @.consent
		ELSE @.consent - 'source' END AS consent, to_json(hidden_of(@.id)) AS hidden,
	@.archived_at, @.erased_at AS deleted_at, @.merged_into, @.version, @.created_at, @.updated_at

-- fragment: absent
CASE WHEN @.erased_at IS NOT NULL OR @.merged_into IS NOT NULL THEN 'gone' END

-- fragment: whither
CASE WHEN @.erased_at IS NULL THEN 'It was merged into the candidate ' || @.merged_into || '.' END

-- name: candidates_list :list
SELECT {candidate_columns c}, {names c}
	/*sort_key*/
FROM visible_candidates c
WHERE c.organization_id = :org
-- filter archived (in the text): AND (c.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since (custom plan): AND c.updated_at >= :updated_since::timestamptz
-- filter email: AND c.email_key = lower(:email)
-- filter role_id (custom plan): AND (SELECT true FROM visible_roles r WHERE r.organization_id = :org
-- +   AND r.id = :role_id::uuid)
-- + AND EXISTS (SELECT FROM applications a WHERE a.organization_id = c.organization_id
-- +   AND a.candidate_id = c.id AND a.role_id = :role_id::uuid)
-- filter tag (custom plan): AND c.id IN (SELECT t.candidate_id FROM candidate_tags t WHERE t.organization_id = :org
-- +   AND t.tag_key = lower(:tag))
-- filter source: AND c.source = :source
-- filter consent_expires_before (custom plan): AND c.consent_expires_at < :consent_expires_before::timestamptz
-- filter q (custom plan): AND c.id IN (SELECT s.id FROM candidate_search(:q, :page_limit::integer,
-- +   :page_key::timestamptz, :page_id::uuid, :archived::boolean, :updated_since::timestamptz,
-- +   :role_id::uuid, :email, :tag, :source, :consent_expires_before::timestamptz) s)
-- sort created_at timestamptz: c.created_at
-- sort updated_at timestamptz: c.updated_at
-- sort name text asc: c.name
-- id: c.id

-- name: candidates_tagged_list :list
-- Those of a role with a tag, in the list's usual order, by the index that knows both.
SELECT {candidate_columns c}, {names c}
	/*sort_key*/
FROM visible_candidates c
WHERE c.organization_id = :org
-- filter archived (in the text): AND (c.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since: AND c.updated_at >= :updated_since::timestamptz
-- filter email: AND c.email_key = lower(:email)
-- filter role_id: AND (SELECT true FROM visible_roles r WHERE r.organization_id = :org
-- +   AND r.id = :role_id::uuid)
-- filter tag (custom plan): AND c.id IN (SELECT s.id FROM candidate_search(NULL, :page_limit::integer,
-- +   :page_key::timestamptz, :page_id::uuid, :archived::boolean, :updated_since::timestamptz,
-- +   :role_id::uuid, :email, :tag, :source, :consent_expires_before::timestamptz) s)
-- filter source: AND c.source = :source
-- filter consent_expires_before: AND c.consent_expires_at < :consent_expires_before::timestamptz
-- sort created_at timestamptz: c.created_at
-- id: c.id

-- name: candidates_mine_list :list
-- The same for a member, found from the roles and interviews that they are on.
SELECT {candidate_columns c}, {names c}
	/*sort_key*/
FROM shown_candidates c
WHERE c.organization_id = :org AND c.id IN (SELECT m.candidate_id FROM my_applications m)
-- filter archived (in the text): AND (c.archived_at IS NOT NULL) = :archived::boolean
-- filter updated_since (custom plan): AND c.updated_at >= :updated_since::timestamptz
-- filter email: AND c.email_key = lower(:email)
-- filter role_id (custom plan): AND EXISTS (SELECT FROM visible_applications a WHERE a.organization_id = c.organization_id
-- +   AND a.candidate_id = c.id AND a.role_id = :role_id::uuid)
-- filter tag (custom plan): AND c.id IN (SELECT t.candidate_id FROM candidate_tags t WHERE t.organization_id = :org
-- +   AND t.tag_key = lower(:tag))
-- filter source: AND c.source = :source
-- filter consent_expires_before (custom plan): AND c.consent_expires_at < :consent_expires_before::timestamptz
-- filter q: AND c.search @@ search_query(:q)
-- sort created_at timestamptz: c.created_at
-- sort updated_at timestamptz: c.updated_at
-- sort name text asc: c.name
-- id: c.id

-- name: candidate_counts :slow
-- The rows of the list with the same filters, counted. A search gives the newest it finds.
SELECT k.total, k.complete, k.counts AS facets
FROM (SELECT CASE WHEN :q::text IS NOT NULL AND actor_level() <> 'member'
		THEN array(SELECT s.id FROM candidate_search(:q, counted_most() + 1, NULL, NULL, NULL,
			:updated_since::text::timestamptz, :role_id::text::uuid, :email, NULL, NULL,
			:consent_expires_before::text::timestamptz) s) END AS ids OFFSET 0) AS found
CROSS JOIN LATERAL count_facets(CASE WHEN actor_level() = 'member'
		THEN 'FROM shown_candidates c WHERE c.organization_id = org()'
			' AND c.id IN (SELECT m.candidate_id FROM my_applications m)'
		ELSE 'FROM visible_candidates c WHERE c.organization_id = org()' END,
	'c.created_at DESC, c.id DESC',
	jsonb_build_object('source', 'ARRAY[c.source]', 'tag', 'array(SELECT DISTINCT lower(t) FROM unnest(c.tags) t)',
		'archived', 'ARRAY[(c.archived_at IS NOT NULL)::text]'),
	when_sent('archived', '(c.archived_at IS NOT NULL) = %L::boolean', :archived)
		|| when_sent('updated_since', 'c.updated_at >= %L::timestamptz', :updated_since)
		|| when_sent('email', 'c.email_key = lower(%L)', :email)
		|| when_sent('role_id', CASE WHEN actor_level() = 'member' THEN 'true' ELSE
			'(SELECT true FROM visible_roles r WHERE r.organization_id = org() AND r.id = %L::uuid)' END
			|| ' AND EXISTS (SELECT FROM visible_applications a WHERE a.organization_id = c.organization_id'
			' AND a.candidate_id = c.id AND a.role_id = %L::uuid)', :role_id)
		|| when_sent('tag', 'c.id IN (SELECT t.candidate_id FROM candidate_tags t WHERE t.organization_id = org()'
			' AND t.tag_key = lower(%L))', :tag)
		|| when_sent('source', 'c.source = %L', :source)
		|| when_sent('consent_expires_before', 'c.consent_expires_at < %L::timestamptz', :consent_expires_before)
		|| CASE WHEN found.ids IS NOT NULL THEN when_sent('q', 'c.id = ANY (%L::uuid[])', found.ids::text)
			ELSE when_sent('q', 'c.search @@ search_query(%L)', :q) END,
	coalesce(cardinality(found.ids), 0) <= counted_most()) k;

-- name: candidate_get :read
SELECT {absent c} AS refusal, {whither c} AS refusal_detail, {candidate_columns c}, {names c}
FROM shown_candidates c WHERE c.organization_id = :org AND c.id = :candidate_id;

-- name: candidate_create :write
WITH new AS (
	INSERT INTO candidates (organization_id, name, email, phone, location, headline, summary,
		links, skills, tags, experience, education, source, wants, consent)
	SELECT :org, b.name, b.email, b.phone, b.location, b.headline, b.summary,
		coalesce(b.links, '[]'), coalesce(b.skills, '{}'), coalesce(b.tags, '{}'),
		coalesce(b.experience, '[]'), coalesce(b.education, '[]'), b.source,
		merged_object(NULL, b.wants), merged_object(NULL, b.consent)
	FROM json_to_record(:body::json) AS b(name text, email text, phone text, location text,
		headline text, summary text, links jsonb, skills text[], tags text[],
		experience jsonb, education jsonb, source text, wants jsonb, consent jsonb)
	RETURNING *
), keyed AS (
	INSERT INTO candidate_keys (organization_id, candidate_id)
	SELECT :org, new.id FROM new
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.created', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version) FROM new
), out AS (
	SELECT NULL AS refusal, {candidate_columns new}, {names new} FROM new
)
SELECT * FROM out;

-- name: candidate_update :write
WITH cur AS (
	SELECT c AS was, c.id, c.version, {whither c} AS refusal_detail,
		CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone'
			WHEN :if_match::bigint <> c.version THEN 'precondition_failed'
		END AS refusal
	FROM candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR NO KEY UPDATE
), patch AS (
	SELECT p.* FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb) p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE candidates c SET name = p.name, email = p.email, phone = p.phone,
		location = p.location, headline = p.headline, summary = p.summary, links = p.links,
		skills = p.skills, tags = p.tags, experience = p.experience, education = p.education,
		source = p.source,
		wants = CASE WHEN :body::jsonb ? 'wants' THEN merged_object(c.wants, p.wants) ELSE c.wants END,
		consent = CASE WHEN :body::jsonb ? 'consent' THEN merged_object(c.consent, p.consent)
			ELSE c.consent END,
		version = c.version + 1, updated_at = now()
	FROM patch p WHERE c.organization_id = :org AND c.id = p.id
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.updated', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version,
			'fields', (SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(:body::jsonb) k),
			'digest', candidate_digest(new.id, :body::jsonb::text)) FROM new
), out AS (
	SELECT cur.refusal, cur.refusal_detail, cur.version AS refusal_version, {candidate_columns new}, {names new}
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: candidate_archive :write
WITH cur AS (
	SELECT c.id, c.version, c.archived_at, {whither c} AS refusal_detail,
		CASE WHEN c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL THEN 'gone'
			WHEN :if_match::bigint <> c.version THEN 'precondition_failed'
		END AS refusal
	FROM candidates c WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR NO KEY UPDATE
), changed AS (
	UPDATE candidates c SET archived_at = CASE WHEN :archive::boolean THEN now() END,
		version = c.version + 1, updated_at = now()
	FROM cur WHERE c.organization_id = :org AND c.id = cur.id AND cur.refusal IS NULL
		AND (cur.archived_at IS NOT NULL) <> :archive::boolean
	RETURNING c.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN :archive::boolean THEN 'candidate.archived' ELSE 'candidate.unarchived' END,
		c.id, :actor_kind, :actor::uuid, :request_id, jsonb_build_object('version', c.version)
	FROM changed c
), now_is AS (
	SELECT * FROM changed
	UNION ALL
	SELECT c.* FROM candidates c JOIN cur ON c.id = cur.id
	WHERE c.organization_id = :org AND NOT EXISTS (SELECT FROM changed)
), out AS (
	SELECT cur.refusal, cur.refusal_detail, cur.version AS refusal_version, {candidate_columns n}, {names n}
	FROM cur LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: candidate_put_external :write
-- Creates or updates the candidate that another system calls by this name. Members that are not
-- sent keep their value, so the same call may be repeated.
WITH known AS MATERIALIZED (
	SELECT candidate_survivor(x.object_id) AS id FROM external_ids x WHERE x.organization_id = :org
		AND x.object_type = 'candidate' AND x.source = :external_source
		AND x.external_id = :external_id
), asked AS (
	SELECT p.*, known.id AS known_id, new_id() AS new_id
	FROM (SELECT 1) AS one LEFT JOIN known ON true
	LEFT JOIN candidates c ON c.organization_id = :org AND c.id = known.id
	CROSS JOIN jsonb_populate_record(c, :body::jsonb) p
), changed AS (
	UPDATE candidates c SET name = a.name, email = a.email, phone = a.phone,
		location = a.location, headline = a.headline, summary = a.summary, links = a.links,
		skills = a.skills, tags = a.tags, experience = a.experience, education = a.education,
		source = a.source, wants = merged_object(NULL, a.wants),
		consent = merged_object(NULL, a.consent), version = c.version + 1, updated_at = now()
	FROM asked a WHERE c.organization_id = :org AND c.id = a.known_id
	RETURNING c.*
), made AS (
	INSERT INTO candidates (organization_id, id, name, email, phone, location, headline, summary,
		links, skills, tags, experience, education, source, wants, consent)
	SELECT :org, a.new_id, a.name, a.email, a.phone, a.location, a.headline, a.summary,
		coalesce(a.links, '[]'), coalesce(a.skills, '{}'), coalesce(a.tags, '{}'),
		coalesce(a.experience, '[]'), coalesce(a.education, '[]'), a.source,
		merged_object(NULL, a.wants), merged_object(NULL, a.consent)
	FROM asked a WHERE a.known_id IS NULL
	RETURNING *
), keyed AS (
	INSERT INTO candidate_keys (organization_id, candidate_id) SELECT :org, made.id FROM made
), named AS (
	INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
	SELECT :org, 'candidate', :external_source, :external_id, made.id FROM made
), now_is AS (
	SELECT * FROM changed UNION ALL SELECT * FROM made
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, CASE WHEN EXISTS (SELECT FROM made) THEN 'candidate.created' ELSE 'candidate.updated' END,
		n.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', n.version, 'source', :external_source::text) FROM now_is n
), out AS (
	SELECT NULL AS refusal, a.known_id IS NULL AS _created, {candidate_columns n}, CASE WHEN a.known_id IS NULL
			THEN json_build_object(:external_source::text, :external_id::text)
			ELSE {other_names n} END AS external_ids
	FROM asked a LEFT JOIN now_is n ON true
)
SELECT * FROM out;

-- name: candidate_erase :write
-- Says once more what had been done when it is repeated, and writes no second event.
WITH cur AS (
	SELECT c.id, c.erased_at, {whither c} AS refusal_detail,
		CASE WHEN c.erased_at IS NULL AND c.merged_into IS NOT NULL THEN 'gone' END AS refusal
	FROM candidates c
	WHERE c.organization_id = :org AND c.id = :candidate_id
		AND EXISTS (SELECT FROM visible_candidates v WHERE v.organization_id = :org AND v.id = c.id)
	FOR UPDATE
), erased AS (
	SELECT cur.id, erase_candidate(cur.id) AS texts FROM cur WHERE cur.erased_at IS NULL AND cur.refusal IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'candidate.erased', e.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('texts', e.texts) FROM erased e
), out AS (
	SELECT cur.refusal, cur.refusal_detail, cur.id, coalesce(cur.erased_at, now()) AS deleted_at
	FROM cur LEFT JOIN erased ON true
)
SELECT * FROM out;
