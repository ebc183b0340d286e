#include "libminiclass/base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/str.h"
#include "libminiclass/base/utf8.h"

enum {
	FILE_SIZE_MAX = 256 * 1024, /* a config file is a page or two */
	NAME_SIZE = 64,
	ORIGIN_SIZE = 300,
};

static const char default_file[] = "/etc/miniclass/miniclass.conf";

struct loading {
	const struct mc_conf *conf;
	char *target;
	struct mc_arena *arena;
	struct mc_error *error;
};

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
spell(const char *name, bool upper, char out[NAME_SIZE])
{
	size_t i = 0;

	for (; name[i] != '\0' && i < NAME_SIZE - 1; i++) {
		char c = name[i];
		if (upper)
			out[i] = (char)toupper((unsigned char)c);
		else
			out[i] = c == '_' ? '-' : c;
	}
	out[i] = '\0';
}

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit time_units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 },
	{ "min", 60 * 1000 }, { "h", 3600 * 1000 }, { NULL, 0 } };
static const struct unit size_units[] = { { "", 1 }, { "B", 1 }, { "KiB", 1024 },
	{ "MiB", 1024 * 1024 }, { "GiB", 1024 * 1024 * 1024 }, { NULL, 0 } };
static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static bool
read_number(struct mc_str text, const struct unit *units, int64_t min, int64_t max, int64_t *out)
{
	size_t digits = 0;

	while (digits < text.len && isdigit((unsigned char)text.ptr[digits]))
		digits++;
	struct mc_str unit = mc_str_trim(mc_str_skip(text, digits));
	for (; units->name != NULL; units++) {
		int64_t value;
		if (!mc_str_equal(unit, mc_str_from(units->name)))
			continue;
		if (!mc_str_to_int(mc_str_first(text, digits), 0, INT64_MAX, &value) ||
			__builtin_mul_overflow(value, units->factor, &value) || value < min ||
			value > max)
			return false;
		*out = value;
		return true;
	}
	return false;
}

static bool
read_bool(struct mc_str text, bool *out)
{
	static const char *const names[] = { "off", "on", "no", "yes", "false", "true", "0", "1" };

	for (size_t i = 0; i < MC_COUNT(names); i++) {
		if (mc_str_equal(text, mc_str_from(names[i]))) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static bool
read_choice(struct mc_str text, const char *choices, int *out)
{
	struct mc_str rest = mc_str_from(choices);
	struct mc_str choice;

	for (int i = 0; mc_str_next(&rest, ' ', &choice); i++) {
		if (mc_str_equal(text, choice)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static void
print_amount(char *out, size_t size, const struct mc_setting *setting, int64_t value)
{
	const char *unit = setting->type == MC_SETTING_MS      ? " ms"
			   : setting->type == MC_SETTING_BYTES ? " bytes"
							       : "";
	if (value == INT64_MAX)
		snprintf(out, size, "any number");
	else
		snprintf(out, size, "%lld%s", (long long)value, unit);
}

static enum mc_status
bad_number(struct loading *loading, const struct mc_setting *setting, const char *origin,
	struct mc_str text, const char *example)
{
	char min[40], max[40];

	print_amount(min, sizeof(min), setting, setting->min);
	print_amount(max, sizeof(max), setting, setting->max);
	return mc_error_set(loading->error, MC_INVALID, origin, "\"%.*s\" is not %s from %s to %s",
		MC_STR_ARGS(mc_utf8_cut(text, 60)), example, min, max);
}

/* Sets one field; `origin` says where the text comes from. */
static enum mc_status
set(struct loading *loading, const struct mc_setting *setting, struct mc_str text,
	const char *origin)
{
	void *field = loading->target + setting->offset;

	switch (setting->type) {
	case MC_SETTING_TEXT: {
		const char *copy = mc_arena_text(loading->arena, text);
		if (copy == NULL)
			return mc_error_set(loading->error, MC_NO_MEMORY, origin, "is too long");
		memcpy(field, &copy, sizeof(copy));
		return MC_OK;
	}
	case MC_SETTING_INT:
		if (read_number(text, no_units, setting->min, setting->max, field))
			return MC_OK;
		return bad_number(loading, setting, origin, text, "a number");
	case MC_SETTING_MS:
		if (read_number(text, time_units, setting->min, setting->max, field))
			return MC_OK;
		return bad_number(loading, setting, origin, text, "a time (250ms, 8s, 5min)");
	case MC_SETTING_BYTES:
		if (read_number(text, size_units, setting->min, setting->max, field))
			return MC_OK;
		return bad_number(loading, setting, origin, text, "a size (4096, 64KiB, 1MiB)");
	case MC_SETTING_BOOL:
		if (read_bool(text, field))
			return MC_OK;
		return mc_error_set(loading->error, MC_INVALID, origin, "\"%.*s\" is not on or off",
			MC_STR_ARGS(mc_utf8_cut(text, 60)));
	case MC_SETTING_CHOICE:
		if (read_choice(text, setting->choices, field))
			return MC_OK;
		return mc_error_set(loading->error, MC_INVALID, origin, "\"%.*s\" is none of: %s",
			MC_STR_ARGS(mc_utf8_cut(text, 60)), setting->choices);
	}
	return MC_FAILED;
}

static enum mc_status
load_defaults(struct loading *loading)
{
	for (size_t i = 0; i < loading->conf->n_settings; i++) {
		const struct mc_setting *setting = &loading->conf->settings[i];
		if (setting->fallback == NULL)
			continue;
		enum mc_status status =
			set(loading, setting, mc_str_from(setting->fallback), setting->name);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

static bool
is_somebody_elses(const struct mc_conf *conf, struct mc_str name)
{
	for (const char *const *also = conf->also; also != NULL && *also != NULL; also++)
		if (mc_str_equal(mc_str_from(*also), name))
			return true;
	return false;
}

/* How many letters to change, add or drop: small enough words for the plain table. */
static size_t
distance(struct mc_str a, struct mc_str b)
{
	size_t row[NAME_SIZE];

	if (a.len >= NAME_SIZE || b.len >= NAME_SIZE)
		return NAME_SIZE;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[b.len];
}

static const char *
likely(const struct mc_conf *conf, struct mc_str name)
{
	const char *best = NULL;
	size_t least = 3 < name.len / 2 ? 3 : name.len / 2;

	for (size_t i = 0; i < conf->n_settings; i++) {
		size_t d = distance(mc_str_from(conf->settings[i].name), name);
		if (d <= least) {
			least = d;
			best = conf->settings[i].name;
		}
	}
	return best;
}

static enum mc_status
load_line(struct loading *loading, struct mc_str line, const char *origin)
{
	line = mc_str_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return MC_OK;
	size_t equals = mc_str_find(line, '=');
	if (equals == line.len)
		return mc_error_set(
			loading->error, MC_INVALID, origin, "is not of the form: name = value");
	struct mc_str name = mc_str_trim(mc_str_first(line, equals));
	const struct mc_setting *setting = find(loading->conf, name);
	if (setting != NULL)
		return set(loading, setting, mc_str_trim(mc_str_skip(line, equals + 1)), origin);
	if (is_somebody_elses(loading->conf, name))
		return MC_OK;
	const char *meant = likely(loading->conf, name);
	return mc_error_set(loading->error, MC_INVALID, origin,
		"there is no setting \"%.*s\"%s%s%s", MC_STR_ARGS(mc_utf8_cut(name, 60)),
		meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
		meant == NULL ? "" : "\"?");
}

static enum mc_status
load_text(struct loading *loading, const char *path, struct mc_str rest)
{
	struct mc_str line;

	for (int number = 1; mc_str_next(&rest, '\n', &line); number++) {
		char origin[ORIGIN_SIZE];
		snprintf(origin, sizeof(origin), "%.240s:%d", path, number);
		enum mc_status status = load_line(loading, line, origin);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

static enum mc_status
load_file(struct loading *loading, const char *path, bool must_exist)
{
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		if (!must_exist && errno == ENOENT)
			return MC_OK;
		return mc_error_set(
			loading->error, MC_INVALID, path, "cannot be read: %s", strerror(errno));
	}
	char *text = mc_arena_alloc(loading->arena, FILE_SIZE_MAX);
	size_t n = text == NULL ? 0 : fread(text, 1, FILE_SIZE_MAX, file);
	bool whole = text != NULL && feof(file) && !ferror(file);
	fclose(file);
	if (!whole)
		return mc_error_set(
			loading->error, MC_INVALID, path, "cannot be read, or is too large");
	return load_text(loading, path, (struct mc_str){ text, n });
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
load_environment(struct loading *loading, char *const *environment)
{
	for (size_t i = 0; i < loading->conf->n_settings; i++) {
		char upper[NAME_SIZE], name[NAME_SIZE + 3];
		spell(loading->conf->settings[i].name, true, upper);
		snprintf(name, sizeof(name), "MC_%s", upper);
		const char *value = variable(environment, name);
		if (value == NULL)
			continue;
		enum mc_status status =
			set(loading, &loading->conf->settings[i], mc_str_from(value), name);
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
	struct mc_str text = mc_str_skip(mc_str_from(arg), 2);
	struct mc_str typed = mc_str_first(text, mc_str_find(text, '='));

	for (size_t i = 0; i < conf->n_settings; i++) {
		char name[NAME_SIZE];
		spell(conf->settings[i].name, false, name);
		if (mc_str_equal(mc_str_from(name), typed))
			return &conf->settings[i];
	}
	return NULL;
}

static enum mc_status
unknown_option(struct loading *loading, const char *arg)
{
	char asked[NAME_SIZE], name[NAME_SIZE];
	struct mc_str typed = mc_str_skip(mc_str_from(arg), 2);

	typed = mc_str_first(mc_str_first(typed, mc_str_find(typed, '=')), NAME_SIZE - 1);
	for (size_t i = 0; i < typed.len; i++)
		asked[i] = typed.ptr[i] == '-' ? '_' : typed.ptr[i];
	const char *meant = likely(loading->conf, (struct mc_str){ asked, typed.len });
	if (meant == NULL)
		return mc_error_set(loading->error, MC_INVALID, arg,
			"there is no such option (--help lists them)");
	spell(meant, false, name);
	return mc_error_set(loading->error, MC_INVALID, arg,
		"there is no such option; did you mean --%s?", name);
}

static enum mc_status
load_option(struct loading *loading, int argc, char *const *argv, int *at)
{
	const char *arg = argv[*at];
	const struct mc_setting *setting = find_option(loading->conf, arg);

	if (setting == NULL)
		return unknown_option(loading, arg);
	struct option option = split_option(argc, argv, at, setting->type != MC_SETTING_BOOL);
	if (option.value == NULL && setting->type == MC_SETTING_BOOL)
		option.value = "on";
	if (option.value == NULL)
		return mc_error_set(
			loading->error, MC_INVALID, arg, "needs a value: %s", setting->value);
	return set(loading, setting, mc_str_from(option.value), arg);
}

/* Options are gone through twice: once for --config and --help, once to set, as the last word. */
enum pass { PASS_FIRST, PASS_SET };

struct arguments {
	const char *config;
	char **operands;
	size_t n_operands;
};

static enum mc_conf_result
walk_arguments(
	struct loading *loading, int argc, char *const *argv, enum pass pass, struct arguments *out)
{
	bool options = true;

	out->n_operands = 0;
	for (int at = 1; at < argc; at++) {
		const char *arg = argv[at];
		if (options && strcmp(arg, "--") == 0) {
			options = false;
		} else if (options && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)) {
			return MC_CONF_HELP;
		} else if (options && strcmp(arg, "--version") == 0) {
			return MC_CONF_VERSION;
		} else if (options &&
			   (strcmp(arg, "--config") == 0 || strncmp(arg, "--config=", 9) == 0)) {
			out->config = split_option(argc, argv, &at, true).value;
			if (out->config == NULL) {
				mc_error_set(
					loading->error, MC_INVALID, arg, "needs a value: FILE");
				return MC_CONF_BAD;
			}
		} else if (options && strncmp(arg, "--", 2) == 0) {
			const struct mc_setting *setting = find_option(loading->conf, arg);
			if (pass == PASS_SET) {
				if (load_option(loading, argc, argv, &at) != MC_OK)
					return MC_CONF_BAD;
			} else if (setting != NULL) {
				split_option(argc, argv, &at, setting->type != MC_SETTING_BOOL);
			}
		} else if (options && arg[0] == '-' && arg[1] != '\0') {
			mc_error_set(loading->error, MC_INVALID, arg,
				"there is no such option (--help lists them)");
			return MC_CONF_BAD;
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
	struct loading loading = { conf, target, arena, error };
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

void
mc_conf_help(const struct mc_conf *conf, FILE *out)
{
	for (size_t i = 0; i < conf->n_settings; i++) {
		const struct mc_setting *setting = &conf->settings[i];
		char name[NAME_SIZE], left[2 * NAME_SIZE];

		spell(setting->name, false, name);
		snprintf(left, sizeof(left), "  --%s %s", name,
			setting->value == NULL ? "" : setting->value);
		fprintf(out, "%-28s %s", left, setting->help);
		if (setting->fallback != NULL)
			fprintf(out, " [%s]", setting->fallback);
		fputc('\n', out);
	}
	fprintf(out, "%-28s %s\n", "  --config FILE", "read settings from FILE first");
	fprintf(out, "%-28s %s\n", "  -h, --help", "print this and exit");
	fprintf(out, "%-28s %s\n", "  --version", "print the version and exit");
}
