#include "libminiclass/http/forwarded.h"

#include "libminiclass/http/chars_int.h"

static struct mc_str
skip_blanks(struct mc_str text)
{
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = mc_str_skip(text, 1);
	return text;
}

static struct mc_str
take_token(struct mc_str *rest)
{
	size_t n = http_skip(rest->ptr, 0, rest->len, HTTP_TOKEN);
	struct mc_str token = mc_str_first(*rest, n);
	*rest = mc_str_skip(*rest, n);
	return token;
}

/* A token, or a quoted string; nothing that belongs here needs a backslash in it. */
static bool
take_value(struct mc_str *rest, struct mc_str *out)
{
	if (rest->len == 0 || rest->ptr[0] != '"') {
		*out = take_token(rest);
		return out->len > 0;
	}
	*rest = mc_str_skip(*rest, 1);
	size_t end = mc_str_find(*rest, '"');
	*out = mc_str_first(*rest, end);
	if (end == rest->len || mc_str_find(*out, '\\') < out->len)
		return false;
	*rest = mc_str_skip(*rest, end + 1);
	return true;
}

/* "192.0.2.1:80", "[2001:db8::1]:80", "[2001:db8::1]" (section 6): the address. */
static struct mc_str
address_of(struct mc_str node)
{
	if (node.len > 0 && node.ptr[0] == '[') {
		size_t end = mc_str_find(node, ']');
		return end < node.len ? mc_str_first(mc_str_skip(node, 1), end - 1) : MC_STR("");
	}
	return mc_str_first(node, mc_str_find(node, ':'));
}

/* One pair of an element; each name once (section 4). */
static bool
take_pair(struct mc_str *rest, struct mc_forwarded *element)
{
	struct mc_str name = take_token(rest), value;

	if (name.len == 0 || rest->len == 0 || rest->ptr[0] != '=')
		return false;
	*rest = mc_str_skip(*rest, 1);
	if (!take_value(rest, &value))
		return false;
	bool is_for = mc_str_equal_nocase(name, MC_STR("for"));
	bool is_proto = mc_str_equal_nocase(name, MC_STR("proto"));
	if ((is_for && element->node.ptr != NULL) || (is_proto && element->proto.ptr != NULL))
		return false;
	if (is_for)
		element->node = address_of(value);
	if (is_proto)
		element->proto = value;
	return true;
}

/* An element may be empty, as in any list (RFC 9110, 5.6.1). */
static bool
take_element(struct mc_str *rest, struct mc_forwarded *element)
{
	*element = (struct mc_forwarded){ { NULL, 0 }, { NULL, 0 } };
	*rest = skip_blanks(*rest);
	while (rest->len > 0 && rest->ptr[0] != ',') {
		if (!take_pair(rest, element))
			return false;
		*rest = skip_blanks(*rest);
		if (rest->len == 0 || rest->ptr[0] == ',')
			break;
		if (rest->ptr[0] != ';')
			return false;
		*rest = skip_blanks(mc_str_skip(*rest, 1));
	}
	*rest = mc_str_skip(*rest, 1);
	return true;
}

static bool
read_all(const struct mc_field *fields, size_t n_fields, struct mc_forwarded *list, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < n_fields; i++) {
		struct mc_str rest = fields[i].value;
		if (!mc_str_equal_nocase(fields[i].name, MC_STR("Forwarded")))
			continue;
		while (rest.len > 0) {
			struct mc_forwarded element;
			if (*n == MC_FORWARDED_MAX || !take_element(&rest, &element))
				return false;
			if (element.node.ptr != NULL || element.proto.ptr != NULL)
				list[(*n)++] = element;
		}
	}
	return *n > 0;
}

bool
mc_forwarded_client(const struct mc_field *fields, size_t n_fields,
	bool (*trusts)(const void *user, struct mc_str node), const void *user,
	struct mc_forwarded *out)
{
	struct mc_forwarded list[MC_FORWARDED_MAX];
	size_t n;

	if (!read_all(fields, n_fields, list, &n))
		return false;
	while (n > 1 && trusts(user, list[n - 1].node))
		n--;
	*out = list[n - 1];
	return true;
}
