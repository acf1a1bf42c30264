/* A worker's connections, sorted into lanes, and the segments that wait for one. */
#include "db/lanes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "db/list_cache.h"
#include "runtime/coroutine.h"

#define READ_DEPTH     64
#define CONGESTION_US  5000000 /* the longest wait while connections are up, but busy */
#define LOOK_AGAIN_US  500000
#define SLOW_TIMES     12
#define DEFAULT_READS  2
#define DEFAULT_WRITES 4
#define DEFAULT_SLOWS  1
#define DEFAULT_QUEUE  512

/* ---- choosing and waiting ------------------------------------------------------------------- */

/*
 * Whoever lost a connection is given one that has answered since, or is new: what ended the one
 * may have ended others too, and they only do not know it yet.
 */
static bool may_carry(const struct connection *connection, const struct segment *segment)
{
	return connection_usable(connection) && connection->alive_us >= segment->lost_us;
}

static struct connection *least_busy(const struct lane *lane, const struct segment *segment)
{
	struct connection *best = NULL;

	for (unsigned i = 0; i < lane->count; i++) {
		struct connection *connection = &lane->connections[i];

		if (may_carry(connection, segment) && connection->in_flight < lane->depth &&
		    (!best || connection->in_flight < best->in_flight))
			best = connection;
	}
	return best;
}

static bool any_for(const struct lane *lane, const struct segment *segment)
{
	for (unsigned i = 0; i < lane->count; i++)
		if (may_carry(&lane->connections[i], segment))
			return true;
	return false;
}

static void queue_add(struct lane *lane, struct segment *segment)
{
	segment->next = NULL;
	if (lane->tail)
		lane->tail->next = segment;
	else
		lane->head = segment;
	lane->tail = segment;
	lane->waiting++;
}

static void queue_remove(struct lane *lane, struct segment *segment)
{
	struct segment **link = &lane->head;
	struct segment *before = NULL;

	while (*link != segment) {
		before = *link;
		link = &before->next;
	}
	*link = segment->next;
	if (lane->tail == segment)
		lane->tail = before;
	segment->next = NULL;
	lane->waiting--;
	segment->waited_us = clock_monotonic_us() - segment->queued_us;
	loop_timer_disarm(lane->db->loop, &segment->timer);
}

static void segment_done(void *self, struct segment *segment)
{
	struct db *db = self;

	segment->done = true;
	segment->next = NULL;
	if (db->done_tail)
		db->done_tail->next = segment;
	else
		db->done_head = segment;
	db->done_tail = segment;
}

/* Hands what has come free to those who wait. Only those who lost a connection are passed over. */
static void feed(struct lane *lane)
{
	struct segment *next;

	for (struct segment *segment = lane->head; segment; segment = next) {
		struct connection *connection = least_busy(lane, segment);

		next = segment->next;
		if (connection) {
			queue_remove(lane, segment);
			connection_submit(connection, segment);
		} else if (!segment->lost_us) {
			return;
		}
	}
}

static void hurry(struct lane *lane)
{
	for (unsigned i = 0; i < lane->count; i++)
		connection_hurry(&lane->connections[i]);
}

/*
 * Afterwards nobody waits for what is free, and nobody whose answer is there. While somebody waits,
 * no back-off does: it would outlast their patience.
 */
static void settled(void *self)
{
	struct db *db = self;

	for (unsigned i = 0; i < DB_LANE_COUNT; i++) {
		feed(&db->lanes[i]);
		if (db->lanes[i].head)
			hurry(&db->lanes[i]);
	}
	while (db->done_head) {
		struct segment *segment = db->done_head;

		db->done_head = segment->next;
		if (!db->done_head)
			db->done_tail = NULL;
		coroutine_resume(segment->waiter);
	}
}

static void connected(void *self)
{
	struct db *db = self;

	db->connects++;
}

/* It has waited long enough for a connection, or for its turn on a busy one. */
static void give_up(struct loop_timer *timer)
{
	struct segment *segment = timer->owner;
	struct lane *lane = segment->lane;
	struct db *db = lane->db;
	int64_t now = clock_monotonic_us();
	bool usable = any_for(lane, segment);

	/* Its place in the timers' heap has just come free: arming is not refused. */
	if (usable && now - segment->queued_us < CONGESTION_US &&
	    loop_timer_arm(db->loop, timer, now + LOOK_AGAIN_US) == OK)
		return;
	queue_remove(lane, segment);
	segment->err = usable ? ERR_BUSY : ERR_UNAVAILABLE;
	segment_done(db, segment);
	settled(db);
}

static void wait_for_turn(struct lane *lane, struct segment *segment, int64_t patience_us)
{
	struct db *db = lane->db;

	segment->lane = lane;
	segment->queued_us = clock_monotonic_us();
	segment->timer = (struct loop_timer){.fire = give_up, .owner = segment};
	if (lane->waiting >= db->queue) {
		segment->err = ERR_BUSY;
		segment->done = true;
	} else if (loop_timer_arm(db->loop, &segment->timer, segment->queued_us + patience_us) !=
		   OK) {
		segment->err = ERR_MEMORY;
		segment->done = true;
	} else {
		queue_add(lane, segment);
		hurry(lane);
	}
}

void lanes_run(struct db *db, enum db_lane which, struct segment *segment, int64_t *patience_us)
{
	struct lane *lane = &db->lanes[which];
	struct connection *connection = least_busy(lane, segment);

	segment->waited_us = 0;
	segment->waiter = coroutine_current();
	assert(segment->waiter);
	if (connection)
		connection_submit(connection, segment);
	else
		wait_for_turn(lane, segment, *patience_us);
	if (!segment->done)
		coroutine_yield();
	assert(segment->done);
	*patience_us = segment->waited_us < *patience_us ? *patience_us - segment->waited_us : 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static unsigned or_default(unsigned value, unsigned fallback)
{
	return value ? value : fallback;
}

static enum err lane_init(struct db *db, enum db_lane which, unsigned count, unsigned depth)
{
	struct lane *lane = &db->lanes[which];

	lane->db = db;
	lane->depth = depth;
	lane->connections = calloc(count, sizeof(*lane->connections));
	if (!lane->connections)
		return ERR_MEMORY;
	for (unsigned i = 0; i < count; i++) {
		TRY(connection_init(&lane->connections[i], db->loop, &db->owner, &lane->settings));
		lane->count++;
	}
	return OK;
}

static void set_lanes(struct db *db, const struct db_options *options)
{
	int slow_ms = options->slow_timeout_ms;
	static const char *const names[] = {
	    [DB_READ] = "read", [DB_WRITE] = "write", [DB_SLOW] = "slow"};

	for (unsigned i = 0; i < DB_LANE_COUNT; i++)
		db->lanes[i].settings = (struct connection_settings){
		    .url = db->url,
		    .search_path = db->search_path,
		    .statement_timeout_ms = options->statement_timeout_ms,
		    .lock_timeout_ms = options->lock_timeout_ms,
		    .lane = names[i],
		};
	db->lanes[DB_SLOW].settings.statement_timeout_ms =
	    slow_ms ? slow_ms : options->statement_timeout_ms * SLOW_TIMES;
}

static enum err start(struct db *db, const struct db_options *options)
{
	if (!db->url || !db->search_path || !db->lists)
		return ERR_MEMORY;
	set_lanes(db, options);
	TRY(lane_init(db, DB_READ, or_default(options->read_connections, DEFAULT_READS),
		      READ_DEPTH));
	TRY(lane_init(db, DB_WRITE, or_default(options->write_connections, DEFAULT_WRITES),
		      or_default(options->write_depth, 1)));
	return lane_init(db, DB_SLOW, or_default(options->slow_connections, DEFAULT_SLOWS), 1);
}

struct db *db_new(struct loop *loop, const struct db_options *options)
{
	struct db *db = calloc(1, sizeof(*db));

	assert(options->statement_timeout_ms > 0 && options->lock_timeout_ms > 0);
	if (!db)
		return NULL;
	db->loop = loop;
	db->owner = (struct connection_owner){
	    .self = db, .segment_done = segment_done, .connected = connected, .settled = settled};
	db->queue = or_default(options->queue, DEFAULT_QUEUE);
	db->url = strdup(options->url);
	db->search_path = strdup(options->search_path ? options->search_path : "public, pg_temp");
	db->lists = list_cache_new();
	if (start(db, options) == OK)
		return db;
	db_free(db);
	return NULL;
}

void db_free(struct db *db)
{
	if (!db)
		return;
	for (unsigned i = 0; i < DB_LANE_COUNT; i++) {
		struct lane *lane = &db->lanes[i];

		assert(!lane->head);
		for (unsigned k = 0; k < lane->count; k++)
			connection_release(&lane->connections[k]);
		free(lane->connections);
	}
	list_cache_free(db->lists);
	free(db->search_path);
	free(db->url);
	free(db);
}

bool db_ready(const struct db *db)
{
	const struct segment anyone = {0};

	for (unsigned i = 0; i < DB_LANE_COUNT; i++)
		if (!any_for(&db->lanes[i], &anyone))
			return false;
	return true;
}

void db_counts(const struct db *db, struct db_counts *out)
{
	unsigned all = 0;

	*out = (struct db_counts){.statements = db->statements, .errors = db->errors};
	for (unsigned i = 0; i < DB_LANE_COUNT; i++) {
		const struct lane *lane = &db->lanes[i];

		out->waiting += lane->waiting;
		all += lane->count;
		for (unsigned k = 0; k < lane->count; k++)
			out->connections_up += connection_usable(&lane->connections[k]);
	}
	out->reconnects = db->connects > all ? db->connects - all : 0;
}
