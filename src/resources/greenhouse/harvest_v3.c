/* Greenhouse's Harvest API v3: flat objects, a cursor that stands alone, dates in two spellings. */
#include "api_schema/api_schema.h"
#include "auth/scopes.h"
#include "core/text.h"
#include "greenhouse.h"
#include "resources/handlers.h"
#include "statements.h"

#define CURSOR_BYTES 2800 /* the address that carries it must be short enough for the gate */

static const struct harvest_param params[] = {
    {"ids", "ids"},
    {"email", "email"},
    {"status", "status"},
    {"active", "active"},
    {"deactivated", "deactivated"},
    {"requisition_id", "requisition_id"},
    {"candidate_ids", "candidate_ids"},
    {"application_ids", "application_ids"},
    {"interviewer_ids", "interviewer_ids"},
    {"job_ids", "job_ids"},
    {"job_interview_stage_ids", "job_interview_stage_ids"},
};

static const struct {
	const char *param, *filter;
} dates[] = {
    {"created_at", "created"},
    {"updated_at", "updated"},
    {"starts_at", "starts"},
};
static const char *const operators[] = {"gte", "gt", "lte", "lt"};

/* ---- dates ------------------------------------------------------------------------------------
 */

static enum err refuse_date(struct request *rq, const char *param)
{
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "?%s", param);
	refuse_field(rq, pointer, "comparison",
		     "Write it as gte|2026-01-31T00:00:00Z, with gte, gt, lte or lt, and a second "
		     "pair behind another bar.");
	return fail(rq, PROBLEM_invalid, "Validation error");
}

static bool take_date(struct harvest *asked, struct request *rq, const char *filter,
		      const char *operator, const char * value)
{
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		known = known || text_equal(operators[i], operator);
	return known && api_time_valid(value) &&
	       harvest_filter(asked, arena_printf(rq->arena, "%s_%s", filter, operator), value);
}

/* "gte|2026-01-01T00:00:00Z|lt|2026-02-01T00:00:00Z" */
static enum err take_bars(struct request *rq, struct harvest *asked, const char *param,
			  const char *filter, const char *text)
{
	char *rest = arena_strdup(rq->arena, text);
	int pairs = 0;

	if (!rest)
		return ERR_MEMORY;
	while (rest) {
		char *operator= rest, *value = strchr(rest, '|');

		if (!value || ++pairs > 2)
			return refuse_date(rq, param);
		*value++ = '\0';
		rest = strchr(value, '|');
		if (rest)
			*rest++ = '\0';
		if (!take_date(asked, rq, filter, operator, value))
			return refuse_date(rq, param);
	}
	return OK;
}

static enum err take_dates(struct request *rq, struct harvest *asked)
{
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		const char *bars = request_query(rq, dates[i].param);

		if (bars)
			TRY(take_bars(rq, asked, dates[i].param, dates[i].filter, bars));
		for (size_t k = 0; k < ARRAY_LEN(operators); k++) {
			const char *value = request_query(
			    rq, arena_printf(rq->arena, "%s[%s]", dates[i].param, operators[k]));

			if (value && !take_date(asked, rq, dates[i].filter, operators[k], value))
				return refuse_date(rq, dates[i].param);
		}
	}
	return OK;
}

/* ---- cursors ----------------------------------------------------------------------------------
 */

static enum err refuse_cursor(struct request *rq)
{
	return fail(rq, PROBLEM_bad_cursor, "Ask for the address that the Link header gave.");
}

/*
 * Theirs stands alone in its address, so it carries the filters and the size of a page; ours, which
 * is among them, is signed for these filters.
 */
static const char *wrap_cursor(struct request *rq, const struct harvest *asked, const char *cursor)
{
	json_t *filters = json_object(), *whole;
	const char *made = NULL;
	char index[12], *text;

	for (unsigned i = 0; i < asked->statement->list->filter_count; i++) {
		snprintf(index, sizeof(index), "%u", i);
		if (asked->filter[i])
			json_object_set_new(filters, index, json_string(asked->filter[i]));
	}
	whole = json_pack("{s:o, s:I, s:s}", "f", filters, "n", (json_int_t)asked->page.limit, "c",
			  cursor);
	text = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
	if (text && strlen(text) <= CURSOR_BYTES) {
		char *encoded = arena_alloc(rq->arena, strlen(text) * 2 + 4);

		if (encoded) {
			base64url_encode((const unsigned char *)text, strlen(text), encoded);
			made = encoded;
		}
	}
	free(text);
	json_decref(whole);
	return made;
}

static bool read_parts(struct request *rq, struct harvest *asked, const json_t *whole,
		       const char **cursor)
{
	const json_t *filters = json_object_get(whole, "f");
	json_int_t size = json_integer_value(json_object_get(whole, "n"));
	const char *inner = json_string_value(json_object_get(whole, "c"));
	char index[12];

	if (!inner || size < 1 || size > 500)
		return false;
	for (unsigned i = 0; i < asked->statement->list->filter_count; i++) {
		const char *value;

		snprintf(index, sizeof(index), "%u", i);
		value = json_string_value(json_object_get(filters, index));
		asked->filter[i] = value ? arena_strdup(rq->arena, value) : NULL;
	}
	asked->page.limit = (unsigned)size;
	*cursor = arena_strdup(rq->arena, inner);
	return *cursor != NULL;
}

static enum err unwrap_cursor(struct request *rq, struct harvest *asked, const char *sent,
			      const char **cursor)
{
	unsigned char *raw = arena_alloc(rq->arena, CURSOR_BYTES + 4);
	size_t len = 0;
	json_t *whole;
	bool fits;

	if (!raw)
		return ERR_MEMORY;
	if (rq->query_count > 1) {
		refuse_field(rq, "?cursor", "alone", "No other parameter stands beside a cursor.");
		return fail(rq, PROBLEM_invalid, "Validation error");
	}
	if (strlen(sent) > CURSOR_BYTES / 3 * 4 ||
	    base64url_decode(sent, strlen(sent), raw, CURSOR_BYTES, &len) != OK)
		return refuse_cursor(rq);
	whole = json_loadb((const char *)raw, len, JSON_REJECT_DUPLICATES, NULL);
	fits = json_is_object(whole) && read_parts(rq, asked, whole, cursor);
	json_decref(whole);
	return fits ? OK : refuse_cursor(rq);
}

/* ---- lists ------------------------------------------------------------------------------------
 */

static enum err answer(struct request *rq, struct harvest *asked)
{
	const char *sent = request_query(rq, "cursor"), *cursor = NULL, *next;
	struct db_rows rows;

	asked->page.limit = harvest_per_page(rq);
	if (sent) {
		TRY(unwrap_cursor(rq, asked, sent, &cursor));
	} else {
		harvest_take(rq, asked, params, ARRAY_LEN(params));
		TRY(take_dates(rq, asked));
	}
	harvest_sort(asked);
	TRY(request_run_page(rq, asked->statement, asked->args, &asked->page, cursor, &rows,
			     &next));
	if (next) {
		next = wrap_cursor(rq, asked, next);
		if (!next)
			return ERR_MEMORY;
		reply_header(rq, "Link",
			     arena_printf(rq->arena, "<%s%s?cursor=%s>; rel=\"next\"",
					  harvest_origin(rq), rq->path, next));
	}
	harvest_rows(rq, &rows);
	return OK;
}

static enum err list(struct request *rq, const struct db_statement *statement,
		     const char *const *args)
{
	struct harvest asked;

	harvest_init(&asked, statement, args);
	return answer(rq, &asked);
}

enum err harvest_v3_candidates_list(struct request *rq)
{
	return list(rq, &sql_harvest_candidates_v3_statement, NULL);
}

enum err harvest_v3_applications_list(struct request *rq)
{
	return list(rq, &sql_harvest_applications_v3_statement, NULL);
}

enum err harvest_v3_jobs_list(struct request *rq)
{
	return list(rq, &sql_harvest_jobs_v3_statement, NULL);
}

enum err harvest_v3_stages_list(struct request *rq)
{
	return list(rq, &sql_harvest_stages_v3_statement, NULL);
}

enum err harvest_v3_users_list(struct request *rq)
{
	return list(rq, &sql_harvest_users_v3_statement, NULL);
}

/* That an interview is complete is told to who may read scorecards. */
enum err harvest_v3_interviews_list(struct request *rq)
{
	bool may = rq->who.kind == PRINCIPAL_USER || (rq->who.scopes & SCOPE_SCORECARDS_READ);
	struct sql_harvest_interviews_v3 args = {.with_scorecards = may ? "true" : "false"};

	return list(rq, &sql_harvest_interviews_v3_statement, (const char *const *)&args);
}

enum err harvest_v3_scorecards_list(struct request *rq)
{
	return list(rq, &sql_harvest_scorecards_v3_statement, NULL);
}
