/* chat_message - the memory that the tests of chat's JSON read into. */
#ifndef TEST_UNIT_CHAT_MESSAGE_H
#define TEST_UNIT_CHAT_MESSAGE_H

#include "libminiclass/base/arena.h"
#include "libminiclass/limits.h"
#include "test/unit/check.h"

/* One for all tests of a file; what they read stays until the last has ended. */
static struct mc_arena *arena;

static inline int
set_up(void **state)
{
	(void)state;
	arena = mc_arena_create(4096, MC_ARENA_SIZE_MAX);
	return arena == NULL;
}

static inline int
tear_down(void **state)
{
	(void)state;
	mc_arena_destroy(arena);
	return 0;
}

#endif
