/* What an interviewer's ratings say about the interviewer; and two interviewers who disagree. */
#ifndef EVALUATION_INTERVIEWER_H
#define EVALUATION_INTERVIEWER_H

#include <stdbool.h>
#include <stddef.h>

#include "evaluation/figure.h"

/*
 * From the model's residuals and variances, which the caller brings. These are for the interviewer
 * and the lead: never rank people by them.
 */
#define REPORT_CARDS_LEAST 20

/* A ratio that is about 1 where all is as the model has it; flagged outside of low to high. */
struct report_ratio {
	size_t n;
	struct figure value; /* unknown below REPORT_CARDS_LEAST */
	double low, high;
	bool flagged;
};

/*
 * Consistency: mean r² / mean E r², r the leave-one-out residual of a scorecard and E r² what the
 * model expects of it; limits 1 ± 2·√(2/n), two standard errors of a mean of n squares of normal
 * variables.
 */
struct report_ratio report_consistency(const double *squares, const double *expected, size_t n);

/* One scorecard's ratings less their competencies' means. */
struct report_card {
	const double *rating;
	size_t count;
};

/*
 * Halo: how much the ratings differ within a scorecard, beside what the model expects: Σ
 * within-card squares / degrees of freedom / (σd² + σε²). Limits 1 ± 2·√(2/degrees of freedom); a
 * low ratio is one impression for everything.
 */
struct report_ratio report_halo(const struct report_card *cards, size_t n,
				double candidate_competency, double residual);

/* Compression: slope of the own card means on the others' estimates of the candidates; 1 is even.
 */
struct report_slope {
	size_t n;
	struct figure slope,
	    se; /* unknown below REPORT_CARDS_LEAST, or where others see no difference */
};
struct report_slope report_compression(const double *own, const double *others, size_t n);

/*
 * Disagreement of two scorecards on one candidate, over the competencies that both rated:
 * z = (s1 - s2 - b1 + b2)/√(2(σe² + σε²/K) + Var(b1 - b2)), s the card's mean, b the interviewer's
 * effect. Flagged when |z| > 2.6 and the two means are a point apart, or when they are two points
 * apart on a must-have.
 */
#define DISAGREEMENT_Z	    2.6
#define DISAGREEMENT_POINTS 2.0
/* However unusual: less between two averages is nothing that anybody could talk about. */
#define DISAGREEMENT_LEAST    1.0
#define DISAGREEMENT_ROUNDING 1e-9

struct disagreement_pair {
	const double *first, *second; /* of the same competencies, in the same order */
	const bool *must_have;
	size_t count;
	double first_effect, second_effect, effects_variance; /* Var(b1 - b2) */
	double candidate_interviewer, residual;		      /* σe², σε² */
};

struct disagreement {
	struct figure z; /* unknown without a common competency, or where no variance is left */
	bool unusual, must_have; /* why it is flagged */
};

struct disagreement disagreement_of(const struct disagreement_pair *pair);

#endif
