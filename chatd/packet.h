/*
 * packet - events encoded once, queued on many connections.
 *
 * A packet belongs to one loop thread and is counted there without atomics; other loops get
 * packets of their own.  It holds each wire form as one run of bytes, so that a connection sends
 * however many messages with one piece of a writev.
 */
#ifndef CHATD_PACKET_H
#define CHATD_PACKET_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"
#include "libminiclass/model/id.h"

enum wire_form { WIRE_FRAMED, WIRE_WS, WIRE_FORM_COUNT };

struct packet {
	unsigned refs;
	bool counted; /* by conn_out, among what is its connection's alone */
	size_t len[WIRE_FORM_COUNT];
	char bytes[]; /* framed, then WebSocket */
};

/* Collects events; then makes as many packets of them as there are loops. */
struct packet_builder {
	struct mc_buf forms[WIRE_FORM_COUNT];
	struct mc_buf json; /* of the event under work */
};

struct mc_chat_event;
struct mc_message;

void packet_builder_init(struct packet_builder *builder);
void packet_builder_finish(struct packet_builder *builder);
void packet_builder_clear(struct packet_builder *builder);
void packet_builder_add(struct packet_builder *builder, const struct mc_chat_event *event);
void packet_builder_add_message(
	struct packet_builder *builder, mc_room_id room, const struct mc_message *message);

/* With one reference, the caller's; NULL when memory is out. */
struct packet *packet_create(const struct packet_builder *builder);
/* In one form only, for one connection. */
struct packet *packet_create_one(const struct packet_builder *builder, enum wire_form form);
/* Of bytes that are already in one form (a head, a pong, a close). */
struct packet *packet_create_raw(enum wire_form form, struct mc_str bytes);
struct packet *packet_ref(struct packet *packet);
void packet_unref(struct packet *packet);
/* In one form, so for one connection. */
bool packet_is_for_one(const struct packet *packet);
struct mc_str packet_form(const struct packet *packet, enum wire_form form);

#endif
