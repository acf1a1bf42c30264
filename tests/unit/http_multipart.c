/* multipart/form-data: what browsers send, and what means ill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "http/multipart.h"

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=xx"

static struct arena arena;

static enum err read_text(const char *body, struct multipart *form)
{
	return multipart_read(&arena, TYPE, body, strlen(body), form);
}

static void test_texts_and_files_are_taken_apart(void **state)
{
	static const char body[] = "--xx\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"
				   "Ada\r\n--xx\r\ncontent-disposition: form-data; name=\"file\"; "
				   "filename=\"a b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
				   "%PDF-\0\r\n--x\r\n--xx\r\nContent-Disposition: form-data; "
				   "name=\"empty\"\r\n\r\n\r\n--xx--\r\n";
	const struct multipart_part *file;
	struct multipart form;

	(void)state;
	assert_int_equal(multipart_read(&arena, TYPE, body, sizeof(body) - 1, &form), OK);
	assert_int_equal(form.count, 3);
	assert_string_equal(multipart_text(&form, "name"), "Ada");
	assert_string_equal(multipart_text(&form, "empty"), "");
	assert_null(multipart_text(&form, "file"));
	assert_null(multipart_text(&form, "other"));
	file = multipart_find(&form, "file");
	assert_string_equal(file->filename, "a b.pdf");
	assert_int_equal(file->len, 11);
	assert_memory_equal(file->bytes, "%PDF-\0\r\n--x", 11);
}

static void test_a_boundary_is_read_in_either_spelling(void **state)
{
	static const char body[] =
	    "--a:b\r\nContent-Disposition: form-data; name=n\r\n\r\nv\r\n--a:b--";
	struct multipart form;

	(void)state;
	assert_int_equal(multipart_read(&arena,
					"Multipart/Form-Data; charset=utf-8; Boundary=\"a:b\"",
					body, strlen(body), &form),
			 OK);
	assert_string_equal(multipart_text(&form, "n"), "v");
}

static void test_what_is_broken_is_refused(void **state)
{
	static const char *const bodies[] = {
	    "",
	    "--xx",
	    "--xx\r\n",
	    "before\r\n--xx--",
	    "--xxContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv",
	    "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--xx",
	    "--xx\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data; name=\"n\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Type: text/plain\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n\xff\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data; name=\"\xc3\"\r\n\r\nv\r\n--xx--",
	    "--xx\r\nContent-Disposition: form-data; name=\"n\"; "
	    "filename=\"a\tb\"\r\n\r\nv\r\n--xx--",
	};
	static const char *const types[] = {
	    "multipart/form-data",
	    "multipart/form-data; boundary=",
	    "multipart/form-data; boundary=\"xx",
	    "multipart/form-data; boundary=x x\"",
	    "multipart/mixed; boundary=xx",
	    "multipart/form-data; boundary=\"x<x\"",
	};
	struct multipart form;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		if (read_text(bodies[i], &form) != ERR_INVALID)
			fail_msg("body %zu was taken", i);
	}
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (multipart_read(&arena, types[i], "--xx--", 6, &form) != ERR_INVALID)
			fail_msg("type %zu was taken", i);
	}
}

/* Cut anywhere, a form is refused, and nothing behind it is read (the sanitizer looks on). */
static void test_each_beginning_of_a_form_is_refused(void **state)
{
	static const char whole[] =
	    "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\""
	    "\r\n\r\nbytes\r\n--xx--";
	struct multipart form;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char *copy = malloc(len + !len);

		assert_non_null(copy);
		memcpy(copy, whole, len);
		assert_int_equal(multipart_read(&arena, TYPE, copy, len, &form), ERR_INVALID);
		free(copy);
	}
	assert_int_equal(read_text(whole, &form), OK);
}

static void test_parts_are_counted(void **state)
{
	static const char one[] = "\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--xx";
	struct multipart form;
	struct buffer body;

	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		buffer_init(&body, 1 << 20);
		buffer_text(&body, "--xx");
		for (int i = 0; i < MULTIPART_PARTS_MAX + extra; i++)
			buffer_text(&body, one);
		buffer_text(&body, "--");
		assert_int_equal(multipart_read(&arena, TYPE, body.data, body.len, &form),
				 extra ? ERR_INVALID : OK);
		buffer_release(&body);
	}
}

static int start(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts_and_files_are_taken_apart),
	    cmocka_unit_test(test_a_boundary_is_read_in_either_spelling),
	    cmocka_unit_test(test_what_is_broken_is_refused),
	    cmocka_unit_test(test_each_beginning_of_a_form_is_refused),
	    cmocka_unit_test(test_parts_are_counted),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
