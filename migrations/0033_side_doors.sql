-- Ways around what is closed: a candidate's link in a colleague's hand, and what events of applications
-- say beside what happened.

-- ---- letters behind links -----------------------------------------------------------------------

-- A letter tells what scorecards add up to. Whoever makes a link for a candidate could look behind it
-- themselves, so it shows none while its maker owes a scorecard there (as in my_owed_interviews), or
-- is a program that may not read yet what the letter rests on (as in independent_stages). A link that
-- came by mail is in the candidate's hands alone.
CREATE FUNCTION link_shows_letter(application uuid, maker uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF maker IS NULL THEN
		RETURN true;
	ELSIF EXISTS (SELECT FROM api_clients c WHERE c.organization_id = org() AND c.id = maker) THEN
		RETURN NOT EXISTS (SELECT FROM owed_to_programs o WHERE o.organization_id = org()
				AND o.application_id = application)
			OR EXISTS (SELECT FROM applications a WHERE a.organization_id = org() AND a.id = application
				AND a.status NOT IN ('active', 'paused') AND closed_by_person(a.id, true));
	END IF;
	RETURN NOT EXISTS (
		SELECT FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		WHERE ii.organization_id = org() AND ii.application_id = application AND ii.user_id = maker
			AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = ii.organization_id
				AND s.interview_id = ii.interview_id AND s.author_id = maker AND s.status = 'submitted')
			AND (i.status = 'scheduled' OR (i.cancelled_by = maker AND NOT EXISTS (SELECT FROM scorecards s
				WHERE s.organization_id = ii.organization_id AND s.author_id = maker
					AND s.application_id = application AND s.stage_id = ii.stage_id
					AND s.status = 'submitted'
					AND s.submitted_at > coalesce(i.cancelled_at, i.updated_at)))));
END $$;

-- ---- what events say ------------------------------------------------------------------------------

-- As in 0015. A screening's verdict and the code of why an application ended may come from what others
-- found: they are as closed as the verdict itself and the history's reasons are.
CREATE OR REPLACE VIEW visible_events WITH (security_invoker = true) AS
	SELECT z.seq, e.organization_id, e.id, e.type, e.object_id, e.application_id, e.actor_kind,
		e.actor_id, CASE
			WHEN NOT e.data ? 'reason_code' OR e.application_id IS NULL OR e.actor_id = actor() THEN e.data
			WHEN actor_level() = 'admin' AND e.application_id <> ALL ((SELECT closed_applications())::uuid[])
				THEN e.data
			WHEN actor_level() = 'client' AND outcome_event_readable(e.application_id) THEN e.data
			ELSE e.data - 'reason_code' END AS data, e.created_at
	FROM event_seals z
	JOIN events e ON e.organization_id = z.organization_id AND e.id = z.event_id
	WHERE z.organization_id = org()
	AND CASE
		WHEN actor_level() = 'admin' AND e.actor_kind = 'user' AND e.actor_id = actor() THEN true
		-- Drafts are the most of all events, and their author's only.
		WHEN e.type IN ('scorecard.created', 'scorecard.saved') THEN false
		WHEN actor_level() = 'admin' THEN CASE
			WHEN (SELECT closed_applications()) = '{}' THEN true
			WHEN e.type LIKE 'note.%' THEN note_event_readable(e.object_id, e.application_id,
				e.data, (SELECT closed_applications()))
			WHEN e.application_id IS NULL THEN e.type !~ '^(scorecard|decision|evaluation|handover|level)\.'
			WHEN e.type ~ '^(application|interview|interviewer)\.' AND e.type <> 'application.screened'
				THEN true
			ELSE e.application_id <> ALL ((SELECT closed_applications())::uuid[])
		END
		WHEN actor_level() = 'client' THEN e.type !~ '^(session|user|api_client)\.'
			AND NOT event_is_confidential(e.object_id, e.data)
			AND (e.application_id IS NULL OR (SELECT true FROM visible_applications a
				WHERE a.organization_id = e.organization_id AND a.id = e.application_id))
			AND CASE
				WHEN e.type LIKE 'note.%' THEN note_event_readable(e.object_id, e.application_id,
					e.data, '{}')
				WHEN e.application_id IS NULL THEN e.type !~ '^(scorecard|decision|evaluation|handover|level)\.'
				WHEN e.type ~ '^(application|interview|interviewer)\.' AND e.type <> 'application.screened'
					THEN true
				WHEN e.type IN ('scorecard.submitted', 'scorecard.amended', 'scorecard.taken_back')
					THEN scorecard_event_readable(e.object_id)
				ELSE outcome_event_readable(e.application_id)
			END
		ELSE false
	END;

-- ---- names as they were asked ---------------------------------------------------------------------

-- As in 0013, with the names that the rubric was published with.
CREATE OR REPLACE FUNCTION drafted_letter(application uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	title text;
	strengths text;
BEGIN
	SELECT r.title INTO title FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	WHERE a.organization_id = org() AND a.id = application;
	WITH rated AS (
		SELECT s.rubric_version_id, e.key::uuid AS competency_id, (e.value ->> 'value')::numeric AS value
		FROM visible_scorecards s CROSS JOIN LATERAL jsonb_each(s.ratings) e
		WHERE s.organization_id = org() AND s.application_id = application
			AND s.status = 'submitted' AND e.value ->> 'value' IS NOT NULL
	), strong AS (
		SELECT c.position, c.competency_name AS name, c.anchors[round(avg(r.value))::integer] AS anchor
		FROM rated r
		JOIN rubric_criteria c ON c.organization_id = org()
			AND c.rubric_version_id = r.rubric_version_id AND c.competency_id = r.competency_id
		GROUP BY c.position, c.competency_name, c.anchors HAVING avg(r.value) >= 3.5
	)
	SELECT string_agg(E'- ' || s.name || ': ' || s.anchor, E'\n' ORDER BY s.position, s.name)
	INTO strengths FROM strong s;
	RETURN left('Thank you for your time and for your interest in the role ' || title || E'.\n\n'
		|| coalesce(E'What stood out to us:\n\n' || strengths || E'\n\n', '')
		|| 'We wish you all the best.', 20000);
END $$;
