/* The framing check: what libmicrohttpd lets through and no one behind it should see. */
#ifndef SRC_HTTP_GATE_H
#define SRC_HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "http/request.h"

#define GATE_HEADERS_MAX 64
#define GATE_TARGET_MAX	 4096

/* Headers that the steps need, found in the one pass of the gate. ONCE: a second one is refused. */
#define KNOWN_HEADERS(ONCE, ANY)                                                                   \
	ONCE(HOST, "host")                                                                         \
	ONCE(CONTENT_LENGTH, "content-length")                                                     \
	ONCE(TRANSFER_ENCODING, "transfer-encoding")                                               \
	ONCE(AUTHORIZATION, "authorization")                                                       \
	ONCE(CONTENT_TYPE, "content-type")                                                         \
	ONCE(IDEMPOTENCY_KEY, "idempotency-key")                                                   \
	ONCE(ORIGIN, "origin")                                                                     \
	ONCE(IF_MATCH, "if-match")                                                                 \
	ONCE(IF_NONE_MATCH, "if-none-match")                                                       \
	ONCE(EXPECT, "expect")                                                                     \
	ANY(COOKIE, "cookie")                                                                      \
	ANY(ACCEPT, "accept")                                                                      \
	ANY(ACCEPT_ENCODING, "accept-encoding")                                                    \
	ANY(X_REQUEST_ID, "x-request-id")                                                          \
	ANY(TRACEPARENT, "traceparent")                                                            \
	ANY(X_FORWARDED_FOR, "x-forwarded-for")

enum known_header {
#define HEADER_ENUM(id, name) HEADER_##id,
	KNOWN_HEADERS(HEADER_ENUM, HEADER_ENUM) HEADER_COUNT
#undef HEADER_ENUM
};

struct gate {
	const char *header[HEADER_COUNT]; /* borrowed; of several the last */
	unsigned count;
	bool has_length, chunked;
	const char *line_end; /* of the line before, where the layout is known; else NULL */
	uint64_t length;
	enum problem problem; /* the first refusal */
	const char *why;      /* NULL: nothing to refuse */
};

void gate_init(struct gate *gate);
/*
 * libmicrohttpd parses in place, so that its pointers tell what lay between the parts: with them
 * the gate also sees a bare line feed, a NUL, a folded line and an empty name, which libmicrohttpd
 * takes for the end of the headers. Before the headers, and after them; `head_len` is that of the
 * whole head. Never call either where the parts are copies.
 */
void gate_request_line(struct gate *gate, const char *method, const char *target,
		       const char *version, size_t target_len);
void gate_head_end(struct gate *gate, const char *method, size_t head_len);
/* One header as the parser delivers it; the value is NUL-terminated at `value_len` or before. */
void gate_header(struct gate *gate, const char *name, size_t name_len, const char *value,
		 size_t value_len);
/* After all headers. ERR_INVALID with problem and why. */
enum err gate_finish(struct gate *gate, const char *version) MUST_USE;
/* The raw request target, before anyone decodes it; to the same end. */
enum err gate_target(struct gate *gate, const char *target) MUST_USE;

#endif
