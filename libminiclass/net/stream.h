/*
 * stream - reading and writing a connected socket, in clear or through TLS, the same way.
 *
 * No buffers of its own: what is read goes where the caller says, what cannot be written
 * stays with the caller.  Non-blocking.  The handshake happens within the first read or
 * write, so a read may wait until the socket is writable and a write until it is readable:
 * after AGAIN, try again with the next event, whichever it is.  No SIGPIPE.  Owned by one
 * thread at a time.
 *
 * A short count means that the socket is empty or full, in both forms.  An end that came
 * together with bytes is seen by the next read: after an event with MC_LOOP_HANGUP, or when
 * `ended` is set (no event tells of a close_notify), read until CLOSED or FAILED.
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
	int fd;             /* owned */
	struct ssl_st *ssl; /* owned; NULL in clear */
	size_t owed;        /* bytes in a record of TLS that could not be sent yet: the next write
			       must begin with the same */
	bool ended;         /* of TLS: behind what was read last; the next read says how */
};

enum { MC_STREAM_PARTS_MAX = 1024 /* IOV_MAX of Linux */ };

enum mc_io {
	MC_IO_OK,     /* *n > 0 bytes were moved */
	MC_IO_AGAIN,  /* nothing can be moved now; an event will come */
	MC_IO_CLOSED, /* the peer has ended its side (only reading says so) */
	MC_IO_FAILED, /* reset, broken or not TLS, or TLS that ended without saying so: close it */
};

/*
 * Takes `fd` (consumed, also on failure: the stream is then closed).  `tls` NULL: in
 * clear; else it is borrowed until the stream is closed.  It is a server's end.
 */
enum mc_status mc_stream_accept(struct mc_stream *stream, int fd, struct mc_tls *tls) MC_MUST_USE;
/*
 * A client's end; over TLS `host` (name or address) is verified, and a name sent as SNI;
 * MC_INVALID when it is neither.
 */
enum mc_status mc_stream_connect(
	struct mc_stream *stream, int fd, struct mc_tls *tls, const char *host) MC_MUST_USE;
/* `size` > 0. */
enum mc_io mc_stream_read(struct mc_stream *stream, void *out, size_t size, size_t *n) MC_MUST_USE;
/*
 * 1 to MC_STREAM_PARTS_MAX parts with at least one byte.  What was not written comes first
 * in the next call, in the same or other parts.  Over TLS the parts are packed into as few
 * records as there can be.
 */
enum mc_io mc_stream_writev(
	struct mc_stream *stream, const struct iovec *parts, int n_parts, size_t *n) MC_MUST_USE;
/* The TLS handshake is not done: nothing that is written would be read. False in clear. */
bool mc_stream_in_handshake(const struct mc_stream *stream);
/* And the next step is the peer's: bytes must come before any can go. */
bool mc_stream_awaits_handshake(const struct mc_stream *stream);
/* Why the peer's certificate was not believed, as OpenSSL puts it; NULL when that is not what
 * failed. */
const char *mc_stream_distrust(const struct mc_stream *stream);
/* Says that nothing more will be sent (close_notify, FIN); reading goes on. */
void mc_stream_shutdown(struct mc_stream *stream);
/* Closes the descriptor. A stream that was never opened must be { .fd = -1 }. */
void mc_stream_close(struct mc_stream *stream);

#endif
