#include "cli/common/keys.h"

#include "libminiclass/base/attr.h"
#include "libminiclass/base/utf8.h"

enum { ESCAPE = 0x1b, SEQUENCE_MAX = 32 };

/* What stands behind "ESC [" or "ESC O", for xterm, VT220, Linux and rxvt. */
struct sequence {
	struct mc_str bytes;
	enum key_kind kind;
	char letter;
};

/* clang-format off */
static const struct sequence sequences[] = {
	{ MC_STR_INIT("A"), KEY_UP, 0 }, { MC_STR_INIT("B"), KEY_DOWN, 0 },
	{ MC_STR_INIT("C"), KEY_RIGHT, 0 }, { MC_STR_INIT("D"), KEY_LEFT, 0 },
	{ MC_STR_INIT("H"), KEY_HOME, 0 }, { MC_STR_INIT("F"), KEY_END, 0 },
	{ MC_STR_INIT("1~"), KEY_HOME, 0 }, { MC_STR_INIT("4~"), KEY_END, 0 },
	{ MC_STR_INIT("7~"), KEY_HOME, 0 }, { MC_STR_INIT("8~"), KEY_END, 0 },
	{ MC_STR_INIT("3~"), KEY_DELETE, 0 },
	{ MC_STR_INIT("5~"), KEY_PAGE_UP, 0 }, { MC_STR_INIT("6~"), KEY_PAGE_DOWN, 0 },
	/* Ctrl and Alt with an arrow: a word. */
	{ MC_STR_INIT("1;5C"), KEY_ALT, 'f' }, { MC_STR_INIT("1;5D"), KEY_ALT, 'b' },
	{ MC_STR_INIT("1;3C"), KEY_ALT, 'f' }, { MC_STR_INIT("1;3D"), KEY_ALT, 'b' },
	{ MC_STR_INIT("1;2A"), KEY_PAGE_UP, 0 }, { MC_STR_INIT("1;2B"), KEY_PAGE_DOWN, 0 },
	{ MC_STR_INIT("I"), KEY_FOCUS_IN, 0 }, { MC_STR_INIT("O"), KEY_FOCUS_OUT, 0 },
	{ MC_STR_INIT("M"), KEY_ENTER, 0 },
};
/* clang-format on */

static void
name_sequence(struct keys *keys, struct mc_str bytes, struct key *out)
{
	if (mc_str_equal(bytes, MC_STR("200~")))
		keys->pasting = true;
	if (mc_str_equal(bytes, MC_STR("201~")))
		keys->pasting = false;
	for (size_t i = 0; i < MC_COUNT(sequences); i++) {
		if (mc_str_equal(bytes, sequences[i].bytes)) {
			out->kind = sequences[i].kind;
			out->letter = sequences[i].letter;
		}
	}
}

/* ECMA-48, 5.4: parameters, then one final byte; "ESC O" has one byte behind it. */
static size_t
sequence(struct keys *keys, struct mc_str input, bool all, struct key *out)
{
	size_t end = 2;

	if (input.ptr[1] == '[')
		while (end < input.len && end < SEQUENCE_MAX && input.ptr[end] >= 0x20 &&
			input.ptr[end] < 0x40)
			end++;
	if (end >= input.len) {
		if (!all)
			return 0;
		*out = (struct key){ .kind = KEY_ALT, .letter = input.ptr[1] };
		return input.len;
	}
	name_sequence(keys, mc_str_first(mc_str_skip(input, 2), end - 1), out);
	return end + 1;
}

static size_t
escape(struct keys *keys, struct mc_str input, bool all, struct key *out)
{
	if (input.len == 1) {
		if (!all)
			return 0;
		out->kind = KEY_ESCAPE;
		return 1;
	}
	unsigned char second = (unsigned char)input.ptr[1];
	if (second == '[' || second == 'O')
		return sequence(keys, input, all, out);
	if (second >= 0x80 || second < 0x20) {
		out->kind = second == 0x08 ? KEY_ALT : KEY_ESCAPE;
		out->letter = 0x7f;
		return second == 0x08 ? 2 : 1;
	}
	*out = (struct key){ .kind = KEY_ALT, .letter = (char)second };
	return 2;
}

static size_t
control(unsigned char byte, struct key *out)
{
	switch (byte) {
	case '\r':
	case '\n': out->kind = KEY_ENTER; break;
	case '\t': out->kind = KEY_TAB; break;
	case 0x7f:
	case 0x08: out->kind = KEY_BACKSPACE; break;
	default: *out = (struct key){ .kind = KEY_CTRL, .letter = (char)(byte | 0x40) }; break;
	}
	return 1;
}

static size_t
character(struct mc_str input, bool all, struct key *out)
{
	unsigned char first = (unsigned char)input.ptr[0];
	size_t size = first < 0x80 ? 1 : (first < 0xe0 ? 2 : (first < 0xf0 ? 3 : 4));

	if (size > input.len && !all)
		return 0;
	struct mc_str text = mc_str_first(input, size);
	/* Not UTF-8, or a C1 control: nothing that may become text. */
	if (!mc_utf8_is_valid(text) || (first == 0xc2 && (unsigned char)text.ptr[1] < 0xa0))
		return 1;
	*out = (struct key){ .kind = KEY_TEXT, .text = text };
	return size;
}

size_t
keys_next(struct keys *keys, struct mc_str input, bool all, struct key *out)
{
	*out = (struct key){ .kind = KEY_NONE };
	if (input.len == 0)
		return 0;
	unsigned char first = (unsigned char)input.ptr[0];
	if (first == ESCAPE)
		return escape(keys, input, all, out);
	if (keys->pasting && (first == '\r' || first == '\n' || first == '\t')) {
		*out = (struct key){ .kind = KEY_TEXT,
			.text = first == '\t' ? MC_STR(" ") : MC_STR("\n") };
		/* CRLF is one end of a line. */
		return first == '\r' && input.len > 1 && input.ptr[1] == '\n' ? 2 : 1;
	}
	if (first < 0x20 || first == 0x7f)
		return keys->pasting ? 1 : control(first, out);
	return character(input, all, out);
}
