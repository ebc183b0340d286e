/* The upgrade to WebSocket: RFC 6455, section 4. */

#include "libminiclass/ws/handshake.h"

#include <stdio.h>

#include "test/unit/check.h"
#include "test/unit/http_head.h"

/* Section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define OPENING                                                                                    \
	"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"                 \
	"Connection: Upgrade\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define KEY_FIELD "Sec-WebSocket-Key: " KEY "\r\n"

static void
check_opened(const char *text, const char *why)
{
	struct mc_request_head head;
	char accept[MC_WS_ACCEPT_LENGTH];
	int status;

	check_taken(text, &head);
	check_status(MC_OK, mc_ws_server_check(&head, accept, &status, NULL), why);
	check_str(MC_STR(ACCEPT), (struct mc_str){ accept, sizeof(accept) }, why);
}

static void
check_not_opened(const char *text, int wanted, const char *why)
{
	struct mc_request_head head;
	char accept[MC_WS_ACCEPT_LENGTH];
	struct mc_error error = { 0 };
	int status = 0;

	check_taken(text, &head);
	check_status(MC_INVALID, mc_ws_server_check(&head, accept, &status, &error), why);
	check_int(wanted, status, why);
	check_int(true, error.message[0] != '\0', why);
}

static void
test_the_example_of_section_1_3_is_opened(void **state)
{
	(void)state;
	check_opened(OPENING KEY_FIELD
		"Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n" VERSION
		"\r\n",
		"the example");
	check_opened("GET /chat HTTP/1.1\r\nhost: a\r\nupgrade: h2c, WebSocket\r\n"
		     "connection: keep-alive, upgrade\r\nsec-websocket-key: " KEY
		     "\r\nsec-websocket-version: 13\r\n\r\n",
		"names and tokens without case, in lists");
	check_opened(
		OPENING KEY_FIELD VERSION "Content-Length: 0\r\n\r\n", "no body, and it says so");
}

static void
test_what_is_no_opening_is_refused_with_its_status(void **state)
{
	(void)state;
	check_not_opened("POST /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nContent-Length: 0\r\n" KEY_FIELD VERSION "\r\n",
		405, "another method");
	check_not_opened(HOST KEY_FIELD VERSION "Connection: Upgrade\r\n\r\n", 426, "no Upgrade");
	check_not_opened("GET / HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\n" KEY_FIELD VERSION "\r\n",
		426, "HTTP/1.0");
	check_not_opened(
		HOST "Upgrade: websocket\r\n" KEY_FIELD VERSION "\r\n", 400, "no Connection");
	check_not_opened(
		OPENING KEY_FIELD VERSION "Content-Length: 6\r\n\r\n", 400, "a body of a size");
	check_not_opened(OPENING KEY_FIELD VERSION "Transfer-Encoding: chunked\r\n\r\n", 400,
		"a body in chunks");
	check_not_opened(OPENING KEY_FIELD "\r\n", 426, "no version");
	check_not_opened(OPENING KEY_FIELD "Sec-WebSocket-Version: 8\r\n\r\n", 426, "version 8");
	check_not_opened(OPENING KEY_FIELD VERSION VERSION "\r\n", 426, "two versions");
	check_not_opened(OPENING VERSION "\r\n", 400, "no key");
	check_not_opened(OPENING VERSION KEY_FIELD KEY_FIELD "\r\n", 400, "two keys");
	check_not_opened(OPENING VERSION "Sec-WebSocket-Key: dGhl\r\n\r\n", 400, "a key too short");
	check_not_opened(OPENING VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\xff\r\n\r\n",
		400, "no base64");
	check_not_opened(OPENING VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSEh\r\n\r\n", 400,
		"18 bytes in 24 characters");
}

static struct mc_response_head
parsed_response(const char *text)
{
	struct mc_head_parser parser;
	struct mc_response_head head;

	memset(&parser, 0, sizeof(parser));
	check_int(MC_HEAD_OK, mc_response_head_parse(&parser, guard_copy(mc_str_from(text)), &head),
		text);
	return head;
}

static void
test_both_ends_understand_each_other(void **state)
{
	char key[MC_WS_KEY_LENGTH], accept[MC_WS_ACCEPT_LENGTH];
	struct mc_request_head request;
	struct mc_buf out;
	int status;

	(void)state;
	mc_buf_init(&out, 4096);
	mc_ws_client_key(key);
	mc_ws_client_write(&out, MC_STR("school.example"), MC_STR("/chat"), key,
		MC_STR("miniclass.v1"), MC_STR("secret"));
	mc_buf_add_char(&out, '\0');
	check_taken(out.ptr, &request);
	check_status(MC_OK, mc_ws_server_check(&request, accept, &status, NULL), "taken");
	check_int(true,
		mc_field_has_token(request.fields, request.n_fields,
			MC_STR("Sec-WebSocket-Protocol"), MC_STR("miniclass.v1")),
		"protocol");
	check_str(MC_STR("Bearer secret"),
		mc_field_find(request.fields, request.n_fields, MC_STR("Authorization")), "token");

	mc_buf_clear(&out);
	mc_ws_server_write(&out, accept, MC_STR("miniclass.v1"));
	mc_buf_add_char(&out, '\0');
	struct mc_response_head response = parsed_response(out.ptr);
	check_int(true, mc_ws_client_check(&response, key, MC_STR("miniclass.v1")), "answer");
	check_int(false, mc_ws_client_check(&response, key, MC_STR("")),
		"one that was not asked for");
	key[0] = key[0] == 'A' ? 'B' : 'A';
	check_int(false, mc_ws_client_check(&response, key, MC_STR("miniclass.v1")), "another key");
	mc_buf_finish(&out);
}

static void
test_a_client_takes_only_the_answer_to_its_key(void **state)
{
	char key[MC_WS_KEY_LENGTH];
	struct mc_response_head head;

	(void)state;
	memcpy(key, KEY, sizeof(key));
#define FIELDS "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	head = parsed_response(
		"HTTP/1.1 101 S\r\n" FIELDS "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n");
	check_int(true, mc_ws_client_check(&head, key, MC_STR("")), "right");
	check_int(true, mc_ws_client_check(&head, key, MC_STR("p")), "no protocol was agreed on");
	head = parsed_response("HTTP/1.1 200 OK\r\n" FIELDS "Sec-WebSocket-Accept: " ACCEPT
			       "\r\nContent-Length: 0\r\n\r\n");
	check_int(false, mc_ws_client_check(&head, key, MC_STR("")), "200");
	head = parsed_response(
		"HTTP/1.1 101 S\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
		"\r\n\r\n");
	check_int(false, mc_ws_client_check(&head, key, MC_STR("")), "no Upgrade");
	head = parsed_response("HTTP/1.1 101 S\r\n" FIELDS "\r\n");
	check_int(false, mc_ws_client_check(&head, key, MC_STR("")), "no Accept");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_example_of_section_1_3_is_opened),
		cmocka_unit_test(test_what_is_no_opening_is_refused_with_its_status),
		cmocka_unit_test(test_both_ends_understand_each_other),
		cmocka_unit_test(test_a_client_takes_only_the_answer_to_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
