/* Copies results into a request's memory. */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include <libpq-fe.h>

#include "db/db.h"

enum err rows_copy(struct arena *arena, const PGresult *result, struct db_rows *rows) MUST_USE;

/*
 * Rows that were stored as text: each record is PostgreSQL's text of a composite value, in column
 * `field` of `records`; `description` gives the columns' names and types. ERR_INTERNAL when a
 * record has not as many fields.
 */
enum err rows_replay(struct arena *arena, const PGresult *description, const PGresult *records,
		     int field, struct db_rows *rows) MUST_USE;

/* The column's place, or -1. */
int rows_column(const struct db_rows *rows, const char *name);

#endif
