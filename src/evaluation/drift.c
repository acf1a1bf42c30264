/* EWMA and CUSUM charts; see the header for the formulae. */
#include "evaluation/drift.h"

#include <assert.h>
#include <math.h>

static struct interval limits_at(const struct drift_chart *chart, double grown)
{
	double half = chart->limit * chart->sd * sqrt(chart->lambda / (2 - chart->lambda) * grown);
	return (struct interval){chart->target - half, chart->target + half};
}

struct interval drift_limits(const struct drift_chart *chart)
{
	return limits_at(chart, 1);
}

struct drift drift_start(const struct drift_chart *chart)
{
	assert(chart->lambda > 0 && chart->lambda <= 1 && chart->sd > 0);
	return (struct drift){.ewma = chart->target, .limits = {chart->target, chart->target}};
}

void drift_add(struct drift *drift, const struct drift_chart *chart, double value)
{
	drift->t++;
	drift->ewma = chart->lambda * value + (1 - chart->lambda) * drift->ewma;
	drift->limits = limits_at(chart, 1 - pow(1 - chart->lambda, 2 * (double)drift->t));
	drift->ewma_out = drift->ewma < drift->limits.low || drift->ewma > drift->limits.high;
	drift->high = fmax(0, drift->high + value - chart->target - chart->k * chart->sd);
	drift->low = fmax(0, drift->low - value + chart->target - chart->k * chart->sd);
	drift->cusum_out = fmax(drift->high, drift->low) > chart->h * chart->sd;
}
