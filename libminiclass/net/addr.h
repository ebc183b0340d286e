/*
 * addr - "127.0.0.1:8080", "localhost:8080", "[::1]:8080", "unix:/path" as socket addresses.  Any
 * thread.
 */
#ifndef LIBMINICLASS_NET_ADDR_H
#define LIBMINICLASS_NET_ADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

enum { MC_ADDR_TEXT_SIZE = 128 };

struct mc_addr {
	struct sockaddr_storage storage;
	socklen_t size;
};

/*
 * MC_INVALID with a message that says what is wrong with it.  Port 0 means: any.  Asks the
 * resolver for a name, so it may wait; a name that has both kinds of address gives the
 * IPv4 one.
 */
enum mc_status mc_addr_parse(
	struct mc_str text, struct mc_addr *out, struct mc_error *error) MC_MUST_USE;
/*
 * The same, but a name is not looked up: for an address that means something on another machine,
 * and here perhaps nothing.
 */
enum mc_status mc_addr_check(struct mc_str text, struct mc_error *error) MC_MUST_USE;
/* "192.0.2.1", "2001:db8::1", with port 0; nothing is looked up.  False for anything else. */
bool mc_addr_from_ip(struct mc_str text, struct mc_addr *out) MC_MUST_USE;
/* The forms above; for logs. */
void mc_addr_text(const struct mc_addr *addr, char out[MC_ADDR_TEXT_SIZE]);
/* The host alone, as throttles know it: an IPv6 address counts as its /64; "unix" for a path. */
void mc_addr_host_text(const struct mc_addr *addr, char out[MC_ADDR_TEXT_SIZE]);
bool mc_addr_is_unix(const struct mc_addr *addr);
/* 127.0.0.0/8, ::1, or a Unix socket. */
bool mc_addr_is_loopback(const struct mc_addr *addr);

#endif
