/* The intake's recommendation and the market's comparison, over the templates as they ship. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resources/intake/recommend.h"
#include "resources/templates/templates.h"

static json_t *all;

static int setup(void **state)
{
	(void)state;
	all = intake_templates();
	return all == NULL;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(all);
	return 0;
}

static json_t *recommend(const char *answers)
{
	json_t *given = json_loads(answers, 0, NULL), *made;

	assert_non_null(given);
	made = intake_recommend(given, all);
	assert_non_null(made);
	json_decref(given);
	return made;
}

static void expect_suggestion(const char *part, const char *answers, const char *suggestion)
{
	json_t *made = recommend(answers);

	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(made, part), "suggestion")),
	    suggestion);
	json_decref(made);
}

static void test_templates_are_found(void **state)
{
	(void)state;
	assert_true(template_count > 30);
	for (unsigned i = 0; i < template_count; i++) {
		json_t *content = template_content(&templates[i]);

		assert_ptr_equal(template_find(templates[i].id), &templates[i]);
		assert_true(json_is_object(content));
		json_decref(content);
	}
	assert_null(template_find(""));
	assert_null(template_find("ladder-000"));
	assert_null(template_find("zzz"));
}

static void test_focus(void **state)
{
	(void)state;
	expect_suggestion("focus", "{}", "undecided");
	expect_suggestion("focus", "{\"situation\": null, \"team_size\": null}", "undecided");
	expect_suggestion("focus", "{\"situation\": [\"scale\"]}", "specialist");
	expect_suggestion("focus", "{\"situation\": [\"scale\", \"prototype\"]}", "undecided");
	expect_suggestion("focus", "{\"situation\": [\"scale\"], \"team_size\": 5}", "undecided");
	expect_suggestion("focus", "{\"situation\": [\"small_team\", \"scale\"], \"team_size\": 5}",
			  "undecided"); /* the size says nothing twice */
	expect_suggestion("focus", "{\"team_size\": 0}", "full_stack");
	expect_suggestion("focus", "{\"team_size\": 6}", "undecided");
	expect_suggestion("focus", "{\"team_size\": 19}", "undecided");
	expect_suggestion("focus", "{\"team_size\": 20}", "specialist");
	expect_suggestion("focus", "{\"situation\": [\"of no guide\"]}", "undecided");
}

static void test_engagement(void **state)
{
	(void)state;
	expect_suggestion("engagement", "{}", "full_time");
	expect_suggestion("engagement", "{\"sustained_need\": null, \"cost_first\": true}",
			  "full_time");
	expect_suggestion("engagement", "{\"sustained_need\": true, \"cost_first\": true}",
			  "full_time");
	expect_suggestion("engagement", "{\"sustained_need\": false}", "contract");
	expect_suggestion("engagement", "{\"sustained_need\": false, \"cost_first\": true}",
			  "outsourced");
	expect_suggestion("engagement", "{\"engagement_type\": \"freelance\"}", "full_time");
}

static void expect_band(double min, double max, const char *currency, const char *of_senior)
{
	json_t *band = json_pack("{s:f, s:f, s:s, s:s}", "min", min, "max", max, "currency",
				 currency, "period", "year");
	json_t *made = market_compare(band, "SENIOR", 0, all), *row;
	const char *said;

	row = json_array_get(json_object_get(made, "salaries"), 0);
	said = json_string_value(json_object_get(row, "band"));
	assert_true(json_is_true(json_object_get(row, "matches_level")));
	if (of_senior == NULL)
		assert_null(said);
	else
		assert_string_equal(said, of_senior);
	json_decref(made);
	json_decref(band);
}

/* Against 160,000 to 220,000, the ends included. */
static void test_band(void **state)
{
	(void)state;
	expect_band(160000, 220000, "USD", "within");
	expect_band(100000, 159999.99, "USD", "below");
	expect_band(100000, 160000, "USD", "overlaps");
	expect_band(220000, 230000, "USD", "overlaps");
	expect_band(220000.01, 230000, "USD", "above");
	expect_band(100000, 300000, "USD", "overlaps");
	expect_band(170000, 180000, "EUR", NULL);
}

static void expect_target(int days, const char *expected)
{
	json_t *market = market_templates(), *made = market_compare(NULL, NULL, days, market);
	const json_t *times = json_object_get(made, "time_to_hire");
	const char *said = json_string_value(json_object_get(json_array_get(times, 0), "target"));

	assert_int_equal(json_array_size(times), 1);
	if (expected == NULL)
		assert_null(said);
	else
		assert_string_equal(said, expected);
	json_decref(made);
	json_decref(market);
}

static void test_target(void **state)
{
	(void)state;
	expect_target(0, NULL);
	expect_target(27, "shorter");
	expect_target(28, "within");
	expect_target(42, "within");
	expect_target(43, "longer");
}

static void test_stale_from(void **state)
{
	char day[DAY_TEXT];

	(void)state;
	market_stale_from("2023-08-03", day);
	assert_string_equal(day, "2024-08-02"); /* over a leap day */
	market_stale_from("2024-12-31", day);
	assert_string_equal(day, "2025-12-31");
	market_stale_from("2024-02-29", day);
	assert_string_equal(day, "2025-02-28");
	market_stale_from("1969-01-01", day);
	assert_string_equal(day, "1970-01-01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_templates_are_found),
	    cmocka_unit_test(test_focus),
	    cmocka_unit_test(test_engagement),
	    cmocka_unit_test(test_band),
	    cmocka_unit_test(test_target),
	    cmocka_unit_test(test_stale_from),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
