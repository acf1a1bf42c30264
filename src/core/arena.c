/* Hands out a request's memory from a few blocks that are released together. */
#include "core/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>

#include "core/sanitizer.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#define RED_ZONE 16 /* a poisoned gap, so that an overrun within a block is seen */
#else
#define ASAN_POISON_MEMORY_REGION(start, size)	 ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define RED_ZONE				 0
#endif

#define ALIGNMENT   alignof(max_align_t)
#define BLOCK_FIRST 4032  /* with malloc's and our header just under a page */
#define BLOCK_MOST  65536 /* blocks double up to here; only a larger request gets more */

struct arena_block {
	struct arena_block *older;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){.limit = limit};
}

static void free_blocks(struct arena_block *block, const struct arena_block *end)
{
	while (block != end) {
		struct arena_block *older = block->older;

		ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
		free(block);
		block = older;
	}
}

void arena_release(struct arena *arena)
{
	free_blocks(arena->blocks, NULL);
	*arena = (struct arena){.limit = arena->limit};
}

void arena_reset(struct arena *arena)
{
	struct arena_block *oldest = arena->blocks;

	while (oldest && oldest->older)
		oldest = oldest->older;
	if (oldest &&
	    oldest->size > BLOCK_MOST) /* one outsized request must not be kept for good */
		oldest = NULL;
	free_blocks(arena->blocks, oldest);
	if (oldest) {
		oldest->used = 0;
		ASAN_POISON_MEMORY_REGION(oldest->bytes, oldest->size);
	}
	*arena = (struct arena){.blocks = oldest, .limit = arena->limit};
}

void arena_adopt(struct arena *into, struct arena *from)
{
	struct arena_block *oldest = from->blocks;

	if (!oldest)
		return;
	while (oldest->older)
		oldest = oldest->older;
	oldest->older = into->blocks;
	into->blocks = from->blocks;
	*from = (struct arena){.limit = from->limit};
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	size_t wanted = arena->blocks ? arena->blocks->size * 2 : BLOCK_FIRST;
	struct arena_block *block;

	if (wanted > BLOCK_MOST)
		wanted = BLOCK_MOST;
	if (wanted < size)
		wanted = size;
	block = malloc(sizeof(*block) + wanted);
	if (!block)
		return NULL;
	block->older = arena->blocks;
	block->size = wanted;
	block->used = 0;
	ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t rounded;
	void *memory;

	assert(arena->used <= arena->limit);
	if (size > arena->limit - arena->used || size > SIZE_MAX / 2)
		goto refused;
	rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + RED_ZONE;
	if (!block || rounded > block->size - block->used)
		block = add_block(arena, rounded);
	if (!block)
		goto refused;
	memory = block->bytes + block->used;
	block->used += rounded;
	arena->used += size;
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
	return memset(memory, 0, size);
refused:
	arena->failed = 1;
	return NULL;
}

char *arena_memdup(struct arena *arena, const void *bytes, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (copy && len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_memdup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0) {
		arena->failed = 1;
		return NULL;
	}
	text = arena_alloc(arena, (size_t)len + 1);
	if (text)
		(void)vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}
