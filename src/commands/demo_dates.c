/* Dates the demo's history: what was loaded in seconds is told to have taken half a year. */
#include <stdlib.h>

#include "db/admin.h"
#include "demo_script.h"
#include "statements.h"

#define DAY_S	   86400
#define ARRAY_TEXT (1 << 20)

/* src/demo/dates.plpgsql, embedded by the build. */
extern const char demo_dates_sql[];

/* ---- days ------------------------------------------------------------------------------------ */

void demo_dates_init(struct demo_dates *dates, bool wanted)
{
	struct tm day;
	time_t now = time(NULL);

	*dates = (struct demo_dates){.today = now - now % DAY_S, .wanted = wanted};
	gmtime_r(&now, &day);
	if (day.tm_wday == 6)
		dates->today -= DAY_S;
	else if (day.tm_wday == 0)
		dates->today -= (time_t)2 * DAY_S;
	buffer_init(&dates->real, ARRAY_TEXT);
	buffer_init(&dates->told, ARRAY_TEXT);
}

void demo_dates_release(struct demo_dates *dates)
{
	buffer_release(&dates->real);
	buffer_release(&dates->told);
}

/* The midnight that is so many working days away from today. */
static time_t working_day(time_t today, long away)
{
	struct tm day;
	long from_monday, weeks, within;

	gmtime_r(&today, &day);
	from_monday = day.tm_wday - 1 + away;
	weeks = from_monday >= 0 ? from_monday / 5 : -((4 - from_monday) / 5);
	within = from_monday - weeks * 5;
	return today + (weeks * 7 + within - (day.tm_wday - 1)) * DAY_S;
}

const char *demo_dates_text(const struct demo_dates *dates, struct arena *arena, const char *day)
{
	char *end = NULL;
	long away = strtol(day, &end, 10);
	time_t at = working_day(dates->today, away);
	unsigned hour = 0, minute = 0;
	struct tm t;

	if (end == day || (*end != '\0' && sscanf(end, "T%2u:%2u", &hour, &minute) != 2))
		return NULL;
	gmtime_r(&at, &t);
	if (*end == '\0')
		return arena_printf(arena, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1,
				    t.tm_mday);
	return arena_printf(arena, "%04d-%02d-%02dT%02u:%02u:00Z", t.tm_year + 1900, t.tm_mon + 1,
			    t.tm_mday, hour, minute);
}

/* ---- dating ---------------------------------------------------------------------------------- */

/* The database's clock, since the rows have their times from it. */
enum err demo_dates_mark(struct demo_script *s, struct engine_run *run, const char *day)
{
	struct db_caller caller = {.organization_id = s->organization_id, .actor_kind = "system"};
	struct demo_dates *dates = &s->dates;
	struct db_refusal refusal;
	struct db_rows rows;
	const char *now, *told;

	if (!dates->wanted)
		return OK;
	if (db_run(run->local.db, &run->arena, &caller, &sql_demo_moment_statement, NULL, &rows,
		   &refusal) != OK)
		return why_set(&run->why, ERR_UNAVAILABLE, "the demo: the database went away");
	now = db_value(&rows, 0, "moment");
	told = day == NULL ? now : demo_dates_text(dates, &run->arena, day);
	if (told == NULL)
		return why_set(&run->why, ERR_INTERNAL, "the demo script: no day is %s", day);
	buffer_printf(&dates->real, "%c\"%s\"", dates->real.len == 0 ? '{' : ',', now);
	buffer_printf(&dates->told, "%c\"%s\"", dates->told.len == 0 ? '{' : ',', told);
	return dates->real.failed || dates->told.failed
		   ? why_set(&run->why, ERR_MEMORY, "there is not enough memory")
		   : OK;
}

enum err demo_dates_possible(const struct engine *engine, struct why *why)
{
	struct admin *admin = NULL;
	struct why reason;

	if (database_connect(&engine->database, DATABASE_OWNER, &admin, &reason) != OK)
		return why_set(why, ERR_UNAVAILABLE,
			       "the demo's history is dated by the owner of the tables: give "
			       "--owner-url, or load the demo with --small (%.300s)",
			       reason.text);
	admin_close(admin);
	return OK;
}

enum err demo_dates_settle(struct demo_script *s, struct engine *engine, struct why *why)
{
	const char *args[] = {s->organization_id, NULL, NULL};
	struct admin *admin = NULL;
	struct admin_rows rows;
	enum err err;

	if (!s->dates.wanted)
		return OK;
	buffer_char(&s->dates.real, '}');
	buffer_char(&s->dates.told, '}');
	if (s->dates.real.failed || s->dates.told.failed)
		return why_set(why, ERR_MEMORY, "there is not enough memory");
	args[1] = s->dates.real.data;
	args[2] = s->dates.told.data;
	err = database_connect(&engine->database, DATABASE_OWNER, &admin, why);
	if (err == OK)
		err = admin_run(admin, "BEGIN", why);
	if (err == OK)
		err = admin_query(admin,
				  "SELECT set_config('assay.organization', $1, true), "
				  "set_config('assay_demo.real', $2, true), "
				  "set_config('assay_demo.told', $3, true)",
				  args, 3, &rows, why);
	if (err == OK) {
		admin_rows_release(&rows);
		err = admin_run(admin, demo_dates_sql, why);
	}
	if (err == OK)
		err = admin_run(admin, "COMMIT", why);
	admin_close(admin);
	return err;
}
