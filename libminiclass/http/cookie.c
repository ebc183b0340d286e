#include "libminiclass/http/cookie.h"

#include "libminiclass/http/chars_int.h"

struct mc_str
mc_cookie_session_name(bool secure)
{
	return secure ? MC_STR("__Host-mc_session") : MC_STR("mc_session");
}

static struct mc_str
without_quotes(struct mc_str value)
{
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		return (struct mc_str){ value.ptr + 1, value.len - 2 };
	return value;
}

struct mc_str
mc_cookie_find(const struct mc_field *fields, size_t n_fields, struct mc_str name)
{
	static const struct mc_str none = { NULL, 0 };
	struct mc_str found = none;

	for (size_t i = 0; i < n_fields; i++) {
		struct mc_str rest = fields[i].value;
		struct mc_str item;
		if (!mc_str_equal_nocase(fields[i].name, MC_STR("Cookie")))
			continue;
		while (mc_str_next(&rest, ';', &item)) {
			item = http_trim(item);
			size_t equals = mc_str_find(item, '=');
			if (equals == item.len || !mc_str_equal(mc_str_first(item, equals), name))
				continue;
			struct mc_str value = without_quotes(
				(struct mc_str){ item.ptr + equals + 1, item.len - equals - 1 });
			/* Another site on a sibling name can plant a second one: take neither. */
			if (found.ptr != NULL && !mc_str_equal(found, value))
				return none;
			found = value;
		}
	}
	return found;
}

void
mc_cookie_write(
	struct mc_buf *buf, struct mc_str name, struct mc_str value, int64_t max_age_s, bool secure)
{
	if (name.len == 0 || !http_all(name, HTTP_TOKEN) || !http_all(value, HTTP_COOKIE)) {
		buf->failed = true;
		return;
	}
	mc_buf_add(buf, name);
	mc_buf_add_char(buf, '=');
	mc_buf_add(buf, value);
	mc_buf_add(buf, MC_STR("; Path=/; HttpOnly; SameSite=Lax"));
	if (max_age_s >= 0) {
		mc_buf_add(buf, MC_STR("; Max-Age="));
		mc_buf_add_int(buf, max_age_s);
	}
	if (secure)
		mc_buf_add(buf, MC_STR("; Secure"));
}
