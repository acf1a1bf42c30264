/* Keeps timers in a binary heap. */
#include "runtime/timers.h"

#include <assert.h>
#include <limits.h>

void timers_release(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}

static void place(struct timers *timers, unsigned at, struct loop_timer *timer)
{
	timers->heap[at] = timer;
	timer->slot = at + 1;
}

/* Puts the timer where it belongs, at or above the hole `at`. */
static void sift_up(struct timers *timers, unsigned at, struct loop_timer *timer)
{
	while (at > 0) {
		unsigned parent = (at - 1) / 2;

		if (timers->heap[parent]->due_us <= timer->due_us)
			break;
		place(timers, at, timers->heap[parent]);
		at = parent;
	}
	place(timers, at, timer);
}

/* Puts the timer where it belongs, at or below the hole `at`. */
static void sift_down(struct timers *timers, unsigned at, struct loop_timer *timer)
{
	for (;;) {
		unsigned child = 2 * at + 1;

		if (child >= timers->count)
			break;
		if (child + 1 < timers->count &&
		    timers->heap[child + 1]->due_us < timers->heap[child]->due_us)
			child++;
		if (timers->heap[child]->due_us >= timer->due_us)
			break;
		place(timers, at, timers->heap[child]);
		at = child;
	}
	place(timers, at, timer);
}

static void settle(struct timers *timers, unsigned at, struct loop_timer *timer)
{
	if (at > 0 && timers->heap[(at - 1) / 2]->due_us > timer->due_us)
		sift_up(timers, at, timer);
	else
		sift_down(timers, at, timer);
}

static enum err grow(struct timers *timers)
{
	unsigned cap = timers->cap ? timers->cap * 2 : 64;
	struct loop_timer **heap;

	if (cap > INT_MAX / 2)
		return ERR_MEMORY;
	heap = reallocarray(timers->heap, cap, sizeof(struct loop_timer *));
	if (!heap)
		return ERR_MEMORY;
	timers->heap = heap;
	timers->cap = cap;
	return OK;
}

enum err timers_arm(struct timers *timers, struct loop_timer *timer, int64_t due_us)
{
	if (timer->slot > 0) {
		assert(timer->slot <= timers->count && timers->heap[timer->slot - 1] == timer);
		timer->due_us = due_us;
		settle(timers, timer->slot - 1, timer);
		return OK;
	}
	if (timers->count == timers->cap)
		TRY(grow(timers));
	timer->due_us = due_us;
	sift_up(timers, timers->count++, timer);
	return OK;
}

void timers_disarm(struct timers *timers, struct loop_timer *timer)
{
	struct loop_timer *last;
	unsigned at;

	if (timer->slot == 0)
		return;
	at = timer->slot - 1;
	assert(at < timers->count && timers->heap[at] == timer);
	timer->slot = 0;
	last = timers->heap[--timers->count];
	if (last != timer)
		settle(timers, at, last);
}

bool timers_next(const struct timers *timers, int64_t *due_us)
{
	if (timers->count == 0)
		return false;
	*due_us = timers->heap[0]->due_us;
	return true;
}

struct loop_timer *timers_take_due(struct timers *timers, int64_t now_us)
{
	struct loop_timer *timer;

	if (timers->count == 0 || timers->heap[0]->due_us > now_us)
		return NULL;
	timer = timers->heap[0];
	timers_disarm(timers, timer);
	return timer;
}
