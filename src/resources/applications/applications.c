/* Applications and their history: /v1/applications. */
#include "resources/handlers.h"
#include "statements.h"

/* A search looks through one role's applications; across roles it is the candidates' list. */
static enum err search_needs_role(struct request *rq)
{
	if (request_query(rq, "q") == NULL || request_query(rq, "role_id") != NULL)
		return OK;
	refuse_field(rq, "?role_id", "required", "A search needs the role to look in.");
	return fail(rq, PROBLEM_invalid, "A search needs the role to look in.");
}

enum err applications_list(struct request *rq)
{
	const char *sort = request_query(rq, "sort");

	TRY(search_needs_role(rq));
	if (rq->who.kind == PRINCIPAL_USER && rq->who.level == ACCESS_MEMBER)
		return LIST(rq, applications_mine_list);
	if (request_query(rq, "q") && (!sort || text_equal(sort, "-created_at")))
		return LIST(rq, applications_found_list);
	return LIST(rq, applications_list);
}

/* How many there are of what, beside the filters. */
enum err applications_counts(struct request *rq)
{
	struct db_rows rows;

	TRY(search_needs_role(rq));
	TRY(RUN(rq, application_counts, &rows, .role_id = request_query(rq, "role_id"),
		.candidate_id = request_query(rq, "candidate_id"),
		.stage_id = request_query(rq, "stage_id"), .status = request_query(rq, "status"),
		.open = request_query(rq, "open"), .source = request_query(rq, "source"),
		.archived = request_query(rq, "archived"),
		.updated_since = request_query(rq, "updated_since"), .q = request_query(rq, "q")));
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

enum err applications_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, application_get, &rows, .application_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err applications_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, application_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/applications", &rows);
}

enum err applications_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, application_update, &rows, .application_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

/* To another stage, another status, or both. */
enum err applications_move(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, application_move, &rows, .application_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

/* To another version of the role's plan. */
enum err applications_change_plan(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, application_change_plan, &rows, .application_id = rq->param[0],
		.if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

/* To another role, where it goes on as an application of its own. */
enum err applications_transfer(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, application_transfer, &rows, .application_id = rq->param[0],
		.if_match = version, .body = rq->body_text));
	return answer_created(rq, "/v1/applications", &rows);
}

enum err application_moves_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, application_known, &rows, .application_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	return LIST_OF(rq, application_moves_list, .application_id = rq->param[0]);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, application_archive, &rows, .application_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err applications_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err applications_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}

enum err applications_put_by_external_id(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, application_put_external, &rows, .source = rq->param[0],
		.external_id = rq->param[1], .body = rq->body_text));
	return answer_put(rq, "/v1/applications", &rows);
}
