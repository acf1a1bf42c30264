/* One connection in pipeline mode: makes itself, carries segments, and makes itself again. */
#include "db/connection.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/hosts.h"
#include "db/unscoped.h"

#define OLDEST_SERVER	   150000
#define RETRY_FIRST_US	   50000
#define RETRY_LAST_US	   500000
#define CONNECT_TIMEOUT_US 3000000
#define SILENCE_MARGIN_US  2000000
#define OPTIONS		   9 /* that are always given to libpq */
#define LOG_AGAIN_US	   10000000

static void connection_drop(struct connection *connection, const char *why);

/* Due at once if the last arming is gone: an armed timer's place in the heap is never refused. */
static void timer_set(struct connection *connection, int64_t due_us)
{
	loop_timer_disarm(connection->loop, &connection->timer);
	if (loop_timer_arm(connection->loop, &connection->timer, due_us) != OK)
		log_line(LOG_ERROR, "db.timer", "lane=%s", connection->settings->lane);
}

static int64_t silence_allowed_us(const struct connection *connection)
{
	return (int64_t)connection->settings->statement_timeout_ms * 1000 + SILENCE_MARGIN_US;
}

/* From any stack: it is dropped from the loop's. */
static void connection_break(struct connection *connection)
{
	connection->state = CONNECTION_BROKEN;
	timer_set(connection, 0);
}

static void watch_for(struct connection *connection, uint32_t events)
{
	if (connection->watched && connection->watch.events == events)
		return;
	connection->watch.events = events;
	if (connection->watched) {
		if (loop_rewatch(connection->loop, &connection->watch) != OK)
			connection_break(connection);
		return;
	}
	connection->watch.fd = PQsocket(connection->pg);
	if (loop_watch(connection->loop, &connection->watch) == OK)
		connection->watched = true;
	else
		connection_break(connection);
}

static void unwatch(struct connection *connection)
{
	if (connection->watched)
		loop_unwatch(connection->loop, &connection->watch);
	connection->watched = false;
}

static void flush(struct connection *connection)
{
	int left = PQflush(connection->pg);

	if (left < 0)
		connection_break(connection);
	else
		watch_for(connection, EPOLLIN | (left ? (uint32_t)EPOLLOUT : 0));
}

/* ---- segments ------------------------------------------------------------------------------ */

bool connection_usable(const struct connection *connection)
{
	return connection->state == CONNECTION_UP && !connection->retiring;
}

/* Sends what is missing ahead of the segment, under a Sync of its own, so that no refusal of the
 * segment can undo it. */
static bool send_prepare(struct connection *connection, struct segment *segment,
			 const struct step *step)
{
	struct prepared *entry = prepared_find(&connection->prepared, step->name);
	const char *text;
	bool sent;

	if (entry ? entry->ready : !step->describe)
		return true;
	segment->preparing[segment->preparing_count++] = entry;
	if (entry)
		entry->ready = true;
	text = text_to_send(step->text);
	sent = PQsendPrepare(connection->pg, entry ? step->name : "", text, 0, NULL) &&
	       PQpipelineSync(connection->pg);
	text_sent(text);
	return sent;
}

static bool send_unprepared(struct connection *connection, const struct step *step)
{
	const char *text = text_to_send(step->text);
	bool sent = PQsendQueryParams(connection->pg, text, step->params, NULL, step->values, NULL,
				      NULL, 0);

	text_sent(text);
	return sent;
}

static bool send_step(struct connection *connection, const struct step *step)
{
	const struct prepared *entry = prepared_find(&connection->prepared, step->name);

	if (step->describe)
		return PQsendDescribePrepared(connection->pg, entry ? step->name : "");
	if (!entry || !entry->ready)
		return send_unprepared(connection, step);
	return PQsendQueryPrepared(connection->pg, step->name, step->params, step->values, NULL,
				   NULL, 0);
}

static bool send_segment(struct connection *connection, struct segment *segment)
{
	for (unsigned i = 0; i < segment->step_count; i++)
		if (!send_prepare(connection, segment, &segment->steps[i]))
			return false;
	for (unsigned i = 0; i < segment->step_count; i++)
		if (!send_step(connection, &segment->steps[i]))
			return false;
	return PQpipelineSync(connection->pg);
}

static void enqueue(struct connection *connection, struct segment *segment)
{
	if (!connection->head)
		connection->progress_us = clock_monotonic_us();
	segment->next = NULL;
	if (connection->tail)
		connection->tail->next = segment;
	else
		connection->head = segment;
	connection->tail = segment;
	connection->in_flight++;
}

static struct segment *dequeue(struct connection *connection)
{
	struct segment *segment = connection->head;

	connection->head = segment->next;
	if (!connection->head)
		connection->tail = NULL;
	connection->in_flight--;
	segment->next = NULL;
	return segment;
}

void connection_submit(struct connection *connection, struct segment *segment)
{
	assert(connection_usable(connection));
	enqueue(connection, segment);
	if (send_segment(connection, segment))
		flush(connection);
	else
		connection_break(connection);
}

static void session_is_set(struct connection *connection)
{
	bool good = connection->setup.err == OK;

	segment_clear(&connection->setup);
	if (!good) {
		connection_break(connection);
		return;
	}
	if (connection->failures)
		log_line(LOG_INFO, "db.connected", "lane=%s", connection->settings->lane);
	connection->state = CONNECTION_UP;
	connection->failures = 0;
	timer_set(connection, clock_monotonic_us() + silence_allowed_us(connection));
	connection->owner->connected(connection->owner->self);
}

static void finish(struct connection *connection)
{
	struct segment *segment = dequeue(connection);

	connection->progress_us = clock_monotonic_us();
	connection->alive_us = connection->progress_us;
	if (connection->unsynced && segment->err == OK) {
		log_line(LOG_ERROR, "db.unsynced", "lane=%s", connection->settings->lane);
		segment->err = ERR_UNAVAILABLE;
		segment->remedy = REMEDY_LOST;
	}
	connection->unsynced = false;
	if (segment->err == OK)
		assert(segment->result_count == segment->step_count);
	if (segment == &connection->setup)
		session_is_set(connection);
	else
		connection->owner->segment_done(connection->owner->self, segment);
}

/* The first error of a segment is its outcome; what follows is only its consequence. */
static bool take_error(struct connection *connection, struct segment *segment,
		       const PGresult *result)
{
	struct db_refusal refusal = {0};
	struct verdict verdict = refusal_judge(result, &refusal);
	unsigned at = segment->prepared_count;

	if (at < segment->preparing_count && segment->preparing[at])
		segment->preparing[at]->ready = false;
	if (segment->err == OK) {
		segment->err = verdict.err;
		segment->remedy = verdict.remedy;
		segment->refusal = refusal;
		connection->retiring |= verdict.retire;
	}
	return !verdict.drop;
}

/* False: the connection is of no more use. */
static bool take(struct connection *connection, PGresult *result)
{
	struct segment *segment = connection->head;
	bool preparing = segment->prepared_count < segment->preparing_count;
	bool good = true;

	switch ((int)PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		if (preparing || segment->result_count == SEGMENT_STEPS)
			break;
		segment->results[segment->result_count++] = result;
		return true;
	case PGRES_PIPELINE_SYNC:
		if (preparing)
			segment->prepared_count++;
		else
			finish(connection);
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		good = take_error(connection, segment, result);
		break;
	}
	PQclear(result);
	return good;
}

static bool drain(struct connection *connection)
{
	bool ended = false; /* the results of one step end with a NULL; two are a broken protocol */

	while (!PQisBusy(connection->pg) && connection->head) {
		PGresult *result = PQgetResult(connection->pg);

		if (!result && ended)
			return false;
		ended = !result;
		if (result && !take(connection, result))
			return false;
	}
	return true;
}

/*
 * A commit that stops waiting for its synchronous standby is reported as a success, with this
 * warning ahead of it. Other notices may hold values, and are not for us.
 */
static void on_notice(void *self, const PGresult *notice)
{
	struct connection *connection = self;
	const char *function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);

	if (function && strcmp(function, "SyncRepWaitForLSN") == 0)
		connection->unsynced = true;
}

/* ---- making it ------------------------------------------------------------------------------ */

static const char setup_text[] =
    "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('search_path', $3, false),"
    " set_config('idle_in_transaction_session_timeout', '10s', false),"
    " set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),"
    " set_config('IntervalStyle', 'iso_8601', false), set_config('bytea_output', 'hex', false),"
    " set_config('extra_float_digits', '1', false), set_config('jit', 'off', false),"
    " set_config('plan_cache_mode', 'force_generic_plan', false),"
    /* A plan outlives the table that it was made for: what was empty then is walked ever after. */
    " set_config('enable_seqscan', 'off', false)";

static void set_up(struct connection *connection)
{
	const struct connection_settings *settings = connection->settings;
	char statement_ms[16], lock_ms[16];
	const char *values[] = {statement_ms, lock_ms, settings->search_path};

	snprintf(statement_ms, sizeof(statement_ms), "%d", settings->statement_timeout_ms);
	snprintf(lock_ms, sizeof(lock_ms), "%d", settings->lock_timeout_ms);
	if (PQserverVersion(connection->pg) < OLDEST_SERVER) {
		log_line(LOG_ERROR, "db.version", "version=%d oldest=%d",
			 PQserverVersion(connection->pg), OLDEST_SERVER);
		connection_break(connection);
		return;
	}
	connection->state = CONNECTION_SETTING_UP;
	connection->setup = (struct segment){.step_count = 1};
	enqueue(connection, &connection->setup);
	if (PQsetnonblocking(connection->pg, 1) == 0 && PQenterPipelineMode(connection->pg) &&
	    PQsendQueryParams(connection->pg, setup_text, 3, NULL, values, NULL, NULL, 0) &&
	    PQpipelineSync(connection->pg))
		flush(connection);
	else
		connection_break(connection);
}

static void poll_connect(struct connection *connection)
{
	/* The descriptor may become another with the same number: it is watched anew each time. */
	unwatch(connection);
	switch (PQconnectPoll(connection->pg)) {
	case PGRES_POLLING_READING:
		watch_for(connection, EPOLLIN);
		break;
	case PGRES_POLLING_WRITING:
		watch_for(connection, EPOLLOUT);
		break;
	case PGRES_POLLING_OK:
		set_up(connection);
		break;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		connection_drop(connection, NULL);
		break;
	}
}

/* What stands before dbname, the URL may override; what stands behind it, not. */
static PGconn *start(const struct connection *connection)
{
	struct hosts hosts = {0};
	const char *keys[] = {"connect_timeout",
			      "tcp_user_timeout",
			      "keepalives_idle",
			      "keepalives_count",
			      "keepalives_interval",
			      "target_session_attrs",
			      "application_name",
			      "dbname",
			      "client_encoding",
			      NULL,
			      NULL,
			      NULL,
			      NULL};
	const char *values[] = {
	    "3",    "3000", "10", "3",	"5", "read-write", "assay", connection->settings->url,
	    "UTF8", NULL,   NULL, NULL, NULL};
	PGconn *pg;

	if (connection->skip && hosts_rotate(connection->settings->url, connection->skip, &hosts))
		for (unsigned i = 0; i < HOSTS_KEYS; i++) {
			keys[OPTIONS + i] = hosts.keys[i];
			values[OPTIONS + i] = hosts.values[i];
		}
	pg = PQconnectStartParams(keys, values, 1);
	hosts_release(&hosts);
	return pg;
}

static void attempt(struct connection *connection)
{
	connection->attempt_us = clock_monotonic_us();
	connection->state = CONNECTION_CONNECTING;
	timer_set(connection, connection->attempt_us + CONNECT_TIMEOUT_US);
	connection->pg = start(connection);
	if (!connection->pg || PQstatus(connection->pg) == CONNECTION_BAD) {
		connection_drop(connection, NULL);
		return;
	}
	(void)PQsetNoticeReceiver(connection->pg, on_notice, connection);
	watch_for(connection, EPOLLOUT);
}

/* The segments in flight are lost with the connection, unless they had been refused before. */
static void lose_segments(struct connection *connection)
{
	while (connection->head) {
		struct segment *segment = dequeue(connection);

		if (segment == &connection->setup) {
			segment_clear(segment);
			continue;
		}
		if (segment->err == OK) {
			segment->err = ERR_UNAVAILABLE;
			segment->remedy = REMEDY_LOST;
		}
		connection->owner->segment_done(connection->owner->self, segment);
	}
}

/* The loss and the first failure to come back are logged, then one failure now and then. */
static void log_drop(struct connection *connection, const char *why)
{
	int64_t now = clock_monotonic_us();

	if (connection->failures > 1 && now - connection->logged_us < LOG_AGAIN_US)
		return;
	connection->logged_us = now;
	/* Only while connecting: later, libpq's message may hold values. */
	if (connection->state == CONNECTION_CONNECTING && !why)
		why = PQerrorMessage(connection->pg);
	log_line(LOG_WARN, "db.disconnected", "lane=%s attempts=%u in_flight=%u why=\"%s\"",
		 connection->settings->lane, connection->failures, connection->in_flight,
		 why ? why : "lost");
}

static void connection_drop(struct connection *connection, const char *why)
{
	int64_t wait = RETRY_FIRST_US;

	log_drop(connection, why);
	unwatch(connection);
	PQfinish(connection->pg);
	connection->pg = NULL;
	prepared_clear(&connection->prepared);
	lose_segments(connection);
	for (unsigned i = 1; i < connection->failures && wait < RETRY_LAST_US; i++)
		wait *= 2;
	wait = wait < RETRY_LAST_US ? wait : RETRY_LAST_US;
	timer_set(connection, connection->failures ? clock_monotonic_us() + wait : 0);
	connection->state = CONNECTION_DOWN;
	connection->retiring = false;
	connection->unsynced = false;
	connection->failures++;
}

void connection_hurry(struct connection *connection)
{
	if (connection->state == CONNECTION_DOWN)
		timer_set(connection, connection->attempt_us + RETRY_FIRST_US);
}

/* ---- what the loop calls -------------------------------------------------------------------- */

static void exchange(struct connection *connection)
{
	bool alive = PQconsumeInput(connection->pg);

	/* What arrived before the end still counts: a commit may be among it. */
	if (!drain(connection) || !alive || PQstatus(connection->pg) == CONNECTION_BAD)
		connection_drop(connection, NULL);
	else if (connection->retiring && !connection->head)
		connection_drop(connection, "statements were out of date");
	else if (connection->state != CONNECTION_BROKEN)
		flush(connection);
}

static void on_ready(struct loop_watch *watch, uint32_t events)
{
	struct connection *connection = watch->owner;

	(void)events;
	if (connection->state == CONNECTION_CONNECTING)
		poll_connect(connection);
	else if (connection->state != CONNECTION_BROKEN)
		exchange(connection);
	connection->owner->settled(connection->owner->self);
}

static void check_silence(struct connection *connection)
{
	int64_t now = clock_monotonic_us();
	int64_t allowed = silence_allowed_us(connection);

	if (connection->head && now - connection->progress_us >= allowed)
		connection_drop(connection, "the server keeps silent");
	else
		timer_set(connection, (connection->head ? connection->progress_us : now) + allowed);
}

static void on_timer(struct loop_timer *timer)
{
	struct connection *connection = timer->owner;

	switch (connection->state) {
	case CONNECTION_DOWN:
		attempt(connection);
		break;
	case CONNECTION_CONNECTING:
	case CONNECTION_SETTING_UP:
		connection->skip++;
		connection_drop(connection, "the server keeps silent");
		break;
	case CONNECTION_UP:
		check_silence(connection);
		break;
	case CONNECTION_BROKEN:
		connection_drop(connection, NULL);
		break;
	}
	connection->owner->settled(connection->owner->self);
}

enum err connection_init(struct connection *connection, struct loop *loop,
			 const struct connection_owner *owner,
			 const struct connection_settings *settings)
{
	*connection = (struct connection){.loop = loop, .owner = owner, .settings = settings};
	connection->timer = (struct loop_timer){.fire = on_timer, .owner = connection};
	connection->watch = (struct loop_watch){.ready = on_ready, .owner = connection};
	return loop_timer_arm(loop, &connection->timer, 0);
}

void connection_release(struct connection *connection)
{
	assert(!connection->head || connection->head == &connection->setup);
	unwatch(connection);
	loop_timer_disarm(connection->loop, &connection->timer);
	PQfinish(connection->pg);
	prepared_clear(&connection->prepared);
	segment_clear(&connection->setup);
}
