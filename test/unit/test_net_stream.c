/* Streams in clear; through TLS they are tested in test_net_tls_stream.c. */

#include "libminiclass/net/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libminiclass/net/socket.h"

#include "test/unit/check.h"

struct ends {
	struct mc_stream here, there;
};

static struct mc_str
str_of(const char *bytes, size_t n)
{
	return (struct mc_str){ bytes, n };
}

static struct ends
ends_open(void)
{
	struct ends ends;
	int fds[2];

	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		"socketpair");
	check_int(MC_OK, mc_stream_accept(&ends.here, fds[0], NULL), "accept");
	check_int(MC_OK, mc_stream_connect(&ends.there, fds[1], NULL, "host"), "connect");
	return ends;
}

static void
ends_close(struct ends *ends)
{
	mc_stream_close(&ends->here);
	mc_stream_close(&ends->there);
}

static void
test_reading_tells_bytes_from_none_yet_and_from_the_end(void **state)
{
	struct ends ends = ends_open();
	char text[] = "hello";
	struct iovec part = { text, 5 };
	char out[16];
	size_t n = 99;

	(void)state;
	check_int(MC_IO_AGAIN, mc_stream_read(&ends.here, out, sizeof(out), &n), "none yet");
	check_int(99, n, "unchanged");
	check_int(MC_IO_OK, mc_stream_writev(&ends.there, &part, 1, &n), "write");
	check_int(5, n, "written");
	check_int(MC_IO_OK, mc_stream_read(&ends.here, out, sizeof(out), &n), "bytes");
	check_str(MC_STR("hello"), str_of(out, n), "bytes");
	mc_stream_shutdown(&ends.there);
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.here, out, sizeof(out), &n), "the end");
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.here, out, sizeof(out), &n), "for good");
	ends_close(&ends);
}

static void
test_who_has_said_the_last_word_still_hears(void **state)
{
	struct ends ends = ends_open();
	char text[] = "reply";
	struct iovec part = { text, 5 };
	char out[16];
	size_t n;

	(void)state;
	mc_stream_shutdown(&ends.there);
	check_int(MC_IO_OK, mc_stream_writev(&ends.here, &part, 1, &n), "write");
	check_int(MC_IO_OK, mc_stream_read(&ends.there, out, sizeof(out), &n), "read");
	check_str(MC_STR("reply"), str_of(out, n), "reply");
	ends_close(&ends);
}

/* Fills the socket with parts of odd sizes, and sees to it that nothing is lost or doubled. */
static void
test_what_a_full_socket_did_not_take_is_written_later(void **state)
{
	enum { SIZE = 2000003, HEAD = 331 };
	struct ends ends = ends_open();
	unsigned char *sent = malloc(SIZE);
	unsigned char *got = malloc(SIZE);
	size_t n_sent = 0, n_got = 0;
	bool was_full = false;

	(void)state;
	assert_true(sent != NULL && got != NULL);
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (unsigned char)(i * 31 + i / 251);
	while (n_got < SIZE) {
		size_t head = SIZE - n_sent < HEAD ? SIZE - n_sent : HEAD;
		struct iovec parts[] = {
			{ sent + n_sent, head },
			{ NULL, 0 },
			{ sent + n_sent + head, SIZE - n_sent - head },
		};
		size_t n = 0;
		if (n_sent < SIZE) {
			enum mc_io io = mc_stream_writev(&ends.here, parts, 3, &n);
			assert_true(io == MC_IO_OK || io == MC_IO_AGAIN);
			was_full = was_full || io == MC_IO_AGAIN || n < SIZE - n_sent;
			n_sent += io == MC_IO_OK ? n : 0;
		}
		check_int(MC_IO_OK, mc_stream_read(&ends.there, got + n_got, SIZE - n_got, &n),
			"read");
		n_got += n;
	}
	check_int(true, was_full, "the socket was full once");
	assert_memory_equal(sent, got, SIZE);
	free(sent);
	free(got);
	ends_close(&ends);
}

/* The default action of SIGPIPE would end this program. */
static void
test_writing_to_a_peer_that_has_gone_fails_without_a_signal(void **state)
{
	struct ends ends = ends_open();
	char text[] = "x";
	struct iovec part = { text, 1 };
	size_t n;

	(void)state;
	mc_stream_close(&ends.there);
	check_int(MC_IO_FAILED, mc_stream_writev(&ends.here, &part, 1, &n), "gone");
	ends_close(&ends);
}

static void
test_a_reset_is_a_failure_and_no_end(void **state)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	struct mc_addr addr;
	struct mc_stream stream;
	char out[4];
	size_t n;
	int listener, client;

	(void)state;
	check_int(MC_OK, mc_addr_parse(MC_STR("127.0.0.1:0"), &addr, NULL), "address");
	check_int(MC_OK, mc_socket_listen(&addr, false, &listener, NULL), "listen");
	check_int(MC_OK, mc_socket_address(listener, &addr), "address");
	check_int(MC_OK, mc_socket_connect(&addr, &client, NULL), "connect");
	struct pollfd waiting = { .fd = listener, .events = POLLIN };
	check_int(1, poll(&waiting, 1, 10000), "a connection");
	check_int(MC_OK, mc_stream_accept(&stream, mc_socket_accept(listener, NULL), NULL), "made");

	check_int(0, setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), "linger");
	close(client);
	waiting.fd = stream.fd;
	check_int(1, poll(&waiting, 1, 10000), "the reset");
	check_int(MC_IO_FAILED, mc_stream_read(&stream, out, sizeof(out), &n), "reset");
	mc_stream_close(&stream);
	close(listener);
}

static void
test_closing_twice_or_what_was_never_open_does_nothing(void **state)
{
	struct ends ends = ends_open();
	struct mc_stream never = { .fd = -1 };

	(void)state;
	ends_close(&ends);
	check_int(-1, ends.here.fd, "closed");
	ends_close(&ends);
	mc_stream_close(&never);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading_tells_bytes_from_none_yet_and_from_the_end),
		cmocka_unit_test(test_who_has_said_the_last_word_still_hears),
		cmocka_unit_test(test_what_a_full_socket_did_not_take_is_written_later),
		cmocka_unit_test(test_writing_to_a_peer_that_has_gone_fails_without_a_signal),
		cmocka_unit_test(test_a_reset_is_a_failure_and_no_end),
		cmocka_unit_test(test_closing_twice_or_what_was_never_open_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
