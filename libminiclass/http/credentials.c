#include "libminiclass/http/credentials.h"

#include "libminiclass/http/cookie.h"

struct mc_str
mc_credentials_token(const struct mc_request_head *head, bool secure, bool *from_cookie)
{
	struct mc_str value = mc_field_find(head->fields, head->n_fields, MC_STR("Authorization"));
	bool by_bearer = mc_str_equal_nocase(mc_str_first(value, 7), MC_STR("Bearer "));
	struct mc_str token = by_bearer ? mc_str_trim(mc_str_skip(value, 7))
					: mc_cookie_find(head->fields, head->n_fields,
						  mc_cookie_session_name(secure));

	if (from_cookie != NULL)
		*from_cookie = !by_bearer && token.ptr != NULL;
	return token;
}
