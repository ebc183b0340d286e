#include "chatd/outage.h"

#include "libminiclass/base/time.h"

enum { REPEAT_MS = 60000 };

bool
outage_is_cause(enum mc_status status)
{
	return status == MC_UNAVAILABLE || status == MC_TIMED_OUT;
}

bool
outage_note(struct outage *outage)
{
	int64_t now = mc_clock_ms();

	if (outage->said_ms != 0 && now - outage->said_ms < REPEAT_MS)
		return false;
	outage->said_ms = now;
	return true;
}

void
outage_end(struct outage *outage)
{
	outage->said_ms = 0;
}
