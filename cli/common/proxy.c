#include "cli/common/proxy.h"

#include <stdlib.h>

static bool
is_loopback(struct mc_str host)
{
	return mc_str_equal_nocase(host, MC_STR("localhost")) ||
	       mc_str_starts_with(host, MC_STR("127.")) || mc_str_equal(host, MC_STR("[::1]"));
}

/* NO_PROXY, as most programs read it: names, each with all that is below it, or "*". */
static bool
is_exempt(struct mc_str host)
{
	const char *lower = getenv("no_proxy");
	struct mc_str list = mc_str_from(lower != NULL ? lower : getenv("NO_PROXY")), name;

	while (mc_str_next(&list, ',', &name)) {
		name = mc_str_trim(name);
		if (name.len > 0 && name.ptr[0] == '.')
			name = mc_str_skip(name, 1);
		if (mc_str_equal(name, MC_STR("*")))
			return true;
		if (name.len == 0 || name.len > host.len)
			continue;
		size_t before = host.len - name.len;
		if (mc_str_equal_nocase(mc_str_skip(host, before), name) &&
			(before == 0 || host.ptr[before - 1] == '.'))
			return true;
	}
	return false;
}

const char *
proxy_for(struct mc_str host, bool secure)
{
	if (is_loopback(host) || is_exempt(host))
		return NULL;
	if (!secure)
		return getenv("http_proxy");
	const char *lower = getenv("https_proxy");
	return lower != NULL ? lower : getenv("HTTPS_PROXY");
}
