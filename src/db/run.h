/* Runs one statement, or a composed text, for a caller. */
#ifndef DB_RUN_H
#define DB_RUN_H

#include "db/lanes.h"

/* A statement made ready: what is sent, with the values of all its parameters. */
struct order {
	const struct db_statement *statement; /* which one, for the log */
	const char *name, *text;
	int params;
	const char *const *values;
	enum db_lane lane;
	bool custom_plan; /* planned for these very values */
	bool repeatable;  /* may be run again although its first outcome is unknown */
};

/* Runs it, again where that is harmless. The segment holds the results and is to be cleared. */
enum err order_run(struct db *db, const struct db_caller *caller, const struct order *order,
		   struct segment *segment, struct db_refusal *refusal) MUST_USE;
/* The same when all that is wanted is its rows. */
enum err order_rows(struct db *db, struct arena *arena, const struct db_caller *caller,
		    const struct order *order, struct db_rows *rows,
		    struct db_refusal *refusal) MUST_USE;

/* The caller's value of an enum db_ambient. */
const char *caller_ambient(const struct db_caller *caller, int ambient);
/* Fills `values`, of statement->params, from the caller and from `args`. */
void caller_bind(const struct db_caller *caller, const struct db_statement *statement,
		 const char *const *args, const char **values);

/* A write with an idempotency key: does it once, or returns what was stored. */
enum err idempotent_run(struct db *db, struct arena *arena, const struct db_caller *caller,
			const struct db_statement *statement, const char *const *args,
			struct db_rows *rows, struct db_refusal *refusal) MUST_USE;

/* Adds `enter` for callers with an organization. Its values live in `values`, of ENTER_PARAMS. */
#define ENTER_PARAMS 5
void segment_enter(struct segment *segment, const struct db_caller *caller, const char **values);
/* Runs a segment whose steps are set. */
enum err segment_run(struct db *db, enum db_lane lane, struct segment *segment, bool repeatable,
		     const char *name, struct db_refusal *refusal) MUST_USE;

#endif
