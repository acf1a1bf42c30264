-- Interview plans: where a version comes from, its budget of the candidate's time, default
-- interviewers, dry runs, the linter, and what an application leaves behind with its plan.

-- ---- plans and stages -------------------------------------------------------------------------

ALTER TABLE interview_plans
	ADD COLUMN from_plan_id uuid,
	ADD COLUMN template_id text CHECK (char_length(template_id) BETWEEN 1 AND 100),
	-- What all stages together may ask of a candidate.
	ADD COLUMN time_budget_minutes integer NOT NULL DEFAULT 480
		CHECK (time_budget_minutes BETWEEN 30 AND 2400),
	-- Guide 002's exception: where a large code base is in one language, that one may be asked for.
	ADD COLUMN codebase_language text CHECK (char_length(codebase_language) BETWEEN 1 AND 50),
	ADD CONSTRAINT interview_plans_from_fkey FOREIGN KEY (organization_id, from_plan_id)
		REFERENCES interview_plans;

ALTER TABLE stages
	ADD COLUMN optional boolean NOT NULL DEFAULT false,
	-- {"tasks", "skills", "judged_on", "time"}: what the candidate is told, part by part.
	ADD COLUMN candidate_brief jsonb CHECK (jsonb_typeof(candidate_brief) = 'object'),
	ADD COLUMN dry_runs_required smallint NOT NULL DEFAULT 1
		CHECK (dry_runs_required BETWEEN 1 AND 10);

CREATE TABLE stage_interviewers (
	organization_id uuid NOT NULL,
	stage_id        uuid NOT NULL,
	user_id         uuid NOT NULL,
	position        integer NOT NULL CHECK (position BETWEEN 1 AND 20),
	PRIMARY KEY (organization_id, stage_id, user_id),
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages ON DELETE CASCADE,
	CONSTRAINT stage_interviewers_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX stage_interviewers_by_user ON stage_interviewers (organization_id, user_id);

-- Who of the own team tried a work sample before any candidate did.
CREATE TABLE dry_runs (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	stage_id        uuid NOT NULL,
	user_id         uuid NOT NULL,
	minutes         integer NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
	notes           text CHECK (char_length(notes) <= 4000),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages ON DELETE CASCADE,
	CONSTRAINT dry_runs_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX dry_runs_list ON dry_runs (organization_id, stage_id, created_at DESC, id DESC);

-- An admin lets a rule pass for a role, or for one stage of it, and says why. Revoked, never deleted.
CREATE TABLE lint_overrides (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	role_id         uuid NOT NULL,
	stage_id        uuid,
	rule            text NOT NULL CHECK (rule ~ '^[a-z_]{1,60}$'),
	reason          text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 2000),
	created_by      uuid NOT NULL,
	revoked_at      timestamptz,
	revoked_by      uuid,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, role_id) REFERENCES roles,
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages ON DELETE CASCADE,
	FOREIGN KEY (organization_id, created_by) REFERENCES users,
	FOREIGN KEY (organization_id, revoked_by) REFERENCES users
);
CREATE UNIQUE INDEX lint_overrides_active ON lint_overrides (organization_id, role_id, rule, stage_id)
	NULLS NOT DISTINCT WHERE revoked_at IS NULL;
CREATE INDEX lint_overrides_list ON lint_overrides (organization_id, role_id, created_at DESC, id DESC);

-- ---- an application on another plan -------------------------------------------------------------

ALTER TABLE application_moves ADD COLUMN from_plan_id uuid, ADD COLUMN to_plan_id uuid;

-- Stages with interviews that an application left behind with its plan. They count as behind it.
CREATE TABLE application_left_stages (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	stage_id        uuid NOT NULL,
	PRIMARY KEY (organization_id, application_id, stage_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages
);

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['stage_interviewers', 'dry_runs', 'lint_overrides',
		'application_left_stages']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;

-- As in 0002, with the stages that were left behind: their position is in front of every other.
CREATE OR REPLACE VIEW readable_stages WITH (security_invoker = true) AS
	SELECT a.organization_id, a.id AS application_id, t.id AS stage_id
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
			a.status NOT IN ('active', 'paused') OR t.position < now_in.position
			OR NOT EXISTS (SELECT FROM owed_scorecards o
				WHERE o.organization_id = a.organization_id
					AND o.application_id = a.id AND o.stage_id = t.id)
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
						OR (a.status IN ('active', 'paused')
							AND t.position >= coalesce(now_in.position, 0))
					WHEN o.independence = 'application' THEN true
					WHEN o.independence = 'stage' THEN o.stage_id = t.id
					ELSE false
				END)
		ELSE false
	END;

-- Whatever changes an application's plan, what was held before stays with it. The trigger sees what
-- was committed while the statement waited for the application.
CREATE FUNCTION keep_left_stages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM application_left_stages l USING stages t
	WHERE l.organization_id = NEW.organization_id AND l.application_id = NEW.id
		AND t.organization_id = l.organization_id AND t.id = l.stage_id AND t.plan_id = NEW.plan_id;
	INSERT INTO application_left_stages (organization_id, application_id, stage_id)
	SELECT DISTINCT i.organization_id, i.application_id, i.stage_id FROM interviews i
	JOIN stages t ON t.organization_id = i.organization_id AND t.id = i.stage_id
	WHERE i.organization_id = NEW.organization_id AND i.application_id = NEW.id
		AND t.plan_id <> NEW.plan_id
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER applications_left_stages AFTER UPDATE OF plan_id ON applications
	FOR EACH ROW WHEN (OLD.plan_id <> NEW.plan_id) EXECUTE FUNCTION keep_left_stages();

-- An interview is of the plan that its application has when both are there.
CREATE FUNCTION refuse_other_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM applications a JOIN stages t ON t.organization_id = a.organization_id
		AND t.plan_id = a.plan_id AND t.id = NEW.stage_id
	WHERE a.organization_id = NEW.organization_id AND a.id = NEW.application_id
	FOR SHARE OF a;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the application has another plan'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'interview_of_other_plan';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER interviews_of_plan BEFORE INSERT ON interviews
	FOR EACH ROW EXECUTE FUNCTION refuse_other_plan();

-- Whether anyone is kept from others' scorecards of this application by what they owe: as
-- my_owed_interviews, for everyone. Asked only for somebody who owes nothing. Volatile, so that it
-- sees what was committed while the statement waited for the application.
CREATE FUNCTION anyone_owes(application uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN EXISTS (
		SELECT FROM interview_interviewers ii
		JOIN interviews i ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
		JOIN users u ON u.organization_id = ii.organization_id AND u.id = ii.user_id
		WHERE ii.organization_id = org() AND ii.application_id = application
			AND ii.part = 'interviewer' AND ii.status = 'assigned'
			AND NOT EXISTS (SELECT FROM scorecards s WHERE s.organization_id = ii.organization_id
				AND s.interview_id = ii.interview_id AND s.author_id = ii.user_id
				AND s.status = 'submitted')
			AND ((i.status = 'scheduled' AND u.status = 'active')
				OR (i.cancelled_by = ii.user_id AND NOT EXISTS (SELECT FROM scorecards s
					WHERE s.organization_id = ii.organization_id AND s.author_id = ii.user_id
						AND s.application_id = application AND s.stage_id = ii.stage_id
						AND s.status = 'submitted'))));
END $$;

-- Once somebody was interviewed by a plan, its method, focus, order and stages stay as they are:
-- whoever is on it keeps the plan that they started with. Another version is made instead.
CREATE FUNCTION plan_in_use(plan uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM stages t JOIN interviews i ON i.organization_id = t.organization_id
			AND i.stage_id = t.id
		WHERE t.organization_id = org() AND t.plan_id = plan);
END $$;

-- Interviewer notes, questions and dry runs are for those who interview: everyone but members who
-- are neither on the role's team nor assigned to an interview of the stage.
CREATE FUNCTION reads_kit(role uuid, stage uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN actor_level() <> 'member' OR EXISTS (SELECT FROM hiring_team_members m
			WHERE m.organization_id = org() AND m.role_id = role AND m.user_id = actor())
		OR EXISTS (SELECT FROM interview_interviewers ii
			WHERE ii.organization_id = org() AND ii.stage_id = stage AND ii.user_id = actor());
END $$;

-- ---- the linter ---------------------------------------------------------------------------------

-- All rules: what each is called, how it weighs, and where it comes from. A blocking rule's name is
-- also the code of the problem that refuses. Of several the first one names the refusal.
CREATE FUNCTION lint_rules() RETURNS TABLE ("position" integer, rule text, severity text, source text)
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
	(14, 'stage_superfluous',            'warning',  'assay')
$$;

-- What stands in the way of a candidate. Cheap: it is asked for with every interview.
CREATE FUNCTION lint_blocking(plan uuid) RETURNS TABLE (rule text, stage_id uuid, sentence text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT 'stage_without_instructions', t.id, format(CASE
		WHEN t.candidate_brief IS NULL THEN 'The candidate is told nothing of "%s": what is to do, '
			'which skills count, how it is judged and how long it takes.'
		ELSE 'What the candidate is told of "%s" lacks %s.' END, t.name,
			(SELECT string_agg(p.words, ', ' ORDER BY p.at) FROM (VALUES
				(1, 'tasks', 'what is to do'), (2, 'skills', 'which skills count'),
				(3, 'judged_on', 'how it is judged'), (4, 'time', 'how long it takes')
				) AS p (at, part, words)
			 WHERE coalesce(t.candidate_brief ->> p.part, '') !~ '\S'))
	FROM stages t WHERE t.organization_id = org() AND t.plan_id = plan
		AND coalesce(t.candidate_instructions, '') !~ '\S'
		AND EXISTS (SELECT FROM unnest(ARRAY['tasks', 'skills', 'judged_on', 'time']) AS part
			WHERE coalesce(t.candidate_brief ->> part, '') !~ '\S')
	UNION ALL
	SELECT 'work_sample_too_long', t.id, format('"%s" asks for %s minutes; a work sample takes three '
		'hours (180 minutes) at most.', t.name, t.duration_minutes)
	FROM stages t WHERE t.organization_id = org() AND t.plan_id = plan
		AND t.method = 'work_sample' AND t.duration_minutes > 180
	UNION ALL
	SELECT 'dry_run_missing', t.id, format('"%s" was tried %s of %s times by the own team.', t.name,
		d.n, t.dry_runs_required)
	FROM stages t CROSS JOIN LATERAL (SELECT count(*) AS n FROM dry_runs d
		WHERE d.organization_id = t.organization_id AND d.stage_id = t.id) d
	WHERE t.organization_id = org() AND t.plan_id = plan
		AND t.method = 'work_sample' AND d.n < t.dry_runs_required
	UNION ALL
	SELECT 'plan_over_budget', NULL, format('The stages ask for %s minutes; the plan''s budget is %s.',
		m.minutes, p.time_budget_minutes)
	FROM interview_plans p CROSS JOIN LATERAL (SELECT plan_minutes(plan) AS minutes) m
	WHERE p.organization_id = org() AND p.id = plan AND m.minutes > p.time_budget_minutes;
END $$;

-- What a plan asks of a candidate, optional stages included. A reference takes other people's time.
CREATE FUNCTION plan_minutes(plan uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(sum(t.duration_minutes), 0) FROM stages t
		WHERE t.organization_id = org() AND t.plan_id = plan AND t.method <> 'reference');
END $$;

-- The override that lets a finding pass, or NULL.
CREATE FUNCTION lint_override(role uuid, rule_name text, stage uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT o.id FROM lint_overrides o WHERE o.organization_id = org() AND o.role_id = role
		AND o.rule = rule_name AND o.revoked_at IS NULL
		AND (o.stage_id IS NULL OR o.stage_id = stage) ORDER BY o.created_at LIMIT 1);
END $$;

-- An interview may take longer than its stage says, but a work sample not longer than the rule.
CREATE FUNCTION overlong_sample(stage uuid, minutes integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM stages t WHERE t.organization_id = org() AND t.id = stage
		AND t.method = 'work_sample' AND minutes > 180
		AND lint_override(t.role_id, 'work_sample_too_long', t.id) IS NULL);
END $$;

-- Why a plan, or one stage of it, cannot be used: {"rule", "errors"}; NULL when it can. Without a
-- stage it is the role's opening that is asked for, when dry runs may still be to come.
CREATE FUNCTION lint_refusal(plan uuid, stage uuid, pointer text) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('rule', (array_agg(b.rule ORDER BY r.position))[1],
			'errors', jsonb_agg(jsonb_build_object('pointer', pointer, 'rule', b.rule,
				'detail', rtrim(b.sentence, '.')) ORDER BY r.position))
		FROM interview_plans p, lint_blocking(p.id) b JOIN lint_rules() r USING (rule)
		WHERE p.organization_id = org() AND p.id = plan
			AND CASE WHEN stage IS NULL THEN b.rule <> 'dry_run_missing'
				ELSE b.stage_id IS NULL OR b.stage_id = stage END
			AND lint_override(p.role_id, b.rule, b.stage_id) IS NULL
		HAVING count(*) > 0);
END $$;

-- Every sentence of a plan, by stage and kind, without red flags, which name what is not wanted.
CREATE FUNCTION plan_sentences(plan uuid)
RETURNS TABLE (stage_id uuid, method text, kind text, sentence text) LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT t.id, t.method, u.kind, s.sentence
	FROM stages t CROSS JOIN LATERAL (
		SELECT 'name' AS kind, t.name AS words
		UNION ALL SELECT 'told', t.candidate_instructions
		UNION ALL SELECT 'told', b.value FROM jsonb_each_text(t.candidate_brief) b
		UNION ALL SELECT 'notes', t.interviewer_notes
		UNION ALL SELECT 'question', q ->> 'question' FROM jsonb_array_elements(t.questions) q
		UNION ALL SELECT 'look_for', l FROM jsonb_array_elements(t.questions) q,
			jsonb_array_elements_text(coalesce(q -> 'look_fors', '[]')) l
		UNION ALL SELECT 'follow_up', l FROM jsonb_array_elements(t.questions) q,
			jsonb_array_elements_text(coalesce(q -> 'follow_ups', '[]')) l
		UNION ALL SELECT 'focus', c.name FROM stage_competencies f
			JOIN competencies c ON c.organization_id = f.organization_id AND c.id = f.competency_id
			WHERE f.organization_id = t.organization_id AND f.stage_id = t.id
	) u CROSS JOIN LATERAL regexp_split_to_table(u.words, '[.!?;]\s+|\n+') AS s (sentence)
	WHERE t.organization_id = org() AND t.plan_id = plan AND s.sentence ~ '\S';
END $$;

-- Guide 002's five hiring mistakes, and 003's advice on what is asked.
CREATE FUNCTION lint_questions(plan uuid) RETURNS TABLE (rule text, stage_id uuid, sentence text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	puzzle CONSTANT text := '\m(leetcode|hackerrank|codility|brain ?teasers?|riddles?|puzzles?'
		'|algorithms?|data structures|dynamic programming|linked lists?|binary (search )?trees?'
		'|red-black|big[- ]o\M|two sum|knapsack|whiteboard coding)';
	trick CONSTANT text := '\m(tricks?|riddles?|brain ?teasers?|puzzles?|gotchas?'
		'|(only|exactly|just) one (right |correct )?(answer|solution)'
		'|(a|the) (single|one) (right |correct )?(answer|solution)|the (right|correct) answer)\M';
	denied CONSTANT text := '\m(no|not|never|nor|without|nothing|rather than|instead of)\M|n''t\M';
	operations CONSTANT text := '\m(on[- ]call|monitor|debug|observab|metrics|traces|tracing|alert'
		'|incident|outage|runbook|production)';
	situation CONSTANT text := '(spike|\mlocks?\M|\mlocked\M|\mlocking\M|deadlock|\mleak|cascad|outage'
		'|incident|latency|in production|overload|ten ?fold|ten times|goes down|is down'
		'|\mfails?\M|\mfailure)';
	spoken CONSTANT text := '(communicat|explain|non-technical|stakeholder|\mpresent(s|ing)? to|\mlisten)';
	lived CONSTANT text := '(\m(tell|walk|talk|take) (me|us)\M|\mdescribe (a|the|your)\M|\ma time\M'
		'|\mlast time\M|\m(when|what|which|how) did you\M|\myou(''ve| have) \w+(ed|t|n|lt)\M'
		'|\myou (faced|handled|built|led|met|worked|were|had|did)\M|\mhave you\M)';
	language CONSTANT text := '(\m(?:Python|JavaScript|Java|TypeScript|Golang|Go(?! (?:through|on|over|back'
		'|ahead|into|deep|to|and|with))|Node\.js|Rust|Ruby|PHP|Kotlin|Scala|Elixir|Erlang|Perl|Haskell'
		'|Clojure|Swift)\M|C#|C\+\+)';
	demanded CONSTANT text := '(\m(must|only|required?|requires|mandatory|has to|have to|expert in'
		'|fluent in|at least|years of|syntax|versus|vs|better than)\M)';
	technical CONSTANT text[] := ARRAY['technical_interview', 'work_sample', 'code_review'];
	owns text;
BEGIN
	SELECT lower(p.codebase_language) INTO owns FROM interview_plans p
	WHERE p.organization_id = org() AND p.id = plan;
	RETURN QUERY
	WITH s AS MATERIALIZED (
		SELECT * FROM plan_sentences(plan)
	), puzzles AS (
		-- More than half of the questions; without questions, what the candidate is told.
		SELECT t.id, t.name FROM stages t CROSS JOIN LATERAL (
			SELECT count(*) FILTER (WHERE s.kind = 'question') AS questions,
				count(*) FILTER (WHERE s.kind = 'question' AND hit) AS hits,
				count(*) FILTER (WHERE s.kind IN ('name', 'told') AND hit) AS told
			FROM (SELECT s.kind, s.sentence ~* puzzle AND s.sentence !~* denied AS hit FROM s
				WHERE s.stage_id = t.id) s
		) k
		WHERE t.organization_id = org() AND t.plan_id = plan
			AND CASE WHEN k.questions > 0 THEN k.hits * 2 > k.questions ELSE k.told > 0 END
	), practical AS (
		SELECT DISTINCT s.stage_id AS id FROM s WHERE s.method = ANY (technical)
			AND s.stage_id NOT IN (SELECT p.id FROM puzzles p)
			AND (s.method <> 'technical_interview'
				OR s.sentence ~* '(design|debug|review|incident|production|schema|\mAPI)')
	), has AS (
		SELECT EXISTS (SELECT FROM s WHERE s.method = ANY (technical)) AS technical,
			EXISTS (SELECT FROM s WHERE s.kind = 'question') AS questions
	)
	SELECT 'algorithm_heavy', p.id, format('"%s" is about algorithm puzzles, and no more stages than '
		'such ones have the candidate design a system, debug, or review code.', p.name)
	FROM puzzles p WHERE (SELECT count(*) FROM puzzles) >= (SELECT count(*) FROM practical)
	UNION ALL
	SELECT 'ignoring_operations', NULL, 'No stage asks how the candidate runs what they build: '
		'monitoring, debugging, being on call.'
	FROM has WHERE has.technical AND NOT EXISTS (SELECT FROM s WHERE s.sentence ~* operations)
	UNION ALL
	SELECT DISTINCT 'language_purism', t.id, format('"%s" makes one programming language a condition, '
		'though strong engineers learn another one quickly. If a large code base is in it, name it as '
		'the plan''s codebase_language.', t.name)
	FROM s JOIN stages t ON t.organization_id = org() AND t.id = s.stage_id
	WHERE s.kind <> 'look_for' AND s.sentence ~* demanded AND EXISTS (
		SELECT FROM regexp_matches(s.sentence, language, 'g') AS m
		WHERE lower(m[1]) IS DISTINCT FROM owns)
	UNION ALL
	SELECT 'undervaluing_communication', NULL, 'No stage shows how the candidate explains things to '
		'others, and none is a behavioural interview.'
	FROM has WHERE has.technical AND NOT EXISTS (SELECT FROM s
		WHERE s.sentence ~* spoken OR s.method = 'behavioural_interview')
	UNION ALL
	SELECT 'skipping_production_scenarios', NULL, 'No question puts the candidate into a production '
		'situation: a traffic spike, a locked database, a memory leak, failures that spread.'
	FROM has WHERE has.technical AND NOT EXISTS (SELECT FROM s
		WHERE s.kind IN ('question', 'follow_up') AND s.sentence ~* situation)
	UNION ALL
	SELECT DISTINCT 'single_trick', t.id, format('"%s" turns on one trick or one right answer, which '
		'brings in luck; an open-ended task can be compared.', t.name)
	FROM s JOIN stages t ON t.organization_id = org() AND t.id = s.stage_id
	WHERE s.kind <> 'look_for' AND s.sentence ~* trick AND s.sentence !~* denied
	UNION ALL
	SELECT 'no_lived_example', NULL, 'Every question is hypothetical; none asks for something that the '
		'candidate has done.'
	FROM has WHERE has.questions AND NOT EXISTS (SELECT FROM s
		WHERE s.kind = 'question' AND s.sentence ~* lived);
END $$;

-- Whether the plan's focus fits the rubric of its role. A stage without a focus rates all of it,
-- but for a screen and a reference; two default interviewers are two judgements.
CREATE FUNCTION lint_coverage(plan uuid) RETURNS TABLE (rule text, stage_id uuid, sentence text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	staged CONSTANT boolean := EXISTS (SELECT FROM stages t
		WHERE t.organization_id = org() AND t.plan_id = plan);
BEGIN
	RETURN QUERY
	WITH criteria AS (
		SELECT k.competency_id, k.competency_name, k.must_have_level, k.position
		FROM interview_plans p
		JOIN roles r ON r.organization_id = p.organization_id AND r.id = p.role_id
		JOIN rubric_criteria k ON k.organization_id = r.organization_id
			AND k.rubric_version_id = r.rubric_version_id
		WHERE p.organization_id = org() AND p.id = plan
	), covers AS MATERIALIZED (
		SELECT t.id, t.name, t.position, k.competency_id, greatest(1, (SELECT count(*)
			FROM stage_interviewers i WHERE i.organization_id = org() AND i.stage_id = t.id)) AS judges
		FROM stages t CROSS JOIN criteria k
		WHERE t.organization_id = org() AND t.plan_id = plan
			AND CASE WHEN EXISTS (SELECT FROM stage_competencies f
					WHERE f.organization_id = org() AND f.stage_id = t.id)
				THEN EXISTS (SELECT FROM stage_competencies f WHERE f.organization_id = org()
					AND f.stage_id = t.id AND f.competency_id = k.competency_id)
				ELSE t.method NOT IN ('screen', 'reference') END
	), total AS (
		SELECT k.competency_id, k.competency_name, k.must_have_level, k.position,
			coalesce(sum(c.judges), 0) AS judges
		FROM criteria k LEFT JOIN covers c USING (competency_id)
		GROUP BY k.competency_id, k.competency_name, k.must_have_level, k.position
	)
	SELECT * FROM (
		SELECT 'must_have_uncovered', NULL::uuid, format('"%s" is a must-have, and no stage looks at it.',
			t.competency_name)
		FROM total t WHERE t.must_have_level IS NOT NULL AND t.judges = 0 AND staged
		ORDER BY t.position) a
	UNION ALL
	SELECT * FROM (
		SELECT 'competency_covered_once', NULL::uuid, format('"%s" is judged %s; two independent '
			'judgements show whether the first was luck.', t.competency_name,
			CASE WHEN t.judges = 0 THEN 'by nobody' ELSE 'only once' END)
		FROM total t
		WHERE t.judges < 2 AND NOT (t.judges = 0 AND t.must_have_level IS NOT NULL)
			AND staged
		ORDER BY t.position) b
	UNION ALL
	-- The last one only: without it the others may all be needed.
	SELECT * FROM (
		SELECT 'stage_superfluous', c.id, format('Without "%s" each of its competencies would still be '
			'judged twice.', c.name)
		FROM covers c JOIN total t USING (competency_id)
		GROUP BY c.id, c.name, c.position
		HAVING bool_and(t.judges - c.judges >= 2)
		ORDER BY c.position DESC LIMIT 1) d;
END $$;

-- All findings of a plan, in the order of the rules and stages.
CREATE FUNCTION lint_findings(plan uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('rule', f.rule, 'severity', r.severity,
			'sentence', f.sentence, 'stage_id', f.stage_id, 'source', r.source,
			'ours', r.source = 'assay', 'override_id', lint_override(p.role_id, f.rule, f.stage_id))
			ORDER BY r.position, t.position, f.sentence), '[]')
		FROM interview_plans p
		CROSS JOIN LATERAL (SELECT * FROM lint_blocking(p.id) UNION ALL SELECT * FROM lint_questions(p.id)
			UNION ALL SELECT * FROM lint_coverage(p.id)) f
		JOIN lint_rules() r USING (rule)
		LEFT JOIN stages t ON t.organization_id = p.organization_id AND t.id = f.stage_id
		WHERE p.organization_id = org() AND p.id = plan);
END $$;
