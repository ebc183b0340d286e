/*
 * peer - who asks: the other end of the connection, or whom a trusted proxy speaks for (PROXY
 * protocol, Forwarded).
 */
#ifndef LIBMINICLASS_SERVICE_PEER_H
#define LIBMINICLASS_SERVICE_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/http/head.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/proxy.h"
#include "libminiclass/net/trust.h"

enum { MC_PEER_ADDRESS_SIZE = 48 };

struct mc_peer {
	char address[MC_PEER_ADDRESS_SIZE]; /* as throttles know it (mc_addr_host_text) */
	bool is_loopback;
	bool is_secure; /* TLS, here or at the proxy */
	bool is_named; /* by a PROXY header, and no proxy itself: its fields may be its own words */
};

/* One thread at a time; constant between calls. */
void mc_peer_set(struct mc_peer *peer, const struct mc_addr *addr);
/*
 * A PROXY header in front of everything else that the socket brings (proxy_protocol); `is_trusted`:
 * it may say so.  MC_PROXY_BAD: end the connection; why is in the log.
 */
enum mc_proxy_result mc_peer_proxy(struct mc_peer *peer, const struct mc_trust *proxies, int fd,
	bool is_trusted, int64_t id) MC_MUST_USE;
/*
 * What a request's fields say of where it comes from, if they say anything; `is_trusted`: it comes
 * from one of `proxies`, and is believed.
 */
void mc_peer_forwarded(struct mc_peer *peer, const struct mc_trust *proxies, bool is_trusted,
	const struct mc_request_head *head);

#endif
