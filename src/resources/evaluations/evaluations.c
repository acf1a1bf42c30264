/* What the scorecards of an application add up to: /v1/applications/{id}/evaluation. */
#include "resources/evaluations/evaluations.h"

#include <math.h>

#include "model_view.h"
#include "resources/handlers.h"
#include "statements.h"

#define CRITERIA_MAX 50 /* as in rubric_criteria */
#define DECIMALS     4

static const char *const recommendations[] = {"strong_yes", "yes", "no_decision", "no",
					      "strong_no"};

static int integer_member(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

/* Adds every scorecard's ratings to the criteria, which stand in the rubric's order. */
static void add_ratings(struct evaluation *e)
{
	size_t i;
	json_t *card;

	json_array_foreach(e->scorecards, i, card)
	{
		const json_t *ratings = json_object_get(card, "ratings");

		for (size_t k = 0; k < e->count; k++) {
			const json_t *rating = json_object_get(ratings, e->id[k]);
			int value = integer_member(rating, "value");

			if (value != 0)
				average_add(&e->criteria[k], value);
		}
	}
}

static enum err parse(struct request *rq, const struct db_rows *rows, const char *column,
		      json_t **out)
{
	const char *text = db_value(rows, 0, column);

	*out = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	return *out == NULL ? fail(rq, PROBLEM_internal, "The evaluation could not be made.") : OK;
}

enum err evaluation_load(struct request *rq, struct evaluation *e)
{
	const char *bar;
	size_t i;
	json_t *criterion;

	*e = (struct evaluation){0};
	TRY(RUN(rq, evaluation_get, &e->rows, .application_id = rq->param[0]));
	if (e->rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	TRY(parse(rq, &e->rows, "_criteria", &e->rubric));
	if (parse(rq, &e->rows, "_scorecards", &e->scorecards) != OK ||
	    parse(rq, &e->rows, "_model", &e->model) != OK) {
		evaluation_release(e);
		return ERR_REFUSED;
	}
	e->count = json_array_size(e->rubric);
	e->criteria = arena_alloc(rq->arena, (e->count + 1) * sizeof(*e->criteria));
	e->id = arena_alloc(rq->arena, (e->count + 1) * sizeof(*e->id));
	if (e->criteria == NULL || e->id == NULL || e->count > CRITERIA_MAX) {
		evaluation_release(e);
		return fail(rq, PROBLEM_internal, "The evaluation could not be made.");
	}
	json_array_foreach(e->rubric, i, criterion)
	{
		e->id[i] = json_string_value(json_object_get(criterion, "competency_id"));
		e->criteria[i].weight = json_number_value(json_object_get(criterion, "weight"));
		e->criteria[i].must_have_level = integer_member(criterion, "must_have_level");
	}
	add_ratings(e);
	bar = db_value(&e->rows, 0, "hire_bar");
	e->average = average_finish(e->criteria, e->count, bar == NULL ? 0 : strtod(bar, NULL));
	return OK;
}

void evaluation_release(struct evaluation *e)
{
	json_decref(e->rubric);
	json_decref(e->scorecards);
	json_decref(e->model);
}

void decimal_text(double value, char out[DECIMAL_TEXT])
{
	snprintf(out, DECIMAL_TEXT, "%.*f", DECIMALS, value);
}

static void write_decimal(struct json_writer *json, const char *key, bool known, double value)
{
	json_key(json, key);
	if (known)
		json_put_number(json, value, DECIMALS);
	else
		json_put_null(json);
}

static void write_count(struct json_writer *json, const char *key, bool known, int value)
{
	json_key(json, key);
	if (known)
		json_put_integer(json, value);
	else
		json_put_null(json);
}

static void write_competencies(struct json_writer *json, const struct evaluation *e)
{
	json_key(json, "competencies");
	json_open_array(json);
	for (size_t k = 0; k < e->count; k++) {
		const struct criterion *c = &e->criteria[k];
		bool rated = c->n > 0;

		json_open_object(json);
		json_member(json, "competency_id", e->id[k]);
		json_member(
		    json, "name",
		    json_string_value(json_object_get(json_array_get(e->rubric, k), "name")));
		write_decimal(json, "weight", true, c->weight);
		json_key(json, "n");
		json_put_integer(json, c->n);
		write_decimal(json, "mean", rated, c->mean);
		write_count(json, "min", rated, c->min);
		write_count(json, "max", rated, c->max);
		write_count(json, "spread", rated, c->max - c->min);
		write_count(json, "must_have_level", c->must_have_level != 0, c->must_have_level);
		json_member(json, "must_have", must_have_name(c->must_have));
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_ratings(struct json_writer *json, const struct evaluation *e, const char *id)
{
	size_t i;
	json_t *card;

	json_key(json, "ratings");
	json_open_array(json);
	json_array_foreach(e->scorecards, i, card)
	{
		const json_t *rating = json_object_get(json_object_get(card, "ratings"), id);

		if (integer_member(rating, "value") == 0)
			continue;
		json_open_object(json);
		json_member(json, "scorecard_id", json_string_value(json_object_get(card, "id")));
		json_member(json, "author_id",
			    json_string_value(json_object_get(card, "author_id")));
		json_member(json, "author_name",
			    json_string_value(json_object_get(card, "author_name")));
		json_key(json, "value");
		json_put_integer(json, integer_member(rating, "value"));
		json_member(json, "evidence",
			    json_string_value(json_object_get(rating, "evidence")));
		json_close_object(json);
	}
	json_close_array(json);
}

/* Two points or more apart on one competency, with what each said. */
static void write_disagreements(struct json_writer *json, const struct evaluation *e)
{
	json_key(json, "disagreements");
	json_open_array(json);
	for (size_t k = 0; k < e->count; k++) {
		const struct criterion *c = &e->criteria[k];

		if (c->n == 0 || c->max - c->min < 2)
			continue;
		json_open_object(json);
		json_member(json, "competency_id", e->id[k]);
		json_member(
		    json, "name",
		    json_string_value(json_object_get(json_array_get(e->rubric, k), "name")));
		json_key(json, "spread");
		json_put_integer(json, c->max - c->min);
		write_ratings(json, e, e->id[k]);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_recommendations(struct json_writer *json, const struct evaluation *e)
{
	size_t i;
	json_t *card;

	json_key(json, "recommendations");
	json_open_object(json);
	for (size_t k = 0; k < ARRAY_LEN(recommendations); k++) {
		int n = 0;

		json_array_foreach(e->scorecards, i, card) n += text_equal(
		    recommendations[k], json_string_value(json_object_get(card, "recommendation")));
		json_key(json, recommendations[k]);
		json_put_integer(json, n);
	}
	json_close_object(json);
}

void evaluation_write(struct json_writer *json, const struct evaluation *e)
{
	const char *bar = db_value(&e->rows, 0, "hire_bar");
	const char *missing = db_value(&e->rows, 0, "missing");
	bool rated = e->average.share_rated > 0;

	json_open_object(json);
	json_member(json, "application_id", db_value(&e->rows, 0, "application_id"));
	json_key(json, "blind");
	json_put_boolean(json, text_equal(db_value(&e->rows, 0, "blind"), "t"));
	write_decimal(json, "score", rated, e->average.score);
	write_decimal(json, "share_rated", true, e->average.share_rated);
	json_key(json, "scorecards");
	json_put_integer(json, (int64_t)json_array_size(e->scorecards));
	json_member(json, "suggestion", suggestion_name(e->average.suggestion));
	write_decimal(json, "hire_bar", bar != NULL, bar == NULL ? 0 : strtod(bar, NULL));
	write_recommendations(json, e);
	write_competencies(json, e);
	write_disagreements(json, e);
	json_key(json, "missing");
	json_raw(json, missing, strlen(missing));
	model_view_write(json, e);
	json_close_object(json);
}

enum err evaluations_get(struct request *rq)
{
	struct evaluation e;

	TRY(evaluation_load(rq, &e));
	answer_begin(rq, 200);
	evaluation_write(&rq->json, &e);
	answer_digest(rq);
	evaluation_release(&e);
	return OK;
}
