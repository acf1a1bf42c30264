-- What candidates gained since 0004 goes with them when they are erased.

-- Follows the mark that erase_candidate sets, in the same transaction and with its rights: what is
-- about a candidate goes with them, and so do the candidates who were merged into them.

CREATE FUNCTION erase_candidate_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.source := NULL;
	NEW.wants := NULL;
	NEW.consent := NULL;
	NEW.consent_expires_at := NULL;
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_erase_profile BEFORE UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_profile();

CREATE FUNCTION erase_candidate_belongings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- An answer names the candidate that the note was with then.
	DELETE FROM idempotency_keys k USING notes n
	WHERE k.organization_id = NEW.organization_id AND n.organization_id = NEW.organization_id
		AND n.candidate_id = NEW.id AND strpos(k.scope, n.id::text) > 0;
	DELETE FROM notes n WHERE n.organization_id = NEW.organization_id AND n.candidate_id = NEW.id;
	DELETE FROM application_flags f USING applications a
	WHERE f.organization_id = NEW.organization_id AND a.organization_id = NEW.organization_id
		AND a.candidate_id = NEW.id AND f.application_id = a.id;
	DELETE FROM documents d WHERE d.organization_id = NEW.organization_id AND d.candidate_id = NEW.id;
	DELETE FROM candidate_tags t
	WHERE t.organization_id = NEW.organization_id AND t.candidate_id = NEW.id;
	PERFORM erase_candidate(c.id) FROM candidates c
	WHERE c.organization_id = NEW.organization_id AND c.merged_into = NEW.id AND c.erased_at IS NULL;
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_belongings AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_belongings();
