/* settings - what mc-server can be told, from one table (base/conf.h). */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/conf.h"

/* Set before threads start, then const. */
struct settings {
	const char *listen;
	const char *chat_url;
	const char *chat_listen; /* of mc-chatd */
	const char *db;
	const char *tls_cert, *tls_key;
	const char *html_dir;
	int64_t loops, workers, hashers; /* threads; 0: from the number of processors */
	int64_t queue, hash_queue;       /* requests that may wait for a worker, for a hasher */
	int64_t connections;             /* open at once */
	int64_t body_memory;             /* bytes of request bodies held at once */
	int64_t answer_memory;           /* bytes of answers held at once */
	int64_t head_timeout, body_timeout, write_timeout, idle_timeout; /* ms */
	int64_t body_rate;                                               /* bytes a second */
	int64_t stop_delay, stop_timeout;                                /* ms */
	int64_t statement_timeout;                                       /* ms */
	int64_t password_memory;                                         /* KiB */
	int64_t password_passes;
	const char *trusted_proxies;
	bool metrics_open, listen_shared, proxy_protocol;
	int log_level, log_format;
};

extern const struct mc_conf settings_conf;

/* Replaces the zeros that mean "from the number of processors", and checks what belongs together.
 */
enum mc_status settings_complete(struct settings *settings, struct mc_error *error) MC_MUST_USE;

#endif
