#include "chatd/burst.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "libminiclass/service/log.h"

struct burst {
	bool has_ring;
	struct io_uring ring; /* empty between bursts */
	struct burst_write *queued[BURST_MAX];
	struct msghdr messages[BURST_MAX]; /* of what has several parts */
};

static bool
knows_writes(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	bool knows = probe != NULL && io_uring_opcode_supported(probe, IORING_OP_SEND) &&
		     io_uring_opcode_supported(probe, IORING_OP_SENDMSG);

	io_uring_free_probe(probe);
	return knows;
}

struct burst *
burst_create(void)
{
	struct burst *burst = calloc(1, sizeof(*burst));

	if (burst == NULL)
		return NULL;
	burst->has_ring = io_uring_queue_init(BURST_MAX, &burst->ring, 0) == 0;
	if (burst->has_ring && !knows_writes(&burst->ring)) {
		io_uring_queue_exit(&burst->ring);
		burst->has_ring = false;
	}
	return burst;
}

void
burst_destroy(struct burst *burst)
{
	if (burst == NULL)
		return;
	if (burst->has_ring)
		io_uring_queue_exit(&burst->ring);
	free(burst);
}

bool
burst_has_ring(const struct burst *burst)
{
	return burst->has_ring;
}

static void
write_alone(struct burst_write *write)
{
	write->n = 0;
	write->result = mc_stream_writev(write->stream, write->parts, write->n_parts, &write->n);
}

/* Never waiting, a write is over when the kernel has taken it from the ring. */
static void
prepare(struct burst *burst, size_t i)
{
	enum { FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL };
	const struct burst_write *write = burst->queued[i];
	struct io_uring_sqe *entry = io_uring_get_sqe(&burst->ring);

	assert(entry != NULL);
	if (write->n_parts == 1) {
		io_uring_prep_send(entry, write->stream->fd, write->parts->iov_base,
			write->parts->iov_len, FLAGS);
	} else {
		burst->messages[i] = (struct msghdr){
			.msg_iov = (struct iovec *)(uintptr_t)write->parts,
			.msg_iovlen = (size_t)write->n_parts,
		};
		io_uring_prep_sendmsg(entry, write->stream->fd, &burst->messages[i], FLAGS);
	}
	io_uring_sqe_set_data64(entry, i);
}

static void
take_result(struct burst_write *write, int result)
{
	if (result > 0) {
		write->result = MC_IO_OK;
		write->n = (size_t)result;
	} else {
		write->result = result == -EAGAIN ? MC_IO_AGAIN : MC_IO_FAILED;
	}
}

/* How many are over. */
static unsigned
take_results(struct burst *burst)
{
	struct io_uring_cqe *entry;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&burst->ring, head, entry) {
		take_result(burst->queued[io_uring_cqe_get_data64(entry)], entry->res);
		n++;
	}
	io_uring_cq_advance(&burst->ring, n);
	return n;
}

/*
 * The kernel takes no more.  What it never took is written as it would be without a ring.  Whose
 * result did not come back is left FAILED: what it has read nobody knows, and it comes again.
 */
static void
give_ring_up(struct burst *burst, unsigned n, int error)
{
	unsigned taken = n - io_uring_sq_ready(&burst->ring);

	mc_log(MC_LOG_WARN, "io_uring_lost", mc_log_int("errno", -error));
	io_uring_queue_exit(&burst->ring);
	burst->has_ring = false;
	for (unsigned i = taken; i < n; i++)
		write_alone(burst->queued[i]);
}

static void
write_together(struct burst *burst, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		burst->queued[i]->result = MC_IO_FAILED;
		burst->queued[i]->n = 0;
		prepare(burst, i);
	}
	for (unsigned over = 0; over < n;) {
		int error = io_uring_submit_and_wait(&burst->ring, n - over);
		over += take_results(burst);
		if (error < 0 && error != -EINTR && over < n) {
			give_ring_up(burst, n, error);
			return;
		}
	}
}

void
burst_write(struct burst *burst, struct burst_write *writes, size_t n)
{
	unsigned n_queued = 0;

	assert(n <= BURST_MAX);
	for (size_t i = 0; i < n; i++) {
		if (writes[i].n_parts == 0) {
			writes[i].result = MC_IO_OK;
			writes[i].n = 0;
		} else if (burst->has_ring && writes[i].stream->ssl == NULL) {
			burst->queued[n_queued++] = &writes[i];
		} else {
			write_alone(&writes[i]);
		}
	}
	if (n_queued == 1)
		write_alone(burst->queued[0]);
	else if (n_queued > 1)
		write_together(burst, n_queued);
}
