#include "libminiclass/net/trust.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { MAPPED_AT = 12, MAPPED_BITS = 96, ALL_BITS = 128 };

static const unsigned char mapped[MAPPED_AT] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* IPv4 goes to where IPv6 has it (RFC 4291, 2.5.5.2), so that there is one kind. */
static bool
read_bits(struct mc_str text, unsigned char bits[16], bool *is_ipv4)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	memcpy(bits, mapped, MAPPED_AT);
	*is_ipv4 = inet_pton(AF_INET, copy, bits + MAPPED_AT) == 1;
	return *is_ipv4 || inet_pton(AF_INET6, copy, bits) == 1;
}

static bool
read_network(struct mc_str item, struct mc_trust *out)
{
	struct mc_str address = mc_str_first(item, mc_str_find(item, '/'));
	bool is_ipv4 = false;
	int64_t prefix;

	if (!read_bits(address, out->networks[out->n].bits, &is_ipv4))
		return false;
	prefix = is_ipv4 ? ALL_BITS - MAPPED_BITS : ALL_BITS;
	if (address.len < item.len &&
		!mc_str_to_int(mc_str_skip(item, address.len + 1), 0, prefix, &prefix))
		return false;
	out->networks[out->n++].prefix = (unsigned)prefix + (is_ipv4 ? MAPPED_BITS : 0);
	return true;
}

static bool
next_item(struct mc_str *rest, struct mc_str *item)
{
	while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == ','))
		*rest = mc_str_skip(*rest, 1);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != ',')
		len++;
	*item = mc_str_first(*rest, len);
	*rest = mc_str_skip(*rest, len);
	return len > 0;
}

enum mc_status
mc_trust_read(const char *text, struct mc_trust *out, struct mc_error *error)
{
	struct mc_str rest = mc_str_from(text), item;

	*out = (struct mc_trust){ .n = 0 };
	while (next_item(&rest, &item)) {
		if (mc_str_equal(item, MC_STR("unix")))
			out->unix_sockets = true;
		else if (out->n == MC_TRUST_MAX)
			return mc_error_set(error, MC_INVALID, "trusted_proxies",
				"more than %d networks", MC_TRUST_MAX);
		else if (!read_network(item, out))
			return mc_error_set(error, MC_INVALID, "trusted_proxies",
				"%.*s is no address, network or \"unix\"", MC_STR_ARGS(item));
	}
	return MC_OK;
}

static bool
has_bits(const struct mc_trust *trust, const unsigned char bits[16])
{
	for (size_t i = 0; i < trust->n; i++) {
		unsigned prefix = trust->networks[i].prefix, rest = prefix % 8;
		const unsigned char *network = trust->networks[i].bits;
		unsigned char mask = (unsigned char)(0xff00U >> rest);
		if (memcmp(bits, network, prefix / 8) == 0 &&
			(rest == 0 || ((bits[prefix / 8] ^ network[prefix / 8]) & mask) == 0))
			return true;
	}
	return false;
}

bool
mc_trust_has(const struct mc_trust *trust, const struct mc_addr *addr)
{
	unsigned char bits[16];
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (addr->storage.ss_family) {
	case AF_UNIX: return trust->unix_sockets;
	case AF_INET:
		memcpy(&in, &addr->storage, sizeof(in));
		memcpy(bits, mapped, MAPPED_AT);
		memcpy(bits + MAPPED_AT, &in.sin_addr, 4);
		return has_bits(trust, bits);
	case AF_INET6:
		memcpy(&in6, &addr->storage, sizeof(in6));
		return has_bits(trust, in6.sin6_addr.s6_addr);
	default: return false;
	}
}

bool
mc_trust_has_text(const struct mc_trust *trust, struct mc_str address)
{
	struct mc_addr addr;

	return mc_addr_from_ip(address, &addr) && mc_trust_has(trust, &addr);
}
