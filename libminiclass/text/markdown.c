#include "libminiclass/text/markdown.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include "libminiclass/limits.h"

/*
 * What some input makes cost far more than its length does, measured on 64 KiB of the worst:
 * rows are filled up to their table's width (4 GiB), each cell of a row is found by walking over
 * those before it (5,000 of them: 0.6 s), a reference's URL and title are repeated at
 * each use (300 MiB), each "@" makes the autolinks walk through its paragraph again (0.25 s), each
 * ")" at the end of an address and each "www." in a word through all of that (1 to 2 s), and each
 * "<?" looks for its end in all the rest (0.8 s).
 */
enum {
	NESTING_MAX = 100, /* quotes and list items that a line opens: nobody reads deeper */
	HEADING_SHIFT = 2,
	HEADING_MAX = 6,
	COLUMNS_MAX = 100,
	CELLS_MAX = 20 * 1000, /* 1 µs each */
	REFERENCES_SIZE_MAX = 4 * 1024 * 1024,
	/* With more, addresses stay plain text. */
	AUTOLINK_AT_MAX = 1000,
	AUTOLINK_STEPS_MAX = 4 * 1024 * 1024,
	INSTRUCTIONS_MAX = 1000, /* "<?" */
};

static pthread_once_t registered = PTHREAD_ONCE_INIT;

static void
register_extensions(void)
{
	cmark_gfm_core_extensions_ensure_registered();
}

/* As mc_str_next, with CR as good an end as LF: so it is for cmark. */
static bool
next_line(struct mc_str *rest, struct mc_str *line)
{
	size_t end = 0;

	if (rest->len == 0)
		return false;
	while (end < rest->len && rest->ptr[end] != '\n' && rest->ptr[end] != '\r')
		end++;
	*line = mc_str_first(*rest, end);
	*rest = mc_str_skip(*rest, end + 1);
	return true;
}

/* How many quotes and list items a line opens before its text. */
static size_t
nesting_of(struct mc_str line)
{
	size_t markers = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		bool ends = i + 1 == line.len || line.ptr[i + 1] == ' ' || line.ptr[i + 1] == '\t';
		if (c == '>' || (ends && mc_str_find(MC_STR("-*+.)"), c) < 5))
			markers++;
		else if (c != ' ' && c != '\t' && !(c >= '0' && c <= '9'))
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
	return line.len > 0 && (line.ptr[0] == '-' || line.ptr[0] == '*');
}

/* What may part a table's head from its rows ("|:-:|-"), behind quotes and list items as well. */
static bool
is_table_rule(struct mc_str line)
{
	static const struct mc_str others = MC_STR_INIT("|:- \t\v\f>*+.)");
	bool any = false;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		if (mc_str_find(others, c) == others.len && (c < '0' || c > '9'))
			return false;
		any |= c == '-';
	}
	return any;
}

static size_t
count(struct mc_str text, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == c;
	return n;
}

/* What a text could become, added up over its paragraphs: an empty line ends everything counted. */
struct cost {
	size_t columns, rows, size; /* of this paragraph, were it a table */
	bool rules;                 /* it may be a table: one line has nothing but its rule */
	bool defines;               /* it may define references */
	size_t widest;              /* of all tables until here: columns */
	size_t cells;               /* of all tables until here */
	size_t definition_size;     /* the longest */
};

static void
end_paragraph(struct cost *cost)
{
	if (cost->rules) {
		cost->cells += cost->columns * cost->rows;
		cost->widest = cost->columns > cost->widest ? cost->columns : cost->widest;
	}
	if (cost->defines && cost->size > cost->definition_size)
		cost->definition_size = cost->size;
	cost->columns = cost->rows = cost->size = 0;
	cost->rules = cost->defines = false;
}

static size_t
count_instructions(struct mc_str text)
{
	size_t n = 0;

	for (size_t i = 1; i < text.len; i++)
		n += text.ptr[i - 1] == '<' && text.ptr[i] == '?';
	return n;
}

static bool
is_too_costly(struct mc_str text)
{
	size_t brackets = count(text, '[');
	struct cost cost = { 0 };
	struct mc_str line;

	if (count_instructions(text) > INSTRUCTIONS_MAX)
		return true;
	while (next_line(&text, &line)) {
		if (nesting_of(line) > NESTING_MAX && !is_ruler(line))
			return true;
		if (mc_str_trim(line).len == 0) {
			end_paragraph(&cost);
			continue;
		}
		size_t pipes = count(line, '|');
		cost.columns = pipes > cost.columns ? pipes : cost.columns;
		cost.rows++;
		cost.size += line.len;
		cost.rules |= is_table_rule(line);
		cost.defines |= memmem(line.ptr, line.len, "]:", 2) != NULL;
	}
	end_paragraph(&cost);
	return cost.widest > COLUMNS_MAX + 1 || cost.cells > CELLS_MAX ||
	       cost.definition_size * brackets > REFERENCES_SIZE_MAX;
}

/* The text of an image's description, without its markup. */
static void
add_description(struct mc_buf *buf, cmark_node *image)
{
	cmark_iter *iter = cmark_iter_new(image);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		if (event != CMARK_EVENT_ENTER)
			continue;
		if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
			mc_buf_add_text(buf, cmark_node_get_literal(node));
		else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
			mc_buf_add_char(buf, ' ');
	}
	cmark_iter_free(iter);
}

/*
 * A picture on another server would tell it who reads; a link tells it who asks for it.  Within a
 * link only the description stays: HTML has no links within links.
 */
static bool
replace_image(cmark_node *image, bool within_link)
{
	struct mc_buf description;

	mc_buf_init(&description, MC_POST_BODY_MAX + 1);
	add_description(&description, image);
	/* Without a description it would be a link without a name. */
	if (description.len == 0)
		mc_buf_add_text(&description, cmark_node_get_url(image));
	mc_buf_add_char(&description, '\0');

	cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
	cmark_node *link = within_link ? NULL : cmark_node_new(CMARK_NODE_LINK);
	bool done = mc_buf_ok(&description) && cmark_node_set_literal(text, description.ptr);
	if (link != NULL)
		done = done && cmark_node_set_url(link, cmark_node_get_url(image)) &&
		       cmark_node_set_title(link, cmark_node_get_title(image)) &&
		       cmark_node_append_child(link, text);
	done = done && cmark_node_replace(image, link != NULL ? link : text);
	mc_buf_finish(&description);
	if (done)
		cmark_node_free(image);
	return done;
}

static bool
append_new(cmark_node *parent, cmark_node *child)
{
	if (child != NULL && cmark_node_append_child(parent, child))
		return true;
	cmark_node_free(child);
	return false;
}

/* The lines of it as a paragraph's text. */
static bool
add_lines(cmark_node *paragraph, struct mc_str lines)
{
	struct mc_buf buf;
	struct mc_str line;
	bool done = true;

	mc_buf_init(&buf, MC_POST_BODY_MAX + 1);
	while (done && next_line(&lines, &line)) {
		cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
		mc_buf_clear(&buf);
		mc_buf_add(&buf, line);
		mc_buf_add_char(&buf, '\0');
		done = mc_buf_ok(&buf) && cmark_node_set_literal(text, buf.ptr) &&
		       append_new(paragraph, text);
		if (done && lines.len > 0)
			done = append_new(paragraph, cmark_node_new(CMARK_NODE_SOFTBREAK));
	}
	mc_buf_finish(&buf);
	return done;
}

/*
 * Who writes "1 <x and x> 3" has written no HTML, and who writes HTML in a lesson on it wants it to
 * be read: left out, it would be lost without a word.
 */
static bool
show_html(cmark_node *html)
{
	bool block = cmark_node_get_type(html) == CMARK_NODE_HTML_BLOCK;
	cmark_node *shown = cmark_node_new(block ? CMARK_NODE_PARAGRAPH : CMARK_NODE_TEXT);
	const char *literal = cmark_node_get_literal(html);
	bool done = (block ? add_lines(shown, mc_str_from(literal))
			   : cmark_node_set_literal(shown, literal) != 0) &&
		    cmark_node_replace(html, shown);

	cmark_node_free(done ? html : shown);
	return done;
}

/* cmark takes an autolink within a link for one too. */
static void
unwrap_link(cmark_node *link)
{
	for (cmark_node *child; (child = cmark_node_first_child(link)) != NULL;)
		if (!cmark_node_insert_before(link, child))
			break;
	cmark_node_free(link);
}

/* cmark lets links to data: pass when they say that they are pictures. */
static void
drop_data_url(cmark_node *link)
{
	struct mc_str url = mc_str_from(cmark_node_get_url(link));

	if (mc_str_equal_nocase(mc_str_first(url, 5), MC_STR("data:")))
		cmark_node_set_url(link, "");
}

/* A post stands under the page's own headings, so its first level is the third. */
static void
lower_heading(cmark_node *heading)
{
	int level = cmark_node_get_heading_level(heading) + HEADING_SHIFT;

	cmark_node_set_heading_level(heading, level < HEADING_MAX ? level : HEADING_MAX);
}

/*
 * cmark allows a node to be replaced at its exit, and one that holds no others at once: the
 * iterator is past it then.
 */
static bool
mend(cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;
	size_t links = 0, images = 0; /* that we are in */
	bool done = true;

	while (done && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		size_t step = event == CMARK_EVENT_ENTER ? 1 : (size_t)-1;
		if (type == CMARK_NODE_LINK) {
			links += step;
			drop_data_url(node);
			if (event == CMARK_EVENT_EXIT && links > 0)
				unwrap_link(node);
		} else if (type == CMARK_NODE_IMAGE) {
			images += step;
			drop_data_url(node);
			/* An image within another becomes part of the other's description. */
			if (event == CMARK_EVENT_EXIT && images == 0)
				done = replace_image(node, links > 0);
		} else if (type == CMARK_NODE_HEADING && event == CMARK_EVENT_ENTER) {
			lower_heading(node);
		} else if (type == CMARK_NODE_HTML_INLINE || type == CMARK_NODE_HTML_BLOCK) {
			done = show_html(node);
		}
	}
	cmark_iter_free(iter);
	return done;
}

static bool
is_elsewhere(struct mc_str after_href)
{
	struct mc_str url = mc_str_first(after_href, mc_str_find(after_href, '"'));

	return mc_str_starts_with(url, MC_STR("//")) || mc_str_find(url, ':') < url.len;
}

/* Only cmark itself writes `<a href="` into its output: both characters are escaped in text. */
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

/*
 * How far the search for addresses may walk: from each ")", "." and ":" of a word over all of it.
 */
static size_t
autolink_steps(struct mc_str text)
{
	size_t steps = 0, start = 0, stops = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && (unsigned char)text.ptr[i] > ' ') {
			stops += mc_str_find(MC_STR(").:"), text.ptr[i]) < 3;
			continue;
		}
		steps += stops * (i - start);
		start = i + 1;
		stops = 0;
	}
	return steps;
}

static bool
may_autolink(struct mc_str text)
{
	return count(text, '@') <= AUTOLINK_AT_MAX && autolink_steps(text) <= AUTOLINK_STEPS_MAX;
}

static bool
attach(cmark_parser *parser, const char *name)
{
	cmark_syntax_extension *extension = cmark_find_syntax_extension(name);

	return extension != NULL && cmark_parser_attach_syntax_extension(parser, extension);
}

static cmark_parser *
make_parser(int options, bool with_autolinks)
{
	cmark_parser *parser = cmark_parser_new(options);

	if (parser != NULL && attach(parser, "table") && attach(parser, "strikethrough") &&
		(!with_autolinks || attach(parser, "autolink")))
		return parser;
	cmark_parser_free(parser);
	return NULL;
}

/* NULL: memory is out. The parser is needed until the document is rendered. */
static cmark_node *
parse(struct mc_str text, int options, cmark_parser **parser)
{
	pthread_once(&registered, register_extensions);
	*parser = make_parser(options, may_autolink(text));
	if (*parser == NULL)
		return NULL;
	cmark_parser_feed(*parser, text.ptr, text.len);
	return cmark_parser_finish(*parser);
}

enum mc_status
mc_markdown_html(struct mc_buf *buf, struct mc_str text)
{
	/* Without CMARK_OPT_UNSAFE: dangerous links are left out. */
	int options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS;
	cmark_parser *parser;

	if (text.len > MC_POST_BODY_MAX || is_too_costly(text))
		return MC_TOO_LARGE;
	cmark_node *document = parse(text, options, &parser);
	if (document == NULL)
		return MC_NO_MEMORY;
	char *html = mend(document) ? cmark_render_html(document, options,
					      cmark_parser_get_syntax_extensions(parser))
				    : NULL;
	if (html != NULL)
		add_with_rel(buf, mc_str_from(html));
	free(html);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return html != NULL && mc_buf_ok(buf) ? MC_OK : MC_NO_MEMORY;
}

/* Words of text with one space between. */
static void
add_words(struct mc_buf *buf, struct mc_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c != ' ' && c != '\n' && c != '\t')
			mc_buf_add_char(buf, c);
		else if (buf->len > 0 && buf->ptr[buf->len - 1] != ' ')
			mc_buf_add_char(buf, ' ');
	}
}

enum mc_status
mc_markdown_text(struct mc_buf *buf, struct mc_str text)
{
	int options = CMARK_OPT_VALIDATE_UTF8;
	cmark_parser *parser;

	if (text.len > MC_POST_BODY_MAX || is_too_costly(text))
		return MC_TOO_LARGE;
	cmark_node *document = parse(text, options, &parser);
	if (document == NULL)
		return MC_NO_MEMORY;
	cmark_iter *iter = cmark_iter_new(document);
	while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		if ((type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_CODE_BLOCK) &&
			buf->len > 0)
			add_words(buf, MC_STR(" "));
		if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE ||
			type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_INLINE ||
			type == CMARK_NODE_HTML_BLOCK)
			add_words(buf, mc_str_from(cmark_node_get_literal(node)));
		else if ((type & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK ||
			 type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
			add_words(buf, MC_STR(" "));
	}
	cmark_iter_free(iter);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return mc_buf_ok(buf) ? MC_OK : MC_NO_MEMORY;
}
