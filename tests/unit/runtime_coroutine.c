/* Proves that coroutines keep their stacks apart, reuse them, and that misuse is noticed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/sanitizer.h"
#include "runtime/coroutine.h"

#define STACK 65536

#if WITH_ASAN
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=1";
}
#endif

/* A coroutine that counts its turns and says where it is. */
struct walker {
	struct coroutine *self;
	int turns, done, ended;
	uint32_t seed;
	const void *frame;
};

static void walk(void *arg)
{
	struct walker *walker = arg;
	uint32_t trail[64]; /* must survive everybody else's turns */

	walker->self = coroutine_current();
	walker->frame = __builtin_frame_address(0);
	for (unsigned i = 0; i < 64; i++)
		trail[i] = walker->seed * (i + 1);
	while (walker->done < walker->turns) {
		coroutine_yield();
		assert_ptr_equal(coroutine_current(), walker->self);
		walker->done++;
		for (unsigned i = 0; i < 64; i++)
			assert_int_equal(trail[i], walker->seed * (i + 1));
	}
	walker->ended = 1;
}

static void coroutine_runs_at_once_until_it_yields(void **state)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct walker walker = {.turns = 2, .seed = 7};

	(void)state;
	assert_non_null(pool);
	assert_null(coroutine_current());
	assert_int_equal(coroutine_start(pool, walk, &walker), OK);
	assert_non_null(walker.self);
	assert_null(coroutine_current());
	assert_int_equal(walker.done, 0);
	coroutine_resume(walker.self);
	assert_int_equal(walker.done, 1);
	assert_int_equal(coroutine_pool_live(pool), 1);
	coroutine_resume(walker.self);
	assert_true(walker.ended);
	assert_int_equal(coroutine_pool_live(pool), 0);
	coroutine_pool_free(pool);
}

/* Guard page and stack are two lines each in the list of mappings. */
static int mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	int count = 0, c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		count += c == '\n';
	(void)fclose(file);
	return count;
}

static void thousands_interleave_and_their_stacks_are_given_back(void **state)
{
	enum { COUNT = 5000, TURNS = 5 };
	static struct walker walker[COUNT];
	struct coroutine_pool *pool = coroutine_pool_new(STACK, COUNT);
	int before = mappings(), left = COUNT, peak;
	uint32_t random = 1;

	(void)state;
	memset(walker, 0, sizeof(walker));
	for (uint32_t i = 0; i < COUNT; i++) {
		walker[i].turns = TURNS;
		walker[i].seed = i;
		assert_int_equal(coroutine_start(pool, walk, &walker[i]), OK);
	}
	assert_int_equal(coroutine_pool_live(pool), COUNT);
	peak = mappings();
	while (left > 0) {
		struct walker *next;

		random = random * 1664525 + 1013904223;
		next = &walker[(random >> 8) % COUNT];
		while (next->ended) /* the next one that lives */
			next = next + 1 < walker + COUNT ? next + 1 : walker;
		coroutine_resume(next->self);
		left -= next->ended;
	}
	assert_int_equal(coroutine_pool_live(pool), 0);
	assert_true(WITH_TSAN || mappings() < before + (peak - before) / 4);
	coroutine_pool_free(pool);
	assert_true(WITH_TSAN || mappings() < before + 50); /* the sanitizer maps much itself */
}

static void pool_is_bounded_and_reuses_stacks(void **state)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 1);
	struct walker first = {.turns = 1, .seed = 1}, second = {.turns = 1, .seed = 2};

	(void)state;
	for (int round = 0; round < 1000; round++) {
		first.done = first.ended = second.done = second.ended = 0;
		assert_int_equal(coroutine_start(pool, walk, &first), OK);
		assert_int_equal(coroutine_start(pool, walk, &second), ERR_BUSY);
		coroutine_resume(first.self);
		assert_true(first.ended);
		assert_int_equal(coroutine_start(pool, walk, &second), OK);
		assert_ptr_equal(first.frame, second.frame);
		coroutine_resume(second.self);
		assert_true(second.ended);
	}
	coroutine_pool_free(pool);
}

/* NOLINTNEXTLINE(misc-no-recursion): a deep stack is what is tested */
static unsigned dig(unsigned depth)
{
	volatile unsigned char frame[1024];
	unsigned sum;

	for (unsigned i = 0; i < sizeof(frame); i++)
		frame[i] = (unsigned char)(depth + i);
	if (depth == 0)
		coroutine_yield();
	sum = depth > 0 ? dig(depth - 1) : 0;
	for (unsigned i = 0; i < sizeof(frame); i++)
		sum += frame[i] != (unsigned char)(depth + i);
	return sum;
}

struct digger {
	struct coroutine *self;
	unsigned depth, damage;
};

static void dig_deep(void *arg)
{
	struct digger *digger = arg;

	digger->self = coroutine_current();
	digger->damage = dig(digger->depth);
}

static void a_deep_stack_survives_switches(void **state)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct digger digger[3] = {{.depth = 48}, {.depth = 30}, {.depth = 48}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		digger[i].damage = 1;
		assert_int_equal(coroutine_start(pool, dig_deep, &digger[i]), OK);
	}
	for (int i = 0; i < 3; i++) {
		coroutine_resume(digger[i].self);
		assert_int_equal(digger[i].damage, 0);
	}
	coroutine_pool_free(pool);
}

/* ---- what must not go unnoticed -------------------------------------------------------------- */

/* In a child, in silence: 0 when it lived on, else how it died. */
static int fate_of(void (*deed)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		(void)signal(SIGABRT, SIG_DFL);
		(void)signal(SIGSEGV, SIG_DFL);
		deed();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void overflow(void)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct digger digger = {.depth = 10000};

	if (pool && coroutine_start(pool, dig_deep, &digger) != OK)
		_exit(0);
}

static void resume_other(void *arg)
{
	coroutine_resume(((struct walker *)arg)->self);
}

static void resume_from_a_coroutine(void)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct walker walker = {.turns = 2};

	if (!pool || coroutine_start(pool, walk, &walker) != OK ||
	    coroutine_start(pool, resume_other, &walker) != OK)
		_exit(0);
}

static void resume_an_ended_one(void)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct walker walker = {.turns = 0};

	if (!pool || coroutine_start(pool, walk, &walker) != OK)
		_exit(0);
	coroutine_resume(walker.self);
}

static void free_with_a_live_one(void)
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct walker walker = {.turns = 1};

	if (!pool || coroutine_start(pool, walk, &walker) != OK)
		_exit(0);
	coroutine_pool_free(pool);
}

static void misuse_ends_the_program(void **state)
{
	(void)state;
	assert_int_not_equal(fate_of(overflow), 0);
	assert_int_equal(WTERMSIG(fate_of(resume_from_a_coroutine)), SIGABRT);
	assert_int_equal(WTERMSIG(fate_of(resume_an_ended_one)), SIGABRT);
	assert_int_equal(WTERMSIG(fate_of(free_with_a_live_one)), SIGABRT);
	assert_int_equal(WTERMSIG(fate_of(coroutine_yield)), SIGABRT);
}

#if WITH_ASAN
static volatile char *leaked;

static __attribute__((noinline)) void leak_a_local(void)
{
	volatile char local[64];

	local[5] = 1;
	leaked = local;
	coroutine_yield();
}

static void use_after_return(void *arg)
{
	*(struct coroutine **)arg = coroutine_current();
	leak_a_local();
	leaked[5] = 2;
}

/* Of a size that the sanitizer leaves on the true stack. */
static void overrun_after_switch(void *arg)
{
	volatile char local[70000];
	volatile int at = sizeof(local);

	*(struct coroutine **)arg = coroutine_current();
	leaked = local;
	coroutine_yield();
	leaked[at] = 1; /* through a pointer, whose bounds only red zones tell */
}

static void run_with_one_switch(void (*body)(void *arg))
{
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct coroutine *coroutine;

	if (!pool || coroutine_start(pool, body, &coroutine) != OK)
		_exit(0);
	coroutine_resume(coroutine);
}

static void commit_use_after_return(void)
{
	run_with_one_switch(use_after_return);
}

static void commit_overrun(void)
{
	run_with_one_switch(overrun_after_switch);
}

/* The sanitizer still sees on a coroutine's stack what it sees on a thread's. */
static void sanitizer_sees_coroutine_stacks(void **state)
{
	const int reported = 1 << 8; /* it exits with 1; the compiler's own guard would abort */

	(void)state;
	assert_int_equal(fate_of(commit_use_after_return), reported);
	assert_int_equal(fate_of(commit_overrun), reported);
}
#endif

struct pacer {
	struct coroutine *self;
	int turns;
};

static void pace(void *arg)
{
	struct pacer *pacer = arg;

	pacer->self = coroutine_current();
	for (int i = 0; i < pacer->turns; i++)
		coroutine_yield();
}

static void switches_are_cheap(void **state)
{
	enum { TURNS = WITH_TSAN ? 2000 : 200000 }; /* its fibers are dear */
	struct coroutine_pool *pool = coroutine_pool_new(STACK, 10);
	struct pacer pacer = {.turns = 0};
	int64_t start = clock_monotonic_us();

	(void)state;
	for (int i = 0; i < TURNS; i++)
		assert_int_equal(coroutine_start(pool, pace, &pacer), OK);
	start = clock_monotonic_us() - start;
	print_message("start to end: %d ns\n", (int)(start * 1000 / TURNS));
	pacer.turns = TURNS;
	assert_int_equal(coroutine_start(pool, pace, &pacer), OK);
	start = clock_monotonic_us();
	for (int i = 0; i < TURNS; i++)
		coroutine_resume(pacer.self);
	start = clock_monotonic_us() - start;
	print_message("one switch: %d ns\n", (int)(start * 500 / TURNS));
	assert_true(start < (int64_t)TURNS * 100); /* 50 us a switch: something is wrong */
	coroutine_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coroutine_runs_at_once_until_it_yields),
		cmocka_unit_test(thousands_interleave_and_their_stacks_are_given_back),
		cmocka_unit_test(pool_is_bounded_and_reuses_stacks),
		cmocka_unit_test(a_deep_stack_survives_switches),
		cmocka_unit_test(misuse_ends_the_program),
#if WITH_ASAN
		cmocka_unit_test(sanitizer_sees_coroutine_stacks),
#endif
		cmocka_unit_test(switches_are_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
