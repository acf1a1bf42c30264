/* Stages of a role's interview plan: /v1/roles/{role_id}/stages, /v1/stages. */
#include "resources/handlers.h"
#include "statements.h"

enum err stages_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, stages_list, &rows, .role_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

enum err stages_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, stage_get, &rows, .stage_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err stages_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, stage_create, &rows, .role_id = rq->param[0], .body = rq->body_text));
	return answer_created(rq, "/v1/stages", &rows);
}

enum err stages_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, stage_update, &rows, .stage_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err stages_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, stage_delete, &rows, .stage_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}

enum err stages_order(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, stages_order, &rows, .role_id = rq->param[0], .body = rq->body_text));
	return answer_collection(rq, &rows, "id");
}
