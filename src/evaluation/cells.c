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
	/* Mostly they are without gaps already. */
	if (number < count && numbers[number] == number)
		return number;
	const uint32_t *at = bsearch(&number, numbers, count, sizeof(*numbers), by_number);
	assert(at != NULL);
	return (uint32_t)(at - numbers);
}

/* Each number that occurs once, ascending; `seen` and `numbers` have room for count + 1. */
static size_t numbers_found(const uint32_t *from, size_t count, uint32_t *numbers, bool *seen)
{
	size_t kept = 0;
	uint32_t most = 0;
	for (size_t i = 0; i < count; i++)
		most = from[i] > most ? from[i] : most;
	if (most > count) {
		memcpy(numbers, from, count * sizeof(*numbers));
		return numbers_once(numbers, count);
	}
	memset(seen, 0, count + 1);
	for (size_t i = 0; i < count; i++)
		seen[from[i]] = true;
	for (uint32_t number = 0; number <= most && count > 0; number++)
		if (seen[number])
			numbers[kept++] = number;
	return kept;
}

/* What the sorting needs besides, count + 1 of each. */
struct scratch {
	uint32_t *raw, *numbers, *begin;
	bool *seen;
	struct cell *cell;
};

static bool scratch_make(struct scratch *scratch, size_t count)
{
	*scratch = (struct scratch){.raw = malloc((count + 1) * sizeof(uint32_t)),
				    .numbers = malloc((count + 1) * sizeof(uint32_t)),
				    .begin = malloc((count + 2) * sizeof(uint32_t)),
				    .seen = malloc((count + 1) * sizeof(bool)),
				    .cell = malloc((count + 1) * sizeof(struct cell))};
	return scratch->raw != NULL && scratch->numbers != NULL && scratch->begin != NULL &&
	       scratch->seen != NULL && scratch->cell != NULL;
}

static void scratch_release(struct scratch *scratch)
{
	free(scratch->raw);
	free(scratch->numbers);
	free(scratch->begin);
	free(scratch->seen);
	free(scratch->cell);
}

/* Numbers units and raters. */
static void members_number(struct cells *cells, const struct agreement_cell *from,
			   struct scratch *scratch)
{
	for (size_t i = 0; i < cells->count; i++)
		scratch->raw[i] = from[i].unit;
	cells->units = numbers_found(scratch->raw, cells->count, scratch->numbers, scratch->seen);
	for (size_t i = 0; i < cells->count; i++)
		cells->cell[i].unit = place_of(scratch->numbers, cells->units, from[i].unit);
	for (size_t i = 0; i < cells->count; i++)
		scratch->raw[i] = from[i].rater;
	cells->raters = numbers_found(scratch->raw, cells->count, scratch->numbers, scratch->seen);
	for (size_t i = 0; i < cells->count; i++)
		cells->cell[i].rater = place_of(scratch->numbers, cells->raters, from[i].rater);
}

/* By counting; those of the same key stay in their order. */
static void counted_sort(const struct cell *from, struct cell *to, size_t count, bool by_unit,
			 uint32_t *begin)
{
	for (size_t i = 0; i < count + 2; i++)
		begin[i] = 0;
	for (size_t i = 0; i < count; i++)
		begin[(by_unit ? from[i].unit : from[i].rater) + 1]++;
	for (size_t i = 1; i <= count; i++)
		begin[i] += begin[i - 1];
	for (size_t i = 0; i < count; i++)
		to[begin[by_unit ? from[i].unit : from[i].rater]++] = from[i];
}

#define FEW_VALUES 64

/* Each value once, ascending. Where there are few, they are kept so from the first cell on. */
static size_t values_found(const struct cells *cells, double *value)
{
	size_t kept = 0;
	for (size_t i = 0; i < cells->count; i++) {
		double rating = cells->cell[i].rating;
		size_t at = 0;
		while (at < kept && value[at] < rating)
			at++;
		if (at < kept && !(rating < value[at]))
			continue;
		memmove(value + at + 1, value + at, (kept - at) * sizeof(*value));
		value[at] = rating;
		if (++kept == FEW_VALUES)
			break;
	}
	if (kept < FEW_VALUES)
		return kept;
	for (size_t i = 0; i < cells->count; i++)
		value[i] = cells->cell[i].rating;
	qsort(value, cells->count, sizeof(*value), by_value);
	kept = 0;
	for (size_t i = 0; i < cells->count; i++)
		if (kept == 0 || value[kept - 1] < value[i])
			value[kept++] = value[i];
	return kept;
}

static void categories_number(struct cells *cells)
{
	cells->categories = values_found(cells, cells->value);
	for (size_t i = 0; i < cells->count; i++) {
		const double *at = bsearch(&cells->cell[i].rating, cells->value, cells->categories,
					   sizeof(*cells->value), by_value);
		assert(at != NULL);
		cells->cell[i].category = (uint32_t)(at - cells->value);
	}
}

static void cells_fill(struct cells *cells, const struct agreement_cell *from,
		       struct scratch *scratch)
{
	for (size_t i = 0; i < cells->count; i++) {
		assert(isfinite(from[i].rating));
		/* + 0.0: a negative zero is the same rating. */
		cells->cell[i] = (struct cell){.rating = from[i].rating + 0.0};
	}
	members_number(cells, from, scratch);
	categories_number(cells);
	counted_sort(cells->cell, scratch->cell, cells->count, false, scratch->begin);
	counted_sort(scratch->cell, cells->cell, cells->count, true, scratch->begin);
}

enum err cells_make(struct cells *cells, const struct agreement_cell *from, size_t count)
{
	struct scratch scratch;
	assert(count < UINT32_MAX);
	*cells = (struct cells){.count = count};
	cells->cell = malloc((count + 1) * sizeof(*cells->cell));
	cells->value = malloc((count + 1) * sizeof(*cells->value));
	bool made = scratch_make(&scratch, count) && cells->cell != NULL && cells->value != NULL;
	if (made)
		cells_fill(cells, from, &scratch);
	else
		cells_release(cells);
	scratch_release(&scratch);
	return made ? OK : ERR_MEMORY;
}

void cells_release(struct cells *cells)
{
	free(cells->cell);
	free(cells->value);
	*cells = (struct cells){0};
}

enum err cells_transpose(struct cells *cells)
{
	uint32_t *begin = malloc((cells->count + 2) * sizeof(*begin));
	struct cell *turned = malloc((cells->count + 1) * sizeof(*turned));
	if (begin == NULL || turned == NULL) {
		free(begin);
		free(turned);
		return ERR_MEMORY;
	}
	for (size_t i = 0; i < cells->count; i++) {
		uint32_t unit = cells->cell[i].unit;
		cells->cell[i].unit = cells->cell[i].rater;
		cells->cell[i].rater = unit;
	}
	size_t units = cells->units;
	cells->units = cells->raters;
	cells->raters = units;
	counted_sort(cells->cell, turned, cells->count, true, begin);
	free(cells->cell);
	free(begin);
	cells->cell = turned;
	return OK;
}

size_t cells_unit_end(const struct cells *cells, size_t from)
{
	size_t end = from;
	while (end < cells->count && cells->cell[end].unit == cells->cell[from].unit)
		end++;
	return end;
}
