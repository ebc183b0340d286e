/*
 * access_int - who may see and change what, as a part of other statements; shared by the sources of
 * model only.
 *
 * What a page shows is asked for together with whether it may be shown (server/access.h), so each
 * such statement has the rule in itself.  A rule names nothing of the statement around it:
 * PostgreSQL answers it once, first, and when the answer is no it reads nothing else.  How long it
 * took then tells nobody what there is.
 */
#ifndef LIBMINICLASS_MODEL_ACCESS_INT_H
#define LIBMINICLASS_MODEL_ACCESS_INT_H

#include "libminiclass/model/session_int.h"

/*
 * Whether class $1 is one of whose session `digest` is; `more`: a condition on mc.membership m, or
 * "".
 */
#define IN_CLASS_OF(digest, more)                                                                  \
	" EXISTS (SELECT FROM mc.membership m WHERE m.class_id = $1 AND m.ended_at IS NULL"        \
	" AND m.account_id = " SESSION_ACCOUNT_OF(digest) more ")"
#define IN_CLASS IN_CLASS_OF("$2", "")
#define AS_INSTRUCTOR " AND m.role = 'instructor'"
/* `only`: the route is for instructors. */
#define AS_INSTRUCTOR_IF(only) " AND (m.role = 'instructor' OR NOT " only ")"

/*
 * Of mc.membership m, in front of somebody's id: they are an instructor of class $1 now.  For what
 * changes something: they may have been one when the request was let in.
 */
#define INSTRUCTOR_IS " m.class_id = $1 AND m.ended_at IS NULL" AS_INSTRUCTOR " AND m.account_id = "

/*
 * The same in a change that says why it was refused, at its head and again in front of somebody's
 * id: `by` has whether they may, and no row when they are not in the class.
 */
#define AS_MAY_OF                                                                                  \
	" AS may FROM mc.membership m WHERE m.class_id = $1 AND m.ended_at IS NULL"                \
	" AND m.account_id = "
#define BY_INSTRUCTOR " by AS (SELECT m.role = 'instructor'" AS_MAY_OF
#define IF_MAY " AND (SELECT may FROM by)"
/* The answer where who is in the class no more is told what who is a student is. */
#define MAY " coalesce((SELECT may FROM by), false)"

/* Who may enter: of mc.room r and mc.membership m.  mc.writer says who may write. */
#define MAY_ENTER                                                                                  \
	" m.class_id = r.class_id AND m.ended_at IS NULL"                                          \
	" AND (r.kind <> 'thread' OR m.role = 'instructor' OR m.account_id = r.student_id)"

/*
 * The class of room $1 when whose session $2 is may enter it, as a value: else NULL, which is the
 * class of nothing.  Whose it is is looked up first, also where there is no such room.
 */
#define CLASS_OF_ENTERED                                                                           \
	"(SELECT (SELECT r.class_id FROM mc.room r JOIN mc.membership m ON" MAY_ENTER              \
	" WHERE r.id = $1 AND m.account_id = q.who) FROM (SELECT " SESSION_ACCOUNT                 \
	" AS who OFFSET 0) q)"

#endif
