/* Candidates: /v1/candidates. */
#include "resources/handlers.h"
#include "statements.h"

/* A search pages in the order of its index, newest first. */
enum err candidates_list(struct request *rq)
{
	const char *sort = request_query(rq, "sort");

	if (request_query(rq, "q") != NULL && sort != NULL && !text_equal(sort, "-created_at")) {
		refuse_field(rq, "?sort", "search_order", "A search is sorted by -created_at.");
		return fail(rq, PROBLEM_invalid, "A search is sorted by -created_at.");
	}
	if (rq->who.kind == PRINCIPAL_USER && rq->who.level == ACCESS_MEMBER)
		return LIST(rq, candidates_mine_list);
	if (request_query(rq, "role_id") && request_query(rq, "tag") && !request_query(rq, "q") &&
	    (!sort || text_equal(sort, "-created_at")))
		return LIST(rq, candidates_tagged_list);
	return LIST(rq, candidates_list);
}

/* How many there are of what, beside the filters. */
enum err candidates_counts(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_counts, &rows, .archived = request_query(rq, "archived"),
		.updated_since = request_query(rq, "updated_since"),
		.email = request_query(rq, "email"), .role_id = request_query(rq, "role_id"),
		.tag = request_query(rq, "tag"), .source = request_query(rq, "source"),
		.consent_expires_before = request_query(rq, "consent_expires_before"),
		.q = request_query(rq, "q")));
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

enum err candidates_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_get, &rows, .candidate_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err candidates_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/candidates", &rows);
}

enum err candidates_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, candidate_update, &rows, .candidate_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, candidate_archive, &rows, .candidate_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err candidates_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err candidates_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}

enum err candidates_put_by_external_id(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_put_external, &rows, .external_source = rq->param[0],
		.external_id = rq->param[1], .body = rq->body_text));
	return answer_put(rq, "/v1/candidates", &rows);
}

/* Final: what was erased cannot be had back. May be repeated. */
enum err candidates_erase(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_erase, &rows, .candidate_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}
