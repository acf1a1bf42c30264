/* Competencies, which all rubrics of an organization share: /v1/competencies. */
#include "resources/handlers.h"
#include "statements.h"

enum err competencies_list(struct request *rq)
{
	return LIST(rq, competencies_list);
}

enum err competencies_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, competency_get, &rows, .competency_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err competencies_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, competency_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/competencies", &rows);
}

enum err competencies_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, competency_update, &rows, .competency_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, competency_archive, &rows, .competency_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err competencies_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err competencies_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}
