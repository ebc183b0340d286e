/*
 * wire - the two wire forms behind one table of functions; the first bytes choose.
 */
#ifndef CHATD_WIRE_H
#define CHATD_WIRE_H

#include <stdbool.h>

#include "chatd/packet.h"
#include "libminiclass/base/str.h"

struct conn;

struct wire {
	enum wire_form form;
	/*
	 * Takes whole commands off the front of *in (ptr and len move) and runs them, until more is
	 * needed or the connection does not read on just now.
	 */
	void (*feed)(struct conn *conn, struct mc_str *in);
	/* Says goodbye in its own way, before the end; `reason` NULL: an error has said it already.
	 */
	void (*goodbye)(struct conn *conn, const char *reason);
	/* A sign of life that the peer must answer; NULL: there is none. */
	void (*ping)(struct conn *conn);
};

extern const struct wire wire_framed;
extern const struct wire wire_ws;

/* Reads the upgrade request in *in; moves on to CONN_NEW or CONN_ASKING, or refuses. False: needs
 * more, or it is over. */
bool wire_upgrade(struct conn *conn, struct mc_str *in);
/* Its head did not come in time: 408. */
void wire_upgrade_late(struct conn *conn);

#endif
