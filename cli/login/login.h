/*
 * login - what mc-login does.  One thread.
 */
#ifndef CLI_LOGIN_LOGIN_H
#define CLI_LOGIN_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/common/seat.h"
#include "libminiclass/crypt/password.h"

enum { LOGIN_PASSWORD_SIZE = MC_PASSWORD_SIZE_MAX + 1 /* NUL */ };

struct login_tool {
	struct seat_options options;
	const char *name;
	bool password_stdin, signup, logout, status, password, reset, sessions, servers;
	int64_t end;       /* a session; 0: none */
	const char *use;   /* a server; NULL: none */
	const char *email; /* NULL: not said */
};

/* All return the exit status, after having said why. */
int login_in(struct login_tool *tool, struct seat *seat);
/* With a one-time code of the school's; then logged in. */
int login_reset(struct login_tool *tool, struct seat *seat);
int login_out(struct login_tool *tool, struct seat *seat);
int login_status(struct login_tool *tool, struct seat *seat);
int login_password(struct login_tool *tool, struct seat *seat);
int login_sessions(struct login_tool *tool, struct seat *seat);
int login_end(struct login_tool *tool, struct seat *seat);
/* What is kept here, and which server is meant without --server. */
int login_servers(struct login_tool *tool);
int login_use(struct login_tool *tool);

/*
 * A password, from stdin's next line or asked for; `again`: twice.  -1: it is there; wipe it
 * afterwards.
 */
int login_take_password(const struct login_tool *tool, const char *prompt, bool again,
	char out[LOGIN_PASSWORD_SIZE]);
/* `what` was asked for in vain, or `option` could have brought it where nobody can be asked. */
int login_no_answer(const char *option, const char *what);
/* "Ada <ada@example.org>", after the sentence on a terminal. */
void login_show_user(const struct seat *seat, struct json_object *user, const char *sentence);

#endif
