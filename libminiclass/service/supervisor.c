#include "libminiclass/service/supervisor.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libminiclass/base/str.h"

enum { FIRST_FD = 3 /* SD_LISTEN_FDS_START */ };

static bool
read_number(const char *name, int64_t *out)
{
	const char *text = getenv(name);

	return text != NULL && mc_str_to_int(mc_str_from(text), 0, INT32_MAX, out);
}

static bool
listens(int fd)
{
	int type = 0, accepting = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &size) == 0 && accepting != 0;
}

static bool
make_ours(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

enum mc_status
mc_supervisor_listener(int *fd, struct mc_error *error)
{
	int64_t pid = 0, n = 0;
	bool meant = read_number("LISTEN_PID", &pid) && pid == getpid() &&
		     read_number("LISTEN_FDS", &n) && n > 0;

	*fd = -1;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!meant)
		return MC_OK;
	if (n > 1)
		return mc_error_set(error, MC_INVALID, "LISTEN_FDS",
			"one socket at a time can be handed over, and these are %d", (int)n);
	if (!listens(FIRST_FD) || !make_ours(FIRST_FD))
		return mc_error_set(error, MC_INVALID, "LISTEN_FDS",
			"what was handed over is no listening stream socket");
	*fd = FIRST_FD;
	return MC_OK;
}

/* A path, or with "@" a name in Linux's abstract namespace. */
static bool
read_address(struct sockaddr_un *addr, socklen_t *size)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path == NULL ? 0 : strlen(path);

	if (len < 2 || len >= sizeof(addr->sun_path) || (path[0] != '/' && path[0] != '@'))
		return false;
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path, path, len);
	if (path[0] == '@')
		addr->sun_path[0] = '\0';
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] == '/'));
	return true;
}

void
mc_supervisor_say(const char *state)
{
	struct sockaddr_un addr;
	socklen_t size;

	if (!read_address(&addr, &size))
		return;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Who does not hear it will see for himself. */
	(void)!sendto(
		fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)(void *)&addr, size);
	(void)close(fd);
}
