/*
 * bare_commit - what one connection that inserts all that waits needs for a message: group commit
 * with nothing beside it, which what also checks, numbers and delivers messages cannot beat.
 *
 *	bare_commit CONNINFO SECONDS RATE ROOMS
 *
 * RATE messages of 200 bytes are due a second, evenly; each waits for the transaction before it and
 * then for its own.  They go to bench.message, whose columns are those of mc.message.  Prints one
 * JSON object: how many, and the durations from when a message was due until it was on disk, and of
 * the transactions.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include <libpq-fe.h>

#include "test/bench/clock.h"
#include "test/bench/histogram.h"

enum { BATCH_MAX = 512, LIST_SIZE = BATCH_MAX * 24 };

static const char INSERT[] =
	"INSERT INTO bench.message"
	" (class_id, room_id, seq, sender_id, sender_role, client_id, body, at)"
	" SELECT 1, g.room, g.seq, g.room, 'student', g.seq::text, repeat('x', 200), now()"
	" FROM (SELECT room, nextval('bench.seq') AS seq FROM unnest($1::bigint[]) AS room) g";

static PGconn *conn;

static void
die(const char *what)
{
	fprintf(stderr, "bare_commit: %s: %s", what, conn != NULL ? PQerrorMessage(conn) : "\n");
	exit(1);
}

static void
sleep_until(uint64_t due)
{
	struct timespec time = { .tv_sec = (time_t)(due / NS), .tv_nsec = (long)(due % NS) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void
check(PGresult *result, ExecStatusType expected, const char *what)
{
	if (PQresultStatus(result) != expected)
		die(what);
	PQclear(result);
}

static void
insert(uint64_t first, uint64_t n, uint64_t rooms)
{
	static char list[LIST_SIZE];
	const char *const values[] = { list };
	size_t length = 0;

	for (uint64_t i = 0; i < n; i++)
		length += (size_t)snprintf(list + length, LIST_SIZE - length, "%c%" PRIu64,
			i == 0 ? '{' : ',', (first + i) % rooms + 1);
	snprintf(list + length, LIST_SIZE - length, "}");
	check(PQexecPrepared(conn, "insert", 1, values, NULL, NULL, 1), PGRES_COMMAND_OK, "insert");
}

int
main(int argc, char **argv)
{
	static struct histogram waits, commits;

	if (argc != 5)
		return 2;
	double seconds = strtod(argv[2], NULL), rate = strtod(argv[3], NULL);
	uint64_t rooms = strtoull(argv[4], NULL, 10);
	if (seconds <= 0 || rate <= 0 || rooms == 0)
		return 2;
	/* Else a sleep is 50 µs longer than asked for. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	conn = PQconnectdb(argv[1]);
	if (PQstatus(conn) != CONNECTION_OK)
		die("connect");
	check(PQprepare(conn, "insert", INSERT, 1, NULL), PGRES_COMMAND_OK, "prepare");

	double interval = (double)NS / rate;
	uint64_t total = (uint64_t)(seconds * rate), done = 0;
	uint64_t start = now_ns(), end = start;
	while (done < total) {
		uint64_t due = start + (uint64_t)((double)done * interval), begun = now_ns(), n = 0;
		if (due > begun) {
			sleep_until(due);
			continue;
		}
		while (n < BATCH_MAX && done + n < total &&
			start + (uint64_t)((double)(done + n) * interval) <= begun)
			n++;
		insert(done, n, rooms);
		end = now_ns();
		histogram_note(&commits, end - begun);
		for (uint64_t i = 0; i < n; i++)
			histogram_note(
				&waits, end - start - (uint64_t)((double)(done + i) * interval));
		done += n;
	}
	PQfinish(conn);
	printf("{\"messages\": %" PRIu64 ", \"rate\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"commit_us\": %.1f}\n",
		done, (double)done * (double)NS / (double)(end - start),
		(double)histogram_at(&waits, 0.5) / 1000, (double)histogram_at(&waits, 0.99) / 1000,
		(double)histogram_at(&commits, 0.5) / 1000);
	return 0;
}
