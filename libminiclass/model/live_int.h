/* live_int - a live session in a row; shared by the sources of model only. */
#ifndef LIBMINICLASS_MODEL_LIVE_INT_H
#define LIBMINICLASS_MODEL_LIVE_INT_H

#include "libminiclass/db/query.h"
#include "libminiclass/model/live.h"

/* Of mc.live_session l and mc.account a (who started it), in the order that live_from_row reads. */
#define LIVE_COLUMNS "l.id, l.room_id, l.title, l.started_at, l.ended_at, a.name"

/* `first` is the column of l.id. */
struct mc_live live_from_row(const struct mc_row *row, int first);

#endif
