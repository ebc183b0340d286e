/*
 * limits - every ceiling of the product, one line and one reason each.
 *
 * "contract" marks what outsiders are held to; those stand in docs/HTTP.md too.
 */
#ifndef LIBMINICLASS_LIMITS_H
#define LIBMINICLASS_LIMITS_H

enum {
	MC_NAME_MAX = 100,            /* characters of a person's or class's name: contract */
	MC_DESCRIPTION_MAX = 2000,    /* characters: a few paragraphs above the posts */
	MC_EMAIL_MAX = 254,           /* bytes: contract; RFC 5321, 4.5.3.1.3 */
	MC_POST_BODY_MAX = 64 * 1024, /* bytes: contract */
	MC_TAG_MAX = 50,              /* characters: contract */
	MC_POST_TAGS_MAX = 10,        /* contract */
	MC_CLIENT_ID_MAX = 64,        /* bytes: contract, as in chat */
	MC_MESSAGE_BODY_MAX = 4096,   /* bytes: contract */
	MC_TITLE_MAX = 100,           /* characters of a live session's title */
	MC_TOPIC_MAX = 200,           /* characters of a discussion's topic */
	MC_REASON_MAX = 500,          /* characters of why attendance is changed */
	MC_MINUTES_MAX = 24 * 60,     /* of one person in one live class, as corrected: contract */
	MC_PAGE_MESSAGES = 50,        /* contract: the last 50 of a room */
	MC_PAGE_MESSAGES_MAX = 500,   /* `limit` of a list, and a step of a replay */
	MC_REMOVED_PAGE = 2500,       /* removed messages that are told at once */
	MC_REMOVED_BEHIND = 20000, /* messages that who comes back still shows; so does mc-chat */
	MC_FRAME_SIZE_MAX = 64 * 1024,    /* contract: from a client */
	MC_PAGE_POSTS = 20,               /* contract: posts a page */
	MC_PAGE_POSTS_MAX = 100,          /* `limit` of a list */
	MC_PAGE_POSTS_SIZE = 1024 * 1024, /* bytes of the bodies in a page, which ends with them */
	MC_USER_AGENT_MAX = 200,          /* bytes kept of it, to tell one's sessions apart */
	MC_SESSION_DAYS = 30,             /* a month: a pupil logs in again after the holidays */
	MC_SESSIONS_LISTED_MAX = 100,     /* newest on the account page */
	MC_CLASSES_LISTED_MAX = 500,      /* of one person: nobody is in more */
	MC_PEOPLE_LISTED_MAX = 10000,     /* of one class: the largest lecture there is */
	MC_TAGS_LISTED_MAX = 1000,        /* of one class */
	MC_OPERATOR_PAGE = 1000,          /* rows of a list of mc-admin that are read at a time */
	MC_LIVE_LISTED_MAX = 1000,        /* of one class: one a day for four school years */
	MC_DISCUSSIONS_LISTED_MAX = 1000, /* of one class */
	MC_THREADS_RECENT_MAX = 20,       /* beside the discussions: what is new, at a glance */
	MC_TAGS_GROUPED_MAX = 100,        /* with their posts, on the tags' page */
	MC_TAG_POSTS_MAX = 10,            /* of one tag there */
	MC_TAG_BEGINNING_MAX = 300,       /* characters of a post there */
	MC_BODY_SIZE_MAX = 1024 * 1024,   /* request body: contract */
	MC_JSON_DEPTH_MAX = 16,           /* our deepest body is 2 */
	MC_ARENA_SIZE_MAX = 32 * 1024 * 1024, /* one request's memory */
	MC_REPLY_SIZE_MAX = 64 * 1024 * 1024, /* an answer: escaping may grow text fivefold */
};

#endif
