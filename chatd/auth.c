#include "chatd/auth.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "chatd/daemon.h"
#include "chatd/fair_queue.h"
#include "chatd/outage.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/room.h"
#include "libminiclass/model/session.h"
#include "libminiclass/service/log.h"

enum {
	JOBS_MAX = 200000, /* everybody at once, each with several rooms to check */
	CHECKS_MAX = 16,   /* connections in one statement */
	RETRY_MS = 250,    /* while the database is away */
	LEASE_WAIT_MS = 1000,
};

struct auth {
	struct daemon *daemon;
	struct jobs jobs;
	pthread_t thread;
	bool started;
	/* The thread's own from here on. */
	bool open;
	struct fair_queue checks; /* that wait */
	struct job_list hellos;   /* the same */
	/* no answer; one that is no use to a hello */
	struct outage outage, failing;
};

struct jobs *
auth_jobs(struct auth *auth)
{
	return &auth->jobs;
}

struct auth *
auth_create(struct daemon *daemon)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (auth == NULL)
		return NULL;
	auth->daemon = daemon;
	jobs_init(&auth->jobs, "auth", JOBS_MAX);
	fair_queue_init(&auth->checks);
	job_list_init(&auth->hellos);
	return auth;
}

void
auth_destroy(struct auth *auth)
{
	if (auth == NULL)
		return;
	jobs_finish(&auth->jobs);
	free(auth);
}

/* The job has room for the longest name behind it. */
static enum mc_status
hello(struct mc_db *db, struct job *job)
{
	struct mc_session session;
	struct mc_user user;
	size_t used = 0;

	mc_session_find_ask(db, &job->hello.token);
	enum mc_status status = mc_session_find_take(db, &session, &user);
	if (status != MC_OK)
		return status;
	job->hello.session = session.id;
	job->hello.user = user.id;
	job->hello.expires_us = session.expires_at.us;
	job->hello.name = job_keep(job, &used, mc_str_first(user.name, 4 * MC_NAME_MAX));
	return MC_OK;
}

static size_t
waiting(const struct auth *auth)
{
	return auth->checks.n_jobs + auth->hellos.n;
}

static void
take_jobs(struct auth *auth, int64_t wait_ms)
{
	struct job_list taken;
	struct job *job;

	job_list_init(&taken);
	auth->open = jobs_take(&auth->jobs, &taken, wait_ms);
	while ((job = job_list_pop(&taken)) != NULL) {
		if (job->kind == JOB_CHECK)
			fair_queue_add(&auth->checks, job);
		else
			job_list_add(&auth->hellos, job);
	}
}

/* Of some connections, each with all its rooms. */
static enum mc_status
check(struct auth *auth, struct mc_db *db)
{
	struct mc_room_claim claims[CHECKS_MAX * JOB_CLAIMS_MAX];
	struct job *jobs[CHECKS_MAX];
	enum mc_role roles[CHECKS_MAX * JOB_CLAIMS_MAX];
	bool still[CHECKS_MAX * JOB_CLAIMS_MAX];
	size_t n = 0;

	size_t n_jobs = fair_queue_take(&auth->checks, jobs, CHECKS_MAX);
	if (n_jobs == 0)
		return MC_OK;
	for (size_t i = 0; i < n_jobs; i++) {
		const struct job_check *asked = &jobs[i]->check;
		for (size_t k = 0; k < asked->n_claims; k++)
			claims[n++] = (struct mc_room_claim){ asked->session, jobs[i]->user,
				asked->claims[k].room };
	}
	enum mc_status status = mc_room_check(db, claims, n, still, roles);
	n = 0;
	for (size_t i = 0; i < n_jobs; i++) {
		if (status != MC_OK) {
			fair_queue_add(&auth->checks, jobs[i]);
			continue;
		}
		for (size_t k = 0; k < jobs[i]->check.n_claims; k++, n++) {
			jobs[i]->check.claims[k].still = still[n];
			jobs[i]->check.claims[k].role = roles[n];
		}
		job_send_home(jobs[i], MC_OK);
	}
	return status;
}

static enum mc_status
let_in(struct auth *auth, struct mc_db *db)
{
	struct job *job = job_list_pop(&auth->hellos);

	if (job == NULL)
		return MC_OK;
	enum mc_status status = hello(db, job);
	if (outage_is_cause(status)) {
		job_list_add(&auth->hellos, job);
		return status;
	}
	if (status == MC_OK)
		outage_end(&auth->failing);
	/* Who is told no more than to come back; without this nobody would know why. */
	else if (status != MC_UNAUTHENTICATED)
		outage_say(&auth->failing, "hello_failed", status, mc_db_message(db));
	job_send_home(job, status);
	return MC_OK;
}

static void
refuse_all(struct auth *auth)
{
	struct job *job;

	while (fair_queue_take(&auth->checks, &job, 1) > 0 ||
		(job = job_list_pop(&auth->hellos)) != NULL)
		job_send_home(job, MC_UNAVAILABLE);
}

static void
answer_all(struct auth *auth)
{
	struct mc_error error = { 0 };
	struct mc_db *db = NULL;
	enum mc_status status = mc_pool_acquire(auth->daemon->pool, LEASE_WAIT_MS, &db, &error);

	while (status == MC_OK && waiting(auth) > 0) {
		status = check(auth, db);
		mc_db_forget(db);
		/* One at a time: a thousand strangers must not delay that somebody loses a right.
		 */
		if (status == MC_OK)
			status = let_in(auth, db);
		mc_db_forget(db);
		take_jobs(auth, 0);
	}
	if (status == MC_OK)
		outage_end(&auth->outage);
	else if (outage_note(&auth->outage))
		mc_log(MC_LOG_WARN, "auth_waits", mc_log_text("status", mc_status_name(status)),
			mc_log_int("waiting", (int64_t)waiting(auth)),
			mc_log_text("why", db == NULL ? error.message : mc_db_message(db)));
	mc_pool_release(auth->daemon->pool, db);
	if (status == MC_OK)
		return;
	if (atomic_load(&auth->daemon->stopping)) {
		refuse_all(auth);
		return;
	}
	/* They wait: who knocks while the database is away is let in when it is back. */
	nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
}

static void *
auth_main(void *arg)
{
	struct auth *auth = arg;

	auth->open = true;
	while (auth->open || waiting(auth) > 0) {
		take_jobs(auth, waiting(auth) > 0 ? 0 : -1);
		if (waiting(auth) > 0)
			answer_all(auth);
	}
	return NULL;
}

enum mc_status
auth_start(struct auth *auth)
{
	auth->started = pthread_create(&auth->thread, NULL, auth_main, auth) == 0;
	return auth->started ? MC_OK : MC_FAILED;
}

void
auth_stop(struct auth *auth)
{
	if (auth == NULL || !auth->started)
		return;
	jobs_close(&auth->jobs);
	pthread_join(auth->thread, NULL);
	auth->started = false;
}
