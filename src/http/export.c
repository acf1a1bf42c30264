/* A whole list as CSV or NDJSON: page after page of the same statement, sent while it is read. */
#include <assert.h>
#include <ctype.h>

#include "exchange.h"
#include "steps.h"

#define TEXT_CSV  "text/csv"
#define NDJSON	  "application/x-ndjson"
#define PAGE_MOST ((size_t)64 << 20)

/* An Accept that takes JSON too means the page. */
const char *export_type(const struct request *rq)
{
	if (request_accepts(rq, "application/json"))
		return NULL;
	if (request_accepts(rq, TEXT_CSV))
		return TEXT_CSV;
	return request_accepts(rq, NDJSON) ? NDJSON : NULL;
}

/* ---- CSV --------------------------------------------------------------------------------------
 */

/*
 * A spreadsheet takes what begins like a formula for one, and others wrote these texts: such a
 * cell begins with an apostrophe. A telephone number is no formula.
 */
static bool is_formula(const char *text, size_t len)
{
	if (len == 0 || !strchr("=+-@\t\r", text[0]) || text[0] == '\0')
		return false;
	if (text[0] != '+' && text[0] != '-')
		return true;
	for (size_t i = 1; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) &&
		    (text[i] == '\0' || !strchr(" ()-./", text[i])))
			return true;
	}
	return false;
}

static void write_cell(struct buffer *out, const char *text, size_t len)
{
	buffer_char(out, '"');
	if (is_formula(text, len))
		buffer_char(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			buffer_char(out, '"');
		buffer_char(out, text[i]);
	}
	buffer_char(out, '"');
}

static void end_cell(struct buffer *out, bool last)
{
	buffer_text(out, last ? "\r\n" : ",");
}

static void write_header(struct buffer *out, const struct db_rows *rows)
{
	const char *last = NULL;

	for (int i = 0; i < rows->columns; i++) {
		const char *name = rows->column[i].name;

		if (render_is_hidden(name))
			continue;
		if (last)
			buffer_char(out, ',');
		buffer_text(out, name);
		last = name;
	}
	buffer_text(out, "\r\n");
}

/* Each value as JSON spells it: texts without their escapes, numbers bare, null as nothing. */
static void write_row(struct request *rq, struct buffer *out, const struct db_rows *rows, int row)
{
	struct buffer one;
	bool first = true;

	buffer_init(&one, PAGE_MOST);
	for (int i = 0; i < rows->columns; i++) {
		int at = row * rows->columns + i;

		if (render_is_hidden(rows->column[i].name))
			continue;
		if (!first)
			end_cell(out, false);
		first = false;
		if (!rows->value[at])
			continue;
		buffer_clear(&one);
		json_writer_init(&rq->json, &one);
		render_value(rq, rows, row, i);
		if (one.failed) {
			out->failed = 1;
		} else if (render_is_text(rows, i)) {
			write_cell(out, rows->value[at], (size_t)rows->length[at]);
		} else if (one.data[0] == '"') { /* a time, an address: nothing in it to escape */
			write_cell(out, one.data + 1, one.len - 2);
		} else {
			write_cell(out, one.data, one.len);
		}
	}
	end_cell(out, true);
	buffer_release(&one);
}

/* ---- the stream -------------------------------------------------------------------------------
 */

struct export
{
	struct request *rq;
	export_next *next;
	void *pages;
	bool csv;
	bool begun;
};

static void write_rows(struct export *export, const struct db_rows *rows, struct buffer *out)
{
	struct request *rq = export->rq;

	if (export->csv && !export->begun)
		write_header(out, rows);
	for (int i = 0; i < rows->count; i++) {
		if (export->csv) {
			write_row(rq, out, rows, i);
		} else {
			json_writer_init(&rq->json, out);
			render_row(rq, rows, i);
			buffer_char(out, '\n');
		}
	}
}

static enum err put_name(struct request *rq, bool csv)
{
	const char *name = strrchr(rq->path, '/') + 1;
	const char *text =
	    arena_printf(rq->arena, "attachment; filename=\"%s.%s\"", name, csv ? "csv" : "ndjson");

	if (!text)
		return ERR_MEMORY;
	reply_header(rq, "Content-Disposition", text);
	return OK;
}

static enum err send_rows(struct export *export, const struct db_rows *rows)
{
	struct request *rq = export->rq;
	struct buffer out;
	enum err err = OK;

	buffer_init(&out, PAGE_MOST);
	write_rows(export, rows, &out);
	if (out.failed)
		err = ERR_MEMORY;
	if (err == OK && !export->begun)
		err = put_name(rq, export->csv);
	if (err == OK && !export->begun && !rq->head)
		err = stream_begin(rq, 200, export->csv ? TEXT_CSV : NDJSON);
	export->begun = true;
	if (err == OK && !rq->head && out.len > 0)
		err = stream_write(rq, out.data, out.len);
	buffer_release(&out);
	return err;
}

/* The next page, in memory of its own, so that the whole needs no more than one. */
static enum err send_page(struct export *export, bool *more)
{
	struct request *rq = export->rq;
	struct arena *whole = rq->arena, page;
	struct db_rows rows;
	enum err err;

	arena_init(&page, PAGE_MOST);
	rq->arena = &page;
	err = export->next(rq, export->pages, &rows, more);
	rq->arena = whole;
	if (err == OK)
		err = send_rows(export, &rows);
	*more = *more && err == OK && !rq->head;
	if (err != OK) /* what is to be said of it is in there */
		arena_adopt(whole, &page);
	arena_release(&page);
	return err;
}

enum err answer_export_of(struct request *rq, export_next *next, void *pages)
{
	const char *type = export_type(rq);
	struct export export = {.rq = rq, .next = next, .pages = pages};
	bool more = true;

	assert(type); /* or it would be a page */
	export.csv = strcmp(type, TEXT_CSV) == 0;
	answer_begin(rq, 200);
	rq->content_type = export.csv ? TEXT_CSV : NDJSON;
	while (more)
		TRY(send_page(&export, &more));
	return OK;
}

/* ---- a list's pages ---------------------------------------------------------------------------
 */

struct list_pages {
	const struct db_statement *statement;
	const char *const *args;
	struct db_list_request page;
	char key[1024], id[64]; /* of the last row, which outlive its page */
};

static bool remember(struct list_pages *pages, const struct db_rows *rows)
{
	const char *key = db_value(rows, rows->count - 1, "sort_key");
	const char *id = db_value(rows, rows->count - 1, "id");

	if (strlen(key) >= sizeof(pages->key) || strlen(id) >= sizeof(pages->id))
		return false;
	memcpy(pages->key, key, strlen(key) + 1);
	memcpy(pages->id, id, strlen(id) + 1);
	pages->page.cursor_key = pages->key;
	pages->page.cursor_id = pages->id;
	return true;
}

static enum err next_of_list(struct request *rq, void *arg, struct db_rows *rows, bool *more)
{
	struct list_pages *pages = arg;

	TRY(request_run_list(rq, pages->statement, pages->args, &pages->page, rows));
	*more = (unsigned)rows->count == pages->page.limit;
	return !*more || remember(pages, rows) ? OK : ERR_MEMORY;
}

enum err answer_export(struct request *rq, const struct db_statement *statement,
		       const char *const *args, const struct db_list_request *list)
{
	struct list_pages pages = {.statement = statement, .args = args, .page = *list};

	pages.page.limit = DB_LIST_MOST;
	return answer_export_of(rq, next_of_list, &pages);
}
