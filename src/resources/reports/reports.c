/* Reports over the roles that one may have them on: /v1/reports. */
#include "core/text.h"
#include "resources/handlers.h"
#include "resources/reports/report.h"
#include "statements.h"

#define PERIOD                                                                                     \
	.role_id = request_query(rq, "role_id"), .from = request_query(rq, "from"),                \
	.to = request_query(rq, "to")

enum err reports_time_in_stage(struct request *rq)
{
	static const struct report report = {.name = "time_in_stage"};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_time_in_stage, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}

enum err reports_time_to_decision(struct request *rq)
{
	static const struct report_rate rates[] = {
	    {.name = "within_target_rate", .x = "within_target", .n = "n"},
	};
	static const struct report report = {
	    .name = "time_to_decision", .rates = rates, .rate_count = ARRAY_LEN(rates)};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_time_to_decision, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}

/* Named rates with their 95 % interval, in whole percent. */
static void rate_put(struct said *said, const struct report_figure *rate)
{
	said_number(said, "percent", 100 * rate->value, 0);
	said_number(said, "low", 100 * rate->interval.low, 0);
	said_number(said, "high", 100 * rate->interval.high, 0);
}

static struct said funnel_sentence(const struct db_rows *rows, int row, struct report_figure passed)
{
	struct said s =
	    said_begin(passed.known ? SENTENCE_funnel_passed : SENTENCE_funnel_undecided);

	said_text_value(&s, "stage", db_value(rows, row, "stage_name"));
	said_count(&s, "n", report_count(rows, row, passed.known ? "n" : "pending"));
	if (passed.known)
		rate_put(&s, &passed);
	return s;
}

enum err reports_funnel(struct request *rq)
{
	static const struct report_rate rates[] = {
	    {.name = "pass_rate", .x = "passed", .n = "n"},
	};
	static const struct report report = {"funnel", rates, ARRAY_LEN(rates), funnel_sentence};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_funnel, &rows, PERIOD,
		.by_source = text_equal(request_query(rq, "by"), "source") ? "true" : "false"));
	return report_answer(rq, &report, &rows);
}

static struct said source_sentence(const struct db_rows *rows, int row,
				   struct report_figure offered)
{
	const char *source = db_value(rows, row, "source");
	struct said s = said_begin(
	    offered.known ? (source ? SENTENCE_source_offered : SENTENCE_no_source_offered)
			  : (source ? SENTENCE_source_undecided : SENTENCE_no_source_undecided));

	if (source)
		said_text_value(&s, "source", source);
	said_count(&s, "n", report_count(rows, row, offered.known ? "n" : "pending"));
	if (offered.known) {
		rate_put(&s, &offered);
		said_number(&s, "shrunk", 100 * offered.shrunk, 0);
	}
	return s;
}

enum err reports_sources(struct request *rq)
{
	static const struct report_rate rates[] = {
	    {.name = "offer_rate", .x = "offered", .n = "n", .shrunk = true},
	    {.name = "hire_rate", .x = "hired", .n = "n"},
	};
	static const struct report report = {"sources", rates, ARRAY_LEN(rates), source_sentence};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_sources, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}

enum err reports_interviewer_load(struct request *rq)
{
	static const struct report report = {.name = "interviewer_load"};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_interviewer_load, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}

enum err reports_scorecard_turnaround(struct request *rq)
{
	static const struct report_rate rates[] = {
	    {.name = "within_a_day_rate", .x = "within_a_day", .n = "n"},
	};
	static const struct report report = {
	    .name = "scorecard_turnaround", .rates = rates, .rate_count = ARRAY_LEN(rates)};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_scorecard_turnaround, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}

enum err reports_overdue(struct request *rq)
{
	static const struct report report = {.name = "overdue"};
	struct db_rows rows;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_overdue, &rows, PERIOD));
	return report_answer(rq, &report, &rows);
}
