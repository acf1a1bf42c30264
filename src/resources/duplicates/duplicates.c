/* The same person twice: /v1/candidates/{id}/duplicates, …/merge, …/unmerge. */
#include "resources/handlers.h"
#include "statements.h"

enum err duplicates_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_duplicates_list, &rows, .candidate_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

enum err candidates_merge(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_merge, &rows, .candidate_id = rq->param[0], .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err candidates_unmerge(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_unmerge, &rows, .candidate_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
