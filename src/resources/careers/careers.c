/* The careers pages as anybody reads them: /careers/{slug}. */
#include "careers.h"

#include "careers_form.h"
#include "resources/handlers.h"
#include "statements.h"

enum err careers_enter(struct request *rq, struct careers *careers)
{
	struct db_caller nobody = {.actor_kind = "system", .request_id = rq->request_id};
	struct db_rows rows;

	TRY(RUN_AS(rq, &nobody, careers_find, &rows, .slug = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no careers page here.");
	snprintf(careers->organization, sizeof(careers->organization), "%s",
		 db_value(&rows, 0, "id"));
	careers->caller = nobody;
	careers->caller.organization_id = careers->organization;
	return OK;
}

enum err careers_posting_read(struct request *rq, const struct careers *careers, bool open,
			      struct db_rows *rows)
{
	if (!uuid_valid(rq->param[1]))
		return fail(rq, PROBLEM_not_found, "There is no such position.");
	TRY(RUN_AS(rq, &careers->caller, careers_posting, rows, .posting_id = rq->param[1]));
	if (rows->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such position.");
	if (open && !text_equal(db_value(rows, 0, "stands"), "open"))
		return fail(rq, PROBLEM_gone, "This position is no longer open.");
	return OK;
}

static void put_item(struct request *rq, const struct db_rows *rows, int row, const char *origin)
{
	struct buffer *out = &rq->out;

	buffer_text(out, "<li><h2><a href=\"");
	markup_text(out, arena_printf(rq->arena, "/careers/%s/%s%s", db_value(rows, row, "slug"),
				      db_value(rows, row, "id"), origin));
	buffer_text(out, "\">");
	markup_text(out, db_value(rows, row, "title"));
	buffer_text(out, "</a></h2>\n");
	page_facts(out, rows, row);
	buffer_text(out, "</li>\n");
}

static void put_list(struct request *rq, const struct db_rows *rows)
{
	const char *introduction = db_value(rows, 0, "introduction"), *origin = page_origin(rq);
	struct buffer *out = &rq->out;

	buffer_text(out, "<h1>Open positions</h1>\n");
	if (introduction)
		page_prose(out, introduction);
	if (!db_value(rows, 0, "id")) {
		buffer_text(out, "<p>No position is open at the moment.</p>\n");
		return;
	}
	buffer_text(out, "<ul class=\"postings\">\n");
	for (int i = 0; i < rows->count; i++)
		put_item(rq, rows, i, origin);
	buffer_text(out, "</ul>\n");
}

enum err careers_show(struct request *rq)
{
	const char *organization, *slug;
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(RUN_AS(rq, &careers.caller, careers_postings, &rows, NO_PARAMETERS));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no careers page here.");
	organization = db_value(&rows, 0, "organization");
	slug = db_value(&rows, 0, "slug");
	page_begin(rq, 200, "Open positions", organization);
	buffer_text(&rq->out, "<link rel=\"alternate\" type=\"application/atom+xml\" "
			      "title=\"Open positions\" href=\"");
	markup_text(&rq->out, page_url(rq, slug, NULL, "/feed.atom"));
	buffer_text(&rq->out, "\">\n");
	page_body(rq, organization, NULL);
	put_list(rq, &rows);
	page_end(rq);
	reply_header(rq, "Cache-Control", "public, max-age=60");
	answer_digest(rq);
	return OK;
}

static void put_words(struct request *rq, const struct db_rows *rows)
{
	struct buffer *out = &rq->out;

	buffer_text(out, "<h1>");
	markup_text(out, db_value(rows, 0, "title"));
	buffer_text(out, "</h1>\n");
	page_facts(out, rows, 0);
	page_prose(out, db_value(rows, 0, "description"));
}

static void put_posting(struct request *rq, const struct db_rows *rows)
{
	const char *slug = db_value(rows, 0, "slug"), *id = db_value(rows, 0, "id");
	struct buffer *out = &rq->out;

	page_begin(rq, 200, db_value(rows, 0, "title"), db_value(rows, 0, "organization"));
	posting_json_ld(rq, rows);
	page_body(rq, db_value(rows, 0, "organization"), page_url(rq, slug, NULL, page_origin(rq)));
	put_words(rq, rows);
	buffer_text(out, "<p><a class=\"button\" href=\"");
	markup_text(out,
		    arena_printf(rq->arena, "/careers/%s/%s/apply%s", slug, id, page_origin(rq)));
	buffer_text(out, "\">Apply for this position</a></p>\n");
	page_end(rq);
}

/* The posting and its form on one page; neither links nor the form lead anywhere. */
static void put_preview(struct request *rq, const struct db_rows *rows, const struct application *a)
{
	struct buffer *out = &rq->out;

	page_begin(rq, 200, db_value(rows, 0, "title"), db_value(rows, 0, "organization"));
	buffer_text(out, "<meta name=\"robots\" content=\"noindex\">\n");
	page_body(rq, db_value(rows, 0, "organization"), NULL);
	buffer_text(out, "<p class=\"preview\">A preview: only colleagues see it.</p>\n");
	put_words(rq, rows);
	form_preview(rq, a);
	page_end(rq);
}

enum err careers_posting(struct request *rq)
{
	struct careers careers;
	struct db_rows rows;

	TRY(careers_enter(rq, &careers));
	TRY(careers_posting_read(rq, &careers, true, &rows));
	put_posting(rq, &rows);
	reply_header(rq, "Cache-Control", "public, max-age=60");
	answer_digest(rq);
	return OK;
}

enum err postings_preview(struct request *rq)
{
	static const struct multipart nothing;
	struct application a;
	struct db_rows rows;
	enum err err;

	TRY(RUN(rq, posting_preview, &rows, .posting_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such posting.");
	err = application_begin(&a, &nothing, &rows);
	if (err == OK)
		put_preview(rq, &rows, &a);
	application_release(&a);
	return err;
}
