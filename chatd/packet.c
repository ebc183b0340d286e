#include "chatd/packet.h"

#include <stdlib.h>
#include <string.h>

#include "libminiclass/chat/frame.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/model/message.h"
#include "libminiclass/ws/frame.h"

/* A full replay step of the longest messages, each byte escaped, in one form. */
enum { FORM_SIZE_MAX = 32 * 1024 * 1024, JSON_SIZE_MAX = 4 * 1024 * 1024 };

void
packet_builder_init(struct packet_builder *builder)
{
	for (int form = 0; form < WIRE_FORM_COUNT; form++)
		mc_buf_init(&builder->forms[form], FORM_SIZE_MAX);
	mc_buf_init(&builder->json, JSON_SIZE_MAX);
}

void
packet_builder_finish(struct packet_builder *builder)
{
	for (int form = 0; form < WIRE_FORM_COUNT; form++)
		mc_buf_finish(&builder->forms[form]);
	mc_buf_finish(&builder->json);
}

void
packet_builder_clear(struct packet_builder *builder)
{
	for (int form = 0; form < WIRE_FORM_COUNT; form++)
		mc_buf_clear(&builder->forms[form]);
}

void
packet_builder_add(struct packet_builder *builder, const struct mc_chat_event *event)
{
	mc_buf_clear(&builder->json);
	mc_chat_event_write(&builder->json, event);
	if (!mc_buf_ok(&builder->json)) {
		for (int form = 0; form < WIRE_FORM_COUNT; form++)
			builder->forms[form].failed = true;
		return;
	}
	mc_frame_write(&builder->forms[WIRE_FRAMED], mc_buf_str(&builder->json));
	mc_ws_frame_write(&builder->forms[WIRE_WS], MC_WS_TEXT, mc_buf_str(&builder->json));
}

void
packet_builder_add_message(
	struct packet_builder *builder, mc_room_id room, const struct mc_message *message)
{
	packet_builder_add(builder, &(struct mc_chat_event){
					    .type = MC_CHAT_MESSAGE,
					    .room = room,
					    .seq = message->seq,
					    .person = { message->sender_id, message->sender_name,
						    mc_role_name(message->sender_role) },
					    .body = message->body,
					    .at = message->at,
					    .removed = message->removed,
				    });
}

static struct packet *
make(struct mc_str framed, struct mc_str ws)
{
	struct packet *packet = malloc(sizeof(*packet) + framed.len + ws.len);

	if (packet == NULL)
		return NULL;
	packet->refs = 1;
	packet->counted = false;
	packet->len[WIRE_FRAMED] = framed.len;
	packet->len[WIRE_WS] = ws.len;
	if (framed.len > 0)
		memcpy(packet->bytes, framed.ptr, framed.len);
	if (ws.len > 0)
		memcpy(packet->bytes + framed.len, ws.ptr, ws.len);
	return packet;
}

static bool
is_whole(const struct packet_builder *builder)
{
	return mc_buf_ok(&builder->forms[WIRE_FRAMED]) && mc_buf_ok(&builder->forms[WIRE_WS]);
}

struct packet *
packet_create_one(const struct packet_builder *builder, enum wire_form form)
{
	return is_whole(builder) ? packet_create_raw(form, mc_buf_str(&builder->forms[form]))
				 : NULL;
}

struct packet *
packet_create(const struct packet_builder *builder)
{
	if (!is_whole(builder))
		return NULL;
	return make(mc_buf_str(&builder->forms[WIRE_FRAMED]), mc_buf_str(&builder->forms[WIRE_WS]));
}

struct packet *
packet_create_raw(enum wire_form form, struct mc_str bytes)
{
	return form == WIRE_FRAMED ? make(bytes, MC_STR("")) : make(MC_STR(""), bytes);
}

struct packet *
packet_ref(struct packet *packet)
{
	packet->refs++;
	return packet;
}

void
packet_unref(struct packet *packet)
{
	if (packet != NULL && --packet->refs == 0)
		free(packet);
}

bool
packet_is_for_one(const struct packet *packet)
{
	return packet->len[WIRE_FRAMED] == 0 || packet->len[WIRE_WS] == 0;
}

struct mc_str
packet_form(const struct packet *packet, enum wire_form form)
{
	if (form == WIRE_FRAMED)
		return (struct mc_str){ packet->bytes, packet->len[WIRE_FRAMED] };
	return (struct mc_str){ packet->bytes + packet->len[WIRE_FRAMED], packet->len[WIRE_WS] };
}
