/*
 * post - what mc-post does: writes, shows, changes and removes posts.  One thread.
 */
#ifndef CLI_POST_POST_H
#define CLI_POST_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/common/edit.h"
#include "cli/common/opt.h"
#include "cli/common/seat.h"
#include "libminiclass/base/buf.h"

enum { POST_PATH_SIZE = 8192, POST_LIMIT = 20 };

struct post_tool {
	struct seat_options options;
	struct opt_list tags;
	bool list, yes;
	int64_t limit, before;
	int64_t show, edit, remove; /* a post's id; 0: not asked for */

	const char *class_words;
	char *const *words; /* behind CLASS */
	size_t n_words;
	struct seat seat;
	int64_t class_id;
};

/* All return the exit status; the class is found. */
int post_write(struct post_tool *tool);
int post_list(struct post_tool *tool);
int post_show(struct post_tool *tool);
int post_edit(struct post_tool *tool);
int post_remove(struct post_tool *tool);

/*
 * The text from the operands, stdin, or the editor that begins with `before`.  *text is initialised
 * here and the caller's to finish.  -1, else the exit status, after having said why.
 */
int post_text(struct post_tool *tool, struct mc_str before, struct edit *edit, struct mc_buf *text);
/* After the text was used or not: removes what the editor left, or says where it is kept. */
void post_text_done(struct edit *edit, bool used);

#endif
