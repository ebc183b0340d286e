#include "libminiclass/net/addr.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

enum { PORT_MAX = 65535, HOST_MAX = 253 /* bytes of a DNS name: RFC 1035, 2.3.4 */ };

/* The storage is copied in and out: its bytes have no type that these views could alias. */
static struct sockaddr_in
as_ipv4(const struct mc_addr *addr)
{
	struct sockaddr_in in;

	memcpy(&in, &addr->storage, sizeof(in));
	return in;
}

static struct sockaddr_in6
as_ipv6(const struct mc_addr *addr)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, &addr->storage, sizeof(in6));
	return in6;
}

static struct mc_addr
addr_from(const void *bytes, size_t size)
{
	struct mc_addr addr = { .size = (socklen_t)size };

	memcpy(&addr.storage, bytes, size);
	return addr;
}

static enum mc_status
parse_unix(struct mc_str path, struct mc_addr *out, struct mc_error *error)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (path.len == 0 || path.ptr[0] != '/')
		return mc_error_set(
			error, MC_INVALID, NULL, "a Unix socket needs an absolute path");
	if (mc_str_find(path, '\0') < path.len)
		return mc_error_set(error, MC_INVALID, NULL, "the path has a NUL in it");
	if (path.len >= sizeof(un.sun_path))
		return mc_error_set(error, MC_INVALID, NULL,
			"the path of a Unix socket has at most %zu bytes", sizeof(un.sun_path) - 1);

	memcpy(un.sun_path, path.ptr, path.len);
	*out = addr_from(&un, offsetof(struct sockaddr_un, sun_path) + path.len + 1);
	return MC_OK;
}

static enum mc_status
parse_ipv6(const char *host, in_port_t port, struct mc_addr *out, struct mc_error *error)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = port };

	if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
		return mc_error_set(error, MC_INVALID, NULL, "\"%s\" is no IPv6 address", host);
	*out = addr_from(&in6, sizeof(in6));
	return MC_OK;
}

/* One family at a time, IPv4 first: who listens on "localhost" is expected at 127.0.0.1. */
static enum mc_status
resolve(const char *host, in_port_t port, struct mc_addr *out, struct mc_error *error)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int failure = 0;

	for (size_t i = 0; i < MC_COUNT(families); i++) {
		struct addrinfo hints = { .ai_family = families[i], .ai_socktype = SOCK_STREAM };
		struct addrinfo *found = NULL;

		failure = getaddrinfo(host, NULL, &hints, &found);
		if (failure != 0)
			continue;
		struct mc_addr addr = addr_from(found->ai_addr, found->ai_addrlen);
		freeaddrinfo(found);

		size_t at = families[i] == AF_INET ? offsetof(struct sockaddr_in, sin_port)
						   : offsetof(struct sockaddr_in6, sin6_port);
		memcpy((char *)&addr.storage + at, &port, sizeof(port));
		*out = addr;
		return MC_OK;
	}
	return mc_error_set(
		error, MC_INVALID, NULL, "host \"%s\": %s", host, gai_strerror(failure));
}

static enum mc_status
parse_name(const char *host, in_port_t port, bool looks_up, struct mc_addr *out,
	struct mc_error *error)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = port };

	if (strchr(host, ':') != NULL)
		return mc_error_set(error, MC_INVALID, NULL,
			"an IPv6 address stands in brackets: [%s]:port", host);
	/* Octal, hexadecimal and short forms ("127.1") are names to us, and then refused below. */
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		*out = addr_from(&in, sizeof(in));
		return MC_OK;
	}
	if (strspn(host, "0123456789.") == strlen(host) || strncmp(host, "0x", 2) == 0)
		return mc_error_set(error, MC_INVALID, NULL, "\"%s\" is no IPv4 address", host);
	return looks_up ? resolve(host, port, out, error) : MC_OK;
}

/* Splits "host:port" or "[host]:port" into *host and *port; ptr NULL when it is neither. */
static bool
split(struct mc_str text, struct mc_str *host, struct mc_str *port, bool *bracketed)
{
	*bracketed = text.len > 0 && text.ptr[0] == '[';
	if (*bracketed) {
		size_t end = mc_str_find(text, ']');
		if (end >= text.len || text.len - end < 2 || text.ptr[end + 1] != ':')
			return false;
		*host = (struct mc_str){ text.ptr + 1, end - 1 };
		*port = mc_str_skip(text, end + 2);
		return true;
	}
	size_t colon = text.len;
	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	*host = mc_str_first(text, colon - 1);
	*port = mc_str_skip(text, colon);
	return true;
}

/* Without looks_up *out is set for what is no name. */
static enum mc_status
parse(struct mc_str text, bool looks_up, struct mc_addr *out, struct mc_error *error)
{
	static const struct mc_str unix_prefix = MC_STR_INIT("unix:");
	struct mc_str host, port;
	char name[HOST_MAX + 1];
	int64_t number;
	bool bracketed;

	if (mc_str_starts_with(text, unix_prefix))
		return parse_unix(mc_str_skip(text, unix_prefix.len), out, error);
	if (!split(text, &host, &port, &bracketed))
		return mc_error_set(error, MC_INVALID, NULL,
			"an address is host:port, [IPv6]:port or unix:/path");
	if (!mc_str_to_int(port, 0, PORT_MAX, &number))
		return mc_error_set(
			error, MC_INVALID, NULL, "the port is a number from 0 to %d", PORT_MAX);
	if (host.len == 0 || host.len > HOST_MAX || mc_str_find(host, '\0') < host.len)
		return mc_error_set(error, MC_INVALID, NULL,
			"the host has 1 to %d bytes (0.0.0.0 and [::] mean every interface)",
			HOST_MAX);

	memcpy(name, host.ptr, host.len);
	name[host.len] = '\0';
	if (bracketed)
		return parse_ipv6(name, htons((uint16_t)number), out, error);
	return parse_name(name, htons((uint16_t)number), looks_up, out, error);
}

enum mc_status
mc_addr_parse(struct mc_str text, struct mc_addr *out, struct mc_error *error)
{
	return parse(text, true, out, error);
}

enum mc_status
mc_addr_check(struct mc_str text, struct mc_error *error)
{
	struct mc_addr addr;

	return parse(text, false, &addr, error);
}

/* An abstract name starts with NUL, an unnamed peer has no path at all; neither need end in NUL. */
static void
unix_text(const struct mc_addr *addr, char out[MC_ADDR_TEXT_SIZE])
{
	struct sockaddr_un un;
	size_t path_at = offsetof(struct sockaddr_un, sun_path);
	size_t len = addr->size > path_at ? addr->size - path_at : 0;

	memcpy(&un, &addr->storage, sizeof(un));
	if (len > sizeof(un.sun_path))
		len = sizeof(un.sun_path);
	if (len > 0 && un.sun_path[0] == '\0')
		un.sun_path[0] = '@';
	snprintf(out, MC_ADDR_TEXT_SIZE, "unix:%.*s", (int)len, un.sun_path);
}

void
mc_addr_text(const struct mc_addr *addr, char out[MC_ADDR_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN];

	if (addr->storage.ss_family == AF_INET) {
		struct sockaddr_in in = as_ipv4(addr);
		inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
		snprintf(out, MC_ADDR_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(in.sin_port));
	} else if (addr->storage.ss_family == AF_INET6) {
		struct sockaddr_in6 in6 = as_ipv6(addr);
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		snprintf(out, MC_ADDR_TEXT_SIZE, "[%s]:%u", host, (unsigned)ntohs(in6.sin6_port));
	} else {
		unix_text(addr, out);
	}
}

static bool
mapped_ipv4(const struct sockaddr_in6 *in6, struct in_addr *out)
{
	if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return false;
	memcpy(out, in6->sin6_addr.s6_addr + 12, sizeof(*out));
	return true;
}

void
mc_addr_host_text(const struct mc_addr *addr, char out[MC_ADDR_TEXT_SIZE])
{
	struct sockaddr_in6 in6 = as_ipv6(addr);
	struct in_addr ipv4 = as_ipv4(addr).sin_addr;
	char host[INET6_ADDRSTRLEN];

	if (addr->storage.ss_family == AF_INET ||
		(addr->storage.ss_family == AF_INET6 && mapped_ipv4(&in6, &ipv4))) {
		inet_ntop(AF_INET, &ipv4, out, MC_ADDR_TEXT_SIZE);
	} else if (addr->storage.ss_family == AF_INET6) {
		/* One subscriber owns a whole /64 and changes address at will within it. */
		memset(in6.sin6_addr.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		snprintf(out, MC_ADDR_TEXT_SIZE, "%s/64", host);
	} else {
		snprintf(out, MC_ADDR_TEXT_SIZE, "unix");
	}
}

bool
mc_addr_from_ip(struct mc_str text, struct mc_addr *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, copy, &in.sin_addr) == 1) {
		memcpy(&out->storage, &in, sizeof(in));
		out->size = sizeof(in);
		return true;
	}
	if (inet_pton(AF_INET6, copy, &in6.sin6_addr) != 1)
		return false;
	memcpy(&out->storage, &in6, sizeof(in6));
	out->size = sizeof(in6);
	return true;
}

bool
mc_addr_is_unix(const struct mc_addr *addr)
{
	return addr->storage.ss_family == AF_UNIX;
}

bool
mc_addr_is_loopback(const struct mc_addr *addr)
{
	struct sockaddr_in6 in6 = as_ipv6(addr);
	struct in_addr ipv4 = as_ipv4(addr).sin_addr;

	if (addr->storage.ss_family == AF_INET6 && !mapped_ipv4(&in6, &ipv4))
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	if (addr->storage.ss_family == AF_INET || addr->storage.ss_family == AF_INET6)
		return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	return mc_addr_is_unix(addr);
}
