-- What is told in confidence: the survey's answers, in blocks that never change; what candidates say of
-- themselves; and the work of somebody whom its reviewer knows from another role. And lists of a role
-- among many.

-- ---- the survey -------------------------------------------------------------------------------
--
-- Each answer is counted in one block, once: five of a role in the order in which they came; and what
-- has waited for 90 days without, of all roles, as soon as that is five. Of a block the sums are kept
-- for ever, and the single answers are not: no number can be had as the difference of two, whatever
-- is asked, erased or answered later. The words of a block are kept without whose they are, and go
-- together as soon as one of its candidates is erased, whoever of them wrote any: what is missing
-- afterwards tells of no one. When a block is made goes by numbers and times of answers, which are on
-- the record, never by what anybody answered.

CREATE TABLE survey_blocks (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	role_id         uuid, -- NULL: of many roles
	answers         integer NOT NULL CHECK (answers >= 5),
	clarity         integer NOT NULL, -- sums
	respect         integer NOT NULL,
	fairness        integer NOT NULL,
	comments        jsonb NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, role_id) REFERENCES roles
);
CREATE INDEX survey_blocks_list ON survey_blocks (organization_id, created_at, id);

-- What was counted says no more than that there was an answer.
ALTER TABLE survey_answers ADD COLUMN block_id uuid,
	ALTER COLUMN clarity DROP NOT NULL, ALTER COLUMN respect DROP NOT NULL,
	ALTER COLUMN fairness DROP NOT NULL,
	ADD CONSTRAINT survey_answers_counted CHECK (CASE WHEN block_id IS NULL
		THEN num_nulls(clarity, respect, fairness) = 0
		ELSE num_nonnulls(clarity, respect, fairness, comment) = 0 END),
	ADD FOREIGN KEY (organization_id, block_id) REFERENCES survey_blocks;
CREATE INDEX survey_answers_waiting ON survey_answers (organization_id, created_at, application_id)
	WHERE block_id IS NULL;

-- One block of these answers; NULL where one of them is being erased at this moment.
CREATE FUNCTION survey_block(role uuid, waiting uuid[]) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	held uuid[];
	made uuid;
BEGIN
	SELECT array_agg(x.application_id) INTO held FROM (SELECT s.application_id FROM survey_answers s
		WHERE s.organization_id = org() AND s.application_id = ANY (waiting) AND s.block_id IS NULL
		FOR UPDATE SKIP LOCKED) AS x;
	IF coalesce(cardinality(held), 0) < cardinality(waiting) THEN
		RETURN NULL;
	END IF;
	INSERT INTO survey_blocks (organization_id, role_id, answers, clarity, respect, fairness, comments)
	SELECT org(), role, count(*), sum(s.clarity), sum(s.respect), sum(s.fairness),
		coalesce(jsonb_agg(s.comment ORDER BY md5(s.comment)) FILTER (WHERE s.comment IS NOT NULL), '[]')
	FROM survey_answers s WHERE s.organization_id = org() AND s.application_id = ANY (held)
	RETURNING id INTO made;
	UPDATE survey_answers s SET block_id = made, clarity = NULL, respect = NULL, fairness = NULL,
		comment = NULL
	WHERE s.organization_id = org() AND s.application_id = ANY (held);
	RETURN made;
END $$;

-- Makes the blocks that are due. Confidential roles are in none but their own.
CREATE FUNCTION survey_release() RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	due record;
	made uuid;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('survey' || org(), 0));
	FOR due IN
		SELECT f.role_id, array_agg(f.application_id) AS waiting
		FROM (SELECT a.role_id, s.application_id, (row_number() OVER (PARTITION BY a.role_id
				ORDER BY s.created_at, s.application_id) - 1) / 5 AS five
			FROM survey_answers s
			JOIN applications a ON a.organization_id = s.organization_id AND a.id = s.application_id
			WHERE s.organization_id = org() AND s.block_id IS NULL) AS f
		GROUP BY f.role_id, f.five HAVING count(*) = 5
		ORDER BY f.role_id, f.five
	LOOP
		made := survey_block(due.role_id, due.waiting);
		IF made IS NOT NULL THEN
			RETURN NEXT made;
		END IF;
	END LOOP;
	FOR due IN
		SELECT array_agg(s.application_id) AS waiting
		FROM survey_answers s
		JOIN applications a ON a.organization_id = s.organization_id AND a.id = s.application_id
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
		WHERE s.organization_id = org() AND s.block_id IS NULL AND NOT r.confidential
			AND s.created_at < now() - interval '90 days'
		HAVING count(*) >= 5
	LOOP
		made := survey_block(NULL, due.waiting);
		IF made IS NOT NULL THEN
			RETURN NEXT made;
		END IF;
	END LOOP;
END $$;

-- As in 0013. An answer that waits goes whole; what was counted stays, without the block's words.
CREATE OR REPLACE FUNCTION erase_candidate_side() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	mine uuid[];
	block uuid;
BEGIN
	SELECT coalesce(array_agg(a.id), '{}') INTO mine FROM applications a
	WHERE a.organization_id = NEW.organization_id AND a.candidate_id = NEW.id;
	DELETE FROM candidate_links l
	WHERE l.organization_id = NEW.organization_id AND l.application_id = ANY (mine);
	DELETE FROM demographic_answers d
	WHERE d.organization_id = NEW.organization_id AND d.application_id = ANY (mine);
	DELETE FROM work_samples w
	WHERE w.organization_id = NEW.organization_id AND w.application_id = ANY (mine);
	DELETE FROM feedback_letters f
	WHERE f.organization_id = NEW.organization_id AND f.application_id = ANY (mine);
	DELETE FROM survey_answers s
	WHERE s.organization_id = NEW.organization_id AND s.application_id = ANY (mine) AND s.block_id IS NULL;
	FOR block IN SELECT DISTINCT s.block_id FROM survey_answers s
		WHERE s.organization_id = NEW.organization_id AND s.application_id = ANY (mine)
		ORDER BY s.block_id
	LOOP
		UPDATE survey_blocks b SET comments = '[]'
		WHERE b.organization_id = NEW.organization_id AND b.id = block AND b.comments <> '[]';
	END LOOP;
	RETURN NULL;
END $$;

-- Candidates were promised that no colleague sees their answers by themselves.
ALTER FUNCTION left_out_of_exports RENAME TO left_out_of_exports_before_survey;
CREATE FUNCTION left_out_of_exports() RETURNS TABLE (name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 6 AS $$
	SELECT l.name, l.reason FROM left_out_of_exports_before_survey() l
	UNION ALL VALUES ('survey_answers', 'told in confidence until it is counted with four others or more;'
		' then nothing of it is kept but sums')
$$;

-- ---- what candidates say of themselves ----------------------------------------------------------

-- As in 0013; of two answers at once the later one counts.
GRANT CREATE ON SCHEMA public TO assay_demographics;
SET LOCAL ROLE assay_demographics;
CREATE OR REPLACE FUNCTION demographics_keep(application uuid, answers jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF answers ->> 'gender' IS NULL AND answers ->> 'age' IS NULL AND answers ->> 'disability' IS NULL THEN
		DELETE FROM demographic_answers d
		WHERE d.organization_id = org() AND d.application_id = application;
		RETURN;
	END IF;
	INSERT INTO demographic_answers (organization_id, application_id, gender, age, disability)
	VALUES (org(), application, answers ->> 'gender', answers ->> 'age', answers ->> 'disability')
	ON CONFLICT (organization_id, application_id) DO UPDATE SET gender = excluded.gender,
		age = excluded.age, disability = excluded.disability, created_at = excluded.created_at;
END $$;
SET LOCAL ROLE assay_owner;
GRANT UPDATE (gender, age, disability, created_at) ON demographic_answers TO assay_demographics;

-- ---- anonymous work of somebody who is known ----------------------------------------------------
--
-- Whoever judges somebody's work anonymously in one role may know them from another one, where their
-- name, their documents and the search are open. The work that was handed in to be judged is in none
-- of these before such a reviewer, as if it had not come; nor is what was handed in elsewhere among
-- what they judge.

-- The handed in documents of a candidate that the actor is still to judge anonymously.
CREATE FUNCTION masked_work(candidate uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF actor_level() IS DISTINCT FROM 'member' THEN
		RETURN '{}';
	END IF;
	RETURN ARRAY(SELECT w.document_id FROM applications a
		JOIN work_samples w ON w.organization_id = a.organization_id AND w.application_id = a.id
		WHERE a.organization_id = org() AND a.candidate_id = candidate
			AND w.document_id IS NOT NULL AND is_masked(a.id));
END $$;

-- The words by which a candidate is found, but those of some documents: as in 0009.
CREATE FUNCTION search_words(c candidates, without uuid[]) RETURNS tsvector LANGUAGE plpgsql STABLE AS $$
BEGIN
	-- 'simple': no stemming and no stop words, so that names, skills and every language work alike.
	-- A vector holds one megabyte at most, so a very long past is found by its beginning.
	RETURN to_tsvector('simple', fold(concat_ws(' ', c.name, c.email, c.headline,
		array_to_string(c.skills, ' '), array_to_string(c.tags, ' '), c.location, c.summary,
		left((SELECT string_agg(words #>> '{}', ' ') FROM jsonb_path_query(
			c.experience || c.education, 'strict $.** ? (@.type() == "string")') AS words), 60000),
		left((SELECT string_agg(left(d.text, 40000), ' ' ORDER BY d.created_at DESC, d.id DESC)
			FROM documents d WHERE d.organization_id = c.organization_id
				AND d.candidate_id = c.id AND d.id <> ALL (without)), 100000))));
END $$;
CREATE OR REPLACE FUNCTION candidate_search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.search := CASE WHEN NEW.erased_at IS NOT NULL THEN '' ELSE search_words(NEW, '{}') END;
	RETURN NEW;
END $$;

CREATE FUNCTION search_before_actor(candidate uuid, search tsvector) RETURNS tsvector
LANGUAGE plpgsql STABLE AS $$
DECLARE
	work CONSTANT uuid[] := masked_work(candidate);
BEGIN
	IF work = '{}' THEN
		RETURN search;
	END IF;
	RETURN (SELECT search_words(c, work) FROM candidates c
		WHERE c.organization_id = org() AND c.id = candidate);
END $$;

-- As in 0016.
CREATE OR REPLACE VIEW shown_candidates WITH (security_invoker = true) AS
	SELECT c.organization_id, c.id, c.name,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.email END AS email,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.email_key END AS email_key,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.phone END AS phone,
		CASE WHEN 'contact' <> ALL (h.hidden) THEN c.links ELSE '[]' END AS links,
		c.location, c.headline, c.skills, c.tags,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.summary END AS summary,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.experience ELSE '[]' END AS experience,
		CASE WHEN 'resume' <> ALL (h.hidden) THEN c.education ELSE '[]' END AS education,
		CASE WHEN 'source' <> ALL (h.hidden) THEN c.source END AS source,
		CASE WHEN 'wants' <> ALL (h.hidden) THEN c.wants END AS wants,
		c.consent, c.consent_expires_at, c.archived_at, c.erased_at, c.merged_into, c.version,
		c.created_at, c.updated_at, shown_search(search_before_actor(c.id, c.search), h.hidden, c.name,
			c.email, c.headline, c.location, c.skills, c.tags)
			AS search, h.hidden
	FROM visible_candidates c CROSS JOIN LATERAL (SELECT hidden_of(c.id) AS hidden OFFSET 0) h
	WHERE c.organization_id = org();

-- ---- lists of a role --------------------------------------------------------------------------

-- With the candidate, so that a role's are told without a look at each application.
CREATE INDEX applications_role_candidate ON applications
	(organization_id, role_id, created_at DESC, id DESC) INCLUDE (candidate_id);
DROP INDEX applications_role;
ALTER INDEX applications_role_candidate RENAME TO applications_role;

-- The applications of a role whose candidate matches, as candidate_search: newest first, a page at a
-- time, with all filters of the list. A rare word is looked up and then the role; of a frequent one the
-- role is walked until the page is full. Ids are looked up again under the caller's policy.
CREATE FUNCTION application_search(p_q text, p_role uuid, p_limit int, p_after_created timestamptz,
	p_after_id uuid, p_candidate uuid, p_stage uuid, p_status text, p_open boolean, p_source text,
	p_archived boolean, p_updated_since timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning -- no notice for a query without words
AS $$
DECLARE
	org uuid := org();
	query tsquery := search_query(p_q);
BEGIN
	IF org IS NULL OR query IS NULL OR numnode(query) = 0 THEN
		RETURN;
	END IF;
	-- Of a confidential role some are seen by whoever interviews there alone: all, for them to be told apart.
	IF (SELECT r.confidential FROM public.roles r WHERE r.organization_id = org AND r.id = p_role) THEN
		p_limit := NULL;
	END IF;
	RETURN QUERY EXECUTE concat('SELECT a.id FROM public.applications a
		JOIN public.candidates c ON c.organization_id = $1 AND c.id = a.candidate_id
		WHERE a.organization_id = $1 AND a.role_id = $2 AND c.search @@ $3',
		CASE WHEN p_after_id IS NOT NULL THEN ' AND (a.created_at, a.id) < ($5, $6)' END,
		CASE WHEN p_candidate IS NOT NULL THEN ' AND a.candidate_id = $7' END,
		CASE WHEN p_stage IS NOT NULL THEN ' AND a.stage_id = $8' END,
		CASE WHEN p_status IS NOT NULL THEN ' AND a.status = $9' END,
		CASE p_open WHEN true THEN ' AND a.status IN (''active'', ''paused'', ''offered'')'
			WHEN false THEN ' AND a.status NOT IN (''active'', ''paused'', ''offered'')' END,
		CASE WHEN p_source IS NOT NULL THEN ' AND a.source = $10' END,
		CASE p_archived WHEN true THEN ' AND a.archived_at IS NOT NULL'
			WHEN false THEN ' AND a.archived_at IS NULL' END,
		CASE WHEN p_updated_since IS NOT NULL THEN ' AND a.updated_at >= $11' END,
		' ORDER BY a.created_at DESC, a.id DESC LIMIT $4')
	USING org, p_role, query, p_limit, p_after_created, p_after_id, p_candidate, p_stage, p_status, p_source,
		p_updated_since;
END $$;
GRANT SELECT (id, created_at, updated_at, stage_id, source, archived_at) ON applications TO assay_search;
CREATE POLICY search ON roles FOR SELECT TO assay_search USING (true);
GRANT SELECT (organization_id, id, confidential) ON roles TO assay_search;
REVOKE ALL ON FUNCTION application_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION application_search TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_search;
ALTER FUNCTION application_search OWNER TO assay_search;
REVOKE CREATE ON SCHEMA public FROM assay_search;

-- ---- row-level security and rights ------------------------------------------------------------

ALTER TABLE survey_blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE survey_blocks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenancy ON survey_blocks TO assay_app, assay_demographics
	USING (organization_id = org()) WITH CHECK (organization_id = org());
CREATE POLICY erasure ON survey_blocks TO assay_owner USING (organization_id = org());
CREATE POLICY backup ON survey_blocks FOR SELECT TO assay_backup USING (true);
GRANT SELECT ON survey_blocks TO assay_backup;
-- The service reads what is published, and makes none of it; of a single answer it knows that it is there.
GRANT SELECT ON survey_blocks TO assay_app;
GRANT SELECT, INSERT ON survey_blocks TO assay_demographics;
REVOKE SELECT, UPDATE, DELETE ON survey_answers FROM assay_app;
GRANT SELECT (organization_id, application_id) ON survey_answers TO assay_app;
CREATE POLICY demographics ON survey_answers TO assay_demographics
	USING (organization_id = org()) WITH CHECK (organization_id = org());
GRANT SELECT, UPDATE ON survey_answers TO assay_demographics;

REVOKE ALL ON FUNCTION survey_release, survey_block FROM PUBLIC;
GRANT EXECUTE ON FUNCTION survey_release TO assay_app;
ALTER FUNCTION survey_release OWNER TO assay_demographics;
ALTER FUNCTION survey_block OWNER TO assay_demographics;
REVOKE CREATE ON SCHEMA public FROM assay_demographics;

CALL keep_plans_steady();
-- A sandbox that is reset has none of it.
CALL let_resets_empty();
