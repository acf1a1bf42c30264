-- Lists and counts stay quick where a company has ten thousand applications: what a reader may not
-- know is found once for a list, not once for each row, and all counts beside filters in one reading.

-- ---- what a reader judges anonymously ----------------------------------------------------------

-- From a plan to its applications.
CREATE INDEX applications_plan ON applications (organization_id, plan_id);

-- As before; one's own anonymous stages are found first (OFFSET 0 keeps them apart): most people have
-- none, and then no application is looked at.
CREATE OR REPLACE VIEW my_masked_applications WITH (security_invoker = true) AS
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
	FROM (SELECT t.organization_id, t.id, t.plan_id, t.position FROM stage_interviewers d
		JOIN stages t ON t.organization_id = d.organization_id AND t.id = d.stage_id AND t.anonymous
		WHERE d.organization_id = org() AND actor_level() = 'member' AND d.user_id = actor() OFFSET 0) t
	JOIN applications a ON a.organization_id = t.organization_id AND a.plan_id = t.plan_id
	LEFT JOIN stages now_in ON now_in.organization_id = a.organization_id AND now_in.id = a.stage_id
	WHERE a.organization_id = org()
		AND a.status IN ('active', 'paused') AND coalesce(now_in.position, 0) <= t.position
		AND (SELECT true FROM scorecards s WHERE s.organization_id = a.organization_id
			AND s.application_id = a.id AND s.stage_id = t.id AND s.author_id = actor()
			AND s.status = 'submitted' LIMIT 1) IS NOT TRUE
		AND (SELECT m.part FROM hiring_team_members m WHERE m.organization_id = a.organization_id
			AND m.role_id = a.role_id AND m.user_id = actor()) IS DISTINCT FROM 'hiring_manager';

CREATE OR REPLACE VIEW my_applications WITH (security_invoker = true) AS
	SELECT x.id, x.candidate_id, x.organization_id FROM (
		SELECT a.id, a.candidate_id, a.organization_id FROM hiring_team_members m
		JOIN applications a ON a.organization_id = m.organization_id AND a.role_id = m.role_id
		WHERE m.organization_id = org() AND m.user_id = actor()
		UNION
		SELECT a.id, a.candidate_id, a.organization_id FROM interview_interviewers ii
		JOIN applications a ON a.organization_id = ii.organization_id AND a.id = ii.application_id
		WHERE ii.organization_id = org() AND ii.user_id = actor()) x
	WHERE x.id NOT IN (SELECT k.application_id FROM my_masked_applications k WHERE k.organization_id = org());

-- ---- who sees what of a candidate --------------------------------------------------------------

-- As before; where everything is open to the team, nobody's part in hiring needs to be looked up.
CREATE OR REPLACE FUNCTION hidden_of(candidate uuid) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
	s organization_settings;
	manages boolean;
BEGIN
	IF actor_level() IN ('admin', 'recruiter', 'client', 'system') THEN
		RETURN '{}';
	END IF;
	SELECT o.* INTO s FROM organization_settings o WHERE o.organization_id = org();
	-- Without a row no audience is named, and nothing is hidden.
	IF NOT FOUND OR 'team' = ALL (ARRAY[s.contact, s.wants, s.resume, s.source]) THEN
		RETURN '{}';
	END IF;
	manages := EXISTS (SELECT FROM hiring_team_members m
		JOIN applications a ON a.organization_id = m.organization_id AND a.role_id = m.role_id
		WHERE m.organization_id = org() AND m.user_id = actor() AND m.part = 'hiring_manager'
			AND a.candidate_id = candidate);
	RETURN (SELECT coalesce(array_agg(v.what ORDER BY v.what), '{}')
		FROM (VALUES ('contact', s.contact), ('wants', s.wants), ('resume', s.resume),
			('source', s.source)) AS v(what, audience)
		WHERE v.audience <> 'team' AND NOT (v.audience = 'hiring_managers' AND manages));
END $$;

-- ---- counts beside filters --------------------------------------------------------------------

-- As before, but the rows are read once for the total and for every facet that nothing is filtered
-- by, and once more for each facet that is: its own filter does not count there.
CREATE OR REPLACE FUNCTION count_facets(source text, sort text, facets jsonb, conditions jsonb, whole boolean,
	OUT total bigint, OUT complete boolean, OUT counts jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
	pass record;
	rows bigint;
	part jsonb;
BEGIN
	counts := '{}';
	FOR pass IN
		SELECT p.own, (SELECT coalesce(string_agg(' AND ' || c.value, ''), '') FROM jsonb_each_text(conditions) c
				WHERE c.key IS DISTINCT FROM p.own) AS filtered,
			(SELECT coalesce(string_agg(x.value || ' AS ' || quote_ident('f ' || x.key), ', '), '1')
				FROM jsonb_each_text(facets) x
				WHERE x.key = p.own OR (p.own IS NULL AND NOT conditions ? x.key)) AS columns,
			(SELECT coalesce(string_agg(format('%L, (WITH told AS (SELECT v.value, count(*) AS n'
					' FROM kept CROSS JOIN LATERAL unnest(kept.%I) AS v(value)'
					' GROUP BY v.value ORDER BY n DESC, v.value NULLS LAST LIMIT 51)'
					' SELECT jsonb_build_object(''complete'', %L AND (SELECT count(*) FROM w) <= %s'
					' AND (SELECT count(*) FROM told) <= 50, ''values'', (SELECT coalesce(jsonb_agg('
					'jsonb_build_object(''value'', t.value, ''count'', t.n) ORDER BY t.n DESC, t.value NULLS LAST), ''[]'')'
					' FROM (SELECT * FROM told LIMIT 50) t)))', x.key, 'f ' || x.key, whole, counted_most()), ', '), '')
				FROM jsonb_each_text(facets) x
				WHERE x.key = p.own OR (p.own IS NULL AND NOT conditions ? x.key)) AS told
		FROM (SELECT NULL::text AS own UNION ALL
			SELECT x.key FROM jsonb_each_text(facets) x WHERE conditions ? x.key) p
	LOOP
		EXECUTE format('WITH w AS MATERIALIZED (SELECT %s %s%s ORDER BY %s LIMIT %s),'
			' kept AS MATERIALIZED (SELECT * FROM w LIMIT %s)'
			' SELECT (SELECT count(*) FROM w), jsonb_build_object(%s)', pass.columns, source, pass.filtered, sort,
			counted_most() + 1, counted_most(), pass.told)
		INTO rows, part;
		counts := counts || part;
		IF pass.own IS NULL THEN
			total := rows;
		END IF;
	END LOOP;
	complete := whole AND total <= counted_most();
	total := least(total, counted_most());
END $$;

CALL keep_plans_steady();
CALL let_resets_empty();
