#include "libminiclass/base/guess.h"

enum { WORD_MAX = 40, DISTANCE_FAR = WORD_MAX + 1, DISTANCE_MAX = 2, LETTERS_PER_EDIT = 3 };

static size_t
smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * Edits that make `a` of `b`: a letter more, less or other, or two neighbours the other way.
 * Optimal string alignment, three rows of the table at a time.
 */
static size_t
distance_of(struct mc_str a, struct mc_str b)
{
	size_t rows[3][WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return DISTANCE_FAR;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *before = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t differs = a.ptr[i - 1] != b.ptr[j - 1];
			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + differs);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
				a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[a.len % 3][b.len];
}

/* Short words are all near to one another: an edit needs three letters. */
static size_t
limit_of(struct mc_str typed)
{
	size_t limit = typed.len / LETTERS_PER_EDIT;

	return limit < DISTANCE_MAX ? limit : DISTANCE_MAX;
}

void
mc_guess_offer(struct mc_guess *guess, const char *name)
{
	struct mc_str word = mc_str_from(name);
	size_t distance = distance_of(guess->typed, word);

	/* "attend" is cut, not mistyped. */
	if (guess->typed.len > 1 && mc_str_starts_with(word, guess->typed))
		distance = 1;
	else if (distance > limit_of(guess->typed))
		return;
	if (guess->name != NULL && guess->distance <= distance)
		return;
	guess->name = name;
	guess->distance = distance;
}
