/* Weighted average, must-haves and suggestion; see the header for the formulae. */
#include "evaluation/average.h"

#include <assert.h>

#define TOLERANCE    1e-9
#define ENOUGH_RATED 0.8 /* of the weight, for a suggestion other than "undecided" */

void average_add(struct criterion *criterion, int rating)
{
	assert(rating >= 1 && rating <= 5);
	if (criterion->n == 0 || rating < criterion->min)
		criterion->min = rating;
	if (criterion->n == 0 || rating > criterion->max)
		criterion->max = rating;
	criterion->sum += rating;
	criterion->n++;
}

static enum must_have judge(const struct criterion *criterion)
{
	if (criterion->must_have_level == 0)
		return MUST_HAVE_NONE;
	if (criterion->n == 0)
		return MUST_HAVE_NOT_RATED;
	/* In integers: the mean is never rounded. */
	return criterion->sum >= criterion->must_have_level * criterion->n ? MUST_HAVE_MET
									   : MUST_HAVE_NOT_MET;
}

static enum suggestion suggest(const struct criterion *criteria, size_t count,
			       const struct average *average, double hire_bar)
{
	bool unrated = false;

	if (hire_bar < 1)
		return SUGGEST_NOTHING;
	for (size_t i = 0; i < count; i++) {
		if (criteria[i].must_have == MUST_HAVE_NOT_MET)
			return SUGGEST_NO_HIRE;
		if (criteria[i].must_have == MUST_HAVE_NOT_RATED)
			unrated = true;
	}
	if (average->share_rated > 0 && average->score < hire_bar - TOLERANCE)
		return SUGGEST_NO_HIRE;
	if (unrated || average->share_rated < ENOUGH_RATED - TOLERANCE)
		return SUGGEST_UNDECIDED;
	return SUGGEST_HIRE;
}

struct average average_finish(struct criterion *criteria, size_t count, double hire_bar)
{
	struct average average = {.suggestion = SUGGEST_NOTHING};
	double weighted = 0, rated = 0, all = 0;

	for (size_t i = 0; i < count; i++) {
		struct criterion *c = &criteria[i];

		assert(c->weight > 0);
		all += c->weight;
		c->must_have = judge(c);
		if (c->n == 0)
			continue;
		c->mean = (double)c->sum / c->n;
		weighted += c->weight * c->mean;
		rated += c->weight;
	}
	if (rated > 0) {
		average.score = weighted / rated;
		average.share_rated = rated / all;
	}
	average.suggestion = suggest(criteria, count, &average, hire_bar);
	return average;
}

const char *must_have_name(enum must_have must_have)
{
	static const char *const names[] = {NULL, "not_rated", "not_met", "met"};

	return names[must_have];
}

const char *suggestion_name(enum suggestion suggestion)
{
	static const char *const names[] = {NULL, "no_hire", "undecided", "hire"};

	return names[suggestion];
}
