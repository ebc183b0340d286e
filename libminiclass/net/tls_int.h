/* tls_int - what stream.c needs of a TLS context.  Not installed. */
#ifndef LIBMINICLASS_NET_TLS_INT_H
#define LIBMINICLASS_NET_TLS_INT_H

#include "libminiclass/base/attr.h"

struct mc_tls;
struct ssl_st;

/*
 * A connection over `fd` (borrowed), with the certificate of this moment.  NULL when
 * memory is out.
 */
struct ssl_st *tls_ssl_create(struct mc_tls *tls, int fd) MC_MUST_USE;
/* The socket may have something again: said at the beginning of every operation. */
void tls_ssl_rouse(struct ssl_st *ssl);

#endif
