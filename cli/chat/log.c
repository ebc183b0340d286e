#include "cli/chat/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/chat/talk.h"
#include "cli/chat/wrap.h"
#include "cli/common/say.h"
#include "libminiclass/base/utf8.h"

static void
remove_at(struct log *log, size_t at)
{
	log->n_pending -= log->entries[at].kind == LOG_PENDING;
	log->has_mark &= log->entries[at].kind != LOG_MARK;
	free(log->entries[at].text);
	log->n--;
	memmove(&log->entries[at], &log->entries[at + 1], (log->n - at) * sizeof(log->entries[0]));
}

void
log_clear(struct log *log)
{
	while (log->n > 0)
		remove_at(log, log->n - 1);
	free(log->entries);
	*log = (struct log){ .n = 0 };
}

static bool
make_room(struct log *log)
{
	if (log->n < log->size)
		return true;
	size_t size = log->size == 0 ? 256 : log->size * 2;
	struct log_entry *entries = realloc(log->entries, size * sizeof(entries[0]));
	if (entries == NULL)
		return false;
	log->entries = entries;
	log->size = size;
	return true;
}

/* Takes the entry's text over; without memory it is not shown. */
static void
insert(struct log *log, size_t at, struct log_entry entry)
{
	if (log->n >= LOG_MAX && at > 0) {
		remove_at(log, 0);
		at--;
	}
	if (entry.text == NULL || log->n >= LOG_MAX || !make_room(log)) {
		free(entry.text);
		return;
	}
	memmove(&log->entries[at + 1], &log->entries[at], (log->n - at) * sizeof(log->entries[0]));
	log->entries[at] = entry;
	log->n++;
	log->n_pending += entry.kind == LOG_PENDING;
}

/* In front of what is pending. */
static void
append(struct log *log, struct log_entry entry)
{
	insert(log, log->n - log->n_pending, entry);
}

/* Tabs have no fixed width. */
static void
flatten_tabs(char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\t')
			*text = ' ';
}

/* "HEAD MARK-NAME: body", cleaned; the entry's text is NULL without memory. */
static struct log_entry
make(enum log_kind kind, const char *head, const char *mark, struct mc_str name, struct mc_str body)
{
	struct log_entry entry = { .kind = kind };
	FILE *out = open_memstream(&entry.text, &entry.len);

	if (out == NULL)
		return entry;
	fputs(head, out);
	if (name.len > 0) {
		fprintf(out, " %s", mark);
		say_clean(out, name, false);
		fputc(':', out);
	}
	entry.name_end = (size_t)ftell(out);
	fputc(' ', out);
	say_clean(out, body, true);
	if (fclose(out) != 0) {
		free(entry.text);
		entry.text = NULL;
		return entry;
	}
	flatten_tabs(entry.text);
	return entry;
}

static struct log_entry
make_message(const struct mc_chat_event *message)
{
	char clock[TALK_CLOCK_SIZE];

	talk_clock(message->at, clock);
	struct log_entry entry = make(
		LOG_MESSAGE, clock, talk_mark(message), message->person.name, talk_words(message));
	entry.seq = message->seq;
	entry.person = message->person.id;
	talk_day(message->at, entry.day);
	return entry;
}

static struct log_entry
make_day(const char *day)
{
	struct log_entry entry = make(LOG_DAY, "", "", MC_STR(""), mc_str_from(day));

	snprintf(entry.day, sizeof(entry.day), "%s", day);
	return entry;
}

/* Of the last message, or today. */
static void
last_day(const struct log *log, char out[TALK_DAY_SIZE])
{
	size_t i = log->n;

	while (i > 0 && log->entries[i - 1].kind != LOG_MESSAGE)
		i--;
	if (i > 0)
		snprintf(out, TALK_DAY_SIZE, "%s", log->entries[i - 1].day);
	else
		talk_day(mc_time_now(), out);
}

void
log_message(struct log *log, const struct mc_chat_event *message)
{
	struct log_entry entry = make_message(message);
	char before[TALK_DAY_SIZE];

	last_day(log, before);
	if (strcmp(entry.day, before) != 0)
		append(log, make_day(entry.day));
	append(log, entry);
	for (size_t i = log->n; i-- > log->n - log->n_pending;)
		if (log->entries[i].seq == message->seq)
			remove_at(log, i);
}

void
log_older(struct log *log, const struct mc_chat_event *message)
{
	struct log_entry entry = make_message(message);
	bool has_day = log->n > 0 && log->entries[0].kind == LOG_DAY;
	char behind[TALK_DAY_SIZE];

	snprintf(behind, sizeof(behind), "%s", log->n > 0 ? log->entries[0].day : entry.day);
	bool same = strcmp(entry.day, behind) == 0;
	/* Today had none until there was another day. */
	if (!same && !has_day && behind[0] != '\0')
		insert(log, 0, make_day(behind));
	insert(log, same && has_day ? 1 : 0, entry);
	if (!same)
		insert(log, 0, make_day(entry.day));
}

void
log_removed(struct log *log, int64_t seq)
{
	struct mc_str words = talk_words(&(struct mc_chat_event){ .removed = true });

	for (size_t i = 0; i < log->n; i++) {
		struct log_entry *entry = &log->entries[i];
		char *text = NULL;
		int len;
		if (entry->kind != LOG_MESSAGE || entry->seq != seq)
			continue;
		len = asprintf(
			&text, "%.*s %.*s", (int)entry->name_end, entry->text, MC_STR_ARGS(words));
		if (len < 0)
			return;
		free(entry->text);
		entry->text = text;
		entry->len = (size_t)len;
		return;
	}
}

void
log_notice(struct log *log, const char *text)
{
	append(log, make(LOG_NOTICE, "   --", "", MC_STR(""), mc_str_from(text)));
}

int64_t
log_first(const struct log *log)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->entries[i].kind == LOG_MESSAGE)
			return log->entries[i].seq;
	return 0;
}

int64_t
log_last(const struct log *log)
{
	for (size_t i = log->n; i-- > 0;)
		if (log->entries[i].kind == LOG_MESSAGE)
			return log->entries[i].seq;
	return 0;
}

void
log_mark(struct log *log)
{
	log_unmark(log);
	append(log, make(LOG_MARK, "", "", MC_STR(""), MC_STR("new")));
	log->has_mark = true;
}

void
log_unmark(struct log *log)
{
	for (size_t i = 0; i < log->n; i++) {
		if (log->entries[i].kind == LOG_MARK) {
			remove_at(log, i);
			break;
		}
	}
}

void
log_pending(struct log *log, const char *client_id, struct mc_str text)
{
	struct log_entry entry = make(LOG_PENDING, "  ...", "", MC_STR(""), text);

	snprintf(entry.client_id, sizeof(entry.client_id), "%s", client_id);
	insert(log, log->n, entry);
}

/* log->n: none. */
static size_t
find_pending(const struct log *log, struct mc_str client_id)
{
	size_t i = log->n - log->n_pending;

	while (i < log->n && !mc_str_equal(mc_str_from(log->entries[i].client_id), client_id))
		i++;
	return i;
}

void
log_acked(struct log *log, struct mc_str client_id, int64_t seq)
{
	size_t at = find_pending(log, client_id);

	if (at == log->n)
		return;
	if (seq <= log_last(log))
		remove_at(log, at);
	else
		log->entries[at].seq = seq;
}

void
log_refused(struct log *log, struct mc_str client_id, struct mc_str why)
{
	/* All of what was written: it stands nowhere else any more. */
	char text[MC_ERROR_MESSAGE_MAX + MC_MESSAGE_BODY_MAX + 512];
	size_t at = find_pending(log, client_id);

	if (at == log->n) {
		snprintf(text, sizeof(text), "%.*s", MC_STR_ARGS(mc_utf8_cut(why, 512)));
	} else {
		const struct log_entry *entry = &log->entries[at];
		snprintf(text, sizeof(text), "not sent (%.*s): %s",
			MC_STR_ARGS(mc_utf8_cut(why, 200)), entry->text + entry->name_end + 1);
		remove_at(log, at);
	}
	log_notice(log, text);
}

/* The rows of one entry, first one first, behind each other in a ring of `n`: only the last n stay.
 * Returns how many there are. */
static size_t
wrap_entry(const struct log_entry *entry, int columns, struct log_row *ring, size_t n)
{
	struct mc_str text = { entry->text, entry->len };
	size_t count = 0, at = 0;

	do {
		struct log_row row = { .entry = entry, .from = at };
		at = wrap_row(text, at, count == 0 ? columns : columns - LOG_INDENT, &row.to);
		ring[count++ % n] = row;
	} while (at < text.len);
	return count;
}

/* What has at most so many rows: a message that was not sent, each byte a newline, and why. */
enum { ENTRY_ROWS_MAX = MC_MESSAGE_BODY_MAX + 304 };

size_t
log_rows(const struct log *log, int columns, size_t *skip, struct log_row *rows, size_t n)
{
	static struct log_row ring[ENTRY_ROWS_MAX];
	size_t total = 0, filled = 0;

	for (size_t i = log->n; i-- > 0 && filled < n;) {
		size_t count = wrap_entry(&log->entries[i], columns, ring, ENTRY_ROWS_MAX);
		size_t kept = count < ENTRY_ROWS_MAX ? count : ENTRY_ROWS_MAX;
		for (size_t k = 0; k < kept && filled < n; k++, total++)
			if (total >= *skip)
				rows[filled++] = ring[(count - 1 - k) % ENTRY_ROWS_MAX];
	}
	if (filled == n || *skip == 0)
		return filled;
	/* It goes up no further: the first rows of all. */
	*skip = total > n ? total - n : 0;
	return log_rows(log, columns, skip, rows, n);
}
