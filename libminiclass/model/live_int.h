/* live_int - a live session in a row; shared by the sources of model only. */
#ifndef LIBMINICLASS_MODEL_LIVE_INT_H
#define LIBMINICLASS_MODEL_LIVE_INT_H

#include "libminiclass/db/query.h"
#include "libminiclass/model/live.h"

/* The last word on whether mc.live_session l counts. */
#define LIVE_COUNTS                                                                                \
	"coalesce((SELECT c.counts FROM mc.live_counting c WHERE c.class_id = l.class_id"          \
	" AND c.live_id = l.id ORDER BY c.id DESC LIMIT 1), true)"

/* Of mc.live_session l and mc.account a (who started it), in the order that live_from_row reads. */
#define LIVE_FACTS "l.id, l.room_id, l.title, l.started_at, l.ended_at, a.name, "
#define LIVE_COLUMNS LIVE_FACTS LIVE_COUNTS
enum { LIVE_N_COLUMNS = 7 };

/* `first` is the column of l.id. */
struct mc_live live_from_row(const struct mc_row *row, int first);

#endif
