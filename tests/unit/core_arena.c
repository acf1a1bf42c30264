/* Proves that an arena aligns, zeroes, limits and gives everything back. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			unsigned char *bytes = arena_alloc(&arena, size);

			assert_non_null(bytes);
			assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(bytes[i], 0);
			memset(bytes, 0xA5, size);
		}
		arena_reset(&arena);
		assert_int_equal(arena.used, 0);
	}
	arena_release(&arena);
	assert_null(arena.blocks);
}

static void arena_allocations_do_not_overlap(void **state)
{
	enum { COUNT = 500, SIZE = 97 };
	unsigned char *piece[COUNT];
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (int i = 0; i < COUNT; i++) {
		piece[i] = arena_alloc(&arena, SIZE);
		assert_non_null(piece[i]);
		memset(piece[i], i & 0xFF, SIZE);
	}
	for (int i = 0; i < COUNT; i++) {
		for (int at = 0; at < SIZE; at++)
			assert_int_equal(piece[i][at], i & 0xFF);
	}
	arena_release(&arena);
}

static void arena_refuses_beyond_its_limit_and_remembers(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 100);
	assert_non_null(arena_alloc(&arena, 60));
	assert_null(arena_alloc(&arena, 41));
	assert_true(arena.failed);
	assert_non_null(arena_alloc(&arena, 40));
	assert_null(arena_alloc(&arena, 1));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_memdup(&arena, "", SIZE_MAX));
	assert_true(arena.failed);
	arena_reset(&arena);
	assert_false(arena.failed);
	assert_non_null(arena_alloc(&arena, 100));
	arena_release(&arena);
}

static void arena_keeps_a_small_block_only(void **state)
{
	struct arena arena;
	const void *kept;

	(void)state;
	arena_init(&arena, 10 << 20);
	kept = arena_alloc(&arena, 10);
	assert_non_null(arena_alloc(&arena, 5 << 20));
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 10), kept);
	arena_release(&arena);

	arena_init(&arena, 10 << 20);
	assert_non_null(arena_alloc(&arena, 5 << 20));
	arena_reset(&arena);
	assert_null(arena.blocks);
	arena_release(&arena);
}

static void arena_copies_and_formats(void **state)
{
	struct arena arena;
	char *text;

	(void)state;
	arena_init(&arena, 1 << 16);
	assert_string_equal(arena_strdup(&arena, "a role"), "a role");
	text = arena_memdup(&arena, "a\0b", 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_string_equal(arena_memdup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 42), "x-42");
	text = arena_printf(&arena, "%9000d", 7);
	assert_int_equal(strlen(text), 9000);
	assert_int_equal(text[8999], '7');
	assert_null(arena_printf(&arena, "%70000d", 7));
	assert_true(arena.failed);
	arena_release(&arena);
}

static void arena_takes_what_another_owns(void **state)
{
	struct arena whole, page;
	char *first, *text;

	(void)state;
	arena_init(&whole, 8192);
	arena_init(&page, 1 << 16);
	arena_adopt(&whole, &page); /* nothing yet */
	assert_null(whole.blocks);
	first = arena_strdup(&whole, "first");
	text = arena_printf(&page, "%20000d", 7);
	arena_adopt(&whole, &page);
	assert_null(page.blocks);
	arena_release(&page);
	assert_string_equal(first, "first");
	assert_int_equal(text[19999], '7');
	assert_non_null(arena_alloc(&whole, 8000)); /* its own limit still holds */
	assert_null(arena_alloc(&whole, 8000));
	arena_reset(&whole);
	assert_ptr_equal(arena_strdup(&whole, "again"), first);
	arena_release(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arena_gives_zeroed_aligned_memory),
	    cmocka_unit_test(arena_allocations_do_not_overlap),
	    cmocka_unit_test(arena_refuses_beyond_its_limit_and_remembers),
	    cmocka_unit_test(arena_keeps_a_small_block_only),
	    cmocka_unit_test(arena_copies_and_formats),
	    cmocka_unit_test(arena_takes_what_another_owns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
