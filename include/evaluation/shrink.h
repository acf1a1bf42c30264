/* Rates of groups, drawn towards the rate of all as far as each says little by itself. */
#ifndef EVALUATION_SHRINK_H
#define EVALUATION_SHRINK_H

#include <stddef.h>

#include "evaluation/interval.h"

/*
 * Beta-binomial, its two parameters by moments with the groups weighed by their n (Kleinman 1973).
 * `mean` is the rate of all; `concentration` is 1/(alpha + beta + 1): 0 (also where there are fewer
 * than two groups, or nothing differs) takes the mean for all. It is at most .5: few groups that
 * differ much would else be taken as they are.
 */
struct shrink {
	double mean, concentration;
};

struct shrink shrink_fit(const struct rate *groups, size_t count);
/* (alpha + x) / (alpha + beta + n): the mean for a group without cases. */
double shrink_rate(const struct shrink *shrink, struct rate group);

#endif
