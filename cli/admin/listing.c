#include "cli/admin/listing.h"

#include <inttypes.h>
#include <stdio.h>

#include "libminiclass/db/query.h"
#include "libminiclass/text/json.h"

enum { PAGE_BLOCK = 64 * 1024, PAGE_MAX = 64 << 20, DAY_LENGTH = 10 };

void
listing_row(struct listing *listing)
{
	mc_buf_add_text(&listing->json, listing->n_rows++ > 0 ? ",{" : "{");
}

static void
add_name(struct listing *listing, const char *name)
{
	struct mc_str written = mc_buf_str(&listing->json);

	if (written.len > 0 && written.ptr[written.len - 1] != '{')
		mc_buf_add_char(&listing->json, ',');
	mc_json_write_text(&listing->json, mc_str_from(name));
	mc_buf_add_char(&listing->json, ':');
}

void
listing_text(struct listing *listing, const char *name, struct mc_str value)
{
	add_name(listing, name);
	mc_json_write_text(&listing->json, value);
}

void
listing_int(struct listing *listing, const char *name, int64_t value)
{
	add_name(listing, name);
	mc_buf_add_int(&listing->json, value);
}

void
listing_time(struct listing *listing, const char *name, struct mc_time value)
{
	char text[MC_TIME_RFC3339_SIZE];

	if (value.us == 0) {
		add_name(listing, name);
		mc_buf_add_text(&listing->json, "null");
		return;
	}
	mc_time_rfc3339(value, text);
	listing_text(listing, name, mc_str_from(text));
}

void
listing_row_end(struct listing *listing)
{
	mc_buf_add_char(&listing->json, '}');
}

struct mc_str
listing_time_cell(struct listing *listing, struct mc_time time)
{
	char text[MC_TIME_RFC3339_SIZE];

	if (time.us == 0)
		return MC_STR("-");
	mc_time_rfc3339(time, text);
	struct mc_str cell = mc_arena_copy(listing->page, mc_str_from(text));
	return table_is_for_people() ? mc_str_first(cell, DAY_LENGTH) : cell;
}

struct mc_str
listing_int_cell(struct listing *listing, int64_t value)
{
	return mc_arena_printf(listing->page, "%" PRId64, value);
}

static void
print_json(struct listing *listing)
{
	struct mc_str text = mc_buf_str(&listing->json);

	(void)fwrite(text.ptr, 1, text.len, stdout);
	mc_buf_clear(&listing->json);
}

static enum mc_status
run_pages(struct listing *listing, const struct listing_kind *kind, struct mc_str part)
{
	int64_t after = 0;
	size_t n = 1;

	while (n > 0) {
		enum mc_status status = kind->page(listing, part, &after, &n);
		if (status != MC_OK)
			return status;
		if (!mc_buf_ok(&listing->json))
			return MC_NO_MEMORY;
		print_json(listing);
		mc_arena_reset(listing->page);
		mc_db_forget(listing->admin->db);
	}
	return MC_OK;
}

/* An object that is cut off is none: JSON begins with the first page and ends only when all came.
 */
static enum mc_status
run_kind(struct listing *listing, const struct listing_kind *kind, struct mc_str part)
{
	if (listing->admin->json) {
		mc_buf_addf(&listing->json, "{\"%s\":[", kind->name);
	} else {
		listing->table = table_create(kind->heads, kind->n_heads);
	}
	enum mc_status status = run_pages(listing, kind, part);
	if (listing->admin->json) {
		if (status == MC_OK)
			puts("]}");
		return status;
	}
	/* What came before a failure is printed all the same: the exit status tells. */
	bool is_printed = table_print(listing->table);
	return status == MC_OK && !is_printed ? MC_NO_MEMORY : status;
}

int
listing_run(const struct admin *admin, const struct listing_kind *kind)
{
	struct listing listing = { .admin = admin };
	struct mc_str part;

	int result = admin_text(admin, 0, &part);
	if (result != EXIT_DONE)
		return result;
	listing.page = mc_arena_create(PAGE_BLOCK, PAGE_MAX);
	if (!listing.page)
		return admin_fail(MC_NO_MEMORY, kind->name, "out of memory");
	mc_buf_init(&listing.json, PAGE_MAX);
	enum mc_status status = run_kind(&listing, kind, part);
	mc_buf_finish(&listing.json);
	mc_arena_destroy(listing.page);
	return status == MC_OK ? EXIT_DONE : admin_fail_db(admin, status, kind->name);
}
