/* A streamed answer: the handler's coroutine fills a buffer that libmicrohttpd empties. */
#include "stream.h"

#include <assert.h>
#include <microhttpd.h>

#include "exchange.h"
#include "runtime/coroutine.h"
#include "worker.h"

#define STREAM_BLOCK 32768
#define STREAM_AHEAD 65536 /* so much may wait for the client */

struct stream {
	struct exchange *ex;
	struct buffer buffer;
	size_t taken; /* of the buffer */
	struct coroutine *waiting;
	bool finished, broken; /* broken: the handler gave up half-way */
	bool abandoned;	       /* the client is gone */
};

static void wake_handler(struct stream *stream)
{
	struct coroutine *waiting = stream->waiting;

	stream->waiting = NULL;
	if (waiting && loop_wake(worker_loop(stream->ex->worker), waiting) != OK)
		assert(!"a coroutine can be woken");
}

static ssize_t on_read(void *cls, uint64_t position, char *out, size_t max)
{
	struct stream *stream = cls;
	size_t left = stream->buffer.len - stream->taken;

	(void)position;
	if (left == 0) {
		if (stream->broken || stream->buffer.failed)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (stream->finished)
			return MHD_CONTENT_READER_END_OF_STREAM;
		worker_suspend(stream->ex);
		return 0;
	}
	if (left > max)
		left = max;
	memcpy(out, stream->buffer.data + stream->taken, left);
	stream->taken += left;
	if (stream->taken == stream->buffer.len) {
		buffer_clear(&stream->buffer);
		stream->taken = 0;
		wake_handler(stream);
	}
	worker_progress(stream->ex);
	return (ssize_t)left;
}

struct MHD_Response *stream_response(struct stream *stream)
{
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, stream,
						 NULL);
}

enum err stream_begin(struct request *rq, int status, const char *content_type)
{
	struct exchange *ex = exchange_of(rq);

	assert(!ex->stream && coroutine_current());
	rq->status = status;
	rq->content_type = content_type;
	if (!ex->worker) /* a local call takes it all at once */
		return OK;
	ex->stream = arena_alloc(rq->arena, sizeof(*ex->stream));
	if (!ex->stream)
		return ERR_MEMORY;
	ex->stream->ex = ex;
	buffer_init(&ex->stream->buffer, 16u << 20);
	if (ex->suspended)
		worker_ready(ex);
	return OK;
}

enum err stream_write(struct request *rq, const void *bytes, size_t len)
{
	struct exchange *ex = exchange_of(rq);
	struct stream *stream = ex->stream;

	if (!ex->worker) {
		buffer_add(&rq->out, bytes, len);
		return rq->out.failed ? ERR_MEMORY : OK;
	}
	assert(stream);
	if (stream->abandoned)
		return ERR_UNAVAILABLE;
	buffer_add(&stream->buffer, bytes, len);
	if (stream->buffer.failed)
		return ERR_MEMORY;
	if (ex->suspended)
		worker_ready(ex);
	while (stream->buffer.len - stream->taken > STREAM_AHEAD) {
		stream->waiting = coroutine_current();
		coroutine_yield();
		if (stream->abandoned)
			return ERR_UNAVAILABLE;
	}
	return OK;
}

void stream_finish(struct exchange *ex, bool complete)
{
	struct stream *stream = ex->stream;

	stream->finished = true;
	stream->broken = !complete;
	if (ex->suspended)
		worker_ready(ex);
}

void stream_abandon(struct exchange *ex)
{
	ex->stream->abandoned = true;
	wake_handler(ex->stream);
}

bool stream_is_abandoned(const struct exchange *ex)
{
	return ex->stream->abandoned;
}

void stream_release(struct exchange *ex)
{
	buffer_release(&ex->stream->buffer);
}
