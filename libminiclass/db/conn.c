#include "libminiclass/db/conn_int.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libminiclass/db/pool.h"

enum {
	OPTIONS_SIZE = 1024,    /* of the server's command line: ours and the operator's */
	ANSWER_GRACE_MS = 5000, /* beyond the statement's own limit, for the way there and back */
};

static void
ignore_notice(void *user, const PGresult *result)
{
	(void)user;
	(void)result;
}

void
db_ignore_notices(PGconn *conn)
{
	PQsetNoticeReceiver(conn, ignore_notice, NULL);
}

struct db_parameters
db_parameters(const struct db_options *options, const char *server_options)
{
	/* What stands before dbname is a default that the connection string may change; the second
	 * dbname is a plain name that changes the string's. */
	return (struct db_parameters){
		.keywords = { "connect_timeout", "keepalives", "keepalives_idle",
			"keepalives_interval", "keepalives_count", "tcp_user_timeout", "gssencmode",
			"application_name", "dbname", "dbname", "client_encoding", "options" },
		.values = { "5", "1", "30", "10", "3", "20000", "disable",
			options->application ? options->application : "miniclass",
			options->conninfo ? options->conninfo : "", options->database, "UTF8",
			server_options },
	};
}

/* What the operator's connection string says in its own `options`; "" when there is nothing. */
static bool
read_options(const char *conninfo, char *out, size_t size)
{
	out[0] = '\0';
	PQconninfoOption *all = PQconninfoParse(conninfo, NULL);
	if (!all)
		return true; /* a mere database name; or wrong, which connecting says in better
				words */

	bool fits = true;
	for (const PQconninfoOption *option = all; option->keyword; option++)
		if (strcmp(option->keyword, "options") == 0 && option->val)
			fits = snprintf(out, size, "%s", option->val) < (int)size;
	PQconninfoFree(all);
	return fits;
}

/*
 * The empty search_path makes a forgotten schema an error at once.  Our statements are few and run
 * often, so one plan each for all parameters is right from the first use; made while a table is
 * still empty, it must not be to read all of it.  Who is told that something is stored is told so
 * when it is on disk, whatever others on this PostgreSQL have.  Behind the operator's own options
 * stands what our statements are right with alone: mc.message_append has to see what it waited for.
 */
static bool
write_options(const struct db_options *options, const char *conninfo, char *out, size_t size)
{
	char own[OPTIONS_SIZE];
	if (!read_options(conninfo, own, sizeof(own)))
		return false;

	int length = snprintf(out, size,
		"-c search_path= -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
		" -c enable_mergejoin=off -c jit=off -c synchronous_commit=on"
		" -c statement_timeout=%" PRId64 " -c idle_in_transaction_session_timeout=%" PRId64
		" %s -c default_transaction_isolation=read\\ committed",
		options->statement_ms, options->idle_ms, own);
	return length >= 0 && (size_t)length < size;
}

static enum mc_status
refuse(struct mc_error *error, PGconn *conn)
{
	const char *message = conn ? PQerrorMessage(conn) : "out of memory";

	(void)mc_error_set(
		error, MC_UNAVAILABLE, NULL, "%.*s", (int)strcspn(message, "\n"), message);
	if (error)
		error->retry_after_s = 1;
	PQfinish(conn);
	return MC_UNAVAILABLE;
}

enum mc_status
db_connect(const struct db_options *options, struct mc_db **out, struct mc_error *error)
{
	const char *conninfo = options->conninfo ? options->conninfo : "";
	char server_options[OPTIONS_SIZE];
	if (!write_options(options, conninfo, server_options, sizeof(server_options)))
		return mc_error_set(
			error, MC_INVALID, "db", "the connection's options are too long");

	const struct db_parameters with = db_parameters(options, server_options);
	PGconn *conn = PQconnectdbParams(with.keywords, with.values, 1);
	if (!conn || PQstatus(conn) != CONNECTION_OK || !PQenterPipelineMode(conn))
		return refuse(error, conn);
	db_ignore_notices(conn);

	struct mc_db *db = calloc(1, sizeof(*db));
	if (!db) {
		PQfinish(conn);
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	}
	db->conn = conn;
	db->cut_fd = fcntl(PQsocket(conn), F_DUPFD_CLOEXEC, 0);
	db->answer_ms = -1;
	if (options->statement_ms > 0 && options->statement_ms < INT32_MAX - ANSWER_GRACE_MS)
		db->answer_ms = (int)options->statement_ms + ANSWER_GRACE_MS;
	mc_buf_init(&db->scratch, DB_SCRATCH_MAX);
	*out = db;
	return MC_OK;
}

void
db_disconnect(struct mc_db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->n_rows; i++)
		PQclear(db->rows[i]);
	while (db->n_arrived > 0)
		PQclear(db->arrived[db->first_arrived + --db->n_arrived]);
	mc_buf_finish(&db->scratch);
	PQfinish(db->conn);
	if (db->cut_fd >= 0)
		close(db->cut_fd);
	free(db);
}

bool
db_is_alive(const struct mc_db *db)
{
	char byte;

	/* Nothing to read is what a good idle connection has; an end or a farewell can be read. */
	return recv(PQsocket(db->conn), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* As libpq tells it: a string with neither is the name of a database. */
static bool
is_conninfo(const char *text)
{
	return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0 ||
	       strchr(text, '=');
}

enum mc_status
mc_db_check(const char *conninfo, struct mc_error *error)
{
	char *why = NULL;

	if (!conninfo || !is_conninfo(conninfo))
		return MC_OK;
	PQconninfoOption *options = PQconninfoParse(conninfo, &why);
	if (options) {
		PQconninfoFree(options);
		return MC_OK;
	}
	const char *said = why ? why : "out of memory";
	(void)mc_error_set(error, MC_INVALID, "db", "%.*s", (int)strcspn(said, "\n"), said);
	PQfreemem(why);
	return MC_INVALID;
}

enum mc_status
mc_db_open(const char *conninfo, const char *database, const char *application, struct mc_db **out,
	struct mc_error *error)
{
	const struct db_options options = {
		.conninfo = conninfo, .database = database, .application = application
	};

	return db_connect(&options, out, error);
}

void
mc_db_close(struct mc_db *db)
{
	if (!db)
		return;
	(void)db_end_lease(db);
	db_disconnect(db);
}
