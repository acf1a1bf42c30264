/* Writes the careers pages: server-rendered, without a script, every text escaped. */
#include <string.h>

#include "careers.h"
#include "core/text.h"
#include "http/app.h"

#define POLICY                                                                                     \
	"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "              \
	"frame-ancestors 'none'"

static const char *const origins[] = {"source",	      "utm_source", "utm_medium",
				      "utm_campaign", "utm_term",   "utm_content"};

void page_begin(struct request *rq, int status, const char *title, const char *organization)
{
	struct buffer *out = &rq->out;

	answer_begin(rq, status);
	rq->content_type = "text/html; charset=utf-8";
	reply_header(rq, "Content-Security-Policy", POLICY);
	/* The form's own address, so that a browser says where a form came from. */
	reply_header(rq, "Referrer-Policy", "same-origin");
	buffer_text(out,
		    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	markup_text(out, title);
	if (organization) {
		buffer_text(out, " – ");
		markup_text(out, organization);
	}
	buffer_text(out, "</title>\n<link rel=\"stylesheet\" href=\"/careers.css\">\n");
}

void page_body(struct request *rq, const char *organization, const char *home)
{
	struct buffer *out = &rq->out;

	buffer_text(out, "</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the "
			 "content</a>\n<header><p class=\"name\">");
	if (home) {
		buffer_text(out, "<a href=\"");
		markup_text(out, home);
		buffer_text(out, "\">");
	}
	markup_text(out, organization);
	buffer_text(out, home ? "</a>" : "");
	buffer_text(out, "</p></header>\n<main id=\"content\" tabindex=\"-1\">\n");
}

void page_end(struct request *rq)
{
	buffer_text(&rq->out, "</main>\n</body>\n</html>\n");
}

/* ---- plain text -------------------------------------------------------------------------------
 */

enum prose { PROSE_NONE, PROSE_PARAGRAPH, PROSE_LIST };

static void prose_close(struct buffer *out, enum prose *open)
{
	if (*open != PROSE_NONE)
		buffer_text(out, *open == PROSE_LIST ? "</li></ul>\n" : "</p>\n");
	*open = PROSE_NONE;
}

static void prose_line(struct buffer *out, enum prose *open, const char *line)
{
	bool item = strncmp(line, "- ", 2) == 0;

	if (line[strspn(line, " \t")] == '\0') {
		prose_close(out, open);
		return;
	}
	if (item && *open == PROSE_LIST) {
		buffer_text(out, "</li><li>");
	} else if (item) {
		prose_close(out, open);
		buffer_text(out, "<ul><li>");
		*open = PROSE_LIST;
	} else if (*open != PROSE_NONE) {
		buffer_text(out, "<br>");
	} else {
		buffer_text(out, "<p>");
		*open = PROSE_PARAGRAPH;
	}
	markup_text(out, line + (item ? 2 : 0));
}

void page_prose(struct buffer *out, const char *text)
{
	enum prose open = PROSE_NONE;
	struct buffer line;

	buffer_init(&line, 1 << 20);
	while (*text && !line.failed) {
		size_t len = strcspn(text, "\n");

		buffer_clear(&line);
		buffer_add(&line, text, len - (len > 0 && text[len - 1] == '\r'));
		buffer_char(&line, '\0');
		prose_line(out, &open, line.data);
		text += len + (text[len] == '\n');
	}
	prose_close(out, &open);
	buffer_release(&line);
}

/* ---- facts ------------------------------------------------------------------------------------
 */

static void fact(struct buffer *out, const char *name, const char *first, const char *second)
{
	if (!first)
		return;
	buffer_printf(out, "<div><dt>%s</dt><dd>", name);
	markup_text(out, first);
	if (second) {
		buffer_text(out, ", ");
		markup_text(out, second);
	}
	buffer_text(out, "</dd></div>\n");
}

/* 1234567.5 in groups of three, which no line break comes between. */
static void put_amount(struct buffer *out, const char *number)
{
	size_t whole = strcspn(number, ".");

	for (size_t i = 0; number[i]; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			buffer_text(out, "\u202f");
		buffer_char(out, number[i]);
	}
}

static void pay(struct buffer *out, const struct db_rows *rows, int row)
{
	const char *least = db_value(rows, row, "salary_min"),
		   *most = db_value(rows, row, "salary_max");

	if (!least)
		return;
	buffer_text(out, "<div><dt>Pay</dt><dd>");
	put_amount(out, least);
	if (!text_equal(least, most)) {
		buffer_text(out, " to ");
		put_amount(out, most);
	}
	buffer_char(out, ' ');
	markup_text(out, db_value(rows, row, "salary_currency"));
	buffer_text(out, " a ");
	markup_text(out, db_value(rows, row, "salary_unit"));
	buffer_text(out, "</dd></div>\n");
}

void page_facts(struct buffer *out, const struct db_rows *rows, int row)
{
	const char *mode = db_value(rows, row, "work_mode");
	bool remote = text_equal(mode, "remote"), hybrid = text_equal(mode, "hybrid");
	const char *place = db_value(rows, row, "location"),
		   *country = db_value(rows, row, "country");

	buffer_text(out, "<dl class=\"facts\">\n");
	fact(out, "Place", place ? place : country, place ? country : NULL);
	fact(out, "Work", remote ? "Remote" : hybrid ? "Partly remote" : "On site", NULL);
	fact(out, "Employment", employment_of(db_value(rows, row, "employment_type"))->words, NULL);
	pay(out, rows, row);
	fact(out, "Apply by", db_value(rows, row, "valid_through"), NULL);
	buffer_text(out, "</dl>\n");
}

/* ---- addresses --------------------------------------------------------------------------------
 */

const char *page_url(struct request *rq, const char *slug, const char *id, const char *rest)
{
	const char *url = arena_printf(rq->arena, "%s/careers/%s%s%s%s",
				       rq->app->web_origin ? rq->app->web_origin : "", slug,
				       id ? "/" : "", id ? id : "", rest);

	return url ? url : "";
}

static void percent(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '.' || c == '_')
			buffer_char(out, (char)c);
		else
			buffer_printf(out, "%%%02X", c);
	}
}

const char *page_origin(struct request *rq)
{
	struct buffer text;
	const char *made;

	buffer_init(&text, 16384);
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		const char *value = request_query(rq, origins[i]);

		if (!value || !*value)
			continue;
		buffer_printf(&text, "%c%s=", text.len ? '&' : '?', origins[i]);
		percent(&text, value);
	}
	made = text.len && !text.failed ? arena_strdup(rq->arena, text.data) : "";
	buffer_release(&text);
	return made ? made : "";
}
