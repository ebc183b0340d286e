#include "cli/chat/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/chat/command.h"
#include "cli/common/glyph.h"
#include "cli/common/say.h"

enum { NAMED_MAX = 200 };

/* The ones that fit so far, and what stands behind the only one. */
struct choice {
	char *begun; /* folded */
	struct mc_buf *out;
	size_t n;
};

static void
offer(struct choice *choice, const char *name)
{
	char *folded = glyph_fold(name);

	if (folded != NULL && strncmp(folded, choice->begun, strlen(choice->begun)) == 0 &&
		choice->out->len < NAMED_MAX) {
		mc_buf_addf(choice->out, "%s%s", choice->n > 0 ? ", " : "", name);
		choice->n++;
	}
	free(folded);
}

/* Cleaned, because it becomes part of what is drawn. */
static void
offer_person(struct choice *choice, const char *name)
{
	char *clean = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&clean, &size);

	if (out == NULL)
		return;
	say_clean(out, mc_str_from(name), false);
	if (fclose(out) == 0)
		offer(choice, clean);
	free(clean);
}

static void
offer_all(struct choice *choice, const struct talk *talk, bool commands)
{
	const char *name;

	for (size_t i = 0; commands && (name = command_name(i)) != NULL; i++)
		offer(choice, name);
	for (size_t i = 0; !commands && i < talk->people.n; i++)
		offer_person(choice, talk->people.list[i].name);
}

/* The word in front of the cursor; behind "/with " all the rest, for a name has blanks. */
static struct mc_str
word_of(struct mc_str before)
{
	static const struct mc_str with = MC_STR_INIT("/with ");
	size_t at = before.len;

	if (mc_str_starts_with(before, with))
		return mc_str_skip(before, with.len);
	while (at > 0 && before.ptr[at - 1] != ' ' && before.ptr[at - 1] != '\n')
		at--;
	return mc_str_skip(before, at);
}

enum complete_result
complete_word(const struct talk *talk, struct mc_str before, size_t *n_bytes, struct mc_buf *out)
{
	struct mc_str word = word_of(before);
	bool at_begin = word.len == before.len;
	bool is_command = at_begin && word.len > 0 && word.ptr[0] == '/';
	char *begun = strndup(word.len > 0 ? word.ptr : "", word.len);
	struct choice choice = { .begun = begun != NULL ? glyph_fold(begun) : NULL, .out = out };

	mc_buf_clear(out);
	*n_bytes = word.len;
	if (choice.begun != NULL && (word.len > 0 || !at_begin))
		offer_all(&choice, talk, is_command);
	free(choice.begun);
	free(begun);
	if (choice.n == 1)
		mc_buf_add_text(out, at_begin && !is_command ? ": " : " ");
	if (choice.n == 0 || !mc_buf_ok(out))
		return COMPLETE_NONE;
	return choice.n == 1 ? COMPLETE_DONE : COMPLETE_MORE;
}
