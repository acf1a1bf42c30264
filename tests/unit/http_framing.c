/* Smuggling probes over real sockets: one refusal each, and the end of the connection. */
#include "http_fixture.h"

/* ---- framing ----------------------------------------------------------------------------------
 */

/* Bytes of the head matter here, so an array with its length. */
struct probe {
	const char *bytes;
	size_t len;
};
#define PROBE(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

/* Behind each stands a second request, which must not be answered. */
#define CHUNKED                                                                                    \
	"POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
/* clang-format off */
static const struct probe smuggling[] = {
    PROBE("POST /v1/echo" H "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 4, 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: +4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: -4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 0x4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 4 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: \r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 4\v\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 99999999999999999999999\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length : 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length\t: 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length4: 4\r\n\r\nabcd" SECOND),
    PROBE("POST /v1/echo" H "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: identity\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: gzip\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Transfer-Encodingchunked: 1\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "Host: y\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "Host: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHost: \r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHost: a b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHost: a/b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHost: a@b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHost : x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\nHostile: x\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X\x01Y: z\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X(Y): z\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X Y: z\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H ": z\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H ": z\r\nX: y\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H ": z\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\r\n: z\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\r\n b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\r\n\tb\r\nY: z\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\nY: b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\r\n\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\n\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\0b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\0\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X\0Y: a\r\n\r\n" SECOND),
    PROBE("GET /v1/plain\0/x" H "\r\n" SECOND),
    PROBE("GET\0 /v1/plain" H "\r\n" SECOND),
    PROBE("GET  /v1/plain" H "\r\n" SECOND),
    PROBE("GET /v1/plain  HTTP/1.1\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1 \r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.1\t\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET\t/v1/plain HTTP/1.1\r\nHost: x\r\n\r\n" SECOND),
    PROBE(" GET /v1/plain" H "\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\x01" "b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\x7f" "b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "X: a\rb\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "Expect: 200-ok\r\n\r\n" SECOND),
    PROBE("GET /v1/plain" H "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.9\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/1.2\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/2.0\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain HTTP/0.9\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain http/1.1\r\nHost: x\r\n\r\n" SECOND),
    PROBE("GET /v1/plain\r\n\r\n" SECOND),
    PROBE("GET  /v1/pl ain" H "\r\n" SECOND),
    PROBE("GET http://x/v1/plain" H "\r\n" SECOND),
    PROBE("GET v1/plain" H "\r\n" SECOND),
    PROBE("GET /v1/a%00b" H "\r\n" SECOND),
    PROBE("GET /v1%2fplain" H "\r\n" SECOND),
    PROBE("GET /v1%5Cplain" H "\r\n" SECOND),
    PROBE("GET /v1/x/%2e%2e/plain" H "\r\n" SECOND),
    PROBE("GET /v1/x/../plain" H "\r\n" SECOND),
    PROBE("GET /v1/./plain" H "\r\n" SECOND),
    PROBE("GET /v1//plain" H "\r\n" SECOND),
    PROBE("GET /v1/%zz" H "\r\n" SECOND),
    PROBE("GET /v1/%1" H "\r\n" SECOND),
    PROBE("GET /v1/%0d%0aX:%20y" H "\r\n" SECOND),
    PROBE("GET /v1/plain?x=%00" H "\r\n" SECOND),
    PROBE("GET /v1/pl\\ain" H "\r\n" SECOND),
    PROBE("GET /v1/plain#part" H "\r\n" SECOND),
    PROBE("GET /v1/pl\xc3\xa4in" H "\r\n" SECOND),
    PROBE("POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" SECOND),
    PROBE(CHUNKED "0\r\nX: y\r\n\r\n" SECOND),
    PROBE(CHUNKED "0\r\nX: y\r\n: z\r\n" SECOND),
    PROBE(CHUNKED "0\r\n: z\r\n\r\n" SECOND),
    PROBE(CHUNKED "0\r\nContent-Length: 3\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n" SECOND),
    PROBE("POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n" SECOND),
};
/* clang-format on */

/* Everything that comes until the server closes; false when it does not within the time. */
static bool read_to_end(int fd, char *out, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while ((got = recv(fd, out + used, size - 1 - used, 0)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	/* A reset after the answer is an end, too. */
	return got == 0 || errno == ECONNRESET;
}

/* As a client frames them; libmicrohttpd sends some refusals of its own with two heads. */
static unsigned count_answers(const char *text)
{
	unsigned count = 0;

	while (strncmp(text, "HTTP/1.1 ", 9) == 0) {
		const char *end = strstr(text, "\r\n\r\n"),
			   *len = strcasestr(text, "content-length: ");
		size_t skip = len && len < end ? strtoul(len + 16, NULL, 10) : 0;

		assert_non_null(end);
		count++;
		text = strlen(end + 4) >= skip ? end + 4 + skip : "";
	}
	return count;
}

static void smuggling_probes_get_one_refusal_and_the_end(void **state)
{
	const struct fixture *fixture = *state;

	assert_true(ARRAY_LEN(smuggling) >= 50);
	for (size_t i = 0; i < ARRAY_LEN(smuggling); i++) {
		static char answer[65536];
		int fd = dial(fixture->port), status;
		int64_t begun = clock_monotonic_us();

		assert_true(put(fd, smuggling[i].bytes, smuggling[i].len));
		if (!read_to_end(fd, answer, sizeof(answer)))
			fail_msg("probe %zu hangs: %s", i, smuggling[i].bytes);
		if (clock_monotonic_us() - begun > 2000000)
			fail_msg("probe %zu takes too long: %s", i, smuggling[i].bytes);
		if (count_answers(answer) > 1)
			fail_msg("probe %zu has two answers: %s\n%s", i, smuggling[i].bytes,
				 answer);
		status = count_answers(answer) ? (int)strtol(answer + 9, NULL, 10) : 400;
		if (status < 400 || (status >= 500 && status != 501 && status != 505))
			fail_msg("probe %zu gets %d: %s", i, status, smuggling[i].bytes);
		close(fd);
	}
	assert_int_equal(ask_status(fixture->port, SECOND), 200);
}

/* libmicrohttpd reads these as chunks, others might not: nothing behind them is answered. */
static const struct probe sloppy[] = {
    PROBE(CHUNKED "2\n{}\n0\n\n" SECOND),
    PROBE(CHUNKED "2;x=\"\r\n{}\r\n0\r\n\r\n" SECOND),
    PROBE(CHUNKED "2\r\n{}\r\n0\r\n\n" SECOND),
    PROBE(CHUNKED "000002\r\n{}\r\n0000\r\n\r\n" SECOND),
    PROBE(CHUNKED "2 \r\n{}\r\n0\r\n\r\n" SECOND),
};

static void sloppy_chunks_end_the_connection(void **state)
{
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(sloppy); i++) {
		static char answer[65536];
		int fd = dial(fixture->port);

		assert_true(put(fd, sloppy[i].bytes, sloppy[i].len));
		if (!read_to_end(fd, answer, sizeof(answer)))
			fail_msg("probe %zu hangs", i);
		assert_true(count_answers(answer) <= 1);
		close(fd);
	}
}

static void unknown_methods_are_told_apart(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(ask_status(fixture->port, "BREW /v1/plain" H "\r\n"), 501);
	assert_int_equal(ask_status(fixture->port, "get /v1/plain" H "\r\n"), 501);
	assert_int_equal(ask_status(fixture->port, "TRACE /v1/plain" H "\r\n"), 501);
	assert_int_equal(ask_status(fixture->port, "CONNECT x:80" H "\r\n"), 400);
	assert_int_equal(ask_status(fixture->port, "DELETE /v1/plain" H "\r\n"), 405);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(smuggling_probes_get_one_refusal_and_the_end, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(sloppy_chunks_end_the_connection, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(unknown_methods_are_told_apart, set_up, tear_down),
	};

	log_set_level(LOG_ERROR);
	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
