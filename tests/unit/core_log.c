/* Proves that one call of the log is one line, whatever it is given. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/text.h"

/* Standard error goes through this pipe while a test runs. */
struct capture {
	int saved, ends[2];
	char text[8192];
};

static int begin(void **state)
{
	static struct capture capture;

	*state = &capture;
	memset(capture.text, 0, sizeof(capture.text));
	capture.saved = dup(STDERR_FILENO);
	if (capture.saved < 0 || pipe(capture.ends) != 0)
		return -1;
	return dup2(capture.ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int end(void **state)
{
	struct capture *capture = *state;

	if (dup2(capture->saved, STDERR_FILENO) < 0)
		return -1;
	(void)close(capture->saved);
	(void)close(capture->ends[0]);
	(void)close(capture->ends[1]);
	log_set_level(LOG_INFO);
	return 0;
}

/* What one call wrote, without the time. */
static const char *written(struct capture *capture)
{
	ssize_t len = read(capture->ends[0], capture->text, sizeof(capture->text) - 1);

	assert_true(len > TIME_TEXT_LEN);
	capture->text[len] = '\0';
	assert_int_equal(capture->text[TIME_TEXT_LEN - 1], 'Z');
	assert_int_equal(capture->text[TIME_TEXT_LEN], ' ');
	return capture->text + TIME_TEXT_LEN + 1;
}

static void log_writes_level_event_and_facts(void **state)
{
	log_line(LOG_WARN, "request.done", "status=%d ms=%d", 200, 3);
	assert_string_equal(written(*state), "warn request.done status=200 ms=3\n");
	log_line(LOG_INFO, "start", "%s", "");
	assert_string_equal(written(*state), "info start\n");
}

static void log_facts_are_a_line_too(void **state)
{
	char longer[3000];
	const char *line;
	const struct log_fact facts[] = {{.key = "method", .text = "GE\nT"},
					 {.key = "least", .number = INT64_MIN},
					 {.key = "none", .text = ""},
					 {.key = "us", .number = 120}};
	const struct log_fact cut[] = {{.key = "v", .text = longer}, {.key = "w", .number = 1}};

	log_facts(LOG_INFO, "done", facts, 4);
	assert_string_equal(written(*state), "info done method=GE\\x0aT "
					     "least=-9223372036854775808 none= us=120\n");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_facts(LOG_INFO, "done", cut, 2);
	line = written(*state);
	assert_in_range(strlen(line) + TIME_TEXT_LEN + 1, 2000, 2048);
	assert_string_equal(line + strlen(line) - 8, "a [cut]\n");
	log_set_level(LOG_WARN);
	log_facts(LOG_INFO, "quiet", facts, 4);
	log_line(LOG_WARN, "loud", "a=%d", 1);
	assert_string_equal(written(*state), "warn loud a=1\n");
}

static void log_escapes_what_could_forge_a_line(void **state)
{
	log_line(LOG_ERROR, "x", "path=%s", "/a\r\n2026 info b\x1b[31m\x7f\\");
	assert_string_equal(written(*state),
			    "error x path=/a\\x0d\\x0a2026 info b\\x1b[31m\\x7f\\x5c\n");
	log_line(LOG_ERROR, "x", "path=%s", "\xC3\xA9 \xC2\x9B \xFF \xE2\x82");
	assert_string_equal(written(*state), "error x path=\xC3\xA9 \\xc2\\x9b \\xff \\xe2\\x82\n");
}

static void log_cuts_a_long_line_and_says_so(void **state)
{
	char text[5000];
	const char *line;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_line(LOG_ERROR, "long", "v=%s", text);
	line = written(*state);
	assert_in_range(strlen(line) + TIME_TEXT_LEN + 1, 2000, 2048);
	assert_string_equal(line + strlen(line) - 11, "\\x0a [cut]\n");
	memset(text, 'a', sizeof(text) - 1);
	log_line(LOG_ERROR, "long", "v=%s", text);
	line = written(*state);
	assert_in_range(strlen(line) + TIME_TEXT_LEN + 1, 2000, 2048);
	assert_string_equal(line + strlen(line) - 8, "a [cut]\n");
}

static void log_level_is_respected(void **state)
{
	log_line(LOG_DEBUG, "quiet", "a=%d", 1);
	log_set_level(LOG_ERROR);
	log_line(LOG_WARN, "quiet", "a=%d", 1);
	log_line(LOG_ERROR, "loud", "a=%d", 1);
	assert_string_equal(written(*state), "error loud a=1\n");
}

static void log_holds_lines_back_until_they_matter(void **state)
{
	struct capture *capture = *state;
	const char *first, *second;

	log_hold(true);
	log_line(LOG_INFO, "round", "n=%d", 1);
	assert_int_equal(fcntl(capture->ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(capture->ends[0], capture->text, 1), -1);
	log_line(LOG_WARN, "matters", "n=%d", 2);
	first = written(*state);
	second = strchr(first, '\n') + 1;
	assert_int_equal(strncmp(first, "info round n=1\n", 15), 0);
	assert_string_equal(second + TIME_TEXT_LEN + 1, "warn matters n=2\n");
	log_line(LOG_INFO, "round", "n=%d", 3);
	log_flush();
	assert_string_equal(written(*state), "info round n=3\n");
	log_line(LOG_INFO, "round", "n=%d", 4);
	log_hold(false);
	assert_string_equal(written(*state), "info round n=4\n");
}

static void log_loses_nothing_of_many_lines(void **state)
{
	struct capture *capture = *state;
	size_t lines = 0;
	ssize_t len;

	log_hold(true);
	for (int i = 0; i < 100; i++)
		log_line(LOG_INFO, "round", "n=%03d", i);
	log_hold(false);
	len = read(capture->ends[0], capture->text, sizeof(capture->text));
	for (ssize_t i = 0; i < len; i++)
		lines += capture->text[i] == '\n';
	assert_int_equal(lines, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(log_writes_level_event_and_facts, begin, end),
	    cmocka_unit_test_setup_teardown(log_facts_are_a_line_too, begin, end),
	    cmocka_unit_test_setup_teardown(log_escapes_what_could_forge_a_line, begin, end),
	    cmocka_unit_test_setup_teardown(log_cuts_a_long_line_and_says_so, begin, end),
	    cmocka_unit_test_setup_teardown(log_level_is_respected, begin, end),
	    cmocka_unit_test_setup_teardown(log_holds_lines_back_until_they_matter, begin, end),
	    cmocka_unit_test_setup_teardown(log_loses_nothing_of_many_lines, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
