/*
 * resume - a client's memory of rooms and unacked sends, so that nothing is missed or doubled
 * across reconnects.
 *
 * No I/O: it is told of events and says what to send.  One thread.
 */
#ifndef LIBMINICLASS_CHAT_RESUME_H
#define LIBMINICLASS_CHAT_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"

struct mc_resume;

struct mc_resume *mc_resume_create(void);
void mc_resume_destroy(struct mc_resume *resume);

/* Wants a room; `after` < 0: the last 50. */
enum mc_status mc_resume_join(struct mc_resume *resume, int64_t id, int64_t after) MC_MUST_USE;
void mc_resume_leave(struct mc_resume *resume, int64_t id);
/* A message to be sent and kept until its ack; MC_TOO_LARGE when too many wait. Texts are copied.
 */
enum mc_status mc_resume_send(struct mc_resume *resume, int64_t room, struct mc_str client_id,
	struct mc_str body) MC_MUST_USE;

enum mc_resume_verdict {
	MC_RESUME_SHOW,  /* new and in order (or not a message) */
	MC_RESUME_KNOWN, /* a message that was seen already: drop it */
	MC_RESUME_GAP,   /* a seq is missing: call mc_resume_rejoin and drop it */
};
enum mc_resume_verdict mc_resume_event(struct mc_resume *resume, const struct mc_chat_event *event);

size_t mc_resume_unacked(const struct mc_resume *resume);

/* Commands to be sent, one callback each, in order: everything after a (re)connect, behind the
 * hello. */
typedef void mc_resume_say(void *user, const struct mc_chat_command *command);
void mc_resume_replay(struct mc_resume *resume, mc_resume_say *say, void *user);
/* The join of one room, also to fill a gap; nothing while the answer to one is awaited. */
void mc_resume_rejoin(struct mc_resume *resume, int64_t id, mc_resume_say *say, void *user);

#endif
