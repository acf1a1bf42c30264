/* The screening checklist: /v1/applications/{id}/screening. It proposes, and never rejects. */
#include "resources/handlers.h"
#include "screening_marks.h"
#include "statements.h"

static void write_flag(struct request *rq, const struct screening_flag *flag,
		       const struct screening_mark *mark, const json_t *verdict)
{
	struct json_writer *json = &rq->json;

	json_open_object(json);
	json_member(json, "key", flag->key);
	json_member(json, "colour", flag->colour);
	json_member(json, "name", flag->name);
	json_member(json, "source", "002");
	json_key(json, "marked");
	json_put_boolean(json, mark->raised);
	json_key(json, "words");
	json_open_array(json);
	for (size_t i = 0; i < mark->words; i++)
		json_text_len(json, mark->word[i].at, mark->word[i].len);
	json_close_array(json);
	json_member(json, "verdict", json_string_value(json_object_get(verdict, "verdict")));
	json_member(json, "decided_by", json_string_value(json_object_get(verdict, "decided_by")));
	json_member(json, "decided_at", json_string_value(json_object_get(verdict, "decided_at")));
	json_close_object(json);
}

static enum err write_all(struct request *rq, const struct db_rows *rows,
			  const struct screening_mark *marks)
{
	const char *text = db_value(rows, 0, "verdicts");
	json_t *verdicts = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, NULL);

	if (!verdicts)
		return ERR_MEMORY;
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_member(&rq->json, "application_id", db_value(rows, 0, "application_id"));
	json_key(&rq->json, "flags");
	json_open_array(&rq->json);
	for (size_t i = 0; i < screening_flag_count; i++)
		write_flag(rq, &screening_flags[i], &marks[i],
			   json_object_get(verdicts, screening_flags[i].key));
	json_close_array(&rq->json);
	json_close_object(&rq->json);
	json_decref(verdicts);
	answer_digest(rq);
	return OK;
}

enum err screening_get(struct request *rq)
{
	struct screening_mark *marks;
	struct db_rows rows;

	TRY(RUN(rq, screening_get, &rows, .application_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	marks = arena_alloc(rq->arena, sizeof(*marks) * screening_flag_count);
	if (!marks)
		return ERR_MEMORY;
	screening_marks(db_value(&rows, 0, "words"), marks);
	return write_all(rq, &rows, marks);
}

enum err screening_put(struct request *rq)
{
	struct db_rows rows;

	if (screening_find(rq->param[1]) == screening_flag_count)
		return fail(rq, PROBLEM_not_found, "There is no such flag.");
	TRY(RUN(rq, screening_put, &rows, .application_id = rq->param[0], .flag = rq->param[1],
		.body = rq->body_text));
	return answer_one(rq, 200, &rows);
}
