/*
 * forwarded - what proxies say about the client they speak for (RFC 7239).
 *
 * Each proxy adds an element at the end; anybody may have written those in front.  So the list is
 * read from its end for as long as the one before was a proxy that is trusted.  Pure functions.
 */
#ifndef LIBMINICLASS_HTTP_FORWARDED_H
#define LIBMINICLASS_HTTP_FORWARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

enum { MC_FORWARDED_MAX = 32 /* elements: more are taken for nonsense */ };

struct mc_forwarded {
	struct mc_str node;  /* of for=: the address, without brackets and port; as it came */
	struct mc_str proto; /* "http", "https"; empty: not said */
};

/*
 * The client, for a request whose sender is a trusted proxy: the last element's node, or, while
 * that is a trusted proxy as well, the one before.  False, and nothing is to be believed: there is
 * none, or anything in it is malformed.
 */
bool mc_forwarded_client(const struct mc_field *fields, size_t n_fields,
	bool (*trusts)(const void *user, struct mc_str node), const void *user,
	struct mc_forwarded *out) MC_MUST_USE;

#endif
