/* How sure an alpha is: the jackknife over units. See agreement.h. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "cells.h"

struct knife {
	size_t q;
	double *value;	/* of each category */
	double *pairs;	/* q by q: Σ over units of n_c·n_k/(n_u-1), c < k */
	double *margin; /* ratings of each category within pairable units */
	double *times;	/* of each category in one unit */
	double *alphas; /* without each pairable unit */
	size_t units;
};

static double difference(const struct knife *k, enum agreement_metric metric, size_t c, size_t d)
{
	double between = 0, gap = k->value[d] - k->value[c];
	if (metric == METRIC_NOMINAL)
		return 1;
	if (metric == METRIC_INTERVAL)
		return gap * gap;
	for (size_t g = c; g <= d; g++)
		between += k->margin[g];
	between -= (k->margin[c] + k->margin[d]) / 2;
	return between * between;
}

static struct figure alpha(const struct knife *k, enum agreement_metric metric)
{
	double observed = 0, expected = 0, n = 0;
	for (size_t c = 0; c < k->q; c++) {
		n += k->margin[c];
		for (size_t d = c + 1; d < k->q; d++) {
			double squared = difference(k, metric, c, d);
			observed += k->pairs[c * k->q + d] * squared;
			expected += k->margin[c] * k->margin[d] * squared;
		}
	}
	return expected > 0 ? figure_of(1 - (n - 1) * observed / expected) : (struct figure){0};
}

/* Adds (or with -1 takes away) the unit of the cells from `begin` to `end`. */
static void unit_add(struct knife *k, const struct cells *cells, size_t begin, size_t end,
		     double sign)
{
	double n = (double)(end - begin);
	memset(k->times, 0, k->q * sizeof(*k->times));
	for (size_t i = begin; i < end; i++)
		k->times[cells->cell[i].category]++;
	for (size_t c = 0; c < k->q; c++) {
		k->margin[c] += sign * k->times[c];
		for (size_t d = c + 1; d < k->q; d++)
			k->pairs[c * k->q + d] += sign * k->times[c] * k->times[d] / (n - 1);
	}
}

static void units_add(struct knife *k, const struct cells *cells)
{
	for (size_t begin = 0, end; begin < cells->count; begin = end) {
		end = cells_unit_end(cells, begin);
		if (end - begin >= 2)
			unit_add(k, cells, begin, end, 1);
	}
}

/* False when without some unit there is no alpha. */
static bool cut(struct knife *k, const struct cells *cells, enum agreement_metric metric)
{
	for (size_t begin = 0, end; begin < cells->count; begin = end) {
		end = cells_unit_end(cells, begin);
		if (end - begin < 2)
			continue;
		unit_add(k, cells, begin, end, -1);
		struct figure without = alpha(k, metric);
		unit_add(k, cells, begin, end, 1);
		if (!without.known)
			return false;
		k->alphas[k->units++] = without.value;
	}
	return k->units >= 3;
}

static void interval_take(const struct knife *k, double whole, double level, struct figure *low,
			  struct figure *high)
{
	double mean = 0, squares = 0, n = (double)k->units;
	for (size_t i = 0; i < k->units; i++)
		mean += k->alphas[i] / n;
	for (size_t i = 0; i < k->units; i++)
		squares += (k->alphas[i] - mean) * (k->alphas[i] - mean);
	double half = gsl_cdf_tdist_Pinv(.5 + level / 2, n - 1) * sqrt((n - 1) / n * squares);
	*low = figure_of(fmax(-1, whole - half));
	*high = figure_of(fmin(1, whole + half));
}

enum err agreement_alpha_interval(const struct agreement_cell *from, size_t count,
				  enum agreement_metric metric, double level, struct figure *low,
				  struct figure *high)
{
	struct cells cells;

	*low = *high = (struct figure){0};
	TRY(cells_make(&cells, from, count));
	size_t q = cells.categories;
	double *room = calloc(q * q + 2 * q + cells.units + 1, sizeof(*room));
	if (room == NULL) {
		cells_release(&cells);
		return ERR_MEMORY;
	}
	if (q <= AGREEMENT_INTERVAL_CATEGORIES && metric != METRIC_RATIO) {
		struct knife k = {.q = q,
				  .value = cells.value,
				  .margin = room,
				  .times = room + q,
				  .pairs = room + 2 * q,
				  .alphas = room + 2 * q + q * q};
		units_add(&k, &cells);
		struct figure whole = alpha(&k, metric);
		if (whole.known && cut(&k, &cells, metric))
			interval_take(&k, whole.value, level, low, high);
	}
	free(room);
	cells_release(&cells);
	return OK;
}
