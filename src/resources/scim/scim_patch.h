/* Changes of one user's attributes in the ways of RFC 7644, section 3.5.2, on jansson's values. */
#ifndef RESOURCES_SCIM_PATCH_H
#define RESOURCES_SCIM_PATCH_H

#include <jansson.h>

#include "scim_query.h"

enum scim_verb { SCIM_ADD, SCIM_REPLACE, SCIM_REMOVE };

/* Why a change was refused. */
enum scim_refusal {
	SCIM_BAD_PATH,
	SCIM_BAD_FILTER,
	SCIM_BAD_SYNTAX,
	SCIM_BAD_VALUE,
	SCIM_NO_TARGET,
	SCIM_IMMUTABLE
};

struct scim_change {
	struct arena *arena;
	json_t *user; /* borrowed; changed in place */
	enum scim_refusal refusal;
	const char *why; /* a sentence, the arena's */
};

/*
 * One change; `value` is borrowed and may be NULL. `strict`: attributes that nobody knows and those
 * that only the server sets are refused, as behind a path; else they are passed over, as in a
 * resource. What the schema knows and is not kept here is passed over either way. ERR_INVALID:
 * `refusal` and `why` say which.
 */
enum err scim_change(struct scim_change *change, enum scim_verb verb, const char *path,
		     const json_t *value, bool strict) MUST_USE;
/* The body of a PATCH, all of it or, as the caller then drops `user`, nothing. */
enum err scim_change_by_operations(struct scim_change *change, const json_t *body) MUST_USE;
/* The members of a resource that was sent, or of an operation's value without a path. */
enum err scim_change_by_members(struct scim_change *change, enum scim_verb verb,
				const json_t *members) MUST_USE;

/* A member by its name, in whatever case it is written. */
json_t *scim_member(const json_t *object, const char *name);

#endif
