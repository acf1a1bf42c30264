/* Templates: read by everyone, copied into an organization that then owns the copy: /v1/templates.
 */
#include "resources/templates/templates.h"

#include <assert.h>
#include <stdlib.h>

#include "resources/handlers.h"
#include "statements.h"

static int compare_id(const void *id, const void *one)
{
	return strcmp(id, ((const struct template *)one)->id);
}

const struct template *template_find(const char *id)
{
	return bsearch(id, templates, template_count, sizeof(templates[0]), compare_id);
}

json_t *template_content(const struct template *one)
{
	return json_loads(one->content, 0, NULL);
}

enum err template_enter(struct request *rq)
{
	struct db_rows rows;

	return RUN(rq, template_reader, &rows, NO_PARAMETERS);
}

enum err templates_list(struct request *rq)
{
	const char *kind = request_query(rq, "kind"), *source = request_query(rq, "source");
	struct json_writer *json = &rq->json;

	TRY(template_enter(rq));
	answer_begin(rq, 200);
	json_open_object(json);
	json_key(json, "data");
	json_open_array(json);
	for (unsigned i = 0; i < template_count; i++) {
		const struct template *one = &templates[i];

		if ((kind == NULL || text_equal(kind, one->kind)) &&
		    (source == NULL || strstr(one->documents, source) != NULL))
			json_raw(json, one->json, strlen(one->json));
	}
	json_close_array(json);
	json_close_object(json);
	answer_digest(rq);
	return OK;
}

enum err templates_get(struct request *rq)
{
	const struct template *one = template_find(rq->param[0]);

	TRY(template_enter(rq));
	if (one == NULL)
		return fail(rq, PROBLEM_not_found, "There is no such template.");
	answer_begin(rq, 200);
	json_raw(&rq->json, one->json, strlen(one->json));
	answer_digest(rq);
	return OK;
}

static enum err answer_copy(struct request *rq, const char *collection, const struct db_rows *rows)
{
	const char *id = db_value(rows, 0, "_id");

	reply_header(rq, "Location",
		     id == NULL ? collection : arena_printf(rq->arena, "%s/%s", collection, id));
	return answer_one(rq, 201, rows);
}

static enum err copy(struct request *rq, const struct template *one)
{
	const char *name = json_string_value(json_object_get(rq->body, "name"));
	const char *publish = json_is_true(json_object_get(rq->body, "publish")) ? "true" : "false";
	struct db_rows rows;

	if (name == NULL)
		name = one->name;
	if (text_equal(one->copies_to, "ladder")) {
		TRY(RUN(rq, template_copy_ladder, &rows, .template = one->id, .name = name,
			.summary = one->summary, .content = one->content));
		return answer_copy(rq, "/v1/ladders", &rows);
	}
	if (text_equal(one->copies_to, "rubric")) {
		TRY(RUN(rq, template_copy_rubric, &rows, .template = one->id, .name = name,
			.summary = one->summary, .content = one->content, .publish = publish));
		return answer_copy(rq, "/v1/rubrics", &rows);
	}
	assert(text_equal(one->copies_to, "competencies"));
	TRY(RUN(rq, template_copy_competencies, &rows, .template = one->id,
		.content = one->content));
	return answer_copy(rq, "/v1/competencies", &rows);
}

enum err templates_copy(struct request *rq)
{
	const struct template *one = template_find(rq->param[0]);

	if (one != NULL && one->copies_to != NULL)
		return copy(rq, one);
	TRY(template_enter(rq));
	if (one == NULL)
		return fail(rq, PROBLEM_not_found, "There is no such template.");
	return fail(rq, PROBLEM_conflict,
		    "This template is there to be read; nothing is made of it.");
}
