/*
 * status - the outcome of a call.
 *
 * A function documents the few failures that a caller should expect; every other one is MC_FAILED.
 * The words go into a struct mc_error that the caller holds (base/error.h).  Any thread.
 */
#ifndef LIBMINICLASS_BASE_STATUS_H
#define LIBMINICLASS_BASE_STATUS_H

enum mc_status {
	MC_OK = 0,
	MC_FAILED,          /* nothing the caller can mend; someone should look */
	MC_INVALID,         /* the input is wrong; the error names the field */
	MC_NOT_FOUND,       /* not there, or not yours: the same answer */
	MC_CONFLICT,        /* it is there already, or a rule about the present state */
	MC_FORBIDDEN,       /* known and refused: the role or a rule says no */
	MC_UNAUTHENTICATED, /* no session, or one that has ended */
	MC_TOO_MANY,        /* throttled; the error says when to try again */
	MC_TOO_LARGE,       /* above a ceiling */
	MC_NO_MEMORY,       /* a ceiling or the machine: refused, nothing half done */
	MC_UNAVAILABLE,     /* a service that we need is away; safe to try again */
	MC_TIMED_OUT,       /* a deadline passed, or others were in the way for too long */
	MC_STATUS_COUNT
};

/* "ok", "not_found", ...: for logs and tests; never NULL. */
const char *mc_status_name(enum mc_status status);

#endif
