#include "cli/common/pick_class.h"

#include <string.h>
#include <strings.h>

#include "cli/common/answer.h"
#include "cli/common/pick.h"
#include "cli/common/say.h"

static bool
is_address(const char *words)
{
	return strncasecmp(words, "http://", 7) == 0 || strncasecmp(words, "https://", 8) == 0;
}

static bool
is_here(const struct seat *seat, const char *address)
{
	return mc_str_equal_nocase(seat_authority(seat->server), seat_authority(address));
}

int64_t
pick_number_in(const struct seat *seat, const char *words, const char *part)
{
	struct mc_str host = seat_authority(words);
	int64_t number = 0;

	if (!is_address(words) || !is_here(seat, words))
		return 0;
	struct mc_str path = { host.ptr + host.len, strcspn(host.ptr + host.len, "?#") };
	const char *found = memmem(path.ptr, path.len, part, strlen(part));
	if (found == NULL)
		return 0;
	path = mc_str_skip(path, (size_t)(found - path.ptr) + strlen(part));
	path = mc_str_first(path, mc_str_find(path, '/'));
	return mc_str_to_int(path, 1, INT64_MAX, &number) ? number : 0;
}

/* "https://class.example.org/classes/12/posts/7" names class 12, of this server only. */
static int
read_address(const struct seat *seat, const char *words, int64_t *id)
{
	if (!is_here(seat, words))
		return say_usage(words, "is on another server: --server");
	*id = pick_number_in(seat, words, "/classes/");
	return *id > 0 ? -1 : say_usage(words, "is no address of a class");
}

int
pick_class(struct seat *seat, const char *words, int64_t *id)
{
	static const struct pick_key keys[] = { { "name", false }, { NULL, false } };
	struct mc_api_answer answer;
	struct json_object *found = NULL;

	if (mc_str_to_int(mc_str_from(words), 1, INT64_MAX, id))
		return -1;
	if (is_address(words))
		return read_address(seat, words, id);
	int done = seat_call(seat, words, "/classes", NULL, &answer);
	if (done >= 0)
		return done;
	struct json_object *list = answer_list(answer.json, "classes");
	done = pick_one(&list, 1, keys, "class", words, &found);
	if (done < 0)
		*id = answer_int(found, "id");
	return done;
}
