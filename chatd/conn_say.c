#include "chatd/conn_say.h"

#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/front.h"
#include "chatd/wire.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/metric.h"

static struct packet *
encode(struct conn *conn, const struct mc_chat_event *event)
{
	struct packet_builder *builder = &conn->front->builder;

	packet_builder_clear(builder);
	packet_builder_add(builder, event);
	if (!mc_buf_ok(&builder->forms[conn->wire->form]))
		return NULL;
	return packet_create_raw(conn->wire->form, mc_buf_str(&builder->forms[conn->wire->form]));
}

void
conn_say(struct conn *conn, const struct mc_chat_event *event)
{
	if (!conn->closed && conn->wire != NULL)
		conn_queue(conn, encode(conn, event));
}

void
conn_refuse(struct conn *conn, const char *code, const char *message, mc_room_id room,
	struct mc_str client_id)
{
	mc_metric_add(&conn->front->metrics.refused, 1);
	conn_say(conn, &(struct mc_chat_event){
			       .type = MC_CHAT_ERROR,
			       .room = room,
			       .client_id = client_id,
			       .code = mc_str_from(code),
			       .body = mc_str_from(message),
		       });
}

void
conn_refuse_room(struct conn *conn, mc_room_id room, struct mc_str client_id)
{
	conn_refuse(conn, "not_found", "There is no such room, or it is not yours to enter.", room,
		client_id);
}

void
conn_say_ending(struct conn *conn, const char *code)
{
	conn_refuse(conn, code, "The connection ends; come back and catch up with \"after\".", 0,
		(struct mc_str){ 0 });
}

void
conn_end_with(struct conn *conn, const char *code, const char *message)
{
	conn_refuse(conn, code, message, 0, (struct mc_str){ 0 });
	conn->wire->goodbye(conn, NULL);
	conn_end(conn);
}

void
conn_note_malformed(struct conn *conn, const char *code)
{
	mc_metric_add(&conn->front->metrics.malformed, 1);
	mc_log(MC_LOG_INFO, "malformed", mc_log_int("conn", conn->id),
		mc_log_text("peer", conn->peer.address), mc_log_text("code", code));
}

void
conn_reject(struct conn *conn, const char *code, const char *message)
{
	conn_note_malformed(conn, code);
	conn_end_with(conn, code, message);
}
