/* Many applications in one act, and its undoing: /v1/bulk_actions. */
#include "resources/handlers.h"
#include "statements.h"

enum err bulk_actions_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, bulk_action_perform, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/bulk_actions", &rows);
}

enum err bulk_actions_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, bulk_action_get, &rows, .bulk_action_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err bulk_actions_undo(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, bulk_action_undo, &rows, .bulk_action_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
