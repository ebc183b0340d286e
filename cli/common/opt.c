#include "cli/common/opt.h"

#include <stdlib.h>
#include <string.h>

#include "cli/common/opt_int.h"
#include "cli/common/opt_value.h"
#include "cli/common/say.h"
#include "libminiclass/base/guess.h"

enum { NAME_SIZE = 64, OPTS_MAX = 64 };

/* What one parsing knows.  Operands outlive it: a tool parses once. */
struct parsing {
	const struct opt_tool *tool;
	void *target;
	char **next;        /* of argv; NULL at its end */
	bool only_operands; /* behind "--" */
	uint64_t given;
	char *operands[OPT_OPERANDS_MAX + 1];
	size_t n_operands;
};

const struct opt opt_own[OPT_OWN] = {
	[OPT_HELP] = { .name = "help", .letter = 'h', .help = "this text" },
	[OPT_VERSION] = { .name = "version", .help = "the version" },
	[OPT_COMPLETION] = { .name = "completion", .kind = OPT_TEXT, .value = "SHELL" },
};

static bool
is_own(const struct opt *opt)
{
	for (size_t i = 0; i < OPT_OWN; i++)
		if (opt == &opt_own[i])
			return true;
	return false;
}

/* The i-th of the tool's options and of those that every tool has; NULL behind the last. */
static const struct opt *
option_at(const struct opt_tool *tool, size_t i)
{
	if (i < tool->n_opts)
		return &tool->opts[i];
	return i - tool->n_opts < OPT_OWN ? &opt_own[i - tool->n_opts] : NULL;
}

static int
wrong_name(const struct opt_tool *tool, struct mc_str name, const char *shown)
{
	struct mc_guess guess = { .typed = name };
	const struct opt *opt;
	char why[OPT_WHY_SIZE];

	for (size_t i = 0; (opt = option_at(tool, i)) != NULL; i++)
		if (opt != &opt_own[OPT_COMPLETION])
			mc_guess_offer(&guess, opt->name);
	if (guess.name != NULL)
		snprintf(why, sizeof(why), "there is no such option; did you mean --%s?",
			guess.name);
	else
		snprintf(why, sizeof(why), "there is no such option; see %s --help", tool->name);
	return say_usage(shown, why);
}

/* -1: *out is the option, by its whole name or by a beginning that no other has. */
static int
find_long(
	const struct opt_tool *tool, struct mc_str name, const char *shown, const struct opt **out)
{
	const struct opt *found = NULL, *other = NULL, *opt;
	char why[OPT_WHY_SIZE];

	for (size_t i = 0; (opt = option_at(tool, i)) != NULL; i++) {
		struct mc_str whole = mc_str_from(opt->name);
		if (mc_str_equal(whole, name)) {
			*out = opt;
			return -1;
		}
		if (opt == &opt_own[OPT_COMPLETION] || !mc_str_starts_with(whole, name))
			continue;
		other = found;
		found = opt;
	}
	if (found == NULL)
		return wrong_name(tool, name, shown);
	if (other != NULL) {
		snprintf(why, sizeof(why), "may be --%s or --%s; write more of it", other->name,
			found->name);
		return say_usage(shown, why);
	}
	*out = found;
	return -1;
}

static const struct opt *
find_letter(const struct opt_tool *tool, char letter)
{
	const struct opt *opt;

	for (size_t i = 0; (opt = option_at(tool, i)) != NULL; i++)
		if (opt->letter == letter)
			return opt;
	return NULL;
}

/* What every tool has ends the parsing. */
static int
take_own(const struct opt_tool *tool, const struct opt *opt, const char *value)
{
	if (value == NULL && opt == &opt_own[OPT_HELP])
		opt_print_help(tool, stdout);
	else if (value == NULL)
		printf("%s %s\n", tool->name, MC_VERSION);
	else if (strcmp(value, "mdoc") == 0)
		opt_print_manual(tool, stdout);
	else if (!opt_print_completion(tool, value, stdout))
		return say_usage("--completion", "is for bash, zsh or fish");
	return say_finish(EXIT_DONE);
}

static int
take(struct parsing *parsing, const struct opt *opt, const char *value)
{
	char name[NAME_SIZE], why[OPT_WHY_SIZE];

	snprintf(name, sizeof(name), "--%s", opt->name);
	if (opt->kind != OPT_FLAG && value == NULL) {
		value = *parsing->next;
		if (value == NULL) {
			snprintf(why, sizeof(why), "needs a value: --%s %s", opt->name, opt->value);
			return say_usage(name, why);
		}
		parsing->next++;
	}
	if (is_own(opt))
		return take_own(parsing->tool, opt, value);
	parsing->given |= UINT64_C(1) << (opt - parsing->tool->opts);
	return opt_store(opt, parsing->target, value, why) ? -1 : say_usage(name, why);
}

/* "--name", "--name=value" */
static int
take_long(struct parsing *parsing, const char *word)
{
	struct mc_str text = mc_str_from(word);
	struct mc_str name = mc_str_first(text, mc_str_find(text, '='));
	const char *value = name.len < text.len ? word + name.len + 1 : NULL;
	const struct opt *opt = NULL;
	char shown[NAME_SIZE];

	snprintf(shown, sizeof(shown), "%.*s", MC_STR_ARGS(name));
	int done = find_long(parsing->tool, mc_str_skip(name, 2), shown, &opt);
	if (opt == NULL)
		return done;
	if (opt->kind == OPT_FLAG && value != NULL)
		return say_usage(shown, "takes no value");
	return take(parsing, opt, value);
}

/* "-y", "-yt value", "-tvalue" */
static int
take_letters(struct parsing *parsing, const char *letters)
{
	int done = -1;

	while (done < 0 && *letters != '\0') {
		const struct opt *opt = find_letter(parsing->tool, *letters);
		if (opt == NULL) {
			/* All of it: it may be a long name behind one dash, or no ASCII. */
			char shown[NAME_SIZE];
			snprintf(shown, sizeof(shown), "-%s", letters);
			return wrong_name(parsing->tool, mc_str_from(letters), shown);
		}
		letters++;
		if (opt->kind != OPT_FLAG && *letters != '\0')
			return take(parsing, opt, letters);
		done = take(parsing, opt, NULL);
	}
	return done;
}

static int
take_word(struct parsing *parsing, char *word)
{
	if (!parsing->only_operands && strcmp(word, "--") == 0) {
		parsing->only_operands = true;
		return -1;
	}
	if (!parsing->only_operands && word[0] == '-' && word[1] == '-')
		return take_long(parsing, word);
	if (!parsing->only_operands && word[0] == '-' && word[1] != '\0')
		return take_letters(parsing, word + 1);
	if (parsing->n_operands == OPT_OPERANDS_MAX)
		return say_usage("usage", "more words than a program can use; quote the text");
	parsing->operands[parsing->n_operands++] = word;
	return -1;
}

/* An option that is given has precedence; an empty variable says nothing. */
static int
take_environment(struct parsing *parsing)
{
	for (size_t i = 0; i < parsing->tool->n_opts; i++) {
		const struct opt *opt = &parsing->tool->opts[i];
		const char *value = opt->env != NULL ? getenv(opt->env) : NULL;
		char why[OPT_WHY_SIZE];
		if (value == NULL || value[0] == '\0' || (parsing->given & UINT64_C(1) << i) != 0)
			continue;
		if (!opt_store(opt, parsing->target, value, why))
			return say_usage(opt->env, why);
	}
	return -1;
}

int
opt_parse(const struct opt_tool *tool, void *target, int argc, char **argv, char *const **operands,
	size_t *n_operands)
{
	static struct parsing parsing;
	int done = -1;

	if (tool->n_opts > OPTS_MAX || argc < 1)
		return say_usage("usage", "no arguments at all");
	parsing = (struct parsing){ .tool = tool, .target = target, .next = argv + 1 };
	say_setup_for(tool->name, argv);
	while (done < 0 && *parsing.next != NULL)
		done = take_word(&parsing, *parsing.next++);
	if (done < 0)
		done = take_environment(&parsing);
	*operands = parsing.operands;
	*n_operands = parsing.n_operands;
	return done;
}
