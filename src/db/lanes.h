/* A worker's connections, sorted into lanes, and the segments that wait for one. */
#ifndef DB_LANES_H
#define DB_LANES_H

#include "db/connection.h"
#include "db/db.h"
#include "db/segment.h"

struct list_cache;

struct lane {
	struct db *db;
	struct connection_settings settings;
	struct connection *connections;
	unsigned count, depth;	     /* depth: segments in flight on one connection at most */
	struct segment *head, *tail; /* waiting, oldest first */
	unsigned waiting;
};

struct db {
	struct loop *loop;
	struct connection_owner owner;
	struct lane lanes[DB_LANE_COUNT];
	unsigned queue;
	char *url, *search_path;	       /* owned */
	struct segment *done_head, *done_tail; /* whose coroutines are to be resumed */
	uint64_t statements, errors, connects;
	struct list_cache *lists; /* owned */
};

/*
 * From a coroutine: sends the segment on the least busy connection of the lane, or waits for one,
 * and returns when it is done; its outcome is in it. *patience_us is how long it may wait for a
 * connection to come up, and becomes less.
 */
void lanes_run(struct db *db, enum db_lane lane, struct segment *segment, int64_t *patience_us);

#endif
