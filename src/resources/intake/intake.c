/* Opening a role: the intake and what it recommends, what is disclosed, the market figures. */
#include <assert.h>
#include <stdlib.h>

#include "resources/handlers.h"
#include "resources/intake/recommend.h"
#include "resources/templates/templates.h"
#include "statements.h"

#define DISCLOSURES "disclosures-002"

static enum err out_of_memory(struct request *rq)
{
	return fail(rq, PROBLEM_unavailable, "There is not enough memory at the moment.");
}

/* Writes the tree and releases it. */
static enum err write_tree(struct request *rq, json_t *tree)
{
	char *text = tree == NULL ? NULL : json_dumps(tree, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(tree);
	if (text == NULL)
		return out_of_memory(rq);
	json_raw(&rq->json, text, strlen(text));
	free(text);
	return OK;
}

static enum err write_recommendation(struct request *rq, const json_t *answers)
{
	json_t *templates_by_kind = intake_templates();
	json_t *tree =
	    templates_by_kind == NULL ? NULL : intake_recommend(answers, templates_by_kind);

	json_decref(templates_by_kind);
	return write_tree(rq, tree);
}

enum err intake_recommendation(struct request *rq)
{
	TRY(template_enter(rq));
	answer_begin(rq, 200);
	TRY(write_recommendation(rq, rq->body));
	answer_digest(rq);
	return OK;
}

/* ETag from the row's version, as answer_one gives it. */
static void put_version(struct request *rq, const struct db_rows *rows)
{
	reply_header(rq, "ETag", arena_printf(rq->arena, "\"%s\"", db_value(rows, 0, "version")));
}

/* ---- the intake -------------------------------------------------------------------------------
 */

static enum err answer_intake(struct request *rq, const struct db_rows *rows)
{
	const char *text;
	json_t *answers;
	enum err err;

	if (rows->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	text = db_value(rows, 0, "answers");
	answer_begin(rq, 200);
	put_version(rq, rows);
	json_open_object(&rq->json);
	render_members(rq, rows, 0);
	json_key(&rq->json, "recommendation");
	if (text == NULL) {
		json_put_null(&rq->json);
		json_close_object(&rq->json);
		return OK;
	}
	answers = json_loads(text, 0, NULL);
	err = answers == NULL ? out_of_memory(rq) : write_recommendation(rq, answers);
	json_decref(answers);
	if (err == OK)
		json_close_object(&rq->json);
	return err;
}

enum err role_intake_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_intake_get, &rows, .role_id = rq->param[0]));
	return answer_intake(rq, &rows);
}

enum err role_intake_put(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(RUN(rq, role_intake_put, &rows, .role_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_intake(rq, &rows);
}

/* ---- disclosures ------------------------------------------------------------------------------
 */

/* One line of the checklist: what is expected, and what the role has to say to it. */
static json_t *checklist_item(const json_t *line, const json_t *said, const json_t *source)
{
	const json_t *text = json_object_get(said, "text");
	const char *state = json_string_value(json_object_get(said, "state"));

	return json_pack("{s:O, s:O, s:O, s:O, s:O, s:s, s:O?}", "key",
			 json_object_get(line, "key"), "name", json_object_get(line, "name"),
			 "expect", json_object_get(line, "expect"), "breaks_trust",
			 json_object_get(line, "breaks_trust"), "source", source, "state",
			 state == NULL ? "open" : state, "text", json_is_null(text) ? NULL : text);
}

/* {"complete", "items"} of the checklist; NULL when memory is out. */
static json_t *checklist(const char *said_text)
{
	const struct template *of = template_find(DISCLOSURES);

	assert(of != NULL);
	json_t *whole = json_loads(of->json, 0, NULL), *said = json_loads(said_text, 0, NULL);
	const json_t *source = json_array_get(json_object_get(whole, "sources"), 0);
	const json_t *lines = json_object_get(json_object_get(whole, "content"), "disclosures");
	json_t *items = json_array(), *line;
	bool complete = true;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *key = json_string_value(json_object_get(line, "key"));
		json_t *item = checklist_item(line, json_object_get(said, key), source);

		complete &= !text_equal(json_string_value(json_object_get(item, "state")), "open");
		json_array_append_new(items, item);
	}
	json_decref(whole);
	json_decref(said);
	return json_pack("{s:b, s:o}", "complete", complete, "items", items);
}

static enum err answer_disclosures(struct request *rq, const struct db_rows *rows)
{
	if (rows->count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	answer_begin(rq, 200);
	put_version(rq, rows);
	json_open_object(&rq->json);
	render_members(rq, rows, 0);
	json_key(&rq->json, "checklist");
	TRY(write_tree(rq, checklist(db_value(rows, 0, "_disclosures"))));
	json_close_object(&rq->json);
	return OK;
}

enum err role_disclosures_get(struct request *rq)
{
	struct db_rows rows;

	TRY(RUN(rq, role_disclosures_get, &rows, .role_id = rq->param[0]));
	return answer_disclosures(rq, &rows);
}

/* What candidates are told has to be said. */
static enum err refuse_unsaid(struct request *rq)
{
	bool unsaid = false;
	const char *key;
	json_t *said;
	char pointer[80];

	json_object_foreach(rq->body, key, said)
	{
		const char *text = json_string_value(json_object_get(said, "text"));

		if (!text_equal(json_string_value(json_object_get(said, "state")), "told") ||
		    (text != NULL && text[strspn(text, " \t\r\n")] != '\0'))
			continue;
		snprintf(pointer, sizeof(pointer), "/%s/text", key);
		refuse_field(rq, pointer, "text_required",
			     "What candidates are told needs a text.");
		unsaid = true;
	}
	return unsaid ? fail(rq, PROBLEM_invalid, "Say what candidates are told.") : OK;
}

enum err role_disclosures_put(struct request *rq)
{
	struct db_rows rows;
	const char *version;

	TRY(request_if_match(rq, false, &version));
	TRY(refuse_unsaid(rq));
	TRY(RUN(rq, role_disclosures_put, &rows, .role_id = rq->param[0], .if_match = version,
		.body = rq->body_text));
	return answer_disclosures(rq, &rows);
}

/* ---- the market -------------------------------------------------------------------------------
 */

enum err role_market_get(struct request *rq)
{
	const char *band_text, *target;
	json_t *templates_by_kind, *band, *tree;
	struct db_rows rows;

	TRY(RUN(rq, role_market, &rows, .role_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	band_text = db_value(&rows, 0, "salary_band");
	target = db_value(&rows, 0, "target_days");
	templates_by_kind = market_templates();
	band = band_text == NULL ? NULL : json_loads(band_text, 0, NULL);
	tree = templates_by_kind == NULL
		   ? NULL
		   : market_compare(band, db_value(&rows, 0, "level"),
				    target == NULL ? 0 : (int)strtol(target, NULL, 10),
				    templates_by_kind);
	json_decref(templates_by_kind);
	json_decref(band);
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	render_members(rq, &rows, 0);
	json_key(&rq->json, "market");
	TRY(write_tree(rq, tree));
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}
