/* Interviews and who conducts them: /v1/interviews. */
#include <string.h>

#include "resources/handlers.h"
#include "statements.h"

enum err interviews_list(struct request *rq)
{
	const char *mine = request_query(rq, "mine");

	if (rq->who.kind != PRINCIPAL_USER || rq->who.level != ACCESS_MEMBER)
		return LIST(rq, interviews_list);
	if (mine && strcmp(mine, "true") == 0)
		return LIST(rq, interviews_own_list);
	return LIST(rq, interviews_mine_list);
}

/* How many there are of what, beside the filters. */
enum err interviews_counts(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interview_counts, &rows, .mine = request_query(rq, "mine"),
		.owed = request_query(rq, "owed"), .overdue = request_query(rq, "overdue"),
		.application_id = request_query(rq, "application_id"),
		.role_id = request_query(rq, "role_id"), .status = request_query(rq, "status"),
		.from = request_query(rq, "from"), .to = request_query(rq, "to"),
		.updated_since = request_query(rq, "updated_since")));
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
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

static enum err end_as(struct request *rq, const char *status)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, interview_end, &rows, .interview_id = rq->param[0], .status = status,
		.if_match = version));
	return answer_one(rq, 200, &rows);
}

enum err interviews_cancel(struct request *rq)
{
	return end_as(rq, "cancelled");
}

enum err interviews_candidate_no_show(struct request *rq)
{
	return end_as(rq, "candidate_no_show");
}

/* Who of it is elsewhere at that time. */
enum err interview_conflicts_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interview_conflicts_list, &rows, .interview_id = rq->param[0]));
	return answer_collection(rq, &rows, "kind");
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

/* Somebody else in their place, in one act. */
enum err interviewers_substitute(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, interviewer_substitute, &rows, .interview_id = rq->param[0],
		.user_id = rq->param[1], .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
