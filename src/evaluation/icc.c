/* Intraclass correlation, from mean squares or from REML; see agreement.h for the formulae. */
#include <assert.h>
#include <math.h>

#include "cells.h"
#include "distribution.h"

/* Mean squares of a complete table of n units and k raters. */
struct squares {
	double n, k;
	double unit, rater, residual; /* two-way */
	double within;		      /* one-way */
};

/* What rounding leaves of an exact nothing is nothing. */
static double rounded(double part, double total)
{
	return part < 1e-13 * total ? 0 : part;
}

static enum err squares_of(const struct cells *cells, struct squares *out)
{
	double n = (double)cells->units, k = (double)cells->raters, grand = 0, total = 0;
	double *unit = calloc(cells->units + cells->raters, sizeof(*unit));
	double *rater = unit == NULL ? NULL : unit + cells->units;
	if (unit == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < cells->count; i++)
		grand += cells->cell[i].rating;
	grand /= (double)cells->count;
	for (size_t i = 0; i < cells->count; i++) {
		double d = cells->cell[i].rating - grand;
		unit[cells->cell[i].unit] += d;
		rater[cells->cell[i].rater] += d;
		total += d * d;
	}
	double of_units = 0, of_raters = 0;
	for (size_t i = 0; i < cells->units; i++)
		of_units += unit[i] * unit[i] / k;
	for (size_t i = 0; i < cells->raters; i++)
		of_raters += rater[i] * rater[i] / n;
	free(unit);
	double rest = rounded(total - of_units - of_raters, total);
	of_units = rounded(of_units, total);
	of_raters = rounded(of_raters, total);
	*out = (struct squares){n,
				k,
				of_units / (n - 1),
				of_raters / (k - 1),
				rest / ((n - 1) * (k - 1)),
				(rest + of_raters) / (n * (k - 1))};
	return OK;
}

/* An ICC from F, and that of the mean of k raters. */
static double from_f(double f, double k)
{
	return (f - 1) / (f + k - 1);
}

static double of_mean(double icc, double k)
{
	return k * icc / (1 + (k - 1) * icc);
}

static void form_set(struct icc *out, enum icc_form single, enum icc_form average, double k,
		     const double *v /* value, low, high */)
{
	out->form[single].value = figure_of(v[0]);
	out->form[single].low = figure_of(v[1]);
	out->form[single].high = figure_of(v[2]);
	out->form[average].value = figure_of(of_mean(v[0], k));
	out->form[average].low = figure_of(of_mean(v[1], k));
	out->form[average].high = figure_of(of_mean(v[2], k));
}

/* One-way, or raters fixed: an F of known degrees of freedom. */
static void f_form(const struct squares *s, double error, double df, enum icc_form single,
		   enum icc_form average, struct icc *out)
{
	double tail = .5 + ICC_LEVEL / 2, f = s->unit / error;
	double values[3] = {from_f(f, s->k), from_f(f / f_quantile(tail, s->n - 1, df), s->k),
			    from_f(f * f_quantile(tail, df, s->n - 1), s->k)};
	/* The units differ, the raters never: F is infinite, the correlation 1. */
	if (!(error > 0)) {
		if (!(s->unit > 0))
			return;
		values[0] = values[1] = values[2] = 1;
	}
	form_set(out, single, average, s->k, values);
}

/* Raters random: Satterthwaite's degrees of freedom (McGraw and Wong 1996, table 7). */
static void random_form(const struct squares *s, struct icc *out)
{
	double n = s->n, k = s->k, tail = .5 + ICC_LEVEL / 2;
	double value = (s->unit - s->residual) /
		       (s->unit + (k - 1) * s->residual + k * (s->rater - s->residual) / n);
	double f = s->rater / s->residual, part = n * (1 + (k - 1) * value) - k * value;
	double v = (k - 1) * (n - 1) * pow(k * value * f + part, 2) /
		   ((n - 1) * k * k * value * value * f * f + part * part);
	double rest = k * s->rater + (k * n - k - n) * s->residual;
	double values[3] = {value, HUGE_VAL, HUGE_VAL};
	if (!(s->residual > 0)) {
		/* Only the raters' levels differ: an exact value without an interval. */
		if (!(s->rater > 0))
			values[1] = values[2] = value;
	} else if (isfinite(v) && v > 0) {
		double up = f_quantile(tail, n - 1, v), down = f_quantile(tail, v, n - 1);
		values[1] = n * (s->unit - up * s->residual) / (up * rest + n * s->unit);
		values[2] = n * (down * s->unit - s->residual) / (rest + n * down * s->unit);
	}
	form_set(out, ICC_2, ICC_2K, k, values);
}

static enum err complete_icc(const struct cells *cells, struct icc *out)
{
	struct squares s;
	out->complete = true;
	if (cells->categories < 2)
		return OK;
	TRY(squares_of(cells, &s));
	f_form(&s, s.within, s.n * (s.k - 1), ICC_1, ICC_1K, out);
	f_form(&s, s.residual, (s.n - 1) * (s.k - 1), ICC_3, ICC_3K, out);
	random_form(&s, out);
	return OK;
}

enum err icc_of(const struct agreement_cell *cells, size_t count, struct icc *out)
{
	struct cells sorted;
	struct crossed crossed = {0};
	*out = (struct icc){0};
	TRY(cells_make(&sorted, cells, count));
	bool enough = sorted.units >= 2 && sorted.raters >= 2;
	bool full = sorted.units * sorted.raters == count;
	double k = (double)sorted.raters;
	enum err err = enough && full ? complete_icc(&sorted, out) : OK;
	cells_release(&sorted);
	if (err != OK || !enough || full)
		return err;
	TRY(crossed_reml(cells, count, &crossed));
	if (!crossed.known)
		return OK;
	double all = crossed.unit + crossed.rater + crossed.residual;
	out->agreement_single = figure_of(crossed.unit / all);
	out->agreement_average =
	    figure_of(crossed.unit / (crossed.unit + (crossed.rater + crossed.residual) / k));
	out->consistency_single = figure_of(crossed.unit / (crossed.unit + crossed.residual));
	return OK;
}

const char *icc_form_name(enum icc_form form)
{
	static const char *const names[ICC_FORMS] = {"icc1",  "icc2",  "icc3",
						     "icc1k", "icc2k", "icc3k"};
	return names[form];
}

/* ---- what a reader must know ----------------------------------------------------------------- */

#define FEW_PAIRABLE 30
#define ICC_UNITS    20
#define ICC_RATERS   3
#define MOSTLY_ONE   .9 /* of the ratings in one category */

static double largest_share(const struct cells *cells, size_t *times)
{
	size_t most = 0;
	for (size_t i = 0; i < cells->count; i++) {
		size_t n = ++times[cells->cell[i].category];
		most = n > most ? n : most;
	}
	return (double)most / (double)cells->count;
}

enum err agreement_notes(const struct agreement_cell *cells, size_t count,
			 const struct agreement *agreement, const struct icc *icc,
			 bool notes[NOTES])
{
	struct cells sorted;
	memset(notes, 0, NOTES * sizeof(*notes));
	notes[NOTE_NO_PAIRS] = agreement->pairable == 0;
	if (count == 0)
		return OK;
	TRY(cells_make(&sorted, cells, count));
	size_t *times = calloc(sorted.categories, sizeof(*times));
	if (times == NULL) {
		cells_release(&sorted);
		return ERR_MEMORY;
	}
	bool several = sorted.units >= 2 && sorted.raters >= 2;
	notes[NOTE_ONE_CATEGORY] = sorted.categories == 1;
	notes[NOTE_LITTLE_VARIANCE] =
	    sorted.categories > 1 && largest_share(&sorted, times) >= MOSTLY_ONE;
	notes[NOTE_FEW_UNITS] = agreement->pairable > 0 && agreement->pairable < FEW_PAIRABLE;
	notes[NOTE_NEGATIVE] = sorted.value[0] < 0;
	notes[NOTE_ONE_RATER] = !several;
	notes[NOTE_NOT_ESTIMABLE] = several && !notes[NOTE_ONE_CATEGORY] &&
				    !icc->form[ICC_2].value.known && !icc->agreement_single.known;
	notes[NOTE_ICC_SMALL] = several && (sorted.units < ICC_UNITS || sorted.raters < ICC_RATERS);
	free(times);
	cells_release(&sorted);
	return OK;
}

const char *agreement_note_text(enum agreement_note note)
{
	static const char *const texts[NOTES] = {
	    [NOTE_NO_PAIRS] = "No unit was rated by two raters, so nothing can be said about "
			      "agreement.",
	    [NOTE_ONE_CATEGORY] =
		"Every rating is the same; agreement beyond chance cannot be told "
		"from that.",
	    [NOTE_FEW_UNITS] = "Fewer than 30 units have two ratings; these figures are rough.",
	    [NOTE_LITTLE_VARIANCE] = "Nine in ten ratings are the same: alpha and kappa fall low "
				     "where little varies, AC1 and AC2 stay high; read them "
				     "together.",
	    [NOTE_NEGATIVE] = "Some ratings are negative, so there is no alpha for a ratio scale.",
	    [NOTE_ONE_RATER] = "An intraclass correlation needs two raters and two units.",
	    [NOTE_NOT_ESTIMABLE] = "Raters and units overlap too little for an intraclass "
				   "correlation.",
	    [NOTE_ICC_SMALL] = "Fewer than 20 units or 3 raters; the intraclass correlations are "
			       "rough.",
	};
	return texts[note];
}
