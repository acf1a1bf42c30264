/* A sandbox, its reset, and its time: /v1/sandbox. What is asked for here, the caretaker does. */
#include "resources/handlers.h"
#include "statements.h"

enum err sandbox_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, sandbox_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

/* Admins, of a sandbox only; 409 while one runs. */
enum err sandbox_reset(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, sandbox_reset, &rows, .body = rq->body_text));
	return answer_one(rq, 202, &rows);
}

/* Admins, of a sandbox only. */
enum err sandbox_travel(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, sandbox_travel, &rows, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
