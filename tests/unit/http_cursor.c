/* Cursors come back as they were given, and for nothing else than their list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "http/cursor.h"

#include <cmocka.h>

static const uint8_t secret[CURSOR_KEY_LEN] = {1, 2, 3};
static const uint8_t other[CURSOR_KEY_LEN] = {1, 2, 4};

#define ID "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e"

static void a_cursor_returns(void **state)
{
	static const char *const keys[] = {"2026-11-22 14:46:00.123456+00", "", "a\nb", "\xc3\xa4"};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *cursor = cursor_make(&arena, secret, "list", keys[i], ID), *key, *id;

		assert_non_null(cursor);
		assert_int_equal(cursor_read(&arena, secret, "list", cursor, &key, &id), OK);
		assert_string_equal(key, keys[i]);
		assert_string_equal(id, ID);
		assert_int_equal(strspn(cursor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
						"yz0123456789-_"),
				 strlen(cursor));
	}
	arena_release(&arena);
}

static void another_list_refuses_it(void **state)
{
	const char *cursor, *key, *id;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 20);
	cursor = cursor_make(&arena, secret, "list", "key", ID);
	assert_non_null(cursor);
	assert_int_equal(cursor_read(&arena, secret, "lists", cursor, &key, &id), ERR_INVALID);
	assert_int_equal(cursor_read(&arena, secret, "", cursor, &key, &id), ERR_INVALID);
	assert_int_equal(cursor_read(&arena, other, "list", cursor, &key, &id), ERR_INVALID);
	arena_release(&arena);
}

static void no_changed_character_passes(void **state)
{
	struct arena arena;
	const char *key, *id;
	char *cursor;

	(void)state;
	arena_init(&arena, 1 << 20);
	cursor = arena_strdup(&arena, cursor_make(&arena, secret, "list", "key", ID));
	assert_non_null(cursor);
	for (size_t i = 0; cursor[i]; i++) {
		char was = cursor[i];

		cursor[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(cursor_read(&arena, secret, "list", cursor, &key, &id),
				 ERR_INVALID);
		cursor[i] = was;
	}
	assert_int_equal(cursor_read(&arena, secret, "list", "", &key, &id), ERR_INVALID);
	assert_int_equal(cursor_read(&arena, secret, "list", "AAAA", &key, &id), ERR_INVALID);
	cursor[strlen(cursor) - 1] = '\0';
	assert_int_equal(cursor_read(&arena, secret, "list", cursor, &key, &id), ERR_INVALID);
	arena_release(&arena);
}

static void keys_that_are_too_long_get_none(void **state)
{
	struct arena arena;
	char key[1200];

	(void)state;
	arena_init(&arena, 1 << 20);
	memset(key, 'k', sizeof(key));
	key[715] = '\0';
	assert_non_null(cursor_make(&arena, secret, "list", key, ID));
	assert_in_range(strlen(cursor_make(&arena, secret, "list", key, ID)), 1000, CURSOR_MAX);
	key[715] = 'k';
	key[716] = '\0';
	assert_null(cursor_make(&arena, secret, "list", key, ID));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cursor_returns),
	    cmocka_unit_test(another_list_refuses_it),
	    cmocka_unit_test(no_changed_character_passes),
	    cmocka_unit_test(keys_that_are_too_long_get_none),
	};

	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
