#include "libminiclass/ws/handshake.h"

#include <string.h>

#include "libminiclass/base/random.h"
#include "libminiclass/crypt/base64.h"
#include "libminiclass/crypt/digest.h"

enum { KEY_BYTES = 16 };

/* Section 1.3. */
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static void
accept_of(const char key[MC_WS_KEY_LENGTH], char accept[MC_WS_ACCEPT_LENGTH])
{
	char text[MC_WS_KEY_LENGTH + sizeof(guid) - 1];
	struct mc_sha1 digest;

	memcpy(text, key, MC_WS_KEY_LENGTH);
	memcpy(text + MC_WS_KEY_LENGTH, guid, sizeof(guid) - 1);
	digest = mc_sha1_for_websocket((struct mc_str){ text, sizeof(text) });
	mc_base64_encode(MC_BASE64, digest.bytes, sizeof(digest.bytes), accept);
}

static size_t
count_fields(const struct mc_request_head *head, struct mc_str name)
{
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++)
		n += mc_str_equal_nocase(head->fields[i].name, name);
	return n;
}

static enum mc_status
refuse(int *status, int http, struct mc_error *error, const char *message)
{
	*status = http;
	return mc_error_set(error, MC_INVALID, NULL, "%s", message);
}

enum mc_status
mc_ws_server_check(const struct mc_request_head *head, char accept[MC_WS_ACCEPT_LENGTH],
	int *status, struct mc_error *error)
{
	struct mc_str key_name = MC_STR("Sec-WebSocket-Key");
	struct mc_str version_name = MC_STR("Sec-WebSocket-Version");
	const struct mc_field *fields = head->fields;
	unsigned char nonce[KEY_BYTES];
	size_t n = 0;

	if (head->method != MC_METHOD_GET)
		return refuse(status, 405, error, "A WebSocket is opened with GET.");
	if (head->minor_version < 1 ||
		!mc_field_has_token(fields, head->n_fields, MC_STR("Upgrade"), MC_STR("websocket")))
		return refuse(status, 426, error, "This address speaks WebSocket (RFC 6455).");
	if (!mc_field_has_token(fields, head->n_fields, MC_STR("Connection"), MC_STR("Upgrade")))
		return refuse(status, 400, error, "Connection does not say Upgrade.");
	/* RFC 9110, 7.8: frames would begin behind it. */
	if (head->framing == MC_FRAMING_CHUNKED || head->content_length > 0)
		return refuse(status, 400, error, "An upgrade to WebSocket has no body.");
	/* Section 4.4: the answer says which version we speak. */
	if (count_fields(head, version_name) != 1 ||
		!mc_str_equal(mc_field_find(fields, head->n_fields, version_name), MC_STR("13")))
		return refuse(status, 426, error, "The version of WebSocket here is 13.");

	struct mc_str key = mc_field_find(fields, head->n_fields, key_name);
	if (count_fields(head, key_name) != 1 || key.len != MC_WS_KEY_LENGTH ||
		!mc_base64_decode(MC_BASE64, key, nonce, sizeof(nonce), &n) || n != KEY_BYTES)
		return refuse(
			status, 400, error, "Sec-WebSocket-Key is not 16 bytes in base64, once.");
	accept_of(key.ptr, accept);
	return MC_OK;
}

void
mc_ws_server_write(
	struct mc_buf *buf, const char accept[MC_WS_ACCEPT_LENGTH], struct mc_str protocol)
{
	mc_buf_add(buf, MC_STR("HTTP/1.1 101 Switching Protocols\r\n"
			       "Upgrade: websocket\r\n"
			       "Connection: Upgrade\r\n"
			       "Sec-WebSocket-Accept: "));
	mc_buf_add(buf, (struct mc_str){ accept, MC_WS_ACCEPT_LENGTH });
	if (protocol.len > 0) {
		mc_buf_add(buf, MC_STR("\r\nSec-WebSocket-Protocol: "));
		mc_buf_add(buf, protocol);
	}
	mc_buf_add(buf, MC_STR("\r\n\r\n"));
}

void
mc_ws_client_key(char key[MC_WS_KEY_LENGTH])
{
	unsigned char nonce[KEY_BYTES];

	mc_random_bytes(nonce, sizeof(nonce));
	mc_base64_encode(MC_BASE64, nonce, sizeof(nonce), key);
}

static void
add_field(struct mc_buf *buf, struct mc_str name, struct mc_str value)
{
	mc_buf_add(buf, name);
	mc_buf_add(buf, MC_STR(": "));
	mc_buf_add(buf, value);
	mc_buf_add(buf, MC_STR("\r\n"));
}

void
mc_ws_client_write(struct mc_buf *buf, struct mc_str host, struct mc_str path,
	const char key[MC_WS_KEY_LENGTH], struct mc_str protocol, struct mc_str token)
{
	mc_buf_add(buf, MC_STR("GET "));
	mc_buf_add(buf, path);
	mc_buf_add(buf, MC_STR(" HTTP/1.1\r\n"));
	add_field(buf, MC_STR("Host"), host);
	mc_buf_add(buf, MC_STR("Upgrade: websocket\r\n"
			       "Connection: Upgrade\r\n"
			       "Sec-WebSocket-Version: 13\r\n"));
	add_field(buf, MC_STR("Sec-WebSocket-Key"), (struct mc_str){ key, MC_WS_KEY_LENGTH });
	if (protocol.len > 0)
		add_field(buf, MC_STR("Sec-WebSocket-Protocol"), protocol);
	if (token.len > 0) {
		mc_buf_add(buf, MC_STR("Authorization: Bearer "));
		mc_buf_add(buf, token);
		mc_buf_add(buf, MC_STR("\r\n"));
	}
	mc_buf_add(buf, MC_STR("\r\n"));
}

bool
mc_ws_client_check(const struct mc_response_head *head, const char key[MC_WS_KEY_LENGTH],
	struct mc_str protocol)
{
	const struct mc_field *fields = head->fields;
	char accept[MC_WS_ACCEPT_LENGTH];

	accept_of(key, accept);
	struct mc_str said =
		mc_field_find(fields, head->n_fields, MC_STR("Sec-WebSocket-Protocol"));
	return head->status == 101 &&
	       mc_field_has_token(fields, head->n_fields, MC_STR("Upgrade"), MC_STR("websocket")) &&
	       mc_field_has_token(
		       fields, head->n_fields, MC_STR("Connection"), MC_STR("Upgrade")) &&
	       mc_str_equal(mc_field_find(fields, head->n_fields, MC_STR("Sec-WebSocket-Accept")),
		       (struct mc_str){ accept, sizeof(accept) }) &&
	       /* Section 4.1: one that was not asked for is a failure; none is not. */
	       (said.ptr == NULL || mc_str_equal(said, protocol));
}
