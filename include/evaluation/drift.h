/* Drift of a series: slow ones by EWMA, steps by CUSUM. */
#ifndef EVALUATION_DRIFT_H
#define EVALUATION_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

#include "evaluation/interval.h"

/*
 * For an interviewer: the standardised residuals of the scorecards, oldest first; then target is 0
 * and sd 1. Begin again when the rubric changes.
 *
 *   EWMA    z_t = λ·x_t + (1-λ)·z_{t-1}, z_0 = target; limits target ±
 * L·sd·√(λ/(2-λ)·(1-(1-λ)^(2t))) (Roberts 1959; NIST handbook 6.3.2.4) CUSUM   high_t = max(0,
 * high_{t-1} + x_t - target - k·sd), low_t likewise downwards; a signal when one is above h·sd
 * (Page 1954; NIST handbook 6.3.2.3)
 */
#define DRIFT_VALUES_LEAST 20 /* fewer say little */

struct drift_chart {
	double lambda; /* above 0, up to 1; .2 */
	double limit;  /* L; 3 */
	double target, sd;
	double k, h; /* .5 and 5 */
};

/* z, high and low of value t; begin with drift_start. */
struct drift {
	size_t t; /* 0 before the first value */
	double ewma, high, low;
	struct interval limits;
	bool ewma_out, cusum_out;
};

struct drift drift_start(const struct drift_chart *chart);
void drift_add(struct drift *drift, const struct drift_chart *chart, double value);
/* Where the limits go in the long run. */
struct interval drift_limits(const struct drift_chart *chart);

#endif
