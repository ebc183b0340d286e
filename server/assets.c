#include "server/assets.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/service/log.h"
#include "server/assets_data.h"
#include "server/html_dir.h"

enum {
	NAME_HASH_LENGTH = 12, /* hexadecimal digits in a name: 48 bits, for dozens of files */
	ETAG_LENGTH = 24,      /* of the digest */
	FIELDS_SIZE_MAX = 1024,
	GENERATION_BLOCK = 64 * 1024,
	GENERATION_SIZE_MAX = 2 * HTML_DIR_SIZE_MAX,
	GENERATIONS_MAX = 10000, /* a week of a designer who saves every ten seconds */
};

/* Everything as it was at one moment; never changes once it is linked. */
struct generation {
	struct generation *older;
	struct mc_arena *arena;
	struct asset *files; /* under both names, in the order of the names */
	size_t n_files;
	struct template_set *templates;
	uint64_t stamp; /* html_dir_stamp just before it was read */
};

struct assets {
	char *html_dir;                      /* owned; NULL: built in; set before threads start */
	_Atomic(struct generation *) newest; /* read by all, written under the lock */
	struct mc_lock lock;
	size_t n_generations; /* lock */
	uint64_t refused;     /* lock: the stamp of what could not be used */
};

struct sources {
	const struct asset_source *files;
	size_t n_files;
	const struct template_source *templates;
	size_t n_templates;
};

static const struct {
	struct mc_str suffix, type;
} types[] = {
	{ MC_STR_INIT(".css"), MC_STR_INIT("text/css; charset=utf-8") },
	{ MC_STR_INIT(".js"), MC_STR_INIT("text/javascript; charset=utf-8") },
	{ MC_STR_INIT(".svg"), MC_STR_INIT("image/svg+xml") },
	{ MC_STR_INIT(".png"), MC_STR_INIT("image/png") },
	{ MC_STR_INIT(".ico"), MC_STR_INIT("image/vnd.microsoft.icon") },
	{ MC_STR_INIT(".woff2"), MC_STR_INIT("font/woff2") },
	{ MC_STR_INIT(".txt"), MC_STR_INIT("text/plain; charset=utf-8") },
	{ MC_STR_INIT(".html"), MC_STR_INIT("text/html; charset=utf-8") },
	{ MC_STR_INIT(".webmanifest"), MC_STR_INIT("application/manifest+json") },
};

static struct mc_str
type_of(struct mc_str name)
{
	for (size_t i = 0; i < MC_COUNT(types); i++)
		if (mc_str_ends_with(name, types[i].suffix))
			return types[i].type;
	return MC_STR("application/octet-stream");
}

static enum mc_status
no_memory(struct mc_error *error)
{
	return mc_error_set(error, MC_NO_MEMORY, NULL, "No memory for static files and templates.");
}

/* Where the suffix begins, or the end. */
static size_t
suffix_at(struct mc_str name)
{
	for (size_t i = name.len; i > 0; i--)
		if (name.ptr[i - 1] == '.')
			return i - 1;
	return name.len;
}

static struct mc_str
public_name(struct mc_arena *arena, const struct asset_source *source)
{
	size_t at = suffix_at(source->name);

	return mc_arena_printf(arena, "%.*s.%.*s%.*s", (int)at, source->name.ptr, NAME_HASH_LENGTH,
		source->digest.ptr, MC_STR_ARGS(mc_str_skip(source->name, at)));
}

/* The field lines of one form, the part for 304 at their end. */
static bool
make_form(struct mc_arena *arena, const struct asset_source *source, const char *cache_control,
	bool gzip, struct asset_form *out)
{
	struct mc_buf buf;
	struct mc_str type = type_of(source->name);

	out->bytes = gzip ? source->gzip : source->bytes;
	out->etag = mc_arena_printf(
		arena, "\"%.*s%s\"", ETAG_LENGTH, source->digest.ptr, gzip ? "-gzip" : "");
	mc_buf_init(&buf, FIELDS_SIZE_MAX);
	mc_buf_addf(&buf, "Content-Type: %.*s\r\n", MC_STR_ARGS(type));
	if (gzip)
		mc_buf_add(&buf, MC_STR("Content-Encoding: gzip\r\n"));
	mc_buf_add(&buf, MC_STR("Accept-Ranges: bytes\r\n"
				"X-Content-Type-Options: nosniff\r\n"
				"Cross-Origin-Resource-Policy: same-origin\r\n"));
	size_t head = buf.len;
	mc_buf_addf(
		&buf, "ETag: %.*s\r\nCache-Control: %s\r\n", MC_STR_ARGS(out->etag), cache_control);
	if (source->gzip.ptr != NULL)
		mc_buf_add(&buf, MC_STR("Vary: Accept-Encoding\r\n"));
	out->fields = mc_arena_copy(arena, mc_buf_str(&buf));
	bool ok = mc_buf_ok(&buf) && out->fields.ptr != NULL && out->etag.ptr != NULL;
	out->fields_304 = mc_str_skip(out->fields, head);
	mc_buf_finish(&buf);
	return ok;
}

static bool
make_asset(struct mc_arena *arena, const struct asset_source *source, struct mc_str name,
	const char *cache_control, struct asset *out)
{
	out->name = mc_arena_copy(arena, name);
	out->type = type_of(source->name);
	if (out->name.ptr == NULL ||
		!make_form(arena, source, cache_control, false, &out->identity))
		return false;
	return source->gzip.ptr == NULL ||
	       make_form(arena, source, cache_control, true, &out->gzip);
}

static int
compare_assets(const void *a, const void *b)
{
	const struct asset *left = a;
	const struct asset *right = b;
	return mc_str_compare(left->name, right->name);
}

static const struct asset *
find_asset(const struct generation *generation, struct mc_str name)
{
	const struct asset wanted = { .name = name };

	return bsearch(
		&wanted, generation->files, generation->n_files, sizeof(wanted), compare_assets);
}

static enum mc_status
make_files(struct generation *generation, const struct sources *sources, bool designing,
	struct mc_error *error)
{
	struct mc_arena *arena = generation->arena;
	struct asset *files = mc_arena_array(arena, sources->n_files * 2, sizeof(*files));

	if (files == NULL)
		return no_memory(error);
	for (size_t i = 0; i < sources->n_files; i++) {
		const struct asset_source *source = &sources->files[i];
		struct mc_str hashed = public_name(arena, source);
		if (hashed.ptr == NULL ||
			!make_asset(arena, source, source->name,
				designing ? "no-cache" : "public, max-age=300", &files[2 * i]) ||
			!make_asset(arena, source, hashed, "public, max-age=31536000, immutable",
				&files[2 * i + 1]))
			return no_memory(error);
		files[2 * i + 1].immutable = true;
	}
	generation->files = files;
	generation->n_files = sources->n_files * 2;
	qsort(files, generation->n_files, sizeof(*files), compare_assets);
	return MC_OK;
}

static size_t
name_length(struct mc_str text)
{
	size_t n = 0;

	while (n < text.len &&
		((text.ptr[n] >= 'a' && text.ptr[n] <= 'z') ||
			(text.ptr[n] >= 'A' && text.ptr[n] <= 'Z') ||
			(text.ptr[n] >= '0' && text.ptr[n] <= '9') || text.ptr[n] == '.' ||
			text.ptr[n] == '-' || text.ptr[n] == '_'))
		n++;
	return n;
}

/* "/static/app.css" becomes "/static/app.3f9c2a1b7d04.css"; other names stay. */
static void
add_with_public_names(struct mc_buf *out, struct mc_str text, const struct sources *sources,
	struct mc_arena *arena)
{
	struct mc_str mark = MC_STR("/static/");

	while (text.len > 0) {
		const char *found = memmem(text.ptr, text.len, mark.ptr, mark.len);
		size_t n = found == NULL ? text.len : (size_t)(found - text.ptr) + mark.len;
		mc_buf_add(out, mc_str_first(text, n));
		text = mc_str_skip(text, n);
		struct mc_str name = mc_str_first(text, name_length(text));
		for (size_t i = 0; found != NULL && i < sources->n_files; i++) {
			if (!mc_str_equal(sources->files[i].name, name))
				continue;
			mc_buf_add(out, public_name(arena, &sources->files[i]));
			text = mc_str_skip(text, name.len);
			break;
		}
	}
}

static enum mc_status
make_templates(struct generation *generation, const struct sources *sources, struct mc_error *error)
{
	size_t n = sources->n_templates;
	struct template_source *named = mc_arena_array(generation->arena, n, sizeof(*named));
	struct mc_buf buf;
	enum mc_status status = MC_OK;

	if (named == NULL)
		return no_memory(error);
	mc_buf_init(&buf, HTML_DIR_SIZE_MAX);
	for (size_t i = 0; i < n && status == MC_OK; i++) {
		mc_buf_clear(&buf);
		add_with_public_names(&buf, sources->templates[i].text, sources, generation->arena);
		named[i].name = sources->templates[i].name;
		named[i].text = mc_arena_copy(generation->arena, mc_buf_str(&buf));
		if (!mc_buf_ok(&buf) || named[i].text.ptr == NULL)
			status = no_memory(error);
	}
	mc_buf_finish(&buf);
	if (status == MC_OK)
		status = template_set_create(named, n, &generation->templates, error);
	if (status != MC_OK)
		return status;
	struct mc_str missing = template_set_missing(generation->templates);
	if (missing.ptr != NULL)
		return mc_error_set(error, MC_INVALID, "html_dir",
			"There is no template %.*s, but another includes it.",
			MC_STR_ARGS(missing));
	return MC_OK;
}

static const char *
hexadecimal(struct mc_arena *arena, const struct mc_digest *digest)
{
	static const char digits[] = "0123456789abcdef";
	char *text = mc_arena_alloc(arena, 2 * sizeof(digest->bytes) + 1);

	for (size_t i = 0; text != NULL && i < sizeof(digest->bytes); i++) {
		text[2 * i] = digits[digest->bytes[i] >> 4];
		text[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	return text;
}

/* What the build does beforehand, but for compression. */
static enum mc_status
read_sources(struct mc_arena *arena, const char *path, struct sources *out, struct mc_error *error)
{
	struct html_dir dir;
	enum mc_status status = html_dir_read(path, arena, &dir, error);

	if (status != MC_OK)
		return status;
	struct asset_source *files = mc_arena_array(arena, dir.statics.n_files, sizeof(*files));
	struct template_source *templates =
		mc_arena_array(arena, dir.templates.n_files, sizeof(*templates));
	if (files == NULL || templates == NULL)
		return no_memory(error);
	for (size_t i = 0; i < dir.statics.n_files; i++) {
		const struct html_file *file = &dir.statics.files[i];
		struct mc_digest digest = mc_sha256(file->bytes);
		const char *text = hexadecimal(arena, &digest);
		if (text == NULL)
			return no_memory(error);
		files[i] = (struct asset_source){
			.name = file->name,
			.bytes = file->bytes,
			.digest = mc_str_from(text),
		};
	}
	for (size_t i = 0; i < dir.templates.n_files; i++)
		templates[i] = (struct template_source){ dir.templates.files[i].name,
			dir.templates.files[i].bytes };
	*out = (struct sources){ files, dir.statics.n_files, templates, dir.templates.n_files };
	return MC_OK;
}

static void
generation_destroy(struct generation *generation)
{
	if (generation == NULL)
		return;
	template_set_destroy(generation->templates);
	mc_arena_destroy(generation->arena);
	free(generation);
}

static enum mc_status
fill_generation(struct generation *generation, const char *html_dir, struct mc_error *error)
{
	struct sources sources = { assets_built_in, assets_built_in_count, templates_built_in,
		templates_built_in_count };
	enum mc_status status = MC_OK;

	if (html_dir != NULL) {
		/* Before reading: what changes meanwhile is seen at the next look. */
		generation->stamp = html_dir_stamp(html_dir);
		status = read_sources(generation->arena, html_dir, &sources, error);
	}
	if (status == MC_OK)
		status = make_files(generation, &sources, html_dir != NULL, error);
	if (status == MC_OK)
		status = make_templates(generation, &sources, error);
	return status;
}

static enum mc_status
generation_create(const char *html_dir, struct generation **out, struct mc_error *error)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	if (generation == NULL)
		return no_memory(error);
	generation->arena = mc_arena_create(GENERATION_BLOCK, GENERATION_SIZE_MAX);
	enum mc_status status = generation->arena == NULL
					? no_memory(error)
					: fill_generation(generation, html_dir, error);
	if (status == MC_OK)
		*out = generation;
	else
		generation_destroy(generation);
	return status;
}

enum mc_status
assets_open(const char *html_dir, struct assets **out, struct mc_error *error)
{
	struct assets *assets = calloc(1, sizeof(*assets));
	struct generation *first;

	if (assets == NULL)
		return no_memory(error);
	mc_lock_init(&assets->lock, "templates", MC_LOCK_TEMPLATES);
	assets->n_generations = 1;
	enum mc_status status = MC_OK;
	if (html_dir != NULL && (assets->html_dir = strdup(html_dir)) == NULL)
		status = no_memory(error);
	if (status == MC_OK)
		status = generation_create(html_dir, &first, error);
	if (status != MC_OK) {
		assets_close(assets);
		return status;
	}
	atomic_store(&assets->newest, first);
	*out = assets;
	return MC_OK;
}

void
assets_close(struct assets *assets)
{
	if (assets == NULL)
		return;
	struct generation *generation = atomic_load(&assets->newest);
	while (generation != NULL) {
		struct generation *older = generation->older;
		generation_destroy(generation);
		generation = older;
	}
	mc_lock_finish(&assets->lock);
	free(assets->html_dir);
	free(assets);
}

/* True when this state of the folder is new, and worth a try. */
static bool
is_news(struct assets *assets, uint64_t stamp)
{
	mc_lock_take(&assets->lock);
	bool news = stamp != atomic_load(&assets->newest)->stamp && stamp != assets->refused &&
		    assets->n_generations < GENERATIONS_MAX;
	mc_lock_release(&assets->lock);
	return news;
}

/* Two threads may read the same news: both are right, the later one stays. */
static void
read_again(struct assets *assets, uint64_t stamp)
{
	struct generation *generation;
	struct mc_error error;
	enum mc_status status = generation_create(assets->html_dir, &generation, &error);

	mc_lock_take(&assets->lock);
	if (status == MC_OK) {
		generation->older = atomic_load(&assets->newest);
		atomic_store(&assets->newest, generation);
		assets->n_generations++;
	} else {
		assets->refused = stamp;
	}
	mc_lock_release(&assets->lock);
	if (status != MC_OK)
		mc_log(MC_LOG_WARN, "html_dir_refused", mc_log_text("why", error.message));
}

static const struct generation *
newest(struct assets *assets)
{
	if (assets->html_dir != NULL) {
		uint64_t stamp = html_dir_stamp(assets->html_dir);
		if (is_news(assets, stamp))
			read_again(assets, stamp);
	}
	return atomic_load_explicit(&assets->newest, memory_order_acquire);
}

static bool
is_name_hash(struct mc_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] >= '0' && text.ptr[i] <= '9') &&
			!(text.ptr[i] >= 'a' && text.ptr[i] <= 'f'))
			return false;
	return text.len == NAME_HASH_LENGTH;
}

/*
 * While servers of two versions run side by side, one is asked for the other's files: it gives its
 * own, under a short cache life.
 */
static const struct asset *
find_other_version(const struct generation *generation, struct mc_str name)
{
	size_t end = suffix_at(name);
	size_t begin = suffix_at(mc_str_first(name, end));
	const struct asset *found = NULL;

	if (begin == end ||
		!is_name_hash(mc_str_first(mc_str_skip(name, begin + 1), end - begin - 1)))
		return NULL;
	for (size_t i = 0; i < generation->n_files && found == NULL; i++) {
		const struct asset *asset = &generation->files[i];
		if (!asset->immutable && asset->name.len == name.len - (end - begin) &&
			mc_str_starts_with(asset->name, mc_str_first(name, begin)) &&
			mc_str_ends_with(asset->name, mc_str_skip(name, end)))
			found = asset;
	}
	return found;
}

const struct asset *
assets_find(struct assets *assets, struct mc_str name)
{
	const struct generation *generation = newest(assets);
	const struct asset *found = find_asset(generation, name);

	return found != NULL ? found : find_other_version(generation, name);
}

const struct template_set *
assets_templates(struct assets *assets)
{
	return newest(assets)->templates;
}
