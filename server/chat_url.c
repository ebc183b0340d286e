#include "server/chat_url.h"

#include <string.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/http/url.h"

/* The digits behind the last colon; "" when there are none, or they are those of port 0. */
static struct mc_str
port_of(struct mc_str address)
{
	const char *colon = address.len == 0 ? NULL : memrchr(address.ptr, ':', address.len);
	struct mc_str port;
	int64_t number;

	if (colon == NULL)
		return MC_STR("");
	port = mc_str_skip(address, (size_t)(colon - address.ptr) + 1);
	return mc_str_to_int(port, 1, 65535, &number) ? port : MC_STR("");
}

static bool
is_plain(char byte, bool in_brackets)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '.' ||
	       (in_brackets ? byte == ':' : byte == '-' || byte == '_');
}

/*
 * The host without its port; "" for anything that is not plainly one.  A registered name of RFC
 * 3986 may hold ";" and ",", which end a policy or a header's element.
 */
static struct mc_str
name_of(struct mc_str host)
{
	bool in_brackets = mc_str_starts_with(host, MC_STR("["));
	size_t end = mc_str_find(host, in_brackets ? ']' : ':');
	struct mc_str inside = mc_str_first(host, end);

	if (in_brackets && end == host.len)
		return MC_STR("");
	if (in_brackets)
		inside = mc_str_skip(inside, 1);
	if (inside.len == 0)
		return MC_STR("");
	for (size_t i = 0; i < inside.len; i++)
		if (!is_plain(inside.ptr[i], in_brackets))
			return MC_STR("");
	return in_brackets ? mc_str_first(host, end + 1) : inside;
}

struct mc_str
chat_url_of(struct mc_arena *arena, const char *chat_listen, struct mc_str host, bool secure)
{
	struct mc_str name = name_of(host);
	struct mc_str port = port_of(mc_str_from(chat_listen));

	if (name.len == 0 || port.len == 0)
		return MC_STR("");
	struct mc_str url = mc_arena_printf(arena, "%s://%.*s:%.*s/chat", secure ? "wss" : "ws",
		MC_STR_ARGS(name), MC_STR_ARGS(port));
	return url.ptr == NULL ? MC_STR("") : url;
}

bool
chat_url_is_valid(struct mc_str url)
{
	bool secure = mc_str_starts_with(url, MC_STR("wss://"));
	struct mc_target target;

	if (!secure && !mc_str_starts_with(url, MC_STR("ws://")))
		return false;
	struct mc_str rest = mc_str_skip(url, secure ? strlen("wss://") : strlen("ws://"));
	size_t end = mc_str_find(rest, '/');
	struct mc_str host = mc_str_first(rest, end);
	if (!mc_authority_is_valid(host) || name_of(host).len == 0)
		return false;
	return mc_target_split(mc_str_skip(rest, end), &target) &&
	       mc_str_find(rest, ';') == rest.len && mc_str_find(rest, ',') == rest.len;
}
