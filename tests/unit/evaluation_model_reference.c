/* The model against published analyses and an independent implementation of its formulae. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text.h"
#include "evaluation/model.h"
#include "evaluation_model_data.h"

#define LINEAR 1e-8 /* fixed variances: nothing but linear algebra */
#define REML   1e-5

static void close_to(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%.10f instead of %.10f", got, want);
}

static void figure_close(struct figure got, double want, double tolerance)
{
	assert_true(got.known);
	close_to(got.value, want, tolerance);
}

static size_t panel_ratings(struct rating *out)
{
	size_t count = 0;
	for (size_t i = 0; i < ARRAY_LEN(panel_cards); i++)
		for (uint32_t k = 0; k < 4; k++)
			if (panel_cards[i][2 + k] != 0)
				out[count++] =
				    (struct rating){panel_cards[i][0] - 1u, panel_cards[i][1] - 1u,
						    k, panel_cards[i][2 + k]};
	return count;
}

static struct model *panel_fit(const struct model_variances *variances)
{
	static const double weights[] = {.4, .3, .2, .1};
	struct rating ratings[4 * ARRAY_LEN(panel_cards)];
	struct model_design design = {.candidates = 12,
				      .interviewers = 6,
				      .competencies = 4,
				      .ratings = ratings,
				      .weights = weights};
	struct model_options options = {.variances = variances};
	struct model *model;
	design.count = panel_ratings(ratings);
	assert_int_equal(model_fit(&design, &options, &model), OK);
	assert_true(model_known(model));
	return model;
}

static void candidates_close(const struct model *model, const double *score, const double *se,
			     double tolerance)
{
	for (uint32_t c = 0; c < 12; c++) {
		struct model_candidate candidate = model_candidate(model, c);
		figure_close(candidate.score.value, score[c], tolerance);
		figure_close(candidate.score.se, se[c], tolerance);
		figure_close(candidate.score.low, score[c] - 1.64485362695 * se[c], 3 * tolerance);
		figure_close(candidate.score.high, score[c] + 1.64485362695 * se[c], 3 * tolerance);
	}
}

static void severities_close(const struct model *model, const double *b, double tolerance)
{
	for (uint32_t j = 0; j < 6; j++)
		figure_close(model_severity(model, j).value, -b[j], tolerance);
}

static const struct model_variances panel_variances = {.candidate = .22,
						       .candidate_competency = .12,
						       .candidate_interviewer = .20,
						       .interviewer = .08,
						       .residual = .20};

static void test_fixed_variances_scores(void **state)
{
	static const double t[] = {3.00786198, 3.17898078, 3.01485212, 2.54073710,
				   2.98967700, 3.28711482, 3.08988537, 2.20589770,
				   2.54094296, 2.78436439, 3.71072400, 3.31356453};
	static const double se[] = {0.29049525, 0.28817107, 0.26524071, 0.26273263,
				    0.26689838, 0.26148968, 0.26448050, 0.28718468,
				    0.26110943, 0.29535425, 0.26045856, 0.26284725};
	static const double b[] = {-0.18334383, -0.23443018, 0.45691185,
				   0.40226018,	-0.37534005, -0.06605798};
	static const double se_b[] = {0.18547218, 0.18466535, 0.18947175,
				      0.20207597, 0.18480085, 0.18474104};
	struct model *model = panel_fit(&panel_variances);

	(void)state;
	candidates_close(model, t, se, LINEAR);
	severities_close(model, b, LINEAR);
	for (uint32_t j = 0; j < 6; j++)
		figure_close(model_severity(model, j).se, se_b[j], LINEAR);
	close_to(model_summary(model).neg2_reml, 361.36831828, LINEAR);
	close_to(model_summary(model).variances.candidate_interviewer, .2, 1e-15);
	model_free(model);
}

static void test_fixed_variances_competencies(void **state)
{
	static const double beta[] = {2.70397900, 3.02886430, 3.17942361, 3.45914616};
	static const double se[] = {0.22739464, 0.22818647, 0.22767535, 0.22755876};
	static const double level[] = {2.78486678, 2.96793930, 3.38323985, 3.26885505};
	static const double level_se[] = {0.33759308, 0.36239585, 0.33764415, 0.33762735};
	static const uint32_t met[] = {0, 2, 4, 5};
	static const double halo[] = {-0.47173255, -0.80162617, -0.07102480, 0.59653027};
	struct model *model = panel_fit(&panel_variances);

	(void)state;
	for (uint32_t k = 0; k < 4; k++) {
		figure_close(model_competency(model, k).value, beta[k], LINEAR);
		figure_close(model_competency(model, k).se, se[k], LINEAR);
		figure_close(model_level(model, 0, k).value, level[k], LINEAR);
		figure_close(model_level(model, 0, k).se, level_se[k], LINEAR);
	}
	for (size_t i = 0; i < ARRAY_LEN(met); i++)
		figure_close(model_halo(model, met[i], 0), halo[i], LINEAR);
	assert_false(model_halo(model, 1, 0).known);
	/* P(level >= 3) of 2.7848667 with 0.33759308: Φ(−0.637254). */
	figure_close(model_level_probability(model, 0, 0, 3),
		     erfc((3 - level[0]) / level_se[0] / sqrt(2)) / 2, 1e-7);
	model_free(model);
}

static void test_fixed_variances_comparisons(void **state)
{
	struct model *model = panel_fit(&panel_variances);

	(void)state;
	figure_close(model_compare(model, 10, 11).probability, 0.88515931, LINEAR);
	figure_close(model_compare(model, 10, 7).probability, 0.99999421, LINEAR);
	figure_close(model_compare(model, 0, 1).probability, 0.32502035, LINEAR);
	figure_close(model_compare(model, 0, 1).covariance, 0.01259088, LINEAR);
	figure_close(model_compare(model, 1, 0).probability, 1 - 0.32502035, LINEAR);
	figure_close(model_compare(model, 3, 3).probability, .5, 0);
	model_free(model);
}

static void test_estimated_variances(void **state)
{
	static const double t[] = {3.053218, 3.127301, 2.969403, 2.629749, 3.003176, 3.257649,
				   3.074538, 2.390560, 2.616494, 2.858118, 3.638723, 3.261609};
	static const double se[] = {0.324633, 0.321963, 0.307539, 0.305443, 0.308889, 0.304386,
				    0.306904, 0.321902, 0.303814, 0.328888, 0.303632, 0.305204};
	static const double b[] = {-0.237190, -0.309498, 0.598356, 0.553938, -0.485946, -0.119659};
	struct model *model = panel_fit(NULL);
	struct model_fit fit = model_summary(model);

	(void)state;
	close_to(fit.variances.candidate, 0.09720854931, REML);
	close_to(fit.variances.candidate_competency, 0.16467243454, REML);
	close_to(fit.variances.candidate_interviewer, 0.20045203273, REML);
	close_to(fit.variances.interviewer, 0.24949106933, REML);
	close_to(fit.variances.residual, 0.25430803989, REML);
	close_to(fit.variances.pool, 0, 0);
	close_to(fit.neg2_reml, 354.200092, 1e-6);
	candidates_close(model, t, se, REML);
	severities_close(model, b, REML);
	model_free(model);
}

/* One rating in each cell of a table: halo and competencies cannot be told apart, and are not. */
static struct model *table_fit(size_t rows, size_t columns, const double *cell)
{
	struct rating ratings[24 * 6];
	struct model_design design = {.candidates = (uint32_t)rows,
				      .interviewers = (uint32_t)columns,
				      .competencies = 1,
				      .ratings = ratings,
				      .count = rows * columns};
	struct model_options options = {.variances = NULL};
	struct model *model;
	for (size_t i = 0; i < rows * columns; i++)
		ratings[i] =
		    (struct rating){(uint32_t)(i / columns), (uint32_t)(i % columns), 0, cell[i]};
	assert_int_equal(model_fit(&design, &options, &model), OK);
	assert_true(model_known(model));
	return model;
}

static void test_judges(void **state)
{
	double cell[24];
	(void)state;
	for (size_t i = 0; i < 24; i++)
		cell[i] = judges[i / 4][i % 4];
	struct model *model = table_fit(6, 4, cell);
	struct model_fit fit = model_summary(model);
	close_to(fit.variances.candidate, (11.24166666667 - 1.01944444444) / 4, REML);
	close_to(fit.variances.interviewer, (32.48611111111 - 1.01944444444) / 6, REML);
	close_to(fit.variances.residual, 1.01944444444, REML);
	close_to(fit.neg2_reml, 91.278667, 1e-6);
	model_free(model);
}

static void test_penicillin(void **state)
{
	static const double plate[] = {
	    0.804547,  0.804547,  0.181672,  0.337391, 0.025953,  -0.441203, -1.375516, 0.804547,
	    -0.752641, -0.752641, 0.960266,  0.493109, 1.427422,  0.493109,  0.960266,	0.025953,
	    -0.285484, -0.285484, -1.375516, 0.960266, -0.908360, -0.285484, -0.596922, -1.219797};
	static const double sample[] = {2.187058,  -1.010476, 1.937899,
					-0.096895, -0.013842, -3.003744};
	double cell[24 * 6];
	(void)state;
	for (size_t i = 0; i < 24 * 6; i++)
		cell[i] = penicillin[i / 6][i % 6];
	struct model *model = table_fit(24, 6, cell);
	struct model_fit fit = model_summary(model);
	double mean = model_competency(model, 0).value.value;
	close_to(fit.variances.candidate, 0.716908, REML);
	close_to(fit.variances.interviewer, 3.730918, REML);
	close_to(fit.variances.residual, 0.302415, REML);
	close_to(fit.neg2_reml, 330.860589, 1e-6);
	for (uint32_t c = 0; c < 24; c++)
		figure_close(model_candidate(model, c).score.value, mean + plate[c], REML);
	for (uint32_t j = 0; j < 6; j++)
		figure_close(model_severity(model, j).value, -sample[j], REML);
	model_free(model);
}

/* Five ratings in one cell: one interviewer, so only batches and what is left. */
static void test_dyestuff(void **state)
{
	static const double batch[] = {-17.606851, 0.391263,  28.562226,
				       -23.084538, 56.733188, -44.995287};
	struct rating ratings[30];
	struct model_design design = {
	    .candidates = 6, .interviewers = 1, .competencies = 1, .ratings = ratings, .count = 30};
	struct model_options options = {.variances = NULL};
	struct model *model;
	(void)state;
	for (uint32_t i = 0; i < 30; i++)
		ratings[i] = (struct rating){i / 5, 0, 0, dyestuff[i / 5][i % 5]};
	assert_int_equal(model_fit(&design, &options, &model), OK);
	struct model_fit fit = model_summary(model);
	close_to(fit.variances.candidate / 1764.05, 1, REML);
	close_to(fit.variances.residual / 2451.25, 1, REML);
	close_to(fit.variances.interviewer, 0, 0);
	close_to(fit.neg2_reml, 319.654277, 1e-6);
	figure_close(model_competency(model, 0).value, 1527.5, 1e-9);
	figure_close(model_competency(model, 0).se, 19.383412, 1e-4);
	for (uint32_t c = 0; c < 6; c++)
		figure_close(model_candidate(model, c).score.value, 1527.5 + batch[c], 1e-4);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fixed_variances_scores),
	    cmocka_unit_test(test_fixed_variances_competencies),
	    cmocka_unit_test(test_fixed_variances_comparisons),
	    cmocka_unit_test(test_estimated_variances),
	    cmocka_unit_test(test_judges),
	    cmocka_unit_test(test_penicillin),
	    cmocka_unit_test(test_dyestuff),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
