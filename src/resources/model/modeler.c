/*
 * The modeler: sees what has changed, takes it into the fits in memory at once, and has the fitter
 * make new ones behind that. An organization's lock is the session's and ends with the connection,
 * so that no two nodes work on it, and none is left locked by one that died.
 */
#include "resources/modeler.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"
#include "db/admin.h"
#include "tenant.h"

#define PAUSE_MS     250
#define CHECK_US     1000000
#define TENANTS_MOST 64
/* All fits in memory together; beyond, those that were used least recently go. */
#define BYTES_MOST   ((size_t)512 << 20)
#define BYTES_OF_ONE ((size_t)320 << 20)
/* So much longer than a fit took the next one of that organization waits. */
#define REST_FACTOR 1
#define RETRY_US    2000000
#define ARGS(...)   ((const char *const[]){__VA_ARGS__})

struct modeler {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards stopping and woken */
	pthread_cond_t changed;
	bool stopping, woken;
	const char *worker_url, *app_url;
	struct fitter *fitter;
	/* the thread's own */
	struct admin *worker, *app;
	struct tenant *tenants[TENANTS_MOST];
	size_t count;
	int64_t checked_us;
	bool failing; /* said once, until it works again */
};

/* Until something happens, or for a while; whether to stop. */
static bool pause_or_stop(struct modeler *modeler)
{
	struct timespec until;
	bool stopping;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)PAUSE_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&modeler->mutex);
	while (!modeler->stopping && !modeler->woken &&
	       pthread_cond_timedwait(&modeler->changed, &modeler->mutex, &until) == 0)
		;
	modeler->woken = false;
	stopping = modeler->stopping;
	(void)pthread_mutex_unlock(&modeler->mutex);
	return stopping;
}

void modeler_wake(struct modeler *modeler)
{
	if (modeler == NULL)
		return;
	(void)pthread_mutex_lock(&modeler->mutex);
	modeler->woken = true;
	(void)pthread_cond_broadcast(&modeler->changed);
	(void)pthread_mutex_unlock(&modeler->mutex);
}

static void fit_ended(void *arg)
{
	modeler_wake(arg);
}

/* ---- tenants ----------------------------------------------------------------------------------
 */

static void remove_tenant(struct modeler *modeler, size_t at)
{
	tenant_forget(modeler->tenants[at]);
	free(modeler->tenants[at]);
	modeler->tenants[at] = modeler->tenants[--modeler->count];
}

/* Locks end with the connection, and what was computed for it may be another's business now. */
static void disconnect(struct modeler *modeler)
{
	admin_close(modeler->worker);
	admin_close(modeler->app);
	modeler->worker = modeler->app = NULL;
	while (modeler->count > 0)
		remove_tenant(modeler, 0);
}

/* The one that nobody needs now and that was used least recently; `count` if there is none. */
static size_t idlest(const struct modeler *modeler)
{
	size_t at = modeler->count;

	for (size_t i = 0; i < modeler->count; i++)
		if (!modeler->tenants[i]->locked &&
		    (at == modeler->count ||
		     modeler->tenants[i]->used_us < modeler->tenants[at]->used_us))
			at = i;
	return at;
}

static struct tenant *find_tenant(struct modeler *modeler, const char *organization)
{
	struct tenant *tenant;

	for (size_t i = 0; i < modeler->count; i++)
		if (text_equal(modeler->tenants[i]->organization, organization))
			return modeler->tenants[i];
	if (modeler->count == TENANTS_MOST) {
		size_t at = idlest(modeler);

		if (at == modeler->count)
			return NULL;
		remove_tenant(modeler, at);
	}
	tenant = calloc(1, sizeof(*tenant));
	if (tenant == NULL)
		return NULL;
	snprintf(tenant->organization, sizeof(tenant->organization), "%s", organization);
	modeler->tenants[modeler->count++] = tenant;
	return tenant;
}

static void bound_memory(struct modeler *modeler)
{
	size_t bytes = 0;

	for (size_t i = 0; i < modeler->count; i++) {
		if (tenant_bytes(modeler->tenants[i]) > BYTES_OF_ONE)
			tenant_forget(modeler->tenants[i]);
		bytes += tenant_bytes(modeler->tenants[i]);
	}
	while (bytes > BYTES_MOST) {
		size_t at = idlest(modeler);

		if (at == modeler->count)
			return;
		bytes -= tenant_bytes(modeler->tenants[at]);
		remove_tenant(modeler, at);
	}
}

static enum err lock(struct modeler *modeler, struct tenant *tenant, bool wanted, struct why *why)
{
	struct admin_rows rows;

	if (tenant->locked == wanted)
		return OK;
	TRY(admin_query(
	    modeler->app,
	    wanted ? "SELECT pg_try_advisory_lock(hashtextextended('assay.model ' || $1, 0))"
		   : "SELECT NOT pg_advisory_unlock(hashtextextended('assay.model ' || $1, 0))",
	    ARGS(tenant->organization), 1, &rows, why));
	tenant->locked = admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	return OK;
}

/* ---- work -------------------------------------------------------------------------------------
 */

static enum err connect_both(struct modeler *modeler, struct why *why)
{
	if (!modeler->worker)
		TRY(admin_connect(&modeler->worker, modeler->worker_url, why));
	if (!modeler->app)
		TRY(admin_connect(&modeler->app, modeler->app_url, why));
	return OK;
}

static enum err work_on(struct modeler *modeler, struct tenant *tenant, struct why *why)
{
	int64_t now = clock_monotonic_us();

	tenant->seen = true;
	tenant->used_us = now;
	TRY(lock(modeler, tenant, true, why));
	if (!tenant->locked)
		return OK;
	TRY(tenant_update(tenant, modeler->app, why));
	if (!tenant->fitting && now >= tenant->next_fit_us)
		tenant->fitting = fitter_begin(modeler->fitter, tenant->organization);
	return OK;
}

/* A job whose organization was let go meanwhile (the connection was lost) is dropped. */
static enum err end_fit(struct modeler *modeler, struct why *why)
{
	struct fit_job *job = fitter_take(modeler->fitter);
	struct tenant *tenant = NULL;
	enum err err = OK;

	if (job == NULL)
		return OK;
	for (size_t i = 0; i < modeler->count; i++)
		if (modeler->tenants[i]->fitting &&
		    text_equal(modeler->tenants[i]->organization, job->organization))
			tenant = modeler->tenants[i];
	if (tenant != NULL) {
		int64_t now = clock_monotonic_us();

		tenant->fitting = false;
		tenant->next_fit_us =
		    now + (job->err == OK ? (int64_t)(job->seconds * REST_FACTOR * 1e6) : RETRY_US);
		if (job->err == OK)
			err = tenant_show(tenant, job, modeler->app, why);
		else if (job->err != ERR_BUSY && job->err != ERR_NOT_FOUND)
			err = why_set(why, job->err, "%s", job->why.text);
		if (tenant->held[FIT_FULL] == job || tenant->held[FIT_CLOSED] == job)
			job = NULL;
	}
	fit_job_free(job);
	return err;
}

/* What was switched off or refitted elsewhere is not kept. */
static enum err check_held(struct modeler *modeler, struct tenant *tenant, struct why *why)
{
	if (tenant_bytes(tenant) == 0)
		return OK;
	TRY(admin_run(modeler->app, "BEGIN READ ONLY", why));
	TRY(fitter_enter(modeler->app, tenant->organization, why));
	TRY(tenant_check(tenant, modeler->app, why));
	return admin_run(modeler->app, "COMMIT", why);
}

/* What is done with is unlocked; and now and then all that is in memory is looked at. */
static enum err look_after(struct modeler *modeler, struct why *why)
{
	bool check = clock_monotonic_us() - modeler->checked_us > CHECK_US;
	enum err err = OK;

	for (size_t i = 0; i < modeler->count && err == OK; i++) {
		struct tenant *tenant = modeler->tenants[i];

		if (check)
			err = check_held(modeler, tenant, why);
		if (err == OK && !tenant->seen && !tenant->fitting)
			err = lock(modeler, tenant, false, why);
	}
	if (check)
		modeler->checked_us = clock_monotonic_us();
	bound_memory(modeler);
	return err;
}

static enum err tick(struct modeler *modeler, struct why *why)
{
	struct admin_rows rows;
	enum err err = OK;

	TRY(connect_both(modeler, why));
	TRY(end_fit(modeler, why));
	TRY(admin_query(modeler->worker,
			"SELECT c.organization_id FROM model_changes c GROUP BY 1 "
			"ORDER BY min(c.created_at) LIMIT 32",
			NULL, 0, &rows, why));
	for (size_t i = 0; i < modeler->count; i++)
		modeler->tenants[i]->seen = false;
	for (int i = 0; i < rows.count && err == OK; i++) {
		struct tenant *tenant = find_tenant(modeler, admin_value(&rows, i, 0));

		if (tenant != NULL)
			err = work_on(modeler, tenant, why);
	}
	admin_rows_release(&rows);
	if (err == OK)
		err = look_after(modeler, why);
	return err;
}

static void *run(void *arg)
{
	struct modeler *modeler = arg;
	enum err err;

	do {
		struct why why = {""};

		err = tick(modeler, &why);
		if (err != OK) {
			disconnect(modeler);
			if (!modeler->failing)
				log_line(LOG_WARN, "model.failed", "why=\"%s\"", why.text);
		}
		modeler->failing = err != OK;
	} while (!pause_or_stop(modeler));
	return NULL;
}

enum err modeler_start(struct modeler **out, const char *worker_url, const char *app_url,
		       struct why *why)
{
	struct modeler *modeler = calloc(1, sizeof(*modeler));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (!modeler)
		return why_set(why, ERR_MEMORY, "out of memory");
	modeler->worker_url = worker_url;
	modeler->app_url = app_url;
	(void)pthread_mutex_init(&modeler->mutex, NULL);
	(void)pthread_cond_init(&modeler->changed, NULL);
	if (fitter_start(&modeler->fitter, app_url, fit_ended, modeler, why) != OK) {
		free(modeler);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&modeler->thread, NULL, run, modeler);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		fitter_stop(modeler->fitter);
		free(modeler);
		return why_set(why, ERR_MEMORY, "a thread cannot be started");
	}
	*out = modeler;
	return OK;
}

void modeler_stop(struct modeler *modeler)
{
	if (!modeler)
		return;
	(void)pthread_mutex_lock(&modeler->mutex);
	modeler->stopping = true;
	(void)pthread_cond_broadcast(&modeler->changed);
	(void)pthread_mutex_unlock(&modeler->mutex);
	(void)pthread_join(modeler->thread, NULL);
	fitter_stop(modeler->fitter);
	disconnect(modeler);
	(void)pthread_cond_destroy(&modeler->changed);
	(void)pthread_mutex_destroy(&modeler->mutex);
	free(modeler);
}
