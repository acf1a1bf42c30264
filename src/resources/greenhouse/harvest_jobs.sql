-- Roles as jobs, and the stages of their interview plans, in the words of Greenhouse's Harvest API.

-- fragment: job
r.id AS _id, number_of(r.id) AS id, r.title AS name, external_id_of('role', r.id, 'requisition') AS requisition_id,
	r.description AS notes, r.confidential,
	CASE r.status WHEN 'paused' THEN 'open' ELSE r.status END AS status, r.created_at,
	CASE WHEN r.status <> 'draft' THEN r.created_at END AS opened_at, r.archived_at AS closed_at, r.updated_at,
	false AS is_template, NULL::bigint AS copied_from_id

-- fragment: openings
(SELECT coalesce(json_agg(json_build_object('id', (number_of(@.id) + n) % (1::bigint << 52),
		'opening_id', NULL, 'status', CASE WHEN n > @.hired THEN 'open' ELSE 'closed' END,
		'open', n > @.hired, 'opened_at', json_time(@.created_at), 'closed_at', NULL,
		'application_id', NULL, 'close_reason', NULL) ORDER BY n), '[]')
	FROM generate_series(1, @.openings) n) AS openings

-- name: harvest_jobs_v1 :list
SELECT {job r}, '[]'::json AS departments,
	CASE WHEN r.location IS NULL THEN '[]'::json ELSE json_build_array(json_build_object(
		'id', number_of_text(r.location), 'name', r.location,
		'location', json_build_object('name', r.location), 'primary_contact_user_id', NULL,
		'parent_id', NULL, 'child_ids', '[]'::json, 'external_id', NULL)) END AS offices,
	json_build_object('hiring_managers', (SELECT coalesce(json_agg(harvest_user(m.user_id) ORDER BY m.user_id), '[]')
			FROM hiring_team_members m WHERE m.organization_id = :org AND m.role_id = r.id
				AND m.part = 'hiring_manager'),
		'recruiters', '[]'::json, 'coordinators', '[]'::json, 'sourcers', '[]'::json) AS hiring_team,
	{openings r}, '{}'::json AS custom_fields, '{}'::json AS keyed_custom_fields
	/*sort_key*/
FROM visible_roles r
WHERE r.organization_id = :org
-- filter ids: AND r.id = ANY (numbered('roles', :ids))
-- filter created_gte: AND r.created_at >= :created_gte::timestamptz
-- filter created_gt: AND r.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND r.created_at < :created_lt::timestamptz
-- filter created_lte: AND r.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND r.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND r.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND r.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND r.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter status: AND r.status = ANY (CASE :status WHEN 'open' THEN '{open,paused}'::text[]
-- +   ELSE ARRAY[:status::text] END)
-- filter requisition_id: AND r.id = (SELECT x.object_id FROM external_ids x WHERE x.organization_id = :org
-- +   AND x.object_type = 'role' AND x.source = 'requisition' AND x.external_id = :requisition_id)
-- sort created_at timestamptz: r.created_at
-- sort updated_at timestamptz: r.updated_at
-- id: r.id

-- name: harvest_jobs_v3 :list
SELECT {job r}, NULL::bigint AS department_id,
	CASE WHEN r.location IS NULL THEN '[]'::json
		ELSE json_build_array(number_of_text(r.location)) END AS office_ids,
	{openings r}, '{}'::json AS custom_fields
	/*sort_key*/
FROM visible_roles r
WHERE r.organization_id = :org
-- filter ids: AND r.id = ANY (numbered('roles', :ids))
-- filter created_gte: AND r.created_at >= :created_gte::timestamptz
-- filter created_gt: AND r.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND r.created_at < :created_lt::timestamptz
-- filter created_lte: AND r.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND r.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND r.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND r.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND r.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter status: AND r.status = ANY (CASE :status WHEN 'open' THEN '{open,paused}'::text[]
-- +   ELSE ARRAY[:status::text] END)
-- filter requisition_id: AND r.id = (SELECT x.object_id FROM external_ids x WHERE x.organization_id = :org
-- +   AND x.object_type = 'role' AND x.source = 'requisition' AND x.external_id = :requisition_id)
-- sort created_at timestamptz: r.created_at
-- sort updated_at timestamptz: r.updated_at
-- id: r.id

-- fragment: stage
-- Those of the role's current plan are active; an application may still be in an older one's.
t.id AS _id, number_of(t.id) AS id, t.name, t.created_at, t.updated_at, t.plan_id = r.plan_id AS active,
	number_of(t.role_id) AS job_id

-- name: harvest_stages_v1 :list
SELECT {stage t}, t.position - 1 AS priority,
	json_build_array(json_build_object('id', number_of(t.id), 'name', t.name, 'schedulable', true,
		'estimated_minutes', t.duration_minutes,
		'default_interviewer_users', (SELECT coalesce(json_agg(harvest_user(d.user_id) ORDER BY d.position), '[]')
			FROM stage_interviewers d WHERE d.organization_id = :org AND d.stage_id = t.id),
		'interview_kit', json_build_object('id', number_of(t.id), 'content', t.interviewer_notes,
			'questions', (SELECT coalesce(json_agg(json_build_object('id', number_of_text(q.one ->> 'question'),
					'question', q.one ->> 'question') ORDER BY q.place), '[]')
				FROM jsonb_array_elements(t.questions) WITH ORDINALITY AS q(one, place))))) AS interviews
	/*sort_key*/
FROM stages t JOIN visible_roles r ON r.organization_id = t.organization_id AND r.id = t.role_id
WHERE t.organization_id = :org
-- filter ids: AND t.id = ANY (numbered('stages', :ids))
-- filter created_gte: AND t.created_at >= :created_gte::timestamptz
-- filter created_gt: AND t.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND t.created_at < :created_lt::timestamptz
-- filter created_lte: AND t.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND t.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND t.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND t.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND t.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter job_ids: AND t.role_id = ANY (numbered('roles', :job_ids))
-- sort created_at timestamptz: t.created_at
-- id: t.id

-- name: harvest_stages_v3 :list
SELECT {stage t}, t.position - 1 AS sort_order
	/*sort_key*/
FROM stages t JOIN visible_roles r ON r.organization_id = t.organization_id AND r.id = t.role_id
WHERE t.organization_id = :org
-- filter ids: AND t.id = ANY (numbered('stages', :ids))
-- filter created_gte: AND t.created_at >= :created_gte::timestamptz
-- filter created_gt: AND t.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND t.created_at < :created_lt::timestamptz
-- filter created_lte: AND t.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND t.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND t.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND t.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND t.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter job_ids: AND t.role_id = ANY (numbered('roles', :job_ids))
-- filter active: AND (t.plan_id = r.plan_id) = :active::boolean
-- sort created_at timestamptz: t.created_at
-- id: t.id
