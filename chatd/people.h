/*
 * people - who is in a room, and telling its members what changed.
 *
 * Instructors are told who came and left; students are told that of instructors, and else only how
 * many there are.  No thread of its own.
 */
#ifndef CHATD_PEOPLE_H
#define CHATD_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/model/stay.h"

struct daemon;

struct person {
	mc_user_id id;
	enum mc_role role;
	struct mc_str name; /* in `names` of the list */
};

struct people {
	struct person *list; /* by id; owned */
	size_t n;
	char *names; /* block of all names; owned */
};

/* Of one room as it was read; false when memory is out. */
bool people_copy(const struct mc_present *read, size_t n, struct people *out) MC_MUST_USE;
void people_free(struct people *people);
bool people_have(const struct people *people, mc_user_id id);
/* As `role` may see them, in the arena; NULL when memory is out, and *n 0. */
struct mc_chat_person *people_list(
	const struct people *people, struct mc_arena *arena, enum mc_role role, size_t *n);

/* What there is to say to the members of a room. */
struct people_news;

/* NULL when memory is out. */
struct people_news *people_news_create(void);
void people_news_destroy(struct people_news *news);
/*
 * Replaces what it held by the difference of the two, made ready for every front of the daemon.
 * False when memory is out: then it holds nothing, and the two are to be compared again.
 */
bool people_compare(struct people_news *news, const struct daemon *daemon, mc_room_id room,
	const struct people *old, const struct people *new) MC_MUST_USE;
/* Posts what it holds; nothing when there was no difference. */
void people_tell(struct people_news *news);

#endif
