/* The sealer: chains every organization's events within a second of their commit. */
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "audit/sealing.h"
#include "core/clock.h"
#include "core/log.h"

#define SECOND_US ((int64_t)1000000)
#define TICK_US	  (SECOND_US / 5)
#define FLUSH_US  SECOND_US
#define RETRY_US  (SECOND_US / 2)
#define SWEEP_US  (600 * SECOND_US)
#define THIN_US	  (3600 * SECOND_US)

struct sealer {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards stopping */
	pthread_cond_t changed;
	bool stopping;
	_Atomic int64_t settled_us; /* when all was last seen to be sealed */
	_Atomic bool holds;
	struct sealing sealing; /* the thread's own */
	int64_t flush_at, sweep_at, thin_at;
	bool failing; /* said once, until it works again */
};

static bool pause_or_stop(struct sealer *sealer, int64_t us)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t ns = until.tv_nsec + us * 1000;
	until.tv_sec += ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	(void)pthread_mutex_lock(&sealer->mutex);
	while (!sealer->stopping &&
	       pthread_cond_timedwait(&sealer->changed, &sealer->mutex, &until) == 0)
		;
	bool stopping = sealer->stopping;
	(void)pthread_mutex_unlock(&sealer->mutex);
	return !stopping;
}

static bool goes_on(struct sealer *sealer)
{
	(void)pthread_mutex_lock(&sealer->mutex);
	bool stopping = sealer->stopping;
	(void)pthread_mutex_unlock(&sealer->mutex);
	return !stopping;
}

/* Heads wait for their second; a failing disk keeps them waiting, and sealing goes on. */
static void heads_flush(struct sealer *sealer, int64_t now)
{
	struct why why;
	if (now < sealer->flush_at)
		return;
	sealer->flush_at = now + FLUSH_US;
	if (sealing_write_heads(&sealer->sealing, &why) != OK)
		log_line(LOG_ERROR, "audit.heads", "reason=\"%s\"", why.text);
	if (now < sealer->thin_at)
		return;
	sealer->thin_at = now + THIN_US;
	if (audit_heads_thin(sealer->sealing.dir, clock_unix_ms(), &why) != OK)
		log_line(LOG_ERROR, "audit.heads", "reason=\"%s\"", why.text);
}

/* While another process seals, how far behind that one is. */
static enum err watch(struct sealer *sealer, int64_t now, struct why *why)
{
	double age = 0;
	TRY(sealing_oldest(&sealer->sealing, &age, why));
	atomic_store(&sealer->settled_us, now - (int64_t)(age * (double)SECOND_US));
	return OK;
}

/* Everything that this process has to do now. */
static enum err tick(struct sealer *sealer, struct why *why)
{
	struct sealing *sealing = &sealer->sealing;
	int64_t now = clock_monotonic_us();
	bool had = sealing->holds;
	if (sealing->admin == NULL)
		TRY(sealing_connect(sealing, why));
	TRY(sealing_hold(sealing, why));
	atomic_store(&sealer->holds, sealing->holds);
	if (!sealing->holds)
		return watch(sealer, now, why);
	if (!had) {
		log_line(LOG_INFO, "audit.sealing", "sweep=1");
		sealing_sweep_begin(sealing);
		sealer->sweep_at = now + SWEEP_US;
		TRY(sealing_all_heads(sealing, why));
	}
	if (now >= sealer->sweep_at && !sealing->sweeping) {
		sealing_sweep_begin(sealing);
		sealer->sweep_at = now + SWEEP_US;
	}
	TRY(sealing_recent(sealing, why));
	if (sealing->sweeping)
		TRY(sealing_sweep_step(sealing, why));
	atomic_store(&sealer->settled_us, now);
	heads_flush(sealer, now);
	return OK;
}

/* The first sweep, after a start, runs at full speed: what it finds has waited long enough. */
static int64_t pause_after(const struct sealer *sealer, enum err err)
{
	if (err != OK)
		return RETRY_US;
	return sealer->sealing.sweeping && sealer->sealing.first_sweep ? 0 : TICK_US;
}

static void *sealer_run(void *arg)
{
	struct sealer *sealer = arg;
	enum err err = OK;
	do {
		struct why why;
		err = tick(sealer, &why);
		if (err != OK) {
			/* Whatever it was: a new connection, and the lock again, from the start. */
			sealing_disconnect(&sealer->sealing);
			atomic_store(&sealer->holds, false);
			if (!sealer->failing)
				log_line(LOG_WARN, "audit.sealer", "reason=\"%s\"", why.text);
		}
		sealer->failing = err != OK;
	} while (pause_or_stop(sealer, pause_after(sealer, err)) && goes_on(sealer));
	sealer->flush_at = 0;
	heads_flush(sealer, clock_monotonic_us());
	sealing_disconnect(&sealer->sealing);
	return NULL;
}

static enum err thread_start(struct sealer *sealer)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;
	if (pthread_condattr_init(&monotonic) != 0)
		return ERR_MEMORY;
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	int failed = pthread_cond_init(&sealer->changed, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (failed != 0 || pthread_mutex_init(&sealer->mutex, NULL) != 0)
		return ERR_MEMORY;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&sealer->thread, NULL, sealer_run, sealer);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed == 0 ? OK : ERR_MEMORY;
}

enum err sealer_start(struct sealer **out, const char *url, const struct audit_keys *keys,
		      const char *dir, struct why *why)
{
	*out = NULL;
	struct sealer *sealer = calloc(1, sizeof(*sealer));
	if (sealer == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	atomic_store(&sealer->settled_us, clock_monotonic_us());
	enum err err = sealing_init(&sealer->sealing, url, keys, dir);
	if (err == OK)
		err = thread_start(sealer);
	if (err != OK) {
		sealing_release(&sealer->sealing);
		free(sealer);
		return why_set(why, err, "out of memory");
	}
	*out = sealer;
	return OK;
}

void sealer_stop(struct sealer *sealer)
{
	if (sealer == NULL)
		return;
	(void)pthread_mutex_lock(&sealer->mutex);
	sealer->stopping = true;
	(void)pthread_cond_broadcast(&sealer->changed);
	(void)pthread_mutex_unlock(&sealer->mutex);
	(void)pthread_join(sealer->thread, NULL);
	(void)pthread_cond_destroy(&sealer->changed);
	(void)pthread_mutex_destroy(&sealer->mutex);
	sealing_release(&sealer->sealing);
	free(sealer);
}

double sealer_lag_seconds(const struct sealer *sealer)
{
	int64_t us = clock_monotonic_us() - atomic_load(&sealer->settled_us);
	return us > 0 ? (double)us / (double)SECOND_US : 0;
}

bool sealer_holds(const struct sealer *sealer)
{
	return atomic_load(&sealer->holds);
}
