/*
 * markdown_cache - Markdown that was rendered before.
 *
 * A pure function remembered: the same text gives the same HTML, so nothing ever has to be dropped
 * for being stale, only for room.  Bounded in bytes, the least recently used goes first.  Any
 * thread.
 */
#ifndef SERVER_MARKDOWN_CACHE_H
#define SERVER_MARKDOWN_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct markdown_cache;

/* NULL when memory is out. */
struct markdown_cache *markdown_cache_create(size_t bytes_max);
void markdown_cache_destroy(struct markdown_cache *cache);

/* Appends the safe HTML of `text` when it is remembered; else false, and nothing is rendered. */
bool markdown_cache_find(
	struct markdown_cache *cache, struct mc_str text, struct mc_buf *out) MC_MUST_USE;
/* Appends the safe HTML of `text` (text/markdown.h), rendered now if need be. */
enum mc_status markdown_cache_render(
	struct markdown_cache *cache, struct mc_str text, struct mc_buf *out) MC_MUST_USE;

#endif
