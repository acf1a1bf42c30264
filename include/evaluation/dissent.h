/* Interviewers of one candidate who differ beyond what they usually do, or on a must-have. */
#ifndef EVALUATION_DISSENT_H
#define EVALUATION_DISSENT_H

#include "evaluation/interviewer.h"
#include "evaluation/model.h"

/*
 * Every two interviewers are compared by disagreement_of (evaluation/interviewer.h), with the
 * model's severities and variances, over the competencies that both rated. Where they differ beyond
 * their usual difference, the competency that stands out most is named if they are two points apart
 * there; else their averages are. Nothing says who.
 */
struct dissent_case {
	const struct model *model;
	const struct rating *ratings; /* of one candidate, interviewer after interviewer */
	size_t count;
	const bool *must_have; /* of each competency */
};

struct dissent {
	bool overall;	     /* of averages, and of no competency */
	bool unusual;	     /* beyond the usual difference; else apart on a must-have */
	uint32_t competency; /* unless overall */
	double low, high;
};

#define DISSENTS_MOST 20

/* At most one of each competency and one of averages, the widest of all pairs. */
size_t dissents_of(const struct dissent_case *of, struct dissent out[DISSENTS_MOST]);

/* Of two who rated the candidate. */
struct disagreement dissent_between(const struct dissent_case *of, uint32_t first, uint32_t second);

#endif
