/* Requests without a socket: the program's own commands use the real API. */
#ifndef HTTP_LOCAL_H
#define HTTP_LOCAL_H

#include <stddef.h>

#include "auth/principal.h"
#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"

struct app;
struct db;
struct offload;

struct local {
	struct app *app;
	struct db *db;
	struct offload *offload;
	struct principal who;	/* kind PRINCIPAL_NONE: only routes that anyone may use */
	const char *media_type; /* of a body that is not JSON; else NULL */
	const char *header_name, *header_value; /* one more header, where a route reads one */
};

struct local_answer {
	int status;
	const char *body; /* in the arena, NUL-terminated */
	size_t len;
	const char *etag; /* or NULL */
};

/*
 * From a coroutine: routes, authorises, checks against the API document and runs the handler just
 * like a request from a socket, without rate limits. `body` (JSON, unless `media_type` names
 * another) and `if_match` may be NULL. OK whatever the status is; ERR_MEMORY, ERR_INVALID for a
 * method or target that does not exist.
 */
enum err local_call(const struct local *local, struct arena *arena, const char *method,
		    const char *target, const char *body, const char *if_match,
		    struct local_answer *answer) MUST_USE;

#endif
