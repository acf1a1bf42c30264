/* A request's memory: many small allocations, one release. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/attr.h"

/*
 * An arena owns everything that was allocated from it; nothing is freed alone. Blocks come from
 * malloc, so that the address sanitizer sees them, and the first one is kept on reset.
 * Allocation beyond `limit` bytes, or when malloc fails, returns NULL and sets `failed`, which
 * stays set: a run of allocations may be checked once at its end.
 */
struct arena_block;
struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used, limit;
	int failed;
};

void arena_init(struct arena *arena, size_t limit);
void arena_release(struct arena *arena);
/* Forgets all allocations but keeps one block for the next use. */
void arena_reset(struct arena *arena);
/*
 * What `from` owns belongs to `into` from now on, and lives as long; `from` is empty. It was held
 * to the limit of `from`, and does not count in `into`.
 */
void arena_adopt(struct arena *into, struct arena *from);

/* Zeroed, aligned for any type. NULL when out of memory; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) MUST_USE;
char *arena_strdup(struct arena *arena, const char *text) MUST_USE;
char *arena_memdup(struct arena *arena, const void *bytes, size_t len) MUST_USE; /* adds a NUL */
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;
char *arena_vprintf(struct arena *arena, const char *format, va_list args) MUST_USE;

#endif
