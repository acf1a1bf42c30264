/* A JSON text as a tree that keeps each number's spelling. */
#ifndef AUDIT_JSON_H
#define AUDIT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/audit.h"

enum json_node_kind {
	JSON_NODE_WORD,
	JSON_NODE_NUMBER,
	JSON_NODE_STRING,
	JSON_NODE_ARRAY,
	JSON_NODE_OBJECT
};
struct json_node {
	enum json_node_kind kind;
	const char *name; /* in an object, decoded */
	size_t name_len;
	const char *text; /* a word, a number's spelling, a string decoded; NUL ends strings only */
	size_t len;
	struct json_node *first, *next; /* children, of an object in canonical order */
	size_t count;
};

/* All in the arena; numbers point into `json`. */
enum err json_node_read(const char *json, size_t len, struct arena *arena,
			struct json_node **out) MUST_USE;
const struct json_node *json_node_find(const struct json_node *object, const char *name);

void canonical_string(struct buffer *out, const char *text, size_t len);
void canonical_node(struct buffer *out, const struct json_node *node);

#endif
