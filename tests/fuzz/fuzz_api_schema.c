/* Holds arbitrary JSON and query texts against a schema that uses every keyword. */
#include <stddef.h>
#include <stdint.h>

#include "api_schema/api_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* clang-format off */
static const char document[] =
	"{\"paths\":{\"/f\":{\"post\":{\"operationId\":\"f\",\"parameters\":["
	"{\"name\":\"n\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,\"multipleOf\":3}},"
	"{\"name\":\"x\",\"in\":\"query\",\"schema\":{\"type\":[\"number\",\"boolean\"]}},"
	"{\"name\":\"t\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"format\":\"date-time\"}},"
	"{\"name\":\"e\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"format\":\"email\"}},"
	"{\"name\":\"u\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"format\":\"uri\"}},"
	"{\"name\":\"d\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"format\":\"date\"}},"
	"{\"name\":\"i\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"format\":\"uuid\"}},"
	"{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"type\":\"array\",\"maxItems\":5,\"uniqueItems\":true,\"items\":{\"enum\":[\"a\",1]}}}],"
	"\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/T\"}}}}}}},"
	"\"components\":{\"schemas\":{\"T\":{\"oneOf\":[{\"type\":[\"string\",\"null\"],\"maxLength\":20,\"pattern\":\"^(a|b)*c?$\"},"
	"{\"type\":\"number\",\"exclusiveMinimum\":0,\"maximum\":9,\"multipleOf\":0.5},"
	"{\"type\":\"array\",\"maxItems\":50,\"minItems\":1,\"uniqueItems\":true,\"items\":{\"$ref\":\"#/components/schemas/T\"}},"
	"{\"type\":\"object\",\"required\":[\"k\"],\"maxProperties\":9,\"properties\":{\"k\":{\"const\":1},\"v\":{\"$ref\":\"#/components/schemas/T\"}},"
	"\"propertyNames\":{\"maxLength\":9},\"additionalProperties\":{\"anyOf\":[{\"type\":\"boolean\"},{\"$ref\":\"#/components/schemas/T\"}]}}]}}}}";
/* clang-format on */

static void see(void *context, const char *pointer, const char *rule, const char *sentence)
{
	/* Read to the last byte, so that a sanitizer sees a text without an end. */
	*(size_t *)context += strlen(pointer) + strlen(rule) + strlen(sentence);
}

static void fuzz_body(const struct api_operation *op, const char *text, size_t size)
{
	size_t seen = 0;
	if (json_depth_check(text, size, 32) != OK)
		return;
	json_t *body = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (body && (api_check_body(op, body, see, &seen) > 0) != (seen > 0))
		abort();
	json_decref(body);
}

static void fuzz_query(const struct api_operation *op, const char *text, size_t size)
{
	char *value = strndup(text, size);
	size_t seen = 0;
	if (!value)
		abort();
	for (const char *name = "nxtedui a?"; *name; name++)
		(void)api_check_query(op, (char[]){*name, '\0'}, value, see, &seen);
	(void)api_check_query(op, value, value, see, &seen);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct api_schema *schema; /* compiled once a process */
	char reason[API_REASON_LEN];
	if (!schema && api_schema_compile(&schema, document, sizeof(document) - 1, reason) != OK)
		abort();
	const struct api_operation *op = api_operation_find(schema, "f");
	fuzz_body(op, (const char *)data, size);
	fuzz_query(op, (const char *)data, size);
	return 0;
}
