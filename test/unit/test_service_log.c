/* Log lines: one event each, in both formats, whatever the values are. */

#include "libminiclass/service/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "libminiclass/base/utf8.h"
#include "test/unit/check.h"

/* What is written to stderr between begin and end; one write stays one read. */
static struct {
	int saved, ends[2];
	char text[64 * 1024];
} caught;

static void
catch_begin(void)
{
	assert_int_equal(0, pipe2(caught.ends, O_NONBLOCK));
	caught.saved = dup(STDERR_FILENO);
	dup2(caught.ends[1], STDERR_FILENO);
}

static struct mc_str
catch_end(void)
{
	dup2(caught.saved, STDERR_FILENO);
	close(caught.saved);
	close(caught.ends[1]);
	ssize_t n = read(caught.ends[0], caught.text, sizeof(caught.text));
	close(caught.ends[0]);
	return (struct mc_str){ caught.text, n > 0 ? (size_t)n : 0 };
}

/* The line behind its time, which must be RFC 3339 in UTC. */
static struct mc_str
behind_time(struct mc_str line)
{
	size_t blank = mc_str_find(line, ' ');

	check_int(true, blank == 20 || blank == 27, "time");
	check_int('Z', line.ptr[blank - 1], "UTC");
	return mc_str_skip(line, blank + 1);
}

static struct mc_str
logged(enum mc_log_format format, const char *key, struct mc_str value)
{
	mc_log_setup("test", MC_LOG_INFO, format);
	catch_begin();
	mc_log(MC_LOG_INFO, "event", mc_log_int("n", -5), mc_log_str(key, value));
	return catch_end();
}

static void
test_a_text_line_names_program_level_event_and_fields(void **state)
{
	(void)state;
	check_str(MC_STR("test info event n=-5 path=/classes/1\n"),
		behind_time(logged(MC_LOG_TEXT, "path", MC_STR("/classes/1"))), "");
}

static void
test_a_value_that_could_be_misread_is_quoted(void **state)
{
	static const struct {
		struct mc_str value, written;
	} cases[] = {
		{ MC_STR_INIT(""), MC_STR_INIT("\"\"") },
		{ MC_STR_INIT("a b"), MC_STR_INIT("\"a b\"") },
		{ MC_STR_INIT("a=b"), MC_STR_INIT("\"a=b\"") },
		{ MC_STR_INIT("say \"x\\y\""), MC_STR_INIT("\"say \\\"x\\\\y\\\"\"") },
		{ MC_STR_INIT("a\nb info forged"), MC_STR_INIT("\"a\\u000ab info forged\"") },
		{ MC_STR_INIT("\x1b[31m\x7f"), MC_STR_INIT("\"\\u001b[31m\\u007f\"") },
		{ MC_STR_INIT("\xc2\x9b\x41"), MC_STR_INIT("\"\\u009bA\"") },
		{ MC_STR_INIT("nul\0"), MC_STR_INIT("\"nul\\u0000\"") },
		{ MC_STR_INIT("\xc3\xa4\xe2\x82\xac"), MC_STR_INIT("\"\xc3\xa4\xe2\x82\xac\"") },
		{ MC_STR_INIT("bad \xff\xc3"), MC_STR_INIT("\"bad \xef\xbf\xbd\xef\xbf\xbd\"") },
	};
	char expected[200];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str value = guard_copy(cases[i].value);
		snprintf(expected, sizeof(expected), "test info event n=-5 key=%.*s\n",
			MC_STR_ARGS(cases[i].written));
		check_str(mc_str_from(expected), behind_time(logged(MC_LOG_TEXT, "key", value)),
			"text");
		snprintf(expected, sizeof(expected),
			",\"event\":\"event\",\"n\":-5,\"key\":%.*s}\n",
			MC_STR_ARGS(cases[i].written));
		struct mc_str line = logged(MC_LOG_JSON, "key", value);
		check_int(true, mc_str_ends_with(line, mc_str_from(expected)), "JSON");
	}
}

static void
test_a_json_line_names_time_level_program_and_event(void **state)
{
	struct mc_str line = logged(MC_LOG_JSON, "key", MC_STR("value"));

	(void)state;
	check_int(true, mc_str_starts_with(line, MC_STR("{\"at\":\"")), "");
	check_str(MC_STR(",\"level\":\"info\",\"program\":\"test\",\"event\":\"event\",\"n\":-5,"
			 "\"key\":\"value\"}\n"),
		mc_str_skip(line, mc_str_find(line, 'Z') + 2), "");
}

static void
test_a_level_that_is_off_writes_nothing(void **state)
{
	(void)state;
	mc_log_setup("test", MC_LOG_WARN, MC_LOG_TEXT);
	check_int(true, mc_log_is_on(MC_LOG_ERROR), "");
	check_int(false, mc_log_is_on(MC_LOG_INFO), "");
	catch_begin();
	mc_log(MC_LOG_INFO, "event", mc_log_int("n", 1));
	check_int(0, catch_end().len, "");
	catch_begin();
	mc_log(MC_LOG_WARN, "event", mc_log_int("n", 1));
	check_int(true, catch_end().len > 0, "");
}

static void
test_the_longest_values_leave_a_whole_line_of_one_pipe_write(void **state)
{
	static char controls[5000], text[5000];
	struct mc_str a = { controls, sizeof(controls) }, b = { text, sizeof(text) };

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	for (int format = MC_LOG_TEXT; format <= MC_LOG_JSON; format++) {
		for (size_t shift = 0; shift < 2; shift++) {
			mc_log_setup("test", MC_LOG_INFO, (enum mc_log_format)format);
			catch_begin();
			mc_log(MC_LOG_INFO, "event", mc_log_str("a", mc_str_skip(b, shift)),
				mc_log_str("b", a), mc_log_str("c", a), mc_log_str("d", b),
				mc_log_int("last", 7));
			struct mc_str line = catch_end();
			check_int(true, line.len <= 4096, "PIPE_BUF");
			check_int(line.len - 1, mc_str_find(line, '\n'), "one line");
			check_int(true, mc_utf8_is_valid(line), "whole characters");
			check_int(true,
				mc_str_ends_with(line, format == MC_LOG_JSON
							       ? MC_STR("\"last\":7}\n")
							       : MC_STR(" last=7\n")),
				"fields stay whole");
		}
	}
}

static void
test_logging_keeps_errno(void **state)
{
	(void)state;
	mc_log_setup("test", MC_LOG_INFO, MC_LOG_TEXT);
	int saved = dup(STDERR_FILENO);
	close(STDERR_FILENO);
	errno = ENOENT;
	mc_log(MC_LOG_INFO, "event", mc_log_int("n", 1));
	int after = errno;
	dup2(saved, STDERR_FILENO);
	close(saved);
	check_int(ENOENT, after, "though stderr is closed");
}

/* A terminal that was stopped, a journal that hangs. */
static void
test_lines_that_nobody_reads_are_left_out_and_counted(void **state)
{
	enum { LINES = 2000 };
	char expected[64];
	struct mc_str line;
	int n = 0;

	(void)state;
	mc_log_setup("test", MC_LOG_INFO, MC_LOG_TEXT);
	catch_begin();
	for (int i = 0; i < LINES; i++)
		mc_log(MC_LOG_INFO, "event", mc_log_text("text", "a value of some length, quoted"));
	struct mc_str all = catch_end();
	while (mc_str_next(&all, '\n', &line) && line.len > 0)
		n++;
	check_int(true, n > 0 && n < LINES, "it was too much");
	catch_begin();
	mc_log(MC_LOG_INFO, "event", mc_log_int("n", 1));
	mc_log(MC_LOG_INFO, "event", mc_log_int("n", 2));
	all = catch_end();
	snprintf(expected, sizeof(expected), "test warn lines_lost lines=%d", LINES - n);
	check_int(true, mc_str_next(&all, '\n', &line), "");
	check_str(mc_str_from(expected), behind_time(line), "");
	for (int i = 1; i <= 2; i++) {
		snprintf(expected, sizeof(expected), "test info event n=%d", i);
		check_int(true, mc_str_next(&all, '\n', &line), "");
		check_str(mc_str_from(expected), behind_time(line), "");
	}
}

static void *
log_many(void *argument)
{
	(void)argument;
	for (int i = 0; i < 100; i++)
		mc_log(MC_LOG_INFO, "event", mc_log_text("text", "a value of some length, quoted"));
	return NULL;
}

static void
test_lines_of_several_threads_do_not_mix(void **state)
{
	pthread_t threads[4];
	struct mc_str line, first = { 0 };
	size_t n = 0;

	(void)state;
	mc_log_setup("test", MC_LOG_INFO, MC_LOG_TEXT);
	catch_begin();
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		check_int(0, pthread_create(&threads[i], NULL, log_many, NULL), "");
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	struct mc_str all = catch_end();
	while (mc_str_next(&all, '\n', &line) && line.len > 0) {
		line = behind_time(line);
		if (n++ == 0)
			first = line;
		check_str(first, line, "all alike");
	}
	check_int(400, n, "");
}

static atomic_bool writing;

static void *
change_often(void *argument)
{
	(void)argument;
	while (atomic_load(&writing)) {
		mc_log_change(MC_LOG_INFO, MC_LOG_JSON);
		mc_log_change(MC_LOG_INFO, MC_LOG_TEXT);
	}
	return NULL;
}

static void
test_a_line_has_the_format_that_it_began_with(void **state)
{
	pthread_t thread;
	struct mc_str line;
	int n = 0;

	(void)state;
	mc_log_setup("test", MC_LOG_INFO, MC_LOG_TEXT);
	atomic_store(&writing, true);
	check_int(0, pthread_create(&thread, NULL, change_often, NULL), "");
	for (int i = 0; i < 100; i++) {
		catch_begin();
		log_many(NULL);
		struct mc_str all = catch_end();
		for (; mc_str_next(&all, '\n', &line) && line.len > 0; n++)
			check_int(line.ptr[0] == '{', line.ptr[line.len - 1] == '}', line.ptr);
	}
	atomic_store(&writing, false);
	pthread_join(thread, NULL);
	check_int(100 * 100, n, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_line_names_program_level_event_and_fields),
		cmocka_unit_test(test_a_value_that_could_be_misread_is_quoted),
		cmocka_unit_test(test_a_json_line_names_time_level_program_and_event),
		cmocka_unit_test(test_a_level_that_is_off_writes_nothing),
		cmocka_unit_test(test_the_longest_values_leave_a_whole_line_of_one_pipe_write),
		cmocka_unit_test(test_lines_that_nobody_reads_are_left_out_and_counted),
		cmocka_unit_test(test_logging_keeps_errno),
		cmocka_unit_test(test_lines_of_several_threads_do_not_mix),
		cmocka_unit_test(test_a_line_has_the_format_that_it_began_with),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
