#include "libminiclass/net/reader.h"

#include "libminiclass/net/socket.h"

void
mc_reader_begin(struct mc_reader *reader)
{
	/* Not asked each time: hardly anybody is waited for until the first look. */
	*reader = (struct mc_reader){ .unsent = SIZE_MAX };
}

int64_t
mc_reader_next_ms(int64_t deadline_ms)
{
	int64_t ms = deadline_ms / MC_READER_LOOKS;

	return ms > 0 ? ms : 1;
}

bool
mc_reader_moves(struct mc_reader *reader, int fd)
{
	size_t unsent = mc_socket_unsent(fd);

	if (unsent < reader->unsent)
		reader->looks = 0;
	else
		reader->looks++;
	reader->unsent = unsent;
	return reader->looks < MC_READER_LOOKS;
}
