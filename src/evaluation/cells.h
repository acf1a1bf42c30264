/* The ratings of a table with holes, in canonical order. */
#ifndef EVALUATION_CELLS_H
#define EVALUATION_CELLS_H

#include "evaluation/agreement.h"

/*
 * A copy of the cells, sorted by unit and rater, with units, raters and categories numbered from 0
 * in their order.
 */
struct cell {
	uint32_t unit, rater, category;
	double rating;
};

struct cells {
	struct cell *cell;
	size_t count, units, raters, categories;
	double *value; /* of each category, ascending */
};

enum err cells_make(struct cells *cells, const struct agreement_cell *from, size_t count) MUST_USE;
void cells_release(struct cells *cells);
/* Exchanges units and raters; sorted again. */
enum err cells_transpose(struct cells *cells) MUST_USE;
/* The end of the unit's cells that begin at `from`. */
size_t cells_unit_end(const struct cells *cells, size_t from);

#endif
