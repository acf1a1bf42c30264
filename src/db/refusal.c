/* What PostgreSQL's errors mean to us. */
#include <stdio.h>
#include <string.h>

#include "db/segment.h"

static bool in_class(const char *sqlstate, const char *class)
{
	return strncmp(sqlstate, class, strlen(class)) == 0;
}

/* The longest prefix that fits decides; the order of rows therefore does not matter. */
static const struct {
	const char *prefix;
	struct verdict verdict;
} verdicts[] = {
    /* clang-format off */
	{"AS401", {.err = ERR_DENIED}},
	{"22",    {.err = ERR_INVALID}},
	{"54",    {.err = ERR_INVALID}},     /* more than PostgreSQL can hold or understand */
	{"23",    {.err = ERR_INVALID}},
	{"23001", {.err = ERR_CONFLICT}},    /* restrict */
	{"23503", {.err = ERR_CONFLICT}},    /* foreign key */
	{"23505", {.err = ERR_CONFLICT}},    /* unique */
	{"23P01", {.err = ERR_CONFLICT}},    /* exclusion */
	{"40001", {.err = ERR_BUSY, .remedy = REMEDY_RETRY}},
	{"40P01", {.err = ERR_BUSY, .remedy = REMEDY_RETRY}},
	{"55P03", {.err = ERR_TIMEOUT}},     /* lock_timeout */
	{"57014", {.err = ERR_TIMEOUT}},     /* statement_timeout */
	{"53",    {.err = ERR_UNAVAILABLE}}, /* disk full, out of memory, too many connections */
	{"58",    {.err = ERR_UNAVAILABLE}}, /* its own I/O failed */
	{"25006", {.err = ERR_UNAVAILABLE, .remedy = REMEDY_RETRY, .drop = true}}, /* demoted */
	{"26000", {.err = ERR_INTERNAL, .remedy = REMEDY_STALE, .retire = true}}, /* not prepared */
	{"57P",   {.err = ERR_UNAVAILABLE, .remedy = REMEDY_LOST, .drop = true}},
	{"08",    {.err = ERR_UNAVAILABLE, .remedy = REMEDY_LOST, .drop = true}},
    /* clang-format on */
};

static struct verdict judge_state(const char *sqlstate)
{
	struct verdict verdict = {.err = ERR_INTERNAL};
	size_t best = 0;

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		size_t len = strlen(verdicts[i].prefix);

		if (len > best && in_class(sqlstate, verdicts[i].prefix)) {
			best = len;
			verdict = verdicts[i].verdict;
		}
	}
	return verdict;
}

static void field(char *out, size_t cap, const PGresult *result, int code)
{
	const char *text = PQresultErrorField(result, code);

	snprintf(out, cap, "%s", text ? text : "");
}

struct verdict refusal_judge(const PGresult *result, struct db_refusal *refusal)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
	struct verdict verdict;

	field(refusal->sqlstate, sizeof(refusal->sqlstate), result, PG_DIAG_SQLSTATE);
	field(refusal->constraint, sizeof(refusal->constraint), result, PG_DIAG_CONSTRAINT_NAME);
	field(refusal->message, sizeof(refusal->message), result, PG_DIAG_MESSAGE_PRIMARY);

	/* libpq's own errors carry no SQLSTATE: out of memory, or a connection that broke. */
	if (refusal->sqlstate[0] == '\0')
		return (struct verdict){
		    .err = ERR_UNAVAILABLE, .remedy = REMEDY_LOST, .drop = true};
	verdict = judge_state(refusal->sqlstate);
	if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		verdict =
		    (struct verdict){.err = ERR_UNAVAILABLE, .remedy = REMEDY_LOST, .drop = true};
	/* "cached plan must not change result type": a migration altered what a statement returns.
	 */
	if (strcmp(refusal->sqlstate, "0A000") == 0 && function &&
	    strcmp(function, "RevalidateCachedQuery") == 0)
		verdict =
		    (struct verdict){.err = ERR_INTERNAL, .remedy = REMEDY_STALE, .retire = true};
	return verdict;
}

void segment_clear(struct segment *segment)
{
	for (unsigned i = 0; i < segment->result_count; i++)
		PQclear(segment->results[i]);
	segment->result_count = 0;
	segment->done = false;
	segment->err = OK;
	segment->remedy = REMEDY_NONE;
	segment->preparing_count = 0;
	segment->prepared_count = 0;
	segment->refusal = (struct db_refusal){0};
}

const PGresult *segment_result(const struct segment *segment)
{
	return segment->result_count ? segment->results[segment->result_count - 1] : NULL;
}
