/* Candidates' links: made and revoked by recruiters; the survey's results, demographics and the
 * notice. */
#include "auth/secret.h"
#include "candidate_side.h"
#include "http/app.h"
#include "resources/handlers.h"
#include "statements.h"

enum err candidate_links_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_link_application, &rows, .application_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	return LIST_OF(rq, candidate_links_list, .application_id = rq->param[0]);
}

/* Not remembered under an Idempotency-Key, since the answer holds the token. */
enum err candidate_links_create(struct request *rq)
{
	char token[SECRET_MAX + 1], digest[SHA256_HEX_LEN + 1];
	struct db_rows rows;
	const char *location, *url;

	rq->idempotency.key = NULL;
	TRY(secret_generate(CANDIDATE_LINK_PREFIX, rq->who.organization_id, token, digest));
	TRY(RUN(rq, candidate_link_create, &rows, .application_id = rq->param[0], .digest = digest,
		.body = rq->body_text));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	location = arena_printf(rq->arena, "/v1/candidate_links/%s", db_value(&rows, 0, "id"));
	url = arena_printf(rq->arena, "%s/candidate#%s",
			   rq->app->web_origin ? rq->app->web_origin : "", token);
	if (!location || !url)
		return ERR_MEMORY;
	reply_header(rq, "Location", location);
	answer_begin(rq, 201);
	json_open_object(&rq->json);
	render_members(rq, &rows, 0);
	json_member(&rq->json, "token", token);
	json_member(&rq->json, "url", url);
	json_close_object(&rq->json);
	return OK;
}

enum err candidate_links_revoke(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_link_revoke, &rows, .link_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err survey_results_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, survey_release, &rows, NO_PARAMETERS));
	TRY(RUN(rq, survey_results, &rows, .role_id = request_query(rq, "role_id")));
	return answer_one(rq, 200, &rows);
}

enum err demographics_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, fairness_release, &rows, NO_PARAMETERS));
	TRY(RUN(rq, demographics_counts, &rows, .role_id = request_query(rq, "role_id")));
	return answer_one(rq, 200, &rows);
}

enum err candidate_notices_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_notice_get, &rows, NO_PARAMETERS));
	return answer_one(rq, 200, &rows);
}

enum err candidate_notices_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_notice_put, &rows, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
