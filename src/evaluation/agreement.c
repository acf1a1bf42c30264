/* Chance-corrected agreement; see the header for the formulae. */
#include "evaluation/agreement.h"

#include <assert.h>
#include <math.h>

#include "cells.h"

/* One unit: how often each of its categories was given. */
struct count {
	uint32_t category;
	double times;
};

struct tally {
	const struct cells *cells;
	struct count *count; /* of all units, one behind the other */
	size_t *from;	     /* of each unit; one more for the end */
	double *pairable;    /* ratings of each category within pairable units */
	double *before;	     /* the same, of all lower categories */
	double *share;	  /* of each category: the mean over units of its share within the unit */
	double *expected; /* of each category, see coefficient_of */
	size_t pairs;	  /* units with two or more ratings */
};

static int by_category(const void *a, const void *b)
{
	const struct count *x = a, *y = b;
	return (x->category > y->category) - (x->category < y->category);
}

/* From from[u] on: the unit's categories, ascending, each once. */
static size_t unit_tally(struct tally *tally, size_t at, size_t begin, size_t end)
{
	struct count *count = tally->count + at;
	size_t kept = 0;
	for (size_t i = begin; i < end; i++)
		count[i - begin] = (struct count){tally->cells->cell[i].category, 1};
	qsort(count, end - begin, sizeof(*count), by_category);
	for (size_t i = 0; i < end - begin; i++) {
		if (kept > 0 && count[kept - 1].category == count[i].category)
			count[kept - 1].times++;
		else
			count[kept++] = count[i];
	}
	return at + kept;
}

static double unit_ratings(const struct tally *tally, size_t unit)
{
	double n = 0;
	for (size_t i = tally->from[unit]; i < tally->from[unit + 1]; i++)
		n += tally->count[i].times;
	return n;
}

static void tally_release(struct tally *tally)
{
	free(tally->count);
	free(tally->from);
	free(tally->pairable);
	free(tally->before);
	free(tally->share);
	free(tally->expected);
}

static void tally_units(struct tally *tally)
{
	const struct cells *cells = tally->cells;
	size_t at = 0;
	for (size_t begin = 0, unit = 0; begin < cells->count; unit++) {
		size_t end = cells_unit_end(cells, begin);
		tally->from[unit] = at;
		at = unit_tally(tally, at, begin, end);
		tally->from[unit + 1] = at;
		begin = end;
	}
	for (size_t unit = 0; unit < cells->units; unit++) {
		double n = unit_ratings(tally, unit);
		tally->pairs += n >= 2;
		for (size_t i = tally->from[unit]; i < tally->from[unit + 1]; i++) {
			const struct count *count = &tally->count[i];
			tally->share[count->category] += count->times / n;
			if (n >= 2)
				tally->pairable[count->category] += count->times;
		}
	}
	for (size_t c = 0; c < cells->categories; c++)
		tally->share[c] /= (double)cells->units;
	for (size_t c = 1; c < cells->categories; c++)
		tally->before[c] = tally->before[c - 1] + tally->pairable[c - 1];
}

static enum err tally_make(struct tally *tally, const struct cells *cells)
{
	size_t categories = cells->categories + 1;
	*tally = (struct tally){
	    .cells = cells,
	    .count = calloc(cells->count + 1, sizeof(*tally->count)),
	    .from = calloc(cells->units + 1, sizeof(*tally->from)),
	    .pairable = calloc(categories, sizeof(double)),
	    .before = calloc(categories, sizeof(double)),
	    .share = calloc(categories, sizeof(double)),
	    .expected = calloc(categories, sizeof(double)),
	};
	if (tally->count == NULL || tally->from == NULL || tally->pairable == NULL ||
	    tally->before == NULL || tally->share == NULL || tally->expected == NULL) {
		tally_release(tally);
		return ERR_MEMORY;
	}
	tally_units(tally);
	return OK;
}

/* ---- Krippendorff's alpha -------------------------------------------------------------------- */

static double difference(const struct tally *tally, enum agreement_metric metric, size_t c,
			 size_t k)
{
	double low = tally->cells->value[c], high = tally->cells->value[k], d = 0;
	switch (metric) {
	case METRIC_NOMINAL:
		return 1;
	case METRIC_ORDINAL:
		d = tally->before[k] - tally->before[c] +
		    (tally->pairable[k] - tally->pairable[c]) / 2;
		break;
	case METRIC_INTERVAL:
		d = high - low;
		break;
	case METRIC_RATIO:
		d = (high - low) / (high + low);
		break;
	case METRICS:
		assert(!"no metric");
	}
	return d * d;
}

/* Categories are compared in pairs c < k, so each stands for two. */
static struct figure alpha(const struct tally *tally, enum agreement_metric metric)
{
	const struct cells *cells = tally->cells;
	double observed = 0, expected = 0, n = 0;
	if (metric == METRIC_RATIO && cells->categories > 0 && cells->value[0] < 0)
		return (struct figure){0};
	for (size_t unit = 0; unit < cells->units; unit++) {
		double here = 0, ratings = unit_ratings(tally, unit);
		if (ratings < 2)
			continue;
		for (size_t i = tally->from[unit]; i < tally->from[unit + 1]; i++)
			for (size_t j = i + 1; j < tally->from[unit + 1]; j++)
				here += tally->count[i].times * tally->count[j].times *
					difference(tally, metric, tally->count[i].category,
						   tally->count[j].category);
		observed += here / (ratings - 1);
	}
	for (size_t c = 0; c < cells->categories; c++) {
		n += tally->pairable[c];
		for (size_t k = c + 1; k < cells->categories; k++)
			if (tally->pairable[c] > 0 && tally->pairable[k] > 0)
				expected += tally->pairable[c] * tally->pairable[k] *
					    difference(tally, metric, c, k);
	}
	return expected > 0 ? figure_of(1 - (n - 1) * observed / expected) : (struct figure){0};
}

/* ---- AC1, AC2 and kappa ---------------------------------------------------------------------- */

static double weight(const struct cells *cells, enum agreement_weighting weighting, size_t a,
		     size_t b)
{
	size_t c = a < b ? a : b, k = a < b ? b : a, q = cells->categories;
	double range = cells->value[q - 1] - cells->value[0];
	double part = c == k ? 0 : (cells->value[k] - cells->value[c]) / range;
	switch (weighting) {
	case WEIGHTS_UNWEIGHTED:
		return c == k ? 1 : 0;
	case WEIGHTS_LINEAR:
		return 1 - part;
	case WEIGHTS_QUADRATIC:
		return 1 - part * part;
	case WEIGHTS_ORDINAL:
		return c == k ? 1 : 1 - (double)((k - c + 1) * (k - c)) / (double)(q * (q - 1));
	case WEIGHTINGS:
		break;
	}
	assert(!"no weights");
	return 0;
}

/* Weighted agreement of the pairs within one unit; 0 where there are none. */
static double unit_agreement(const struct tally *tally, enum agreement_weighting weighting,
			     size_t unit, double n)
{
	double sum = 0;
	if (n < 2)
		return 0;
	for (size_t i = tally->from[unit]; i < tally->from[unit + 1]; i++) {
		double weighted = 0;
		for (size_t j = tally->from[unit]; j < tally->from[unit + 1]; j++)
			weighted += tally->count[j].times * weight(tally->cells, weighting,
								   tally->count[i].category,
								   tally->count[j].category);
		sum += tally->count[i].times * (weighted - 1);
	}
	return sum / (n * (n - 1));
}

/* Chance agreement; fills expected[c], what a rating of c contributes to it. */
static double chance(struct tally *tally, enum agreement_weighting weighting, bool gwet)
{
	const struct cells *cells = tally->cells;
	size_t q = cells->categories;
	double sum = 0, weights = 0;
	for (size_t c = 0; c < q; c++) {
		double row = 0;
		for (size_t k = 0; k < q; k++) {
			double w = weight(cells, weighting, c, k);
			weights += w;
			row += w * tally->share[k];
		}
		tally->expected[c] = gwet ? 1 - tally->share[c] : row;
	}
	double scale = gwet ? weights / ((double)q * ((double)q - 1)) : 1;
	for (size_t c = 0; c < q; c++) {
		tally->expected[c] *= scale;
		sum += tally->share[c] * tally->expected[c];
	}
	return sum;
}

/*
 * The coefficient, and its standard error from what each unit contributes (linearised): n/n2 ·
 * (pa_i - pe)/(1-pe) - 2·(1-coefficient)·(pe_i - pe)/(1-pe).
 */
static struct coefficient coefficient_of(struct tally *tally, enum agreement_weighting weighting,
					 bool gwet)
{
	const struct cells *cells = tally->cells;
	double pa = 0, squares = 0, n = (double)cells->units, n2 = (double)tally->pairs;
	if (tally->pairs == 0 || cells->categories < 2)
		return (struct coefficient){0};
	double pe = chance(tally, weighting, gwet);
	for (size_t unit = 0; unit < cells->units; unit++)
		pa += unit_agreement(tally, weighting, unit, unit_ratings(tally, unit));
	pa /= n2;
	double value = (pa - pe) / (1 - pe);
	for (size_t unit = 0; unit < cells->units; unit++) {
		double ratings = unit_ratings(tally, unit), expected = 0;
		double agreed = unit_agreement(tally, weighting, unit, ratings);
		for (size_t i = tally->from[unit]; i < tally->from[unit + 1]; i++)
			expected += tally->count[i].times *
				    tally->expected[tally->count[i].category] / ratings;
		double own = n / n2 * (agreed - (ratings >= 2 ? pe : 0)) / (1 - pe) -
			     2 * (1 - value) * (expected - pe) / (1 - pe);
		squares += (own - value) * (own - value);
	}
	struct coefficient coefficient = {.value = figure_of(value)};
	if (cells->units >= 2 && coefficient.value.known)
		coefficient.se = figure_of(sqrt(squares / (n * (n - 1))));
	return coefficient;
}

static enum err measure(const struct cells *cells, struct agreement *out)
{
	struct tally tally;
	if (cells->categories > AGREEMENT_CATEGORIES_MOST)
		return ERR_TOO_LARGE;
	TRY(tally_make(&tally, cells));
	*out = (struct agreement){cells->units, cells->raters, cells->count, cells->categories,
				  tally.pairs,	{{0}},	       {{{0}, {0}}}, {{{0}, {0}}}};
	for (int m = 0; m < METRICS; m++)
		out->krippendorff[m] = alpha(&tally, (enum agreement_metric)m);
	for (int w = 0; w < WEIGHTINGS; w++) {
		out->gwet[w] = coefficient_of(&tally, (enum agreement_weighting)w, true);
		out->fleiss[w] = coefficient_of(&tally, (enum agreement_weighting)w, false);
	}
	tally_release(&tally);
	return OK;
}

enum err agreement_of(const struct agreement_cell *cells, size_t count, struct agreement *out)
{
	struct cells sorted;
	TRY(cells_make(&sorted, cells, count));
	enum err err = measure(&sorted, out);
	cells_release(&sorted);
	return err;
}

const char *agreement_metric_name(enum agreement_metric metric)
{
	static const char *const names[METRICS] = {"nominal", "ordinal", "interval", "ratio"};
	return names[metric];
}

const char *agreement_weighting_name(enum agreement_weighting weighting)
{
	static const char *const names[WEIGHTINGS] = {"unweighted", "linear", "quadratic",
						      "ordinal"};
	return names[weighting];
}
