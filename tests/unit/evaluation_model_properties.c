/* What must hold of the model whatever the ratings: order, names, scale, sureness, updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/text.h"
#include "evaluation/model.h"
#include "evaluation_model_world.h"

static void close_to(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("%.12f instead of %.12f", got, want);
}

static void figure_close(struct figure got, struct figure want, double tolerance)
{
	assert_int_equal(got.known, want.known);
	close_to(got.value, want.value, tolerance);
}

static const struct world_form form = {.candidates = 70,
				       .interviewers = 12,
				       .competencies = 5,
				       .cards = 4,
				       .severity = .4,
				       .hole = .15};
static const double weights[] = {.3, .25, .2, .15, .1};
static const struct model_variances variances = {.22, .12, .20, .08, .20, .05};

static struct model *fit(const struct model_design *design, bool fixed)
{
	struct model_options options = {.variances = fixed ? &variances : NULL};
	struct model *model;
	assert_int_equal(model_fit(design, &options, &model), OK);
	assert_true(model_known(model));
	return model;
}

static void shuffle(struct world *world)
{
	for (size_t i = world->count; i > 1; i--) {
		size_t other = world_below(world, (uint32_t)i);
		struct rating held = world->ratings[i - 1];
		world->ratings[i - 1] = world->ratings[other];
		world->ratings[other] = held;
	}
}

/* Every figure of two models, each times `scale`, scores and means moved by `shift`. */
static void models_close(const struct model *a, const struct model *b, double scale, double shift,
			 double tolerance)
{
	for (uint32_t c = 0; c < form.candidates; c++) {
		struct model_candidate x = model_candidate(a, c), y = model_candidate(b, c);
		close_to(y.score.value.value, scale * x.score.value.value + shift, tolerance);
		close_to(y.score.se.value, scale * x.score.se.value, tolerance);
		close_to(y.average.value, scale * x.average.value + shift, tolerance);
		for (uint32_t k = 0; k < form.competencies; k++) {
			struct model_estimate l = model_level(a, c, k), m = model_level(b, c, k);
			close_to(m.value.value, scale * l.value.value + shift, tolerance);
			close_to(m.se.value, scale * l.se.value, tolerance);
		}
		figure_close(model_compare(b, c, 0).probability, model_compare(a, c, 0).probability,
			     tolerance);
		for (uint32_t j = 0; j < form.interviewers; j++)
			close_to(model_halo(b, c, j).value, scale * model_halo(a, c, j).value,
				 tolerance);
	}
	for (uint32_t j = 0; j < form.interviewers; j++) {
		close_to(model_severity(b, j).value.value, scale * model_severity(a, j).value.value,
			 tolerance);
		close_to(model_severity(b, j).se.value, scale * model_severity(a, j).se.value,
			 tolerance);
	}
}

/* All pairs at once are the pairs one by one. */
static void pairs_agree(const struct model *model, uint32_t candidates, const double *weighed)
{
	uint32_t *all = calloc(candidates, sizeof(*all));
	struct figure *pairs = calloc((size_t)candidates * candidates, sizeof(*pairs));
	size_t at = 0;

	assert_non_null(all);
	assert_non_null(pairs);
	for (uint32_t c = 0; c < candidates; c++)
		all[c] = candidates - 1 - c;
	assert_int_equal(model_compare_many(model, all, candidates, weighed, pairs), OK);
	for (uint32_t i = 0; i < candidates; i++)
		for (uint32_t k = i + 1; k < candidates; k++)
			figure_close(
			    pairs[at++],
			    model_compare_weighted(model, all[i], all[k], weighed).probability,
			    1e-12);
	free(all);
	free(pairs);
}

/* To the last bit. */
static void test_order_of_rows_changes_nothing(void **state)
{
	struct world world;
	(void)state;
	world_make(&world, &form, 3);
	struct model_design design = world_design(&world, &form);
	design.weights = weights;
	struct model *first = fit(&design, false);
	for (int round = 0; round < 3; round++) {
		shuffle(&world);
		struct model *again = fit(&design, false);
		struct model_fit x = model_summary(first), y = model_summary(again);
		assert_memory_equal(&x.variances, &y.variances, sizeof(x.variances));
		models_close(first, again, 1, 0, 0);
		model_free(again);
	}
	model_free(first);
	world_release(&world);
}

static void test_names_change_nothing(void **state)
{
	struct world world;
	(void)state;
	world_make(&world, &form, 4);
	struct model_design design = world_design(&world, &form);
	struct model *first = fit(&design, false);
	for (size_t i = 0; i < world.count; i++) {
		world.ratings[i].candidate = form.candidates - 1 - world.ratings[i].candidate;
		world.ratings[i].interviewer = (world.ratings[i].interviewer + 5) % 12;
		world.ratings[i].competency = (world.ratings[i].competency + 2) % 5;
	}
	struct model *again = fit(&design, false);
	for (uint32_t c = 0; c < form.candidates; c++) {
		struct model_candidate x = model_candidate(first, c);
		struct model_candidate y = model_candidate(again, form.candidates - 1 - c);
		figure_close(y.score.value, x.score.value, 1e-7);
		figure_close(y.score.se, x.score.se, 1e-7);
	}
	for (uint32_t j = 0; j < 12; j++)
		figure_close(model_severity(again, (j + 5) % 12).value,
			     model_severity(first, j).value, 1e-7);
	model_free(first);
	model_free(again);
	world_release(&world);
}

static void test_shift_and_scale(void **state)
{
	struct world world;
	(void)state;
	world_make(&world, &form, 5);
	struct model_design design = world_design(&world, &form);
	struct model *first = fit(&design, false);
	for (size_t i = 0; i < world.count; i++)
		world.ratings[i].value += 10;
	struct model *moved = fit(&design, false);
	models_close(first, moved, 1, 10, 1e-7);
	close_to(model_summary(moved).neg2_reml, model_summary(first).neg2_reml, 1e-6);
	for (size_t i = 0; i < world.count; i++)
		world.ratings[i].value = 2 * (world.ratings[i].value - 10);
	struct model *doubled = fit(&design, false);
	models_close(first, doubled, 2, 0, 1e-7);
	close_to(model_summary(doubled).variances.interviewer,
		 4 * model_summary(first).variances.interviewer, 1e-7);
	model_free(first);
	model_free(moved);
	model_free(doubled);
	world_release(&world);
}

static void test_probabilities_of_both_sides_sum_to_one(void **state)
{
	struct world world;
	(void)state;
	world_make(&world, &form, 6);
	struct model_design design = world_design(&world, &form);
	struct model *model = fit(&design, false);
	for (uint32_t a = 0; a < form.candidates; a++)
		for (uint32_t b = 0; b < form.candidates; b++) {
			struct model_comparison x = model_compare(model, a, b);
			struct model_comparison y = model_compare(model, b, a);
			close_to(x.probability.value + y.probability.value, 1, 1e-12);
			close_to(x.covariance.value, y.covariance.value, 1e-12);
			assert_true(x.probability.value >= 0 && x.probability.value <= 1);
		}
	model_free(model);
	world_release(&world);
}

/* A score by own weights is the score of a model that has them; of one competency, its level. */
static void test_own_weights(void **state)
{
	static const double third[] = {0, 0, 7, 0, 0}, none[5] = {0};
	struct world world;
	(void)state;
	world_make(&world, &form, 7);
	struct model_design design = world_design(&world, &form);
	struct model *plain = fit(&design, true);
	design.weights = weights;
	struct model *weighted = fit(&design, true);
	for (uint32_t c = 0; c < form.candidates; c++) {
		struct model_estimate own = model_weighted(plain, c, weights);
		figure_close(own.value, model_candidate(weighted, c).score.value, 1e-12);
		figure_close(own.se, model_candidate(weighted, c).score.se, 1e-12);
		figure_close(model_weighted(plain, c, third).value, model_level(plain, c, 2).value,
			     1e-12);
		figure_close(model_compare_weighted(plain, c, 3, weights).probability,
			     model_compare(weighted, c, 3).probability, 1e-12);
		assert_false(model_weighted(plain, c, none).value.known);
	}
	pairs_agree(plain, form.candidates, weights);
	model_free(plain);
	model_free(weighted);
	world_release(&world);
}

/* ---- updates --------------------------------------------------------------------------------- */

static struct rating *card_replace(struct world *world, uint32_t candidate, uint32_t interviewer,
				   const struct model_mark *marks, size_t count, size_t *total)
{
	struct rating *out = malloc((world->count + count) * sizeof(*out));
	*total = 0;
	assert_non_null(out);
	for (size_t i = 0; i < world->count; i++)
		if (world->ratings[i].candidate != candidate ||
		    world->ratings[i].interviewer != interviewer)
			out[(*total)++] = world->ratings[i];
	for (size_t i = 0; i < count; i++)
		out[(*total)++] =
		    (struct rating){candidate, interviewer, marks[i].competency, marks[i].value};
	return out;
}

/* New, changed and withdrawn cards, one after another, each held against a fit from scratch. */
static void test_updates_equal_a_full_fit(void **state)
{
	struct world world;
	(void)state;
	world_make(&world, &form, 8);
	struct model_design design = world_design(&world, &form);
	struct model *model = fit(&design, true);
	for (int round = 0; round < 60; round++) {
		struct model_mark marks[5];
		uint32_t c = world_below(&world, 6), j = world_below(&world, 12);
		size_t count = 0, total;
		for (uint32_t k = 0; k < 5 && round % 4 != 3; k++)
			if (world_below(&world, 4) > 0)
				marks[count++] = (struct model_mark){k, 1 + world_below(&world, 5)};
		struct rating *ratings = card_replace(&world, c, j, marks, count, &total);
		free(world.ratings);
		world.ratings = ratings;
		world.count = total;
		assert_int_equal(model_update(model, c, j, marks, count), OK);
		design = world_design(&world, &form);
		struct model *full = fit(&design, true);
		models_close(full, model, 1, 0, 1e-9);
		close_to(model_summary(model).neg2_reml, model_summary(full).neg2_reml, 1e-7);
		assert_int_equal(model_candidate(model, c).cards, model_candidate(full, c).cards);
		model_free(full);
	}
	model_free(model);
	world_release(&world);
}

/* A candidate and an interviewer of whom nothing is known yet. */
static void test_update_takes_newcomers(void **state)
{
	static const struct model_mark marks[] = {{4, 2}, {0, 5}};
	struct world world;
	(void)state;
	world_make(&world, &form, 9);
	struct model_design design = world_design(&world, &form);
	design.candidates++;
	design.interviewers++;
	struct model *model = fit(&design, true);
	assert_false(model_candidate(model, form.candidates).score.value.known);
	assert_false(model_severity(model, form.interviewers).value.known);
	assert_int_equal(model_update(model, form.candidates, form.interviewers, marks, 2), OK);
	assert_true(model_candidate(model, form.candidates).score.value.known);
	assert_true(model_severity(model, form.interviewers).value.known);
	size_t total;
	struct rating *ratings =
	    card_replace(&world, form.candidates, form.interviewers, marks, 2, &total);
	design.ratings = ratings;
	design.count = total;
	struct model *full = fit(&design, true);
	models_close(full, model, 1, 0, 1e-9);
	figure_close(model_candidate(model, form.candidates).score.value,
		     model_candidate(full, form.candidates).score.value, 1e-9);
	model_free(full);
	model_free(model);
	free(ratings);
	world_release(&world);
}

static void test_update_refuses_what_it_cannot_take(void **state)
{
	static const struct rating few[] = {
	    {0, 0, 0, 3}, {0, 0, 1, 4}, {1, 0, 1, 2}, {1, 1, 1, 5}, {0, 1, 1, 5}};
	static const struct model_mark unrated[] = {{2, 3}}, foreign[] = {{3, 3}},
				       infinite[] = {{1, HUGE_VAL}}, fine[] = {{1, 3}, {0, 3}};
	struct model_design design = {
	    .candidates = 2, .interviewers = 2, .competencies = 3, .ratings = few, .count = 5};
	(void)state;
	struct model *model = fit(&design, true);
	double before = model_candidate(model, 0).score.value.value;
	assert_int_equal(model_update(model, 0, 1, unrated, 1), ERR_CONFLICT);
	assert_int_equal(model_update(model, 0, 1, foreign, 1), ERR_INVALID);
	assert_int_equal(model_update(model, 0, 1, infinite, 1), ERR_INVALID);
	assert_int_equal(model_update(model, 2, 1, fine, 2), ERR_INVALID);
	assert_int_equal(model_update(model, 0, 2, fine, 2), ERR_INVALID);
	/* The only rating of competency 0. */
	assert_int_equal(model_update(model, 0, 0, fine, 1), ERR_CONFLICT);
	close_to(model_candidate(model, 0).score.value.value, before, 0);
	assert_int_equal(model_update(model, 0, 0, fine, 2), OK);
	model_free(model);
}

/* What a model has of a scorecard is asked before it is updated. */
static void test_what_it_has(void **state)
{
	static const struct rating few[] = {{0, 0, 0, 3}, {0, 0, 1, 4}, {0, 0, 1, 2},
					    {1, 0, 1, 2}, {1, 1, 1, 5}, {0, 1, 1, 5}};
	static const struct model_mark turned[] = {{1, 2}, {0, 3}, {1, 4}},
				       twice[] = {{1, 4}, {0, 3}, {1, 4}},
				       other[] = {{1, 2}, {0, 4}, {1, 4}}, one[] = {{1, 5}};
	struct model_design design = {
	    .candidates = 3, .interviewers = 3, .competencies = 2, .ratings = few, .count = 6};
	(void)state;
	struct model *model = fit(&design, true);
	assert_true(model_has(model, 0, 0, turned, 3));
	assert_false(model_has(model, 0, 0, turned, 2));
	assert_false(model_has(model, 0, 0, twice, 3));
	assert_false(model_has(model, 0, 0, other, 3));
	assert_false(model_has(model, 0, 0, NULL, 0));
	assert_true(model_has(model, 0, 1, one, 1) && model_has(model, 1, 1, one, 1));
	/* Whoever has rated nobody, and who was rated by nobody. */
	assert_true(model_has(model, 0, 2, NULL, 0) && model_has(model, 2, 1, NULL, 0));
	assert_false(model_has(model, 2, 1, one, 1) || model_has(model, 3, 1, NULL, 0));
	assert_int_equal(model_update(model, 0, 1, NULL, 0), OK);
	assert_true(model_has(model, 0, 1, NULL, 0) && model_has(model, 1, 1, one, 1));
	assert_int_equal(model_update(model, 0, 1, twice, 3), OK);
	assert_true(model_has(model, 0, 1, twice, 3) && model_has(model, 0, 0, turned, 3));
	model_free(model);
}

/* At fixed variances another scorecard, whatever it says, widens no one's interval. */
static void test_a_scorecard_never_widens_an_interval(void **state)
{
	struct world world;
	double se[70];
	(void)state;
	world_make(&world, &form, 10);
	struct model_design design = world_design(&world, &form);
	struct model *model = fit(&design, true);
	for (int round = 0; round < 40; round++) {
		struct model_mark marks[5];
		uint32_t c = world_below(&world, form.candidates), j = world_below(&world, 12);
		while (model_halo(model, c, j).known)
			j = (j + 1) % 12;
		for (uint32_t i = 0; i < form.candidates; i++)
			se[i] = model_candidate(model, i).score.se.value;
		for (uint32_t k = 0; k < 5; k++)
			marks[k] = (struct model_mark){k, 1 + world_below(&world, 5)};
		assert_int_equal(model_update(model, c, j, marks, 5), OK);
		for (uint32_t i = 0; i < form.candidates; i++)
			assert_true(model_candidate(model, i).score.se.value <= se[i] + 1e-12);
		assert_true(model_candidate(model, c).score.se.value < se[c]);
	}
	model_free(model);
	world_release(&world);
}

/* With pools of few members: the pool's part is in the score and in what two of them share. */
static void test_pools_hold_the_same(void **state)
{
	struct world_form teams = form;
	struct world world;
	(void)state;
	teams.panel = PANEL_TEAM;
	teams.teams = 3;
	teams.team = .5;
	teams.interviewers = 18;
	world_make(&world, &teams, 11);
	struct model_design design = world_design(&world, &teams);
	struct model *model = fit(&design, true);
	struct model_comparison same = model_compare(model, 0, 1),
				other = model_compare(model, 0, 10);
	assert_true(same.covariance.value > other.covariance.value);
	assert_int_equal(model_summary(model).groups, 3);
	assert_int_equal(model_summary(model).pools, 3);
	shuffle(&world);
	struct model *again = fit(&design, true);
	models_close(model, again, 1, 0, 0);
	model_free(again);
	model_free(model);
	/* Nobody says which teams there are: they are found. */
	design.pool = NULL;
	design.pools = 0;
	struct model *found = fit(&design, false);
	assert_int_equal(model_summary(found).pools, 3);
	model_free(found);
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order_of_rows_changes_nothing),
	    cmocka_unit_test(test_names_change_nothing),
	    cmocka_unit_test(test_shift_and_scale),
	    cmocka_unit_test(test_probabilities_of_both_sides_sum_to_one),
	    cmocka_unit_test(test_own_weights),
	    cmocka_unit_test(test_updates_equal_a_full_fit),
	    cmocka_unit_test(test_update_takes_newcomers),
	    cmocka_unit_test(test_update_refuses_what_it_cannot_take),
	    cmocka_unit_test(test_what_it_has),
	    cmocka_unit_test(test_a_scorecard_never_widens_an_interval),
	    cmocka_unit_test(test_pools_hold_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
