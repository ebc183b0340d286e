/* net_loop - a loop, and who watches a descriptor on it. */
#ifndef TEST_UNIT_NET_LOOP_H
#define TEST_UNIT_NET_LOOP_H

#include <sys/socket.h>

#include "libminiclass/net/loop.h"
#include "test/unit/check.h"

static inline struct mc_loop *
loop_made(void)
{
	struct mc_loop *loop = mc_loop_create();

	assert_non_null(loop);
	return loop;
}

static inline void
pair(int fds[2])
{
	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		"socketpair");
}

static inline void
send_byte(int fd)
{
	check_int(1, send(fd, "x", 1, MSG_NOSIGNAL), "send");
}

/* Posted last, it ends the loop behind everything that was posted before. */
struct stopper {
	struct mc_task task;
	struct mc_loop *loop;
};

static inline void
stop_run(struct mc_task *task)
{
	mc_loop_stop(MC_CONTAINER(task, struct stopper, task)->loop);
}

/* One turn: what is ready by now, and what that posts and defers. */
static inline void
run_once(struct mc_loop *loop)
{
	struct stopper stopper = { { .run = stop_run }, loop };

	mc_loop_post(loop, &stopper.task);
	mc_loop_run(loop);
}

struct probe {
	struct mc_watch watch;
	struct mc_loop *loop;
	struct probe *unwatches; /* when it is ready */
	struct mc_task *defers;  /* likewise */
	int *clock;              /* counted on likewise; NULL: none */
	int calls;
	unsigned events; /* all that were reported */
};

static inline void
probe_ready(struct mc_watch *watch, unsigned events)
{
	struct probe *probe = MC_CONTAINER(watch, struct probe, watch);

	probe->calls++;
	probe->events |= events;
	if (probe->clock != NULL)
		++*probe->clock;
	if (probe->unwatches != NULL)
		mc_loop_unwatch(probe->loop, &probe->unwatches->watch);
	if (probe->defers != NULL)
		mc_loop_defer(probe->loop, probe->defers);
}

static inline struct probe
probe_of(struct mc_loop *loop, int fd)
{
	return (struct probe){ .watch = { fd, probe_ready }, .loop = loop };
}

#endif
