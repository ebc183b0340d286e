/* Streams through TLS: records, full sockets, short reads, and how a stream ends. */

#include "libminiclass/net/stream.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "test/unit/net_tls.h"

/* RFC 8446, 5: the header of a record, and the type of what looks like application data. */
enum { RECORD_HEADER = 5, RECORD_DATA = 23 };

static void
test_bytes_go_both_ways_and_the_handshake_by_itself(void **state)
{
	struct ends ends = ends_ready(*state);

	send_text(&ends.client, "GET / HTTP/1.1\r\n\r\n");
	check_text("GET / HTTP/1.1\r\n\r\n", &ends.server);
	send_text(&ends.server, "HTTP/1.1 204 No Content\r\n\r\n");
	check_text("HTTP/1.1 204 No Content\r\n\r\n", &ends.client);
	ends_close(&ends);
}

/* Looks at what lies in the socket, without taking it. */
static int
count_records(int fd)
{
	static unsigned char bytes[200000];
	ssize_t len = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
	ssize_t at = 0;
	int count = 0;

	while (len - at >= RECORD_HEADER) {
		check_int(RECORD_DATA, bytes[at], "type");
		at += RECORD_HEADER + (bytes[at + 3] << 8 | bytes[at + 4]);
		count++;
	}
	check_int(len, at, "whole records");
	return count;
}

static void
test_parts_are_packed_into_as_few_records_as_there_can_be(void **state)
{
	enum { RECORD = 16384 };
	static char bytes[4 * RECORD];
	static const struct {
		const char *what;
		size_t parts[4];
		int records;
	} cases[] = {
		{ "head and body", { 300, 900 }, 1 },
		{ "with empty parts between", { 0, 300, 0, 900 }, 1 },
		{ "exactly a record", { 384, RECORD - 384 }, 1 },
		{ "a byte more", { 384, RECORD - 383 }, 2 },
		{ "a big body", { 300, 2 * RECORD }, 3 },
		{ "a body of records", { 2 * RECORD }, 2 },
		{ "many small ones", { 100, 100, 100, 100 }, 1 },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct ends ends = ends_ready(*state);
		struct iovec parts[4];
		size_t total = 0, n = 0;
		for (size_t j = 0; j < 4; j++) {
			parts[j] = (struct iovec){ bytes + total, cases[i].parts[j] };
			total += cases[i].parts[j];
		}
		check_int(MC_IO_OK, mc_stream_writev(&ends.server, parts, 4, &n), cases[i].what);
		check_int(total, n, cases[i].what);
		check_int(cases[i].records, count_records(ends.client.fd), cases[i].what);
		ends_close(&ends);
	}
}

/*
 * Presents the bytes in memory of their own, cut in two at `head`, as a connection does that has
 * dropped what was written and appended the next answer.
 */
static enum mc_io
write_from_elsewhere(
	struct mc_stream *to, const unsigned char *bytes, size_t len, size_t head, size_t *n)
{
	unsigned char *moved = malloc(len);

	assert_non_null(moved);
	memcpy(moved, bytes, len);
	head = head < len ? head : len;
	struct iovec parts[] = { { moved, head }, { moved + head, len - head } };
	enum mc_io io = mc_stream_writev(to, parts, 2, n);
	memset(moved, 0xEE, len);
	free(moved);
	return io;
}

static void
test_what_a_full_socket_did_not_take_is_written_later_from_elsewhere(void **state)
{
	enum { SIZE = 300007, SOCKET = 40000, READ = 3001 };
	static unsigned char sent[SIZE], got[SIZE + READ];
	struct ends ends = ends_ready(*state);
	size_t n_sent = 0, n_got = 0, n = 0;
	int buffer = SOCKET, n_again = 0;

	check_int(0, setsockopt(ends.server.fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)),
		"a small buffer");
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (unsigned char)(i * 31 + i / 251);
	for (size_t turn = 0; n_got < SIZE; turn++) {
		enum mc_io io = MC_IO_AGAIN;
		if (n_sent < SIZE)
			io = write_from_elsewhere(
				&ends.server, sent + n_sent, SIZE - n_sent, turn * 997, &n);
		assert_true(io == MC_IO_OK || io == MC_IO_AGAIN);
		n_sent += io == MC_IO_OK ? n : 0;
		n_again += io == MC_IO_AGAIN && n_sent < SIZE;
		check_int(MC_IO_OK, mc_stream_read(&ends.client, got + n_got, READ, &n), "read");
		n_got += n;
	}
	check_int(SIZE, n_got, "no byte more");
	assert_true(n_again > 10);
	assert_memory_equal(sent, got, SIZE);
	ends_close(&ends);
}

/* The loop reports an edge: what a read leaves behind would wait for ever. */
static void
test_a_short_count_means_that_every_record_was_read(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[64];
	size_t n = 0;

	send_text(&ends.client, "one ");
	send_text(&ends.client, "two ");
	send_text(&ends.client, "three");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "read");
	struct mc_str got = { out, n };
	check_str(MC_STR("one two three"), got, "all three");
	check_int(MC_IO_AGAIN, mc_stream_read(&ends.server, out, sizeof(out), &n), "empty");

	send_text(&ends.client, "four");
	check_text("four", &ends.server);
	ends_close(&ends);
}

static void
test_a_read_goes_on_where_openssl_had_filled_its_own_buffer(void **state)
{
	enum { SIZE = 60000 };
	static char sent[SIZE], got[SIZE + 1];
	struct ends ends = ends_ready(*state);
	struct iovec part = { sent, SIZE };
	size_t n = 0;

	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)(i % 127);
	check_int(MC_IO_OK, mc_stream_writev(&ends.client, &part, 1, &n), "write");
	check_int(SIZE, n, "all written");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, got, sizeof(got), &n), "read");
	check_int(SIZE, n, "all read");
	assert_memory_equal(sent, got, SIZE);
	ends_close(&ends);
}

static void
test_a_record_larger_than_the_buffer_is_read_in_pieces(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[4];
	size_t n = 0;

	send_text(&ends.client, "abcdefghij");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "first");
	check_int(4, n, "full");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "second");
	check_int(4, n, "full");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "third");
	check_int(2, n, "short");
	assert_memory_equal("ij", out, 2);
	ends_close(&ends);
}

static void
test_an_end_that_was_announced_is_told_from_one_that_may_be_forged(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[16];
	size_t n = 0;

	send_text(&ends.client, "last words");
	mc_stream_shutdown(&ends.client);
	check_text("last words", &ends.server);
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.server, out, sizeof(out), &n), "announced");
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.server, out, sizeof(out), &n), "for good");
	send_text(&ends.server, "answer");
	check_text("answer", &ends.client);
	ends_close(&ends);

	ends = ends_ready(*state);
	shutdown(ends.client.fd, SHUT_WR);
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "cut off");
	ends_close(&ends);
}

static void
test_what_is_no_tls_fails_and_goes_on_failing(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: class.example\r\n\r\n";
	struct ends ends = ends_open(*state, "class.example");
	char out[16];
	size_t n = 0;

	check_int(sizeof(request) - 1, send(ends.client.fd, request, sizeof(request) - 1, 0), "s");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "clear text");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "again");
	ends_close(&ends);

	ends = ends_ready(*state);
	send_text(&ends.client, "good");
	check_int(sizeof(request) - 1, send(ends.client.fd, request, sizeof(request) - 1, 0), "s");
	check_text("good", &ends.server);
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "forged");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "again");
	ends_close(&ends);
}

static void
test_writing_to_a_peer_that_has_gone_fails_without_a_signal(void **state)
{
	struct ends ends = ends_ready(*state);
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	size_t n;

	mc_stream_close(&ends.client);
	check_int(MC_IO_FAILED, mc_stream_writev(&ends.server, &part, 1, &n), "gone");
	mc_stream_shutdown(&ends.server);
	ends_close(&ends);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(test_bytes_go_both_ways_and_the_handshake_by_itself),
		TLS_TEST(test_parts_are_packed_into_as_few_records_as_there_can_be),
		TLS_TEST(test_what_a_full_socket_did_not_take_is_written_later_from_elsewhere),
		TLS_TEST(test_a_short_count_means_that_every_record_was_read),
		TLS_TEST(test_a_read_goes_on_where_openssl_had_filled_its_own_buffer),
		TLS_TEST(test_a_record_larger_than_the_buffer_is_read_in_pieces),
		TLS_TEST(test_an_end_that_was_announced_is_told_from_one_that_may_be_forged),
		TLS_TEST(test_what_is_no_tls_fails_and_goes_on_failing),
		TLS_TEST(test_writing_to_a_peer_that_has_gone_fails_without_a_signal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
