/* What is due by itself; see the header. Each piece is a transaction, taken by a row's lock. */
#include "caretaker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "core/settings.h"
#include "core/text.h"
#include "db/admin.h"
#include "demo.h"

#define PAUSE_MS    1000
#define STEP_MS	    "300"
#define PIECES_MOST 40 /* before another organization has its turn */
#define ARGS(...)   ((const char *const[]){__VA_ARGS__})

struct caretaker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	atomic_bool stopping;
	_Atomic double lag_s;
	atomic_uint failures;
	struct engine *engine;
	char every[32]; /* an interval */
	/* the thread's own */
	struct admin *worker, *app;
	bool failing; /* said once, until it works again */
};

static void pause_for(struct caretaker *caretaker, unsigned ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&caretaker->mutex);
	while (!atomic_load(&caretaker->stopping) &&
	       pthread_cond_timedwait(&caretaker->changed, &caretaker->mutex, &until) == 0)
		;
	(void)pthread_mutex_unlock(&caretaker->mutex);
}

/* One statement as the service, a transaction of its own; its one value, "" for NULL. */
static enum err ask(struct caretaker *caretaker, const char *sql, const char *const *args,
		    int count, char value[64], struct why *why)
{
	struct admin_rows rows;
	const char *answer;

	TRY(admin_query(caretaker->app, sql, args, count, &rows, why));
	answer = rows.count > 0 ? admin_value(&rows, 0, 0) : NULL;
	snprintf(value, 64, "%s", answer != NULL ? answer : "");
	admin_rows_release(&rows);
	return OK;
}

/* ---- tasks ------------------------------------------------------------------------------------
 */

/* Until it is done, or others have waited long enough. A failure is put off, and not everyone's. */
static enum err run_task(struct caretaker *caretaker, const char *organization, const char *task,
			 struct why *why)
{
	char done[64];

	for (int i = 0; i < PIECES_MOST && !atomic_load(&caretaker->stopping); i++) {
		enum err err = ask(caretaker, "SELECT run_task($1, $2, $3::interval)",
				   ARGS(organization, task, caretaker->every), 3, done, why);

		if (err != OK) {
			atomic_fetch_add(&caretaker->failures, 1);
			log_line(LOG_WARN, "housekeeping.task_failed",
				 "organization=%s task=%s why=\"%s\"", organization, task,
				 why->text);
			return ask(caretaker, "SELECT put_task_off($1, $2)",
				   ARGS(organization, task), 2, done, why);
		}
		if (done[0] == '\0' || text_equal(done, "0"))
			return OK;
		log_line(LOG_INFO, "housekeeping.done", "organization=%s task=%s count=%s",
			 organization, task, done);
	}
	return OK;
}

static enum err run_tasks(struct caretaker *caretaker, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	if (caretaker->engine->settings->housekeeping_every == 0)
		return OK;
	/* One that was never looked at has no row yet; it gets one now, for later. */
	TRY(admin_query(
	    caretaker->worker,
	    "SELECT o.organization_id, t.task,"
	    " coalesce(extract(epoch FROM now() - s.next_at), 0) AS late"
	    " FROM organizations o CROSS JOIN (VALUES ('retention'), ('consent')) AS t(task)"
	    " LEFT JOIN scheduled_tasks s ON s.organization_id = o.organization_id"
	    " AND s.task = t.task WHERE s.next_at <= now() OR s.next_at IS NULL"
	    " ORDER BY s.next_at NULLS FIRST LIMIT 50",
	    NULL, 0, &rows, why));
	atomic_store(&caretaker->lag_s, 0);
	for (int i = 0; i < rows.count && err == OK && !atomic_load(&caretaker->stopping); i++) {
		double late = strtod(admin_value(&rows, i, 2), NULL);

		if (late > atomic_load(&caretaker->lag_s))
			atomic_store(&caretaker->lag_s, late);
		err = run_task(caretaker, admin_value(&rows, i, 0), admin_value(&rows, i, 1), why);
	}
	admin_rows_release(&rows);
	return err;
}

/* ---- sandboxes --------------------------------------------------------------------------------
 */

static enum err empty(struct caretaker *caretaker, const char *organization, struct why *why)
{
	char more[64] = "t";

	for (int i = 0; i < PIECES_MOST && text_equal(more, "t"); i++) {
		if (atomic_load(&caretaker->stopping))
			break;
		TRY(ask(caretaker, "SELECT sandbox_step($1, $2)", ARGS(organization, STEP_MS), 2,
			more, why));
	}
	return OK;
}

/* With connections of its own, beside the server's. What is stopped is begun anew elsewhere. */
static enum err fill(struct caretaker *caretaker, const char *organization, struct why *why)
{
	struct demo_filling filling = {.organization_id = organization,
				       .stop = &caretaker->stopping};
	struct admin_rows rows;
	struct why reason;
	char said[64];
	enum err err;

	TRY(admin_query(caretaker->app, "SELECT * FROM sandbox_fill_take($1)", ARGS(organization),
			1, &rows, why));
	if (rows.count == 0) {
		admin_rows_release(&rows);
		return OK;
	}
	filling.admin_id = admin_value(&rows, 0, 0);
	filling.admin_token_version = strtoll(admin_value(&rows, 0, 1), NULL, 10);
	err = demo_fill(caretaker->engine, &filling, &reason);
	admin_rows_release(&rows);
	if (err == ERR_UNAVAILABLE && atomic_load(&caretaker->stopping))
		return OK;
	if (err != OK)
		log_line(LOG_WARN, "sandbox.not_filled", "organization=%s why=\"%s\"", organization,
			 reason.text);
	return ask(caretaker, "SELECT sandbox_filled($1, $2)",
		   ARGS(organization, err == OK ? "true" : "false"), 2, said, why);
}

static enum err run_sandboxes(struct caretaker *caretaker, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(admin_query(caretaker->worker,
			"SELECT organization_id, state FROM sandbox_resets"
			" WHERE state IN ('emptying', 'filling')"
			" AND (lease_until IS NULL OR lease_until < now())"
			" ORDER BY requested_at LIMIT 20",
			NULL, 0, &rows, why));
	for (int i = 0; i < rows.count && err == OK && !atomic_load(&caretaker->stopping); i++)
		err = text_equal(admin_value(&rows, i, 1), "filling")
			  ? fill(caretaker, admin_value(&rows, i, 0), why)
			  : empty(caretaker, admin_value(&rows, i, 0), why);
	admin_rows_release(&rows);
	return err;
}

/* What fell due by a journey is told at once, and not when the minute is over. */
static enum err notice_travels(struct caretaker *caretaker, struct why *why)
{
	struct admin_rows rows;
	bool travelled;

	TRY(admin_query(caretaker->worker,
			"UPDATE sandbox_resets SET unnoticed = false WHERE unnoticed"
			" RETURNING organization_id",
			NULL, 0, &rows, why));
	travelled = rows.count > 0;
	admin_rows_release(&rows);
	while (travelled && !atomic_load(&caretaker->stopping)) {
		TRY(admin_query(caretaker->worker, "SELECT remind_scorecards() >= 500", NULL, 0,
				&rows, why));
		travelled = text_equal(admin_value(&rows, 0, 0), "t");
		admin_rows_release(&rows);
	}
	return OK;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static enum err tick(struct caretaker *caretaker, struct why *why)
{
	if (caretaker->worker == NULL)
		TRY(database_connect(&caretaker->engine->database, DATABASE_WORKER,
				     &caretaker->worker, why));
	if (caretaker->app == NULL)
		TRY(database_connect(&caretaker->engine->database, DATABASE_APP, &caretaker->app,
				     why));
	TRY(run_sandboxes(caretaker, why));
	TRY(notice_travels(caretaker, why));
	return run_tasks(caretaker, why);
}

static void disconnect(struct caretaker *caretaker)
{
	admin_close(caretaker->worker);
	admin_close(caretaker->app);
	caretaker->worker = caretaker->app = NULL;
}

static void *run(void *arg)
{
	struct caretaker *caretaker = arg;

	while (!atomic_load(&caretaker->stopping)) {
		struct why why;
		enum err err = tick(caretaker, &why);

		if (err != OK) {
			disconnect(caretaker);
			atomic_fetch_add(&caretaker->failures, 1);
			if (!caretaker->failing)
				log_line(LOG_WARN, "housekeeping.failed", "why=\"%s\"", why.text);
		}
		caretaker->failing = err != OK;
		pause_for(caretaker, PAUSE_MS);
	}
	disconnect(caretaker);
	return NULL;
}

enum err caretaker_start(struct caretaker **out, struct engine *engine, struct why *why)
{
	struct caretaker *caretaker = calloc(1, sizeof(*caretaker));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (caretaker == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	caretaker->engine = engine;
	snprintf(caretaker->every, sizeof(caretaker->every), "%lld milliseconds",
		 (long long)engine->settings->housekeeping_every);
	(void)pthread_mutex_init(&caretaker->mutex, NULL);
	(void)pthread_cond_init(&caretaker->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&caretaker->thread, NULL, run, caretaker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		free(caretaker);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = caretaker;
	return OK;
}

void caretaker_stop(struct caretaker *caretaker)
{
	if (caretaker == NULL)
		return;
	(void)pthread_mutex_lock(&caretaker->mutex);
	atomic_store(&caretaker->stopping, true);
	(void)pthread_cond_broadcast(&caretaker->changed);
	(void)pthread_mutex_unlock(&caretaker->mutex);
	(void)pthread_join(caretaker->thread, NULL);
	(void)pthread_cond_destroy(&caretaker->changed);
	(void)pthread_mutex_destroy(&caretaker->mutex);
	free(caretaker);
}

double caretaker_lag_seconds(const void *caretaker)
{
	return atomic_load(&((const struct caretaker *)caretaker)->lag_s);
}

double caretaker_failures(const void *caretaker)
{
	return atomic_load(&((const struct caretaker *)caretaker)->failures);
}
