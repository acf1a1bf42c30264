/* One request and its answer as the server sees them; handlers see the struct request in it. */
#ifndef SRC_HTTP_EXCHANGE_H
#define SRC_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/buffer.h"
#include "gate.h"
#include "http/app.h"
#include "http/request.h"
#include "http/router.h"
#include "metrics.h"

struct MHD_Connection;
struct MHD_Response;
struct token_cache;
struct worker;

struct reply_header {
	const char *name, *value;
	struct reply_header *next;
};

struct field_error {
	const char *pointer, *code, *sentence;
	struct field_error *next;
};

/* Reply headers and field errors, in order. */
struct http_headers {
	struct reply_header *first, **last;
};

#define REQUEST_ID_MAX 64
#define TRACE_ID_LEN   32

struct exchange {
	struct request rq; /* first: see exchange_of */
	struct arena arena;
	struct buffer body; /* as it arrives */
	struct gate gate;
	struct http_headers headers;
	struct field_error *errors, *last_error;
	const struct compiled_route *compiled;
	struct token_cache *tokens;
	struct worker *worker;		      /* NULL in a local call */
	struct MHD_Connection *connection;    /* NULL in a local call */
	struct reply_header local_headers[2]; /* what a local call has instead; or no name */
	const void *file;		      /* an asset's bytes instead of rq.out */
	size_t file_len;
	struct stream *stream;		      /* the body is streamed */
	const char *method_text, *query_text; /* as sent */
	const char *raw_target;		      /* where it stands in libmicrohttpd's buffer */
	const char *code;		      /* of the problem that was answered, for the log */
	size_t body_limit;
	uint64_t body_seen;
	int64_t started_us, answered_us, step_us[STEP_COUNT];
	char request_id[REQUEST_ID_MAX + 1], trace_id[TRACE_ID_LEN + 1];
	char token_version[12], remote[64];
	size_t reserved; /* of app->link_bytes */
	bool json_body;
	bool link_body; /* a file without sign-in: what is above the usual limit is counted */
	bool refused;	/* the answer stands; the rest of the body is read and dropped */
	bool closing;	/* the connection ends after the answer */
	bool begun;	/* the handler's first call was made */
	bool running;	/* the handler is on its coroutine */
	bool finished;	/* the answer is complete */
	bool suspended; /* libmicrohttpd waits for the handler */
	bool authenticated;
	bool waits;	       /* a secret: the handler finds out who it is (request_admit) */
	bool queued;	       /* libmicrohttpd has the answer */
	bool dropped;	       /* it could not take it: the connection must go */
	bool cut;	       /* the handler gave up half-way through a streamed answer */
	bool listed;	       /* in the worker's list of ready ones */
	struct exchange *next; /* in the worker's list of free or of ready ones */
};

/* The request is the exchange's first member. */
static inline struct exchange *exchange_of(struct request *rq)
{
	return (struct exchange *)(void *)rq;
}

/* A page for people without sign-in: opened by a browser, and from addresses that others made. */
static inline bool exchange_is_page(const struct exchange *ex)
{
	return ex->compiled && strncmp(ex->compiled->route->path, "/careers/", 9) == 0;
}

/* An address that API clients of another product ask, in that product's ways (docs/greenhouse.md).
 */
static inline bool path_is_foreign(const char *path)
{
	return path && strncmp(path, "/greenhouse/", 12) == 0;
}
/* An address that identity providers ask, in the ways of RFC 7644 (docs/scim.md). */
static inline bool path_is_scim(const char *path)
{
	return path && strncmp(path, "/scim/", 6) == 0;
}
/*
 * Whether the header brings an API client's secret itself, where the handler takes one: by HTTP
 * Basic as v1 of Harvest does, as a bearer token as SCIM does.
 */
static inline bool exchange_takes_secret(const struct exchange *ex, const char *authorization)
{
	const struct route *route = ex->compiled->route;

	if (route->may == MAY_ANYONE)
		return false;
	if (path_is_scim(route->path))
		return strncasecmp(authorization, "Bearer acs_", 11) == 0;
	return strncmp(route->path, "/greenhouse/v1/", 15) == 0 &&
	       strncasecmp(authorization, "Basic ", 6) == 0;
}

void exchange_init(struct exchange *ex, struct app *app);
/* Ready for another request; keeps its first blocks of memory. */
void exchange_reset(struct exchange *ex);
void exchange_release(struct exchange *ex);

/* ---- steps.c: each refuses with fail() --------------------------------------------------------
 */
/* From the framing check to authorisation: before the body is read. */
enum err steps_before_body(struct exchange *ex) MUST_USE;
/* Reads and checks body and query. */
enum err steps_body(struct exchange *ex) MUST_USE;
/* Runs the handler; on a coroutine unless the route is direct. */
void steps_handler(struct exchange *ex);
/* The same on the running coroutine. */
void steps_run_handler(struct exchange *ex);
/* Routing and authorisation for a local call, whose principal is known. */
enum err steps_local(struct exchange *ex) MUST_USE;

/* ---- problem.c ------------------------------------------------------------------------------- */
/* False when no problem has this code. */
bool problem_find(const char *code, enum problem *problem);
const char *problem_code(enum problem problem);
const char *problem_title(enum problem problem);

/* ---- reply.c --------------------------------------------------------------------------------- */
/* Settles headers, 304 and HEAD once the handler is done. */
void reply_finish(struct exchange *ex);
/* Builds the response and hands it to libmicrohttpd. False: the connection must be dropped. */
bool reply_queue(struct exchange *ex) MUST_USE;
void reply_log(const struct exchange *ex);

/* ---- static_files.c -------------------------------------------------------------------------- */
/* Answers a GET that no route takes: an asset, the page, or 404. */
enum err static_answer(struct exchange *ex) MUST_USE;

/* ---- page_ahead.c ---------------------------------------------------------------------------- */
/* Names in the page's Link header what its screen is made of. */
void page_ahead(struct exchange *ex);

/* ---- system.c: health and metrics ------------------------------------------------------------ */
extern const struct route system_routes[];
extern const size_t system_route_count;

#endif
