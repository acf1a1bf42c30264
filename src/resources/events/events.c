/* Events: GET /v1/events, oldest first, read on from the last one that was seen. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/digest.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "statements.h"

#define LIMIT_DEFAULT 25
#define LIMIT_MOST    100 /* as in the API document */
/*
 * So many events are looked at by one statement, whether they can be shown or not: however many are
 * hidden, none takes long. A page is read on until it is full or there is no event behind it, so
 * that neither what it shows nor whether there is more tells of hidden ones; only where that takes
 * longer than a while it ends before, with a place to go on from.
 */
#define PIECE	     500
#define PIECES_LEAST 4 /* however slow the machine is */
#define PAGE_US	     1000000

/* Where a page or an export is, by the number that events are sorted by. */
struct reading {
	int64_t place, last;
	bool whole; /* an object's or application's events, which are few: in one piece */
	struct db_list_request page;
	const char *filter[8];
	char behind[24], upto[24];
};

/* ---- places -----------------------------------------------------------------------------------
 */

/*
 * The place to go on from is an event's id, or, where the last event that was looked at is hidden,
 * a place under a seal that looks like an id: numbers would tell by their gaps how many are hidden.
 * The first half is made from the number, the second hides it; both need the key, and the caller.
 */
static enum err place_mask(const struct request *rq, const char *what, uint64_t bits, uint64_t *out)
{
	uint8_t mac[SHA256_LEN];
	const char *text = arena_printf(rq->arena, "events:%s:%s:%s:%016" PRIx64, what,
					rq->who.organization_id, rq->who.id, bits);

	if (!text)
		return ERR_MEMORY;
	TRY(hmac_sha256(rq->app->cursor_key, sizeof(rq->app->cursor_key), text, strlen(text), mac));
	memcpy(out, mac, sizeof(*out));
	return OK;
}

static enum err place_seal(const struct request *rq, int64_t place, const char **out)
{
	uint64_t head, mask, tail;

	TRY(place_mask(rq, "head", (uint64_t)place, &head));
	TRY(place_mask(rq, "tail", head, &mask));
	tail = mask ^ (uint64_t)place;
	*out = arena_printf(
	    rq->arena, "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
	    head >> 32, head >> 16 & 0xffff, head & 0xffff, tail >> 48, tail & 0xffffffffffff);
	return *out ? OK : ERR_MEMORY;
}

/* NULL where it is no sealed place of this caller's, but an event's id. */
static enum err place_open(const struct request *rq, const char *sealed, const char **out)
{
	char hex[33];
	uint64_t head, tail, mask, expected;
	size_t len = 0;

	for (const char *at = sealed; *at && len < 32; at++) {
		if (*at != '-')
			hex[len++] = *at;
	}
	hex[len] = '\0';
	tail = strtoull(hex + 16, NULL, 16);
	hex[16] = '\0';
	head = strtoull(hex, NULL, 16);
	TRY(place_mask(rq, "tail", head, &mask));
	TRY(place_mask(rq, "head", mask ^ tail, &expected));
	*out = NULL;
	if (expected != head)
		return OK;
	*out = arena_printf(rq->arena, "%" PRIu64, mask ^ tail);
	return *out ? OK : ERR_MEMORY;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

/* Few events are worth a plan of their own: a kept one may walk through everybody's. */
static const char *filter_of(const struct request *rq, struct reading *reading, const char *name)
{
	if (text_equal(name, "behind"))
		return reading->behind;
	if (text_equal(name, "upto"))
		return reading->whole ? NULL : reading->upto;
	if (text_equal(name, "within"))
		return !reading->whole && reading->last - reading->place <= 4 * PIECE
			   ? reading->upto
			   : NULL;
	return request_query(rq, name);
}

static enum err begin(struct request *rq, struct reading *reading)
{
	const struct db_list *list = sql_events_list_statement.list;
	const char *after = request_query(rq, "after"), *place = NULL;
	struct db_rows rows;

	if (after)
		TRY(place_open(rq, after, &place));
	TRY(RUN(rq, event_place, &rows, .place = place, .event_id = place ? NULL : after,
		.since = request_query(rq, "since"), .object_id = request_query(rq, "object_id"),
		.application_id = request_query(rq, "application_id")));
	if (text_equal(db_value(&rows, 0, "unknown"), "t")) {
		refuse_field(rq, "?after", "unknown_event", "No event has this id.");
		return fail(rq, PROBLEM_invalid, "No event has this id.");
	}
	reading->place = strtoll(db_value(&rows, 0, "place"), NULL, 10);
	reading->last = strtoll(db_value(&rows, 0, "last"), NULL, 10);
	reading->whole = text_equal(db_value(&rows, 0, "whole"), "t");
	assert(list->filter_count <= ARRAY_LEN(reading->filter));
	for (unsigned i = 0; i < list->filter_count; i++)
		reading->filter[i] = filter_of(rq, reading, list->filters[i].name);
	reading->page.filter = reading->filter;
	return OK;
}

/* The events that can be shown of the next so many; those behind them are the next piece. */
static enum err read_piece(struct request *rq, struct reading *reading, int64_t piece,
			   struct db_rows *rows)
{
	snprintf(reading->behind, sizeof(reading->behind), "%" PRId64, reading->place);
	reading->place = reading->whole ? reading->last : reading->place + piece;
	snprintf(reading->upto, sizeof(reading->upto), "%" PRId64, reading->place);
	return request_run_list(rq, &sql_events_list_statement, NULL, &reading->page, rows);
}

static enum err next_of_export(struct request *rq, void *arg, struct db_rows *rows, bool *more)
{
	struct reading *reading = arg;

	reading->page.limit = DB_LIST_MOST;
	TRY(read_piece(rq, reading, DB_LIST_MOST, rows));
	if (reading->whole) { /* a page of these */
		*more = rows->count == DB_LIST_MOST;
		if (*more)
			reading->place =
			    strtoll(db_value(rows, rows->count - 1, "sort_key"), NULL, 10);
		return OK;
	}
	*more = reading->place < reading->last;
	return OK;
}

/* A page: the pieces that had something to show, and one event more than are shown. */
struct page {
	struct db_rows piece[LIMIT_MOST + 1];
	int pieces, rows, limit;
};

static enum err read_page(struct request *rq, struct reading *reading, struct page *page)
{
	int64_t until = clock_monotonic_us() + PAGE_US;
	int read = 0;

	do {
		struct db_rows *rows = &page->piece[page->pieces];

		reading->page.limit = (unsigned)(page->limit + 1 - page->rows);
		TRY(read_piece(rq, reading, PIECE, rows));
		page->rows += rows->count;
		page->pieces += rows->count > 0;
	} while (page->rows <= page->limit && reading->place < reading->last &&
		 (++read < PIECES_LEAST || clock_monotonic_us() < until));
	return OK;
}

/* The rows that are shown, and the id of the last one. */
static const char *render_page(struct request *rq, const struct page *page)
{
	const char *last = NULL;
	int shown = 0;

	for (int p = 0; p < page->pieces; p++) {
		for (int i = 0; i < page->piece[p].count && shown < page->limit; i++, shown++) {
			render_row(rq, &page->piece[p], i);
			last = db_value(&page->piece[p], i, "id");
		}
	}
	return last;
}

static enum err write_events(struct request *rq, const struct reading *reading,
			     const struct page *page)
{
	const char *next = NULL, *last;

	if (page->rows <= page->limit && reading->place < reading->last)
		TRY(place_seal(rq, reading->place, &next));
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_key(&rq->json, "data");
	json_open_array(&rq->json);
	last = render_page(rq, page);
	json_close_array(&rq->json);
	if (page->rows > page->limit)
		next = last;
	json_member(&rq->json, "next_cursor", next);
	json_close_object(&rq->json);
	if (next)
		answer_next(rq, "after", next);
	answer_digest(rq);
	return OK;
}

enum err events_list(struct request *rq)
{
	const char *limit = request_query(rq, "limit");
	struct reading reading = {0};
	struct page page = {.limit = limit ? (int)strtol(limit, NULL, 10) : LIMIT_DEFAULT};

	assert(page.limit <= LIMIT_MOST);
	TRY(begin(rq, &reading));
	if (export_type(rq))
		return answer_export_of(rq, next_of_export, &reading);
	TRY(read_page(rq, &reading, &page));
	return write_events(rq, &reading, &page);
}
