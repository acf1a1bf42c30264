/* What is shown of how far a panel agrees: figures where there is enough, and their sentence. */
#ifndef EVALUATION_AGREEMENT_SUMMARY_H
#define EVALUATION_AGREEMENT_SUMMARY_H

#include "evaluation/agreement.h"
#include "evaluation/sentences.h"

/*
 * Ordinal alpha with its jackknife interval, AC2 with ordinal weights ± t(units-1)·se, and the ICC
 * of absolute agreement (random raters), single and of the mean of all. Below
 * AGREEMENT_SHOWN units that two or more rated there is no figure, below AGREEMENT_USUAL they are
 * called rough; the ICC needs AGREEMENT_ICC_UNITS units and AGREEMENT_ICC_RATERS raters. A panel
 * below PANEL_LEAST has no figure: of two people's agreement each would read the other's.
 */
#define AGREEMENT_SHOWN	      10
#define AGREEMENT_USUAL	      30
#define AGREEMENT_ICC_UNITS   20
#define AGREEMENT_ICC_RATERS  3
#define AGREEMENT_RATERS_MOST 100 /* beyond, the ICC would cost their cube */
/* Customary lines for alpha (Krippendorff 2004, ch. 11): below .667 no conclusions, from .8 firm.
 */
#define AGREEMENT_FAIR	.667
#define AGREEMENT_POOR	.4
#define AGREEMENT_LEVEL .95

struct agreement_summary {
	size_t raters, units, pairable, ratings;
	struct figure alpha, alpha_low, alpha_high;
	struct figure ac2, ac2_low, ac2_high;
	struct figure icc_single, icc_average;
	struct said said;
};

/* ERR_MEMORY; poor data is a sentence. */
enum err agreement_summary_of(const struct agreement_cell *cells, size_t count,
			      struct agreement_summary *out) MUST_USE;

#endif
