#include "chatd/conn_ask.h"

#include "chatd/conn.h"
#include "chatd/hub.h"
#include "chatd/quotas.h"

static void
end_joining(struct conn *conn, const struct job *job)
{
	struct member *member = hub_find_stay(conn, job->room, job->join.progress.ticket);

	if (member != NULL)
		member->joining = NULL;
}

static void
on_home(struct mc_task *task)
{
	struct job *job = MC_CONTAINER(task, struct job, home);
	struct conn *conn = job->conn;

	conn->held--;
	if (job->kind == JOB_SEND) {
		conn->in_flight--;
		quota_give_back(conn->quota, SHARE_SEND);
	}
	if (job->kind == JOB_JOIN)
		end_joining(conn, job);
	if (!conn->closed && conn->state != CONN_ENDING)
		job->answer(conn, job);
	job_destroy(job);
	if (conn->closed || conn->state == CONN_ENDING)
		conn_mark_dirty(conn);
	else if (conn->leaving && conn->in_flight == 0)
		conn_end(conn);
	else if (conn->in_flight <= CONN_RESUME_AT && (conn->readable || conn->in.len > 0))
		conn_read_on(conn);
}

bool
conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job))
{
	bool is_send = job->kind == JOB_SEND;

	job->conn = conn;
	job->answer = answer;
	job->home.run = on_home;
	bool may = !is_send || quota_take(conn->quota, SHARE_SEND);
	if (!may || !jobs_push(thread, job)) {
		if (is_send && may)
			quota_give_back(conn->quota, SHARE_SEND);
		job_destroy(job);
		return false;
	}
	/* It comes back to this thread: not before this. */
	conn->held++;
	conn->in_flight += is_send;
	return true;
}
