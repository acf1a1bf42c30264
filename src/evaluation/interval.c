/* Wilson's, Newcombe's and Jeffreys' intervals; see the header for the formulae. */
#include "evaluation/interval.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "distribution.h"

static void check(struct rate rate, double level)
{
	assert(rate.n >= 1 && rate.n <= RATE_MOST && rate.x <= rate.n);
	assert(level > 0 && level < 1);
}

struct interval interval_wilson(struct rate rate, double level)
{
	check(rate, level);
	double z = gsl_cdf_ugaussian_Pinv(.5 + level / 2), n = rate.n;
	double p = rate.x / n, middle = rate.x + z * z / 2;
	double half = z * sqrt(n * p * (1 - p) + z * z / 4), scale = n + z * z;
	/* At the ends the two sides are equal but for their last digit. */
	return (struct interval){rate.x == 0 ? 0 : (middle - half) / scale,
				 rate.x == rate.n ? 1 : (middle + half) / scale};
}

struct interval interval_newcombe(struct rate first, struct rate second, double level)
{
	struct interval a = interval_wilson(first, level), b = interval_wilson(second, level);
	double p = (double)first.x / first.n, q = (double)second.x / second.n;
	return (struct interval){p - q - hypot(p - a.low, b.high - q),
				 p - q + hypot(a.high - p, q - b.low)};
}

double jeffreys_below(struct rate rate, double p)
{
	check(rate, .5);
	if (p <= 0)
		return 0;
	return p >= 1 ? 1 : gsl_cdf_beta_P(p, rate.x + .5, rate.n - rate.x + .5);
}

double jeffreys_quantile(struct rate rate, double probability)
{
	return beta_quantile(probability, rate.x + .5, rate.n - rate.x + .5);
}

struct interval interval_jeffreys(struct rate rate, double level)
{
	check(rate, level);
	return (struct interval){rate.x == 0 ? 0 : jeffreys_quantile(rate, (1 - level) / 2),
				 rate.x == rate.n ? 1 : jeffreys_quantile(rate, (1 + level) / 2)};
}
