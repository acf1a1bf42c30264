-- What a scorecard must hold: merging of ratings, strangers to the rubric, gaps at submission.

-- Ratings after a merge patch: every competency has all three members; null removes one. A value
-- ends "not assessed", and "not assessed" takes the value away.
CREATE FUNCTION merged_ratings(was jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT was - coalesce(array_agg(k) FILTER (WHERE p.v = 'null'), '{}')
		|| coalesce(jsonb_object_agg(k, jsonb_build_object(
			'value', CASE WHEN p.v -> 'not_assessed' = 'true' THEN 'null'
				WHEN p.v ? 'value' THEN p.v -> 'value'
				ELSE coalesce(was -> k -> 'value', 'null') END,
			'not_assessed', CASE WHEN p.v ? 'not_assessed' THEN p.v -> 'not_assessed'
				WHEN p.v -> 'value' <> 'null' THEN 'false'
				ELSE coalesce(was -> k -> 'not_assessed', 'false') END,
			'evidence', CASE WHEN p.v ? 'evidence' THEN p.v -> 'evidence'
				ELSE coalesce(was -> k -> 'evidence', 'null') END))
			FILTER (WHERE p.v <> 'null'), '{}')
		FROM jsonb_each(coalesce(patch, '{}')) AS p(k, v));
END $$;

-- Field errors for ratings of competencies that the rubric version does not have; NULL: none.
CREATE FUNCTION unknown_ratings(rubric uuid, ratings jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	strangers jsonb;
BEGIN
	SELECT coalesce(ratings, '{}') - coalesce(array_agg(c.competency_id::text), '{}') INTO strangers
	FROM rubric_criteria c WHERE c.organization_id = org() AND c.rubric_version_id = rubric;
	IF strangers = '{}' THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT jsonb_agg(jsonb_build_object('pointer', '/ratings/' || k, 'rule', 'unknown_competency',
			'detail', 'is not a competency of the rubric of this role') ORDER BY k)
		FROM jsonb_object_keys(strangers) AS k);
END $$;

-- Field errors for what a submission still lacks; NULL: it is complete.
CREATE FUNCTION scorecard_gaps(stage uuid, rubric uuid, recommendation text, ratings jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	-- The usual case, in one look: everything is rated, whether this stage asks for it or not.
	IF recommendation IS NOT NULL AND (SELECT bool_and(coalesce(
			(r.value IS NOT NULL OR r.rating -> 'not_assessed' = 'true')
			AND (coalesce(r.rating ->> 'evidence', '') ~ '\S' OR r.value IS NULL
				OR (r.value NOT IN (1, 5) AND r.value >= coalesce(c.must_have_level, 0))), false))
		FROM rubric_criteria c,
			LATERAL (SELECT ratings -> c.competency_id::text AS rating,
				(ratings -> c.competency_id::text ->> 'value')::integer AS value) AS r
		WHERE c.organization_id = org() AND c.rubric_version_id = rubric)
	THEN
		RETURN NULL;
	END IF;
	RETURN (
	WITH criteria AS (
		SELECT c.competency_id, c.must_have_level, c.position, k.name,
			EXISTS (SELECT FROM stage_competencies s WHERE s.organization_id = org()
				AND s.stage_id = stage AND s.competency_id = c.competency_id)
			OR NOT EXISTS (SELECT FROM stage_competencies s JOIN rubric_criteria o
				ON o.organization_id = s.organization_id AND o.competency_id = s.competency_id
				AND o.rubric_version_id = rubric
				WHERE s.organization_id = org() AND s.stage_id = stage) AS focus,
			(ratings -> c.competency_id::text ->> 'value')::integer AS value,
			coalesce((ratings -> c.competency_id::text ->> 'not_assessed')::boolean, false) AS not_assessed,
			coalesce(ratings -> c.competency_id::text ->> 'evidence', '') !~ '\S' AS bare
		FROM rubric_criteria c
		JOIN competencies k ON k.organization_id = c.organization_id AND k.id = c.competency_id
		WHERE c.organization_id = org() AND c.rubric_version_id = rubric
	), gaps AS (
		SELECT position, '/ratings/' || competency_id AS pointer, 'required' AS rule,
			name || ' needs a rating, or "not assessed"' AS detail
		FROM criteria WHERE focus AND value IS NULL AND NOT not_assessed
		UNION ALL
		SELECT position, '/ratings/' || competency_id || '/evidence', 'evidence_required',
			name || ' needs evidence, because '
				|| CASE WHEN value < must_have_level THEN 'the must-have would not be met'
					ELSE 'it is rated ' || value END
		FROM criteria WHERE bare AND (value IN (1, 5) OR value < must_have_level)
		UNION ALL
		SELECT 1000, '/recommendation', 'required', 'A recommendation is needed'
		WHERE recommendation IS NULL
	)
	SELECT jsonb_agg(jsonb_build_object('pointer', pointer, 'rule', rule, 'detail', detail)
		ORDER BY position, pointer) FROM gaps);
END $$;

-- What a submission keeps: the content as it was given.
-- Stable, as jsonb_build_object is: else it would not be inlined.
CREATE FUNCTION scorecard_content(s scorecards) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('rubric_version_id', s.rubric_version_id, 'ratings', s.ratings,
		'recommendation', s.recommendation, 'key_takeaways', s.key_takeaways,
		'private_note', s.private_note)
$$;

-- Others' submitted scorecards of an application that the actor can read now, or could before they
-- came to owe what they owe: a recruiter who is assigned late, an interviewer of two stages.
-- [{id, revision}]
CREATE FUNCTION could_see(application uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	team_part text;
	uninvited boolean; -- reads without being an interviewer
	kept boolean; -- at all times, by an interview that closes the whole application
BEGIN
	SELECT m.part, coalesce(m.part IN ('hiring_manager', 'observer'), false)
		OR actor_level() = 'admin'
		OR (actor_level() = 'recruiter' AND (NOT r.confidential OR m.part IS NOT NULL)),
		(SELECT min(m.since) FILTER (WHERE m.submitted_at IS NULL
				AND m.independence = 'application') <= coalesce(min(m.submitted_at), 'infinity')
			FROM (SELECT ii.created_at AS since, t.independence, (SELECT c.submitted_at
					FROM scorecards c WHERE c.organization_id = org()
						AND c.interview_id = ii.interview_id AND c.author_id = actor()) AS submitted_at
				FROM interview_interviewers ii
				JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
				JOIN stages t ON t.organization_id = ii.organization_id AND t.id = ii.stage_id
				WHERE ii.organization_id = org() AND ii.user_id = actor()
					AND ii.application_id = application AND ii.part = 'interviewer'
					AND ii.status = 'assigned' AND i.status = 'scheduled' OFFSET 0) AS m)
	INTO team_part, uninvited, kept
	FROM applications a JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	LEFT JOIN hiring_team_members m ON m.organization_id = a.organization_id
		AND m.role_id = a.role_id AND m.user_id = actor()
	WHERE a.organization_id = org() AND a.id = application;
	-- An interviewer as most are. Says nothing by its time: it looks at the actor's own only.
	IF kept AND NOT uninvited THEN
		RETURN '[]';
	END IF;

	RETURN (
	WITH mine AS (
		SELECT ii.stage_id, t.independence, ii.created_at AS since, (SELECT c.submitted_at
			FROM scorecards c WHERE c.organization_id = org() AND c.interview_id = ii.interview_id
				AND c.author_id = actor()) AS submitted_at
		FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		JOIN stages t ON t.organization_id = ii.organization_id AND t.id = ii.stage_id
		WHERE ii.organization_id = org() AND ii.user_id = actor()
			AND ii.application_id = application AND ii.part = 'interviewer'
			AND ii.status = 'assigned' AND i.status = 'scheduled'
	)
	SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'revision', s.revision)
		ORDER BY s.id), '[]')
	FROM scorecards s
	WHERE s.organization_id = org() AND s.application_id = application
		AND s.author_id <> actor() AND s.status = 'submitted'
		AND (EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = org()
				AND r.application_id = application AND r.stage_id = s.stage_id)
			-- Since it was submitted there was a moment in which nothing kept them from it.
			OR NOT (SELECT coalesce(range_agg(k.kept), '{}') FROM (
					SELECT tstzrange(m.since, greatest(m.since, coalesce(m.submitted_at, 'infinity')))
					FROM mine m WHERE m.stage_id = s.stage_id AND (m.independence <> 'open'
							OR team_part = 'hiring_manager')
						OR (m.independence = 'application'
							AND team_part IS DISTINCT FROM 'hiring_manager')
					UNION ALL
					SELECT tstzrange(NULL, coalesce((SELECT min(m.submitted_at) FROM mine m),
						'infinity')) WHERE NOT uninvited
				) AS k (kept)) @> tstzrange(s.submitted_at, greatest(s.submitted_at, now()), '[]'))
	);
END $$;

-- Private notes are for their author, recruiters, admins and the role's hiring managers.
CREATE FUNCTION reads_private_notes(role uuid, author uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_kind() IS DISTINCT FROM 'user' THEN
		RETURN false;
	ELSIF author = actor() OR actor_level() IN ('admin', 'recruiter') THEN
		RETURN true;
	END IF;
	RETURN EXISTS (SELECT FROM hiring_team_members m WHERE m.organization_id = org()
		AND m.role_id = role AND m.user_id = actor() AND m.part = 'hiring_manager');
END $$;

-- Until when its author may take a submitted scorecard back: ten minutes, but not once it was
-- amended, nor when a colleague's submission on the application can be read since. Says the same
-- within the statement that submits and after it: what still hides a colleague's is another
-- interview that the author owes.
CREATE FUNCTION take_back_until(card uuid, interview uuid, application uuid, author uuid,
	submitted timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF submitted IS NULL OR author IS DISTINCT FROM actor() OR actor_kind() <> 'user' THEN
		RETURN NULL;
	END IF;
	-- Most have no other interview there, which is told without a colleague's row being read.
	IF EXISTS (SELECT FROM interview_interviewers ii WHERE ii.organization_id = org()
			AND ii.user_id = author AND ii.application_id = application
			AND ii.interview_id <> interview)
	THEN
		IF EXISTS (SELECT FROM scorecards o
			JOIN scorecard_revisions v ON v.organization_id = o.organization_id
				AND v.scorecard_id = o.id
			WHERE o.organization_id = org() AND o.application_id = application
				AND o.author_id <> author
				AND NOT EXISTS (SELECT FROM my_owed_interviews w
					WHERE w.organization_id = org() AND w.application_id = application
						AND w.interview_id <> interview
						AND (w.independence = 'application'
							OR (w.independence = 'stage' AND w.stage_id = o.stage_id)
							-- A hiring manager is kept from other stages, too.
							OR EXISTS (SELECT FROM hiring_team_members m
								WHERE m.organization_id = org() AND m.role_id = o.role_id
									AND m.user_id = author AND m.part = 'hiring_manager'))))
		THEN
			RETURN NULL;
		END IF;
	ELSIF EXISTS (SELECT FROM scorecards o
		JOIN scorecard_revisions v ON v.organization_id = o.organization_id
			AND v.scorecard_id = o.id
		WHERE o.organization_id = org() AND o.application_id = application
			AND o.author_id <> author)
	THEN
		RETURN NULL;
	END IF;
	IF EXISTS (SELECT FROM scorecard_revisions v WHERE v.organization_id = org()
		AND v.scorecard_id = card AND v.kind = 'amendment')
	THEN
		RETURN NULL;
	END IF;
	RETURN submitted + interval '10 minutes';
END $$;
