/* Events: GET /v1/events, oldest first, read on from the last one that was seen. */
#include <assert.h>
#include <stdlib.h>

#include "resources/handlers.h"
#include "statements.h"

#define LIMIT_DEFAULT 25

/*
 * The place to go on from is an event's id and no cursor of the usual kind: that would hold the
 * number by which events are sorted, and its gaps would tell of events that are hidden.
 */
static enum err write_events(struct request *rq, const struct db_rows *rows, int limit)
{
	bool more = rows->count > limit;
	int shown = more ? limit : rows->count;
	const char *last = more ? db_value(rows, shown - 1, "id") : NULL;

	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_key(&rq->json, "data");
	json_open_array(&rq->json);
	for (int i = 0; i < shown; i++)
		render_row(rq, rows, i);
	json_close_array(&rq->json);
	json_member(&rq->json, "next_cursor", last);
	json_close_object(&rq->json);
	if (last)
		answer_next(rq, "after", last);
	answer_digest(rq);
	return OK;
}

enum err events_list(struct request *rq)
{
	const struct db_list *list = sql_events_list_statement.list;
	const char *limit = request_query(rq, "limit"), *after = request_query(rq, "after");
	const char *filter[8] = {NULL};
	int most =
	    limit ? (int)strtol(limit, NULL, 10) : LIMIT_DEFAULT; /* in range by the API document */
	struct db_list_request page = {.filter = filter, .limit = (unsigned)most + 1};
	struct db_rows rows;

	assert(list->filter_count <= ARRAY_LEN(filter));
	if (after) {
		TRY(RUN(rq, event_known, &rows, .event_id = after));
		if (rows.count == 0) {
			refuse_field(rq, "?after", "unknown_event", "No event has this id.");
			return fail(rq, PROBLEM_invalid, "No event has this id.");
		}
	}
	for (unsigned i = 0; i < list->filter_count; i++)
		filter[i] = request_query(rq, list->filters[i].name);
	if (export_type(rq))
		return answer_export(rq, &sql_events_list_statement, NULL, &page);
	TRY(request_run_list(rq, &sql_events_list_statement, NULL, &page, &rows));
	return write_events(rq, &rows, most);
}
