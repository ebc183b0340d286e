/*
 * stream - reading and writing a connected socket, in clear or through TLS, the same way.
 *
 * No buffers of its own: what is read goes where the caller says, what cannot be written stays
 * with the caller.  Non-blocking.  The handshake happens within the first read or write.
 * Owned by one thread at a time.
 */
#ifndef LIBMINICLASS_NET_STREAM_H
#define LIBMINICLASS_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct mc_tls;
struct ssl_st;

struct mc_stream {
	int fd;            /* owned */
	struct ssl_st *ssl; /* owned; NULL in clear */
};

enum mc_io {
	MC_IO_OK,     /* *n > 0 bytes were moved */
	MC_IO_AGAIN,  /* nothing can be moved now; an event will come */
	MC_IO_CLOSED, /* the peer has ended its side (only reading says so) */
	MC_IO_FAILED, /* reset, broken or not TLS: close it */
};

/* Takes `fd` (consumed, also on failure).  `tls` NULL: in clear.  It is a server's end. */
enum mc_status mc_stream_accept(struct mc_stream *stream, int fd, struct mc_tls *tls) MC_MUST_USE;
/* A client's end; `host` is verified and sent as SNI. */
enum mc_status mc_stream_connect(struct mc_stream *stream, int fd, struct mc_tls *tls,
	const char *host) MC_MUST_USE;
enum mc_io mc_stream_read(struct mc_stream *stream, void *out, size_t size, size_t *n) MC_MUST_USE;
enum mc_io mc_stream_writev(struct mc_stream *stream, const struct iovec *parts, int n_parts,
	size_t *n) MC_MUST_USE;
/* Says that nothing more will be sent (close_notify, FIN); reading goes on. */
void mc_stream_shutdown(struct mc_stream *stream);
/* Closes the descriptor. A stream that was never opened must be { .fd = -1 }. */
void mc_stream_close(struct mc_stream *stream);

#endif
