/* What is held on a candidate: exports, their review and release, and legal holds. */
#include "core/text.h"
#include "export_page.h"
#include "resources/handlers.h"
#include "statements.h"

enum err candidate_exports_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_export_known, &rows, .candidate_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such candidate.");
	return LIST_OF(rq, candidate_exports_list, .candidate_id = rq->param[0]);
}

enum err candidate_exports_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_export_create, &rows, .candidate_id = rq->param[0]));
	return answer_created(rq, "/v1/candidate_exports", &rows);
}

enum err candidate_exports_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_export_get, &rows, .export_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* To be saved, and never to run anything in our name. */
enum err candidate_exports_content(struct request *rq)
{
	const char *format = request_query(rq, "format");
	bool page = format && text_equal(format, "html");
	struct db_rows rows;

	TRY(RUN(rq, candidate_export_content, &rows, .export_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such export.");
	answer_begin(rq, 200);
	reply_header(rq, "Content-Disposition",
		     page ? "attachment; filename=\"export.html\""
			  : "attachment; filename=\"export.json\"");
	reply_header(rq, "Content-Security-Policy",
		     "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	if (page) {
		rq->content_type = "text/html; charset=utf-8";
		TRY(export_page(&rq->out, db_value(&rows, 0, "content"),
				db_value(&rows, 0, "created_at")));
	} else {
		buffer_text(&rq->out, db_value(&rows, 0, "content"));
	}
	answer_digest(rq);
	return OK;
}

enum err candidate_exports_release(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, candidate_export_release, &rows, .export_id = rq->param[0],
		.if_match = version));
	return answer_one(rq, 200, &rows);
}

enum err legal_holds_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, legal_hold_put, &rows, .candidate_id = rq->param[0], .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err legal_holds_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, legal_hold_get, &rows, .candidate_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err legal_holds_lift(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, legal_hold_lift, &rows, .candidate_id = rq->param[0]));
	return answer_nothing(rq, &rows);
}
