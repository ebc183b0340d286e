/*
 * reader - does who reads a socket of ours still move?  One that takes a little at a time may for
 * long not make the socket writable, so what it has still to take is looked at, some times within a
 * deadline.  One thread at a time.
 */
#ifndef LIBMINICLASS_NET_READER_H
#define LIBMINICLASS_NET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MC_READER_LOOKS = 8 }; /* within a deadline: it ends an eighth late at most */

struct mc_reader {
	size_t unsent; /* what it had still to take when it last moved */
	uint8_t looks; /* since then */
};

/* From now on it is waited for; also when it has moved. */
void mc_reader_begin(struct mc_reader *reader);
/* Until the next look, in milliseconds, at least one. */
int64_t mc_reader_next_ms(int64_t deadline_ms);
/* One look: has it moved, or may it still?  False when the deadline is over. */
bool mc_reader_moves(struct mc_reader *reader, int fd);

#endif
