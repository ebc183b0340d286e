/*
 * program - the life of a server process: settings, signals, reload, exit status.
 *
 * Both daemons live it alike: read the settings, start, wait for signals, stop.  SIGHUP reads the
 * settings again: how much is logged and how changes at once, of the rest it is said that it waits
 * for the next start.  The main thread's.
 */
#ifndef LIBMINICLASS_SERVICE_PROGRAM_H
#define LIBMINICLASS_SERVICE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/conf.h"
#include "libminiclass/base/error.h"

struct mc_tls;

struct mc_program {
	const char *name;  /* "mc-server" */
	const char *about; /* of the help: usage, what it is, examples */
	const struct mc_conf *conf;
	size_t settings_size;               /* of the struct that conf fills, zeroed before */
	size_t log_level_at, log_format_at; /* in it: int */
	size_t stop_delay_at;               /* in it: int64_t, milliseconds */
	/* What the table cannot say: settings that belong together, defaults of this machine. */
	enum mc_status (*complete)(void *settings, struct mc_error *error);
	/* MC_INVALID is a wrong setting (exit 2), everything else a start that failed (exit 1). */
	enum mc_status (*start)(const void *settings, struct mc_error *error);
	void (*reload)(void); /* after the settings were read again */
	void (*leave)(void);  /* stop is near: after stop_delay, or the next signal */
	void (*stop)(void);
};

/*
 * What `complete` checks of the settings that every server has: MC_INVALID when one of those that
 * belong together is missing.
 */
enum mc_status mc_program_check(const char *tls_cert, const char *tls_key, bool proxy_protocol,
	const char *trusted_proxies, struct mc_error *error) MC_MUST_USE;

/*
 * How many there may be: as `asked`, or what the process may have in descriptors beside what its
 * loops and its leases of the database (those beyond a few) need; one at least.
 */
int64_t mc_program_connections(int64_t asked, int64_t loops, int64_t leases);

/*
 * What `reload` does for a server with TLS, and with NULL nothing: the certificates are read again,
 * connections live on.  `file`: for the log.
 */
void mc_program_read_certificates(struct mc_tls *tls, const char *file);

/* Returns the exit status: 0 after SIGTERM, SIGINT, --help; 1 failed; 2 wrong usage. */
int mc_program_run(const struct mc_program *program, int argc, char **argv);

#endif
