/* Interviews and who conducts them: /v1/interviews. */
#include "resources/handlers.h"
#include "statements.h"

enum err interviews_list(struct request *rq)
{
	return LIST(rq, interviews_list);
}

enum err interviews_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interview_get, &rows, .interview_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err interviews_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interview_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/interviews", &rows);
}

enum err interviews_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, interview_update, &rows, .interview_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err interviews_cancel(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, interview_cancel, &rows, .interview_id = rq->param[0], .if_match = version));
	return answer_one(rq, 200, &rows);
}

enum err interviewers_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interviewer_put, &rows, .interview_id = rq->param[0], .user_id = rq->param[1],
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err interviewers_remove(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interviewer_remove, &rows, .interview_id = rq->param[0],
		.user_id = rq->param[1]));
	return answer_nothing(rq, &rows);
}
