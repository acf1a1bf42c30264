/* Rows that a handler computed, as JSON or as CSV, with a sentence to each. */
#ifndef RESOURCES_REPORT_GRID_H
#define RESOURCES_REPORT_GRID_H

#include "evaluation/figure.h"
#include "evaluation/sentences.h"
#include "http/request.h"

enum grid_type { GRID_TEXT, GRID_COUNT, GRID_NUMBER, GRID_SENTENCE };

struct grid_column {
	const char *name;
	enum grid_type type;
};

/* A text is known unless NULL, a sentence too; the others say so. */
struct grid_cell {
	const char *text;
	struct figure figure;
	const struct said *said;
};

struct grid {
	const char *name; /* of the report, and of the file */
	const struct grid_column *column;
	size_t columns, rows;
	const struct grid_cell *cell; /* row by row */
	bool truncated;
	const struct said *said; /* of the whole; NULL: none is written */
};

struct grid_cell grid_text(const char *text);
struct grid_cell grid_count(size_t count);
struct grid_cell grid_number(double number);
struct grid_cell grid_figure(struct figure figure);
struct grid_cell grid_said(const struct said *said);
struct grid_cell grid_nothing(void);

/* Answers with the report. */
enum err grid_answer(struct request *rq, const struct grid *grid) MUST_USE;
/* The rows alone, the next value of what is being written. */
void grid_write(struct json_writer *json, const struct grid *grid);

#endif
