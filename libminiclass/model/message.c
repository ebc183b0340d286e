#include "libminiclass/model/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/utf8.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"

enum {
	NOTICE_ROOMS_MAX = 190,
	REMOVAL_STRETCH = 1000, /* numbers of a room that are locked for one step */
};

static const struct mc_sql message_append_all = {
	"message_append_all",
	"SELECT room_id, seq, at, role = 'instructor'"
	" FROM mc.message_append_all($1, $2, $3, $4)",
};

static const struct mc_sql message_append = {
	"message_append",
	"SELECT status, repeated, seq, at, role = 'instructor'"
	" FROM mc.message_append($1, $2, $3, $4)",
};

/* As a scalar subquery the class is known before the index is read, which then gives the order. */
#define OF_ROOM " room_id = $1 AND class_id = (SELECT class_id FROM mc.room WHERE id = $1)"
#define OF_ENTERED " room_id = $1 AND class_id = " CLASS_OF_ENTERED

/*
 * Of mc.message m and mc.account a, in the order that mc_message_take reads.  Most rooms have
 * nothing removed; in others each message is looked up.  Asking for the next one, in order, leaves
 * no index but the right one to a plan that is made while the table is empty.
 */
#define MESSAGE_COLUMNS                                                                            \
	"m.seq, m.sender_id, a.name, m.sender_role = 'instructor', m.client_id, m.body, m.at,"     \
	" (SELECT n_removed FROM mc.room WHERE id = $1) > 0"                                       \
	" AND coalesce((SELECT x.seq FROM mc.message_removal x WHERE x.class_id = m.class_id"      \
	" AND x.room_id = m.room_id AND x.seq >= m.seq ORDER BY x.seq LIMIT 1) = m.seq, false)"

#define MESSAGES(which)                                                                            \
	"SELECT " MESSAGE_COLUMNS " FROM (SELECT * FROM mc.message WHERE" which                    \
	") m JOIN mc.account a ON a.id = m.sender_id ORDER BY m.seq"

static const struct mc_sql message_after = {
	"message_after",
	MESSAGES(OF_ROOM " AND seq > $2 ORDER BY seq LIMIT $3"),
};

static const struct mc_sql message_page_after = {
	"message_page_after",
	MESSAGES(OF_ENTERED " AND seq > $3 ORDER BY seq LIMIT $4"),
};

static const struct mc_sql message_page_before = {
	"message_page_before",
	MESSAGES(OF_ENTERED " AND seq < $3 ORDER BY seq DESC LIMIT $4"),
};

static const struct mc_sql message_remove = {
	"message_remove",
	"SELECT said, n, last_seq FROM mc.message_remove($1, $2, $3, $4, $5)",
};

static const struct mc_sql message_removed_since = {
	"message_removed_since",
	"SELECT seq FROM mc.message_removal WHERE" OF_ROOM
	" AND number > $2 ORDER BY number LIMIT $3",
};

static const struct mc_sql message_removed_among = {
	"message_removed_among",
	"SELECT seq FROM mc.message_removal WHERE" OF_ROOM
	" AND seq > $2 AND seq <= $4 ORDER BY seq LIMIT $3",
};

/* What the statement as a whole would fail for: one bad message must not hold up the others. */
static bool
is_storable(const struct mc_message_new *message)
{
	const struct mc_str texts[] = { message->client_id, message->body };
	const size_t limits[] = { MC_CLIENT_ID_MAX, MC_MESSAGE_BODY_MAX };

	for (size_t i = 0; i < MC_COUNT(texts); i++)
		if (texts[i].len == 0 || texts[i].len > limits[i] ||
			mc_str_find(texts[i], '\0') < texts[i].len || !mc_utf8_is_valid(texts[i]))
			return false;
	return true;
}

struct batch {
	int64_t rooms[MC_MESSAGE_BATCH_MAX], senders[MC_MESSAGE_BATCH_MAX];
	struct mc_str client_ids[MC_MESSAGE_BATCH_MAX], bodies[MC_MESSAGE_BATCH_MAX];
	size_t places[MC_MESSAGE_BATCH_MAX]; /* among the results */
	size_t n;
};

static void
fill_batch(struct batch *batch, const struct mc_message_new *messages, size_t n,
	struct mc_message_result *results)
{
	batch->n = 0;
	for (size_t i = 0; i < n; i++) {
		results[i] = (struct mc_message_result){ .status = MC_INVALID };
		if (!is_storable(&messages[i]))
			continue;
		batch->rooms[batch->n] = messages[i].room;
		batch->senders[batch->n] = messages[i].sender;
		batch->client_ids[batch->n] = messages[i].client_id;
		batch->bodies[batch->n] = messages[i].body;
		batch->places[batch->n] = i;
		batch->n++;
	}
}

static struct mc_message_result
read_result(const struct mc_row *row)
{
	struct mc_str said = mc_row_text(row, 0);

	if (mc_str_equal(said, MC_STR("ended")))
		return (struct mc_message_result){ .status = MC_CONFLICT };
	if (!mc_str_equal(said, MC_STR("stored")))
		return (struct mc_message_result){ .status = MC_NOT_FOUND };
	return (struct mc_message_result){ .status = MC_OK,
		.repeated = mc_row_bool(row, 1),
		.seq = mc_row_int(row, 2),
		.at = mc_row_time(row, 3),
		.role = mc_row_bool(row, 4) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT };
}

static enum mc_status
append(struct mc_db *db, const struct mc_sql *sql, const struct batch *batch, struct mc_rows *rows)
{
	return mc_db_query(db, sql, rows,
		MC_PARAMS(mc_p_id_list(batch->rooms, batch->n),
			mc_p_id_list(batch->senders, batch->n),
			mc_p_text_list(batch->client_ids, batch->n),
			mc_p_text_list(batch->bodies, batch->n)));
}

/* A message of a batch: its place there, or its seq when it is stored. */
struct placed {
	mc_room_id room;
	int64_t number;
	size_t row;
};

static int
by_room_and_number(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->room != y->room)
		return x->room < y->room ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* The rows come in any order; those of one room are numbered as its messages stand in the batch. */
static void
read_all(const struct batch *batch, const struct mc_rows *rows, struct mc_message_result *results)
{
	struct placed asked[MC_MESSAGE_BATCH_MAX];
	struct placed stored[MC_MESSAGE_BATCH_MAX];

	assert(batch->n > 0);
	for (size_t i = 0; i < batch->n; i++) {
		struct mc_row row = mc_rows_at(rows, (int)i);
		asked[i] = (struct placed){ batch->rooms[i], (int64_t)i, i };
		stored[i] = (struct placed){ mc_row_id(&row, 0), mc_row_int(&row, 1), i };
	}
	qsort(asked, batch->n, sizeof(*asked), by_room_and_number);
	qsort(stored, batch->n, sizeof(*stored), by_room_and_number);
	for (size_t i = 0; i < batch->n; i++) {
		struct mc_row row = mc_rows_at(rows, (int)stored[i].row);
		results[batch->places[asked[i].row]] = (struct mc_message_result){ .status = MC_OK,
			.seq = stored[i].number,
			.at = mc_row_time(&row, 2),
			.role = mc_row_bool(&row, 3) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT };
	}
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* One notice names 190 rooms (sql/migrations/0008_append.sql). */
static bool
has_too_many_rooms(const struct batch *batch)
{
	int64_t rooms[MC_MESSAGE_BATCH_MAX];
	size_t n = 1;

	if (batch->n <= NOTICE_ROOMS_MAX)
		return false;
	memcpy(rooms, batch->rooms, batch->n * sizeof(*rooms));
	qsort(rooms, batch->n, sizeof(*rooms), by_number);
	for (size_t i = 1; i < batch->n; i++)
		n += rooms[i] != rooms[i - 1];
	return n > NOTICE_ROOMS_MAX;
}

/* Each one is judged. */
static enum mc_status
append_some(struct mc_db *db, const struct batch *batch, struct mc_message_result *results)
{
	struct mc_rows rows;

	enum mc_status status = append(db, &message_append, batch, &rows);
	if (status != MC_OK)
		return status;
	if ((size_t)rows.n != batch->n)
		return MC_FAILED;
	for (size_t i = 0; i < batch->n; i++) {
		struct mc_row row = mc_rows_at(&rows, (int)i);
		results[batch->places[i]] = read_result(&row);
	}
	return MC_OK;
}

enum mc_status
mc_message_append(struct mc_db *db, const struct mc_message_new *messages, size_t n, bool doubtful,
	struct mc_message_result *results)
{
	struct batch batch;
	struct mc_rows rows;

	assert(n <= MC_MESSAGE_BATCH_MAX);
	fill_batch(&batch, messages, n, results);
	if (batch.n == 0)
		return MC_OK;
	if (doubtful || has_too_many_rooms(&batch))
		return append_some(db, &batch, results);
	enum mc_status status = append(db, &message_append_all, &batch, &rows);
	if (status != MC_OK)
		return status;
	if ((size_t)rows.n != batch.n)
		return append_some(db, &batch, results);
	read_all(&batch, &rows, results);
	return MC_OK;
}

static int
bounded(int limit)
{
	if (limit < 1)
		return 1;
	return limit < MC_PAGE_MESSAGES_MAX ? limit : MC_PAGE_MESSAGES_MAX;
}

void
mc_message_after_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room,
	int64_t after, int limit)
{
	mc_db_ask(db, &message_page_after,
		MC_PARAMS(mc_p_id(room), session_param(session), mc_p_id(after),
			mc_p_id(bounded(limit))));
}

void
mc_message_before_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room,
	int64_t before, int limit)
{
	mc_db_ask(db, &message_page_before,
		MC_PARAMS(mc_p_id(room), session_param(session),
			mc_p_id(before > 0 ? before : INT64_MAX), mc_p_id(bounded(limit))));
}

enum mc_status
mc_message_take(struct mc_db *db, struct mc_arena *arena, struct mc_message **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	struct mc_message *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_message){ .seq = mc_row_int(&row, 0),
			.sender_id = mc_row_id(&row, 1),
			.sender_name = mc_row_text(&row, 2),
			.sender_role = mc_row_bool(&row, 3) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT,
			.client_id = mc_row_text(&row, 4),
			.body = mc_row_text(&row, 5),
			.at = mc_row_time(&row, 6),
			.removed = mc_row_bool(&row, 7) };
		if (list[i].removed)
			list[i].body = MC_STR("");
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

enum mc_status
mc_message_after(struct mc_db *db, struct mc_arena *arena, mc_room_id room, int64_t after,
	int limit, struct mc_message **out, size_t *n)
{
	mc_db_ask(db, &message_after,
		MC_PARAMS(mc_p_id(room), mc_p_id(after), mc_p_id(bounded(limit))));
	return mc_message_take(db, arena, out, n);
}

/* Of the sender of `seq`, among `most` numbers from `first` on. */
static enum mc_status
remove_stretch(struct mc_db *db, mc_room_id room, int64_t seq, mc_user_id by, int64_t first,
	int64_t most, int64_t *n_removed, int64_t *last_seq)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &message_remove, &row,
		MC_PARAMS(mc_p_id(room), mc_p_id(seq), mc_p_id(by), mc_p_id(first), mc_p_id(most)));
	if (status != MC_OK)
		return status;
	struct mc_str said = mc_row_text(&row, 0);
	if (mc_str_equal(said, MC_STR("removed"))) {
		*n_removed = mc_row_int(&row, 1);
		*last_seq = mc_row_int(&row, 2);
	} else
		status = mc_str_equal(said, MC_STR("student")) ? MC_FORBIDDEN : MC_NOT_FOUND;
	mc_db_forget_last(db);
	return status;
}

enum mc_status
mc_message_remove(struct mc_db *db, mc_room_id room, int64_t seq, mc_user_id by)
{
	int64_t n_removed, last_seq;

	return remove_stretch(db, room, seq, by, seq, 1, &n_removed, &last_seq);
}

enum mc_status
mc_message_remove_all(
	struct mc_db *db, mc_room_id room, int64_t seq, mc_user_id by, int64_t *n_removed)
{
	int64_t total = 0, end = REMOVAL_STRETCH;

	for (int64_t first = 1; first <= end; first += REMOVAL_STRETCH) {
		int64_t left = end - first + 1, n, last_seq;
		enum mc_status status = remove_stretch(db, room, seq, by, first,
			left < REMOVAL_STRETCH ? left : REMOVAL_STRETCH, &n, &last_seq);
		if (status != MC_OK)
			return status;
		/* What comes while this goes on may be an apology. */
		if (first == 1)
			end = last_seq;
		total += n;
	}
	*n_removed = total;
	return MC_OK;
}

static enum mc_status
find_removed(struct mc_db *db, const struct mc_sql *sql, const struct mc_param *params,
	size_t n_params, int64_t *out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, sql, &rows, params, n_params);
	if (status != MC_OK)
		return status;
	*n = (size_t)rows.n;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		out[i] = mc_row_int(&row, 0);
	}
	return MC_OK;
}

enum mc_status
mc_message_removed_since(struct mc_db *db, mc_room_id room, int64_t known, int64_t *out, size_t *n)
{
	const struct mc_param params[] = { mc_p_id(room), mc_p_id(known),
		mc_p_id(MC_REMOVED_PAGE) };

	return find_removed(db, &message_removed_since, params, MC_COUNT(params), out, n);
}

enum mc_status
mc_message_removed_among(
	struct mc_db *db, mc_room_id room, int64_t after, int64_t last, int64_t *out, size_t *n)
{
	const struct mc_param params[] = { mc_p_id(room), mc_p_id(after), mc_p_id(MC_REMOVED_PAGE),
		mc_p_id(last) };

	return find_removed(db, &message_removed_among, params, MC_COUNT(params), out, n);
}
