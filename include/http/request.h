/* What a handler is given of a request, and how it answers. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/principal.h"
#include "core/arena.h"
#include "core/buffer.h"
#include "core/json_writer.h"
#include "db/db.h"

#define REQUEST_PARAMS_MAX 4

/*
 * A candidate's link: its token travels in this header and never in an address, where logs,
 * histories and referrers would keep it; a page gets it after the '#', which browsers do not send.
 */
#define LINK_HEADER "Candidate-Link"

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };

/* Who may: the coarse permission of a route. Row permission is the statement's. */
enum may {
	MAY_ANYONE, /* no sign-in */
	MAY_READ,   /* any user; clients with scope <resource>:read */
	MAY_WRITE,  /* any user (the statement decides which rows); clients with <resource>:write */
	MAY_RECRUIT,   /* recruiters, admins; clients with <resource>:write */
	MAY_ADMIN,     /* admins only; never clients */
	MAY_AUDIT,     /* admins; clients with scope <resource>:read */
	MAY_PROVISION, /* admins; clients with scope <resource>:write, reading included */
	MAY_USER       /* any user, never a client: what only a person does */
};

struct request;
typedef enum err handler_fn(struct request *rq);

struct route {
	enum method method;
	const char *path; /* "/v1/roles/{role_id}"; {name} is one segment */
	enum may may;
	const char *scope; /* the resource of the client's scope, e.g. "roles" */
	handler_fn *handler;
	const char *operation; /* the handler's name = operationId */
};

/* One of src/problems.def. */
enum problem {
#define PROBLEM(code, status, title) PROBLEM_##code,
#include "problems.def"
#undef PROBLEM
	PROBLEM_COUNT
};

struct query_param {
	const char *name, *value; /* percent-decoded, valid UTF-8 */
};

/* Everything is borrowed from the arena, which ends with the request. */
struct request {
	struct arena *arena;
	struct app *app; /* process-wide, immutable after start */
	struct db *db;	 /* this worker's */
	struct offload *offload;
	const struct route *route;
	enum method method; /* HEAD is GET with `head` */
	bool head;
	const char *target;		       /* raw, as sent */
	const char *path;		       /* without the query */
	const char *param[REQUEST_PARAMS_MAX]; /* path parameters in order; ids checked as UUID */
	const struct query_param *query;
	int query_count;
	json_t *body;	       /* checked against the API document; NULL when there was none */
	const char *body_text; /* the same as sent, UTF-8, NUL-terminated */
	size_t body_len;
	const char *remote; /* client address, after the trusted proxy's header */
	const char *request_id;
	struct principal who;
	struct db_idempotency idempotency; /* key NULL when none was sent */
	const char *if_match, *if_none_match;

	/* the answer */
	int status;
	struct buffer out;
	struct json_writer json; /* writes to out */
	struct http_headers *headers;
	const char *content_type;
};

/* A request header, or NULL. */
const char *request_header(const struct request *rq, const char *name);
/* A query parameter's value, or NULL. */
const char *request_query(const struct request *rq, const char *name);

/* A member of an application/x-www-form-urlencoded body, or NULL. The arena's. */
const char *request_form(struct request *rq, const char *name);
/* The credentials of `Authorization: Basic`, percent-decoded as RFC 6749 asks; the arena's. */
bool request_basic(struct request *rq, const char **user, const char **password);

/*
 * One more request with a secret in place of sign-in. Above what any address may: for each secret,
 * and for an address with secrets, right ones or not.
 */
enum err request_limit_secret(struct request *rq, const char *secret) MUST_USE;

/* One more form without sign-in: refuses an address that sends too many in an hour. */
enum err request_limit_form(struct request *rq) MUST_USE;

/*
 * A route that others' API clients know takes a secret, too (exchange_takes_secret): the gate lets
 * it through to the handler, which looks who it is and lets them in as anybody: limits and rights
 * hold from here on.
 */
bool request_waits(const struct request *rq);
enum err request_admit(struct request *rq, const struct principal *who) MUST_USE;

/* Whether the client takes the media type, for handlers that can answer in several. */
bool request_accepts(const struct request *rq, const char *type);

/* Adds a response header; both are copied. Control characters are a defect (assert). */
void reply_header(struct request *rq, const char *name, const char *value);

/*
 * The only way to refuse: writes problem+json with the detail sentence, and returns ERR_REFUSED.
 * A field error names a JSON Pointer ("/title") and the rule that is broken; several may be
 * collected by refuse_field before one fail(rq, PROBLEM_invalid, …).
 */
enum err fail(struct request *rq, enum problem problem, const char *format, ...) PRINTF_LIKE(3, 4);
void refuse_field(struct request *rq, const char *pointer, const char *code, const char *format,
		  ...) PRINTF_LIKE(4, 5);

/*
 * Runs a statement for the caller of the request (tenancy, audit, idempotency included) and maps
 * what can go wrong to a problem: AS401 to 401, a known constraint to its field, a lost
 * connection to 503 with Retry-After. On OK the rows are there.
 * A row whose column `refusal` is not NULL is refused: the word is one of constraints.def or a
 * problem's code; `refusal_detail` (a sentence), `refusal_errors` (fields) and `refusal_version`
 * (for a 412) say more. Callers then only return.
 *
 *   struct db_rows rows;
 *   TRY(RUN(rq, role_get, &rows, .role_id = rq->param[0]));
 */
enum err request_run(struct request *rq, const struct db_statement *statement,
		     const char *const *args, struct db_rows *rows) MUST_USE;
/* The same for a caller of the handler's choosing, e.g. a candidate's link or the system. */
enum err request_run_as(struct request *rq, const struct db_caller *caller,
			const struct db_statement *statement, const char *const *args,
			struct db_rows *rows) MUST_USE;
/* The caller as request_run takes it from rq->who: no organization when nobody signed in. */
void request_caller(struct request *rq, struct db_caller *caller);
/* One page of a list for the caller of the request, refusals mapped likewise. */
enum err request_run_list(struct request *rq, const struct db_statement *statement,
			  const char *const *args, const struct db_list_request *list,
			  struct db_rows *rows) MUST_USE;
/* In place of parameters, where a statement takes none of its own. */
#define NO_PARAMETERS ._none = NULL
#define RUN(rq, name, rows, ...)                                                                   \
	request_run(rq, &sql_##name##_statement,                                                   \
		    (const char *const *)&(const struct sql_##name){__VA_ARGS__}, rows)

#define RUN_AS(rq, caller, name, rows, ...)                                                        \
	request_run_as(rq, caller, &sql_##name##_statement,                                        \
		       (const char *const *)&(const struct sql_##name){__VA_ARGS__}, rows)

/* A JSON answer of the handler's own making: then write to rq->json. */
void answer_begin(struct request *rq, int status);
/* An object: 404 when there is no row; ETag from column `version`; 304 and HEAD are handled. */
enum err answer_one(struct request *rq, int status, const struct db_rows *rows) MUST_USE;
/* The same after a create: 201 with Location "<collection>/<id>". */
enum err answer_created(struct request *rq, const char *collection,
			const struct db_rows *rows) MUST_USE;
/* After a statement that creates or updates: column `_created` decides between 201 and 200. */
enum err answer_put(struct request *rq, const char *collection,
		    const struct db_rows *rows) MUST_USE;
/*
 * A collection without pages: {"data": […]}. No row: 404. One row whose column `key` is NULL: the
 * parent is there and the collection is empty.
 */
enum err answer_collection(struct request *rq, const struct db_rows *rows,
			   const char *key) MUST_USE;
/* A weak ETag over the JSON that was written, for an answer of the handler's own making. */
void answer_digest(struct request *rq);
/* 204. */
enum err answer_nothing(struct request *rq, const struct db_rows *rows) MUST_USE;

/*
 * A list: composes the statement's shape from the query parameters that were sent (each a filter
 * of the statement), the sort and the cursor; answers {"data": […], "next_cursor": …}, a weak
 * ETag and Link: rel="next".
 */
enum err answer_list(struct request *rq, const struct db_statement *list,
		     const char *const *args) MUST_USE;
#define LIST(rq, name) answer_list(rq, &sql_##name##_statement, NULL)
/* The same for a list whose base takes parameters. */
#define LIST_OF(rq, name, ...)                                                                     \
	answer_list(rq, &sql_##name##_statement,                                                   \
		    (const char *const *)&(const struct sql_##name){__VA_ARGS__})

/*
 * Every list can be had whole, as CSV or NDJSON: the type that the client asks for, NULL where it
 * takes a page. answer_list looks by itself; an export goes on from the list's cursor.
 */
const char *export_type(const struct request *rq);
enum err answer_export(struct request *rq, const struct db_statement *statement,
		       const char *const *args, const struct db_list_request *list) MUST_USE;

/* The same for rows that are read in another way: the next of them, and whether more may follow. */
typedef enum err export_next(struct request *rq, void *pages, struct db_rows *rows, bool *more);
enum err answer_export_of(struct request *rq, export_next *next, void *pages) MUST_USE;

/*
 * A page of a list for handlers that answer in another form. `page` has its filters, sort and limit
 * (of what is shown); `cursor`, as sent, may be NULL; `next` is NULL on the last page.
 */
enum err request_run_page(struct request *rq, const struct db_statement *statement,
			  const char *const *args, struct db_list_request *page, const char *cursor,
			  struct db_rows *rows, const char **next) MUST_USE;

/* Link: rel="next", the same query but for this parameter. */
void answer_next(struct request *rq, const char *parameter, const char *value);

/*
 * Columns become members: the column's label is the key, its type decides the spelling (bool,
 * integer, numeric, json: as they are; timestamptz: RFC 3339 in milliseconds; else a string).
 * Columns `refusal`, `refusal_detail`, `sort_key` and those beginning with "_" are not written.
 * `web_url` holds a path of the interface, which is written with this server's address before it.
 */
void render_row(struct request *rq, const struct db_rows *rows, int row);
/* The members alone, for an object that has more of them. */
void render_members(struct request *rq, const struct db_rows *rows, int row);

/* For other spellings of a row than an object's: one value, and what it is. */
void render_value(struct request *rq, const struct db_rows *rows, int row, int column);
bool render_is_hidden(const char *column);
bool render_is_text(const struct db_rows *rows, int column);

/*
 * An answer that is sent while it is made (exports): begin, any number of pieces, then return OK.
 * From a coroutine; a piece waits until the client has taken what came before. ERR_UNAVAILABLE
 * when the client is gone: only return. Nothing can be refused any more after the first piece;
 * any error returned from then on cuts the connection, so that the client sees it is incomplete.
 */
enum err stream_begin(struct request *rq, int status, const char *content_type) MUST_USE;
enum err stream_write(struct request *rq, const void *bytes, size_t len) MUST_USE;

/* If-Match's version as decimal text: fails with 428 when required and absent, 412 when not ours.
 */
enum err request_if_match(struct request *rq, bool required, const char **version) MUST_USE;

#endif
