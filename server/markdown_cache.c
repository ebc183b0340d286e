#include "server/markdown_cache.h"

#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/lock.h"
#include "libminiclass/base/random.h"
#include "libminiclass/text/markdown.h"

enum {
	SLOTS = 4096,               /* chains stay short: 8 MiB of 1 KiB posts are 8,000 entries */
	HTML_MAX = 8 * 1024 * 1024, /* of one text: 64 KiB of the worst Markdown are about 1 MiB */
};

struct entry {
	struct entry *chain;         /* of its slot */
	struct entry *newer, *older; /* by last use */
	uint64_t hash;
	size_t text_len, html_len;
	char bytes[]; /* text, then HTML */
};

struct markdown_cache {
	struct mc_lock lock;
	size_t bytes_max;
	uint64_t key; /* set at creation: nobody outside can aim at one slot */
	/* lock: */
	size_t bytes;
	struct entry *newest, *oldest;
	struct entry *slots[SLOTS];
};

/* A keyed multiply-and-mix over words; equality is decided by the bytes, so only spread matters. */
static uint64_t
hash_of(const struct markdown_cache *cache, struct mc_str text)
{
	uint64_t hash = cache->key ^ (text.len * 0x9e3779b97f4a7c15u);
	uint64_t word;

	for (; text.len >= sizeof(word); text = mc_str_skip(text, sizeof(word))) {
		memcpy(&word, text.ptr, sizeof(word));
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	word = 0;
	if (text.len > 0)
		memcpy(&word, text.ptr, text.len);
	hash = (hash ^ word) * 0xc4ceb9fe1a85ec53u;
	return hash ^ (hash >> 29);
}

struct markdown_cache *
markdown_cache_create(size_t bytes_max)
{
	struct markdown_cache *cache = calloc(1, sizeof(*cache));
	if (cache == NULL)
		return NULL;
	mc_lock_init(&cache->lock, "markdown_cache", MC_LOCK_MARKDOWN_CACHE);
	cache->bytes_max = bytes_max;
	mc_random_bytes(&cache->key, sizeof(cache->key));
	return cache;
}

static size_t
size_of(const struct entry *entry)
{
	return sizeof(*entry) + entry->text_len + entry->html_len;
}

static void
unlink_use(struct markdown_cache *cache, struct entry *entry)
{
	*(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void
link_newest(struct markdown_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

static struct entry *
find(struct markdown_cache *cache, uint64_t hash, struct mc_str text)
{
	mc_lock_assert_held(&cache->lock);
	for (struct entry *entry = cache->slots[hash % SLOTS]; entry != NULL; entry = entry->chain)
		if (entry->hash == hash && entry->text_len == text.len &&
			memcmp(entry->bytes, text.ptr, text.len) == 0)
			return entry;
	return NULL;
}

static void
drop(struct markdown_cache *cache, struct entry *entry)
{
	struct entry **link = &cache->slots[entry->hash % SLOTS];

	while (*link != entry)
		link = &(*link)->chain;
	*link = entry->chain;
	unlink_use(cache, entry);
	cache->bytes -= size_of(entry);
	free(entry);
}

void
markdown_cache_destroy(struct markdown_cache *cache)
{
	if (cache == NULL)
		return;
	mc_lock_take(&cache->lock);
	while (cache->oldest != NULL)
		drop(cache, cache->oldest);
	mc_lock_release(&cache->lock);
	mc_lock_finish(&cache->lock);
	free(cache);
}

static void
remember(struct markdown_cache *cache, uint64_t hash, struct mc_str text, struct mc_str html)
{
	struct entry *entry = malloc(sizeof(*entry) + text.len + html.len);
	/* Remembering is a favour: without memory the answer is the same. */
	if (entry == NULL)
		return;
	entry->hash = hash;
	entry->text_len = text.len;
	entry->html_len = html.len;
	memcpy(entry->bytes, text.ptr, text.len);
	memcpy(entry->bytes + text.len, html.ptr, html.len);

	mc_lock_take(&cache->lock);
	if (size_of(entry) > cache->bytes_max || find(cache, hash, text) != NULL) {
		mc_lock_release(&cache->lock);
		free(entry);
		return;
	}
	cache->bytes += size_of(entry);
	while (cache->bytes > cache->bytes_max)
		drop(cache, cache->oldest);
	entry->chain = cache->slots[hash % SLOTS];
	cache->slots[hash % SLOTS] = entry;
	link_newest(cache, entry);
	mc_lock_release(&cache->lock);
}

static bool
recall(struct markdown_cache *cache, uint64_t hash, struct mc_str text, struct mc_buf *out)
{
	mc_lock_take(&cache->lock);
	struct entry *entry = find(cache, hash, text);
	if (entry != NULL) {
		unlink_use(cache, entry);
		link_newest(cache, entry);
		mc_buf_add(out, (struct mc_str){ entry->bytes + entry->text_len, entry->html_len });
	}
	mc_lock_release(&cache->lock);
	return entry != NULL;
}

bool
markdown_cache_find(struct markdown_cache *cache, struct mc_str text, struct mc_buf *out)
{
	return text.len == 0 || recall(cache, hash_of(cache, text), text, out);
}

enum mc_status
markdown_cache_render(struct markdown_cache *cache, struct mc_str text, struct mc_buf *out)
{
	if (text.len == 0)
		return MC_OK;
	uint64_t hash = hash_of(cache, text);
	if (recall(cache, hash, text, out))
		return mc_buf_ok(out) ? MC_OK : MC_NO_MEMORY;

	struct mc_buf html;
	mc_buf_init(&html, HTML_MAX);
	enum mc_status status = mc_markdown_html(&html, text);
	if (status == MC_OK && !mc_buf_ok(&html))
		status = MC_NO_MEMORY;
	if (status == MC_OK) {
		mc_buf_add(out, mc_buf_str(&html));
		remember(cache, hash, text, mc_buf_str(&html));
		if (!mc_buf_ok(out))
			status = MC_NO_MEMORY;
	}
	mc_buf_finish(&html);
	return status;
}
