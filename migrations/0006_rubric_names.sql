-- A criterion keeps the name that its competency had when the draft was last written: a published
-- version reads for ever as it was published, and a name that changes elsewhere changes neither its
-- content hash nor what its ETag stands for.

ALTER TABLE rubric_criteria ADD COLUMN competency_name text NOT NULL;

CREATE FUNCTION rubric_criteria_take_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- Of an unknown competency there is no name; the foreign key refuses it next.
	NEW.competency_name := coalesce((SELECT c.name FROM competencies c
		WHERE c.organization_id = NEW.organization_id AND c.id = NEW.competency_id), '');
	RETURN NEW;
END $$;
CREATE TRIGGER rubric_criteria_name BEFORE INSERT OR UPDATE ON rubric_criteria
	FOR EACH ROW EXECUTE FUNCTION rubric_criteria_take_name();
