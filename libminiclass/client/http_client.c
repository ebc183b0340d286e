#include "libminiclass/client/http_client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"
#include "libminiclass/http/body.h"
#include "libminiclass/http/url.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/net/stream.h"
#include "libminiclass/net/tls.h"

enum {
	TIMEOUT_MS = 30000,
	HOST_SIZE = 256,
	ADDRESS_SIZE = 512,
	REQUEST_MAX = 16 << 20,
	BODY_MAX = 8 << 20,
	READ_SIZE = 64 << 10,
};

struct mc_http_client {
	char host[HOST_SIZE];         /* as the certificate must say */
	char authority[ADDRESS_SIZE]; /* the Host field */
	char address[ADDRESS_SIZE];   /* what to connect to: the server, or the proxy */
	bool proxied;
	struct mc_tls *tls; /* NULL: in clear */
	int64_t timeout_ms;

	struct mc_stream stream; /* fd -1: none */
	struct mc_buf out, in, body;
	struct mc_head_parser parser;
	struct mc_response_head head; /* borrows `in` */
	bool keeps;                   /* the connection, for the next call */
};

/* A call under way. */
struct attempt {
	struct mc_http_client *client;
	struct mc_deadline deadline;
	struct mc_error *error;
	bool answered; /* a byte of an answer came */
};

/* Creating ------------------------------------------------------------------------------------ */

static enum mc_status
refuse_url(struct mc_error *error, const char *field, const char *why)
{
	return mc_error_set(error, MC_INVALID, field, "%s", why);
}

static enum mc_status
copy(char *out, size_t size, struct mc_str text, const char *port, struct mc_error *error,
	const char *field)
{
	int n = snprintf(out, size, "%.*s%s", MC_STR_ARGS(text), port);

	return n < 0 || (size_t)n >= size ? refuse_url(error, field, "is too long") : MC_OK;
}

/* Host and port of "host", "host:port", "[::1]"; the port of its scheme where none is said. */
static enum mc_status
read_authority(struct mc_str authority, const char *port, char address[ADDRESS_SIZE],
	struct mc_error *error, const char *field)
{
	if (!mc_authority_is_valid(authority))
		return refuse_url(error, field, "must be like https://class.example.org:8080");
	if (mc_authority_port(authority).len > 0)
		port = "";
	else if (mc_str_ends_with(authority, MC_STR(":")))
		port++;
	return copy(address, ADDRESS_SIZE, authority, port, error, field);
}

/* Takes the scheme off; false when it is another one. */
static bool
take_scheme(struct mc_str *url, struct mc_str scheme)
{
	if (!mc_str_equal_nocase(mc_str_first(*url, scheme.len), scheme))
		return false;
	*url = mc_str_skip(*url, scheme.len);
	if (mc_str_ends_with(*url, MC_STR("/")))
		*url = mc_str_first(*url, url->len - 1);
	return true;
}

static enum mc_status
read_url(struct mc_http_client *client, const struct mc_http_client_options *options,
	struct mc_error *error)
{
	struct mc_str url = mc_str_from(options->url);

	if (mc_str_starts_with(url, MC_STR("unix:"))) {
		(void)snprintf(client->authority, sizeof(client->authority), "localhost");
		return copy(client->address, ADDRESS_SIZE, url, "", error, "server");
	}
	bool secure = take_scheme(&url, MC_STR("https://"));
	if (!secure && !take_scheme(&url, MC_STR("http://")))
		return refuse_url(error, "server", "must begin with http:// or https://");
	if (mc_str_find(url, '/') < url.len)
		return refuse_url(error, "server", "must be an address without a path");

	enum mc_status status =
		read_authority(url, secure ? ":443" : ":80", client->address, error, "server");
	if (status == MC_OK)
		status = copy(client->authority, ADDRESS_SIZE, url, "", error, "server");
	struct mc_str host = mc_authority_host(url);
	if (host.len >= 2 && host.ptr[0] == '[')
		host = mc_str_first(mc_str_skip(host, 1), host.len - 2);
	if (status == MC_OK)
		status = copy(client->host, HOST_SIZE, host, "", error, "server");
	if (status == MC_OK && secure)
		status = mc_tls_client(options->ca_file, &client->tls, error);
	return status;
}

static enum mc_status
read_proxy(struct mc_http_client *client, const char *text, struct mc_error *error)
{
	struct mc_str url = mc_str_from(text);

	if (url.len == 0 || mc_str_starts_with(mc_str_from(client->address), MC_STR("unix:")))
		return MC_OK;
	client->proxied = true;
	/* Where a tunnel leads needs its port. */
	if (client->tls != NULL)
		memcpy(client->authority, client->address, sizeof(client->authority));
	if (!take_scheme(&url, MC_STR("http://")))
		return refuse_url(error, "proxy", "must be like http://proxy.example.org:3128");
	return read_authority(url, ":80", client->address, error, "proxy");
}

enum mc_status
mc_http_client_create(const struct mc_http_client_options *options, struct mc_http_client **out,
	struct mc_error *error)
{
	struct mc_http_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	client->stream.fd = -1;
	mc_http_client_set_timeout(client, options->timeout_ms);
	mc_buf_init(&client->out, REQUEST_MAX);
	mc_buf_init(&client->in, BODY_MAX);
	mc_buf_init(&client->body, BODY_MAX);

	enum mc_status status = read_url(client, options, error);
	if (status == MC_OK)
		status = read_proxy(client, options->proxy, error);
	if (status != MC_OK) {
		mc_http_client_destroy(client);
		return status;
	}
	*out = client;
	return MC_OK;
}

static void
hang_up(struct mc_http_client *client)
{
	mc_stream_close(&client->stream);
	client->stream = (struct mc_stream){ .fd = -1 };
}

void
mc_http_client_set_timeout(struct mc_http_client *client, int64_t timeout_ms)
{
	client->timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_MS;
}

void
mc_http_client_destroy(struct mc_http_client *client)
{
	if (client == NULL)
		return;
	hang_up(client);
	mc_tls_destroy(client->tls);
	/* Passwords and tokens went through it. */
	if (client->out.ptr != NULL)
		explicit_bzero(client->out.ptr, client->out.size);
	mc_buf_finish(&client->out);
	mc_buf_finish(&client->in);
	mc_buf_finish(&client->body);
	free(client);
}

/* Bytes --------------------------------------------------------------------------------------- */

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

static enum mc_status
lost(struct attempt *attempt)
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

static enum mc_status
send_all(struct attempt *attempt)
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
		case MC_IO_FAILED: return lost(attempt);
		}
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

/* Waits for more bytes.  *closed: there will be none. */
static enum mc_status
receive(struct attempt *attempt, bool *closed)
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
		case MC_IO_FAILED: return lost(attempt);
		}
		if (status != MC_OK)
			return status;
	}
}

/* Answers ------------------------------------------------------------------------------------- */

static enum mc_status
no_http(struct attempt *attempt)
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
		case MC_HEAD_BAD: return no_http(attempt);
		case MC_HEAD_MORE: break;
		}
		enum mc_status status = receive(attempt, &closed);
		if (status == MC_OK && closed)
			status = lost(attempt);
		if (status != MC_OK)
			return status;
	}
}

/* Interim answers are passed over (RFC 9110, 15.2). */
static enum mc_status
receive_last_head(struct attempt *attempt)
{
	enum mc_status status;

	while ((status = receive_head(attempt)) == MC_OK && attempt->client->head.status < 200)
		mc_buf_drop(&attempt->client->in, attempt->client->head.size);
	return status;
}

/* RFC 9112, 6.3. */
static bool
has_body(const struct mc_response_head *head, enum mc_method method)
{
	return method != MC_METHOD_HEAD && head->status != 204 && head->status != 304;
}

/* Takes the body's bytes that are there.  Each call begins `at` bytes into `in`. */
static enum mc_body_result
take_body(struct mc_http_client *client, struct mc_body *body, size_t *at)
{
	enum mc_body_result result;

	do {
		struct mc_str data;
		size_t used;
		result =
			mc_body_next(body, mc_str_skip(mc_buf_str(&client->in), *at), &used, &data);
		*at += used;
		if (result == MC_BODY_DATA)
			mc_buf_add(&client->body, data);
	} while (result == MC_BODY_DATA);
	return result;
}

/* The head stays where it is, in front of `in`; what was taken of the body behind it goes. */
static void
drop_taken(struct mc_http_client *client, size_t *at)
{
	struct mc_buf *in = &client->in;
	size_t head = client->head.size;

	memmove(in->ptr + head, in->ptr + *at, in->len - *at);
	in->len -= *at - head;
	*at = head;
}

static enum mc_status
receive_body(struct attempt *attempt)
{
	struct mc_http_client *client = attempt->client;
	struct mc_body body;
	size_t at = client->head.size;

	mc_body_init(&body, client->head.framing, client->head.content_length, BODY_MAX);
	for (;;) {
		bool closed;
		switch (take_body(client, &body, &at)) {
		case MC_BODY_DONE: client->keeps &= at == client->in.len; return MC_OK;
		case MC_BODY_BAD: return no_http(attempt);
		case MC_BODY_TOO_BIG:
			return mc_error_set(attempt->error, MC_TOO_LARGE, NULL,
				"the answer is larger than %d MiB", BODY_MAX >> 20);
		case MC_BODY_DATA:
		case MC_BODY_MORE: break;
		}
		drop_taken(client, &at);
		enum mc_status status = receive(attempt, &closed);
		if (status == MC_OK && closed) {
			client->keeps = false;
			return client->head.framing == MC_FRAMING_UNTIL_CLOSE ? MC_OK
									      : lost(attempt);
		}
		if (status != MC_OK)
			return status;
	}
}

static enum mc_status
receive_reply(struct attempt *attempt, enum mc_method method)
{
	struct mc_http_client *client = attempt->client;

	mc_buf_clear(&client->in);
	mc_buf_clear(&client->body);
	enum mc_status status = receive_last_head(attempt);
	client->keeps = status == MC_OK && client->head.keep_alive;
	if (status == MC_OK && has_body(&client->head, method))
		status = receive_body(attempt);
	if (status == MC_OK && !mc_buf_ok(&client->body))
		status = mc_error_set(attempt->error, MC_NO_MEMORY, NULL, "out of memory");
	/* `in` may have moved since the head was read. */
	if (status == MC_OK && mc_response_head_parse(&client->parser, mc_buf_str(&client->in),
				       &client->head) != MC_HEAD_OK)
		status = no_http(attempt);
	return status;
}

/* Connections --------------------------------------------------------------------------------- */

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
	enum mc_status status = mc_buf_ok(&client->out) ? send_all(attempt) : MC_NO_MEMORY;
	if (status == MC_OK)
		status = receive_last_head(attempt);
	if (status == MC_OK && (client->head.status > 299 || client->in.len > client->head.size))
		status = mc_error_set(attempt->error, MC_UNAVAILABLE, NULL,
			"the proxy %s answers %d", client->address, client->head.status);
	return status;
}

static enum mc_status
open_connection(struct attempt *attempt)
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

/* The server may have ended a kept connection; then nothing is written to it. */
static bool
is_stale(const struct mc_http_client *client)
{
	struct pollfd now = { .fd = client->stream.fd, .events = POLLIN };

	return poll(&now, 1, 0) != 0;
}

/* Calls --------------------------------------------------------------------------------------- */

static void
write_request(struct mc_http_client *client, const struct mc_http_call *call)
{
	struct mc_buf *out = &client->out;
	bool absolute = client->proxied && client->tls == NULL; /* RFC 9112, 3.2.2 */

	mc_buf_clear(out);
	mc_buf_add(out, mc_method_name(call->method));
	mc_buf_add_text(out, absolute ? " http://" : " ");
	mc_buf_add_text(out, absolute ? client->authority : "");
	mc_buf_add(out, call->target);
	mc_buf_addf(out, " HTTP/1.1\r\nHost: %s\r\nUser-Agent: miniclass/" MC_VERSION "\r\n",
		client->authority);
	for (size_t i = 0; i < call->n_fields; i++)
		mc_buf_addf(out, "%.*s: %.*s\r\n", MC_STR_ARGS(call->fields[i].name),
			MC_STR_ARGS(call->fields[i].value));
	if (call->body.ptr != NULL)
		mc_buf_addf(out, "Content-Length: %zu\r\n", call->body.len);
	mc_buf_add_text(out, "\r\n");
	mc_buf_add(out, call->body);
}

static enum mc_status
exchange(struct attempt *attempt, const struct mc_http_call *call)
{
	struct mc_http_client *client = attempt->client;

	write_request(client, call);
	if (!mc_buf_ok(&client->out))
		return mc_error_set(attempt->error, MC_NO_MEMORY, NULL, "out of memory");
	enum mc_status sent = send_all(attempt);
	/* Who refuses a request early may answer, and close, while it is still being sent. */
	enum mc_status status = sent == MC_OK || sent == MC_UNAVAILABLE
					? receive_reply(attempt, call->method)
					: sent;
	client->keeps &= sent == MC_OK;
	return status;
}

static enum mc_status
try_call(struct attempt *attempt, const struct mc_http_call *call)
{
	struct mc_http_client *client = attempt->client;
	enum mc_status status = client->stream.fd < 0 ? open_connection(attempt) : MC_OK;

	attempt->answered = false;
	if (status == MC_OK)
		status = exchange(attempt, call);
	if (status != MC_OK || !client->keeps)
		hang_up(client);
	return status;
}

enum mc_status
mc_http_client_call(struct mc_http_client *client, const struct mc_http_call *call,
	struct mc_http_reply *out, struct mc_error *error)
{
	struct mc_error ignored = { .status = MC_OK };
	struct attempt attempt = {
		.client = client,
		.deadline = mc_deadline_in(client->timeout_ms),
		.error = error != NULL ? error : &ignored,
	};

	if (client->stream.fd >= 0 && is_stale(client))
		hang_up(client);
	bool was_kept = client->stream.fd >= 0;
	enum mc_status status = try_call(&attempt, call);
	if (status == MC_UNAVAILABLE && was_kept && !attempt.answered &&
		mc_method_is_safe(call->method))
		status = try_call(&attempt, call);
	if (status != MC_OK)
		return status;
	*out = (struct mc_http_reply){
		.status = client->head.status,
		.fields = client->head.fields,
		.n_fields = client->head.n_fields,
		.body = mc_buf_str(&client->body),
	};
	return MC_OK;
}
