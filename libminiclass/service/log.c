#include "libminiclass/service/log.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libminiclass/base/time.h"
#include "libminiclass/base/utf8.h"

enum {
	LINE_SIZE_MAX = 4096, /* PIPE_BUF: what a pipe takes without mixing */
	VALUE_SIZE_MAX = 512, /* of one value: escaped sixfold it still fits a line */
};

/* The program's name is set before threads start; the rest may change while they run. */
static struct {
	const char *program;
	_Atomic enum mc_log_level level;
	_Atomic enum mc_log_format format;
	_Atomic int64_t lost; /* lines, since the last one that was written */
} sink = { .program = "miniclass", .level = MC_LOG_INFO, .format = MC_LOG_TEXT };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
mc_log_setup(const char *program, enum mc_log_level level, enum mc_log_format format)
{
	sink.program = program;
	mc_log_change(level, format);
}

void
mc_log_change(enum mc_log_level level, enum mc_log_format format)
{
	sink.level = level;
	sink.format = format;
}

bool
mc_log_is_on(enum mc_log_level level)
{
	return level <= sink.level;
}

/* A line of fixed size: what does not fit is left out, so that logging needs no memory. */
struct line {
	bool json; /* as when it was begun: the format may change meanwhile */
	size_t len;
	char bytes[LINE_SIZE_MAX];
};

/* Two bytes stay free for the line's end. */
static void
put(struct line *line, struct mc_str bytes)
{
	if (bytes.len == 0 || bytes.len > sizeof(line->bytes) - 2 - line->len)
		return;
	memcpy(line->bytes + line->len, bytes.ptr, bytes.len);
	line->len += bytes.len;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, mc_str_from(text));
}

/* Both formats use JSON's escapes. */
static void
put_escape(struct line *line, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c == '"' || c == '\\')
		put(line, (struct mc_str){ (char[]){ '\\', (char)c }, 2 });
	else
		put(line, (struct mc_str){ escape, sizeof(escape) });
}

static size_t
plain_run(struct mc_str value)
{
	size_t n = 0;

	while (n < value.len && value.ptr[n] >= ' ' && value.ptr[n] < 0x7f && value.ptr[n] != '"' &&
		value.ptr[n] != '\\')
		n++;
	return n;
}

/* Writes the character at the front, which is not plain; returns how many bytes it took. */
static size_t
put_special(struct line *line, struct mc_str value)
{
	unsigned char c = (unsigned char)value.ptr[0];
	size_t size = 2;

	if (c < 0x80) {
		put_escape(line, c);
		return 1;
	}
	while (size <= 4 && size <= value.len && !mc_utf8_is_valid(mc_str_first(value, size)))
		size++;
	if (size > 4 || size > value.len) {
		/* With a byte that is no UTF-8, the line would be no JSON. */
		put(line, MC_STR("\xef\xbf\xbd"));
		return 1;
	}
	if (c == 0xc2 && (unsigned char)value.ptr[1] < 0xa0)
		put_escape(line, (unsigned char)value.ptr[1]);
	else
		put(line, mc_str_first(value, size));
	return size;
}

static void
put_quoted(struct line *line, struct mc_str value)
{
	struct mc_str rest = mc_utf8_cut(value, VALUE_SIZE_MAX);
	bool whole = rest.len == value.len;

	put(line, MC_STR("\""));
	while (rest.len > 0) {
		size_t plain = plain_run(rest);
		put(line, mc_str_first(rest, plain));
		rest = mc_str_skip(rest, plain);
		if (rest.len > 0)
			rest = mc_str_skip(rest, put_special(line, rest));
	}
	put(line, whole ? MC_STR("\"") : MC_STR("\xe2\x80\xa6\""));
}

static bool
is_plain(struct mc_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return value.len > 0 && value.len <= VALUE_SIZE_MAX;
}

static void
put_number(struct line *line, int64_t number)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)number);
	put(line, (struct mc_str){ text, (size_t)n });
}

static void
put_head(struct line *line, enum mc_log_level level, const char *event)
{
	char now[MC_TIME_RFC3339_SIZE];

	mc_time_rfc3339(mc_time_now(), now);
	if (line->json) {
		put_text(line, "{\"at\":\"");
		put_text(line, now);
		put_text(line, "\",\"level\":\"");
		put_text(line, level_names[level]);
		put_text(line, "\",\"program\":");
		put_quoted(line, mc_str_from(sink.program));
		put_text(line, ",\"event\":");
		put_quoted(line, mc_str_from(event));
		return;
	}
	put_text(line, now);
	put_text(line, " ");
	put_text(line, sink.program);
	put_text(line, " ");
	put_text(line, level_names[level]);
	put_text(line, " ");
	put_text(line, event);
}

static void
put_field(struct line *line, const struct mc_log_field *field)
{
	bool json = line->json;
	struct line rest;

	rest.len = 0;
	/* Made aside first: a field that does not fit is left out whole. */
	put_text(&rest, json ? ",\"" : " ");
	put_text(&rest, field->key);
	put_text(&rest, json ? "\":" : "=");
	if (field->type == MC_LOG_FIELD_INT)
		put_number(&rest, field->number);
	else if (!json && is_plain(field->text))
		put(&rest, field->text);
	else
		put_quoted(&rest, field->text);
	put(line, (struct mc_str){ rest.bytes, rest.len });
}

static void
write_line(enum mc_log_level level, const char *event, const struct mc_log_field *fields,
	size_t n_fields)
{
	struct line line;

	line.json = sink.format == MC_LOG_JSON;
	line.len = 0;
	put_head(&line, level, event);
	for (size_t i = 0; i < n_fields; i++)
		put_field(&line, &fields[i]);
	/* put() keeps these two bytes free. */
	if (line.json)
		line.bytes[line.len++] = '}';
	line.bytes[line.len++] = '\n';
	while (write(STDERR_FILENO, line.bytes, line.len) < 0 && errno == EINTR)
		continue;
}

/*
 * False: whoever reads the log stands still, and a write would wait for them.  Of several threads
 * that find the last room at once some still may; with a lock all would.
 */
static bool
has_room(void)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) != 0;
}

void
mc_log_event(enum mc_log_level level, const char *event, const struct mc_log_field *fields,
	size_t n_fields)
{
	int kept = errno;

	if (!mc_log_is_on(level))
		return;
	bool room = has_room();
	int64_t lost = room ? atomic_exchange(&sink.lost, 0) : 0;
	if (lost > 0) {
		const struct mc_log_field lines = mc_log_int("lines", lost);
		write_line(MC_LOG_WARN, "lines_lost", &lines, 1);
		room = has_room();
	}
	if (room)
		write_line(level, event, fields, n_fields);
	else
		atomic_fetch_add(&sink.lost, 1);
	errno = kept;
}

struct mc_log_field
mc_log_str(const char *key, struct mc_str value)
{
	return (struct mc_log_field){ .key = key, .type = MC_LOG_FIELD_STR, .text = value };
}

struct mc_log_field
mc_log_text(const char *key, const char *value)
{
	return mc_log_str(key, mc_str_from(value));
}

struct mc_log_field
mc_log_int(const char *key, int64_t value)
{
	return (struct mc_log_field){ .key = key, .type = MC_LOG_FIELD_INT, .number = value };
}
