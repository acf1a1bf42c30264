-- Interviews and scorecards, in the words of Greenhouse's Harvest API: v1 and v3.
-- An interview says that it is complete, and names scorecards, to who reads these: through readable_stages,
-- as everywhere, and with the scope.

-- fragment: ends_at
@.starts_at + make_interval(mins => @.duration_minutes)

-- fragment: complete
-- Scalar, or it would be looked up for all applications at once.
(:with_scorecards::boolean AND (SELECT true FROM readable_stages r WHERE r.organization_id = :org
		AND r.application_id = @.application_id AND r.stage_id = @.stage_id)
	AND (SELECT true FROM interview_interviewers ii WHERE ii.organization_id = :org
		AND ii.interview_id = @.id AND ii.part = 'interviewer' AND ii.status = 'assigned'
		AND (SELECT s.status = 'submitted' FROM scorecards s WHERE s.organization_id = :org
			AND s.interview_id = @.id AND s.author_id = ii.user_id) IS NOT TRUE LIMIT 1) IS NOT TRUE)

-- fragment: state
CASE WHEN @.starts_at IS NULL OR {ends_at @} > now() THEN 'scheduled'
		WHEN {complete @} THEN 'complete' ELSE 'awaiting_feedback' END AS status

-- fragment: stage_name
(SELECT t.name FROM stages t WHERE t.organization_id = :org AND t.id = @.stage_id)

-- fragment: readable
-- As scorecards_list: readable_stages decides for each row, whatever its status.
(SELECT s.status = 'submitted' FROM readable_stages r WHERE r.organization_id = s.organization_id
	AND r.application_id = s.application_id AND r.stage_id = s.stage_id)

-- name: harvest_interviews_v1 :list
SELECT i.id AS _id, number_of(i.id) AS id, number_of(i.application_id) AS application_id, NULL AS external_event_id,
	CASE WHEN i.starts_at IS NOT NULL THEN json_build_object('date_time', json_time(i.starts_at)) END AS start,
	CASE WHEN i.starts_at IS NOT NULL THEN json_build_object('date_time', json_time({ends_at i})) END AS "end",
	i.location, NULL AS video_conferencing_url, {state i}, i.created_at, i.updated_at,
	json_build_object('id', number_of(i.stage_id), 'name', {stage_name i}) AS interview,
	NULL::json AS organizer,
	(SELECT coalesce(json_agg(json_build_object('id', number_of(u.id),
			'employee_id', external_id_of('user', u.id, 'employee'), 'name', u.name, 'email', NULL,
			'response_status', 'needs_action',
			'scorecard_id', CASE WHEN :with_scorecards::boolean THEN (SELECT number_of(s.id)
				FROM scorecards s WHERE s.organization_id = :org AND s.interview_id = i.id
					AND s.author_id = u.id AND CASE WHEN u.id = :actor::uuid AND :actor_kind = 'user'
						THEN s.status = 'submitted' ELSE {readable s} END) END) ORDER BY u.name, u.id), '[]')
		FROM interview_interviewers ii
		JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
		WHERE ii.organization_id = :org AND ii.interview_id = i.id) AS interviewers
	/*sort_key*/
FROM interviews i
WHERE i.organization_id = :org AND i.status <> 'cancelled' AND EXISTS (SELECT FROM visible_applications v
	WHERE v.organization_id = :org AND v.id = i.application_id)
-- filter ids: AND i.id = ANY (numbered('interviews', :ids))
-- filter created_gte: AND i.created_at >= :created_gte::timestamptz
-- filter created_gt: AND i.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND i.created_at < :created_lt::timestamptz
-- filter created_lte: AND i.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND i.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND i.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND i.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND i.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter application_ids: AND i.application_id = ANY (numbered('applications', :application_ids))
-- filter starts_gte: AND i.starts_at >= :starts_gte::timestamptz
-- filter starts_lt: AND i.starts_at < :starts_lt::timestamptz
-- sort created_at timestamptz: i.created_at
-- id: i.id

-- name: harvest_interviews_v3 :list
SELECT i.id AS _id, number_of(i.id) AS id, number_of(i.application_id) AS application_id,
	number_of(i.stage_id) AS job_interview_id, NULL AS external_event_id, {state i}, i.starts_at,
	{ends_at i} AS ends_at, NULL AS all_day_start_on, NULL AS all_day_end_on, i.location,
	NULL AS video_conferencing_url, NULL::bigint AS organizer_id, i.created_at, i.updated_at
	/*sort_key*/
FROM interviews i
WHERE i.organization_id = :org AND i.status <> 'cancelled' AND EXISTS (SELECT FROM visible_applications v
	WHERE v.organization_id = :org AND v.id = i.application_id)
-- filter ids: AND i.id = ANY (numbered('interviews', :ids))
-- filter created_gte: AND i.created_at >= :created_gte::timestamptz
-- filter created_gt: AND i.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND i.created_at < :created_lt::timestamptz
-- filter created_lte: AND i.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND i.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND i.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND i.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND i.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter application_ids: AND i.application_id = ANY (numbered('applications', :application_ids))
-- filter starts_gte: AND i.starts_at >= :starts_gte::timestamptz
-- filter starts_gt: AND i.starts_at >= :starts_gt::timestamptz + interval '1 millisecond'
-- filter starts_lt: AND i.starts_at < :starts_lt::timestamptz
-- filter starts_lte: AND i.starts_at < :starts_lte::timestamptz + interval '1 millisecond'
-- sort created_at timestamptz: i.created_at
-- id: i.id

-- fragment: interviewed_at
(SELECT i.starts_at FROM interviews i WHERE i.organization_id = :org AND i.id = @.interview_id) AS interviewed_at

-- fragment: rated
-- What was rated, in the rubric's order, under the names that it was asked with.
FROM rubric_criteria k
	CROSS JOIN LATERAL (SELECT x.one, harvest_rating((x.one ->> 'value')::numeric) AS word
		FROM (SELECT @.ratings -> k.competency_id::text AS one) AS x) AS e
	WHERE k.organization_id = :org AND k.rubric_version_id = @.rubric_version_id AND e.one IS NOT NULL

-- name: harvest_scorecards_v1 :list
SELECT s.id AS _id, number_of(s.id) AS id, s.updated_at, s.created_at, {stage_name s} AS interview,
	json_build_object('id', number_of(s.stage_id), 'name', {stage_name s}) AS interview_step,
	(SELECT number_of(a.candidate_id) FROM applications a WHERE a.organization_id = :org
		AND a.id = s.application_id) AS candidate_id,
	number_of(s.application_id) AS application_id, {interviewed_at s},
	harvest_user(coalesce(s.entered_by, s.author_id)) AS submitted_by, harvest_user(s.author_id) AS interviewer,
	s.submitted_at, harvest_recommendation(s.recommendation) AS overall_recommendation,
	(SELECT coalesce(json_agg(json_build_object('name', k.competency_name, 'type', 'Skills', 'note', e.one ->> 'evidence',
			'rating', e.word) ORDER BY k.position), '[]')
		{rated s}) AS attributes,
	(SELECT json_build_object('definitely_not', coalesce(json_agg(k.competency_name ORDER BY k.position)
				FILTER (WHERE e.word = 'definitely_not'), '[]'), 'no', coalesce(json_agg(k.competency_name ORDER BY k.position)
				FILTER (WHERE e.word = 'no'), '[]'), 'mixed', coalesce(json_agg(k.competency_name ORDER BY k.position)
				FILTER (WHERE e.word = 'mixed'), '[]'),
			'yes', coalesce(json_agg(k.competency_name ORDER BY k.position)
				FILTER (WHERE e.word = 'yes'), '[]'), 'strong_yes', coalesce(json_agg(k.competency_name ORDER BY k.position)
				FILTER (WHERE e.word = 'strong_yes'), '[]'))
		{rated s}) AS ratings,
	json_build_array(json_build_object('id', NULL, 'question', 'Key Take-Aways', 'answer', s.key_takeaways),
		json_build_object('id', NULL, 'question', 'Private Notes', 'answer',
			CASE WHEN reads_private_notes(s.role_id, s.author_id) THEN s.private_note END)) AS questions
	/*sort_key*/
FROM scorecards s
WHERE s.organization_id = :org AND CASE WHEN s.author_id = :actor::uuid AND :actor_kind = 'user'
		THEN s.status = 'submitted' ELSE {readable s} END
-- filter ids: AND s.id = ANY (numbered('scorecards', :ids))
-- filter created_gte: AND s.created_at >= :created_gte::timestamptz
-- filter created_gt: AND s.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND s.created_at < :created_lt::timestamptz
-- filter created_lte: AND s.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND s.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND s.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND s.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND s.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter application_ids: AND s.application_id = ANY (numbered('applications', :application_ids))
-- sort created_at timestamptz: s.created_at
-- id: s.id

-- name: harvest_scorecards_v3 :list
SELECT s.id AS _id, number_of(s.id) AS id, number_of(s.application_id) AS application_id,
	number_of(s.stage_id) AS interview_kit_id, number_of(s.interview_id) AS interview_id,
	number_of(s.author_id) AS interviewer_id, number_of(coalesce(s.entered_by, s.author_id)) AS submitter_id,
	CASE s.status WHEN 'submitted' THEN 'complete' ELSE s.status END AS status,
	harvest_recommendation(s.recommendation) AS candidate_rating, s.key_takeaways AS notes,
	s.key_takeaways AS public_notes,
	CASE WHEN reads_private_notes(s.role_id, s.author_id) THEN s.private_note END AS private_notes,
	{interviewed_at s}, s.submitted_at, s.created_at, s.updated_at
	/*sort_key*/
FROM scorecards s
WHERE s.organization_id = :org AND ((s.author_id = :actor::uuid AND :actor_kind = 'user') OR {readable s})
-- filter ids: AND s.id = ANY (numbered('scorecards', :ids))
-- filter created_gte: AND s.created_at >= :created_gte::timestamptz
-- filter created_gt: AND s.created_at >= :created_gt::timestamptz + interval '1 millisecond'
-- filter created_lt: AND s.created_at < :created_lt::timestamptz
-- filter created_lte: AND s.created_at < :created_lte::timestamptz + interval '1 millisecond'
-- filter updated_gte (custom plan): AND s.updated_at >= :updated_gte::timestamptz
-- filter updated_gt (custom plan): AND s.updated_at >= :updated_gt::timestamptz + interval '1 millisecond'
-- filter updated_lt (custom plan): AND s.updated_at < :updated_lt::timestamptz
-- filter updated_lte (custom plan): AND s.updated_at < :updated_lte::timestamptz + interval '1 millisecond'
-- filter application_ids: AND s.application_id = ANY (numbered('applications', :application_ids))
-- filter interviewer_ids: AND s.author_id = ANY (numbered('users', :interviewer_ids))
-- filter status: AND s.status = CASE :status WHEN 'complete' THEN 'submitted' ELSE :status END
-- sort created_at timestamptz: s.created_at
-- id: s.id
