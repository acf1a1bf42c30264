/* Clients that are slow in sending, reading or going away are cut off in time. */
#include "http_fixture.h"

#include <poll.h>

/* ---- deadlines --------------------------------------------------------------------------------
 */

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
		     "POST /v1/echo" H
		     "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(slow_clients_are_cut_off_at_the_deadline, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(slow_readers_are_cut_off, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(idle_connections_are_closed, set_up, tear_down),
	};

	log_set_level(LOG_ERROR);
	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
