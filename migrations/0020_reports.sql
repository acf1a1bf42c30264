-- Who may see the reports on people themselves, and adverse impact from what candidates said of
-- themselves.

-- ---- rights -----------------------------------------------------------------------------------

-- An access level alone opens neither. Given and taken by admins, each time with an event.
CREATE TABLE report_rights (
	organization_id uuid NOT NULL,
	user_id         uuid NOT NULL,
	report          text NOT NULL CHECK (report IN ('fairness', 'rating_patterns')),
	granted_by      uuid NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, user_id, report),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);

-- Only people hold them; others' rating patterns are for admins alone, whatever was granted.
CREATE FUNCTION holds_report_right(wanted text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN actor_kind() = 'user' AND EXISTS (SELECT FROM report_rights r
		WHERE r.organization_id = org() AND r.user_id = actor() AND r.report = wanted)
		AND (actor_level() = 'admin' OR (wanted = 'fairness' AND actor_level() = 'recruiter'));
END $$;

-- An organization can switch the statistical model off.
CREATE FUNCTION model_is_on() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT o.statistical_model
		FROM organizations o WHERE o.organization_id = org());
END $$;

-- The newest scorecards, from which rating patterns are computed.
CREATE INDEX scorecards_submitted ON scorecards (organization_id, submitted_at DESC, id DESC)
	WHERE status = 'submitted';

-- ---- adverse impact ---------------------------------------------------------------------------
--
-- Decided applications are counted in blocks: each application in one, once, for ever. What is
-- published of a block stays as it was, whatever is answered, taken back or erased later, and every
-- number of the report is a sum of published cells. So no two answers, however they are filtered or
-- far apart in time, differ by less than a block; and a block's own table hides its small counts and
-- what would tell them. When a block is made goes by numbers of applications alone, which are no
-- secret, never by what anybody answered.

CREATE TABLE fairness_blocks (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	role_id         uuid, -- NULL: of many roles
	applications    integer NOT NULL,
	-- By question: {"stages": […], "groups": {"woman": [stopped at each stage …, offered], …}} of
	-- what may be shown, or null.
	tables          jsonb NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, role_id) REFERENCES roles
);
CREATE INDEX fairness_blocks_list ON fairness_blocks (organization_id, created_at, id);

CREATE TABLE fairness_counted (
	organization_id uuid NOT NULL,
	application_id  uuid NOT NULL,
	block_id        uuid NOT NULL,
	PRIMARY KEY (organization_id, application_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, block_id) REFERENCES fairness_blocks
);

-- Which block an application was counted in is no text, and was told in confidence.
ALTER FUNCTION left_out_of_exports RENAME TO left_out_of_exports_before_fairness;
CREATE FUNCTION left_out_of_exports() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 5 AS $$
	SELECT l.name, l.reason FROM left_out_of_exports_before_fairness() l
	UNION ALL VALUES ('fairness_counted', 'in which count they are; it says nothing of them')
$$;

-- Which rows (groups) of a table of counts must be hidden; NULL: all of it. The rule, and why it
-- holds, stand in include/evaluation/suppression.h; here it runs where nobody sees the counts. The
-- last row is of those who did not answer: it need not be hidden for itself, being said of nobody,
-- and hides others as well as any.
CREATE FUNCTION suppressed_rows(counts integer[], smallest integer) RETURNS boolean[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	height integer := array_length(counts, 1);
	width integer := array_length(counts, 2);
	hidden boolean[] := array_fill(false, ARRAY[height]);
	sums integer[] := array_fill(0, ARRAY[width]);
	total integer;
	last integer;
	others integer := 0;
	r integer;
BEGIN
	FOR c IN 1..width LOOP
		SELECT sum(counts[x][c]) INTO total FROM generate_series(1, height) AS x;
		IF total < smallest THEN
			RETURN NULL;
		END IF;
	END LOOP;
	FOR x IN 1..height - 1 LOOP
		IF EXISTS (SELECT FROM generate_series(1, width) AS c WHERE counts[x][c] < smallest) THEN
			hidden[x] := true;
			last := x;
		END IF;
	END LOOP;
	IF last IS NULL THEN
		RETURN hidden;
	END IF;
	FOR c IN 1..width LOOP
		SELECT sum(counts[x][c]) INTO total FROM generate_series(1, height) AS x WHERE hidden[x];
		sums[c] := total;
	END LOOP;
	FOR i IN 1..height LOOP
		EXIT WHEN others > 0 AND NOT EXISTS (SELECT FROM unnest(sums) AS s WHERE s < 2 * smallest);
		r := (last - 1 + i) % height + 1;
		CONTINUE WHEN hidden[r];
		hidden[r] := true;
		others := others + 1;
		FOR c IN 1..width LOOP
			sums[c] := sums[c] + counts[r][c];
		END LOOP;
	END LOOP;
	RETURN hidden;
END $$;

-- What may be shown of one question's table, from the applications of a block, each with the column
-- that it counts in. Those who did not answer are a group, so that an answer cannot be had as what
-- is missing to the funnel's numbers.
CREATE FUNCTION fairness_table(question text, block uuid[], col integer[], stages text[])
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
	-- As they are numbered here, never by size.
	names text[] := CASE question WHEN 'gender' THEN ARRAY['woman', 'man', 'another']
		WHEN 'age' THEN ARRAY['under_30', '30_to_39', '40_to_49', '50_and_over']
		ELSE ARRAY['yes', 'no'] END || 'not_said'::text;
	width integer := cardinality(stages) + 1;
	counts integer[] := array_fill(0, ARRAY[cardinality(names), width]);
	hidden boolean[];
	shown jsonb := '{}';
	cell record;
BEGIN
	FOR cell IN
		SELECT array_position(names, coalesce(CASE question WHEN 'gender' THEN d.gender
				WHEN 'age' THEN d.age ELSE d.disability END, 'not_said')) AS r,
			b.c, count(*)::integer AS n
		FROM unnest(block, col) AS b(id, c)
		LEFT JOIN demographic_answers d ON d.organization_id = org() AND d.application_id = b.id
		GROUP BY 1, 2
	LOOP
		counts[cell.r][cell.c] := cell.n;
	END LOOP;
	hidden := suppressed_rows(counts, 5);
	IF hidden IS NULL THEN
		RETURN NULL;
	END IF;
	FOR r IN 1..cardinality(names) LOOP
		IF NOT hidden[r] THEN
			shown := shown || jsonb_build_object(names[r], (SELECT jsonb_agg(counts[r][c] ORDER BY c)
				FROM generate_series(1, width) AS c));
		END IF;
	END LOOP;
	RETURN jsonb_build_object('stages', stages, 'groups', shown);
END $$;

-- Decided two weeks ago or earlier, so that there was time to answer, and in no block yet. Rejected,
-- or made an offer; those who withdrew say nothing of whom we chose. `place` is how far they came.
CREATE FUNCTION fairness_waiting() RETURNS TABLE (application_id uuid, role_id uuid, confidential boolean,
	offered boolean, decided_at timestamptz, place integer, stage text, later boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY
	SELECT a.id, a.role_id, r.confidential, e.offered, e.decided_at, coalesce(f.position, 0),
		coalesce(f.name, 'Application'), coalesce(f.position > f.first, false)
	FROM applications a
	JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
	CROSS JOIN LATERAL (SELECT max(m.created_at) AS decided_at,
			bool_or(m.to_status IN ('offered', 'hired', 'offer_declined')) AS offered
		FROM application_moves m WHERE m.organization_id = a.organization_id
			AND m.application_id = a.id
			AND m.to_status IN ('rejected', 'offered', 'hired', 'offer_declined')) AS e
	LEFT JOIN LATERAL (SELECT t.position, t.name, (SELECT min(p.position) FROM stages p
				WHERE p.organization_id = t.organization_id AND p.plan_id = t.plan_id) AS first
		FROM application_moves m
		JOIN stages t ON t.organization_id = m.organization_id AND t.id = m.to_stage_id
		WHERE m.organization_id = a.organization_id AND m.application_id = a.id
			AND m.to_status IN ('active', 'paused')
		ORDER BY t.position DESC LIMIT 1) AS f ON true
	WHERE a.organization_id = org()
		AND a.status IN ('rejected', 'offered', 'hired', 'offer_declined')
		AND e.decided_at < now() - interval '14 days'
		AND NOT EXISTS (SELECT FROM fairness_counted c
			WHERE c.organization_id = a.organization_id AND c.application_id = a.id);
END $$;

-- One block of these applications: stages at which fewer than twenty were stopped are taken together
-- with the next ones, by the numbers of all.
CREATE FUNCTION fairness_block(role uuid, apps uuid[], offers boolean[], places integer[], names text[])
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	upto integer[] := '{}';
	stages text[] := '{}';
	col integer[];
	label text := NULL;
	stopped integer := 0;
	made uuid;
	at record;
BEGIN
	FOR at IN
		SELECT x.place, min(x.name) AS name, count(*)::integer AS n
		FROM unnest(offers, places, names) AS x(offered, place, name)
		WHERE NOT x.offered GROUP BY x.place ORDER BY x.place
	LOOP
		stopped := stopped + at.n;
		label := concat_ws(', ', label, at.name);
		IF stopped >= 20 THEN
			upto := upto || at.place;
			stages := stages || label;
			stopped := 0;
			label := NULL;
		END IF;
	END LOOP;
	IF label IS NOT NULL THEN
		upto[cardinality(upto)] := 1000;
		stages[cardinality(stages)] := concat_ws(', ', stages[cardinality(stages)], label);
	END IF;
	SELECT array_agg(CASE WHEN x.offered THEN cardinality(stages) + 1 ELSE
			(SELECT min(i) FROM generate_subscripts(upto, 1) AS i WHERE x.place <= upto[i]) END
		ORDER BY x.nth) INTO col
	FROM unnest(offers, places) WITH ORDINALITY AS x(offered, place, nth);
	INSERT INTO fairness_blocks (organization_id, role_id, applications, tables)
	SELECT org(), role, cardinality(apps), jsonb_object_agg(q, fairness_table(q, apps, col, stages))
	FROM unnest(ARRAY['gender', 'age', 'disability']) AS q
	RETURNING id INTO made;
	INSERT INTO fairness_counted (organization_id, application_id, block_id)
	SELECT org(), x, made FROM unnest(apps) AS x;
	RETURN made;
END $$;

-- Makes the blocks that are due: of each role with twenty offers and twenty rejections waiting; and
-- of all that have waited for 90 days without, together, where that is twenty of each. Confidential
-- roles are in none but their own.
CREATE FUNCTION fairness_release() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	due record;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('fairness' || org(), 0));
	FOR due IN
		SELECT w.role_id, array_agg(w.application_id ORDER BY w.application_id) AS apps,
			array_agg(w.offered ORDER BY w.application_id) AS offers,
			array_agg(w.place ORDER BY w.application_id) AS places,
			array_agg(w.stage ORDER BY w.application_id) AS stages
		FROM fairness_waiting() w GROUP BY w.role_id
		HAVING count(*) FILTER (WHERE w.offered) >= 20 AND count(*) FILTER (WHERE NOT w.offered) >= 20
		ORDER BY w.role_id
	LOOP
		RETURN NEXT fairness_block(due.role_id, due.apps, due.offers, due.places, due.stages);
	END LOOP;
	FOR due IN
		SELECT array_agg(w.application_id ORDER BY w.application_id) AS apps,
			array_agg(w.offered ORDER BY w.application_id) AS offers,
			array_agg(w.later::integer ORDER BY w.application_id) AS places,
			array_agg(CASE WHEN w.later THEN 'Later stages' ELSE 'First stage' END
				ORDER BY w.application_id) AS stages
		FROM fairness_waiting() w
		WHERE NOT w.confidential AND w.decided_at < now() - interval '90 days'
		HAVING count(*) FILTER (WHERE w.offered) >= 20 AND count(*) FILTER (WHERE NOT w.offered) >= 20
	LOOP
		RETURN NEXT fairness_block(NULL, due.apps, due.offers, due.places, due.stages);
	END LOOP;
END $$;

-- In place of demographics_counted: counts are held back while what is not in a block yet would be
-- told by the difference.
CREATE FUNCTION demographics_told(role uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	RETURN (
	WITH said AS (
		SELECT q.question, q.value, row_number() OVER w AS nth,
			count(*) OVER (PARTITION BY q.question) / 5 * 5 AS shown,
			EXISTS (SELECT FROM fairness_counted f JOIN fairness_blocks b
				ON b.organization_id = f.organization_id AND b.id = f.block_id
				WHERE f.organization_id = d.organization_id AND f.application_id = d.application_id
					AND (role IS NULL OR b.role_id = role)) AS in_block
		FROM demographic_answers d
		JOIN applications a ON a.organization_id = d.organization_id AND a.id = d.application_id
		CROSS JOIN LATERAL (VALUES ('gender', d.gender), ('age', d.age),
			('disability', d.disability)) AS q(question, value)
		WHERE d.organization_id = org() AND (role IS NULL OR a.role_id = role) AND q.value IS NOT NULL
		WINDOW w AS (PARTITION BY q.question ORDER BY d.created_at, d.application_id)
	), counted AS (
		SELECT s.question, s.value, count(*) AS n, count(*) FILTER (WHERE NOT s.in_block) AS rest
		FROM said s WHERE s.nth <= s.shown
		GROUP BY s.question, s.value
	), told AS (
		SELECT c.question, jsonb_object_agg(c.value, c.n) AS counts FROM counted c
		GROUP BY c.question HAVING min(c.n) >= 5 AND (max(c.rest) = 0 OR min(c.rest) >= 5)
	)
	SELECT jsonb_object_agg(q.question, t.counts)
	FROM (VALUES ('gender'), ('age'), ('disability')) AS q(question) LEFT JOIN told t USING (question));
END $$;

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['report_rights', 'fairness_blocks', 'fairness_counted'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
	END LOOP;
END $$;
CREATE POLICY tenancy ON report_rights TO assay_app USING (organization_id = org())
	WITH CHECK (organization_id = org());
GRANT SELECT, INSERT, DELETE ON report_rights TO assay_app;
-- The service reads what is published, and makes none of it.
CREATE POLICY tenancy ON fairness_blocks TO assay_app, assay_demographics
	USING (organization_id = org()) WITH CHECK (organization_id = org());
GRANT SELECT ON fairness_blocks TO assay_app;
GRANT SELECT, INSERT ON fairness_blocks TO assay_demographics;
CREATE POLICY tenancy ON fairness_counted TO assay_demographics USING (organization_id = org())
	WITH CHECK (organization_id = org());
GRANT SELECT, INSERT ON fairness_counted TO assay_demographics;

CREATE POLICY demographics ON application_moves FOR SELECT TO assay_demographics
	USING (organization_id = org());
CREATE POLICY demographics ON stages FOR SELECT TO assay_demographics USING (organization_id = org());
CREATE POLICY demographics ON roles FOR SELECT TO assay_demographics USING (organization_id = org());
GRANT SELECT (status) ON applications TO assay_demographics;
GRANT SELECT (organization_id, application_id, to_stage_id, to_status, created_at)
	ON application_moves TO assay_demographics;
GRANT SELECT (organization_id, id, plan_id, position, name) ON stages TO assay_demographics;
GRANT SELECT (organization_id, id, confidential) ON roles TO assay_demographics;

-- What may be called goes before its owner: afterwards it is not ours to say.
REVOKE ALL ON FUNCTION fairness_release, fairness_block, fairness_table, fairness_waiting,
	demographics_told FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fairness_release, demographics_told TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_demographics;
ALTER FUNCTION fairness_release OWNER TO assay_demographics;
ALTER FUNCTION fairness_block OWNER TO assay_demographics;
ALTER FUNCTION fairness_table OWNER TO assay_demographics;
ALTER FUNCTION fairness_waiting OWNER TO assay_demographics;
ALTER FUNCTION demographics_told OWNER TO assay_demographics;
REVOKE CREATE ON SCHEMA public FROM assay_demographics;

-- A sandbox that is reset has none of it.
CALL let_resets_empty();
