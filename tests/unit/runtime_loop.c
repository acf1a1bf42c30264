/* Proves the loop: timers, descriptors that change under its feet, posts, wakes and stops. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/sanitizer.h"
#include "runtime/coroutine.h"
#include "runtime/loop.h"
#include "runtime/timers.h"

#if WITH_ASAN
const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=1";
}
#endif

static uint32_t random_state = 12345;

static unsigned random_below(unsigned limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static int make_loop(void **state)
{
	return (*state = loop_new()) ? 0 : -1;
}

static int drop_loop(void **state)
{
	loop_free(*state);
	return 0;
}

static void stop_now(void *arg)
{
	loop_stop(arg);
}

/* Runs the loop until what is posted or due at once has been done. */
static void turn(struct loop *loop)
{
	assert_int_equal(loop_post(loop, stop_now, loop), OK);
	loop_run(loop);
}

/* ---- timers ---------------------------------------------------------------------------------- */

static void ignore(struct loop_timer *timer)
{
	(void)timer;
}

/* Against a plain search for the earliest, through random arming, moving and disarming. */
static void heap_gives_the_earliest(void **state)
{
	enum { COUNT = 300, STEPS = 20000 };
	static struct loop_timer timer[COUNT];
	struct timers timers = {0};

	(void)state;
	memset(timer, 0, sizeof(timer));
	for (int step = 0; step < STEPS; step++) {
		struct loop_timer *any = &timer[random_below(COUNT)], *taken;
		int64_t due, earliest = INT64_MAX;

		any->fire = ignore;
		if (random_below(4) > 0)
			assert_int_equal(timers_arm(&timers, any, random_below(1000)), OK);
		else
			timers_disarm(&timers, any);
		for (int i = 0; i < COUNT; i++) {
			if (timer[i].slot > 0 && timer[i].due_us < earliest)
				earliest = timer[i].due_us;
		}
		assert_int_equal(timers_next(&timers, &due), earliest != INT64_MAX);
		if (earliest == INT64_MAX)
			continue;
		assert_int_equal(due, earliest);
		assert_null(timers_take_due(&timers, earliest - 1));
		if (random_below(4) > 0)
			continue;
		taken = timers_take_due(&timers, earliest);
		assert_int_equal(taken->due_us, earliest);
		assert_int_equal(taken->slot, 0);
	}
	timers_release(&timers);
}

struct chain {
	struct loop *loop;
	struct loop_timer first, second, third;
	int fired[3], rearmed;
};

static void fire_first(struct loop_timer *timer)
{
	struct chain *chain = timer->owner;

	chain->fired[0]++;
	loop_timer_disarm(chain->loop, &chain->second); /* due as well, and now not to fire */
	if (chain->rearmed++ < 3)
		assert_int_equal(loop_timer_arm(chain->loop, timer, 0), OK);
}

static void fire_second(struct loop_timer *timer)
{
	((struct chain *)timer->owner)->fired[1]++;
}

static void fire_third(struct loop_timer *timer)
{
	struct chain *chain = timer->owner;

	chain->fired[2]++;
	loop_stop(chain->loop);
}

static void timers_may_change_in_their_callbacks(void **state)
{
	int64_t now = clock_monotonic_us();
	struct chain chain = {.loop = *state};

	chain.first = (struct loop_timer){.fire = fire_first, .owner = &chain};
	chain.second = (struct loop_timer){.fire = fire_second, .owner = &chain};
	chain.third = (struct loop_timer){.fire = fire_third, .owner = &chain};
	assert_int_equal(loop_timer_arm(*state, &chain.third, now - 500), OK);
	assert_int_equal(loop_timer_arm(*state, &chain.second, now - 1000), OK);
	assert_int_equal(loop_timer_arm(*state, &chain.first, now - 2000), OK);
	assert_int_equal(loop_timer_arm(*state, &chain.third, now + 20000), OK); /* moved */
	loop_run(*state);
	assert_int_equal(chain.fired[0], 4);
	assert_int_equal(chain.fired[1], 0);
	assert_int_equal(chain.fired[2], 1);
	assert_true(clock_monotonic_us() >= now + 20000);
	loop_timer_disarm(*state, &chain.first); /* not armed: nothing happens */
}

static void rearm_at_once(struct loop_timer *timer)
{
	assert_int_equal(loop_timer_arm(timer->owner, timer, 0), OK);
}

static void stop_the_loop(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	loop_stop(watch->owner);
}

static void timers_starve_nobody(void **state)
{
	struct loop_timer timer = {.fire = rearm_at_once, .owner = *state};
	struct loop_watch watch = {.events = EPOLLOUT, .ready = stop_the_loop, .owner = *state};

	watch.fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(loop_timer_arm(*state, &timer, 0), OK);
	(void)alarm(10); /* ends the program, should the loop never come to its descriptors */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(loop_watch(*state, &watch), OK);
		loop_run(*state);
		loop_unwatch(*state, &watch);
	}
	(void)alarm(0);
	loop_timer_disarm(*state, &timer);
	(void)close(watch.fd);
}

/* ---- coroutines ------------------------------------------------------------------------------ */

struct sleeper {
	struct loop *loop;
	unsigned naps;
	int *left;
};

static void sleep_some(void *arg)
{
	struct sleeper *sleeper = arg;

	for (unsigned i = 0; i < sleeper->naps; i++) {
		int64_t us = random_below(20000), start = clock_monotonic_us();

		loop_sleep(sleeper->loop, us);
		assert_true(clock_monotonic_us() >= start + us);
		assert_ptr_equal(loop_current(), sleeper->loop);
	}
	if (--*sleeper->left == 0)
		loop_stop(sleeper->loop);
}

struct crowd {
	struct coroutine_pool *pool;
	struct sleeper *sleepers;
	int count;
};

static void start_crowd(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < crowd->count; i++)
		assert_int_equal(coroutine_start(crowd->pool, sleep_some, &crowd->sleepers[i]), OK);
}

static void thousands_sleep_and_none_wakes_early(void **state)
{
	enum { COUNT = 3000 };
	static struct sleeper sleepers[COUNT];
	struct crowd crowd = {coroutine_pool_new(32768, COUNT), sleepers, COUNT};
	int left = COUNT;

	for (int i = 0; i < COUNT; i++)
		sleepers[i] = (struct sleeper){*state, 5, &left};
	assert_int_equal(loop_post(*state, start_crowd, &crowd), OK);
	assert_null(loop_current());
	loop_run(*state);
	assert_null(loop_current());
	assert_int_equal(left, 0);
	assert_int_equal(coroutine_pool_live(crowd.pool), 0);
	coroutine_pool_free(crowd.pool);
}

struct player {
	struct loop *loop;
	struct coroutine_pool *pool;
	struct coroutine *self;
	struct player *other;
	int hits, watched_at;
};

/* Each wakes the other and yields; the first to have hit enough ends the game. */
static void play(void *arg)
{
	struct player *player = arg;

	player->self = coroutine_current();
	coroutine_yield();
	while (++player->hits < 1000) {
		assert_int_equal(loop_wake(player->loop, player->other->self), OK);
		coroutine_yield();
	}
	if (player->other->hits < 1000)
		assert_int_equal(loop_wake(player->loop, player->other->self), OK);
}

static void start_game(void *arg)
{
	struct player *player = arg;

	for (int i = 0; i < 2; i++)
		assert_int_equal(coroutine_start(player[i].pool, play, &player[i]), OK);
	assert_int_equal(loop_wake(player->loop, player->self), OK);
	assert_int_equal(player->hits, 0); /* not at once, but soon */
}

static void see_traffic(struct loop_watch *watch, uint32_t events)
{
	struct player *player = watch->owner;

	assert_true(events & EPOLLIN);
	if (player->hits > 0 && player->hits < 1000)
		player->watched_at++;
	if (player->hits == 1000 && player->other->hits == 1000)
		loop_stop(player->loop);
}

static void wakes_interleave_with_descriptors(void **state)
{
	struct coroutine_pool *pool = coroutine_pool_new(32768, 2);
	struct player player[2] = {{.loop = *state, .pool = pool, .other = &player[1]},
				   {.loop = *state, .pool = pool, .other = &player[0]}};
	struct loop_watch always = {.events = EPOLLIN, .ready = see_traffic, .owner = player};

	always.fd = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(loop_watch(*state, &always), OK);
	assert_int_equal(loop_post(*state, start_game, player), OK);
	loop_run(*state);
	assert_true(player[0].watched_at > 900);
	assert_int_equal(coroutine_pool_live(pool), 0);
	loop_unwatch(*state, &always);
	(void)close(always.fd);
	coroutine_pool_free(pool);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

struct rival {
	struct loop *loop;
	struct loop_watch watch;
	struct rival *other;
	int calls;
	bool close_it;
};

static void remove_rival(struct loop_watch *watch, uint32_t events)
{
	struct rival *rival = watch->owner;

	(void)events;
	rival->calls++;
	if (rival->close_it)
		(void)close(rival->other->watch.fd);
	loop_unwatch(rival->loop, &rival->other->watch);
	loop_stop(rival->loop);
}

static void muzzle_rival(struct loop_watch *watch, uint32_t events)
{
	struct rival *rival = watch->owner;

	(void)events;
	rival->calls++;
	rival->other->watch.events = 0;
	assert_int_equal(loop_rewatch(rival->loop, &rival->other->watch), OK);
	loop_stop(rival->loop);
}

static void replace_rival(struct loop_watch *watch, uint32_t events)
{
	struct rival *rival = watch->owner;

	(void)events;
	rival->calls++;
	loop_unwatch(rival->loop, &rival->other->watch);
	(void)close(rival->other->watch.fd);
	rival->other->watch.fd = eventfd(0, EFD_CLOEXEC); /* most likely the same number */
	assert_int_equal(loop_watch(rival->loop, &rival->other->watch), OK);
	loop_stop(rival->loop);
}

/* Two are ready in one batch; whichever comes first silences the other. */
static void expect_one_call(struct loop *loop,
			    void (*ready)(struct loop_watch *watch, uint32_t events), bool close_it)
{
	struct rival rival[2];

	for (int i = 0; i < 2; i++) {
		rival[i] = (struct rival){.loop = loop, .other = &rival[1 - i]};
		rival[i].close_it = close_it;
		rival[i].watch = (struct loop_watch){.fd = eventfd(1, EFD_CLOEXEC),
						     .events = EPOLLIN,
						     .ready = ready,
						     .owner = &rival[i]};
		assert_int_equal(loop_watch(loop, &rival[i].watch), OK);
	}
	loop_run(loop);
	assert_int_equal(rival[0].calls + rival[1].calls, 1);
	for (int i = 0; i < 2; i++) {
		loop_unwatch(loop, &rival[i].watch); /* a second time for one of them: harmless */
		(void)close(rival[i].watch.fd);
	}
}

static void an_unwatched_one_is_not_called(void **state)
{
	expect_one_call(*state, remove_rival, false);
	expect_one_call(*state, remove_rival, true);
	expect_one_call(*state, muzzle_rival, false);
	expect_one_call(*state, replace_rival, false);
}

struct echo {
	struct loop *loop;
	struct loop_watch watch;
	char byte;
	int echoed, peer;
};

/* Reads when readable, then waits to be writable, and so on: the events change each time. */
static void echo_one(struct loop_watch *watch, uint32_t events)
{
	struct echo *echo = watch->owner;

	if (events & EPOLLHUP) {
		loop_unwatch(echo->loop, watch);
		loop_stop(echo->loop);
		return;
	}
	assert_int_equal(events, watch->events);
	if (events & EPOLLIN) {
		assert_int_equal(read(watch->fd, &echo->byte, 1), 1);
		watch->events = EPOLLOUT;
	} else {
		assert_int_equal(write(watch->fd, &echo->byte, 1), 1);
		watch->events = EPOLLIN;
		echo->echoed++;
	}
	assert_int_equal(loop_rewatch(echo->loop, watch), OK);
}

static void *talk(void *arg)
{
	struct echo *echo = arg;
	char byte = 0;

	for (int i = 0; i < 1000; i++) {
		const char sent = (char)(i % 100);

		if (write(echo->peer, &sent, 1) != 1 || read(echo->peer, &byte, 1) != 1 ||
		    byte != sent)
			break;
	}
	(void)close(echo->peer);
	return NULL;
}

static void a_watch_may_change_its_events(void **state)
{
	struct echo echo = {.loop = *state};
	pthread_t thread;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	echo.peer = ends[1];
	echo.watch = (struct loop_watch){ends[0], EPOLLIN, echo_one, &echo};
	assert_int_equal(loop_watch(*state, &echo.watch), OK);
	assert_int_equal(pthread_create(&thread, NULL, talk, &echo), 0);
	loop_run(*state);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(echo.echoed, 1000);
	(void)close(ends[0]);
	assert_int_equal(loop_watch(*state, &echo.watch), ERR_INVALID); /* closed */
}

/* ---- posts and stops ------------------------------------------------------------------------- */

#define POSTERS 4
#define POSTS	20000

struct poster {
	struct loop *loop;
	pthread_t thread;
	int next; /* number of the post that is due */
	bool out_of_order;
	int *left;
};

struct post {
	struct poster *poster;
	int number;
};

static void receive(void *arg)
{
	struct post *post = arg;
	struct poster *poster = post->poster;

	if (post->number != poster->next++ || loop_current() != poster->loop)
		poster->out_of_order = true;
	free(post);
	if (--*poster->left == 0)
		loop_stop(poster->loop);
}

static void *post_many(void *arg)
{
	struct poster *poster = arg;

	for (int i = 0; i < POSTS; i++) {
		struct post *post = malloc(sizeof(*post));

		if (!post)
			return NULL;
		*post = (struct post){poster, i};
		if (loop_post(poster->loop, receive, post) != OK)
			return NULL;
	}
	return NULL;
}

static void posts_of_many_threads_arrive_in_order(void **state)
{
	struct poster poster[POSTERS];
	int left = POSTERS * POSTS;

	for (int i = 0; i < POSTERS; i++) {
		poster[i] = (struct poster){.loop = *state, .left = &left};
		assert_int_equal(pthread_create(&poster[i].thread, NULL, post_many, &poster[i]), 0);
	}
	loop_run(*state);
	for (int i = 0; i < POSTERS; i++) {
		assert_int_equal(pthread_join(poster[i].thread, NULL), 0);
		assert_int_equal(poster[i].next, POSTS);
		assert_false(poster[i].out_of_order);
	}
	assert_int_equal(left, 0);
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void a_stop_before_the_start_counts_once(void **state)
{
	struct loop_timer timer = {.fire = fire_third};
	struct chain chain = {.loop = *state};
	int count = 0;

	timer.owner = &chain;
	loop_stop(*state);
	loop_run(*state); /* returns at once */
	assert_int_equal(loop_timer_arm(*state, &timer, clock_monotonic_us() + 5000), OK);
	loop_run(*state); /* until the timer stops it */
	assert_int_equal(chain.fired[2], 1);
	assert_int_equal(loop_post(*state, count_up, &count), OK);
	turn(*state);
	assert_int_equal(count, 1);
	assert_int_equal(loop_post(*state, count_up, &count), OK); /* freed with the loop */
}

static struct loop *alarmed;

static void on_alarm(int number)
{
	(void)number;
	loop_stop(alarmed);
}

static void a_signal_handler_may_stop_it(void **state)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct timespec soon = {.tv_nsec = 5000000};
	struct itimerspec when = {.it_value = soon};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	timer_t timer;

	alarmed = *state;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	assert_int_equal(timer_settime(timer, 0, &when, NULL), 0);
	loop_run(*state);
	assert_int_equal(timer_delete(timer), 0);
}

struct stage {
	struct loop *loop;
	int calls;
	int64_t sleep_us;
};

static int64_t prepare(void *owner)
{
	struct stage *stage = owner;

	if (++stage->calls == 5)
		loop_stop(stage->loop);
	return stage->sleep_us;
}

static void prepare_runs_before_each_wait_and_bounds_it(void **state)
{
	struct stage stage = {.loop = *state, .sleep_us = 3000};
	int64_t start = clock_monotonic_us(), took;

	loop_on_prepare(*state, prepare, &stage);
	loop_run(*state);
	took = clock_monotonic_us() - start;
	assert_int_equal(stage.calls, 5);
	assert_in_range(took, 4 * 3000, 2000000); /* the fifth does not wait */
	stage = (struct stage){.loop = *state, .sleep_us = 0};
	start = clock_monotonic_us();
	loop_run(*state);
	assert_int_equal(stage.calls, 5);
	assert_in_range(clock_monotonic_us() - start, 0, 1000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_loop, drop_loop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(heap_gives_the_earliest),
	    TEST(timers_may_change_in_their_callbacks),
	    TEST(timers_starve_nobody),
	    TEST(thousands_sleep_and_none_wakes_early),
	    TEST(wakes_interleave_with_descriptors),
	    TEST(an_unwatched_one_is_not_called),
	    TEST(a_watch_may_change_its_events),
	    TEST(posts_of_many_threads_arrive_in_order),
	    TEST(a_stop_before_the_start_counts_once),
	    TEST(a_signal_handler_may_stop_it),
	    TEST(prepare_runs_before_each_wait_and_bounds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
