/*
 * buf - bytes that grow up to a ceiling.
 *
 *	[0 ...... len) written   [len ...... size) room   limit: size never passes it
 *
 * Adding never fails on the spot: the first failure (ceiling or memory) sticks, everything after
 * it is a no-op, and mc_buf_ok() says so at the end; ask always.  A value type, owned by one
 * thread at a time.  Memory is taken with the first byte, so an empty buffer costs nothing.
 */
#ifndef LIBMINICLASS_BASE_BUF_H
#define LIBMINICLASS_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

struct mc_buf {
	char *ptr;    /* owned; NULL while size is 0 */
	size_t len;   /* bytes written */
	size_t size;  /* bytes allocated */
	size_t limit; /* ceiling of size */
	bool failed;
};

void mc_buf_init(struct mc_buf *buf, size_t limit);
/* Gives the memory back; the buffer is then empty, not failed, and usable again. */
void mc_buf_finish(struct mc_buf *buf);
/* Empty and not failed again; keeps the memory. */
void mc_buf_clear(struct mc_buf *buf);

bool mc_buf_ok(const struct mc_buf *buf) MC_MUST_USE;
/* What is written; borrowed until the next change. */
struct mc_str mc_buf_str(const struct mc_buf *buf);

void mc_buf_add(struct mc_buf *buf, struct mc_str bytes);
void mc_buf_add_char(struct mc_buf *buf, char byte);
void mc_buf_add_text(struct mc_buf *buf, const char *text);
void mc_buf_add_int(struct mc_buf *buf, int64_t value);
void mc_buf_addf(struct mc_buf *buf, const char *format, ...) MC_PRINTF(2, 3);

/* Room for n more bytes, to be filled and then committed; NULL on failure (which sticks). */
char *mc_buf_reserve(struct mc_buf *buf, size_t n);
/* Says that n <= reserved bytes were written behind len. */
void mc_buf_commit(struct mc_buf *buf, size_t n);
/* Drops the first n <= len bytes; the rest moves to the front. */
void mc_buf_drop(struct mc_buf *buf, size_t n);

#endif
