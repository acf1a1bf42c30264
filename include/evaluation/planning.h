/* How many interviews are enough, and whether one more is worth it. */
#ifndef EVALUATION_PLANNING_H
#define EVALUATION_PLANNING_H

#include <stddef.h>

#include "evaluation/figure.h"

/*
 * D-study: the mean of J interviews by different interviewers (Brennan 2001, ch. 4).
 *
 *   U = σa² + σd²·Σw²                what is to be told apart
 *   E = σb² + σe² + σε²·Σw²          error of one interview, as an absolute value
 *   R = σe² + σε²·Σw²                the same beside candidates of the same interviewers
 *   phi = U/(U + E/J)      e_rho2 = U/(U + R/J)      sem = √(E/J)
 */
struct dstudy_variances {
	double candidate, candidate_competency, candidate_interviewer, interviewer, residual;
};

struct dstudy {
	double universe, error;
	struct figure relative; /* R; unknown where only U and E are given */
};

struct dstudy_row {
	double error; /* E/J */
	struct figure e_rho2, phi;
	double sem;
};

/* Weights are above 0, in any unit: they are divided by their sum. */
struct dstudy dstudy_of(const struct dstudy_variances *variances, const double *weights,
			size_t count);
struct dstudy_row dstudy_row(const struct dstudy *dstudy, unsigned interviewers);

/*
 * One more interview of a candidate with score t and variance V, beside the cutoff T; E is the
 * error variance of one interview. Expected value of sample information for two actions (Raiffa and
 * Schlaifer 1961, ch. 5):
 *
 *   τ² = V²/(V+E)     Δ = |t - T|     P(the decision flips) = Φ(-Δ/τ)
 *   gain = τ·φ(Δ/τ) - Δ·Φ(-Δ/τ), in points of the score
 *   sd_drop = 1 - √(E/(V+E)), by which share the standard error falls
 */
struct another_interview {
	double tau, p_flip, gain, sd_drop;
};

/* All finite; variance >= 0, error >= 0. */
struct another_interview another_interview_of(double score, double variance, double error,
					      double cutoff);

#endif
