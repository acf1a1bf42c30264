/* What can be asked for by filter and order: the attributes that lists know. */
#ifndef RESOURCES_SCIM_QUERY_H
#define RESOURCES_SCIM_QUERY_H

#include "core/buffer.h"
#include "scim_filter.h"

#define SCIM_USER_URN "urn:ietf:params:scim:schemas:core:2.0:User"

/*
 * Writes the filter as the statement reads it (migration 0037), each attribute by its one name.
 * ERR_INVALID with *why: an attribute that lists do not know, or an operator or a value that does
 * not fit it.
 */
enum err scim_query_filter(struct arena *arena, const struct scim_filter *filter,
			   struct buffer *out, const char **why) MUST_USE;
/* The userName that everything found must have, where the filter says one; or NULL. */
const char *scim_query_user_name(const struct scim_filter *filter);
/* The attribute's one name where lists can be ordered by it; or NULL. */
const char *scim_query_sort(struct arena *arena, const char *text);

/* Whether a name is of the core schema: without a URN, or with that of users. */
bool scim_name_is_core(const struct scim_name *name);

#endif
