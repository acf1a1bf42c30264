/* Career ladders: /v1/ladders. */
#include "resources/handlers.h"
#include "statements.h"

enum err ladders_list(struct request *rq)
{
	return LIST(rq, ladders_list);
}

enum err ladders_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, ladder_get, &rows, .ladder_id = rq->param[0]));
	return answer_one(rq, 200, &rows);
}

/* A level is known by its name, so that each stands once; and its years do not run backwards. */
static enum err check_levels(struct request *rq)
{
	const json_t *levels = json_object_get(rq->body, "levels");
	size_t count = json_array_size(levels);
	bool wrong = false;
	char pointer[48];

	for (size_t i = 0; i < count; i++) {
		const json_t *level = json_array_get(levels, i);
		const char *name = json_string_value(json_object_get(level, "name"));
		const json_t *from = json_object_get(level, "years_from");
		const json_t *to = json_object_get(level, "years_to");

		if (json_is_number(from) && json_is_number(to) &&
		    json_number_value(to) < json_number_value(from)) {
			snprintf(pointer, sizeof(pointer), "/levels/%zu/years_to", i);
			refuse_field(rq, pointer, "order", "The years end before they begin.");
			wrong = true;
		}
		for (size_t j = 0; j < i; j++) {
			const json_t *other = json_array_get(levels, j);

			if (!text_equal(name, json_string_value(json_object_get(other, "name"))))
				continue;
			snprintf(pointer, sizeof(pointer), "/levels/%zu/name", i);
			refuse_field(rq, pointer, "unique", "The level stands twice.");
			wrong = true;
			break;
		}
	}
	return wrong ? fail(rq, PROBLEM_invalid, "The levels do not fit together.") : OK;
}

enum err ladders_create(struct request *rq)
{
	struct db_rows rows;

	TRY(check_levels(rq));
	TRY(RUN(rq, ladder_create, &rows, .body = rq->body_text));
	return answer_created(rq, "/v1/ladders", &rows);
}

enum err ladders_update(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(check_levels(rq));
	TRY(RUN(rq, ladder_update, &rows, .ladder_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}

static enum err set_archived(struct request *rq, const char *archive)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, ladder_archive, &rows, .ladder_id = rq->param[0], .if_match = version,
		.archive = archive));
	return answer_one(rq, 200, &rows);
}

enum err ladders_archive(struct request *rq)
{
	return set_archived(rq, "true");
}

enum err ladders_unarchive(struct request *rq)
{
	return set_archived(rq, "false");
}
