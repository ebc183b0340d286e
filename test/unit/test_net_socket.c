/* Sockets as the kernel hands them out: their options, who may share, what a stale file costs. */

#include "libminiclass/net/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/check.h"

static struct mc_addr
parsed(const char *text)
{
	struct mc_addr addr;

	check_int(MC_OK, mc_addr_parse(mc_str_from(text), &addr, NULL), text);
	return addr;
}

static int
listening(const struct mc_addr *addr, bool shared)
{
	struct mc_error error = { .message = "" };
	int fd = -1;

	if (mc_socket_listen(addr, shared, &fd, &error) != MC_OK)
		fail_msg("%s", error.message);
	return fd;
}

static struct mc_addr
address_of(int fd)
{
	struct mc_addr addr;

	check_int(MC_OK, mc_socket_address(fd, &addr), "address");
	return addr;
}

static int
connected(const struct mc_addr *addr)
{
	int fd = -1;

	check_int(MC_OK, mc_socket_connect(addr, &fd, NULL), "connect");
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	check_int(1, poll(&poller, 1, 10000), "connected");
	return fd;
}

static void
wait_readable(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	check_int(1, poll(&poller, 1, 10000), "readable");
}

static void
check_accepted(int fd)
{
	int nodelay = 0;
	socklen_t size = sizeof(nodelay);

	assert_true(fd >= 0);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	check_int(0, getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size), "getsockopt");
	assert_true(nodelay != 0);
}

static void
test_an_accepted_connection_knows_its_peer_and_never_blocks(void **state)
{
	struct mc_addr any = parsed("127.0.0.1:0");
	struct mc_addr peer;
	char expected[MC_ADDR_TEXT_SIZE], got[MC_ADDR_TEXT_SIZE];

	(void)state;
	int listener = listening(&any, false);
	struct mc_addr bound = address_of(listener);
	check_int(-1, mc_socket_accept(listener, &peer), "none waits");

	int client = connected(&bound);
	wait_readable(listener);
	int fd = mc_socket_accept(listener, &peer);
	check_accepted(fd);
	check_accepted(client);
	struct mc_addr from = address_of(client);
	mc_addr_text(&from, expected);
	mc_addr_text(&peer, got);
	check_str(mc_str_from(expected), mc_str_from(got), "peer");
	check_int(-1, mc_socket_accept(listener, NULL), "none waits any more");
	close(fd);
	close(client);
	close(listener);
}

static void
test_a_port_in_use_is_a_conflict_unless_both_share_it(void **state)
{
	struct mc_addr any = parsed("127.0.0.1:0");
	struct mc_error error = { .message = "" };
	char text[MC_ADDR_TEXT_SIZE];
	int none = -7;

	(void)state;
	int alone = listening(&any, false);
	struct mc_addr bound = address_of(alone);
	check_int(MC_CONFLICT, mc_socket_listen(&bound, false, &none, &error), "alone");
	check_int(MC_CONFLICT, mc_socket_listen(&bound, true, &none, NULL), "one shares");
	check_int(-7, none, "unchanged");
	mc_addr_text(&bound, text);
	assert_non_null(strstr(error.message, text));

	int first = listening(&any, true);
	bound = address_of(first);
	int second = listening(&bound, true);
	close(second);
	close(first);
	close(alone);
}

static void
test_every_ipv6_interface_hears_ipv4_too_and_names_it_so(void **state)
{
	struct mc_addr six = parsed("[::]:0"), peer;
	char text[MC_ADDR_TEXT_SIZE], four_text[MC_ADDR_TEXT_SIZE];
	int listener = -1;

	(void)state;
	if (mc_socket_listen(&six, false, &listener, NULL) != MC_OK)
		skip(); /* a machine without IPv6 */
	struct mc_addr bound = address_of(listener);
	mc_addr_text(&bound, text);
	snprintf(four_text, sizeof(four_text), "127.0.0.1%s", strrchr(text, ':'));
	struct mc_addr four = parsed(four_text);

	int client = connected(&four);
	wait_readable(listener);
	int fd = mc_socket_accept(listener, &peer);
	check_accepted(fd);
	struct mc_addr from = address_of(client);
	mc_addr_text(&from, four_text);
	mc_addr_text(&peer, text);
	check_str(mc_str_from(four_text), mc_str_from(text), "peer");
	close(fd);
	close(client);
	close(listener);
}

static void
test_one_ipv6_interface_leaves_ipv4_to_another_listener(void **state)
{
	struct mc_addr six = parsed("[::1]:0");
	char text[MC_ADDR_TEXT_SIZE], four_text[MC_ADDR_TEXT_SIZE];
	int fd = -1;

	(void)state;
	if (mc_socket_listen(&six, false, &fd, NULL) != MC_OK)
		skip(); /* a machine without IPv6 */
	struct mc_addr bound = address_of(fd);
	mc_addr_text(&bound, text);
	snprintf(four_text, sizeof(four_text), "0.0.0.0%s", strrchr(text, ':'));
	struct mc_addr four = parsed(four_text);
	int other = listening(&four, false);
	close(other);
	close(fd);
}

struct folder {
	char path[64];
	char file[80];
	struct mc_addr addr;
};

static struct folder
folder_open(void)
{
	struct folder folder = { .path = "/tmp/mc-net-XXXXXX" };
	char text[96];

	assert_non_null(mkdtemp(folder.path));
	snprintf(folder.file, sizeof(folder.file), "%s/socket", folder.path);
	snprintf(text, sizeof(text), "unix:%s", folder.file);
	folder.addr = parsed(text);
	return folder;
}

static void
folder_close(const struct folder *folder)
{
	unlink(folder->file);
	rmdir(folder->path);
}

static void
test_a_unix_socket_that_nobody_listens_on_is_replaced(void **state)
{
	struct folder folder = folder_open();

	(void)state;
	close(listening(&folder.addr, false));
	struct stat file;
	check_int(0, stat(folder.file, &file), "the file stays behind");
	int listener = listening(&folder.addr, false);
	int client = connected(&folder.addr);
	struct mc_addr peer;
	int fd = mc_socket_accept(listener, &peer);
	assert_true(fd >= 0);
	check_int(true, mc_addr_is_unix(&peer), "peer");
	close(fd);
	close(client);
	close(listener);
	folder_close(&folder);
}

static void
test_a_unix_socket_in_use_is_left_to_its_listener(void **state)
{
	struct folder folder = folder_open();
	int none = -1;

	(void)state;
	int listener = listening(&folder.addr, false);
	check_int(MC_CONFLICT, mc_socket_listen(&folder.addr, false, &none, NULL), "in use");
	int probe = mc_socket_accept(listener, NULL);
	if (probe >= 0)
		close(probe);
	close(connected(&folder.addr));
	close(listener);
	folder_close(&folder);
}

static void
test_a_file_that_is_no_socket_is_never_deleted(void **state)
{
	struct folder folder = folder_open();
	struct stat file;
	int none = -1;

	(void)state;
	close(open(folder.file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	check_int(MC_CONFLICT, mc_socket_listen(&folder.addr, false, &none, NULL), "a file");
	check_int(0, stat(folder.file, &file), "still there");
	folder_close(&folder);
}

static void
test_connecting_where_nobody_listens_says_that_the_service_is_away(void **state)
{
	struct folder folder = folder_open();
	struct mc_error error = { .message = "" };
	int none = -1;

	(void)state;
	check_int(MC_UNAVAILABLE, mc_socket_connect(&folder.addr, &none, &error), "no file");
	assert_non_null(strstr(error.message, folder.file));
	check_int(-1, none, "unchanged");
	folder_close(&folder);
}

static void
test_out_of_descriptors_is_told_apart_from_nobody_waiting(void **state)
{
	struct mc_addr any = parsed("127.0.0.1:0");
	struct rlimit before, tight;

	(void)state;
	int listener = listening(&any, false);
	struct mc_addr bound = address_of(listener);
	int client = connected(&bound);
	wait_readable(listener);

	check_int(0, getrlimit(RLIMIT_NOFILE, &before), "limit");
	tight = before;
	tight.rlim_cur = (rlim_t)client + 1;
	check_int(0, setrlimit(RLIMIT_NOFILE, &tight), "limit");
	int refused = mc_socket_accept(listener, NULL);
	check_int(0, setrlimit(RLIMIT_NOFILE, &before), "limit");

	check_int(-2, refused, "no descriptor left");
	int fd = mc_socket_accept(listener, NULL);
	assert_true(fd >= 0);
	close(fd);
	close(client);
	close(listener);
}

static void
test_an_address_that_others_share_is_not_free(void **state)
{
	struct mc_addr any = parsed("127.0.0.1:0");
	struct mc_error error = { .message = "" };

	(void)state;
	check_int(MC_OK, mc_socket_probe(&any, NULL), "any port");
	int fd = listening(&any, true);
	struct mc_addr addr = address_of(fd);
	check_int(MC_CONFLICT, mc_socket_probe(&addr, &error), "shared by who listens");
	check_int(true, error.message[0] != '\0', "said");
	close(fd);
	check_int(MC_OK, mc_socket_probe(&addr, NULL), "nobody listens any more");
}

static void
test_who_is_gone_without_a_word_is_noticed_whatever_is_on_the_way(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), value = 0;
	socklen_t size = sizeof(value);

	(void)state;
	assert_true(fd >= 0);
	mc_socket_keep_alive(fd);
	check_int(0, getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size), "option");
	check_int(1, value, "while nothing is on the way: keep-alive");
	check_int(0, getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size), "option");
	check_int(50000, value, "while something is: RFC 5482");
	close(fd);
}

static void
test_what_the_peer_has_not_taken_shrinks_as_he_reads(void **state)
{
	static char many[1 << 20];
	struct mc_addr any = parsed("127.0.0.1:0");
	int listener = listening(&any, false);
	struct mc_addr addr = address_of(listener);
	int client = connected(&addr), server;

	(void)state;
	wait_readable(listener);
	server = mc_socket_accept(listener, NULL);
	check_int(true, server >= 0, "accepted");
	check_int(0, (long long)mc_socket_unsent(server), "nothing was written");
	/* Until neither machine's buffers take any more. */
	while (write(server, many, sizeof(many)) > 0)
		;
	size_t before = mc_socket_unsent(server);
	check_int(true, before > 0, "the peer reads nothing");
	while (mc_socket_unsent(server) >= before) {
		wait_readable(client);
		check_int(true, read(client, many, sizeof(many)) > 0, "read");
	}
	close(client);
	close(server);
	close(listener);
	check_int(0, (long long)mc_socket_unsent(-1), "no socket");
}

/* The kernel would take what a peer does not read, of each connection megabytes. */
static void
test_what_a_peer_does_not_read_waits_here_and_not_in_the_kernel(void **state)
{
	struct mc_addr any = parsed("127.0.0.1:0");
	static const char many[16 * 1024];
	const int most = 2 * MC_SOCKET_UNSENT_MAX; /* what is begun is taken as a whole */

	(void)state;
	int listener = listening(&any, false);
	struct mc_addr bound = address_of(listener);
	int client = connected(&bound);
	wait_readable(listener);
	int server = mc_socket_accept(listener, NULL);
	struct pollfd poller = { .fd = server, .events = POLLOUT };

	while (poll(&poller, 1, 100) == 1) {
		check_int(true, write(server, many, sizeof(many)) > 0, "written");
		check_int(true, mc_socket_unsent(server) <= (size_t)most, "what waits there");
	}
	close(client);
	close(server);
	close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_accepted_connection_knows_its_peer_and_never_blocks),
		cmocka_unit_test(test_a_port_in_use_is_a_conflict_unless_both_share_it),
		cmocka_unit_test(test_every_ipv6_interface_hears_ipv4_too_and_names_it_so),
		cmocka_unit_test(test_one_ipv6_interface_leaves_ipv4_to_another_listener),
		cmocka_unit_test(test_a_unix_socket_that_nobody_listens_on_is_replaced),
		cmocka_unit_test(test_a_unix_socket_in_use_is_left_to_its_listener),
		cmocka_unit_test(test_a_file_that_is_no_socket_is_never_deleted),
		cmocka_unit_test(
			test_connecting_where_nobody_listens_says_that_the_service_is_away),
		cmocka_unit_test(test_out_of_descriptors_is_told_apart_from_nobody_waiting),
		cmocka_unit_test(test_an_address_that_others_share_is_not_free),
		cmocka_unit_test(test_who_is_gone_without_a_word_is_noticed_whatever_is_on_the_way),
		cmocka_unit_test(test_what_the_peer_has_not_taken_shrinks_as_he_reads),
		cmocka_unit_test(test_what_a_peer_does_not_read_waits_here_and_not_in_the_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
