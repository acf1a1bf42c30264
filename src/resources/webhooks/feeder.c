/* The feeder: turns sealed events into deliveries of the webhooks that want them. */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "courier.h"
#include "db/admin.h"

#define PAUSE_MS   200
#define PAUSE_MOST 2000
/* Looking for work takes at most about one part in so many of the time. */
#define REST_FACTOR 5
#define PIECE	    "500"
#define FORGET_US   ((int64_t)600 * 1000000)
#define ARGS(...)   ((const char *const[]){__VA_ARGS__})

/* A stretch that is all hidden is a stretch, too: `position` passes it. */
static const char work_sql[] =
    "SELECT q.organization_id, q.webhook_id FROM webhook_queues q"
    " JOIN webhooks w ON w.organization_id = q.organization_id AND w.id = q.webhook_id"
    " WHERE w.status = 'active' AND w.archived_at IS NULL AND (q.replay_position IS NOT NULL"
    " OR (SELECT z.seq FROM event_seals z WHERE z.organization_id = q.organization_id"
    " ORDER BY z.seq DESC LIMIT 1) > q.position) LIMIT 200";
static const char all_sql[] = "SELECT q.organization_id, q.webhook_id FROM webhook_queues q";

struct feeder {
	struct courier *courier;
	struct admin *worker, *app;
	int64_t forget_us;
	int64_t look_us; /* what the last look for work took */
	bool failing;	 /* said once, until it works again */
};

static void disconnect(struct feeder *feeder)
{
	admin_close(feeder->worker);
	admin_close(feeder->app);
	feeder->worker = feeder->app = NULL;
}

static enum err call(struct feeder *feeder, const char *sql, const struct admin_rows *work, int row,
		     bool *more, struct why *why)
{
	struct admin_rows rows;

	/* Once there is something to do: a server without webhooks needs no such connection. */
	if (!feeder->app)
		TRY(courier_connect(feeder->courier, &feeder->app, why));
	TRY(admin_query(feeder->app, sql,
			ARGS(admin_value(work, row, 0), admin_value(work, row, 1)), 2, &rows, why));
	*more = text_equal(admin_value(&rows, 0, 0), "t");
	admin_rows_release(&rows);
	return OK;
}

/* `sql` for each row of `list`; *again: one of them has more. */
static enum err for_each(struct feeder *feeder, const char *list, const char *sql, bool *again,
			 struct why *why)
{
	int64_t begun = clock_monotonic_us();
	struct admin_rows work;
	enum err err = OK;

	TRY(admin_query(feeder->worker, list, NULL, 0, &work, why));
	feeder->look_us = clock_monotonic_us() - begun;
	for (int i = 0; i < work.count && err == OK && !courier_pause(feeder->courier, 0); i++) {
		bool more = false;

		err = call(feeder, sql, &work, i, &more, why);
		if (err != OK && feeder->app &&
		    courier_passes(feeder->app, admin_value(&work, i, 1), why))
			err = OK;
		*again |= more;
	}
	*again |= work.count == 200;
	admin_rows_release(&work);
	return err;
}

static enum err tick(struct feeder *feeder, bool *again, struct why *why)
{
	int64_t now = clock_monotonic_us();
	bool forgets = false;

	if (!feeder->worker)
		TRY(admin_connect(&feeder->worker, feeder->courier->options.worker_url, why));
	TRY(for_each(feeder, work_sql, "SELECT webhook_feed($1, $2, " PIECE ")", again, why));
	if (now < feeder->forget_us)
		return OK;
	feeder->forget_us = now + FORGET_US;
	TRY(for_each(feeder, all_sql, "SELECT webhook_forget($1, $2)", &forgets, why));
	if (forgets)
		feeder->forget_us = now;
	return OK;
}

void *courier_feed(void *arg)
{
	struct feeder feeder = {.courier = arg};
	unsigned pause_ms;

	do {
		int64_t rest;
		bool again = false;
		struct why why;
		enum err err = tick(&feeder, &again, &why);

		if (err != OK) {
			disconnect(&feeder);
			if (!feeder.failing)
				log_line(LOG_WARN, "webhooks.feeding_failed", "why=\"%s\"",
					 why.text);
		}
		feeder.failing = err != OK;
		rest = feeder.look_us / 1000 * REST_FACTOR;
		pause_ms = rest > PAUSE_MOST ? PAUSE_MOST
			   : rest > PAUSE_MS ? (unsigned)rest
					     : PAUSE_MS;
		if (again && err == OK)
			pause_ms = 0;
	} while (!courier_pause(feeder.courier, pause_ms));
	disconnect(&feeder);
	return NULL;
}
