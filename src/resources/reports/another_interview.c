/* Whether another interview is worth it: /v1/roles/{role_id}/another-interview. */
#include "evaluation/another.h"
#include "resources/handlers.h"
#include "resources/reports/fitted.h"
#include "resources/reports/grid.h"
#include "resources/reports/report.h"
#include "runtime/offload.h"
#include "statements.h"

#define INTERVIEWS_MOST 8 /* rows of the D-study */
#define USUAL		4

static const struct grid_column columns[] = {
    {"application_id", GRID_TEXT},
    {"candidate_name", GRID_TEXT},
    {"scorecards", GRID_COUNT},
    {"score", GRID_NUMBER},
    {"score_low", GRID_NUMBER},
    {"score_high", GRID_NUMBER},
    {"p_flip", GRID_NUMBER},
    {"gain", GRID_NUMBER},
    {"sd_drop", GRID_NUMBER},
    {"focus_competency_id", GRID_TEXT},
    {"focus_competency_name", GRID_TEXT},
    {"focus_drop", GRID_NUMBER},
    {"sentence", GRID_SENTENCE},
};

struct asked {
	const char *id, *name;
	bool blind, rated;
	uint32_t candidate; /* of the design, when rated */
	struct another another;
};

struct work {
	struct fitted fitted;
	double *weights;
	const char **competency, **competency_id;
	double hire_bar;
	struct asked *asked;
	size_t count;
	bool known;
	struct dstudy dstudy;
	enum err err;
};

static void work_run(void *arg)
{
	struct work *work = arg;
	struct model *model = NULL;

	work->err = fitted_model(&work->fitted, &model);
	if (work->err != OK)
		return;
	struct another_plan plan = {model,
				    work->fitted.design.interviewers - 1,
				    work->weights,
				    work->hire_bar,
				    work->competency,
				    work->count};

	work->known = another_dstudy(&plan, &work->dstudy);
	for (size_t i = 0; i < work->count && work->known && work->err == OK; i++)
		if (work->asked[i].rated)
			work->err = another_of(&plan, work->asked[i].candidate, work->asked[i].name,
					       &work->asked[i].another);
	model_free(model);
}

/* ---- what is asked --------------------------------------------------------------------------- */

static const char *member(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static uint32_t places_of(const json_t *criteria)
{
	uint32_t most = 0;
	size_t i;
	json_t *c;

	json_array_foreach(criteria, i, c)
	{
		uint32_t place = (uint32_t)json_integer_value(json_object_get(c, "place"));

		most = place >= most ? place + 1 : most;
	}
	return most;
}

static enum err criteria_take(struct request *rq, const json_t *criteria, struct work *work)
{
	size_t count = work->fitted.design.competencies, i;
	json_t *c;

	work->weights = arena_alloc(rq->arena, count * sizeof(*work->weights));
	work->competency = arena_alloc(rq->arena, count * sizeof(*work->competency));
	work->competency_id = arena_alloc(rq->arena, count * sizeof(*work->competency_id));
	if (!work->weights || !work->competency || !work->competency_id)
		return ERR_MEMORY;
	for (i = 0; i < count; i++) {
		work->weights[i] = 0;
		work->competency[i] = work->competency_id[i] = NULL;
	}
	json_array_foreach(criteria, i, c)
	{
		size_t place = (size_t)json_integer_value(json_object_get(c, "place"));

		work->weights[place] = json_number_value(json_object_get(c, "weight"));
		work->competency[place] = member(c, "name");
		work->competency_id[place] = member(c, "id");
	}
	return OK;
}

static enum err candidates_take(struct request *rq, const json_t *candidates,
				const struct db_rows *cards, struct work *work)
{
	size_t i;
	json_t *one;

	work->asked =
	    arena_alloc(rq->arena, (json_array_size(candidates) + 1) * sizeof(*work->asked));
	if (!work->asked)
		return ERR_MEMORY;
	json_array_foreach(candidates, i, one)
	{
		struct asked *asked = &work->asked[work->count++];

		*asked = (struct asked){.id = member(one, "id"), .name = member(one, "name")};
		asked->blind = json_is_true(json_object_get(one, "blind"));
		for (int row = 0; row < cards->count && !asked->rated; row++) {
			asked->rated =
			    text_equal(db_value(cards, row, "application_id"), asked->id);
			asked->candidate = work->fitted.card[row].candidate;
		}
	}
	return OK;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* What is said where the model says nothing. */
static void sentence_settle(const struct work *work, struct asked *asked)
{
	if (asked->blind)
		asked->another.said = said_begin(SENTENCE_another_blind);
	else if (!asked->rated) {
		asked->another.said = said_begin(SENTENCE_another_unrated);
		said_text_value(&asked->another.said, "who", asked->name);
	} else if (!work->known)
		asked->another.said = said_begin(SENTENCE_another_unknown);
}

static void asked_cells(const struct work *work, struct asked *asked, struct grid_cell *cell)
{
	const struct another *a = &asked->another;
	struct figure none = {0};
	const struct grid_cell row[] = {
	    grid_text(asked->id),
	    grid_text(asked->name),
	    asked->blind ? grid_nothing() : grid_count(a->cards),
	    grid_figure(a->score.value),
	    grid_figure(a->score.low),
	    grid_figure(a->score.high),
	    grid_figure(a->valued ? figure_of(a->value.p_flip) : none),
	    grid_figure(a->valued ? figure_of(a->value.gain) : none),
	    grid_figure(a->valued ? figure_of(a->value.sd_drop) : none),
	    grid_text(a->focused ? work->competency_id[a->focus] : NULL),
	    grid_text(a->focused ? work->competency[a->focus] : NULL),
	    grid_figure(a->focused ? figure_of(a->focus_drop) : none),
	    grid_said(&a->said),
	};

	memcpy(cell, row, sizeof(row));
}

static struct said said_of(const struct work *work, bool on)
{
	struct said said = said_begin(on ? SENTENCE_another_unknown : SENTENCE_model_off);

	if (on && work->known) {
		said = said_begin(SENTENCE_plan_reliability);
		said_count(&said, "n", USUAL);
		said_number(&said, "phi", dstudy_row(&work->dstudy, USUAL).phi.value, 2);
		said_number(&said, "next", dstudy_row(&work->dstudy, USUAL + 1).phi.value, 2);
	}
	return said;
}

static void figure_put(struct json_writer *json, const char *key, struct figure figure)
{
	json_key(json, key);
	if (figure.known)
		json_put_number(json, figure.value, 4);
	else
		json_put_null(json);
}

static void reliability_put(struct json_writer *json, const struct work *work)
{
	json_key(json, "reliability");
	json_open_array(json);
	for (unsigned n = 1; work->known && n <= INTERVIEWS_MOST; n++) {
		struct dstudy_row row = dstudy_row(&work->dstudy, n);

		json_open_object(json);
		json_key(json, "interviewers");
		json_put_integer(json, n);
		figure_put(json, "phi", row.phi);
		figure_put(json, "e_rho2", row.e_rho2);
		figure_put(json, "sem", figure_of(row.sem));
		json_close_object(json);
	}
	json_close_array(json);
}

static enum err answer(struct request *rq, struct work *work, const struct db_rows *role)
{
	bool on = text_equal(db_value(role, 0, "on"), "t");
	struct said said = said_of(work, on);
	struct grid grid = {.name = "another_interview",
			    .column = columns,
			    .columns = ARRAY_LEN(columns),
			    .rows = work->count};
	struct grid_cell *cell =
	    arena_alloc(rq->arena, (work->count + 1) * ARRAY_LEN(columns) * sizeof(*cell));

	if (!cell)
		return ERR_MEMORY;
	for (size_t i = 0; i < work->count; i++) {
		sentence_settle(work, &work->asked[i]);
		asked_cells(work, &work->asked[i], cell + i * ARRAY_LEN(columns));
	}
	grid.cell = cell;
	if (report_wants_csv(rq))
		return grid_answer(rq, &grid);
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_member(&rq->json, "role_id", rq->param[0]);
	figure_put(&rq->json, "hire_bar",
		   work->hire_bar > 0 ? figure_of(work->hire_bar) : (struct figure){0});
	json_key(&rq->json, "model_on");
	json_put_boolean(&rq->json, on);
	json_key(&rq->json, "sentence");
	said_write(&rq->json, &said);
	reliability_put(&rq->json, work);
	json_key(&rq->json, "data");
	grid_write(&rq->json, &grid);
	json_close_object(&rq->json);
	answer_digest(rq);
	return OK;
}

static enum err compute(struct request *rq, const struct db_rows *role, const json_t *criteria,
			const json_t *candidates, struct work *work)
{
	struct db_rows cards;

	TRY(RUN(rq, another_interview_scorecards, &cards, .role_id = rq->param[0]));
	TRY(fitted_take(rq, &cards, places_of(criteria), &work->fitted));
	TRY(criteria_take(rq, criteria, work));
	TRY(candidates_take(rq, candidates, &cards, work));
	TRY(offload_run(rq->offload, work_run, work));
	TRY(work->err);
	return answer(rq, work, role);
}

enum err roles_another_interview(struct request *rq)
{
	struct work *work = arena_alloc(rq->arena, sizeof(*work));
	struct db_rows role;
	const char *bar;
	enum err err;

	if (!work)
		return ERR_MEMORY;
	*work = (struct work){.err = OK};
	TRY(RUN(rq, another_interview_role, &role, .role_id = rq->param[0]));
	if (role.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such role.");
	bar = db_value(&role, 0, "hire_bar");
	work->hire_bar = bar ? strtod(bar, NULL) : 0;
	if (!text_equal(db_value(&role, 0, "on"), "t"))
		return answer(rq, work, &role);
	json_t *criteria = json_loads(db_value(&role, 0, "_criteria"), 0, NULL);
	json_t *candidates = json_loads(db_value(&role, 0, "_candidates"), 0, NULL);

	err = criteria && candidates ? compute(rq, &role, criteria, candidates, work)
				     : fail(rq, PROBLEM_internal, "It could not be computed.");
	json_decref(criteria);
	json_decref(candidates);
	return err;
}
