#include "libminiclass/client/http_client.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/client/http_client_int.h"
#include "libminiclass/http/body.h"
#include "libminiclass/http/status.h"
#include "libminiclass/net/tls.h"

enum { TIMEOUT_MS = 30000, REQUEST_MAX = 16 << 20 };

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

	enum mc_status status = http_client_read_url(client, options, error);
	if (status == MC_OK)
		status = http_client_read_proxy(client, options->proxy, error);
	if (status != MC_OK) {
		mc_http_client_destroy(client);
		return status;
	}
	*out = client;
	return MC_OK;
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
	http_client_hang_up(client);
	mc_tls_destroy(client->tls);
	/* Passwords and tokens went through it. */
	if (client->out.ptr != NULL)
		explicit_bzero(client->out.ptr, client->out.size);
	mc_buf_finish(&client->out);
	mc_buf_finish(&client->in);
	mc_buf_finish(&client->body);
	free(client);
}

static bool
has_body(const struct mc_response_head *head, enum mc_method method)
{
	return method != MC_METHOD_HEAD && mc_http_has_body(head->status);
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
		case MC_BODY_BAD: return http_client_no_http(attempt);
		case MC_BODY_TOO_BIG:
			return mc_error_set(attempt->error, MC_TOO_LARGE, NULL,
				"the answer is larger than %d MiB", BODY_MAX >> 20);
		case MC_BODY_DATA:
		case MC_BODY_MORE: break;
		}
		drop_taken(client, &at);
		enum mc_status status = http_client_receive(attempt, &closed);
		if (status == MC_OK && closed) {
			client->keeps = false;
			return client->head.framing == MC_FRAMING_UNTIL_CLOSE
				       ? MC_OK
				       : http_client_lost(attempt);
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
	enum mc_status status = http_client_receive_head(attempt);
	client->keeps = status == MC_OK && client->head.keep_alive;
	if (status == MC_OK && has_body(&client->head, method))
		status = receive_body(attempt);
	if (status == MC_OK && !mc_buf_ok(&client->body))
		status = mc_error_set(attempt->error, MC_NO_MEMORY, NULL, "out of memory");
	/* `in` may have moved since the head was read. */
	if (status == MC_OK && mc_response_head_parse(&client->parser, mc_buf_str(&client->in),
				       &client->head) != MC_HEAD_OK)
		status = http_client_no_http(attempt);
	return status;
}

/* The server may have ended a kept connection; then nothing is written to it. */
static bool
is_stale(const struct mc_http_client *client)
{
	struct pollfd now = { .fd = client->stream.fd, .events = POLLIN };

	return poll(&now, 1, 0) != 0;
}

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
	enum mc_status sent = http_client_send(attempt);
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
	enum mc_status status = client->stream.fd < 0 ? http_client_open(attempt) : MC_OK;

	attempt->answered = false;
	if (status == MC_OK)
		status = exchange(attempt, call);
	if (status != MC_OK || !client->keeps)
		http_client_hang_up(client);
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
		http_client_hang_up(client);
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
