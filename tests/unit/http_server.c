/* A real server over real sockets: negotiation, bodies, keep-alive, pipelining, streams, draining.
 */
#include "http_fixture.h"

/* ---- methods, negotiation, keep-alive ---------------------------------------------------------
 */

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
	assert_int_equal(ask_status(fixture->port, "GET /v1/plain" H "Accept: text/html\r\n\r\n"),
			 406);
	assert_int_equal(
	    ask_status(fixture->port, "GET /v1/plain" H "If-None-Match: \"7\"\r\n\r\n"), 304);
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
	answer =
	    ask(fixture->port, "PATCH /v1/items/01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e" H "\r\n");
	assert_int_equal(answer.status, 405);
	assert_true(head_has(&answer, "\r\nAllow: GET, HEAD, DELETE, OPTIONS\r\n"));
	free(answer.body);
}

static void bodies(void **state)
{
	const struct fixture *fixture = *state;
	struct answer answer;

	answer =
	    ask(fixture->port,
		"POST /v1/echo" H
		"Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{\"length\":2}");
	free(answer.body);
	answer =
	    ask(fixture->port,
		"POST /v1/echo" H "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
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
	assert_int_equal(
	    ask_status(fixture->port,
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
	assert_true(
	    put(fd,
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

/* ---- draining ---------------------------------------------------------------------------------
 */

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
		const char *text =
		    load->asked % 2 ? "GET /v1/plain" H "\r\n" : "GET /v1/slow" H "\r\n";
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
	struct server_options options = {
	    .app = &fixture->app, .listen_fd = fixture->listen_fd, .workers = 2, .keep_port = true};
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
	static const char plain[] = "assay_requests_total{method=\"GET\",route=\"/v1/plain\"";
	const struct fixture *fixture = *state;
	struct answer answer = {0};

	assert_int_equal(ask_status(fixture->port, "GET /health/live" H "\r\n"), 200);
	assert_int_equal(ask_status(fixture->port, "GET /health/ready" H "\r\n"), 200);
	assert_int_equal(ask_status(fixture->port, SECOND), 200);
	/* A request is counted when it has ended, a moment after its answer. */
	for (int tries = 0; tries < 100; tries++) {
		answer = ask(fixture->port, "GET /metrics" H "\r\n");
		assert_int_equal(answer.status, 200);
		if (strstr(answer.body, plain) != NULL)
			break;
		free(answer.body);
		answer.body = NULL;
		usleep(10000);
	}
	assert_non_null(answer.body);
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
	    cmocka_unit_test_setup_teardown(connections_survive_refusals, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_order, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(bodies_that_are_too_long, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(long_heads, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(streams_arrive_whole, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(clients_that_leave, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(health_and_metrics, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_taken_port_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(draining_fails_no_request, set_up, tear_down),
	};

	log_set_level(LOG_ERROR);
	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
