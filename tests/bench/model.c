/*
 * Times a fit with everything that it is asked for afterwards, as JSON lines; seconds of CPU and of
 * the wall. `model RATINGS INTERVIEWERS HOLES [csv]`; with csv it prints the ratings instead.
 */
#include <inttypes.h>

#include "../unit/evaluation_model_world.h"

static double seconds(clockid_t clock)
{
	struct timespec t;
	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_csv(const struct world *world)
{
	puts("candidate,interviewer,competency,rating");
	for (size_t i = 0; i < world->count; i++) {
		const struct rating *r = &world->ratings[i];
		printf("c%" PRIu32 ",j%" PRIu32 ",k%" PRIu32 ",%g\n", r->candidate, r->interviewer,
		       r->competency, r->value);
	}
}

static int time_fit(const struct world *world, const struct world_form *form)
{
	struct model_design design = world_design(world, form);
	struct model_options options = {.prior = MODEL_PRIOR_NEVER};
	struct model *model;
	double sum = 0;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
	if (model_fit(&design, &options, &model) != OK || !model_known(model))
		return 1;
	double fit = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	double fit_wall = seconds(CLOCK_MONOTONIC) - wall;
	for (uint32_t c = 0; c < form->candidates; c++)
		sum += model_candidate(model, c).score.se.value;
	double all = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	double severity = model_summary(model).variances.interviewer;
	struct model_mark marks[] = {{0, 4}, {1, 3}, {2, 5}};
	double at = seconds(CLOCK_MONOTONIC);
	if (model_update(model, 0, form->interviewers - 1, marks, 3) != OK)
		return 1;
	sum += model_candidate(model, 0).score.se.value;
	double update = seconds(CLOCK_MONOTONIC) - at;
	printf("{\"ratings\": %zu, \"interviewers\": %" PRIu32
	       ", \"holes\": %g, \"steps\": %" PRIu32
	       ", \"fit_cpu\": %.4f, \"fit_wall\": %.4f, \"scored_cpu\": %.4f, "
	       "\"update_wall\": %.5f, \"mean_se\": %.4f, \"severity\": %.6f}\n",
	       world->count, form->interviewers, form->hole, model_summary(model).iterations, fit,
	       fit_wall, all, update, sum / form->candidates, severity);
	model_free(model);
	return 0;
}

int main(int argc, char **argv)
{
	struct world world;
	struct world_form form = {.competencies = 6, .cards = 4, .severity = .28};
	if (argc < 4) {
		fputs("usage: model RATINGS INTERVIEWERS HOLES [csv]\n", stderr);
		return 2;
	}
	form.candidates = (uint32_t)(strtoul(argv[1], NULL, 10) / 24);
	form.interviewers = (uint32_t)strtoul(argv[2], NULL, 10);
	form.hole = strtod(argv[3], NULL);
	world_make(&world, &form, 1);
	int status = 0;
	if (argc > 4)
		print_csv(&world);
	else
		status = time_fit(&world, &form);
	world_release(&world);
	return status;
}
