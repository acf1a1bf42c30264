/* Versions of interview plans and the dry runs of their stages: /v1/plans, /v1/stages/…/dry_runs.
 */
#include "resources/handlers.h"
#include "statements.h"

/* Plans and kits of src/templates as one JSON array: see src/templates_plans.mk. */
extern const char plan_templates[];

/* A plan with its stages. These change by themselves, so that the ETag is a digest of the whole. */
static enum err answer_plan(struct request *rq, int status, const struct db_rows *plan)
{
	struct db_rows stages;
	struct json_writer *json = &rq->json;

	if (plan->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such plan.");
	TRY(RUN(rq, plan_stages, &stages, .plan_id = db_value(plan, 0, "id")));
	answer_begin(rq, status);
	json_open_object(json);
	render_members(rq, plan, 0);
	json_key(json, "stages");
	json_open_array(json);
	for (int i = 0; i < stages.count; i++)
		render_row(rq, &stages, i);
	json_close_array(json);
	json_close_object(json);
	answer_digest(rq);
	return OK;
}

enum err plans_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, plans_list, &rows, .role_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

enum err plans_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, plan_get, &rows, .plan_id = rq->param[0]));
	return answer_plan(rq, 200, &rows);
}

/* A copy of the current plan, of another one or of a template, which then is the current one. */
enum err plans_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, plan_create, &rows, .role_id = rq->param[0], .body = rq->body_text,
		.templates = plan_templates));
	if (rows.count > 0)
		reply_header(rq, "Location",
			     arena_printf(rq->arena, "/v1/plans/%s", db_value(&rows, 0, "id")));
	return answer_plan(rq, 201, &rows);
}

enum err plans_update(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, plan_update, &rows, .plan_id = rq->param[0], .body = rq->body_text));
	return answer_plan(rq, 200, &rows);
}

enum err dry_runs_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, dry_runs_list, &rows, .stage_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

/* A dry run has no address of its own; it stands in the list. */
enum err dry_runs_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, dry_run_create, &rows, .stage_id = rq->param[0], .body = rq->body_text));
	reply_header(rq, "Location", rq->path);
	return answer_one(rq, 201, &rows);
}
