#include "libminiclass/http/accept.h"

#include "libminiclass/http/chars_int.h"

enum { QUALITY_MAX = 1000 };

/* qvalue of RFC 9110, 12.4.2: 0 or 1 with up to three decimals, in thousandths; -1 for none. */
static int
read_quality(struct mc_str text)
{
	enum { DECIMALS_MAX = 3 };
	int quality = 0;

	if (text.len == 0 || (text.ptr[0] != '0' && text.ptr[0] != '1'))
		return -1;
	if (text.len > 1 && text.ptr[1] != '.')
		return -1;
	struct mc_str decimals = mc_str_skip(text, 2);
	if (decimals.len > DECIMALS_MAX || !http_all(decimals, HTTP_DIGIT))
		return -1;
	for (size_t i = 0; i < DECIMALS_MAX; i++)
		quality = quality * 10 + (i < decimals.len ? decimals.ptr[i] - '0' : 0);
	if (text.ptr[0] == '1')
		return quality == 0 ? QUALITY_MAX : -1;
	return quality;
}

struct element {
	struct mc_str name; /* the range or coding, without parameters */
	int quality;
	bool narrowed; /* by a parameter other than charset, which only ever says UTF-8 */
};

/* Where the next parameter begins: at a ";" outside of quotes, or the end. */
static size_t
parameter_end(struct mc_str text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			quoted = !quoted;
		else if (text.ptr[i] == '\\' && quoted && i + 1 < text.len)
			i++;
		else if (text.ptr[i] == ';' && !quoted)
			return i;
	}
	return text.len;
}

/* False when it is malformed and so counts as not there. */
static bool
read_element(struct mc_str item, struct element *out)
{
	size_t end = parameter_end(item);

	*out = (struct element){ .name = http_trim(mc_str_first(item, end)),
		.quality = QUALITY_MAX };
	while (end < item.len) {
		item = mc_str_skip(item, end + 1);
		end = parameter_end(item);
		struct mc_str parameter = http_trim(mc_str_first(item, end));
		if (parameter.len == 0)
			continue; /* RFC 9110, 5.6.6 allows nothing between two ";" */
		size_t equals = mc_str_find(parameter, '=');
		struct mc_str name = mc_str_first(parameter, equals);
		if (name.len == 0 || !http_all(name, HTTP_TOKEN) || equals == parameter.len)
			return false;
		if (mc_str_equal_nocase(name, MC_STR("q"))) {
			out->quality = read_quality(mc_str_skip(parameter, equals + 1));
			if (out->quality < 0)
				return false;
		} else if (!mc_str_equal_nocase(name, MC_STR("charset"))) {
			out->narrowed = true;
		}
	}
	return out->name.len > 0;
}

/* How closely a range fits the type: 0 not, 1 by all types, 2 by its subtypes, 3 by name. */
static int
closeness(struct mc_str range, struct mc_str type)
{
	size_t slash = mc_str_find(type, '/');

	if (mc_str_equal_nocase(range, type))
		return 3;
	if (mc_str_equal(range, MC_STR("*/*")))
		return 1;
	if (range.len == slash + 2 && mc_str_ends_with(range, MC_STR("/*")) &&
		mc_str_equal_nocase(mc_str_first(range, slash), mc_str_first(type, slash)))
		return 2;
	return 0;
}

/* The quality of the closest range; *closest says how close that is. */
static int
quality_of(struct mc_str accept, struct mc_str type, int *closest)
{
	struct mc_str item;
	struct element element;
	int quality = 0;

	*closest = 0;
	while (http_list_next(&accept, &item)) {
		if (!read_element(item, &element) || element.narrowed)
			continue;
		int close = closeness(element.name, type);
		if (close > *closest ||
			(close == *closest && element.quality > quality && close > 0))
			quality = element.quality;
		if (close > *closest)
			*closest = close;
	}
	return quality;
}

int
mc_accept_quality(struct mc_str accept, struct mc_str type)
{
	int closest;
	return accept.ptr == NULL ? QUALITY_MAX : quality_of(accept, type, &closest);
}

bool
mc_accept_prefers_json(struct mc_str accept)
{
	int json_closest, html_closest;

	if (accept.ptr == NULL)
		return false;
	int json = quality_of(accept, MC_STR("application/json"), &json_closest);
	int html = quality_of(accept, MC_STR("text/html"), &html_closest);
	/* Many programs name JSON and then accept anything: what is named is what is wanted. */
	return json > html || (json == html && json > 0 && json_closest > html_closest);
}

int
mc_accept_coding_quality(struct mc_str accept_encoding, struct mc_str coding)
{
	struct mc_str item;
	struct element element;
	int quality = 0;
	bool by_name = false;

	while (http_list_next(&accept_encoding, &item)) {
		if (!read_element(item, &element))
			continue;
		if (mc_str_equal_nocase(element.name, coding)) {
			quality = element.quality;
			by_name = true;
		} else if (!by_name && mc_str_equal(element.name, MC_STR("*"))) {
			quality = element.quality;
		}
	}
	return quality;
}

struct mc_str
mc_media_type(struct mc_str content_type)
{
	return http_trim(mc_str_first(content_type, mc_str_find(content_type, ';')));
}
