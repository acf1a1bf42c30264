/* What an organization decides for itself: /v1/settings. */
#include "resources/handlers.h"
#include "statements.h"

enum err settings_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, settings_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

enum err settings_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, settings_update, &rows, .if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
