/* Mail against a real server: who is spoken to, in which way, and what becomes of each refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "outbound/smtp.h"

#define PYTHON	"/usr/bin/python3"
#define PROGRAM "tests/support/smtp_server.py"
#define MESSAGE "From: <us@company.test>\r\nSubject: Hello\r\n\r\nGood day.\r\n"
#define FROM	"us@company.test"

static char directory[] = "/tmp/assay-smtp-XXXXXX";
static atomic_bool stopping;

/* ---- the other side ---------------------------------------------------------------------------
 */

struct mail_server {
	pid_t pid;
	FILE *out;
	int port;
	char line[4096];
};

/* Starts a program; its output can be read from *out, where that is wanted. */
static pid_t begin_program(const char *const argv[], FILE **out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int nothing = open("/dev/null", O_WRONLY);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out ? ends[1] : nothing, STDOUT_FILENO);
		if (!out)
			(void)dup2(nothing, STDERR_FILENO);
		(void)close(ends[0]);
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(ends[1]);
	if (out)
		*out = fdopen(ends[0], "r");
	else
		(void)close(ends[0]);
	return pid;
}

static struct mail_server start(const char *const options[])
{
	const char *argv[16] = {PYTHON, PROGRAM};
	struct mail_server server = {0};
	const char *port;

	for (size_t i = 0; options && options[i]; i++)
		argv[i + 2] = options[i];
	server.pid = begin_program(argv, &server.out);
	assert_non_null(fgets(server.line, sizeof(server.line), server.out));
	port = strstr(server.line, "\"port\": ");
	assert_non_null(port);
	server.port = (int)strtol(port + strlen("\"port\": "), NULL, 10);
	return server;
}

/* What it says of the message that it took last. */
static const char *message_of(struct mail_server *server)
{
	do
		assert_non_null(fgets(server->line, sizeof(server->line), server->out));
	while (!strstr(server->line, "\"kind\": \"message\""));
	return server->line;
}

/* How many messages it took that nobody has looked at. */
static int stop(struct mail_server *server)
{
	int count = 0;

	(void)kill(server->pid, SIGKILL);
	while (fgets(server->line, sizeof(server->line), server->out))
		count += strstr(server->line, "\"kind\": \"message\"") != NULL;
	(void)fclose(server->out);
	(void)waitpid(server->pid, NULL, 0);
	return count;
}

/* ---- this side --------------------------------------------------------------------------------
 */

static char said[256];

static struct smtp *open_to(const struct mail_server *server, const char *scheme, const char *host,
			    struct smtp_rules rules)
{
	static char url[100];
	struct why why;
	struct smtp *smtp;

	snprintf(url, sizeof(url), "%s://%s:%d", scheme, host, server->port);
	rules.url = url;
	rules.user = rules.user ? rules.user : "";
	rules.password = rules.password ? rules.password : "";
	rules.ca_file = rules.ca_file ? rules.ca_file : "";
	rules.timeout_ms = rules.timeout_ms ? rules.timeout_ms : 10000;
	assert_int_equal(smtp_new(&smtp, &rules, &stopping, &why), OK);
	return smtp;
}

static enum smtp_end send_to(struct smtp *smtp, const char *to)
{
	return smtp_send(smtp, FROM, to, MESSAGE, strlen(MESSAGE), said);
}

/* One message by a connection of its own. */
static enum smtp_end try(const struct mail_server *server, const char *host,
			 struct smtp_rules rules)
{
	struct smtp *smtp = open_to(server, "smtp", host, rules);
	enum smtp_end end = send_to(smtp, "kim@example.com");

	smtp_free(smtp);
	return end;
}

static const char *path(const char *name)
{
	static char paths[4][100];
	static unsigned next;
	char *out = paths[next++ % 4];

	snprintf(out, sizeof(paths[0]), "%s/%s", directory, name);
	return out;
}

static int make_certificates(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (int i = 0; i < 2; i++) {
		const char *const argv[] = {"openssl",
					    "req",
					    "-x509",
					    "-newkey",
					    "ec",
					    "-pkeyopt",
					    "ec_paramgen_curve:P-256",
					    "-nodes",
					    "-days",
					    "2",
					    "-subj",
					    "/CN=mail.localhost",
					    "-addext",
					    "subjectAltName=DNS:mail.localhost",
					    "-keyout",
					    path(i ? "other.key" : "key"),
					    "-out",
					    path(i ? "other.pem" : "pem"),
					    NULL};
		int status;

		if (waitpid(begin_program(argv, NULL), &status, 0) < 0 || status != 0)
			return -1;
	}
	return 0;
}

static int remove_certificates(void **state)
{
	(void)state;
	(void)unlink(path("key"));
	(void)unlink(path("pem"));
	(void)unlink(path("other.key"));
	(void)unlink(path("other.pem"));
	return rmdir(directory);
}

/* ---- what it says to a message ----------------------------------------------------------------
 */

static void test_refusals_for_good_are_told_from_others(void **state)
{
	struct mail_server server = start(NULL);
	struct smtp *smtp = open_to(&server, "smtp", "127.0.0.1", (struct smtp_rules){0});

	(void)state;
	assert_int_equal(send_to(smtp, "kim@example.com"), SMTP_TAKEN);
	assert_non_null(strstr(message_of(&server), "\"to\": \"kim@example.com\""));
	assert_string_equal(said, "");
	assert_int_equal(send_to(smtp, "refuse-1@example.com"), SMTP_REFUSED);
	assert_string_equal(said, "550 5.1.1 There is nobody of that name");
	assert_int_equal(send_to(smtp, "content-1@example.com"), SMTP_REFUSED);
	assert_string_equal(said, "554 5.6.0 That is not taken here");
	assert_int_equal(send_to(smtp, "later-1-x@example.com"), SMTP_LATER);
	assert_string_equal(said, "451 4.7.1 Come back later");
	assert_int_equal(send_to(smtp, "later-1-x@example.com"), SMTP_TAKEN);
	smtp_free(smtp);
	assert_int_equal(stop(&server), 1);
}

static void test_a_server_that_dies_or_is_slow_is_asked_again(void **state)
{
	struct mail_server server = start(NULL);
	struct smtp *smtp =
	    open_to(&server, "smtp", "127.0.0.1", (struct smtp_rules){.timeout_ms = 1000});

	(void)state;
	assert_int_equal(send_to(smtp, "cut-1@example.com"), SMTP_LATER);
	assert_string_not_equal(said, "");
	assert_int_equal(send_to(smtp, "lost-1@example.com"), SMTP_LATER);
	assert_int_equal(send_to(smtp, "slow-1@example.com"), SMTP_LATER);
	assert_true(strstr(said, "timed out") || strstr(said, "timeout"));
	/* The late answer to the last one is not taken for this one's. */
	assert_int_equal(send_to(smtp, "refuse-1@example.com"), SMTP_REFUSED);
	assert_int_equal(send_to(smtp, "kim@example.com"), SMTP_TAKEN);
	(void)stop(&server);
	assert_int_equal(send_to(smtp, "kim@example.com"), SMTP_LATER);
	smtp_free(smtp);
}

static void *stop_soon(void *arg)
{
	(void)arg;
	(void)usleep(200000);
	atomic_store(&stopping, true);
	return NULL;
}

static void test_what_is_under_way_ends_when_the_program_does(void **state)
{
	struct mail_server server = start(NULL);
	struct smtp *smtp =
	    open_to(&server, "smtp", "127.0.0.1", (struct smtp_rules){.timeout_ms = 60000});
	int64_t begun = clock_monotonic_us();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	assert_int_equal(send_to(smtp, "stuck-1@example.com"), SMTP_LATER);
	assert_true(clock_monotonic_us() - begun < (int64_t)15 * 1000000);
	(void)pthread_join(thread, NULL);
	atomic_store(&stopping, false);
	smtp_free(smtp);
	(void)stop(&server);
}

/* A server that wishes to hear nothing from us has not said a word of the message. */
static void test_a_refused_connection_is_no_refusal_of_the_message(void **state)
{
	const char *const options[] = {"--greeting", "554 5.7.1 Not from your address", NULL};
	struct mail_server server = start(options);

	(void)state;
	assert_int_equal(try(&server, "127.0.0.1", (struct smtp_rules){0}), SMTP_LATER);
	assert_string_equal(said, "554 5.7.1 Not from your address");
	(void)stop(&server);
}

/* ---- TLS, sign-in -----------------------------------------------------------------------------
 */

/* Another machine, as far as its name says; this one's loopback, as names below localhost are. */
#define ELSEWHERE "mail.localhost"

static void test_nothing_is_said_in_clear_to_another_machine(void **state)
{
	struct mail_server server = start(NULL);

	(void)state;
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){0}), SMTP_LATER);
	assert_non_null(strstr(said, "STARTTLS"));
	/* But where that was asked for. */
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){.plain = true}), SMTP_TAKEN);
	assert_non_null(strstr(message_of(&server), "\"tls\": false"));
	assert_int_equal(stop(&server), 0);
}

static void test_the_server_has_to_prove_who_it_is(void **state)
{
	const char *const options[] = {"--certificate", path("pem"), "--key", path("key"), NULL};
	struct mail_server server = start(options);
	const struct smtp_rules trusted = {.ca_file = path("pem")};

	(void)state;
	assert_int_equal(try(&server, ELSEWHERE, trusted), SMTP_TAKEN);
	assert_non_null(strstr(message_of(&server), "\"tls\": true"));
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){0}), SMTP_LATER);
	assert_non_null(strstr(said, "certificate"));
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){.ca_file = path("other.pem")}),
			 SMTP_LATER);
	assert_non_null(strstr(said, "certificate"));
	/* A certificate of somebody else's is as good as none. */
	assert_int_equal(try(&server, "other.localhost", trusted), SMTP_LATER);
	assert_int_equal(try(&server, "127.0.0.1", trusted), SMTP_LATER);
	/* The same server, with nobody looking: it is the check that kept it out. */
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){.plain = true}), SMTP_TAKEN);
	assert_non_null(strstr(message_of(&server), "\"tls\": true"));
	assert_int_equal(stop(&server), 0);
}

/* A wrong password is mended while the message waits; it does not bounce. */
static void test_signing_in(void **state)
{
	const char *const options[] = {"--certificate", path("pem"), "--key",
				       path("key"),	"--user",    "assay",
				       "--password",	"right",     NULL};
	struct mail_server server = start(options);
	struct smtp_rules rules = {.ca_file = path("pem"), .user = "assay", .password = "right"};

	(void)state;
	assert_int_equal(try(&server, ELSEWHERE, rules), SMTP_TAKEN);
	assert_non_null(strstr(message_of(&server), "\"user\": \"assay\""));
	rules.password = "wrong";
	assert_int_equal(try(&server, ELSEWHERE, rules), SMTP_LATER);
	if (strncmp(said, "535", 3) != 0)
		fail_msg("%s", said);
	assert_null(strstr(said, "wrong"));
	assert_int_equal(try(&server, ELSEWHERE, (struct smtp_rules){.ca_file = path("pem")}),
			 SMTP_LATER);
	assert_true(strncmp(said, "530", 3) == 0);
	assert_int_equal(stop(&server), 0);
}

static void test_addresses_of_servers(void **state)
{
	static const char *const bad[] = {"",
					  "mail.example.com",
					  "http://mail.example.com",
					  "smtp://",
					  "smtp://user@mail.example.com",
					  "smtp://user:password@mail.example.com",
					  "smtp://mail.example.com\r\nx",
					  "smtp://mail.example.com/#x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!smtp_url_refused(bad[i]))
			fail_msg("%s is taken", bad[i]);
	assert_null(smtp_url_refused("smtp://mail.example.com:587"));
	assert_null(smtp_url_refused("smtps://[2001:db8::1]:465"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses_of_servers),
	    cmocka_unit_test(test_refusals_for_good_are_told_from_others),
	    cmocka_unit_test(test_a_server_that_dies_or_is_slow_is_asked_again),
	    cmocka_unit_test(test_what_is_under_way_ends_when_the_program_does),
	    cmocka_unit_test(test_a_refused_connection_is_no_refusal_of_the_message),
	    cmocka_unit_test(test_nothing_is_said_in_clear_to_another_machine),
	    cmocka_unit_test(test_the_server_has_to_prove_who_it_is),
	    cmocka_unit_test(test_signing_in),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
