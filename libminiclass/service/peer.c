#include "libminiclass/service/peer.h"

#include <string.h>

#include "libminiclass/http/forwarded.h"
#include "libminiclass/service/log.h"

static void
set_address(struct mc_peer *peer, const struct mc_addr *addr)
{
	char host[MC_ADDR_TEXT_SIZE];

	peer->is_loopback = mc_addr_is_loopback(addr);
	mc_addr_host_text(addr, host);
	memset(peer->address, 0, sizeof(peer->address));
	memcpy(peer->address, host, strnlen(host, MC_PEER_ADDRESS_SIZE - 1));
}

void
mc_peer_init(struct mc_peer *peer, const struct mc_addr *addr, const struct mc_trust *proxies,
	bool proxy_protocol)
{
	*peer = (struct mc_peer){ .is_trusted = mc_trust_has(proxies, addr),
		.awaits_proxy = proxy_protocol };
	set_address(peer, addr);
}

enum mc_proxy_result
mc_peer_proxy(struct mc_peer *peer, const struct mc_trust *proxies, int fd, int64_t id)
{
	struct mc_addr client = { .size = 0 };
	enum mc_proxy_result result = peer->is_trusted ? mc_proxy_take(fd, &client) : MC_PROXY_BAD;

	peer->awaits_proxy = result == MC_PROXY_MORE;
	if (result == MC_PROXY_BAD)
		mc_log(MC_LOG_WARN, "proxy_header", mc_log_int("conn", id),
			mc_log_text("peer", peer->address),
			mc_log_text("why", peer->is_trusted ? "missing or malformed"
							    : "not from a trusted proxy"));
	if (result == MC_PROXY_OK && client.size > 0) {
		set_address(peer, &client);
		/* The proxy's loopback, not ours, even where both are one machine's. */
		peer->is_loopback = false;
		peer->is_named = !mc_trust_has(proxies, &client);
	}
	return result;
}

static bool
trusts(const void *user, struct mc_str node)
{
	return mc_trust_has_text(user, node);
}

static bool
is_peer(const struct mc_peer *peer, struct mc_str node)
{
	struct mc_peer other = { .address = "" };
	struct mc_addr addr;

	if (!mc_addr_from_ip(node, &addr))
		return false;
	set_address(&other, &addr);
	return strcmp(other.address, peer->address) == 0;
}

/* RFC 9110, 7.6.3; RFC 7239; and what many proxies send instead. */
static bool
is_passed_on(const struct mc_request_head *head)
{
	static const struct mc_str names[] = { MC_STR_INIT("Via"), MC_STR_INIT("Forwarded"),
		MC_STR_INIT("X-Forwarded-For") };

	for (size_t i = 0; i < MC_COUNT(names); i++)
		if (mc_field_find(head->fields, head->n_fields, names[i]).ptr != NULL)
			return true;
	return false;
}

void
mc_peer_forwarded(
	struct mc_peer *peer, const struct mc_trust *proxies, const struct mc_request_head *head)
{
	struct mc_forwarded said;
	struct mc_addr addr;

	if (!is_passed_on(head))
		return;
	/* Somebody else's, whoever says so and however unreadable: not the machine's own.  It can
	 * only take a right away, so nobody need be trusted for it. */
	peer->is_loopback = false;
	if (!peer->is_trusted)
		return;
	bool is_read = mc_forwarded_client(head->fields, head->n_fields, trusts, proxies, &said);
	/* A proxy of TCP lets a client's own fields through; one of HTTP says the same twice. */
	if (peer->is_named && !(is_read && is_peer(peer, said.node)))
		return;
	if (is_read && mc_addr_from_ip(said.node, &addr)) {
		set_address(peer, &addr);
		peer->is_loopback = false;
	}
	if (is_read && said.proto.len > 0)
		peer->is_secure = mc_str_equal_nocase(said.proto, MC_STR("https"));
}
