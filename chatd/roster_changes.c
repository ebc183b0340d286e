#include "chatd/roster_changes.h"

#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/packet.h"
#include "libminiclass/model/membership.h"

/* Whom it is about is told what teachers are. */
struct role_change {
	mc_user_id user;
	struct packet_builder teachers, students;
};

struct roster_changes {
	struct packet_builder teachers, students;
	mc_room_id room;
	int64_t count;
	bool student_came, student_left;
	bool incomplete;           /* memory was out for a part of it */
	struct role_change *roles; /* owned, as are their builders */
	size_t n_roles;
	struct delivery *deliveries, **last; /* to be posted in this order; owned */
};

struct roster_changes *
roster_changes_create(void)
{
	struct roster_changes *changes = calloc(1, sizeof(*changes));

	if (changes != NULL) {
		packet_builder_init(&changes->teachers);
		packet_builder_init(&changes->students);
		changes->last = &changes->deliveries;
	}
	return changes;
}

static void
forget_deliveries(struct roster_changes *changes)
{
	while (changes->deliveries != NULL) {
		struct delivery *delivery = changes->deliveries;
		changes->deliveries = delivery->next;
		delivery_unref(delivery);
	}
	changes->last = &changes->deliveries;
}

static void
forget_roles(struct roster_changes *changes)
{
	for (size_t i = 0; i < changes->n_roles; i++) {
		packet_builder_finish(&changes->roles[i].teachers);
		packet_builder_finish(&changes->roles[i].students);
	}
	free(changes->roles);
	changes->roles = NULL;
	changes->n_roles = 0;
}

void
roster_changes_destroy(struct roster_changes *changes)
{
	if (changes == NULL)
		return;
	forget_deliveries(changes);
	forget_roles(changes);
	packet_builder_finish(&changes->teachers);
	packet_builder_finish(&changes->students);
	free(changes);
}

static struct mc_chat_event
about(const struct roster_changes *changes, const struct person *person, bool came)
{
	return (struct mc_chat_event){
		.type = MC_CHAT_PRESENCE,
		.room = changes->room,
		.person = { person->id, person->name, mc_role_name(person->role) },
		.joined = came,
		.member_count = changes->count,
	};
}

static void
tell(struct roster_changes *changes, const struct person *person, bool came)
{
	struct mc_chat_event event = about(changes, person, came);

	packet_builder_add(&changes->teachers, &event);
	if (person->role == MC_ROLE_INSTRUCTOR)
		packet_builder_add(&changes->students, &event);
	else if (came)
		changes->student_came = true;
	else
		changes->student_left = true;
}

/* Whoever is here already comes anew with the role; students know instructors only, so for them an
 * instructor comes or goes. */
static void
tell_role(struct roster_changes *changes, const struct person *person)
{
	/* Several at once are rare, and never more than people. */
	struct role_change *roles =
		realloc(changes->roles, (changes->n_roles + 1) * sizeof(*roles));

	if (roles == NULL) {
		changes->incomplete = true;
		return;
	}
	changes->roles = roles;
	struct role_change *change = &roles[changes->n_roles++];
	change->user = person->id;
	packet_builder_init(&change->teachers);
	packet_builder_init(&change->students);
	struct mc_chat_event event = about(changes, person, true);
	packet_builder_add(&change->teachers, &event);
	event.joined = person->role == MC_ROLE_INSTRUCTOR;
	event.person.role = mc_role_name(MC_ROLE_INSTRUCTOR);
	packet_builder_add(&change->students, &event);
}

/* Students learn once that there are more or fewer, however many came at once. */
static void
tell_count(struct roster_changes *changes)
{
	if (!changes->student_came && !changes->student_left)
		return;
	packet_builder_add(&changes->students, &(struct mc_chat_event){
						       .type = MC_CHAT_PRESENCE,
						       .room = changes->room,
						       .joined = changes->student_came,
						       .member_count = changes->count,
					       });
}

/* Both lists are sorted by id. */
static void
compare(struct roster_changes *changes, const struct roster *old, const struct roster *new)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < new->n) {
		if (j == new->n || (i < old->n && old->list[i].id < new->list[j].id))
			tell(changes, &old->list[i++], false);
		else if (i == old->n || new->list[j].id < old->list[i].id)
			tell(changes, &new->list[j++], true);
		else {
			if (new->list[j].role != old->list[i].role)
				tell_role(changes, &new->list[j]);
			i++, j++;
		}
	}
	tell_count(changes);
}

/* NULL stands for nothing to say.  False when memory is out. */
static bool
add_delivery(struct roster_changes *changes, struct front *front,
	const struct packet_builder *teachers, const struct packet_builder *students,
	mc_user_id new_role)
{
	struct delivery *delivery = delivery_create(front, DELIVERY_PRESENCE, changes->room);

	if (delivery == NULL)
		return false;
	*changes->last = delivery;
	changes->last = &delivery->next;
	delivery->packet = teachers != NULL ? packet_create(teachers) : NULL;
	delivery->student_packet = students != NULL ? packet_create(students) : NULL;
	delivery->new_role = new_role;
	return (teachers == NULL || delivery->packet != NULL) &&
	       (students == NULL || delivery->student_packet != NULL);
}

/* What could not be encoded is no packet, but not nothing either. */
static const struct packet_builder *
if_filled(const struct packet_builder *builder)
{
	const struct mc_buf *form = &builder->forms[WIRE_FRAMED];

	return form->len > 0 || !mc_buf_ok(form) ? builder : NULL;
}

static bool
add_deliveries_for(struct roster_changes *changes, struct front *front)
{
	const struct packet_builder *teachers = if_filled(&changes->teachers);
	const struct packet_builder *students = if_filled(&changes->students);

	for (size_t i = 0; i < changes->n_roles; i++)
		if (!add_delivery(changes, front, &changes->roles[i].teachers,
			    &changes->roles[i].students, changes->roles[i].user))
			return false;
	return (teachers == NULL && students == NULL) ||
	       add_delivery(changes, front, teachers, students, 0);
}

bool
roster_changes_find(struct roster_changes *changes, const struct daemon *daemon, mc_room_id room,
	const struct roster *old, const struct roster *new)
{
	packet_builder_clear(&changes->teachers);
	packet_builder_clear(&changes->students);
	forget_roles(changes);
	forget_deliveries(changes);
	changes->room = room;
	changes->count = (int64_t) new->n;
	changes->student_came = changes->student_left = changes->incomplete = false;
	compare(changes, old, new);

	bool ready = !changes->incomplete;
	for (size_t i = 0; ready && i < daemon->n_fronts; i++)
		ready = add_deliveries_for(changes, daemon->fronts[i]);
	if (!ready)
		forget_deliveries(changes);
	return ready;
}

void
roster_changes_tell(struct roster_changes *changes)
{
	while (changes->deliveries != NULL) {
		struct delivery *delivery = changes->deliveries;
		changes->deliveries = delivery->next;
		delivery_post(delivery);
	}
	changes->last = &changes->deliveries;
}
