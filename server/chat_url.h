/* chat_url - where a page finds mc-chatd. */
#ifndef SERVER_CHAT_URL_H
#define SERVER_CHAT_URL_H

#include <stdbool.h>

#include "libminiclass/base/str.h"

struct mc_arena;

/*
 * Without the setting chat_url: the request's own host with the port of chat_listen,
 * "ws://host:8081/chat", "wss://" over TLS; in the arena.  "" when there is no such address: no
 * port, or a host that is not plainly a name or an address.
 */
struct mc_str chat_url_of(
	struct mc_arena *arena, const char *chat_listen, struct mc_str host, bool secure);
/* What the setting may be: ws:// or wss://, a host, a path; nothing that ends a policy's element.
 */
bool chat_url_is_valid(struct mc_str url);

#endif
