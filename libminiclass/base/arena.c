#include "libminiclass/base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ONE_MALLOC_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_MALLOC_EACH 1
#endif
#endif
#ifndef ONE_MALLOC_EACH
#define ONE_MALLOC_EACH 0
#endif

struct block {
	struct block *older;
	size_t used, size; /* of bytes */
	_Alignas(max_align_t) char bytes[];
};

struct mc_arena {
	struct block *newest; /* the first block is the last of the list */
	size_t taken, limit;  /* bytes of all blocks */
	size_t block;         /* size of the first */
};

struct mc_arena *
mc_arena_create(size_t block, size_t limit)
{
	struct mc_arena *arena = calloc(1, sizeof(*arena));
	if (arena == NULL)
		return NULL;
	arena->block = block;
	arena->limit = limit;
	return arena;
}

static void
free_block(struct mc_arena *arena)
{
	struct block *block = arena->newest;

	arena->newest = block->older;
	arena->taken -= block->size;
	free(block);
}

void
mc_arena_reset(struct mc_arena *arena)
{
	/* A first block that one large allocation made would stay for good. */
	while (arena->newest != NULL && (ONE_MALLOC_EACH || arena->newest->older != NULL ||
						arena->newest->size > arena->block))
		free_block(arena);
	if (arena->newest == NULL)
		return;
	/* Everything handed out is zeroed, so what was used is cleared here once. */
	memset(arena->newest->bytes, 0, arena->newest->used);
	arena->newest->used = 0;
}

void
mc_arena_destroy(struct mc_arena *arena)
{
	if (arena == NULL)
		return;
	while (arena->newest != NULL)
		free_block(arena);
	free(arena);
}

static struct block *
add_block(struct mc_arena *arena, size_t size)
{
	if (size > arena->limit - arena->taken)
		return NULL;
	struct block *block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	block->older = arena->newest;
	arena->newest = block;
	arena->taken += size;
	return block;
}

/* As large as all before together, so that there are few; smaller when the limit is near. */
static size_t
next_size(const struct mc_arena *arena, size_t wanted)
{
	size_t size = arena->taken > arena->block ? arena->taken : arena->block;

	if (ONE_MALLOC_EACH || size < wanted)
		return wanted;
	size_t left = arena->limit - arena->taken;
	if (size > left)
		size = left;
	return size < wanted ? wanted : size;
}

void *
mc_arena_alloc(struct mc_arena *arena, size_t size)
{
	size_t align = _Alignof(max_align_t);

	if (size > arena->limit)
		return NULL;
	size_t rounded = (size + align - 1) / align * align;
	if (rounded == 0)
		rounded = align;
	struct block *block = arena->newest;
	if (ONE_MALLOC_EACH || block == NULL || rounded > block->size - block->used) {
		block = add_block(
			arena, ONE_MALLOC_EACH ? (size > 0 ? size : 1) : next_size(arena, rounded));
		if (block == NULL)
			return NULL;
	}
	void *out = block->bytes + block->used;
	block->used += ONE_MALLOC_EACH ? block->size : rounded;
	return out;
}

void *
mc_arena_array(struct mc_arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return mc_arena_alloc(arena, bytes);
}

char *
mc_arena_text(struct mc_arena *arena, struct mc_str str)
{
	if (str.len == SIZE_MAX)
		return NULL;
	char *copy = mc_arena_alloc(arena, str.len + 1);
	if (copy != NULL && str.len > 0)
		memcpy(copy, str.ptr, str.len);
	return copy;
}

struct mc_str
mc_arena_copy(struct mc_arena *arena, struct mc_str str)
{
	char *copy = mc_arena_alloc(arena, str.len);

	if (copy == NULL)
		return (struct mc_str){ 0 };
	if (str.len > 0)
		memcpy(copy, str.ptr, str.len);
	return (struct mc_str){ copy, str.len };
}

struct mc_str
mc_arena_printf(struct mc_arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = n < 0 ? NULL : mc_arena_alloc(arena, (size_t)n + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text == NULL ? (struct mc_str){ 0 } : (struct mc_str){ text, (size_t)n };
}
