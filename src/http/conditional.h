/* Entity tags and content negotiation: RFC 9110, sections 8.8.3, 12.5 and 13.1. */
#ifndef SRC_HTTP_CONDITIONAL_H
#define SRC_HTTP_CONDITIONAL_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/error.h"

/* If-None-Match against an entity tag as it stands in ETag: weak comparison, "*" matches. */
bool etag_none_match(const char *if_none_match, const char *etag);

#define VERSION_TEXT_MAX 20

/*
 * If-Match as the version it asks for. Strong tags of this service are versions in decimal; of
 * several the highest is taken, since versions only rise. `any`: "*". ERR_CONFLICT: no tag can
 * match (weak or foreign ones); ERR_INVALID: malformed.
 */
enum err if_match_version(const char *if_match, char version[VERSION_TEXT_MAX], bool *any) MUST_USE;

/* Whether an Accept header (NULL: everything) takes the media type; its parameters are ignored. */
bool accepts_type(const char *accept, const char *type);
/* Whether an Accept-Encoding header names the coding with a weight above zero. */
bool accepts_coding(const char *accept_encoding, const char *coding);

#endif
