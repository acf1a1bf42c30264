/* Takes single changes into an organization's fits, and swaps fits. */
#include "tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/admin.h"

/* Changes that are taken before the modeler looks at what else there is to do. */
#define TURN_MOST 64
#define ARGS(...) ((const char *const[]){__VA_ARGS__})

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

/* One change, so that whoever switches the model off waits for no more than that. */
static enum err update_one(struct tenant *tenant, struct admin *app, size_t *taken, struct why *why)
{
	TRY(changes_begin(app, tenant->organization, why));
	TRY(tenant_check(tenant, app, why));
	TRY(changes_take(tenant->held, tenant->organization, "{}", 1, app, taken, why));
	return admin_run(app, "COMMIT", why);
}

/* What was switched off while it was worked on. */
static enum err give_up(struct tenant *tenant, struct admin *app, struct why *why)
{
	tenant_forget(tenant);
	return admin_run(app, "ROLLBACK", why);
}

enum err tenant_update(struct tenant *tenant, struct admin *app, struct why *why)
{
	size_t taken = 1;

	for (int i = 0; i < TURN_MOST && taken > 0 &&
			(tenant->held[FIT_FULL] != NULL || tenant->held[FIT_CLOSED] != NULL);
	     i++) {
		enum err err = update_one(tenant, app, &taken, why);

		if (err == ERR_NOT_FOUND)
			return give_up(tenant, app, why);
		TRY(err);
	}
	return OK;
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

/* The fitter has taken in what came meanwhile; what came since its last look is taken here. */
static enum err show_all(struct tenant *tenant, struct fit_job *job, struct admin *app,
			 struct why *why)
{
	struct fit_job *next[FIT_KINDS];
	struct admin_rows rows;
	size_t taken = 1;

	TRY(changes_allowed(app, job->organization, why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		next[kind] = job->made[kind] ? job : tenant->held[kind];
		if (job->made[kind])
			TRY(show(job, kind, app, why));
	}
	while (taken > 0)
		TRY(changes_take(next, job->organization, job->changes.data, TURN_MOST, app, &taken,
				 why));
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

	TRY(changes_begin(app, tenant->organization, why));
	err = show_all(tenant, job, app, why);
	if (err == ERR_NOT_FOUND)
		return give_up(tenant, app, why);
	if (err != OK)
		return err;
	TRY(admin_run(app, "COMMIT", why));
	for (enum fit_kind kind = FIT_FULL; kind < FIT_KINDS; kind++) {
		if (job->made[kind]) {
			drop(tenant, kind);
			tenant->held[kind] = job;
		} else if (tenant->held[kind] != NULL) {
			change_log_forget(&tenant->held[kind]->log[kind], job->changes.data);
		}
	}
	return OK;
}
