/* What passes from one stage's interviewers to the next: /v1/interviews/{id}/handover. */
#include "resources/handlers.h"
#include "statements.h"

enum err handovers_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, handover_get, &rows, .interview_id = rq->param[0]));
	TRY(answer_one(rq, 200, &rows));
	answer_digest(rq);
	return OK;
}

enum err handovers_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, handover_put, &rows, .interview_id = rq->param[0], .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err handovers_remove(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, handover_remove, &rows, .interview_id = rq->param[0]));
	return answer_nothing(rq, &rows);
}
