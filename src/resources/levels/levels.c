/* Mid or senior, by what people observed: /v1/applications/{id}/level. */
#include "resources/handlers.h"
#include "statements.h"

enum err levels_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, level_get, &rows, .application_id = rq->param[0]));
	TRY(answer_one(rq, 200, &rows));
	answer_digest(rq);
	return OK;
}

/* One's own observations, all at once. */
enum err levels_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, level_put, &rows, .application_id = rq->param[0], .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
