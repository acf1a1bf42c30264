-- The model's third version says of two interviewers that they disagree only where they are a point
-- apart on average: what was found before is computed anew.

ALTER TABLE scorecards NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE model_changes NO FORCE ROW LEVEL SECURITY;
INSERT INTO model_changes (organization_id, touches_full, touches_closed)
SELECT o.organization_id, true, true FROM organizations o
WHERE o.statistical_model AND EXISTS (SELECT FROM scorecards s
	WHERE s.organization_id = o.organization_id AND s.status = 'submitted');
ALTER TABLE model_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE scorecards FORCE ROW LEVEL SECURITY;
