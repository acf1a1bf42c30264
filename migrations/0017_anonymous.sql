-- Anonymous stages, whose reviewers do not know whose work they judge until they have judged it;
-- attachments of scorecards; scorecards that assess nothing; what programs may open to themselves.

-- ---- anonymous stages -------------------------------------------------------------------------

ALTER TABLE stages ADD COLUMN anonymous boolean NOT NULL DEFAULT false;

-- Applications whose candidate the actor does not know: those that they still are to judge in an
-- anonymous stage, and those that may come to them, as one of the stage's default interviewers,
-- while the stage is still ahead. Who runs the process knows everyone: recruiters, admins, programs
-- and the role's hiring managers. Like my_owed_interviews this looks at assignments and the actor's
-- own scorecards only.
CREATE VIEW my_masked_applications WITH (security_invoker = true) AS
	SELECT ii.organization_id, ii.application_id
	FROM interview_interviewers ii
	JOIN stages t ON t.organization_id = ii.organization_id AND t.id = ii.stage_id AND t.anonymous
	JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
	JOIN applications a ON a.organization_id = ii.organization_id AND a.id = ii.application_id
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	WHERE ii.organization_id = org() AND actor_level() = 'member' AND ii.user_id = actor()
		AND ii.status = 'assigned' AND CASE ii.part
			WHEN 'interviewer' THEN (i.status = 'scheduled' OR i.cancelled_by = actor())
				AND (SELECT s.status = 'submitted' FROM scorecards s
					WHERE s.organization_id = ii.organization_id
						AND s.interview_id = ii.interview_id AND s.author_id = actor()) IS NOT TRUE
			-- Who only listens gives no scorecard: they know once the stage is behind.
			ELSE i.status = 'scheduled' AND a.status IN ('active', 'paused')
				AND now_in.plan_id = t.plan_id AND now_in.position <= t.position
		END
		AND (SELECT m.part FROM hiring_team_members m WHERE m.organization_id = a.organization_id
			AND m.role_id = a.role_id AND m.user_id = actor()) IS DISTINCT FROM 'hiring_manager'
	UNION ALL
	SELECT a.organization_id, a.id
	FROM stage_interviewers d
	JOIN stages t ON t.organization_id = d.organization_id AND t.id = d.stage_id AND t.anonymous
	JOIN applications a ON a.organization_id = t.organization_id AND a.plan_id = t.plan_id
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	WHERE d.organization_id = org() AND actor_level() = 'member' AND d.user_id = actor()
		AND a.status IN ('active', 'paused') AND coalesce(now_in.position, 0) <= t.position
		AND (SELECT true FROM scorecards s WHERE s.organization_id = a.organization_id
			AND s.application_id = a.id AND s.stage_id = t.id AND s.author_id = actor()
			AND s.status = 'submitted' LIMIT 1) IS NOT TRUE
		AND (SELECT m.part FROM hiring_team_members m WHERE m.organization_id = a.organization_id
			AND m.role_id = a.role_id AND m.user_id = actor()) IS DISTINCT FROM 'hiring_manager';

CREATE FUNCTION is_masked(application uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_level() IS DISTINCT FROM 'member' THEN
		RETURN false;
	END IF;
	RETURN EXISTS (SELECT FROM my_masked_applications m
		WHERE m.organization_id = org() AND m.application_id = application);
END $$;

-- What stands for an application, and for what belongs to it, before one reviewer: always the same
-- for them, another for everyone else, and to be had from the candidate's own key alone, which an
-- erasure deletes.
CREATE FUNCTION pseudonym(application uuid, what text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT candidate_digest(a.candidate_id, concat('pseudonym ', what, ' ', actor()))
		FROM applications a WHERE a.organization_id = org() AND a.id = application);
END $$;

CREATE FUNCTION shown_application(application uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT is_masked(application) THEN
		RETURN application;
	END IF;
	-- Of version 8, which is for such ids.
	RETURN overlay(overlay(left(pseudonym(application, application::text), 32)
		PLACING '8' FROM 13 FOR 1) PLACING 'a' FROM 17 FOR 1)::uuid;
END $$;

CREATE FUNCTION shown_candidate(application uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF is_masked(application) THEN
		RETURN 'Candidate ' || upper(left(pseudonym(application, application::text), 5));
	END IF;
	RETURN (SELECT c.name FROM applications a JOIN candidates c
			ON c.organization_id = a.organization_id AND c.id = a.candidate_id
		WHERE a.organization_id = org() AND a.id = application);
END $$;

-- The moment as a reviewer is shown it, and sorts by it: its day, and within that day an order that
-- is their own.
CREATE FUNCTION shown_day(application uuid, t timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE WHEN is_masked(application) THEN date_trunc('day', t, 'UTC') ELSE t END;
END $$;
CREATE FUNCTION shuffled(application uuid, interview uuid, t timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT is_masked(application) OR t = 'infinity' THEN
		RETURN t;
	END IF;
	RETURN date_trunc('day', t, 'UTC') + interval '1 second'
		* (('x' || left(pseudonym(application, interview::text), 6))::bit(24)::integer % 86400);
END $$;

-- Whether an author came to know by their submission whose work it is: it is not taken back then.
CREATE FUNCTION knows_since(stage uuid, role uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_level() IS DISTINCT FROM 'member' THEN
		RETURN false;
	END IF;
	RETURN (SELECT t.anonymous FROM stages t WHERE t.organization_id = org() AND t.id = stage)
		AND (SELECT m.part FROM hiring_team_members m WHERE m.organization_id = org()
			AND m.role_id = role AND m.user_id = actor()) IS DISTINCT FROM 'hiring_manager';
END $$;

-- What an interview shows beside its own row, in eight characters: its entity tag changes with it.
CREATE FUNCTION interview_variant(interview uuid, application uuid, role uuid, stage uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN left(md5(concat_ws('|', shown_candidate(application), (SELECT r.title FROM roles r
			WHERE r.organization_id = org() AND r.id = role), (SELECT t.name FROM stages t
			WHERE t.organization_id = org() AND t.id = stage), (SELECT s.id || s.status
			FROM scorecards s WHERE s.organization_id = org() AND s.interview_id = interview
				AND s.author_id = actor()), (SELECT string_agg(u.name, '|' ORDER BY u.id)
			FROM interview_interviewers ii JOIN users u ON u.organization_id = ii.organization_id
				AND u.id = ii.user_id
			WHERE ii.organization_id = org() AND ii.interview_id = interview))), 8);
END $$;

-- The views by which all else is read leave out what is masked: a reviewer finds no candidate, no
-- application, note, document, decision, and no one's scorecard of it.
CREATE OR REPLACE VIEW visible_applications WITH (security_invoker = true) AS
	SELECT a.* FROM applications a
	WHERE a.organization_id = org()
		AND (actor_level() IN ('admin', 'system')
			OR (actor_level() IN ('recruiter', 'client')
				AND (SELECT NOT r.confidential FROM roles r
					WHERE r.organization_id = a.organization_id AND r.id = a.role_id))
			OR (((SELECT true FROM hiring_team_members m
					WHERE m.organization_id = a.organization_id AND m.role_id = a.role_id
						AND m.user_id = actor())
				OR (SELECT true FROM interview_interviewers ii
					WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
						AND ii.user_id = actor() LIMIT 1))
				AND (SELECT true FROM my_masked_applications k
					WHERE k.organization_id = a.organization_id AND k.application_id = a.id
					LIMIT 1) IS NOT TRUE));

CREATE OR REPLACE VIEW my_applications WITH (security_invoker = true) AS
	SELECT x.id, x.candidate_id, x.organization_id FROM (
		SELECT a.id, a.candidate_id, a.organization_id FROM hiring_team_members m
		JOIN applications a ON a.organization_id = m.organization_id AND a.role_id = m.role_id
		WHERE m.organization_id = org() AND m.user_id = actor()
		UNION
		SELECT a.id, a.candidate_id, a.organization_id FROM interview_interviewers ii
		JOIN applications a ON a.organization_id = ii.organization_id AND a.id = ii.application_id
		WHERE ii.organization_id = org() AND ii.user_id = actor()) x
	WHERE (SELECT true FROM my_masked_applications k
		WHERE k.organization_id = x.organization_id AND k.application_id = x.id LIMIT 1) IS NOT TRUE;

-- Interviews that the actor may read: those of applications that they may see, and their own.
CREATE VIEW reachable_interviews WITH (security_invoker = true) AS
	SELECT i.organization_id, i.id FROM interviews i
	WHERE i.organization_id = org()
		AND ((SELECT true FROM visible_applications v
				WHERE v.organization_id = i.organization_id AND v.id = i.application_id)
			OR (SELECT true FROM interview_interviewers ii
				WHERE ii.organization_id = i.organization_id AND ii.interview_id = i.id
					AND ii.user_id = actor()));
-- The same for a member, found from what they are on: for lists.
CREATE VIEW my_interviews WITH (security_invoker = true) AS
	SELECT ii.organization_id, ii.interview_id AS id FROM interview_interviewers ii
	WHERE ii.organization_id = org() AND ii.user_id = actor()
	UNION
	SELECT i.organization_id, i.id FROM my_applications a
	JOIN interviews i ON i.organization_id = a.organization_id AND i.application_id = a.id;
GRANT SELECT ON my_masked_applications, reachable_interviews, my_interviews TO assay_app;

-- What may repeat scorecards stays as closed as before, though its application is masked.
CREATE OR REPLACE VIEW visible_notes WITH (security_invoker = true) AS
	SELECT n.* FROM notes n
	WHERE n.organization_id = org()
		AND (SELECT true FROM visible_candidates c
			WHERE c.organization_id = n.organization_id AND c.id = n.candidate_id)
		AND (n.application_id IS NULL OR (SELECT true FROM visible_applications a
			WHERE a.organization_id = n.organization_id AND a.id = n.application_id))
		AND ((n.author_id = actor() AND actor_kind() = 'user')
			OR NOT EXISTS (SELECT FROM unnest(candidates_once_one(n.candidate_id)) AS p(id)
				JOIN applications a ON a.organization_id = n.organization_id
					AND a.candidate_id = p.id
				JOIN stages t ON t.organization_id = a.organization_id AND t.plan_id = a.plan_id
				WHERE (n.application_id IS NULL OR a.id = n.application_id)
					AND (SELECT min(i.created_at) FROM interviews i
						WHERE i.organization_id = a.organization_id AND i.application_id = a.id)
						<= coalesce(n.edited_at, n.created_at)
					AND ((SELECT true FROM visible_applications v
							WHERE v.organization_id = a.organization_id AND v.id = a.id)
						OR is_masked(a.id))
					AND NOT EXISTS (SELECT FROM readable_stages r
						WHERE r.organization_id = a.organization_id
							AND r.application_id = a.id AND r.stage_id = t.id)));

-- ---- what programs may open to themselves -------------------------------------------------------

-- Outside eyes see a stage once it is behind the application or the application has ended, and that
-- counts only if a person brought it about: a program could otherwise move or end an application,
-- read what is sealed, and set it back. Without a person's word a stage opens when nobody owes a
-- scorecard in it any more.
CREATE FUNCTION closed_by_person(application uuid, of_status boolean) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT m.actor_kind <> 'client' FROM application_moves m
		WHERE m.organization_id = org() AND m.application_id = application
			AND CASE WHEN of_status THEN m.from_status IS DISTINCT FROM m.to_status
				ELSE m.from_stage_id IS DISTINCT FROM m.to_stage_id
					OR m.from_plan_id IS DISTINCT FROM m.to_plan_id END
		ORDER BY m.created_at DESC, m.id DESC LIMIT 1), false);
END $$;

-- As in 0016, with both of the above.
CREATE OR REPLACE VIEW independent_stages WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id, t.id AS stage_id,
		actor_kind() = 'user' AND actor_level() NOT IN ('admin', 'recruiter')
			AND coalesce(m.part, '') NOT IN ('hiring_manager', 'observer') AS as_interviewer
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	CROSS JOIN LATERAL (
		SELECT p.id, p.position FROM stages p
		WHERE p.organization_id = a.organization_id AND p.plan_id = a.plan_id
		UNION ALL
		SELECT l.stage_id, 0 FROM application_left_stages l
		WHERE l.organization_id = a.organization_id AND l.application_id = a.id) t
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	LEFT JOIN hiring_team_members m ON m.organization_id = a.organization_id
		AND m.role_id = a.role_id AND m.user_id = actor()
	WHERE a.organization_id = org()
	AND (NOT r.confidential OR actor_level() = 'admin' OR m.user_id IS NOT NULL)
	AND CASE
		WHEN actor_kind() = 'client' THEN
			NOT EXISTS (SELECT FROM owed_scorecards o
				WHERE o.organization_id = a.organization_id
					AND o.application_id = a.id AND o.stage_id = t.id)
			OR (a.status NOT IN ('active', 'paused') AND closed_by_person(a.id, true))
			OR (t.position < now_in.position AND closed_by_person(a.id, false))
		WHEN actor_kind() = 'user' THEN
			(actor_level() IN ('admin', 'recruiter') OR m.part IN ('hiring_manager', 'observer')
				OR EXISTS (SELECT FROM interview_interviewers ii
					JOIN interviews i ON i.organization_id = ii.organization_id
						AND i.id = ii.interview_id
					WHERE ii.organization_id = a.organization_id AND ii.application_id = a.id
						AND ii.user_id = actor() AND ii.part = 'interviewer'
						AND ((ii.status = 'assigned' AND i.status = 'scheduled')
							OR (SELECT s.status = 'submitted' FROM scorecards s
								WHERE s.organization_id = ii.organization_id
									AND s.interview_id = ii.interview_id
									AND s.author_id = actor()))))
			AND NOT EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = a.organization_id AND o.application_id = a.id
				AND CASE
					WHEN m.part = 'hiring_manager' THEN o.stage_id = t.id
						OR t.position >= coalesce(now_in.position, 0)
					WHEN o.independence = 'application' THEN true
					WHEN o.independence = 'stage' THEN o.stage_id = t.id
					ELSE false
				END)
			AND (SELECT true FROM my_masked_applications k
				WHERE k.organization_id = a.organization_id AND k.application_id = a.id
				LIMIT 1) IS NOT TRUE
		ELSE false
	END;

CREATE OR REPLACE VIEW visible_level_observations WITH (security_invoker = true) AS
	SELECT l.* FROM level_observations l
	JOIN applications a ON a.organization_id = l.organization_id AND a.id = l.application_id
	WHERE l.organization_id = org() AND ((l.observer_id = actor() AND actor_kind() = 'user')
		OR (EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = l.organization_id
				AND r.application_id = l.application_id)
			AND CASE WHEN actor_kind() = 'user' THEN
				NOT EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id AND o.independence <> 'open')
				AND NOT EXISTS (SELECT FROM owed_scorecards o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id AND o.user_id = l.observer_id)
			ELSE (a.status NOT IN ('active', 'paused') AND closed_by_person(a.id, true))
				OR NOT EXISTS (SELECT FROM owed_scorecards o
					WHERE o.organization_id = l.organization_id
						AND o.application_id = l.application_id)
			END));

-- ---- handovers across plans ---------------------------------------------------------------------

-- Does a stage come before another one on an application's way? Within a plan its position tells;
-- stages that were left with their plan lie before all of the present one.
CREATE FUNCTION stage_precedes(application uuid, earlier uuid, later uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN e.plan_id = l.plan_id THEN e.position < l.position
			ELSE e.plan_id <> a.plan_id AND l.plan_id = a.plan_id END
		FROM applications a, stages e, stages l
		WHERE a.organization_id = org() AND a.id = application
			AND e.organization_id = org() AND e.id = earlier
			AND l.organization_id = org() AND l.id = later);
END $$;

CREATE OR REPLACE VIEW readable_handovers WITH (security_invoker = true) AS
	SELECT h.* FROM handovers h
	WHERE h.organization_id = org()
		AND ((h.author_id = actor() AND actor_kind() = 'user')
			OR EXISTS (SELECT FROM readable_stages r WHERE r.organization_id = h.organization_id
				AND r.application_id = h.application_id AND r.stage_id = h.stage_id)
			-- To whoever judges anonymously nothing passes: a note may name whom it is about.
			OR (NOT is_masked(h.application_id)
				AND EXISTS (SELECT FROM interview_interviewers ii
					JOIN interviews i ON i.organization_id = ii.organization_id
						AND i.id = ii.interview_id
					WHERE ii.organization_id = h.organization_id
						AND ii.application_id = h.application_id AND ii.user_id = actor()
						AND ii.part = 'interviewer' AND ii.status = 'assigned'
						AND i.status = 'scheduled'
						AND stage_precedes(h.application_id, h.stage_id, ii.stage_id))
				AND NOT EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = h.organization_id
						AND o.application_id = h.application_id AND o.stage_id = h.stage_id)));

-- ---- a document without the person ----------------------------------------------------------------

-- A text without what names or reaches its candidate: their name's parts, wherever they stand, also
-- glued together as in a handle; e-mail addresses, links and telephone numbers, whoever's they are.
-- Not recognised are hints that only a reader understands: employers, schools, a town, a project.
CREATE FUNCTION redacted(candidate uuid, said text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	c candidates%ROWTYPE;
	parts text[];
	glued text[];
	digits text;
	out text := said;
	word text;
BEGIN
	SELECT * INTO c FROM candidates x WHERE x.organization_id = org() AND x.id = candidate;
	IF said IS NULL OR c.id IS NULL OR c.erased_at IS NOT NULL THEN
		RETURN NULL;
	END IF;
	out := regexp_replace(out, '[[:alnum:]._%+''-]+@[[:alnum:].-]+', '[e-mail]', 'g');
	out := regexp_replace(out, '(https?://|www\.)[^\s<>"()]+', '[link]', 'gi');
	out := regexp_replace(out, '\m[[:alnum:]-]+(\.[[:alnum:]-]+)*\.(com|org|net|io|dev|me|co|ai|app|eu'
		'|de|fr|uk|ch|at|in|us|info|tech|blog|page)(/[^\s<>"()]*)?(?![[:alnum:]])', '[link]', 'gi');
	out := regexp_replace(out, '(^|\s)@[[:alnum:]_.-]+', '\1[handle]', 'g');
	digits := substring(regexp_replace(c.phone, '[^0-9]', '', 'g') FROM '[0-9]{5,9}$');
	IF digits IS NOT NULL THEN
		out := regexp_replace(out, '(\+?[0-9(][0-9 ()./-]{0,8})?' || array_to_string(
			regexp_split_to_array(digits, ''), '[ ()./-]{0,3}'), '[telephone]', 'g');
	END IF;
	out := regexp_replace(out, '(\+[0-9]|\m00[1-9]|\([0-9])[0-9 ()./-]{5,18}[0-9]', '[telephone]', 'g');
	out := regexp_replace(out, '\m[0-9]{3,5}[ ./-][0-9]{3,4}[ ./-]?[0-9]{3,5}\M', '[telephone]', 'g');

	SELECT array_agg(DISTINCT p) INTO parts FROM regexp_split_to_table(fold(c.name), '[^[:alnum:]]+') AS p
	WHERE char_length(p) >= 2;
	SELECT array_agg(DISTINCT left(a.p, 1) || b.p) || array_agg(DISTINCT a.p || left(b.p, 1)) INTO glued
	FROM unnest(parts) AS a(p), unnest(parts) AS b(p) WHERE a.p <> b.p;
	FOR word IN
		SELECT DISTINCT m[1] FROM regexp_matches(out, '([[:alpha:]]{2,})', 'g') AS m
		WHERE fold(m[1]) = ANY (parts || coalesce(glued, '{}'))
			OR EXISTS (SELECT FROM unnest(parts) AS p WHERE char_length(p) >= 4
				AND strpos(fold(m[1]), p) > 0)
	LOOP
		-- Words are letters alone, and mean themselves in a pattern.
		out := regexp_replace(out, '(?<![[:alpha:]])' || word || '(?![[:alpha:]])', '[name]', 'g');
	END LOOP;
	RETURN out;
END $$;

-- ---- scorecards that assess nothing -----------------------------------------------------------------

-- As in 0010. A scorecard without a single rating says nothing on which anyone could be judged: its
-- recommendation can only be "no decision", and its take-aways say why.
CREATE FUNCTION scorecard_gaps(stage uuid, rubric uuid, recommendation text, ratings jsonb, focus uuid[],
	takeaways text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	gaps jsonb := scorecard_gaps(stage, rubric, recommendation, ratings, focus);
BEGIN
	IF gaps IS NOT NULL OR jsonb_path_exists(ratings, '$.*.value ? (@ != null)') THEN
		RETURN gaps;
	ELSIF recommendation <> 'no_decision' THEN
		RETURN jsonb_build_array(jsonb_build_object('pointer', '/recommendation',
			'rule', 'nothing_assessed', 'detail', 'Nothing was assessed, so that only "no decision"'
			' can follow: rate at least one competency, or choose that and say why'));
	ELSIF coalesce(takeaways, '') !~ '\S' THEN
		RETURN jsonb_build_array(jsonb_build_object('pointer', '/key_takeaways',
			'rule', 'nothing_assessed', 'detail', 'Nothing was assessed: the key take-aways say why'));
	END IF;
	RETURN NULL;
END $$;

-- ---- attachments ------------------------------------------------------------------------------------

-- A photo of the whiteboard, code, notes: part of a scorecard, seen and locked as it is.
CREATE TABLE attachments (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	scorecard_id    uuid NOT NULL,
	filename        text CHECK (char_length(filename) BETWEEN 1 AND 200),
	media_type      text NOT NULL CHECK (media_type IN
		('image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain')),
	content         bytea NOT NULL,
	size_bytes      integer NOT NULL CHECK (size_bytes BETWEEN 1 AND 10485760),
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, scorecard_id) REFERENCES scorecards
);
-- Pictures and PDFs are compressed already.
ALTER TABLE attachments ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX attachments_list ON attachments (organization_id, scorecard_id, created_at DESC, id DESC);
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON attachments TO assay_app USING (organization_id = org())
	WITH CHECK (organization_id = org());
CREATE POLICY erasure ON attachments TO assay_owner USING (organization_id = org());
CREATE POLICY backup ON attachments FOR SELECT TO assay_backup USING (true);
GRANT SELECT ON attachments TO assay_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON attachments TO assay_app;

-- Whether one is added to, or taken from, a draft of a candidate who is still there. The look takes a
-- share of the scorecard, so that a submission and an attachment cannot pass each other.
CREATE FUNCTION refuse_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	card record;
BEGIN
	IF current_user = 'assay_owner' THEN
		RETURN coalesce(NEW, OLD);
	END IF;
	SELECT s.status, s.application_id INTO card FROM scorecards s
	WHERE s.organization_id = coalesce(NEW.organization_id, OLD.organization_id)
		AND s.id = coalesce(NEW.scorecard_id, OLD.scorecard_id)
	FOR SHARE;
	IF card.status <> 'draft' THEN
		RAISE EXCEPTION 'the scorecard is locked'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attachment_locked';
	END IF;
	PERFORM FROM applications a JOIN candidates c
		ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE a.organization_id = coalesce(NEW.organization_id, OLD.organization_id)
		AND a.id = card.application_id AND c.erased_at IS NULL
	FOR KEY SHARE OF c;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the candidate was erased'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'candidate_erased';
	END IF;
	RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER attachments_locked BEFORE INSERT OR UPDATE OR DELETE ON attachments
	FOR EACH ROW EXECUTE FUNCTION refuse_locked();

-- A submission covers its attachments: by their digests, which the revision's own digest covers.
-- Volatile, so that it sees what was committed while the statement waited for the scorecard.
CREATE FUNCTION attachment_digests(card uuid) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'digest', a.digest) ORDER BY a.id)
		FROM attachments a WHERE a.organization_id = org() AND a.scorecard_id = card);
END $$;
CREATE OR REPLACE FUNCTION scorecard_content(s scorecards) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
	SELECT jsonb_build_object('rubric_version_id', s.rubric_version_id, 'ratings', s.ratings,
		'recommendation', s.recommendation, 'key_takeaways', s.key_takeaways,
		'private_note', s.private_note)
		|| CASE WHEN k.found IS NULL THEN '{}' ELSE jsonb_build_object('attachments', k.found) END
	FROM (SELECT attachment_digests(s.id) AS found) AS k
$$;

-- They go with the candidate. So do answers that name a stand-in instead of the application.
CREATE FUNCTION erase_candidate_attachments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM attachments x USING scorecards s, applications a
	WHERE x.organization_id = NEW.organization_id AND s.organization_id = NEW.organization_id
		AND a.organization_id = NEW.organization_id AND s.id = x.scorecard_id
		AND a.id = s.application_id AND a.candidate_id = NEW.id;
	DELETE FROM idempotency_keys k USING interviews i, applications a
	WHERE k.organization_id = NEW.organization_id AND i.organization_id = NEW.organization_id
		AND a.organization_id = NEW.organization_id AND a.id = i.application_id
		AND a.candidate_id = NEW.id
		AND (strpos(array_to_string(k.answer, ' ') || k.scope, i.id::text) > 0
			OR EXISTS (SELECT FROM scorecards s WHERE s.organization_id = NEW.organization_id
				AND s.interview_id = i.id
				AND strpos(array_to_string(k.answer, ' ') || k.scope, s.id::text) > 0));
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_attachments AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_attachments();

-- ---- the linter ---------------------------------------------------------------------------------

-- As in 0008, with a rule of ours.
CREATE OR REPLACE FUNCTION lint_rules() RETURNS TABLE ("position" integer, rule text, severity text, source text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	VALUES
	( 1, 'stage_without_instructions',   'blocking', '003'),
	( 2, 'work_sample_too_long',         'blocking', '003'),
	( 3, 'dry_run_missing',              'blocking', '003'),
	( 4, 'plan_over_budget',             'blocking', 'assay'),
	( 5, 'algorithm_heavy',              'warning',  '002'),
	( 6, 'ignoring_operations',          'warning',  '002'),
	( 7, 'language_purism',              'warning',  '002'),
	( 8, 'undervaluing_communication',   'warning',  '002'),
	( 9, 'skipping_production_scenarios', 'warning', '002'),
	(10, 'single_trick',                 'warning',  '003'),
	(11, 'no_lived_example',             'warning',  '003'),
	(12, 'must_have_uncovered',          'warning',  'assay'),
	(13, 'competency_covered_once',      'warning',  'assay'),
	(14, 'stage_superfluous',            'warning',  'assay'),
	(15, 'name_in_view',                 'warning',  'assay')
$$;

-- Work that can be judged without its author being there is judged without knowing who that is.
CREATE FUNCTION lint_anonymity(plan uuid) RETURNS TABLE (rule text, stage_id uuid, sentence text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT 'name_in_view', t.id, format('Whoever grades "%s" sees whose work it is; made anonymous, '
		'the stage is judged on the work alone.', t.name)
	FROM stages t WHERE t.organization_id = org() AND t.plan_id = plan
		AND t.method = 'work_sample' AND NOT t.anonymous;
END $$;

CREATE OR REPLACE FUNCTION lint_findings(plan uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('rule', f.rule, 'severity', r.severity,
			'sentence', f.sentence, 'stage_id', f.stage_id, 'source', r.source,
			'ours', r.source = 'assay', 'override_id', lint_override(p.role_id, f.rule, f.stage_id))
			ORDER BY r.position, t.position, f.sentence), '[]')
		FROM interview_plans p
		CROSS JOIN LATERAL (SELECT * FROM lint_blocking(p.id) UNION ALL SELECT * FROM lint_questions(p.id)
			UNION ALL SELECT * FROM lint_coverage(p.id) UNION ALL SELECT * FROM lint_anonymity(p.id)) f
		JOIN lint_rules() r USING (rule)
		LEFT JOIN stages t ON t.organization_id = p.organization_id AND t.id = f.stage_id
		WHERE p.organization_id = org() AND p.id = plan);
END $$;
