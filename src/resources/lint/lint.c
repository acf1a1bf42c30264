/* The linter of interview plans and its overrides: /v1/roles/{role_id}/lint, /v1/lint_overrides. */
#include "resources/handlers.h"
#include "statements.h"

/* The findings follow from more than one object, so that the ETag is a digest of the answer. */
enum err roles_lint(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_lint, &rows, .role_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

enum err lint_overrides_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, lint_overrides_list, &rows, .role_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

/* Only an admin's word lets a blocking rule pass, and only with a reason. It stands in the list. */
enum err lint_overrides_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, lint_override_create, &rows, .role_id = rq->param[0], .body = rq->body_text));
	reply_header(rq, "Location", rq->path);
	return answer_one(rq, 201, &rows);
}

enum err lint_overrides_revoke(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, lint_override_revoke, &rows, .override_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
