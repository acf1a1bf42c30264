/* Puts what the model found into figures and sentences. */
#include "model_view.h"

#include <math.h>

#include "core/text.h"
#include "evaluations.h"

#define DECIMALS 4
#define HARDLY	 .05 /* of a rating step: no adjustment worth a word */

static double real_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static size_t count_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (size_t)value : 0;
}

void number_write(struct json_writer *json, const char *key, const json_t *number)
{
	json_key(json, key);
	if (json_is_number(number))
		json_put_number(json, json_number_value(number), DECIMALS);
	else
		json_put_null(json);
}

void sentence_write(struct json_writer *json, const char *key, const struct said *sentence)
{
	json_key(json, key);
	said_write(json, sentence);
}

void estimate_write(struct json_writer *json, const char *key, const json_t *result)
{
	static const char *const members[] = {"value", "low", "high", "se"};

	json_key(json, key);
	if (!json_is_number(json_object_get(result, "value"))) {
		json_put_null(json);
		return;
	}
	json_open_object(json);
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		number_write(json, members[i], json_object_get(result, members[i]));
	json_close_object(json);
}

/* ---- whether there is anything to say ---------------------------------------------------------
 */

static struct said reason_of(const json_t *fit)
{
	struct said reason;
	enum sentence_id id = sentence_of(json_string_value(json_object_get(fit, "reason")));
	bool candidates = id == SENTENCE_model_few_candidates;

	if (id == SENTENCE_nothing)
		return said_begin(SENTENCE_model_no_ratings);
	reason = said_begin(id);
	if (candidates || id == SENTENCE_model_too_little)
		said_count(&reason, "n", count_of(fit, candidates ? "candidates" : "ratings"));
	if (candidates)
		said_count(&reason, "least", 6);
	return reason;
}

struct model_state model_state_of(const json_t *shown)
{
	const json_t *fit = json_object_get(shown, "fit");
	bool updating = json_is_true(json_object_get(shown, "updating"));

	if (!json_is_true(json_object_get(shown, "on")))
		return (struct model_state){"off", said_begin(SENTENCE_model_off), false};
	if (json_is_true(json_object_get(shown, "withheld")))
		return (struct model_state){"withheld", said_begin(SENTENCE_model_withheld), false};
	if (!json_is_object(fit) && updating)
		return (struct model_state){"updating", said_begin(SENTENCE_model_first), false};
	if (!json_is_object(fit))
		return (struct model_state){"too_little_data",
					    said_begin(SENTENCE_model_no_ratings), false};
	if (!json_is_true(json_object_get(fit, "known")))
		return (struct model_state){updating ? "updating" : "too_little_data",
					    reason_of(fit), false};
	return (struct model_state){updating ? "updating" : "current", {0}, true};
}

/* The fit is known, but says nothing of this application. */
static struct model_state state_without_result(const struct evaluation *e, struct model_state s)
{
	bool closed = text_equal(json_string_value(json_object_get(e->model, "kind")), "closed");

	s.known = false;
	if (closed) {
		s.name = "withheld";
		s.reason = said_begin(SENTENCE_model_withheld);
	} else if (e->count == 0) {
		s.name = "too_little_data";
		s.reason = said_begin(SENTENCE_model_no_rubric);
	} else if (text_equal(s.name, "updating") && json_array_size(e->scorecards) > 0) {
		s.reason = said_begin(SENTENCE_model_first);
	} else {
		s.name = "too_little_data";
		s.reason = said_begin(SENTENCE_model_no_ratings);
	}
	return s;
}

/* ---- sentences of an application --------------------------------------------------------------
 */

struct said score_sentence(const json_t *result)
{
	const json_t *average = json_object_get(result, "average");
	struct said s =
	    said_begin(json_is_number(average) ? SENTENCE_score : SENTENCE_score_without_average);

	said_number(&s, "score", real_of(result, "value"), 1);
	said_number(&s, "margin", real_of(result, "high") - real_of(result, "value"), 1);
	said_number(&s, "level", 100 * MODEL_LEVEL, 0);
	if (json_is_number(average))
		said_number(&s, "average", json_number_value(average), 1);
	return s;
}

/*
 * How many of the panel rate lower or higher than peers is stored only where that singles nobody
 * out; otherwise the sentence names no reason.
 */
static struct said adjustment_sentence(const json_t *result)
{
	double by = real_of(result, "value") - real_of(result, "average");
	const char *side = by > 0 ? "lower" : "higher";
	size_t n = count_of(result, side);
	struct said s;

	if (!json_is_number(json_object_get(result, "average")))
		return (struct said){0};
	if (fabs(by) < HARDLY)
		return said_begin(SENTENCE_adjusted_hardly);
	s = said_begin(n == 0	? SENTENCE_adjusted
		       : by > 0 ? SENTENCE_adjusted_lower
				: SENTENCE_adjusted_higher);
	said_number(&s, "by", by, 2);
	said_count(&s, "n", n == 0 ? count_of(result, "scorecards") : n);
	if (n > 0)
		said_count(&s, "all", count_of(result, "interviewers"));
	return s;
}

struct said level_sentence(const json_t *level, const char *name)
{
	size_t n = count_of(level, "n");
	struct said s;

	if (!json_is_number(json_object_get(level, "value"))) {
		s = said_begin(SENTENCE_level_unknown);
		said_text_value(&s, "name", name);
		return s;
	}
	s = said_begin(n == 0 ? SENTENCE_level_unrated : SENTENCE_level);
	said_text_value(&s, "name", name);
	said_number(&s, "level", real_of(level, "value"), 1);
	said_number(&s, "margin", real_of(level, "high") - real_of(level, "value"), 1);
	if (n > 0)
		said_count(&s, "n", n);
	return s;
}

static struct said must_have_sentence(const json_t *level, const char *name)
{
	size_t n = count_of(level, "n");
	struct said s;

	if (!json_is_number(json_object_get(level, "probability"))) {
		s = said_begin(SENTENCE_must_have_unknown);
		said_text_value(&s, "who", name);
		return s;
	}
	s = said_begin(n == 0	? SENTENCE_must_have_unrated
		       : n == 1 ? SENTENCE_must_have_once
				: SENTENCE_must_have_rated);
	said_text_value(&s, "who", name);
	said_percent(&s, "percent", real_of(level, "probability"));
	said_count(&s, "level", count_of(level, "gate"));
	if (n > 1)
		said_count(&s, "n", n);
	return s;
}

/* `name` of the competency; NULL: it is about averages. */
static struct said disagreement_sentence(const json_t *found, const char *name)
{
	int decimals = 1;
	struct said s;

	if (name != NULL) {
		double low = real_of(found, "low"), high = real_of(found, "high");

		/* Points are whole, but where somebody rated it twice. */
		if (fabs(low - round(low)) + fabs(high - round(high)) < 1e-9)
			decimals = 0;
		s = said_begin(json_is_true(json_object_get(found, "unusual"))
				   ? SENTENCE_disagree_competency
				   : SENTENCE_disagree_must_have);
		said_text_value(&s, "who", name);
	} else {
		s = said_begin(SENTENCE_disagree_overall);
	}
	said_number(&s, "low", real_of(found, "low"), decimals);
	said_number(&s, "high", real_of(found, "high"), decimals);
	return s;
}

/* ---- the view ---------------------------------------------------------------------------------
 */

static void write_count_of(struct json_writer *json, const char *key, const json_t *object,
			   const char *member)
{
	json_key(json, key);
	if (object != NULL)
		json_put_integer(json, (int64_t)count_of(object, member));
	else
		json_put_null(json);
}

static void write_levels(struct json_writer *json, const struct evaluation *e, const json_t *levels,
			 bool must_haves)
{
	for (size_t k = 0; k < e->count; k++) {
		const char *name =
		    json_string_value(json_object_get(json_array_get(e->rubric, k), "name"));
		const json_t *level = json_object_get(levels, e->id[k]);
		struct said s =
		    must_haves ? must_have_sentence(level, name) : level_sentence(level, name);

		if (must_haves && e->criteria[k].must_have_level == 0)
			continue;
		json_open_object(json);
		json_member(json, "competency_id", e->id[k]);
		json_member(json, "name", name);
		if (must_haves) {
			json_key(json, "level");
			json_put_integer(json, e->criteria[k].must_have_level);
			number_write(json, "probability", json_object_get(level, "probability"));
		} else {
			estimate_write(json, "estimate", level);
		}
		json_key(json, "n");
		json_put_integer(json, (int64_t)count_of(level, "n"));
		sentence_write(json, "sentence", &s);
		json_close_object(json);
	}
}

static const char *name_of(const struct evaluation *e, const char *competency)
{
	for (size_t k = 0; k < e->count; k++)
		if (text_equal(e->id[k], competency))
			return json_string_value(
			    json_object_get(json_array_get(e->rubric, k), "name"));
	return NULL;
}

/* Of competencies that the role's rubric still has. */
static void write_disagreements(struct json_writer *json, const struct evaluation *e,
				const json_t *all)
{
	size_t i;
	const json_t *found;

	json_array_foreach(all, i, found)
	{
		const char *id = json_string_value(json_object_get(found, "competency"));
		const char *name = id == NULL ? NULL : name_of(e, id);
		struct said s = disagreement_sentence(found, name);

		if (id != NULL && name == NULL)
			continue;
		json_open_object(json);
		json_member(json, "competency_id", id);
		json_member(json, "name", name);
		number_write(json, "low", json_object_get(found, "low"));
		number_write(json, "high", json_object_get(found, "high"));
		json_key(json, "beyond_usual");
		json_put_boolean(json, json_is_true(json_object_get(found, "unusual")));
		sentence_write(json, "sentence", &s);
		json_close_object(json);
	}
}

static void write_notes(struct json_writer *json, const json_t *fit)
{
	size_t i;
	const json_t *note;

	json_array_foreach(json_object_get(fit, "notes"), i, note)
	{
		enum sentence_id id = sentence_of(json_string_value(json_object_get(note, "code")));
		struct said s;

		if (id == SENTENCE_nothing)
			continue;
		s = said_begin(id);
		said_count(&s, "n", count_of(note, "n"));
		json_open_object(json);
		sentence_write(json, "sentence", &s);
		json_close_object(json);
	}
}

void fit_write(struct json_writer *json, const json_t *shown, bool known)
{
	json_key(json, "confidence");
	json_put_number(json, MODEL_LEVEL, 2);
	json_key(json, "notes");
	json_open_array(json);
	if (known)
		write_notes(json, json_object_get(shown, "fit"));
	json_close_array(json);
	number_write(json, "version", known ? json_object_get(shown, "version") : NULL);
	json_member(json, "inputs_hash",
		    known ? json_string_value(json_object_get(shown, "inputs_hash")) : NULL);
	json_member(json, "computed_at",
		    known ? json_string_value(json_object_get(shown, "computed_at")) : NULL);
}

void model_view_write(struct json_writer *json, const struct evaluation *e)
{
	const json_t *result = json_object_get(e->model, "result");
	struct model_state state = model_state_of(e->model);
	struct said sentence, adjustment = {0};

	if (!json_is_object(result))
		result = NULL;
	if (state.known && result == NULL)
		state = state_without_result(e, state);
	if (!state.known)
		result = NULL;
	sentence = state.known ? score_sentence(result) : state.reason;
	if (state.known)
		adjustment = adjustment_sentence(result);
	json_key(json, "model");
	json_open_object(json);
	json_member(json, "state", state.name);
	sentence_write(json, "sentence", &sentence);
	estimate_write(json, "score", result);
	number_write(json, "average", json_object_get(result, "average"));
	sentence_write(json, "adjustment", &adjustment);
	write_count_of(json, "scorecards", result, "scorecards");
	write_count_of(json, "interviewers", result, "interviewers");
	write_count_of(json, "ratings", result, "ratings");
	json_key(json, "competencies");
	json_open_array(json);
	if (result != NULL)
		write_levels(json, e, json_object_get(result, "competencies"), false);
	json_close_array(json);
	json_key(json, "must_haves");
	json_open_array(json);
	if (result != NULL)
		write_levels(json, e, json_object_get(result, "competencies"), true);
	json_close_array(json);
	json_key(json, "disagreements");
	json_open_array(json);
	write_disagreements(json, e, json_object_get(result, "disagreements"));
	json_close_array(json);
	fit_write(json, e->model, state.known);
	json_close_object(json);
}
