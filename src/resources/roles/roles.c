/* Roles and their hiring teams: /v1/roles. */
#include "resources/handlers.h"
#include "statements.h"

enum err roles_list(struct request *rq)
{
	return LIST(rq, roles_list);
}

/* How many there are of what, beside the filters. */
enum err roles_counts(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_counts, &rows, .status = request_query(rq, "status"),
		.archived = request_query(rq, "archived"),
		.updated_since = request_query(rq, "updated_since"), .q = request_query(rq, "q")));
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

enum err roles_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_get, &rows, .role_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err roles_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/roles", &rows);
}

enum err roles_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, role_update, &rows, .role_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, role_archive, &rows, .role_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err roles_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err roles_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}

enum err roles_put_by_external_id(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_put_external, &rows, .source = rq->param[0], .external_id = rq->param[1],
		.body = rq->body_text));
	return answer_put(rq, "/v1/roles", &rows);
}

enum err hiring_team_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, hiring_team_list, &rows, .role_id = rq->param[0]));
	return answer_collection(rq, &rows, "user_id");
}

enum err hiring_team_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, hiring_team_put, &rows, .role_id = rq->param[0], .user_id = rq->param[1],
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err hiring_team_remove(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, hiring_team_remove, &rows, .role_id = rq->param[0], .user_id = rq->param[1]));
	return answer_nothing(rq, &rows);
}
