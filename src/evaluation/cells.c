/* Sorts and numbers the ratings of a table with holes. */
#include "cells.h"

#include <assert.h>
#include <math.h>

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int by_cell(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->rater > y->rater) - (x->rater < y->rater);
}

/* Sorts and leaves each number once. */
static size_t numbers_once(uint32_t *numbers, size_t count)
{
	size_t kept = 0;
	qsort(numbers, count, sizeof(*numbers), by_number);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || numbers[kept - 1] != numbers[i])
			numbers[kept++] = numbers[i];
	return kept;
}

static uint32_t place_of(const uint32_t *numbers, size_t count, uint32_t number)
{
	const uint32_t *at = bsearch(&number, numbers, count, sizeof(*numbers), by_number);
	assert(at != NULL);
	return (uint32_t)(at - numbers);
}

/* Numbers units and raters; `numbers` has room for all. */
static void members_number(struct cells *cells, const struct agreement_cell *from,
			   uint32_t *numbers)
{
	for (size_t i = 0; i < cells->count; i++)
		numbers[i] = from[i].unit;
	cells->units = numbers_once(numbers, cells->count);
	for (size_t i = 0; i < cells->count; i++)
		cells->cell[i].unit = place_of(numbers, cells->units, from[i].unit);
	for (size_t i = 0; i < cells->count; i++)
		numbers[i] = from[i].rater;
	cells->raters = numbers_once(numbers, cells->count);
	for (size_t i = 0; i < cells->count; i++)
		cells->cell[i].rater = place_of(numbers, cells->raters, from[i].rater);
}

static void categories_number(struct cells *cells)
{
	double *value = cells->value;
	size_t kept = 0;
	for (size_t i = 0; i < cells->count; i++)
		value[i] = cells->cell[i].rating;
	qsort(value, cells->count, sizeof(*value), by_value);
	for (size_t i = 0; i < cells->count; i++)
		if (kept == 0 || value[kept - 1] < value[i])
			value[kept++] = value[i];
	cells->categories = kept;
	for (size_t i = 0; i < cells->count; i++) {
		const double *at =
		    bsearch(&cells->cell[i].rating, value, kept, sizeof(*value), by_value);
		assert(at != NULL);
		cells->cell[i].category = (uint32_t)(at - value);
	}
}

enum err cells_make(struct cells *cells, const struct agreement_cell *from, size_t count)
{
	*cells = (struct cells){.count = count};
	uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));
	cells->cell = malloc((count + 1) * sizeof(*cells->cell));
	cells->value = malloc((count + 1) * sizeof(*cells->value));
	if (numbers == NULL || cells->cell == NULL || cells->value == NULL) {
		free(numbers);
		cells_release(cells);
		return ERR_MEMORY;
	}
	for (size_t i = 0; i < count; i++) {
		assert(isfinite(from[i].rating));
		/* + 0.0: a negative zero is the same rating. */
		cells->cell[i] = (struct cell){.rating = from[i].rating + 0.0};
	}
	members_number(cells, from, numbers);
	categories_number(cells);
	qsort(cells->cell, count, sizeof(*cells->cell), by_cell);
	free(numbers);
	return OK;
}

void cells_release(struct cells *cells)
{
	free(cells->cell);
	free(cells->value);
	*cells = (struct cells){0};
}

void cells_transpose(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		uint32_t unit = cells->cell[i].unit;
		cells->cell[i].unit = cells->cell[i].rater;
		cells->cell[i].rater = unit;
	}
	size_t units = cells->units;
	cells->units = cells->raters;
	cells->raters = units;
	qsort(cells->cell, cells->count, sizeof(*cells->cell), by_cell);
}

size_t cells_unit_end(const struct cells *cells, size_t from)
{
	size_t end = from;
	while (end < cells->count && cells->cell[end].unit == cells->cell[from].unit)
		end++;
	return end;
}
