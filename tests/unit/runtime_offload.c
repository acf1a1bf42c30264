/* Proves that long work runs elsewhere, at lower priority, within a bounded queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/sanitizer.h"
#include "runtime/coroutine.h"
#include "runtime/loop.h"
#include "runtime/offload.h"

#if WITH_ASAN
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=1";
}
#endif

struct scene {
	struct loop *loop;
	struct coroutine_pool *pool;
	struct offload *offload;
	void (*body)(void *arg);
	int count;	 /* coroutines to start */
	int started;	 /* those who took their number */
	int left;	 /* coroutines that have not ended */
	atomic_int gate; /* 1: block_until_open may end */
	int ok, busy, ticks;
	long sum;
};

static void begin(void *arg)
{
	struct scene *scene = arg;

	for (int i = 0; i < scene->count; i++)
		assert_int_equal(coroutine_start(scene->pool, scene->body, scene), OK);
}

static void leave(struct scene *scene)
{
	if (--scene->left == 0)
		loop_stop(scene->loop);
}

static void open_scene(struct scene *scene, void (*body)(void *arg), int count)
{
	*scene = (struct scene){.body = body, .count = count, .left = count};
	scene->loop = loop_new();
	scene->pool = coroutine_pool_new(65536, (size_t)count);
	assert_non_null(scene->loop);
	assert_non_null(scene->pool);
}

static void play_scene(struct scene *scene)
{
	assert_int_equal(loop_post(scene->loop, begin, scene), OK);
	loop_run(scene->loop);
}

static void close_scene(struct scene *scene)
{
	offload_free(scene->offload);
	coroutine_pool_free(scene->pool);
	loop_free(scene->loop);
}

/* ---- where it runs --------------------------------------------------------------------------- */

struct place {
	pthread_t thread;
	int nice;
	bool usr1_blocked;
	struct loop *loop;
	struct coroutine *coroutine;
};

static void look_around(void *arg)
{
	struct place *place = arg;
	sigset_t blocked;

	place->thread = pthread_self();
	place->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	(void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	place->usr1_blocked = sigismember(&blocked, SIGUSR1) == 1;
	place->loop = loop_current();
	place->coroutine = coroutine_current();
}

static void look_elsewhere(void *arg)
{
	struct scene *scene = arg;
	struct place place = {0};
	int here = getpriority(PRIO_PROCESS, (id_t)gettid());

	assert_int_equal(offload_run(scene->offload, look_around, &place), OK);
	assert_false(pthread_equal(place.thread, pthread_self()));
	assert_int_equal(place.nice, here + 5 > 19 ? 19 : here + 5);
	assert_true(place.usr1_blocked);
	assert_null(place.loop);
	assert_null(place.coroutine);
	leave(scene);
}

static void work_runs_on_a_thread_of_lower_priority(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, look_elsewhere, 1);
	scene.offload = offload_new(1, 1);
	assert_non_null(scene.offload);
	play_scene(&scene);
	close_scene(&scene);
}

/* ---- a full queue ---------------------------------------------------------------------------- */

static void block_until_open(void *arg)
{
	struct scene *scene = arg;

	while (!atomic_load(&scene->gate))
		(void)usleep(500);
}

static void queue_up(void *arg)
{
	struct scene *scene = arg;
	enum err err = offload_run(scene->offload, block_until_open, scene);

	if (err == OK)
		scene->ok++;
	else if (err == ERR_BUSY)
		scene->busy++;
	leave(scene);
}

/* The gate opens after the loop has had many turns while the work stood still. */
static void open_gate_late(struct loop_timer *timer)
{
	struct scene *scene = timer->owner;

	if (++scene->ticks == 10)
		atomic_store(&scene->gate, 1);
	else
		assert_int_equal(loop_timer_arm(scene->loop, timer, clock_monotonic_us() + 1000),
				 OK);
}

static void a_full_queue_refuses_and_the_loop_goes_on(void **state)
{
	struct loop_timer timer = {.fire = open_gate_late};
	struct scene scene;

	(void)state;
	open_scene(&scene, queue_up, 10);
	scene.offload = offload_new(2, 3);
	assert_non_null(scene.offload);
	timer.owner = &scene;
	assert_int_equal(loop_timer_arm(scene.loop, &timer, 0), OK);
	play_scene(&scene);
	assert_int_equal(scene.ok, 5); /* two that run and three that wait */
	assert_int_equal(scene.busy, 5);
	assert_int_equal(scene.ticks, 10);
	close_scene(&scene);
}

static void free_under_way(struct loop_timer *timer)
{
	struct scene *scene = timer->owner;

	atomic_store(&scene->gate, 1);
	offload_free(scene->offload);
	scene->offload = NULL;
}

static void what_was_queued_is_run_before_the_end(void **state)
{
	struct loop_timer timer = {.fire = free_under_way};
	struct scene scene;

	(void)state;
	open_scene(&scene, queue_up, 6);
	scene.offload = offload_new(1, 5);
	assert_non_null(scene.offload);
	timer.owner = &scene;
	assert_int_equal(loop_timer_arm(scene.loop, &timer, clock_monotonic_us() + 2000), OK);
	play_scene(&scene);
	assert_null(scene.offload);
	assert_int_equal(scene.ok, 6);
	close_scene(&scene);
}

/* ---- many, from several workers -------------------------------------------------------------- */

static void square(void *arg)
{
	long *number = arg;

	*number *= *number;
}

static void square_many(void *arg)
{
	struct scene *scene = arg;
	long mine = ++scene->started;

	for (int i = 0; i < 5; i++) {
		long number = mine;
		enum err err;

		while ((err = offload_run(scene->offload, square, &number)) == ERR_BUSY)
			loop_sleep(scene->loop, 500);
		assert_int_equal(err, OK);
		assert_int_equal(number, mine * mine);
		scene->sum += number;
	}
	leave(scene);
}

static void *play_on_thread(void *scene)
{
	play_scene(scene);
	return NULL;
}

static void workers_share_the_threads(void **state)
{
	enum { WORKERS = 2, COUNT = 500 };
	struct offload *offload = offload_new(2, 64);
	struct scene scene[WORKERS];
	pthread_t thread[WORKERS];

	(void)state;
	assert_non_null(offload);
	for (int i = 0; i < WORKERS; i++) {
		open_scene(&scene[i], square_many, COUNT);
		scene[i].offload = offload;
		assert_int_equal(pthread_create(&thread[i], NULL, play_on_thread, &scene[i]), 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(scene[i].sum, 5L * COUNT * (COUNT + 1) * (2 * COUNT + 1) / 6);
		scene[i].offload = NULL;
		close_scene(&scene[i]);
	}
	offload_free(offload);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(work_runs_on_a_thread_of_lower_priority),
	    cmocka_unit_test(a_full_queue_refuses_and_the_loop_goes_on),
	    cmocka_unit_test(what_was_queued_is_run_before_the_end),
	    cmocka_unit_test(workers_share_the_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
