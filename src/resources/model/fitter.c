/*
 * A fit's results are stored under an id that nobody reads yet; showing them is the modeler's, and
 * one row. So whoever dies on the way leaves what was shown as it was, and every change noted.
 */
#include "fitter.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/admin.h"
#include "model_results.h"

#define RESULTS_MOST ((size_t)1 << 29)
#define NICENESS     5
#define SHOWN_SIZE   256 /* of kind, version and hash, of either kind */
#define ARGS(...)    ((const char *const[]){__VA_ARGS__})

struct fitter {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	bool stopping, busy;
	struct fit_job *next, *ended;
	/* fixed */
	const char *app_url;
	void (*done)(void *arg);
	void *arg;
	struct admin *app; /* the thread's own */
};

void fit_job_free(struct fit_job *job)
{
	if (job == NULL)
		return;
	model_data_release(&job->data);
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		fit_release(&job->fit[kind]);
		free(job->summary[kind]);
	}
	buffer_release(&job->changes);
	free(job);
}

enum err fitter_enter(struct admin *app, const char *organization, struct why *why)
{
	struct admin_rows rows;

	TRY(admin_query(app, "SELECT enter($1::uuid, 'system', NULL, 0, NULL)", ARGS(organization),
			1, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

/* ---- one job ----------------------------------------------------------------------------------
 */

/*
 * What waits, and by which inputs what is shown was made: where single scorecards have come to it
 * since, it is not the fit of these inputs any more.
 */
static enum err look(struct fit_job *job, struct admin *app, char shown[SHOWN_SIZE],
		     struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(admin_query(
	    app,
	    "SELECT o.statistical_model, (SELECT coalesce(array_agg(c.id)::text, '{}') "
	    "FROM model_changes c WHERE c.organization_id = $1::uuid), "
	    "(SELECT coalesce(string_agg(f.kind || f.model_version || f.inputs_hash, ' '), '') "
	    "FROM model_fits f WHERE f.organization_id = $1::uuid AND NOT EXISTS (SELECT "
	    "FROM model_changes c WHERE c.organization_id = $1::uuid AND c.application_id IS NOT "
	    "NULL AND CASE f.kind WHEN 'full' THEN c.touches_full ELSE c.touches_closed END)) "
	    "FROM organizations o WHERE o.organization_id = $1::uuid",
	    ARGS(job->organization), 1, &rows, why));
	if (rows.count == 0 || admin_value(&rows, 0, 0)[0] != 't') {
		err = ERR_NOT_FOUND;
	} else {
		snprintf(shown, SHOWN_SIZE, "%s", admin_value(&rows, 0, 2));
		buffer_text(&job->changes, admin_value(&rows, 0, 1));
		if (job->changes.failed)
			err = why_set(why, ERR_MEMORY, "out of memory");
	}
	admin_rows_release(&rows);
	return err;
}

/* One snapshot: the changes that it lists are in the ratings that it reads. */
static enum err load(struct fit_job *job, struct admin *app, char shown[SHOWN_SIZE],
		     struct why *why)
{
	TRY(admin_run(app, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", why));
	TRY(fitter_enter(app, job->organization, why));
	TRY(look(job, app, shown, why));
	TRY(model_data_load(&job->data, app, job->organization, why));
	return admin_run(app, "COMMIT", why);
}

static enum err store(struct fit_job *job, enum fit_kind kind, struct admin *app, struct why *why)
{
	struct buffer results, summary;
	struct admin_rows rows;
	enum err err = ERR_MEMORY;
	size_t len;

	buffer_init(&results, RESULTS_MOST);
	buffer_init(&summary, RESULTS_MOST);
	results_all(&results, &job->data, &job->fit[kind]);
	results_summary(&summary, &job->fit[kind]);
	uuid_generate(job->fit_id[kind]);
	if (!results.failed && !summary.failed)
		err = admin_query(
		    app,
		    "INSERT INTO model_results (organization_id, fit_id, object_id, result) "
		    "SELECT $1::uuid, $2::uuid, e.id, e.r "
		    "FROM json_to_recordset($3::json) AS e(id uuid, r jsonb)",
		    ARGS(job->organization, job->fit_id[kind], results.data), 3, &rows, why);
	else
		err = why_set(why, err, "the results do not fit into memory");
	if (err == OK) {
		admin_rows_release(&rows);
		job->summary[kind] = buffer_take(&summary, &len);
	}
	buffer_release(&results);
	buffer_release(&summary);
	return err;
}

/*
 * What another node, or a process that was killed, has left without showing it; and what was shown
 * before. In small pieces: whoever switches the model off deletes the same rows.
 */
static enum err sweep(const struct fit_job *job, struct admin *app, struct why *why)
{
	struct admin_rows rows;
	int count;

	do {
		TRY(changes_begin(app, job->organization, why));
		TRY(admin_query(app,
				"DELETE FROM model_results r WHERE r.organization_id = $1::uuid "
				"AND (r.fit_id, r.object_id) IN (SELECT o.fit_id, o.object_id "
				"FROM model_results o WHERE o.organization_id = $1::uuid "
				"AND o.fit_id NOT IN (SELECT f.id FROM model_fits f "
				"WHERE f.organization_id = $1::uuid) LIMIT 500 "
				"FOR UPDATE SKIP LOCKED) RETURNING r.object_id",
				ARGS(job->organization), 1, &rows, why));
		count = rows.count;
		admin_rows_release(&rows);
		TRY(admin_run(app, "COMMIT", why));
	} while (count > 0);
	return OK;
}

/* Nobody waits for rows that are new; at the end they are there only if the model is still on. */
static enum err store_all(struct fit_job *job, struct admin *app, struct why *why)
{
	TRY(sweep(job, app, why));
	TRY(changes_begin(app, job->organization, why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		if (job->made[kind])
			TRY(store(job, kind, app, why));
	TRY(changes_allowed(app, job->organization, why));
	return admin_run(app, "COMMIT", why);
}

/*
 * What was changed while this was loaded, fitted and stored is taken in here, so that the modeler,
 * for whom every submission waits, has next to nothing left to take before it shows the fit. It
 * ends, since a fit takes no more than CHANGES_MOST.
 */
static enum err catch_up(struct fit_job *job, struct admin *app, size_t *count, struct why *why)
{
	struct fit_job *into[FIT_KINDS] = {job->made[FIT_FULL] ? job : NULL,
					   job->made[FIT_CLOSED] ? job : NULL};
	size_t taken;

	*count = 0;
	do {
		TRY(changes_begin(app, job->organization, why));
		TRY(changes_take(into, job->organization, job->changes.data, 1, app, &taken, why));
		TRY(admin_run(app, "COMMIT", why));
		*count += taken;
	} while (taken > 0);
	return OK;
}

static bool is_shown(const struct fit_job *job, enum fit_kind kind, const char *shown)
{
	char mark[24 + SHA256_HEX_LEN + 1];

	snprintf(mark, sizeof(mark), "%s%d%s", fit_kind_name(kind), MODEL_VERSION,
		 job->data.hash[kind]);
	return strstr(shown, mark) != NULL;
}

static enum err fit_all(struct fit_job *job, struct admin *app, struct why *why)
{
	char shown[SHOWN_SIZE] = "";
	int64_t began = clock_monotonic_us(), loaded, fitted, stored;
	size_t caught = 0;
	enum err err = load(job, app, shown, why);

	loaded = clock_monotonic_us();
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS && err == OK; kind++) {
		job->made[kind] = !is_shown(job, kind, shown);
		if (job->made[kind])
			err = fit_make(&job->fit[kind], &job->data, kind);
		if (err != OK)
			err = why_set(why, err, "the model cannot be fitted: %s", err_text(err));
	}
	fitted = clock_monotonic_us();
	if (err == OK && (job->made[FIT_FULL] || job->made[FIT_CLOSED]))
		err = store_all(job, app, why);
	stored = clock_monotonic_us();
	if (err == OK)
		err = catch_up(job, app, &caught, why);
	if (err == OK)
		log_line(LOG_INFO, "model.fitted",
			 "ratings=%zu load_ms=%lld fit_ms=%lld store_ms=%lld caught_up=%zu "
			 "catch_up_ms=%lld",
			 job->data.count, (long long)(loaded - began) / 1000,
			 (long long)(fitted - loaded) / 1000, (long long)(stored - fitted) / 1000,
			 caught, (long long)(clock_monotonic_us() - stored) / 1000);
	return err;
}

/* Under a lock of the session, which ends with the connection: one fit of an organization at once.
 */
static enum err locked(struct fit_job *job, struct admin *app, struct why *why)
{
	struct admin_rows rows;
	bool taken;
	enum err err;

	TRY(admin_query(app, "SELECT pg_try_advisory_lock(hashtextextended('assay.fit ' || $1, 0))",
			ARGS(job->organization), 1, &rows, why));
	taken = admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	if (!taken)
		return ERR_BUSY;
	err = fit_all(job, app, why);
	if (err == ERR_NOT_FOUND && admin_run(app, "ROLLBACK", why) != OK)
		return ERR_UNAVAILABLE;
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	TRY(admin_query(app, "SELECT pg_advisory_unlock(hashtextextended('assay.fit ' || $1, 0))",
			ARGS(job->organization), 1, &rows, why));
	admin_rows_release(&rows);
	return err;
}

static void work(struct fitter *fitter, struct fit_job *job)
{
	int64_t began = clock_monotonic_us();

	job->err = fitter->app ? OK : admin_connect(&fitter->app, fitter->app_url, &job->why);
	if (job->err == OK)
		job->err = locked(job, fitter->app, &job->why);
	/* What is half done ends with the connection. */
	if (job->err != OK && job->err != ERR_NOT_FOUND && job->err != ERR_BUSY) {
		admin_close(fitter->app);
		fitter->app = NULL;
	}
	job->seconds = (double)(clock_monotonic_us() - began) / 1e6;
}

/* ---- the thread -------------------------------------------------------------------------------
 */

static void *run(void *arg)
{
	struct fitter *fitter = arg;

	/* Below the server's own, whatever that is; 19 is the lowest there is. */
	int own = getpriority(PRIO_PROCESS, (id_t)gettid());

	if (setpriority(PRIO_PROCESS, (id_t)gettid(), own + NICENESS) != 0)
		log_line(LOG_WARN, "model.nice", "refused=%d", own + NICENESS);
	(void)pthread_mutex_lock(&fitter->mutex);
	while (!fitter->stopping) {
		struct fit_job *job = fitter->next;

		if (job == NULL) {
			(void)pthread_cond_wait(&fitter->changed, &fitter->mutex);
			continue;
		}
		fitter->next = NULL;
		(void)pthread_mutex_unlock(&fitter->mutex);
		work(fitter, job);
		(void)pthread_mutex_lock(&fitter->mutex);
		fitter->ended = job;
		(void)pthread_mutex_unlock(&fitter->mutex);
		fitter->done(fitter->arg);
		(void)pthread_mutex_lock(&fitter->mutex);
	}
	(void)pthread_mutex_unlock(&fitter->mutex);
	admin_close(fitter->app);
	return NULL;
}

bool fitter_begin(struct fitter *fitter, const char *organization)
{
	struct fit_job *job = calloc(1, sizeof(*job));
	bool taken = false;

	if (job == NULL)
		return false;
	snprintf(job->organization, sizeof(job->organization), "%s", organization);
	buffer_init(&job->changes, RESULTS_MOST);
	(void)pthread_mutex_lock(&fitter->mutex);
	if (!fitter->busy) {
		fitter->next = job;
		fitter->busy = taken = true;
		(void)pthread_cond_broadcast(&fitter->changed);
	}
	(void)pthread_mutex_unlock(&fitter->mutex);
	if (!taken)
		free(job);
	return taken;
}

struct fit_job *fitter_take(struct fitter *fitter)
{
	struct fit_job *job;

	(void)pthread_mutex_lock(&fitter->mutex);
	job = fitter->ended;
	fitter->ended = NULL;
	if (job != NULL)
		fitter->busy = false;
	(void)pthread_mutex_unlock(&fitter->mutex);
	return job;
}

enum err fitter_start(struct fitter **out, const char *app_url, void (*done)(void *arg), void *arg,
		      struct why *why)
{
	struct fitter *fitter = calloc(1, sizeof(*fitter));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (!fitter)
		return why_set(why, ERR_MEMORY, "out of memory");
	fitter->app_url = app_url;
	fitter->done = done;
	fitter->arg = arg;
	(void)pthread_mutex_init(&fitter->mutex, NULL);
	(void)pthread_cond_init(&fitter->changed, NULL);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&fitter->thread, NULL, run, fitter);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		free(fitter);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = fitter;
	return OK;
}

void fitter_stop(struct fitter *fitter)
{
	if (!fitter)
		return;
	(void)pthread_mutex_lock(&fitter->mutex);
	fitter->stopping = true;
	(void)pthread_cond_broadcast(&fitter->changed);
	(void)pthread_mutex_unlock(&fitter->mutex);
	(void)pthread_join(fitter->thread, NULL);
	fit_job_free(fitter->next);
	fit_job_free(fitter->ended);
	(void)pthread_cond_destroy(&fitter->changed);
	(void)pthread_mutex_destroy(&fitter->mutex);
	free(fitter);
}
