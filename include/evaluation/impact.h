/* Adverse impact: two groups' selection rates, and how sure the difference is. */
#ifndef EVALUATION_IMPACT_H
#define EVALUATION_IMPACT_H

#include "evaluation/figure.h"
#include "evaluation/interval.h"

/*
 * With p1 = x1/n1 the focal group's rate, p2 = x2/n2 the reference group's:
 *
 *   ratio          p1/p2; below .8 it breaks the four-fifths rule (Uniform Guidelines 1978, §4D)
 *   katz           exp(ln ratio ± z·√(1/x1 - 1/n1 + 1/x2 - 1/n2))       (Katz et al. 1978). Where a
 *                  group has nobody or everybody selected, x + ½ of n + 1 in all four; then the low
 *                  end is 0 at x1 = 0
 *   fisher         Σ of the hypergeometric probabilities up to the observed one's, two-sided as R
 *                  has it (those within 1e-7 count as equal)
 *   mid_p          the same, but those equal to the observed one's count half
 *   newcombe       interval of p1 - p2
 *   p_ratio_below  P(ratio < .8), p_lower P(p1 < p2), of independent Beta(x + ½, n - x + ½)
 *   shift_one      the ratio if one selection had gone to the focal instead of the reference group
 *                  (Questions and Answers on the Guidelines, 1979, no. 21)
 */
#define IMPACT_LEVEL	   .95
#define FOUR_FIFTHS	   .8
#define IMPACT_GROUP_LEAST 5
#define IMPACT_SHARE_LEAST .02 /* of both groups together */

enum impact_verdict {
	IMPACT_TOO_FEW,	     /* a group below the least size or share: no other figure decides */
	IMPACT_NO_REFERENCE, /* nobody of the reference group was selected: no ratio */
	IMPACT_BELOW,
	IMPACT_BELOW_BY_ONE, /* one selection more would end it */
	IMPACT_NOT_BELOW,
};

struct impact {
	double focal, reference; /* rates */
	struct figure ratio, katz_low, katz_high;
	double fisher, mid_p;
	double difference;
	struct interval newcombe;
	double p_ratio_below, p_lower;
	struct figure shift_one;
	enum impact_verdict verdict;
};

/* ERR_MEMORY is all that can go wrong. */
enum err impact_of(struct rate focal, struct rate reference, struct impact *out) MUST_USE;
/* "too few to say", … */
const char *impact_verdict_text(enum impact_verdict verdict);

/* P(p1 < factor·p2); 0 < factor <= 1. */
enum err impact_probability(struct rate focal, struct rate reference, double factor,
			    double *out) MUST_USE;

#endif
