/* Rubrics and their versions: /v1/rubrics, /v1/rubric_versions. */
#include "resources/handlers.h"
#include "statements.h"

enum err rubrics_list(struct request *rq)
{
	return LIST(rq, rubrics_list);
}

enum err rubrics_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, rubric_get, &rows, .rubric_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

enum err rubrics_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, rubric_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/rubrics", &rows);
}

enum err rubrics_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, rubric_update, &rows, .rubric_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, rubric_archive, &rows, .rubric_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err rubrics_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err rubrics_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}

enum err rubric_versions_list(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, rubric_versions_list, &rows, .rubric_id = rq->param[0]));
	return answer_collection(rq, &rows, "id");
}

enum err rubric_versions_create(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, rubric_version_create, &rows, .rubric_id = rq->param[0]));
	return answer_created(rq, "/v1/rubric_versions", &rows);
}

enum err rubric_versions_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, rubric_version_get, &rows, .version_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* A rubric rates a competency once; every repetition is told. */
static enum err refuse_repeated(struct request *rq)
{
	const json_t *criteria = json_object_get(rq->body, "criteria");
	size_t count = json_array_size(criteria);
	bool repeated = false;
	char pointer[48];

	for (size_t i = 1; i < count; i++) {
		const char *id = json_string_value(
		    json_object_get(json_array_get(criteria, i), "competency_id"));

		for (size_t j = 0; j < i; j++) {
			const char *before = json_string_value(
			    json_object_get(json_array_get(criteria, j), "competency_id"));

			if (!id || !before || strcasecmp(id, before) != 0)
				continue;
			snprintf(pointer, sizeof(pointer), "/criteria/%zu/competency_id", i);
			refuse_field(rq, pointer, "unique", "The competency stands twice.");
			repeated = true;
			break;
		}
	}
	return repeated ? fail(rq, PROBLEM_invalid, "A competency is rated once.") : OK;
}

enum err rubric_versions_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, true, &version));
	TRY(refuse_repeated(rq));
	TRY(RUN(rq, rubric_version_update, &rows, .version_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

enum err rubric_versions_publish(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, true, &version));
	TRY(RUN(rq, rubric_version_publish, &rows, .version_id = rq->param[0],
		.if_match = version));
	return answer_one(rq, 200, &rows);
}
