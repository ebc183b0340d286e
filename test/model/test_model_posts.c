/* Posts and tags against a real PostgreSQL. */

#include "test/model/model.h"

static struct mc_post
publish(struct world *world, const struct mc_classroom *class, const char *body,
	const struct mc_str *tags, size_t n_tags)
{
	struct mc_post_new wanted = { .class_id = class->id,
		.author_id = class->instructor_id,
		.author_name = class->instructor_name,
		.body = mc_str_from(body),
		.tags = tags,
		.n_tags = n_tags };
	struct mc_post post;

	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &post));
	return post;
}

static enum mc_status
find(struct world *world, struct mc_db *db, mc_class_id class_id, mc_post_id post,
	struct mc_post *out)
{
	struct mc_digest session = test_look(db, class_id);

	mc_post_find_ask(db, &session, MC_ROLE_STUDENT, class_id, post);
	return mc_post_find_take(db, world->arena, out);
}

static struct mc_post_page
page(struct world *world, mc_class_id class_id, mc_post_id before, const char *tag, int limit)
{
	struct mc_digest session = test_look(world->db, class_id);
	struct mc_post_page out;

	mc_post_page_ask(world->db, &session, class_id, before, mc_str_from(tag), limit);
	check_status(MC_OK, mc_post_page_take(world->db, world->arena, limit, &out));
	return out;
}

static void
test_a_post_reads_as_it_was_written(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const struct mc_str tags[] = { MC_STR("week 1"), MC_STR("\xc3\xbc"
								"bung") };
	struct mc_post post = publish(world, &class, "Read **chapter 1**.\n", tags, 2);
	struct mc_post_page read = page(world, class.id, 0, NULL, 20);
	struct mc_post found;

	assert_int_equal(1, read.n_posts);
	assert_int_equal(0, read.next);
	check_status(MC_OK, find(world, world->other, class.id, post.id, &found));

	const struct mc_post *const all[] = { &post, &read.posts[0], &found };
	for (size_t i = 0; i < MC_COUNT(all); i++) {
		assert_true(all[i]->id == post.id);
		assert_true(all[i]->class_id == class.id);
		assert_true(all[i]->author_id == class.instructor_id);
		check_text("Ada Lovelace", all[i]->author_name);
		check_text("Read **chapter 1**.\n", all[i]->body);
		assert_int_equal(2, all[i]->n_tags);
		check_text("week 1", all[i]->tags[0]);
		check_text("\xc3\xbc"
			   "bung",
			all[i]->tags[1]);
		assert_true(all[i]->created_at.us == post.created_at.us);
		assert_int_equal(0, all[i]->edited_at.us);
	}
}

static void
test_pages_go_from_the_newest_to_the_first_without_a_gap(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	mc_post_id ids[7];

	for (size_t i = 0; i < MC_COUNT(ids); i++) {
		ids[i] = publish(world, &class, "body", NULL, 0).id;
		(void)publish(world, &other, "elsewhere", NULL, 0);
	}

	size_t left = MC_COUNT(ids);
	mc_post_id before = 0;
	do {
		struct mc_post_page read = page(world, class.id, before, NULL, 3);
		for (size_t i = 0; i < read.n_posts; i++)
			assert_true(read.posts[i].id == ids[--left]);
		before = read.next;
		assert_int_equal(before != 0, left > 0);
	} while (before != 0);
	assert_int_equal(0, left);
}

static void
test_a_page_that_is_just_full_is_the_last(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));

	for (int i = 0; i < 3; i++)
		(void)publish(world, &class, "body", NULL, 0);
	assert_int_equal(0, page(world, class.id, 0, NULL, 3).next);
	assert_true(page(world, class.id, 0, NULL, 2).next != 0);
}

static void
test_a_tag_finds_that_classs_posts_with_that_tag_and_no_others(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	const struct mc_str exam[] = { MC_STR("exam"), MC_STR("week 1") };
	const struct mc_str exams[] = { MC_STR("exams") };
	struct mc_post first = publish(world, &class, "1", exam, 2);
	(void)publish(world, &class, "2", exams, 1);
	(void)publish(world, &other, "3", exam, 1);
	struct mc_post last = publish(world, &class, "4", exam, 1);
	struct mc_post_page read = page(world, class.id, 0, "exam", 20);

	assert_int_equal(2, read.n_posts);
	assert_true(read.posts[0].id == last.id && read.posts[1].id == first.id);
	assert_int_equal(0, page(world, class.id, 0, "", 20).n_posts);
}

static void
test_a_tag_given_twice_is_one(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const struct mc_str tags[] = { MC_STR("a"), MC_STR("b"), MC_STR("a") };
	struct mc_post post = publish(world, &class, "body", tags, 3);

	assert_int_equal(2, post.n_tags);
	check_text("a", post.tags[0]);
	check_text("b", post.tags[1]);
}

static void
test_tags_are_counted_the_most_used_first(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const struct mc_str ab[] = { MC_STR("b"), MC_STR("a") },
			    cb[] = { MC_STR("c"), MC_STR("b") };
	struct mc_tag *tags;
	size_t n;

	(void)publish(world, &class, "1", ab, 2);
	struct mc_post removed = publish(world, &class, "2", cb, 2);
	(void)publish(world, &class, "3", cb, 2);
	check_status(MC_OK, mc_post_remove(world->db, class.id, removed.id, class.instructor_id));

	struct mc_digest session = test_look(world->db, class.id);
	mc_tag_list_ask(world->db, &session, class.id);
	check_status(MC_OK, mc_tag_list_take(world->db, world->arena, &tags, &n));
	assert_int_equal(3, n);
	check_text("b", tags[0].name);
	assert_int_equal(2, tags[0].n_posts);
	check_text("a", tags[1].name);
	assert_int_equal(1, tags[1].n_posts);
	check_text("c", tags[2].name);
	assert_int_equal(1, tags[2].n_posts);
}

static void
test_only_an_instructor_of_that_class_posts(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), former = test_student(world, &class);

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, former, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, former, MC_ROLE_STUDENT,
				    class.instructor_id));
	const mc_user_id refused[] = { student, former, other.instructor_id, test_person(world) };
	for (size_t i = 0; i < MC_COUNT(refused); i++) {
		struct mc_post_new wanted = { .class_id = class.id,
			.author_id = refused[i],
			.body = MC_STR("I am the teacher") };
		struct mc_post post;
		check_status(MC_FORBIDDEN, mc_post_create(world->db, world->arena, &wanted, &post));
	}
	assert_int_equal(0, page(world, class.id, 0, NULL, 20).n_posts);
}

/* Whatever the program says: a row whose author never was an instructor there cannot be. */
static void
test_the_database_itself_refuses_a_students_post(void **state)
{
	static const struct mc_sql insert = {
		"test_insert_post",
		"INSERT INTO mc.post (class_id, author_id, body) VALUES ($1, $2, 'x')",
	};
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);

	check_status(MC_NOT_FOUND, mc_db_run(world->db, &insert, NULL,
					   MC_PARAMS(mc_p_id(class.id), mc_p_id(student))));
	assert_string_equal("post_author", mc_db_constraint(world->db));
}

static void
test_posts_stay_when_their_author_is_demoted_or_leaves(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id bob = test_student(world, &class);
	struct mc_post post = publish(world, &class, "by Ada", NULL, 0);

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, class.instructor_id,
				    MC_ROLE_STUDENT, class.instructor_id));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, class.instructor_id));
	struct mc_post_page read = page(world, class.id, 0, NULL, 20);
	assert_int_equal(1, read.n_posts);
	assert_true(read.posts[0].id == post.id);
	check_text("Ada Lovelace", read.posts[0].author_name);
}

static void
test_the_same_client_id_is_the_same_post(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, class.instructor_id);
	const struct mc_str tags[] = { MC_STR("a") };
	struct mc_post_new wanted = { .class_id = class.id,
		.author_id = class.instructor_id,
		.body = MC_STR("first"),
		.tags = tags,
		.n_tags = 1,
		.client_id = MC_STR("form-1") };
	struct mc_post first, again, elsewhere;

	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &first));
	wanted.body = MC_STR("second");
	wanted.n_tags = 0;
	check_status(MC_OK, mc_post_create(world->other, world->arena, &wanted, &again));
	assert_true(again.id == first.id);
	check_text("first", again.body);
	assert_int_equal(1, again.n_tags);
	assert_int_equal(1, page(world, class.id, 0, NULL, 20).n_posts);

	wanted.class_id = other.id;
	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &elsewhere));
	assert_true(elsewhere.id != first.id);
}

static void
test_what_was_removed_does_not_come_back_by_its_client_id(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_post_new wanted = { .class_id = class.id,
		.author_id = class.instructor_id,
		.body = MC_STR("taken back"),
		.client_id = MC_STR("form-1") };
	struct mc_post post;

	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &post));
	check_status(MC_OK, mc_post_remove(world->db, class.id, post.id, class.instructor_id));
	wanted.body = MC_STR("said anew");
	for (int i = 0; i < 2; i++)
		check_status(
			MC_CONFLICT, mc_post_create(world->other, world->arena, &wanted, &post));
	assert_int_equal(0, page(world, class.id, 0, NULL, 20).n_posts);
	wanted.client_id = MC_STR("form-2");
	check_status(MC_OK, mc_post_create(world->other, world->arena, &wanted, &post));
	check_text("said anew", post.body);
}

static void
test_an_edited_post_says_so_and_moves_between_tags(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const struct mc_str old[] = { MC_STR("old") }, new[] = { MC_STR("new") };
	struct mc_post post = publish(world, &class, "before", old, 1), found;

	check_status(MC_OK, mc_post_edit(world->db, class.id, post.id, class.instructor_id,
				    MC_STR("after"), new, 1, (struct mc_time){ 0 }));
	check_status(MC_OK, find(world, world->other, class.id, post.id, &found));
	check_text("after", found.body);
	check_text("new", found.tags[0]);
	assert_true(found.edited_at.us >= found.created_at.us);
	assert_int_equal(0, page(world, class.id, 0, "old", 20).n_posts);
	assert_int_equal(1, page(world, class.id, 0, "new", 20).n_posts);
}

static void
test_of_two_who_edit_what_they_saw_the_second_is_told(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_post post = publish(world, &class, "before", NULL, 0), found;

	check_status(MC_OK, mc_post_edit(world->db, class.id, post.id, class.instructor_id,
				    MC_STR("first"), NULL, 0, post.created_at));
	check_status(MC_CONFLICT, mc_post_edit(world->other, class.id, post.id, class.instructor_id,
					  MC_STR("second"), NULL, 0, post.created_at));
	check_status(MC_OK, find(world, world->db, class.id, post.id, &found));
	check_text("first", found.body);
	check_status(MC_OK, mc_post_edit(world->other, class.id, post.id, class.instructor_id,
				    MC_STR("second"), NULL, 0, found.edited_at));
}

static void
test_a_removed_post_is_in_no_list_and_cannot_be_edited(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const struct mc_str tags[] = { MC_STR("t") };
	struct mc_post post = publish(world, &class, "body", tags, 1), found;

	check_status(MC_OK, mc_post_remove(world->db, class.id, post.id, class.instructor_id));
	assert_int_equal(0, page(world, class.id, 0, NULL, 20).n_posts);
	assert_int_equal(0, page(world, class.id, 0, "t", 20).n_posts);
	check_status(MC_NOT_FOUND, find(world, world->db, class.id, post.id, &found));
	check_status(MC_NOT_FOUND, mc_post_edit(world->db, class.id, post.id, class.instructor_id,
					   MC_STR("x"), NULL, 0, (struct mc_time){ 0 }));
	check_status(
		MC_NOT_FOUND, mc_post_remove(world->db, class.id, post.id, class.instructor_id));
}

static void
test_a_post_is_found_under_its_own_class_only(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_post post = publish(world, &class, "body", NULL, 0), found;

	check_status(MC_NOT_FOUND, find(world, world->db, other.id, post.id, &found));
	check_status(MC_NOT_FOUND, mc_post_edit(world->db, other.id, post.id, other.instructor_id,
					   MC_STR("x"), NULL, 0, (struct mc_time){ 0 }));
	check_status(
		MC_NOT_FOUND, mc_post_remove(world->db, other.id, post.id, other.instructor_id));
}

static void
test_the_limits_of_a_post_hold_in_the_database(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	char *body = mc_arena_alloc(world->arena, 65538);
	struct mc_str many[11];
	struct mc_post post;

	memset(body, 'x', 65537);
	for (size_t i = 0; i < MC_COUNT(many); i++)
		many[i] = mc_arena_printf(world->arena, "%zu", i);
	struct mc_str full = { body, 50 }, long_tag = { body, 51 }, empty = { "", 0 };
	const struct {
		enum mc_status status;
		struct mc_str body;
		const struct mc_str *tags;
		size_t n_tags;
	} cases[] = {
		{ MC_OK, { body, 65536 }, many, 10 },
		{ MC_INVALID, { body, 65537 }, NULL, 0 },
		{ MC_INVALID, { "", 0 }, NULL, 0 },
		{ MC_INVALID, { "x", 1 }, many, 11 },
		{ MC_OK, { "x", 1 }, &full, 1 },
		{ MC_INVALID, { "x", 1 }, &long_tag, 1 },
		{ MC_INVALID, { "x", 1 }, &empty, 1 },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_post_new wanted = { .class_id = class.id,
			.author_id = class.instructor_id,
			.body = cases[i].body,
			.tags = cases[i].tags,
			.n_tags = cases[i].n_tags };
		check_status(
			cases[i].status, mc_post_create(world->db, world->arena, &wanted, &post));
	}
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_a_post_reads_as_it_was_written),
		with_world(test_pages_go_from_the_newest_to_the_first_without_a_gap),
		with_world(test_a_page_that_is_just_full_is_the_last),
		with_world(test_a_tag_finds_that_classs_posts_with_that_tag_and_no_others),
		with_world(test_a_tag_given_twice_is_one),
		with_world(test_tags_are_counted_the_most_used_first),
		with_world(test_only_an_instructor_of_that_class_posts),
		with_world(test_the_database_itself_refuses_a_students_post),
		with_world(test_posts_stay_when_their_author_is_demoted_or_leaves),
		with_world(test_the_same_client_id_is_the_same_post),
		with_world(test_what_was_removed_does_not_come_back_by_its_client_id),
		with_world(test_an_edited_post_says_so_and_moves_between_tags),
		with_world(test_of_two_who_edit_what_they_saw_the_second_is_told),
		with_world(test_a_removed_post_is_in_no_list_and_cannot_be_edited),
		with_world(test_a_post_is_found_under_its_own_class_only),
		with_world(test_the_limits_of_a_post_hold_in_the_database),
	};
	return cmocka_run_group_tests_name("model/posts", tests, NULL, NULL);
}
