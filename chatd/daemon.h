/*
 * daemon - what all threads of mc-chatd share; set before they start, then only read.
 *
 *	fronts    one loop each: its connections, the members of each room on this loop (hub)
 *	store     one thread: appends in batches, replays, and hands every open room's messages
 *	          to the fronts in order
 *	auth      one thread: who is it, and does it still hold?
 *	presence  one thread: stays (attendance), who is here over all daemons
 *	bus       one thread: listens to the database's notices
 */
#ifndef CHATD_DAEMON_H
#define CHATD_DAEMON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatd/settings.h"
#include "libminiclass/net/trust.h"
#include "libminiclass/service/acceptor.h"

struct bus;
struct auth;
struct front;
struct mc_pool;
struct mc_tls;
struct presence;
struct store;
struct quotas;

struct daemon {
	struct settings settings;
	int64_t instance;   /* random: tells this process from others in the database */
	struct mc_tls *tls; /* NULL: in clear */
	struct mc_pool *pool;
	struct store *store;
	struct auth *auth;
	struct presence *presence;
	struct bus *bus;
	struct quotas *quotas;
	struct mc_acceptors acceptors;
	struct front **fronts;
	size_t n_fronts;

	struct mc_trust proxies;        /* trusted_proxies */
	_Atomic int64_t rights_told_ms; /* of rights.c */
	atomic_size_t replay_held;      /* bytes of replays that wait for their readers */
	atomic_bool leaving;            /* stop is near */
	atomic_bool stopping;
};

#endif
