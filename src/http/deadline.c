/* Cuts off connections that are slow in sending, reading or going away. */
#include "deadline.h"

#include <assert.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/control.h"
#include "http/app.h"

static void unlink_connection(struct deadlines *deadlines, struct connection *connection)
{
	enum phase phase = connection->phase;

	if (phase == PHASE_NONE)
		return;
	if (connection->prev)
		connection->prev->next = connection->next;
	else
		deadlines->first[phase] = connection->next;
	if (connection->next)
		connection->next->prev = connection->prev;
	else
		deadlines->last[phase] = connection->prev;
	connection->prev = connection->next = NULL;
	connection->phase = PHASE_NONE;
}

/* The peer learns it at once; libmicrohttpd is told by its epoll and frees the connection. */
static void cut(struct deadlines *deadlines, struct connection *connection)
{
	/* What a slow reader has not taken is dropped, not kept by the kernel for it. */
	struct linger drop = {1, 0};

	if (connection->phase == PHASE_REPLY)
		(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
	unlink_connection(deadlines, connection);
	(void)shutdown(connection->fd, SHUT_RDWR);
}

static void expire(struct loop_timer *timer)
{
	struct deadlines *deadlines = timer->owner;
	int64_t now = clock_monotonic_us(), earliest = INT64_MAX;

	for (int phase = PHASE_HEADER; phase < PHASE_COUNT; phase++) {
		while (deadlines->first[phase] && deadlines->first[phase]->due_us <= now)
			cut(deadlines, deadlines->first[phase]);
		if (deadlines->first[phase] && deadlines->first[phase]->due_us < earliest)
			earliest = deadlines->first[phase]->due_us;
	}
	/* It was armed a moment ago, so its place is there: arming again needs no memory. */
	if (earliest != INT64_MAX && loop_timer_arm(deadlines->loop, timer, earliest) != OK)
		assert(!"a timer that fired can be armed");
}

void deadlines_init(struct deadlines *deadlines, struct loop *loop,
		    const struct http_settings *settings)
{
	*deadlines = (struct deadlines){
	    .loop = loop,
	    .timer = {.fire = expire, .owner = deadlines},
	    .length_us = {[PHASE_HEADER] = (int64_t)settings->header_ms * 1000,
			  [PHASE_BODY] = (int64_t)settings->body_ms * 1000,
			  [PHASE_REPLY] = (int64_t)settings->reply_ms * 1000,
			  [PHASE_IDLE] = (int64_t)settings->idle_ms * 1000},
	};
}

enum err deadline_set(struct deadlines *deadlines, struct connection *connection, enum phase phase)
{
	assert(phase != PHASE_NONE);
	unlink_connection(deadlines, connection);
	if (!DEFENCE(deadlines))
		return OK;
	connection->due_us = clock_monotonic_us() + deadlines->length_us[phase];
	connection->phase = phase;
	connection->prev = deadlines->last[phase];
	if (connection->prev)
		connection->prev->next = connection;
	else
		deadlines->first[phase] = connection;
	deadlines->last[phase] = connection;
	if (deadlines->timer.slot && deadlines->timer.due_us <= connection->due_us)
		return OK;
	return loop_timer_arm(deadlines->loop, &deadlines->timer, connection->due_us);
}

void deadline_clear(struct deadlines *deadlines, struct connection *connection)
{
	unlink_connection(deadlines, connection);
}

void deadlines_cut(struct deadlines *deadlines, enum phase phase)
{
	while (deadlines->first[phase])
		cut(deadlines, deadlines->first[phase]);
}
