/* Hides small counts, and so many others that no hidden one can be had by subtraction. */
#ifndef EVALUATION_SUPPRESSION_H
#define EVALUATION_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"

/*
 * A table of groups (rows) by outcomes (columns), published with the total of each column. Outcomes
 * must exclude one another (selected, not selected), so that sums of columns say nothing new.
 *
 * A row with a count below `least` is hidden as a whole, 0 included: that nobody of a group was
 * selected is said about each of them. Then the rows that follow the last small one (the first
 * after the end) are hidden too: one at least, and until the hidden rows of each column add up to
 * 2·`least` or more. So subtraction gives no more than a sum of several, of which one is not small.
 * They are taken by their place, never by their size: who knows this rule learns nothing from which
 * ones were taken (the test tries all small tables). Where the total of a column is below `least`,
 * everything is hidden, the totals too.
 */
#define SUPPRESSION_LEAST 5

struct suppression {
	bool *hidden; /* of each row; the caller's */
	bool totals_hidden;
	size_t rows_hidden;
};

/* `counts` is row by row. ERR_MEMORY is all that can go wrong. */
enum err suppression_of(const unsigned *counts, size_t rows, size_t columns, unsigned least,
			struct suppression *out) MUST_USE;

#endif
