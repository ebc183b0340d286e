/*
 * memo - Markdown that was rendered before.
 *
 * A pure function remembered: the same text gives the same HTML, so nothing ever has to be dropped
 * for being stale, only for room.  Bounded in bytes, the least recently used goes first.  Any
 * thread.
 */
#ifndef SERVER_MEMO_H
#define SERVER_MEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct memo;

/* NULL when memory is out. */
struct memo *memo_create(size_t bytes_max);
void memo_destroy(struct memo *memo);

/* Appends the safe HTML of `text` when it is remembered; else false, and nothing is rendered. */
bool memo_find(struct memo *memo, struct mc_str text, struct mc_buf *out) MC_MUST_USE;
/* Appends the safe HTML of `text` (text/markdown.h), rendered now if need be. */
enum mc_status memo_markdown(struct memo *memo, struct mc_str text, struct mc_buf *out) MC_MUST_USE;

#endif
