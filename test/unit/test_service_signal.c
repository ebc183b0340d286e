/* Signals become events; a closed pipe kills nobody. */

#include "libminiclass/service/signal.h"

#include <poll.h>
#include <signal.h>

#include "test/unit/check.h"

static void
test_signals_wait_to_be_read_and_kill_nobody(void **state)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	int fd = mc_signal_open();

	(void)state;
	check_int(true, fd >= 0, "");
	check_int(0, mc_signal_read(fd), "none yet, and no waiting");
	for (size_t i = 0; i < MC_COUNT(numbers); i++) {
		struct pollfd waiting = { .fd = fd, .events = POLLIN };
		check_int(0, kill(getpid(), numbers[i]), "");
		check_int(1, poll(&waiting, 1, 10000), "readable");
		check_int(numbers[i], mc_signal_read(fd), "");
	}
	check_int(0, mc_signal_read(fd), "each once");
	close(fd);
}

static void
test_writing_to_a_pipe_that_nobody_reads_is_an_error_and_no_death(void **state)
{
	int ends[2];
	int fd = mc_signal_open();

	(void)state;
	check_int(0, pipe(ends), "");
	close(ends[0]);
	check_int(-1, write(ends[1], "x", 1), "");
	close(ends[1]);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals_wait_to_be_read_and_kill_nobody),
		cmocka_unit_test(test_writing_to_a_pipe_that_nobody_reads_is_an_error_and_no_death),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
