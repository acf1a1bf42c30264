/* Runs one statement for a caller, and again where that is harmless. */
#include "db/run.h"

#include <assert.h>
#include <string.h>

#include "core/clock.h"
#include "core/control.h"
#include "core/log.h"
#include "db/rows.h"

#define PATIENCE_US 800000 /* for a connection; a client waits less than a second in all */
#define RETRIES	    2
#define STALE_MOST  16 /* connections of a lane that a migration may have left out of date */

const char *caller_ambient(const struct db_caller *caller, int ambient)
{
	switch ((enum db_ambient)ambient) {
	case DB_ORG:
		return caller->organization_id;
	case DB_ACTOR:
		return caller->actor_id;
	case DB_ACTOR_KIND:
		return caller->actor_kind;
	case DB_REQUEST_ID:
		return caller->request_id;
	case DB_AMBIENT_COUNT:
		break;
	}
	assert(!"an ambient parameter");
	return NULL;
}

void caller_bind(const struct db_caller *caller, const struct db_statement *statement,
		 const char *const *args, const char **values)
{
	for (unsigned i = 0; i < statement->params; i++) {
		const int8_t *ambient = &statement->ambient[i];

		values[i] = *ambient < 0 ? *args++ : caller_ambient(caller, *ambient);
	}
}

void segment_enter(struct segment *segment, const struct db_caller *caller, const char **values)
{
	if (!caller->organization_id)
		return;
	values[0] = caller->organization_id;
	values[1] = caller->actor_kind;
	values[2] = caller->actor_id;
	values[3] = caller->token_version;
	values[4] = caller->request_id;
	segment->steps[segment->step_count++] = (struct step){
	    .name = "assay.enter",
	    .text = "SELECT enter($1::uuid, $2::text, $3::uuid, $4::bigint, $5::text)",
	    .params = ENTER_PARAMS,
	    .values = values,
	};
}

/* Facts about the statement only: PostgreSQL's message and detail may hold values. */
static void log_failure(const struct segment *segment, const char *name)
{
	enum log_level level = segment->err == ERR_INTERNAL ? LOG_ERROR : LOG_WARN;
	bool names_only = strncmp(segment->refusal.sqlstate, "42", 2) == 0;

	/* Lost connections have their own line. */
	if (segment->err != ERR_INTERNAL &&
	    (segment->err != ERR_UNAVAILABLE || segment->remedy == REMEDY_LOST ||
	     !segment->refusal.sqlstate[0]))
		return;
	log_line(level, "db.failed", "statement=%s sqlstate=%s constraint=%s%s%s", name,
		 segment->refusal.sqlstate, segment->refusal.constraint,
		 names_only ? " message=" : "", names_only ? segment->refusal.message : "");
}

/* Who creates by external id while another does: the next run finds one to update. */
static bool lost_a_race(const struct segment *segment, const char *name)
{
	return strcmp(segment->refusal.sqlstate, "23505") == 0 && strstr(name, "_put_external");
}

static bool again(struct segment *segment, bool repeatable, int *retries, int *stale)
{
	switch (segment->remedy) {
	case REMEDY_NONE:
		return false;
	case REMEDY_RETRY:
		return (*retries)-- > 0;
	case REMEDY_STALE:
		return (*stale)-- > 0;
	case REMEDY_LOST:
		segment->lost_us = clock_monotonic_us();
		return repeatable && (*retries)-- > 0;
	}
	return false;
}

enum err segment_run(struct db *db, enum db_lane lane, struct segment *segment, bool repeatable,
		     const char *name, struct db_refusal *refusal)
{
	int64_t patience_us = PATIENCE_US;
	int retries = RETRIES, stale = STALE_MOST;

	do {
		segment_clear(segment);
		lanes_run(db, lane, segment, &patience_us);
		if (lost_a_race(segment, name))
			segment->remedy = REMEDY_RETRY;
	} while (again(segment, repeatable, &retries, &stale));
	db->statements++;
	*refusal = segment->refusal;
	if (segment->err != OK) {
		db->errors++;
		log_failure(segment, name);
	}
	return segment->err;
}

enum err order_run(struct db *db, const struct db_caller *caller, const struct order *order,
		   struct segment *segment, struct db_refusal *refusal)
{
	const char *enter[ENTER_PARAMS];

	*segment = (struct segment){0};
	segment_enter(segment, caller, enter);
	if (order->custom_plan)
		segment->steps[segment->step_count++] = (struct step){
		    .name = "assay.custom_plan",
		    .text = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)",
		};
	segment->steps[segment->step_count++] = (struct step){
	    .name = order->name,
	    .text = order->text,
	    .params = order->params,
	    .values = order->values,
	};
	return segment_run(db, order->lane, segment, order->repeatable, order->statement->name,
			   refusal);
}

enum err order_rows(struct db *db, struct arena *arena, const struct db_caller *caller,
		    const struct order *order, struct db_rows *rows, struct db_refusal *refusal)
{
	struct segment segment;
	enum err err = order_run(db, caller, order, &segment, refusal);

	*rows = (struct db_rows){0};
	if (err == OK)
		err = rows_copy(arena, segment_result(&segment), rows);
	segment_clear(&segment);
	return err;
}

static bool is_idempotent(const struct db_caller *caller, const struct db_statement *statement)
{
	return DEFENCE(idempotency) && statement->idempotent_text && caller->organization_id &&
	       caller->idempotency && caller->idempotency->key;
}

enum err db_run(struct db *db, struct arena *arena, const struct db_caller *caller,
		const struct db_statement *statement, const char *const *args, struct db_rows *rows,
		struct db_refusal *refusal)
{
	const char **values;
	struct order order = {
	    .statement = statement,
	    .name = statement->name,
	    .text = statement->text,
	    .params = (int)statement->params,
	    .lane = statement->lane,
	    .repeatable = statement->lane != DB_WRITE,
	};

	assert(!statement->list);
	*refusal = (struct db_refusal){0};
	if (is_idempotent(caller, statement))
		return idempotent_run(db, arena, caller, statement, args, rows, refusal);
	values = arena_alloc(arena, statement->params * sizeof(*values));
	if (!values)
		return ERR_MEMORY;
	caller_bind(caller, statement, args, values);
	order.values = values;
	return order_rows(db, arena, caller, &order, rows, refusal);
}
