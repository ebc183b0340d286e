/*
 * class - the verbs of mc-class, and what they share.  One thread.
 */
#ifndef CLI_CLASS_CLASS_H
#define CLI_CLASS_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/common/answer.h"
#include "cli/common/seat.h"

enum { CLASS_PATH_SIZE = 128, CLASS_WORDS_MAX = 16 << 10 };

struct class_tool {
	struct seat_options options;
	const char *name, *description; /* NULL: not said */
	int64_t session;                /* 0: not said */
	bool csv, yes, renew;

	struct seat seat; /* once a verb needs it */
};

/* All here: -1 to go on, else the exit status, after having said why. */
int class_sit(struct class_tool *tool);
/* Sits down and finds the class. */
int class_pick(struct class_tool *tool, const char *words, int64_t *id);

/* "/classes/12" and what follows. */
void class_path(char path[CLASS_PATH_SIZE], int64_t id, const char *rest);
/* A GET, after finding the class: what list verbs begin with. */
int class_get(
	struct class_tool *tool, const char *words, const char *rest, struct mc_api_answer *answer);
/* A POST without fields, the same way. */
int class_post(
	struct class_tool *tool, const char *words, const char *rest, struct mc_api_answer *answer);

/* --session, where a verb cannot do without. */
int class_need_session(const struct class_tool *tool);
/* Operands as one text, blanks between; borrowed until the next call. */
struct mc_str class_join_words(char *const *words, size_t n);
/* On a terminal a sentence that it is done; for --json the answer, if there is any. */
int class_done(const struct class_tool *tool, const struct mc_api_answer *answer,
	struct mc_str subject, const char *rest);

/* The verbs: of cli/common/opt.h, `tool` is a struct class_tool. */
int class_list(void *tool, char *const *operands, size_t n);
int class_create(void *tool, char *const *operands, size_t n);
int class_join(void *tool, char *const *operands, size_t n);
int class_show(void *tool, char *const *operands, size_t n);
int class_edit(void *tool, char *const *operands, size_t n);
int class_leave(void *tool, char *const *operands, size_t n);
int class_code(void *tool, char *const *operands, size_t n);
int class_tags(void *tool, char *const *operands, size_t n);

/* A student of the class, by id, e-mail address or part of the name; for who teaches it. */
int people_pick_student(struct class_tool *tool, int64_t class_id, const char *words, int64_t *id);
int people_list(void *tool, char *const *operands, size_t n);
int people_role(void *tool, char *const *operands, size_t n);
int people_remove(void *tool, char *const *operands, size_t n);

int live_start(void *tool, char *const *operands, size_t n);
int live_end(void *tool, char *const *operands, size_t n);
int live_show(void *tool, char *const *operands, size_t n);
int live_sessions(void *tool, char *const *operands, size_t n);
int live_leave_out(void *tool, char *const *operands, size_t n);
int live_take_in(void *tool, char *const *operands, size_t n);

int discussion_list(void *tool, char *const *operands, size_t n);
int discussion_begin(void *tool, char *const *operands, size_t n);
int discussion_rename(void *tool, char *const *operands, size_t n);
int discussion_close(void *tool, char *const *operands, size_t n);
int discussion_reopen(void *tool, char *const *operands, size_t n);
int discussion_threads(void *tool, char *const *operands, size_t n);
int discussion_read(void *tool, char *const *operands, size_t n);

int attendance_show(void *tool, char *const *operands, size_t n);
int attendance_record(void *tool, char *const *operands, size_t n);
int attendance_correct(void *tool, char *const *operands, size_t n);
int attendance_uncorrect(void *tool, char *const *operands, size_t n);

#endif
