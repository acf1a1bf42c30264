/* Designs that say too little: each is a plain sentence, never a NaN and never a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "evaluation_model_walk.h"
#include "evaluation_model_world.h"

#define MOST 4000

struct sheet {
	struct rating ratings[MOST];
	struct model_design design;
};

static void rate(struct sheet *sheet, uint32_t c, uint32_t j, uint32_t k, double value)
{
	struct model_design *d = &sheet->design;
	assert_true(d->count < MOST);
	d->ratings = sheet->ratings;
	sheet->ratings[d->count++] = (struct rating){c, j, k, value};
	d->candidates = c >= d->candidates ? c + 1 : d->candidates;
	d->interviewers = j >= d->interviewers ? j + 1 : d->interviewers;
	d->competencies = k >= d->competencies ? k + 1 : d->competencies;
}

/* Each of `candidates` meets each of `interviewers` on each competency; noise that is no pattern.
 */
static void rate_all(struct sheet *sheet, uint32_t candidates, uint32_t interviewers,
		     uint32_t competencies)
{
	struct world dice = {.state = 5};
	for (uint32_t c = 0; c < candidates; c++)
		for (uint32_t j = 0; j < interviewers; j++)
			for (uint32_t k = 0; k < competencies; k++)
				rate(sheet, c, j, k, 1 + world_below(&dice, 5));
}

static struct model *fit(const struct sheet *sheet, enum model_prior prior)
{
	static const struct model_variances variances = {.22, .12, .20, .08, .20, .1};
	struct model_options options = {.prior = prior}, fixed = {.variances = &variances};
	struct model *model;
	assert_int_equal(model_fit(&sheet->design, &fixed, &model), OK);
	walk_model(model, &sheet->design);
	model_free(model);
	assert_int_equal(model_fit(&sheet->design, &options, &model), OK);
	walk_model(model, &sheet->design);
	return model;
}

static bool found(const struct model *model, enum model_finding_kind kind)
{
	size_t count;
	const struct model_finding *findings = model_findings(model, &count);
	for (size_t i = 0; i < count; i++)
		if (findings[i].kind == kind)
			return true;
	return false;
}

/* Fits with and without prior, and expects the finding without. */
static void expect(const struct sheet *sheet, enum model_finding_kind kind, bool known)
{
	struct model *prior = fit(sheet, MODEL_PRIOR_ALWAYS);
	struct model *model = fit(sheet, MODEL_PRIOR_NEVER);
	if (!found(model, kind))
		fail_msg("finding %d is missing", (int)kind);
	assert_int_equal(model_known(model), known);
	model_free(model);
	model_free(prior);
}

static void test_nothing_at_all(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	expect(&sheet, MODEL_NO_RATINGS, false);
	sheet.design.candidates = 3;
	sheet.design.interviewers = 2;
	sheet.design.competencies = 2;
	expect(&sheet, MODEL_NO_RATINGS, false);
}

static void test_one_rating(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate(&sheet, 0, 0, 0, 4);
	expect(&sheet, MODEL_TOO_FEW_RATINGS, false);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_true(model_candidate(model, 0).average.known);
	assert_true(fabs(model_candidate(model, 0).average.value - 4) < 1e-12);
	assert_false(model_candidate(model, 0).score.value.known);
	model_free(model);
}

static void test_one_candidate(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 1, 4, 5);
	expect(&sheet, MODEL_ONE_CANDIDATE, true);
}

static void test_one_card_each(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	struct world dice = {.state = 6};
	(void)state;
	for (uint32_t c = 0; c < 20; c++)
		for (uint32_t k = 0; k < 3; k++)
			rate(&sheet, c, c % 4, k, 1 + world_below(&dice, 5));
	expect(&sheet, MODEL_ONE_CARD, true);
	expect(&sheet, MODEL_CANDIDATES_SINGLE, true);
}

static void test_one_category(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	for (uint32_t i = 0; i < 8 * 3 * 4; i++)
		rate(&sheet, i / 12, i / 4 % 3, i % 4, 5);
	expect(&sheet, MODEL_NO_SPREAD, false);
	expect(&sheet, MODEL_CONSTANT_RATER, false);
	/* A mean of its own for each competency is no spread either. */
	for (uint32_t i = 0; i < 8 * 3 * 4; i++)
		sheet.ratings[i].value = 1 + i % 4;
	expect(&sheet, MODEL_NO_SPREAD, false);
}

static void test_constant_rater(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	struct model_names names = {NULL, (const char *const[]){"Ada", "Bo", "Cy", "Dee"}, NULL};
	char sentence[SENTENCE_SIZE];
	size_t count;
	(void)state;
	rate_all(&sheet, 10, 4, 3);
	for (size_t i = 0; i < sheet.design.count; i++)
		if (sheet.ratings[i].interviewer == 2)
			sheet.ratings[i].value = 3;
	expect(&sheet, MODEL_CONSTANT_RATER, true);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	const struct model_finding *finding = model_findings(model, &count);
	while (finding->kind != MODEL_CONSTANT_RATER)
		finding++;
	assert_string_equal(model_finding_text(finding, &names, sentence),
			    "Cy gave the same rating all 30 times.");
	model_free(model);
}

static void test_one_interviewer(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 25, 1, 4);
	expect(&sheet, MODEL_ONE_INTERVIEWER, true);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_true(fabs(model_severity(model, 0).value.value) <= 0);
	model_free(model);
}

static void test_interviewers_who_met_one(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	struct world dice = {.state = 7};
	(void)state;
	for (uint32_t i = 0; i < 12 * 3 * 4; i++)
		rate(&sheet, i / 12, i / 4, i % 4, 1 + world_below(&dice, 5));
	expect(&sheet, MODEL_INTERVIEWERS_ALONE, true);
}

static void test_one_competency(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 15, 4, 1);
	expect(&sheet, MODEL_ONE_COMPETENCY, true);
}

/* Each interviewer rates one competency of each candidate, each a different one. */
static void test_nothing_twice(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	struct world dice = {.state = 8};
	(void)state;
	for (uint32_t c = 0; c < 20; c++)
		for (uint32_t j = 0; j < 4; j++)
			rate(&sheet, c, j, (c + j) % 4, 1 + world_below(&dice, 5));
	expect(&sheet, MODEL_CELLS_SINGLE, true);
	expect(&sheet, MODEL_CARDS_SINGLE, true);
}

static void test_groups_without_a_link(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	struct world dice = {.state = 9};
	(void)state;
	for (uint32_t c = 0; c < 20; c++)
		for (uint32_t j = 0; j < 3; j++)
			for (uint32_t k = 0; k < 3; k++)
				rate(&sheet, c, c % 2 * 3 + j, k, 1 + world_below(&dice, 5));
	expect(&sheet, MODEL_DISCONNECTED, true);
	expect(&sheet, MODEL_GROUPS_AS_POOLS, true);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_int_equal(model_summary(model).groups, 2);
	/* One common interviewer joins them. */
	rate(&sheet, 1, 0, 0, 3);
	struct model *joined = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_false(found(joined, MODEL_DISCONNECTED));
	assert_int_equal(model_summary(joined).groups, 1);
	model_free(joined);
	model_free(model);
}

static void test_pools_of_one(void **state)
{
	static const uint32_t own[] = {0, 1, 2, 3, 4, 5}, halves[] = {0, 1, 0, 1, 0, 1};
	struct sheet sheet = {.design = {.candidates = 0}};
	struct world dice = {.state = 10};
	(void)state;
	rate_all(&sheet, 6, 3, 3);
	sheet.design.pools = 6;
	sheet.design.pool = own;
	expect(&sheet, MODEL_POOLS_DROPPED, true);
	/* Two pools, each with an interviewer who sees no one of the other. */
	sheet.design.count = 0;
	for (uint32_t c = 0; c < 6; c++)
		for (uint32_t k = 0; k < 3; k++)
			rate(&sheet, c, c % 2, k, 1 + world_below(&dice, 5));
	sheet.design.pools = 2;
	sheet.design.interviewers = 2;
	sheet.design.pool = halves;
	expect(&sheet, MODEL_INTERVIEWER_A_POOL, true);
}

static void test_who_has_no_ratings(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 8, 4, 3);
	sheet.design.candidates = 10;
	sheet.design.interviewers = 5;
	sheet.design.competencies = 4;
	expect(&sheet, MODEL_CANDIDATES_UNRATED, true);
	expect(&sheet, MODEL_INTERVIEWERS_UNRATED, true);
	expect(&sheet, MODEL_COMPETENCY_UNRATED, true);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_false(model_candidate(model, 9).score.value.known);
	assert_false(model_candidate(model, 9).average.known);
	assert_false(model_severity(model, 4).value.known);
	assert_false(model_level(model, 0, 3).value.known);
	model_free(model);
}

/* Ratings that are a sum of candidate and interviewer, and nothing else. */
static void test_no_chance_at_all(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	for (uint32_t i = 0; i < 25 * 4 * 3; i++)
		rate(&sheet, i / 12, i / 3 % 4, i % 3, (i / 12) % 3 + (i / 3 % 4) % 2);
	expect(&sheet, MODEL_PERFECT_FIT, true);
}

static void test_no_difference_between_candidates(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	/* The same cards in another order for each candidate: sums are all equal. */
	for (uint32_t i = 0; i < 24 * 4 * 4; i++)
		rate(&sheet, i / 16, i / 4 % 4, i % 4, 1 + (i / 16 + i / 4 + i) % 4);
	expect(&sheet, MODEL_ZERO_CANDIDATE, true);
	expect(&sheet, MODEL_SAME_PANEL, true);
}

static void test_few_candidates(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 7, 4, 3);
	expect(&sheet, MODEL_FEW_CANDIDATES, true);
	struct model_options options = {.prior = MODEL_PRIOR_SMALL};
	struct model *model;
	assert_int_equal(model_fit(&sheet.design, &options, &model), OK);
	assert_true(found(model, MODEL_PRIOR_USED));
	model_free(model);
}

/* The same cell many times over, and values at their limits. */
static void test_repeated_and_large(void **state)
{
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		rate(&sheet, i % 3, i % 2, 0, i % 7 == 0 ? 1e6 : -1e6);
	struct model *model = fit(&sheet, MODEL_PRIOR_NEVER);
	assert_true(model_known(model));
	model_free(model);
	for (uint32_t i = 0; i < 600; i++)
		sheet.ratings[i].value *= 1e-15;
	model = fit(&sheet, MODEL_PRIOR_NEVER);
	model_free(model);
}

static void refuse(const struct sheet *sheet, const struct model_options *options, enum err err)
{
	struct model *model;
	assert_int_equal(model_fit(&sheet->design, options, &model), err);
	assert_null(model);
}

static void test_what_is_refused(void **state)
{
	static const double negative[] = {1, -1, 1}, none[] = {0, 0, 0},
			    endless[] = {1, 1, INFINITY};
	static const uint32_t beyond[] = {0, 1, 2, 0, 1};
	struct model_variances variances = {.22, .12, .20, .08, .20, .1};
	struct model_options options = {.prior = MODEL_PRIOR_NEVER},
			     fixed = {.variances = &variances};
	struct sheet sheet = {.design = {.candidates = 0}};
	(void)state;
	rate_all(&sheet, 5, 3, 3);
	sheet.design.weights = negative;
	refuse(&sheet, &options, ERR_INVALID);
	sheet.design.weights = none;
	refuse(&sheet, &options, ERR_INVALID);
	sheet.design.weights = endless;
	refuse(&sheet, &options, ERR_INVALID);
	sheet.design.weights = NULL;
	sheet.design.pool = beyond;
	sheet.design.pools = 2;
	refuse(&sheet, &options, ERR_INVALID);
	sheet.design.pool = NULL;
	sheet.design.pools = 0;
	for (int i = 0; i < 3; i++) {
		static const double bad[] = {NAN, INFINITY, 1e7};
		sheet.ratings[7].value = bad[i];
		refuse(&sheet, &options, ERR_INVALID);
	}
	sheet.ratings[7].value = 3;
	sheet.ratings[7].competency = 3;
	refuse(&sheet, &options, ERR_INVALID);
	sheet.ratings[7].competency = 1;
	variances.residual = 0;
	refuse(&sheet, &fixed, ERR_INVALID);
	variances.residual = .2;
	variances.interviewer = NAN;
	refuse(&sheet, &fixed, ERR_INVALID);
	sheet.design.interviewers = MODEL_COLUMNS_MOST;
	refuse(&sheet, &options, ERR_TOO_LARGE);
}

/* Every finding has a sentence that ends as one. */
static void test_every_finding_has_its_sentence(void **state)
{
	struct model_names none = {NULL, NULL, NULL};
	char one[SENTENCE_SIZE], many[SENTENCE_SIZE];
	(void)state;
	for (int kind = 0; kind < MODEL_FINDING_KINDS; kind++) {
		struct model_finding finding = {(enum model_finding_kind)kind, 0, 1};
		walk_sentence(model_finding_text(&finding, &none, one));
		finding.n = 7;
		walk_sentence(model_finding_text(&finding, &none, many));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_at_all),
	    cmocka_unit_test(test_one_rating),
	    cmocka_unit_test(test_one_candidate),
	    cmocka_unit_test(test_one_card_each),
	    cmocka_unit_test(test_one_category),
	    cmocka_unit_test(test_constant_rater),
	    cmocka_unit_test(test_one_interviewer),
	    cmocka_unit_test(test_interviewers_who_met_one),
	    cmocka_unit_test(test_one_competency),
	    cmocka_unit_test(test_nothing_twice),
	    cmocka_unit_test(test_groups_without_a_link),
	    cmocka_unit_test(test_pools_of_one),
	    cmocka_unit_test(test_who_has_no_ratings),
	    cmocka_unit_test(test_no_chance_at_all),
	    cmocka_unit_test(test_no_difference_between_candidates),
	    cmocka_unit_test(test_few_candidates),
	    cmocka_unit_test(test_repeated_and_large),
	    cmocka_unit_test(test_what_is_refused),
	    cmocka_unit_test(test_every_finding_has_its_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
