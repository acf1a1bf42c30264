/* One's own organization, and whether the statistical model is used: /v1/organization. */
#include "http/app.h"
#include "resources/handlers.h"
#include "resources/modeler.h"
#include "resources/service.h"
#include "statements.h"

enum err organization_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, organization_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

/* Switched off, what was found is deleted with the switch; switched on, all is computed anew. */
enum err organization_update(struct request *rq)
{
	const struct service *service = rq->app->context;
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, organization_update, &rows, .if_match = version, .body = rq->body_text));
	modeler_wake(service->modeler);
	return answer_one(rq, 200, &rows);
}
