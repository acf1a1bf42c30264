-- A stage's applications by status and in the order of changes, each page read from an index alone.

-- Statistics for single columns cannot tell that few of a stage's applications have a status: what a
-- status leaves out would be read first and thrown away (docs/adr/0008-lists-of-a-stage.md).
CREATE INDEX applications_stage_status
	ON applications (organization_id, stage_id, status, created_at DESC, id DESC);
CREATE INDEX applications_stage_updated
	ON applications (organization_id, stage_id, updated_at DESC, id DESC);

CALL keep_plans_steady();
CALL let_resets_empty();
