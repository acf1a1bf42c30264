/* Requests checked against the API document (OpenAPI 3.1), which is embedded in the binary. */
#ifndef API_SCHEMA_API_SCHEMA_H
#define API_SCHEMA_API_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/error.h"

struct api_schema; /* the compiled document; immutable, shared by all workers */
struct api_operation;

#define API_REASON_LEN	   512
#define API_VIOLATIONS_MAX 100 /* what one request is told at most */

/*
 * Compiles every request body and parameter schema. A keyword outside the supported subset is
 * refused, naming it and its place in `reason`, and the program does not start.
 * Subset: type (also arrays of types), enum, const, properties, required, additionalProperties
 * (boolean or schema), propertyNames, minProperties, maxProperties, items, minItems, maxItems,
 * uniqueItems, minLength, maxLength (code points), pattern (POSIX extended), format (uuid,
 * date-time, date, email, uri), minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf,
 * $ref, oneOf/anyOf/allOf (depth-limited); annotations (title, description, default, example(s),
 * readOnly, writeOnly, deprecated, x-…) are allowed and ignored.
 * A pattern must mean the same in POSIX and in ECMAScript: no backslash before a letter or digit,
 * none in brackets, no (?…), no [:class:], ASCII only; it needs maxLength beside it.
 */
enum err api_schema_compile(struct api_schema **schema, const char *json, size_t len,
			    char reason[API_REASON_LEN]) MUST_USE;
void api_schema_free(struct api_schema *schema);

/* Every operation of the document, i from 0 in the order of ids; NULL after the last. */
const struct api_operation *api_operation_at(const struct api_schema *schema, size_t i);
const struct api_operation *api_operation_find(const struct api_schema *schema,
					       const char *operation_id);
const char *api_operation_id(const struct api_operation *op);
const char *api_operation_method(const struct api_operation *op); /* "get" */
const char *api_operation_path(const struct api_operation *op);	  /* "/v1/roles/{role_id}" */
const char *api_operation_may(const struct api_operation *op);	  /* "recruit"; x-may */
bool api_operation_has_body(const struct api_operation *op);
bool api_operation_body_required(const struct api_operation *op);
/* Borrowed media type, e.g. "application/json" or "application/merge-patch+json"; i from 0. */
const char *api_operation_media_type(const struct api_operation *op, int i);
/* Name of a query parameter that the operation cannot do without; i from 0; NULL after the last. */
const char *api_operation_required_query(const struct api_operation *op, int i);

/* Called once per broken rule; `pointer` is a JSON Pointer into the body or "?name" of a query. */
typedef void api_violation_fn(void *context, const char *pointer, const char *rule,
			      const char *sentence);

/* Whether the operation has a query parameter of this name. */
bool api_query_known(const struct api_operation *operation, const char *name) MUST_USE;

/*
 * Reports all violations, up to API_VIOLATIONS_MAX; returns how many it reported. Bodies deeper
 * than 32 were refused before. The operation has a JSON body. A violation's rule is the schema's
 * keyword, or `no_nul` (U+0000 in a text) or `complexity` (too much to check).
 */
int api_check_body(const struct api_operation *op, const json_t *body, api_violation_fn *report,
		   void *context);
/*
 * A parameter by name; an unknown name is a violation (`unknown_parameter`). The text is taken as
 * the integer, number or boolean that the schema asks for; an array is separated by commas.
 */
int api_check_query(const struct api_operation *op, const char *name, const char *value,
		    api_violation_fn *report, void *context);
/* The same for a parameter of the path; `pointer` is "{name}". */
int api_check_path(const struct api_operation *op, const char *name, const char *value,
		   api_violation_fn *report, void *context);

/* Whether a text is a moment after RFC 3339 that the database takes, as the format "date-time". */
bool api_time_valid(const char *text) MUST_USE;
/* The same for the format "email". */
bool api_email_valid(const char *text) MUST_USE;

/* Cap on nesting before jansson sees the text: ERR_TOO_LARGE beyond `depth`. */
enum err json_depth_check(const char *text, size_t len, int depth) MUST_USE;

/* What the build made of the document, embedded: bytes are borrowed, and a NUL follows them. */
struct api_page {
	const char *content_type;
	const char *bytes;
	size_t len;
};
/* Paths: /openapi.json, /docs, /docs/problems, /docs/reference.css. false: no such page. */
bool api_page_find(const char *path, struct api_page *page);
void api_document(const char **json, size_t *len);
/* The part of it that requests are checked by. */
void api_requests(const char **json, size_t *len);

#endif
