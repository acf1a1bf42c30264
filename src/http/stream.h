/* Answers that are sent while they are made. */
#ifndef SRC_HTTP_STREAM_H
#define SRC_HTTP_STREAM_H

#include <stdbool.h>

#include "core/attr.h"

struct exchange;
struct MHD_Response;
struct stream;

/* NULL: no memory. The caller owns the response. */
struct MHD_Response *stream_response(struct stream *stream) MUST_USE;
/* The handler is done: what is buffered is sent, then the body ends, or breaks off. */
void stream_finish(struct exchange *ex, bool complete);
/* The connection is gone while the handler runs: its next write fails. */
void stream_abandon(struct exchange *ex);
bool stream_is_abandoned(const struct exchange *ex);
void stream_release(struct exchange *ex);

#endif
