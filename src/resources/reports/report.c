/* Writes a report: the statement's rows, and beside each rate its interval. */
#include "resources/reports/report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "evaluation/shrink.h"

#define LEVEL	 .95
#define DECIMALS 4

/* PostgreSQL's type OIDs of what is a number, which never change. */
enum { TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23, TYPE_FLOAT8 = 701, TYPE_NUMERIC = 1700 };

enum err report_check_period(struct request *rq)
{
	const char *from = request_query(rq, "from"), *to = request_query(rq, "to");

	if (!from || !to || strcmp(from, to) <= 0)
		return OK;
	refuse_field(rq, "?to", "order", "The period ends before it begins.");
	return fail(rq, PROBLEM_invalid, "A query parameter breaks a rule.");
}

bool report_wants_csv(const struct request *rq)
{
	const char *format = request_query(rq, "format"), *accept = request_header(rq, "Accept");

	if (format)
		return strcmp(format, "csv") == 0;
	/* A browser's wildcard takes JSON, which is what programs want too. */
	return accept && strstr(accept, "text/csv") && !strstr(accept, "json") &&
	       request_accepts(rq, "text/csv");
}

/* NULL counts as unknown. Beyond what an interval is made for, it is one of fewer cases: wider. */
static bool take_rate(const struct db_rows *rows, int row, const struct report_rate *rate,
		      struct rate *out)
{
	const char *x = db_value(rows, row, rate->x), *n = db_value(rows, row, rate->n);
	unsigned long long part, whole;

	*out = (struct rate){0, 0};
	if (!x || !n)
		return false;
	part = strtoull(x, NULL, 10);
	whole = strtoull(n, NULL, 10);
	while (whole > RATE_MOST) {
		part /= 2;
		whole /= 2;
	}
	*out = (struct rate){(unsigned)part, (unsigned)whole};
	return whole > 0;
}

static enum err fit(struct request *rq, const struct db_rows *rows, int shown,
		    const struct report_rate *rate, struct shrink *out)
{
	struct rate *groups = arena_alloc(rq->arena, sizeof(*groups) * ((size_t)shown + 1));

	if (!groups)
		return ERR_MEMORY;
	for (int row = 0; row < shown; row++)
		(void)take_rate(rows, row, rate, &groups[row]);
	*out = shrink_fit(groups, (size_t)shown);
	return OK;
}

static struct report_figure rate_of(const struct db_rows *rows, int row,
				    const struct report_rate *rate, const struct shrink *shrink)
{
	struct report_figure out = {0};
	struct rate cases;

	out.known = take_rate(rows, row, rate, &cases);
	if (out.known) {
		out.value = (double)cases.x / cases.n;
		out.interval = interval_wilson(cases, LEVEL);
	}
	out.shrunk = shrink_rate(shrink, cases);
	return out;
}

size_t report_count(const struct db_rows *rows, int row, const char *column)
{
	const char *value = db_value(rows, row, column);

	return value ? (size_t)strtoull(value, NULL, 10) : 0;
}

static struct said sentence_of_row(const struct report *report, const struct db_rows *rows, int row,
				   const struct shrink *shrinks)
{
	struct report_figure first = rate_of(rows, row, &report->rates[0], &shrinks[0]);

	return report->sentence(rows, row, first);
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void json_rate(struct json_writer *json, const struct report_rate *rate,
		      const struct report_figure *figure)
{
	static const char *const parts[] = {"", "_low", "_high"};
	const double values[] = {figure->value, figure->interval.low, figure->interval.high};
	char key[80];

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		snprintf(key, sizeof(key), "%s%s", rate->name, parts[i]);
		json_key(json, key);
		if (figure->known)
			json_put_number(json, values[i], DECIMALS);
		else
			json_put_null(json);
	}
	if (!rate->shrunk)
		return;
	snprintf(key, sizeof(key), "%s_shrunk", rate->name);
	json_key(json, key);
	json_put_number(json, figure->shrunk, DECIMALS);
}

void report_json_begin(struct request *rq, const char *name, bool truncated)
{
	struct json_writer *json = &rq->json;

	answer_begin(rq, 200);
	json_open_object(json);
	json_member(json, "report", name);
	json_member(json, "role_id", request_query(rq, "role_id"));
	json_member(json, "from", request_query(rq, "from"));
	json_member(json, "to", request_query(rq, "to"));
	json_key(json, "truncated");
	json_put_boolean(json, truncated);
}

static void write_json(struct request *rq, const struct report *report, const struct db_rows *rows,
		       int shown, const struct shrink *shrinks)
{
	struct json_writer *json = &rq->json;

	report_json_begin(rq, report->name, rows->count > shown);
	json_key(json, "data");
	json_open_array(json);
	for (int row = 0; row < shown; row++) {
		json_open_object(json);
		render_members(rq, rows, row);
		for (size_t i = 0; i < report->rate_count; i++) {
			struct report_figure figure =
			    rate_of(rows, row, &report->rates[i], &shrinks[i]);

			json_rate(json, &report->rates[i], &figure);
		}
		if (report->sentence) {
			struct said said = sentence_of_row(report, rows, row, shrinks);

			json_key(json, "sentence");
			said_write(json, &said);
		}
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

/* ---- CSV (RFC 4180) ---------------------------------------------------------------------------
 */

static bool is_number(unsigned type)
{
	return type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8 || type == TYPE_FLOAT8 ||
	       type == TYPE_NUMERIC;
}

/* What a spreadsheet would take for a formula gets an apostrophe before it, and stays a text. */
void report_csv_text(struct buffer *out, const char *text)
{
	bool formula = *text && strchr("=+-@\t\r", *text), quoted = strpbrk(text, ",\"\r\n");

	if (quoted)
		buffer_char(out, '"');
	if (formula)
		buffer_char(out, '\'');
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			buffer_char(out, '"');
		buffer_char(out, *c);
	}
	if (quoted)
		buffer_char(out, '"');
}

static void csv_rate(struct buffer *out, const struct report_rate *rate,
		     const struct report_figure *figure)
{
	if (figure->known)
		buffer_printf(out, ",%.*f,%.*f,%.*f", DECIMALS, figure->value, DECIMALS,
			      figure->interval.low, DECIMALS, figure->interval.high);
	else
		buffer_text(out, ",,,");
	if (rate->shrunk)
		buffer_printf(out, ",%.*f", DECIMALS, figure->shrunk);
}

static void csv_head(struct buffer *out, const struct report *report, const struct db_rows *rows)
{
	for (int i = 0; i < rows->columns; i++)
		buffer_printf(out, "%s%s", i ? "," : "", rows->column[i].name);
	for (size_t i = 0; i < report->rate_count; i++) {
		const char *name = report->rates[i].name;

		buffer_printf(out, ",%s,%s_low,%s_high", name, name, name);
		if (report->rates[i].shrunk)
			buffer_printf(out, ",%s_shrunk", name);
	}
	buffer_text(out, report->sentence ? ",sentence\r\n" : "\r\n");
}

static void csv_sentence(struct buffer *out, const struct report *report,
			 const struct db_rows *rows, int row, const struct shrink *shrinks)
{
	struct said said = sentence_of_row(report, rows, row, shrinks);
	char text[SENTENCE_SIZE];

	buffer_char(out, ',');
	report_csv_text(out, said_text(&said, text));
}

void report_csv_begin(struct request *rq, const char *name)
{
	char disposition[120];

	buffer_clear(&rq->out);
	rq->status = 200;
	rq->content_type = "text/csv";
	snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s.csv\"", name);
	reply_header(rq, "Content-Disposition", disposition);
}

static void write_csv(struct request *rq, const struct report *report, const struct db_rows *rows,
		      int shown, const struct shrink *shrinks)
{
	struct buffer *out = &rq->out;

	report_csv_begin(rq, report->name);
	csv_head(out, report, rows);
	for (int row = 0; row < shown; row++) {
		for (int i = 0; i < rows->columns; i++) {
			const char *value = rows->value[row * rows->columns + i];

			if (i)
				buffer_char(out, ',');
			if (value && is_number(rows->column[i].type))
				buffer_text(out, value);
			else if (value)
				report_csv_text(out, value);
		}
		for (size_t i = 0; i < report->rate_count; i++) {
			struct report_figure figure =
			    rate_of(rows, row, &report->rates[i], &shrinks[i]);

			csv_rate(out, &report->rates[i], &figure);
		}
		if (report->sentence)
			csv_sentence(out, report, rows, row, shrinks);
		buffer_text(out, "\r\n");
	}
}

enum err report_answer(struct request *rq, const struct report *report, const struct db_rows *rows)
{
	int shown = rows->count > REPORT_ROWS ? REPORT_ROWS : rows->count;
	struct shrink *shrinks =
	    arena_alloc(rq->arena, sizeof(*shrinks) * (report->rate_count + 1));

	if (!shrinks)
		return ERR_MEMORY;
	for (size_t i = 0; i < report->rate_count; i++)
		TRY(fit(rq, rows, shown, &report->rates[i], &shrinks[i]));
	if (report_wants_csv(rq))
		write_csv(rq, report, rows, shown, shrinks);
	else
		write_json(rq, report, rows, shown, shrinks);
	answer_digest(rq);
	return OK;
}
