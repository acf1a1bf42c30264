/* Small counts stay hidden from who subtracts, and from who knows the rule as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/attr.h"
#include "evaluation/suppression.h"

#define CELLS_MOST 8

static void suppressed(const unsigned *counts, size_t rows, size_t columns, const char *want,
		       bool totals)
{
	bool hidden[CELLS_MOST];
	struct suppression out = {.hidden = hidden};
	assert_int_equal(suppression_of(counts, rows, columns, SUPPRESSION_LEAST, &out), OK);
	for (size_t r = 0; r < rows; r++)
		assert_int_equal(hidden[r], want[r] == '#');
	assert_int_equal(out.totals_hidden, totals);
}

static void test_worked_examples(void **state UNUSED)
{
	suppressed((const unsigned[]){12, 40, 33}, 3, 1, "...", false);
	/* One alone is the total less the others. */
	suppressed((const unsigned[]){12, 3, 33}, 3, 1, ".##", false);
	suppressed((const unsigned[]){12, 33, 0}, 3, 1, "#.#", false);
	/* Two small ones are not enough: their sum of 8 may be 4 and 4. */
	suppressed((const unsigned[]){4, 3, 33, 20}, 4, 1, "###.", false);
	suppressed((const unsigned[]){0, 5, 5, 20}, 4, 1, "###.", false);
	/* Selected and not selected: one small outcome hides the group. */
	suppressed((const unsigned[]){12, 36, 48, 32, 3, 50, 20, 180}, 4, 2, "..##", false);
	suppressed((const unsigned[]){1, 1, 1}, 3, 1, "###", true);
	suppressed((const unsigned[]){9}, 1, 1, ".", false);
	suppressed((const unsigned[]){9, 1}, 1, 2, "#", true);
	suppressed(NULL, 0, 1, "", true);
}

/* ---- every table of a size: what a reader of the publication can tell -------------------------
 */

#define LEAST	    3U
#define TABLES_MOST 262144
#define NOT_SHOWN   15U /* in a publication, for a hidden count */

struct published {
	uint64_t key;	/* what is shown, packed */
	uint32_t table; /* which counts are behind it: four bits each */
	uint8_t hidden; /* of its rows, a bit each */
};

static struct published all[TABLES_MOST];

static int by_key(const void *a, const void *b)
{
	const struct published *x = a, *y = b;
	return (x->key > y->key) - (x->key < y->key);
}

static unsigned count_of(uint32_t table, size_t cell)
{
	return table >> 4 * cell & 15U;
}

static struct published publish(uint32_t table, size_t rows, size_t columns)
{
	unsigned counts[CELLS_MOST], totals[CELLS_MOST] = {0};
	bool hidden[CELLS_MOST];
	struct suppression out = {.hidden = hidden};
	struct published published = {0, table, 0};
	for (size_t i = 0; i < rows * columns; i++) {
		counts[i] = count_of(table, i);
		totals[i % columns] += counts[i];
	}
	assert_int_equal(suppression_of(counts, rows, columns, LEAST, &out), OK);
	for (size_t i = 0; i < rows * columns; i++)
		published.key = published.key * 16 + (hidden[i / columns] ? NOT_SHOWN : counts[i]);
	for (size_t c = 0; c < columns; c++)
		published.key = published.key * 64 + (out.totals_hidden ? 63 : totals[c]);
	for (size_t r = 0; r < rows; r++)
		published.hidden |= (uint8_t)((hidden[r] ? 1U : 0U) << r);
	return published;
}

/*
 * A small count that is hidden has two values or more among the tables that look the same. (Where a
 * table has a count at this test's upper end, its likes may lie beyond it.)
 */
static void small_counts_are_open(const struct published *same, size_t count, size_t cells,
				  size_t columns, unsigned most)
{
	for (size_t cell = 0; cell < cells; cell++) {
		bool several = false;
		if ((same->hidden >> cell / columns & 1U) == 0)
			continue;
		for (size_t i = 1; i < count; i++)
			several =
			    several || count_of(same[i].table, cell) != count_of(same->table, cell);
		for (size_t i = 0; i < cells && !several; i++)
			several = count_of(same->table, i) + 1 >= most;
		if (!several)
			fail_msg("table %x: count %zu can be derived", same->table, cell);
	}
}

static void every_table(size_t rows, size_t columns, unsigned most)
{
	size_t cells = rows * columns, count = 1;
	for (size_t i = 0; i < cells; i++)
		count *= most;
	assert_true(count <= TABLES_MOST);
	for (size_t code = 0; code < count; code++) {
		uint32_t table = 0;
		size_t rest = code;
		for (size_t i = 0; i < cells; i++, rest /= most)
			table |= (uint32_t)(rest % most) << 4 * i;
		all[code] = publish(table, rows, columns);
	}
	qsort(all, count, sizeof(*all), by_key);
	for (size_t from = 0, to = 0; from < count; from = to) {
		while (to < count && all[to].key == all[from].key)
			to++;
		small_counts_are_open(&all[from], to - from, cells, columns, most);
	}
}

static void test_nothing_can_be_derived(void **state UNUSED)
{
	every_table(2, 1, 14);
	every_table(3, 1, 14);
	every_table(4, 1, 10);
	every_table(5, 1, 8);
	every_table(2, 2, 10);
	every_table(3, 2, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_worked_examples),
	    cmocka_unit_test(test_nothing_can_be_derived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
