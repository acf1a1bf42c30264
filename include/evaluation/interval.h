/* Intervals of a rate, and of the difference of two. */
#ifndef EVALUATION_INTERVAL_H
#define EVALUATION_INTERVAL_H

#include "core/attr.h"
#include "core/error.h"

/*
 * Pure, like all of evaluation. x of n; 0 <= x <= n, 1 <= n <= RATE_MOST; 0 < level < 1.
 *
 *   Wilson      the p with |x/n - p| <= z·√(p(1-p)/n)                  (Wilson 1927; Newcombe
 * 1998a) Newcombe    of p1 - p2: from the distances of the two Wilson limits (Newcombe 1998b,
 * method 10) Jeffreys    quantiles of Beta(x + ½, n - x + ½); 0 at x = 0, 1 at x = n (Brown, Cai,
 * DasGupta 2001)
 */
#define RATE_MOST 1000000U

struct rate {
	unsigned x, n;
};

struct interval {
	double low, high;
};

struct interval interval_wilson(struct rate rate, double level);
/* Of first.x/first.n - second.x/second.n. */
struct interval interval_newcombe(struct rate first, struct rate second, double level);
struct interval interval_jeffreys(struct rate rate, double level);

/* P(X <= p) for X ~ Beta(x + ½, n - x + ½), and the p where that is `probability`. */
double jeffreys_below(struct rate rate, double p);
double jeffreys_quantile(struct rate rate, double probability);

#endif
