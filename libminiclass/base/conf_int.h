/* conf_int - what conf.c and conf_value.c share; not installed. */
#ifndef LIBMINICLASS_BASE_CONF_INT_H
#define LIBMINICLASS_BASE_CONF_INT_H

#include "libminiclass/base/conf.h"
#include "libminiclass/base/str.h"

enum {
	CONF_NAME_SIZE = 64,
	CONF_SHOWN_MAX = 60, /* bytes of a wrong value that are shown */
};

struct conf_loading {
	const struct mc_conf *conf;
	char *target;
	struct mc_arena *arena; /* borrowed */
	struct mc_error *error;
};

/* Sets one field; `origin` says where the text comes from. */
enum mc_status conf_set(struct conf_loading *loading, const struct mc_setting *setting,
	struct mc_str text, const char *origin);

#endif
