/* The route tree: literals before parameters, ids that are UUIDs, what is malformed at the start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "http/decode.h"
#include "http/router.h"

#include <cmocka.h>

#define ID "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e"

static enum err nothing(struct request *rq)
{
	(void)rq;
	return OK;
}

/* clang-format off */
static const struct route table[] = {
	{METHOD_GET,   "/v1/roles",                                      MAY_READ,  "roles",      nothing, "a"},
	{METHOD_POST,  "/v1/roles",                                      MAY_WRITE, "roles",      nothing, "b"},
	{METHOD_GET,   "/v1/roles/{role_id}",                            MAY_READ,  "roles",      nothing, "c"},
	{METHOD_PATCH, "/v1/roles/{role_id}",                            MAY_WRITE, "roles",      nothing, "d"},
	{METHOD_GET,   "/v1/roles/export",                               MAY_READ,  "roles",      nothing, "e"},
	{METHOD_GET,   "/v1/roles/{role_id}/stages/{id}",                MAY_READ,  "roles",      nothing, "f"},
	{METHOD_GET,   "/v1/roles/{slug}/page",                          MAY_READ,  "roles",      nothing, "g"},
	{METHOD_PUT,   "/v1/candidates/by_external_id/{source}/{external_id}", MAY_WRITE, "candidates", nothing, "h"},
	{METHOD_GET,   "/v1/decisions",                                  MAY_READ,  "evaluations", nothing, "i"},
};
/* clang-format on */

struct world {
	struct router *router;
	struct arena arena;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	char reason[256];

	assert_non_null(world);
	arena_init(&world->arena, 1 << 20);
	if (router_new(&world->router, table, ARRAY_LEN(table), NULL, 0, NULL, reason) != OK)
		fail_msg("%s", reason);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	router_free(world->router);
	arena_release(&world->arena);
	free(world);
	return 0;
}

/* The operation at method and path, or "" for another method, or NULL. */
static const char *find(struct world *world, enum method method, const char *path,
			struct router_match *match)
{
	if (router_find(world->router, &world->arena, path, match) != OK)
		return NULL;
	return match->routes[method] ? match->routes[method]->route->operation : "";
}

static void paths_find_their_routes(void **state)
{
	struct router_match match;

	assert_string_equal(find(*state, METHOD_GET, "/v1/roles", &match), "a");
	assert_string_equal(find(*state, METHOD_POST, "/v1/roles?x=y", &match), "b");
	assert_string_equal(find(*state, METHOD_PUT, "/v1/roles", &match), "");
	assert_string_equal(find(*state, METHOD_GET, "/v1/roles/" ID, &match), "c");
	assert_int_equal(match.param_count, 1);
	assert_string_equal(match.param[0], ID);
	assert_string_equal(find(*state, METHOD_PATCH, "/v1/roles/" ID, &match), "d");
	assert_string_equal(find(*state, METHOD_GET, "/v1/roles/export", &match), "e");
	assert_string_equal(find(*state, METHOD_GET, "/v1/roles/" ID "/stages/" ID, &match), "f");
	assert_int_equal(match.param_count, 2);
	assert_string_equal(find(*state, METHOD_GET, "/v1/roles/engineer/page", &match), "g");
	assert_int_equal(match.param_count, 1);
	/* First taken for an id, then given back. */
	assert_string_equal(find(*state, METHOD_GET, "/v1/roles/" ID "/page", &match), "g");
	assert_int_equal(match.param_count, 1);
	assert_string_equal(find(*state, METHOD_PUT,
				 "/v1/candidates/by_external_id/green%20house/4%2B%3F%C3%A4",
				 &match),
			    "h");
	assert_string_equal(match.param[0], "green house");
	assert_string_equal(match.param[1], "4+?\xc3\xa4");
}

static void other_paths_find_nothing(void **state)
{
	static const char *const paths[] = {"/",
					    "/v1",
					    "/v1/",
					    "/v1/roles/",
					    "/v1/roles/7",
					    "/v1/roles/" ID "/",
					    "/v1/roles/" ID "/stages",
					    "/v1/roles/" ID "/stages/x",
					    "/v1/roles/0" ID,
					    "/V1/roles",
					    "/v1/role",
					    "/v1/roless",
					    "/v1/%72oles",
					    "/v1/candidates/by_external_id/a/%ff",
					    "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"};
	struct router_match match;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (find(*state, METHOD_GET, paths[i], &match))
			fail_msg("%s finds a route", paths[i]);
	}
}

static void allow_names_the_methods(void **state)
{
	struct router_match match;
	char allow[64];

	assert_non_null(find(*state, METHOD_GET, "/v1/roles", &match));
	router_allow(match.routes, allow);
	assert_string_equal(allow, "GET, HEAD, POST, OPTIONS");
}

static void scopes_follow_the_resource(void **state)
{
	struct router_match match;

	assert_non_null(find(*state, METHOD_GET, "/v1/roles", &match));
	assert_true(match.routes[METHOD_GET]->scope_read == 1);
	assert_true(match.routes[METHOD_GET]->scope_write == 2);
	/* There is no evaluations:write, so no client can have it. */
	assert_non_null(find(*state, METHOD_GET, "/v1/decisions", &match));
	assert_true(match.routes[METHOD_GET]->scope_read != 0);
	assert_true(match.routes[METHOD_GET]->scope_write == 0);
}

static void malformed_tables_do_not_start(void **state)
{
	static const struct route wrong[][2] = {
	    {{METHOD_GET, "/a", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "/a", MAY_READ, NULL, nothing, "b"}},
	    {{METHOD_GET, "/a", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "b", MAY_READ, NULL, nothing, "b"}},
	    {{METHOD_GET, "/a", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "/b//c", MAY_READ, NULL, nothing, "b"}},
	    {{METHOD_GET, "/a", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "/{a}/{b}/{c}/{d}/{e}", MAY_READ, NULL, nothing, "b"}},
	    {{METHOD_GET, "/a/{id}", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "/a/{role_id}", MAY_READ, NULL, nothing, "b"}},
	    {{METHOD_GET, "/a", MAY_READ, NULL, nothing, "a"},
	     {METHOD_GET, "/b", MAY_READ, "unheard_of", nothing, "b"}},
	};
	struct router *router;
	char reason[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		if (router_new(&router, wrong[i], 2, NULL, 0, NULL, reason) != ERR_INVALID)
			fail_msg("table %zu starts", i);
		assert_null(router);
		assert_non_null(strstr(reason, wrong[i][1].path));
	}
}

static void queries_are_decoded(void **state)
{
	struct world *world = *state;
	const struct query_param *query;
	int count;

	assert_int_equal(decode_query(&world->arena, "a=b+c&&d=%C3%A4&e&f=g=h", &query, &count),
			 OK);
	assert_int_equal(count, 4);
	assert_string_equal(query[0].value, "b c");
	assert_string_equal(query[1].value, "\xc3\xa4");
	assert_string_equal(query[2].name, "e");
	assert_string_equal(query[2].value, "");
	assert_string_equal(query[3].value, "g=h");
	assert_int_equal(decode_query(&world->arena, "a=%ff", &query, &count), ERR_INVALID);
	assert_int_equal(decode_query(&world->arena, "a=%0", &query, &count), ERR_INVALID);
	assert_int_equal(decode_query(&world->arena, "a=%00", &query, &count), ERR_INVALID);
	assert_int_equal(decode_query(&world->arena, "", &query, &count), OK);
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(paths_find_their_routes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(other_paths_find_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(allow_names_the_methods, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(scopes_follow_the_resource, set_up, tear_down),
	    cmocka_unit_test(malformed_tables_do_not_start),
	    cmocka_unit_test_setup_teardown(queries_are_decoded, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
