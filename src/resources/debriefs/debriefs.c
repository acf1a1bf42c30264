/* One document for the meeting: /v1/applications/{id}/debrief. */
#include "resources/evaluations/evaluations.h"
#include "resources/handlers.h"
#include "statements.h"

#define ATTEMPTS 3
#define SPLIT	 2 /* points apart from which people disagree */

struct debrief {
	struct evaluation evaluation; /* owned once loaded */
	struct db_rows head, scorecards, decisions;
};

static const char *basis_of(const struct debrief *d)
{
	return d->scorecards.count == 0 ? "" : db_value(&d->scorecards, 0, "_basis");
}

/* The evaluation and the scorecards of one moment: read again when one came in between. */
static enum err load_evidence(struct request *rq, struct debrief *d)
{
	for (int attempt = 1;; attempt++) {
		TRY(RUN(rq, debrief_scorecards, &d->scorecards, .application_id = rq->param[0]));
		TRY(evaluation_load(rq, &d->evaluation));
		if (text_equal(basis_of(d), db_value(&d->evaluation.rows, 0, "_basis")))
			return OK;
		evaluation_release(&d->evaluation);
		if (attempt == ATTEMPTS)
			return fail(rq, PROBLEM_unavailable,
				    "Scorecards come in at this moment; ask again.");
	}
}

static enum err load(struct request *rq, struct debrief *d)
{
	TRY(RUN(rq, debrief_head, &d->head, .application_id = rq->param[0]));
	if (d->head.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such application.");
	TRY(RUN(rq, decisions_of, &d->decisions, .application_id = rq->param[0]));
	return load_evidence(rq, d);
}

static void write_rows(struct request *rq, const char *key, const struct db_rows *rows)
{
	json_key(&rq->json, key);
	json_open_array(&rq->json);
	for (int i = 0; i < rows->count; i++)
		render_row(rq, rows, i);
	json_close_array(&rq->json);
}

static const char *name_of(const struct evaluation *e, size_t k)
{
	return json_string_value(json_object_get(json_array_get(e->rubric, k), "name"));
}

static bool is_split(const struct criterion *c)
{
	return c->n > 0 && c->max - c->min >= SPLIT;
}

/* What several people rated: where they agree, and where they are two points apart or more. */
static void write_agreement(struct json_writer *json, const struct evaluation *e)
{
	static const char *const keys[] = {"agreed", "split"};

	json_key(json, "agreement");
	json_open_object(json);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_key(json, keys[i]);
		json_open_array(json);
		for (size_t k = 0; k < e->count; k++) {
			const struct criterion *c = &e->criteria[k];

			if (c->n < 2 || is_split(c) != (i == 1))
				continue;
			json_open_object(json);
			json_member(json, "competency_id", e->id[k]);
			json_member(json, "name", name_of(e, k));
			json_key(json, "n");
			json_put_integer(json, c->n);
			json_key(json, "spread");
			json_put_integer(json, c->max - c->min);
			json_close_object(json);
		}
		json_close_array(json);
	}
	json_close_object(json);
}

static void write_question(struct json_writer *json, const char *kind, const char *competency,
			   const char *interview, const char *user, const char *name)
{
	json_open_object(json);
	json_member(json, "kind", kind);
	json_member(json, "competency_id", competency);
	json_member(json, "interview_id", interview);
	json_member(json, "user_id", user);
	json_member(json, "name", name);
	json_close_object(json);
}

/* Do some say yes and others no? */
static bool recommendations_differ(const struct evaluation *e)
{
	bool yes = false, no = false;
	size_t i;
	json_t *card;

	json_array_foreach(e->scorecards, i, card)
	{
		const char *word = json_string_value(json_object_get(card, "recommendation"));

		yes = yes || text_equal(word, "yes") || text_equal(word, "strong_yes");
		no = no || text_equal(word, "no") || text_equal(word, "strong_no");
	}
	return yes && no;
}

static void write_missing(struct json_writer *json, const struct evaluation *e)
{
	json_t *missing = json_loads(db_value(&e->rows, 0, "missing"), 0, NULL);
	json_t *one;
	size_t i;

	json_array_foreach(missing, i, one)
	    write_question(json, "scorecard_missing", NULL,
			   json_string_value(json_object_get(one, "interview_id")),
			   json_string_value(json_object_get(one, "user_id")),
			   json_string_value(json_object_get(one, "name")));
	json_decref(missing);
}

/* What the meeting still has to settle, the gravest first. */
static void write_open_questions(struct json_writer *json, const struct evaluation *e)
{
	json_key(json, "open_questions");
	json_open_array(json);
	write_missing(json, e);
	for (size_t k = 0; k < e->count; k++)
		if (e->criteria[k].n == 0 && e->criteria[k].must_have_level != 0)
			write_question(json, "must_have_not_rated", e->id[k], NULL, NULL,
				       name_of(e, k));
	for (size_t k = 0; k < e->count; k++)
		if (is_split(&e->criteria[k]))
			write_question(json, "ratings_split", e->id[k], NULL, NULL, name_of(e, k));
	if (recommendations_differ(e))
		write_question(json, "recommendations_split", NULL, NULL, NULL, NULL);
	for (size_t k = 0; k < e->count; k++)
		if (e->criteria[k].n == 0 && e->criteria[k].must_have_level == 0)
			write_question(json, "not_rated", e->id[k], NULL, NULL, name_of(e, k));
	json_close_array(json);
}

enum err debriefs_get(struct request *rq)
{
	struct json_writer *json = &rq->json;
	struct debrief d;

	TRY(load(rq, &d));
	answer_begin(rq, 200);
	json_open_object(json);
	render_members(rq, &d.head, 0);
	json_key(json, "blind");
	json_put_boolean(json, text_equal(db_value(&d.evaluation.rows, 0, "blind"), "t"));
	write_rows(rq, "scorecards", &d.scorecards);
	json_key(json, "evaluation");
	evaluation_write(json, &d.evaluation);
	write_agreement(json, &d.evaluation);
	write_open_questions(json, &d.evaluation);
	write_rows(rq, "decisions", &d.decisions);
	json_close_object(json);
	answer_digest(rq);
	evaluation_release(&d.evaluation);
	return OK;
}
