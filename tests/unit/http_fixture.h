/* A server with a few routes of its own on a free port, and a client of raw sockets. */
#ifndef TESTS_UNIT_HTTP_FIXTURE_H
#define TESTS_UNIT_HTTP_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
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

/* ---- routes of the test -----------------------------------------------------------------------
 */

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
	static const char line[] =
	    "0123456789012345678901234567890123456789012345678901234567890\n";

	for (int i = 0; i < 200000; i++)
		buffer_add(&rq->out, line, sizeof(line) - 1);
	rq->status = 200;
	rq->content_type = "text/plain";
	return OK;
}

static atomic_int streams_ended;

static enum err stream(struct request *rq)
{
	static const char line[] =
	    "0123456789012345678901234567890123456789012345678901234567890\n";
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
	{METHOD_GET,    "/v1/recruit",    MAY_RECRUIT, "roles", plain, "recruit"},
	{METHOD_POST,   "/v1/recruit",    MAY_RECRUIT, "roles", plain, "recruit_post"},
	{METHOD_GET,    "/v1/admin",      MAY_ADMIN,  "roles", plain, "admin"},
	{METHOD_POST,   "/v1/user",       MAY_USER,   "roles", plain, "user"},
	{METHOD_POST,   "/v1/sign_in",    MAY_ANYONE, NULL, plain,  "sign_in"},
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

static inline struct fixture *start(const struct token_keys *keys, struct limits *limits)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct server_options options = {.workers = 2, .keep_port = true};
	char reason[256] = "";

	assert_non_null(fixture);
	fixture->app = (struct app){
	    .settings = {.header_ms = HEADER_MS,
			 .body_ms = BODY_MS,
			 .reply_ms = REPLY_MS,
			 .idle_ms = IDLE_MS,
			 .body_limit = 10000,
			 .rate_limit = 5},
	    .keys = keys,
	    .limits = limits,
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
	assert_int_equal(server_check_self(fixture->listen_fd, "/health/live", 2000), OK);
	return fixture;
}

static inline void stop(struct fixture *fixture)
{
	if (fixture->server)
		server_drain(fixture->server, 2000);
	app_stop(&fixture->app);
	(void)close(fixture->listen_fd);
	free(fixture);
}

static inline int set_up(void **state)
{
	*state = start(NULL, NULL);
	return 0;
}

static inline int tear_down(void **state)
{
	stop(*state);
	return 0;
}

/* ---- a client ---------------------------------------------------------------------------------
 */

static inline int dial(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {6, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Sends what can be sent; the server may have closed already. */
static inline bool put(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

struct answer {
	int status;	 /* 0: none, or the connection broke */
	char head[4096]; /* with the status line */
	char *body;
	size_t len;
};

static inline bool head_has(const struct answer *answer, const char *text)
{
	return strcasestr(answer->head, text) != NULL;
}

static inline void read_chunks(FILE *from, struct answer *answer)
{
	char line[64];
	size_t room = 0;

	while (fgets(line, sizeof(line), from)) {
		size_t len = strtoul(line, NULL, 16);

		if (len == 0)
			return;
		/* In doubles: a sanitizer copies the whole each time, and a reader that slow is cut
		 * off. */
		if (answer->len + len + 1 > room) {
			room = 2 * (answer->len + len + 1);
			answer->body = realloc(answer->body, room);
			assert_non_null(answer->body);
		}
		answer->len += fread(answer->body + answer->len, 1, len, from);
		if (!fgets(line, sizeof(line), from))
			break;
	}
	answer->status = 0; /* broke off */
}

/* The next answer of a connection. */
static inline struct answer read_answer(FILE *from, bool head)
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

static inline FILE *reader(int fd)
{
	FILE *from = fdopen(fd, "r");

	assert_non_null(from);
	return from;
}

/* One request on a connection of its own; the status. The answer is for the caller to free. */
static inline struct answer ask(unsigned port, const char *text)
{
	int fd = dial(port);
	FILE *from = reader(fd);
	struct answer answer;

	assert_true(put(fd, text, strlen(text)));
	answer = read_answer(from, strncmp(text, "HEAD", 4) == 0);
	fclose(from);
	return answer;
}

static inline int ask_status(unsigned port, const char *text)
{
	struct answer answer = ask(port, text);

	free(answer.body);
	return answer.status;
}

#define H " HTTP/1.1\r\nHost: x\r\n"

#define SECOND "GET /v1/plain" H "\r\n"

#endif
