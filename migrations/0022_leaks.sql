-- What could be told by differences, and what programs could open to themselves.

-- ---- what candidates say of themselves ----------------------------------------------------------

-- Counts of live answers told one by what an erasure, or a change of mind, took away. What is told
-- are sums of what fairness_blocks publishes, once and for ever.
SET LOCAL ROLE assay_demographics;
DROP FUNCTION demographics_counted(uuid);
DROP FUNCTION demographics_told(uuid);
SET LOCAL ROLE assay_owner;

