/*
 * html_dir - the files of a folder like html/: static files and templates, read whole.
 *
 * Used by the build, which puts them into the binary, and by mc-server for its setting html_dir.
 * Any thread.
 */
#ifndef SERVER_HTML_DIR_H
#define SERVER_HTML_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

enum { HTML_DIR_SIZE_MAX = 64 * 1024 * 1024 }; /* of all files: they are held in memory */

/* In the order of their names; files that begin with "." or end with "~" are an editor's and left
 * out. */
struct html_files {
	struct html_file {
		struct mc_str name; /* below its folder: "app.css", "partials/post.html" */
		struct mc_str bytes;
	} * files; /* in the arena */
	size_t n_files;
};

struct html_dir {
	struct html_files statics;   /* PATH/static */
	struct html_files templates; /* PATH/templates, "*.html" only */
};

/* Everything is put into the arena.  MC_NOT_FOUND, MC_TOO_LARGE. */
enum mc_status html_dir_read(const char *path, struct mc_arena *arena, struct html_dir *out,
	struct mc_error *error) MC_MUST_USE;
/* A number that changes when a file is changed, added or removed; 0 when the folder cannot be read.
 */
uint64_t html_dir_stamp(const char *path);

#endif
