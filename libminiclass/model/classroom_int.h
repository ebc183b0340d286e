/* classroom_int - a class as a member sees it, in a row; shared by the sources of model only. */
#ifndef LIBMINICLASS_MODEL_CLASSROOM_INT_H
#define LIBMINICLASS_MODEL_CLASSROOM_INT_H

#include "libminiclass/db/query.h"
#include "libminiclass/model/classroom.h"

/*
 * Of mc.classroom c, mc.membership m (of the one who asks) and mc.account i (of the instructor), in
 * the order that classroom_from_row reads.  The code leaves the database for instructors only.
 */
#define CLASSROOM_COLUMNS                                                                          \
	"c.id, c.name, c.description,"                                                             \
	" CASE WHEN m.role = 'instructor' THEN c.join_code END, m.role = 'instructor',"            \
	" c.instructor_id, i.name, c.members,"                                                     \
	" EXISTS (SELECT FROM mc.live_session v WHERE v.class_id = c.id AND v.ended_at IS NULL),"  \
	" c.created_at, c.instructors"

/* `first` is the column of c.id. */
struct mc_classroom classroom_from_row(const struct mc_row *row, int first);

/*
 * Who is in a class as what, and the class itself, are changed by one at a time: of two teachers
 * who remove each other the second is none any more, and who is removed meanwhile renames nothing.
 * A statement that waited would see what was there before it waited, so the lock is one of its own,
 * asked for in front of the change: one round trip, one transaction.
 */
void classroom_lock_ask(struct mc_db *db, mc_class_id class_id);

#endif
