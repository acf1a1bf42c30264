/* The framing check, header by header and target by target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "http/gate.h"

#include <cmocka.h>

static void add(struct gate *gate, const char *name, const char *value)
{
	gate_header(gate, name, strlen(name), value, strlen(value));
}

/* Headers as name, value, name, value … NULL; the first refusal, or -1. */
static int judge(const char *version, ...)
{
	const char *name;
	struct gate gate;
	va_list args;

	gate_init(&gate);
	va_start(args, version);
	while ((name = va_arg(args, const char *)))
		add(&gate, name, va_arg(args, const char *));
	va_end(args);
	return gate_finish(&gate, version) == OK ? -1 : (int)gate.problem;
}

#define V "HTTP/1.1"

static void sound_heads_pass(void **state)
{
	(void)state;
	assert_int_equal(judge(V, "Host", "example.com:8080", NULL), -1);
	assert_int_equal(judge(V, "host", "[::1]:80", "content-length", "0", NULL), -1);
	assert_int_equal(judge(V, "Host", "x", "Transfer-Encoding", "Chunked", NULL), -1);
	assert_int_equal(judge(V, "Host", "x", "X-Y", "tab\tand \xc3\xa4", NULL), -1);
	assert_int_equal(judge(V, "Host", "x", "Accept", "a/b", "Accept", "c/d", NULL), -1);
	assert_int_equal(judge("HTTP/1.0", NULL, NULL), -1);
	assert_int_equal(judge(V, "Host", "x", "Expect", "100-continue", NULL), -1);
}

static void framing_is_refused(void **state)
{
	(void)state;
	assert_int_equal(judge(V, NULL, NULL), PROBLEM_bad_request);
	assert_int_equal(judge("HTTP/1.2", "Host", "x", NULL), PROBLEM_http_version);
	assert_int_equal(judge("http/1.1", "Host", "x", NULL), PROBLEM_http_version);
	assert_int_equal(judge(V, "Host", "x", "HOST", "x", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "a,b", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "Content-Length", "1", "Content-Length", "1", NULL),
			 PROBLEM_bad_request);
	assert_int_equal(
	    judge(V, "Host", "x", "Content-Length", "1", "Transfer-Encoding", "chunked", NULL),
	    PROBLEM_bad_request);
	assert_int_equal(judge("HTTP/1.0", "Transfer-Encoding", "chunked", NULL),
			 PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "Transfer-Encoding", "gzip", NULL),
			 PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "Transfer-Encodingchunked", "", NULL),
			 PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "Content-Length ", "1", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "X", "a\rb", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "X Y", "a", NULL), PROBLEM_bad_request);
	assert_int_equal(judge(V, "Host", "x", "If-Match", "a", "If-Match", "a", NULL),
			 PROBLEM_bad_request);
}

static void lengths_are_plain_decimals(void **state)
{
	static const char *const wrong[] = {"",	   "+1",  "-1",	 " 1",
					    "1 ",  "1,1", "0x1", "1.0",
					    "1e3", "٣",	  "\v1", "99999999999999999999"};
	struct gate gate;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(judge(V, "Host", "x", "Content-Length", wrong[i], NULL),
				 PROBLEM_bad_request);
	gate_init(&gate);
	add(&gate, "Content-Length", "123456789012345678");
	assert_true(gate.length == 123456789012345678u);
}

static void headers_are_counted(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate);
	add(&gate, "Host", "x");
	for (int i = 1; i < GATE_HEADERS_MAX; i++)
		add(&gate, "X", "y");
	assert_int_equal(gate_finish(&gate, V), OK);
	add(&gate, "X", "y");
	assert_int_equal(gate_finish(&gate, V), ERR_INVALID);
	assert_int_equal(gate.problem, PROBLEM_headers_too_large);
}

static enum err judge_target(const char *target)
{
	struct gate gate;

	gate_init(&gate);
	return gate_target(&gate, target);
}

static void targets(void **state)
{
	static const char *const sound[] = {"/",
					    "*",
					    "/v1/roles",
					    "/a%20b",
					    "/a.b/..c/...",
					    "/x?a=b&c=%2F%2e%2e",
					    "/x?q=../..//",
					    "/%25",
					    "/a:b@c"};
	static const char *const unsound[] = {
	    "",		"a",	   "http://x/", "/a%00",     "/a?b=%00",   "/%2f",  "/%2F",
	    "/%5c",	"/%",	   "/%4",	"/%4g",	     "/?a=%4g",	   "/..",   "/../a",
	    "/a/..",	"/a/../b", "/%2e%2e/a", "/.%2E",     "/a/./b",	   "//a",   "/a//",
	    "/a b",	"/a\tb",   "/a\x7f",	"/\xc3\xa4", "/a\\b",	   "/a#b",  "/<a>",
	    "/a?b=c d", "/%0a",	   "/%7f",	"/..?x",     "/a?b=\"c\"", "/a{b}", "/a|b"};
	char longest[GATE_TARGET_MAX + 2] = "/";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		if (judge_target(sound[i]) != OK)
			fail_msg("%s is refused", sound[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(unsound); i++) {
		if (judge_target(unsound[i]) == OK)
			fail_msg("%s is let through", unsound[i]);
	}
	memset(longest + 1, 'a', GATE_TARGET_MAX - 1);
	assert_int_equal(judge_target(longest), OK);
	longest[GATE_TARGET_MAX] = 'a';
	assert_int_equal(judge_target(longest), ERR_INVALID);
}

/* A head as libmicrohttpd leaves it in its buffer: separators are NUL. */
static void the_layout_tells_what_lies_between(void **state)
{
	static const char head[] = "GET\0/a\0HTTP/1.1\0\0Host\0 x\0\0Y\0z\0\0\0";
	const char *version = head + 7, *host = head + 17, *y = head + 26;
	struct gate gate;

	(void)state;
	gate_init(&gate);
	gate_request_line(&gate, head, head + 4, version, 2);
	gate_header(&gate, host, 4, host + 6, 1);
	gate_header(&gate, y, 1, y + 2, 1);
	gate_head_end(&gate, head, 33);
	assert_int_equal(gate_finish(&gate, V), OK);

	gate_head_end(&gate, head, 38); /* something behind the last header that was told */
	assert_int_equal(gate_finish(&gate, V), ERR_INVALID);

	gate_init(&gate);
	gate_request_line(&gate, head, head + 4, version, 2);
	gate_header(&gate, host, 4, host + 6, 1);
	gate_header(&gate, y + 1, 1, y + 3, 1); /* a gap of three: a NUL in the line before */
	assert_int_equal(gate_finish(&gate, V), ERR_INVALID);

	gate_init(&gate);
	gate_request_line(&gate, head, head + 5, version, 1); /* two spaces */
	gate_header(&gate, host, 4, host + 6, 1);
	assert_int_equal(gate_finish(&gate, V), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sound_heads_pass),
	    cmocka_unit_test(framing_is_refused),
	    cmocka_unit_test(lengths_are_plain_decimals),
	    cmocka_unit_test(headers_are_counted),
	    cmocka_unit_test(targets),
	    cmocka_unit_test(the_layout_tells_what_lies_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
