/* What handlers answer with: rows as JSON, problems, versions, pages of a list, local calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/log.h"
#include "http/exchange.h"
#include "http/local.h"
#include "runtime/coroutine.h"

#include <cmocka.h>

#define ID "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e"

static struct app app;
static struct exchange exchange;
static struct request *rq;

static int set_up(void **state)
{
	(void)state;
	exchange_init(&exchange, &app);
	rq = &exchange.rq;
	rq->path = "/v1/roles";
	rq->method = METHOD_GET;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	exchange_release(&exchange);
	return 0;
}

static const char *header(const char *name)
{
	for (const struct reply_header *at = exchange.headers.first; at; at = at->next) {
		if (strcmp(at->name, name) == 0)
			return at->value;
	}
	return NULL;
}

/* ---- rows -------------------------------------------------------------------------------------
 */

static const struct db_column columns[] = {
    {"id", 2950},    {"version", 23},  {"title", 25},	     {"open", 16},
    {"share", 1700}, {"scores", 3802}, {"created_at", 1184}, {"gone_at", 1184},
    {"refusal", 25}, {"sort_key", 25}, {"_secret", 25},	     {"count", 20},
};
static const char *const values[] = {ID,
				     "7",
				     "A \"title\"\n",
				     "t",
				     "0.10",
				     "{\"a\": [1]}",
				     "2026-11-22 14:46:00.12+00",
				     NULL,
				     NULL,
				     "k",
				     "s",
				     "-3"};
static int lengths[ARRAY_LEN(values)];

static struct db_rows rows_of(int count)
{
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		lengths[i] = values[i] ? (int)strlen(values[i]) : 0;
	return (struct db_rows){.count = count,
				.columns = ARRAY_LEN(columns),
				.column = columns,
				.value = values,
				.length = lengths};
}

static void columns_are_spelled_by_their_type(void **state)
{
	struct db_rows rows = rows_of(1);

	(void)state;
	assert_int_equal(answer_one(rq, 200, &rows), OK);
	assert_string_equal(rq->out.data,
			    "{\"id\":\"" ID "\",\"version\":7,\"title\":\"A \\\"title\\\"\\n\","
			    "\"open\":true,\"share\":0.10,\"scores\":{\"a\": [1]},"
			    "\"created_at\":\"2026-11-22T14:46:00.120Z\",\"gone_at\":null,"
			    "\"count\":-3}");
	assert_string_equal(header("ETag"), "\"7\"");
	assert_int_equal(rq->status, 200);
}

static void times_and_numbers_at_their_edges(void **state)
{
	static const struct db_column edge[] = {{"a", 1184}, {"b", 1184}, {"c", 1184},
						{"d", 1700}, {"e", 701},  {"f", 1184}};
	static const char *const text[] = {"2026-11-22 14:46:00+00",
					   "infinity",
					   "2026-11-22 14:46:00.123999+00",
					   "NaN",
					   "-Infinity",
					   "2026-11-22 14:46:00.5+02"};
	static const int len[] = {22, 8, 29, 3, 9, 24};
	struct db_rows rows = {
	    .count = 1, .columns = 6, .column = edge, .value = text, .length = len};

	(void)state;
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	assert_string_equal(rq->out.data,
			    "{\"a\":\"2026-11-22T14:46:00.000Z\",\"b\":\"infinity\","
			    "\"c\":\"2026-11-22T14:46:00.123Z\",\"d\":null,\"e\":null,"
			    "\"f\":\"2026-11-22 14:46:00.5+02\"}");
}

static void a_page_is_named_with_its_server(void **state)
{
	static const struct db_column page[] = {{"web_url", 25}, {"website", 25}};
	static const char *const text[] = {"/roles/1", "/roles/1"};
	static const int len[] = {8, 8};
	struct db_rows rows = {
	    .count = 1, .columns = 2, .column = page, .value = text, .length = len};

	(void)state;
	app.web_origin = "https://assay.example";
	answer_begin(rq, 200);
	render_row(rq, &rows, 0);
	app.web_origin = NULL;
	assert_string_equal(rq->out.data, "{\"web_url\":\"https://assay.example/roles/1\","
					  "\"website\":\"/roles/1\"}");
}

static void no_row_is_not_found(void **state)
{
	struct db_rows rows = rows_of(0);

	(void)state;
	assert_int_equal(answer_one(rq, 200, &rows), ERR_REFUSED);
	assert_int_equal(rq->status, 404);
	assert_int_equal(answer_nothing(rq, &rows), ERR_REFUSED);
	assert_int_equal(answer_created(rq, "/v1/roles", &rows), ERR_REFUSED);
	assert_null(header("Location"));
	assert_int_equal(answer_nothing(rq, NULL), OK);
	assert_int_equal(rq->status, 204);
}

static void a_known_version_is_not_sent_again(void **state)
{
	struct db_rows rows = rows_of(1);

	(void)state;
	rq->if_none_match = "\"6\", \"7\"";
	assert_int_equal(answer_one(rq, 200, &rows), OK);
	assert_int_equal(rq->status, 304);
	assert_int_equal(rq->out.len, 0);
	rq->method = METHOD_PATCH; /* only reads are conditional in this way */
	assert_int_equal(answer_one(rq, 200, &rows), OK);
	assert_int_equal(rq->status, 200);
}

static void created_has_its_location(void **state)
{
	struct db_rows rows = rows_of(1);

	(void)state;
	assert_int_equal(answer_created(rq, "/v1/roles", &rows), OK);
	assert_int_equal(rq->status, 201);
	assert_string_equal(header("Location"), "/v1/roles/" ID);
}

/* ---- problems ---------------------------------------------------------------------------------
 */

static void a_put_tells_whether_it_created(void **state)
{
	static const struct db_column put[] = {{"id", 2950}, {"_created", 16}};
	const char *text[] = {ID, "t"};
	static const int len[] = {36, 1};
	struct db_rows rows = {
	    .count = 1, .columns = 2, .column = put, .value = text, .length = len};

	(void)state;
	assert_int_equal(answer_put(rq, "/v1/roles", &rows), OK);
	assert_int_equal(rq->status, 201);
	assert_string_equal(header("Location"), "/v1/roles/" ID);
	text[1] = "f";
	assert_int_equal(answer_put(rq, "/v1/roles", &rows), OK);
	assert_int_equal(rq->status, 200);
	assert_string_equal(rq->out.data, "{\"id\":\"" ID "\"}");
}

static void problems_tell_all_fields(void **state)
{
	json_t *problem;

	(void)state;
	snprintf(exchange.request_id, sizeof(exchange.request_id), "r-1");
	refuse_field(rq, "/title", "maxLength", "at most %d", 5);
	refuse_field(rq, "?limit", "maximum", "at most 100");
	assert_int_equal((fail)(rq, PROBLEM_invalid, "Two \"fields\"."), ERR_REFUSED);
	assert_int_equal(rq->status, 422);
	problem = json_loadb(rq->out.data, rq->out.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(problem);
	assert_string_equal(json_string_value(json_object_get(problem, "type")),
			    "/docs/problems#invalid");
	assert_string_equal(json_string_value(json_object_get(problem, "instance")),
			    "urn:request:r-1");
	assert_string_equal(json_string_value(json_object_get(problem, "detail")),
			    "Two \"fields\".");
	assert_int_equal(json_array_size(json_object_get(problem, "errors")), 2);
	json_decref(problem);
}

static void a_refusal_replaces_what_was_begun(void **state)
{
	(void)state;
	answer_begin(rq, 200);
	json_open_object(&rq->json);
	json_member(&rq->json, "half", "done");
	assert_int_equal((fail)(rq, PROBLEM_conflict, "No."), ERR_REFUSED);
	assert_null(strstr(rq->out.data, "half"));
	assert_string_equal(rq->content_type, "application/problem+json");
}

static void if_match_is_required_and_read(void **state)
{
	const char *version;

	(void)state;
	assert_int_equal(request_if_match(rq, false, &version), OK);
	assert_null(version);
	assert_int_equal(request_if_match(rq, true, &version), ERR_REFUSED);
	assert_int_equal(rq->status, 428);
	rq->if_match = "\"12\"";
	assert_int_equal(request_if_match(rq, true, &version), OK);
	assert_string_equal(version, "12");
	rq->if_match = "W/\"12\"";
	assert_int_equal(request_if_match(rq, true, &version), ERR_REFUSED);
	assert_int_equal(rq->status, 412);
	rq->if_match = "12";
	assert_int_equal(request_if_match(rq, true, &version), ERR_REFUSED);
	assert_int_equal(rq->status, 400);
}

static void without_a_database_it_is_unavailable(void **state)
{
	static const struct db_statement statement = {.name = "nothing"};
	struct db_rows rows;

	(void)state;
	assert_int_equal(request_run(rq, &statement, NULL, &rows), ERR_REFUSED);
	assert_int_equal(rq->status, 503);
	assert_string_equal(header("Retry-After"), "1");
}

/* ---- local calls ------------------------------------------------------------------------------
 */

static enum err echo(struct request *from)
{
	assert_int_equal(from->who.kind, PRINCIPAL_USER);
	answer_begin(from, 201);
	reply_header(from, "ETag", "\"3\"");
	json_open_object(&from->json);
	json_member(&from->json, "body", from->body_text);
	json_member(&from->json, "q", request_query(from, "q"));
	json_member(&from->json, "if_match", from->if_match);
	json_close_object(&from->json);
	return OK;
}

static const struct route routes[] = {{METHOD_POST, "/v1/echo", MAY_ADMIN, NULL, echo, "echo"}};

static void call_locally(void *arg)
{
	struct local local = {.app = &app, .who = {.kind = PRINCIPAL_USER, .level = ACCESS_ADMIN}};
	struct local_answer answer;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	assert_int_equal(
	    local_call(&local, &arena, "POST", "/v1/echo?q=a%20b", "[1]", "\"2\"", &answer), OK);
	assert_int_equal(answer.status, 201);
	assert_string_equal(answer.body,
			    "{\"body\":\"[1]\",\"q\":\"a b\",\"if_match\":\"\\\"2\\\"\"}");
	assert_string_equal(answer.etag, "\"3\"");
	assert_int_equal(local_call(&local, &arena, "POST", "/v1/echo", "{", NULL, &answer), OK);
	assert_int_equal(answer.status, 400);
	assert_int_equal(local_call(&local, &arena, "GET", "/v1/echo", NULL, NULL, &answer), OK);
	assert_int_equal(answer.status, 405);
	assert_int_equal(local_call(&local, &arena, "GET", "/v1/../x", NULL, NULL, &answer), OK);
	assert_int_equal(answer.status, 400);
	local.who.level = ACCESS_MEMBER;
	assert_int_equal(local_call(&local, &arena, "POST", "/v1/echo", NULL, NULL, &answer), OK);
	assert_int_equal(answer.status, 403);
	arena_release(&arena);
	*(bool *)arg = true;
}

static void local_calls_take_the_same_steps(void **state)
{
	struct coroutine_pool *pool = coroutine_pool_new(256 << 10, 4);
	bool done = false;

	(void)state;
	assert_non_null(pool);
	assert_int_equal(coroutine_start(pool, call_locally, &done), OK);
	assert_true(done);
	coroutine_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(columns_are_spelled_by_their_type, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(times_and_numbers_at_their_edges, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_page_is_named_with_its_server, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_put_tells_whether_it_created, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(no_row_is_not_found, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_known_version_is_not_sent_again, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(created_has_its_location, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(problems_tell_all_fields, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_refusal_replaces_what_was_begun, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(if_match_is_required_and_read, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(without_a_database_it_is_unavailable, set_up,
					    tear_down),
	    cmocka_unit_test(local_calls_take_the_same_steps),
	};
	char reason[256];
	int failed;

	log_set_level(LOG_ERROR);
	app = (struct app){.routes = routes, .route_count = 1};
	if (digest_start() != OK || app_start(&app, 1, reason) != OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	app_stop(&app);
	return failed;
}
