/* Every keyword accepts what it should and names what it should not; hostile input stays cheap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api_schema/api_schema.h"

struct seen {
	int count;
	char text[8192]; /* "pointer rule\n" a violation */
	char sentence[512];
};

static void see(void *context, const char *pointer, const char *rule, const char *sentence)
{
	struct seen *seen = context;
	size_t len = strlen(seen->text);
	seen->count++;
	(void)snprintf(seen->text + len, sizeof(seen->text) - len, "%s %s\n", pointer, rule);
	(void)snprintf(seen->sentence, sizeof(seen->sentence), "%s", sentence);
}

/* A document with one operation, whose body and parameter `p` have the schema. */
static enum err compile(struct api_schema **schema, const char *text, const char *components,
			char reason[API_REASON_LEN])
{
	static char json[65536];
	int len =
	    snprintf(json, sizeof(json),
		     "{\"paths\":{\"/t/{p}\":{\"post\":{\"operationId\":\"t\",\"x-may\":\"read\","
		     "\"parameters\":[{\"name\":\"p\",\"in\":\"query\",\"schema\":%s},"
		     "{\"name\":\"p\",\"in\":\"path\",\"required\":true,\"schema\":%s},"
		     "{\"name\":\"need\",\"in\":\"query\",\"required\":true,"
		     "\"schema\":{\"type\":\"boolean\"}}],"
		     "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":"
		     "{\"schema\":%s}}}}}},\"components\":{\"schemas\":{%s}}}",
		     text, text, text, components ? components : "");
	assert_in_range(len, 1, (int)sizeof(json) - 1);
	return api_schema_compile(schema, json, (size_t)len, reason);
}

static struct api_schema *compiled(const char *text, const char *components)
{
	struct api_schema *schema;
	char reason[API_REASON_LEN];
	if (compile(&schema, text, components, reason) != OK)
		fail_msg("%s does not compile: %s", text, reason);
	return schema;
}

static json_t *parsed(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!value)
		fail_msg("%s: %s", text, error.text);
	return value;
}

static void check_with(const char *schema_text, const char *components, const char *body_text,
		       struct seen *seen)
{
	struct api_schema *schema = compiled(schema_text, components);
	json_t *body = parsed(body_text);
	*seen = (struct seen){0};
	int count = api_check_body(api_operation_find(schema, "t"), body, see, seen);
	assert_int_equal(count, seen->count);
	json_decref(body);
	api_schema_free(schema);
}

struct example {
	const char *schema, *body;
	const char *violations; /* "" when the body is right */
};

/* clang-format off */
static const struct example examples[] = {
	{"{\"type\":\"string\"}", "\"a\"", ""},
	{"{\"type\":\"string\"}", "1", " type\n"},
	{"{\"type\":\"string\"}", "null", " type\n"},
	{"{\"type\":[\"string\",\"null\"]}", "null", ""},
	{"{\"type\":\"integer\"}", "1", ""},
	{"{\"type\":\"integer\"}", "1.0", " type\n"},
	{"{\"type\":\"integer\"}", "true", " type\n"},
	{"{\"type\":\"number\"}", "1", ""},
	{"{\"type\":\"number\"}", "1.5", ""},
	{"{\"type\":\"number\"}", "\"1\"", " type\n"},
	{"{\"type\":\"boolean\"}", "false", ""},
	{"{\"type\":\"boolean\"}", "0", " type\n"},
	{"{\"type\":\"array\"}", "{}", " type\n"},
	{"{\"type\":\"object\"}", "[]", " type\n"},
	{"{\"type\":\"null\"}", "null", ""},
	{"{}", "{\"any\":[1]}", ""},

	{"{\"enum\":[\"a\",1,null]}", "\"a\"", ""},
	{"{\"enum\":[\"a\",1,null]}", "1", ""},
	{"{\"enum\":[\"a\",1,null]}", "\"b\"", " enum\n"},
	{"{\"const\":{\"a\":[1]}}", "{\"a\":[1]}", ""},
	{"{\"const\":{\"a\":[1]}}", "{\"a\":[2]}", " const\n"},

	{"{\"minLength\":2}", "\"é\"", " minLength\n"},
	{"{\"maxLength\":1}", "\"é\"", ""},
	{"{\"maxLength\":1}", "\"😀\"", ""},
	{"{\"maxLength\":1}", "\"ab\"", " maxLength\n"},
	{"{\"maxLength\":3,\"pattern\":\"^[a-z]+$\"}", "\"abc\"", ""},
	{"{\"maxLength\":3,\"pattern\":\"^[a-z]+$\"}", "\"a1\"", " pattern\n"},
	{"{\"maxLength\":3,\"pattern\":\"^[a-z]+$\"}", "\"a\\nb\"", " pattern\n"},
	{"{\"maxLength\":3,\"pattern\":\"^[a-z]+$\"}", "\"ABCD\"", " maxLength\n"},
	{"{\"maxLength\":3,\"pattern\":\"^[a-z]+$\"}", "7", ""},

	{"{\"minimum\":1}", "1", ""},
	{"{\"minimum\":1}", "0", " minimum\n"},
	{"{\"minimum\":1}", "0.99", " minimum\n"},
	{"{\"maximum\":9007199254740992}", "9007199254740993", " maximum\n"},
	{"{\"maximum\":4}", "4.0", ""},
	{"{\"exclusiveMinimum\":0}", "0", " exclusiveMinimum\n"},
	{"{\"exclusiveMinimum\":0}", "1e-300", ""},
	{"{\"exclusiveMaximum\":1.5}", "1.5", " exclusiveMaximum\n"},
	{"{\"exclusiveMaximum\":1.5}", "1", ""},
	{"{\"multipleOf\":5}", "10", ""},
	{"{\"multipleOf\":5}", "-7", " multipleOf\n"},
	{"{\"multipleOf\":0.1}", "0.3", ""},
	{"{\"multipleOf\":0.1}", "0.35", " multipleOf\n"},
	{"{\"multipleOf\":5}", "-9223372036854775808", " multipleOf\n"},

	{"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1,\"b\":2}", "/a type\n"},
	{"{\"required\":[\"a\",\"b\"]}", "{\"a\":1}", "/b required\n"},
	{"{\"required\":[\"a\"]}", "[]", ""},
	{"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":1}", "/b additionalProperties\n"},
	{"{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}", "{\"a\":\"x\",\"b\":\"y\"}", "/b type\n"},
	{"{\"additionalProperties\":true}", "{\"b\":1}", ""},
	{"{\"propertyNames\":{\"maxLength\":3}}", "{\"abc\":1,\"abcd\":2}", "/abcd maxLength\n"},
	{"{\"minProperties\":1}", "{}", " minProperties\n"},
	{"{\"maxProperties\":1}", "{\"a\":1,\"b\":2}", " maxProperties\n"},

	{"{\"items\":{\"type\":\"integer\"}}", "[1,\"a\",2,\"b\"]", "/1 type\n/3 type\n"},
	{"{\"minItems\":1}", "[]", " minItems\n"},
	{"{\"maxItems\":1,\"items\":{\"type\":\"string\"}}", "[1,2]", " maxItems\n"},
	{"{\"uniqueItems\":true,\"maxItems\":9}", "[{\"a\":1},2,{\"a\":1},2]", "/2 uniqueItems\n/3 uniqueItems\n"},
	{"{\"uniqueItems\":true,\"maxItems\":9}", "[1,\"1\",true]", ""},

	{"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", " maximum\n"},
	{"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", ""},
	{"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", " anyOf\n"},
	{"{\"anyOf\":[{\"type\":\"string\",\"maxLength\":1},{\"type\":\"null\"}]}", "\"ab\"", " maxLength\n"},
	{"{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", "1", " oneOf\n"},
	{"{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", "7", ""},
	{"{\"oneOf\":[{\"properties\":{\"k\":{\"const\":\"a\"},\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]},"
	 "{\"properties\":{\"k\":{\"const\":\"b\"},\"t\":{\"type\":\"string\"}},\"required\":[\"t\"]}]}",
	 "{\"k\":\"b\",\"t\":1}", "/t type\n"},

	{"{\"properties\":{\"a/b~c\":{\"type\":\"integer\"}}}", "{\"a/b~c\":\"\"}", "/a~1b~0c type\n"},
	{"{\"properties\":{\"\":{\"type\":\"integer\"}}}", "{\"\":\"\"}", "/ type\n"},
	{"{\"title\":\"x\",\"description\":\"y\",\"default\":1,\"example\":1,\"examples\":[1],\"readOnly\":true,"
	 "\"writeOnly\":false,\"deprecated\":true,\"x-own\":{\"minimum\":9}}", "1", ""},

	{"{}", "\"a\\u0000b\"", " no_nul\n"},
	{"{}", "{\"a\":[\"\\u0000\"]}", "/a/0 no_nul\n"},
};

static const struct example formats[] = {
	{"uuid", "01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e", ""},
	{"uuid", "01936F5E-6D3C-7A51-9D0E-3B1F0C2A4D5E", ""},
	{"uuid", "{01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e}", "x"},
	{"uuid", "01936f5e6d3c7a519d0e3b1f0c2a4d5e", "x"},
	{"uuid", "", "x"},
	{"date", "2024-02-29", ""},
	{"date", "2023-02-29", "x"},
	{"date", "1900-02-29", "x"},
	{"date", "2000-02-29", ""},
	{"date", "0000-01-01", "x"},
	{"date", "2024-13-01", "x"},
	{"date", "2024-00-01", "x"},
	{"date", "2024-04-31", "x"},
	{"date", "2024-1-1", "x"},
	{"date", "2024-01-01 ", "x"},
	{"date", "today", "x"},
	{"date", "", "x"},
	{"date-time", "2026-11-22T14:46:00Z", ""},
	{"date-time", "2026-11-22T14:46:00.123456Z", ""},
	{"date-time", "2026-11-22t14:46:00z", ""},
	{"date-time", "2026-11-22T14:46:00+02:00", ""},
	{"date-time", "2026-11-22T14:46:00-15:59", ""},
	{"date-time", "2026-11-22T14:46:00+16:00", "x"},
	{"date-time", "2026-11-22T14:46:00+2:00", "x"},
	{"date-time", "2026-11-22T14:46:00", "x"},
	{"date-time", "2026-11-22 14:46:00Z", "x"},
	{"date-time", "2026-11-22T24:00:00Z", "x"},
	{"date-time", "2026-11-22T23:60:00Z", "x"},
	{"date-time", "2026-11-22T23:59:60Z", "x"},
	{"date-time", "2026-02-30T00:00:00Z", "x"},
	{"date-time", "2026-11-22T14:46:00.Z", "x"},
	{"date-time", "2026-11-22T14:46:00.1234567890Z", "x"},
	{"date-time", "2026-11-22T14:46:00Zx", "x"},
	{"date-time", "2026-11-22T", "x"},
	{"date-time", "infinity", "x"},
	{"email", "ada@example.com", ""},
	{"email", "ada.b+c@sub.example.co.uk", ""},
	{"email", "ädä@example.com", ""},
	{"email", "ada", "x"},
	{"email", "@example.com", "x"},
	{"email", "ada@", "x"},
	{"email", "ada@example", "x"},
	{"email", "ada@exa mple.com", "x"},
	{"email", "a da@example.com", "x"},
	{"email", ".ada@example.com", "x"},
	{"email", "ada.@example.com", "x"},
	{"email", "a..da@example.com", "x"},
	{"email", "ada@-example.com", "x"},
	{"email", "ada@example-.com", "x"},
	{"email", "ada@example..com", "x"},
	{"email", "ada@example.com.", "x"},
	{"email", "a@b@example.com", "x"},
	{"email", "ada\\r\\nBcc:x@example.com", "x"},
	{"uri", "https://example.com", ""},
	{"uri", "http://example.com:8080/a/b?c=d#e", ""},
	{"uri", "HTTPS://EXAMPLE.COM/%20", ""},
	{"uri", "http://[::1]:80/", ""},
	{"uri", "http://localhost/", ""},
	{"uri", "ftp://example.com", "x"},
	{"uri", "javascript:alert(1)", "x"},
	{"uri", "//example.com", "x"},
	{"uri", "https://", "x"},
	{"uri", "https:///path", "x"},
	{"uri", "https://exa mple.com", "x"},
	{"uri", "https://example.com/\\u0007", "x"},
	{"uri", "https://example.com/%zz", "x"},
	{"uri", "https://example.com/%", "x"},
	{"uri", "https://user@example.com/", "x"},
	{"uri", "https://example.com:0/", "x"},
	{"uri", "https://example.com:65536/", "x"},
	{"uri", "https://example.com:/", "x"},
	{"uri", "https://example.com\\\\@evil.example/", "x"},
	{"uri", "http://[zz]/", "x"},
};

/* Schema and a part of the reason that names the keyword and its place. */
static const char *const refused[][2] = {
	{"{\"minimun\":1}", "schema: unknown keyword \"minimun\""},
	{"{\"properties\":{\"a\":{\"if\":{}}}}", "schema/properties/a: unknown keyword \"if\""},
	{"{\"format\":\"ipv4\"}", "schema/format: unknown format \"ipv4\""},
	{"{\"type\":\"text\"}", "schema/type: must be the name of a type"},
	{"{\"type\":[]}", "schema/type: must be the name of a type"},
	{"{\"minLength\":-1}", "schema/minLength: must be a count"},
	{"{\"minimum\":\"1\"}", "schema/minimum: must be a number"},
	{"{\"multipleOf\":0}", "schema/multipleOf: must be a positive number"},
	{"{\"enum\":[]}", "schema/enum: must be an array"},
	{"{\"anyOf\":[]}", "schema/anyOf: must be an array"},
	{"{\"oneOf\":[{},true]}", "schema/oneOf/1: must be a schema"},
	{"{\"items\":[]}", "schema/items: must be a schema"},
	{"{\"required\":[1]}", "schema/required: must be an array of names"},
	{"{\"properties\":[]}", "schema/properties: must be an object"},
	{"{\"uniqueItems\":true}", "schema/uniqueItems: needs maxItems"},
	{"{\"uniqueItems\":1,\"maxItems\":1}", "schema/uniqueItems: must be true or false"},
	{"{\"$ref\":\"#/components/schemas/None\"}", "schema/$ref: must be a reference"},
	{"{\"$ref\":\"other.json\"}", "schema/$ref: must be a reference"},
	{"{\"pattern\":\"a\"}", "schema/pattern: needs maxLength"},
	{"{\"maxLength\":9,\"pattern\":\"\\\\d+\"}", "schema/pattern: must be a pattern that"},
	{"{\"maxLength\":9,\"pattern\":\"(?:a)\"}", "schema/pattern: must be a pattern that"},
	{"{\"maxLength\":9,\"pattern\":\"[[:alpha:]]\"}", "schema/pattern: must be a pattern that"},
	{"{\"maxLength\":9,\"pattern\":\"[a\\\\]]\"}", "schema/pattern: must be a pattern that"},
	{"{\"maxLength\":9,\"pattern\":\"(a)\\\\1\"}", "schema/pattern: must be a pattern that"},
	{"{\"maxLength\":9,\"pattern\":\"(a\"}", "schema/pattern: must be a valid POSIX"},
};

struct text_example {
	const char *schema, *value, *violations;
};
static const struct text_example queries[] = {
	{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}", "25", ""},
	{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}", "101", "?p maximum\n"},
	{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}", "0", "?p minimum\n"},
	{"{\"type\":\"integer\"}", "-3", ""},
	{"{\"type\":\"integer\"}", "+3", "?p type\n"},
	{"{\"type\":\"integer\"}", "03", "?p type\n"},
	{"{\"type\":\"integer\"}", "", "?p type\n"},
	{"{\"type\":\"integer\"}", "1e3", "?p type\n"},
	{"{\"type\":\"integer\"}", " 1", "?p type\n"},
	{"{\"type\":\"integer\"}", "99999999999999999999", "?p type\n"},
	{"{\"type\":\"number\"}", "1e3", ""},
	{"{\"type\":\"number\"}", "1e999", "?p type\n"},
	{"{\"type\":\"number\"}", "nan", "?p type\n"},
	{"{\"type\":\"number\"}", "0x10", "?p type\n"},
	{"{\"type\":\"boolean\"}", "true", ""},
	{"{\"type\":\"boolean\"}", "1", "?p type\n"},
	{"{\"type\":\"string\",\"maxLength\":2}", "12", ""},
	{"{\"type\":\"string\",\"maxLength\":2}", "123", "?p maxLength\n"},
	{"{\"type\":\"string\"}", "\xff", "?p utf8\n"},
	{"{\"enum\":[\"open\",\"closed\"]}", "open", ""},
	{"{\"enum\":[\"open\",\"closed\"]}", "shut", "?p enum\n"},
	{"{\"enum\":[1,2]}", "2", ""},
	{"{\"type\":\"string\",\"format\":\"uuid\"}", "x", "?p format\n"},
	{"{\"$ref\":\"#/components/schemas/Time\"}", "2026-11-22T14:46:00Z", ""},
	{"{\"$ref\":\"#/components/schemas/Time\"}", "yesterday", "?p format\n"},
	{"{\"type\":\"array\",\"maxItems\":2,\"items\":{\"enum\":[\"a\",\"b\"]}}", "a,b", ""},
	{"{\"type\":\"array\",\"maxItems\":2,\"items\":{\"enum\":[\"a\",\"b\"]}}", "a,c", "?p/1 enum\n"},
	{"{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"integer\"}}", "1,2,3", "?p maxItems\n"},
};
/* clang-format on */

static void keywords_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		struct seen seen;
		check_with(examples[i].schema, NULL, examples[i].body, &seen);
		if (strcmp(seen.text, examples[i].violations) != 0)
			fail_msg("%s with %s: got \"%s\", not \"%s\"", examples[i].schema,
				 examples[i].body, seen.text, examples[i].violations);
	}
}

static void formats_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		char schema[64], body[256];
		struct seen seen;
		(void)snprintf(schema, sizeof(schema), "{\"format\":\"%s\"}", formats[i].schema);
		(void)snprintf(body, sizeof(body), "\"%s\"", formats[i].body);
		check_with(schema, NULL, body, &seen);
		if (strcmp(seen.text, formats[i].violations[0] ? " format\n" : "") != 0)
			fail_msg("%s with %s: got \"%s\"", formats[i].schema, body, seen.text);
	}
}

static void unknown_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct api_schema *schema;
		char reason[API_REASON_LEN];
		assert_int_equal(compile(&schema, refused[i][0], NULL, reason), ERR_INVALID);
		assert_null(schema);
		if (!strstr(reason, refused[i][1]))
			fail_msg("%s: got \"%s\"", refused[i][0], reason);
	}
}

static void all_violations_are_told_at_once(void **state)
{
	struct seen seen;
	(void)state;
	check_with(
	    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"title\"],"
	    "\"properties\":{\"title\":{\"type\":\"string\"},\"level\":{\"type\":\"integer\","
	    "\"maximum\":5},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\","
	    "\"maxLength\":3}}}}",
	    NULL, "{\"level\":9,\"tags\":[\"ok\",\"long\",4],\"x\":1}", &seen);
	assert_string_equal(seen.text, "/title required\n/level maximum\n/tags/1 maxLength\n"
				       "/tags/2 type\n/x additionalProperties\n");
}

static void sentences_are_plain(void **state)
{
	static const char *const rows[][3] = {
	    {"{\"maxLength\":1}", "\"ab\"", "must be at most 1 character"},
	    {"{\"minItems\":2}", "[]", "must have at least 2 items"},
	    {"{\"type\":[\"null\",\"string\"]}", "1", "must be a string or null"},
	    {"{\"enum\":[\"open\",2,true,null]}", "\"x\"", "must be one of open, 2, true, null"},
	    {"{\"minimum\":0.5}", "0", "must be at least 0.5"},
	    {"{\"required\":[\"a\"]}", "{}", "is required"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct seen seen;
		check_with(rows[i][0], NULL, rows[i][1], &seen);
		assert_string_equal(seen.sentence, rows[i][2]);
	}
}

static void references_may_recurse(void **state)
{
	const char *tree = "\"Tree\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":"
			   "\"string\"},\"child\":{\"$ref\":\"#/components/schemas/Tree\"}}}";
	struct seen seen;
	(void)state;
	check_with("{\"$ref\":\"#/components/schemas/Tree\"}", tree,
		   "{\"child\":{\"child\":{\"child\":{\"name\":1}}}}", &seen);
	assert_string_equal(seen.text, "/child/child/child/name type\n");
	/* One that only names itself has no end: refused, not followed. */
	check_with("{\"$ref\":\"#/components/schemas/A\"}",
		   "\"A\":{\"$ref\":\"#/components/schemas/A\"}", "1", &seen);
	assert_string_equal(seen.text, " complexity\n");
}

static void queries_are_read_by_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		struct api_schema *schema = compiled(
		    queries[i].schema, "\"Time\":{\"type\":\"string\",\"format\":\"date-time\"}");
		const struct api_operation *op = api_operation_find(schema, "t");
		struct seen seen = {0};
		int count = api_check_query(op, "p", queries[i].value, see, &seen);
		assert_int_equal(count, seen.count);
		if (strcmp(seen.text, queries[i].violations) != 0)
			fail_msg("%s with %s: got \"%s\"", queries[i].schema, queries[i].value,
				 seen.text);
		api_schema_free(schema);
	}
}

static void operations_are_found(void **state)
{
	struct api_schema *schema = compiled("{\"type\":\"integer\"}", NULL);
	const struct api_operation *op = api_operation_find(schema, "t");
	struct seen seen = {0};
	(void)state;
	assert_non_null(op);
	assert_null(api_operation_find(schema, "u"));
	assert_ptr_equal(api_operation_at(schema, 0), op);
	assert_null(api_operation_at(schema, 1));
	assert_string_equal(api_operation_id(op), "t");
	assert_string_equal(api_operation_method(op), "post");
	assert_string_equal(api_operation_path(op), "/t/{p}");
	assert_string_equal(api_operation_may(op), "read");
	assert_true(api_operation_has_body(op));
	assert_true(api_operation_body_required(op));
	assert_string_equal(api_operation_media_type(op, 0), "application/json");
	assert_null(api_operation_media_type(op, 1));
	assert_null(api_operation_media_type(op, -1));
	assert_string_equal(api_operation_required_query(op, 0), "need");
	assert_null(api_operation_required_query(op, 1));
	assert_int_equal(api_check_query(op, "q", "1", see, &seen), 1);
	assert_int_equal(api_check_path(op, "p", "x", see, &seen), 1);
	assert_string_equal(seen.text, "?q unknown_parameter\n{p} type\n");
	api_schema_free(schema);
}

static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
	size_t size = strlen(before) + strlen(piece) * count + strlen(after) + 1;
	char *text = malloc(size);
	assert_non_null(text);
	char *at = stpcpy(text, before);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, piece);
	(void)stpcpy(at, after);
	return text;
}

static void violations_are_capped(void **state)
{
	char *body = repeated("[\"\"", ",\"\"", 5000, "]");
	struct seen seen;
	(void)state;
	check_with("{\"items\":{\"type\":\"integer\"}}", NULL, body, &seen);
	assert_int_equal(seen.count, API_VIOLATIONS_MAX);
	free(body);
}

/* Both choices lead back to themselves: without a bound this doubles at every level. */
static void choices_do_not_explode(void **state)
{
	const char *both =
	    "\"A\":{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":"
	    "\"#/components/schemas/A\"}}},{\"type\":\"object\",\"properties\":{\"a\":"
	    "{\"$ref\":\"#/components/schemas/A\"},\"b\":{}}},{\"const\":1}]}";
	char *head = repeated("", "{\"a\":", 30, "\"x\"");
	char *body = repeated(head, "}", 30, "");
	struct seen seen;
	(void)state;
	check_with("{\"$ref\":\"#/components/schemas/A\"}", both, body, &seen);
	assert_in_range(seen.count, 1, API_VIOLATIONS_MAX);
	free(head);
	free(body);
}

static void long_names_are_cut_not_overrun(void **state)
{
	char *body = repeated("{\"outer\":{\"", "~", 3000, "\":1}}");
	struct seen seen;
	(void)state;
	check_with("{\"properties\":{\"outer\":{\"additionalProperties\":false}}}", NULL, body,
		   &seen);
	assert_string_equal(seen.text, "/outer additionalProperties\n");
	free(body);
}

static void depth_is_counted_outside_strings(void **state)
{
	static const struct {
		const char *text;
		int depth;
		enum err err;
	} rows[] = {
	    {"[[[]]]", 3, OK},
	    {"[[[]]]", 2, ERR_TOO_LARGE},
	    {"{\"a\":{\"b\":[1]}}", 3, OK},
	    {"{\"a\":{\"b\":[1]}}", 2, ERR_TOO_LARGE},
	    {"[\"[[[[\"]", 1, OK},
	    {"[\"\\\"[[[\"]", 1, OK},
	    {"[\"\\\\\",[[]]]", 2, ERR_TOO_LARGE},
	    {"[],[],[]", 1, OK},
	    {"]]]][[", 1, OK},
	    {"\"\\", 1, OK},
	    {"", 0, OK},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (json_depth_check(rows[i].text, strlen(rows[i].text), rows[i].depth) !=
		    rows[i].err)
			fail_msg("%s at %d", rows[i].text, rows[i].depth);
	}
	char *deep = repeated("", "[", 1000000, "");
	assert_int_equal(json_depth_check(deep, 1000000, 32), ERR_TOO_LARGE);
	free(deep);
}

static void documents_that_are_none(void **state)
{
	static const char *const texts[] = {
	    "",
	    "[]",
	    "{",
	    "{\"paths\":{\"/a\":{\"get\":{}}}}",
	    "{\"paths\":{\"/a\":{\"get\":{\"operationId\":\"a\",\"parameters\":[{}]}}}}",
	    "{\"paths\":{\"/a\":{\"post\":{\"operationId\":\"a\",\"requestBody\":{}}}}}",
	    "{\"a\":1,\"a\":2}"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct api_schema *schema;
		char reason[API_REASON_LEN] = "";
		assert_int_equal(api_schema_compile(&schema, texts[i], strlen(texts[i]), reason),
				 ERR_INVALID);
		assert_true(strlen(reason) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keywords_hold),
	    cmocka_unit_test(formats_hold),
	    cmocka_unit_test(unknown_is_refused_with_its_place),
	    cmocka_unit_test(all_violations_are_told_at_once),
	    cmocka_unit_test(sentences_are_plain),
	    cmocka_unit_test(references_may_recurse),
	    cmocka_unit_test(queries_are_read_by_type),
	    cmocka_unit_test(operations_are_found),
	    cmocka_unit_test(violations_are_capped),
	    cmocka_unit_test(choices_do_not_explode),
	    cmocka_unit_test(long_names_are_cut_not_overrun),
	    cmocka_unit_test(depth_is_counted_outside_strings),
	    cmocka_unit_test(documents_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
