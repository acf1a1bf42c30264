/* Where a list goes on: opaque, signed, and worth nothing for another list. */
#ifndef SRC_HTTP_CURSOR_H
#define SRC_HTTP_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/attr.h"
#include "core/error.h"

#define CURSOR_KEY_LEN 32
#define CURSOR_MAX     1024 /* characters */

/*
 * `context` names the list with its filters and sort, and whose it is; `key` and `id` are those of
 * the last row shown. NULL: no memory, or the key is too long for a cursor.
 */
const char *cursor_make(struct arena *arena, const uint8_t secret[CURSOR_KEY_LEN],
			const char *context, const char *key, const char *id) MUST_USE;

/* ERR_INVALID unless cursor_make wrote it for this context. */
enum err cursor_read(struct arena *arena, const uint8_t secret[CURSOR_KEY_LEN], const char *context,
		     const char *cursor, const char **key, const char **id) MUST_USE;

#endif
