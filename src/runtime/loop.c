/* Runs one worker: waits for descriptors, timers and posts, and calls or resumes who waited. */
#include "runtime/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "runtime/coroutine.h"
#include "runtime/coroutine_private.h"
#include "runtime/timers.h"

#define BATCH 64 /* descriptors reported at a time */

struct loop {
	int epoll_fd, event_fd;
	atomic_bool stopping;
	int64_t (*prepare)(void *owner);
	void *prepare_owner;

	struct epoll_event batch[BATCH];
	int batch_count, batch_at; /* those behind batch_at wait for their call */

	struct timers timers;
	struct coroutine *woken, **woken_end;

	pthread_mutex_t lock; /* guards what follows, for a few instructions at a time */
	struct loop_posting *posted, **posted_end;
};

static _Thread_local struct loop *running;

struct loop *loop_current(void)
{
	return running;
}

/* ---- life ---------------------------------------------------------------------------------- */

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}; /* NULL: the eventfd */

	if (!loop)
		return NULL;
	loop->woken_end = &loop->woken;
	loop->posted_end = &loop->posted;
	loop->event_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd >= 0)
		loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->event_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->event_fd, &event) != 0)
		goto failed;
	if (pthread_mutex_init(&loop->lock, NULL) != 0)
		goto failed;
	return loop;
failed:
	if (loop->event_fd >= 0)
		(void)close(loop->event_fd);
	if (loop->epoll_fd >= 0)
		(void)close(loop->epoll_fd);
	free(loop);
	return NULL;
}

static struct loop_posting *take_posted(struct loop *loop)
{
	struct loop_posting *posted;

	(void)pthread_mutex_lock(&loop->lock);
	posted = loop->posted;
	loop->posted = NULL;
	loop->posted_end = &loop->posted;
	(void)pthread_mutex_unlock(&loop->lock);
	return posted;
}

void loop_free(struct loop *loop)
{
	struct loop_posting *posted;

	if (!loop)
		return;
	assert(running != loop && !loop->woken);
	posted = take_posted(loop); /* also waits for a poster that is about to leave the lock */
	while (posted) {
		struct loop_posting *next = posted->next;

		if (posted->owned)
			free(posted);
		posted = next;
	}
	(void)pthread_mutex_destroy(&loop->lock);
	(void)close(loop->event_fd);
	(void)close(loop->epoll_fd);
	timers_release(&loop->timers);
	free(loop);
}

/* ---- descriptors --------------------------------------------------------------------------- */

static enum err control(struct loop *loop, int operation, struct loop_watch *watch)
{
	struct epoll_event event = {.events = watch->events, .data.ptr = watch};

	if (epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) == 0)
		return OK;
	assert(errno != EEXIST); /* two watches on one descriptor */
	return errno == ENOMEM || errno == ENOSPC ? ERR_MEMORY : ERR_INVALID;
}

enum err loop_watch(struct loop *loop, struct loop_watch *watch)
{
	assert(watch->ready);
	return control(loop, EPOLL_CTL_ADD, watch);
}

enum err loop_rewatch(struct loop *loop, struct loop_watch *watch)
{
	return control(loop, EPOLL_CTL_MOD, watch);
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
		assert(errno == ENOENT ||
		       errno == EBADF); /* closed before: epoll has forgotten it */
	for (int i = loop->batch_at; i < loop->batch_count; i++) {
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].events = 0;
	}
}

static void run_posted(struct loop *loop)
{
	uint64_t count;
	struct loop_posting *posted;

	if (read(loop->event_fd, &count, sizeof(count)) < 0)
		assert(errno == EAGAIN || errno == EINTR);
	posted = take_posted(loop);
	while (posted) {
		struct loop_posting *next = posted->next; /* a borrowed one may be gone after */
		void (*call)(void *arg) = posted->call;
		void *arg = posted->arg;

		if (posted->owned)
			free(posted);
		call(arg);
		posted = next;
	}
}

static void run_ready(struct loop *loop)
{
	for (loop->batch_at = 0; loop->batch_at < loop->batch_count;) {
		const struct epoll_event *event = &loop->batch[loop->batch_at++];
		struct loop_watch *watch = event->data.ptr;
		uint32_t events;

		if (event->events == 0) /* unwatched by one before it */
			continue;
		if (!watch) {
			run_posted(loop);
			continue;
		}
		events = event->events & (watch->events | EPOLLERR | EPOLLHUP);
		if (events != 0) /* else rewatched by one before it */
			watch->ready(watch, events);
	}
	loop->batch_count = loop->batch_at = 0;
}

/* ---- timers -------------------------------------------------------------------------------- */

enum err loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t due_us)
{
	assert(timer->fire);
	return timers_arm(&loop->timers, timer, due_us);
}

void loop_timer_disarm(struct loop *loop, struct loop_timer *timer)
{
	timers_disarm(&loop->timers, timer);
}

/* As many at the most as were armed at the start: one that rearms itself at once starves none. */
static void run_timers(struct loop *loop)
{
	struct loop_timer *timer;
	int64_t now;

	if (loop->timers.count == 0)
		return;
	now = clock_monotonic_us();
	for (unsigned left = loop->timers.count; left > 0; left--) {
		timer = timers_take_due(&loop->timers, now);
		if (!timer)
			break;
		timer->fire(timer);
	}
}

static void wake_sleeper(struct loop_timer *timer)
{
	coroutine_resume(timer->owner);
}

void loop_sleep(struct loop *loop, int64_t us)
{
	struct loop_timer timer = {.fire = wake_sleeper, .owner = coroutine_current()};

	assert(timer.owner && loop == running);
	if (loop_timer_arm(loop, &timer, clock_monotonic_us() + us) == OK)
		coroutine_yield();
}

/* ---- coroutines and posts ------------------------------------------------------------------ */

enum err loop_wake(struct loop *loop, struct coroutine *coroutine)
{
	assert(loop == running && !coroutine->woken);
	assert(coroutine->state != COROUTINE_IDLE);
	coroutine->woken = true;
	coroutine->next = NULL;
	*loop->woken_end = coroutine;
	loop->woken_end = &coroutine->next;
	return OK;
}

/* Those who are woken meanwhile wait for the next iteration, so that descriptors get their turn. */
static void run_woken(struct loop *loop)
{
	struct coroutine *woken = loop->woken;

	loop->woken = NULL;
	loop->woken_end = &loop->woken;
	while (woken) {
		struct coroutine *next = woken->next;

		woken->woken = false;
		coroutine_resume(woken);
		woken = next;
	}
}

static void ring(struct loop *loop)
{
	const uint64_t one = 1;

	if (write(loop->event_fd, &one, sizeof(one)) < 0)
		assert(errno == EAGAIN); /* the counter is full: it has been rung enough */
}

/* Rings under the lock: once the call has run, the poster no longer touches the loop. */
void loop_post_borrowed(struct loop *loop, struct loop_posting *posting)
{
	posting->next = NULL;
	(void)pthread_mutex_lock(&loop->lock);
	if (!loop->posted)
		ring(loop);
	*loop->posted_end = posting;
	loop->posted_end = &posting->next;
	(void)pthread_mutex_unlock(&loop->lock);
}

enum err loop_post(struct loop *loop, void (*call)(void *arg), void *arg)
{
	struct loop_posting *posting = malloc(sizeof(*posting));

	if (!posting)
		return ERR_MEMORY;
	*posting = (struct loop_posting){.call = call, .arg = arg, .owned = true};
	loop_post_borrowed(loop, posting);
	return OK;
}

/* ---- the loop ------------------------------------------------------------------------------ */

void loop_on_prepare(struct loop *loop, int64_t (*prepare)(void *owner), void *owner)
{
	loop->prepare = prepare;
	loop->prepare_owner = owner;
}

/* In milliseconds, rounded up: waking early would only mean waiting again. */
static int sleep_ms(struct loop *loop)
{
	int64_t most = loop->prepare ? loop->prepare(loop->prepare_owner) : -1;
	int64_t due;

	if (loop->woken || atomic_load_explicit(&loop->stopping, memory_order_relaxed))
		return 0;
	if (timers_next(&loop->timers, &due)) {
		int64_t left = due - clock_monotonic_us();

		if (left < 0)
			left = 0;
		if (most < 0 || left < most)
			most = left;
	}
	if (most < 0)
		return -1;
	return most / 1000 >= INT_MAX ? INT_MAX : (int)((most + 999) / 1000);
}

void loop_run(struct loop *loop)
{
	assert(!running && !coroutine_current());
	running = loop;
	log_hold(true);
	while (!atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
		int timeout_ms = sleep_ms(loop), count;

		log_flush(); /* the lines of a round leave together, before anyone sleeps */
		count = epoll_wait(loop->epoll_fd, loop->batch, BATCH, timeout_ms);

		assert(count >= 0 || errno == EINTR);
		loop->batch_count = count > 0 ? count : 0;
		run_ready(loop);
		run_timers(loop);
		run_woken(loop);
	}
	atomic_store_explicit(&loop->stopping, false, memory_order_relaxed);
	log_hold(false);
	running = NULL;
}

/* An atomic store and a write(): nothing that a signal handler may not do. */
void loop_stop(struct loop *loop)
{
	int saved = errno;

	atomic_store_explicit(&loop->stopping, true, memory_order_release);
	ring(loop);
	errno = saved;
}
