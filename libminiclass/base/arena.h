/*
 * arena - many allocations, one free.
 *
 * One arena serves one request: whoever dispatches it creates and resets the arena, whoever
 * works in between frees nothing.  Owned by one thread at a time.  With AddressSanitizer every
 * allocation is a malloc of its own, so that overruns and late uses are seen.
 */
#ifndef LIBMINICLASS_BASE_ARENA_H
#define LIBMINICLASS_BASE_ARENA_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

struct mc_arena;

/* NULL when memory is out.  Never holds more than `limit` bytes; `block` is its first size. */
struct mc_arena *mc_arena_create(size_t block, size_t limit);
void mc_arena_destroy(struct mc_arena *arena);
/* Frees everything allocated; keeps the first block for the next use. */
void mc_arena_reset(struct mc_arena *arena);

/* Zeroed and aligned for any type; NULL at the ceiling.  Lives until reset or destroy. */
void *mc_arena_alloc(struct mc_arena *arena, size_t size);
/* The same for an array; NULL also when n * size is no size. */
void *mc_arena_array(struct mc_arena *arena, size_t n, size_t size);
/* A copy; ptr is NULL when there is no memory (also for an empty str, ptr is not NULL). */
struct mc_str mc_arena_copy(struct mc_arena *arena, struct mc_str str);
/* A copy that ends in NUL; NULL when there is no memory. */
char *mc_arena_text(struct mc_arena *arena, struct mc_str str);
/* ptr is NULL when there is no memory. */
struct mc_str mc_arena_printf(struct mc_arena *arena, const char *format, ...) MC_PRINTF(2, 3);

#endif
