/* The flags that the two sample résumés raise, word by word, and what must not raise one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../src/resources/screening/screening_marks.h"
#include "core/text.h"

static struct screening_mark marks[32];

static const char amir[] =
    "Tech Lead at Streak\nReduced paging volume, one identity service in place of several\n"
    "Helped to solve scaling issues: a legacy monolith into scalable, available and "
    "well-monitored microservices\nA shopping backend serving over 100 million requests per day\n"
    "A real time Kafka streaming application\nCore platform and RESTful APIs\n"
    "Ruby on Rails, Git, MySQL, PHP, C++, CSS, Java, JavaScript, Node.js, Python, Django, "
    "PostgreSQL, Apache Kafka, MongoDB, Linux, Pandas, APIs, microservices\n";
static const char daisy[] =
    "Software Engineer at Yip\nShipped production-grade components with CI/CD, DevOps and "
    "distributed systems\nIntern at Medora: Google Cloud Platform, Airflow, Hive SQL\n"
    "Backend scaling, creator tools\n"
    "Python, React, C++, APIs, Express.js, Node.js, Django, Flask, Java, Unix, JavaScript\n";

static bool raised(const char *key)
{
	return marks[screening_find(key)].raised;
}

static bool has_word(const char *key, const char *word)
{
	const struct screening_mark *mark = &marks[screening_find(key)];

	for (size_t i = 0; i < mark->words; i++) {
		if (mark->word[i].len == strlen(word) &&
		    strncmp(mark->word[i].at, word, strlen(word)) == 0)
			return true;
	}
	return false;
}

static size_t count(const char *colour, bool marked_only)
{
	size_t n = 0;

	for (size_t i = 0; i < screening_flag_count; i++)
		n += text_equal(screening_flags[i].colour, colour) &&
		     (!marked_only || marks[i].raised);
	return n;
}

static void test_the_table(void **state)
{
	(void)state;
	assert_true(screening_flag_count <= sizeof(marks) / sizeof(marks[0]));
	assert_int_equal(count("green", false), 7);
	assert_int_equal(count("yellow", false), 6);
	assert_int_equal(screening_find("no such"), screening_flag_count);
}

static void test_amir_williams(void **state)
{
	(void)state;
	screening_marks(amir, marks);
	assert_true(raised("language") && has_word("language", "Python") &&
		    has_word("language", "Java"));
	assert_true(raised("database") && has_word("database", "MongoDB"));
	assert_true(raised("api_design") && has_word("api_design", "RESTful"));
	assert_true(raised("production_at_scale") &&
		    has_word("production_at_scale", "requests per day"));
	assert_true(raised("observability") && has_word("observability", "well-monitored"));
	assert_false(raised("open_source"));
	assert_false(raised("testing_pipeline"));
	assert_true(raised("no_testing"));
	assert_int_equal(count("yellow", true), 1);
}

static void test_daisy_kim(void **state)
{
	(void)state;
	screening_marks(daisy, marks);
	assert_true(raised("language") && raised("api_design"));
	assert_true(raised("database") && has_word("database", "SQL"));
	assert_true(raised("production_at_scale") && has_word("production_at_scale", "production"));
	assert_true(raised("testing_pipeline") && has_word("testing_pipeline", "CI/CD"));
	assert_false(raised("observability"));
	assert_int_equal(count("yellow", true), 0);
}

static void test_what_is_missing(void **state)
{
	(void)state;
	screening_marks("", marks);
	assert_int_equal(count("green", true), 0);
	assert_true(raised("no_database_or_api") && raised("no_production") &&
		    raised("no_testing"));
	assert_false(raised("generic_experience") || raised("vague_technologies"));
	screening_marks("Five years of Backend Experience.", marks);
	assert_true(raised("generic_experience") &&
		    has_word("generic_experience", "Backend Experience"));
	screening_marks("Five years of backend experience in Python.", marks);
	assert_false(raised("generic_experience"));
}

/* Words within words, and words that mean something else in small letters. */
static void test_other_words(void **state)
{
	(void)state;
	screening_marks("JavaScript. We go to rest. A capital idea, rapidly. Nosql", marks);
	assert_false(raised("language"));
	assert_false(raised("api_design"));
	assert_false(raised("database"));
	screening_marks("Go, and python; REST", marks);
	assert_true(has_word("language", "Go") && has_word("language", "python"));
	assert_true(has_word("api_design", "REST"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_table),	cmocka_unit_test(test_amir_williams),
	    cmocka_unit_test(test_daisy_kim),	cmocka_unit_test(test_what_is_missing),
	    cmocka_unit_test(test_other_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
