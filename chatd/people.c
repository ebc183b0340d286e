#include "chatd/people.h"

#include <stdlib.h>
#include <string.h>

#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/packet.h"
#include "libminiclass/model/membership.h"

static int
by_id(const void *a, const void *b)
{
	const struct person *x = a;
	const struct person *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

void
people_free(struct people *people)
{
	free(people->list);
	free(people->names);
	*people = (struct people){ 0 };
}

bool
people_copy(const struct mc_present *read, size_t n, struct people *out)
{
	size_t bytes = 0;

	*out = (struct people){ 0 };
	for (size_t i = 0; i < n; i++)
		bytes += read[i].name.len;
	out->list = calloc(n + 1, sizeof(*out->list));
	out->names = malloc(bytes + 1);
	if (out->list == NULL || out->names == NULL) {
		people_free(out);
		return false;
	}
	char *to = out->names;
	for (size_t i = 0; i < n; i++) {
		if (read[i].name.len > 0)
			memcpy(to, read[i].name.ptr, read[i].name.len);
		out->list[i] =
			(struct person){ read[i].user, read[i].role, { to, read[i].name.len } };
		to += read[i].name.len;
	}
	out->n = n;
	qsort(out->list, n, sizeof(*out->list), by_id);
	return true;
}

bool
people_have(const struct people *people, mc_user_id id)
{
	struct person person = { .id = id };

	return people->n > 0 &&
	       bsearch(&person, people->list, people->n, sizeof(person), by_id) != NULL;
}

struct mc_chat_person *
people_list(const struct people *people, struct mc_arena *arena, enum mc_role role, size_t *n)
{
	struct mc_chat_person *list = mc_arena_array(arena, people->n + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; list != NULL && i < people->n; i++) {
		const struct person *person = &people->list[i];
		if (role != MC_ROLE_INSTRUCTOR && person->role != MC_ROLE_INSTRUCTOR)
			continue;
		struct mc_str name = mc_arena_copy(arena, person->name);
		if (name.ptr != NULL)
			list[(*n)++] = (struct mc_chat_person){ person->id, name,
				mc_role_name(person->role) };
	}
	return list;
}

/* --- telling ---------------------------------------------------------------------------- */

/* Whom it is about is told what teachers are. */
struct role_change {
	mc_user_id user;
	struct packet_builder teachers, students;
};

struct people_news {
	struct packet_builder teachers, students;
	mc_room_id room;
	int64_t count;
	bool student_came, student_left;
	bool incomplete;             /* memory was out for a part of it */
	struct role_change *changes; /* owned, as are their builders */
	size_t n_changes;
	struct delivery *deliveries, **last; /* to be posted in this order; owned */
};

struct people_news *
people_news_create(void)
{
	struct people_news *news = calloc(1, sizeof(*news));

	if (news != NULL) {
		packet_builder_init(&news->teachers);
		packet_builder_init(&news->students);
		news->last = &news->deliveries;
	}
	return news;
}

static void
forget_deliveries(struct people_news *news)
{
	while (news->deliveries != NULL) {
		struct delivery *delivery = news->deliveries;
		news->deliveries = delivery->next;
		delivery_unref(delivery);
	}
	news->last = &news->deliveries;
}

static void
forget_changes(struct people_news *news)
{
	for (size_t i = 0; i < news->n_changes; i++) {
		packet_builder_finish(&news->changes[i].teachers);
		packet_builder_finish(&news->changes[i].students);
	}
	free(news->changes);
	news->changes = NULL;
	news->n_changes = 0;
}

void
people_news_destroy(struct people_news *news)
{
	if (news == NULL)
		return;
	forget_deliveries(news);
	forget_changes(news);
	packet_builder_finish(&news->teachers);
	packet_builder_finish(&news->students);
	free(news);
}

static struct mc_chat_event
about(const struct people_news *news, const struct person *person, bool came)
{
	return (struct mc_chat_event){
		.type = MC_CHAT_PRESENCE,
		.room = news->room,
		.person = { person->id, person->name, mc_role_name(person->role) },
		.joined = came,
		.member_count = news->count,
	};
}

static void
tell(struct people_news *news, const struct person *person, bool came)
{
	struct mc_chat_event event = about(news, person, came);

	packet_builder_add(&news->teachers, &event);
	if (person->role == MC_ROLE_INSTRUCTOR)
		packet_builder_add(&news->students, &event);
	else if (came)
		news->student_came = true;
	else
		news->student_left = true;
}

/* Whoever is here already comes anew with the role; students know instructors only, so for them one
 * may go with it. */
static void
tell_role(struct people_news *news, const struct person *person)
{
	/* Several at once are rare, and never more than people. */
	struct role_change *changes =
		realloc(news->changes, (news->n_changes + 1) * sizeof(*changes));

	if (changes == NULL) {
		news->incomplete = true;
		return;
	}
	news->changes = changes;
	struct role_change *change = &changes[news->n_changes++];
	change->user = person->id;
	packet_builder_init(&change->teachers);
	packet_builder_init(&change->students);
	struct mc_chat_event event = about(news, person, true);
	packet_builder_add(&change->teachers, &event);
	event.joined = person->role == MC_ROLE_INSTRUCTOR;
	packet_builder_add(&change->students, &event);
}

/* Students learn once that there are more or fewer, however many came at once. */
static void
tell_count(struct people_news *news)
{
	if (!news->student_came && !news->student_left)
		return;
	packet_builder_add(&news->students, &(struct mc_chat_event){
						    .type = MC_CHAT_PRESENCE,
						    .room = news->room,
						    .joined = news->student_came,
						    .member_count = news->count,
					    });
}

/* Both lists are sorted by id. */
static void
compare(struct people_news *news, const struct people *old, const struct people *new)
{
	size_t i = 0, j = 0;

	while (i < old->n || j < new->n) {
		if (j == new->n || (i < old->n && old->list[i].id < new->list[j].id))
			tell(news, &old->list[i++], false);
		else if (i == old->n || new->list[j].id < old->list[i].id)
			tell(news, &new->list[j++], true);
		else {
			if (new->list[j].role != old->list[i].role)
				tell_role(news, &new->list[j]);
			i++, j++;
		}
	}
	tell_count(news);
}

/* NULL stands for nothing to say.  False when memory is out. */
static bool
add_delivery(struct people_news *news, struct front *front, const struct packet_builder *teachers,
	const struct packet_builder *students, mc_user_id new_role)
{
	struct delivery *delivery = delivery_create(front, DELIVERY_PRESENCE, news->room);

	if (delivery == NULL)
		return false;
	*news->last = delivery;
	news->last = &delivery->next;
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
add_deliveries_for(struct people_news *news, struct front *front)
{
	const struct packet_builder *teachers = if_filled(&news->teachers);
	const struct packet_builder *students = if_filled(&news->students);

	for (size_t i = 0; i < news->n_changes; i++)
		if (!add_delivery(news, front, &news->changes[i].teachers,
			    &news->changes[i].students, news->changes[i].user))
			return false;
	return (teachers == NULL && students == NULL) ||
	       add_delivery(news, front, teachers, students, 0);
}

bool
people_compare(struct people_news *news, const struct daemon *daemon, mc_room_id room,
	const struct people *old, const struct people *new)
{
	packet_builder_clear(&news->teachers);
	packet_builder_clear(&news->students);
	forget_changes(news);
	forget_deliveries(news);
	news->room = room;
	news->count = (int64_t) new->n;
	news->student_came = news->student_left = news->incomplete = false;
	compare(news, old, new);

	bool ready = !news->incomplete;
	for (size_t i = 0; ready && i < daemon->n_fronts; i++)
		ready = add_deliveries_for(news, daemon->fronts[i]);
	if (!ready)
		forget_deliveries(news);
	return ready;
}

void
people_tell(struct people_news *news)
{
	while (news->deliveries != NULL) {
		struct delivery *delivery = news->deliveries;
		news->deliveries = delivery->next;
		delivery_post(delivery);
	}
	news->last = &news->deliveries;
}
