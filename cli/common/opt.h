/*
 * opt - one table of options and verbs a tool: parsing, --help, the manual's synopsis and the
 * shells' completions come from it.
 *
 * GNU habits: options and operands mix, "--" ends options, "--name=value" and "--name value",
 * "-t value" and "-tvalue", letters of flags combine, a long name may be cut as long as it is
 * unambiguous.  -h, --help and --version are in every tool.
 */
#ifndef CLI_COMMON_OPT_H
#define CLI_COMMON_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_kind {
	OPT_FLAG, /* bool */
	OPT_TEXT, /* const char *: borrows argv or the environment */
	OPT_INT,  /* int64_t, strict decimal, min..max */
	OPT_MS,   /* int64_t milliseconds: "250ms", "8s", "5min"; a bare number is seconds */
	OPT_LIST, /* struct opt_list: may be given several times */
};

enum { OPT_LIST_MAX = 64 };
struct opt_list {
	const char *values[OPT_LIST_MAX];
	size_t n;
};

struct opt {
	const char *name; /* "history" */
	char letter;      /* 'n'; 0: none */
	enum opt_kind kind;
	size_t offset;     /* of the field in the tool's struct */
	int64_t min, max;  /* of INT and MS */
	const char *env;   /* "MC_SERVER"; NULL: none.  The option has precedence */
	const char *value; /* "N" */
	const char *help;  /* one line */
};

struct opt_verb {
	const char *name;     /* "live start" is one name of two words */
	const char *operands; /* "CLASS [TITLE]": upper case, [optional], ... for more */
	const char *help;
	int (*run)(void *tool, char *const *operands, size_t n_operands);
};

struct opt_tool {
	const char *name;     /* "mc-class" */
	const char *summary;  /* one sentence */
	const char *examples; /* lines, each "  mc-class join KP7QW-3XMRT" */
	const char *operands; /* of a tool without verbs: "CLASS [TEXT...]" */
	const struct opt *opts;
	size_t n_opts;
	const struct opt_verb *verbs; /* NULL: none */
	size_t n_verbs;
	const struct opt_verb *fallback; /* the verb when no operand is given; NULL: usage error */
};

enum { OPT_OPERANDS_MAX = 1024 };

/*
 * Fills *target (already holding the defaults) and *operands (static, NULL-ended).  Returns -1 to
 * go on, else the exit status: 0 after --help, --version or --completion SHELL (hidden: bash, zsh,
 * fish; prints the script), 2 after one line that names the wrong word and the likely one.
 */
int opt_parse(const struct opt_tool *tool, void *target, int argc, char **argv,
	char *const **operands, size_t *n_operands);
/* Finds the verb, checks how many operands it takes, runs it. */
int opt_run_verb(const struct opt_tool *tool, void *target, char *const *operands, size_t n);

#endif
