/* One connection in pipeline mode: makes itself, carries segments, and makes itself again. */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/prepared.h"
#include "db/segment.h"
#include "runtime/loop.h"

/*
 * What a connection tells its owner, always on the worker's own stack. After `segment_done` the
 * segment is no longer the connection's; after `settled` the connection may carry others.
 */
struct connection_owner {
	void *self;
	void (*segment_done)(void *self, struct segment *segment);
	void (*connected)(void *self);
	void (*settled)(void *self);
};

struct connection_settings {
	const char *url, *search_path; /* borrowed */
	int statement_timeout_ms, lock_timeout_ms;
	const char *lane; /* for the log */
};

enum connection_state {
	CONNECTION_DOWN,       /* its timer makes the next attempt */
	CONNECTION_CONNECTING, /* PQconnectPoll; its timer ends a silent attempt */
	CONNECTION_SETTING_UP, /* the session's settings are under way */
	CONNECTION_UP,	       /* its timer ends it when the server falls silent */
	CONNECTION_BROKEN      /* its timer, due now, drops it */
};

struct connection {
	struct loop *loop;
	const struct connection_owner *owner;
	const struct connection_settings *settings;
	enum connection_state state;
	PGconn *pg;
	struct loop_watch watch;
	bool watched;
	struct loop_timer timer; /* armed at all times */

	struct segment *head, *tail; /* in flight, in the order they were sent */
	unsigned in_flight;
	struct segment setup;
	struct prepared_set prepared;
	bool retiring; /* takes no more, and is dropped when nothing is in flight */
	bool unsynced; /* a commit was not confirmed by the synchronous standby */

	unsigned failures; /* attempts since it was last up */
	unsigned skip;	   /* hosts of the URL to begin behind: they accepted, and kept silent */
	int64_t attempt_us, logged_us;
	int64_t progress_us; /* since when the server owes an answer */
	int64_t alive_us;    /* when it last gave one */
};

/* Begins to connect. ERR_MEMORY: no timer. */
enum err connection_init(struct connection *connection, struct loop *loop,
			 const struct connection_owner *owner,
			 const struct connection_settings *settings) MUST_USE;
void connection_release(struct connection *connection); /* asserts that nothing is in flight */

bool connection_usable(const struct connection *connection);
/* Sends a segment; usable (assert). It comes back through segment_done, never before return. */
void connection_submit(struct connection *connection, struct segment *segment);
/* Someone waits: the next attempt is made at once, unless the last was a moment ago. */
void connection_hurry(struct connection *connection);

#endif
