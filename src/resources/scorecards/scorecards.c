/* Scorecards, from draft to amendment: /v1/scorecards. */
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/modeler.h"
#include "resources/service.h"
#include "statements.h"

/* What was just submitted or changed is taken into the model without waiting for its next look. */
static void tell_modeler(const struct request *rq)
{
	const struct service *service = rq->app->context;

	modeler_wake(service->modeler);
}

enum err scorecards_list(struct request *rq)
{
	return LIST(rq, scorecards_list);
}

enum err scorecards_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, scorecard_get, &rows, .scorecard_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* One's own, for an interview that one is assigned to; with "submit" submitted in the same act. */
enum err scorecards_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, scorecard_create, &rows, .body = rq->body_text));
	tell_modeler(rq);
	return answer_created(rq, "/v1/scorecards", &rows);
}

/* Autosave: If-Match is required, so that two tabs cannot overwrite each other. */
enum err scorecards_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, true, &version));
	TRY(RUN(rq, scorecard_update, &rows, .scorecard_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err scorecards_submit(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, scorecard_submit, &rows, .scorecard_id = rq->param[0], .if_match = version));
	tell_modeler(rq);
	return answer_one(rq, 200, &rows);
}

enum err scorecards_take_back(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, scorecard_take_back, &rows, .scorecard_id = rq->param[0], .if_match = version));
	tell_modeler(rq);
	return answer_one(rq, 200, &rows);
}

enum err scorecards_amend(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, scorecard_amend, &rows, .scorecard_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	tell_modeler(rq);
	return answer_one(rq, 200, &rows);
}

enum err scorecard_revisions_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, scorecard_revisions_list, &rows, .scorecard_id = rq->param[0]));
	return answer_collection(rq, &rows, "number");
}
