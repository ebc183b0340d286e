#include "libminiclass/http/origin.h"

#include "libminiclass/http/url.h"

static struct mc_str
port_of(struct mc_str scheme, struct mc_str authority)
{
	struct mc_str port = mc_authority_port(authority);

	if (port.len > 0)
		return port;
	return mc_str_equal_nocase(scheme, MC_STR("https")) ? MC_STR("443") : MC_STR("80");
}

bool
mc_origin_split(struct mc_str origin, struct mc_str *scheme, struct mc_str *authority)
{
	size_t colon = mc_str_find(origin, ':');

	*scheme = mc_str_first(origin, colon);
	*authority = mc_str_skip(origin, colon);
	if (!mc_str_starts_with(*authority, MC_STR("://")))
		return false;
	*authority = mc_str_skip(*authority, 3);
	return mc_authority_is_valid(*authority);
}

static bool
origin_is_own(struct mc_str origin, bool vouched, struct mc_str scheme, struct mc_str host)
{
	struct mc_str its_scheme, authority;

	if (vouched && mc_str_equal(origin, MC_STR("null")))
		return true;
	if (!mc_origin_split(origin, &its_scheme, &authority) || !mc_authority_is_valid(host))
		return false;
	if (!vouched && !mc_str_equal_nocase(its_scheme, scheme))
		return false;
	return mc_str_equal_nocase(mc_authority_host(authority), mc_authority_host(host)) &&
	       mc_str_equal(port_of(its_scheme, authority), port_of(its_scheme, host));
}

enum mc_origin
mc_origin_of(
	const struct mc_field *fields, size_t n_fields, struct mc_str scheme, struct mc_str host)
{
	bool vouched = false;
	bool own = false;

	/* First who vouches: the order of the fields must not matter. */
	for (size_t i = 0; i < n_fields; i++) {
		if (!mc_str_equal_nocase(fields[i].name, MC_STR("Sec-Fetch-Site")))
			continue;
		vouched = mc_str_equal(fields[i].value, MC_STR("same-origin")) ||
			  mc_str_equal(fields[i].value, MC_STR("none"));
		if (!vouched)
			return MC_ORIGIN_FOREIGN;
	}
	for (size_t i = 0; i < n_fields; i++) {
		if (!mc_str_equal_nocase(fields[i].name, MC_STR("Origin")))
			continue;
		own = origin_is_own(fields[i].value, vouched, scheme, host);
		if (!own)
			return MC_ORIGIN_FOREIGN;
	}
	return vouched || own ? MC_ORIGIN_OWN : MC_ORIGIN_UNSAID;
}
