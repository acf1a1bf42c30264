/* Notes on candidates: /v1/candidates/{id}/notes, /v1/notes. */
#include "resources/handlers.h"
#include "statements.h"

enum err notes_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_known, &rows, .candidate_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such candidate.");
	return LIST_OF(rq, notes_list, .candidate_id = rq->param[0]);
}

enum err notes_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, note_create, &rows, .candidate_id = rq->param[0], .body = rq->body_text));
	return answer_created(rq, "/v1/notes", &rows);
}

enum err notes_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, note_update, &rows, .note_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err notes_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, note_delete, &rows, .note_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}
