/* Absolute deadlines of connections, which trickling does not move. */
#ifndef SRC_HTTP_DEADLINE_H
#define SRC_HTTP_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "runtime/loop.h"

struct http_settings;

/* What a connection is waited for; PHASE_NONE: the server itself is busy with it. */
enum phase { PHASE_NONE, PHASE_HEADER, PHASE_BODY, PHASE_REPLY, PHASE_IDLE, PHASE_COUNT };

/* One socket. */
struct connection {
	int fd;
	enum phase phase;
	int64_t due_us;
	struct connection *prev, *next; /* in the phase's list */
};

/*
 * All deadlines of a phase are equally long, so that its list is in order of time: one timer for
 * the earliest head is enough, and ten thousand idle connections cost nothing.
 */
struct deadlines {
	struct loop *loop;
	struct loop_timer timer;
	int64_t length_us[PHASE_COUNT];
	struct connection *first[PHASE_COUNT], *last[PHASE_COUNT];
	unsigned count; /* connections */
};

void deadlines_init(struct deadlines *deadlines, struct loop *loop,
		    const struct http_settings *settings);
/* From the worker's stack. ERR_MEMORY: the connection cannot be watched and must not live. */
enum err deadline_set(struct deadlines *deadlines, struct connection *connection,
		      enum phase phase) MUST_USE;
/* Without a deadline; never fails. */
void deadline_clear(struct deadlines *deadlines, struct connection *connection);
/* Cuts off all connections of a phase: their sockets are shut, libmicrohttpd closes them. */
void deadlines_cut(struct deadlines *deadlines, enum phase phase);

#endif
