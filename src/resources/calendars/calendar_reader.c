/*
 * Reads people's calendars in the background. What comes from elsewhere is understood by a program
 * of its own under lock and key (runtime/child.h), and nothing but its periods is kept.
 */
#include "resources/calendar_reader.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "db/admin.h"
#include "outbound/fetch.h"
#include "runtime/child.h"

#define PAUSE_MS      500
#define TAKE_MOST     "20"
#define LEASE	      "60 seconds"
#define AGAIN	      "15 minutes"
#define CALENDAR_MOST ((size_t)8 << 20)
#define PERIODS_BYTES ((size_t)1 << 20)
#define AHEAD_S	      (180LL * 86400)
#define PROGRAM	      "assay-calendar"
#define MEMORY_MOST   ((size_t)512 << 20)
#define PATH_BYTES    4096
#define ARGS(...)     ((const char *const[]){__VA_ARGS__})

struct calendar_reader {
	pthread_t thread;
	pthread_mutex_t mutex; /* with changed: to be woken when it is to stop */
	pthread_cond_t changed;
	atomic_bool stopping;
	const char *worker_url, *app_url;
	struct outbound_rules rules;
	/* the thread's own */
	struct admin *worker, *app;
	char program[PATH_BYTES];
	bool failing; /* said once, until it works again */
};

/* ---- one calendar -----------------------------------------------------------------------------
 */

/* A page, as a sign-in or a share link gives it, is no calendar. */
static bool is_calendar(const struct buffer *body)
{
	static const char begin[] = "BEGIN:VCALENDAR";
	size_t at = 0;

	if (body->len >= 3 && memcmp(body->data, "\xEF\xBB\xBF", 3) == 0)
		at = 3;
	while (at < body->len && strchr(" \t\r\n", body->data[at]) && body->data[at] != '\0')
		at++;
	return body->len - at >= sizeof(begin) - 1 &&
	       strncasecmp(body->data + at, begin, sizeof(begin) - 1) == 0;
}

/* NULL: the periods are there, as JSON. */
static const char *understand(const struct calendar_reader *reader, const struct buffer *body,
			      struct buffer *periods)
{
	char from[24], to[24];
	const char *const argv[] = {reader->program, from, to, NULL};
	const struct child_order order = {
	    .argv = argv,
	    .input = body->data,
	    .input_len = body->len,
	    .cpu_s = 3,
	    .wall_ms = 10000,
	    .memory = MEMORY_MOST,
	};
	long long now = clock_unix_ms() / 1000;
	enum err err;

	snprintf(from, sizeof(from), "%lld", now - 86400);
	snprintf(to, sizeof(to), "%lld", now + AHEAD_S);
	err = child_filter(&order, periods);
	if (err == ERR_TIMEOUT || err == ERR_TOO_LARGE)
		return "too_complex";
	if (err == ERR_UNAVAILABLE || err == ERR_MEMORY)
		return "no_reader";
	if (err != OK || periods->len == 0)
		return "broken";
	return periods->data[0] == '[' ? NULL : "too_complex";
}

static const char *read_calendar(const struct calendar_reader *reader, const char *url,
				 struct buffer *periods)
{
	struct buffer body;
	const char *problem;

	buffer_init(&body, CALENDAR_MOST);
	problem = outbound_fetch(&reader->rules, url, "text/calendar", &body, &reader->stopping);
	if (!problem && !is_calendar(&body))
		problem = "not_a_calendar";
	if (!problem)
		problem = understand(reader, &body, periods);
	buffer_release(&body);
	return problem;
}

static enum err read_one(struct calendar_reader *reader, const char *organization,
			 const char *person, struct why *why)
{
	struct admin_rows row, done;
	struct buffer periods;
	const char *url, *problem;
	enum err err = OK;

	if (!reader->app) /* the first calendar */
		TRY(admin_connect(&reader->app, reader->app_url, why));
	TRY(admin_query(reader->app, "SELECT * FROM busy_calendar_take($1, $2, $3)",
			ARGS(organization, person, LEASE), 3, &row, why));
	url = row.count > 0 ? admin_value(&row, 0, 0) : NULL;
	if (url) {
		buffer_init(&periods, PERIODS_BYTES);
		problem = read_calendar(reader, url, &periods);
		if (!atomic_load(&reader->stopping)) {
			err = admin_query(reader->app,
					  "SELECT busy_calendar_done($1, $2, $3, $4, $5, $6)",
					  ARGS(organization, person, admin_value(&row, 0, 1),
					       problem, problem ? NULL : periods.data, AGAIN),
					  6, &done, why);
			if (err == OK)
				admin_rows_release(&done);
		}
		buffer_release(&periods);
	}
	admin_rows_release(&row);
	return err;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static enum err tick(struct calendar_reader *reader, bool *worked, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	if (!reader->worker)
		TRY(admin_connect(&reader->worker, reader->worker_url, why));
	TRY(admin_query(reader->worker,
			"SELECT organization_id, user_id FROM busy_calendars WHERE next_at <= now()"
			" ORDER BY next_at LIMIT " TAKE_MOST,
			NULL, 0, &rows, why));
	for (int i = 0; i < rows.count && err == OK && !atomic_load(&reader->stopping); i++)
		err = read_one(reader, admin_value(&rows, i, 0), admin_value(&rows, i, 1), why);
	*worked = rows.count > 0;
	admin_rows_release(&rows);
	return err;
}

static void disconnect(struct calendar_reader *reader)
{
	admin_close(reader->worker);
	admin_close(reader->app);
	reader->worker = reader->app = NULL;
}

static void pause_for(struct calendar_reader *reader, unsigned ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&reader->mutex);
	while (!atomic_load(&reader->stopping) &&
	       pthread_cond_timedwait(&reader->changed, &reader->mutex, &until) == 0)
		;
	(void)pthread_mutex_unlock(&reader->mutex);
}

static void *run(void *arg)
{
	struct calendar_reader *reader = arg;

	while (!atomic_load(&reader->stopping)) {
		struct why why;
		bool worked = false;
		enum err err = tick(reader, &worked, &why);

		if (err != OK) {
			disconnect(reader);
			if (!reader->failing)
				log_line(LOG_WARN, "calendars.failed", "why=\"%s\"", why.text);
		}
		reader->failing = err != OK;
		if (!worked || err != OK)
			pause_for(reader, PAUSE_MS);
	}
	disconnect(reader);
	return NULL;
}

/* The program lies beside this one. */
static void find_program(struct calendar_reader *reader)
{
	char self[PATH_BYTES - sizeof(PROGRAM) - 1];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	snprintf(reader->program, sizeof(reader->program), "%s/" PROGRAM,
		 slash ? self : "/usr/bin");
	if (access(reader->program, X_OK) != 0)
		log_line(LOG_WARN, "calendars.no_reader", "program=\"%s\"", reader->program);
}

enum err calendar_reader_start(struct calendar_reader **out, const char *worker_url,
			       const char *app_url, const struct outbound_rules *rules,
			       struct why *why)
{
	struct calendar_reader *reader = calloc(1, sizeof(*reader));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (!reader)
		return why_set(why, ERR_MEMORY, "out of memory");
	reader->worker_url = worker_url;
	reader->app_url = app_url;
	reader->rules = *rules;
	find_program(reader);
	(void)pthread_mutex_init(&reader->mutex, NULL);
	(void)pthread_cond_init(&reader->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&reader->thread, NULL, run, reader);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		free(reader);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = reader;
	return OK;
}

void calendar_reader_stop(struct calendar_reader *reader)
{
	if (!reader)
		return;
	(void)pthread_mutex_lock(&reader->mutex);
	atomic_store(&reader->stopping, true);
	(void)pthread_cond_broadcast(&reader->changed);
	(void)pthread_mutex_unlock(&reader->mutex);
	(void)pthread_join(reader->thread, NULL);
	(void)pthread_cond_destroy(&reader->changed);
	(void)pthread_mutex_destroy(&reader->mutex);
	free(reader);
}
