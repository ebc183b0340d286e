/*
 * answer - what mc-server said, member by member.
 *
 * `path` of a member: "instructor.name".  What is handed out is borrowed from the answer.
 */
#ifndef CLI_COMMON_ANSWER_H
#define CLI_COMMON_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/str.h"
#include "libminiclass/client/api.h"

struct json_object;

/* NULL: not there, or null. */
struct json_object *answer_member(struct json_object *object, const char *path);
/* NULL: no list is there. */
struct json_object *answer_list(struct json_object *object, const char *path);
/* Empty, 0 and false when it is not there. */
struct mc_str answer_text(struct json_object *object, const char *path);
int64_t answer_int(struct json_object *object, const char *path);
bool answer_is(struct json_object *object, const char *path);

/* -1 when the answer has that member; else the exit status, after having said that it has not. */
int answer_check(const struct mc_api_answer *answer, const char *path);

/* The body as it came, on a terminal without control characters. */
void answer_print(const struct mc_api_answer *answer);

#endif
