/* Feedback letters: /v1/applications/{id}/letter. */
#include "resources/handlers.h"
#include "statements.h"

enum err letters_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, letter_get, &rows, .application_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err letters_draft(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, letter_draft, &rows, .application_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err letters_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, letter_update, &rows, .application_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err letters_release(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, letter_release, &rows, .application_id = rq->param[0], .if_match = version));
	return answer_one(rq, 200, &rows);
}
