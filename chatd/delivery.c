#include "chatd/delivery.h"

#include <stdlib.h>

#include "chatd/front.h"
#include "chatd/packet.h"
#include "chatd/rights.h"

struct delivery *
delivery_create(struct front *front, enum delivery_kind kind, mc_room_id room)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (delivery == NULL)
		return NULL;
	delivery->task.run = front->take_delivery;
	delivery->front = front;
	delivery->kind = kind;
	delivery->room = room;
	delivery->refs = 1;
	return delivery;
}

struct delivery *
delivery_ref(struct delivery *delivery)
{
	delivery->refs++;
	return delivery;
}

void
delivery_unref(struct delivery *delivery)
{
	if (--delivery->refs > 0)
		return;
	packet_unref(delivery->packet);
	packet_unref(delivery->student_packet);
	free(delivery);
}

void
delivery_queue(struct delivery *delivery)
{
	rights_refresh(delivery->front->daemon);
	mc_loop_queue(delivery->front->loop, &delivery->task);
}

void
delivery_post(struct delivery *delivery)
{
	rights_refresh(delivery->front->daemon);
	mc_loop_post(delivery->front->loop, &delivery->task);
}
