/* complete - completions for shells, from the tables of settings and verbs. */
#include "cli/admin/verb.h"

#include "cli/common/opt_int.h"
#include "libminiclass/base/conf.h"

enum { OPTS_MAX = 32, VERBS_MAX = 32 };

static struct opt
opt_of(const struct mc_setting *setting)
{
	return (struct opt){
		.name = setting->name,
		.kind = setting->type == MC_SETTING_BOOL ? OPT_FLAG : OPT_TEXT,
		.value = setting->value,
		.help = setting->help,
	};
}

int
verb_complete(const struct verb *verbs, size_t n, const struct mc_conf *conf, const char *shell)
{
	/* The one that mc_conf_load has for every program. */
	struct opt opts[OPTS_MAX] = { { .name = "config",
		.kind = OPT_TEXT,
		.value = "FILE",
		.help = "read settings from this file first" } };
	struct opt_verb names[VERBS_MAX];
	struct opt_tool tool = {
		.name = "mc-admin", .opts = opts, .n_opts = 1, .verbs = names, .n_verbs = n
	};

	if (n > VERBS_MAX || conf->n_settings >= OPTS_MAX)
		return say_error(MC_FAILED, "--completion", "there are too many words");
	for (size_t i = 0; i < conf->n_settings; i++)
		opts[tool.n_opts++] = opt_of(&conf->settings[i]);
	for (size_t i = 0; i < n; i++)
		names[i] = (struct opt_verb){
			.name = verbs[i].name, .operands = verbs[i].operands, .help = verbs[i].help
		};
	if (!opt_print_completion(&tool, shell, stdout))
		return say_usage("--completion", "is for bash, zsh or fish");
	return say_finish(EXIT_DONE);
}
