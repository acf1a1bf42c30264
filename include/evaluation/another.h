/* Whether one more interview of a candidate is worth it, by the model. */
#ifndef EVALUATION_ANOTHER_H
#define EVALUATION_ANOTHER_H

#include "evaluation/model.h"
#include "evaluation/planning.h"
#include "evaluation/sentences.h"

/*
 * Score t and its variance V by the role's weights; one more interview has the error variance E of
 * the D-study over the same weights, and evaluation/planning.h has the rest. `focus` is the
 * competency of which one more rating, by somebody who rated nobody yet, would lower V most: found
 * by taking such a rating into the model (variances do not depend on its value) and out again.
 * `focus_drop` is the share by which the standard error falls then.
 */
struct another {
	struct model_estimate score;
	size_t cards;
	struct another_interview value; /* when the score and a hire bar are known */
	bool valued;
	bool focused;
	uint32_t focus; /* competency */
	double focus_drop;
	struct said said;
};

#define ANOTHER_LITTLE .05 /* a smaller chance of changing the suggestion is hardly any */
#define ANOTHER_WORK   2e9 /* operations for all focuses; beyond, none is looked for */

struct another_plan {
	struct model *model;
	uint32_t next;		       /* an interviewer of the design who has no ratings */
	const double *weights;	       /* of each competency, the role's */
	double hire_bar;	       /* 0: none */
	const char *const *competency; /* names; NULL where the role does not rate one */
	size_t candidates;	       /* that will be asked for, for the bound on work */
};

/* ERR_MEMORY. */
enum err another_of(const struct another_plan *plan, uint32_t candidate, const char *name,
		    struct another *out) MUST_USE;
/* The D-study over the role's weights; false where the model does not know. */
bool another_dstudy(const struct another_plan *plan, struct dstudy *out);

#endif
