#include "libminiclass/base/status.h"

const char *
mc_status_name(enum mc_status status)
{
	switch (status) {
	case MC_OK: return "ok";
	case MC_FAILED: return "failed";
	case MC_INVALID: return "invalid";
	case MC_NOT_FOUND: return "not_found";
	case MC_CONFLICT: return "conflict";
	case MC_FORBIDDEN: return "forbidden";
	case MC_UNAUTHENTICATED: return "unauthenticated";
	case MC_TOO_MANY: return "too_many";
	case MC_TOO_LARGE: return "too_large";
	case MC_NO_MEMORY: return "no_memory";
	case MC_UNAVAILABLE: return "unavailable";
	case MC_TIMED_OUT: return "timed_out";
	case MC_STATUS_COUNT: break;
	}
	return "unknown";
}
