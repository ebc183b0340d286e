/*
 * people - who is in a room, as far as one is told (docs/CHAT.md, Presence).  One thread.
 */
#ifndef CLI_CHAT_PEOPLE_H
#define CLI_CHAT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "libminiclass/chat/message.h"

struct person {
	int64_t id;
	char *name;
};

struct people {
	struct person *list; /* in the order of their coming */
	size_t n, size;
	/* All who are here; more than n when names are kept from one; 0: not even oneself, yet. */
	int64_t count;
};

/* Takes `joined` and `presence`; others change nothing.  Whether there is somebody new to see, or
 * one less: who comes anew may have another role only. */
bool people_take(struct people *people, const struct mc_chat_event *event);
void people_clear(struct people *people);
/* "3 here: Ada, Ben and 1 more", names cleaned. */
void people_write(const struct people *people, FILE *out);

#endif
