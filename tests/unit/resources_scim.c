/* Filters and paths of SCIM are read as RFC 7644 writes them, bounded, and written by known names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "resources/scim/scim_patch.h"

static struct arena arena;

static int start(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* The filter as the statement reads it; "" for one that cannot be. */
static const char *written(const char *text)
{
	struct scim_filter *filter;
	const char *why, *out = "";
	struct buffer buffer;

	if (scim_filter_parse(&arena, text, &filter, &why) != OK) {
		assert_non_null(why);
		return out;
	}
	buffer_init(&buffer, 1 << 20);
	if (scim_query_filter(&arena, filter, &buffer, &why) == OK)
		out = arena_strdup(&arena, buffer.data);
	else
		assert_non_null(why);
	buffer_release(&buffer);
	return out;
}

#define ACTIVE "{\"op\":\"eq\",\"at\":\"active\",\"is\":\"exact\",\"value\":\"true\"}"
#define MAIL   "{\"op\":\"pr\",\"at\":\"emails.value\",\"is\":\"text\"}"
#define IDS    "{\"op\":\"pr\",\"at\":\"id\",\"is\":\"exact\"}"

static void filters_are_read(void **state)
{
	(void)state;
	assert_string_equal(written("active eq true"), ACTIVE);
	assert_string_equal(written("ACTIVE EQ \"True\""), ACTIVE);
	assert_string_equal(written("urn:ietf:params:scim:schemas:core:2.0:User:active eq true"),
			    ACTIVE);
	assert_string_equal(
	    written("userName eq \"a\\u00fc\\\"b\""),
	    "{\"op\":\"eq\",\"at\":\"userName\",\"is\":\"text\",\"value\":\"a\xc3\xbc\\\"b\"}");
	assert_string_equal(written("externalId ne null"),
			    "{\"op\":\"ne\",\"at\":\"externalId\",\"is\":\"exact\"}");
	assert_string_equal(written("emails[value pr]"), MAIL);
}

static void and_binds_closer_than_or(void **state)
{
	(void)state;
	assert_string_equal(written("id pr or emails pr and active eq true"),
			    "{\"op\":\"or\",\"of\":[" IDS ",{\"op\":\"and\",\"of\":[" MAIL
			    "," ACTIVE "]}]}");
	assert_string_equal(written("(id pr or emails pr) and active eq true"),
			    "{\"op\":\"and\",\"of\":[{\"op\":\"or\",\"of\":[" IDS "," MAIL
			    "]}," ACTIVE "]}");
	assert_string_equal(written("not (id pr) and emails pr and active eq true"),
			    "{\"op\":\"and\",\"of\":[{\"op\":\"not\",\"of\":[" IDS "]}," MAIL
			    "," ACTIVE "]}");
}

static void others_are_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "id",
	    "id pr id pr",
	    "id pr and",
	    "id eq",
	    "id eq \"",
	    "id eq \"\\q\"",
	    "id eq 'x'",
	    "id eq 7",
	    "id eq -",
	    "(id pr",
	    "id pr)",
	    "not id pr",
	    "emails[value pr",
	    "emails.x pr",
	    "emails[x pr]",
	    "id[value pr]",
	    "active gt true",
	    "meta.created co \"2\"",
	    "meta.created gt \"x\"",
	    "password pr",
	    "id eq \"x\"or id pr",
	    "id  is \"x\"",
	    "urn:x:id pr",
	    "urn:x pr",
	    "emails[value[type pr]]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_string_equal(written(texts[i]), "");
}

static void size_is_bounded(void **state)
{
	char text[SCIM_FILTER_MAX + 2];
	size_t at = 0;

	(void)state;
	for (int depth = SCIM_DEPTH_MAX; depth <= SCIM_DEPTH_MAX + 1; depth++) {
		memset(text, '(', (size_t)depth);
		memcpy(text + depth, "id pr", 5);
		memset(text + depth + 5, ')', (size_t)depth);
		text[2 * depth + 5] = '\0';
		assert_string_equal(written(text), depth == SCIM_DEPTH_MAX ? IDS : "");
	}
	for (int terms = 0; terms < SCIM_TERMS_MAX; terms++)
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, "%sid pr", terms ? " or " : "");
	assert_string_not_equal(written(text), "");
	snprintf(text + at, sizeof(text) - at, " or id pr");
	assert_string_equal(written(text), "");
	memset(text, ' ', sizeof(text));
	text[SCIM_FILTER_MAX + 1] = '\0';
	memcpy(text + SCIM_FILTER_MAX - 4, "id pr", 5);
	assert_string_equal(written(text), "");
	text[SCIM_FILTER_MAX] = '\0';
	memcpy(text + SCIM_FILTER_MAX - 5, "id pr", 5);
	assert_string_equal(written(text), IDS);
}

static void paths_are_read(void **state)
{
	static const char *const wrong[] = {"",		 ".",	"a.",	  "a..b",     "a.b.c",
					    "a[",	 "a[]", "a[b pr", "a[b pr].", "a[b pr] ",
					    "a.b[c pr]", "7",	"a b",	  "urn:"};
	struct scim_path path;
	const char *why;

	(void)state;
	assert_int_equal(scim_path_parse(&arena, "emails[type eq \"work\"].value", &path, &why),
			 OK);
	assert_string_equal(path.attr.name, "emails");
	assert_string_equal(path.attr.sub, "value");
	assert_int_equal(path.filter->op, SCIM_EQ);
	assert_string_equal(path.filter->text, "work");
	assert_int_equal(scim_path_parse(&arena, SCIM_USER_URN ":name.givenName", &path, &why), OK);
	assert_true(scim_name_is_core(&path.attr));
	assert_string_equal(path.attr.sub, "givenName");
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(scim_path_parse(&arena, wrong[i], &path, &why), ERR_INVALID);
}

static void a_user_name_is_found_where_it_must_hold(void **state)
{
	struct scim_filter *filter;
	const char *why;

	(void)state;
	assert_int_equal(
	    scim_filter_parse(&arena, "active eq true and userName eq \"a\"", &filter, &why), OK);
	assert_string_equal(scim_query_user_name(filter), "a");
	assert_int_equal(
	    scim_filter_parse(&arena, "active eq true or userName eq \"a\"", &filter, &why), OK);
	assert_null(scim_query_user_name(filter));
	assert_int_equal(scim_filter_parse(&arena, "not (userName eq \"a\")", &filter, &why), OK);
	assert_null(scim_query_user_name(filter));
}

/* Every allocation refused once: an error, and no crash. */
static void memory_may_end(void **state)
{
	static const char text[] = "userName eq \"a\" and emails[type eq \"work\" or value pr]";
	struct scim_filter *filter;
	const char *why;
	int failed = 0;

	(void)state;
	for (size_t limit = 0; limit < 4096; limit += 16) {
		struct arena small;

		arena_init(&small, limit);
		failed += scim_filter_parse(&small, text, &filter, &why) == ERR_MEMORY;
		arena_release(&small);
	}
	assert_true(failed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(filters_are_read),
	    cmocka_unit_test(and_binds_closer_than_or),
	    cmocka_unit_test(others_are_refused),
	    cmocka_unit_test(size_is_bounded),
	    cmocka_unit_test(paths_are_read),
	    cmocka_unit_test(a_user_name_is_found_where_it_must_hold),
	    cmocka_unit_test(memory_may_end),
	};

	return cmocka_run_group_tests(tests, start, end);
}
