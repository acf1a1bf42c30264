/* A compiled schema: what compile.c makes of the document and check.c holds values against. */
#ifndef SRC_API_SCHEMA_SCHEMA_H
#define SRC_API_SCHEMA_SCHEMA_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api_schema/api_schema.h"
#include "core/arena.h"

/* jansson iterates over objects that are not const, though it changes nothing. */
static inline json_t *json_iterable(const json_t *value)
{
	union {
		const json_t *given;
		json_t *taken;
	} same = {value};
	return same.taken;
}

enum type_bit {
	TYPE_NULL = 1,
	TYPE_BOOLEAN = 2,
	TYPE_INTEGER = 4,
	TYPE_NUMBER = 8, /* includes integers */
	TYPE_STRING = 16,
	TYPE_ARRAY = 32,
	TYPE_OBJECT = 64
};
#define TYPE_BITS 7

/* FORMAT(name, how it is spelled in the document, what a value must be) */
#define FORMAT_LIST(X)                                                                             \
	X(FORMAT_UUID, "uuid", format_uuid, "must be a UUID")                                      \
	X(FORMAT_DATE_TIME, "date-time", format_date_time,                                         \
	  "must be a time such as 2026-11-22T14:46:00Z")                                           \
	X(FORMAT_DATE, "date", format_date, "must be a date such as 2026-11-22")                   \
	X(FORMAT_EMAIL, "email", format_email, "must be an e-mail address")                        \
	X(FORMAT_URI, "uri", format_uri, "must be an http or https address")

enum format {
	FORMAT_NONE,
#define FORMAT_ENUM(name, spelling, function, sentence) name,
	FORMAT_LIST(FORMAT_ENUM)
#undef FORMAT_ENUM
};

struct node;

struct property {
	const char *name; /* borrowed from the document, as all texts here */
	const struct node *node;
};

struct node_list {
	const struct node **at;
	size_t count;
};

/* Bounds that were not given are 0 and SIZE_MAX; other absent keywords are NULL or 0. */
struct node {
	const struct node *ref;
	unsigned types; /* of enum type_bit; 0: any */
	const json_t *enumeration, *constant;

	struct property *properties; /* sorted by name */
	size_t property_count;
	const char **required;
	size_t required_count;
	bool closed; /* additionalProperties: false */
	const struct node *additional, *names;
	size_t min_properties, max_properties;

	const struct node *items;
	size_t min_items, max_items;
	bool unique;

	size_t min_length, max_length; /* code points */
	const char *pattern;
	const regex_t *regex;
	enum format format;

	const json_t *minimum, *maximum, *above, *below, *multiple; /* above, below: exclusive */

	struct node_list all, any, one;
};

/* A place in a document or a body, kept on the stack and spelled only when something is wrong. */
struct place {
	const struct place *up; /* NULL at the root, whose name is written as it is */
	const char *name;	/* NULL: an array's index */
	size_t index;
};

/*
 * Spells the place as a JSON Pointer (RFC 6901). One that does not fit is cut at the deepest
 * ancestor that does.
 */
void place_spell(const struct place *place, char *out, size_t cap);

/* ---- compile.c ---- */

struct compiled_ref;

struct compiler {
	struct arena *arena;
	const json_t *document;
	struct compiled_ref *refs; /* newest first; a $ref that is under way is here already */
	struct regex_list **regexes;
	char *reason; /* API_REASON_LEN */
};

/* Regular expressions live outside the arena and are freed by themselves. */
struct regex_list {
	struct regex_list *next;
	regex_t regex;
};

enum err node_compile(struct compiler *compiler, const json_t *schema, const struct place *place,
		      const struct node **out) MUST_USE;
/* The types a value can have here, through $ref and enum; 0: any. */
unsigned node_types(const struct node *node);
unsigned value_types(const json_t *value);

/* Says what is wrong where; returns ERR_INVALID. */
enum err compile_refuse(struct compiler *compiler, const struct place *place, const char *format,
			...) PRINTF_LIKE(3, 4) MUST_USE;
/* Follows "#/…" in the document; NULL when nothing is there. */
const json_t *document_at(const json_t *document, const char *ref);

/* ---- check.c ---- */

struct check {
	api_violation_fn *report; /* NULL: only count */
	void *context;
	int violations;
	int depth;
	long steps; /* left; hostile input must not buy work without bound */
};

void check_begin(struct check *check, api_violation_fn *report, void *context);
/* Returns how many violations were reported; work that ran out is one. */
int check_end(struct check *check, const struct place *root);
void check_value(struct check *check, const struct node *node, const json_t *value,
		 const struct place *place);
void check_violate(struct check *check, const struct place *place, const char *rule,
		   const char *format, ...) PRINTF_LIKE(4, 5);
/* U+0000 is nowhere allowed: PostgreSQL cannot hold it. */
void check_no_nul(struct check *check, const json_t *value, const struct place *place);

/* ---- scalar.c: the keywords of strings and numbers ---- */

void check_string(struct check *check, const struct node *node, const json_t *value,
		  const struct place *place);
void check_number(struct check *check, const struct node *node, const json_t *value,
		  const struct place *place);

/* ---- format.c ---- */

bool format_matches(enum format format, const char *text);
const char *format_sentence(enum format format);
enum format format_find(const char *spelling); /* FORMAT_NONE when unknown */

#endif
