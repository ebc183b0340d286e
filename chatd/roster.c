#include "chatd/roster.h"

#include <stdlib.h>
#include <string.h>

#include "libminiclass/model/membership.h"

static int
by_id(const void *a, const void *b)
{
	const struct person *x = a;
	const struct person *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

void
roster_free(struct roster *roster)
{
	free(roster->list);
	free(roster->names);
	*roster = (struct roster){ 0 };
}

bool
roster_copy(const struct mc_present *read, size_t n, struct roster *out)
{
	size_t bytes = 0;

	*out = (struct roster){ 0 };
	for (size_t i = 0; i < n; i++)
		bytes += read[i].name.len;
	out->list = calloc(n + 1, sizeof(*out->list));
	out->names = malloc(bytes + 1);
	if (out->list == NULL || out->names == NULL) {
		roster_free(out);
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
roster_has(const struct roster *roster, mc_user_id id)
{
	struct person person = { .id = id };

	return roster->n > 0 &&
	       bsearch(&person, roster->list, roster->n, sizeof(person), by_id) != NULL;
}

struct mc_chat_person *
roster_list(const struct roster *roster, struct mc_arena *arena, enum mc_role role, size_t *n)
{
	struct mc_chat_person *list = mc_arena_array(arena, roster->n + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; list != NULL && i < roster->n; i++) {
		const struct person *person = &roster->list[i];
		if (role != MC_ROLE_INSTRUCTOR && person->role != MC_ROLE_INSTRUCTOR)
			continue;
		struct mc_str name = mc_arena_copy(arena, person->name);
		if (name.ptr != NULL)
			list[(*n)++] = (struct mc_chat_person){ person->id, name,
				mc_role_name(person->role) };
	}
	return list;
}
