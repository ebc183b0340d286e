#include "server/html_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 3,    /* templates/partials/..., and one more */
	FILES_MAX = 1000, /* of one folder: a site has dozens */
	PATH_SIZE = 4096, /* Linux takes no longer path */
	LIST_BLOCK = 16 * 1024,
	LIST_SIZE_MAX = 4 * 1024 * 1024, /* names of FILES_MAX files */
};

struct entry {
	const char *path;   /* in the arena */
	struct mc_str name; /* the end of it */
	struct stat stat;
};

struct list {
	struct mc_arena *arena;
	struct mc_error *error;
	struct mc_str suffix; /* of the wanted files' names; "": all */
	size_t root_len;      /* what stands before a name in its path */
	struct entry entries[FILES_MAX];
	size_t n_entries;
};

static enum mc_status
refused(struct mc_error *error, enum mc_status status, const char *path, const char *why)
{
	return mc_error_set(error, status, "html_dir", "%s: %s", path, why);
}

static enum mc_status
add_entry(struct list *list, const char *path, const struct stat *stat)
{
	if (!mc_str_ends_with(mc_str_from(path), list->suffix))
		return MC_OK;
	if (list->n_entries == FILES_MAX)
		return refused(list->error, MC_TOO_LARGE, path, "too many files");
	char *copy = mc_arena_text(list->arena, mc_str_from(path));
	if (copy == NULL)
		return refused(list->error, MC_TOO_LARGE, path, "no memory");
	list->entries[list->n_entries++] =
		(struct entry){ copy, mc_str_from(copy + list->root_len), *stat };
	return MC_OK;
}

static bool
is_wanted(struct mc_str name)
{
	return !mc_str_starts_with(name, MC_STR(".")) && !mc_str_ends_with(name, MC_STR("~"));
}

static enum mc_status walk(struct list *list, const char *path, int depth);

static enum mc_status
visit(struct list *list, const char *folder, const char *name, int depth)
{
	char path[PATH_SIZE];
	struct stat found;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return refused(list->error, MC_TOO_LARGE, folder, "a path is too long");
	if (stat(path, &found) < 0)
		return MC_OK; /* removed since it was listed */
	if (S_ISDIR(found.st_mode))
		return walk(list, path, depth + 1);
	return S_ISREG(found.st_mode) ? add_entry(list, path, &found) : MC_OK;
}

static enum mc_status
walk(struct list *list, const char *path, int depth)
{
	if (depth > DEPTH_MAX)
		return refused(list->error, MC_TOO_LARGE, path, "folders nest too deeply");
	DIR *dir = opendir(path);
	if (dir == NULL)
		return refused(list->error, MC_NOT_FOUND, path, strerror(errno));

	enum mc_status status = MC_OK;
	const struct dirent *entry;
	while (status == MC_OK && (entry = readdir(dir)) != NULL)
		if (is_wanted(mc_str_from(entry->d_name)))
			status = visit(list, path, entry->d_name, depth);
	closedir(dir);
	return status;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;
	return mc_str_compare(left->name, right->name);
}

/* The files below PATH/folder, in the order of their names. */
static enum mc_status
list_files(struct list *list, const char *path, const char *folder)
{
	char root[PATH_SIZE];
	int n = snprintf(root, sizeof(root), "%s/%s", path, folder);

	if (n < 0 || (size_t)n >= sizeof(root))
		return refused(list->error, MC_TOO_LARGE, path, "the path is too long");
	list->root_len = (size_t)n + 1;
	list->n_entries = 0;
	enum mc_status status = walk(list, root, 1);
	if (status == MC_OK)
		qsort(list->entries, list->n_entries, sizeof(list->entries[0]), compare_entries);
	return status;
}

static enum mc_status
read_bytes(int fd, struct mc_arena *arena, const struct entry *entry, struct mc_str *out,
	struct mc_error *error)
{
	size_t size = (size_t)entry->stat.st_size;
	size_t n = 0;
	char *bytes = size <= HTML_DIR_SIZE_MAX ? mc_arena_alloc(arena, size) : NULL;

	if (bytes == NULL)
		return refused(error, MC_TOO_LARGE, entry->path, "too large");
	while (n < size) {
		ssize_t got = read(fd, bytes + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refused(error, MC_FAILED, entry->path, strerror(errno));
		if (got == 0)
			break; /* cut off meanwhile; the stamp will tell */
		n += (size_t)got;
	}
	*out = (struct mc_str){ bytes, n };
	return MC_OK;
}

static enum mc_status
read_files(const struct list *list, struct mc_arena *arena, struct html_files *out,
	struct mc_error *error)
{
	enum mc_status status = MC_OK;

	out->n_files = 0;
	out->files = mc_arena_array(arena, list->n_entries, sizeof(*out->files));
	if (out->files == NULL)
		return refused(error, MC_TOO_LARGE, "files", "no memory");
	for (size_t i = 0; i < list->n_entries && status == MC_OK; i++) {
		struct html_file *file = &out->files[out->n_files];
		int fd = open(list->entries[i].path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return refused(error, MC_FAILED, list->entries[i].path, strerror(errno));
		status = read_bytes(fd, arena, &list->entries[i], &file->bytes, error);
		close(fd);
		file->name = mc_arena_copy(arena, list->entries[i].name);
		if (status == MC_OK && file->name.ptr == NULL)
			status = refused(error, MC_TOO_LARGE, list->entries[i].path, "no memory");
		out->n_files++;
	}
	return status;
}

static struct list *
list_create(struct mc_error *error)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list == NULL)
		return NULL;
	list->error = error;
	list->arena = mc_arena_create(LIST_BLOCK, LIST_SIZE_MAX);
	if (list->arena == NULL) {
		free(list);
		return NULL;
	}
	return list;
}

static void
list_destroy(struct list *list)
{
	mc_arena_destroy(list->arena);
	free(list);
}

enum mc_status
html_dir_read(
	const char *path, struct mc_arena *arena, struct html_dir *out, struct mc_error *error)
{
	struct html_dir dir;
	struct list *list = list_create(error);

	if (list == NULL)
		return refused(error, MC_NO_MEMORY, path, "no memory");
	enum mc_status status = list_files(list, path, "static");
	if (status == MC_OK)
		status = read_files(list, arena, &dir.statics, error);
	list->suffix = MC_STR(".html");
	if (status == MC_OK)
		status = list_files(list, path, "templates");
	if (status == MC_OK)
		status = read_files(list, arena, &dir.templates, error);
	list_destroy(list);
	if (status == MC_OK)
		*out = dir;
	return status;
}

/* FNV-1a, 64 bits: nobody forges the times of his own files. */
static uint64_t
add_to_stamp(uint64_t stamp, const void *bytes, size_t n)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < n; i++)
		stamp = (stamp ^ byte[i]) * UINT64_C(0x100000001b3);
	return stamp;
}

static uint64_t
stamp_files(const struct list *list, uint64_t stamp)
{
	for (size_t i = 0; i < list->n_entries; i++) {
		const struct entry *entry = &list->entries[i];
		const int64_t facts[] = { entry->stat.st_size, entry->stat.st_mtim.tv_sec,
			entry->stat.st_mtim.tv_nsec, (int64_t)entry->stat.st_ino };
		stamp = add_to_stamp(stamp, entry->name.ptr, entry->name.len + 1);
		stamp = add_to_stamp(stamp, facts, sizeof(facts));
	}
	return stamp;
}

uint64_t
html_dir_stamp(const char *path)
{
	uint64_t stamp = UINT64_C(0xcbf29ce484222325);
	struct list *list = list_create(NULL);

	if (list == NULL)
		return 0;
	bool ok = list_files(list, path, "static") == MC_OK;
	stamp = stamp_files(list, stamp);
	list->suffix = MC_STR(".html");
	ok = ok && list_files(list, path, "templates") == MC_OK;
	stamp = stamp_files(list, stamp);
	list_destroy(list);
	return ok ? stamp : 0;
}
