/* Who may see the reports on people themselves: /v1/users/{user_id}/report_rights. */
#include "resources/handlers.h"
#include "statements.h"

/* They have no version of their own: what they say is their tag. */
static enum err answer_right(struct request *rq, const struct db_rows *rows)
{
	if (rows->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such user.");
	answer_begin(rq, 200);
	render_row(rq, rows, 0);
	answer_digest(rq);
	return OK;
}

enum err report_rights_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, report_rights_get, &rows, .user_id = rq->param[0]));
	return answer_right(rq, &rows);
}

enum err report_rights_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, report_right_put, &rows, .user_id = rq->param[0], .report = rq->param[1]));
	return answer_right(rq, &rows);
}

enum err report_rights_delete(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, report_right_delete, &rows, .user_id = rq->param[0], .report = rq->param[1]));
	return answer_nothing(rq, &rows);
}
