/* The document that the build makes: what the rules add, what stops them, what is embedded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_schema/api_schema.h"

#define SAMPLE "tests/unit/api_schema_sample.api.json"
#define MERGE                                                                                      \
	"jq -n -c -L src/api_schema --slurpfile common src/api_schema/common.api.json "            \
	"--slurpfile problems build/gen/problems.json -f src/api_schema/openapi.jq "

/* What the command says on both streams, NUL-terminated; the caller frees it. */
static char *output_of(const char *command, int *status)
{
	size_t size = 1 << 20, len = 0;
	char *text = malloc(size);
	FILE *pipe = popen(command, "r");
	assert_non_null(text);
	assert_non_null(pipe);
	len = fread(text, 1, size - 1, pipe);
	text[len] = '\0';
	*status = pclose(pipe);
	return text;
}

static char *merged(const char *change, const char *more, int *status)
{
	char file[] = "/tmp/assay-fragment-XXXXXX", command[4096];
	int fd = mkstemp(file);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(command, sizeof(command), "jq '%s' " SAMPLE " > %s && " MERGE "%s %s 2>&1",
		       change, file, file, more);
	char *text = output_of(command, status);
	(void)unlink(file);
	return text;
}

static json_t *sample_document(void)
{
	int status;
	char *text = merged(".", "", &status);
	json_error_t error;
	json_t *document = json_loads(text, 0, &error);
	if (status != 0 || !document)
		fail_msg("%s: %s", text, error.text);
	free(text);
	return document;
}

static const json_t *at(const json_t *value, const char *first, ...)
{
	va_list names;
	va_start(names, first);
	for (const char *name = first; name && value; name = va_arg(names, const char *))
		value = json_object_get(value, name);
	va_end(names);
	return value;
}

/* Whether the operation has the parameter, told by reference or by name. */
static bool has_parameter(const json_t *op, const char *name)
{
	size_t i;
	json_t *parameter;
	json_array_foreach(json_object_get(op, "parameters"), i, parameter)
	{
		const char *ref = json_string_value(json_object_get(parameter, "$ref"));
		const char *own = json_string_value(json_object_get(parameter, "name"));
		if ((ref && strcmp(strrchr(ref, '/') + 1, name) == 0) ||
		    (own && strcmp(own, name) == 0))
			return true;
	}
	return false;
}

static bool answers(const json_t *op, const char *statuses)
{
	char list[256] = "";
	const char *status;
	json_t *response;
	json_object_foreach(json_object_get(op, "responses"), status, response)
	{
		size_t len = strlen(list);
		(void)snprintf(list + len, sizeof(list) - len, "%s ", status);
	}
	if (strcmp(list, statuses) != 0)
		print_error("got %s, not %s\n", list, statuses);
	return strcmp(list, statuses) == 0;
}

static void rules_add_what_follows(void **state)
{
	json_t *document = sample_document();
	const json_t *roles = at(document, "paths", "/v1/roles", NULL);
	const json_t *role = at(document, "paths", "/v1/roles/{role_id}", NULL);
	const json_t *list = at(roles, "get", NULL), *create = at(roles, "post", NULL);
	const json_t *update = at(role, "patch", NULL), *delete = at(role, "delete", NULL);
	(void)state;
	assert_true(answers(list, "200 304 400 401 403 406 422 429 500 503 "));
	assert_true(answers(create, "201 400 401 403 406 409 413 415 422 429 500 503 "));
	assert_true(
	    answers(update, "200 400 401 403 404 406 409 410 412 413 415 422 428 429 500 503 "));
	assert_true(answers(delete, "204 400 401 403 404 406 410 412 422 429 500 503 "));
	assert_true(has_parameter(list, "limit") || has_parameter(list, "Limit"));
	assert_true(has_parameter(list, "Cursor"));
	assert_true(has_parameter(list, "sort"));
	assert_true(has_parameter(list, "q"));
	assert_true(has_parameter(list, "IfNoneMatch"));
	assert_false(has_parameter(list, "IdempotencyKey"));
	assert_true(has_parameter(create, "IdempotencyKey"));
	assert_false(has_parameter(create, "IfMatch"));
	assert_true(has_parameter(update, "role_id"));
	assert_true(has_parameter(update, "IfMatchRequired"));
	assert_true(has_parameter(delete, "IfMatch"));
	assert_non_null(at(update, "requestBody", "content", "application/merge-patch+json", NULL));
	assert_non_null(at(update, "requestBody", "content", "application/json", NULL));
	assert_non_null(at(create, "responses", "201", "headers", "Location", NULL));
	assert_non_null(at(list, "responses", "200", "headers", "Link", NULL));
	assert_non_null(at(update, "responses", "409", "x-codes", NULL));
	assert_null(at(document, "components", "schemas", "Email", NULL)); /* nothing uses it */
	json_decref(document);
}

static void merged_document_compiles(void **state)
{
	struct api_schema *schema;
	char reason[API_REASON_LEN];
	int status;
	char *text = merged(".", "", &status);
	(void)state;
	if (api_schema_compile(&schema, text, strlen(text), reason) != OK)
		fail_msg("%s", reason);
	assert_non_null(api_operation_find(schema, "roles_create"));
	assert_string_equal(api_operation_media_type(api_operation_find(schema, "roles_update"), 0),
			    "application/merge-patch+json");
	assert_false(api_operation_has_body(api_operation_find(schema, "roles_get")));
	api_schema_free(schema);
	free(text);
}

static void wrong_fragments_stop_the_build(void **state)
{
	/* clang-format off */
	static const char *const rows[][2] = {
		{"del(.paths[\"/v1/roles\"].get.summary)", "GET /v1/roles has no summary"},
		{"del(.paths[\"/v1/roles\"].get.operationId)", "GET /v1/roles has no operationId"},
		{"del(.paths[\"/v1/roles\"].post[\"x-may\"])", "POST /v1/roles needs x-may"},
		{".paths[\"/v1/roles\"].post[\"x-may\"] = \"all\"", "POST /v1/roles needs x-may"},
		{".paths[\"/v1/roles\"].get.operationId = \"roles_create\"", "operationId roles_create is used twice"},
		{".paths[\"/v1/roles\"].post[\"x-problems\"] = [\"nope\"]", "names the problem `nope`"},
		{".paths[\"/v1/roles\"].post.responses = {\"404\": null}", "POST /v1/roles declares 404"},
		{"del(.paths[\"/v1/roles\"].post.responses)", "POST /v1/roles has no success response"},
		{".paths[\"/v1/roles\"].post.bodyy = 1", "has the unknown member `bodyy`"},
		{".paths[\"/v1/roles\"].post.tags = [\"Rolls\"]", "unknown tag Rolls"},
		{".paths[\"/v1/roles\"].poost = {}", "/v1/roles has the unknown member `poost`"},
		{".components.schemas.Role.properties.x = {\"$ref\": \"#/components/schemas/No\"}", "nothing is at $ref #/components/schemas/No"},
		{"del(.components.schemas.NewRole.properties.title.maxLength)", "schema NewRole/properties/title: a string in a request needs maxLength"},
		{".components.schemas.NewRole.properties.tags = {\"type\": \"array\", \"items\": {\"enum\": [1]}}", "schema NewRole/properties/tags: an array in a request needs maxItems"},
		{".components.schemas.NewRole.properties.deep = {\"oneOf\": [{\"type\": [\"string\", \"null\"]}]}", "schema NewRole/properties/deep/oneOf/0: a string"},
		{".paths[\"/v1/roles\"].get[\"x-list\"].filters.q = {\"type\": \"string\"}", "GET /v1/roles parameter q: a string in a request needs maxLength"},
		{".paths[\"/v1/roles\"].get[\"x-list\"].filters.limit = {\"type\": \"integer\"}", "GET /v1/roles has the query parameter limit twice"},
		{".paths[\"/v1/roles\"].get[\"x-list\"].sorts = []", "x-list needs"},
		{".paths[\"/v1/roles\"].get.parameters = [{\"name\": \"x\", \"in\": \"path\", \"required\": true, \"schema\": {\"enum\": [\"a\"]}}]", "path parameter x is not in the path"},
		{".components.schemas.Problem = {}", "schema Problem is defined twice"},
		{".components.headers = {}", "components holds `headers`"},
		{".tags = []", "has no tags"},
		{"del(.tags[0].description)", "tag Roles has no description"},
		{".extra = 1", "has the unknown member `extra`"},
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int status;
		char *text = merged(rows[i][0], "", &status);
		if (status == 0 || !strstr(text, rows[i][1]))
			fail_msg("%s: status %d, \"%.500s\"", rows[i][0], status, text);
		free(text);
	}
}

static void fragments_may_not_overlap(void **state)
{
	int status;
	char *text = merged(".", SAMPLE, &status);
	(void)state;
	assert_int_not_equal(status, 0);
	assert_non_null(strstr(text, "operationId roles_get is used twice"));
	assert_non_null(strstr(text, "path /v1/roles is defined twice"));
	assert_non_null(strstr(text, "schema NewRole is defined twice"));
	assert_non_null(strstr(text, "tag Roles is defined twice"));
	free(text);
}

static void no_fragment_is_a_document_too(void **state)
{
	int status;
	char *text = output_of(MERGE "/dev/null 2>&1", &status);
	struct api_schema *schema;
	char reason[API_REASON_LEN];
	(void)state;
	assert_int_equal(status, 0);
	assert_int_equal(api_schema_compile(&schema, text, strlen(text), reason), OK);
	assert_null(api_operation_at(schema, 0));
	api_schema_free(schema);
	free(text);
}

static char *content_of(const char *path)
{
	size_t size = 1 << 20;
	char *text = malloc(size);
	FILE *file = fopen(path, "r");
	assert_non_null(text);
	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	(void)fclose(file);
	return text;
}

/* What contributors copy is what is tested here. */
static void documented_example_is_the_sample(void **state)
{
	char *guide = content_of("docs/contributing-api.md"), *sample = content_of(SAMPLE);
	(void)state;
	assert_non_null(strstr(guide, sample));
	free(guide);
	free(sample);
}

static void embedded_document_compiles(void **state)
{
	const char *json;
	size_t len;
	struct api_schema *schema;
	char reason[API_REASON_LEN];
	(void)state;
	api_document(&json, &len);
	if (api_schema_compile(&schema, json, len, reason) != OK)
		fail_msg("%s", reason);
	assert_int_equal(json[len], '\0');
	api_schema_free(schema);
}

static struct api_schema *compiled(const char *json, size_t len)
{
	struct api_schema *schema;
	char reason[API_REASON_LEN];
	if (api_schema_compile(&schema, json, len, reason) != OK)
		fail_msg("%s", reason);
	return schema;
}

/* What the server keeps of the document has the same operations, bodies and parameters. */
static void requests_are_the_whole_document(void **state)
{
	const char *json, *part;
	size_t len, part_len, i = 0;
	(void)state;
	api_document(&json, &len);
	api_requests(&part, &part_len);
	assert_true(part_len < len / 3);
	struct api_schema *whole = compiled(json, len), *kept = compiled(part, part_len);
	const struct api_operation *a, *b;
	for (; (a = api_operation_at(whole, i)) != NULL; i++) {
		b = api_operation_at(kept, i);
		assert_non_null(b);
		assert_string_equal(api_operation_id(a), api_operation_id(b));
		assert_string_equal(api_operation_path(a), api_operation_path(b));
		assert_string_equal(api_operation_may(a), api_operation_may(b));
		assert_int_equal(api_operation_has_body(a), api_operation_has_body(b));
		assert_int_equal(api_operation_body_required(a), api_operation_body_required(b));
		for (int k = 0; api_operation_media_type(a, k); k++)
			assert_string_equal(api_operation_media_type(a, k),
					    api_operation_media_type(b, k));
		for (int k = 0; api_operation_required_query(a, k); k++)
			assert_string_equal(api_operation_required_query(a, k),
					    api_operation_required_query(b, k));
	}
	assert_true(i > 50);
	assert_null(api_operation_at(kept, i));
	api_schema_free(whole);
	api_schema_free(kept);
}

/* Two elements of one id, or two regions of one name, cannot be told apart by who does not see. */
static void page_repeats_no(const char *page, const char *attribute)
{
	json_t *known = json_object();
	for (const char *next = strstr(page, attribute); next; next = strstr(next, attribute)) {
		char value[300];
		next += strlen(attribute);
		size_t len = strcspn(next, "\"");
		assert_in_range(len, 1, sizeof(value) - 1);
		(void)snprintf(value, sizeof(value), "%.*s", (int)len, next);
		if (json_object_get(known, value))
			fail_msg("%s%s\" is there twice", attribute, value);
		assert_int_equal(json_object_set_new(known, value, json_true()), 0);
	}
	assert_true(json_object_size(known) > 0);
	json_decref(known);
}

static void pages_need_no_script_and_no_other_host(void **state)
{
	static const char *const paths[] = {"/docs", "/docs/problems"};
	struct api_page page = {NULL, NULL, 0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		assert_true(api_page_find(paths[i], &page));
		assert_int_equal(strlen(page.bytes), page.len);
		assert_string_equal(page.content_type, "text/html; charset=utf-8");
		assert_non_null(strstr(page.bytes, "<!doctype html>"));
		page_repeats_no(page.bytes, " id=\"");
		page_repeats_no(page.bytes, " aria-label=\"");
		page_repeats_no(page.bytes, " aria-labelledby=\"");
		assert_null(strstr(page.bytes, "<script"));
		assert_null(strstr(page.bytes, "style="));
		assert_null(strstr(page.bytes, "src="));
		assert_null(strstr(page.bytes, "href=\"http"));
	}
	assert_non_null(strstr(page.bytes, "id=\"scorecard_locked\""));
	assert_true(api_page_find("/docs/reference.css", &page));
	assert_true(api_page_find("/openapi.json", &page));
	assert_string_equal(page.content_type, "application/json");
	assert_false(api_page_find("/docs/", &page));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_add_what_follows),
	    cmocka_unit_test(merged_document_compiles),
	    cmocka_unit_test(wrong_fragments_stop_the_build),
	    cmocka_unit_test(fragments_may_not_overlap),
	    cmocka_unit_test(no_fragment_is_a_document_too),
	    cmocka_unit_test(documented_example_is_the_sample),
	    cmocka_unit_test(embedded_document_compiles),
	    cmocka_unit_test(requests_are_the_whole_document),
	    cmocka_unit_test(pages_need_no_script_and_no_other_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
