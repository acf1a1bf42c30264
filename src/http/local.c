/* Runs a request of the program itself through the same steps as one from a socket. */
#include "http/local.h"

#include <assert.h>

#include "exchange.h"
#include "runtime/coroutine.h"
#include "steps.h"

static void take(struct exchange *ex, const struct local *local, const char *method,
		 const char *target, const char *body, const char *if_match)
{
	const char *type;

	ex->rq.db = local->db;
	ex->rq.offload = local->offload;
	ex->rq.who = local->who;
	ex->rq.target = arena_strdup(&ex->arena, target);
	ex->method_text = method;
	ex->gate.header[HEADER_IF_MATCH] = if_match;
	snprintf(ex->remote, sizeof(ex->remote), "local");
	ex->local_headers[0] = (struct reply_header){local->header_name, local->header_value, NULL};
	if (!body)
		return;
	type = local->media_type	      ? local->media_type
	       : strcmp(method, "PATCH") == 0 ? "application/merge-patch+json"
					      : "application/json";
	ex->local_headers[1] = (struct reply_header){"Content-Type", type, NULL};
	ex->gate.header[HEADER_CONTENT_TYPE] = type;
	ex->gate.length = strlen(body);
	buffer_add(&ex->body, body, ex->gate.length);
}

static void run(struct exchange *ex)
{
	if (ex->rq.target && gate_target(&ex->gate, ex->rq.target) != OK)
		assert(ex->gate.why);
	if (steps_local(ex) == OK && steps_body(ex) == OK)
		steps_run_handler(ex);
	reply_finish(ex);
}

static enum err hand_over(struct exchange *ex, struct arena *arena, struct local_answer *answer)
{
	const struct buffer *out = &ex->rq.out;

	if (ex->arena.failed || out->failed)
		return ERR_MEMORY;
	*answer = (struct local_answer){.status = ex->rq.status, .len = out->len};
	answer->body = arena_memdup(arena, out->data ? out->data : "", out->len);
	for (const struct reply_header *at = ex->headers.first; at; at = at->next) {
		if (strcmp(at->name, "ETag") == 0)
			answer->etag = arena_strdup(arena, at->value);
	}
	return arena->failed ? ERR_MEMORY : OK;
}

enum err local_call(const struct local *local, struct arena *arena, const char *method,
		    const char *target, const char *body, const char *if_match,
		    struct local_answer *answer)
{
	struct exchange *ex = malloc(sizeof(*ex));
	enum err err;

	assert(coroutine_current());
	if (!ex)
		return ERR_MEMORY;
	exchange_init(ex, local->app);
	take(ex, local, method, target, body, if_match);
	run(ex);
	err = hand_over(ex, arena, answer);
	exchange_release(ex);
	free(ex);
	return err;
}
