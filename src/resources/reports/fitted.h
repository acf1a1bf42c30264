/* Scorecards of a statement, as the model takes them; fitted on the offload pool. */
#ifndef RESOURCES_REPORT_FITTED_H
#define RESOURCES_REPORT_FITTED_H

#include "evaluation/model.h"
#include "http/request.h"

/* Rows with the columns candidate, interviewer, pool, marks ("competency value …"), by place. */
struct fitted_card {
	uint32_t candidate, interviewer;
	const struct model_mark *marks;
	size_t count;
};

struct fitted {
	struct model_design design; /* with one interviewer more, who rated nobody */
	struct fitted_card *card;   /* of each row */
	size_t cards;
};

/* Of the arena. `competencies` beyond those that were rated. */
enum err fitted_take(struct request *rq, const struct db_rows *rows, uint32_t competencies,
		     struct fitted *out) MUST_USE;
/* The fit, as the product makes it: prior for few candidates. Poor data is no error. */
enum err fitted_model(const struct fitted *fitted, struct model **out) MUST_USE;

#endif
