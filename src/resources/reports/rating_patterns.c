/* How somebody rates beside colleagues: /v1/interviewers/{user_id}/rating-patterns. */
#include "evaluation/patterns.h"
#include "resources/handlers.h"
#include "resources/reports/fitted.h"
#include "resources/reports/grid.h"
#include "resources/reports/report.h"
#include "runtime/offload.h"
#include "statements.h"

#define DECIMALS 4

struct work {
	struct fitted fitted;
	const char *name;
	struct pattern_card *own;
	size_t count, peers;
	uint32_t interviewer;
	struct patterns patterns;
	enum err err;
};

static void work_run(void *arg)
{
	struct work *work = arg;
	struct model *model = NULL;

	work->err = fitted_model(&work->fitted, &model);
	if (work->err == OK)
		work->err = patterns_of(model, work->interviewer, work->name, work->own,
					work->count, work->peers, &work->patterns);
	model_free(model);
}

static bool is_true(const struct db_rows *rows, int row, const char *column)
{
	return text_equal(db_value(rows, row, column), "t");
}

/* Others who met a candidate whom they met. */
static enum err peers_count(struct request *rq, struct work *work)
{
	const struct fitted *f = &work->fitted;
	bool *met = arena_alloc(rq->arena, f->design.candidates + 1);
	bool *peer = arena_alloc(rq->arena, f->design.interviewers + 1);

	if (!met || !peer)
		return ERR_MEMORY;
	memset(met, 0, f->design.candidates + 1);
	memset(peer, 0, f->design.interviewers + 1);
	for (size_t i = 0; i < work->count; i++)
		met[work->own[i].candidate] = true;
	for (size_t i = 0; i < f->cards; i++) {
		uint32_t j = f->card[i].interviewer;

		if (j == work->interviewer || !met[f->card[i].candidate] || peer[j])
			continue;
		peer[j] = true;
		work->peers++;
	}
	return OK;
}

static enum err take(struct request *rq, const struct db_rows *rows, struct work *work)
{
	TRY(fitted_take(rq, rows, 0, &work->fitted));
	work->own = arena_alloc(rq->arena, (work->fitted.cards + 1) * sizeof(*work->own));
	if (!work->own)
		return ERR_MEMORY;
	work->interviewer = work->fitted.design.interviewers - 1;
	for (int row = 0; row < rows->count; row++) {
		const struct fitted_card *card = &work->fitted.card[row];

		if (!is_true(rows, row, "own"))
			continue;
		work->interviewer = card->interviewer;
		work->own[work->count++] = (struct pattern_card){
		    card->candidate, card->marks, card->count, is_true(rows, row, "renewed")};
	}
	return peers_count(rq, work);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void number_put(struct json_writer *json, const char *key, bool known, double value)
{
	json_key(json, key);
	if (known)
		json_put_number(json, value, DECIMALS);
	else
		json_put_null(json);
}

static void ratio_put(struct json_writer *json, const char *key, const struct report_ratio *ratio,
		      const struct said *said)
{
	bool known = ratio->value.known;

	json_key(json, key);
	json_open_object(json);
	json_key(json, "n");
	json_put_integer(json, (int64_t)ratio->n);
	number_put(json, "value", known, ratio->value.value);
	number_put(json, "usual_low", known, ratio->low);
	number_put(json, "usual_high", known, ratio->high);
	json_key(json, "flagged");
	json_put_boolean(json, ratio->flagged);
	json_key(json, "sentence");
	said_write(json, said);
	json_close_object(json);
}

static void severity_put(struct json_writer *json, const struct patterns *p)
{
	bool known = p->severity.value.known;

	json_key(json, "severity");
	json_open_object(json);
	json_key(json, "n");
	json_put_integer(json, (int64_t)p->cards);
	number_put(json, "value", known, p->severity.value.value);
	number_put(json, "low", known, p->severity.low.value);
	number_put(json, "high", known, p->severity.high.value);
	json_key(json, "sentence");
	said_write(json, &p->severity_said);
	json_close_object(json);
}

static void compression_put(struct json_writer *json, const struct patterns *p)
{
	bool known = p->compression.slope.known;

	json_key(json, "compression");
	json_open_object(json);
	json_key(json, "n");
	json_put_integer(json, (int64_t)p->compression.n);
	number_put(json, "value", known, p->compression.slope.value);
	number_put(json, "low", known, p->compression_interval.low);
	number_put(json, "high", known, p->compression_interval.high);
	json_key(json, "sentence");
	said_write(json, &p->compression_said);
	json_close_object(json);
}

static void drift_put(struct json_writer *json, const struct patterns *p)
{
	json_key(json, "drift");
	json_open_object(json);
	json_key(json, "n");
	json_put_integer(json, (int64_t)p->compared);
	json_key(json, "flagged");
	json_put_boolean(json, p->drifts);
	json_key(json, "points");
	json_open_array(json);
	for (size_t i = 0; i < p->point_count; i++) {
		const struct pattern_point *point = &p->points[i];

		json_open_object(json);
		json_key(json, "scorecard");
		json_put_integer(json, (int64_t)point->card);
		number_put(json, "value", true, point->value);
		number_put(json, "low", true, point->limits.low);
		number_put(json, "high", true, point->limits.high);
		json_key(json, "outside");
		json_put_boolean(json, point->out);
		json_close_object(json);
	}
	json_close_array(json);
	json_key(json, "sentence");
	said_write(json, &p->drift_said);
	json_close_object(json);
}

static void write_json(struct request *rq, const struct patterns *p, bool on)
{
	struct json_writer *json = &rq->json;

	answer_begin(rq, 200);
	json_open_object(json);
	json_member(json, "user_id", rq->param[0]);
	json_key(json, "model_on");
	json_put_boolean(json, on);
	json_key(json, "scorecards");
	json_put_integer(json, (int64_t)p->cards);
	json_key(json, "peers");
	json_put_integer(json, (int64_t)p->peers);
	severity_put(json, p);
	ratio_put(json, "consistency", &p->consistency, &p->consistency_said);
	ratio_put(json, "halo", &p->halo, &p->halo_said);
	compression_put(json, p);
	drift_put(json, p);
	json_close_object(json);
	answer_digest(rq);
}

static const struct grid_column columns[] = {
    {"pattern", GRID_TEXT}, {"n", GRID_COUNT},	   {"value", GRID_NUMBER},
    {"low", GRID_NUMBER},   {"high", GRID_NUMBER}, {"sentence", GRID_SENTENCE},
};

static void csv_row(struct grid_cell *cell, const char *name, size_t n, struct figure value,
		    struct interval interval, const struct said *said)
{
	const struct grid_cell row[] = {
	    grid_text(name),
	    grid_count(n),
	    grid_figure(value),
	    value.known ? grid_number(interval.low) : grid_nothing(),
	    value.known ? grid_number(interval.high) : grid_nothing(),
	    grid_said(said),
	};

	memcpy(cell, row, sizeof(row));
}

static enum err write_csv(struct request *rq, const struct patterns *p)
{
	struct grid_cell cell[5 * ARRAY_LEN(columns)];
	const struct grid grid = {.name = "rating_patterns",
				  .column = columns,
				  .columns = ARRAY_LEN(columns),
				  .rows = 5,
				  .cell = cell};
	const struct pattern_point *last = p->point_count ? &p->points[p->point_count - 1] : NULL;
	size_t width = ARRAY_LEN(columns);

	csv_row(cell, "severity", p->cards, p->severity.value,
		(struct interval){p->severity.low.value, p->severity.high.value},
		&p->severity_said);
	csv_row(cell + width, "consistency", p->consistency.n, p->consistency.value,
		(struct interval){p->consistency.low, p->consistency.high}, &p->consistency_said);
	csv_row(cell + 2 * width, "halo", p->halo.n, p->halo.value,
		(struct interval){p->halo.low, p->halo.high}, &p->halo_said);
	csv_row(cell + 3 * width, "compression", p->compression.n, p->compression.slope,
		p->compression_interval, &p->compression_said);
	csv_row(cell + 4 * width, "drift", p->compared,
		last ? figure_of(last->value) : (struct figure){0},
		last ? last->limits : (struct interval){0, 0}, &p->drift_said);
	return grid_answer(rq, &grid);
}

static enum err answer(struct request *rq, const struct patterns *p, bool on)
{
	if (report_wants_csv(rq))
		return write_csv(rq, p);
	write_json(rq, p, on);
	return OK;
}

enum err rating_patterns_get(struct request *rq)
{
	struct work *work = arena_alloc(rq->arena, sizeof(*work));
	struct db_rows rows, cards;

	if (!work)
		return ERR_MEMORY;
	*work = (struct work){.err = OK};
	TRY(RUN(rq, rating_patterns_of, &rows, .user_id = rq->param[0]));
	if (rows.count == 0)
		return fail(rq, PROBLEM_not_found, "There is no such user.");
	work->name = db_value(&rows, 0, "name");
	if (!is_true(&rows, 0, "on")) {
		struct patterns *p = &work->patterns;

		p->severity_said = p->consistency_said = p->halo_said = p->compression_said =
		    p->drift_said = said_begin(SENTENCE_model_off);
		return answer(rq, p, false);
	}
	TRY(RUN(rq, rating_patterns_scorecards, &cards, .user_id = rq->param[0]));
	TRY(take(rq, &cards, work));
	TRY(offload_run(rq->offload, work_run, work));
	TRY(work->err);
	return answer(rq, &work->patterns, true);
}
