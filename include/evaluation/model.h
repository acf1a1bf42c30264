/* The model of ratings: what they say of candidates once interviewers' severity is taken out. */
#ifndef EVALUATION_MODEL_H
#define EVALUATION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/error.h"
#include "evaluation/figure.h"

/*
 *   rating = β_k + p_g + a_c + d_ck + b_j + e_cj + ε
 *
 * β_k is competency k's mean; the others are normal with mean 0 and a variance each: pool p,
 * candidate a, candidate×competency d, interviewer b, candidate×interviewer e (the halo of that
 * day) and the rest ε. A candidate's score is Σ w_k (β_k + p_g + a_c + d_ck) with Σw = 1, the level
 * of a competency the same with that competency alone.
 *
 * Pure: no input but the arguments, no clock, no threads. The rows are sorted first, so their order
 * changes no bit of the result. Nothing that is NaN or infinite leaves; what the data cannot say is
 * an unknown figure and a finding (evaluation/model_words.h has the sentences).
 */
struct rating {
	uint32_t candidate, interviewer, competency; /* each below its count */
	double value;
};

struct model_design {
	uint32_t candidates, interviewers, competencies, pools;
	const struct rating *ratings; /* any order; a cell may have several */
	size_t count;
	const uint32_t *pool;  /* of each candidate, below `pools`; NULL: none are known */
	const double *weights; /* of each competency, >= 0, not all 0; NULL: all weigh the same */
};

struct model_variances {
	double candidate, candidate_competency, candidate_interviewer, interviewer, residual, pool;
};

enum model_prior {
	MODEL_PRIOR_NEVER,
	MODEL_PRIOR_ALWAYS,
	MODEL_PRIOR_SMALL, /* with fewer than MODEL_SMALL candidates */
};
#define MODEL_SMALL 60

struct model_options {
	const struct model_variances *variances; /* to use as they are; NULL: by REML */
	enum model_prior prior;			 /* pulls ratios of variances to published ones */
};

/* Limits, beyond which fitting answers ERR_TOO_LARGE. */
#define MODEL_RATINGS_MOST	50000000
#define MODEL_COLUMNS_MOST	8000 /* interviewers, competencies and pools together */
#define MODEL_COMPETENCIES_MOST 2000
#define MODEL_VALUE_MOST	1e6 /* of a rating, either side of 0 */
#define MODEL_CARD_MOST		600 /* interviewers and competencies of one candidate */

/* What was found in the data that a reader has to know; `who` and `n` as the sentence needs. */
#define MODEL_FINDINGS(X)                                                                          \
	X(NO_RATINGS)	      /* */                                                                \
	X(TOO_FEW_RATINGS)    /* n ratings */                                                      \
	X(NO_SPREAD)	      /* all the same within each competency */                            \
	X(ONE_CANDIDATE)      /* */                                                                \
	X(FEW_CANDIDATES)     /* n of them */                                                      \
	X(ONE_INTERVIEWER)    /* */                                                                \
	X(INTERVIEWERS_ALONE) /* each saw one candidate */                                         \
	X(INTERVIEWER_A_POOL) /* each pool has an interviewer of its own and no other */           \
	X(ONE_COMPETENCY)     /* */                                                                \
	X(CELLS_SINGLE)	      /* no competency of a candidate was rated twice */                   \
	X(CARDS_SINGLE)	      /* no interviewer rated two competencies of a candidate */           \
	X(CANDIDATES_SINGLE)  /* no candidate has two scorecards */                                \
	X(DISCONNECTED)	      /* n groups share neither interviewers nor candidates */             \
	X(GROUPS_AS_POOLS)    /* the n groups were taken as pools */                               \
	X(POOLS_DROPPED)      /* pools are given, and not told apart from candidates */            \
	X(COMPETENCY_UNRATED) /* who */                                                            \
	X(CANDIDATES_UNRATED) /* who first, n of them */                                           \
	X(INTERVIEWERS_UNRATED)                                                                    \
	X(ONE_CARD)	  /* who first, n candidates have one scorecard */                         \
	X(CONSTANT_RATER) /* who gave all n ratings alike */                                       \
	X(SAME_PANEL)	  /* all candidates met the same interviewers */                           \
	X(ZERO_CANDIDATE) /* variances that came out as 0 */                                       \
	X(ZERO_COMPETENCY)                                                                         \
	X(ZERO_HALO)                                                                               \
	X(ZERO_SEVERITY)                                                                           \
	X(ZERO_POOL)                                                                               \
	X(PERFECT_FIT) /* nothing is left over: the intervals cannot be believed */                \
	X(NOT_SETTLED) /* the search for the variances did not come to rest */                     \
	X(PRIOR_USED)

enum model_finding_kind {
#define MODEL_FINDING_ENUM(name) MODEL_##name,
	MODEL_FINDINGS(MODEL_FINDING_ENUM)
#undef MODEL_FINDING_ENUM
	    MODEL_FINDING_KINDS
};

struct model_finding {
	enum model_finding_kind kind;
	uint32_t who;
	size_t n;
};

struct model; /* owned by the caller: model_free */

/*
 * ERR_INVALID: an index out of range, a value that is not finite or beyond the limits, weights or
 * variances that are none. ERR_TOO_LARGE, ERR_MEMORY. Poor data is no error: see model_known.
 */
enum err model_fit(const struct model_design *design, const struct model_options *options,
		   struct model **out) MUST_USE;
void model_free(struct model *model);

/* False when there were too few ratings for any estimate: then only averages are known. */
bool model_known(const struct model *model);
const struct model_finding *model_findings(const struct model *model, size_t *count);

struct model_fit {
	struct model_variances variances; /* pool is 0 where there is no pool effect */
	double neg2_reml;		  /* −2 log restricted likelihood, without the prior */
	uint32_t iterations;		  /* 0 with fixed variances */
	size_t ratings;
	uint32_t groups; /* connected parts of the design */
	uint32_t pools;	 /* 0 without pool effect */
};
/* Valid when model_known. */
struct model_fit model_summary(const struct model *model);

/* An estimate with its 90 % interval; unknown together. */
struct model_estimate {
	struct figure value, se, low, high;
};

uint32_t model_competencies(const struct model *model); /* as the design had them */
/* Effects that candidates share: pools, competencies, interviewers. */
size_t model_columns(const struct model *model);

struct model_candidate {
	struct model_estimate score;
	struct figure average; /* weighted average of what was rated */
	double share_rated;    /* of the weight */
	uint32_t cards;
	size_t ratings;
};
struct model_candidate model_candidate(const struct model *model, uint32_t candidate);
/* The candidate's level in a competency, rated there or not. */
struct model_estimate model_level(const struct model *model, uint32_t candidate,
				  uint32_t competency);
/* How probably that level is at least `gate`. */
struct figure model_level_probability(const struct model *model, uint32_t candidate,
				      uint32_t competency, double gate);
/* A competency's mean β. */
struct model_estimate model_competency(const struct model *model, uint32_t competency);
/* How much lower than peers an interviewer rates: −b. */
struct model_estimate model_severity(const struct model *model, uint32_t interviewer);
/* How much lower `a` rates than `b`. */
struct model_estimate model_severity_gap(const struct model *model, uint32_t a, uint32_t b);
/* What an interviewer gave a candidate beyond severity and the candidate's level: e. */
struct figure model_halo(const struct model *model, uint32_t candidate, uint32_t interviewer);

struct model_comparison {
	struct figure probability; /* that a's true score is above b's */
	struct figure covariance;  /* of the two scores' errors */
};
struct model_comparison model_compare(const struct model *model, uint32_t a, uint32_t b);

/* The same by other weights of each competency, such as a role's; unknown when they are all 0. */
struct model_estimate model_weighted(const struct model *model, uint32_t candidate,
				     const double *weights);
struct model_comparison model_compare_weighted(const struct model *model, uint32_t a, uint32_t b,
					       const double *weights);
/*
 * The same probabilities of all pairs of `count` candidates, in far less time than one by one: of
 * the first over each later one, then of the second, …: count·(count − 1)/2 of them. ERR_MEMORY.
 */
enum err model_compare_many(const struct model *model, const uint32_t *candidates, size_t count,
			    const double *weights, struct figure *out) MUST_USE;

/*
 * Replaces what `interviewer` has rated of `candidate` by these, at the variances of the fit: what
 * a full fit with those variances as fixed ones gives, but for rounding. Candidates and
 * interviewers without ratings may be declared for those to come. ERR_CONFLICT when only a full fit
 * can take it (a competency that no one had rated, a card taken away that leaves one unrated, a
 * model that is not known).
 */
struct model_mark {
	uint32_t competency;
	double value;
};
enum err model_update(struct model *model, uint32_t candidate, uint32_t interviewer,
		      const struct model_mark *marks, size_t count) MUST_USE;
/* Whether these are the ratings, in whatever order, of that candidate by that interviewer. */
bool model_has(const struct model *model, uint32_t candidate, uint32_t interviewer,
	       const struct model_mark *marks, size_t count);

#endif
