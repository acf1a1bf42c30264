/*
 * Made-up panels whose truth is known: how often intervals hold it, how many pairs are ordered
 * wrongly beside the plain average, whether probabilities come true. Short by default; the whole
 * table with ASSAY_PROVE set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/text.h"
#include "evaluation/dissent.h"
#include "evaluation/model.h"
#include "evaluation_model_world.h"

#define FEW  20 /* candidates: the prior widens intervals then */
#define BINS 3	/* of P(A > B): .7–.85, .85–.9, .9–.95 */

struct tally {
	double pairs, plain_wrong, model_wrong; /* a tie is half wrong */
	double people, covered;
	double jobs, plain_best, model_best;
	double said[BINS], happened[BINS], times[BINS];
	double couples, flagged; /* of interviewers of one candidate */
};

static void probability_count(struct tally *tally, double p, double happened)
{
	if (p < .5) {
		p = 1 - p;
		happened = 1 - happened;
	}
	int bin = p < .7 || p >= .95 ? -1 : p < .85 ? 0 : p < .9 ? 1 : 2;
	if (bin < 0)
		return;
	tally->said[bin] += p;
	tally->happened[bin] += happened;
	tally->times[bin]++;
}

static double wrong(double difference, double truth)
{
	if (fabs(difference) < 1e-12)
		return .5;
	return (difference > 0) != (truth > 0);
}

/* The candidates of one job, who are ranked against each other. */
static void job_count(struct tally *tally, const struct model *model, const struct world *world,
		      uint32_t first, uint32_t size)
{
	double score[WORLD_JOB], average[WORLD_JOB];
	uint32_t best = 0, plain = 0, modelled = 0;
	for (uint32_t i = 0; i < size; i++) {
		struct model_candidate c = model_candidate(model, first + i);
		double truth = world->truth[first + i];
		score[i] = c.score.value.value;
		average[i] = c.average.value;
		tally->people++;
		tally->covered += c.score.low.value <= truth && truth <= c.score.high.value;
		best = truth > world->truth[first + best] ? i : best;
		plain = average[i] > average[plain] ? i : plain;
		modelled = score[i] > score[modelled] ? i : modelled;
	}
	tally->jobs++;
	tally->plain_best += plain == best;
	tally->model_best += modelled == best;
	for (uint32_t a = 0; a < size; a++)
		for (uint32_t b = a + 1; b < size; b++) {
			double truth = world->truth[first + a] - world->truth[first + b];
			struct model_comparison p = model_compare(model, first + a, first + b);
			tally->pairs++;
			tally->plain_wrong += wrong(average[a] - average[b], truth);
			tally->model_wrong += wrong(score[a] - score[b], truth);
			probability_count(tally, p.probability.value, truth > 0);
		}
}

/* Of the pairs of one candidate's interviewers, how many are beyond what the model calls usual. */
static void couples_count(struct tally *tally, const struct model *model, const struct world *world)
{
	static const bool none[WORLD_COMPETENCIES];

	for (size_t first = 0, end; first < world->count; first = end) {
		const struct rating *own = world->ratings + first;
		end = first;
		while (end < world->count && world->ratings[end].candidate == own->candidate)
			end++;
		struct dissent_case of = {model, own, end - first, none};
		for (size_t i = 0; i < of.count; i++)
			for (size_t l = i + 1; l < of.count; l++) {
				uint32_t a = own[i].interviewer, b = own[l].interviewer;
				/* Each pair once: by the last rating of the one, the first of the
				 * other. */
				if (a == b || own[i + 1].interviewer == a ||
				    own[l - 1].interviewer == b)
					continue;
				struct disagreement found = dissent_between(&of, a, b);
				tally->couples += found.z.known;
				tally->flagged +=
				    found.z.known && fabs(found.z.value) > DISAGREEMENT_Z;
			}
	}
}

static void world_count(struct tally *tally, const struct world_form *form, uint64_t seed)
{
	struct world world;
	struct model_options options = {.prior = MODEL_PRIOR_SMALL};
	struct model *model;
	world_make(&world, form, seed);
	struct model_design design = world_design(&world, form);
	assert_int_equal(model_fit(&design, &options, &model), OK);
	assert_true(model_known(model));
	uint32_t job = form->candidates < WORLD_JOB ? form->candidates : WORLD_JOB;
	for (uint32_t c = 0; c + job <= form->candidates; c += job)
		job_count(tally, model, &world, c, job);
	couples_count(tally, model, &world);
	model_free(model);
	world_release(&world);
}

/*
 * Ratings are rounded, and an interviewer has a severity for each competency that the model does
 * not know. Where they also stop at 1 and 5, strict and lenient interviewers have less room, and
 * intervals hold the truth a little less often.
 */
static const struct setting {
	const char *name;
	struct world_form form;
	uint64_t few, many; /* replications */
	double fewer;	    /* wrong orderings than by the plain average, at least */
	double coverage;    /* at least */
	double slack;	    /* in fewer, for chance in the short form */
} settings[] = {
    /* clang-format off */
	{"calibrated",            { 500,  30, 6, 4, .17, 0, 0, PANEL_RANDOM, 0,  0, false},   6, 100,  .02, .89,  .04},
	{"typical",               { 500,  30, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, false},   6, 100,  .08, .89,  .04},
	{"poor",                  { 500,  30, 6, 4, .45, 0, 0, PANEL_RANDOM, 0,  0, false},   6, 100,  .17, .89,  .04},
	{"large",                 {5000, 300, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, false},   1,  20,  .08, .89,  .04},
	{"random 3 of 6",         { 500,  30, 6, 4, .28, 0, 3, PANEL_RANDOM, 0,  0, false},   6, 100,  .07, .89,  .04},
	{"seniors see survivors", { 500,  30, 6, 4, .45, 0, 0, PANEL_SENIOR, 0,  0, false},   6, 100,  .15, .89,  .04},
	{"4 cards each",          { 300, 300, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, false},   6, 100,  .03, .89,  .04},
	{"fixed panel per job",   { 500,  30, 6, 4, .28, 0, 0, PANEL_JOB,    0,  0, false},   6, 100, -.01, .89,  .01},
	{"20 candidates",         {  20,   8, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, false}, 100, 800,  .03, .88,  .04},
	{"10 candidates",         {  10,   8, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, false}, 200, 2000,   .0, .88,  .04},
	{"6 candidates",          {   6,   5, 6, 3, .28, 0, 0, PANEL_RANDOM, 0,  0, true},  300, 3000, -.01, .88,  .04},
	{"4 teams apart",         { 400,  40, 6, 4, .28, 0, 0, PANEL_TEAM,   4, .3, false},   8, 100,  .03, .88,  .04},
	{"typical, scale's ends", { 500,  30, 6, 4, .28, 0, 0, PANEL_RANDOM, 0,  0, true},    6, 100,  .08, .89,  .04},
	{"poor, scale's ends",    { 500,  30, 6, 4, .45, 0, 0, PANEL_RANDOM, 0,  0, true},    6, 100,  .17, .885, .04},
    /* clang-format on */
};

static void test_settings(void **state)
{
	bool all = getenv("ASSAY_PROVE") != NULL;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const struct setting *s = &settings[i];
		struct tally t = {.pairs = 0};
		for (uint64_t seed = 1; seed <= (all ? s->many : s->few); seed++)
			world_count(&t, &s->form, seed);
		double fewer = 1 - t.model_wrong / t.plain_wrong, covered = t.covered / t.people;
		printf("%-22s tau %.3f %.3f  wrong %+.1f %%  best %.0f %.0f %%  coverage %.3f  P",
		       s->name, 1 - 2 * t.plain_wrong / t.pairs, 1 - 2 * t.model_wrong / t.pairs,
		       -100 * fewer, 100 * t.plain_best / t.jobs, 100 * t.model_best / t.jobs,
		       covered);
		for (int bin = 0; bin < BINS; bin++)
			printf(" %.3f:%.3f", t.said[bin] / t.times[bin],
			       t.happened[bin] / t.times[bin]);
		printf("  flagged %.2f %% of %.0f\n", 100 * t.flagged / t.couples, t.couples);
		assert_true(t.flagged <= t.couples * (all ? .01 : .015));
		assert_true(fewer >= s->fewer - (all ? 0 : s->slack));
		assert_true(covered >= s->coverage - (all ? 0 : .02));
		assert_true(covered <= (s->form.candidates < FEW   ? .98
					: s->form.candidates < 100 ? .95
								   : .91) +
					   (all ? 0 : .02));
		for (int bin = 0; bin < BINS; bin++) {
			double error = (t.said[bin] - t.happened[bin]) / t.times[bin];
			assert_true(error <= (all ? .02 : .05));
			/* With few candidates more may come true than was said, never less. */
			assert_true(s->form.candidates < FEW || error >= -(all ? .02 : .05));
		}
	}
}

/* Without a team's own mean, severities would have to explain what is the candidates' own. */
static void test_teams_are_found(void **state)
{
	struct world_form form = {400, 40, 6, 4, .28, 0, 0, PANEL_TEAM, 4, .3, false};
	struct model_options options = {.prior = MODEL_PRIOR_NEVER};
	double given = 0, found = 0, plain = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct world world;
		struct model *with, *without;
		world_make(&world, &form, seed);
		struct model_design design = world_design(&world, &form);
		assert_int_equal(model_fit(&design, &options, &with), OK);
		design.pool = NULL;
		design.pools = 0;
		assert_int_equal(model_fit(&design, &options, &without), OK);
		assert_int_equal(model_summary(without).pools, 4);
		for (uint32_t c = 0; c < form.candidates; c++) {
			struct model_candidate x = model_candidate(with, c),
					       y = model_candidate(without, c);
			given += pow(x.score.value.value - world.truth[c], 2);
			found += pow(y.score.value.value - world.truth[c], 2);
			plain += pow(y.average.value - world.truth[c], 2);
		}
		model_free(with);
		model_free(without);
		world_release(&world);
	}
	/* The pools are the same; only their numbers may differ. */
	assert_true(fabs(given - found) < 1e-6 * given);
	assert_true(found < plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_teams_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
