/* ear - hears a channel's notices, for tests of what sends them. */
#ifndef TEST_MODEL_EAR_H
#define TEST_MODEL_EAR_H

#include "libminiclass/db/notify.h"
#include "test/model/model.h"

enum { EAR_HEARD_MAX = 8, EAR_PAYLOAD_SIZE = 8000 };

struct ear {
	struct mc_notify *notify;
	char heard[EAR_HEARD_MAX][EAR_PAYLOAD_SIZE];
	size_t n;
	bool listening;
};

static inline void
on_notice(void *user, const struct mc_notice *notice)
{
	struct ear *ear = user;

	assert_true(ear->n < EAR_HEARD_MAX);
	(void)snprintf(
		ear->heard[ear->n++], EAR_PAYLOAD_SIZE, "%.*s", MC_STR_ARGS(notice->payload));
}

static inline void
on_state(void *user, bool listening)
{
	((struct ear *)user)->listening = listening;
}

static inline struct ear *
listen_to(const char *channel)
{
	const char *channels[] = { channel, NULL };
	struct ear *ear = calloc(1, sizeof(*ear));
	const struct mc_notify_handler handler = { ear, on_notice, on_state };
	struct mc_deadline deadline = mc_deadline_in(10000);

	assert_non_null(ear);
	ear->notify = mc_notify_create(test_url("MC_DB"), "test ear", channels, &handler);
	while (!ear->listening) {
		assert_true(mc_deadline_left(deadline) > 0);
		mc_notify_wait(ear->notify, -1, 1000);
	}
	return ear;
}

static inline void
hear(struct ear *ear, size_t n)
{
	struct mc_deadline deadline = mc_deadline_in(10000);

	while (ear->n < n) {
		assert_true(mc_deadline_left(deadline) > 0);
		mc_notify_wait(ear->notify, -1, 1000);
	}
	assert_int_equal(n, ear->n);
}

static inline void
stop_listening(struct ear *ear)
{
	mc_notify_destroy(ear->notify);
	free(ear);
}

#endif
