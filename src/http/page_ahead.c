/* The screen that a page is for, by its address: its code and its first data are named in the
 * page's Link header, so that a browser asks for them beside the first script and not a way later.
 */
#include "core/text.h"
#include "exchange.h"

#define HERE_COOKIE "__Host-here=1"

/* What the interface's own script goes by, too: it opens nothing. */
static bool signed_in(const struct exchange *ex)
{
	for (const char *at = ex->gate.header[HEADER_COOKIE]; at && *at; at += strcspn(at, ";")) {
		at += strspn(at, "; \t");
		if (strcspn(at, "; \t") == strlen(HERE_COOKIE) &&
		    strncmp(at, HERE_COOKIE, strlen(HERE_COOKIE)) == 0)
			return true;
	}
	return false;
}

/* As the interface writes it: lower case, so that the address asked for is the same text. */
static bool is_id(const char *text, size_t len)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
			return false;
	}
	return true;
}

/* Whether the path fits the pattern, piece by piece; `*id` is the piece at `:id`. */
static bool fits(const char *pattern, const char *path, const char **id)
{
	while (*pattern == '/' && *path == '/') {
		size_t wanted = strcspn(++pattern, "/"), len = strcspn(++path, "/");

		if (wanted == 3 && strncmp(pattern, ":id", 3) == 0) {
			if (!is_id(path, len))
				return false;
			*id = path;
		} else if (wanted != 1 || *pattern != '*') {
			if (wanted != len || strncmp(pattern, path, len) != 0)
				return false;
		}
		pattern += wanted;
		path += len;
	}
	return !*pattern && !*path;
}

static const struct page_ahead *find(const struct app *app, const char *path, const char **id)
{
	for (size_t i = 0; i < app->page_count; i++) {
		*id = NULL;
		if (fits(app->pages[i].pattern, path, id))
			return &app->pages[i];
	}
	return NULL;
}

/* The data's addresses, of this id. */
static const char *filled(struct request *rq, const char *data, const char *id)
{
	const char *text = "", *at;

	while (id && text && (at = strstr(data, ":id"))) {
		text = arena_printf(rq->arena, "%s%.*s%.36s", text, (int)(at - data), data, id);
		data = at + strlen(":id");
	}
	return text ? arena_printf(rq->arena, "%s%s", text, data) : NULL;
}

/* Nothing is said of what is not there. */
static void name(struct request *rq, const char *links)
{
	if (links && links[0])
		reply_header(rq, "Link", links);
}

void page_ahead(struct exchange *ex)
{
	const struct app *app = ex->rq.app;
	struct request *rq = &ex->rq;
	bool here = signed_in(ex);
	const char *id;
	const struct page_ahead *page = find(app, rq->path, &id);

	/* Whoever is not signed in sees the door instead. */
	if (!here && (!page || !page->open))
		page = find(app, "/sign-in", &id);
	if (!page)
		return;
	name(rq, page->code);
	if (here)
		name(rq, filled(rq, page->data, id));
	if (here && !ex->query_text[0])
		name(rq, filled(rq, page->unfiltered, id));
}
