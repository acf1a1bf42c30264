/* What an API client may do: a set of scopes, and its text `roles:read events:read`. */
#ifndef AUTH_SCOPES_H
#define AUTH_SCOPES_H

#include <stddef.h>

#include "auth/principal.h"
#include "core/attr.h"
#include "core/error.h"

enum scope {
#define SCOPE(name, bit, text, sentence) name = 1 << (bit),
#include "scopes.def"
#undef SCOPE
};

/* Names separated by single spaces, each once, in any order; "" is the empty set. An unknown,
 * repeated or oddly spaced name is ERR_INVALID. */
enum err scopes_parse(const char *text, scope_set *scopes) MUST_USE;
/* Enough for the text of every scope at once, and its NUL. */
#define SCOPES_TEXT_MAX 512
/* In the order of scopes.def. */
void scopes_format(scope_set scopes, char out[SCOPES_TEXT_MAX]);
scope_set scopes_all(void);

#endif
