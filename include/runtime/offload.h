/* A small thread pool for what takes longer than a millisecond of processor time. */
#ifndef RUNTIME_OFFLOAD_H
#define RUNTIME_OFFLOAD_H

#include "core/attr.h"
#include "core/error.h"

struct offload;

/*
 * `threads` run at nice +5, with all signals blocked; at most `queue` jobs wait for one.
 * NULL when they cannot be started.
 */
struct offload *offload_new(unsigned threads, unsigned queue);
/* Waits for running jobs; queued ones are run too. The loops of their callers must still live. */
void offload_free(struct offload *offload);

/*
 * From a coroutine: runs `work(arg)` on another thread and yields until it is done.
 * ERR_BUSY when the queue is full. `arg` stays valid: the coroutine cannot end before.
 */
enum err offload_run(struct offload *offload, void (*work)(void *arg), void *arg) MUST_USE;

#endif
