/* Takes changes into fits one after the other, card by card. */
#include "changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/admin.h"
#include "fitter.h"
#include "model_results.h"

#define MARKS_MOST   4096 /* of one application */
#define RESULTS_MOST ((size_t)1 << 24)
#define ARGS(...)    ((const char *const[]){__VA_ARGS__})

/* ---- the log ----------------------------------------------------------------------------------
 */

static void log_note(struct change_log *log, const char *id)
{
	if (log->count < CHANGES_MOST)
		snprintf(log->id[log->count++], sizeof(*log->id), "%s", id);
}

/* As an array literal. */
static void log_put(struct buffer *out, const struct change_log *log)
{
	buffer_char(out, '{');
	for (size_t i = 0; i < log->count; i++)
		buffer_printf(out, "%s%s", i == 0 ? "" : ",", log->id[i]);
	buffer_char(out, '}');
}

void change_log_forget(struct change_log *log, const char *ids)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->count; i++) {
		if (strstr(ids, log->id[i]) != NULL)
			continue;
		if (kept < i)
			memcpy(log->id[kept], log->id[i], sizeof(*log->id));
		kept++;
	}
	log->count = kept;
}

/* ---- transactions -----------------------------------------------------------------------------
 */

enum err changes_begin(struct admin *app, const char *organization, struct why *why)
{
	TRY(admin_run(app, "BEGIN", why));
	return fitter_enter(app, organization, why);
}

enum err changes_allowed(struct admin *app, const char *organization, struct why *why)
{
	struct admin_rows rows;
	bool on;

	TRY(admin_query(app,
			"SELECT o.statistical_model FROM organizations o "
			"WHERE o.organization_id = $1::uuid FOR SHARE",
			ARGS(organization), 1, &rows, why));
	on = rows.count > 0 && admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	return on ? OK : ERR_NOT_FOUND;
}

/* ---- one application --------------------------------------------------------------------------
 */

/* Its scorecards as they are now. */
struct sheet {
	struct admin_rows rows;
	struct model_mark marks[MARKS_MOST];
	struct rating ratings[MARKS_MOST];
	size_t count;
	bool changed; /* the fit had others */
};

/* Most cards of an application are as the fit has them: an update of each would cost the same. */
static enum err card_put(struct fit *fit, struct sheet *sheet, uint32_t application,
			 uint32_t interviewer, const struct model_mark *marks, size_t count)
{
	if (model_has(fit->model, application, interviewer, marks, count))
		return OK;
	sheet->changed = true;
	return model_update(fit->model, application, interviewer, marks, count);
}

static enum err sheet_read(struct sheet *sheet, struct admin *app, const char *organization,
			   const char *application, struct why *why)
{
	return admin_query(
	    app,
	    "SELECT s.author_id, string_agg((SELECT string_agg(e.key || ':' || "
	    "(e.value ->> 'value'), ',' ORDER BY e.key) FROM jsonb_each(s.ratings) e "
	    "WHERE jsonb_typeof(e.value -> 'value') = 'number'), ',' ORDER BY s.id) "
	    "FROM scorecards s WHERE s.organization_id = $1::uuid "
	    "AND s.application_id = $2::uuid AND s.status = 'submitted' "
	    "GROUP BY s.author_id ORDER BY s.author_id",
	    ARGS(organization, application), 2, &sheet->rows, why);
}

/* One interviewer's ratings into the model. ERR_CONFLICT: only a full fit can take them. */
static enum err card_take(struct fit_job *job, struct fit *fit, struct sheet *sheet, int row,
			  uint32_t application)
{
	size_t from = sheet->count;
	uint32_t interviewer;

	if (!id_table_find(&job->data.interviewers, admin_value(&sheet->rows, row, 0),
			   &interviewer))
		return ERR_CONFLICT;
	TRY(model_data_marks(&job->data, admin_value(&sheet->rows, row, 1), sheet->marks,
			     MARKS_MOST, &sheet->count, false));
	for (size_t i = from; i < sheet->count; i++)
		sheet->ratings[i] = (struct rating){
		    application, interviewer, sheet->marks[i].competency, sheet->marks[i].value};
	return card_put(fit, sheet, application, interviewer, sheet->marks + from,
			sheet->count - from);
}

/* Whoever is behind the change may have no scorecard any more. */
static enum err card_remove(struct fit_job *job, struct fit *fit, struct sheet *sheet,
			    uint32_t application, const char *who)
{
	uint32_t interviewer;

	for (int i = 0; i < sheet->rows.count; i++)
		if (text_equal(admin_value(&sheet->rows, i, 0), who))
			return OK;
	if (who == NULL || !id_table_find(&job->data.interviewers, who, &interviewer))
		return OK;
	return card_put(fit, sheet, application, interviewer, NULL, 0);
}

static enum err sheet_take(struct fit_job *job, struct fit *fit, struct sheet *sheet,
			   uint32_t application, const char *who)
{
	sheet->count = 0;
	sheet->changed = false;
	for (int i = 0; i < sheet->rows.count; i++)
		TRY(card_take(job, fit, sheet, i, application));
	TRY(card_remove(job, fit, sheet, application, who));
	fit->live[application] = sheet->count > 0;
	return OK;
}

static enum err sheet_store(const struct fit_job *job, enum fit_kind kind,
			    const struct sheet *sheet, uint32_t application, struct admin *app,
			    struct why *why)
{
	struct admin_rows rows;
	struct buffer out;
	enum err err = ERR_MEMORY;

	buffer_init(&out, RESULTS_MOST);
	results_of(&out, &job->data, &job->fit[kind], application, sheet->ratings, sheet->count);
	if (!out.failed)
		err = admin_query(
		    app,
		    "WITH gone AS (DELETE FROM model_results r WHERE r.organization_id = $1::uuid "
		    "AND r.fit_id = $2::uuid AND r.object_id = $4::uuid AND $5 = '0') "
		    "INSERT INTO model_results (organization_id, fit_id, object_id, result) "
		    "SELECT $1::uuid, $2::uuid, e.id, e.r "
		    "FROM json_to_recordset($3::json) AS e(id uuid, r jsonb) "
		    "WHERE e.id <> $4::uuid OR $5 <> '0' "
		    "ON CONFLICT (organization_id, fit_id, object_id) "
		    "DO UPDATE SET result = excluded.result, computed_at = now()",
		    ARGS(job->organization, job->fit_id[kind], out.data,
			 job->data.applications.id[application], sheet->count == 0 ? "0" : "1"),
		    5, &rows, why);
	else
		err = why_set(why, err, "the results do not fit into memory");
	if (err == OK)
		admin_rows_release(&rows);
	buffer_release(&out);
	return err;
}

/*
 * Of one change into one fit. What only a full fit can take makes the one in memory useless, since
 * some of the scorecards may be in and others not; what it said of all others stays.
 */
static enum err change_take(struct fit_job *job, enum fit_kind kind, struct sheet *sheet,
			    const char *id, const char *who, struct admin *app, struct why *why)
{
	struct fit *fit = &job->fit[kind];
	uint32_t application;
	enum err err;

	if (!id_table_find(&job->data.applications, id, &application) ||
	    fit->pool_of_role[job->data.application[application].role] == NO_NUMBER)
		return OK;
	TRY(sheet_read(sheet, app, job->organization, id, why));
	if (sheet_take(job, fit, sheet, application, who) != OK) {
		model_free(fit->model);
		fit->model = NULL;
		err = OK;
	} else {
		err = sheet->changed ? sheet_store(job, kind, sheet, application, app, why) : OK;
	}
	admin_rows_release(&sheet->rows);
	return err;
}

/* ---- what waits -------------------------------------------------------------------------------
 */

/*
 * Of each change, which fits have yet to take it: $3 and $4 are what they have, NULL where there is
 * none to take it. The closed fit takes an application once nobody owes for it; that it opens, only
 * a full fit.
 */
static const char waiting_sql[] =
    "SELECT c.id, c.application_id, c.interviewer_id, (c.touches_full AND "
    "coalesce(NOT c.id = ANY ($3::uuid[]), false))::text, (c.touches_closed AND "
    "coalesce(NOT c.id = ANY ($4::uuid[]), false))::text, "
    "(c.touches_closed AND NOT is_open_to_model(c.application_id))::text FROM model_changes c "
    "WHERE c.organization_id = $1::uuid AND c.application_id IS NOT NULL "
    "AND NOT c.id = ANY ($2::uuid[]) AND ((c.touches_full AND NOT c.id = ANY ($3::uuid[])) OR "
    "(c.touches_closed AND NOT c.id = ANY ($4::uuid[]))) ORDER BY c.id LIMIT $5::integer";

static bool takes(const struct fit_job *job, enum fit_kind kind)
{
	return job != NULL && job->fit[kind].model != NULL && job->log[kind].count < CHANGES_MOST;
}

static enum err waiting(struct fit_job *const into[FIT_KINDS], const char *organization,
			const char *done, int most, struct admin *app, struct admin_rows *rows,
			struct why *why)
{
	const char *had[FIT_KINDS] = {NULL};
	struct buffer logs[FIT_KINDS];
	char limit[12];
	enum err err = OK;

	snprintf(limit, sizeof(limit), "%d", most);
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		buffer_init(&logs[kind], RESULTS_MOST);
		if (!takes(into[kind], kind))
			continue;
		log_put(&logs[kind], &into[kind]->log[kind]);
		had[kind] = logs[kind].data;
		if (logs[kind].failed)
			err = why_set(why, ERR_MEMORY, "out of memory");
	}
	if (err == OK)
		err = admin_query(app, waiting_sql,
				  ARGS(organization, done, had[FIT_FULL], had[FIT_CLOSED], limit),
				  5, rows, why);
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		buffer_release(&logs[kind]);
	return err;
}

static enum err row_take(struct fit_job *const into[FIT_KINDS], const struct admin_rows *rows,
			 int row, struct sheet *sheet, struct admin *app, struct why *why)
{
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		bool opens = kind == FIT_CLOSED && admin_value(rows, row, 5)[0] != 't';

		if (admin_value(rows, row, 3 + (int)kind)[0] != 't' || !takes(into[kind], kind))
			continue;
		if (!opens)
			TRY(change_take(into[kind], kind, sheet, admin_value(rows, row, 1),
					admin_value(rows, row, 2), app, why));
		log_note(&into[kind]->log[kind], admin_value(rows, row, 0));
	}
	return OK;
}

enum err changes_take(struct fit_job *const into[FIT_KINDS], const char *organization,
		      const char *done, int most, struct admin *app, size_t *taken, struct why *why)
{
	struct sheet *sheet;
	struct admin_rows rows;
	enum err err;

	*taken = 0;
	if (!takes(into[FIT_FULL], FIT_FULL) && !takes(into[FIT_CLOSED], FIT_CLOSED))
		return OK;
	sheet = malloc(sizeof(*sheet));
	if (sheet == NULL)
		return why_set(why, ERR_MEMORY, "out of memory");
	err = waiting(into, organization, done, most, app, &rows, why);
	if (err == OK) {
		*taken = (size_t)rows.count;
		if (rows.count > 0)
			err = changes_allowed(app, organization, why);
		for (int i = 0; i < rows.count && err == OK; i++)
			err = row_take(into, &rows, i, sheet, app, why);
		admin_rows_release(&rows);
	}
	free(sheet);
	return err;
}
