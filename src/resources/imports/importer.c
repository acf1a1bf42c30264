/*
 * The importer. A batch's rows, their events and the import's new position are one transaction,
 * so whoever dies in between leaves nothing half done, and any node goes on from there.
 */
#include "resources/importer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "core/text.h"
#include "db/admin.h"
#include "import_reader.h"

#define BATCH_ROWS   1000
#define BATCHES_MOST 20 /* before another import has its turn */
#define PAUSE_MS     250
#define NUMBER_LEN   24
#define ARGS(...)    ((const char *const[]){__VA_ARGS__})

struct importer {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards stopping */
	pthread_cond_t changed;
	bool stopping;
	const char *worker_url, *app_url;
	const struct api_schema *schema;
	/* the thread's own */
	struct admin *worker, *app;
	char organization[UUID_TEXT_LEN + 1], import[UUID_TEXT_LEN + 1];
	char *content; /* of that import */
	struct import_reader reader;
	size_t careful_until; /* rows up to there go one by one */
	bool failing;	      /* said once, until it works again */
};

/* Where a taken import is. */
struct place {
	size_t position, rows;
};

static bool pause_or_stop(struct importer *importer, unsigned ms)
{
	struct timespec until;
	bool stopping;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&importer->mutex);
	while (!importer->stopping && ms > 0 &&
	       pthread_cond_timedwait(&importer->changed, &importer->mutex, &until) == 0)
		;
	stopping = importer->stopping;
	(void)pthread_mutex_unlock(&importer->mutex);
	return stopping;
}

static void forget(struct importer *importer)
{
	free(importer->content);
	importer->content = NULL;
	importer->import[0] = '\0';
	importer->careful_until = 0;
}

static void disconnect(struct importer *importer)
{
	admin_close(importer->worker);
	admin_close(importer->app);
	importer->worker = importer->app = NULL;
	forget(importer);
}

/* ---- one batch --------------------------------------------------------------------------------
 */

static enum err load(struct importer *importer, bool csv, bool applications, const char *mapping,
		     struct why *why)
{
	struct admin_rows rows;
	json_t *map;
	enum err err;

	TRY(admin_query(importer->app,
			"SELECT content FROM imports WHERE organization_id = $1 AND id = $2",
			ARGS(importer->organization, importer->import), 2, &rows, why));
	map = json_loads(mapping, 0, NULL);
	free(importer->content);
	importer->content = strdup(admin_value(&rows, 0, 0));
	admin_rows_release(&rows);
	err = importer->content
		  ? import_reader_init(&importer->reader, importer->schema, importer->content,
				       strlen(importer->content), csv, applications, map, why)
		  : why_set(why, ERR_MEMORY, "out of memory");
	json_decref(map);
	return err;
}

/* ERR_NOT_FOUND: another node has it, or it is over. */
static enum err take(struct importer *importer, struct place *place, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(admin_query(importer->app, "SELECT * FROM import_take($1, $2)",
			ARGS(importer->organization, importer->import), 2, &rows, why));
	if (rows.count == 0) {
		admin_rows_release(&rows);
		return ERR_NOT_FOUND;
	}
	*place = (struct place){strtoul(admin_value(&rows, 0, 3), NULL, 10),
				strtoul(admin_value(&rows, 0, 4), NULL, 10)};
	if (!importer->content)
		err = load(importer, text_equal(admin_value(&rows, 0, 1), "csv"),
			   text_equal(admin_value(&rows, 0, 0), "applications"),
			   admin_value(&rows, 0, 2), why);
	admin_rows_release(&rows);
	return err;
}

static enum err put(struct importer *importer, const struct import_rows *rows, struct why *why)
{
	char *good = json_dumps(rows->good, JSON_COMPACT),
	     *bad = json_dumps(rows->bad, JSON_COMPACT);
	char next[NUMBER_LEN], count[NUMBER_LEN];
	struct admin_rows answer;
	enum err err = ERR_MEMORY;

	snprintf(next, sizeof(next), "%zu", rows->next);
	snprintf(count, sizeof(count), "%zu", rows->count);
	if (good && bad)
		err = admin_query(importer->app,
				  "SELECT import_batch($1, $2, $3, $4::jsonb, $5::jsonb, $6)",
				  ARGS(importer->import, next, count, good, bad,
				       rows->finished ? "true" : "false"),
				  6, &answer, why);
	if (err == OK)
		admin_rows_release(&answer);
	free(good);
	free(bad);
	return err;
}

/* Data that the database refuses: not a failure of ours, or of the connection. */
static bool refused_by_data(const struct admin *admin)
{
	const char *state = admin_sqlstate(admin);

	return strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0;
}

/* One row alone was refused: it is told, and passed. */
static enum err pass_row(struct importer *importer, struct import_rows *rows, struct place *place,
			 struct why *why)
{
	TRY(admin_run(importer->app, "ROLLBACK; BEGIN", why));
	TRY(take(importer, place, why));
	json_array_clear(rows->good);
	json_array_append_new(rows->bad,
			      json_pack("{s:I,s:s,s:s,s:s}", "row", (json_int_t)place->rows + 1,
					"pointer", "", "code", "conflict", "message",
					"It conflicts with what there is."));
	return put(importer, rows, why);
}

static enum err batch(struct importer *importer, bool *finished, struct why *why)
{
	struct import_rows rows;
	struct place place;
	enum err err;

	TRY(take(importer, &place, why));
	err = import_read(&importer->reader, place.position, place.rows,
			  place.position < importer->careful_until ? 1 : BATCH_ROWS, &rows);
	if (err != OK)
		return why_set(why, err, "out of memory");
	*finished = rows.finished;
	err = put(importer, &rows, why);
	if (err != OK && refused_by_data(importer->app)) {
		*finished = false;
		if (json_array_size(rows.good) == 1) {
			err = pass_row(importer, &rows, &place, why);
			*finished = rows.finished;
		} else {
			importer->careful_until = rows.next;
			err = admin_run(importer->app, "ROLLBACK; BEGIN", why);
		}
	}
	import_rows_release(&rows);
	return err;
}

/* Until it is over, or others have waited long enough; `*worked`, unless another node has it. */
static enum err work_on(struct importer *importer, bool *worked, struct why *why)
{
	bool finished = false;

	for (int i = 0; i < BATCHES_MOST && !finished && !pause_or_stop(importer, 0); i++) {
		enum err err;

		TRY(admin_run(importer->app, "BEGIN", why));
		err = batch(importer, &finished, why);
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
		TRY(admin_run(importer->app, "COMMIT", why));
		finished |= err == ERR_NOT_FOUND;
		*worked |= err == OK;
	}
	if (finished)
		forget(importer);
	return OK;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static enum err connect_both(struct importer *importer, struct why *why)
{
	if (!importer->worker)
		TRY(admin_connect(&importer->worker, importer->worker_url, why));
	if (importer->app)
		return OK;
	TRY(admin_connect(&importer->app, importer->app_url, why));
	/* A plan outlives the table that it was made for, which a file may fill. */
	return admin_run(importer->app, "SET enable_seqscan = off; SET jit = off", why);
}

static enum err tick(struct importer *importer, bool *worked, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(connect_both(importer, why));
	TRY(admin_query(importer->worker,
			"SELECT organization_id, id FROM imports WHERE status = 'running'"
			" ORDER BY created_at LIMIT 20",
			NULL, 0, &rows, why));
	for (int i = 0; i < rows.count && err == OK; i++) {
		if (!text_equal(importer->import, admin_value(&rows, i, 1)))
			forget(importer);
		snprintf(importer->organization, sizeof(importer->organization), "%s",
			 admin_value(&rows, i, 0));
		snprintf(importer->import, sizeof(importer->import), "%s",
			 admin_value(&rows, i, 1));
		err = work_on(importer, worked, why);
	}
	admin_rows_release(&rows);
	return err;
}

static void *run(void *arg)
{
	struct importer *importer = arg;
	bool worked;
	enum err err;

	do {
		struct why why;

		worked = false;
		err = tick(importer, &worked, &why);
		if (err != OK) {
			disconnect(importer);
			if (!importer->failing)
				log_line(LOG_WARN, "import.failed", "why=\"%s\"", why.text);
		}
		importer->failing = err != OK;
	} while (!pause_or_stop(importer, worked && err == OK ? 0 : PAUSE_MS));
	disconnect(importer);
	return NULL;
}

enum err importer_start(struct importer **out, const char *worker_url, const char *app_url,
			const struct api_schema *schema, struct why *why)
{
	struct importer *importer = calloc(1, sizeof(*importer));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (!importer)
		return why_set(why, ERR_MEMORY, "out of memory");
	importer->worker_url = worker_url;
	importer->app_url = app_url;
	importer->schema = schema;
	(void)pthread_mutex_init(&importer->mutex, NULL);
	(void)pthread_cond_init(&importer->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&importer->thread, NULL, run, importer);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		free(importer);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = importer;
	return OK;
}

void importer_stop(struct importer *importer)
{
	if (!importer)
		return;
	(void)pthread_mutex_lock(&importer->mutex);
	importer->stopping = true;
	(void)pthread_cond_broadcast(&importer->changed);
	(void)pthread_mutex_unlock(&importer->mutex);
	(void)pthread_join(importer->thread, NULL);
	(void)pthread_cond_destroy(&importer->changed);
	(void)pthread_mutex_destroy(&importer->mutex);
	free(importer);
}
