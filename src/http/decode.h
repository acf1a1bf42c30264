/* Percent-decoding of path segments and queries. */
#ifndef SRC_HTTP_DECODE_H
#define SRC_HTTP_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"
#include "http/request.h"

/*
 * In the arena; NULL when it is not valid UTF-8, holds NUL, or memory is short (arena->failed).
 * `form`: a plus sign is a space.
 */
const char *decode_text(struct arena *arena, const char *text, size_t len, bool form) MUST_USE;

#define QUERY_PARAMS_MAX 40

/* "a=b&c=d" into the arena. ERR_INVALID, ERR_TOO_LARGE, ERR_MEMORY. */
enum err decode_query(struct arena *arena, const char *query, const struct query_param **params,
		      int *count) MUST_USE;

#endif
