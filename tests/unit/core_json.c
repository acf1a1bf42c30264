/* Proves that buffers grow and refuse, and that what the writer writes is valid JSON. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/buffer.h"
#include "core/json_writer.h"

static void buffer_grows_and_stays_terminated(void **state)
{
	struct buffer buffer;
	char *data;
	size_t len = 0;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	for (int i = 0; i < 10000; i++) {
		buffer_char(&buffer, (char)('a' + i % 26));
		assert_int_equal(buffer.data[buffer.len], '\0');
	}
	buffer_text(&buffer, "-end");
	buffer_printf(&buffer, "%5000d", 1);
	assert_int_equal(buffer.len, 15004);
	assert_int_equal(strlen(buffer.data), 15004);
	data = buffer_take(&buffer, &len);
	assert_int_equal(len, 15004);
	assert_memory_equal(data + 9998, "op-end", 6);
	free(data);
	assert_null(buffer.data);
	data = buffer_take(&buffer, &len); /* empty, and yet a string */
	assert_string_equal(data, "");
	assert_int_equal(len, 0);
	free(data);
	buffer_release(&buffer);
}

static void buffer_failure_sticks(void **state)
{
	struct buffer buffer;
	size_t len;

	(void)state;
	buffer_init(&buffer, 8);
	buffer_add(&buffer, "12345678", 8);
	assert_false(buffer.failed);
	buffer_char(&buffer, '9');
	assert_true(buffer.failed);
	buffer_add(&buffer, "", 0);
	assert_int_equal(buffer.len, 8);
	assert_null(buffer_take(&buffer, &len));
	buffer_clear(&buffer);
	assert_false(buffer.failed);
	buffer_printf(&buffer, "%d", 123456789);
	assert_true(buffer.failed);
	buffer_clear(&buffer);
	buffer_add(&buffer, NULL, 0);
	buffer_add(&buffer, "x", SIZE_MAX);
	assert_true(buffer.failed);
	buffer_release(&buffer);
}

static void expect_text(const char *text, size_t len, const char *json)
{
	struct buffer out;
	struct json_writer writer;
	json_t *parsed;

	buffer_init(&out, 1 << 16);
	json_writer_init(&writer, &out);
	json_text_len(&writer, text, len);
	assert_false(out.failed);
	assert_string_equal(out.data, json);
	parsed = json_loads(out.data, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(parsed);
	json_decref(parsed);
	buffer_release(&out);
}

#define EXPECT_TEXT(text, json) expect_text((text), sizeof(text) - 1, (json))
#define FFFD			"\xEF\xBF\xBD"

/* Wherever it stands in whatever length, since plain text is looked at in words. */
static void json_escapes_at_every_place(void **state)
{
	static const char special[] = "\"\\\n\x1f";
	static const char *const escaped[] = {"\\\"", "\\\\", "\\n", "\\u001f"};
	char text[40], expected[80];

	(void)state;
	for (size_t len = 1; len < sizeof(text); len++) {
		for (size_t at = 0; at < len * 4; at++) {
			struct buffer out;
			struct json_writer json;
			size_t place = at / 4;

			memset(text, at % 2 ? ' ' : '~', len);
			text[place] = special[at % 4];
			snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", (int)place, text,
				 escaped[at % 4], (int)(len - place - 1), text + place + 1);
			buffer_init(&out, 1000);
			json_writer_init(&json, &out);
			json_text_len(&json, text, len);
			assert_string_equal(out.data, expected);
			buffer_release(&out);
		}
	}
}

static void json_text_is_escaped(void **state)
{
	(void)state;
	EXPECT_TEXT("", "\"\"");
	EXPECT_TEXT("plain text", "\"plain text\"");
	EXPECT_TEXT("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	EXPECT_TEXT("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	EXPECT_TEXT("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
	EXPECT_TEXT("a\0b", "\"a\\u0000b\"");
	EXPECT_TEXT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82",
		    "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82\"");
}

static void json_text_replaces_what_is_not_utf8(void **state)
{
	(void)state;
	EXPECT_TEXT("a\xFF"
		    "b",
		    "\"a" FFFD "b\"");
	EXPECT_TEXT("\x80", "\"" FFFD "\"");
	EXPECT_TEXT("\xC0\xAF", "\"" FFFD FFFD "\"");			/* overlong slash */
	EXPECT_TEXT("\xED\xA0\x80", "\"" FFFD FFFD FFFD "\"");		/* a surrogate */
	EXPECT_TEXT("\xF4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\""); /* beyond U+10FFFF */
	EXPECT_TEXT("\xE2\x82", "\"" FFFD "\"");			/* cut short at the end */
	EXPECT_TEXT("\xE2\x82\"", "\"" FFFD "\\\"\"");			/* does not eat the quote */
	EXPECT_TEXT("\xF0\x9F\x99x", "\"" FFFD "x\"");
}

/* Every pair of bytes, and every lead with three random-looking ones: jansson must accept. */
static void json_text_is_always_valid(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, 1 << 16);
	for (unsigned i = 0; i < 65536; i++) {
		const char text[4] = {(char)(i >> 8), (char)(i & 0xFF), (char)(i * 7 >> 3 | 0x80),
				      (char)(i * 13 >> 2 | 0x80)};
		struct json_writer writer;
		json_t *parsed;

		buffer_clear(&out);
		json_writer_init(&writer, &out);
		json_text_len(&writer, text, 2 + i % 3);
		parsed = json_loadb(out.data, out.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(parsed);
		json_decref(parsed);
	}
	buffer_release(&out);
}

static void json_structure_has_its_commas(void **state)
{
	struct buffer out;
	struct json_writer writer;

	(void)state;
	buffer_init(&out, 1 << 16);
	json_writer_init(&writer, &out);
	json_open_object(&writer);
	json_member(&writer, "a", "x");
	json_member(&writer, "b", NULL);
	json_key(&writer, "c");
	json_open_array(&writer);
	json_put_integer(&writer, 0);
	json_put_integer(&writer, INT64_MIN);
	json_put_integer(&writer, INT64_MAX);
	json_open_object(&writer);
	json_close_object(&writer);
	json_open_array(&writer);
	json_close_array(&writer);
	json_close_array(&writer);
	json_key(&writer, "d");
	json_put_boolean(&writer, true);
	json_key(&writer, "e");
	json_raw(&writer, "{\"z\":1.50}", 10);
	json_key(&writer, "f");
	json_put_number(&writer, 0.125, 3);
	json_key(&writer, "g");
	json_put_number(&writer, (double)NAN, 3);
	json_key(&writer, "h");
	json_put_boolean(&writer, false);
	json_close_object(&writer);
	assert_string_equal(out.data, "{\"a\":\"x\",\"b\":null,\"c\":[0,-9223372036854775808,"
				      "9223372036854775807,{},[]],\"d\":true,\"e\":{\"z\":1.50},"
				      "\"f\":0.125,\"g\":null,\"h\":false}");
	buffer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buffer_grows_and_stays_terminated),
	    cmocka_unit_test(buffer_failure_sticks),
	    cmocka_unit_test(json_text_is_escaped),
	    cmocka_unit_test(json_escapes_at_every_place),
	    cmocka_unit_test(json_text_replaces_what_is_not_utf8),
	    cmocka_unit_test(json_text_is_always_valid),
	    cmocka_unit_test(json_structure_has_its_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
