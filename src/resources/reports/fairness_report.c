/* Adverse impact from what was published of decided applications: /v1/reports/fairness. */
#include "evaluation/impact_words.h"
#include "resources/handlers.h"
#include "resources/reports/grid.h"
#include "resources/reports/report.h"
#include "statements.h"

#define GROUPS_MOST 8
#define LEAST_SHOWN 5 /* as in fairness_table */

/* In the order of the function fairness_table; those who did not answer are never compared. */
static const struct question {
	const char *name, *called;
	struct {
		const char *name, *called;
	} group[GROUPS_MOST];
} questions[] = {
    {"gender", "gender", {{"woman", "Women"}, {"man", "Men"}, {"another", "Another gender"}}},
    {"age",
     "age",
     {{"under_30", "Under 30"},
      {"30_to_39", "30 to 39"},
      {"40_to_49", "40 to 49"},
      {"50_and_over", "50 and over"}}},
    {"disability", "disability", {{"yes", "With a disability"}, {"no", "Without a disability"}}},
};

/* Who came to a step, and passed it, by group; two are compared where both are shown. */
struct counted {
	bool shown;
	struct rate rate;
};

static const struct grid_column columns[] = {
    {"question", GRID_TEXT},	      {"role_id", GRID_TEXT},
    {"role_title", GRID_TEXT},	      {"stage_name", GRID_TEXT},
    {"stage_position", GRID_COUNT},   {"focal", GRID_TEXT},
    {"reference", GRID_TEXT},	      {"focal_passed", GRID_COUNT},
    {"focal_n", GRID_COUNT},	      {"reference_passed", GRID_COUNT},
    {"reference_n", GRID_COUNT},      {"focal_rate", GRID_NUMBER},
    {"reference_rate", GRID_NUMBER},  {"ratio", GRID_NUMBER},
    {"ratio_low", GRID_NUMBER},	      {"ratio_high", GRID_NUMBER},
    {"fisher", GRID_NUMBER},	      {"mid_p", GRID_NUMBER},
    {"difference", GRID_NUMBER},      {"difference_low", GRID_NUMBER},
    {"difference_high", GRID_NUMBER}, {"p_ratio_below", GRID_NUMBER},
    {"p_lower", GRID_NUMBER},	      {"verdict", GRID_TEXT},
    {"sentence", GRID_SENTENCE},
};

/* One step of one scope: the blocks from `first` on that are alike, or all of them. */
struct step {
	const struct question *question;
	const json_t *blocks;
	size_t first, end;
	bool overall;
	size_t stage;
	const char *stage_name, *role_id, *role_title;
};

struct writer {
	struct request *rq;
	struct grid_cell *cell;
	size_t rows, room;
	struct said *said;
};

static const json_t *table_of(const struct step *step, size_t block)
{
	const json_t *tables = json_object_get(json_array_get(step->blocks, block), "tables");
	const json_t *table = json_object_get(tables, step->question->name);

	return json_is_object(table) ? table : NULL;
}

static struct counted counted_of(const struct step *step, size_t block, const char *group)
{
	const json_t *table = table_of(step, block);
	const json_t *counts =
	    table ? json_object_get(json_object_get(table, "groups"), group) : NULL;
	size_t columns_here = json_array_size(counts), from = step->overall ? 0 : step->stage;
	size_t passed_from = step->overall ? columns_here - 1 : step->stage + 1;
	struct counted out = {.shown = columns_here > from + 1};

	for (size_t c = from; out.shown && c < columns_here; c++) {
		unsigned n = (unsigned)json_integer_value(json_array_get(counts, c));

		out.rate.n += n;
		out.rate.x += c >= passed_from ? n : 0;
	}
	return out;
}

/* Sums over the blocks in which `with` is shown, too; NULL: all. */
static struct counted sum_of(const struct step *step, const char *group, const char *with)
{
	struct counted sum = {0};

	for (size_t b = step->first; b < step->end; b++) {
		struct counted one = counted_of(step, b, group);

		if (!one.shown || (with && !counted_of(step, b, with).shown))
			continue;
		sum.shown = true;
		sum.rate.n += one.rate.n;
		sum.rate.x += one.rate.x;
	}
	return sum;
}

/* The group with the highest rate, the first of those that are alike; -1 without two groups. */
static int reference_of(const struct step *step)
{
	int best = -1, shown = 0;
	struct rate most = {0, 1};

	for (int g = 0; g < GROUPS_MOST && step->question->group[g].name; g++) {
		struct counted sum = sum_of(step, step->question->group[g].name, NULL);

		if (!sum.shown)
			continue;
		shown++;
		if (best < 0 || (uint64_t)sum.rate.x * most.n > (uint64_t)most.x * sum.rate.n) {
			best = g;
			most = sum.rate;
		}
	}
	return shown < 2 ? -1 : best;
}

static struct grid_cell *row_begin(struct writer *w, const struct step *step)
{
	struct grid_cell *cell = w->cell + w->rows * ARRAY_LEN(columns);

	if (w->rows == w->room)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		cell[i] = grid_nothing();
	cell[0] = grid_text(step->question->name);
	cell[1] = grid_text(step->role_id);
	cell[2] = grid_text(step->role_title);
	cell[3] = grid_text(step->stage_name);
	if (!step->overall)
		cell[4] = grid_count(step->stage + 1);
	cell[24] = grid_said(&w->said[w->rows]);
	w->rows++;
	return cell;
}

static void figures_put(struct grid_cell *cell, const struct impact *impact, struct rate focal,
			struct rate reference)
{
	const struct grid_cell figures[] = {
	    grid_count(focal.x),
	    grid_count(focal.n),
	    grid_count(reference.x),
	    grid_count(reference.n),
	    grid_number(impact->focal),
	    grid_number(impact->reference),
	    grid_figure(impact->ratio),
	    grid_figure(impact->katz_low),
	    grid_figure(impact->katz_high),
	    grid_number(impact->fisher),
	    grid_number(impact->mid_p),
	    grid_number(impact->difference),
	    grid_number(impact->newcombe.low),
	    grid_number(impact->newcombe.high),
	    grid_number(impact->p_ratio_below),
	    grid_number(impact->p_lower),
	};

	memcpy(cell + 7, figures, sizeof(figures));
}

static enum err pair_put(struct writer *w, const struct step *step, int focal, int reference)
{
	const char *name = step->question->group[focal].name;
	const char *with = step->question->group[reference].name;
	struct counted f = sum_of(step, name, with), r = sum_of(step, with, name);
	struct said *said = &w->said[w->rows];
	struct grid_cell *cell;
	struct impact impact;

	if (!f.shown || f.rate.n == 0 || r.rate.n == 0 || !(cell = row_begin(w, step)))
		return OK;
	TRY(impact_of(f.rate, r.rate, &impact));
	*said = impact_said(&impact, step->question->group[focal].called,
			    step->question->group[reference].called);
	cell[5] = grid_text(name);
	cell[6] = grid_text(with);
	cell[23] = grid_text(impact_verdict_code(impact.verdict));
	if (impact.verdict != IMPACT_TOO_FEW)
		figures_put(cell, &impact, f.rate, r.rate);
	return OK;
}

static enum err step_put(struct writer *w, const struct step *step)
{
	int reference = reference_of(step);
	struct said *said = &w->said[w->rows];

	if (reference < 0) {
		if (step->overall && row_begin(w, step)) {
			*said = said_begin(SENTENCE_impact_hidden);
			said_text_value(said, "who", step->question->called);
			said_count(said, "least", LEAST_SHOWN);
		}
		return OK;
	}
	for (int g = 0; g < GROUPS_MOST && step->question->group[g].name; g++)
		if (g != reference)
			TRY(pair_put(w, step, g, reference));
	return OK;
}

static const char *block_text(const json_t *blocks, size_t block, const char *key)
{
	return json_string_value(json_object_get(json_array_get(blocks, block), key));
}

/* Each stage of blocks with the same stages. */
static enum err stages_put(struct writer *w, struct step step)
{
	const json_t *stages = json_object_get(table_of(&step, step.first), "stages");

	step.overall = false;
	for (size_t i = 0; i < json_array_size(stages); i++) {
		step.stage = i;
		step.stage_name = json_string_value(json_array_get(stages, i));
		TRY(step_put(w, &step));
	}
	return OK;
}

static bool same_stages(const struct step *step, size_t block)
{
	const json_t *table = table_of(step, block);

	return !table || json_equal(json_object_get(table_of(step, step->first), "stages"),
				    json_object_get(table, "stages"));
}

/* A role's blocks (or those of many roles): all together, and stage by stage where they are alike.
 */
static enum err role_put(struct writer *w, struct step step)
{
	size_t end = step.end;

	step.role_id = block_text(step.blocks, step.first, "role_id");
	step.role_title = block_text(step.blocks, step.first, "role_title");
	if (step.role_id)
		TRY(step_put(w, &step));
	while (step.first < end) {
		if (!table_of(&step, step.first)) {
			step.first++;
			continue;
		}
		for (step.end = step.first + 1; step.end < end && same_stages(&step, step.end);)
			step.end++;
		TRY(stages_put(w, step));
		step.first = step.end;
	}
	return OK;
}

static bool same_role(const json_t *blocks, size_t a, size_t b)
{
	const char *role = block_text(blocks, a, "role_id"),
		   *other = block_text(blocks, b, "role_id");

	return role && other ? text_equal(role, other) : role == other;
}

static enum err question_put(struct writer *w, const struct question *question,
			     const json_t *blocks)
{
	size_t count = json_array_size(blocks);
	struct step all = {question, blocks, 0, count, .overall = true};

	TRY(step_put(w, &all));
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && same_role(blocks, first, end); end++)
			;
		TRY(role_put(w, (struct step){question, blocks, first, end, .overall = true}));
	}
	return OK;
}

static enum err write_all(struct request *rq, const json_t *blocks)
{
	struct writer w = {.rq = rq};
	struct grid grid = {.name = "fairness", .column = columns, .columns = ARRAY_LEN(columns)};

	w.room = ARRAY_LEN(questions) * (1 + json_array_size(blocks)) * GROUPS_MOST * 8;
	if (w.room > REPORT_ROWS)
		w.room = REPORT_ROWS;
	w.cell = arena_alloc(rq->arena, w.room * ARRAY_LEN(columns) * sizeof(*w.cell));
	w.said = arena_alloc(rq->arena, (w.room + 1) * sizeof(*w.said));
	if (!w.cell || !w.said)
		return ERR_MEMORY;
	for (size_t q = 0; q < ARRAY_LEN(questions); q++)
		TRY(question_put(&w, &questions[q], blocks));
	grid.cell = w.cell;
	grid.rows = w.rows;
	grid.truncated = w.rows == w.room;
	return grid_answer(rq, &grid);
}

enum err reports_fairness(struct request *rq)
{
	struct db_rows rows;
	json_t *blocks;

	TRY(report_check_period(rq));
	TRY(RUN(rq, fairness_release, &rows, NO_PARAMETERS));
	TRY(RUN(rq, report_fairness, &rows, .role_id = request_query(rq, "role_id"),
		.from = request_query(rq, "from"), .to = request_query(rq, "to")));
	blocks = json_loads(db_value(&rows, 0, "_blocks"), 0, NULL);
	if (!blocks)
		return fail(rq, PROBLEM_internal, "The report could not be made.");
	enum err err = write_all(rq, blocks);

	/* What the rows borrow of it was written. */
	json_decref(blocks);
	return err;
}
