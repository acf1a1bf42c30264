/* Entity tags, If-Match as a version, and content negotiation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/attr.h"
#include "http/conditional.h"

#include <cmocka.h>

static void none_match_compares_weakly(void **state)
{
	(void)state;
	assert_true(etag_none_match("\"7\"", "\"7\""));
	assert_true(etag_none_match("W/\"7\"", "\"7\""));
	assert_true(etag_none_match("\"7\"", "W/\"7\""));
	assert_true(etag_none_match(" \"6\" , W/\"x,y\",\"7\"", "\"7\""));
	assert_true(etag_none_match("*", "\"7\""));
	assert_false(etag_none_match("\"8\"", "\"7\""));
	assert_false(etag_none_match("7", "\"7\""));
	assert_false(etag_none_match("\"7", "\"7\""));
	assert_false(etag_none_match("\"77\"", "\"7\""));
	assert_false(etag_none_match("", "\"7\""));
	assert_false(etag_none_match(NULL, "\"7\""));
	assert_false(etag_none_match("\"7\"", NULL));
}

/* The version, "*", "conflict" or "invalid". */
static const char *version_of(const char *if_match)
{
	static char version[VERSION_TEXT_MAX];
	bool any;
	enum err err = if_match_version(if_match, version, &any);

	if (err == OK)
		return any ? "*" : version;
	return err == ERR_CONFLICT ? "conflict" : "invalid";
}

static void if_match_gives_the_version(void **state)
{
	(void)state;
	assert_string_equal(version_of("\"7\""), "7");
	assert_string_equal(version_of("*"), "*");
	assert_string_equal(version_of(" * "), "invalid");
	assert_string_equal(version_of("\"7\", \"12\", \"9\""), "12");
	assert_string_equal(version_of("W/\"7\", \"5\""), "5");
	assert_string_equal(version_of("W/\"7\""), "conflict");
	assert_string_equal(version_of("\"abc\""), "conflict");
	assert_string_equal(version_of("\"07\""), "conflict");
	assert_string_equal(version_of("\"\""), "conflict");
	assert_string_equal(version_of("\"1234567890123456789\""), "conflict");
	assert_string_equal(version_of("\"123456789012345678\""), "123456789012345678");
	/* A variant says what was shown, not what would be overwritten. */
	assert_string_equal(version_of("\"7-0a1b2c3d\""), "7");
	assert_string_equal(version_of("\"7-0a1b2c3d\", \"12-x\""), "12");
	assert_string_equal(version_of("W/\"7-0a1b2c3d\""), "conflict");
	assert_string_equal(version_of("\"7-\""), "conflict");
	assert_string_equal(version_of("\"7-a b\""), "conflict");
	assert_string_equal(version_of("\"7-a-b\""), "conflict");
	assert_string_equal(version_of("\"7a\""), "conflict");
	assert_string_equal(version_of("\"7-12345678901234567\""), "conflict");
	assert_string_equal(version_of("7"), "invalid");
	assert_string_equal(version_of("\"7"), "invalid");
	assert_string_equal(version_of("\"7\" \"8\""), "invalid");
	assert_string_equal(version_of(""), "invalid");
	assert_string_equal(version_of(","), "invalid");
}

static void accept_is_read_by_closeness(void **state)
{
	(void)state;
	assert_true(accepts_type(NULL, "application/json"));
	assert_true(accepts_type("", "application/json"));
	assert_true(accepts_type("*/*", "application/json"));
	assert_true(accepts_type("text/html, application/*;q=0.5", "application/json"));
	assert_true(accepts_type("Application/JSON; charset=utf-8", "application/json"));
	assert_true(accepts_type("text/html;q=1.0,*/*;q=0.1", "application/json"));
	assert_true(accepts_type("text/csv", "text/csv; charset=utf-8"));
	assert_false(accepts_type("text/html", "application/json"));
	assert_false(accepts_type("application/json;q=0, */*", "application/json"));
	assert_false(accepts_type("application/json; q=0.000", "application/json"));
	assert_false(accepts_type("application/jsonx", "application/json"));
	assert_true(accepts_type("*/*;q=0, application/json", "application/json"));
}

static void codings(void **state)
{
	(void)state;
	assert_true(accepts_coding("gzip, deflate, br", "br"));
	assert_true(accepts_coding("GZIP;q=0.5", "gzip"));
	assert_false(accepts_coding("gzip;q=0", "gzip"));
	assert_false(accepts_coding("gzipp", "gzip"));
	assert_false(accepts_coding(NULL, "gzip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(none_match_compares_weakly),
	    cmocka_unit_test(if_match_gives_the_version),
	    cmocka_unit_test(accept_is_read_by_closeness),
	    cmocka_unit_test(codings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
