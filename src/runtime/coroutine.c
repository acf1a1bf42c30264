/* Switches between a worker's own stack and those of its coroutines. */
#include "runtime/coroutine.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/sanitizer.h"
#include "runtime/coroutine_private.h"

/*
 * The address sanitizer keeps red zones and fake frames a stack, the thread sanitizer a history,
 * so they must be told of each switch; their frames are also larger.
 */
#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_FACTOR 4
#elif WITH_TSAN
#include <sanitizer/tsan_interface.h>
#define STACK_FACTOR 4
#else
#define STACK_FACTOR 1
#endif

#define STACK_LEAST 16384
#define IDLE_MOST   256 /* stacks that stay mapped for reuse; a peak's are given back */

struct coroutine_pool {
	ucontext_t worker;	  /* where the running coroutine came from */
	const void *worker_stack; /* for the sanitizer */
	size_t worker_stack_size;
	void *worker_fiber;
	pthread_t thread; /* of the live ones */
	struct coroutine *idle;
	size_t idle_count, live, max_live;
	size_t stack_size, guard_size;
};

static _Thread_local struct coroutine *current;

/* ---- what the sanitizer is told ------------------------------------------------------------ */

/*
 * Before a switch: where to keep the fake stack left behind (NULL: it ends), and where to.
 * Inlined, since the thread sanitizer must not see a return from here on the other side.
 */
static inline __attribute__((always_inline)) void
announce_switch(void **fake_stack, const void *stack, size_t size, void *fiber)
{
#if WITH_ASAN
	__sanitizer_start_switch_fiber(fake_stack, stack, size);
#elif WITH_TSAN
	__tsan_switch_to_fiber(fiber, 0);
#endif
	(void)fake_stack, (void)stack, (void)size, (void)fiber;
}

/* After a switch, on the new stack: the fake stack kept for it, and where we came from. */
static void complete_switch(void *fake_stack, const void **stack, size_t *size)
{
#if WITH_ASAN
	__sanitizer_finish_switch_fiber(fake_stack, stack, size);
#endif
	(void)fake_stack, (void)stack, (void)size;
}

/* ---- stacks -------------------------------------------------------------------------------- */

struct coroutine_pool *coroutine_pool_new(size_t stack_size, size_t max_live)
{
	struct coroutine_pool *pool = calloc(1, sizeof(*pool));
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!pool)
		return NULL;
	if (stack_size < STACK_LEAST)
		stack_size = STACK_LEAST;
	pool->stack_size = (stack_size * STACK_FACTOR + page - 1) / page * page;
	pool->guard_size = page;
	pool->max_live = max_live;
	return pool;
}

static void free_coroutine(struct coroutine *coroutine)
{
	const struct coroutine_pool *pool = coroutine->pool;
	int rc = munmap(coroutine->mapping, pool->guard_size + pool->stack_size);

	assert(rc == 0);
	free(coroutine);
}

void coroutine_pool_free(struct coroutine_pool *pool)
{
	if (!pool)
		return;
	assert(pool->live == 0);
	while (pool->idle) {
		struct coroutine *next = pool->idle->next;

		free_coroutine(pool->idle);
		pool->idle = next;
	}
	free(pool);
}

size_t coroutine_pool_live(const struct coroutine_pool *pool)
{
	return pool->live;
}

/* Apart, since getcontext could return twice and the compiler must then not trust locals. */
static bool init_context(ucontext_t *context)
{
	return getcontext(context) == 0;
}

static struct coroutine *new_coroutine(struct coroutine_pool *pool)
{
	struct coroutine *coroutine = calloc(1, sizeof(*coroutine));
	size_t size = pool->guard_size + pool->stack_size;

	if (!coroutine)
		return NULL;
	coroutine->pool = pool;
	coroutine->mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (coroutine->mapping == MAP_FAILED)
		goto no_mapping;
	if (mprotect(coroutine->mapping, pool->guard_size, PROT_NONE) != 0)
		goto no_guard;
	if (!init_context(&coroutine->context))
		goto no_guard;
	return coroutine;
no_guard:
	(void)munmap(coroutine->mapping, size);
no_mapping:
	free(coroutine);
	return NULL;
}

static struct coroutine *take_coroutine(struct coroutine_pool *pool)
{
	struct coroutine *coroutine = pool->idle;

	if (!coroutine)
		return new_coroutine(pool);
	pool->idle = coroutine->next;
	pool->idle_count--;
	return coroutine;
}

static void give_back(struct coroutine *coroutine)
{
	struct coroutine_pool *pool = coroutine->pool;

	assert(!coroutine->woken);
	pool->live--;
#if WITH_TSAN
	__tsan_destroy_fiber(coroutine->fiber);
#endif
	if (pool->idle_count >= IDLE_MOST) {
		free_coroutine(coroutine);
		return;
	}
#if WITH_ASAN
	__asan_unpoison_memory_region(coroutine->mapping + pool->guard_size, pool->stack_size);
#endif
	coroutine->next = pool->idle;
	pool->idle = coroutine;
	pool->idle_count++;
}

/* ---- switching ----------------------------------------------------------------------------- */

/* From the worker's stack to the coroutine's, until it yields or ends. */
static void switch_in(struct coroutine *coroutine)
{
	struct coroutine_pool *pool = coroutine->pool;
	void *fake_stack = NULL;
	int rc;

	coroutine->state = COROUTINE_RUNNING;
	current = coroutine;
#if WITH_TSAN
	pool->worker_fiber = __tsan_get_current_fiber();
#endif
	announce_switch(&fake_stack, coroutine->mapping + pool->guard_size, pool->stack_size,
			coroutine->fiber);
	rc = swapcontext(&pool->worker, &coroutine->context);
	complete_switch(fake_stack, NULL, NULL);
	assert(rc == 0);
	current = NULL;
	if (coroutine->state == COROUTINE_IDLE)
		give_back(coroutine);
}

/* Back to the worker's stack, to return here when resumed, unless it ended. */
static void switch_out(struct coroutine *coroutine, enum coroutine_state state)
{
	struct coroutine_pool *pool = coroutine->pool;
	int rc;

	coroutine->state = state;
	announce_switch(state == COROUTINE_IDLE ? NULL : &coroutine->fake_stack, pool->worker_stack,
			pool->worker_stack_size, pool->worker_fiber);
	rc = swapcontext(&coroutine->context, &pool->worker);
	complete_switch(coroutine->fake_stack, &pool->worker_stack, &pool->worker_stack_size);
	assert(rc == 0);
}

static void enter(void)
{
	struct coroutine *coroutine = current;

	complete_switch(NULL, &coroutine->pool->worker_stack, &coroutine->pool->worker_stack_size);
	coroutine->body(coroutine->arg);
	switch_out(coroutine, COROUTINE_IDLE);
	abort(); /* an ended coroutine is never resumed */
}

enum err coroutine_start(struct coroutine_pool *pool, void (*body)(void *arg), void *arg)
{
	struct coroutine *coroutine;

	assert(!current);
	if (pool->live >= pool->max_live)
		return ERR_BUSY;
	if (pool->live == 0)
		pool->thread = pthread_self();
	assert(pthread_equal(pool->thread, pthread_self()));
	coroutine = take_coroutine(pool);
	if (!coroutine)
		return ERR_MEMORY;
	pool->live++;
	coroutine->body = body;
	coroutine->arg = arg;
	coroutine->fake_stack = NULL;
#if WITH_TSAN
	coroutine->fiber = __tsan_create_fiber(0);
#endif
	coroutine->context.uc_link = NULL;
	coroutine->context.uc_stack.ss_sp = coroutine->mapping + pool->guard_size;
	coroutine->context.uc_stack.ss_size = pool->stack_size;
	makecontext(&coroutine->context, enter, 0);
	/* Else the sanitizer would forget the stack's red zones at each swapcontext. */
	coroutine->context.uc_stack.ss_size = 0;
	switch_in(coroutine);
	return OK;
}

struct coroutine *coroutine_current(void)
{
	return current;
}

void coroutine_yield(void)
{
	assert(current);
	switch_out(current, COROUTINE_SUSPENDED);
}

void coroutine_resume(struct coroutine *coroutine)
{
	assert(!current);
	assert(coroutine->state == COROUTINE_SUSPENDED && !coroutine->woken);
	assert(pthread_equal(coroutine->pool->thread, pthread_self()));
	switch_in(coroutine);
}
