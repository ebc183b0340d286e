/*
 * jobs - what loops ask of the database threads, and how the answers come home.
 *
 * A job is made on a loop, consumed by a thread's list, and consumed again by the loop with its
 * answer (job->home is posted).  While it is away the connection is held: it may close, but is not
 * freed.
 */
#ifndef CHATD_JOBS_H
#define CHATD_JOBS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatd/packet.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"
#include "libminiclass/net/loop.h"

struct conn;
struct front;
struct turn;

enum job_kind {
	JOB_HELLO, /* door: who is it? */
	JOB_CHECK, /* door: do session and right still hold? */
	JOB_ENTER, /* presence: count them in before they are told who is here */
	JOB_JOIN,  /* store: may they, and what did they miss? */
	JOB_SEND,  /* store: append */
	JOB_CLOSE, /* store: this loop has nobody in the room any more; does not come home */
	JOB_SEEN,  /* store: a notice says that the room is at `after`, or (-1) that it has ended or
		      something was removed; does not come home */
};

enum { JOB_CLAIMS_MAX = 65 }; /* a session, and a connection's rooms */

struct claim {
	mc_room_id room; /* 0: the session alone */
	bool still;      /* the answer */
	enum mc_role role;
};

struct job {
	struct mc_task home;
	struct job *next; /* of the list it is in */
	enum job_kind kind;
	struct front *front;
	struct conn *conn; /* held; NULL for what does not come home */

	mc_room_id room;
	mc_user_id user;
	mc_session_id session;
	struct mc_digest token; /* of HELLO */
	enum wire_form form;    /* of JOIN: what the packet is wanted in */
	bool has_after;         /* of JOIN */
	uint64_t ticket;        /* of ENTER and JOIN: which stay of the connection in the room */
	bool joined;   /* of JOIN: the `joined` event has been sent, this goes on with the replay */
	int64_t after; /* of JOIN: the last seq that the client has; of SEEN: the room's, or -1 */
	int64_t seen;  /* of JOIN: the same when it began; 0: none */
	int64_t known; /* of JOIN: how many removals there were then; -1: not asked yet */
	int step;      /* of JOIN: how many messages make a step, going by the one before */
	atomic_bool left; /* of JOIN: its stay is over meanwhile, nobody waits for this */

	enum mc_status status; /* the answer */
	enum mc_role role;     /* of JOIN and SEND */
	int64_t seq;           /* of SEND; of JOIN: last_seq of the room */
	int64_t at_us;         /* of SEND; of HELLO: when the session expires */
	bool ended;            /* of JOIN: the room has ended; nobody stays in it */
	bool more;             /* of JOIN: there is more to replay */
	struct packet *packet; /* of JOIN: what was missed; owned */
	struct claim *claims;  /* of CHECK: do they still hold?  Owned */
	size_t n_claims;
	struct turn *turn;             /* of SEND and CHECK: the person's */
	struct mc_str name;            /* of HELLO: in `bytes`; of SEND: the sender's, in `bytes` */
	struct mc_str client_id, body; /* of SEND; in `bytes` */
	char bytes[];
};

/* With room for that many bytes behind it; NULL when memory is out. */
struct job *job_create(enum job_kind kind, struct front *front, size_t size);
void job_destroy(struct job *job);
/* Copies text behind the job; `*used` moves on. */
struct mc_str job_keep(struct job *job, size_t *used, struct mc_str text);

struct job_list {
	struct job *first, **last;
	size_t n;
};

struct jobs {
	struct mc_lock lock;
	pthread_cond_t filled;
	size_t limit;
	/* lock: */
	struct job_list list;
	bool waiting, woken, closed;
};

void jobs_init(struct jobs *jobs, const char *name, size_t limit);
void jobs_finish(struct jobs *jobs);
/* False when too many wait, or it is closed: the job stays the caller's. */
bool jobs_push(struct jobs *jobs, struct job *job) MC_MUST_USE;
/* Lets the next jobs_take, or the one that waits, return without a job.  Any thread. */
void jobs_wake(struct jobs *jobs);
/*
 * Takes all that waits; waits up to wait_ms (< 0: for ever) for something.  False when it is closed
 * and empty.
 */
bool jobs_take(struct jobs *jobs, struct job_list *out, int64_t wait_ms);
void jobs_close(struct jobs *jobs);

/* Lists without a lock, of one thread. */
void job_list_init(struct job_list *list);
void job_list_add(struct job_list *list, struct job *job);
struct job *job_list_pop(struct job_list *list);

#endif
