/* Takes single changes into an organization's fits, and swaps fits. */
#include "tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "db/admin.h"
#include "model_results.h"

#define MARKS_MOST   4096 /* of one application */
#define RESULTS_MOST ((size_t)1 << 24)
#define ARGS(...)    ((const char *const[]){__VA_ARGS__})

/* Both kinds may be of one job: then the first owns it. */
static void drop(struct tenant *tenant, enum fit_kind kind)
{
	struct fit_job *job = tenant->held[kind];

	tenant->held[kind] = NULL;
	for (enum fit_kind other = FIT_FULL; other < FIT_KINDS; other++)
		if (tenant->held[other] == job)
			return;
	fit_job_free(job);
}

void tenant_forget(struct tenant *tenant)
{
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		drop(tenant, kind);
	tenant->applied_count = 0;
}

size_t tenant_bytes(const struct tenant *tenant)
{
	size_t bytes = 0;

	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		if (tenant->held[kind] != NULL)
			bytes += tenant->held[kind]->fit[kind].bytes +
				 tenant->held[kind]->data.count * sizeof(struct rating);
	return bytes;
}

/* As an array literal. */
static void put_applied(struct buffer *out, const struct tenant *tenant)
{
	buffer_char(out, '{');
	for (size_t i = 0; i < tenant->applied_count; i++)
		buffer_printf(out, "%s%s", i == 0 ? "" : ",", tenant->applied[i]);
	buffer_char(out, '}');
}

static void note_applied(struct tenant *tenant, const char *change)
{
	if (tenant->applied_count < APPLIED_MOST)
		snprintf(tenant->applied[tenant->applied_count++], sizeof(*tenant->applied), "%s",
			 change);
}

/* ---- one application --------------------------------------------------------------------------
 */

/* Its scorecards as they are now. */
struct sheet {
	struct admin_rows rows;
	struct model_mark marks[MARKS_MOST];
	struct rating ratings[MARKS_MOST];
	size_t count;
};

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
	return model_update(fit->model, application, interviewer, sheet->marks + from,
			    sheet->count - from);
}

/* Whoever is behind the change may have no scorecard any more. */
static enum err card_remove(struct fit_job *job, struct fit *fit, const struct sheet *sheet,
			    uint32_t application, const char *who)
{
	uint32_t interviewer;

	for (int i = 0; i < sheet->rows.count; i++)
		if (text_equal(admin_value(&sheet->rows, i, 0), who))
			return OK;
	if (who == NULL || !id_table_find(&job->data.interviewers, who, &interviewer))
		return OK;
	return model_update(fit->model, application, interviewer, NULL, 0);
}

static enum err sheet_take(struct fit_job *job, struct fit *fit, struct sheet *sheet,
			   uint32_t application, const char *who)
{
	sheet->count = 0;
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

/* Of one change into one fit. *broken: the fit in memory is of no use any more. */
static enum err change_take(struct fit_job *job, enum fit_kind kind, struct sheet *sheet,
			    const char *id, const char *who, struct admin *app, bool *broken,
			    struct why *why)
{
	struct fit *fit = &job->fit[kind];
	uint32_t application;
	enum err err;

	if (fit->model == NULL || !id_table_find(&job->data.applications, id, &application) ||
	    fit->pool_of_role[job->data.application[application].role] == NO_NUMBER)
		return OK;
	TRY(sheet_read(sheet, app, job->organization, id, why));
	err = sheet_take(job, fit, sheet, application, who);
	if (err == OK)
		err = sheet_store(job, kind, sheet, application, app, why);
	else
		*broken = true; /* some of its scorecards may be in, and others not */
	admin_rows_release(&sheet->rows);
	return *broken ? OK : err;
}

/* ---- what waits -------------------------------------------------------------------------------
 */

/* The closed fit takes an application once nobody owes for it; that it opens, only a full fit. */
static const char waiting_sql[] =
    "SELECT c.id, c.application_id, c.interviewer_id, c.touches_full::text, "
    "(c.touches_closed AND NOT is_open_to_model(c.application_id))::text FROM model_changes c "
    "WHERE c.organization_id = $1::uuid AND c.application_id IS NOT NULL "
    "AND NOT c.id = ANY ($2::uuid[]) AND NOT c.id = ANY ($3::uuid[]) ORDER BY c.id LIMIT 64";

static enum err waiting(const struct tenant *tenant, const char *done, struct admin *app,
			struct admin_rows *rows, struct why *why)
{
	struct buffer applied;
	enum err err = ERR_MEMORY;

	buffer_init(&applied, RESULTS_MOST);
	put_applied(&applied, tenant);
	if (!applied.failed)
		err = admin_query(app, waiting_sql, ARGS(tenant->organization, done, applied.data),
				  3, rows, why);
	buffer_release(&applied);
	return err;
}

static enum err changes_take(struct tenant *tenant, struct fit_job *const held[FIT_KINDS],
			     const char *done, struct admin *app, struct why *why)
{
	struct sheet *sheet = malloc(sizeof(*sheet));
	struct admin_rows rows;
	enum err err = sheet ? OK : why_set(why, ERR_MEMORY, "out of memory");

	if (err == OK)
		err = waiting(tenant, done, app, &rows, why);
	if (err != OK) {
		free(sheet);
		return err;
	}
	for (int i = 0; i < rows.count && err == OK && tenant->applied_count < APPLIED_MOST; i++) {
		for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS && err == OK; kind++) {
			bool broken = false;

			if (held[kind] != NULL && admin_value(&rows, i, 3 + (int)kind)[0] == 't')
				err = change_take(held[kind], kind, sheet, admin_value(&rows, i, 1),
						  admin_value(&rows, i, 2), app, &broken, why);
			if (broken) {
				model_free(held[kind]->fit[kind].model);
				held[kind]->fit[kind].model = NULL;
			}
		}
		note_applied(tenant, admin_value(&rows, i, 0));
	}
	admin_rows_release(&rows);
	free(sheet);
	return err;
}

enum err tenant_check(struct tenant *tenant, struct admin *app, struct why *why)
{
	struct admin_rows rows;

	TRY(admin_query(app,
			"SELECT string_agg(f.id::text, ' ') FROM model_fits f "
			"WHERE f.organization_id = $1::uuid",
			ARGS(tenant->organization), 1, &rows, why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		const char *shown = admin_value(&rows, 0, 0);

		if (tenant->held[kind] != NULL &&
		    (shown == NULL || strstr(shown, tenant->held[kind]->fit_id[kind]) == NULL))
			drop(tenant, kind);
	}
	admin_rows_release(&rows);
	return OK;
}

enum err tenant_update(struct tenant *tenant, struct admin *app, struct why *why)
{
	if (tenant->held[FIT_FULL] == NULL && tenant->held[FIT_CLOSED] == NULL)
		return OK;
	TRY(admin_run(app, "BEGIN", why));
	TRY(fitter_enter(app, tenant->organization, why));
	TRY(tenant_check(tenant, app, why));
	TRY(changes_take(tenant, tenant->held, "{}", app, why));
	return admin_run(app, "COMMIT", why);
}

/* ---- the next fit -----------------------------------------------------------------------------
 */

/* ERR_NOT_FOUND: the model was switched off meanwhile. */
static enum err show(struct fit_job *job, enum fit_kind kind, struct admin *app, struct why *why)
{
	struct admin_rows rows;
	char version[12];

	snprintf(version, sizeof(version), "%d", MODEL_VERSION);
	TRY(admin_query(app,
			"INSERT INTO model_fits (organization_id, kind, id, model_version, "
			"inputs_hash, summary) "
			"VALUES ($1::uuid, $2, $3::uuid, $4::integer, $5, $6::jsonb) "
			"ON CONFLICT (organization_id, kind) DO UPDATE SET id = excluded.id, "
			"model_version = excluded.model_version, "
			"inputs_hash = excluded.inputs_hash, summary = excluded.summary, "
			"computed_at = now()",
			ARGS(job->organization, fit_kind_name(kind), job->fit_id[kind], version,
			     job->data.hash[kind], job->summary[kind]),
			6, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

static enum err still_on(const struct fit_job *job, struct admin *app, struct why *why)
{
	struct admin_rows rows;
	bool on;

	TRY(admin_query(app,
			"SELECT o.statistical_model FROM organizations o "
			"WHERE o.organization_id = $1::uuid FOR SHARE",
			ARGS(job->organization), 1, &rows, why));
	on = rows.count > 0 && admin_value(&rows, 0, 0)[0] == 't';
	admin_rows_release(&rows);
	return on ? OK : ERR_NOT_FOUND;
}

static enum err show_all(struct tenant *tenant, struct fit_job *job, struct admin *app,
			 struct why *why)
{
	struct fit_job *made[FIT_KINDS] = {NULL};
	struct admin_rows rows;

	TRY(still_on(job, app, why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		if (job->made[kind]) {
			made[kind] = job;
			TRY(show(job, kind, app, why));
		}
	tenant->applied_count = 0;
	TRY(changes_take(tenant, made, job->changes.data, app, why));
	TRY(admin_query(app,
			"DELETE FROM model_changes c WHERE c.organization_id = $1::uuid "
			"AND c.id = ANY ($2::uuid[])",
			ARGS(job->organization, job->changes.data), 2, &rows, why));
	admin_rows_release(&rows);
	return OK;
}

enum err tenant_show(struct tenant *tenant, struct fit_job *job, struct admin *app, struct why *why)
{
	enum err err;

	TRY(admin_run(app, "BEGIN", why));
	TRY(fitter_enter(app, tenant->organization, why));
	err = show_all(tenant, job, app, why);
	if (err == ERR_NOT_FOUND) {
		tenant_forget(tenant);
		return admin_run(app, "ROLLBACK", why);
	}
	if (err != OK)
		return err;
	TRY(admin_run(app, "COMMIT", why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++)
		if (job->made[kind]) {
			drop(tenant, kind);
			tenant->held[kind] = job;
		}
	return OK;
}
