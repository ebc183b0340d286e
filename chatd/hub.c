#include "chatd/hub.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/front.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "libminiclass/service/metric.h"

enum { SLOTS = 1024 };

struct hub_room {
	struct hub_room *chain;
	mc_room_id id;
	struct member *members;
	size_t n_members;
};

/* What a member is told once its rights are known. */
struct held {
	struct held *next;
	struct delivery *delivery;
};

struct hub {
	struct front *front;
	uint64_t tickets;
	struct hub_room *slots[SLOTS];
};

/* Ids come from one sequence of ours, so their low bits spread by themselves. */
static struct hub_room **
slot_of(struct hub *hub, mc_room_id id)
{
	return &hub->slots[(uint64_t)id % SLOTS];
}

static struct hub_room *
find_room(struct hub *hub, mc_room_id id)
{
	struct hub_room *room = *slot_of(hub, id);

	while (room != NULL && room->id != id)
		room = room->chain;
	return room;
}

static struct hub_room *
open_room(struct hub *hub, mc_room_id id)
{
	struct hub_room *room = find_room(hub, id);

	if (room != NULL)
		return room;
	room = calloc(1, sizeof(*room));
	if (room == NULL)
		return NULL;
	room->id = id;
	room->chain = *slot_of(hub, id);
	*slot_of(hub, id) = room;
	return room;
}

/* Nobody is left: the store need not hand us its messages any more. */
static void
close_room(struct hub *hub, struct hub_room *room)
{
	struct hub_room **link = slot_of(hub, room->id);
	struct job *job = job_create(JOB_CLOSE, hub->front, 0);

	while (*link != room)
		link = &(*link)->chain;
	*link = room->chain;
	/* Without it the store hands on what nobody here takes: a waste, not a fault. */
	if (job != NULL) {
		job->room = room->id;
		if (!jobs_push(store_jobs(hub->front->daemon->store), job))
			job_destroy(job);
	}
	free(room);
}

mc_room_id
hub_room_id(const struct hub_room *room)
{
	return room->id;
}

struct member *
hub_find(struct conn *conn, mc_room_id room)
{
	for (struct member *member = conn->members; member != NULL; member = member->next_of_conn)
		if (member->room->id == room)
			return member;
	return NULL;
}

struct member *
hub_find_stay(struct conn *conn, mc_room_id room, uint64_t ticket)
{
	struct member *member = hub_find(conn, room);

	return member != NULL && member->ticket == ticket ? member : NULL;
}

struct member *
hub_join(struct conn *conn, mc_room_id id)
{
	struct presence *presence = conn->front->daemon->presence;
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL || !presence_came(presence, id, conn->user)) {
		free(member);
		return NULL;
	}
	struct hub_room *room = open_room(conn->front->hub, id);
	if (room == NULL) {
		presence_left(presence, id, conn->user);
		free(member);
		return NULL;
	}
	member->conn = conn;
	member->room = room;
	member->next_of_room = room->members;
	member->link_of_room = &room->members;
	if (room->members != NULL)
		room->members->link_of_room = &member->next_of_room;
	room->members = member;
	room->n_members++;

	member->next_of_conn = conn->members;
	member->link_of_conn = &conn->members;
	if (conn->members != NULL)
		conn->members->link_of_conn = &member->next_of_conn;
	conn->members = member;
	conn->n_members++;
	member->held_end = &member->held;
	member->ticket = ++conn->front->hub->tickets;
	return member;
}

void
hub_set_stage(struct member *member, enum member_stage stage, enum mc_role role)
{
	member->stage = stage;
	if (!member->rechecked)
		member->role = role;
}

void
hub_set_role(struct member *member, enum mc_role role)
{
	member->rechecked = true;
	member->role = role;
}

/* It is weighed before it is known for which role. */
static const struct packet *
any_packet(const struct delivery *delivery)
{
	return delivery->packet != NULL ? delivery->packet : delivery->student_packet;
}

/* The first delivery that is held, the caller's from now on; NULL: none is. */
static struct delivery *
take_held(struct member *member)
{
	struct held *held = member->held;

	if (held == NULL)
		return NULL;
	struct delivery *delivery = held->delivery;
	member->held = held->next;
	if (member->held == NULL)
		member->held_end = &member->held;
	conn_unhold(member->conn, any_packet(delivery));
	free(held);
	return delivery;
}

void
hub_leave(struct member *member)
{
	struct conn *conn = member->conn;
	struct hub_room *room = member->room;
	struct delivery *held;

	while ((held = take_held(member)) != NULL)
		delivery_unref(held);
	/* What was missed need not be read any more. */
	if (member->joining != NULL)
		atomic_store(&member->joining->join.left, true);
	presence_left(conn->front->daemon->presence, room->id, conn->user);
	*member->link_of_room = member->next_of_room;
	if (member->next_of_room != NULL)
		member->next_of_room->link_of_room = member->link_of_room;
	*member->link_of_conn = member->next_of_conn;
	if (member->next_of_conn != NULL)
		member->next_of_conn->link_of_conn = member->link_of_conn;
	conn->n_members--;
	free(member);
	if (--room->n_members == 0)
		close_room(conn->front->hub, room);
}

void
hub_leave_all(struct conn *conn)
{
	struct member *next;

	for (struct member *member = conn->members; member != NULL; member = next) {
		next = member->next_of_conn;
		hub_leave(member);
	}
}

/* Who comes or goes during a long replay is in no list that was sent: that is told at once. */
static bool
is_for(const struct delivery *delivery, const struct member *member)
{
	if (delivery->kind != DELIVERY_PRESENCE)
		return member->stage == MEMBER_LIVE;
	return member->stage >= MEMBER_TOLD;
}

/* Who is no instructor any more has left for students, but not for themselves. */
static struct packet *
packet_for(const struct delivery *delivery, const struct member *member)
{
	if (delivery->kind != DELIVERY_PRESENCE || member->role == MC_ROLE_INSTRUCTOR ||
		member->conn->user == delivery->new_role)
		return delivery->packet;
	return delivery->student_packet;
}

/* False: there is nothing for one of that role. */
static bool
tell(const struct member *member, const struct delivery *delivery)
{
	struct packet *packet = packet_for(delivery, member);

	if (packet == NULL)
		return false;
	conn_queue(member->conn, packet_ref(packet));
	return true;
}

static void
hold(struct member *member, struct delivery *delivery)
{
	struct held *held = calloc(1, sizeof(*held));

	if (held == NULL) {
		conn_queue(member->conn, NULL);
		return;
	}
	if (!conn_hold(member->conn, any_packet(delivery))) {
		free(held);
		return;
	}
	held->delivery = delivery_ref(delivery);
	*member->held_end = held;
	member->held_end = &held->next;
}

/* Everyone's queue; who reads too slowly may be ended, but only at the end of the turn. */
static void
deliver(struct hub_room *room, struct delivery *delivery)
{
	size_t n = 0;

	for (struct member *member = room->members; member != NULL; member = member->next_of_room) {
		if (!is_for(delivery, member))
			continue;
		if (member->conn->checking)
			hold(member, delivery);
		else
			n += tell(member, delivery);
	}
	mc_metric_add(&delivery->front->metrics.deliveries, n * delivery->n_messages);
}

static void
let_out(struct member *member)
{
	struct delivery *delivery;
	bool ended = false;

	while ((delivery = take_held(member)) != NULL) {
		if (tell(member, delivery))
			mc_metric_add(&delivery->front->metrics.deliveries, delivery->n_messages);
		ended = ended || delivery->kind == DELIVERY_ENDED;
		delivery_unref(delivery);
	}
	if (ended)
		hub_leave(member);
}

void
hub_let_out(struct conn *conn)
{
	struct member *next;

	for (struct member *member = conn->members; member != NULL; member = next) {
		next = member->next_of_conn;
		let_out(member);
	}
}

/* Who is not live yet is told behind the last step of the replay, who is held when that ends. */
static void
end_room(struct hub_room *room)
{
	struct member *next;

	/* The last one to leave frees the room. */
	for (struct member *member = room->members; member != NULL; member = next) {
		next = member->next_of_room;
		if (member->stage == MEMBER_LIVE && !member->conn->checking)
			hub_leave(member);
	}
}

static void
on_delivery(struct mc_task *task)
{
	struct delivery *delivery = MC_CONTAINER(task, struct delivery, task);
	struct hub_room *room = find_room(delivery->front->hub, delivery->room);

	if (room != NULL) {
		deliver(room, delivery);
		if (delivery->kind == DELIVERY_ENDED)
			end_room(room);
	}
	delivery_unref(delivery);
}

struct hub *
hub_create(struct front *front)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
	hub->front = front;
	front->take_delivery = on_delivery;
	return hub;
}

void
hub_destroy(struct hub *hub)
{
	free(hub);
}
