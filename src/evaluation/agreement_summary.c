/* A panel's agreement, as it is shown; see the header for what is shown when. */
#include "evaluation/agreement_summary.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static struct said refuse(const struct agreement *a)
{
	struct said said = said_begin(SENTENCE_agreement_none);

	if (a->raters < PANEL_LEAST && a->ratings > 0) {
		said = said_begin(SENTENCE_agreement_small_panel);
		said_count(&said, "n", a->raters);
		said_count(&said, "least", PANEL_LEAST);
	} else if (a->pairable > 0) {
		said = said_begin(SENTENCE_agreement_too_few);
		said_count(&said, "n", a->pairable);
		said_count(&said, "least", AGREEMENT_SHOWN);
	}
	return said;
}

static struct said judge(const struct agreement_summary *s, bool skewed)
{
	enum sentence_id id = skewed				? SENTENCE_agreement_skewed
			      : s->pairable < AGREEMENT_USUAL	? SENTENCE_agreement_rough
			      : s->alpha.value < AGREEMENT_POOR ? SENTENCE_agreement_poor
			      : s->alpha.value < AGREEMENT_FAIR ? SENTENCE_agreement_fair
								: SENTENCE_agreement_good;
	struct said said = said_begin(id);

	said_number(&said, "alpha", s->alpha.value, 2);
	said_number(&said, "low", s->alpha_low.value, 2);
	said_number(&said, "high", s->alpha_high.value, 2);
	said_count(&said, "n", s->pairable);
	if (id == SENTENCE_agreement_rough)
		said_count(&said, "usual", AGREEMENT_USUAL);
	return said;
}

static void gwet_take(const struct agreement *a, struct agreement_summary *out)
{
	const struct coefficient *ac2 = &a->gwet[WEIGHTS_ORDINAL];

	out->ac2 = ac2->value;
	if (!ac2->value.known || !ac2->se.known)
		return;
	double t = gsl_cdf_tdist_Pinv(.5 + AGREEMENT_LEVEL / 2, (double)a->units - 1);
	out->ac2_low = figure_of(fmax(-1, ac2->value.value - t * ac2->se.value));
	out->ac2_high = figure_of(fmin(1, ac2->value.value + t * ac2->se.value));
}

static enum err icc_take(const struct agreement_cell *cells, size_t count,
			 struct agreement_summary *out)
{
	struct icc icc;

	if (out->pairable < AGREEMENT_ICC_UNITS || out->raters < AGREEMENT_ICC_RATERS ||
	    out->raters > AGREEMENT_RATERS_MOST)
		return OK;
	TRY(icc_of(cells, count, &icc));
	out->icc_single = icc.complete ? icc.form[ICC_2].value : icc.agreement_single;
	out->icc_average = icc.complete ? icc.form[ICC_2K].value : icc.agreement_average;
	return OK;
}

enum err agreement_summary_of(const struct agreement_cell *cells, size_t count,
			      struct agreement_summary *out)
{
	struct agreement a;
	struct icc none = {0};
	bool notes[NOTES] = {false};

	TRY(agreement_of(cells, count, &a));
	*out = (struct agreement_summary){
	    .raters = a.raters, .units = a.units, .pairable = a.pairable, .ratings = a.ratings};
	if (a.raters < PANEL_LEAST || a.pairable < AGREEMENT_SHOWN) {
		out->said = refuse(&a);
		return OK;
	}
	out->alpha = a.krippendorff[METRIC_ORDINAL];
	gwet_take(&a, out);
	TRY(agreement_alpha_interval(cells, count, METRIC_ORDINAL, AGREEMENT_LEVEL, &out->alpha_low,
				     &out->alpha_high));
	TRY(icc_take(cells, count, out));
	if (!out->alpha.known || !out->alpha_low.known) {
		out->said = said_begin(SENTENCE_agreement_constant);
		said_count(&out->said, "n", out->pairable);
		return OK;
	}
	TRY(agreement_notes(cells, count, &a, &none, notes));
	out->said = judge(out, notes[NOTE_LITTLE_VARIANCE]);
	return OK;
}
