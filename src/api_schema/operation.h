/* An operation of the compiled document. */
#ifndef SRC_API_SCHEMA_OPERATION_H
#define SRC_API_SCHEMA_OPERATION_H

#include "api_schema/schema.h"

#define MEDIA_TYPES_MAX 8

struct parameter {
	const char *name;
	enum { IN_QUERY, IN_PATH, IN_ELSEWHERE } where;
	bool required;
	const struct node *node;
};

struct api_operation {
	const char *id, *method, *path, *may;
	struct parameter *parameters;
	size_t parameter_count;
	const char *media_types[MEDIA_TYPES_MAX];
	size_t media_type_count;
	bool body_required;
	const struct node *body; /* NULL: the body is not JSON, or there is none */
};

#endif
