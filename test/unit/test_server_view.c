/* The model of an answer: what finds no memory is noticed, and nothing is added to what is not
 * there. */

#include "server/view.h"

#include <stdio.h>

#include "test/unit/check.h"
#include "test/unit/json_memory.h"

/* Something of each kind; false: the view says that it is not whole. */
static bool
make(char *text, size_t size)
{
	static const struct mc_str tags[] = { MC_STR_INIT("exam"), MC_STR_INIT("") };
	view_begin();
	object shared = view_new_array(), view = view_new();

	view_text(view_item(shared), "field", MC_STR("body"));
	object classroom = view_object(view, "class");
	view_int(classroom, "id", 5);
	view_bool(classroom, "live", true);
	view_null(classroom, "ended_at");
	view_texts(classroom, "tags", tags, MC_COUNT(tags));
	view_query(classroom, "query", MC_STR("a b"));
	view_time(classroom, "at", (struct mc_time){ 1 });
	view_person(view_item(view_array(view, "people")), "from", 7, MC_STR("Ada"));
	view_share(view, "errors", shared);
	view_share(view, "errors", shared);
	snprintf(text, size, "%s", json_object_to_json_string_ext(view, JSON_C_TO_STRING_PLAIN));
	json_object_put(view);
	json_object_put(shared);
	return view_is_whole();
}

static void
test_what_finds_no_memory_is_noticed_whatever_it_is(void **state)
{
	char text[512];
	int n = 0;

	(void)state;
	for (;; n++) {
		until_out = n;
		bool whole = make(text, sizeof(text));
		if (until_out >= 0)
			break;
		check_int(false, whole, text);
		view_begin();
		check_int(true, view_is_whole(), "another answer");
	}
	check_int(true, n > 30, "each was tried");
	check_str(MC_STR("{\"class\":{\"id\":5,\"live\":true,\"ended_at\":null,\"tags\":[\"exam\","
			 "\"\"],"
			 "\"query\":\"a%20b\",\"at\":\"1970-01-01T00:00:00.000001Z\"},"
			 "\"people\":[{\"from\":{\"id\":7,\"name\":\"Ada\"}}],"
			 "\"errors\":[{\"field\":\"body\"}]}"),
		mc_str_from(text), "and in the end it is all there");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_finds_no_memory_is_noticed_whatever_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
