/*
 * tls - contexts for servers and clients; certificates can be re-read while connections
 * live.
 *
 * TLS 1.2 and 1.3 (RFC 9325).  Idle connections give their buffers back.  A context is shared: any
 * thread.
 */
#ifndef LIBMINICLASS_NET_TLS_H
#define LIBMINICLASS_NET_TLS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct mc_tls;
struct ssl_st;

/* PEM files.  MC_INVALID names the file and OpenSSL's reason.  *out is owned by the caller. */
enum mc_status mc_tls_server(const char *cert_file, const char *key_file, struct mc_tls **out,
	struct mc_error *error) MC_MUST_USE;
/* Verifies the server's name; `ca_file` NULL: the system's authorities. */
enum mc_status mc_tls_client(
	const char *ca_file, struct mc_tls **out, struct mc_error *error) MC_MUST_USE;
/* Reads the files again; on failure the old certificate stays in use.  Any thread. */
enum mc_status mc_tls_reload(struct mc_tls *tls, struct mc_error *error) MC_MUST_USE;
/* After the last stream that was made with it is closed.  NULL is allowed. */
void mc_tls_destroy(struct mc_tls *tls);

#endif
