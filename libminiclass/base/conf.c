#include "libminiclass/base/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/conf_int.h"
#include "libminiclass/base/guess.h"
#include "libminiclass/base/utf8.h"

enum {
	FILE_SIZE_MAX = 256 * 1024, /* a config file is a page or two */
	PLACE_SIZE = 160,           /* "/some/path:12", so that the reason still fits an error */
	HELP_WIDTH = 80,
	HELP_INDENT = 30,
};

static const char default_file[] = MC_CONF_FILE;

static const struct mc_setting *
find(const struct mc_conf *conf, struct mc_str name)
{
	for (size_t i = 0; i < conf->n_settings; i++)
		if (mc_str_equal(mc_str_from(conf->settings[i].name), name))
			return &conf->settings[i];
	return NULL;
}

/* "chat_listen" as "chat-listen" or "CHAT_LISTEN". */
static void
spell(const char *name, bool upper, char out[CONF_NAME_SIZE])
{
	size_t i = 0;

	for (; name[i] != '\0' && i < CONF_NAME_SIZE - 1; i++) {
		char c = name[i];
		if (upper)
			out[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
		else
			out[i] = c == '_' ? '-' : c;
	}
	out[i] = '\0';
}

static enum mc_status
load_defaults(struct conf_loading *loading)
{
	for (size_t i = 0; i < loading->conf->n_settings; i++) {
		const struct mc_setting *setting = &loading->conf->settings[i];
		if (setting->fallback == NULL)
			continue;
		enum mc_status status =
			conf_set(loading, setting, mc_str_from(setting->fallback), setting->name);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

static bool
is_somebody_elses(const struct mc_conf *conf, struct mc_str name)
{
	for (const char *const *also = conf->also; also != NULL && *also != NULL; also++)
		if (strcmp(*also, "*") == 0 || mc_str_equal(mc_str_from(*also), name))
			return true;
	return false;
}

static const char *
likely(const struct mc_conf *conf, struct mc_str name)
{
	struct mc_guess guess = { .typed = name };

	for (size_t i = 0; i < conf->n_settings; i++)
		mc_guess_offer(&guess, conf->settings[i].name);
	return guess.name;
}

static enum mc_status
load_line(struct conf_loading *loading, struct mc_str line, const char *place)
{
	line = mc_str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return MC_OK;
	size_t equals = mc_str_find(line, '=');
	if (equals == line.len || mc_str_find(line, '\0') < line.len)
		return mc_error_set(loading->error, MC_INVALID, NULL,
			"%s: this is not of the form: name = value", place);
	struct mc_str name = mc_str_trim(mc_str_first(line, equals));
	const struct mc_setting *setting = find(loading->conf, name);
	if (setting != NULL) {
		char origin[PLACE_SIZE + CONF_NAME_SIZE];
		snprintf(origin, sizeof(origin), "%s: %s", place, setting->name);
		return conf_set(
			loading, setting, mc_str_trim(mc_str_skip(line, equals + 1)), origin);
	}
	if (is_somebody_elses(loading->conf, name))
		return MC_OK;
	const char *meant = likely(loading->conf, name);
	name = mc_utf8_cut(name, CONF_SHOWN_MAX);
	if (meant == NULL)
		return mc_error_set(loading->error, MC_INVALID, NULL,
			"%s: there is no setting %.*s", place, MC_STR_ARGS(name));
	return mc_error_set(loading->error, MC_INVALID, NULL,
		"%s: there is no setting %.*s; did you mean %s?", place, MC_STR_ARGS(name), meant);
}

static enum mc_status
load_text(struct conf_loading *loading, const char *path, struct mc_str rest)
{
	/* The byte order mark that some editors put before UTF-8 (RFC 3629, section 6). */
	static const struct mc_str mark = MC_STR_INIT("\xEF\xBB\xBF");
	struct mc_str line;

	if (mc_str_starts_with(rest, mark))
		rest = mc_str_skip(rest, mark.len);
	for (int number = 1; mc_str_next(&rest, '\n', &line); number++) {
		char place[PLACE_SIZE];
		snprintf(place, sizeof(place), "%.*s:%d", PLACE_SIZE - 20, path, number);
		enum mc_status status = load_line(loading, line, place);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

static enum mc_status
load_file(struct conf_loading *loading, const char *path, bool must_exist)
{
	FILE *file = fopen(path, "re");

	if (file == NULL && !must_exist && errno == ENOENT)
		return MC_OK;
	if (file == NULL)
		return mc_error_set(loading->error, MC_INVALID, NULL, "%.*s: %s", PLACE_SIZE, path,
			strerror(errno));
	char *text = malloc(FILE_SIZE_MAX);
	size_t n = text == NULL ? 0 : fread(text, 1, FILE_SIZE_MAX, file);
	enum mc_status status;
	if (text != NULL && feof(file) && !ferror(file))
		status = load_text(loading, path, (struct mc_str){ text, n });
	else
		status = mc_error_set(loading->error, MC_INVALID, NULL,
			"%.*s: cannot be read, or is larger than %d bytes", PLACE_SIZE, path,
			FILE_SIZE_MAX);
	free(text);
	fclose(file);
	return status;
}

static const char *
variable(char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, len) == 0 && (*environment)[len] == '=')
			return *environment + len + 1;
	return NULL;
}

static enum mc_status
load_environment(struct conf_loading *loading, char *const *environment)
{
	for (size_t i = 0; i < loading->conf->n_settings; i++) {
		char upper[CONF_NAME_SIZE], name[CONF_NAME_SIZE + 3];
		spell(loading->conf->settings[i].name, true, upper);
		snprintf(name, sizeof(name), "MC_%s", upper);
		const char *value = variable(environment, name);
		/* Empty is how a variable is usually switched off. */
		if (value == NULL || value[0] == '\0')
			continue;
		enum mc_status status =
			conf_set(loading, &loading->conf->settings[i], mc_str_from(value), name);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

struct option {
	struct mc_str name; /* as typed, without "--" */
	const char *value;  /* NULL: none given */
};

/* "--name=value" or "--name value"; *at moves over what was used. */
static struct option
split_option(int argc, char *const *argv, int *at, bool takes_value)
{
	struct mc_str text = mc_str_skip(mc_str_from(argv[*at]), 2);
	size_t equals = mc_str_find(text, '=');
	struct option option = { .name = mc_str_first(text, equals) };

	if (equals < text.len)
		option.value = text.ptr + equals + 1;
	else if (takes_value && *at + 1 < argc)
		option.value = argv[++*at];
	return option;
}

static const struct mc_setting *
find_option(const struct mc_conf *conf, const char *arg)
{
	if (!mc_str_starts_with(mc_str_from(arg), MC_STR("--")))
		return NULL;
	struct mc_str text = mc_str_skip(mc_str_from(arg), 2);
	struct mc_str typed = mc_str_first(text, mc_str_find(text, '='));

	for (size_t i = 0; i < conf->n_settings; i++) {
		char name[CONF_NAME_SIZE];
		spell(conf->settings[i].name, false, name);
		if (mc_str_equal(mc_str_from(name), typed))
			return &conf->settings[i];
	}
	return NULL;
}

static enum mc_status
unknown_option(struct conf_loading *loading, const char *arg)
{
	char asked[CONF_NAME_SIZE], name[CONF_NAME_SIZE];
	struct mc_str typed = mc_str_first(mc_str_from(arg), mc_str_find(mc_str_from(arg), '='));
	struct mc_str word = mc_str_first(mc_str_skip(typed, 2), CONF_NAME_SIZE - 1);

	for (size_t i = 0; i < word.len; i++)
		asked[i] = word.ptr[i] == '-' ? '_' : word.ptr[i];
	const char *meant = likely(loading->conf, (struct mc_str){ asked, word.len });
	typed = mc_utf8_cut(typed, CONF_SHOWN_MAX);
	if (meant == NULL)
		return mc_error_set(loading->error, MC_INVALID, NULL,
			"%.*s: there is no such option; --help lists them", MC_STR_ARGS(typed));
	spell(meant, false, name);
	return mc_error_set(loading->error, MC_INVALID, NULL,
		"%.*s: there is no such option; did you mean --%s?", MC_STR_ARGS(typed), name);
}

static enum mc_status
load_option(struct conf_loading *loading, int argc, char *const *argv, int *at)
{
	const char *arg = argv[*at];
	const struct mc_setting *setting = find_option(loading->conf, arg);
	char name[CONF_NAME_SIZE], origin[CONF_NAME_SIZE + 2];

	if (setting == NULL)
		return unknown_option(loading, arg);
	spell(setting->name, false, name);
	snprintf(origin, sizeof(origin), "--%s", name);
	struct option option = split_option(argc, argv, at, setting->type != MC_SETTING_BOOL);
	if (option.value == NULL && setting->type == MC_SETTING_BOOL)
		option.value = "on";
	if (option.value == NULL)
		return mc_error_set(loading->error, MC_INVALID, NULL, "%s: a value is missing: %s",
			origin, setting->value);
	return conf_set(loading, setting, mc_str_from(option.value), origin);
}

/* Options are gone through twice: once for --config and --help, once to set, as the last word. */
enum pass { PASS_FIRST, PASS_SET };

struct arguments {
	const char *config;
	char **operands;
	size_t n_operands;
};

static bool
is_config(const char *arg)
{
	return strcmp(arg, "--config") == 0 || strncmp(arg, "--config=", 9) == 0;
}

/* One option with its value; *at moves over what was used. */
static enum mc_conf_result
walk_option(struct conf_loading *loading, int argc, char *const *argv, int *at, enum pass pass,
	struct arguments *out)
{
	const char *arg = argv[*at];

	if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		return MC_CONF_HELP;
	if (strcmp(arg, "--version") == 0)
		return MC_CONF_VERSION;
	if (is_config(arg)) {
		out->config = split_option(argc, argv, at, true).value;
		if (out->config != NULL)
			return MC_CONF_OK;
		mc_error_set(
			loading->error, MC_INVALID, NULL, "--config: a value is missing: FILE");
		return MC_CONF_BAD;
	}
	if (pass == PASS_SET)
		return load_option(loading, argc, argv, at) == MC_OK ? MC_CONF_OK : MC_CONF_BAD;
	const struct mc_setting *setting = find_option(loading->conf, arg);
	if (setting != NULL)
		split_option(argc, argv, at, setting->type != MC_SETTING_BOOL);
	return MC_CONF_OK;
}

static enum mc_conf_result
walk_arguments(struct conf_loading *loading, int argc, char *const *argv, enum pass pass,
	struct arguments *out)
{
	bool options = true;

	out->n_operands = 0;
	for (int at = 1; at < argc; at++) {
		if (options && strcmp(argv[at], "--") == 0) {
			options = false;
		} else if (options && argv[at][0] == '-' && argv[at][1] != '\0') {
			enum mc_conf_result result =
				walk_option(loading, argc, argv, &at, pass, out);
			if (result != MC_CONF_OK)
				return result;
		} else {
			out->operands[out->n_operands++] = argv[at];
		}
	}
	out->operands[out->n_operands] = NULL;
	return MC_CONF_OK;
}

enum mc_conf_result
mc_conf_load(const struct mc_conf *conf, void *target, struct mc_arena *arena, int argc,
	char *const *argv, char *const *environment, char ***operands, struct mc_error *error)
{
	struct conf_loading loading = { conf, target, arena, error };
	struct arguments arguments = { .config = variable(environment, "MC_CONFIG") };

	arguments.operands = mc_arena_array(arena, (size_t)argc + 1, sizeof(char *));
	if (arguments.operands == NULL) {
		mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
		return MC_CONF_BAD;
	}
	enum mc_conf_result result = walk_arguments(&loading, argc, argv, PASS_FIRST, &arguments);
	if (result != MC_CONF_OK)
		return result;

	const char *file = arguments.config != NULL ? arguments.config : default_file;
	if (load_defaults(&loading) != MC_OK ||
		load_file(&loading, file, arguments.config != NULL) != MC_OK ||
		load_environment(&loading, environment) != MC_OK)
		return MC_CONF_BAD;
	result = walk_arguments(&loading, argc, argv, PASS_SET, &arguments);
	if (result == MC_CONF_OK)
		*operands = arguments.operands;
	return result;
}

static bool
is_same(const struct mc_setting *setting, const char *a, const char *b)
{
	const char *texts[2];

	a += setting->offset;
	b += setting->offset;
	switch (setting->type) {
	case MC_SETTING_TEXT:
		memcpy(&texts[0], a, sizeof(texts[0]));
		memcpy(&texts[1], b, sizeof(texts[1]));
		return texts[0] == NULL || texts[1] == NULL ? texts[0] == texts[1]
							    : strcmp(texts[0], texts[1]) == 0;
	case MC_SETTING_BOOL: return memcmp(a, b, sizeof(bool)) == 0;
	case MC_SETTING_CHOICE: return memcmp(a, b, sizeof(int)) == 0;
	case MC_SETTING_INT:
	case MC_SETTING_MS:
	case MC_SETTING_BYTES: return memcmp(a, b, sizeof(int64_t)) == 0;
	}
	return true;
}

const char *
mc_conf_changed(const struct mc_conf *conf, const void *a, const void *b, size_t *at)
{
	while (*at < conf->n_settings) {
		const struct mc_setting *setting = &conf->settings[(*at)++];
		if (!is_same(setting, a, b))
			return setting->name;
	}
	return NULL;
}

/* Words from HELP_INDENT on, wrapped. */
static void
print_words(FILE *out, const char *text)
{
	struct mc_str rest = mc_str_from(text), word;
	size_t column = HELP_INDENT;

	while (mc_str_next(&rest, ' ', &word)) {
		if (column > HELP_INDENT && column + 1 + word.len > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		} else if (column > HELP_INDENT) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", MC_STR_ARGS(word));
		column += word.len;
	}
	fputc('\n', out);
}

static void
print_row(FILE *out, const char *left, const char *help)
{
	int n = fprintf(out, "  %s", left);

	/* A long option stands alone on its line. */
	if (n > HELP_INDENT - 2)
		fprintf(out, "\n%*s", HELP_INDENT, "");
	else
		fprintf(out, "%*s", HELP_INDENT - n, "");
	print_words(out, help);
}

void
mc_conf_help(const struct mc_conf *conf, FILE *out)
{
	for (size_t i = 0; i < conf->n_settings; i++) {
		const struct mc_setting *setting = &conf->settings[i];
		char name[CONF_NAME_SIZE], left[2 * CONF_NAME_SIZE], help[512];

		spell(setting->name, false, name);
		snprintf(left, sizeof(left), "--%s%s%s", name, setting->value == NULL ? "" : " ",
			setting->value == NULL ? "" : setting->value);
		if (setting->fallback == NULL)
			snprintf(help, sizeof(help), "%s", setting->help);
		else
			snprintf(help, sizeof(help), "%s (default: %s)", setting->help,
				setting->fallback);
		print_row(out, left, help);
	}
	print_row(out, "--config FILE", "read settings from this file first");
	print_row(out, "-h, --help", "print this and exit");
	print_row(out, "--version", "print the version and exit");
}
