/* A byte buffer that grows; its first failure sticks, so a run of appends is checked once. */
#ifndef CORE_BUFFER_H
#define CORE_BUFFER_H

#include <stddef.h>

#include "core/attr.h"

struct buffer {
	char *data; /* owned, malloc'ed; NUL-terminated after any append */
	size_t len, cap, limit;
	int failed; /* memory was refused or `limit` exceeded: the content is not to be used */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *bytes, size_t len);
/* The place of `len` more bytes, which the caller writes at once; NULL when failed. */
char *buffer_extend(struct buffer *buffer, size_t len) MUST_USE;
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* The caller now owns the bytes (free()); the buffer is empty again. NULL when failed. */
char *buffer_take(struct buffer *buffer, size_t *len) MUST_USE;

#endif
