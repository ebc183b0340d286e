/* What is kept of commands that are not whole is counted against who keeps it, and no longer. */

#include "chatd/conn_in.h"

#include <sys/socket.h>
#include <unistd.h>

#include "chatd/command.h"
#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/quotas.h"
#include "chatd/wire.h"
#include "test/unit/check.h"

enum { LONG = 40000, BEGUN = 20000, USER = 3 };

/* The linker gives conn_in.c and the wire forms these. */
void __wrap_command_run(struct conn *conn, struct mc_str json);
void __wrap_conn_read_on(struct conn *conn);
void __wrap_conn_set_deadline(struct conn *conn, int64_t in_ms);

static struct daemon daemon_of_none;
static struct front front = { .daemon = &daemon_of_none };
static struct conn conn;
static struct quota *person;
static int peer, n_commands;
static size_t acks_owed; /* from the next command on */

/* The first one says who it is. */
void
__wrap_command_run(struct conn *of, struct mc_str json)
{
	(void)json;
	of->quota = person;
	of->state = CONN_READY;
	of->in_flight = acks_owed;
	n_commands++;
}

void
__wrap_conn_read_on(struct conn *of)
{
	(void)of;
}

void
__wrap_conn_set_deadline(struct conn *of, int64_t in_ms)
{
	(void)of;
	(void)in_ms;
}

static int
begin(void **state)
{
	int fds[2];

	(void)state;
	daemon_of_none.quotas = quotas_create(1);
	person = quotas_enter(daemon_of_none.quotas, USER);
	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), "");
	conn = (struct conn){ .front = &front, .state = CONN_NEW };
	check_status(MC_OK, mc_stream_accept(&conn.stream, fds[0], NULL), "accept");
	peer = fds[1];
	conn_in_init(&conn);
	n_commands = 0;
	acks_owed = 0;
	return person == NULL;
}

static int
finish(void **state)
{
	(void)state;
	mc_stream_close(&conn.stream);
	close(peer);
	quotas_leave(daemon_of_none.quotas, person);
	quotas_destroy(daemon_of_none.quotas);
	return 0;
}

/* Read in as many turns as it takes, and as far as it is. */
static void
say(struct mc_str bytes)
{
	check_int((long long)bytes.len, write(peer, bytes.ptr, bytes.len), "written");
	for (conn.readable = true; conn.readable && conn_reads_now(&conn);)
		conn_in_run(&conn);
}

static void
check_places(int of_strangers, int of_person, const char *why)
{
	const struct quota *strangers = quotas_strangers(daemon_of_none.quotas);

	check_int(of_strangers, atomic_load(&strangers->taken[SHARE_INPUT]), why);
	check_int(of_person, atomic_load(&person->taken[SHARE_INPUT]), why);
}

/* Two of the same size, so that the second needs no more memory than is there. */
static void
test_a_long_hello_is_held_against_strangers_and_what_follows_against_its_person(void **state)
{
	struct mc_buf frames;

	(void)state;
	mc_buf_init(&frames, 2 * LONG + 100);
	for (int n = 0; n < 2; n++) {
		mc_buf_addf(&frames, "%d\r\n", LONG);
		for (int i = 0; i < LONG; i++)
			mc_buf_add_char(&frames, 'x');
		mc_buf_add(&frames, MC_STR("\r\n"));
	}
	assert_true(mc_buf_ok(&frames));
	struct mc_str bytes = mc_buf_str(&frames);
	conn.wire = &wire_framed;
	say(mc_str_first(bytes, BEGUN));
	check_places(1, 0, "nobody knows whose it is");
	say(mc_str_first(mc_str_skip(bytes, BEGUN), LONG));
	check_int(1, n_commands, "known, and the next one has begun");
	check_places(0, 1, "theirs");
	say(mc_str_skip(bytes, BEGUN + LONG));
	check_int(2, n_commands, "");
	check_places(0, 0, "all is whole");
	conn_in_finish(&conn);
	mc_buf_finish(&frames);
}

/* Of a text that is said in pieces (RFC 6455, 5.2 and 5.4), masked with nothing. */
static void
add_fragment(struct mc_buf *frames, uint8_t first, size_t size)
{
	const uint8_t head[8] = { first, 0x80 | 126, (uint8_t)(size >> 8), size & 0xff };

	mc_buf_add(frames, (struct mc_str){ (const char *)head, sizeof(head) });
	for (size_t i = 0; i < size; i++)
		mc_buf_add_char(frames, 'x');
}

static void
test_what_is_short_counts_for_nothing_behind_what_was_long(void **state)
{
	enum { BEGINS = 0x01, ENDS = 0x80, SHORT = 200 };
	struct mc_buf frames;

	(void)state;
	mc_buf_init(&frames, 2 * LONG);
	conn.wire = &wire_ws;
	conn.quota = person;
	conn.state = CONN_READY;
	add_fragment(&frames, BEGINS, LONG);
	say(mc_buf_str(&frames));
	check_places(0, 1, "long");
	mc_buf_clear(&frames);
	add_fragment(&frames, ENDS, SHORT);
	add_fragment(&frames, BEGINS, SHORT);
	acks_owed = CONN_IN_FLIGHT_MAX;
	say(mc_buf_str(&frames));
	check_int(1, n_commands, "");
	check_int(true, conn.in.len > SHORT, "the next one waits");
	check_places(0, 0, "and is short");
	conn.in_flight = 0;
	mc_buf_clear(&frames);
	add_fragment(&frames, 0, LONG);
	say(mc_buf_str(&frames));
	check_places(0, 1, "and is long after all");
	conn_in_finish(&conn);
	check_places(0, 0, "nobody ends it any more");
	assert_true(mc_buf_ok(&frames));
	mc_buf_finish(&frames);
}

#define with_quotas(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_quotas(
			test_a_long_hello_is_held_against_strangers_and_what_follows_against_its_person),
		with_quotas(test_what_is_short_counts_for_nothing_behind_what_was_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
