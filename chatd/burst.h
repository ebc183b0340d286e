/*
 * burst - one write on each of many connections, with one system call.
 *
 * What is said in a room goes to every member, and much of what a delivery costs is the way into
 * the kernel and back.  io_uring(7) takes all of these writes at once.  Where the kernel has none,
 * or refuses it (a container, kernel.io_uring_disabled), they are made one by one with the same
 * results; so are those over TLS.  One thread.
 */
#ifndef CHATD_BURST_H
#define CHATD_BURST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "libminiclass/net/stream.h"

struct burst;

enum { BURST_MAX = 128 }; /* writes at once */

struct burst_write {
	struct mc_stream *stream; /* another one for each write of a burst */
	const struct iovec *parts;
	int n_parts;       /* 0: nothing is to be written, which goes well */
	enum mc_io result; /* what mc_stream_writev would have said */
	size_t n;          /* bytes written; 0 unless OK */
};

/* NULL when memory is out. */
struct burst *burst_create(void);
void burst_destroy(struct burst *burst);
/* False: the kernel has none for us, and the writes are made one by one. */
bool burst_has_ring(const struct burst *burst);

/* Up to BURST_MAX.  None of them waits. */
void burst_write(struct burst *burst, struct burst_write *writes, size_t n);

#endif
