/* Starts and stops the courier's threads. */
#include "courier.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/log.h"
#include "db/admin.h"

/* At most so many requests under way at once. */
#define SENDING_MOST 256

bool courier_pause(struct courier *courier, unsigned ms)
{
	struct timespec until;
	bool stopping;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&courier->mutex);
	while (!courier->stopping && ms > 0 &&
	       pthread_cond_timedwait(&courier->changed, &courier->mutex, &until) == 0)
		;
	stopping = courier->stopping;
	(void)pthread_mutex_unlock(&courier->mutex);
	return stopping;
}

enum err courier_connect(const struct courier *courier, struct admin **app, struct why *why)
{
	TRY(admin_connect(app, courier->options.app_url, why));
	/* A plan outlives the tables that it was made for, which fill. */
	return admin_run(
	    *app, "SET synchronous_commit = off; SET enable_seqscan = off; SET jit = off", why);
}

bool courier_passes(const struct admin *admin, const char *webhook, const struct why *why)
{
	const char *state = admin_sqlstate(admin);

	if (state[0] == '\0' || strncmp(state, "08", 2) == 0 || strncmp(state, "57", 2) == 0 ||
	    strncmp(state, "25006", 5) == 0)
		return false;
	log_line(LOG_WARN, "webhooks.failed", "webhook=%s why=\"%s\"", webhook, why->text);
	return true;
}

double courier_delivered(const void *courier)
{
	return (double)atomic_load(&((const struct courier *)courier)->delivered);
}

double courier_failed(const void *courier)
{
	return (double)atomic_load(&((const struct courier *)courier)->failed);
}

static enum err start_threads(struct courier *courier, struct why *why)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	courier->feeding = pthread_create(&courier->feeder, NULL, courier_feed, courier) == 0;
	courier->sends =
	    courier->feeding && pthread_create(&courier->sender, NULL, courier_send, courier) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return courier->sends ? OK : why_set(why, ERR_MEMORY, "a thread cannot be started");
}

enum err courier_start(struct courier **out, const struct courier_options *options, struct why *why)
{
	struct courier *courier = calloc(1, sizeof(*courier));
	enum err err;

	*out = courier;
	if (!courier)
		return why_set(why, ERR_MEMORY, "out of memory");
	courier->options = *options;
	(void)pthread_mutex_init(&courier->mutex, NULL);
	(void)pthread_cond_init(&courier->changed, NULL);
	err = outbound_new(&courier->outbound, &options->rules, SENDING_MOST);
	if (err != OK)
		return why_set(why, err, "out of memory");
	return start_threads(courier, why);
}

void courier_stop(struct courier *courier)
{
	if (!courier)
		return;
	(void)pthread_mutex_lock(&courier->mutex);
	courier->stopping = true;
	(void)pthread_cond_broadcast(&courier->changed);
	(void)pthread_mutex_unlock(&courier->mutex);
	if (courier->outbound)
		outbound_wake(courier->outbound);
	if (courier->feeding)
		(void)pthread_join(courier->feeder, NULL);
	if (courier->sends)
		(void)pthread_join(courier->sender, NULL);
	outbound_free(courier->outbound);
	(void)pthread_cond_destroy(&courier->changed);
	(void)pthread_mutex_destroy(&courier->mutex);
	free(courier);
}
