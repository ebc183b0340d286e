#include "libminiclass/text/markdown.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

enum {
	NESTING_MAX = 100,      /* of quotes and lists: nobody reads deeper */
	TEXT_MAX = 1024 * 1024, /* far above any post: cmark counts in int */
};

static const char *const extensions[] = { "table", "strikethrough", "autolink" };

static pthread_once_t registered = PTHREAD_ONCE_INIT;

static void
register_extensions(void)
{
	cmark_gfm_core_extensions_ensure_registered();
}

/*
 * How deep a line opens quotes and lists before its text: each level is work for every following
 * line, so a page of ">" would cost quadratic time.
 */
static size_t
nesting_of(struct mc_str line)
{
	size_t markers = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		if (c == '>' || c == '-' || c == '*' || c == '+')
			markers++;
		else if (c != ' ' && c != '\t')
			break;
	}
	return markers;
}

/* A ruler ("-----", "* * *") looks like nesting and is none. */
static bool
is_ruler(struct mc_str line)
{
	line = mc_str_trim(line);
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] != line.ptr[0] && line.ptr[i] != ' ' && line.ptr[i] != '\t')
			return false;
	return line.len > 0 && line.ptr[0] != '>';
}

static bool
is_too_deep(struct mc_str text)
{
	struct mc_str line;

	while (mc_str_next(&text, '\n', &line))
		if (nesting_of(line) > NESTING_MAX && !is_ruler(line))
			return true;
	return false;
}

/* A picture on another server would tell it who reads; a link tells it who asks for it. */
static void
image_to_link(cmark_node *image)
{
	cmark_node *link = cmark_node_new(CMARK_NODE_LINK);

	if (link == NULL)
		return;
	cmark_node_set_url(link, cmark_node_get_url(image));
	cmark_node_set_title(link, cmark_node_get_title(image));
	for (cmark_node *child; (child = cmark_node_first_child(image)) != NULL;)
		if (!cmark_node_append_child(link, child))
			break;
	/* An image without a description would be a link without a name. */
	if (cmark_node_first_child(link) == NULL) {
		cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
		cmark_node_set_literal(text, cmark_node_get_url(image));
		cmark_node_append_child(link, text);
	}
	cmark_node_replace(image, link);
	cmark_node_free(image);
}

/* Fills `images` (NULL: only counts), inner ones before those around them. */
static size_t
find_images(cmark_node *document, cmark_node **images)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;
	size_t n = 0;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event != CMARK_EVENT_EXIT || cmark_node_get_type(node) != CMARK_NODE_IMAGE)
			continue;
		if (images != NULL)
			images[n] = node;
		n++;
	}
	cmark_iter_free(iter);
	return n;
}

/* Not while iterating: replacing a node invalidates the iterator. */
static bool
replace_images(cmark_node *document)
{
	size_t n = find_images(document, NULL);

	if (n == 0)
		return true;
	cmark_node **images = calloc(n, sizeof(cmark_node *));
	if (images == NULL)
		return false;
	find_images(document, images);
	for (size_t i = 0; i < n; i++)
		image_to_link(images[i]);
	free(images);
	return true;
}

static bool
is_elsewhere(struct mc_str after_href)
{
	struct mc_str url = mc_str_first(after_href, mc_str_find(after_href, '"'));

	return mc_str_starts_with(url, MC_STR("//")) || mc_str_find(url, ':') < url.len;
}

/* cmark writes a link as `<a href="...": the only way that this text comes into its output, since
 * all else is escaped. */
static void
add_with_rel(struct mc_buf *buf, struct mc_str html)
{
	struct mc_str opening = MC_STR("<a href=\"");

	while (html.len > 0) {
		const char *found = memmem(html.ptr, html.len, opening.ptr, opening.len);
		if (found == NULL)
			break;
		size_t before = (size_t)(found - html.ptr);
		mc_buf_add(buf, mc_str_first(html, before));
		html = mc_str_skip(html, before + opening.len);
		mc_buf_add(buf, is_elsewhere(html)
					? MC_STR("<a rel=\"nofollow noopener noreferrer\" href=\"")
					: opening);
	}
	mc_buf_add(buf, html);
}

static cmark_parser *
make_parser(int options)
{
	cmark_parser *parser = cmark_parser_new(options);

	for (size_t i = 0; parser != NULL && i < MC_COUNT(extensions); i++) {
		cmark_syntax_extension *extension = cmark_find_syntax_extension(extensions[i]);
		if (extension != NULL)
			cmark_parser_attach_syntax_extension(parser, extension);
	}
	return parser;
}

enum mc_status
mc_markdown_html(struct mc_buf *buf, struct mc_str text)
{
	/* Without CMARK_OPT_UNSAFE: raw HTML and dangerous links are left out. */
	int options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS;

	if (text.len > TEXT_MAX || is_too_deep(text))
		return MC_TOO_LARGE;
	pthread_once(&registered, register_extensions);
	cmark_parser *parser = make_parser(options);
	if (parser == NULL)
		return MC_NO_MEMORY;
	cmark_parser_feed(parser, text.ptr, text.len);
	cmark_node *document = cmark_parser_finish(parser);
	char *html = replace_images(document) ? cmark_render_html(document, options,
							cmark_parser_get_syntax_extensions(parser))
					      : NULL;
	if (html != NULL)
		add_with_rel(buf, mc_str_from(html));
	free(html);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return html != NULL && mc_buf_ok(buf) ? MC_OK : MC_NO_MEMORY;
}
