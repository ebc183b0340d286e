/*
 * socket - listening, connecting and accepting sockets, all non-blocking and close-on-exec.  Any
 * thread.
 */
#ifndef LIBMINICLASS_NET_SOCKET_H
#define LIBMINICLASS_NET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/net/addr.h"

/*
 * Bytes that TCP takes before it can send them.  The kernel would take 4 MiB of an answer, and all
 * connections of the machine share what it has for that: some hundred readers who do not read, and
 * everybody's network is slow.
 */
enum { MC_SOCKET_UNSENT_MAX = 64 * 1024 };

/*
 * *fd is owned by the caller.  `shared`: SO_REUSEPORT, so that several loops listen side
 * by side (not for unix).  [::] hears IPv4 as well, any other IPv6 address does not.  A Unix socket
 * that nobody listens on any more is replaced. MC_CONFLICT: the address is in use.
 */
enum mc_status mc_socket_listen(
	const struct mc_addr *addr, bool shared, int *fd, struct mc_error *error) MC_MUST_USE;
/*
 * Does nobody listen there?  `shared` listeners of one user join each other, so whoever wants
 * the address for himself asks first.  MC_CONFLICT: somebody does.  Unix sockets and port 0 are
 * never shared: MC_OK.
 */
enum mc_status mc_socket_probe(const struct mc_addr *addr, struct mc_error *error) MC_MUST_USE;
/* Where a socket is bound, e.g. after port 0. */
enum mc_status mc_socket_address(int fd, struct mc_addr *out) MC_MUST_USE;
/*
 * The next connection, with TCP_NODELAY and MC_SOCKET_UNSENT_MAX; -1 when none waits.  -2 when the
 * process or the machine is out of descriptors: the connection still waits.  *peer may be NULL; a
 * peer that speaks IPv4 has an IPv4 address, on a socket for both too.
 */
int mc_socket_accept(int listener, struct mc_addr *peer) MC_MUST_USE;
/*
 * Begins to connect; writable when done.  For a client that may block, poll until then.
 * MC_UNAVAILABLE: refused.
 */
enum mc_status mc_socket_connect(
	const struct mc_addr *addr, int *fd, struct mc_error *error) MC_MUST_USE;

/*
 * Bytes that were written and not yet taken by the peer's machine; 0 when that cannot be told.  A
 * smaller number than before is a peer that reads, even while the socket is not yet writable.
 */
size_t mc_socket_unsent(int fd);

/* A peer that vanished without a word is noticed after 50 s, and 100 at most when something is sent
 * to it meanwhile (keep-alive probes and a user time-out; nothing for unix). */
void mc_socket_keep_alive(int fd);

#endif
