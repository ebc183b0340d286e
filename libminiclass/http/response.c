#include "libminiclass/http/response.h"

#include <assert.h>

#include "libminiclass/http/chars_int.h"
#include "libminiclass/http/status.h"

void
mc_response_begin(struct mc_buf *buf, int status)
{
	assert(status >= 100 && status <= 999);

	char code[] = { (char)('0' + status / 100), (char)('0' + status / 10 % 10),
		(char)('0' + status % 10), ' ' };
	mc_buf_add(buf, MC_STR("HTTP/1.1 "));
	mc_buf_add(buf, (struct mc_str){ code, sizeof(code) });
	mc_buf_add(buf, mc_http_reason(status));
	mc_buf_add(buf, MC_STR("\r\n"));
}

static void
begin_field(struct mc_buf *buf, struct mc_str name)
{
	if (name.len == 0 || !http_all(name, HTTP_TOKEN)) {
		buf->failed = true;
		return;
	}
	mc_buf_add(buf, name);
	mc_buf_add(buf, MC_STR(": "));
}

void
mc_response_field(struct mc_buf *buf, struct mc_str name, struct mc_str value)
{
	if (!http_all(value, HTTP_VALUE)) {
		buf->failed = true;
		return;
	}
	begin_field(buf, name);
	mc_buf_add(buf, value);
	mc_buf_add(buf, MC_STR("\r\n"));
}

void
mc_response_field_int(struct mc_buf *buf, struct mc_str name, int64_t value)
{
	begin_field(buf, name);
	mc_buf_add_int(buf, value);
	mc_buf_add(buf, MC_STR("\r\n"));
}

void
mc_response_end(struct mc_buf *buf)
{
	mc_buf_add(buf, MC_STR("\r\n"));
}
