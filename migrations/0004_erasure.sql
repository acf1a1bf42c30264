-- Erasure: what is left of a candidate is ids, dates, ratings and decisions, and no personal string.

-- The owner is under row-level security too; erasing needs the tables that the service may only add to.
CREATE POLICY erasure ON candidates TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON candidate_keys TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON external_ids TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON applications TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON application_moves TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON interviews TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON scorecards TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON scorecard_revisions TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON decisions TO assay_owner USING (organization_id = org());
CREATE POLICY erasure ON idempotency_keys TO assay_owner USING (organization_id = org());

-- Blanks every personal text of one candidate in the caller's organization, and the key of the
-- digests by which events refer to those texts. Returns how many texts' digests lost their key.
-- The caller decides who may, locks the candidate first, and writes the event.
CREATE FUNCTION erase_candidate(candidate uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	mine uuid[];
	cards uuid[];
	texts bigint;
BEGIN
	SELECT coalesce(array_agg(a.id), '{}') INTO mine FROM applications a
	WHERE a.organization_id = org() AND a.candidate_id = candidate;
	SELECT coalesce(array_agg(s.id), '{}') INTO cards FROM scorecards s
	WHERE s.organization_id = org() AND s.application_id = ANY (mine);
	SELECT count(*) INTO texts FROM scorecard_revisions r
	WHERE r.organization_id = org() AND r.scorecard_id = ANY (cards);

	UPDATE candidates c SET name = 'Erased candidate', email = NULL, phone = NULL, location = NULL,
		headline = NULL, summary = NULL, links = '[]', skills = '{}', tags = '{}',
		experience = '[]', education = '[]', search = '', erased_at = now(),
		archived_at = coalesce(c.archived_at, now()), version = c.version + 1, updated_at = now()
	WHERE c.organization_id = org() AND c.id = candidate;
	DELETE FROM candidate_keys k WHERE k.organization_id = org() AND k.candidate_id = candidate;
	DELETE FROM external_ids x WHERE x.organization_id = org() AND (
		(x.object_type = 'candidate' AND x.object_id = candidate)
		OR (x.object_type = 'application' AND x.object_id = ANY (mine)));
	UPDATE applications a SET source = NULL, version = a.version + 1, updated_at = now()
	WHERE a.organization_id = org() AND a.id = ANY (mine);
	UPDATE application_moves m SET reason = NULL
	WHERE m.organization_id = org() AND m.application_id = ANY (mine) AND m.reason IS NOT NULL;
	UPDATE interviews i SET location = NULL
	WHERE i.organization_id = org() AND i.application_id = ANY (mine) AND i.location IS NOT NULL;
	UPDATE scorecards s SET key_takeaways = NULL, private_note = NULL,
		ratings = (SELECT coalesce(jsonb_object_agg(k, v || '{"evidence": null}'), '{}')
			FROM jsonb_each(s.ratings) AS e(k, v))
	WHERE s.organization_id = org() AND s.id = ANY (cards);
	-- A revision keeps its ratings; its hash stays as it was chained, and can no longer be redone.
	UPDATE scorecard_revisions r SET reason = CASE WHEN r.kind = 'amendment' THEN '(erased)' END,
		content = (r.content - 'key_takeaways' - 'private_note') || jsonb_build_object('erased', true,
			'ratings', (SELECT coalesce(jsonb_object_agg(k, v || '{"evidence": null}'), '{}')
				FROM jsonb_each(r.content -> 'ratings') AS e(k, v)))
	WHERE r.organization_id = org() AND r.scorecard_id = ANY (cards);
	UPDATE decisions d SET rationale = '(erased)', dissent = '[]',
		override_reason = CASE WHEN d.override_reason IS NOT NULL THEN '(erased)' END
	WHERE d.organization_id = org() AND d.application_id = ANY (mine);
	-- Stored answers show the candidate's or the application's id wherever they show a text.
	DELETE FROM idempotency_keys k WHERE k.organization_id = org() AND EXISTS (
		SELECT FROM unnest(mine || candidate) AS id
		WHERE strpos(array_to_string(k.answer, ' ') || k.scope, id::text) > 0);
	RETURN texts;
END $$;
REVOKE ALL ON FUNCTION erase_candidate(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_candidate(uuid) TO assay_app;

-- What was erased stays erased: nothing is written about an erased candidate any more. The look
-- takes a share of the candidate's row, so that a write and an erasure cannot pass each other.
CREATE FUNCTION refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_user = 'assay_owner' THEN
		RETURN NEW; -- erase_candidate itself
	END IF;
	IF TG_TABLE_NAME = 'candidates' THEN
		IF OLD.erased_at IS NOT NULL THEN
			RAISE EXCEPTION 'the candidate was erased'
				USING ERRCODE = 'integrity_constraint_violation',
				      CONSTRAINT = 'candidate_erased';
		END IF;
		RETURN NEW;
	END IF;
	IF TG_TABLE_NAME = 'applications' THEN
		PERFORM FROM candidates c
		WHERE c.organization_id = NEW.organization_id AND c.id = NEW.candidate_id
			AND c.erased_at IS NULL
		FOR KEY SHARE;
	ELSE
		PERFORM FROM applications a JOIN candidates c
			ON c.organization_id = a.organization_id AND c.id = a.candidate_id
		WHERE a.organization_id = NEW.organization_id AND a.id = NEW.application_id
			AND c.erased_at IS NULL
		FOR KEY SHARE OF c;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the candidate was erased'
			USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'candidate_erased';
	END IF;
	RETURN NEW;
END $$;
-- A write that had found the candidate before the erasure waited for its end: the row is blank now.
CREATE TRIGGER candidates_not_erased BEFORE UPDATE ON candidates
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER applications_not_erased BEFORE INSERT OR UPDATE ON applications
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER application_moves_not_erased BEFORE INSERT ON application_moves
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER interviews_not_erased BEFORE INSERT OR UPDATE ON interviews
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER scorecards_not_erased BEFORE INSERT OR UPDATE ON scorecards
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
CREATE TRIGGER decisions_not_erased BEFORE INSERT ON decisions
	FOR EACH ROW EXECUTE FUNCTION refuse_erased();
