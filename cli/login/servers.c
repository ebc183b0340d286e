/* servers - whose tokens are kept here, and which one is meant; no server is asked. */
#include "cli/login/login.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common/listing.h"
#include "cli/common/say.h"
#include "cli/common/tokens.h"

static const struct column columns[] = {
	{ "SERVER", COLUMN_TEXT, "server" },
	{ "DEFAULT", COLUMN_YES, "default" },
	{ "E-MAIL", COLUMN_TEXT, "email" },
};

int
login_servers(struct login_tool *tool)
{
	struct mc_error error = { .status = MC_OK };
	struct json_object *list = NULL;

	if (tokens_list(&list, &error) != MC_OK) {
		json_object_put(list);
		return say_error(MC_UNAUTHENTICATED, "log-in", error.message);
	}
	if (tool->options.json)
		printf("{\"servers\":%s}\n",
			json_object_to_json_string_ext(
				list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		listing_print(columns, MC_COUNT(columns), list, "Nobody is logged in.");
	json_object_put(list);
	return EXIT_DONE;
}

int
login_use(struct login_tool *tool)
{
	struct mc_error error = { .status = MC_OK };
	char server[TOKENS_SERVER_SIZE];

	seat_server(tool->use, server, sizeof(server));
	enum mc_status status = tokens_use(server, &error);
	if (status == MC_NOT_FOUND)
		return say_error(
			MC_UNAUTHENTICATED, server, "nobody is logged in there: mc-login --server");
	if (status != MC_OK)
		return say_error(status, "token", error.message);
	if (say_is_terminal() && !tool->options.json)
		printf("%s is meant from now on.\n", server);
	return EXIT_DONE;
}
