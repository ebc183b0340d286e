#include "libminiclass/client/http_client_int.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "libminiclass/net/addr.h"
#include "libminiclass/net/socket.h"

enum { READ_SIZE = 64 << 10 };

void
http_client_hang_up(struct mc_http_client *client)
{
	mc_stream_close(&client->stream);
	client->stream = (struct mc_stream){ .fd = -1 };
}

static enum mc_status
await(struct attempt *attempt, short events)
{
	struct pollfd waiting = { .fd = attempt->client->stream.fd, .events = events };
	int ready;

	do {
		int64_t left = mc_deadline_left(attempt->deadline);
		if (left <= 0)
			return mc_error_set(attempt->error, MC_TIMED_OUT, NULL,
				"no answer within %g s",
				(double)attempt->client->timeout_ms / 1000);
		ready = poll(&waiting, 1, left < INT32_MAX ? (int)left : INT32_MAX);
	} while (ready == 0 || (ready < 0 && errno == EINTR));
	return MC_OK;
}

enum mc_status
http_client_lost(struct attempt *attempt)
{
	const char *distrust = mc_stream_distrust(&attempt->client->stream);

	if (distrust != NULL)
		return mc_error_set(attempt->error, MC_FAILED, NULL,
			"the server's certificate is not to be trusted: %s", distrust);
	if (mc_stream_in_handshake(&attempt->client->stream))
		return mc_error_set(attempt->error, MC_UNAVAILABLE, NULL,
			"what answers there does not speak TLS as it should");
	return mc_error_set(attempt->error, MC_UNAVAILABLE, NULL, "the connection was lost");
}

enum mc_status
http_client_send(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;
	struct mc_str rest = mc_buf_str(&client->out);

	while (rest.len > 0) {
		struct iovec part = { (char *)(uintptr_t)rest.ptr, rest.len };
		enum mc_status status = MC_OK;
		size_t n = 0;
		switch (mc_stream_writev(&client->stream, &part, 1, &n)) {
		case MC_IO_OK: rest = mc_str_skip(rest, n); break;
		case MC_IO_AGAIN:
			status = await(attempt,
				mc_stream_in_handshake(&client->stream) ? POLLIN : POLLOUT);
			break;
		case MC_IO_CLOSED:
		case MC_IO_FAILED: return http_client_lost(attempt);
		}
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

enum mc_status
http_client_receive(struct attempt *attempt, bool *closed)
{
	struct mc_http_client *client = attempt->client;
	char *to = mc_buf_reserve(&client->in, READ_SIZE);

	*closed = false;
	if (to == NULL)
		return mc_error_set(attempt->error, MC_TOO_LARGE, NULL,
			"the answer is larger than %d MiB", BODY_MAX >> 20);
	for (;;) {
		size_t n = 0;
		enum mc_status status = MC_OK;
		switch (mc_stream_read(&client->stream, to, READ_SIZE, &n)) {
		case MC_IO_OK:
			mc_buf_commit(&client->in, n);
			attempt->answered = true;
			return MC_OK;
		case MC_IO_AGAIN: status = await(attempt, POLLIN); break;
		case MC_IO_CLOSED: *closed = true; return MC_OK;
		case MC_IO_FAILED: return http_client_lost(attempt);
		}
		if (status != MC_OK)
			return status;
	}
}

enum mc_status
http_client_no_http(struct attempt *attempt)
{
	return mc_error_set(
		attempt->error, MC_FAILED, NULL, "what answers there does not speak HTTP");
}

/* One head of the answer, which then begins `in`. */
static enum mc_status
receive_head(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;

	memset(&client->parser, 0, sizeof(client->parser));
	for (;;) {
		bool closed;
		switch (mc_response_head_parse(
			&client->parser, mc_buf_str(&client->in), &client->head)) {
		case MC_HEAD_OK: return MC_OK;
		case MC_HEAD_BAD: return http_client_no_http(attempt);
		case MC_HEAD_MORE: break;
		}
		enum mc_status status = http_client_receive(attempt, &closed);
		if (status == MC_OK && closed)
			status = http_client_lost(attempt);
		if (status != MC_OK)
			return status;
	}
}

enum mc_status
http_client_receive_head(struct attempt *attempt)
{
	enum mc_status status;

	while ((status = receive_head(attempt)) == MC_OK && attempt->client->head.status < 200)
		mc_buf_drop(&attempt->client->in, attempt->client->head.size);
	return status;
}

static enum mc_status
open_socket(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;
	struct mc_addr addr;
	int fd = -1, failure = 0;
	socklen_t size = sizeof(failure);

	enum mc_status status = mc_addr_parse(mc_str_from(client->address), &addr, attempt->error);
	if (status == MC_OK)
		status = mc_socket_connect(&addr, &fd, attempt->error);
	/* A name that nobody knows is a server that is away. */
	if (status == MC_INVALID)
		status = attempt->error->status = MC_UNAVAILABLE;
	if (status != MC_OK)
		return status;
	client->stream = (struct mc_stream){ .fd = fd };
	status = await(attempt, POLLOUT);
	if (status == MC_OK &&
		(getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0))
		status = mc_error_set(attempt->error, MC_UNAVAILABLE, NULL, "%s: %s",
			client->address, strerror(failure));
	return status;
}

/* RFC 9110, 9.3.6. */
static enum mc_status
open_tunnel(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;

	mc_buf_clear(&client->out);
	mc_buf_clear(&client->in);
	mc_buf_addf(&client->out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", client->authority,
		client->authority);
	enum mc_status status = mc_buf_ok(&client->out) ? http_client_send(attempt) : MC_NO_MEMORY;
	if (status == MC_OK)
		status = http_client_receive_head(attempt);
	if (status == MC_OK && (client->head.status > 299 || client->in.len > client->head.size))
		status = mc_error_set(attempt->error, MC_UNAVAILABLE, NULL,
			"the proxy %s answers %d", client->address, client->head.status);
	return status;
}

enum mc_status
http_client_open(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;
	enum mc_status status = open_socket(attempt);

	if (status == MC_OK && client->tls != NULL && client->proxied)
		status = open_tunnel(attempt);
	if (status == MC_OK && client->tls != NULL) {
		int fd = client->stream.fd;
		client->stream.fd = -1;
		status = mc_stream_connect(&client->stream, fd, client->tls, client->host);
		if (status != MC_OK)
			status = mc_error_set(attempt->error, status, "server",
				"no certificate can be for this name");
	}
	return status;
}
