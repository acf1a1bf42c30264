/* Who is said to disagree on a candidate, and on what; how often by chance is
 * evaluation_model_simulation's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/attr.h"
#include "evaluation/dissent.h"
#include "evaluation_model_world.h"

#define K 6

struct scene {
	struct world world;
	struct model *model;
	bool must_have[K];
	uint32_t first, second; /* interviewers; the first rates lower, as a rule */
};

static void open_scene(struct scene *scene)
{
	struct world_form form = {
	    .candidates = 300, .interviewers = 30, .competencies = K, .cards = 4, .severity = .28};
	struct model_options options = {.prior = MODEL_PRIOR_NEVER};
	*scene = (struct scene){.must_have = {false, false, true}, .first = 0, .second = 1};
	world_make(&scene->world, &form, 5);
	struct model_design design = world_design(&scene->world, &form);
	/* And one who rated nobody. */
	design.interviewers++;
	assert_int_equal(model_fit(&design, &options, &scene->model), OK);
	if (model_severity_gap(scene->model, 0, 1).value.value < 0) {
		scene->first = 1;
		scene->second = 0;
	}
}

static void close_scene(struct scene *scene)
{
	model_free(scene->model);
	world_release(&scene->world);
}

/* One card of all competencies, put behind the others. */
static void card_add(struct rating *ratings, size_t *count, uint32_t who, const double value[K])
{
	for (uint32_t k = 0; k < K; k++)
		ratings[(*count)++] = (struct rating){0, who, k, value[k]};
}

/* What is found of two cards. */
static size_t found_of(const struct scene *scene, const double first[K], const double second[K],
		       struct dissent out[DISSENTS_MOST])
{
	struct rating ratings[2 * K];
	struct dissent_case of = {scene->model, ratings, 0, scene->must_have};
	card_add(ratings, &of.count, scene->first, first);
	card_add(ratings, &of.count, scene->second, second);
	return dissents_of(&of, out);
}

static void test_what_is_named(void **state UNUSED)
{
	static const double threes[K] = {3, 3, 3, 3, 3, 3}, must[K] = {3, 3, 5, 3, 3, 3},
			    other[K] = {3, 5, 3, 3, 3, 3}, low[K] = {1, 2, 1, 1, 1, 1},
			    high[K] = {4, 4, 4, 4, 5, 4}, apart[K] = {1, 1, 1, 1, 1, 1},
			    less[K] = {2.99, 2.99, 2.99, 2.99, 2.99, 2.99};
	struct dissent found[DISSENTS_MOST];
	struct scene scene;
	open_scene(&scene);
	assert_int_equal(found_of(&scene, threes, threes, found), 0);
	/* Two points on one competency of six are usual. */
	assert_int_equal(found_of(&scene, threes, other, found), 0);
	/* But not on a must-have. */
	assert_int_equal(found_of(&scene, must, threes, found), 1);
	assert_true(!found[0].overall && !found[0].unusual && found[0].competency == 2);
	assert_true(found[0].low < 3.5 && found[0].high > 4.5);
	/* What stands out most beyond their usual difference, and the must-have with it. */
	assert_int_equal(found_of(&scene, high, low, found), 2);
	assert_true(found[0].unusual && !found[0].overall && found[0].competency == 4);
	assert_true(found[0].low < 1.5 && found[0].high > 4.5);
	assert_true(!found[1].unusual && found[1].competency == 2);
	/* Where no competency is two points apart their averages are named. */
	assert_int_equal(found_of(&scene, less, apart, found), 1);
	assert_true(found[0].overall && found[0].unusual);
	assert_true(fabs(found[0].low - 1) < 1e-12 && fabs(found[0].high - 2.99) < 1e-12);
	close_scene(&scene);
}

/* The same difference is more where it is against how the two rate as a rule. */
static void test_severity_counts(void **state UNUSED)
{
	struct rating ratings[2 * K];
	struct scene scene;
	struct dissent_case of = {.ratings = ratings};
	static const double low[K] = {2, 2, 2, 2, 2, 2}, high[K] = {3, 3, 3, 3, 3, 3};
	open_scene(&scene);
	of.model = scene.model;
	of.must_have = scene.must_have;
	struct model_estimate gap = model_severity_gap(scene.model, scene.first, scene.second);
	assert_true(gap.value.value > 0 && gap.se.value > 0);
	struct model_estimate back = model_severity_gap(scene.model, scene.second, scene.first);
	assert_true(fabs(back.value.value + gap.value.value) < 1e-12);
	double apart = model_severity(scene.model, scene.first).value.value -
		       model_severity(scene.model, scene.second).value.value;
	assert_true(fabs(apart - gap.value.value) < 1e-12);
	card_add(ratings, &of.count, scene.first, low);
	card_add(ratings, &of.count, scene.second, high);
	double usual = fabs(dissent_between(&of, scene.first, scene.second).z.value);
	of.count = 0;
	card_add(ratings, &of.count, scene.first, high);
	card_add(ratings, &of.count, scene.second, low);
	double unusual = fabs(dissent_between(&of, scene.first, scene.second).z.value);
	assert_true(unusual > usual);
	/* z by hand. */
	struct model_variances v = model_summary(scene.model).variances;
	double se =
	    sqrt(2 * (v.candidate_interviewer + v.residual / K) + gap.se.value * gap.se.value);
	assert_true(fabs(unusual - (1 + gap.value.value) / se) < 1e-9);
	close_scene(&scene);
}

static void test_too_little(void **state UNUSED)
{
	static const double low[K] = {1, 1, 1, 1, 1, 1}, high[K] = {5, 5, 5, 5, 5, 5};
	struct rating ratings[2 * K];
	struct dissent found[DISSENTS_MOST];
	struct scene scene;
	open_scene(&scene);
	struct dissent_case of = {scene.model, ratings, 0, scene.must_have};
	assert_int_equal(dissents_of(&of, found), 0);
	card_add(ratings, &of.count, 0, low);
	assert_int_equal(dissents_of(&of, found), 0);
	assert_false(dissent_between(&of, 0, 1).z.known);
	/* Of whom nothing is known nothing is usual. */
	card_add(ratings, &of.count, 30, high);
	assert_int_equal(dissents_of(&of, found), 0);
	/* Nothing in common. */
	of.count = 2;
	ratings[1] = (struct rating){0, 1, 5, 5};
	assert_int_equal(dissents_of(&of, found), 0);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_named),
	    cmocka_unit_test(test_severity_counts),
	    cmocka_unit_test(test_too_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
