/* Named statements on pipelined PostgreSQL connections: the only way to the data. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"

struct db; /* one worker's connections: read lane, write lane, slow lane */
struct loop;

struct db_options {
	const char *url;	   /* libpq connection string or URL of the application role */
	unsigned read_connections; /* default 2 */
	unsigned write_connections;
	unsigned slow_connections;
	unsigned queue;	      /* statements waiting at most a lane; more is ERR_BUSY */
	unsigned write_depth; /* writes in flight on one connection; 0: 1 */
	int statement_timeout_ms;
	int slow_timeout_ms; /* the same for the slow lane; 0: twelve times the other */
	int lock_timeout_ms;
	const char *search_path; /* NULL: "public, pg_temp" */
};

/* Starts connecting at once; a lost connection is made again without blocking. NULL: no memory. */
struct db *db_new(struct loop *loop, const struct db_options *options);
void db_free(struct db *db);	    /* only when no statement is under way */
bool db_ready(const struct db *db); /* at least one connection of each lane is usable */
struct db_counts {
	uint64_t statements, errors, reconnects;
	unsigned connections_up, waiting;
};
void db_counts(const struct db *db, struct db_counts *out);

/*
 * A statement, from a `-- name:` block of a .sql file (see src/db/statements.pl). Parameters are
 * named in the SQL (`:title`) and become the members, in order, of `struct sql_<name>`.
 * Ambient parameters are taken from struct db_caller instead of the struct.
 */
enum db_lane { DB_READ, DB_WRITE, DB_SLOW, DB_LANE_COUNT };
struct db_statement {
	const char *name; /* snake_case, unique; also the prepared statement's name */
	const char *text; /* with $1 … */
	/* The same that also inserts the idempotency record, or NULL; params + 4 parameters. */
	const char *idempotent_text;
	unsigned params;       /* how many, ambient ones included */
	const int8_t *ambient; /* per parameter: an enum db_ambient, or -1 for the caller's own */
	const char *const *param_names; /* per parameter */
	enum db_lane lane;
	const struct db_list *list; /* for :list statements, else NULL */
	const char *file;	    /* where it is written */
	unsigned line;
};

/* What a :list statement's text is composed from. */
struct db_filter {
	const char *name; /* = the query parameter */
	const char *text; /* "AND …"; \001 and a sign mark parameters (src/db/list.c) */
	bool custom_plan; /* planned anew with its values each time */
	bool literal;	  /* a boolean that stands in the text: a plan for true, one for false */
};
struct db_sort {
	const char *name;
	const char *type; /* of the expression, for the cursor's cast */
	const char *expr; /* never NULL in any row */
	bool ascending;	  /* its default direction */
};
struct db_list {
	const char *id; /* breaks ties; a uuid */
	const struct db_filter *filters;
	unsigned filter_count;
	const struct db_sort *sorts; /* the first is the default */
	unsigned sort_count;
};
enum db_ambient { DB_ORG, DB_ACTOR, DB_ACTOR_KIND, DB_REQUEST_ID, DB_AMBIENT_COUNT };

/*
 * Who asks. Bound to a transaction by `enter` (migration 0001), which is pipelined in front of
 * each statement and refuses with SQLSTATE AS401 when the user or client is no longer what the
 * token says; that refusal aborts the transaction, so nothing that follows has any effect.
 */
struct db_caller {
	const char *organization_id; /* UUID text; NULL: no tenant, for sign-in and health only */
	const char *actor_id;
	const char *actor_kind;	   /* "user", "client" or "system" */
	const char *token_version; /* decimal */
	const char *request_id;
	/* Set for an idempotent write: its record is inserted as the transaction's last act. */
	const struct db_idempotency *idempotency;
};
struct db_idempotency {
	const char *key, *scope; /* scope: "<actor> <method> <path>" */
	const char *body_digest; /* hex */
};

/* The rows of one statement. All memory is the arena's. */
struct db_column {
	const char *name;
	unsigned type; /* PostgreSQL's type OID */
};
struct db_rows {
	int count, columns;
	const struct db_column *column;
	const char *const *value; /* row-major; NULL is SQL NULL; text format */
	const int *length;
	bool replayed; /* an idempotent write had been done before; these are its stored columns */
};

/* What a refused statement said. */
struct db_refusal {
	char sqlstate[6];
	char constraint[64];
	char message[256];
};

/*
 * From a coroutine: runs `enter` (when the caller has an organization), the statement and, where
 * given, the idempotency record as one implicit transaction under one Sync, and returns once the
 * Sync was answered, that is after the commit.
 * OK; ERR_DENIED (AS401); ERR_CONFLICT, ERR_INVALID (constraints; see refusal); ERR_UNAVAILABLE
 * (no connection, or it was lost: for a write the outcome is then unknown); ERR_TIMEOUT; ERR_BUSY;
 * ERR_MEMORY; ERR_INTERNAL (logged, with the SQLSTATE).
 */
enum err db_run(struct db *db, struct arena *arena, const struct db_caller *caller,
		const struct db_statement *statement, const char *const *args, struct db_rows *rows,
		struct db_refusal *refusal) MUST_USE;

/*
 * One page of a list. `filter` runs parallel to list->filters; NULL members (or no array) are
 * absent. With a cursor, rows after (cursor_key, cursor_id) in the order asked for: these are the
 * `sort_key` column and the id of the last row that was seen. Values are text that PostgreSQL
 * parses; what it cannot parse is ERR_INVALID.
 */
struct db_list_request {
	const char *const *filter;
	unsigned sort; /* index into list->sorts */
	bool descending;
	const char *cursor_key, *cursor_id; /* both or none */
	unsigned
	    limit; /* at most DB_LIST_MOST; one more than a page shows whether it is the last */
	bool wide; /* at most DB_LIST_WIDE, and from `offset` on */
	unsigned offset;
};
#define DB_LIST_MOST 201
#define DB_LIST_WIDE 501
enum err db_run_list(struct db *db, struct arena *arena, const struct db_caller *caller,
		     const struct db_statement *statement, const char *const *args,
		     const struct db_list_request *request, struct db_rows *rows,
		     struct db_refusal *refusal) MUST_USE;
/* The text for the shape of a request, e.g. to EXPLAIN it; its own parameters stand first. */
const char *db_list_compose(struct arena *arena, const struct db_statement *statement,
			    const struct db_list_request *request) MUST_USE;

/* The value, or NULL when it is SQL NULL; row and column must exist (assert). */
const char *db_value(const struct db_rows *rows, int row, const char *column);

#endif
