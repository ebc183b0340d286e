/*
 * opt_manual - the parts of a manual page that are a tool's table: synopsis, verbs, options, exit
 * status, as mdoc(7).  docs/man/fill.awk puts them where the page wants them.
 */

#include <ctype.h>

#include "cli/common/opt_int.h"
#include "cli/common/say.h"
#include "libminiclass/base/str.h"

/* "CLASS [TITLE...]" as ".Ar CLASS" and ".Op Ar TITLE ...", a line each or all on one. */
static void
print_operands(FILE *out, const char *operands, bool lines)
{
	struct mc_str rest = mc_str_from(operands), word;

	while (rest.len > 0 && mc_str_next(&rest, ' ', &word)) {
		bool optional = word.ptr[0] == '[';
		if (optional)
			word = mc_str_first(mc_str_skip(word, 1), word.len - 2);
		bool more = mc_str_ends_with(word, MC_STR("..."));
		if (more)
			word = mc_str_first(word, word.len - 3);
		fprintf(out, "%s%s%.*s%s%s", lines ? "." : " ", optional ? "Op Ar " : "Ar ",
			MC_STR_ARGS(word), more ? " ..." : "", lines ? "\n" : "");
	}
}

/* Text of ours in running lines: a full stop or apostrophe at the beginning would be a request. */
static void
print_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	fputc(toupper((unsigned char)*text), out);
	for (text++; *text != '\0'; text++)
		fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){ *text, '\0' }, out);
	fputs(".\n", out);
}

static void
print_synopsis(FILE *out, const struct opt_tool *tool)
{
	fputs(".\\\" synopsis\n", out);
	for (size_t i = 0; i < tool->n_verbs; i++) {
		fputs(".Nm\n.Op Ar option ...\n", out);
		fprintf(out, tool->fallback == &tool->verbs[i] ? ".Op Cm %s\n" : ".Cm %s\n",
			tool->verbs[i].name);
		print_operands(out, tool->verbs[i].operands, true);
	}
	if (tool->n_verbs == 0) {
		fputs(".Nm\n.Op Ar option ...\n", out);
		print_operands(out, tool->operands != NULL ? tool->operands : "", true);
	}
	fputs(".Nm\n.Fl h | \\-help | \\-version\n", out);
}

static void
print_verbs(FILE *out, const struct opt_tool *tool)
{
	fputs(".\\\" verbs\n.Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < tool->n_verbs; i++) {
		fprintf(out, ".It Cm %s", tool->verbs[i].name);
		print_operands(out, tool->verbs[i].operands, false);
		fputc('\n', out);
		print_text(out, tool->verbs[i].help);
	}
	fputs(".El\n", out);
}

static void
print_option(FILE *out, const struct opt *opt)
{
	fputs(".It ", out);
	if (opt->letter != '\0')
		fprintf(out, "Fl %c , ", opt->letter);
	fprintf(out, "Fl \\-%s", opt->name);
	if (opt->kind != OPT_FLAG)
		fprintf(out, " Ar %s", opt->value);
	fputc('\n', out);
	print_text(out, opt->help);
	if (opt->env != NULL)
		fprintf(out, "Also\n.Ev %s .\n", opt->env);
}

void
opt_print_manual(const struct opt_tool *tool, FILE *out)
{
	print_synopsis(out, tool);
	if (tool->n_verbs > 0)
		print_verbs(out, tool);
	fputs(".\\\" options\n.Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < tool->n_opts; i++)
		print_option(out, &tool->opts[i]);
	for (size_t i = 0; i < OPT_SHOWN; i++)
		print_option(out, &opt_own[i]);
	fputs(".El\n.\\\" exit\n.Bl -tag -width 000 -compact\n", out);
	for (size_t i = 0; i < SAY_EXITS; i++)
		fprintf(out, ".It %d\n%s\n", say_meanings[i].status, say_meanings[i].full);
	fputs(".El\n", out);
}
