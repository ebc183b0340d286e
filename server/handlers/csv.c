#include "server/handlers/csv.h"

#include <assert.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/limits.h"
#include "libminiclass/text/csv.h"
#include "server/ctx.h"
#include "server/reply.h"

void
csv_begin(struct csv *csv, struct ctx *ctx, const struct mc_str *names, size_t n_names)
{
	*csv = (struct csv){ .ctx = ctx };
	mc_buf_init(&csv->text, MC_REPLY_SIZE_MAX);
	/* Without this mark Excel reads names as Windows-1252. */
	mc_buf_add(&csv->text, MC_STR("\xef\xbb\xbf"));
	mc_csv_row(&csv->text, names, n_names);
}

void
csv_cell(struct csv *csv, struct mc_str text)
{
	assert(csv->n_cells < CSV_CELLS_MAX);
	csv->cells[csv->n_cells++] = text;
}

void
csv_number(struct csv *csv, int64_t number)
{
	csv_cell(csv, mc_arena_printf(csv->ctx->arena, "%lld", (long long)number));
}

void
csv_yes(struct csv *csv, bool value)
{
	csv_cell(csv, value ? MC_STR("yes") : MC_STR("no"));
}

void
csv_time(struct csv *csv, struct mc_time time)
{
	char text[MC_TIME_RFC3339_SIZE] = "";

	if (time.us != 0)
		mc_time_rfc3339(time, text);
	csv_cell(csv, mc_arena_copy(csv->ctx->arena, mc_str_from(text)));
}

void
csv_end_row(struct csv *csv)
{
	mc_csv_row(&csv->text, csv->cells, csv->n_cells);
	csv->n_cells = 0;
}

enum mc_status
csv_reply(struct csv *csv, struct mc_str file_name)
{
	enum mc_status status = MC_NO_MEMORY;

	if (mc_buf_ok(&csv->text)) {
		reply_field(csv->ctx, MC_STR("Content-Disposition"),
			mc_arena_printf(csv->ctx->arena, "attachment; filename=\"%.*s\"",
				MC_STR_ARGS(file_name)));
		status = reply_bytes(csv->ctx, MC_STR("text/csv; charset=utf-8; header=present"),
			mc_buf_str(&csv->text));
	}
	mc_buf_finish(&csv->text);
	return status;
}
