-- What the careers page publishes, in the words of Greenhouse's Job Board API. Asked as the system, of the
-- organization whose page it is.

-- fragment: place
coalesce(@.location, 'Remote' || coalesce(', ' || @.country, ''))

-- fragment: post
number_of(p.id) AS id, number_of(p.role_id) AS internal_job_id, p.title, p.updated_at,
	p.published_at AS first_published, NULL AS requisition_id,
	json_build_object('name', {place p}) AS location,
	:origin::text || '/careers/' || c.slug || '/' || p.id AS absolute_url, 'en' AS language,
	c.name AS company_name, '[]'::json AS metadata

-- fragment: posted
FROM careers_pages c
	JOIN postings p ON p.organization_id = c.organization_id AND p.status = 'published'
		AND posting_stands(p) = 'open'
	WHERE c.organization_id = :org AND c.enabled

-- fragment: no_department
json_build_array(json_build_object('id', 0, 'name', 'No Department', 'parent_id', NULL, 'child_ids', '[]'::json))

-- fragment: office
json_build_object('id', number_of_text({place @}), 'name', {place @}, 'location', {place @}, 'parent_id', NULL,
		'child_ids', '[]'::json)

-- name: board_find :read
SELECT c.name, c.introduction FROM careers_pages c WHERE c.organization_id = :org AND c.enabled;

-- name: board_jobs :read
-- The newest first, as many as the careers page has.
SELECT {post p}, {no_department p} AS departments, json_build_array({office p}) AS offices,
	p.description AS _description
{posted p}
ORDER BY p.published_at DESC, p.id DESC LIMIT 500;

-- name: board_job :read
-- Its questions are those of the form, the fixed ones first; a choice's values count from 0.
SELECT {post p}, {no_department p} AS departments, json_build_array({office p}) AS offices,
	p.description AS _description,
	json_build_array(
		json_build_object('required', true, 'label', 'Name', 'fields', board_field('name', 'input_text', NULL)),
		json_build_object('required', true, 'label', 'Email', 'fields', board_field('email', 'input_text', NULL)),
		json_build_object('required', false, 'label', 'Phone', 'fields', board_field('phone', 'input_text', NULL)),
		json_build_object('required', p.resume = 'required', 'label', 'Resume/CV', 'fields',
			board_field('resume', 'input_file', NULL)))::jsonb
		|| coalesce((SELECT jsonb_agg(jsonb_build_object('required', coalesce((q.one ->> 'required')::boolean, false),
			'label', q.one ->> 'label', 'fields', board_field('question_' || (q.one ->> 'id'),
				CASE q.one ->> 'kind' WHEN 'short_text' THEN 'input_text' WHEN 'long_text' THEN 'textarea'
					ELSE 'multi_value_single_select' END,
				CASE q.one ->> 'kind' WHEN 'yes_no' THEN '["No", "Yes"]'::jsonb
					WHEN 'choice' THEN q.one -> 'choices' END)) ORDER BY q.place)
			FROM jsonb_array_elements(p.questions) WITH ORDINALITY AS q(one, place)), '[]') AS _questions,
	CASE WHEN p.salary IS NULL THEN '[]'::json ELSE json_build_array(json_build_object(
		'min_cents', ((p.salary ->> 'min')::numeric * 100)::bigint,
		'max_cents', ((p.salary ->> 'max')::numeric * 100)::bigint,
		'currency_type', p.salary ->> 'currency', 'title', 'Salary',
		'blurb', 'Per ' || (p.salary ->> 'unit') || '.')) END AS _pay
{posted p} AND p.id = ANY (numbered('postings', :number));


-- fragment: jobs_of
json_agg(json_build_object('id', number_of(p.id), 'title', p.title,
		'location', json_build_object('name', {place p}), 'updated_at', json_time(p.updated_at),
		'absolute_url', :origin::text || '/careers/' || c.slug || '/' || p.id, 'language', 'en')
	ORDER BY p.published_at DESC, p.id DESC)

-- name: board_departments :read
-- There are none here: what is published belongs to the one that stands for that.
SELECT 0 AS id, 'No Department' AS name, coalesce((SELECT {jobs_of p} {posted p}), '[]') AS jobs
FROM careers_pages c WHERE c.organization_id = :org AND c.enabled;

-- name: board_offices :read
-- The places of what is published.
SELECT number_of_text({place p}) AS id, {place p} AS name, {place p} AS location,
	json_build_array(json_build_object('id', 0, 'name', 'No Department', 'parent_id', NULL,
		'child_ids', '[]'::json, 'jobs', {jobs_of p})) AS departments
{posted p}
GROUP BY {place p}
ORDER BY {place p};
