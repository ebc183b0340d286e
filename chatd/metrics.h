/* metrics - what the daemon has counted, for monitoring. */
#ifndef CHATD_METRICS_H
#define CHATD_METRICS_H

struct daemon;
struct mc_buf;

/* The Prometheus text format, version 0.0.4.  Any thread. */
void metrics_print(struct mc_buf *out, const struct daemon *daemon);

#endif
