/* reading_int - what is new in a room, as a part of other statements; shared by the sources of
 * model only. */
#ifndef LIBMINICLASS_MODEL_READING_INT_H
#define LIBMINICLASS_MODEL_READING_INT_H

/* Of mc.room r and READING: how many messages are behind the last one read. */
#define UNREAD "greatest(r.last_seq - coalesce(g.seq, 0), 0)"
/*
 * Between the two stands whose.  For each room it is looked up, however empty the table is while
 * this is planned: the barrier OFFSET keeps a planner from reading all marks of a person instead.
 */
#define READING                                                                                    \
	" LEFT JOIN LATERAL (SELECT k.seq FROM mc.reading k WHERE k.class_id = r.class_id"         \
	" AND k.room_id = r.id AND k.account_id = "
#define READING_END " OFFSET 0) g ON true"

#endif
