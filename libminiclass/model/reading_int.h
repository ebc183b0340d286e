/* reading_int - what is new in a room, as a part of other statements; shared by the sources of
 * model only. */
#ifndef LIBMINICLASS_MODEL_READING_INT_H
#define LIBMINICLASS_MODEL_READING_INT_H

/*
 * For mc.room r, between the two stands whose.  As a value the mark is looked up for each room,
 * however empty the table is while this is planned, where a join could read all marks of a person;
 * and, behind the barrier OFFSET, once.
 */
#define READING                                                                                    \
	" CROSS JOIN LATERAL (SELECT q.who, coalesce((SELECT k.seq FROM mc.reading k"              \
	" WHERE k.class_id = r.class_id AND k.room_id = r.id AND k.account_id = q.who), 0) AS seq" \
	" FROM (SELECT "
#define READING_END "::int8 AS who) q OFFSET 0) g"

/*
 * Of READING: how many are behind the last one read, up to the last one of somebody else.  That is
 * looked for among the last thousand: who writes without end, and reads nothing, would be asked
 * about each of their own, and is told of what stands before those.
 */
#define UNREAD_FROM "greatest(g.seq, r.last_seq - 1000)"
#define UNREAD                                                                                     \
	"CASE WHEN r.last_seq > g.seq THEN coalesce((SELECT w.seq FROM mc.message w"               \
	" WHERE w.class_id = r.class_id AND w.room_id = r.id AND w.seq > " UNREAD_FROM             \
	" AND w.sender_id <> g.who ORDER BY w.seq DESC LIMIT 1), " UNREAD_FROM                     \
	") - g.seq ELSE 0 END"

#endif
