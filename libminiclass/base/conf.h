/*
 * conf - settings from one table: long option, environment, config file, default, help.
 *
 * A program states its settings once, as a const table of rows that point into its own plain
 * struct.  The name `chat_listen` is the option --chat-listen, the variable MC_CHAT_LISTEN and
 * the line `chat_listen = ...`; in this order of precedence, then the default.  The file is the
 * one that --config or MC_CONFIG names (then it must exist), else /etc/miniclass/miniclass.conf
 * when that exists; `#` begins a comment line.  The file is shared by several programs: a name
 * that is only in another program's table is no error when it is in `also`.  An empty variable
 * counts as unset; an empty option or line takes a text away that has no default.  Any thread; a
 * target is one thread's at a time.
 */
#ifndef LIBMINICLASS_BASE_CONF_H
#define LIBMINICLASS_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

/* Read when no other is named.  An installation may keep it elsewhere: make SYSCONFDIR=... */
#ifndef MC_SYSCONFDIR
#define MC_SYSCONFDIR "/etc"
#endif
#define MC_CONF_FILE MC_SYSCONFDIR "/miniclass/miniclass.conf"

enum mc_setting_type {
	MC_SETTING_TEXT, /* const char *; NULL while unset and without default */
	MC_SETTING_INT,  /* int64_t, strict decimal, min..max */
	MC_SETTING_BOOL, /* bool: on off yes no true false 1 0; the option alone means on */
	MC_SETTING_MS,   /* int64_t milliseconds: "250ms", "8s", "5min"; a bare number is seconds */
	MC_SETTING_BYTES,  /* int64_t bytes: "4096", "64KiB", "1MiB", "2GiB" */
	MC_SETTING_CHOICE, /* int: index into `choices` */
};

struct mc_setting {
	const char *name; /* lower case with underscores */
	enum mc_setting_type type;
	size_t offset;        /* of the field in the program's struct */
	const char *fallback; /* the default, as text; NULL: none */
	int64_t min, max;     /* of INT, MS and BYTES */
	const char *choices;  /* of CHOICE: "error warn info debug" */
	const char *value;    /* name of the value in the help: "ADDRESS" */
	const char *help;     /* one line */
};

struct mc_conf {
	const struct mc_setting *settings; /* borrowed */
	size_t n_settings;
	const char *const *also; /* names of other programs' settings in the same file, "*": any;
				    NULL-ended or NULL */
};

enum mc_conf_result {
	MC_CONF_OK,
	MC_CONF_HELP,    /* --help or -h was given: print and exit 0 */
	MC_CONF_VERSION, /* --version likewise */
	MC_CONF_BAD,     /* the error's message begins with what is wrong where: exit 2 */
};

/*
 * Fills *target.  Text is copied into the arena.  `environment` is environ.  What is no option
 * (operands) is put into *operands (NULL-ended, in the arena); a program that has none refuses
 * them itself.  On MC_CONF_BAD *target is not to be used.
 */
enum mc_conf_result mc_conf_load(const struct mc_conf *conf, void *target, struct mc_arena *arena,
	int argc, char *const *argv, char *const *environment, char ***operands,
	struct mc_error *error) MC_MUST_USE;

/*
 * The name of the first setting from row *at on that is not the same in both structs, and *at
 * behind it; NULL when there is none.  For what a program does when its file has changed.
 */
const char *mc_conf_changed(const struct mc_conf *conf, const void *a, const void *b, size_t *at);

/* The options part of --help: one row a setting, with its default. */
void mc_conf_help(const struct mc_conf *conf, FILE *out);

#endif
