/* What waits for a reader is counted until it is written, or the reader is gone. */

#include "chatd/conn_out.h"

#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/quotas.h"
#include "chatd/wire.h"
#include "test/unit/check.h"

enum { MANY = 600, STEP = 1000 };

/* The linker gives conn_out.c this. */
void __wrap_conn_mark_dirty(struct conn *conn);

void
__wrap_conn_mark_dirty(struct conn *conn)
{
	(void)conn;
}

static const struct wire framed = { .form = WIRE_FRAMED };

static struct packet *
packet_of(size_t size)
{
	static const char bytes[STEP];
	struct packet *packet = packet_create_raw(WIRE_FRAMED, (struct mc_str){ bytes, size });

	assert_non_null(packet);
	return packet;
}

static void
check_counted(const struct conn *conn, int places, size_t held, const char *why)
{
	check_int(places, atomic_load(&conn->quota->taken[SHARE_OUTPUT]), why);
	check_int(held, atomic_load(&conn->front->daemon->replay_held), why);
}

static void
test_who_goes_in_front_of_much_that_waits_leaves_nothing_behind(void **state)
{
	static struct daemon daemon = { .settings.out_queue = 1 << 20 };
	static struct front front = { .daemon = &daemon };
	struct quotas *quotas = quotas_create(1);
	struct conn conn = { .front = &front, .wire = &framed, .state = CONN_READY };

	(void)state;
	conn.quota = quotas_enter(quotas, 3);
	conn_out_init(&conn);
	conn_queue_step(&conn, packet_of(STEP));
	check_counted(&conn, 0, STEP, "a step of a replay");
	for (int n = 0; n < MANY; n++)
		conn_queue(&conn, packet_of(1));
	check_counted(&conn, 1, STEP, "many answers");
	conn_out_finish(&conn);
	check_counted(&conn, 0, 0, "nobody reads them any more");
	quotas_leave(quotas, conn.quota);
	quotas_destroy(quotas);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_goes_in_front_of_much_that_waits_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
