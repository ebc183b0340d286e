/* Settings: where they come from, who wins, and what is said about a wrong one. */

#include "libminiclass/base/conf.h"

#include <stdio.h>

#include "test/unit/check.h"

struct target {
	const char *listen, *tls_cert;
	int64_t workers, timeout, size;
	int level;
	bool open;
};

#define AT(field) offsetof(struct target, field)

/* clang-format off */
static const struct mc_setting rows[] = {
	{ "chat_listen", MC_SETTING_TEXT, AT(listen), "127.0.0.1:1", 0, 0, NULL, "ADDRESS", "where" },
	{ "tls_cert", MC_SETTING_TEXT, AT(tls_cert), NULL, 0, 0, NULL, "FILE", "certificate" },
	{ "workers", MC_SETTING_INT, AT(workers), "4", 1, 64, NULL, "N", "threads" },
	{ "timeout", MC_SETTING_MS, AT(timeout), "8s", 10, 3600000, NULL, "TIME", "patience" },
	{ "body_size", MC_SETTING_BYTES, AT(size), "1MiB", 1024, INT64_MAX, NULL, "SIZE", "at most" },
	{ "level", MC_SETTING_CHOICE, AT(level), "info", 0, 0, "error warn info", "LEVEL", "how much" },
	{ "open", MC_SETTING_BOOL, AT(open), "off", 0, 0, NULL, NULL, "for everybody" },
};
/* clang-format on */

static const char *const others[] = { "html_dir", NULL };
static const struct mc_conf conf = { rows, MC_COUNT(rows), others };

static struct target target;
static struct mc_error error;
static char **operands;

static int
make(void **state)
{
	*state = mc_arena_create(4096, 1024 * 1024);
	return *state == NULL;
}

static int
drop(void **state)
{
	mc_arena_destroy(*state);
	return 0;
}

enum { WORDS_MAX = 20 };

static int
copy_words(struct mc_arena *arena, char **to, int n, const char *const *words)
{
	for (; *words != NULL; words++) {
		assert_true(n < WORDS_MAX - 1);
		to[n++] = mc_arena_text(arena, mc_str_from(*words));
	}
	to[n] = NULL;
	return n;
}

/* Arguments and variables end with NULL; what is under /etc on this machine does not count. */
static enum mc_conf_result
load_with(struct mc_arena *arena, const char *const *arguments, const char *const *variables)
{
	static const char *const program[] = { "program", NULL };
	static const char *const no_file[] = { "MC_CONFIG=/dev/null", NULL };
	char *argv[WORDS_MAX], *environment[WORDS_MAX];
	int argc = copy_words(arena, argv, copy_words(arena, argv, 0, program), arguments);

	copy_words(arena, environment, copy_words(arena, environment, 0, variables), no_file);
	memset(&target, 0, sizeof(target));
	memset(&error, 0, sizeof(error));
	return mc_conf_load(&conf, &target, arena, argc, argv, environment, &operands, &error);
}

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NONE ((const char *const[]){ NULL })

/* A config file with this text; its name stays until the next. */
static char *
config(const char *text, size_t size)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/test_base_conf.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(size, write(fd, text, size));
	close(fd);
	return path;
}

static void
test_without_anything_the_defaults_count(void **state)
{
	check_int(MC_CONF_OK, load_with(*state, NONE, NONE), error.message);
	check_str(MC_STR("127.0.0.1:1"), mc_str_from(target.listen), "");
	check_int(true, target.tls_cert == NULL, "none");
	check_int(4, target.workers, "");
	check_int(8000, target.timeout, "");
	check_int(1048576, target.size, "");
	check_int(2, target.level, "third choice");
	check_int(false, target.open, "");
	check_int(true, operands[0] == NULL, "no operands");
}

static void
test_option_before_variable_before_file(void **state)
{
	static const char text[] = "# ours\n\n workers = 5 \nchat_listen=file:1\nlevel = error\r\n"
				   "html_dir = /of/another/program\ntimeout = 250ms";
	char *path = config(text, sizeof(text) - 1);
	char variable[100];

	snprintf(variable, sizeof(variable), "MC_CONFIG=%s", path);
	check_int(MC_CONF_OK,
		load_with(*state, ARGUMENTS("--chat-listen", "option:1"),
			ARGUMENTS(variable, "MC_CHAT_LISTEN=variable:1", "MC_WORKERS=6",
				"MC_WORKERSX=7")),
		error.message);
	check_str(MC_STR("option:1"), mc_str_from(target.listen), "the option");
	check_int(6, target.workers, "the variable");
	check_int(0, target.level, "the file");
	check_int(250, target.timeout, "the file's last line, without a newline");
	check_int(MC_CONF_OK,
		load_with(*state, ARGUMENTS("--config", path, "--workers=7", "--workers", "8"),
			ARGUMENTS("MC_CONFIG=/nowhere")),
		error.message);
	check_int(8, target.workers, "the last of several, and the option's file");
	unlink(path);
}

static void
test_values_are_read_with_their_units(void **state)
{
	static const struct {
		const char *size, *time;
		int64_t bytes, ms;
	} cases[] = {
		{ "4096", "3", 4096, 3000 },
		{ "64KiB", "250ms", 65536, 250 },
		{ "3 MiB", "5min", 3145728, 300000 },
		{ "2GiB", "60 s", 2147483648, 60000 },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		char size[40], time[40];
		snprintf(size, sizeof(size), "--body-size=%s", cases[i].size);
		snprintf(time, sizeof(time), "--timeout=%s", cases[i].time);
		check_int(
			MC_CONF_OK, load_with(*state, ARGUMENTS(size, time), NONE), error.message);
		check_int(cases[i].bytes, target.size, size);
		check_int(cases[i].ms, target.timeout, time);
	}
}

static void
test_a_flag_alone_is_on_and_takes_no_other_argument(void **state)
{
	static const char *const words[] = { "on", "yes", "true", "1", "off", "no", "false", "0" };

	check_int(MC_CONF_OK, load_with(*state, ARGUMENTS("--open", "operand"), NONE), "");
	check_int(true, target.open, "");
	check_str(MC_STR("operand"), mc_str_from(operands[0]), "");
	for (size_t i = 0; i < MC_COUNT(words); i++) {
		char option[40];
		snprintf(option, sizeof(option), "--open=%s", words[i]);
		check_int(MC_CONF_OK, load_with(*state, ARGUMENTS(option), NONE), error.message);
		check_int(i < 4, target.open, words[i]);
	}
}

static void
test_operands_are_what_is_no_option(void **state)
{
	check_int(MC_CONF_OK,
		load_with(
			*state, ARGUMENTS("a", "--workers", "2", "-", "--", "--open", "-x"), NONE),
		error.message);
	static const char *const expected[] = { "a", "-", "--open", "-x" };
	for (size_t i = 0; i < MC_COUNT(expected); i++)
		check_str(mc_str_from(expected[i]), mc_str_from(operands[i]), "");
	check_int(true, operands[MC_COUNT(expected)] == NULL, "");
	check_int(false, target.open, "behind --");
}

static void
test_help_and_version_come_before_what_is_wrong(void **state)
{
	check_int(MC_CONF_HELP, load_with(*state, ARGUMENTS("--workers", "x", "-h"), NONE), "");
	check_int(MC_CONF_HELP, load_with(*state, ARGUMENTS("--help"), NONE), "");
	check_int(MC_CONF_VERSION, load_with(*state, ARGUMENTS("--version"), NONE), "");
	check_int(MC_CONF_OK, load_with(*state, ARGUMENTS("--", "--help"), NONE), "an operand");
	check_int(MC_CONF_OK, load_with(*state, ARGUMENTS("--chat-listen", "--help"), NONE),
		"a value");
}

static void
test_a_wrong_value_is_said_with_its_option_and_what_would_be_right(void **state)
{
	static const struct {
		const char *option, *message;
	} cases[] = {
		{ "--workers=many", "--workers: \"many\" is not a number from 1 to 64" },
		{ "--workers=0", "--workers: \"0\" is not a number from 1 to 64" },
		{ "--workers=65", "--workers: \"65\" is not a number from 1 to 64" },
		{ "--workers=-1", "--workers: \"-1\" is not a number from 1 to 64" },
		{ "--workers=", "--workers: \"\" is not a number from 1 to 64" },
		{ "--workers=1s", "--workers: \"1s\" is not a number from 1 to 64" },
		{ "--timeout=8 fortnights", "--timeout: \"8 fortnights\" is not a time (250ms, 8s, "
					    "5min) from 10ms to 1h" },
		{ "--timeout=9223372036854775807h", "--timeout: \"9223372036854775807h\" is not a "
						    "time (250ms, 8s, 5min) from 10ms to 1h" },
		{ "--body-size=fast", "--body-size: \"fast\" is not a size (4096, 64KiB, 1MiB) of "
				      "at least 1KiB" },
		{ "--level=loud", "--level: \"loud\" is none of: error warn info" },
		{ "--open=perhaps", "--open: \"perhaps\" is not on or off" },
		{ "--workers", "--workers: a value is missing: N" },
		{ "--config", "--config: a value is missing: FILE" },
		{ "--worker=3", "--worker: there is no such option; did you mean --workers?" },
		{ "--chat_listen=x",
			"--chat_listen: there is no such option; did you mean --chat-listen?" },
		{ "--chat=x", "--chat: there is no such option; did you mean --chat-listen?" },
		{ "--nonsense", "--nonsense: there is no such option; --help lists them" },
		{ "-w", "-w: there is no such option; --help lists them" },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		char option[60];
		snprintf(option, sizeof(option), "%s", cases[i].option);
		check_int(MC_CONF_BAD, load_with(*state, ARGUMENTS(option), NONE), option);
		check_str(mc_str_from(cases[i].message), mc_str_from(error.message), option);
	}
}

static void
test_a_wrong_variable_is_said_by_its_name_and_an_empty_one_is_unset(void **state)
{
	check_int(MC_CONF_BAD, load_with(*state, NONE, ARGUMENTS("MC_WORKERS=many")), "");
	check_str(MC_STR("MC_WORKERS: \"many\" is not a number from 1 to 64"),
		mc_str_from(error.message), "");
	check_int(MC_CONF_OK, load_with(*state, NONE, ARGUMENTS("MC_WORKERS=", "MC_CHAT_LISTEN=")),
		"");
	check_int(4, target.workers, "");
	check_str(MC_STR("127.0.0.1:1"), mc_str_from(target.listen), "");
}

static void
test_a_wrong_line_is_said_with_file_and_number(void **state)
{
	static const struct {
		struct mc_str text;
		const char *message;
	} cases[] = {
		{ MC_STR_INIT("# x\n\nworkers = many\n"),
			":3: workers: \"many\" is not a number from 1 to 64" },
		{ MC_STR_INIT("wokers = 1\n"),
			":1: there is no setting wokers; did you mean workers?" },
		{ MC_STR_INIT("colour = 1\n"), ":1: there is no setting colour" },
		{ MC_STR_INIT("workers 1\n"), ":1: this is not of the form: name = value" },
		{ MC_STR_INIT("workers = 1\nlevel = in\0fo\n"),
			":2: this is not of the form: name = value" },
		{ MC_STR_INIT("MC_WORKERS = 1\n"), ":1: there is no setting MC_WORKERS" },
	};
	char message[300];

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		char *path = config(cases[i].text.ptr, cases[i].text.len);
		check_int(MC_CONF_BAD, load_with(*state, ARGUMENTS("--config", path), NONE), "");
		snprintf(message, sizeof(message), "%s%s", path, cases[i].message);
		check_str(mc_str_from(message), mc_str_from(error.message), "");
		unlink(path);
	}
}

static void
test_a_byte_order_mark_belongs_to_no_name(void **state)
{
	static const struct mc_str text = MC_STR_INIT("\xEF\xBB\xBFworkers = 7\r\n");
	char *path = config(text.ptr, text.len);

	check_int(MC_CONF_OK, load_with(*state, ARGUMENTS("--config", path), NONE), error.message);
	check_int(7, target.workers, "");
	unlink(path);
}

static void
test_a_file_that_is_asked_for_must_be_there(void **state)
{
	check_int(MC_CONF_BAD, load_with(*state, ARGUMENTS("--config=/nowhere/x.conf"), NONE), "");
	check_str(MC_STR("/nowhere/x.conf: No such file or directory"), mc_str_from(error.message),
		"");
	check_int(MC_CONF_BAD, load_with(*state, NONE, ARGUMENTS("MC_CONFIG=/nowhere")), "");
	check_int(MC_CONF_BAD, load_with(*state, ARGUMENTS("--config=/tmp"), NONE), "a directory");
}

static void
test_an_empty_value_takes_a_text_without_default_away(void **state)
{
	check_int(MC_CONF_OK,
		load_with(*state, ARGUMENTS("--tls-cert="), ARGUMENTS("MC_TLS_CERT=/cert.pem")),
		"");
	check_int(true, target.tls_cert == NULL, "");
	check_int(MC_CONF_OK, load_with(*state, ARGUMENTS("--chat-listen="), NONE), "");
	check_str(MC_STR(""), mc_str_from(target.listen), "never NULL with a default");
}

static void
test_help_has_a_row_for_each_setting_and_fits_a_terminal(void **state)
{
	char text[8192] = { 0 };
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");
	struct mc_str rest, line;

	(void)state;
	mc_conf_help(&conf, out);
	fclose(out);
	rest = mc_str_from(text);
	while (mc_str_next(&rest, '\n', &line))
		check_int(true, line.len <= 80, "80 columns");
	static const char *const expected[] = { "  --chat-listen ADDRESS ",
		"(default: 127.0.0.1:1)", "  --open ", "--config FILE", "-h, --help", "--version" };
	for (size_t i = 0; i < MC_COUNT(expected); i++)
		check_int(true, strstr(text, expected[i]) != NULL, expected[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_without_anything_the_defaults_count, make, drop),
		cmocka_unit_test_setup_teardown(
			test_option_before_variable_before_file, make, drop),
		cmocka_unit_test_setup_teardown(test_values_are_read_with_their_units, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_flag_alone_is_on_and_takes_no_other_argument, make, drop),
		cmocka_unit_test_setup_teardown(test_operands_are_what_is_no_option, make, drop),
		cmocka_unit_test_setup_teardown(
			test_help_and_version_come_before_what_is_wrong, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_wrong_value_is_said_with_its_option_and_what_would_be_right, make,
			drop),
		cmocka_unit_test_setup_teardown(
			test_a_wrong_variable_is_said_by_its_name_and_an_empty_one_is_unset, make,
			drop),
		cmocka_unit_test_setup_teardown(
			test_a_wrong_line_is_said_with_file_and_number, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_byte_order_mark_belongs_to_no_name, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_file_that_is_asked_for_must_be_there, make, drop),
		cmocka_unit_test_setup_teardown(
			test_an_empty_value_takes_a_text_without_default_away, make, drop),
		cmocka_unit_test(test_help_has_a_row_for_each_setting_and_fits_a_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
