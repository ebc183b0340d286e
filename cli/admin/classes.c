/* classes - all classes of the school. */

#include "cli/admin/admin.h"
#include "cli/admin/report.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/operator.h"

static void
add_class(struct report *report, const struct mc_class_summary *class)
{
	if (report->table) {
		table_add(report->table,
			(const struct mc_str[]){ report_int_cell(report, class->id), class->name,
				class->instructors, report_int_cell(report, class->n_members),
				report_int_cell(report, class->n_posts),
				report_time_cell(report, class->created_at) });
		return;
	}
	report_row(report);
	report_int(report, "id", class->id);
	report_text(report, "name", class->name);
	report_text(report, "instructors", class->instructors);
	report_int(report, "members", class->n_members);
	report_int(report, "posts", class->n_posts);
	report_time(report, "created_at", class->created_at);
	report_row_end(report);
}

static enum mc_status
add_page(struct report *report, struct mc_str part, int64_t *after, size_t *n)
{
	struct mc_class_summary *classes;

	enum mc_status status =
		mc_operator_classes(report->admin->db, report->page, part, *after, &classes, n);
	for (size_t i = 0; status == MC_OK && i < *n; i++) {
		add_class(report, &classes[i]);
		*after = classes[i].id;
	}
	return status;
}

int
classes_list(struct admin *admin)
{
	static const char *const heads[] = { "ID", "NAME", "INSTRUCTORS", "MEMBERS", "POSTS",
		"CREATED" };
	static const struct report_kind kind = { "classes", heads, MC_COUNT(heads), add_page };

	return report_run(admin, &kind);
}
