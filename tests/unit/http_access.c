/* Who gets in: tokens, cookies and origins, access levels, scopes, limits. */
#include "http_fixture.h"

#include "auth/limits.h"
#include "auth/scopes.h"
#include "auth/token.h"

#define ORGANIZATION "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e"
#define SOMEONE	     "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5f"

static struct token_keys *keys;
static char directory[] = "/tmp/assay-access-XXXXXX";

static int open_keys(void **state)
{
	char reason[256];

	(void)state;
	assert_non_null(mkdtemp(directory));
	if (token_keys_open(&keys, directory, "https://assay.example", "assay", reason) != OK)
		fail_msg("%s", reason);
	return 0;
}

static int close_keys(void **state)
{
	char command[128];

	(void)state;
	token_keys_close(keys);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static int set_up_keys(void **state)
{
	*state = start(keys, NULL);
	return 0;
}

static struct limits *limits;

static int set_up_limits(void **state)
{
	limits = limits_new(1024);
	assert_non_null(limits);
	*state = start(keys, limits);
	return 0;
}

static int tear_down_limits(void **state)
{
	stop(*state);
	limits_free(limits);
	return 0;
}

static struct principal user(enum access_level level)
{
	struct principal who = {.kind = PRINCIPAL_USER,
				.level = level,
				.token_version = 1,
				.expires_at = clock_unix_ms() / 1000 + 600};

	snprintf(who.id, sizeof(who.id), "%s", SOMEONE);
	snprintf(who.organization_id, sizeof(who.organization_id), "%s", ORGANIZATION);
	return who;
}

static struct principal client(scope_set scopes)
{
	struct principal who = user(ACCESS_MEMBER);

	who.kind = PRINCIPAL_CLIENT;
	who.scopes = scopes;
	return who;
}

static int64_t issued_at; /* 0: now */

static const char *token_of(const struct principal *who)
{
	static char token[TOKEN_MAX + 1];
	int64_t now = issued_at ? issued_at : clock_unix_ms() / 1000;

	assert_int_equal(token_issue(keys, who, now, token), OK);
	return token;
}

/* The status of a request by `who`; `more` are header lines. */
static int ask_as(const struct fixture *fixture, const char *line, const struct principal *who,
		  const char *more)
{
	char text[6000];

	snprintf(text, sizeof(text), "%s" H "Authorization: Bearer %s\r\n%s\r\n", line,
		 token_of(who), more);
	return ask_status(fixture->port, text);
}

static int ask_by_cookie(const struct fixture *fixture, const char *line,
			 const struct principal *who, const char *more)
{
	char text[6000];

	snprintf(text, sizeof(text), "%s" H "Cookie: a=b; __Host-access=%s; c=d\r\n%s\r\n", line,
		 token_of(who), more);
	return ask_status(fixture->port, text);
}

static void credentials_are_required(void **state)
{
	const struct fixture *fixture = *state;
	struct principal who = user(ACCESS_MEMBER);
	struct answer answer = ask(fixture->port, "GET /v1/private" H "\r\n");

	assert_int_equal(answer.status, 401);
	assert_true(head_has(&answer, "\r\nWWW-Authenticate: Bearer\r\n"));
	free(answer.body);
	answer = ask(fixture->port, "GET /v1/private" H "Authorization: Bearer x.y.z\r\n\r\n");
	assert_int_equal(answer.status, 401);
	assert_true(head_has(&answer, "invalid_token"));
	free(answer.body);
	assert_int_equal(
	    ask_status(fixture->port, "GET /v1/private" H "Authorization: Basic abc=\r\n\r\n"),
	    401);
	assert_int_equal(ask_as(fixture, "GET /v1/private", &who, ""), 200);
	assert_int_equal(ask_by_cookie(fixture, "GET /v1/private", &who, ""), 200);
	/* Where Authorization is present, cookies do not count. */
	assert_int_equal(
	    ask_by_cookie(fixture, "GET /v1/private", &who, "Authorization: Bearer x.y.z\r\n"),
	    401);
	issued_at = clock_unix_ms() / 1000 - 3600;
	assert_int_equal(ask_as(fixture, "GET /v1/private", &who, ""), 401);
	issued_at = 0;
}

static void levels(void **state)
{
	static const struct {
		const char *line;
		int status[3]; /* member, recruiter, admin */
	} rows[] = {
	    {"GET /v1/private", {200, 200, 200}},  {"GET /v1/recruit", {403, 200, 200}},
	    {"POST /v1/recruit", {403, 200, 200}}, {"GET /v1/admin", {403, 403, 200}},
	    {"POST /v1/user", {200, 200, 200}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int level = ACCESS_MEMBER; level <= ACCESS_ADMIN; level++) {
			struct principal who = user((enum access_level)level);

			assert_int_equal(ask_as(*state, rows[i].line, &who, ""),
					 rows[i].status[level]);
		}
	}
}

static void scopes(void **state)
{
	struct principal none = client(0), reader = client(SCOPE_ROLES_READ);
	struct principal writer = client(SCOPE_ROLES_WRITE);
	struct principal other =
	    client(scopes_all() & ~(scope_set)(SCOPE_ROLES_READ | SCOPE_ROLES_WRITE));
	struct principal all = client(scopes_all());

	assert_int_equal(ask_as(*state, "GET /v1/recruit", &none, ""), 403);
	assert_int_equal(ask_as(*state, "GET /v1/recruit", &reader, ""), 200);
	assert_int_equal(ask_as(*state, "POST /v1/recruit", &reader, ""), 403);
	assert_int_equal(ask_as(*state, "POST /v1/recruit", &writer, ""), 200);
	assert_int_equal(ask_as(*state, "GET /v1/recruit", &writer, ""), 403);
	assert_int_equal(ask_as(*state, "GET /v1/recruit", &other, ""), 403);
	/* What has no scope any client may read, such as who it is; what is for people only, none.
	 */
	assert_int_equal(ask_as(*state, "GET /v1/private", &none, ""), 200);
	assert_int_equal(ask_as(*state, "GET /v1/admin", &all, ""), 403);
	assert_int_equal(ask_as(*state, "POST /v1/user", &all, ""), 403);
}

static void writes_by_cookie_need_this_origin(void **state)
{
	struct principal who = user(ACCESS_ADMIN);
	const struct fixture *fixture = *state;

	assert_int_equal(ask_by_cookie(fixture, "POST /v1/user", &who, ""), 403);
	assert_int_equal(ask_by_cookie(fixture, "POST /v1/user", &who, "Origin: null\r\n"), 403);
	assert_int_equal(ask_by_cookie(fixture, "POST /v1/user", &who, "Origin: https://y\r\n"),
			 403);
	assert_int_equal(ask_by_cookie(fixture, "POST /v1/user", &who, "Origin: https://x.y\r\n"),
			 403);
	assert_int_equal(ask_by_cookie(fixture, "POST /v1/user", &who, "Origin: https://x\r\n"),
			 200);
	assert_int_equal(ask_by_cookie(fixture, "GET /v1/admin", &who, "Origin: https://y\r\n"),
			 200);
	/* A token in a header is sent by no browser on its own. */
	assert_int_equal(ask_as(fixture, "POST /v1/user", &who, "Origin: https://y\r\n"), 200);
	/* Signing in, too: another site could sign its victim in as someone else. */
	assert_int_equal(
	    ask_status(fixture->port, "POST /v1/sign_in" H "Origin: https://y\r\n\r\n"), 403);
	assert_int_equal(ask_status(fixture->port, "POST /v1/sign_in" H "Origin: http://x\r\n\r\n"),
			 200);
	assert_int_equal(ask_status(fixture->port, "POST /v1/sign_in" H "\r\n"), 200);
	assert_int_equal(ask_by_cookie(fixture, "POST /v1/sign_in", &who, ""), 403);
}

static void limits_are_told_and_held(void **state)
{
	const struct fixture *fixture = *state;
	struct principal who = user(ACCESS_ADMIN), another = user(ACCESS_ADMIN);
	struct answer answer;

	another.id[0] = '1';
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask_as(fixture, "GET /v1/private", &who, ""), 200);
	assert_int_equal(ask_as(fixture, "GET /v1/private", &who, ""), 429);
	assert_int_equal(ask_as(fixture, "GET /v1/private", &another, ""), 200);
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask_status(fixture->port, SECOND), 200);
	answer = ask(fixture->port, SECOND);
	assert_int_equal(answer.status, 429);
	assert_true(head_has(&answer, "\r\nRateLimit-Policy: \"default\";q=5;w=60\r\n"));
	assert_true(head_has(&answer, "\r\nX-RateLimit-Limit: 5\r\n"));
	assert_true(head_has(&answer, "\r\nX-RateLimit-Remaining: 0\r\n"));
	assert_true(head_has(&answer, "\r\nRetry-After: 1"));
	free(answer.body);
	assert_int_equal(ask_status(fixture->port, "GET /health/live" H "\r\n"), 200);
}

static void timings_are_for_admins(void **state)
{
	const struct fixture *fixture = *state;

	for (int level = ACCESS_MEMBER; level <= ACCESS_ADMIN; level++) {
		struct principal who = user((enum access_level)level);
		struct answer answer;
		char text[6000];

		snprintf(text, sizeof(text), "GET /v1/private" H "Authorization: Bearer %s\r\n\r\n",
			 token_of(&who));
		answer = ask(fixture->port, text);
		assert_int_equal(head_has(&answer, "\r\nServer-Timing: gate;dur="),
				 level == ACCESS_ADMIN);
		free(answer.body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(credentials_are_required, set_up_keys, tear_down),
	    cmocka_unit_test_setup_teardown(levels, set_up_keys, tear_down),
	    cmocka_unit_test_setup_teardown(scopes, set_up_keys, tear_down),
	    cmocka_unit_test_setup_teardown(writes_by_cookie_need_this_origin, set_up_keys,
					    tear_down),
	    cmocka_unit_test_setup_teardown(limits_are_told_and_held, set_up_limits,
					    tear_down_limits),
	    cmocka_unit_test_setup_teardown(timings_are_for_admins, set_up_keys, tear_down),
	};

	log_set_level(LOG_ERROR);
	if (digest_start() != OK)
		return 1;
	return cmocka_run_group_tests(tests, open_keys, close_keys);
}
