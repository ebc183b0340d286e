#include "libminiclass/http/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "libminiclass/http/chars_int.h"

bool
mc_target_split(struct mc_str text, struct mc_target *out)
{
	if (text.len == 0 || text.ptr[0] != '/' || !http_all(text, HTTP_TARGET))
		return false;

	size_t end = mc_str_find(text, '?');
	out->path = mc_str_first(text, end);
	out->query = (struct mc_str){ NULL, 0 };
	if (end < text.len)
		out->query = (struct mc_str){ text.ptr + end + 1, text.len - end - 1 };
	return true;
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
mc_url_escape(struct mc_buf *buf, struct mc_str text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t clean = 0; /* everything before it is written */

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
		if (is_unreserved(c))
			continue;
		mc_buf_add(buf, (struct mc_str){ text.ptr + clean, i - clean });
		mc_buf_add(buf, (struct mc_str){ escape, sizeof(escape) });
		clean = i + 1;
	}
	mc_buf_add(buf, mc_str_skip(text, clean));
}

bool
mc_url_is_local_path(struct mc_str text)
{
	if (text.len == 0 || text.ptr[0] != '/')
		return false;
	/* A browser reads "//host" and "/\host" as another site. */
	if (text.len > 1 && (text.ptr[1] == '/' || text.ptr[1] == '\\'))
		return false;

	struct mc_str fragment = mc_str_skip(text, mc_str_find(text, '#') + 1);
	struct mc_str rest = mc_str_first(text, mc_str_find(text, '#'));
	return http_all(rest, HTTP_TARGET) && http_all(fragment, HTTP_TARGET);
}

/* Where the host ends: at the port's colon or the end. */
static size_t
host_end(struct mc_str authority)
{
	if (authority.len > 0 && authority.ptr[0] == '[') {
		size_t bracket = mc_str_find(authority, ']');
		return bracket < authority.len ? bracket + 1 : bracket;
	}
	return mc_str_find(authority, ':');
}

struct mc_str
mc_authority_host(struct mc_str authority)
{
	return mc_str_first(authority, host_end(authority));
}

struct mc_str
mc_authority_port(struct mc_str authority)
{
	return mc_str_skip(authority, host_end(authority) + 1);
}

static bool
ip6_is_valid(struct mc_str host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (host.len < 2 || host.ptr[host.len - 1] != ']' || host.len - 2 >= sizeof(text))
		return false;
	memcpy(text, host.ptr + 1, host.len - 2);
	text[host.len - 2] = '\0';
	/* A NUL inside would hide what stands behind it. */
	return strlen(text) == host.len - 2 && inet_pton(AF_INET6, text, &address) == 1;
}

static bool
name_is_valid(struct mc_str host)
{
	for (size_t i = 0; i < host.len; i++) {
		if (!http_is(host.ptr[i], HTTP_HOST))
			return false;
		if (host.ptr[i] != '%')
			continue;
		if (host.len - i < 3 || !http_all((struct mc_str){ host.ptr + i + 1, 2 }, HTTP_HEX))
			return false;
	}
	return host.len > 0;
}

bool
mc_authority_is_valid(struct mc_str authority)
{
	enum { PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };
	struct mc_str host = mc_authority_host(authority);
	struct mc_str port = mc_authority_port(authority);
	unsigned number = 0;

	if (host.len > 0 && host.ptr[0] == '[' ? !ip6_is_valid(host) : !name_is_valid(host))
		return false;
	if (host.len < authority.len && authority.ptr[host.len] != ':')
		return false;
	if (port.len > PORT_DIGITS_MAX || !http_all(port, HTTP_DIGIT))
		return false;
	for (size_t i = 0; i < port.len; i++)
		number = number * 10 + (unsigned)(port.ptr[i] - '0');
	return number <= PORT_MAX;
}
