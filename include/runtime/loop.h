/* One worker's event loop: descriptors, timers, and what other threads post to it. */
#ifndef RUNTIME_LOOP_H
#define RUNTIME_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"

struct loop;
struct coroutine;

struct loop *loop_new(void); /* NULL: no memory or descriptor */
void loop_free(struct loop *loop);

/* The loop whose thread this is, set by loop_run; NULL elsewhere. */
struct loop *loop_current(void);

/*
 * Watched descriptors. The watch is borrowed and must live until loop_unwatch. All callbacks run
 * on the worker's own stack, so that they may start and resume coroutines. After loop_unwatch
 * returns, `ready` is not called again, not even for what epoll has reported already.
 */
struct loop_watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT; level-triggered */
	void (*ready)(struct loop_watch *watch, uint32_t events);
	void *owner;
};
enum err loop_watch(struct loop *loop, struct loop_watch *watch) MUST_USE;
enum err loop_rewatch(struct loop *loop, struct loop_watch *watch) MUST_USE; /* events changed */
/*
 * A descriptor that was closed meanwhile is fine, as long as no other watch has its number: so
 * unwatch first, watch its successor after.
 */
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/* Timers: a binary heap on the monotonic clock. Zero-initialize; borrowed while armed. */
struct loop_timer {
	int64_t due_us;
	void (*fire)(struct loop_timer *timer);
	void *owner;
	unsigned slot; /* heap place + 1; 0 when not armed */
};
/* Arms, or moves when armed. A due time that has passed fires in the next iteration. */
enum err loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t due_us) MUST_USE;
void loop_timer_disarm(struct loop *loop, struct loop_timer *timer);

/*
 * `prepare` runs before each wait and says for how long at the most the loop may sleep
 * (microseconds, -1 without bound): the HTTP server uses it to run its daemon after resumes.
 */
void loop_on_prepare(struct loop *loop, int64_t (*prepare)(void *owner), void *owner);

/*
 * Resumes the coroutine on the loop's own stack in this iteration (or the next, when called by a
 * coroutine that was woken itself); from the loop's thread only. The list runs through the
 * coroutines, so that it is always OK; waking one twice before it ran is a defect.
 */
enum err loop_wake(struct loop *loop, struct coroutine *coroutine) MUST_USE;

/*
 * From any thread: runs `call(arg)` on the loop's thread. Never blocks; ERR_MEMORY at worst.
 * What has not run when the loop is freed never will.
 */
enum err loop_post(struct loop *loop, void (*call)(void *arg), void *arg) MUST_USE;

/* The same without need of memory: the posting is borrowed until `call` begins. */
struct loop_posting {
	void (*call)(void *arg);
	void *arg;
	struct loop_posting *next;
	bool owned; /* of loop_post's making */
};
void loop_post_borrowed(struct loop *loop, struct loop_posting *posting);

/* Runs until loop_stop; a stop that came before it began counts. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* from any thread, or a signal handler */

/* Suspends the running coroutine for a while. */
void loop_sleep(struct loop *loop, int64_t us);

#endif
