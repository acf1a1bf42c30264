/* The model's sentences. */
#include "evaluation/model_words.h"

#include <assert.h>
#include <math.h>

#include "model_internal.h"

static const enum sentence_id findings[MODEL_FINDING_KINDS] = {
    [MODEL_NO_RATINGS] = SENTENCE_no_ratings,
    [MODEL_TOO_FEW_RATINGS] = SENTENCE_too_few_ratings,
    [MODEL_NO_SPREAD] = SENTENCE_no_spread,
    [MODEL_ONE_CANDIDATE] = SENTENCE_one_candidate,
    [MODEL_FEW_CANDIDATES] = SENTENCE_few_candidates,
    [MODEL_ONE_INTERVIEWER] = SENTENCE_one_interviewer,
    [MODEL_INTERVIEWERS_ALONE] = SENTENCE_interviewers_alone,
    [MODEL_INTERVIEWER_A_POOL] = SENTENCE_interviewer_a_pool,
    [MODEL_ONE_COMPETENCY] = SENTENCE_one_competency,
    [MODEL_CELLS_SINGLE] = SENTENCE_cells_single,
    [MODEL_CARDS_SINGLE] = SENTENCE_cards_single,
    [MODEL_CANDIDATES_SINGLE] = SENTENCE_candidates_single,
    [MODEL_DISCONNECTED] = SENTENCE_disconnected,
    [MODEL_GROUPS_AS_POOLS] = SENTENCE_groups_as_pools,
    [MODEL_POOLS_DROPPED] = SENTENCE_pools_dropped,
    [MODEL_COMPETENCY_UNRATED] = SENTENCE_competency_unrated,
    [MODEL_CANDIDATES_UNRATED] = SENTENCE_candidates_unrated,
    [MODEL_INTERVIEWERS_UNRATED] = SENTENCE_interviewers_unrated,
    [MODEL_ONE_CARD] = SENTENCE_one_card,
    [MODEL_CONSTANT_RATER] = SENTENCE_constant_rater,
    [MODEL_SAME_PANEL] = SENTENCE_same_panel,
    [MODEL_ZERO_CANDIDATE] = SENTENCE_zero_candidate,
    [MODEL_ZERO_COMPETENCY] = SENTENCE_zero_competency,
    [MODEL_ZERO_HALO] = SENTENCE_zero_halo,
    [MODEL_ZERO_SEVERITY] = SENTENCE_zero_severity,
    [MODEL_ZERO_POOL] = SENTENCE_zero_pool,
    [MODEL_PERFECT_FIT] = SENTENCE_perfect_fit,
    [MODEL_NOT_SETTLED] = SENTENCE_not_settled,
    [MODEL_PRIOR_USED] = SENTENCE_prior_used,
};

/* The name of whom a finding is about. */
static void who_name(const struct model_finding *finding, const struct model_names *names,
		     char *out, size_t size)
{
	const char *noun = "candidate";
	const char *const *known = names->candidates;
	if (finding->kind == MODEL_COMPETENCY_UNRATED) {
		noun = "competency";
		known = names->competencies;
	} else if (finding->kind == MODEL_INTERVIEWERS_UNRATED ||
		   finding->kind == MODEL_CONSTANT_RATER) {
		noun = "interviewer";
		known = names->interviewers;
	}
	if (known != NULL)
		(void)snprintf(out, size, "%s", known[finding->who]);
	else
		(void)snprintf(out, size, "%s %u", noun, finding->who + 1);
}

static bool finding_has_who(enum model_finding_kind kind)
{
	return kind == MODEL_COMPETENCY_UNRATED || kind == MODEL_CANDIDATES_UNRATED ||
	       kind == MODEL_INTERVIEWERS_UNRATED || kind == MODEL_ONE_CARD ||
	       kind == MODEL_CONSTANT_RATER;
}

struct said model_finding_said(const struct model_finding *finding, const struct model_names *names,
			       char who[WHO_SIZE])
{
	assert(finding->kind < MODEL_FINDING_KINDS);
	struct said said = said_begin(findings[finding->kind]);

	said_count(&said, "n", finding->n);
	if (finding_has_who(finding->kind)) {
		who_name(finding, names, who, WHO_SIZE);
		said_text_value(&said, "who", who);
	}
	return said;
}

const char *model_finding_text(const struct model_finding *finding, const struct model_names *names,
			       char out[SENTENCE_SIZE])
{
	char who[WHO_SIZE];
	struct said said = model_finding_said(finding, names, who);

	return said_text(&said, out);
}

/* ---- estimates ------------------------------------------------------------------------------- */

#define NOTABLE .2 /* of a rating step: less is not worth a reason */

/* Interviewers of the candidate who rate notably lower and higher than peers. */
static void severe_count(const struct model *model, uint32_t candidate, uint32_t *lower,
			 uint32_t *higher, uint32_t *all)
{
	const struct person *person = &model->people[candidate];
	uint32_t base = model->pools + model->rated;
	*lower = *higher = *all = 0;
	for (size_t i = 1 + person->pattern->nk; i < person->pattern->q; i++) {
		double severity = model_severity(model, person->column[i] - base).value.value;
		*lower += severity >= NOTABLE;
		*higher += severity <= -NOTABLE;
		(*all)++;
	}
}

static struct said score_reason(const struct model *model, uint32_t candidate, double moved,
				uint32_t cards)
{
	uint32_t lower, higher, all;
	struct said said;

	severe_count(model, candidate, &lower, &higher, &all);
	uint32_t reason = moved > 0 ? lower : higher;
	if (reason > 0 && all < PANEL_LEAST) {
		said = said_begin(SENTENCE_score_small_panel);
		said_count(&said, "n", cards);
	} else if (reason > 0 && reason < all) {
		said = said_begin(moved > 0 ? SENTENCE_score_adjusted_up
					    : SENTENCE_score_adjusted_down);
		said_count(&said, "severe", reason);
		said_count(&said, "n", all);
	} else {
		said = said_begin(SENTENCE_score_drawn);
		said_count(&said, "n", cards);
	}
	return said;
}

struct said model_score_said(const struct model *model, uint32_t candidate,
			     const struct model_candidate *shown)
{
	const struct model_candidate *c = shown;
	struct said said = said_begin(SENTENCE_score_unrated);

	if (!c->score.value.known && !c->average.known)
		return said;
	if (!c->score.value.known) {
		said = said_begin(SENTENCE_score_average_only);
		said_number(&said, "average", c->average.value, 1);
		said_count(&said, "n", c->cards);
		return said;
	}
	double moved = c->score.value.value - c->average.value;
	if (!c->average.known)
		said = said_begin(SENTENCE_score_alone);
	else if (fabs(moved) < .05)
		said = said_begin(SENTENCE_score_as_average);
	else
		said = score_reason(model, candidate, moved, c->cards);
	said_number(&said, "score", c->score.value.value, 1);
	said_number(&said, "half", c->score.high.value - c->score.value.value, 1);
	if (c->average.known)
		said_number(&said, "average", c->average.value, 1);
	return said;
}

const char *model_score_text(const struct model *model, uint32_t candidate, char out[SENTENCE_SIZE])
{
	struct model_candidate c = model_candidate(model, candidate);
	struct said said = model_score_said(model, candidate, &c);

	return said_text(&said, out);
}

struct said model_comparison_said(const struct model_comparison *comparison, const char *a,
				  const char *b)
{
	double p = comparison->probability.value;
	bool known = comparison->probability.known, second = known && p < .5;
	struct said said = said_begin(!known			      ? SENTENCE_compare_unknown
				      : fmax(p, 1 - p) < MODEL_CALLED ? SENTENCE_compare_close
								      : SENTENCE_compare_ahead);

	said_text_value(&said, "a", second ? b : a);
	said_text_value(&said, "b", second ? a : b);
	if (known)
		said_percent(&said, "percent", fmax(p, 1 - p));
	return said;
}

const char *model_comparison_text(const struct model_comparison *comparison, const char *a,
				  const char *b, char out[SENTENCE_SIZE])
{
	struct said said = model_comparison_said(comparison, a, b);

	return said_text(&said, out);
}

struct said model_must_have_said(const struct figure *probability, size_t ratings, double gate,
				 const char *name)
{
	struct said said = said_begin(!probability->known ? SENTENCE_must_have_unknown
				      : ratings == 0	  ? SENTENCE_must_have_unrated
				      : ratings == 1	  ? SENTENCE_must_have_once
							  : SENTENCE_must_have_rated);

	said_text_value(&said, "who", name);
	said_count(&said, "n", ratings);
	if (probability->known) {
		said_percent(&said, "percent", probability->value);
		said_number(&said, "level", gate, fabs(gate - round(gate)) > 0 ? 1 : 0);
	}
	return said;
}

const char *model_must_have_text(const struct model *model, uint32_t candidate, uint32_t competency,
				 double gate, const char *name, char out[SENTENCE_SIZE])
{
	struct figure p = model_level_probability(model, candidate, competency, gate);
	const struct person *person = &model->people[candidate];
	size_t times = 0;

	for (size_t i = person->first; i < person->first + person->count; i++)
		times += model->ratings[i].competency == competency;
	struct said said = model_must_have_said(&p, times, gate, name);
	return said_text(&said, out);
}

struct said model_severity_said(const struct model_estimate *severity, size_t cards,
				const char *name)
{
	const struct model_estimate *s = severity;
	bool known = s->value.known && cards >= MODEL_SEVERITY_CARDS;
	bool lower = s->value.value > 0;
	struct said said =
	    said_begin(!known					 ? SENTENCE_severity_too_few
		       : s->low.value <= 0 && s->high.value >= 0 ? SENTENCE_severity_none
		       : lower					 ? SENTENCE_severity_lower
								 : SENTENCE_severity_higher);

	said_text_value(&said, "who", name);
	said_count(&said, "n", cards);
	if (known) {
		said_number(&said, "value", fabs(s->value.value), 1);
		said_number(&said, "low", lower ? s->low.value : -s->high.value, 1);
		said_number(&said, "high", lower ? s->high.value : -s->low.value, 1);
	}
	return said;
}

const char *model_severity_text(const struct model *model, uint32_t interviewer, const char *name,
				char out[SENTENCE_SIZE])
{
	struct model_estimate s = model_severity(model, interviewer);
	struct said said = model_severity_said(&s, model->cards[interviewer], name);

	return said_text(&said, out);
}
