/* Rates drawn towards their mean: worked by hand, and at the ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/attr.h"
#include "core/text.h"
#include "evaluation/shrink.h"

static void assert_close(double seen, double wanted)
{
	assert_true(fabs(seen - wanted) < 1e-12);
}

/* Two groups of 10 with 2 and 8: mean .5, S = 2·10·.09 = 1.8, (1.8/.25 - 1)/(20 - 10 - 1) = .6889.
 */
static void test_worked_example(void **state UNUSED)
{
	const struct rate groups[] = {{3, 10}, {7, 10}};
	struct shrink s = shrink_fit(groups, ARRAY_LEN(groups));
	double gamma = 2.2 / 9;

	assert_close(s.mean, .5);
	assert_close(s.concentration, gamma);
	assert_close(shrink_rate(&s, groups[0]),
		     (gamma * 3 + (1 - gamma) * .5) / (gamma * 10 + 1 - gamma));
	assert_close(shrink_rate(&s, groups[0]) + shrink_rate(&s, groups[1]), 1);
	assert_true(shrink_rate(&s, groups[0]) > .3);
}

static void test_little_is_drawn_further(void **state UNUSED)
{
	const struct rate groups[] = {{10, 100}, {60, 100}, {1, 1}};
	struct shrink s = shrink_fit(groups, ARRAY_LEN(groups));
	double own = shrink_rate(&s, groups[2]);

	assert_true(own < .7 && own > s.mean);
	assert_true(shrink_rate(&s, groups[1]) > .58);
}

static void test_ends(void **state UNUSED)
{
	const struct rate alike[] = {{3, 10}, {3, 10}}, one[] = {{1, 4}}, none[] = {{0, 0}, {0, 0}},
			  never[] = {{0, 3}, {0, 5}}, apart[] = {{0, 50}, {50, 50}},
			  singles[] = {{0, 1}, {1, 1}};
	struct shrink s = shrink_fit(alike, ARRAY_LEN(alike));

	assert_close(shrink_rate(&s, alike[0]), .3);
	s = shrink_fit(one, ARRAY_LEN(one));
	assert_close(shrink_rate(&s, one[0]), .25);
	s = shrink_fit(none, ARRAY_LEN(none));
	assert_close(shrink_rate(&s, none[0]), 0);
	s = shrink_fit(never, ARRAY_LEN(never));
	assert_close(shrink_rate(&s, never[1]), 0);
	s = shrink_fit(apart, ARRAY_LEN(apart));
	assert_close(s.concentration, .5);
	assert_close(shrink_rate(&s, apart[0]), .25 / 25.5);
	assert_close(shrink_rate(&s, (struct rate){0, 0}), .5);
	s = shrink_fit(singles, ARRAY_LEN(singles));
	assert_close(shrink_rate(&s, singles[0]), .5);
	s = shrink_fit(NULL, 0);
	assert_close(s.mean, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_worked_example),
	    cmocka_unit_test(test_little_is_drawn_further),
	    cmocka_unit_test(test_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
