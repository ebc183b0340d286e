/*
 * conn_say - events and errors for one client, and those that end its connection.  Loop thread of
 * the connection's front.
 */
#ifndef CHATD_CONN_SAY_H
#define CHATD_CONN_SAY_H

#include "libminiclass/base/str.h"
#include "libminiclass/model/id.h"

struct conn;
struct mc_chat_event;

/* Encodes one event for this connection and queues it. */
void conn_say(struct conn *conn, const struct mc_chat_event *event);
/* An `error` event; room 0 and client_id ptr NULL: none. */
void conn_refuse(struct conn *conn, const char *code, const char *message, mc_room_id room,
	struct mc_str client_id);
/* Likewise: there is no such room, or it is not theirs, which look the same. */
void conn_refuse_room(struct conn *conn, mc_room_id room, struct mc_str client_id);
/* The `error` of a connection that ends and may come back. */
void conn_say_ending(struct conn *conn, const char *code);

/* One error, and the end: the fault is ours. */
void conn_end_with(struct conn *conn, const char *code, const char *message);
/* It ends for what the client did or left undone, or is no more: counted, and logged as
 * `malformed`.
 */
void conn_note_malformed(struct conn *conn, const char *code);
/* The same with one error, and the end. */
void conn_reject(struct conn *conn, const char *code, const char *message);

#endif
