/*
 * opt_complete - completions for bash, zsh and fish, from a tool's table.
 *
 *	. <(mc-class --completion bash)
 *
 * They offer options, verbs, and file names where a FILE is wanted; what only the server knows
 * (classes, people) is not asked for at every Tab.
 */

#include <ctype.h>
#include <string.h>

#include "cli/common/opt_int.h"
#include "libminiclass/base/str.h"

static bool
wants_file(const struct opt *opt)
{
	return opt->value != NULL && strcmp(opt->value, "FILE") == 0;
}

/* The options that help shows, the tool's own first; NULL at the end. */
static const struct opt *
shown(const struct opt_tool *tool, size_t i)
{
	if (i < tool->n_opts)
		return &tool->opts[i];
	return i - tool->n_opts < OPT_SHOWN ? &opt_own[i - tool->n_opts] : NULL;
}

/* Between apostrophes; `apostrophe` is how the shell writes one there. */
static void
print_quoted(FILE *out, const char *text, const char *apostrophe, const char *also)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs(apostrophe, out);
		else if (strchr(also, *text) != NULL)
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

/* "_mc_class": a function's name. */
static void
print_function(FILE *out, const char *tool)
{
	fputc('_', out);
	for (; *tool != '\0'; tool++)
		fputc(isalnum((unsigned char)*tool) ? *tool : '_', out);
}

static struct mc_str
first_word(const struct opt_verb *verb)
{
	struct mc_str name = mc_str_from(verb->name);

	return mc_str_first(name, mc_str_find(name, ' '));
}

static struct mc_str
second_word(const struct opt_verb *verb)
{
	struct mc_str name = mc_str_from(verb->name);

	return mc_str_skip(name, first_word(verb).len + (opt_verb_words(verb) > 1));
}

/* "live start", "live end": true for the first of those that begin with one word. */
static bool
begins_group(const struct opt_tool *tool, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (mc_str_equal(first_word(&tool->verbs[k]), first_word(&tool->verbs[i])))
			return false;
	return true;
}

/* The first of those that begin with one word, some of which have another behind it. */
static bool
begins_seconds(const struct opt_tool *tool, size_t i)
{
	if (!begins_group(tool, i))
		return false;
	for (size_t k = i; k < tool->n_verbs; k++)
		if (opt_verb_words(&tool->verbs[k]) > 1 &&
			mc_str_equal(first_word(&tool->verbs[k]), first_word(&tool->verbs[i])))
			return true;
	return false;
}

/* The second words of those that begin with `first`, each after a blank. */
static void
print_seconds(FILE *out, const struct opt_tool *tool, struct mc_str first)
{
	for (size_t i = 0; i < tool->n_verbs; i++)
		if (opt_verb_words(&tool->verbs[i]) > 1 &&
			mc_str_equal(first_word(&tool->verbs[i]), first))
			fprintf(out, " %.*s", MC_STR_ARGS(second_word(&tool->verbs[i])));
}

/* bash ---------------------------------------------------------------------------------------- */

static void
print_bash_name(FILE *out, const struct opt *opt)
{
	fprintf(out, "--%s", opt->name);
	if (opt->letter != '\0')
		fprintf(out, " | -%c", opt->letter);
}

/* $n: operands in front of the word.  Values are none; bash cuts words at "=" and ":" too. */
static void
print_bash_count(FILE *out, const struct opt_tool *tool)
{
	const struct opt *opt;

	fputs("\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t:", out);
	for (size_t i = 0; (opt = shown(tool, i)) != NULL; i++) {
		if (opt->kind == OPT_FLAG)
			continue;
		fputs(" | ", out);
		print_bash_name(out, opt);
	}
	fputs(") ((i++)); [[ ${COMP_WORDS[i]} != = ]] || ((i++)) ;;\n"
	      "\t\t-*) ;;\n\t\t*) ((n++)) ;;\n\t\tesac\n\tdone\n",
		out);
}

static void
print_bash_values(FILE *out, const struct opt_tool *tool)
{
	const struct opt *opt;

	fputs("\tcase $before in\n", out);
	for (size_t i = 0; (opt = shown(tool, i)) != NULL; i++) {
		if (opt->kind == OPT_FLAG)
			continue;
		fputc('\t', out);
		print_bash_name(out, opt);
		fputs(wants_file(opt) ? ") mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); "
					"return ;;\n"
				      : ") return ;;\n",
			out);
	}
	for (size_t i = 0; i < tool->n_verbs; i++) {
		struct mc_str first = first_word(&tool->verbs[i]);
		if (!begins_seconds(tool, i))
			continue;
		fprintf(out, "\t%.*s) mapfile -t COMPREPLY < <(compgen -W '", MC_STR_ARGS(first));
		print_seconds(out, tool, first);
		fputs("' -- \"$word\"); return ;;\n", out);
	}
	fputs("\tesac\n", out);
}

static void
print_bash(FILE *out, const struct opt_tool *tool)
{
	const struct opt *opt;

	print_function(out, tool->name);
	fputs("()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal i n=0\n\tCOMPREPLY=()\n"
	      "\t[[ $word != = ]] || word=\n"
	      "\t[[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD-2]}\n",
		out);
	if (tool->n_verbs > 0)
		print_bash_count(out, tool);
	print_bash_values(out, tool);
	fputs("\tif [[ $word == -* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W '", out);
	for (size_t i = 0; (opt = shown(tool, i)) != NULL; i++)
		fprintf(out, " --%s", opt->name);
	fputs("' -- \"$word\")\n", out);
	if (tool->n_verbs > 0) {
		fputs("\telif [[ $n == 0 ]]; then\n"
		      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
			out);
		for (size_t i = 0; i < tool->n_verbs; i++)
			if (begins_group(tool, i))
				fprintf(out, " %.*s", MC_STR_ARGS(first_word(&tool->verbs[i])));
		fputs("' -- \"$word\")\n", out);
	}
	fputs("\tfi\n}\ncomplete -F ", out);
	print_function(out, tool->name);
	fprintf(out, " %s\n", tool->name);
}

/* zsh ----------------------------------------------------------------------------------------- */

static void
print_zsh_option(FILE *out, const struct opt *opt)
{
	fputs("\t", out);
	if (opt->letter != '\0')
		fprintf(out, "'(-%c --%s)'{-%c,--%s}'", opt->letter, opt->name, opt->letter,
			opt->name);
	else
		fprintf(out, "'--%s", opt->name);
	fputc('[', out);
	print_quoted(out, opt->help, "'\\''", "[]\\");
	fputc(']', out);
	if (opt->kind != OPT_FLAG)
		fprintf(out, ":%s:%s", opt->value, wants_file(opt) ? "_files" : "");
	fputs("' \\\n", out);
}

static void
print_zsh_verbs(FILE *out, const struct opt_tool *tool)
{
	fputs("case $state in\nverb)\n\tlocal -a verbs=(\n", out);
	for (size_t i = 0; i < tool->n_verbs; i++) {
		if (!begins_group(tool, i))
			continue;
		fprintf(out, "\t\t'%.*s:", MC_STR_ARGS(first_word(&tool->verbs[i])));
		print_quoted(out, tool->verbs[i].help, "'\\''", "\\");
		fputs("'\n", out);
	}
	fputs("\t)\n\t_describe verb verbs\n\t;;\nsecond)\n\tcase $words[2] in\n", out);
	for (size_t i = 0; i < tool->n_verbs; i++) {
		struct mc_str first = first_word(&tool->verbs[i]);
		if (!begins_seconds(tool, i))
			continue;
		fprintf(out, "\t%.*s) compadd", MC_STR_ARGS(first));
		print_seconds(out, tool, first);
		fputs(" ;;\n", out);
	}
	fputs("\tesac\n\t;;\nesac\n", out);
}

static void
print_zsh(FILE *out, const struct opt_tool *tool)
{
	const struct opt *opt;

	fprintf(out, "#compdef %s\n", tool->name);
	print_function(out, tool->name);
	fputs("() {\nlocal state\n_arguments -s \\\n", out);
	for (size_t i = 0; (opt = shown(tool, i)) != NULL; i++)
		print_zsh_option(out, opt);
	fputs(tool->n_verbs > 0 ? "\t'1: :->verb' '2: :->second' '*: :'\n" : "\t'*: :'\n", out);
	if (tool->n_verbs > 0)
		print_zsh_verbs(out, tool);
	fputs("}\n", out);
	/* Both where it is a function of fpath, and where it was sourced. */
	fputs("if [[ $funcstack[1] == ", out);
	print_function(out, tool->name);
	fputs(" ]]; then ", out);
	print_function(out, tool->name);
	fputs(" \"$@\"; else compdef ", out);
	print_function(out, tool->name);
	fprintf(out, " %s; fi\n", tool->name);
}

/* fish ---------------------------------------------------------------------------------------- */

static void
print_fish_verbs(FILE *out, const struct opt_tool *tool)
{
	for (size_t i = 0; i < tool->n_verbs; i++) {
		const struct opt_verb *verb = &tool->verbs[i];
		struct mc_str first = first_word(verb), second = second_word(verb);
		if (begins_group(tool, i)) {
			fprintf(out, "complete -c %s -n __fish_use_subcommand -a %.*s", tool->name,
				MC_STR_ARGS(first));
			if (opt_verb_words(verb) == 1) {
				fputs(" -d '", out);
				print_quoted(out, verb->help, "\\'", "\\");
				fputc('\'', out);
			}
			fputc('\n', out);
		}
		if (opt_verb_words(verb) < 2)
			continue;
		fprintf(out, "complete -c %s -n '__fish_seen_subcommand_from %.*s' -a %.*s -d '",
			tool->name, MC_STR_ARGS(first), MC_STR_ARGS(second));
		print_quoted(out, verb->help, "\\'", "\\");
		fputs("'\n", out);
	}
}

static void
print_fish(FILE *out, const struct opt_tool *tool)
{
	const struct opt *opt;

	fprintf(out, "complete -c %s -f\n", tool->name);
	for (size_t i = 0; (opt = shown(tool, i)) != NULL; i++) {
		fprintf(out, "complete -c %s -l %s", tool->name, opt->name);
		if (opt->letter != '\0')
			fprintf(out, " -s %c", opt->letter);
		if (opt->kind != OPT_FLAG)
			fputs(wants_file(opt) ? " -r -F" : " -x", out);
		fputs(" -d '", out);
		print_quoted(out, opt->help, "\\'", "\\");
		fputs("'\n", out);
	}
	print_fish_verbs(out, tool);
}

bool
opt_print_completion(const struct opt_tool *tool, const char *shell, FILE *out)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out, const struct opt_tool *tool);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shells[i].name, shell) != 0)
			continue;
		shells[i].print(out, tool);
		return true;
	}
	return false;
}
