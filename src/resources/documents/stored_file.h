/* Files that are kept in the database: how a body becomes a bytea, and a bytea a download. */
#ifndef RESOURCES_STORED_FILE_H
#define RESOURCES_STORED_FILE_H

#include "http/request.h"

#define STORED_FILE_MOST ((size_t)10 << 20)

/* The declared type without its parameters, as one of `known`; NULL when it is none of them. */
const char *stored_file_type(const struct request *rq, const char *const *known, size_t count);
/* The body as a bytea's text: \x and two digits a byte; NULL without memory. */
const char *stored_file_bytea(struct request *rq);
/* Answers with the row's content, to be saved under its own name or else under `plain`. */
enum err stored_file_answer(struct request *rq, const struct db_rows *rows,
			    const char *plain) MUST_USE;

#endif
