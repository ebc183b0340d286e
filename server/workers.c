#include "server/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libminiclass/base/queue.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/service/log.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/server.h"

/* About a tenth of a page's share when both want the processor; all of it when nobody else does. */
enum { HASHER_NICE = 10 };

struct workers {
	size_t n_threads;
	pthread_t threads[];
};

static void
work(const struct server *server, struct mc_queue *queue)
{
	struct exchange *exchange;

	while ((exchange = mc_queue_pop(queue)) != NULL) {
		struct mc_loop *loop = exchange->conn->front->loop;
		/* Its connection is closed: a password that is still to be hashed only costs time.
		 */
		if (atomic_load(&server->overdue)) {
			exchange->refusal = 503;
			exchange->refusal_detail = "This server stops.";
		}
		dispatch(exchange, server);
		mc_loop_post(loop, &exchange->done);
	}
}

static void *
worker_main(void *arg)
{
	const struct server *server = arg;

	work(server, server->work);
	return NULL;
}

static void *
hasher_main(void *arg)
{
	const struct server *server = arg;

	/* On Linux a thread has a nice value of its own; without it everything works, only less
	 * evenly. */
	if (setpriority(PRIO_PROCESS, (id_t)gettid(), HASHER_NICE) != 0)
		mc_log(MC_LOG_WARN, "hasher_priority", mc_log_text("why", "not lowered"));
	work(server, server->hashing);
	return NULL;
}

enum mc_status
workers_start(struct server *server, struct workers **out)
{
	size_t n_workers = (size_t)server->settings.workers;
	size_t n_threads = n_workers + (size_t)server->settings.hashers;
	struct workers *workers = calloc(1, sizeof(*workers) + n_threads * sizeof(pthread_t));

	if (workers == NULL)
		return MC_NO_MEMORY;
	*out = workers;
	for (; workers->n_threads < n_threads; workers->n_threads++)
		if (pthread_create(&workers->threads[workers->n_threads], NULL,
			    workers->n_threads < n_workers ? worker_main : hasher_main,
			    server) != 0)
			return MC_FAILED;
	return MC_OK;
}

void
workers_finish(struct workers *workers)
{
	if (workers == NULL)
		return;
	for (size_t i = 0; i < workers->n_threads; i++)
		pthread_join(workers->threads[i], NULL);
	free(workers);
}
