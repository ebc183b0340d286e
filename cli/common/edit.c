#include "cli/common/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common/run.h"
#include "cli/common/say.h"

enum { TEXT_MAX = 1 << 20, SUFFIX_LEN = 3 };

/* No "#" as in commit messages: that begins a heading here. */
static const char mark[] = "<!-- 8< Everything from this line on is left out.";

/* The editor may have replaced the file: it is opened by its name. */
static bool
read_all(const char *path, struct mc_buf *out)
{
	char *room;
	size_t n = 0;

	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	do {
		room = mc_buf_reserve(out, 4096);
		n = room != NULL ? fread(room, 1, 4096, file) : 0;
		mc_buf_commit(out, n);
	} while (n > 0);
	bool read = !ferror(file) && mc_buf_ok(out);
	(void)fclose(file);
	return read;
}

static bool
write_all(int fd, struct mc_str before, struct mc_str note)
{
	FILE *file = fdopen(fd, "w");

	if (file == NULL) {
		(void)close(fd);
		return false;
	}
	(void)fwrite(before.ptr, 1, before.len, file);
	fprintf(file, "\n\n%s\n%.*s\n-->\n", mark, MC_STR_ARGS(note));
	bool written = !ferror(file);
	return fclose(file) == 0 && written;
}

static bool
make_file(struct edit *edit, const char *name, struct mc_str before, struct mc_str note)
{
	const char *folder = getenv("TMPDIR");

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	/* The ending tells an editor what language it is. */
	int len = snprintf(edit->path, sizeof(edit->path), "%s/%s-XXXXXX.md", folder, name);
	if (len < 0 || (size_t)len >= sizeof(edit->path)) {
		errno = ENAMETOOLONG;
		edit->path[0] = '\0';
		return false;
	}
	int fd = mkostemps(edit->path, SUFFIX_LEN, O_CLOEXEC);
	if (fd < 0) {
		edit->path[0] = '\0';
		return false;
	}
	return write_all(fd, before, note);
}

static int
run_editor(const struct edit *edit)
{
	static const char *const variables[] = { "VISUAL", "EDITOR", NULL };
	char why[64];

	const char *editor = run_choice(variables, false, "vi");
	pid_t child = run_begin(editor, edit->path, -1);
	int status = child > 0 ? run_wait(child) : -1;
	if (status == 0)
		return -1;
	if (status == EXIT_INTERRUPTED)
		return status;
	if (status < 0)
		return say_error(MC_FAILED, editor, strerror(errno));
	snprintf(why, sizeof(why), "ended with %d; nothing is sent", status);
	return say_error(MC_FAILED, editor, why);
}

int
edit_text(struct edit *edit, const char *name, struct mc_str before, struct mc_str note,
	struct mc_buf *text)
{
	if (!make_file(edit, name, before, note)) {
		int done = say_error(MC_FAILED, "temporary file", strerror(errno));
		edit_drop(edit);
		return done;
	}
	int done = run_editor(edit);
	mc_buf_init(text, TEXT_MAX);
	if (!read_all(edit->path, text) && done < 0)
		return say_error(MC_FAILED, edit->path, "cannot be read, or is too long");
	char *end = text->len > 0 ? memmem(text->ptr, text->len, mark, sizeof(mark) - 1) : NULL;
	if (end != NULL)
		text->len = (size_t)(end - text->ptr);
	/* An editor that failed may have had work in it, or never have begun. */
	if (done >= 0 && mc_str_equal(mc_str_trim(mc_buf_str(text)), mc_str_trim(before)))
		edit_drop(edit);
	return done;
}

void
edit_drop(struct edit *edit)
{
	if (edit->path[0] != '\0')
		(void)unlink(edit->path);
	edit->path[0] = '\0';
}
