-- Candidates and users, in the words of Greenhouse's Harvest API: v1 and v3.

-- fragment: past_job
@.experience -> 0

-- fragment: application_rows
-- As in harvest_applications.sql, of one candidate; only for who may read applications.
FROM visible_applications a WHERE a.organization_id = :org AND a.candidate_id = @.id

-- fragment: reached
CASE WHEN @.email IS NULL THEN '[]'::json
		ELSE json_build_array(json_build_object('value', @.email, 'type', 'personal')) END AS email_addresses,
	CASE WHEN @.phone IS NULL THEN '[]'::json
		ELSE json_build_array(json_build_object('value', @.phone, 'type', 'mobile')) END AS phone_numbers,
	CASE WHEN @.location IS NULL THEN '[]'::json
		ELSE json_build_array(json_build_object('value', @.location, 'type', 'home')) END AS addresses,
	(SELECT coalesce(json_agg(json_build_object('value', l ->> 'url', 'type', 'other')), '[]')
		FROM jsonb_array_elements(@.links) l WHERE NOT {social l}) AS website_addresses,
	(SELECT coalesce(json_agg(json_build_object('value', l ->> 'url')), '[]')
		FROM jsonb_array_elements(@.links) l WHERE {social l}) AS social_media_addresses

-- fragment: social
(@ ->> 'url') ~* '^https?://([a-z0-9-]+[.])*(linkedin|twitter|x|facebook|mastodon|xing)[.][a-z.]+(/|$)'

-- fragment: person
first_names(@.name) AS first_name, last_name(@.name) AS last_name,
	{past_job @} ->> 'organization' AS company,
	coalesce(@.headline, {past_job @} ->> 'title') AS title,
	@.created_at, @.updated_at

-- name: harvest_candidates_v1 :list
SELECT c.id AS _id, number_of(c.id) AS id, {person c}, c.updated_at AS last_activity, false AS is_private,
	NULL AS photo_url, '[]'::json AS attachments,
	CASE WHEN :with_applications::boolean THEN (SELECT coalesce(json_agg(number_of(a.id)
		ORDER BY a.created_at DESC, a.id DESC), '[]') {application_rows c}) ELSE '[]' END AS application_ids,
	{reached c}, NULL::json AS recruiter, NULL::json AS coordinator, true AS can_email,
	to_json(c.tags) AS tags,
	CASE WHEN :with_applications::boolean THEN (SELECT coalesce(json_agg(harvest_application(a.id)
		ORDER BY a.created_at DESC, a.id DESC), '[]') {application_rows c}) ELSE '[]' END AS applications,
	(SELECT coalesce(json_agg(json_build_object('id', number_of_text(e.one ->> 'organization'),
			'school_name', e.one ->> 'organization', 'degree', e.one ->> 'degree', 'discipline', NULL,
			'start_date', e.one ->> 'start', 'end_date', e.one ->> 'end') ORDER BY e.place), '[]')
		FROM jsonb_array_elements(c.education) WITH ORDINALITY AS e(one, place)) AS educations,
	(SELECT coalesce(json_agg(json_build_object('id', number_of_text(e.one ->> 'organization'),
			'company_name', e.one ->> 'organization', 'title', e.one ->> 'title',
			'start_date', e.one ->> 'start', 'end_date', e.one ->> 'end') ORDER BY e.place), '[]')
		FROM jsonb_array_elements(c.experience) WITH ORDINALITY AS e(one, place)) AS employments,
	'[]'::json AS linked_user_ids, '{}'::json AS custom_fields, '{}'::json AS keyed_custom_fields
	/*sort_key*/
FROM visible_candidates c
WHERE c.organization_id = :org AND c.erased_at IS NULL AND c.merged_into IS NULL
-- filter ids: AND c.id = ANY (numbered('candidates', :ids))
-- filter created_gte: AND c.created_at >= :created_gte::timestamptz
-- filter created_gt: AND c.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND c.created_at < :created_lt::timestamptz
-- filter created_lte: AND c.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND c.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND c.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND c.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND c.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter email: AND c.email_key = lower(:email)
-- filter job_ids (custom plan): AND EXISTS (SELECT FROM visible_applications a WHERE a.organization_id = :org
-- +   AND a.candidate_id = c.id AND a.role_id = ANY (numbered('roles', :job_ids)))
-- sort created_at timestamptz: c.created_at
-- sort updated_at timestamptz: c.updated_at
-- id: c.id

-- name: harvest_candidates_v3 :list
SELECT c.id AS _id, number_of(c.id) AS id, {person c}, NULL AS preferred_name,
	c.updated_at AS last_activity_at, false AS private, true AS can_email, {reached c},
	to_json(c.tags) AS tags, NULL::bigint AS recruiter_id, NULL::bigint AS coordinator_id,
	'[]'::json AS linked_user_ids, '{}'::json AS custom_fields
	/*sort_key*/
FROM visible_candidates c
WHERE c.organization_id = :org AND c.erased_at IS NULL AND c.merged_into IS NULL
-- filter ids: AND c.id = ANY (numbered('candidates', :ids))
-- filter created_gte: AND c.created_at >= :created_gte::timestamptz
-- filter created_gt: AND c.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND c.created_at < :created_lt::timestamptz
-- filter created_lte: AND c.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND c.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND c.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND c.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND c.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter email: AND c.email_key = lower(:email)
-- sort created_at timestamptz: c.created_at
-- sort updated_at timestamptz: c.updated_at
-- id: c.id

-- fragment: colleague
u.id AS _id, number_of(u.id) AS id, u.name, first_names(u.name) AS first_name, last_name(u.name) AS last_name,
	u.created_at, u.updated_at, u.access_level = 'admin' AS site_admin,
	external_id_of('user', u.id, 'employee') AS employee_id

-- name: harvest_users_v1 :list
SELECT {colleague u}, u.email AS primary_email_address, u.status = 'disabled' AS disabled,
	json_build_array(u.email) AS emails, '[]'::json AS linked_candidate_ids, '[]'::json AS offices,
	'[]'::json AS departments, '{}'::json AS custom_fields, '{}'::json AS keyed_custom_fields
	/*sort_key*/
FROM users u
WHERE u.organization_id = :org
-- filter ids: AND u.id = ANY (numbered('users', :ids))
-- filter created_gte: AND u.created_at >= :created_gte::timestamptz
-- filter created_gt: AND u.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND u.created_at < :created_lt::timestamptz
-- filter created_lte: AND u.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND u.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND u.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND u.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND u.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter email: AND u.email_key = lower(:email)
-- filter employee_id: AND u.id = (SELECT x.object_id FROM external_ids x WHERE x.organization_id = :org
-- +   AND x.object_type = 'user' AND x.source = 'employee' AND x.external_id = :employee_id)
-- sort created_at timestamptz: u.created_at
-- id: u.id

-- name: harvest_users_v3 :list
SELECT {colleague u}, u.email AS primary_email, u.status = 'disabled' AS deactivated,
	'[]'::json AS office_ids, '[]'::json AS department_ids, '[]'::json AS linked_candidate_ids,
	'{}'::json AS custom_fields
	/*sort_key*/
FROM users u
WHERE u.organization_id = :org
-- filter ids: AND u.id = ANY (numbered('users', :ids))
-- filter created_gte: AND u.created_at >= :created_gte::timestamptz
-- filter created_gt: AND u.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND u.created_at < :created_lt::timestamptz
-- filter created_lte: AND u.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND u.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND u.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND u.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND u.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter deactivated: AND (u.status = 'disabled') = :deactivated::boolean
-- sort created_at timestamptz: u.created_at
-- id: u.id
