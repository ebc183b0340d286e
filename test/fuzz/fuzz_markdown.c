/*
 * Markdown: whatever comes in, out come only the elements and attributes that we know, properly
 * nested, no link within a link, no picture, no dangerous link; not much more than came in.
 */

#include <string.h>

#include "libminiclass/limits.h"
#include "libminiclass/text/markdown.h"
#include "test/fuzz/fuzz.h"

static const char *const elements[] = { "a", "p", "em", "strong", "code", "pre", "blockquote", "ul",
	"ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "del", "table", "thead", "tbody", "tr",
	"th", "td", "hr", "br" };

static const char *const attributes[] = { " href=\"", " title=\"", " rel=\"", " class=\"language-",
	" start=\"", " align=\"" };

static const char *const dangers[] = { "javascript:", "vbscript:", "data:", "file:" };

/* Elements that are open now. */
static struct {
	uint8_t open[MC_POST_BODY_MAX * 4];
	size_t n, links;
} nest;

static bool
take(struct mc_str *rest, const char *text)
{
	if (!mc_str_starts_with(*rest, mc_str_from(text)))
		return false;
	*rest = mc_str_skip(*rest, strlen(text));
	return true;
}

static uint8_t
take_name(struct mc_str *rest)
{
	size_t len = 0;

	while (len < rest->len && strchr(" />", rest->ptr[len]) == NULL)
		len++;
	struct mc_str name = mc_str_first(*rest, len);
	*rest = mc_str_skip(*rest, len);
	for (uint8_t i = 0; i < MC_COUNT(elements); i++)
		if (mc_str_equal(name, mc_str_from(elements[i])))
			return i;
	expect(false, "only elements that we know");
	return 0;
}

static void
check_href(struct mc_str url)
{
	for (size_t i = 0; i < MC_COUNT(dangers); i++)
		expect(!mc_str_equal_nocase(
			       mc_str_first(url, strlen(dangers[i])), mc_str_from(dangers[i])),
			"no dangerous link");
}

static void
take_attribute(struct mc_str *rest)
{
	bool is_href = mc_str_starts_with(*rest, mc_str_from(attributes[0]));
	bool known = false;

	for (size_t i = 0; !known && i < MC_COUNT(attributes); i++)
		known = take(rest, attributes[i]);
	expect(known, "only attributes that we know");
	struct mc_str value = mc_str_first(*rest, mc_str_find(*rest, '"'));
	expect(value.len < rest->len, "a value ends");
	expect(mc_str_find(value, '<') == value.len, "values are escaped");
	if (is_href)
		check_href(value);
	*rest = mc_str_skip(*rest, value.len + 1);
}

/* The "<" is taken. */
static void
take_tag(struct mc_str *rest)
{
	bool closes = take(rest, "/");
	uint8_t element = take_name(rest);
	if (closes) {
		expect(nest.n > 0 && nest.open[--nest.n] == element, "properly nested");
		nest.links -= element == 0;
		expect(take(rest, ">"), "a tag ends");
		return;
	}
	while (mc_str_starts_with(*rest, MC_STR(" ")) && !mc_str_starts_with(*rest, MC_STR(" />")))
		take_attribute(rest);
	if (take(rest, " />"))
		return;
	expect(take(rest, ">"), "a tag ends");
	expect(nest.n < sizeof(nest.open), "nesting is bounded");
	nest.open[nest.n++] = element;
	nest.links += element == 0;
	expect(nest.links <= 1, "no link within a link");
}

static void
check_html(struct mc_str html)
{
	nest.n = nest.links = 0;
	for (;;) {
		html = mc_str_skip(html, mc_str_find(html, '<'));
		if (!take(&html, "<"))
			break;
		take_tag(&html);
	}
	expect(nest.n == 0, "every element ends");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 16 * 1024 * 1024);
	mc_buf_add_text(&buf, "before");
	enum mc_status status = mc_markdown_html(&buf, (struct mc_str){ (const char *)data, size });
	if (status == MC_OK)
		check_html(mc_str_skip(mc_buf_str(&buf), 6));
	else
		expect(buf.len == 6 && status == MC_TOO_LARGE, "all or nothing");
	mc_buf_finish(&buf);
	return 0;
}
