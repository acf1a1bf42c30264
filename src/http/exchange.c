/* An exchange's memory: used for one request after another. */
#include "exchange.h"

#include "stream.h"

#define KEEP_MAX (64u << 10) /* of a buffer, between requests */

static void begin(struct exchange *ex, struct app *app)
{
	gate_init(&ex->gate);
	ex->headers.last = &ex->headers.first;
	ex->rq.arena = &ex->arena;
	ex->rq.app = app;
	ex->rq.headers = &ex->headers;
	ex->rq.request_id = ex->request_id;
	ex->rq.remote = ex->remote;
	ex->query_text = "";
	ex->method_text = "-";
	json_writer_init(&ex->rq.json, &ex->rq.out);
}

void exchange_init(struct exchange *ex, struct app *app)
{
	*ex = (struct exchange){0};
	arena_init(&ex->arena, app->settings.request_memory);
	buffer_init(&ex->body, app->settings.body_limit);
	buffer_init(&ex->rq.out, app->settings.request_memory);
	begin(ex, app);
}

static void end(struct exchange *ex)
{
	if (ex->stream)
		stream_release(ex);
	if (ex->reserved)
		atomic_fetch_sub(&ex->rq.app->link_bytes, ex->reserved);
	json_decref(ex->rq.body);
	if (ex->body.cap > KEEP_MAX)
		buffer_release(&ex->body);
	if (ex->rq.out.cap > KEEP_MAX)
		buffer_release(&ex->rq.out);
	buffer_clear(&ex->body);
	buffer_clear(&ex->rq.out);
}

void exchange_reset(struct exchange *ex)
{
	struct app *app = ex->rq.app;
	struct buffer body, out;
	struct arena arena;

	end(ex);
	arena_reset(&ex->arena);
	arena = ex->arena;
	body = ex->body;
	out = ex->rq.out;
	*ex = (struct exchange){.arena = arena, .body = body, .rq.out = out};
	begin(ex, app);
}

void exchange_release(struct exchange *ex)
{
	end(ex);
	buffer_release(&ex->body);
	buffer_release(&ex->rq.out);
	arena_release(&ex->arena);
}
