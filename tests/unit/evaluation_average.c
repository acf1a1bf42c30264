/* The weighted average, the share rated, must-haves and the suggestion, against worked examples. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text.h"
#include "evaluation/average.h"

static void rate(struct criterion *criterion, const char *digits)
{
	for (; *digits != '\0'; digits++)
		average_add(criterion, *digits - '0');
}

static void close_to(double got, double want)
{
	assert_true(fabs(got - want) < 1e-12);
}

/* Missing is not zero: rated weight .6, so the score is the mean of those, and the share .6. */
static void test_missing_lowers_the_share_never_the_score(void **state)
{
	struct criterion c[] = {{.weight = .4}, {.weight = .2}, {.weight = .3}, {.weight = .1}};
	struct average a;

	(void)state;
	rate(&c[0], "45");
	rate(&c[1], "3");
	a = average_finish(c, 4, 0);
	close_to(a.score, (.4 * 4.5 + .2 * 3) / .6);
	close_to(a.share_rated, .6);
	assert_int_equal(a.suggestion, SUGGEST_NOTHING);
	assert_int_equal(c[0].n, 2);
	assert_int_equal(c[0].min, 4);
	assert_int_equal(c[0].max, 5);
	assert_int_equal(c[2].n, 0);
}

static void test_nothing_rated(void **state)
{
	struct criterion c[] = {{.weight = 1, .must_have_level = 3}};
	struct average a = average_finish(c, 1, 3.5);

	(void)state;
	close_to(a.share_rated, 0);
	assert_int_equal(c[0].must_have, MUST_HAVE_NOT_RATED);
	assert_int_equal(a.suggestion, SUGGEST_UNDECIDED);
	a = average_finish(c, 0, 3.5);
	assert_int_equal(a.suggestion, SUGGEST_UNDECIDED);
}

/* 3, 3 and 4 meet a lowest level of 3; 2, 3 and 3 do not, though they round to it. */
static void test_must_have_on_the_unrounded_mean(void **state)
{
	struct criterion c[] = {{.weight = 1, .must_have_level = 3},
				{.weight = 1, .must_have_level = 3}};

	(void)state;
	rate(&c[0], "334");
	rate(&c[1], "233");
	average_finish(c, 2, 0);
	assert_int_equal(c[0].must_have, MUST_HAVE_MET);
	assert_int_equal(c[1].must_have, MUST_HAVE_NOT_MET);
}

static enum suggestion suggest(const char *first, const char *second, int must, double bar)
{
	struct criterion c[] = {{.weight = .8, .must_have_level = 0},
				{.weight = .2, .must_have_level = must}};

	rate(&c[0], first);
	rate(&c[1], second);
	return average_finish(c, 2, bar).suggestion;
}

static void test_suggestion(void **state)
{
	(void)state;
	assert_int_equal(suggest("44", "4", 0, 3.5), SUGGEST_HIRE);
	assert_int_equal(suggest("33", "4", 0, 3.5), SUGGEST_NO_HIRE);
	/* A must-have that is not met outweighs the score; one that is not rated leaves it open. */
	assert_int_equal(suggest("55", "2", 3, 3.5), SUGGEST_NO_HIRE);
	assert_int_equal(suggest("55", "", 3, 3.5), SUGGEST_UNDECIDED);
	/* .8 of the weight is enough, .2 is not; below the bar is below the bar all the same. */
	assert_int_equal(suggest("4", "", 0, 3.5), SUGGEST_HIRE);
	assert_int_equal(suggest("", "4", 0, 3.5), SUGGEST_UNDECIDED);
	assert_int_equal(suggest("", "3", 0, 3.5), SUGGEST_NO_HIRE);
	assert_int_equal(suggest("44", "4", 0, 0), SUGGEST_NOTHING);
}

/* Exactly at the bar is at the bar, whatever binary fractions make of it. */
static void test_exactly_at_the_bar(void **state)
{
	struct criterion c[] = {{.weight = .1}, {.weight = .2}, {.weight = .7}};

	(void)state;
	rate(&c[0], "4");
	rate(&c[1], "3");
	rate(&c[2], "4443333333");
	assert_int_equal(average_finish(c, 3, 3.31).suggestion, SUGGEST_HIRE);
}

static void test_order_does_not_matter(void **state)
{
	struct criterion a[] = {{.weight = .3}, {.weight = .7}},
			 b[] = {{.weight = .3}, {.weight = .7}};

	(void)state;
	rate(&a[0], "1523");
	rate(&a[1], "44551");
	rate(&b[0], "3251");
	rate(&b[1], "15454");
	assert_true(!(average_finish(a, 2, 3).score < average_finish(b, 2, 3).score) &&
		    !(average_finish(a, 2, 3).score > average_finish(b, 2, 3).score));
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(suggestion_name(SUGGEST_NO_HIRE), "no_hire");
	assert_null(suggestion_name(SUGGEST_NOTHING));
	assert_string_equal(must_have_name(MUST_HAVE_NOT_RATED), "not_rated");
	assert_null(must_have_name(MUST_HAVE_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_missing_lowers_the_share_never_the_score),
	    cmocka_unit_test(test_nothing_rated),
	    cmocka_unit_test(test_must_have_on_the_unrounded_mean),
	    cmocka_unit_test(test_suggestion),
	    cmocka_unit_test(test_exactly_at_the_bar),
	    cmocka_unit_test(test_order_does_not_matter),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
