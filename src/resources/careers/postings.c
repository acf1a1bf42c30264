/* What is published of roles, and the careers page's settings: /v1/postings, /v1/careers_page. */
#include "resources/handlers.h"
#include "statements.h"

enum err postings_list(struct request *rq)
{
	return LIST(rq, postings_list);
}

enum err postings_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, posting_get, &rows, .posting_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* What the API document cannot say of questions: ids that differ, and choices where one chooses. */
static enum err check_questions(struct request *rq)
{
	const json_t *questions = json_object_get(rq->body, "questions");
	const size_t count = json_array_size(questions);
	bool broken = false;
	char pointer[64];

	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(questions, i);
		const char *id = json_string_value(json_object_get(one, "id"));
		bool choice = text_equal(json_string_value(json_object_get(one, "kind")), "choice");

		for (size_t j = 0; j < i; j++) {
			const json_t *other = json_array_get(questions, j);

			if (!text_equal(id, json_string_value(json_object_get(other, "id"))))
				continue;
			snprintf(pointer, sizeof(pointer), "/questions/%zu/id", i);
			refuse_field(rq, pointer, "repeated", "is the id of another question.");
			broken = true;
		}
		if (choice == (json_array_size(json_object_get(one, "choices")) >= 2))
			continue;
		snprintf(pointer, sizeof(pointer), "/questions/%zu/choices", i);
		refuse_field(rq, pointer, "choices", "%s",
			     choice ? "are needed, at least two." : "belong to a choice alone.");
		broken = true;
	}
	return broken ? fail(rq, PROBLEM_invalid, "A question breaks a rule.") : OK;
}

enum err postings_create(struct request *rq)
{
	struct db_rows rows;

	TRY(check_questions(rq));
	TRY(RUN(rq, posting_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/postings", &rows);
}

enum err postings_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(check_questions(rq));
	TRY(RUN(rq, posting_update, &rows, .posting_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err postings_publish(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, posting_publish, &rows, .posting_id = rq->param[0], .if_match = version));
	return answer_one(rq, 200, &rows);
}

enum err postings_close(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, posting_close, &rows, .posting_id = rq->param[0], .if_match = version));
	return answer_one(rq, 200, &rows);
}

enum err posting_answers_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, posting_answers_get, &rows, .application_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found,
			    "There is no such application, or it did not come by a posting.");
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	answer_digest(rq);
	return OK;
}

enum err careers_pages_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, careers_page_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

enum err careers_pages_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, careers_page_update, &rows, .if_match = version, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
