/* An application's evaluation, for the handlers that show it and those that decide on it. */
#ifndef RESOURCES_EVALUATIONS_H
#define RESOURCES_EVALUATIONS_H

#include "evaluation/average.h"
#include "http/request.h"

struct evaluation {
	struct db_rows rows;
	json_t *rubric, *scorecards; /* owned; the criteria and the scorecards that count */
	json_t *model;		     /* owned; what the statistical model says, as far as shown */
	size_t count;
	struct criterion *criteria; /* the arena's */
	const char **id;	    /* competency ids, borrowed from rubric */
	struct average average;
};

/*
 * Of the application in rq->param[0], from what the caller may see. On OK the caller owns it and
 * calls evaluation_release; otherwise the request is refused and nothing is to be released.
 */
enum err evaluation_load(struct request *rq, struct evaluation *evaluation) MUST_USE;
void evaluation_release(struct evaluation *evaluation);

/* As an object, the next value of what is being written. */
void evaluation_write(struct json_writer *json, const struct evaluation *evaluation);

/* As JSON shows numbers: four decimals. */
#define DECIMAL_TEXT 32
void decimal_text(double value, char out[DECIMAL_TEXT]);

#endif
