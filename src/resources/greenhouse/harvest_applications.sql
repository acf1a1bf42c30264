-- Applications, in the words of Greenhouse's Harvest API: v1 and v3.

-- fragment: rejected_at
CASE WHEN harvest_status(@.status) = 'rejected' THEN (SELECT m.created_at FROM application_moves m
	WHERE m.organization_id = :org AND m.application_id = @.id AND m.to_status IS DISTINCT FROM m.from_status
	ORDER BY m.created_at DESC, m.id DESC LIMIT 1) END AS rejected_at

-- fragment: shown_source
CASE WHEN 'source' <> ALL (hidden_of(@.candidate_id)) THEN @.source END

-- name: harvest_applications_v1 :list
SELECT a.id AS _id, w.*
	/*sort_key*/
FROM visible_applications a
CROSS JOIN LATERAL json_to_record(harvest_application(a.id)) AS w(id bigint, candidate_id bigint, prospect boolean,
	applied_at text, rejected_at text, last_activity_at text, location json, source json, credited_to json,
	recruiter json, coordinator json, rejection_reason json, rejection_details json, jobs json, job_post_id bigint,
	status text, current_stage json, answers json, prospective_office json, prospective_department json,
	prospect_detail json, custom_fields json, keyed_custom_fields json, attachments json)
WHERE a.organization_id = :org
-- filter ids: AND a.id = ANY (numbered('applications', :ids))
-- filter created_gte: AND a.created_at >= :created_gte::timestamptz
-- filter created_gt: AND a.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND a.created_at < :created_lt::timestamptz
-- filter created_lte: AND a.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND a.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND a.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND a.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND a.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter job_ids: AND a.role_id = ANY (numbered('roles', :job_ids))
-- filter candidate_ids: AND a.candidate_id = ANY (numbered('candidates', :candidate_ids))
-- filter status: AND a.status = ANY (harvest_statuses(:status))
-- sort created_at timestamptz: a.created_at
-- sort updated_at timestamptz: a.updated_at
-- id: a.id

-- name: harvest_applications_v3 :list
SELECT a.id AS _id, number_of(a.id) AS id, number_of(a.candidate_id) AS candidate_id, number_of(a.role_id) AS job_id,
	(SELECT number_of(p.posting_id) FROM posting_applications p
		WHERE p.organization_id = :org AND p.application_id = a.id) AS job_post_id,
	false AS prospect, harvest_status(a.status) AS status, a.created_at, a.updated_at,
	a.updated_at AS last_activity_at, {rejected_at a}, NULL AS location_address,
	number_of_text({shown_source a}) AS source_id, NULL::bigint AS referrer_id,
	NULL::bigint AS rejection_reason_id, number_of(a.stage_id) AS stage_id,
	number_of(a.stage_id) AS job_interview_stage_id, NULL::bigint AS recruiter_id,
	NULL::bigint AS coordinator_id, '{}'::json AS custom_fields
	/*sort_key*/
FROM visible_applications a
WHERE a.organization_id = :org
-- filter ids: AND a.id = ANY (numbered('applications', :ids))
-- filter created_gte: AND a.created_at >= :created_gte::timestamptz
-- filter created_gt: AND a.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND a.created_at < :created_lt::timestamptz
-- filter created_lte: AND a.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND a.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND a.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND a.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND a.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter job_ids: AND a.role_id = ANY (numbered('roles', :job_ids))
-- filter candidate_ids: AND a.candidate_id = ANY (numbered('candidates', :candidate_ids))
-- filter job_interview_stage_ids: AND a.stage_id = ANY (numbered('stages', :job_interview_stage_ids))
-- filter status: AND a.status = ANY (harvest_statuses(:status))
-- sort created_at timestamptz: a.created_at
-- sort updated_at timestamptz: a.updated_at
-- id: a.id
