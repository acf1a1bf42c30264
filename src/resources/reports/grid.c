/* Computed rows as JSON or CSV. */
#include "resources/reports/grid.h"

#include "resources/reports/report.h"

#define DECIMALS 4

struct grid_cell grid_text(const char *text)
{
	return (struct grid_cell){.text = text};
}

struct grid_cell grid_number(double number)
{
	return (struct grid_cell){.figure = figure_of(number)};
}

struct grid_cell grid_count(size_t count)
{
	return grid_number((double)count);
}

struct grid_cell grid_figure(struct figure figure)
{
	return (struct grid_cell){.figure = figure};
}

struct grid_cell grid_said(const struct said *said)
{
	return (struct grid_cell){.said = said};
}

struct grid_cell grid_nothing(void)
{
	return (struct grid_cell){0};
}

static void json_cell(struct json_writer *json, enum grid_type type, const struct grid_cell *cell)
{
	if (type == GRID_TEXT)
		json_text(json, cell->text);
	else if (type == GRID_SENTENCE && cell->said != NULL)
		said_write(json, cell->said);
	else if (type != GRID_SENTENCE && cell->figure.known)
		json_put_number(json, cell->figure.value, type == GRID_COUNT ? 0 : DECIMALS);
	else
		json_put_null(json);
}

void grid_write(struct json_writer *json, const struct grid *grid)
{
	json_open_array(json);
	for (size_t r = 0; r < grid->rows; r++) {
		json_open_object(json);
		for (size_t c = 0; c < grid->columns; c++) {
			json_key(json, grid->column[c].name);
			json_cell(json, grid->column[c].type, &grid->cell[r * grid->columns + c]);
		}
		json_close_object(json);
	}
	json_close_array(json);
}

static void csv_cell(struct buffer *out, enum grid_type type, const struct grid_cell *cell)
{
	char text[SENTENCE_SIZE];

	if (type == GRID_TEXT && cell->text != NULL)
		report_csv_text(out, cell->text);
	else if (type == GRID_SENTENCE && cell->said != NULL)
		report_csv_text(out, said_text(cell->said, text));
	else if ((type == GRID_COUNT || type == GRID_NUMBER) && cell->figure.known)
		buffer_printf(out, "%.*f", type == GRID_COUNT ? 0 : DECIMALS, cell->figure.value);
}

static void write_csv(struct request *rq, const struct grid *grid)
{
	report_csv_begin(rq, grid->name);
	for (size_t c = 0; c < grid->columns; c++)
		buffer_printf(&rq->out, "%s%s", c ? "," : "", grid->column[c].name);
	buffer_text(&rq->out, "\r\n");
	for (size_t r = 0; r < grid->rows; r++) {
		for (size_t c = 0; c < grid->columns; c++) {
			if (c)
				buffer_char(&rq->out, ',');
			csv_cell(&rq->out, grid->column[c].type,
				 &grid->cell[r * grid->columns + c]);
		}
		buffer_text(&rq->out, "\r\n");
	}
}

enum err grid_answer(struct request *rq, const struct grid *grid)
{
	if (report_wants_csv(rq)) {
		write_csv(rq, grid);
	} else {
		report_json_begin(rq, grid->name, grid->truncated);
		if (grid->said != NULL) {
			json_key(&rq->json, "sentence");
			said_write(&rq->json, grid->said);
		}
		json_key(&rq->json, "data");
		grid_write(&rq->json, grid);
		json_close_object(&rq->json);
	}
	answer_digest(rq);
	return OK;
}
