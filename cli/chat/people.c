#include "cli/chat/people.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common/say.h"
#include "libminiclass/limits.h"

static size_t
find(const struct people *people, int64_t id)
{
	size_t i = 0;

	while (i < people->n && people->list[i].id != id)
		i++;
	return i;
}

static bool
drop(struct people *people, int64_t id)
{
	size_t at = find(people, id);

	if (at == people->n)
		return false;
	free(people->list[at].name);
	people->n--;
	memmove(&people->list[at], &people->list[at + 1],
		(people->n - at) * sizeof(people->list[0]));
	return true;
}

/* Without memory they are counted all the same. */
static bool
add(struct people *people, const struct mc_chat_person *person)
{
	if (person->id == 0 || find(people, person->id) < people->n)
		return false;
	if (people->n >= MC_PEOPLE_LISTED_MAX)
		return true;
	if (people->n == people->size) {
		size_t size = people->size == 0 ? 16 : people->size * 2;
		struct person *list = realloc(people->list, size * sizeof(list[0]));
		if (list == NULL)
			return true;
		people->list = list;
		people->size = size;
	}
	char *name = strndup(person->name.len > 0 ? person->name.ptr : "", person->name.len);
	if (name != NULL)
		people->list[people->n++] = (struct person){ person->id, name };
	return true;
}

void
people_clear(struct people *people)
{
	for (size_t i = 0; i < people->n; i++)
		free(people->list[i].name);
	free(people->list);
	*people = (struct people){ .n = 0 };
}

bool
people_take(struct people *people, const struct mc_chat_event *event)
{
	bool is_news = false;

	if (event->type == MC_CHAT_JOINED) {
		people_clear(people);
		for (size_t i = 0; i < event->n_members; i++)
			is_news |= add(people, &event->members[i]);
		people->count = event->member_count;
	} else if (event->type == MC_CHAT_PRESENCE) {
		is_news = event->joined ? add(people, &event->person)
					: drop(people, event->person.id);
		people->count = event->member_count;
	}
	if (people->count < (int64_t)people->n)
		people->count = (int64_t)people->n;
	return is_news;
}

void
people_write(const struct people *people, FILE *out)
{
	int64_t more = people->count - (int64_t)people->n;

	fprintf(out, "%" PRId64 " here%s", people->count, people->n > 0 ? ": " : "");
	for (size_t i = 0; i < people->n; i++) {
		if (i > 0)
			fputs(more == 0 && i + 1 == people->n ? " and " : ", ", out);
		say_clean(out, mc_str_from(people->list[i].name), false);
	}
	if (more > 0 && people->n > 0)
		fprintf(out, " and %" PRId64 " more", more);
}
