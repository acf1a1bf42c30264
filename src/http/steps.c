/* One request as a walk over a table of steps, each timed; a step that refuses ends the walk. */
#include <assert.h>

#include "api_schema/api_schema.h"
#include "conditional.h"
#include "core/clock.h"
#include "core/control.h"
#include "core/log.h"
#include "core/text.h"
#include "exchange.h"
#include "runtime/coroutine.h"
#include "steps.h"
#include "worker.h"

/* ---- the request as such ----------------------------------------------------------------------
 */

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_' || c == '.';
}

static void take_request_id(struct exchange *ex)
{
	const char *sent = ex->gate.header[HEADER_X_REQUEST_ID];
	size_t len = 0;

	while (sent && is_id_char(sent[len]))
		len++;
	if (!sent || sent[len] || len == 0 || len > REQUEST_ID_MAX)
		uuid_generate(ex->request_id);
	else
		memcpy(ex->request_id, sent, len + 1);
}

/* The trace id of a W3C traceparent: 00-<32 hex>-<16 hex>-<2 hex>. */
static void take_trace_id(struct exchange *ex)
{
	const char *sent = ex->gate.header[HEADER_TRACEPARENT];

	if (!sent || strlen(sent) < 55 || sent[2] != '-' || sent[35] != '-')
		return;
	if (strspn(sent + 3, "0123456789abcdef") != TRACE_ID_LEN)
		return;
	memcpy(ex->trace_id, sent + 3, TRACE_ID_LEN);
}

static enum err step_gate(struct exchange *ex)
{
	struct request *rq = &ex->rq;

	take_request_id(ex);
	take_trace_id(ex);
	rq->request_id = ex->request_id;
	rq->if_match = ex->gate.header[HEADER_IF_MATCH];
	rq->if_none_match = ex->gate.header[HEADER_IF_NONE_MATCH];
	if (!ex->gate.why)
		return OK;
	ex->closing = true;
	return fail(rq, ex->gate.problem, "%s", ex->gate.why);
}

/* ---- route ------------------------------------------------------------------------------------
 */

/* METHOD_COUNT for OPTIONS, and false for what no resource knows. */
static bool method_of(struct exchange *ex)
{
	struct request *rq = &ex->rq;

	rq->head = strcmp(ex->method_text, "HEAD") == 0;
	if (rq->head) {
		rq->method = METHOD_GET;
		return true;
	}
	for (int i = 0; i < METHOD_COUNT; i++) {
		rq->method = (enum method)i;
		if (strcmp(ex->method_text, method_names[i]) == 0)
			return true;
	}
	rq->method = METHOD_COUNT;
	return strcmp(ex->method_text, "OPTIONS") == 0;
}

static enum err split_target(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	size_t len = strcspn(rq->target, "?");

	/* Clients of these write both /jobs and /jobs/. */
	rq->path = arena_memdup(rq->arena, rq->target,
				len - (rq->target[len - 1] == '/' &&
				       (path_is_foreign(rq->target) || path_is_scim(rq->target))));
	ex->query_text = rq->target[len] ? rq->target + len + 1 : "";
	return rq->path ? OK : ERR_MEMORY;
}

static enum err answer_options(struct exchange *ex, const struct router_match *match)
{
	char allow[64] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

	if (match)
		router_allow(match->routes, allow);
	reply_header(&ex->rq, "Allow", allow);
	ex->rq.status = 204;
	return ERR_REFUSED;
}

static enum err no_route(struct exchange *ex)
{
	struct request *rq = &ex->rq;

	if (rq->method == METHOD_COUNT && strcmp(rq->path, "*") == 0)
		return answer_options(ex, NULL);
	return static_answer(ex);
}

static bool has_body(const struct exchange *ex)
{
	return ex->gate.chunked || ex->gate.length > 0;
}

/* Where a Content-Type's media type ends; 0 if more follows it than parameters. */
static size_t media_type_len(const char *type)
{
	size_t len = strcspn(type, "; \t"), space = strspn(type + len, " \t");

	return type[len + space] == '\0' || type[len + space] == ';' ? len : 0;
}

static bool is_json_type(const char *type)
{
	size_t len = media_type_len(type);

	return (len == 16 && strncasecmp(type, "application/json", len) == 0) ||
	       (len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0);
}

/* Whether a Content-Type is one that the operation takes; another charset than UTF-8 is not. */
static bool takes_type(const struct api_operation *operation, const char *type)
{
	size_t len = media_type_len(type);
	const char *charset = strcasestr(type + len, "charset="), *taken;

	if (charset && strncasecmp(charset + 8, "utf-8", 5) != 0 &&
	    strncasecmp(charset + 8, "\"utf-8\"", 7) != 0)
		return false;
	if (!operation)
		return len == 16 && strncasecmp(type, "application/json", len) == 0;
	for (int i = 0; (taken = api_operation_media_type(operation, i)); i++) {
		if (strlen(taken) == len && strncasecmp(taken, type, len) == 0)
			return true;
	}
	return false;
}

static enum err check_body_headers(struct exchange *ex)
{
	const struct api_operation *operation = ex->compiled->operation;
	const char *type = ex->gate.header[HEADER_CONTENT_TYPE];
	const struct http_settings *settings = &ex->rq.app->settings;

	ex->body_limit = settings->body_limit;
	if (!has_body(ex))
		return OK;
	if (operation && !api_operation_has_body(operation))
		return fail(&ex->rq, PROBLEM_bad_request, "This operation takes no body.");
	if (!type || !takes_type(operation, type))
		return fail(&ex->rq, PROBLEM_unsupported_media_type,
			    "Send one of the media types that the API document names for this.");
	ex->json_body = is_json_type(type);
	if (!ex->json_body && ex->compiled->route->may != MAY_ANYONE)
		ex->body_limit = settings->upload_limit;
	ex->link_body = !ex->json_body && (access_link(ex) || exchange_is_page(ex));
	if (ex->link_body && ex->body_limit < LINK_BODY_MAX)
		ex->body_limit = LINK_BODY_MAX;
	if (ex->gate.length <= ex->body_limit)
		return OK;
	ex->closing = true;
	return fail(&ex->rq, PROBLEM_body_too_large, "At most %zu bytes are read here.",
		    ex->body_limit);
}

static enum err step_route(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	struct router_match match;
	char allow[64];
	enum err err;

	if (!method_of(ex))
		return fail(rq, PROBLEM_not_implemented, "The method is not known here.");
	TRY(split_target(ex));
	err = router_find(rq->app->router, rq->arena, rq->path, &match);
	if (err == ERR_NOT_FOUND)
		return no_route(ex);
	TRY(err);
	if (rq->method == METHOD_COUNT)
		return answer_options(ex, &match);
	ex->compiled = match.routes[rq->method];
	if (!ex->compiled) {
		router_allow(match.routes, allow);
		reply_header(rq, "Allow", allow);
		return fail(rq, PROBLEM_method_not_allowed, "Allowed here: %s.", allow);
	}
	rq->route = ex->compiled->route;
	memcpy(rq->param, match.param, sizeof(rq->param));
	/* A read is refused once its type is known; a write must be, before it has an effect. */
	if (rq->method != METHOD_GET && rq->route->may != MAY_ANYONE &&
	    !accepts_type(ex->gate.header[HEADER_ACCEPT], "application/json") &&
	    !(path_is_scim(rq->path) &&
	      accepts_type(ex->gate.header[HEADER_ACCEPT], "application/scim+json")) &&
	    !accepts_type(ex->gate.header[HEADER_ACCEPT], "application/problem+json"))
		return fail(rq, PROBLEM_not_acceptable, "Writes are answered with JSON.");
	return check_body_headers(ex);
}

/* ---- who, how often, and whether --------------------------------------------------------------
 */

static enum err step_authenticate(struct exchange *ex)
{
	return access_authenticate(ex);
}

static enum err step_limit(struct exchange *ex)
{
	return access_limit(ex);
}

static enum err step_authorise(struct exchange *ex)
{
	return access_authorise(ex);
}

static const struct step {
	enum step_id id;
	enum err (*run)(struct exchange *ex);
} before_body[] = {
    {STEP_GATE, step_gate},
    {STEP_ROUTE, step_route},
    {STEP_AUTHENTICATE, step_authenticate},
    {STEP_LIMIT, step_limit},
    {STEP_AUTHORISE, step_authorise},
};

static enum err run_timed(struct exchange *ex, const struct step *step, int64_t *mark_us)
{
	enum err err = step->run(ex);
	int64_t now = clock_monotonic_us();

	ex->step_us[step->id] = now - *mark_us;
	*mark_us = now;
	return err;
}

/* A step that could not refuse in its own words. */
static enum err settle(struct exchange *ex, enum err err)
{
	if (err == OK || err == ERR_REFUSED)
		return err;
	return request_fail(&ex->rq, err);
}

enum err steps_before_body(struct exchange *ex)
{
	int64_t mark = ex->started_us;
	enum err err = OK;

	for (size_t i = 0; i < ARRAY_LEN(before_body) && err == OK; i++)
		err = run_timed(ex, &before_body[i], &mark);
	return settle(ex, err);
}

enum err steps_local(struct exchange *ex)
{
	enum err err;

	TRY(settle(ex, step_gate(ex)));
	err = step_route(ex);
	if (err == OK)
		err = step_authorise(ex);
	return settle(ex, err);
}

enum err steps_body(struct exchange *ex)
{
	static const struct step body = {STEP_BODY, body_check};
	int64_t mark = clock_monotonic_us();

	return settle(ex, run_timed(ex, &body, &mark));
}

/* ---- handler ----------------------------------------------------------------------------------
 */

void steps_run_handler(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	int64_t mark = clock_monotonic_us();
	enum err err = rq->route->handler(rq);

	if (ex->stream) { /* too late for a refusal */
		ex->cut = err != OK;
		return;
	}
	if (err == OK && rq->status == 0) {
		log_line(LOG_ERROR, "handler.no_answer", "route=%s", rq->route->path);
		err = ERR_INTERNAL;
	}
	(void)settle(ex, err);
	ex->step_us[STEP_HANDLER] = clock_monotonic_us() - mark;
}

static void handler_body(void *arg)
{
	struct exchange *ex = arg;

	steps_run_handler(ex);
	worker_handler_done(ex);
}

void steps_handler(struct exchange *ex)
{
	enum err err;

	if (ex->compiled->direct) {
		handler_body(ex);
		return;
	}
	err = coroutine_start(worker_coroutines(ex->worker), handler_body, ex);
	if (err == OK)
		return;
	(void)request_fail(&ex->rq, err);
	worker_handler_done(ex);
}
