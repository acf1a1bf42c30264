/* What the careers pages share: how a page is framed, and what is said of a posting. */
#ifndef RESOURCES_CAREERS_H
#define RESOURCES_CAREERS_H

#include "auth/principal.h"
#include "core/markup.h"
#include "http/request.h"

/* A page's organization, and the system that asks for it. */
struct careers {
	char organization[PRINCIPAL_UUID];
	struct db_caller caller;
};

/* Finds the page that the path names; refuses with 404 where none is switched on. */
enum err careers_enter(struct request *rq, struct careers *careers) MUST_USE;
/* The posting that the path names: 404 where there is none, and 410 where `open` and it is over. */
enum err careers_posting_read(struct request *rq, const struct careers *careers, bool open,
			      struct db_rows *rows) MUST_USE;

/* ---- careers_html.c ---------------------------------------------------------------------------
 */
/* Begins the answer; what follows goes to rq->out, between head and main. */
void page_begin(struct request *rq, int status, const char *title, const char *organization);
/* Ends the head; `home` is where the organization's name leads, or NULL. */
void page_body(struct request *rq, const char *organization, const char *home);
void page_end(struct request *rq);
/* Plain text as paragraphs and lists. */
void page_prose(struct buffer *out, const char *text);
/* Where, how much, how long: a list of facts, as they are known. */
void page_facts(struct buffer *out, const struct db_rows *rows, int row);
/* The address of a posting, or of the careers page (id NULL), whole. */
const char *page_url(struct request *rq, const char *slug, const char *id, const char *rest);
/* "?utm_source=…" of what the request itself was sent with; or nothing. */
const char *page_origin(struct request *rq);

/* ---- careers_data.c ---------------------------------------------------------------------------
 */
/* The JobPosting of schema.org, as a data block. */
void posting_json_ld(struct request *rq, const struct db_rows *rows);
/* Of an employment type: what people read, what schema.org and what job boards call it. */
struct employment {
	const char *type, *words, *schema, *board;
};
const struct employment *employment_of(const char *type);

#endif
