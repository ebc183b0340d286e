/* settings - what mc-chatd can be told, from one table (base/conf.h). */
#ifndef CHATD_SETTINGS_H
#define CHATD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/conf.h"

/* Set before threads start, then const. */
struct settings {
	const char *chat_listen;
	const char *chat_origins;
	const char *db;
	const char *tls_cert, *tls_key;
	int64_t loops;            /* threads; 0: from the number of processors */
	int64_t connections;      /* open at once */
	int64_t user_connections; /* one person's of them; 0: half of them */
	int64_t out_queue;        /* bytes that may wait for one reader */
	int64_t replay_memory;    /* bytes of replays that wait for all readers together */
	int64_t head_timeout, write_timeout, ping_interval; /* ms */
	int64_t stop_delay, stop_timeout;                   /* ms */
	int64_t statement_timeout;                          /* ms */
	int64_t live_abandoned;                             /* ms */
	const char *trusted_proxies;
	bool metrics_open, listen_shared, proxy_protocol;
	int log_level, log_format;
};

extern const struct mc_conf settings_conf;

/* Replaces the zeros that mean "from the number of processors", and checks what belongs together.
 */
enum mc_status settings_complete(struct settings *settings, struct mc_error *error) MC_MUST_USE;

#endif
