/* The weighted average of an application's scorecards, its must-haves and the suggestion. */
#ifndef EVALUATION_AVERAGE_H
#define EVALUATION_AVERAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Pure: no memory is allocated, nothing is read but the arguments. Missing is not zero: what nobody
 * rated lowers the share rated, never the score.
 *
 *   mean_k = Σ ratings of k / n_k          score = Σ w_k·mean_k / Σ w_k    over rated k
 *   share_rated = Σ w_k over rated k / Σ w_k over all k
 *
 * Comparisons with the hire bar allow for 1e-9 of binary representation, so that a mean of exactly
 * 3.7 meets a bar of 3.7.
 */
enum must_have { MUST_HAVE_NONE, MUST_HAVE_NOT_RATED, MUST_HAVE_NOT_MET, MUST_HAVE_MET };
enum suggestion { SUGGEST_NOTHING, SUGGEST_NO_HIRE, SUGGEST_UNDECIDED, SUGGEST_HIRE };

struct criterion {
	double weight;	     /* > 0 */
	int must_have_level; /* lowest acceptable mean, 1–5; 0: not a must-have */

	/* filled in by average_add and average_finish */
	int n, sum, min, max;
	double mean; /* valid when n > 0 */
	enum must_have must_have;
};

struct average {
	double score;	    /* valid when share_rated > 0 */
	double share_rated; /* 0–1 */
	enum suggestion suggestion;
};

/* One rating, 1–5, of a criterion whose filled-in members were zero at first. */
void average_add(struct criterion *criterion, int rating);

/* `hire_bar` 1–5, or 0 for none: then there is no suggestion. */
struct average average_finish(struct criterion *criteria, size_t count, double hire_bar);

/* "met", "not_met", "not_rated"; NULL for MUST_HAVE_NONE. */
const char *must_have_name(enum must_have must_have);
/* "hire", "no_hire", "undecided"; NULL for SUGGEST_NOTHING. */
const char *suggestion_name(enum suggestion suggestion);

#endif
