#include "libminiclass/net/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum {
	SIGNATURE_SIZE = 12,
	FIXED_SIZE = 16,
	VERSION_2 = 0x20,
	COMMAND_LOCAL = 0,
	COMMAND_PROXY = 1,
	OVER_TCP4 = 0x11,
	OVER_TCP6 = 0x21,
	TCP4_SIZE = 12, /* two addresses, two ports */
	TCP6_SIZE = 36,
};

static const char signature[SIGNATURE_SIZE] = "\r\n\r\n\0\r\nQUIT\n";

static void
read_tcp4(const unsigned char *at, struct mc_addr *client)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, at, 4);
	memcpy(&in.sin_port, at + 8, 2);
	memset(client, 0, sizeof(*client));
	memcpy(&client->storage, &in, sizeof(in));
	client->size = sizeof(in);
}

static void
read_tcp6(const unsigned char *at, struct mc_addr *client)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memcpy(&in6.sin6_addr, at, 16);
	memcpy(&in6.sin6_port, at + 32, 2);
	memset(client, 0, sizeof(*client));
	memcpy(&client->storage, &in6, sizeof(in6));
	client->size = sizeof(in6);
}

enum mc_proxy_result
mc_proxy_parse(struct mc_str in, size_t *size, struct mc_addr *client)
{
	const unsigned char *bytes = (const unsigned char *)in.ptr;
	size_t compared = in.len < SIGNATURE_SIZE ? in.len : SIGNATURE_SIZE;

	if (in.len > 0 && memcmp(bytes, signature, compared) != 0)
		return MC_PROXY_BAD;
	if (in.len > SIGNATURE_SIZE && bytes[12] != (VERSION_2 | COMMAND_LOCAL) &&
		bytes[12] != (VERSION_2 | COMMAND_PROXY))
		return MC_PROXY_BAD;
	if (in.len < FIXED_SIZE)
		return MC_PROXY_MORE;

	size_t rest = (size_t)bytes[14] << 8 | bytes[15];
	bool named = bytes[12] == (VERSION_2 | COMMAND_PROXY);
	if (FIXED_SIZE + rest > MC_PROXY_HEAD_MAX ||
		(named && bytes[13] == OVER_TCP4 && rest < TCP4_SIZE) ||
		(named && bytes[13] == OVER_TCP6 && rest < TCP6_SIZE))
		return MC_PROXY_BAD;
	if (in.len < FIXED_SIZE + rest)
		return MC_PROXY_MORE;
	*size = FIXED_SIZE + rest;
	if (named && bytes[13] == OVER_TCP4)
		read_tcp4(bytes + FIXED_SIZE, client);
	else if (named && bytes[13] == OVER_TCP6)
		read_tcp6(bytes + FIXED_SIZE, client);
	return MC_PROXY_OK;
}

enum mc_proxy_result
mc_proxy_take(int fd, struct mc_addr *client)
{
	char bytes[MC_PROXY_HEAD_MAX];
	size_t size = 0;
	ssize_t n;

	/* What stands behind the header is somebody else's to read. */
	do
		n = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? MC_PROXY_MORE : MC_PROXY_BAD;
	if (n == 0)
		return MC_PROXY_BAD;
	enum mc_proxy_result result =
		mc_proxy_parse((struct mc_str){ bytes, (size_t)n }, &size, client);
	if (result == MC_PROXY_OK && recv(fd, bytes, size, 0) != (ssize_t)size)
		return MC_PROXY_BAD;
	return result;
}
