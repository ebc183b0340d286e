/* reading_int - what is new in a room, as a part of other statements; shared by the sources of
 * model only. */
#ifndef LIBMINICLASS_MODEL_READING_INT_H
#define LIBMINICLASS_MODEL_READING_INT_H

/* Of mc.room r and READING: how many messages are behind the last one read. */
#define UNREAD "greatest(r.last_seq - coalesce(g.seq, 0), 0)"
/* Behind it stands whose. */
#define READING                                                                                    \
	" LEFT JOIN mc.reading g ON g.class_id = r.class_id AND g.room_id = r.id"                  \
	" AND g.account_id = "

#endif
