/* Stackful coroutines, so that a handler that waits reads like one that does not. */
#ifndef RUNTIME_COROUTINE_H
#define RUNTIME_COROUTINE_H

#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"

struct coroutine;
struct coroutine_pool; /* stacks with guard pages, reused; one pool a worker, never shared */

/* NULL: no memory. `stack_size` is rounded up to pages, and is larger under the sanitizer. */
struct coroutine_pool *coroutine_pool_new(size_t stack_size, size_t max_live);
void coroutine_pool_free(struct coroutine_pool *pool); /* asserts that none is live */
size_t coroutine_pool_live(const struct coroutine_pool *pool);

/*
 * Starts `body(arg)` at once, on a stack of its own, and returns when it first yields or ends.
 * ERR_BUSY when max_live coroutines live, ERR_MEMORY when no stack can be had.
 * From the worker's own stack only.
 */
enum err coroutine_start(struct coroutine_pool *pool, void (*body)(void *arg), void *arg) MUST_USE;

/* The running coroutine, or NULL on the worker's own stack. */
struct coroutine *coroutine_current(void);
/* Suspends the running coroutine until coroutine_resume. Its thread never changes. */
void coroutine_yield(void);
/* From the worker's own stack only; a coroutine that resumes another is a defect. */
void coroutine_resume(struct coroutine *coroutine);

#endif
