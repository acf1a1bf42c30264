/* Greenhouse's Harvest API v1: numbered pages, Link headers, objects with all that belongs to them.
 */
#include "auth/scopes.h"
#include "greenhouse.h"
#include "resources/handlers.h"
#include "statements.h"

/* Farther than this a page is not found by its number, which costs all that come before it. */
#define NUMBERED_MOST 10000

static const struct harvest_param params[] = {
    {"created_after", "created_gte"},
    {"created_before", "created_lt"},
    {"updated_after", "updated_gte"},
    {"updated_before", "updated_lt"},
    {"last_activity_after", "updated_gte"},
    {"starts_after", "starts_gte"},
    {"starts_before", "starts_lt"},
    {"candidate_ids", "ids"},
    {"job_id", "job_ids"},
    {"email", "email"},
    {"status", "status"},
    {"requisition_id", "requisition_id"},
    {"employee_id", "employee_id"},
};

static unsigned page_number(const struct request *rq)
{
	const char *sent = request_query(rq, "page");

	return sent ? (unsigned)strtoul(sent, NULL, 10) : 1;
}

static void put_encoded(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr("-._~:", c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			buffer_char(out, (char)c);
		else
			buffer_printf(out, "%%%02X", c);
	}
}

/* The same list at another page; one that follows names the row that it goes on from, too. */
static void put_link(struct buffer *out, struct request *rq, unsigned page, const char *cursor,
		     const char *rel)
{
	buffer_printf(out, "%s<%s%s?", out->len ? "," : "", harvest_origin(rq), rq->path);
	for (int i = 0; i < rq->query_count; i++) {
		const char *name = rq->query[i].name;

		if (strcmp(name, "page") == 0 || strcmp(name, "cursor") == 0)
			continue;
		put_encoded(out, name);
		buffer_char(out, '=');
		put_encoded(out, rq->query[i].value);
		buffer_char(out, '&');
	}
	buffer_printf(out, "page=%u%s%s>; rel=\"%s\"", page, cursor ? "&cursor=" : "",
		      cursor ? cursor : "", rel);
}

static void link_pages(struct request *rq, unsigned page, const char *next)
{
	struct buffer text;

	buffer_init(&text, 16384);
	if (next)
		put_link(&text, rq, page + 1, next, "next");
	if (page > 1)
		put_link(&text, rq, page - 1, NULL, "prev");
	if (text.len && !text.failed)
		reply_header(rq, "Link", text.data);
	buffer_release(&text);
}

static enum err answer(struct request *rq, struct harvest *asked)
{
	const char *cursor = request_query(rq, "cursor"), *next;
	unsigned page = page_number(rq), size = harvest_per_page(rq);
	struct db_rows rows;

	harvest_take(rq, asked, params, ARRAY_LEN(params));
	harvest_sort(asked);
	asked->page.limit = size;
	if (!cursor)
		asked->page.offset = (page - 1) * size;
	if (asked->page.offset > NUMBERED_MOST) {
		refuse_field(
		    rq, "?page", "too_far",
		    "Follow the Link headers: a page this far is not found by its number.");
		return fail(rq, PROBLEM_invalid, "Validation error");
	}
	TRY(request_run_page(rq, asked->statement, asked->args, &asked->page, cursor, &rows,
			     &next));
	link_pages(rq, page, next);
	harvest_rows(rq, &rows);
	return OK;
}

static enum err answer_object(struct request *rq, struct harvest *asked)
{
	const char *next;
	struct db_rows rows;

	(void)harvest_filter(asked, "ids", rq->param[0]);
	asked->page.limit = 1;
	TRY(request_run_page(rq, asked->statement, asked->args, &asked->page, NULL, &rows, &next));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "Resource not found");
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	return OK;
}

/* What a program may read besides is told by its scopes; people who may ask here may read all. */
static const char *with(const struct request *rq, scope_set scope)
{
	return rq->who.kind == PRINCIPAL_USER || (rq->who.scopes & scope) == scope ? "true"
										   : "false";
}

static void about_candidates(struct request *rq, struct harvest *asked,
			     struct sql_harvest_candidates_v1 *args)
{
	args->with_applications = with(rq, SCOPE_APPLICATIONS_READ);
	harvest_init(asked, &sql_harvest_candidates_v1_statement, (const char *const *)args);
}

static void about_interviews(struct request *rq, struct harvest *asked,
			     struct sql_harvest_interviews_v1 *args)
{
	args->with_scorecards = with(rq, SCOPE_SCORECARDS_READ);
	harvest_init(asked, &sql_harvest_interviews_v1_statement, (const char *const *)args);
}

enum err harvest_v1_candidates_list(struct request *rq)
{
	struct sql_harvest_candidates_v1 args;
	struct harvest asked;

	TRY(harvest_enter(rq));
	about_candidates(rq, &asked, &args);
	return answer(rq, &asked);
}

enum err harvest_v1_candidates_get(struct request *rq)
{
	struct sql_harvest_candidates_v1 args;
	struct harvest asked;

	TRY(harvest_enter(rq));
	about_candidates(rq, &asked, &args);
	return answer_object(rq, &asked);
}

enum err harvest_v1_interviews_list(struct request *rq)
{
	struct sql_harvest_interviews_v1 args;
	struct harvest asked;

	TRY(harvest_enter(rq));
	about_interviews(rq, &asked, &args);
	return answer(rq, &asked);
}

enum err harvest_v1_interviews_get(struct request *rq)
{
	struct sql_harvest_interviews_v1 args;
	struct harvest asked;

	TRY(harvest_enter(rq));
	about_interviews(rq, &asked, &args);
	return answer_object(rq, &asked);
}

enum err harvest_v1_application_interviews_list(struct request *rq)
{
	struct sql_harvest_interviews_v1 args;
	struct harvest asked;

	TRY(harvest_enter(rq));
	about_interviews(rq, &asked, &args);
	(void)harvest_filter(&asked, "application_ids", rq->param[0]);
	return answer(rq, &asked);
}

/* A list of a statement without parameters of its own, `of` one object where a filter is named. */
static enum err list(struct request *rq, const struct db_statement *statement, const char *of)
{
	struct harvest asked;

	TRY(harvest_enter(rq));
	harvest_init(&asked, statement, NULL);
	if (of)
		(void)harvest_filter(&asked, of, rq->param[0]);
	return answer(rq, &asked);
}

static enum err get(struct request *rq, const struct db_statement *statement)
{
	struct harvest asked;

	TRY(harvest_enter(rq));
	harvest_init(&asked, statement, NULL);
	return answer_object(rq, &asked);
}

enum err harvest_v1_applications_list(struct request *rq)
{
	return list(rq, &sql_harvest_applications_v1_statement, NULL);
}

enum err harvest_v1_applications_get(struct request *rq)
{
	return get(rq, &sql_harvest_applications_v1_statement);
}

enum err harvest_v1_jobs_list(struct request *rq)
{
	return list(rq, &sql_harvest_jobs_v1_statement, NULL);
}

enum err harvest_v1_jobs_get(struct request *rq)
{
	return get(rq, &sql_harvest_jobs_v1_statement);
}

enum err harvest_v1_job_stages_list(struct request *rq)
{
	return list(rq, &sql_harvest_stages_v1_statement, "job_ids");
}

enum err harvest_v1_stages_list(struct request *rq)
{
	return list(rq, &sql_harvest_stages_v1_statement, NULL);
}

enum err harvest_v1_stages_get(struct request *rq)
{
	return get(rq, &sql_harvest_stages_v1_statement);
}

enum err harvest_v1_users_list(struct request *rq)
{
	return list(rq, &sql_harvest_users_v1_statement, NULL);
}

enum err harvest_v1_users_get(struct request *rq)
{
	return get(rq, &sql_harvest_users_v1_statement);
}

enum err harvest_v1_scorecards_list(struct request *rq)
{
	return list(rq, &sql_harvest_scorecards_v1_statement, NULL);
}

enum err harvest_v1_scorecards_get(struct request *rq)
{
	return get(rq, &sql_harvest_scorecards_v1_statement);
}

enum err harvest_v1_application_scorecards_list(struct request *rq)
{
	return list(rq, &sql_harvest_scorecards_v1_statement, "application_ids");
}
