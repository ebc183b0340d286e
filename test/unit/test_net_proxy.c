/* PROXY protocol v2 headers, cut at every byte (proxy-protocol.txt, 2.2). */

#include "libminiclass/net/proxy.h"

#include <string.h>

#include "test/unit/check.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
/* 192.0.2.1:4660 to 198.51.100.2:80. */
#define TCP4 "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x34\x00\x50"
#define TCP6_ADDRESSES                                                                             \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"                                               \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"                                               \
	"\x12\x34\x00\x50"

static void
check_all(struct mc_str in, enum mc_proxy_result expected, size_t size, const char *address)
{
	char text[MC_ADDR_TEXT_SIZE] = "";

	for (size_t n = 0; n <= in.len; n++) {
		struct mc_str part = guard_copy(mc_str_first(in, n));
		struct mc_addr client = { .size = 0 };
		size_t used = 0;
		enum mc_proxy_result result = mc_proxy_parse(part, &used, &client);
		if (expected == MC_PROXY_OK && n < size) {
			check_int(MC_PROXY_MORE, result, "a beginning");
			continue;
		}
		if (n < in.len && expected == MC_PROXY_BAD && result == MC_PROXY_MORE)
			continue;
		check_int(expected, result, "the whole of it");
		if (result != MC_PROXY_OK)
			continue;
		check_int((int64_t)size, (int64_t)used, "size");
		if (client.size > 0)
			mc_addr_text(&client, text);
	}
	check_str(mc_str_from(address), mc_str_from(text), "client");
}

static void
test_the_client_of_a_connection_is_read_however_the_header_is_cut(void **state)
{
	(void)state;
	check_all(MC_STR(SIGNATURE TCP4), MC_PROXY_OK, 28, "192.0.2.1:4660");
	check_all(MC_STR(SIGNATURE TCP4 "GET / HTTP/1.1\r\n"), MC_PROXY_OK, 28, "192.0.2.1:4660");
	check_all(MC_STR(SIGNATURE "\x21\x21\x00\x24" TCP6_ADDRESSES), MC_PROXY_OK, 52,
		"[2001:db8::1]:4660");
}

static void
test_extensions_are_skipped(void **state)
{
	(void)state;
	check_all(
		MC_STR(SIGNATURE "\x21\x11\x00\x11\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x34\x00\x50"
				 "\x04\x00\x02xy"),
		MC_PROXY_OK, 33, "192.0.2.1:4660");
}

static void
test_a_proxy_that_speaks_for_itself_names_nobody(void **state)
{
	(void)state;
	check_all(MC_STR(SIGNATURE "\x20\x00\x00\x00"), MC_PROXY_OK, 16, "");
	check_all(MC_STR(SIGNATURE "\x20\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x34\x00"
				   "\x50"),
		MC_PROXY_OK, 28, "");
	check_all(MC_STR(SIGNATURE "\x21\x00\x00\x00"), MC_PROXY_OK, 16, "");
}

static void
test_what_is_no_such_header_is_refused(void **state)
{
	(void)state;
	check_all(MC_STR("GET / HTTP/1.1\r\n\r\n"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR("PROXY TCP4 192.0.2.1 198.51.100.2 4660 80\r\n"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR(SIGNATURE "\x11\x11\x00\x0c"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR(SIGNATURE "\x22\x11\x00\x0c"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR(SIGNATURE "\x21\x11\x00\x0b"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR(SIGNATURE "\x21\x21\x00\x23"), MC_PROXY_BAD, 0, "");
	check_all(MC_STR(SIGNATURE "\x21\x11\xff\xff"), MC_PROXY_BAD, 0, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_client_of_a_connection_is_read_however_the_header_is_cut),
		cmocka_unit_test(test_extensions_are_skipped),
		cmocka_unit_test(test_a_proxy_that_speaks_for_itself_names_nobody),
		cmocka_unit_test(test_what_is_no_such_header_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
