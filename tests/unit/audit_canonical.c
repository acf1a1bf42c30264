/* Canonical JSON: the vectors of RFC 8785 for what events hold, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/audit.h"

static enum err canonical(const char *json, struct buffer *out)
{
	struct arena arena;

	arena_init(&arena, 1 << 20);
	buffer_init(out, 1 << 20);
	enum err err = audit_canonical(json, strlen(json), &arena, out);
	arena_release(&arena);
	return err;
}

static void becomes(const char *json, const char *expected)
{
	struct buffer out;

	assert_int_equal(canonical(json, &out), OK);
	assert_string_equal(out.data, expected);
	buffer_release(&out);
}

static void members_are_ordered_by_utf16(void **state UNUSED)
{
	becomes("{\"\\u20ac\":1, \"\\r\":2, \"\\ufb33\":3, \"1\":4, \"\\ud83d\\ude00\":5, "
		"\"\\u0080\":6, \"\\u00f6\":7}",
		"{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
		"\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
	becomes("{\"b\":{\"z\":null,\"a\":[true , false]},\"aa\":2,\"a\":1}",
		"{\"a\":1,\"aa\":2,\"b\":{\"a\":[true,false],\"z\":null}}");
	becomes(" { } ", "{}");
	becomes("[]", "[]");
}

static void strings_are_escaped_the_shortest_way(void **state UNUSED)
{
	becomes("\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
		"\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
	becomes("\"\\b\\f\\t\\u007f\"", "\"\\b\\f\\t\x7f\"");
}

static void numbers_keep_every_digit(void **state UNUSED)
{
	becomes("[0,-0,10,-12,9007199254740991,3.1400,12345678901234567890]",
		"[0,0,10,-12,9007199254740991,3.1400,12345678901234567890]");
}

static void what_is_no_json_is_refused(void **state UNUSED)
{
	static const char *const bad[] = {
	    "",
	    "{",
	    "[1,]",
	    "{\"a\":1,\"a\":2}",
	    "01",
	    "1.",
	    "-",
	    "1e",
	    "tru",
	    "\"\\ud800\"",
	    "\"\\udc00\"",
	    "\"\\x\"",
	    "\"\t\"",
	    "\"open",
	    "[1] 2",
	    "{\"a\" 1}",
	    "{1:2}",
	    "\"\\u12\"",
	    "\"\\ud83dx\"",
	    "\xff",
	    "\"\\",
	    "\"\\u12g4\"",
	    "nul",
	    ".5",
	    "{\"\\u0061\":1,\"a\":2}",
	};
	struct buffer out;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (canonical(bad[i], &out) != ERR_INVALID)
			fail_msg("was taken: %s", bad[i]);
		buffer_release(&out);
	}
}

static void depth_is_limited(void **state UNUSED)
{
	char deep[400];
	struct buffer out;

	memset(deep, '[', 200);
	memset(deep + 200, ']', 199);
	deep[399] = '\0';
	assert_int_equal(canonical(deep, &out), ERR_INVALID);
	buffer_release(&out);
	becomes("[[[[[[[[[[1]]]]]]]]]]", "[[[[[[[[[[1]]]]]]]]]]");
}

static void an_event_is_all_its_fields(void **state UNUSED)
{
	struct audit_event event = {.organization_id = "o",
				    .id = "i",
				    .type = "t.t",
				    .object_id = "x",
				    .actor_kind = "system",
				    .data = "{\"b\": 1, \"a\": \"\\u00e9\"}",
				    .created_at = "2026-01-02T03:04:05.000006Z"};
	struct buffer out;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	buffer_init(&out, 1 << 20);
	assert_int_equal(audit_event_canonical(&event, &arena, &out), OK);
	assert_string_equal(
	    out.data, "{\"actor_id\":null,\"actor_kind\":\"system\",\"application_id\":null,"
		      "\"created_at\":\"2026-01-02T03:04:05.000006Z\",\"data\":{\"a\":\"\xc3\xa9\","
		      "\"b\":1},\"id\":\"i\",\"object_id\":\"x\",\"organization_id\":\"o\","
		      "\"request_id\":null,\"type\":\"t.t\"}");
	/* It is its own canonical form. */
	struct buffer again;
	buffer_init(&again, 1 << 20);
	assert_int_equal(audit_canonical(out.data, out.len, &arena, &again), OK);
	assert_string_equal(again.data, out.data);
	buffer_release(&again);
	event.data = "{";
	assert_int_equal(audit_event_canonical(&event, &arena, &out), ERR_INVALID);
	buffer_release(&out);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_are_ordered_by_utf16),
	    cmocka_unit_test(strings_are_escaped_the_shortest_way),
	    cmocka_unit_test(numbers_keep_every_digit),
	    cmocka_unit_test(what_is_no_json_is_refused),
	    cmocka_unit_test(depth_is_limited),
	    cmocka_unit_test(an_event_is_all_its_fields),
	};
	return cmocka_run_group_tests_name("audit canonical", tests, NULL, NULL);
}
