/*
 * edit - a text in the person's editor: $VISUAL, $EDITOR, else vi.
 */
#ifndef CLI_COMMON_EDIT_H
#define CLI_COMMON_EDIT_H

#include <limits.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

struct edit {
	char path[PATH_MAX]; /* "": there is no file */
};

/*
 * Opens `before` in the editor, `note` below it; *text (an initialised buffer) is what it became,
 * without the note.  -1, else the exit status, after having said why.  The file stays until
 * edit_drop, so that nothing is lost when what follows fails, or the editor itself after it wrote
 * something; its name begins with `name`.
 */
int edit_text(struct edit *edit, const char *name, struct mc_str before, struct mc_str note,
	struct mc_buf *text);
void edit_drop(struct edit *edit);

#endif
