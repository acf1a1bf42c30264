/* Rate limits are exact, also between threads; failed sign-ins wait longer and longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "auth/limits.h"
#include "auth/siphash.h"
#include "core/digest.h"

#define SECOND INT64_C(1000000)

static const struct limit_rule ten_a_minute = {1, 10, 60};

static struct limit_answer take(struct limits *limits, const char *key, int64_t now_us)
{
	return limits_take(limits, &ten_a_minute, key, strlen(key), now_us);
}

static void a_bucket_empties_and_refills(void **state)
{
	struct limits *limits = limits_new(1000);
	struct limit_answer a;
	int64_t now = 5 * SECOND;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		a = take(limits, "a", now);
		assert_true(a.allowed);
		assert_int_equal(a.remaining, 9 - i);
		assert_int_equal(a.reset_s, 6 * (i + 1));
	}
	a = take(limits, "a", now);
	assert_false(a.allowed);
	assert_int_equal(a.limit, 10);
	assert_int_equal(a.remaining, 0);
	assert_int_equal(a.retry_after_s, 6);
	assert_int_equal(a.reset_s, 60);
	assert_true(take(limits, "b", now).allowed); /* another key */
	assert_false(take(limits, "a", now + 6 * SECOND - 1).allowed);
	assert_true(take(limits, "a", now + 6 * SECOND).allowed);
	assert_false(take(limits, "a", now + 6 * SECOND).allowed);
	a = take(limits, "a", now + 600 * SECOND);
	assert_int_equal(a.remaining, 9); /* never more than the limit */
	limits_free(limits);
}

static void rules_are_kept_apart(void **state)
{
	static const struct limit_rule one = {2, 1, 1};
	struct limits *limits = limits_new(64);

	(void)state;
	assert_true(limits_take(limits, &one, "a", 1, SECOND).allowed);
	assert_false(limits_take(limits, &one, "a", 1, SECOND).allowed);
	assert_true(take(limits, "a", SECOND).allowed);
	limits_free(limits);
}

/* However many other keys come by, the one in debt is not forgiven before they are. */
static void a_flood_of_keys_forgives_nobody(void **state)
{
	struct limits *limits = limits_new(512);
	char key[32];

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(take(limits, "debtor", SECOND).allowed);
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "address-%d", i);
		assert_true(take(limits, key, SECOND).allowed);
	}
	assert_false(take(limits, "debtor", SECOND).allowed);
	limits_free(limits);
}

#define THREADS 4
#define EACH	2000
static const struct limit_rule shared_rule = {3, 3000, 3600};

struct racer {
	struct limits *limits;
	unsigned allowed;
};

static void *race(void *arg)
{
	struct racer *racer = arg;

	for (int i = 0; i < EACH; i++)
		racer->allowed +=
		    limits_take(racer->limits, &shared_rule, "key", 3, SECOND).allowed;
	return NULL;
}

static void threads_share_one_limit(void **state)
{
	struct limits *limits = limits_new(64);
	struct racer racers[THREADS];
	pthread_t threads[THREADS];
	unsigned allowed = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){limits, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		allowed += racers[i].allowed;
	}
	assert_int_equal(allowed, 3000);
	limits_free(limits);
}

static const struct sign_in_rule account = {1, 3, 900};

static void waits_grow_and_end(void **state)
{
	static const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct sign_in_delay *delay = sign_in_delay_new(100);
	int64_t now = SECOND;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now), 0);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now), waits[i]);
		/* An attempt that had to wait does not make it longer. */
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now), waits[i]);
		now += waits[i] * SECOND;
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now - 1), 1);
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now), 0);
	}
	assert_int_equal(sign_in_delay_begin(delay, &account, "y", 1, now), 0);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now + 900 * SECOND), 0);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, now + 900 * SECOND), 0);
	sign_in_delay_free(delay);
}

static void success_forgets_and_undo_takes_back_one(void **state)
{
	struct sign_in_delay *delay = sign_in_delay_new(100);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 0);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 1);
	sign_in_delay_undo(delay, &account, "x", 1);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 0);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 1);
	sign_in_delay_succeeded(delay, &account, "x", 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 0);
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 1);
	sign_in_delay_undo(delay, &account, "unknown", 7);
	sign_in_delay_succeeded(delay, &account, "unknown", 7);
	sign_in_delay_free(delay);
}

static void a_flood_of_accounts_forgives_nobody(void **state)
{
	struct sign_in_delay *delay = sign_in_delay_new(64);
	char key[32];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 0);
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "account-%d", i);
		assert_int_equal(sign_in_delay_begin(delay, &account, key, strlen(key), SECOND), 0);
	}
	assert_int_equal(sign_in_delay_begin(delay, &account, "x", 1, SECOND), 1);
	sign_in_delay_free(delay);
}

/* The example of the paper's appendix A: key 00…0f, input 00…0e. */
static void siphash_is_as_published(void **state)
{
	const struct siphash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t input[15];

	(void)state;
	for (uint8_t i = 0; i < sizeof(input); i++)
		input[i] = i;
	assert_true(siphash(&key, input, sizeof(input)) == 0xa129ca6149be45e5);
}

static int start(void **state)
{
	(void)state;
	return digest_start() != OK;
}

static int stop(void **state)
{
	(void)state;
	digest_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bucket_empties_and_refills),
	    cmocka_unit_test(rules_are_kept_apart),
	    cmocka_unit_test(a_flood_of_keys_forgives_nobody),
	    cmocka_unit_test(threads_share_one_limit),
	    cmocka_unit_test(waits_grow_and_end),
	    cmocka_unit_test(success_forgets_and_undo_takes_back_one),
	    cmocka_unit_test(a_flood_of_accounts_forgives_nobody),
	    cmocka_unit_test(siphash_is_as_published),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
