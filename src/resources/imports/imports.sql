-- Imports: files of candidates and applications, and what became of their rows.

-- fragment: import_columns
@.id, @.kind, @.format, @.source, @.dry_run, @.status, @.stopped_because, @.size_bytes,
	@.position AS bytes_read, @.rows_read, @.rows_created, @.rows_updated, @.rows_unchanged,
	@.rows_failed, @.actor_kind, @.actor_id, @.version, @.created_at, @.updated_at, @.finished_at

-- name: imports_list :list
SELECT {import_columns i}
	/*sort_key*/
FROM imports i
WHERE i.organization_id = :org
-- filter kind: AND i.kind = :kind
-- filter status: AND i.status = :status
-- sort created_at timestamptz: i.created_at
-- id: i.id

-- name: import_get :read
SELECT {import_columns i} FROM imports i WHERE i.organization_id = :org AND i.id = :import_id;

-- name: import_create :write
WITH new AS (
	INSERT INTO imports (organization_id, kind, format, source, mapping, dry_run, content,
		size_bytes, actor_kind, actor_id, request_id)
	VALUES (:org, :kind, :format, :source, coalesce(:mapping::jsonb, '{}'), :dry_run::boolean,
		:content, octet_length(:content::text), :actor_kind, :actor::uuid, :request_id)
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'import.begun', new.id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('kind', new.kind, 'source', new.source, 'dry_run', new.dry_run)
	FROM new
), out AS (
	SELECT NULL AS refusal, {import_columns new} FROM new
)
SELECT * FROM out;

-- name: import_errors_list :list
SELECT e.id, e.row, e.pointer, e.code, e.message
	/*sort_key*/
FROM import_errors e
WHERE e.organization_id = :org AND e.import_id = :import_id
-- sort row bigint asc: e.row
-- id: e.id
