#include "cli/common/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/text/json.h"

enum { FILE_MAX = 1 << 20, DEPTH_MAX = 4, PIECE = 4096 };

static const char file_name[] = "tokens.json", new_name[] = "tokens.json.new";

/* Each one that is missing, for ourselves; what cannot be made is told by the opening. */
static void
make_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	(void)mkdir(path, 0700);
}

/* Opens, and with `make` creates, the directory: -1 with *error set. */
static int
open_directory(bool make, struct mc_error *error)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char parent[PATH_MAX], path[PATH_MAX + 16];

	if (config != NULL && config[0] == '/')
		(void)snprintf(parent, sizeof(parent), "%s", config);
	else if (home != NULL && home[0] != '\0')
		(void)snprintf(parent, sizeof(parent), "%s/.config", home);
	else
		return (void)mc_error_set(error, MC_FAILED, NULL, "HOME is not set"), -1;
	(void)snprintf(path, sizeof(path), "%s/miniclass", parent);
	if (make)
		make_directories(path);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		(void)mc_error_set(error, errno == ENOENT ? MC_NOT_FOUND : MC_FAILED, NULL,
			"%.120s: %s", path, strerror(errno));
	return fd;
}

static enum mc_status
check_private(int fd, struct mc_error *error)
{
	struct stat file;

	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
		return mc_error_set(error, MC_INVALID, NULL, "%s is no file", file_name);
	if (file.st_uid != geteuid())
		return mc_error_set(
			error, MC_FORBIDDEN, NULL, "%s belongs to somebody else", file_name);
	if ((file.st_mode & 077) != 0)
		return mc_error_set(error, MC_FORBIDDEN, NULL,
			"others may read %s, so it is not used: chmod 600 it, or mc-login again",
			file_name);
	return MC_OK;
}

static enum mc_status
read_text(int fd, struct mc_buf *text, struct mc_error *error)
{
	ssize_t n;

	do {
		char *room = mc_buf_reserve(text, PIECE);
		if (room == NULL)
			return mc_error_set(error, MC_INVALID, NULL, "%s is too long", file_name);
		n = read(fd, room, PIECE);
		mc_buf_commit(text, n > 0 ? (size_t)n : 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0 ? MC_OK : mc_error_set(error, MC_INVALID, NULL, "%s", strerror(errno));
}

/* {"last": SERVER, "servers": {SERVER: {"token", "email"}}}; MC_NOT_FOUND: there is none yet. */
static enum mc_status
read_file(int directory, struct json_object **out, struct mc_error *error)
{
	struct mc_buf text;
	int fd = openat(directory, file_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT)
		return mc_error_set(error, MC_NOT_FOUND, NULL, "nobody is logged in");
	if (fd < 0)
		return mc_error_set(error, MC_INVALID, NULL, "%s: %s", file_name, strerror(errno));
	mc_buf_init(&text, FILE_MAX);
	enum mc_status status = check_private(fd, error);
	if (status == MC_OK)
		status = read_text(fd, &text, error);
	(void)close(fd);
	if (status == MC_OK && (mc_json_read(mc_buf_str(&text), DEPTH_MAX, out, NULL) != MC_OK ||
				       !json_object_is_type(*out, json_type_object)))
		status = mc_error_set(error, MC_INVALID, NULL,
			"%s is damaged: remove it, and mc-login again", file_name);
	if (text.ptr != NULL)
		explicit_bzero(text.ptr, text.size);
	mc_buf_finish(&text);
	return status;
}

static bool
write_all(int fd, struct mc_str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);
		if (n < 0 && errno != EINTR)
			return false;
		text = mc_str_skip(text, n > 0 ? (size_t)n : 0);
	}
	return fsync(fd) == 0;
}

/* Created by us alone: nobody's file or link that lies there is followed or filled. */
static bool
write_new(int directory, struct mc_str text)
{
	(void)unlinkat(directory, new_name, 0);
	int fd = openat(directory, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool done = fd >= 0 && fchmod(fd, 0600) == 0 && write_all(fd, text);
	int failure = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = failure;
	return done;
}

static enum mc_status
fail_writing(int directory, struct mc_error *error)
{
	int failure = errno;

	(void)unlinkat(directory, new_name, 0);
	return mc_error_set(error, MC_FAILED, NULL, "%s: %s", file_name, strerror(failure));
}

static enum mc_status
write_file(int directory, struct json_object *file, struct mc_error *error)
{
	struct mc_buf text;

	mc_buf_init(&text, FILE_MAX);
	mc_json_write(&text, file);
	mc_buf_add_char(&text, '\n');
	errno = ENOMEM;
	bool done = mc_buf_ok(&text) && write_new(directory, mc_buf_str(&text)) &&
		    renameat(directory, new_name, directory, file_name) == 0;
	enum mc_status status = done ? MC_OK : fail_writing(directory, error);
	if (text.ptr != NULL)
		explicit_bzero(text.ptr, text.size);
	mc_buf_finish(&text);
	return status;
}

enum mc_status
tokens_check(struct mc_error *error)
{
	static const char zeros[PIECE];
	int directory = open_directory(true, error);

	if (directory < 0)
		return MC_FAILED;
	(void)flock(directory, LOCK_EX);
	enum mc_status status = MC_OK;
	if (write_new(directory, (struct mc_str){ zeros, sizeof(zeros) }))
		(void)unlinkat(directory, new_name, 0);
	else
		status = fail_writing(directory, error);
	(void)close(directory);
	return status;
}

static struct json_object *
servers_of(struct json_object *file)
{
	struct json_object *servers = NULL;

	return json_object_object_get_ex(file, "servers", &servers) &&
			       json_object_is_type(servers, json_type_object)
		       ? servers
		       : NULL;
}

static bool
copy_text(struct json_object *object, const char *key, char *out, size_t size)
{
	struct mc_str text;

	return mc_json_text(object, key, &text) && text.len > 0 && text.len < size &&
	       snprintf(out, size, "%.*s", MC_STR_ARGS(text)) > 0;
}

static enum mc_status
find_entry(struct json_object *file, const char *server, struct tokens_entry *out,
	struct mc_error *error)
{
	struct json_object *entry = NULL;
	if (server != NULL)
		(void)snprintf(out->server, sizeof(out->server), "%s", server);
	else
		(void)copy_text(file, "last", out->server, sizeof(out->server));
	if (!json_object_object_get_ex(servers_of(file), out->server, &entry) ||
		!copy_text(entry, "token", out->token, sizeof(out->token)))
		return mc_error_set(error, MC_NOT_FOUND, NULL, "nobody is logged in");
	(void)copy_text(entry, "email", out->email, sizeof(out->email));
	return MC_OK;
}

enum mc_status
tokens_find(const char *server, struct tokens_entry *out, struct mc_error *error)
{
	struct json_object *file = NULL;
	int directory = open_directory(false, error);

	*out = (struct tokens_entry){ .server = "" };
	if (directory < 0)
		return MC_NOT_FOUND;
	enum mc_status status = read_file(directory, &file, error);
	if (status == MC_OK)
		status = find_entry(file, server, out, error);
	json_object_put(file);
	(void)close(directory);
	return status;
}

static bool
put_entry(struct json_object *file, const struct tokens_entry *entry)
{
	struct json_object *one = json_object_new_object();
	struct json_object *servers = servers_of(file);

	if (servers == NULL) {
		servers = json_object_new_object();
		json_object_object_add(file, "servers", servers);
	}
	if (one == NULL || servers == NULL)
		return false;
	json_object_object_add(one, "token", json_object_new_string(entry->token));
	json_object_object_add(one, "email", json_object_new_string(entry->email));
	json_object_object_add(servers, entry->server, one);
	json_object_object_add(file, "last", json_object_new_string(entry->server));
	return true;
}

/* Reads, lets go of `server` or puts `entry` there, writes. */
static enum mc_status
change(const char *server, const struct tokens_entry *entry, struct mc_error *error)
{
	struct json_object *file = NULL;
	int directory = open_directory(entry != NULL, error);

	if (directory < 0)
		return entry == NULL ? MC_OK : MC_FAILED;
	(void)flock(directory, LOCK_EX);
	enum mc_status status = read_file(directory, &file, error);
	/* Who logs in again replaces a file that is of no use. */
	if (entry != NULL && status != MC_OK && status != MC_NO_MEMORY) {
		json_object_put(file);
		file = json_object_new_object();
		status = MC_OK;
	}
	if (status == MC_OK && entry != NULL && !put_entry(file, entry))
		status = mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	if (status == MC_OK && entry == NULL && servers_of(file) != NULL)
		json_object_object_del(servers_of(file), server);
	if (status == MC_OK)
		status = write_file(directory, file, error);
	json_object_put(file);
	(void)close(directory);
	return status == MC_NOT_FOUND ? MC_OK : status;
}

enum mc_status
tokens_keep(const struct tokens_entry *entry, struct mc_error *error)
{
	return change(entry->server, entry, error);
}

enum mc_status
tokens_forget(const char *server, struct mc_error *error)
{
	return change(server, NULL, error);
}

enum mc_status
tokens_use(const char *server, struct mc_error *error)
{
	struct tokens_entry entry;
	enum mc_status status = tokens_find(server, &entry, error);

	if (status == MC_OK)
		status = tokens_keep(&entry, error);
	explicit_bzero(&entry, sizeof(entry));
	return status;
}

static void
list_servers(struct json_object *file, struct json_object *list)
{
	struct mc_str last = { NULL, 0 };
	struct json_object *servers = servers_of(file);

	(void)!mc_json_text(file, "last", &last);
	if (servers == NULL)
		return;
	json_object_object_foreach(servers, server, entry)
	{
		struct json_object *one = json_object_new_object();
		char email[TOKENS_EMAIL_SIZE] = "";
		(void)copy_text(entry, "email", email, sizeof(email));
		json_object_object_add(one, "server", json_object_new_string(server));
		json_object_object_add(one, "email", json_object_new_string(email));
		json_object_object_add(one, "default",
			json_object_new_boolean(mc_str_equal(mc_str_from(server), last)));
		json_object_array_add(list, one);
	}
}

enum mc_status
tokens_list(struct json_object **out, struct mc_error *error)
{
	struct json_object *file = NULL;
	enum mc_status status = MC_NOT_FOUND;
	int directory = open_directory(false, error);

	*out = json_object_new_array();
	if (directory >= 0) {
		status = read_file(directory, &file, error);
		(void)close(directory);
	}
	if (status == MC_OK)
		list_servers(file, *out);
	json_object_put(file);
	return status == MC_NOT_FOUND ? MC_OK : status;
}
