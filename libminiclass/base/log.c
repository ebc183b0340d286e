#include "libminiclass/base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

enum {
	LINE_MAX_SIZE = 8 * 1024, /* a longer line loses its end, never its form */
	VALUE_MAX = 1024,         /* bytes of one value */
};

/* Set by mc_log_setup before threads start. */
static struct {
	const char *program;
	enum mc_log_level level;
	enum mc_log_format format;
} sink = { .program = "miniclass", .level = MC_LOG_INFO, .format = MC_LOG_TEXT };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
mc_log_setup(const char *program, enum mc_log_level level, enum mc_log_format format)
{
	sink.program = program;
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
	size_t len;
	char bytes[LINE_MAX_SIZE];
};

static void
put(struct line *line, struct mc_str bytes)
{
	if (bytes.len > sizeof(line->bytes) - 2 - line->len)
		return;
	memcpy(line->bytes + line->len, bytes.ptr, bytes.len);
	line->len += bytes.len;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, mc_str_from(text));
}

/* Both formats use JSON's escapes; bytes that are not ASCII go as they are, DEL and C1 excepted. */
static void
put_escaped(struct line *line, struct mc_str value)
{
	static const char hex[] = "0123456789abcdef";

	value = mc_str_first(value, VALUE_MAX);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		bool c1 = c == 0xc2 && i + 1 < value.len && (unsigned char)value.ptr[i + 1] < 0xa0;
		if (c == '"' || c == '\\') {
			put(line, (struct mc_str){ (char[]){ '\\', (char)c }, 2 });
		} else if (c < 0x20 || c == 0x7f || c1) {
			if (c1)
				c = (unsigned char)value.ptr[++i];
			char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
			put(line, (struct mc_str){ escape, sizeof(escape) });
		} else {
			put(line, (struct mc_str){ (char[]){ (char)c }, 1 });
		}
	}
}

static void
put_quoted(struct line *line, struct mc_str value)
{
	put(line, MC_STR("\""));
	put_escaped(line, value);
	put(line, MC_STR("\""));
}

static bool
is_plain(struct mc_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return value.len > 0 && value.len <= VALUE_MAX;
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
	if (sink.format == MC_LOG_JSON) {
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
	bool json = sink.format == MC_LOG_JSON;
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

void
mc_log_event(enum mc_log_level level, const char *event, const struct mc_log_field *fields,
	size_t n_fields)
{
	struct line line;

	if (!mc_log_is_on(level))
		return;
	line.len = 0;
	put_head(&line, level, event);
	for (size_t i = 0; i < n_fields; i++)
		put_field(&line, &fields[i]);
	/* put() keeps these two bytes free. */
	if (sink.format == MC_LOG_JSON)
		line.bytes[line.len++] = '}';
	line.bytes[line.len++] = '\n';
	while (write(STDERR_FILENO, line.bytes, line.len) < 0 && errno == EINTR)
		continue;
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
