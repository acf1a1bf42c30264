/* Views of lists and preferences, each person's own: /v1/saved_views, /v1/me/preferences. */
#include "resources/handlers.h"
#include "statements.h"

enum err saved_views_list(struct request *rq)
{
	return LIST(rq, saved_views_list);
}

enum err saved_views_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, saved_view_get, &rows, .saved_view_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err saved_views_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, saved_view_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/saved_views", &rows);
}

enum err saved_views_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, saved_view_update, &rows, .saved_view_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err saved_views_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, saved_view_delete, &rows, .saved_view_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}

enum err preferences_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, preferences_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

enum err preferences_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, preferences_update, &rows, .if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
