#include "chatd/outage.h"

#include "libminiclass/base/time.h"
#include "libminiclass/service/log.h"

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
outage_say(struct outage *outage, const char *event, enum mc_status status, const char *why)
{
	if (outage_note(outage))
		mc_log(MC_LOG_WARN, event, mc_log_text("status", mc_status_name(status)),
			mc_log_text("why", why));
}

void
outage_end(struct outage *outage)
{
	outage->said_ms = 0;
}
