/* Filters and paths of RFC 7644 (sections 3.4.2.2 and 3.5.2), read into a small tree. */
#ifndef RESOURCES_SCIM_FILTER_H
#define RESOURCES_SCIM_FILTER_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"

#define SCIM_FILTER_MAX 2000 /* bytes */
#define SCIM_DEPTH_MAX	10   /* parentheses, `not` and brackets within each other */
#define SCIM_TERMS_MAX	50   /* comparisons */

enum scim_op {
	SCIM_EQ,
	SCIM_NE,
	SCIM_CO,
	SCIM_SW,
	SCIM_EW,
	SCIM_GT,
	SCIM_GE,
	SCIM_LT,
	SCIM_LE,
	SCIM_PR,
	SCIM_AND, /* of its children, two or more */
	SCIM_OR,
	SCIM_NOT, /* of its one child */
	SCIM_HAS  /* attr[child] */
};

enum scim_kind { SCIM_NULL, SCIM_STRING, SCIM_BOOLEAN, SCIM_NUMBER };

/* As it was written: `urn` and `sub` may be NULL. */
struct scim_name {
	const char *urn, *name, *sub;
};

struct scim_filter {
	enum scim_op op;
	struct scim_name attr; /* of a comparison, or SCIM_HAS */
	enum scim_kind kind;
	const char *text; /* SCIM_STRING: decoded; SCIM_NUMBER: as written */
	bool truth;	  /* SCIM_BOOLEAN */
	struct scim_filter *child, *next;
};

/* attr, attr.sub, attr[filter] or attr[filter].sub */
struct scim_path {
	struct scim_name attr;
	struct scim_filter *filter;
};

/* ERR_INVALID: *why says what is wrong, in a sentence. Both are the arena's. */
enum err scim_filter_parse(struct arena *arena, const char *text, struct scim_filter **filter,
			   const char **why) MUST_USE;
enum err scim_path_parse(struct arena *arena, const char *text, struct scim_path *path,
			 const char **why) MUST_USE;

/* As it stands in filters: "eq", "and". */
const char *scim_op_text(enum scim_op op);

#endif
