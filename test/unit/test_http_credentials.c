/* Who a request says it comes from. */

#include "libminiclass/http/credentials.h"

#include "test/unit/check.h"

/* HTTP.md, CHAT.md: Who you are. */
static void
test_a_bearer_token_goes_before_the_cookie(void **state)
{
	/* clang-format off */
	static const struct {
		const char *authorization, *cookie, *token;
		bool from_cookie;
	} cases[] = {
		{ "Bearer abc", "a=b", "abc", false },
		{ "bearer  abc ", "mc_session=def", "abc", false },
		{ "Bearer ", "mc_session=def", "", false },
		{ "Bearerabc", "mc_session=def", "def", true },
		{ "Basic YTpi", "mc_session=def", "def", true },
		{ "", "mc_session=def", "def", true },
		{ "", "a=b", NULL, false },
		{ "", "__Host-mc_session=def", NULL, false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_request_head head = { .n_fields = 2 };
		head.fields[0] =
			(struct mc_field){ MC_STR("Cookie"), mc_str_from(cases[i].cookie) };
		head.fields[1] = (struct mc_field){ MC_STR("authorization"),
			mc_str_from(cases[i].authorization) };
		bool from_cookie = !cases[i].from_cookie;
		struct mc_str token = mc_credentials_token(&head, false, &from_cookie);
		check_int(cases[i].token == NULL, token.ptr == NULL, cases[i].cookie);
		check_str(mc_str_from(cases[i].token), token, cases[i].authorization);
		check_int(cases[i].from_cookie, from_cookie, cases[i].cookie);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bearer_token_goes_before_the_cookie),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
