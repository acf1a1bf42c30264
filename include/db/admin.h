/* One blocking database connection, for start-up and commands; requests use db.h. */
#ifndef DB_ADMIN_H
#define DB_ADMIN_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "core/why.h"

#define ADMIN_OLDEST_SERVER 150000

struct admin;

/*
 * Connects with a libpq URL or connection string. ERR_UNAVAILABLE: unreachable, or no such
 * database or user; ERR_INVALID: the URL is none, or the server is older than PostgreSQL 15. The
 * sentence names the host and never the password.
 */
enum err admin_connect(struct admin **out, const char *url, struct why *why) MUST_USE;
void admin_close(struct admin *admin); /* NULL is fine */

/* Runs a script of one or more statements without parameters; their rows are dropped. */
enum err admin_run(struct admin *admin, const char *sql, struct why *why) MUST_USE;

/* One statement with text parameters ($1 …; NULL is SQL NULL). Release the rows if OK. */
struct admin_rows {
	void *result;
	int count;
};
enum err admin_query(struct admin *admin, const char *sql, const char *const *args, int arg_count,
		     struct admin_rows *rows, struct why *why) MUST_USE;
/* NULL for SQL NULL; borrowed from the rows. */
const char *admin_value(const struct admin_rows *rows, int row, int column);
void admin_rows_release(struct admin_rows *rows);

/* Of the statement that failed last; "" if it never reached the server. */
const char *admin_sqlstate(const struct admin *admin);
bool admin_in_transaction(const struct admin *admin);
const char *admin_user(const struct admin *admin);
const char *admin_database(const struct admin *admin);
/* The name quoted for SQL: in the arena, NULL without memory. */
char *admin_quote(struct arena *arena, const char *name) MUST_USE;

/* Does a server accept connections there? */
bool admin_ping(const char *url);

/* ERR_INVALID for servers before PostgreSQL 15 (150000). */
enum err admin_check_version(int version, const char *host, struct why *why) MUST_USE;

/*
 * The same database as the service connects to it: with `role` as the connection's role unless
 * that is NULL, timeouts against silent hosts, and a server that takes writes. In the arena.
 */
enum err admin_url_for(const char *url, const char *role, struct arena *arena, const char **out,
		       struct why *why) MUST_USE;
/* The same, with a setting of the session ("name=value") instead of a role; or NULL. */
enum err admin_url_with(const char *url, const char *setting, struct arena *arena, const char **out,
			struct why *why) MUST_USE;

#endif
