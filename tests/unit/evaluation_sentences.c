/* Sentences: each takes its values, none is left open, and text and JSON say the same. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/attr.h"
#include "core/buffer.h"
#include "evaluation/sentences.h"

static const struct {
	const char *one, *many;
} table[SENTENCES] = {
    [SENTENCE_nothing] = {NULL, NULL},
#define SENTENCE(code, one, many) {one, many},
#include "evaluation/sentences.def"
#undef SENTENCE
};

/* Gives a value to each {name} of the text that has none yet; names live in `room`. */
static void fill(struct said *said, const char *text, char room[SAID_VALUES][32], double number)
{
	while (text != NULL && (text = strchr(text, '{')) != NULL) {
		size_t len = strcspn(++text, "}");
		bool there = false;
		assert_in_range(len, 1, 31);
		for (size_t i = 0; i < len; i++)
			assert_true(islower((unsigned char)text[i]) || text[i] == '_');
		for (size_t i = 0; i < said->count; i++)
			there |= strlen(said->value[i].name) == len &&
				 strncmp(said->value[i].name, text, len) == 0;
		if (there)
			continue;
		memcpy(room[said->count], text, len);
		room[said->count][len] = '\0';
		said_number(said, room[said->count], number, 0);
	}
}

static void test_every_sentence_takes_its_values(void **state UNUSED)
{
	for (int s = SENTENCE_nothing + 1; s < SENTENCES; s++)
		for (int number = 1; number < 3; number++) {
			char room[SAID_VALUES][32], out[SENTENCE_SIZE];
			struct said said = said_begin((enum sentence_id)s);
			fill(&said, table[s].one, room, number);
			fill(&said, table[s].many, room, number);
			(void)said_text(&said, out);
			assert_null(strpbrk(out, "{}"));
			assert_true(out[strlen(out) - 1] == '.');
			assert_true(strlen(sentence_code((enum sentence_id)s)) < 40);
		}
}

static void expect(const struct said *said, const char *wanted)
{
	char out[SENTENCE_SIZE];
	assert_string_equal(said_text(said, out), wanted);
}

static void test_plural_percent_and_names(void **state UNUSED)
{
	struct said said = said_begin(SENTENCE_severity_too_few);
	said_text_value(&said, "who", "Dana");
	said_count(&said, "n", 1);
	expect(&said, "Dana has 1 scorecard: too few to say.");
	said.value[1].number = 0;
	expect(&said, "Dana has 0 scorecards: too few to say.");

	said = said_begin(SENTENCE_compare_ahead);
	said_text_value(&said, "a", "{b}");
	said_text_value(&said, "b", "Ben");
	said_percent(&said, "percent", 1);
	expect(&said, "{b} over Ben: 99 % likely.");

	said = said_begin(SENTENCE_score_as_average);
	said_number(&said, "score", -.04, 1);
	said_number(&said, "half", .44, 1);
	said_number(&said, "average", 3.26, 1);
	expect(&said, "0.0 ± 0.4 (90 %). Plain average 3.3.");
}

static void test_a_long_name_is_cut(void **state UNUSED)
{
	char name[2 * SENTENCE_SIZE], out[SENTENCE_SIZE];
	struct said said = said_begin(SENTENCE_another_unrated);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	said_text_value(&said, "who", name);
	assert_int_equal(strlen(said_text(&said, out)), SENTENCE_SIZE - 1);
}

static void test_json(void **state UNUSED)
{
	struct buffer out;
	struct json_writer json;
	struct said said = said_begin(SENTENCE_severity_too_few);
	said_text_value(&said, "who", "Dana \"D\"");
	said_count(&said, "n", 3);
	buffer_init(&out, 4096);
	json_writer_init(&json, &out);
	said_write(&json, &said);
	assert_string_equal(out.data,
			    "{\"code\":\"severity_too_few\",\"text\":\"Dana \\\"D\\\" has 3 "
			    "scorecards: too few to say.\",\"values\":{\"who\":\"Dana "
			    "\\\"D\\\"\",\"n\":3}}");
	buffer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_sentence_takes_its_values),
	    cmocka_unit_test(test_plural_percent_and_names),
	    cmocka_unit_test(test_a_long_name_is_cut),
	    cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
