/*
 * server - what all threads of mc-server share; set before they start, then only read.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/crypt/password.h"
#include "libminiclass/net/trust.h"
#include "libminiclass/service/acceptor.h"
#include "server/settings.h"

struct assets;
struct front;
struct mc_pool;
struct mc_queue;
struct mc_tls;
struct markdown_cache;
struct router;
struct workers;

enum { ANSWER_SHARES = 256 };

struct server {
	struct settings settings;
	struct mc_password_cost password_cost;
	struct router *router;
	struct assets *assets;
	struct markdown_cache *markdown_cache; /* rendered Markdown; has its own lock */
	struct mc_tls *tls;                    /* NULL: in clear */
	struct mc_pool *pool;
	struct mc_queue *work, *hashing; /* of struct exchange */
	struct workers *workers;
	struct mc_acceptors acceptors;
	struct front **fronts;
	size_t n_fronts;

	struct mc_trust proxies; /* trusted_proxies */
	atomic_bool stopping;
	atomic_bool overdue;         /* the stop takes too long: nothing is begun any more */
	atomic_size_t body_memory;   /* bytes of request bodies held just now */
	atomic_size_t answer_memory; /* the same of answers */
	/* And of the answers to those persons who fall together here: nobody takes all of it. */
	atomic_size_t answer_shares[ANSWER_SHARES];
};

#endif
