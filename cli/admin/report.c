#include "cli/admin/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "libminiclass/db/query.h"
#include "libminiclass/text/json.h"

enum { PAGE_BLOCK = 64 * 1024, PAGE_MAX = 64 << 20, DAY_LENGTH = 10 };

void
report_row(struct report *report)
{
	mc_buf_add_text(&report->json, report->n_rows++ > 0 ? ",{" : "{");
}

static void
add_name(struct report *report, const char *name)
{
	struct mc_str written = mc_buf_str(&report->json);

	if (written.len > 0 && written.ptr[written.len - 1] != '{')
		mc_buf_add_char(&report->json, ',');
	mc_json_write_text(&report->json, mc_str_from(name));
	mc_buf_add_char(&report->json, ':');
}

void
report_text(struct report *report, const char *name, struct mc_str value)
{
	add_name(report, name);
	mc_json_write_text(&report->json, value);
}

void
report_int(struct report *report, const char *name, int64_t value)
{
	add_name(report, name);
	mc_buf_add_int(&report->json, value);
}

void
report_time(struct report *report, const char *name, struct mc_time value)
{
	char text[MC_TIME_RFC3339_SIZE];

	if (value.us == 0) {
		add_name(report, name);
		mc_buf_add_text(&report->json, "null");
		return;
	}
	mc_time_rfc3339(value, text);
	report_text(report, name, mc_str_from(text));
}

void
report_row_end(struct report *report)
{
	mc_buf_add_char(&report->json, '}');
}

struct mc_str
report_time_cell(struct report *report, struct mc_time time)
{
	char text[MC_TIME_RFC3339_SIZE];

	if (time.us == 0)
		return MC_STR("-");
	mc_time_rfc3339(time, text);
	struct mc_str cell = mc_arena_copy(report->page, mc_str_from(text));
	return say_is_terminal() ? mc_str_first(cell, DAY_LENGTH) : cell;
}

struct mc_str
report_int_cell(struct report *report, int64_t value)
{
	return mc_arena_printf(report->page, "%" PRId64, value);
}

static void
print_json(struct report *report)
{
	struct mc_str text = mc_buf_str(&report->json);

	(void)fwrite(text.ptr, 1, text.len, stdout);
	mc_buf_clear(&report->json);
}

static enum mc_status
run_pages(struct report *report, const struct report_kind *kind, struct mc_str part)
{
	int64_t after = 0;
	size_t n = 1;

	while (n > 0) {
		enum mc_status status = kind->page(report, part, &after, &n);
		if (status != MC_OK)
			return status;
		if (!mc_buf_ok(&report->json))
			return MC_NO_MEMORY;
		print_json(report);
		mc_arena_reset(report->page);
		mc_db_forget(report->admin->db);
	}
	return MC_OK;
}

/* An object that is cut off is none: JSON begins with the first page and ends only when all came.
 */
static enum mc_status
run_kind(struct report *report, const struct report_kind *kind, struct mc_str part)
{
	if (report->admin->json) {
		mc_buf_addf(&report->json, "{\"%s\":[", kind->name);
	} else {
		report->table = table_create(kind->heads, kind->n_heads);
	}
	enum mc_status status = run_pages(report, kind, part);
	if (report->admin->json) {
		if (status == MC_OK)
			puts("]}");
		return status;
	}
	/* What came before a failure is printed all the same: the exit status tells. */
	table_print(report->table);
	return status;
}

int
report_run(const struct admin *admin, const struct report_kind *kind)
{
	struct report report = { .admin = admin };
	struct mc_str part;

	int result = admin_text(admin, 0, "TEXT", &part);
	if (result != EXIT_DONE)
		return result;
	report.page = mc_arena_create(PAGE_BLOCK, PAGE_MAX);
	if (!report.page)
		return say_error(MC_NO_MEMORY, kind->name, "out of memory");
	mc_buf_init(&report.json, PAGE_MAX);
	enum mc_status status = run_kind(&report, kind, part);
	mc_buf_finish(&report.json);
	mc_arena_destroy(report.page);
	return status == MC_OK ? EXIT_DONE : admin_fail_db(admin, status, kind->name);
}
