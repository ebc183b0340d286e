#include "libminiclass/net/socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* As long as the kernel allows (net.core.somaxconn): a class that starts at nine comes at nine. */
enum { BACKLOG = 4096 };

static const struct sockaddr *
generic(const struct mc_addr *addr)
{
	return (const struct sockaddr *)(const void *)&addr->storage;
}

static enum mc_status
failed(const struct mc_addr *addr, enum mc_status status, const char *what, struct mc_error *error)
{
	int reason = errno;
	char text[MC_ADDR_TEXT_SIZE];

	mc_addr_text(addr, text);
	return mc_error_set(error, status, NULL, "%s: %s: %s", text, what, strerrordesc_np(reason));
}

static int
open_stream(const struct mc_addr *addr)
{
	return socket(addr->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool
turn_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

/* [::] is every interface, for both kinds of address and whatever net.ipv6.bindv6only says. */
static bool
choose_kinds(int fd, const struct mc_addr *addr)
{
	struct sockaddr_in6 in6;

	if (addr->storage.ss_family != AF_INET6)
		return true;
	memcpy(&in6, &addr->storage, sizeof(in6));
	int only = !IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0;
}

static bool
set_options(int fd, const struct mc_addr *addr, bool shared)
{
	int unsent = MC_SOCKET_UNSENT_MAX;

	if (mc_addr_is_unix(addr))
		return true;
	/* An accepted socket inherits what TCP is told, which saves system calls for each. */
	bool done = turn_on(fd, SOL_SOCKET, SO_REUSEADDR) &&
		    turn_on(fd, IPPROTO_TCP, TCP_NODELAY) &&
		    (!shared || turn_on(fd, SOL_SOCKET, SO_REUSEPORT)) && choose_kinds(fd, addr);
	/* It saves memory; where there is no such option all goes on without. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	return done;
}

/* A socket file that nobody listens on.  Connecting to any other file is refused just the same. */
static bool
is_stale(const struct mc_addr *addr, const char *path)
{
	struct stat file;

	if (lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode))
		return false;
	int fd = open_stream(addr);
	if (fd < 0)
		return false;
	bool refused = connect(fd, generic(addr), addr->size) != 0 && errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static bool
bind_to(int fd, const struct mc_addr *addr)
{
	struct sockaddr_un un;

	if (bind(fd, generic(addr), addr->size) == 0)
		return true;
	if (errno != EADDRINUSE || !mc_addr_is_unix(addr))
		return false;

	memcpy(&un, &addr->storage, sizeof(un));
	if (!is_stale(addr, un.sun_path)) {
		errno = EADDRINUSE;
		return false;
	}
	return unlink(un.sun_path) == 0 && bind(fd, generic(addr), addr->size) == 0;
}

enum mc_status
mc_socket_listen(const struct mc_addr *addr, bool shared, int *fd, struct mc_error *error)
{
	enum mc_status status;

	int listener = open_stream(addr);
	if (listener < 0)
		return failed(addr, MC_FAILED, "socket", error);
	if (!set_options(listener, addr, shared))
		status = failed(addr, MC_FAILED, "setsockopt", error);
	else if (!bind_to(listener, addr))
		status = failed(addr, errno == EADDRINUSE ? MC_CONFLICT : MC_FAILED, "bind", error);
	else if (listen(listener, BACKLOG) != 0)
		status = failed(addr, MC_FAILED, "listen", error);
	else
		status = MC_OK;

	if (status == MC_OK)
		*fd = listener;
	else
		close(listener);
	return status;
}

enum mc_status
mc_socket_probe(const struct mc_addr *addr, struct mc_error *error)
{
	enum mc_status status = MC_OK;

	if (mc_addr_is_unix(addr))
		return MC_OK;
	int fd = open_stream(addr);
	if (fd < 0)
		return failed(addr, MC_FAILED, "socket", error);
	if (!set_options(fd, addr, false))
		status = failed(addr, MC_FAILED, "setsockopt", error);
	else if (bind(fd, generic(addr), addr->size) != 0)
		status = failed(addr, errno == EADDRINUSE ? MC_CONFLICT : MC_FAILED, "bind", error);
	close(fd);
	return status;
}

enum mc_status
mc_socket_address(int fd, struct mc_addr *out)
{
	struct mc_addr addr = { .size = sizeof(addr.storage) };

	if (getsockname(fd, (struct sockaddr *)(void *)&addr.storage, &addr.size) != 0)
		return MC_FAILED;
	*out = addr;
	return MC_OK;
}

/* An IPv4 peer of an IPv6 socket is ::ffff:192.0.2.1 there; everywhere else it is 192.0.2.1. */
static void
unmap(struct mc_addr *peer)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6;

	memcpy(&in6, &peer->storage, sizeof(in6));
	if (peer->storage.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		return;
	in.sin_port = in6.sin6_port;
	memcpy(&in.sin_addr, in6.sin6_addr.s6_addr + 12, sizeof(in.sin_addr));
	*peer = (struct mc_addr){ .size = sizeof(in) };
	memcpy(&peer->storage, &in, sizeof(in));
}

int
mc_socket_accept(int listener, struct mc_addr *peer)
{
	struct mc_addr from = { .size = sizeof(from.storage) };
	int fd;

	/* A connection that died while it waited is reported in place of the next: accept(2). */
	do {
		from.size = sizeof(from.storage);
		fd = accept4(listener, (struct sockaddr *)(void *)&from.storage, &from.size,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
	} while (fd < 0 &&
		 (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == ENETDOWN ||
			 errno == ENETUNREACH || errno == EHOSTDOWN || errno == EHOSTUNREACH ||
			 errno == ENOPROTOOPT || errno == ENONET));

	if (fd < 0) {
		bool out_of_means =
			errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
		return out_of_means ? -2 : -1;
	}
	unmap(&from);
	if (peer != NULL)
		*peer = from;
	return fd;
}

enum mc_status
mc_socket_connect(const struct mc_addr *addr, int *fd, struct mc_error *error)
{
	int made = open_stream(addr);

	if (made < 0)
		return failed(addr, MC_FAILED, "socket", error);
	if (!mc_addr_is_unix(addr) && !turn_on(made, IPPROTO_TCP, TCP_NODELAY)) {
		enum mc_status status = failed(addr, MC_FAILED, "setsockopt", error);
		close(made);
		return status;
	}
	/* EINTR: the connection goes on in the background, as with EINPROGRESS. */
	if (connect(made, generic(addr), addr->size) != 0 && errno != EINPROGRESS &&
		errno != EINTR) {
		enum mc_status status = failed(addr, MC_UNAVAILABLE, "connect", error);
		close(made);
		return status;
	}
	*fd = made;
	return MC_OK;
}

void
mc_socket_keep_alive(int fd)
{
	int on = 1, idle_s = 20, interval_s = 10, probes = 3;
	unsigned unacked_ms = 50000; /* as long: nobody is probed while something is under way */

	/* A Unix socket knows none of these, and needs none. */
	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0 &&
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s)) == 0 &&
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s)) == 0) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
		(void)setsockopt(
			fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
	}
}

size_t
mc_socket_unsent(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}
