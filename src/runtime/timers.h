/* A binary heap of timers, the earliest on top. */
#ifndef RUNTIME_TIMERS_H
#define RUNTIME_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "runtime/loop.h"

/* Zero-initialize. heap[i]->slot == i + 1; no timer is earlier than its parent heap[(i-1)/2]. */
struct timers {
	struct loop_timer **heap; /* owned; the timers are borrowed */
	unsigned count, cap;
};

void timers_release(struct timers *timers);
enum err timers_arm(struct timers *timers, struct loop_timer *timer, int64_t due_us) MUST_USE;
void timers_disarm(struct timers *timers, struct loop_timer *timer);
/* When the earliest is due; false when none is armed. */
bool timers_next(const struct timers *timers, int64_t *due_us);
/* Disarms and returns the earliest, or NULL when it is not due yet. */
struct loop_timer *timers_take_due(struct timers *timers, int64_t now_us);

#endif
