#include "chatd/rights.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "libminiclass/base/time.h"
#include "libminiclass/service/log.h"

/* What is lost counts within five seconds; the bus hears something every four. */
enum { BELIEVED_MS = 4500 };

struct recheck_task {
	struct mc_task task;
	struct front *front;
	struct recheck what;
};

static void
on_recheck(struct mc_task *task)
{
	struct recheck_task *recheck = MC_CONTAINER(task, struct recheck_task, task);

	recheck->front->recheck(recheck->front, &recheck->what);
	free(recheck);
}

static void
recheck_one(struct front *front, const struct recheck *what)
{
	struct recheck_task *recheck = calloc(1, sizeof(*recheck));

	if (recheck == NULL) {
		/* A right that is gone must not be kept for want of memory. */
		mc_log(MC_LOG_ERROR, "out_of_memory", mc_log_text("for", "recheck"));
		abort();
	}
	recheck->task.run = on_recheck;
	recheck->front = front;
	recheck->what = *what;
	mc_loop_post(front->loop, &recheck->task);
}

void
rights_recheck(const struct daemon *daemon, struct recheck what)
{
	for (size_t i = 0; i < daemon->n_fronts; i++)
		recheck_one(daemon->fronts[i], &what);
}

void
rights_told(struct daemon *daemon, int64_t until_ms)
{
	if (until_ms > atomic_load(&daemon->rights_told_ms))
		atomic_store(&daemon->rights_told_ms, until_ms);
}

void
rights_refresh(struct daemon *daemon)
{
	int64_t now = mc_clock_ms();

	if (now - atomic_load(&daemon->rights_told_ms) <= BELIEVED_MS)
		return;
	/* Two threads may both ask: rather than that one goes on before the other has. */
	rights_recheck(daemon, (struct recheck){ .all = true });
	rights_told(daemon, now);
}
