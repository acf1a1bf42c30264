/* Intervals of rates and adverse impact, against published and independently computed values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/attr.h"
#include "evaluation/impact.h"
#include "evaluation/numerics.h"

#define HALF_DIGIT 5.0001e-7 /* the values have six decimals */

static void near(double got, double want)
{
	if (!(fabs(got - want) <= HALF_DIGIT))
		fail_msg("%.9f is not %.6f", got, want);
}

static void known(struct figure got, double want)
{
	assert_true(got.known);
	near(got.value, want);
}

static struct impact measure(struct rate focal, struct rate reference)
{
	struct impact impact;
	assert_int_equal(impact_of(focal, reference, &impact), OK);
	return impact;
}

static void test_wilson(void **state UNUSED)
{
	static const struct {
		struct rate rate;
		double low, high;
	} rows[] = {{{81, 263}, .255289, .366210},
		    {{15, 148}, .062386, .160487},
		    {{0, 20}, 0, .161125},
		    {{1, 29}, .006113, .171755}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct interval got = interval_wilson(rows[i].rate, .95);
		near(got.low, rows[i].low);
		near(got.high, rows[i].high);
		/* Seen from those who were not selected, it is the same interval. */
		struct rate others = {rows[i].rate.n - rows[i].rate.x, rows[i].rate.n};
		struct interval mirrored = interval_wilson(others, .95);
		assert_true(fabs(mirrored.low - (1 - got.high)) < 1e-14);
	}
}

static void test_newcombe(void **state UNUSED)
{
	static const struct {
		struct rate a, b;
		double low, high;
	} rows[] = {{{56, 70}, {48, 80}, .052431, .333873},
		    {{9, 10}, {3, 10}, .170523, .809018},
		    {{10, 10}, {0, 10}, .607509, 1}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct interval got = interval_newcombe(rows[i].a, rows[i].b, .95);
		near(got.low, rows[i].low);
		near(got.high, rows[i].high);
		struct interval turned = interval_newcombe(rows[i].b, rows[i].a, .95);
		assert_true(fabs(turned.low + got.high) < 1e-14);
	}
}

static void test_jeffreys(void **state UNUSED)
{
	struct interval got = interval_jeffreys((struct rate){3, 11}, .95);
	near(got.low, .083482);
	near(got.high, .565095);
	got = interval_jeffreys((struct rate){0, 3}, .95);
	assert_true(!(got.low < 0) && !(got.low > 0));
	got = interval_jeffreys((struct rate){RATE_MOST, RATE_MOST}, .95);
	assert_true(got.low > .999 && !(got.high < 1));
}

/* The quantile and the distribution undo each other, in the tails of large counts as well. */
static void test_jeffreys_quantiles(void **state UNUSED)
{
	static const struct rate rates[] = {
	    {0, 1}, {1, 1}, {7, 9}, {3, 100000}, {500000, 1000000}, {1, RATE_MOST}};
	static const double levels[] = {1e-9, .025, .5, .975, 1 - 1e-9};
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		for (size_t k = 0; k < ARRAY_LEN(levels); k++) {
			double p = jeffreys_quantile(rates[i], levels[k]);
			assert_true(p >= 0 && p <= 1);
			assert_true(fabs(jeffreys_below(rates[i], p) - levels[k]) < 1e-7);
		}
}

struct impact_row {
	struct rate focal, reference;
	double ratio, katz_low, katz_high, fisher, mid_p, difference, low, high, below, lower,
	    shift;
	enum impact_verdict verdict;
};

/* clang-format off */
static const struct impact_row impact_rows[] = {
	{{12, 48}, {48, 80},   .416667, .247312,  .701992, .000127, .000086, -.35,     -.492253, -.173929, .997342, .999953, .460993, IMPACT_BELOW},
	{{45, 100}, {60, 100}, .75,     .572895,  .981856, .047165, .035201, -.15,     -.280449, -.011724, .677656, .983295, .779661, IMPACT_BELOW},
	{{48, 100}, {60, 100}, .8,      .617286, 1.036796, .118388, .091621, -.12,     -.251532,  .017769, .495492, .955798, .830508, IMPACT_NOT_BELOW},
	{{51, 100}, {60, 100}, .85,     .661957, 1.091461, .254950, .204776, -.09,     -.222379,  .047030, .314065, .899886, .881356, IMPACT_NOT_BELOW},
	{{3, 50}, {20, 200},   .6,      .185615, 1.939495, .584105, .502407, -.04,     -.103183,  .067784, .669267, .806105, .842105, IMPACT_BELOW_BY_ONE},
	{{5, 20}, {10, 25},    .625,    .254572, 1.534439, .351684, .278208, -.15,     -.387021,  .124545, .701223, .855633, .833333, IMPACT_BELOW_BY_ONE},
	{{1, 4}, {4, 6},       .375,    .062661, 2.244235, .523810, .285714, -.416667, -.729310,  .163309, .818107, .901523, 1,       IMPACT_TOO_FEW},
};
/* clang-format on */

static void test_impact(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_LEN(impact_rows); i++) {
		const struct impact_row *row = &impact_rows[i];
		struct impact got = measure(row->focal, row->reference);
		known(got.ratio, row->ratio);
		known(got.katz_low, row->katz_low);
		known(got.katz_high, row->katz_high);
		near(got.fisher, row->fisher);
		near(got.mid_p, row->mid_p);
		near(got.difference, row->difference);
		near(got.newcombe.low, row->low);
		near(got.newcombe.high, row->high);
		near(got.p_ratio_below, row->below);
		near(got.p_lower, row->lower);
		known(got.shift_one, row->shift);
		assert_int_equal(got.verdict, row->verdict);
	}
}

/* Fisher's tea, and the table of R's own examples. */
static void test_fisher_published(void **state UNUSED)
{
	near(measure((struct rate){3, 4}, (struct rate){1, 4}).fisher, .485714);
	near(measure((struct rate){2, 12}, (struct rate){15, 18}).fisher, .000536724);
}

static void all_finite(const struct impact *got)
{
	const double all[] = {got->focal,	   got->reference,	 got->ratio.value,
			      got->katz_low.value, got->katz_high.value, got->fisher,
			      got->mid_p,	   got->difference,	 got->newcombe.low,
			      got->newcombe.high,  got->p_ratio_below,	 got->p_lower,
			      got->shift_one.value};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		assert_true(isfinite(all[i]));
	assert_true(got->fisher >= 0 && got->fisher <= 1 && got->mid_p <= got->fisher);
	assert_true(got->p_ratio_below >= 0 && got->p_ratio_below <= got->p_lower + 1e-9 &&
		    got->p_lower <= 1);
}

/* Every small table: nothing is infinite, and swapping the groups turns the probabilities round. */
static void test_every_small_table(void **state UNUSED)
{
	for (unsigned n = 1; n <= 7; n++)
		for (unsigned m = 1; m <= 7; m++)
			for (unsigned x = 0; x <= n; x++)
				for (unsigned y = 0; y <= m; y++) {
					struct rate a = {x, n}, b = {y, m};
					struct impact got = measure(a, b), turned = measure(b, a);
					all_finite(&got);
					assert_true(fabs(got.p_lower + turned.p_lower - 1) < 1e-9);
					assert_true(fabs(got.fisher - turned.fisher) < 1e-12);
					assert_int_equal(got.ratio.known, y > 0);
					if (n < 5 || m < 5)
						assert_int_equal(got.verdict, IMPACT_TOO_FEW);
				}
}

static void test_large_and_uneven_groups(void **state UNUSED)
{
	static const struct rate rates[] = {
	    {0, RATE_MOST}, {1, RATE_MOST}, {RATE_MOST, RATE_MOST}, {400000, RATE_MOST}, {2, 5},
	    {0, 1},	    {1, 1}};
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
			struct impact got = measure(rates[i], rates[k]);
			struct impact turned = measure(rates[k], rates[i]);
			all_finite(&got);
			assert_true(fabs(got.p_lower + turned.p_lower - 1) < 1e-6);
		}
	/* Five of a thousand are too few of the pool to say anything about. */
	assert_int_equal(measure((struct rate){1, 5}, (struct rate){500, 1000}).verdict,
			 IMPACT_TOO_FEW);
	assert_int_equal(measure((struct rate){3, 50}, (struct rate){0, 50}).verdict,
			 IMPACT_NO_REFERENCE);
}

/* No verdict is a pass. */
static void test_never_a_pass(void **state UNUSED)
{
	for (int v = IMPACT_TOO_FEW; v <= IMPACT_NOT_BELOW; v++)
		assert_null(strstr(impact_verdict_text((enum impact_verdict)v), "pass"));
	assert_string_equal(impact_verdict_text(IMPACT_TOO_FEW), "too few to say");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wilson),
	    cmocka_unit_test(test_newcombe),
	    cmocka_unit_test(test_jeffreys),
	    cmocka_unit_test(test_jeffreys_quantiles),
	    cmocka_unit_test(test_impact),
	    cmocka_unit_test(test_fisher_published),
	    cmocka_unit_test(test_every_small_table),
	    cmocka_unit_test(test_large_and_uneven_groups),
	    cmocka_unit_test(test_never_a_pass),
	};
	numerics_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
