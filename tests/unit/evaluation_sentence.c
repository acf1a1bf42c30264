/* The sentences beside figures: values in their places, one and many, nothing left open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evaluation/sentence.h"

static void test_values_stand_in_their_places(void **state)
{
	char text[SENTENCE_SIZE];
	struct sentence s = sentence_begin("too_close");

	(void)state;
	sentence_name(&s, "a", "Asha");
	sentence_name(&s, "b", "Ben");
	sentence_percent(&s, "percent", .7149);
	assert_string_equal(sentence_text(&s, text),
			    "Asha over Ben: 71 % likely. Too close to call.");
}

static void test_one_reads_otherwise_than_many(void **state)
{
	char text[SENTENCE_SIZE];

	(void)state;
	for (size_t n = 1; n <= 2; n++) {
		struct sentence s = sentence_begin("must_have");

		sentence_name(&s, "name", "Security");
		sentence_percent(&s, "percent", .62);
		sentence_count(&s, "gate", 3);
		sentence_count(&s, "n", n);
		assert_string_equal(sentence_text(&s, text),
				    n == 1
					? "Must-have Security: 62 % likely at level 3; one rating "
					  "only."
					: "Must-have Security: 62 % likely at level 3; 2 ratings.");
	}
}

static void test_nothing_is_certain(void **state)
{
	struct sentence s = sentence_begin("ahead");

	(void)state;
	sentence_percent(&s, "percent", 1);
	sentence_percent(&s, "low", 0);
	assert_int_equal((int)s.values[0].number, 99);
	assert_int_equal((int)s.values[1].number, 1);
}

/* A name may hold what looks like a place, and be as long as names are. */
static void test_names_are_taken_as_they_are(void **state)
{
	char text[SENTENCE_SIZE], name[600];
	struct sentence s = sentence_begin("group_alone");

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(name); i++)
		name[i] = "{a}"[i % 3];
	name[sizeof(name) - 1] = '\0';
	sentence_name(&s, "a", name);
	sentence_text(&s, text);
	assert_memory_equal(text, "{a}{a}", 6);
	assert_non_null(strstr(text, " is told apart from all others."));
	assert_false(sentence_known("no_such_sentence"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_stand_in_their_places),
	    cmocka_unit_test(test_one_reads_otherwise_than_many),
	    cmocka_unit_test(test_nothing_is_certain),
	    cmocka_unit_test(test_names_are_taken_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
