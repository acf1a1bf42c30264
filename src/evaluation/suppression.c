/* Complementary suppression of small counts; see the header for the rule. */
#include "evaluation/suppression.h"

#include <stdint.h>

static bool totals_small(const unsigned *counts, size_t rows, size_t columns, unsigned least)
{
	for (size_t c = 0; c < columns; c++) {
		uint64_t total = 0;
		for (size_t r = 0; r < rows; r++)
			total += counts[r * columns + c];
		if (total < least)
			return true;
	}
	return false;
}

/* The hidden rows' sum of every column is that much or more. */
static bool covered(const uint64_t *sums, size_t columns, unsigned least)
{
	for (size_t c = 0; c < columns; c++)
		if (sums[c] < least)
			return false;
	return true;
}

static void row_hide(const unsigned *counts, size_t row, size_t columns, uint64_t *sums,
		     struct suppression *out)
{
	out->hidden[row] = true;
	out->rows_hidden++;
	for (size_t c = 0; c < columns; c++)
		sums[c] += counts[row * columns + c];
}

static bool row_small(const unsigned *counts, size_t row, size_t columns, unsigned least)
{
	for (size_t c = 0; c < columns; c++)
		if (counts[row * columns + c] < least)
			return true;
	return false;
}

static void rows_hide(const unsigned *counts, size_t rows, size_t columns, unsigned least,
		      uint64_t *sums, struct suppression *out)
{
	size_t last = 0, others = 0;
	for (size_t r = 0; r < rows; r++)
		if (row_small(counts, r, columns, least)) {
			row_hide(counts, r, columns, sums, out);
			last = r;
		}
	for (size_t i = 1; i <= rows && out->rows_hidden > 0; i++) {
		size_t r = (last + i) % rows;
		if (others > 0 && covered(sums, columns, 2 * least))
			return;
		if (out->hidden[r])
			continue;
		row_hide(counts, r, columns, sums, out);
		others++;
	}
	/* A single group is its total. */
	out->totals_hidden = out->rows_hidden == 1;
}

enum err suppression_of(const unsigned *counts, size_t rows, size_t columns, unsigned least,
			struct suppression *out)
{
	uint64_t *sums = calloc(columns + 1, sizeof(*sums));
	if (sums == NULL)
		return ERR_MEMORY;
	out->totals_hidden = totals_small(counts, rows, columns, least);
	out->rows_hidden = out->totals_hidden ? rows : 0;
	for (size_t r = 0; r < rows; r++)
		out->hidden[r] = out->totals_hidden;
	if (!out->totals_hidden)
		rows_hide(counts, rows, columns, least, sums, out);
	free(sums);
	return OK;
}
