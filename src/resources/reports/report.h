/* A report's rows with the intervals of its rates, as JSON or CSV. */
#ifndef RESOURCES_REPORT_H
#define RESOURCES_REPORT_H

#include "core/attr.h"
#include "evaluation/interval.h"
#include "evaluation/sentences.h"
#include "http/request.h"

/* Rows that a report has at most; its statement asks for one more. */
#define REPORT_ROWS 10000

/* A rate that the report adds to each row: column x of column n, with Wilson's 95 % interval. */
struct report_rate {
	const char *name, *x, *n;
	bool shrunk; /* with the rate drawn towards that of all rows */
};

/* One rate of one row; `known` is false where nothing was decided, or there is nothing to reach. */
struct report_figure {
	bool known;
	double value;
	struct interval interval;
	double shrunk;
};

struct report {
	const char *name;
	const struct report_rate *rates;
	size_t rate_count;
	/* What the first rate of a row says; NULL where the report has no sentences. */
	struct said (*sentence)(const struct db_rows *rows, int row, struct report_figure first);
};

/* A row's column as a count; 0 where it has none. */
size_t report_count(const struct db_rows *rows, int row, const char *column);

/* Refuses a period that ends before it begins. */
enum err report_check_period(struct request *rq) MUST_USE;
/* Whether the client wants a table: ?format=csv, else what Accept names. */
bool report_wants_csv(const struct request *rq);
enum err report_answer(struct request *rq, const struct report *report,
		       const struct db_rows *rows) MUST_USE;

/* What all reports begin with: an open object, its first members written; or the CSV file. */
void report_json_begin(struct request *rq, const char *name, bool truncated);
void report_csv_begin(struct request *rq, const char *name);
/* A text in CSV. */
void report_csv_text(struct buffer *out, const char *text);

#endif
