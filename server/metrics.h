/* metrics - what the fronts have counted, for monitoring. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdint.h>

struct mc_buf;
struct metrics;
struct server;

/* One more, of a front's own; owner thread only. */
void metrics_request(struct metrics *metrics, int status, int64_t duration_ns);
/* The Prometheus text format, version 0.0.4.  Any thread. */
void metrics_print(struct mc_buf *out, const struct server *server);

#endif
