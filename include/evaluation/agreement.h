/* How far raters agree: Krippendorff's alpha, Gwet's AC1/AC2, Fleiss' kappa, intraclass
 * correlation. */
#ifndef EVALUATION_AGREEMENT_H
#define EVALUATION_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "evaluation/figure.h"
#include "evaluation/interval.h"

/*
 * The input is a list of who rated what how, no pair of unit and rater twice; a missing cell is one
 * that is not in it. It is sorted first, so its order never shows in any digit of the result.
 *
 * alpha     1 - (n-1)·Σ_u Σ_{c≠k} n_uc·n_uk·δ²/(n_u-1) / Σ_{c≠k} n_c·n_k·δ² over units with two or
 * more ratings; n of them. δ² nominal: 1; ordinal: (Σ_{g=c..k} n_g - (n_c+n_k)/2)²; interval:
 *           (c-k)²; ratio: ((c-k)/(c+k))², which needs ratings that are not negative
 *                                            (Krippendorff 2011, Computing Krippendorff's
 * α-Reliability) AC1, AC2  (pa - pe)/(1 - pe), pa the weighted agreement of pairs within units,
 * their mean; pe = Σw/(q(q-1))·Σπ(1-π); unweighted that is AC1               (Gwet 2014, ch. 4–5,
 * 7) kappa     the same with pe = Σ w_ck·π_c·π_k           (Fleiss 1971; weighted and with missing
 * cells: Gwet) weights   linear 1 - |c-k|/(max-min); quadratic with its square; ordinal 1 -
 * C(d+1,2)/C(q,2) with d the distance in ranks and C(q,2) the largest; categories are the ratings
 * that occur se        of the coefficients over samples of units, raters as they are (Gwet 2014,
 * ch. 5)
 */
enum agreement_metric { METRIC_NOMINAL, METRIC_ORDINAL, METRIC_INTERVAL, METRIC_RATIO, METRICS };
enum agreement_weighting {
	WEIGHTS_UNWEIGHTED,
	WEIGHTS_LINEAR,
	WEIGHTS_QUADRATIC,
	WEIGHTS_ORDINAL,
	WEIGHTINGS
};
const char *agreement_metric_name(enum agreement_metric metric); /* "nominal", … */
const char *agreement_weighting_name(enum agreement_weighting weighting);

#define AGREEMENT_CATEGORIES_MOST 2000

struct agreement_cell {
	uint32_t unit, rater;
	double rating; /* finite */
};

struct coefficient {
	struct figure value, se;
};

struct agreement {
	size_t units, raters, ratings, categories;
	size_t pairable; /* units with two or more ratings */
	struct figure krippendorff[METRICS];
	struct coefficient gwet[WEIGHTINGS], fleiss[WEIGHTINGS];
};

/* ERR_TOO_LARGE: more than AGREEMENT_CATEGORIES_MOST different ratings; ERR_MEMORY. */
enum err agreement_of(const struct agreement_cell *cells, size_t count,
		      struct agreement *out) MUST_USE;

/*
 * An interval of alpha by the jackknife over the U pairable units (Tukey 1958): alpha ±
 * t(U-1)·√((U-1)/U·Σ(α_i - mean)²), α_i without unit i; within -1 and 1. Unknown with fewer than
 * three such units, where one of them carries all difference, for the ratio metric, and with more
 * than AGREEMENT_INTERVAL_CATEGORIES different ratings, which would cost their square a unit.
 */
#define AGREEMENT_INTERVAL_CATEGORIES 20
enum err agreement_alpha_interval(const struct agreement_cell *cells, size_t count,
				  enum agreement_metric metric, double level, struct figure *low,
				  struct figure *high) MUST_USE;

/*
 * Intraclass correlation. Complete tables: from the mean squares, with intervals from F (Shrout and
 * Fleiss 1979; McGraw and Wong 1996): icc1 one-way, icc2 raters random, icc3 raters fixed; k: of
 * the mean of all k raters. With missing cells: σu²/(σu²+σr²+σe²), the same of the mean of k
 * raters, and σu²/(σu²+σe²), from the REML estimates of crossed_reml.
 */
enum icc_form { ICC_1, ICC_2, ICC_3, ICC_1K, ICC_2K, ICC_3K, ICC_FORMS };
const char *icc_form_name(enum icc_form form); /* "icc1", … */

#define ICC_LEVEL .95

struct icc {
	bool complete; /* every rater rated every unit */
	struct {
		struct figure value, low, high;
	} form[ICC_FORMS];						       /* when complete */
	struct figure agreement_single, agreement_average, consistency_single; /* when not */
};

/* ERR_TOO_LARGE: raters and units are too many for crossed_reml; ERR_MEMORY. */
enum err icc_of(const struct agreement_cell *cells, size_t count, struct icc *out) MUST_USE;

/*
 * REML of rating = mean + unit + rater + residual, all three random: the minimum of
 * -2·(restricted log-likelihood) = Σ log|H| + log|C| + (N-1)·(1 + log 2πσ²), the more numerous of
 * the two factors eliminated block by block. Of the fewer there may be CROSSED_MOST.
 */
#define CROSSED_MOST 1000

struct crossed {
	bool known; /* there are two of each, and more cells than needed to tell them apart */
	double unit, rater, residual; /* variances */
	double neg2_reml;
};

enum err crossed_reml(const struct agreement_cell *cells, size_t count,
		      struct crossed *out) MUST_USE;

/* What a reader must know beside the figures; each a sentence. */
enum agreement_note {
	NOTE_NO_PAIRS,	      /* no unit has two ratings */
	NOTE_ONE_CATEGORY,    /* every rating is the same */
	NOTE_FEW_UNITS,	      /* fewer than 30 pairable units */
	NOTE_LITTLE_VARIANCE, /* nine in ten ratings are the same */
	NOTE_NEGATIVE,	      /* no ratio alpha of negative ratings */
	NOTE_ONE_RATER,	      /* no ICC: one rater, or one unit */
	NOTE_NOT_ESTIMABLE,   /* no ICC: the cells do not overlap enough */
	NOTE_ICC_SMALL,	      /* fewer than 20 units or 3 raters */
	NOTES
};
const char *agreement_note_text(enum agreement_note note);
/* Sets notes[NOTE_x] for what is true of this input. */
enum err agreement_notes(const struct agreement_cell *cells, size_t count,
			 const struct agreement *agreement, const struct icc *icc,
			 bool notes[NOTES]) MUST_USE;

#endif
