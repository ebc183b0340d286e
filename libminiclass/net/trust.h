/*
 * trust - the proxies whose word about a client's address is believed: "10.0.0.0/8, ::1, unix".
 *
 * A value type, constant once it is read; then any thread.
 */
#ifndef LIBMINICLASS_NET_TRUST_H
#define LIBMINICLASS_NET_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/net/addr.h"

enum { MC_TRUST_MAX = 32 };

struct mc_trust {
	struct {
		unsigned char bits[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned prefix;        /* of 128 */
	} networks[MC_TRUST_MAX];
	size_t n;
	bool unix_sockets;
};

/*
 * Addresses and networks (prefix lengths), and "unix" for whoever comes through a Unix socket;
 * between them commas, blanks or both.  NULL or empty: nobody.  MC_INVALID, of
 * the field trusted_proxies, names the wrong one.
 */
enum mc_status mc_trust_read(
	const char *text, struct mc_trust *out, struct mc_error *error) MC_MUST_USE;
bool mc_trust_has(const struct mc_trust *trust, const struct mc_addr *addr);
/* The same for an address as text, "192.0.2.1" or "2001:db8::1"; false for anything else. */
bool mc_trust_has_text(const struct mc_trust *trust, struct mc_str address);

#endif
