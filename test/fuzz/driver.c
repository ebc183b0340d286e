/*
 * Runs a fuzz target over the files and directories named, without a fuzzer: every input that once
 * was interesting stays tested, with any compiler.
 */

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "test/fuzz/fuzz.h"

enum { INPUT_SIZE_MAX = 1024 * 1024, PATH_SIZE_MAX = 4096 };

static bool
complain(const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	return false;
}

/* A block of exactly the input's size, so that a sanitizer sees one byte too many. */
static bool
run_bytes(const char *path, FILE *file, size_t size)
{
	uint8_t *bytes = malloc(size > 0 ? size : 1);

	if (bytes == NULL)
		return complain(path, strerror(errno));
	bool whole = fread(bytes, 1, size, file) == size;
	if (whole)
		LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return whole || complain(path, "not readable to its end");
}

static bool
run_file(const char *path, size_t size, size_t *n_inputs)
{
	if (size > INPUT_SIZE_MAX)
		return complain(path, "larger than an input may be");

	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return complain(path, strerror(errno));
	bool done = run_bytes(path, file, size);
	fclose(file);
	*n_inputs += done;
	return done;
}

static bool run_path(const char *path, size_t *n_inputs);

static bool
run_directory(const char *path, size_t *n_inputs)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return complain(path, strerror(errno));

	const struct dirent *entry;
	bool done = true;
	while ((entry = readdir(directory)) != NULL) {
		char inner[PATH_SIZE_MAX];
		if (entry->d_name[0] == '.')
			continue;
		int len = snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		if (len < 0 || (size_t)len >= sizeof(inner))
			done = complain(path, "a path that is too long");
		else
			done = run_path(inner, n_inputs) && done;
	}
	closedir(directory);
	return done;
}

static bool
run_path(const char *path, size_t *n_inputs)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return complain(path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return run_directory(path, n_inputs);
	return run_file(path, (size_t)status.st_size, n_inputs);
}

int
main(int argc, char **argv)
{
	size_t n_inputs = 0;
	bool done = true;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE|DIRECTORY...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		done = run_path(argv[i], &n_inputs) && done;
	printf("%s: %zu inputs\n", argv[0], n_inputs);
	return done ? 0 : 1;
}
