/* classes - all classes of the school. */

#include "cli/admin/admin.h"
#include "cli/admin/listing.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/operator.h"

static void
add_class(struct listing *listing, const struct mc_class_summary *class)
{
	if (listing->table) {
		table_add(listing->table,
			(const struct mc_str[]){ listing_int_cell(listing, class->id), class->name,
				class->instructors, listing_int_cell(listing, class->n_members),
				listing_int_cell(listing, class->n_posts),
				listing_time_cell(listing, class->created_at) });
		return;
	}
	listing_row(listing);
	listing_int(listing, "id", class->id);
	listing_text(listing, "name", class->name);
	listing_text(listing, "instructors", class->instructors);
	listing_int(listing, "members", class->n_members);
	listing_int(listing, "posts", class->n_posts);
	listing_time(listing, "created_at", class->created_at);
	listing_row_end(listing);
}

static enum mc_status
add_page(struct listing *listing, struct mc_str part, int64_t *after, size_t *n)
{
	struct mc_class_summary *classes;

	enum mc_status status =
		mc_operator_classes(listing->admin->db, listing->page, part, *after, &classes, n);
	for (size_t i = 0; status == MC_OK && i < *n; i++) {
		add_class(listing, &classes[i]);
		*after = classes[i].id;
	}
	return status;
}

int
classes_list(struct admin *admin)
{
	static const char *const heads[] = { "ID", "NAME", "INSTRUCTORS", "MEMBERS", "POSTS",
		"CREATED" };
	static const struct listing_kind kind = { "classes", heads, MC_COUNT(heads), add_page };

	return listing_run(admin, &kind);
}
