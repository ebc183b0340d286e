/*
 * proxy - the PROXY protocol, version 2: a header of bytes with which a proxy begins a connection,
 * and which says whose connection it is (haproxy.org, proxy-protocol.txt, section 2.2).
 *
 * The parser is pure.  What it reads is as true as who sent it: ask mc_trust first.
 */
#ifndef LIBMINICLASS_NET_PROXY_H
#define LIBMINICLASS_NET_PROXY_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/net/addr.h"

enum { MC_PROXY_HEAD_MAX = 1024 /* with all its extensions (TLVs), which are skipped */ };

enum mc_proxy_result {
	MC_PROXY_OK,
	MC_PROXY_MORE, /* a good beginning */
	MC_PROXY_BAD,  /* another version or protocol, or larger than that */
};

/*
 * *size is the header's; *client the address that it names, or left alone when it names none: the
 * proxy speaks for itself (LOCAL), or does not know.
 */
enum mc_proxy_result mc_proxy_parse(
	struct mc_str in, size_t *size, struct mc_addr *client) MC_MUST_USE;
/*
 * The same for a socket of which nothing was read yet: takes the header, and not a byte more.
 * MC_PROXY_BAD also when the connection has ended.
 */
enum mc_proxy_result mc_proxy_take(int fd, struct mc_addr *client) MC_MUST_USE;

#endif
