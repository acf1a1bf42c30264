/* An interviewer's rating patterns; see the header for the formulae. */
#include "evaluation/patterns.h"

#include <math.h>

#include "evaluation/drift.h"
#include "evaluation/model_words.h"

/* What the comparable scorecards are made into, oldest first. */
struct series {
	double *residual, *expected; /* r and E r² */
	double *own, *others;	     /* both less the means of what was rated */
	bool *renewed;
	struct report_card *card; /* ratings less their competencies' means */
	double *rating;
	size_t count, ratings;
	double *weights;
};

static void series_release(struct series *s)
{
	free(s->residual);
	free(s->renewed);
	free(s->card);
	free(s->rating);
	free(s->weights);
}

static enum err series_make(struct series *s, const struct pattern_card *cards, size_t count,
			    uint32_t competencies)
{
	size_t ratings = 0;
	for (size_t i = 0; i < count; i++)
		ratings += cards[i].count;
	*s = (struct series){
	    .residual = calloc(4 * count + 1, sizeof(double)),
	    .renewed = calloc(count + 1, sizeof(bool)),
	    .card = calloc(count + 1, sizeof(*s->card)),
	    .rating = calloc(ratings + 1, sizeof(double)),
	    .weights = calloc(competencies, sizeof(double)),
	};
	if (!s->residual || !s->renewed || !s->card || !s->rating || !s->weights) {
		series_release(s);
		return ERR_MEMORY;
	}
	s->expected = s->residual + count;
	s->own = s->residual + 2 * count;
	s->others = s->residual + 3 * count;
	return OK;
}

/* What is expected without the card that was just taken away. */
static void series_add(struct series *s, const struct model *model, uint32_t interviewer,
		       const struct pattern_card *card, const double *means)
{
	struct model_variances v = model_summary(model).variances;
	double mean = 0, level = 0, k = (double)card->count;

	for (size_t i = 0; i < card->count; i++) {
		s->weights[card->marks[i].competency] = 1;
		mean += card->marks[i].value / k;
		level += means[card->marks[i].competency] / k;
	}
	struct model_estimate others = model_weighted(model, card->candidate, s->weights);
	struct model_estimate severity = model_severity(model, interviewer);
	for (size_t i = 0; i < card->count; i++)
		s->weights[card->marks[i].competency] = 0;
	if (!others.value.known)
		return;
	s->renewed[s->count] = card->renewed;
	s->residual[s->count] = mean - others.value.value + severity.value.value;
	s->expected[s->count] =
	    others.se.value * others.se.value + v.candidate_interviewer + v.residual / k +
	    (severity.value.known ? severity.se.value * severity.se.value : v.interviewer);
	s->own[s->count] = mean - level;
	s->others[s->count] = others.value.value - level;
	s->card[s->count] = (struct report_card){s->rating + s->ratings, card->count};
	for (size_t i = 0; i < card->count; i++)
		s->rating[s->ratings++] = card->marks[i].value - means[card->marks[i].competency];
	s->count++;
}

/* Each card is taken away, looked at, and put back. */
static enum err compare(struct series *s, struct model *model, uint32_t interviewer,
			const struct pattern_card *cards, size_t count, const double *means)
{
	for (size_t i = 0; i < count; i++) {
		const struct pattern_card *card = &cards[i];
		enum err err = card->count == 0
				   ? ERR_CONFLICT
				   : model_update(model, card->candidate, interviewer, NULL, 0);
		if (err == ERR_CONFLICT)
			continue; /* without it nobody had rated that competency */
		TRY(err);
		series_add(s, model, interviewer, card, means);
		TRY(model_update(model, card->candidate, interviewer, card->marks, card->count));
	}
	return OK;
}

/* ---- sentences ------------------------------------------------------------------------------- */

static struct said too_few(size_t n)
{
	struct said said = said_begin(SENTENCE_pattern_too_few);
	said_count(&said, "n", n);
	said_count(&said, "least", REPORT_CARDS_LEAST);
	return said;
}

static struct said unknown(size_t n)
{
	struct said said = said_begin(SENTENCE_pattern_unknown);
	said_count(&said, "n", n);
	return said;
}

static struct said ratio_said(const struct report_ratio *ratio, enum sentence_id usual,
			      enum sentence_id low, enum sentence_id high)
{
	if (ratio->n < REPORT_CARDS_LEAST)
		return too_few(ratio->n);
	if (!ratio->value.known)
		return unknown(ratio->n);
	struct said said = said_begin(!ratio->flagged			? usual
				      : ratio->value.value < ratio->low ? low
									: high);
	said_number(&said, "value", ratio->value.value, 2);
	said_number(&said, "low", ratio->low, 2);
	said_number(&said, "high", ratio->high, 2);
	said_count(&said, "n", ratio->n);
	return said;
}

static struct said compression_said(const struct patterns *p)
{
	if (p->compression.n < REPORT_CARDS_LEAST)
		return too_few(p->compression.n);
	if (!p->compression.slope.known)
		return unknown(p->compression.n);
	struct said said =
	    said_begin(p->compression_interval.high < 1	 ? SENTENCE_compression_narrow
		       : p->compression_interval.low > 1 ? SENTENCE_compression_wide
							 : SENTENCE_compression_even);
	said_number(&said, "value", p->compression.slope.value, 2);
	said_number(&said, "low", p->compression_interval.low, 2);
	said_number(&said, "high", p->compression_interval.high, 2);
	said_count(&said, "n", p->compression.n);
	return said;
}

static struct said drift_said(const struct patterns *p)
{
	if (p->compared < REPORT_CARDS_LEAST)
		return too_few(p->compared);
	if (p->point_count == 0)
		return unknown(p->compared);
	struct said said =
	    said_begin(!p->drifts				 ? SENTENCE_drift_none
		       : p->points[p->point_count - 1].value < 0 ? SENTENCE_drift_lower
								 : SENTENCE_drift_higher);
	said_count(&said, "n", p->compared);
	return said;
}

static struct said small_panel(const char *name, size_t n)
{
	struct said said = said_begin(SENTENCE_severity_small_panel);
	said_text_value(&said, "who", name);
	said_count(&said, "n", n);
	return said;
}

/* ---- figures --------------------------------------------------------------------------------- */

static void drift_take(const struct series *s, struct patterns *out)
{
	const struct drift_chart chart = {PATTERN_LAMBDA, PATTERN_LIMIT, 0, 1, .5, 5};
	struct drift drift = drift_start(&chart);

	if (s->count < REPORT_CARDS_LEAST)
		return;
	for (size_t i = 0; i < s->count; i++) {
		if (!(s->expected[i] > 0))
			continue;
		if (s->renewed[i])
			drift = drift_start(&chart);
		drift_add(&drift, &chart, s->residual[i] / sqrt(s->expected[i]));
		out->points[out->point_count++] =
		    (struct pattern_point){i + 1, drift.ewma, drift.limits, drift.ewma_out};
	}
	out->drifts = out->point_count > 0 && out->points[out->point_count - 1].out;
}

static void figures_take(const struct series *s, const struct model_variances *v,
			 struct patterns *out)
{
	double *squares = s->residual; /* r is needed no more */

	out->compared = s->count;
	drift_take(s, out);
	for (size_t i = 0; i < s->count; i++)
		squares[i] = s->residual[i] * s->residual[i];
	out->consistency = report_consistency(squares, s->expected, s->count);
	out->halo = report_halo(s->card, s->count, v->candidate_competency, v->residual);
	out->compression = report_compression(s->own, s->others, s->count);
	double half = PATTERN_LEVEL_Z * out->compression.se.value;
	out->compression_interval = (struct interval){out->compression.slope.value - half,
						      out->compression.slope.value + half};
}

static void say_all(const char *name, struct patterns *out)
{
	out->severity_said = model_severity_said(&out->severity, out->cards, name);
	out->consistency_said =
	    ratio_said(&out->consistency, SENTENCE_consistency_usual, SENTENCE_consistency_close,
		       SENTENCE_consistency_erratic);
	out->halo_said = ratio_said(&out->halo, SENTENCE_halo_usual, SENTENCE_halo_strong,
				    SENTENCE_halo_scattered);
	out->compression_said = compression_said(out);
	out->drift_said = drift_said(out);
}

/* Fewer peers would each be read out of it: nothing but how many scorecards there are. */
static void withhold(const char *name, struct patterns *out)
{
	out->severity_said = out->consistency_said = out->halo_said = out->compression_said =
	    out->drift_said = small_panel(name, out->cards);
}

static double *means_of(const struct model *model)
{
	double *means = calloc(model_competencies(model), sizeof(*means));
	for (uint32_t k = 0; means != NULL && k < model_competencies(model); k++)
		means[k] = model_competency(model, k).value.value;
	return means;
}

enum err patterns_of(struct model *model, uint32_t interviewer, const char *name,
		     const struct pattern_card *cards, size_t count, size_t peers,
		     struct patterns *out)
{
	struct series series;

	*out = (struct patterns){.cards = count, .peers = peers};
	if (peers + 1 < PANEL_LEAST && count >= MODEL_SEVERITY_CARDS) {
		withhold(name, out);
		return OK;
	}
	if (!model_known(model) || count < MODEL_SEVERITY_CARDS) {
		say_all(name, out);
		return OK;
	}
	size_t first = count > PATTERN_CARDS_MOST ? count - PATTERN_CARDS_MOST : 0;
	struct model_variances variances = model_summary(model).variances;
	double *means = means_of(model);
	enum err err =
	    means ? series_make(&series, cards + first, count - first, model_competencies(model))
		  : ERR_MEMORY;
	if (err == OK) {
		out->severity = model_severity(model, interviewer);
		err = compare(&series, model, interviewer, cards + first, count - first, means);
		if (err == OK)
			figures_take(&series, &variances, out);
		series_release(&series);
	}
	free(means);
	say_all(name, out);
	return err;
}
