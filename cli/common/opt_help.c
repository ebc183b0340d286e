/* opt_help - --help, from a tool's table. */

#include <string.h>

#include "cli/common/opt_int.h"
#include "cli/common/say.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

enum { COLUMNS = 80, LEFT_MAX = 30, LEFT_SIZE = 128, STATUSES_SIZE = 512 };

/* At blanks, so that it fits COLUMNS. */
static void
print_wrapped(FILE *out, struct mc_str rest)
{
	struct mc_str word;
	size_t column = 0;

	while (mc_str_next(&rest, ' ', &word)) {
		if (column > 0 && column + 1 + word.len > COLUMNS) {
			fputc('\n', out);
			column = 0;
		} else if (column > 0) {
			fputc(' ', out);
			column++;
		}
		(void)fwrite(word.ptr, 1, word.len, out);
		column += word.len;
	}
	fputc('\n', out);
}

/* What is too long for the column has its explanation on the next line. */
static void
print_row(FILE *out, const char *left, const char *help, const char *env)
{
	if (strlen(left) > LEFT_MAX)
		fprintf(out, "  %s\n  %-*s", left, LEFT_MAX, "");
	else
		fprintf(out, "  %-*s", LEFT_MAX, left);
	fprintf(out, "  %s", help);
	if (env != NULL)
		fprintf(out, " [%s]", env);
	fputc('\n', out);
}

static void
print_option(FILE *out, const struct opt *opt)
{
	char letter[] = { '-', opt->letter, ',', ' ', '\0' };
	char left[LEFT_SIZE];

	snprintf(left, sizeof(left), "%s--%s%s%s", opt->letter != '\0' ? letter : "    ", opt->name,
		opt->kind != OPT_FLAG ? " " : "", opt->kind != OPT_FLAG ? opt->value : "");
	print_row(out, left, opt->help, opt->env);
}

static void
print_usage(FILE *out, const struct opt_tool *tool)
{
	fprintf(out, "Usage: %s [OPTION]...", tool->name);
	if (tool->n_verbs > 0)
		fprintf(out,
			tool->fallback != NULL ? " [VERB [OPERAND]...]" : " VERB [OPERAND]...");
	else if (tool->operands != NULL && tool->operands[0] != '\0')
		fprintf(out, " %s", tool->operands);
	fputs("\n\n", out);
}

static void
print_verbs(FILE *out, const struct opt_tool *tool)
{
	char left[LEFT_SIZE];

	fprintf(out, "\nVerbs%s%s%s:\n", tool->fallback != NULL ? " (without one: " : "",
		tool->fallback != NULL ? tool->fallback->name : "",
		tool->fallback != NULL ? ")" : "");
	for (size_t i = 0; i < tool->n_verbs; i++) {
		const struct opt_verb *verb = &tool->verbs[i];
		snprintf(left, sizeof(left), "%s %s", verb->name, verb->operands);
		print_row(out, left, verb->help, NULL);
	}
}

static void
print_statuses(FILE *out)
{
	struct mc_buf text;

	mc_buf_init(&text, STATUSES_SIZE);
	for (size_t i = 0; i < SAY_EXITS; i++)
		mc_buf_addf(&text, "%s %d %s", i == 0 ? "Exit status:" : ",",
			say_meanings[i].status, say_meanings[i].brief);
	mc_buf_add_char(&text, '.');
	fputc('\n', out);
	print_wrapped(out, mc_buf_str(&text));
	mc_buf_finish(&text);
}

void
opt_print_help(const struct opt_tool *tool, FILE *out)
{
	print_usage(out, tool);
	print_wrapped(out, mc_str_from(tool->summary));
	fprintf(out, "\nExamples:\n%s", tool->examples);
	if (tool->n_verbs > 0)
		print_verbs(out, tool);
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < tool->n_opts; i++)
		print_option(out, &tool->opts[i]);
	for (size_t i = 0; i < OPT_SHOWN; i++)
		print_option(out, &opt_own[i]);
	print_statuses(out);
}
