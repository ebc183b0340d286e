/*
 * Bytes that a terminal sends, as keys into a line; and bytes of other people on their way to a
 * terminal.  The same keys come whichever way the bytes were cut; the line stays text; what goes
 * out steers nothing.
 */

#include <stdio.h>
#include <string.h>

#include "cli/common/keys.h"
#include "cli/common/line.h"
#include "cli/common/say.h"
#include "libminiclass/base/utf8.h"
#include "test/fuzz/fuzz.h"

enum { KEYS_MAX = 4096 };

/* A line that takes the keys of `input`, given as far as `step` bytes more each time. */
static void
type(struct line *line, struct mc_str input, size_t step)
{
	struct keys keys = { .pasting = false };
	size_t there = 0, used;
	struct key key;

	for (size_t n = 0; n < KEYS_MAX && input.len > 0; n++) {
		bool all = there >= input.len;
		struct mc_str shown = mc_str_first(input, all ? input.len : there);
		used = shown.len > 0 ? keys_next(&keys, shown, all, &key) : 0;
		expect(used <= shown.len, "a key takes what is there");
		expect(used > 0 || !all, "what is all there is some key");
		if (used == 0) {
			there += step;
			continue;
		}
		input = mc_str_skip(input, used);
		there -= used < there ? used : there;
		if (line_key(line, &key) == LINE_DONE)
			line_keep(line);
		expect(line->cursor <= line->len && line->len <= LINE_SIZE, "the cursor is in it");
		expect(mc_utf8_is_valid(line_text(line)), "the line is text");
	}
}

static void
check_window(const struct line *line)
{
	for (int columns = 1; columns < 40; columns += 13) {
		size_t from, to;
		int cursor;
		line_window(line, columns, &from, &to, &cursor);
		expect(from <= to && to <= line->len, "the window is in the line");
		expect(cursor >= 0 && cursor < columns, "the cursor is in the window");
	}
}

static void
check_clean(struct mc_str text, bool lines)
{
	char *out = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&out, &size);

	expect(file != NULL, "there is memory");
	say_clean(file, text, lines);
	expect(fclose(file) == 0, "there is memory");
	expect(mc_utf8_is_valid((struct mc_str){ out, size }), "what goes out is UTF-8");
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)out[i];
		expect(c >= 0x20 || (lines && (c == '\n' || c == '\t')), "no C0");
		expect(c != 0x7f, "no DEL");
		expect(c != 0xc2 || (unsigned char)out[i + 1] >= 0xa0, "no C1");
	}
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line whole, cut;
	struct mc_str in = { (const char *)data, size };

	line_init(&whole);
	line_init(&cut);
	type(&whole, in, size + 1);
	type(&cut, in, 1);
	check_window(&whole);
	expect(mc_str_equal(line_text(&whole), line_text(&cut)), "however it was cut");
	line_finish(&whole);
	line_finish(&cut);
	check_clean(in, true);
	check_clean(in, false);
	return 0;
}
