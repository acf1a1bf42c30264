/* How far the people who rate for a role agree: /v1/reports/agreement. */
#include "evaluation/agreement_summary.h"
#include "resources/handlers.h"
#include "resources/reports/grid.h"
#include "resources/reports/report.h"
#include "runtime/offload.h"
#include "statements.h"

#define CARDS_MOST 20000 /* as in the statement, which asks for one more */

static const struct grid_column columns[] = {
    {"role_id", GRID_TEXT},
    {"role_title", GRID_TEXT},
    {"competency_id", GRID_TEXT},
    {"competency_name", GRID_TEXT},
    {"raters", GRID_COUNT},
    {"applications", GRID_COUNT},
    {"n", GRID_COUNT},
    {"ratings", GRID_COUNT},
    {"alpha", GRID_NUMBER},
    {"alpha_low", GRID_NUMBER},
    {"alpha_high", GRID_NUMBER},
    {"ac2", GRID_NUMBER},
    {"ac2_low", GRID_NUMBER},
    {"ac2_high", GRID_NUMBER},
    {"icc_single", GRID_NUMBER},
    {"icc_average", GRID_NUMBER},
    {"sentence", GRID_SENTENCE},
};

/* One row of the report: who rated a competency of a role. */
struct panel {
	size_t from, count; /* cells */
	struct agreement_summary summary;
};

struct work {
	struct agreement_cell *cells;
	struct panel *panels;
	size_t count;
	enum err err;
};

static void work_run(void *arg)
{
	struct work *work = arg;

	for (size_t i = 0; i < work->count && work->err == OK; i++) {
		struct panel *panel = &work->panels[i];

		work->err =
		    agreement_summary_of(work->cells + panel->from, panel->count, &panel->summary);
	}
}

/* How many cells a text of three numbers each holds. */
static size_t cells_in(const char *text)
{
	size_t blanks = 0;

	for (; *text; text++)
		blanks += *text == ' ';
	return (blanks + 1) / 3;
}

static size_t cells_read(const char *text, struct agreement_cell *out)
{
	size_t count = cells_in(text);
	char *end;

	for (size_t i = 0; i < count; i++) {
		out[i].unit = (uint32_t)strtoul(text, &end, 10);
		out[i].rater = (uint32_t)strtoul(end, &end, 10);
		out[i].rating = strtod(end, &end);
		text = end;
	}
	return count;
}

static enum err take(struct request *rq, const struct db_rows *rows, int shown, struct work *work)
{
	size_t total = 0, at = 0;

	for (int i = 0; i < shown; i++)
		total += cells_in(db_value(rows, i, "_cells"));
	work->cells = arena_alloc(rq->arena, (total + 1) * sizeof(*work->cells));
	work->panels = arena_alloc(rq->arena, ((size_t)shown + 1) * sizeof(*work->panels));
	if (!work->cells || !work->panels)
		return ERR_MEMORY;
	for (; work->count < (size_t)shown; work->count++) {
		const char *text = db_value(rows, (int)work->count, "_cells");
		struct panel *panel = &work->panels[work->count];

		*panel = (struct panel){.from = at};
		panel->count = cells_read(text, work->cells + at);
		at += panel->count;
	}
	return OK;
}

static void panel_cells(const struct db_rows *rows, int row, const struct panel *panel,
			struct grid_cell *cell)
{
	const struct agreement_summary *s = &panel->summary;
	const struct grid_cell out[] = {
	    grid_text(db_value(rows, row, "role_id")),
	    grid_text(db_value(rows, row, "role_title")),
	    grid_text(db_value(rows, row, "competency_id")),
	    grid_text(db_value(rows, row, "competency_name")),
	    grid_count(s->raters),
	    grid_count(s->units),
	    grid_count(s->pairable),
	    grid_count(s->ratings),
	    grid_figure(s->alpha),
	    grid_figure(s->alpha_low),
	    grid_figure(s->alpha_high),
	    grid_figure(s->ac2),
	    grid_figure(s->ac2_low),
	    grid_figure(s->ac2_high),
	    grid_figure(s->icc_single),
	    grid_figure(s->icc_average),
	    grid_said(&s->said),
	};

	memcpy(cell, out, sizeof(out));
}

enum err reports_agreement(struct request *rq)
{
	struct db_rows rows;
	struct work work = {.err = OK};
	struct grid grid = {.name = "agreement", .column = columns, .columns = ARRAY_LEN(columns)};
	struct grid_cell *cell;

	TRY(report_check_period(rq));
	TRY(RUN(rq, report_agreement, &rows, .role_id = request_query(rq, "role_id"),
		.from = request_query(rq, "from"), .to = request_query(rq, "to")));
	int shown = rows.count > REPORT_ROWS ? REPORT_ROWS : rows.count;

	TRY(take(rq, &rows, shown, &work));
	TRY(offload_run(rq->offload, work_run, &work));
	TRY(work.err);
	cell = arena_alloc(rq->arena, (work.count + 1) * ARRAY_LEN(columns) * sizeof(*cell));
	if (!cell)
		return ERR_MEMORY;
	for (size_t i = 0; i < work.count; i++)
		panel_cells(&rows, (int)i, &work.panels[i], cell + i * ARRAY_LEN(columns));
	grid.cell = cell;
	grid.rows = work.count;
	grid.truncated =
	    rows.count > shown ||
	    (rows.count > 0 && strtol(db_value(&rows, 0, "_cards"), NULL, 10) > CARDS_MOST);
	return grid_answer(rq, &grid);
}
