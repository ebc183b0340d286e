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
struct flow;

enum job_kind {
	JOB_HELLO, /* auth: who is it? */
	JOB_CHECK, /* auth: do session and right still hold? */
	JOB_ENTER, /* presence: count them in before they are told who is here */
	JOB_JOIN,  /* store: may they, and what did they miss?  A step of it */
	JOB_SEND,  /* store: append */
	JOB_CLOSE, /* store: this loop has nobody in the room any more; does not come home */
	JOB_SEEN,  /* store: a notice of the room; does not come home */
};

struct job_hello {
	struct mc_digest token;
	/* The answer: */
	mc_session_id session;
	mc_user_id user;
	struct mc_str name; /* in `bytes` */
	int64_t expires_us; /* the session, by the wall clock */
};

enum { JOB_CLAIMS_MAX = 65 }; /* a session, and a connection's rooms */

struct claim {
	mc_room_id room; /* 0: the session alone */
	/* The answer: */
	bool still;
	enum mc_role role;
};

struct job_check {
	mc_session_id session;
	struct claim *claims; /* owned */
	size_t n_claims;
};

/* How far a joiner is, from one step to the next. */
struct join_progress {
	uint64_t ticket; /* which stay of the connection in the room */
	bool joined;     /* the `joined` event has been sent, this goes on with the replay */
	bool has_after;
	int64_t after; /* the last seq that the client has */
	int64_t seen;  /* the same when it began; 0: none */
	int64_t known; /* how many removals there were then; -1: not asked yet */
	int step;      /* how many messages make a step, going by the one before */
};

struct job_join {
	struct join_progress progress;
	enum wire_form form; /* what the packet is wanted in */
	atomic_bool left;    /* the stay is over meanwhile, nobody waits for this */
	/* The answer: */
	enum mc_role role;
	int64_t last_seq;      /* of the room */
	bool ended;            /* the room has; nobody stays in it */
	bool more;             /* there is more to replay */
	struct packet *packet; /* what was missed; owned; NULL: nothing */
};

struct job_send {
	struct mc_str client_id, body; /* in `bytes` */
	struct mc_str name;            /* the sender's; likewise */
	/* The answer: */
	enum mc_role role;
	int64_t seq;
	int64_t at_us;
};

struct job {
	struct mc_task home;
	struct job *next; /* of the list it is in */
	struct front *front;
	struct conn *conn; /* held; NULL for what does not come home */
	void (*answer)(struct conn *conn, struct job *job); /* uses it (conn_ask) */
	mc_user_id user;                                    /* who asks */
	mc_room_id room;                                    /* of all but HELLO and CHECK */
	struct flow *flow;                                  /* of SEND and CHECK: the person's */
	enum mc_status status;                              /* the answer */
	enum job_kind kind;
	union {
		struct job_hello hello;
		struct job_check check;
		struct join_progress enter;
		struct job_join join;
		struct job_send send;
		int64_t seen; /* the room is at this seq, or (-1) has ended or something was
				 removed */
	};
	char bytes[];
};

/* With room for that many bytes behind it; NULL when memory is out. */
struct job *job_create(enum job_kind kind, struct front *front, size_t size);
void job_destroy(struct job *job);
/* Any thread: the answer is there (consumed, by the loop). */
void job_send_home(struct job *job, enum mc_status status);
/* Likewise; the front's loop has to be woken afterwards. */
void job_queue_home(struct job *job, enum mc_status status);
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
