#include "chatd/mail.h"

#include <stdlib.h>

#include "chatd/front.h"
#include "chatd/packet.h"
#include "chatd/rights.h"

struct mail *
mail_create(struct front *front, enum mail_kind kind, mc_room_id room)
{
	struct mail *mail = calloc(1, sizeof(*mail));

	if (mail == NULL)
		return NULL;
	mail->task.run = front->take_mail;
	mail->front = front;
	mail->kind = kind;
	mail->room = room;
	mail->refs = 1;
	return mail;
}

struct mail *
mail_ref(struct mail *mail)
{
	mail->refs++;
	return mail;
}

void
mail_unref(struct mail *mail)
{
	if (--mail->refs > 0)
		return;
	packet_unref(mail->packet);
	packet_unref(mail->student_packet);
	free(mail);
}

void
mail_queue(struct mail *mail)
{
	rights_refresh(mail->front->daemon);
	mc_loop_queue(mail->front->loop, &mail->task);
}

void
mail_post(struct mail *mail)
{
	rights_refresh(mail->front->daemon);
	mc_loop_post(mail->front->loop, &mail->task);
}
