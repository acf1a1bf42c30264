/* How long candidates are kept: /v1/retention_rules, /v1/retention, a candidate's country. */
#include "resources/handlers.h"
#include "statements.h"

enum err retention_rules_list(struct request *rq)
{
	return LIST(rq, retention_rules_list);
}

enum err retention_rules_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, retention_rule_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/retention_rules", &rows);
}

enum err retention_rules_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, retention_rule_get, &rows, .rule_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err retention_rules_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, retention_rule_update, &rows, .rule_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err retention_rules_delete(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, retention_rule_delete, &rows, .rule_id = rq->param[0], .if_match = version));
	return answer_nothing(rq, &rows);
}

enum err retention_due_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, retention_due_list, &rows, NO_PARAMETERS));
	return answer_collection(rq, &rows, "candidate_id");
}

/* A batch at a time, so that no run holds the rest up; repeated until nobody is left. */
enum err retention_run(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, retention_run, &rows, .body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err candidate_countries_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_country_get, &rows, .candidate_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err candidate_countries_put(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, candidate_country_put, &rows, .candidate_id = rq->param[0],
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
