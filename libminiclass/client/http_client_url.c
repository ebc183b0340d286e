#include "libminiclass/client/http_client_int.h"

#include <stdio.h>
#include <string.h>

#include "libminiclass/http/url.h"
#include "libminiclass/net/tls.h"

static enum mc_status
refuse_url(struct mc_error *error, const char *field, const char *why)
{
	return mc_error_set(error, MC_INVALID, field, "%s", why);
}

static enum mc_status
copy(char *out, size_t size, struct mc_str text, const char *port, struct mc_error *error,
	const char *field)
{
	int n = snprintf(out, size, "%.*s%s", MC_STR_ARGS(text), port);

	return n < 0 || (size_t)n >= size ? refuse_url(error, field, "is too long") : MC_OK;
}

/* Host and port of "host", "host:port", "[::1]"; the port of its scheme where none is said. */
static enum mc_status
read_authority(struct mc_str authority, const char *port, char address[ADDRESS_SIZE],
	struct mc_error *error, const char *field)
{
	if (!mc_authority_is_valid(authority))
		return refuse_url(error, field, "must be like https://class.example.org:8080");
	if (mc_authority_port(authority).len > 0)
		port = "";
	else if (mc_str_ends_with(authority, MC_STR(":")))
		port++;
	return copy(address, ADDRESS_SIZE, authority, port, error, field);
}

/* Takes the scheme off; false when it is another one. */
static bool
take_scheme(struct mc_str *url, struct mc_str scheme)
{
	if (!mc_str_equal_nocase(mc_str_first(*url, scheme.len), scheme))
		return false;
	*url = mc_str_skip(*url, scheme.len);
	if (mc_str_ends_with(*url, MC_STR("/")))
		*url = mc_str_first(*url, url->len - 1);
	return true;
}

enum mc_status
http_client_read_url(struct mc_http_client *client, const struct mc_http_client_options *options,
	struct mc_error *error)
{
	struct mc_str url = mc_str_from(options->url);

	if (mc_str_starts_with(url, MC_STR("unix:"))) {
		(void)snprintf(client->authority, sizeof(client->authority), "localhost");
		return copy(client->address, ADDRESS_SIZE, url, "", error, "server");
	}
	bool secure = take_scheme(&url, MC_STR("https://"));
	if (!secure && !take_scheme(&url, MC_STR("http://")))
		return refuse_url(error, "server", "must begin with http:// or https://");
	if (mc_str_find(url, '/') < url.len)
		return refuse_url(error, "server", "must be an address without a path");

	enum mc_status status =
		read_authority(url, secure ? ":443" : ":80", client->address, error, "server");
	if (status == MC_OK)
		status = copy(client->authority, ADDRESS_SIZE, url, "", error, "server");
	struct mc_str host = mc_authority_host(url);
	if (host.len >= 2 && host.ptr[0] == '[')
		host = mc_str_first(mc_str_skip(host, 1), host.len - 2);
	if (status == MC_OK)
		status = copy(client->host, HOST_SIZE, host, "", error, "server");
	if (status == MC_OK && secure)
		status = mc_tls_client(options->ca_file, &client->tls, error);
	return status;
}

enum mc_status
http_client_read_proxy(struct mc_http_client *client, const char *text, struct mc_error *error)
{
	struct mc_str url = mc_str_from(text);

	if (url.len == 0 || mc_str_starts_with(mc_str_from(client->address), MC_STR("unix:")))
		return MC_OK;
	client->proxied = true;
	/* Where a tunnel leads needs its port. */
	if (client->tls != NULL)
		memcpy(client->authority, client->address, sizeof(client->authority));
	if (!take_scheme(&url, MC_STR("http://")))
		return refuse_url(error, "proxy", "must be like http://proxy.example.org:3128");
	return read_authority(url, ":80", client->address, error, "proxy");
}
