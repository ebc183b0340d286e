/* Writing to many at once, with the kernel's ring and without: the results are the same. */

#include "chatd/burst.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/check.h"

enum { READERS = BURST_MAX, PARTS = 2, TEXT_MAX = 64 };

struct fixture {
	struct burst *burst;
	struct mc_stream streams[READERS];
	int readers[READERS];
	char text[READERS][TEXT_MAX];
	struct iovec parts[READERS][PARTS];
	struct burst_write writes[READERS];
};

/* Who may open no more descriptors gets no ring. */
static struct burst *
create_without_ring(void)
{
	struct rlimit kept, none;

	check_int(0, getrlimit(RLIMIT_NOFILE, &kept), "getrlimit");
	none = kept;
	none.rlim_cur = 0;
	check_int(0, setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
	struct burst *burst = burst_create();
	check_int(0, setrlimit(RLIMIT_NOFILE, &kept), "setrlimit back");
	check_int(false, burst_has_ring(burst), "no ring");
	return burst;
}

static void
open_pair(struct mc_stream *stream, int *reader)
{
	int fds[2];

	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		"socketpair");
	check_status(MC_OK, mc_stream_accept(stream, fds[0], NULL), "accept");
	*reader = fds[1];
}

static int
set_up(void **state, struct burst *burst)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .burst = burst };
	assert_non_null(burst);
	for (size_t i = 0; i < READERS; i++) {
		open_pair(&fixture.streams[i], &fixture.readers[i]);
		/* Every third one in parts, and with a length of its own. */
		int len = snprintf(fixture.text[i], TEXT_MAX, "to reader %zu of them all", i);
		size_t cut = i % 3 == 0 ? 2 + i % 5 : (size_t)len;
		fixture.parts[i][0] = (struct iovec){ fixture.text[i], cut };
		fixture.parts[i][1] = (struct iovec){ fixture.text[i] + cut, (size_t)len - cut };
		fixture.writes[i] = (struct burst_write){
			.stream = &fixture.streams[i],
			.parts = fixture.parts[i],
			.n_parts = cut < (size_t)len ? 2 : 1,
		};
	}
	*state = &fixture;
	return 0;
}

static int
set_up_with_ring(void **state)
{
	return set_up(state, burst_create());
}

static int
set_up_without_ring(void **state)
{
	return set_up(state, create_without_ring());
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < READERS; i++) {
		mc_stream_close(&fixture->streams[i]);
		if (fixture->readers[i] >= 0)
			close(fixture->readers[i]);
	}
	burst_destroy(fixture->burst);
	return 0;
}

static void
check_arrived(const struct fixture *fixture, size_t i)
{
	char out[TEXT_MAX + 1];
	size_t len = strlen(fixture->text[i]);
	ssize_t n = read(fixture->readers[i], out, sizeof(out));

	check_int(MC_IO_OK, fixture->writes[i].result, "result");
	check_int(len, fixture->writes[i].n, "bytes written");
	assert_true(n > 0);
	check_str((struct mc_str){ fixture->text[i], len }, (struct mc_str){ out, (size_t)n },
		"each reader has its own bytes, once");
}

static void
test_each_reader_gets_its_own_bytes_once(void **state)
{
	struct fixture *fixture = *state;

	for (int again = 0; again < 3; again++) {
		burst_write(fixture->burst, fixture->writes, READERS);
		for (size_t i = 0; i < READERS; i++)
			check_arrived(fixture, i);
	}
}

static void
test_any_number_of_writes_is_a_burst(void **state)
{
	struct fixture *fixture = *state;

	for (size_t n = 0; n <= READERS; n += n < 4 ? 1 : 31) {
		burst_write(fixture->burst, fixture->writes, n);
		for (size_t i = 0; i < n; i++)
			check_arrived(fixture, i);
	}
	struct pollfd rest = { .fd = fixture->readers[READERS - 1], .events = POLLIN };
	check_int(0, poll(&rest, 1, 0), "nobody else was written to");
}

static void
fill(struct mc_stream *stream)
{
	static char block[4096];
	struct iovec part = { block, sizeof(block) };
	size_t n;

	while (mc_stream_writev(stream, &part, 1, &n) == MC_IO_OK)
		continue;
}

static void
test_one_that_is_full_one_that_is_gone_and_one_with_nothing_stop_nobody(void **state)
{
	enum { FULL = 3, GONE = 7, NOTHING = 11 };
	struct fixture *fixture = *state;

	fill(&fixture->streams[FULL]);
	close(fixture->readers[GONE]);
	fixture->readers[GONE] = -1;
	fixture->writes[NOTHING].n_parts = 0;
	burst_write(fixture->burst, fixture->writes, READERS);
	check_int(MC_IO_AGAIN, fixture->writes[FULL].result, "full");
	check_int(0, fixture->writes[FULL].n, "nothing written");
	check_int(MC_IO_FAILED, fixture->writes[GONE].result, "gone, and no signal");
	check_int(0, fixture->writes[GONE].n, "nothing written");
	check_int(MC_IO_OK, fixture->writes[NOTHING].result, "nothing to write");
	check_int(0, fixture->writes[NOTHING].n, "nothing written");
	for (size_t i = 0; i < READERS; i++)
		if (i != FULL && i != GONE && i != NOTHING)
			check_arrived(fixture, i);
}

static void
test_what_a_socket_takes_only_in_part_is_counted(void **state)
{
	enum { BIG = 5, SIZE = 4 * 1024 * 1024 };
	struct fixture *fixture = *state;
	char *big = calloc(1, SIZE);
	char *out = malloc(SIZE);

	assert_true(big != NULL && out != NULL);
	fixture->parts[BIG][0] = (struct iovec){ big, SIZE };
	fixture->writes[BIG].n_parts = 1;
	burst_write(fixture->burst, fixture->writes, READERS);
	check_int(MC_IO_OK, fixture->writes[BIG].result, "some of it");
	assert_true(fixture->writes[BIG].n > 0 && fixture->writes[BIG].n < SIZE);
	size_t got = 0;
	for (ssize_t n; (n = read(fixture->readers[BIG], out, SIZE)) > 0; got += (size_t)n)
		continue;
	check_int(fixture->writes[BIG].n, got, "what was counted is what came");
	for (size_t i = 0; i < READERS; i++)
		if (i != BIG)
			check_arrived(fixture, i);
	free(big);
	free(out);
}

/* The descriptor of the only ring there is; -1: none. */
static int
find_ring(void)
{
	for (int fd = 3; fd < 1024; fd++) {
		char path[32], target[64];
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, target, sizeof(target));
		if (n > 0 && mc_str_equal((struct mc_str){ target, (size_t)n },
				     MC_STR("anon_inode:[io_uring]")))
			return fd;
	}
	return -1;
}

static void
test_a_ring_that_is_lost_loses_no_byte(void **state)
{
	struct fixture *fixture = *state;

	if (!burst_has_ring(fixture->burst))
		skip();
	int ring = find_ring();
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(ring >= 0 && null >= 0);
	check_int(ring, dup2(null, ring), "taken away");
	close(null);
	for (int again = 0; again < 2; again++) {
		burst_write(fixture->burst, fixture->writes, READERS);
		check_int(false, burst_has_ring(fixture->burst), "one by one from now on");
		for (size_t i = 0; i < READERS; i++)
			check_arrived(fixture, i);
	}
}

int
main(void)
{
#define CASE(test, how)                                                                            \
	{                                                                                          \
		.name = #test ", " #how, .test_func = test, .setup_func = set_up_##how,            \
		.teardown_func = tear_down                                                         \
	}
	const struct CMUnitTest tests[] = {
		CASE(test_each_reader_gets_its_own_bytes_once, with_ring),
		CASE(test_each_reader_gets_its_own_bytes_once, without_ring),
		CASE(test_any_number_of_writes_is_a_burst, with_ring),
		CASE(test_any_number_of_writes_is_a_burst, without_ring),
		CASE(test_one_that_is_full_one_that_is_gone_and_one_with_nothing_stop_nobody,
			with_ring),
		CASE(test_one_that_is_full_one_that_is_gone_and_one_with_nothing_stop_nobody,
			without_ring),
		CASE(test_what_a_socket_takes_only_in_part_is_counted, with_ring),
		CASE(test_what_a_socket_takes_only_in_part_is_counted, without_ring),
		CASE(test_a_ring_that_is_lost_loses_no_byte, with_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
