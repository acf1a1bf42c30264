/* Turns what the handler left into a response: headers, conditional reads, the log line. */
#include <assert.h>
#include <inttypes.h>
#include <microhttpd.h>

#include "conditional.h"
#include "core/clock.h"
#include "core/log.h"
#include "exchange.h"
#include "pack.h"
#include "static_files.h"
#include "stream.h"

#define API_POLICY "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

/* What is said when not even a problem can be written. */
static char out_of_memory[] = "{\"type\":\"/docs/problems#unavailable\","
			      "\"title\":\"Not available at the moment\",\"status\":503,"
			      "\"code\":\"unavailable\"}";

void reply_header(struct request *rq, const char *name, const char *value)
{
	struct exchange *ex = exchange_of(rq);
	struct reply_header *header = arena_alloc(rq->arena, sizeof(*header));

	for (const char *at = value; at && *at; at++)
		assert((unsigned char)*at >= 0x20 && *at != 0x7f);
	if (!header)
		return;
	header->name = arena_strdup(rq->arena, name);
	header->value = arena_strdup(rq->arena, value);
	if (!header->name || !header->value)
		return;
	*ex->headers.last = header;
	ex->headers.last = &header->next;
}

static const char *reply_header_find(const struct exchange *ex, const char *name)
{
	for (const struct reply_header *at = ex->headers.first; at; at = at->next) {
		if (strcasecmp(at->name, name) == 0)
			return at->value;
	}
	return NULL;
}

static void server_timing(struct exchange *ex)
{
	static const char *const names[STEP_COUNT] = {"gate",  "route", "auth",	  "limit",
						      "right", "body",	"handler"};
	char text[256];
	size_t used = 0;

	for (int i = 0; i < STEP_COUNT; i++) {
		if (used < sizeof(text))
			used += (size_t)snprintf(
			    text + used, sizeof(text) - used, "%s%s;dur=%" PRId64 ".%03" PRId64,
			    i ? ", " : "", names[i], ex->step_us[i] / 1000, ex->step_us[i] % 1000);
	}
	reply_header(&ex->rq, "Server-Timing", text);
}

void reply_finish(struct exchange *ex)
{
	struct request *rq = &ex->rq;
	bool read = rq->method == METHOD_GET && rq->status == 200;

	if (ex->stream)
		return;
	assert(rq->status >= 200);
	if (read && rq->content_type &&
	    !accepts_type(ex->gate.header[HEADER_ACCEPT], rq->content_type)) {
		(void)fail(rq, PROBLEM_not_acceptable, "This address answers with %s.",
			   rq->content_type);
	} else if (read && etag_none_match(rq->if_none_match, reply_header_find(ex, "ETag"))) {
		rq->status = 304;
		ex->file = NULL;
		buffer_clear(&rq->out);
	} else if (read) {
		pack_answer(ex, reply_header_find(ex, "ETag"));
	}
	if (rq->who.kind == PRINCIPAL_USER && rq->who.level == ACCESS_ADMIN && ex->authenticated)
		server_timing(ex);
}

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* What every answer carries, whoever made it. */
static bool add_fixed(const struct exchange *ex, struct MHD_Response *response)
{
	return add(response, "X-Content-Type-Options", "nosniff") &&
	       add(response, "Cross-Origin-Opener-Policy", "same-origin") &&
	       add(response, "X-Request-Id", ex->request_id) &&
	       (!ex->closing || add(response, "Connection", "close"));
}

/* What it carries unless the handler said otherwise. */
static bool add_default(const struct exchange *ex, struct MHD_Response *response, bool broken,
			const char *name, const char *value)
{
	if (!broken && reply_header_find(ex, name))
		return true;
	return add(response, name, value);
}

static bool add_standard(const struct exchange *ex, struct MHD_Response *response, bool broken)
{
	const struct request *rq = &ex->rq;
	const char *type = broken ? "application/problem+json" : rq->content_type;
	bool html = type && strncmp(type, "text/html", 9) == 0;
	bool api_read = rq->method == METHOD_GET && ex->compiled;

	if (!add_fixed(ex, response))
		return false;
	if (type && rq->status != 204 && rq->status != 304 && !add(response, "Content-Type", type))
		return false;
	if (rq->status == 503 && !add_default(ex, response, broken, "Retry-After", "1"))
		return false;
	if (rq->status == 401 && !add_default(ex, response, broken, "WWW-Authenticate", "Bearer"))
		return false;
	if (api_read && (rq->status == 200 || rq->status == 304) &&
	    !add(response, "Vary", "Accept, Accept-Encoding, Authorization, Cookie"))
		return false;
	return add_default(ex, response, broken, "Referrer-Policy", "no-referrer") &&
	       add_default(ex, response, broken, "Content-Security-Policy",
			   html ? PAGE_POLICY : API_POLICY) &&
	       add_default(ex, response, broken, "Cache-Control", "private, no-store");
}

static struct MHD_Response *body_of(struct exchange *ex, bool broken)
{
	struct buffer *out = &ex->rq.out;

	if (broken)
		return MHD_create_response_from_buffer(sizeof(out_of_memory) - 1, out_of_memory,
						       MHD_RESPMEM_PERSISTENT);
	if (ex->stream)
		return stream_response(ex->stream);
	if (ex->file)
		/* libmicrohttpd takes no const, but only reads persistent bytes. */
		return MHD_create_response_from_buffer(ex->file_len, (void *)(uintptr_t)ex->file,
						       MHD_RESPMEM_PERSISTENT);
	/* The exchange, and the buffer with it, outlives the response. */
	return MHD_create_response_from_buffer(out->len, out->data, MHD_RESPMEM_PERSISTENT);
}

bool reply_queue(struct exchange *ex)
{
	bool broken = ex->arena.failed || ex->rq.out.failed, ok;
	struct MHD_Response *response;

	ex->queued = true;
	ex->answered_us = clock_monotonic_us();
	if (broken) {
		ex->rq.status = 503;
		ex->code = "unavailable";
	}
	response = body_of(ex, broken);
	if (!response)
		return false;
	ok = add_standard(ex, response, broken);
	for (const struct reply_header *at = ex->headers.first; ok && at && !broken; at = at->next)
		ok = add(response, at->name, at->value);
	ok = ok && MHD_queue_response(ex->connection, (unsigned)ex->rq.status, response) == MHD_YES;
	MHD_destroy_response(response);
	return ok;
}

void reply_log(const struct exchange *ex)
{
	struct log_fact facts[7] = {
	    {.key = "method", .text = ex->method_text},
	    {.key = "route", .text = ex->compiled ? ex->compiled->route->path : "-"},
	    {.key = "status", .number = ex->rq.status},
	    {.key = "us", .number = ex->answered_us - ex->started_us},
	    {.key = "id", .text = ex->request_id},
	};
	size_t count = 5;

	if (ex->trace_id[0])
		facts[count++] = (struct log_fact){.key = "trace", .text = ex->trace_id};
	if (ex->code)
		facts[count++] = (struct log_fact){.key = "code", .text = ex->code};
	log_facts(LOG_INFO, "request.done", facts, count);
}
