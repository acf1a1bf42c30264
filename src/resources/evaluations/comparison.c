/* How the candidates of a role compare: /v1/roles/{id}/comparison. */
#include <math.h>
#include <stdlib.h>

#include "core/text.h"
#include "evaluation/figure.h"
#include "model_view.h"
#include "resources/handlers.h"
#include "statements.h"

#define SHOWN_MOST 100 /* as COMPARED_MOST of what is stored; the statement gives one more */
#define DECIMALS   4

struct compared {
	const json_t *entry;
	double score;
	bool known;
	size_t stored; /* its place among those of the role's result, or SIZE_MAX */
	int group;     /* from 1; 0: none */
};

struct comparison {
	json_t *criteria, *model, *entries; /* owned */
	struct compared *item; /* the arena's: those with a score first, highest first */
	size_t count, known;
	bool left_out;
	int groups;
	struct model_state state;
};

/* Equal scores in the order of their ids, so that every reader sees the same. */
static int higher_first(const void *a, const void *b)
{
	const struct compared *x = a, *y = b;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->known && isgreater(fabs(x->score - y->score), 0))
		return x->score > y->score ? -1 : 1;
	return strcmp(json_string_value(json_object_get(x->entry, "application_id")),
		      json_string_value(json_object_get(y->entry, "application_id")));
}

static size_t stored_place(const json_t *result, const char *id)
{
	size_t i;
	const json_t *application;

	json_array_foreach(
	    json_object_get(result, "applications"), i,
	    application) if (text_equal(json_string_value(application), id)) return i;
	return SIZE_MAX;
}

/* P(a > b); unknown for those that were not compared. */
static struct figure probability_of(const struct comparison *c, size_t a, size_t b)
{
	const json_t *rows = json_object_get(json_object_get(c->model, "result"), "p");
	size_t i = c->item[a].stored, k = c->item[b].stored;
	const json_t *p;

	if (i == SIZE_MAX || k == SIZE_MAX || i == k)
		return (struct figure){0};
	p = i < k ? json_array_get(json_array_get(rows, i), k - i - 1)
		  : json_array_get(json_array_get(rows, k), i - k - 1);
	if (!json_is_number(p))
		return (struct figure){0};
	return (struct figure){true, i < k ? json_number_value(p) : 1 - json_number_value(p)};
}

/* Too close to whoever is in the group already: none of them is called ahead. */
static bool is_close(const struct comparison *c, size_t from, size_t who)
{
	for (size_t i = from; i < who; i++) {
		struct figure p = probability_of(c, i, who);

		if (p.known && p.value >= MODEL_LEVEL)
			return false;
	}
	return true;
}

/* Runs of candidates among whom no order is sure. */
static void find_groups(struct comparison *c)
{
	size_t from = 0;

	for (size_t i = 0; i < c->known; i++) {
		if (i == 0 || !is_close(c, from, i)) {
			c->groups++;
			from = i;
		}
		c->item[i].group = c->groups;
	}
}

static json_t *parsed(const struct db_rows *rows, const char *column)
{
	return json_loads(db_value(rows, 0, column), JSON_REJECT_DUPLICATES, NULL);
}

static enum err load(struct request *rq, struct comparison *c)
{
	struct db_rows rows;
	size_t i;
	json_t *entry;

	TRY(RUN(rq, comparison_get, &rows, .role_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	c->criteria = parsed(&rows, "_criteria");
	c->model = parsed(&rows, "_model");
	c->entries = parsed(&rows, "_applications");
	c->item = arena_alloc(rq->arena, (json_array_size(c->entries) + 1) * sizeof(*c->item));
	if (c->criteria == NULL || c->model == NULL || c->entries == NULL || c->item == NULL)
		return fail(rq, PROBLEM_internal, "The comparison could not be made.");
	c->state = model_state_of(c->model);
	c->left_out = json_array_size(c->entries) > SHOWN_MOST;
	json_array_foreach(c->entries, i, entry)
	{
		const json_t *value = json_object_get(json_object_get(entry, "result"), "value");
		struct compared *item = &c->item[c->count];

		if (i == SHOWN_MOST)
			break;
		*item = (struct compared){entry, json_number_value(value),
					  c->state.known && json_is_number(value), SIZE_MAX, 0};
		item->stored =
		    stored_place(json_object_get(c->model, "result"),
				 json_string_value(json_object_get(entry, "application_id")));
		c->known += item->known;
		c->count++;
	}
	if (c->count > 0)
		qsort(c->item, c->count, sizeof(*c->item), higher_first);
	find_groups(c);
	return OK;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct said pair_sentence(const struct comparison *c, size_t a, size_t b, struct figure p)
{
	struct said s;

	if (p.value < .5) {
		size_t other = a;

		a = b;
		b = other;
		p.value = 1 - p.value;
	}
	s = said_begin(p.value < MODEL_LEVEL ? SENTENCE_too_close : SENTENCE_ahead);
	said_text_value(&s, "a", text_of(c->item[a].entry, "name"));
	said_text_value(&s, "b", text_of(c->item[b].entry, "name"));
	said_percent(&s, "percent", p.value);
	return s;
}

/* How it compares with the next lower one. */
static void write_next(struct json_writer *json, const struct comparison *c, size_t i)
{
	struct figure p = i + 1 < c->known ? probability_of(c, i, i + 1) : (struct figure){0};
	struct said s;

	json_key(json, "over_next");
	if (!p.known) {
		json_put_null(json);
		return;
	}
	s = pair_sentence(c, i, i + 1, p);
	json_open_object(json);
	json_key(json, "probability");
	json_put_number(json, p.value, DECIMALS);
	sentence_write(json, "sentence", &s);
	json_close_object(json);
}

static void write_levels(struct json_writer *json, const struct comparison *c, const json_t *result)
{
	size_t k;
	const json_t *criterion;

	json_key(json, "competencies");
	json_open_array(json);
	json_array_foreach(c->criteria, k, criterion)
	{
		const json_t *level = json_object_get(json_object_get(result, "competencies"),
						      text_of(criterion, "competency_id"));
		struct said s = level_sentence(level, text_of(criterion, "name"));

		json_open_object(json);
		json_member(json, "competency_id", text_of(criterion, "competency_id"));
		estimate_write(json, "estimate", level);
		number_write(json, "probability", json_object_get(level, "probability"));
		json_key(json, "n");
		json_put_integer(json, json_integer_value(json_object_get(level, "n")));
		sentence_write(json, "sentence", &s);
		json_close_object(json);
	}
	json_close_array(json);
}

/* What is said of one that has no score. */
static struct said unknown_sentence(const struct comparison *c, const struct compared *item)
{
	if (!c->state.known)
		return c->state.reason;
	if (!json_is_true(json_object_get(item->entry, "reads")) ||
	    text_equal(text_of(c->model, "kind"), "closed"))
		return said_begin(SENTENCE_model_withheld);
	return said_begin(SENTENCE_model_no_ratings);
}

static void write_candidate(struct json_writer *json, const struct comparison *c, size_t i)
{
	const struct compared *item = &c->item[i];
	const json_t *result = item->known ? json_object_get(item->entry, "result") : NULL;
	struct said s = item->known ? score_sentence(result) : unknown_sentence(c, item);

	json_open_object(json);
	json_member(json, "application_id", text_of(item->entry, "application_id"));
	json_member(json, "candidate_id", text_of(item->entry, "candidate_id"));
	json_member(json, "name", text_of(item->entry, "name"));
	json_member(json, "status", text_of(item->entry, "status"));
	number_write(json, "average", json_object_get(item->entry, "average"));
	json_key(json, "scorecards");
	json_put_integer(json, json_integer_value(json_object_get(item->entry, "scorecards")));
	estimate_write(json, "score", result);
	json_key(json, "group");
	if (item->known)
		json_put_integer(json, item->group);
	else
		json_put_null(json);
	sentence_write(json, "sentence", &s);
	write_next(json, c, i);
	write_levels(json, c, result);
	json_close_object(json);
}

static void write_matrix(struct json_writer *json, const struct comparison *c)
{
	json_key(json, "probabilities");
	json_open_array(json);
	for (size_t i = 0; i < c->known; i++) {
		json_open_array(json);
		for (size_t k = 0; k < c->known; k++) {
			struct figure p = probability_of(c, i, k);

			if (p.known)
				json_put_number(json, p.value, DECIMALS);
			else
				json_put_null(json);
		}
		json_close_array(json);
	}
	json_close_array(json);
}

/* Ahead of or behind each of the others for sure. */
static bool is_apart(const struct comparison *c, size_t who)
{
	for (size_t i = 0; i < c->known; i++) {
		struct figure p = probability_of(c, who, i);

		if (i != who &&
		    !(p.known && (p.value >= MODEL_LEVEL || p.value <= 1 - MODEL_LEVEL)))
			return false;
	}
	return true;
}

static void write_groups(struct json_writer *json, const struct comparison *c)
{
	json_key(json, "groups");
	json_open_array(json);
	for (size_t from = 0, to; from < c->known; from = to) {
		struct said s;

		to = from;
		while (to < c->known && c->item[to].group == c->item[from].group)
			to++;
		s = said_begin(to - from > 1	   ? SENTENCE_group_close
			       : is_apart(c, from) ? SENTENCE_group_alone
						   : SENTENCE_group_apart);
		if (to - from == 1) {
			said_text_value(&s, "a", text_of(c->item[from].entry, "name"));
		} else {
			said_count(&s, "n", to - from);
			said_number(&s, "level", 100 * MODEL_LEVEL, 0);
		}
		json_open_object(json);
		json_key(json, "application_ids");
		json_open_array(json);
		for (size_t i = from; i < to; i++)
			json_text(json, text_of(c->item[i].entry, "application_id"));
		json_close_array(json);
		sentence_write(json, "sentence", &s);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_criteria(struct json_writer *json, const struct comparison *c)
{
	size_t k;
	const json_t *criterion;

	json_key(json, "competencies");
	json_open_array(json);
	json_array_foreach(c->criteria, k, criterion)
	{
		json_open_object(json);
		json_member(json, "competency_id", text_of(criterion, "competency_id"));
		json_member(json, "name", text_of(criterion, "name"));
		number_write(json, "weight", json_object_get(criterion, "weight"));
		number_write(json, "must_have_level",
			     json_object_get(criterion, "must_have_level"));
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_comparison(struct json_writer *json, const struct comparison *c,
			     const char *role_id)
{
	struct said left =
			c->left_out ? said_begin(SENTENCE_comparison_left_out) : (struct said){0},
		    s = c->state.reason;

	if (c->left_out)
		said_count(&left, "n", SHOWN_MOST);
	if (text_equal(c->state.name, "withheld"))
		s = said_begin(SENTENCE_comparison_withheld);
	if (c->state.known) {
		s = said_begin(c->known == 0 ? SENTENCE_comparison_none : SENTENCE_comparison);
		if (c->known > 0)
			said_count(&s, "n", c->known);
	}
	json_open_object(json);
	json_member(json, "role_id", role_id);
	json_member(json, "state", c->state.name);
	sentence_write(json, "sentence", &s);
	sentence_write(json, "left_out", &left);
	write_criteria(json, c);
	json_key(json, "candidates");
	json_open_array(json);
	for (size_t i = 0; i < c->count; i++)
		write_candidate(json, c, i);
	json_close_array(json);
	write_matrix(json, c);
	write_groups(json, c);
	fit_write(json, c->model, c->state.known);
	json_close_object(json);
}

enum err comparisons_get(struct request *rq)
{
	struct comparison c = {0};
	enum err err = load(rq, &c);

	if (err == OK) {
		answer_begin(rq, 200);
		write_comparison(&rq->json, &c, rq->param[0]);
		answer_digest(rq);
	}
	json_decref(c.criteria);
	json_decref(c.model);
	json_decref(c.entries);
	return err;
}
