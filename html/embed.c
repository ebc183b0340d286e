/*
 * embed - writes the files below html/ as C: static files with their SHA-256 and gzip, templates as
 *they are.
 *
 *	embed html >assets_data.c
 *
 * Same files, same bytes: a build can be repeated.
 */

#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/crypt/digest.h"
#include "server/html_dir.h"

enum { COMPRESSION = 12, BYTES_A_LINE = 20, BLOCK = 64 * 1024 };

static void
print_bytes(const char *what, size_t i, struct mc_str bytes)
{
	printf("static const unsigned char %s_%zu[] = {", what, i);
	for (size_t at = 0; at < bytes.len; at++)
		printf("%s%u,", at % BYTES_A_LINE == 0 ? "\n\t" : "", (unsigned char)bytes.ptr[at]);
	printf("%s\n};\n", bytes.len == 0 ? " 0" : "");
}

/* The name of a file may hold anything but "/" and NUL. */
static void
print_text(struct mc_str text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++)
		printf("\\%03o", (unsigned char)text.ptr[i]);
	printf("\", %zu", text.len);
}

static struct mc_str
compress(struct mc_arena *arena, struct libdeflate_compressor *compressor, struct mc_str bytes)
{
	/* Where it does not fit into less than there is, it is not worth it. */
	char *out = mc_arena_alloc(arena, bytes.len);
	size_t n = 0;

	if (out != NULL && bytes.len > 0)
		n = libdeflate_gzip_compress(compressor, bytes.ptr, bytes.len, out, bytes.len - 1);
	return n == 0 ? (struct mc_str){ 0 } : (struct mc_str){ out, n };
}

static void
print_static_row(size_t i, const struct html_file *file, size_t gzip_size)
{
	struct mc_digest digest = mc_sha256(file->bytes);

	printf("\t{ { ");
	print_text(file->name);
	printf(" }, { (const char *)static_%zu, %zu }, ", i, file->bytes.len);
	if (gzip_size > 0)
		printf("{ (const char *)gzip_%zu, %zu }, ", i, gzip_size);
	else
		printf("{ NULL, 0 }, ");
	printf("{ \"");
	for (size_t at = 0; at < sizeof(digest.bytes); at++)
		printf("%02x", digest.bytes[at]);
	printf("\", %zu } },\n", 2 * sizeof(digest.bytes));
}

static int
print_statics(struct mc_arena *arena, const struct html_files *statics)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(COMPRESSION);
	size_t *sizes = mc_arena_array(arena, statics->n_files, sizeof(*sizes));

	if (compressor == NULL || sizes == NULL)
		return -1;
	for (size_t i = 0; i < statics->n_files; i++) {
		struct mc_str gzip = compress(arena, compressor, statics->files[i].bytes);
		print_bytes("static", i, statics->files[i].bytes);
		if (gzip.len > 0)
			print_bytes("gzip", i, gzip);
		sizes[i] = gzip.len;
	}
	printf("const struct asset_source assets_built_in[] = {\n");
	for (size_t i = 0; i < statics->n_files; i++)
		print_static_row(i, &statics->files[i], sizes[i]);
	printf("};\nconst size_t assets_built_in_count = %zu;\n", statics->n_files);
	libdeflate_free_compressor(compressor);
	return 0;
}

static void
print_templates(const struct html_files *templates)
{
	for (size_t i = 0; i < templates->n_files; i++)
		print_bytes("template", i, templates->files[i].bytes);
	printf("const struct template_source templates_built_in[] = {\n");
	for (size_t i = 0; i < templates->n_files; i++) {
		printf("\t{ { ");
		print_text(templates->files[i].name);
		printf(" }, { (const char *)template_%zu, %zu } },\n", i,
			templates->files[i].bytes.len);
	}
	printf("};\nconst size_t templates_built_in_count = %zu;\n", templates->n_files);
}

int
main(int argc, char **argv)
{
	struct mc_error error;
	struct html_dir dir;

	if (argc != 2) {
		fprintf(stderr, "usage: embed FOLDER >assets_data.c\n");
		return 2;
	}
	struct mc_arena *arena = mc_arena_create(BLOCK, 4 * (size_t)HTML_DIR_SIZE_MAX);
	if (arena == NULL || html_dir_read(argv[1], arena, &dir, &error) != MC_OK) {
		fprintf(stderr, "embed: %s\n", arena == NULL ? "no memory" : error.message);
		return 1;
	}
	printf("#include \"server/assets_data.h\"\n\n");
	int failed = print_statics(arena, &dir.statics);
	print_templates(&dir.templates);
	mc_arena_destroy(arena);
	return failed < 0 || fflush(stdout) != 0 ? 1 : 0;
}
