/* Greenhouse's Job Board API: what the careers page of an organization publishes, for anyone. */
#include "greenhouse.h"
#include "resources/careers/careers.h"
#include "resources/handlers.h"
#include "statements.h"

/* Other sites' pages read it, too: it is public, and no cookie says anything here. */
static void answer_public(struct request *rq)
{
	answer_begin(rq, 200);
	reply_header(rq, "Access-Control-Allow-Origin", "*");
	reply_header(rq, "Cache-Control", "public, max-age=60");
}

static bool asked(const struct request *rq, const char *name)
{
	const char *value = request_query(rq, name);

	return value && text_equal(value, "true");
}

/* HTML that is escaped once more, as it stands there. */
static void put_content(struct request *rq, const char *prose)
{
	struct buffer html, escaped;

	buffer_init(&html, 1 << 20);
	buffer_init(&escaped, 4 << 20);
	if (prose)
		page_prose(&html, prose);
	markup_text(&escaped, html.data ? html.data : "");
	json_member(&rq->json, "content", escaped.data ? escaped.data : "");
	buffer_release(&html);
	buffer_release(&escaped);
}

enum err boards_get(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, board_find, &rows, NO_PARAMETERS));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no job board here.");
	answer_public(rq);
	json_open_object(&rq->json);
	json_member(&rq->json, "name", db_value(&rows, 0, "name"));
	put_content(rq, db_value(&rows, 0, "introduction"));
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}

/* Of a list without its content: not where it belongs either. */
static void put_short(struct request *rq, const struct db_rows *rows, int row)
{
	for (int i = 0; i < rows->columns; i++) {
		const char *name = rows->column[i].name;

		if (render_is_hidden(name) || text_equal(name, "departments") ||
		    text_equal(name, "offices"))
			continue;
		json_key(&rq->json, name);
		render_value(rq, rows, row, i);
	}
}

enum err boards_jobs_list(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, board_jobs, &rows, .origin = harvest_origin(rq)));
	answer_public(rq);
	json_open_object(&rq->json);
	json_key(&rq->json, "jobs");
	json_open_array(&rq->json);
	for (int i = 0; i < rows.count; i++) {
		json_open_object(&rq->json);
		if (asked(rq, "content")) {
			render_members(rq, &rows, i);
			put_content(rq, db_value(&rows, i, "_description"));
		} else {
			put_short(rq, &rows, i);
		}
		json_close_object(&rq->json);
	}
	json_close_array(&rq->json);
	json_key(&rq->json, "meta");
	json_open_object(&rq->json);
	json_key(&rq->json, "total");
	json_put_integer(&rq->json, rows.count);
	json_close_object(&rq->json);
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}

static void put_raw(struct request *rq, const char *key, const char *json)
{
	json_key(&rq->json, key);
	json_raw(&rq->json, json, strlen(json));
}

enum err boards_jobs_get(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, board_job, &rows, .number = rq->param[1],
		   .origin = harvest_origin(rq)));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "Job not found");
	answer_public(rq);
	json_open_object(&rq->json);
	render_members(rq, &rows, 0);
	put_content(rq, db_value(&rows, 0, "_description"));
	if (asked(rq, "questions")) {
		put_raw(rq, "questions", db_value(&rows, 0, "_questions"));
		put_raw(rq, "location_questions", "[]");
		put_raw(rq, "compliance", "null");
		put_raw(rq, "data_compliance",
			"[{\"type\":\"gdpr\",\"requires_consent\":true,"
			"\"requires_processing_consent\":true,\"requires_retention_consent\":false,"
			"\"retention_period\":null}]");
	}
	if (asked(rq, "pay_transparency"))
		put_raw(rq, "pay_input_ranges", db_value(&rows, 0, "_pay"));
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}

/* A level of their trees, whose objects have no children here. */
static void put_level(struct request *rq, const char *key, const struct db_rows *rows)
{
	const char *as = request_query(rq, "render_as");

	answer_public(rq);
	json_open_object(&rq->json);
	json_key(&rq->json, key);
	json_open_array(&rq->json);
	for (int i = 0; i < rows->count; i++) {
		json_open_object(&rq->json);
		render_members(rq, rows, i);
		if (as && text_equal(as, "tree")) {
			put_raw(rq, "children", "[]");
		} else {
			put_raw(rq, "parent_id", "null");
			put_raw(rq, "child_ids", "[]");
		}
		json_close_object(&rq->json);
	}
	json_close_array(&rq->json);
	json_close_object(&rq->json);
	answer_digest(rq);
}

enum err boards_departments_list(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, board_departments, &rows, .origin = harvest_origin(rq)));
	put_level(rq, "departments", &rows);
	return OK;
}

enum err boards_offices_list(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, board_offices, &rows, .origin = harvest_origin(rq)));
	put_level(rq, "offices", &rows);
	return OK;
}
