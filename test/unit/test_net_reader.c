/* Who reads a socket of ours, as the kernel knows it. */

#include "libminiclass/net/reader.h"

#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/check.h"

struct pair {
	int ours, theirs;
	struct mc_reader reader;
};

/* With more in it than its reader has taken. */
static struct pair
waiting_pair(void)
{
	static const char many[4096];
	int fds[2];

	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), "socketpair");
	struct pair pair = { fds[0], fds[1], { 0 } };
	for (int i = 0; i < 20; i++)
		check_int(sizeof(many), write(pair.ours, many, sizeof(many)), "written");
	mc_reader_begin(&pair.reader);
	return pair;
}

static void
close_pair(const struct pair *pair)
{
	close(pair->ours);
	close(pair->theirs);
}

static int
looks_until_it_is_given_up(struct pair *pair)
{
	int looks = 1;

	while (mc_reader_moves(&pair->reader, pair->ours))
		looks++;
	return looks;
}

static void
test_who_takes_nothing_is_given_up_an_eighth_behind_the_deadline(void **state)
{
	struct pair pair = waiting_pair();

	(void)state;
	check_int(MC_READER_LOOKS + 1, looks_until_it_is_given_up(&pair), "looks");
	close_pair(&pair);
}

static void
test_who_takes_a_little_has_all_of_the_deadline_again(void **state)
{
	struct pair pair = waiting_pair();
	char some[4096];

	(void)state;
	for (int i = 0; i < 10; i++) {
		for (int look = 1; look < MC_READER_LOOKS; look++)
			check_int(true, mc_reader_moves(&pair.reader, pair.ours), "waited for");
		check_int(true, read(pair.theirs, some, sizeof(some)) > 0, "read");
		check_int(true, mc_reader_moves(&pair.reader, pair.ours), "moved");
	}
	check_int(MC_READER_LOOKS, looks_until_it_is_given_up(&pair), "looks since then");
	close_pair(&pair);
}

static void
test_the_looks_make_up_the_deadline(void **state)
{
	(void)state;
	check_int(1000, mc_reader_next_ms(8000), "an eighth");
	check_int(1, mc_reader_next_ms(10), "rounded down");
	check_int(1, mc_reader_next_ms(3), "a millisecond at least");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_takes_nothing_is_given_up_an_eighth_behind_the_deadline),
		cmocka_unit_test(test_who_takes_a_little_has_all_of_the_deadline_again),
		cmocka_unit_test(test_the_looks_make_up_the_deadline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
