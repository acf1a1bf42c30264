/* Drives a real server over real sockets: framing, deadlines, pipelining, keep-alive, draining. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "http/app.h"
#include "http/router.h"
#include "http/server.h"
#include "runtime/loop.h"

/* After ours: it takes the name fail for a macro. */
#include <cmocka.h>

#define HEADER_MS 600
#define BODY_MS	  800
#define REPLY_MS  1200
#define IDLE_MS	  900

/* ---- routes of the test ----------------------------------------------------------------------- */

static enum err plain(struct request *rq)
{
	reply_header(rq, "ETag", "\"7\"");
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_member(&rq->json, "answer", "plain");
	json_member(&rq->json, "id", rq->param[0]);
	json_close_object(&rq->json);
	return OK;
}

static enum err slow(struct request *rq)
{
	loop_sleep(loop_current(), 20000);
	return plain(rq);
}

static enum err echo(struct request *rq)
{
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_key(&rq->json, "length");
	json_put_integer(&rq->json, (int64_t)rq->body_len);
	json_close_object(&rq->json);
	return OK;
}

static enum err big(struct request *rq)
{
	static const char line[] = "0123456789012345678901234567890123456789012345678901234567890\n";

	for (int i = 0; i < 200000; i++)
		buffer_add(&rq->out, line, sizeof(line) - 1);
	rq->status = 200;
	rq->content_type = "text/plain";
	return OK;
}

static atomic_int streams_ended;

static enum err stream(struct request *rq)
{
	static const char line[] = "0123456789012345678901234567890123456789012345678901234567890\n";
	enum err err = OK;

	TRY(stream_begin(rq, 200, "text/csv"));
	loop_sleep(loop_current(), 1000);
	for (int i = 0; i < 200000 && err == OK; i++)
		err = stream_write(rq, line, sizeof(line) - 1);
	atomic_fetch_add(&streams_ended, 1);
	return err;
}

static enum err broken(struct request *rq)
{
	(void)rq;
	return ERR_INTERNAL;
}

/* clang-format off */
static const struct route routes[] = {
	{METHOD_GET,    "/v1/plain",      MAY_ANYONE, NULL, plain,  "plain"},
	{METHOD_GET,    "/v1/slow",       MAY_ANYONE, NULL, slow,   "slow"},
	{METHOD_POST,   "/v1/echo",       MAY_ANYONE, NULL, echo,   "echo"},
	{METHOD_GET,    "/v1/big",        MAY_ANYONE, NULL, big,    "big"},
	{METHOD_GET,    "/v1/stream",     MAY_ANYONE, NULL, stream, "stream"},
	{METHOD_GET,    "/v1/broken",     MAY_ANYONE, NULL, broken, "broken"},
	{METHOD_GET,    "/v1/private",    MAY_READ,   NULL, plain,  "private"},
	{METHOD_POST,   "/v1/private",    MAY_READ,   NULL, plain,  "private_post"},
	{METHOD_GET,    "/v1/items/{id}", MAY_ANYONE, NULL, plain,  "item"},
	{METHOD_DELETE, "/v1/items/{id}", MAY_ANYONE, NULL, plain,  "item_delete"},
};
/* clang-format on */

struct fixture {
	struct app app;
	struct server *server;
	int listen_fd;
	unsigned port;
};

static struct fixture *start(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct server_options options = {.workers = 2};
	char reason[256] = "";

	assert_non_null(fixture);
	fixture->app = (struct app){
	    .settings = {.header_ms = HEADER_MS, .body_ms = BODY_MS, .reply_ms = REPLY_MS,
			 .idle_ms = IDLE_MS, .body_limit = 10000},
	    .routes = routes,
	    .route_count = ARRAY_LEN(routes),
	};
	if (app_start(&fixture->app, 2, reason) != OK)
		fail_msg("%s", reason);
	if (server_listen("127.0.0.1", "0", &fixture->listen_fd, reason) != OK)
		fail_msg("%s", reason);
	fixture->port = server_port(fixture->listen_fd);
	options.app = &fixture->app;
	options.listen_fd = fixture->listen_fd;
	fixture->server = server_start(&options, reason);
	if (!fixture->server)
		fail_msg("%s", reason);
	assert_int_equal(server_check_self(fixture->listen_fd, 2000), OK);
	return fixture;
}

static void stop(struct fixture *fixture)
{
	if (fixture->server)
		server_drain(fixture->server, 2000);
	app_stop(&fixture->app);
	(void)close(fixture->listen_fd);
	free(fixture);
}

static int set_up(void **state)
{
	*state = start();
	return 0;
}

static int tear_down(void **state)
{
	stop(*state);
	return 0;
}

/* ---- a client --------------------------------------------------------------------------------- */

static int dial(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {6, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Sends what can be sent; the server may have closed already. */
static bool put(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

struct answer {
	int status;	 /* 0: none, or the connection broke */
	char head[4096]; /* with the status line */
	char *body;
	size_t len;
};

static bool head_has(const struct answer *answer, const char *text)
{
	return strcasestr(answer->head, text) != NULL;
}

static void read_chunks(FILE *from, struct answer *answer)
{
	char line[64];

	while (fgets(line, sizeof(line), from)) {
		size_t len = strtoul(line, NULL, 16);

		if (len == 0)
			return;
		answer->body = realloc(answer->body, answer->len + len + 1);
		assert_non_null(answer->body);
		answer->len += fread(answer->body + answer->len, 1, len, from);
		if (!fgets(line, sizeof(line), from))
			break;
	}
	answer->status = 0; /* broke off */
}

/* The next answer of a connection. */
static struct answer read_answer(FILE *from, bool head)
{
	struct answer answer = {0};
	size_t used = 0;
	const char *length;

	while (fgets(answer.head + used, (int)(sizeof(answer.head) - used), from)) {
		if (strcmp(answer.head + used, "\r\n") == 0) {
			answer.status = (int)strtol(answer.head + 9, NULL, 10);
			break;
		}
		used += strlen(answer.head + used);
	}
	length = strcasestr(answer.head, "content-length: ");
	if (answer.status == 0 || head)
		return answer;
	if (head_has(&answer, "transfer-encoding: chunked")) {
		read_chunks(from, &answer);
	} else if (length) {
		answer.len = strtoul(length + 16, NULL, 10);
		answer.body = calloc(1, answer.len + 1);
		assert_non_null(answer.body);
		if (fread(answer.body, 1, answer.len, from) != answer.len)
			answer.status = 0;
	}
	return answer;
}

static FILE *reader(int fd)
{
	FILE *from = fdopen(fd, "r");

	assert_non_null(from);
	return from;
}

/* One request on a connection of its own; the status. The answer is for the caller to free. */
static struct answer ask(unsigned port, const char *text)
{
	int fd = dial(port);
	FILE *from = reader(fd);
	struct answer answer;

	assert_true(put(fd, text, strlen(text)));
	answer = read_answer(from, strncmp(text, "HEAD", 4) == 0);
	fclose(from);
	return answer;
}

static int ask_status(unsigned port, const char *text)
{
	struct answer answer = ask(port, text);

	free(answer.body);
	return answer.status;
}

#define H " HTTP/1.1\r\nHost: x\r\n"

/* Bytes of the head matter here, so an array with its length. */
struct probe {
	const char *bytes;
	size_t len;
};
#define PROBE(text) {text, sizeof(text) - 1}

/* ---- framing ---------------------------------------------------------------------------------- */

/* Behind each stands a second request, which must not be answered. */
#define SECOND "GET /v1/plain" H "\r\n"
#define CHUNKED                                                                                    \
	"POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
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
		const char *end = strstr(text, "\r\n\r\n"), *len = strcasestr(text, "content-length: ");
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
			fail_msg("probe %zu has two answers: %s\n%s", i, smuggling[i].bytes, answer);
		status = count_answers(answer) ? (int)strtol(answer + 9, NULL, 10) : 400;
		if (status < 400 || (status >= 500 && status != 501 && status != 505))
			fail_msg("probe %zu gets %d: %s", i, status, smuggling[i].bytes);
		close(fd);
	}
	assert_int_equal(ask_status(fixture->port, SECOND), 200);
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

/* ---- methods, negotiation, keep-alive --------------------------------------------------------- */

static void reads_and_problems(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer = ask(fixture->port, "GET /v1/plain" H "X-Request-Id: abc-1\r\n\r\n");

	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{\"answer\":\"plain\",\"id\":null}");
	assert_true(head_has(&answer, "\r\nX-Request-Id: abc-1\r\n"));
	assert_true(head_has(&answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_true(head_has(&answer, "\r\nCache-Control: private, no-store\r\n"));
	assert_false(head_has(&answer, "\r\nServer:"));
	free(answer.body);
	answer = ask(fixture->port, "GET /v1/nothing" H "\r\n");
	assert_int_equal(answer.status, 404);
	assert_true(head_has(&answer, "application/problem+json"));
	assert_non_null(strstr(answer.body, "\"type\":\"/docs/problems#not_found\""));
	assert_non_null(strstr(answer.body, "\"code\":\"not_found\""));
	free(answer.body);
	assert_int_equal(ask_status(fixture->port, "GET /v1/broken" H "\r\n"), 500);
	assert_int_equal(ask_status(fixture->port, "GET /v1/items/7" H "\r\n"), 404);
	assert_int_equal(ask_status(fixture->port,
				    "GET /v1/items/01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e" H "\r\n"),
			 200);
	assert_int_equal(ask_status(fixture->port, "GET /v1/plain" H "Accept: text/html\r\n\r\n"), 406);
	assert_int_equal(ask_status(fixture->port, "GET /v1/plain" H "If-None-Match: \"7\"\r\n\r\n"),
			 304);
	assert_int_equal(ask_status(fixture->port, "GET /v1/plain?x=1&x=2" H "\r\n"), 422);
	assert_int_equal(ask_status(fixture->port, "GET /v1/plain?x=%ff" H "\r\n"), 400);
}

static void methods(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer = ask(fixture->port, "HEAD /v1/plain" H "\r\n");

	assert_int_equal(answer.status, 200);
	assert_true(head_has(&answer, "Content-Length: 28\r\n"));
	answer = ask(fixture->port, "OPTIONS /v1/echo" H "\r\n");
	assert_int_equal(answer.status, 204);
	assert_true(head_has(&answer, "\r\nAllow: POST, OPTIONS\r\n"));
	answer = ask(fixture->port, "OPTIONS *" H "\r\n");
	assert_int_equal(answer.status, 204);
	answer = ask(fixture->port, "PATCH /v1/items/01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e" H "\r\n");
	assert_int_equal(answer.status, 405);
	assert_true(head_has(&answer, "\r\nAllow: GET, HEAD, DELETE, OPTIONS\r\n"));
	free(answer.body);
}

static void bodies(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer;

	answer = ask(fixture->port,
		     "POST /v1/echo" H
		     "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{\"length\":2}");
	free(answer.body);
	answer = ask(fixture->port, "POST /v1/echo" H
				    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
				    "\r\n2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n");
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{\"length\":3}");
	free(answer.body);
	assert_int_equal(ask_status(fixture->port, "POST /v1/echo" H "Content-Length: 2\r\n\r\n{}"),
			 415);
	assert_int_equal(ask_status(fixture->port, "POST /v1/echo" H
						   "Content-Type: text/xml\r\nContent-Length: 2\r\n"
						   "\r\n{}"),
			 415);
	assert_int_equal(ask_status(fixture->port,
				    "POST /v1/echo" H
				    "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n"
				    "{\"a\":1,\"a\":2}"),
			 400);
	assert_int_equal(ask_status(fixture->port,
				    "POST /v1/echo" H
				    "Content-Type: application/json\r\nContent-Length: 3\r\n\r\n\"\xff\""),
			 400);
}

/* A refusal with a body that was read leaves the connection usable. */
static void connections_survive_refusals(void **state)
{
	static const char *const requests[] = {
	    "GET /v1/nothing" H "\r\n",
	    "POST /v1/private" H "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	    "POST /v1/echo" H "Content-Type: text/xml\r\nContent-Length: 2\r\n\r\n{}",
	    "POST /v1/echo" H "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
	    "DELETE /v1/plain" H "\r\n",
	    "BREW /v1/plain" H "\r\n",
	    "GET /v1/plain" H "\r\n",
	};
	static const int statuses[] = {404, 401, 415, 400, 405, 501, 200};
	const struct fixture *fixture = *state;
	int fd = dial(fixture->port);
	FILE *from = reader(fd);

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct answer answer;

		assert_true(put(fd, requests[i], strlen(requests[i])));
		answer = read_answer(from, false);
		assert_int_equal(answer.status, statuses[i]);
		free(answer.body);
	}
	fclose(from);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	static const char pair[] = "GET /v1/slow" H "\r\nPOST /v1/echo" H
				   "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
	const struct fixture *fixture = *state;
	int fd = dial(fixture->port);
	FILE *from = reader(fd);

	for (int i = 0; i < 10; i++)
		assert_true(put(fd, pair, sizeof(pair) - 1));
	for (int i = 0; i < 10; i++) {
		struct answer answer = read_answer(from, false);

		assert_int_equal(answer.status, 200);
		assert_string_equal(answer.body, "{\"answer\":\"plain\",\"id\":null}");
		free(answer.body);
		answer = read_answer(from, false);
		assert_string_equal(answer.body, "{\"length\":2}");
		free(answer.body);
	}
	fclose(from);
}

static void bodies_that_are_too_long(void **state)
{
	const struct fixture *fixture = *state;
	int fd = dial(fixture->port);
	FILE *from = reader(fd);
	struct answer answer;
	char chunk[1008];

	/* Told before a byte of it was sent, since the client waits for leave. */
	assert_int_equal(ask_status(fixture->port,
				    "POST /v1/echo" H "Content-Type: application/json\r\n"
				    "Expect: 100-continue\r\nContent-Length: 10001\r\n\r\n"),
			 413);
	assert_int_equal(ask_status(fixture->port,
				    "POST /v1/echo" H "Content-Type: application/json\r\n"
				    "Content-Length: 99999999999\r\n\r\n"),
			 413);
	answer = ask(fixture->port, "POST /v1/echo" H "Content-Type: application/json\r\n"
				    "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_int_equal(answer.status, 100);
	/* Chunked: only while it comes does it turn out too long. */
	memset(chunk, ' ', sizeof(chunk));
	memcpy(chunk, "3e8\r\n", 5);
	memcpy(chunk + 1005, "\r\n", 2);
	assert_true(put(fd,
			"POST /v1/echo" H
			"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
			strlen("POST /v1/echo" H
			       "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")));
	for (int i = 0; i < 11; i++)
		assert_true(put(fd, chunk, 1007));
	assert_true(put(fd, "0\r\n\r\n", 5));
	answer = read_answer(from, false);
	assert_int_equal(answer.status, 413);
	free(answer.body);
	fclose(from);
}

static void long_heads(void **state)
{
	static char text[20000];
	const struct fixture *fixture = *state;
	size_t used;
	int status;

	/* A token as long as one may be, among the headers of a browser. */
	used = (size_t)snprintf(text, sizeof(text), "GET /v1/plain" H "X-Token: ");
	memset(text + used, 'a', 4500);
	snprintf(text + used + 4500, 64, "\r\n\r\n");
	assert_int_equal(ask_status(fixture->port, text), 200);
	/* Any length is answered, and as a refusal once it is too long. */
	for (size_t len = 4600; len < 9000; len += 37) {
		memset(text + used, 'a', len);
		snprintf(text + used + len, 64, "\r\n\r\n");
		status = ask_status(fixture->port, text);
		if (status != 200 && status != 431 && status != 413)
			fail_msg("a header of %zu bytes gets %d", len, status);
	}
	used = (size_t)snprintf(text, sizeof(text), "GET /v1/plain?x=");
	memset(text + used, 'a', 4100);
	snprintf(text + used + 4100, 64, H "\r\n");
	assert_int_equal(ask_status(fixture->port, text), 414);
	used = (size_t)snprintf(text, sizeof(text), "GET /v1/plain" H);
	for (int i = 0; i < 70; i++)
		used += (size_t)snprintf(text + used, 64, "X: y\r\n");
	snprintf(text + used, 64, "\r\n");
	assert_int_equal(ask_status(fixture->port, text), 431);
}

/* ---- deadlines -------------------------------------------------------------------------------- */

/* Sends a byte every 50 ms; milliseconds until the server has closed the connection. */
static int64_t trickle(unsigned port, const char *first, char byte)
{
	int64_t begun = clock_monotonic_us();
	int fd = dial(port);
	char answer[64];

	assert_true(put(fd, first, strlen(first)));
	for (int i = 0; i < 100; i++) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (poll(&wait, 1, 50) == 1 && recv(fd, answer, sizeof(answer), 0) <= 0)
			break;
		if (!put(fd, &byte, 1))
			break;
	}
	close(fd);
	return (clock_monotonic_us() - begun) / 1000;
}

static void slow_clients_are_cut_off_at_the_deadline(void **state)
{
	const struct fixture *fixture = *state;
	int64_t ms;

	ms = trickle(fixture->port, "GET /v1/plain HTTP/1.1\r\nX: ", 'a');
	assert_in_range(ms, HEADER_MS - 100, HEADER_MS + 400);
	ms = trickle(fixture->port, "", 'G');
	assert_in_range(ms, HEADER_MS - 100, HEADER_MS + 400);
	ms = trickle(fixture->port,
		     "POST /v1/echo" H "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
		     ' ');
	assert_in_range(ms, BODY_MS - 100, BODY_MS + 400);
	ms = trickle(fixture->port,
		     "POST /v1/echo" H
		     "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
		     '0');
	assert_in_range(ms, 0, BODY_MS + 400);
}

static void slow_readers_are_cut_off(void **state)
{
	static const char *const targets[] = {"GET /v1/big" H "\r\n", "GET /v1/stream" H "\r\n"};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		int before = atomic_load(&streams_ended), small = 4096, fd = dial(fixture->port);
		char bytes[65536];
		size_t got = 0;
		ssize_t more;

		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
		assert_true(put(fd, targets[i], strlen(targets[i])));
		usleep((REPLY_MS + 600) * 1000);
		while ((more = recv(fd, bytes, sizeof(bytes), 0)) > 0)
			got += (size_t)more;
		assert_true(got < 200000 * 62);
		assert_true(more == 0 || errno == ECONNRESET);
		if (i == 1) /* the handler has noticed and ended */
			assert_true(atomic_load(&streams_ended) > before);
		close(fd);
	}
}

static void idle_connections_are_closed(void **state)
{
	const struct fixture *fixture = *state;
	int fd = dial(fixture->port);
	FILE *from = reader(fd);
	struct answer answer;
	int64_t begun;

	assert_true(put(fd, SECOND, strlen(SECOND)));
	answer = read_answer(from, false);
	assert_int_equal(answer.status, 200);
	free(answer.body);
	begun = clock_monotonic_us();
	answer = read_answer(from, false);
	assert_int_equal(answer.status, 0);
	assert_in_range((clock_monotonic_us() - begun) / 1000, IDLE_MS - 100, IDLE_MS + 400);
	fclose(from);
}

static void streams_arrive_whole(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer = ask(fixture->port, "GET /v1/stream" H "\r\n");

	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.len, 200000 * 62);
	assert_true(head_has(&answer, "text/csv"));
	free(answer.body);
}

/* A client that leaves while its handler works, or while it is being answered, leaves no trace. */
static void clients_that_leave(void **state)
{
	const struct fixture *fixture = *state;

	for (int i = 0; i < 50; i++) {
		const char *text = i % 3 == 0	? "GET /v1/slow" H "\r\n"
				   : i % 3 == 1 ? "GET /v1/stream" H "\r\n"
						: "GET /v1/big" H "\r\n";
		struct linger now = {1, 0};
		int fd = dial(fixture->port);

		assert_true(put(fd, text, strlen(text)));
		usleep((useconds_t)i * 200);
		if (i % 2)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd);
	}
	assert_int_equal(ask_status(fixture->port, SECOND), 200);
}

/* ---- draining --------------------------------------------------------------------------------- */

struct load {
	unsigned port;
	atomic_bool *over;
	int asked, failed, reconnected;
};

/* Requests over one connection, and over a new one when the server says that it closes it. */
static void *run_load(void *arg)
{
	struct load *load = arg;
	FILE *from = NULL;
	int fd = -1;

	while (!atomic_load(load->over)) {
		const char *text = load->asked % 2 ? "GET /v1/plain" H "\r\n" : "GET /v1/slow" H "\r\n";
		struct answer answer;

		if (!from) {
			fd = dial(load->port);
			from = reader(fd);
			load->reconnected++;
		}
		load->asked++;
		if (!put(fd, text, strlen(text))) {
			load->failed++;
			break;
		}
		answer = read_answer(from, false);
		if (answer.status != 200)
			load->failed++;
		free(answer.body);
		if (answer.status == 0)
			break;
		if (head_has(&answer, "\r\nConnection: close\r\n")) {
			fclose(from);
			from = NULL;
		}
	}
	if (from)
		fclose(from);
	return NULL;
}

/* As in a restart: the successor listens on the same socket before the old server drains. */
static void draining_fails_no_request(void **state)
{
	struct fixture *fixture = *state;
	struct server_options options = {.app = &fixture->app, .listen_fd = fixture->listen_fd,
					 .workers = 2};
	struct load loads[16] = {0};
	pthread_t threads[16];
	struct server *successor;
	atomic_bool over = false;
	char reason[256];
	int64_t begun;
	int asked = 0;

	for (int i = 0; i < 16; i++) {
		loads[i] = (struct load){.port = fixture->port, .over = &over};
		assert_int_equal(pthread_create(&threads[i], NULL, run_load, &loads[i]), 0);
	}
	usleep(200000);
	successor = server_start(&options, reason);
	assert_non_null(successor);
	begun = clock_monotonic_us();
	server_drain(fixture->server, 5000);
	fixture->server = successor;
	assert_true(clock_monotonic_us() - begun < 3000000);
	usleep(200000);
	atomic_store(&over, true);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(loads[i].failed, 0);
		assert_true(loads[i].reconnected > 1);
		asked += loads[i].asked;
	}
	assert_true(asked > 100);
}

static void a_taken_port_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	char port[16], reason[256];
	int fd;

	snprintf(port, sizeof(port), "%u", fixture->port);
	assert_int_equal(server_listen("127.0.0.1", port, &fd, reason), ERR_UNAVAILABLE);
	assert_non_null(strstr(reason, "another program"));
}

static void health_and_metrics(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer;

	assert_int_equal(ask_status(fixture->port, "GET /health/live" H "\r\n"), 200);
	assert_int_equal(ask_status(fixture->port, "GET /health/ready" H "\r\n"), 200);
	assert_int_equal(ask_status(fixture->port, SECOND), 200);
	answer = ask(fixture->port, "GET /metrics" H "\r\n");
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "assay_requests_total{method=\"GET\",route=\"/v1/plain\""));
	assert_non_null(strstr(answer.body, "assay_request_seconds_bucket{le=\"+Inf\"}"));
	free(answer.body);
	answer = ask(fixture->port, "GET /" H "\r\n");
	assert_int_equal(answer.status, 200);
	free(answer.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(reads_and_problems, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(methods, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(bodies, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(unknown_methods_are_told_apart, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(smuggling_probes_get_one_refusal_and_the_end, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(connections_survive_refusals, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(bodies_that_are_too_long, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(long_heads, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(streams_arrive_whole, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(clients_that_leave, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(health_and_metrics, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_taken_port_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(slow_clients_are_cut_off_at_the_deadline, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(slow_readers_are_cut_off, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(idle_connections_are_closed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(draining_fails_no_request, set_up, tear_down),
	};

	log_set_level(LOG_ERROR);
	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
