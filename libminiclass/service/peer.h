/*
 * peer - who asks: the other end of the connection, or whom a trusted proxy speaks for (PROXY
 * protocol, Forwarded).  One thread at a time.
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
	bool is_trusted;   /* the other end is one of the proxies: it is believed */
	bool awaits_proxy; /* its PROXY header comes in front of everything else */
};

/* The other end of a connection that has just come; `proxy_protocol`: a PROXY header is due. */
void mc_peer_init(struct mc_peer *peer, const struct mc_addr *addr, const struct mc_trust *proxies,
	bool proxy_protocol);
/* While awaits_proxy: looks for the header.  MC_PROXY_BAD: end the connection; why is in the log.
 */
enum mc_proxy_result mc_peer_proxy(
	struct mc_peer *peer, const struct mc_trust *proxies, int fd, int64_t id) MC_MUST_USE;
/* What a request's fields say of where it comes from, if they say anything. */
void mc_peer_forwarded(
	struct mc_peer *peer, const struct mc_trust *proxies, const struct mc_request_head *head);

#endif
