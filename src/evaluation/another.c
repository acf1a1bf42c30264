/* The value of one more interview; see the header for the formulae. */
#include "evaluation/another.h"

#include <math.h>

bool another_dstudy(const struct another_plan *plan, struct dstudy *out)
{
	double weights[MODEL_COMPETENCIES_MOST];
	uint32_t count = model_competencies(plan->model);
	size_t used = 0;

	if (!model_known(plan->model))
		return false;
	for (uint32_t k = 0; k < count; k++)
		if (plan->weights[k] > 0)
			weights[used++] = plan->weights[k];
	if (used == 0)
		return false;
	struct model_variances v = model_summary(plan->model).variances;
	struct dstudy_variances parts = {v.candidate, v.candidate_competency,
					 v.candidate_interviewer, v.interviewer, v.residual};
	*out = dstudy_of(&parts, weights, used);
	return true;
}

/* How much one rating of that competency would take off the standard error; 0 where none can be. */
static enum err drop_of(const struct another_plan *plan, uint32_t candidate, uint32_t competency,
			double before, double *drop)
{
	struct model_mark mark = {competency, 3};

	*drop = 0;
	enum err err = model_update(plan->model, candidate, plan->next, &mark, 1);
	if (err == ERR_CONFLICT)
		return OK;
	TRY(err);
	struct model_estimate after = model_weighted(plan->model, candidate, plan->weights);
	if (after.value.known && before > 0)
		*drop = 1 - after.se.value / before;
	return model_update(plan->model, candidate, plan->next, NULL, 0);
}

static double work_of(const struct another_plan *plan)
{
	double n = (double)model_columns(plan->model), updates = 0;

	for (uint32_t k = 0; k < model_competencies(plan->model); k++)
		updates += plan->weights[k] > 0 ? 2 : 0;
	/* An update changes a few columns of the shared system. */
	return updates * (double)plan->candidates * n * n * 16;
}

static enum err focus_find(const struct another_plan *plan, uint32_t candidate, struct another *out)
{
	if (work_of(plan) > ANOTHER_WORK)
		return OK;
	for (uint32_t k = 0; k < model_competencies(plan->model); k++) {
		double drop;
		if (!(plan->weights[k] > 0))
			continue;
		TRY(drop_of(plan, candidate, k, out->score.se.value, &drop));
		if (drop > out->focus_drop + 1e-9) {
			out->focused = true;
			out->focus = k;
			out->focus_drop = drop;
		}
	}
	return OK;
}

static void say(const struct another_plan *plan, const char *name, struct another *out)
{
	bool little = out->value.p_flip < ANOTHER_LITTLE;

	if (!out->score.value.known) {
		out->said = said_begin(SENTENCE_another_unrated);
		said_text_value(&out->said, "who", name);
		return;
	}
	if (!out->valued) {
		out->said = said_begin(SENTENCE_another_no_bar);
		return;
	}
	out->said = said_begin(little	      ? SENTENCE_another_little
			       : out->focused ? SENTENCE_another_focus
					      : SENTENCE_another_flip);
	said_text_value(&out->said, "who", name);
	said_percent(&out->said, "percent", out->value.p_flip);
	said_count(&out->said, "n", out->cards);
	if (!little && out->focused)
		said_text_value(&out->said, "focus", plan->competency[out->focus]);
}

enum err another_of(const struct another_plan *plan, uint32_t candidate, const char *name,
		    struct another *out)
{
	struct dstudy dstudy;

	*out = (struct another){.score = model_weighted(plan->model, candidate, plan->weights),
				.cards = model_candidate(plan->model, candidate).cards};
	if (out->score.value.known && plan->hire_bar > 0 && another_dstudy(plan, &dstudy)) {
		double se = out->score.se.value;
		out->value = another_interview_of(out->score.value.value, se * se, dstudy.error,
						  plan->hire_bar);
		out->valued = true;
	}
	if (out->score.value.known)
		TRY(focus_find(plan, candidate, out));
	say(plan, name, out);
	return OK;
}
