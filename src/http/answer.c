/* The answers that nearly every handler gives: one object, a created one, nothing, a list. */
#include <assert.h>

#include "conditional.h"
#include "core/digest.h"
#include "core/text.h"
#include "cursor.h"
#include "exchange.h"
#include "steps.h"

#define LIST_LIMIT_DEFAULT 25
#define LIST_LIMIT_MAX	   100

static const char *find_value(const struct db_rows *rows, int row, const char *name)
{
	for (int i = 0; i < rows->columns; i++) {
		if (strcmp(rows->column[i].name, name) == 0)
			return rows->value[row * rows->columns + i];
	}
	return NULL;
}

void answer_begin(struct request *rq, int status)
{
	buffer_clear(&rq->out);
	json_writer_init(&rq->json, &rq->out);
	rq->status = status;
	rq->content_type = "application/json";
}

/*
 * True when the client has this version already. What an object shows beside its own row, and
 * changes without it, stands in the tag as its variant: "7-0a1b2c3d".
 */
static bool put_version(struct request *rq, const struct db_rows *rows)
{
	const char *version = find_value(rows, 0, "version");
	const char *variant = find_value(rows, 0, "_variant");
	char etag[48];

	if (!version)
		return false;
	snprintf(etag, sizeof(etag), "\"%s%s%.16s\"", version, variant ? "-" : "",
		 variant ? variant : "");
	reply_header(rq, "ETag", etag);
	return rq->method == METHOD_GET && etag_none_match(rq->if_none_match, etag);
}

enum err answer_one(struct request *rq, int status, const struct db_rows *rows)
{
	if (rows->count == 0)
		return request_fail(rq, ERR_NOT_FOUND);
	answer_begin(rq, status);
	if (put_version(rq, rows)) {
		rq->status = 304;
		return OK;
	}
	render_row(rq, rows, 0);
	return OK;
}

enum err answer_created(struct request *rq, const char *collection, const struct db_rows *rows)
{
	const char *id = rows->count ? find_value(rows, 0, "id") : NULL;
	const char *location = id ? arena_printf(rq->arena, "%s/%s", collection, id) : NULL;

	if (location)
		reply_header(rq, "Location", location);
	return answer_one(rq, 201, rows);
}

enum err answer_put(struct request *rq, const char *collection, const struct db_rows *rows)
{
	const char *created = rows->count ? find_value(rows, 0, "_created") : NULL;

	if (created && strcmp(created, "t") == 0)
		return answer_created(rq, collection, rows);
	return answer_one(rq, 200, rows);
}

enum err answer_nothing(struct request *rq, const struct db_rows *rows)
{
	if (rows && rows->count == 0)
		return request_fail(rq, ERR_NOT_FOUND);
	answer_begin(rq, 204);
	rq->content_type = NULL;
	return OK;
}

void answer_digest(struct request *rq)
{
	uint8_t digest[SHA256_LEN];
	char text[48], etag[64];

	if (rq->out.failed || sha256(rq->out.data, rq->out.len, digest) != OK)
		return;
	base64url_encode(digest, 16, text);
	snprintf(etag, sizeof(etag), "W/\"%s\"", text);
	reply_header(rq, "ETag", etag);
}

enum err answer_collection(struct request *rq, const struct db_rows *rows, const char *key)
{
	if (rows->count == 0)
		return request_fail(rq, ERR_NOT_FOUND);
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_key(&rq->json, "data");
	json_open_array(&rq->json);
	for (int i = 0; i < rows->count; i++) {
		if (find_value(rows, i, key) != NULL)
			render_row(rq, rows, i);
	}
	json_close_array(&rq->json);
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

/* A list as it was asked for. */
struct page {
	struct db_list_request request;
	const char *const *filter;
	const char *context; /* what the cursor is tied to */
	int limit;
};

static enum err refuse_param(struct request *rq, const char *name, const char *code,
			     const char *sentence)
{
	char pointer[72];

	snprintf(pointer, sizeof(pointer), "?%.64s", name);
	refuse_field(rq, pointer, code, "%s", sentence);
	return fail(rq, PROBLEM_invalid, "A query parameter breaks a rule.");
}

static enum err take_limit(struct request *rq, struct page *page)
{
	const char *text = request_query(rq, "limit");
	char *end;

	page->limit = LIST_LIMIT_DEFAULT;
	if (text) {
		long value = strtol(text, &end, 10);

		if (*end || end == text || value < 1 || value > LIST_LIMIT_MAX)
			return refuse_param(rq, "limit", "maximum",
					    "It is a number from 1 to 100.");
		page->limit = (int)value;
	}
	page->request.limit = (unsigned)page->limit + 1;
	return OK;
}

static enum err take_sort(struct request *rq, const struct db_list *list, struct page *page)
{
	const char *sort = request_query(rq, "sort");
	bool descending = sort && sort[0] == '-';

	page->request.descending = list->sort_count && !list->sorts[0].ascending;
	if (!sort)
		return OK;
	for (unsigned i = 0; i < list->sort_count; i++) {
		if (strcmp(list->sorts[i].name, sort + descending) == 0) {
			page->request.sort = i;
			page->request.descending = descending;
			return OK;
		}
	}
	return refuse_param(rq, "sort", "enum", "The list cannot be sorted by this.");
}

static bool is_filter(const struct db_list *list, const char *name)
{
	for (unsigned i = 0; i < list->filter_count; i++) {
		if (strcmp(list->filters[i].name, name) == 0)
			return true;
	}
	return false;
}

static enum err take_filters(struct request *rq, const struct db_list *list, struct page *page)
{
	const char **filter = arena_alloc(rq->arena, sizeof(*filter) * (list->filter_count + 1));

	if (!filter)
		return ERR_MEMORY;
	for (unsigned i = 0; i < list->filter_count; i++)
		filter[i] = request_query(rq, list->filters[i].name);
	page->filter = filter;
	page->request.filter = filter;
	for (int i = 0; i < rq->query_count; i++) {
		const char *name = rq->query[i].name;

		/* Where the document names the operation's parameters, it has checked them. */
		if (!exchange_of(rq)->compiled->operation && !is_filter(list, name) &&
		    strcmp(name, "limit") != 0 && strcmp(name, "sort") != 0 &&
		    strcmp(name, "cursor") != 0)
			return refuse_param(rq, name, "unknown_parameter",
					    "There is no such parameter.");
	}
	return OK;
}

/* Everything that a cursor must find unchanged, told apart by lengths. */
static enum err make_context(struct request *rq, const struct db_statement *statement,
			     struct page *page)
{
	const struct db_list *list = statement->list;
	struct buffer text;

	buffer_init(&text, 1 << 20);
	buffer_printf(&text, "%s %s %s %u %d", statement->name, rq->who.organization_id, rq->path,
		      page->request.sort, page->request.descending);
	for (unsigned i = 0; i < list->filter_count; i++) {
		if (page->filter[i])
			buffer_printf(&text, " %u=%zu:%s", i, strlen(page->filter[i]),
				      page->filter[i]);
	}
	page->context = text.failed ? NULL : arena_strdup(rq->arena, text.data);
	buffer_release(&text);
	return page->context ? OK : ERR_MEMORY;
}

static enum err read_cursor(struct request *rq, struct page *page, const char *cursor)
{
	enum err err;

	if (!cursor)
		return OK;
	err = cursor_read(rq->arena, rq->app->cursor_key, page->context, cursor,
			  &page->request.cursor_key, &page->request.cursor_id);
	if (err == ERR_INVALID)
		return fail(rq, PROBLEM_bad_cursor,
			    "Use next_cursor with the filters and sort it was given for.");
	return err;
}

void answer_next(struct request *rq, const char *parameter, const char *value)
{
	const char *at = exchange_of(rq)->query_text;
	size_t name = strlen(parameter);
	struct buffer text;

	buffer_init(&text, 8192);
	buffer_printf(&text, "<%s?", rq->path);
	while (*at) {
		size_t len = strcspn(at, "&");

		if (len > 0 && (strncmp(at, parameter, name) != 0 || at[name] != '=')) {
			buffer_add(&text, at, len);
			buffer_char(&text, '&');
		}
		at += len + (at[len] == '&');
	}
	buffer_printf(&text, "%s=%s>; rel=\"next\"", parameter, value);
	if (!text.failed)
		reply_header(rq, "Link", text.data);
	buffer_release(&text);
}

static enum err write_page(struct request *rq, const struct page *page, const struct db_rows *rows)
{
	int shown = rows->count > page->limit ? page->limit : rows->count;
	struct json_writer *json = &rq->json;
	const char *cursor = NULL;

	if (rows->count > page->limit) {
		const char *key = find_value(rows, shown - 1, "sort_key");
		const char *id = find_value(rows, shown - 1, "id");

		assert(key && id);
		cursor = cursor_make(rq->arena, rq->app->cursor_key, page->context, key, id);
		if (!cursor)
			return ERR_MEMORY;
		answer_next(rq, "cursor", cursor);
	}
	answer_begin(rq, 200);
	json_open_object(json);
	json_key(json, "data");
	json_open_array(json);
	for (int i = 0; i < shown; i++)
		render_row(rq, rows, i);
	json_close_array(json);
	json_member(json, "next_cursor", cursor);
	json_close_object(json);
	answer_digest(rq);
	return OK;
}

enum err answer_list(struct request *rq, const struct db_statement *statement,
		     const char *const *args)
{
	const struct db_list *list = statement->list;
	struct page page = {0};
	struct db_rows rows;

	assert(list);
	TRY(take_limit(rq, &page));
	TRY(take_sort(rq, list, &page));
	TRY(take_filters(rq, list, &page));
	TRY(make_context(rq, statement, &page));
	TRY(read_cursor(rq, &page, request_query(rq, "cursor")));
	if (export_type(rq))
		return answer_export(rq, statement, args, &page.request);
	TRY(request_run_list(rq, statement, args, &page.request, &rows));
	return write_page(rq, &page, &rows);
}

enum err request_run_page(struct request *rq, const struct db_statement *statement,
			  const char *const *args, struct db_list_request *request,
			  const char *cursor, struct db_rows *rows, const char **next)
{
	struct page page = {.request = *request, .filter = request->filter};
	int shown = (int)request->limit;

	*next = NULL;
	page.request.limit++;
	TRY(make_context(rq, statement, &page));
	TRY(read_cursor(rq, &page, cursor));
	TRY(request_run_list(rq, statement, args, &page.request, rows));
	if (rows->count <= shown)
		return OK;
	rows->count = shown;
	*next = cursor_make(rq->arena, rq->app->cursor_key, page.context,
			    find_value(rows, shown - 1, "sort_key"),
			    find_value(rows, shown - 1, "_id"));
	return *next ? OK : ERR_MEMORY;
}
