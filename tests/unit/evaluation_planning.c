/* D-study, one more interview, drift, the interviewer's report: against values computed elsewhere.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/attr.h"
#include "evaluation/drift.h"
#include "evaluation/interviewer.h"
#include "evaluation/numerics.h"
#include "evaluation/planning.h"

#define SIX 5.0001e-7

static void near(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%.9f is not %.9f", got, want);
}

/* ---- planning -------------------------------------------------------------------------------- */

static void test_dstudy(void **state UNUSED)
{
	static const double rows[][4] = {
	    {.313333, .507042, .433735, .559762}, {.156667, .672897, .605042, .395811},
	    {.104444, .755245, .696774, .323179}, {.078333, .804469, .753927, .279881},
	    {.062667, .837209, .792952, .250333}, {.052222, .860558, .821293, .228522},
	    {.044762, .878049, .842809, .211570}, {.039167, .891641, .859701, .197906}};
	static const struct dstudy_variances variances = {.22, .12, .2, .08, .2};
	static const double weights[] = {1, 1, 1, 1, 1, 1};
	struct dstudy dstudy = dstudy_of(&variances, weights, ARRAY_LEN(weights));
	near(dstudy.universe, .24, 1e-15);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct dstudy_row row = dstudy_row(&dstudy, i + 1);
		near(row.error, rows[i][0], SIX);
		near(row.e_rho2.value, rows[i][1], SIX);
		near(row.phi.value, rows[i][2], SIX);
		near(row.sem, rows[i][3], SIX);
	}
}

/* Multiple mini-interviews, 1,381 candidates: only the two sums are published. */
static void test_dstudy_of_sums(void **state UNUSED)
{
	static const struct {
		unsigned interviewers;
		double phi;
	} rows[] = {{1, .281437}, {4, .610390},	 {6, .701493},
		    {8, .758065}, {10, .796610}, {12, .824561}};
	struct dstudy dstudy = {.universe = .47, .error = 1.2};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dstudy_row row = dstudy_row(&dstudy, rows[i].interviewers);
		near(row.phi.value, rows[i].phi, SIX);
		assert_false(row.e_rho2.known);
	}
	struct dstudy nothing = {0};
	assert_false(dstudy_row(&nothing, 1).phi.known);
}

/* Brennan 2001, table 3.2, persons by raters within tasks: the same quotients of his variances. */
static void test_dstudy_brennan(void **state UNUSED)
{
	struct dstudy dstudy = {
	    .universe = .4730233277, .error = .5472715694, .relative = {true, .3848738028}};
	struct dstudy_row row = dstudy_row(&dstudy, 1);
	near(row.e_rho2.value, .5513753467, 1e-9);
	near(row.phi.value, .4636143228, 1e-9);
	near(row.sem, .7397780541, 1e-9);
}

static void test_another_interview(void **state UNUSED)
{
	struct another_interview got = another_interview_of(3.6, .048, .31, 3.5);
	near(got.tau, .080223, SIX);
	near(got.p_flip, .106286, SIX);
	near(got.gain, .004088, SIX);
	near(got.sd_drop, .069451, SIX);
	got = another_interview_of(4.1, .048, .31, 3.5);
	near(got.p_flip, 0, SIX);
	near(got.gain, 0, SIX);
	/* At the cutoff itself it is a coin's throw; below it the same as above. */
	near(another_interview_of(3.5, .048, .31, 3.5).p_flip, .5, 1e-15);
	near(another_interview_of(3.4, .048, .31, 3.5).p_flip, .106286, SIX);
}

static void test_another_interview_extremes(void **state UNUSED)
{
	static const double values[] = {0, 1e-300, 1e-9, 1, 1e12};
	for (size_t v = 0; v < ARRAY_LEN(values); v++)
		for (size_t e = 0; e < ARRAY_LEN(values); e++)
			for (size_t t = 0; t < ARRAY_LEN(values); t++) {
				struct another_interview got =
				    another_interview_of(values[t], values[v], values[e], 0);
				assert_true(isfinite(got.tau) && got.p_flip >= 0 &&
					    got.p_flip <= .5 && isfinite(got.gain) &&
					    got.gain >= 0 && got.sd_drop >= 0 && got.sd_drop <= 1);
			}
}

/* ---- drift ----------------------------------------------------------------------------------- */

static void test_ewma(void **state UNUSED)
{
	static const double x[] = {52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
				   49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
	static const double want[] = {50.600000, 49.520000, 50.564000, 50.184800, 50.159360,
				      49.211552, 49.748086, 49.853660, 50.257562, 50.330294,
				      50.111206, 49.357844, 49.520491, 50.054344, 49.378040,
				      49.924628, 50.727240, 51.229068, 51.940348, 51.988243};
	static const double upper[] = {51.848510, 52.256394, 52.431406};
	static const struct drift_chart chart = {.3, 3, 50, 2.0539, .5, 5};
	struct drift drift = drift_start(&chart);
	near(drift.ewma, 50, 0);
	near(drift_limits(&chart).low, 47.411568, SIX);
	near(drift_limits(&chart).high, 52.588432, SIX);
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		drift_add(&drift, &chart, x[i]);
		near(drift.ewma, want[i], SIX);
		if (i < ARRAY_LEN(upper))
			near(drift.limits.high, upper[i], SIX);
		assert_false(drift.ewma_out);
	}
}

static void test_cusum(void **state UNUSED)
{
	static const double x[] = {324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125,
				   324.525, 325.225, 324.600, 324.625, 325.150, 328.325, 327.250,
				   327.825, 328.500, 326.675, 327.775, 326.875, 328.350};
	static const double high[] = {0,      0,     0,	      0,      .0325,   0,      0,
				      0,      0,     0,	      0,      0,       3.0075, 4.94,
				      7.4475, 10.63, 11.9875, 14.445, 16.0025, 19.035};
	static const double low[] = {0,	    .0075, 0, .3325, 0, 0, .5575, .7150, .1725, .255,
				     .3125, 0,	   0, 0,     0, 0, 0,	  0,	 0,	0};
	static const struct drift_chart chart = {.2, 3, 325, 1, .3175, 4.1959};
	struct drift drift = drift_start(&chart);
	size_t signal = 0;
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		drift_add(&drift, &chart, x[i]);
		near(drift.high, high[i], 1e-9);
		near(drift.low, low[i], 1e-9);
		if (drift.cusum_out && signal == 0)
			signal = i + 1;
	}
	assert_int_equal(signal, 14);
}

/* A slow drift leaves the limits on its own side, and a mirrored one on the other. */
static void test_drift_is_found(void **state UNUSED)
{
	static const struct drift_chart chart = {.2, 3, 0, 1, .5, 5};
	struct drift up = drift_start(&chart), down = drift_start(&chart);
	for (int i = 0; i < 60; i++) {
		double noise = i % 2 == 0 ? .5 : -.5;
		drift_add(&up, &chart, i * .05 + noise);
		drift_add(&down, &chart, -i * .05 - noise);
		near(up.ewma, -down.ewma, 1e-12);
		near(up.high, down.low, 1e-12);
	}
	assert_true(up.ewma_out && up.cusum_out && down.ewma_out && down.cusum_out);
}

/* ---- the interviewer's report ---------------------------------------------------------------- */

static void test_consistency(void **state UNUSED)
{
	double squares[50], expected[50];
	for (size_t i = 0; i < 50; i++) {
		squares[i] = i % 2 == 0 ? .2 : .4;
		expected[i] = .3;
	}
	struct report_ratio got = report_consistency(squares, expected, 50);
	near(got.value.value, 1, 1e-12);
	near(got.low, .6, 1e-12);
	near(got.high, 1.4, 1e-12);
	assert_false(got.flagged);
	for (size_t i = 0; i < 50; i++)
		squares[i] *= 1.5;
	assert_true(report_consistency(squares, expected, 50).flagged);
	assert_false(report_consistency(squares, expected, 19).value.known);
	for (size_t i = 0; i < 50; i++)
		expected[i] = 0;
	assert_false(report_consistency(squares, expected, 50).value.known);
}

static void test_halo(void **state UNUSED)
{
	static const double even[] = {3, 3, 3, 3}, spread[] = {2.5, 3.5, 2.5, 3.5}, one[] = {4};
	struct report_card cards[30];
	for (size_t i = 0; i < 30; i++)
		cards[i] = (struct report_card){i % 2 == 0 ? even : spread, 4};
	/* Half of the cards vary by 1/3, half not at all: a variance of 1/6. */
	struct report_ratio got = report_halo(cards, 30, .1, 1. / 6 - .1);
	near(got.value.value, 1, 1e-12);
	near(got.high, 1 + 2 * sqrt(2. / 90), 1e-12);
	assert_false(got.flagged);
	assert_true(report_halo(cards, 30, .3, .2).flagged);
	for (size_t i = 0; i < 15; i++)
		cards[i] = (struct report_card){one, 1};
	got = report_halo(cards, 30, .3, .2);
	assert_int_equal(got.n, 15);
	assert_false(got.value.known);
}

static void test_compression(void **state UNUSED)
{
	double own[40], others[40];
	for (size_t i = 0; i < 40; i++) {
		others[i] = 2 + (double)(i % 10) * .2;
		own[i] = 3 + .4 * (others[i] - 2.9) + (i / 10 % 2 == 0 ? .1 : -.1);
	}
	struct report_slope got = report_compression(own, others, 40);
	near(got.slope.value, .4, 1e-12);
	/* σ² = .4/38, Σ(x - mean)² = 4 · .04 · 82.5 */
	near(got.se.value, sqrt(.4 / 38 / 13.2), 1e-12);
	assert_false(report_compression(own, others, 19).slope.known);
	for (size_t i = 0; i < 40; i++)
		others[i] = 3;
	assert_false(report_compression(own, others, 40).slope.known);
}

static void test_disagreement(void **state UNUSED)
{
	static const double first[] = {4, 4, 4, 4}, second[] = {3, 3, 3, 3};
	static const bool none[4] = {false}, last[4] = {false, false, false, true};
	struct disagreement_pair pair = {.first = first,
					 .second = second,
					 .must_have = none,
					 .count = 4,
					 .effects_variance = .05,
					 .candidate_interviewer = .02,
					 .residual = .04};
	/* 2(.02 + .01) + .05 = .11 */
	near(disagreement_of(&pair).z.value, 1 / sqrt(.11), 1e-12);
	assert_true(disagreement_of(&pair).unusual);
	/* What the two always differ by is no disagreement about this candidate. */
	pair.first_effect = .3;
	pair.second_effect = -.3;
	near(disagreement_of(&pair).z.value, .4 / sqrt(.11), 1e-12);
	assert_false(disagreement_of(&pair).unusual);
	assert_false(disagreement_of(&pair).must_have);
	static const double low[] = {4, 4, 4, 2};
	pair.second = low;
	pair.must_have = last;
	assert_true(disagreement_of(&pair).must_have);
	pair.count = 0;
	assert_false(disagreement_of(&pair).z.known);
	pair.count = 4;
	pair.effects_variance = pair.candidate_interviewer = pair.residual = 0;
	assert_false(disagreement_of(&pair).z.known);
}

/* However sure it is that two differ: less than a point between their averages is not said. */
static void test_small_disagreement(void **state UNUSED)
{
	static const double first[] = {4, 4, 4, 4, 4, 4}, near_by[] = {3, 3, 3, 3, 3, 4},
			    apart[] = {3, 3, 3, 3, 3, 3}, mixed[] = {2, 4, 2, 4, 2, 4},
			    above[] = {5, 5, 5, 5, 5, 5};
	static const bool none[6] = {false}, one[6] = {true};
	struct disagreement_pair pair = {.first = first,
					 .second = near_by,
					 .must_have = none,
					 .count = 6,
					 .effects_variance = .005,
					 .candidate_interviewer = .001,
					 .residual = .003};
	assert_true(disagreement_of(&pair).z.value > DISAGREEMENT_Z);
	assert_false(disagreement_of(&pair).unusual);
	/* Against how the two rate as a rule it would be more; what counts is what they wrote. */
	pair.first_effect = -1;
	assert_true(disagreement_of(&pair).z.value > 2 * DISAGREEMENT_Z);
	assert_false(disagreement_of(&pair).unusual);
	pair.first_effect = 0;
	/* A point is enough, in either direction, on average or on each. */
	pair.second = apart;
	assert_true(disagreement_of(&pair).unusual);
	pair.second = above;
	assert_true(disagreement_of(&pair).unusual);
	pair.second = mixed;
	assert_true(disagreement_of(&pair).unusual);
	/* But not without its being unusual. */
	pair.effects_variance = 1;
	assert_false(disagreement_of(&pair).unusual);
	/* Two points on a must-have are said all the same. */
	static const double must[] = {2, 4, 4, 4, 4, 4};
	pair.second = must;
	pair.must_have = one;
	assert_true(disagreement_of(&pair).must_have && !disagreement_of(&pair).unusual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dstudy),
	    cmocka_unit_test(test_dstudy_of_sums),
	    cmocka_unit_test(test_dstudy_brennan),
	    cmocka_unit_test(test_another_interview),
	    cmocka_unit_test(test_another_interview_extremes),
	    cmocka_unit_test(test_ewma),
	    cmocka_unit_test(test_cusum),
	    cmocka_unit_test(test_drift_is_found),
	    cmocka_unit_test(test_consistency),
	    cmocka_unit_test(test_halo),
	    cmocka_unit_test(test_compression),
	    cmocka_unit_test(test_disagreement),
	    cmocka_unit_test(test_small_disagreement),
	};
	numerics_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
