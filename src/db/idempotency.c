/* Writes with an idempotency key: the effect once, the same answer each time. */
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "db/rows.h"
#include "db/run.h"

/* What statements.pl appends: organization, scope, key, body digest. */
#define RECORD_PARAMS 4

static const char lookup_text[] =
    "SELECT k.body_digest, a.record FROM idempotency_keys k,"
    " unnest(k.answer) WITH ORDINALITY AS a(record, place)"
    " WHERE k.organization_id = $1::uuid AND k.scope = $2::text AND k.key = $3::text"
    " ORDER BY a.place";

/* The statement of a keyed write, in the variant that leaves a record. */
static enum err bind(struct arena *arena, const struct db_caller *caller,
		     const struct db_statement *statement, const char *const *args,
		     struct order *order)
{
	unsigned params = statement->params + RECORD_PARAMS;
	const char **values = arena_alloc(arena, params * sizeof(*values));
	char *name = arena_printf(arena, "%s!record", statement->name);

	if (!values || !name)
		return ERR_MEMORY;
	caller_bind(caller, statement, args, values);
	values[statement->params] = caller->organization_id;
	values[statement->params + 1] = caller->idempotency->scope;
	values[statement->params + 2] = caller->idempotency->key;
	values[statement->params + 3] = caller->idempotency->body_digest;
	*order = (struct order){
	    .statement = statement,
	    .name = name,
	    .text = statement->idempotent_text,
	    .params = (int)params,
	    .values = values,
	    .lane = statement->lane,
	    .repeatable = true, /* the key sees to it that it is done once */
	};
	return OK;
}

/* A retry may hit its own effect: whatever was not done might have been done before. */
static bool was_done(const struct db_rows *rows)
{
	int refusal = rows_column(rows, "refusal");

	for (int r = 0; r < rows->count; r++)
		if (rows->value[r * rows->columns + refusal])
			return false;
	return rows->count > 0;
}

static enum err refuse(struct db_refusal *refusal, const char *constraint)
{
	*refusal = (struct db_refusal){0};
	snprintf(refusal->constraint, sizeof(refusal->constraint), "%s", constraint);
	return ERR_CONFLICT;
}

/* ERR_NOT_FOUND: there is no record. */
static enum err take_record(struct arena *arena, const struct db_caller *caller,
			    const struct order *order, const struct segment *segment,
			    struct db_rows *rows, struct db_refusal *refusal)
{
	const PGresult *records = segment_result(segment);
	const PGresult *description = segment->results[segment->result_count - 2];
	enum err err;

	if (PQntuples(records) == 0)
		return ERR_NOT_FOUND;
	if (strcmp(PQgetvalue(records, 0, 0), caller->idempotency->body_digest) != 0)
		return refuse(refusal, "idempotency_mismatch");
	err = rows_replay(arena, description, records, 1, rows);
	if (err == ERR_INTERNAL)
		log_line(LOG_ERROR, "db.record", "statement=%s columns=%d", order->statement->name,
			 PQnfields(description));
	return err;
}

static enum err look_up(struct db *db, struct arena *arena, const struct db_caller *caller,
			const struct order *order, struct db_rows *rows, struct db_refusal *refusal)
{
	const struct db_idempotency *idempotency = caller->idempotency;
	const char *values[] = {caller->organization_id, idempotency->scope, idempotency->key};
	const char *enter[ENTER_PARAMS];
	struct db_refusal failure = {0};
	struct segment segment = {0};
	enum err err;

	segment_enter(&segment, caller, enter);
	segment.steps[segment.step_count++] =
	    (struct step){.name = order->name, .text = order->text, .describe = true};
	segment.steps[segment.step_count++] = (struct step){
	    .name = "assay.idempotency", .text = lookup_text, .params = 3, .values = values};
	err = segment_run(db, DB_WRITE, &segment, true, "idempotency", &failure);
	if (err == OK)
		err = take_record(arena, caller, order, &segment, rows, refusal);
	else
		*refusal = failure;
	segment_clear(&segment);
	return err;
}

/* An identical request is under way, or its record is in another's hands. */
static bool in_progress(enum err err, const struct db_refusal *refusal)
{
	return (err == ERR_TIMEOUT && strcmp(refusal->sqlstate, "55P03") == 0) ||
	       (err == ERR_CONFLICT && strcmp(refusal->constraint, "idempotency_keys_pkey") == 0);
}

enum err idempotent_run(struct db *db, struct arena *arena, const struct db_caller *caller,
			const struct db_statement *statement, const char *const *args,
			struct db_rows *rows, struct db_refusal *refusal)
{
	struct db_refusal first;
	struct db_rows stored;
	struct order order;
	enum err err, found;

	TRY(bind(arena, caller, statement, args, &order));
	err = order_rows(db, arena, caller, &order, rows, refusal);
	if (err == OK ? was_done(rows)
		      : err != ERR_CONFLICT && err != ERR_INVALID && !in_progress(err, refusal))
		return err;
	first = *refusal;
	found = look_up(db, arena, caller, &order, &stored, refusal);
	if (found == OK)
		*rows = stored;
	if (found != ERR_NOT_FOUND)
		return found;
	*refusal = first;
	return in_progress(err, &first) ? refuse(refusal, "idempotency_in_progress") : err;
}
