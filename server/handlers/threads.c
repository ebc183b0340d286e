#include "server/handlers/threads.h"

#include <stdlib.h>

#include "libminiclass/model/discussion.h"
#include "libminiclass/model/membership.h"
#include "server/ctx.h"
#include "server/handlers/views.h"
#include "server/view.h"

static void
view_thread(struct ctx *ctx, struct json_object *object, const struct mc_thread *thread)
{
	view_int(object, "room", thread->room);
	view_person(object, "student", thread->student_id, thread->student_name);
	view_int(object, "messages", thread->n_messages);
	view_int(object, "unread", thread->n_unread);
	view_time(object, "last_at", thread->last_at);
	if (ctx->json)
		return;
	view_bool(object, "one_message", thread->n_messages == 1);
	if (thread->last_at.us != 0)
		view_time_text(object, "last_text", thread->last_at);
}

enum mc_status
view_recent_threads(struct ctx *ctx)
{
	struct mc_thread *threads;
	size_t n_threads;
	enum mc_status status = mc_thread_recent_take(ctx->db, ctx->arena, &threads, &n_threads);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "threads");
	for (size_t i = 0; i < n_threads; i++) {
		struct json_object *thread = view_item(list);
		view_thread(ctx, thread, &threads[i]);
		struct json_object *discussion = view_object(thread, "discussion");
		view_int(discussion, "id", threads[i].discussion);
		view_text(discussion, "topic", threads[i].topic);
	}
	if (!ctx->json)
		view_bool(ctx->view, "has_threads", n_threads > 0);
	return MC_OK;
}

struct members {
	struct mc_member *list;         /* by name, instructors first */
	const struct mc_member **by_id; /* the same; NULL when n is 0 */
	size_t n;
};

static int
compare_ids(const void *a, const void *b)
{
	const struct mc_member *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static enum mc_status
list_members(struct ctx *ctx, struct members *out)
{
	enum mc_status status = mc_membership_list(
		ctx->db, ctx->arena, ctx->classroom.id, MC_ROLE_NONE, &out->list, &out->n);

	if (status != MC_OK || out->n == 0)
		return status;
	out->by_id = mc_arena_array(ctx->arena, out->n, sizeof(struct mc_member *));
	if (out->by_id == NULL)
		return MC_NO_MEMORY;
	for (size_t i = 0; i < out->n; i++)
		out->by_id[i] = &out->list[i];
	qsort(out->by_id, out->n, sizeof(struct mc_member *), compare_ids);
	return MC_OK;
}

/* NULL: not in the class now. */
static const struct mc_member *
find_member(const struct members *members, mc_user_id id)
{
	const struct mc_member wanted = { .id = id }, *key = &wanted;

	if (members->n == 0)
		return NULL;
	const struct mc_member **found =
		bsearch(&key, members->by_id, members->n, sizeof(struct mc_member *), compare_ids);
	return found == NULL ? NULL : *found;
}

static void
view_namesake(struct json_object *student, const struct members *members, size_t i)
{
	const struct mc_member *list = members->list;

	if (has_namesake(&list->name, sizeof(*list), members->n, i))
		view_text(student, "email", list[i].email);
}

/* The threads that one may read: an instructor all, a student their own.  `members`: none, or all
 * of the class. */
static enum mc_status
view_threads(struct ctx *ctx, mc_discussion_id discussion, const struct members *members)
{
	struct mc_thread *threads;
	size_t n_threads;
	enum mc_status status = mc_thread_list(ctx->db, ctx->arena, ctx->classroom.id, discussion,
		ctx->user.id, ctx->classroom.role, &threads, &n_threads);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "threads");
	for (size_t i = 0; i < n_threads; i++) {
		struct json_object *thread = view_item(list);
		view_thread(ctx, thread, &threads[i]);
		const struct mc_member *student = find_member(members, threads[i].student_id);
		if (student != NULL)
			view_namesake(thread, members, (size_t)(student - members->list));
	}
	return MC_OK;
}

/* Whom an instructor may write to: the students of the class. */
static void
view_students(struct ctx *ctx, const struct members *members)
{
	struct json_object *students = view_array(ctx->view, "students");
	bool any = false;

	for (size_t i = 0; i < members->n; i++) {
		if (members->list[i].role != MC_ROLE_STUDENT)
			continue;
		struct json_object *student = view_item(students);
		view_int(student, "id", members->list[i].id);
		view_text(student, "name", members->list[i].name);
		view_namesake(student, members, i);
		any = true;
	}
	view_bool(ctx->view, "has_students", any);
}

enum mc_status
view_discussion_threads(struct ctx *ctx, mc_discussion_id discussion)
{
	bool chooses = !ctx->json && ctx->classroom.role == MC_ROLE_INSTRUCTOR;
	struct members members = { 0 };
	enum mc_status status = MC_OK;

	if (chooses)
		status = list_members(ctx, &members);
	if (status == MC_OK)
		status = view_threads(ctx, discussion, &members);
	if (status == MC_OK && chooses)
		view_students(ctx, &members);
	return status;
}
