/* Markdown: what a class may write, and what it cannot do to its readers. */

#include "libminiclass/text/markdown.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "libminiclass/limits.h"
#include "test/unit/check.h"

#define REL "rel=\"nofollow noopener noreferrer\" "

static void
check_html(struct mc_str in, struct mc_str out, const char *why)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1024 * 1024);
	check_status(MC_OK, mc_markdown_html(&buf, guard_copy(in)), why);
	check_str(out, mc_buf_str(&buf), why);
	mc_buf_finish(&buf);
}

static void
test_commonmark_and_the_extensions_are_rendered(void **state)
{
	(void)state;
	check_html(MC_STR(""), MC_STR(""), "nothing");
	/* Examples 62, 350, 378, 328, 228, 281, 119 of CommonMark 0.29; headings two levels lower.
	 */
	check_html(MC_STR("# foo\n"), MC_STR("<h3>foo</h3>\n"), "heading");
	check_html(MC_STR("*foo bar*"), MC_STR("<p><em>foo bar</em></p>\n"), "emphasis");
	check_html(MC_STR("**foo bar**"), MC_STR("<p><strong>foo bar</strong></p>\n"), "strong");
	check_html(MC_STR("`foo`"), MC_STR("<p><code>foo</code></p>\n"), "code");
	check_html(MC_STR("> # Foo\n> bar"),
		MC_STR("<blockquote>\n<h3>Foo</h3>\n<p>bar</p>\n</blockquote>\n"), "quote");
	check_html(MC_STR("- foo\n- bar\n+ baz\n"),
		MC_STR("<ul>\n<li>foo</li>\n<li>bar</li>\n</ul>\n<ul>\n<li>baz</li>\n</ul>\n"),
		"lists");
	check_html(MC_STR("```\n<\n >\n```\n"), MC_STR("<pre><code>&lt;\n &gt;\n</code></pre>\n"),
		"fence");
	check_html(MC_STR("~~Hi~~"), MC_STR("<p><del>Hi</del></p>\n"), "strikethrough");
	check_html(MC_STR("| a |\n|---|\n| b |\n"),
		MC_STR("<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</"
		       "td>\n"
		       "</tr>\n</tbody>\n</table>\n"),
		"table");
	check_html(
		MC_STR("1 < 2 & \"3\""), MC_STR("<p>1 &lt; 2 &amp; &quot;3&quot;</p>\n"), "text");
}

static void
check_words(struct mc_str in, struct mc_str out, const char *why)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1024 * 1024);
	check_status(MC_OK, mc_markdown_text(&buf, guard_copy(in)), why);
	check_str(out, mc_str_trim(mc_buf_str(&buf)), why);
	mc_buf_finish(&buf);
}

static void
test_what_is_read_of_it_is_words_on_one_line(void **state)
{
	(void)state;
	check_words(MC_STR(""), MC_STR(""), "nothing");
	check_words(MC_STR("# Title\n\nSome *bold* and `code`,\nnext [line](http://a.example/)"),
		MC_STR("Title Some bold and code, next line"), "markup");
	check_words(MC_STR("- one\n- two\n\n> three"), MC_STR("one two three"), "blocks");
	check_words(MC_STR("a <script>alert(1)</script> b"),
		MC_STR("a <script>alert(1)</script> b"), "HTML");
	check_words(MC_STR("one\n\n<div>\ntwo\n</div>\n\nthree"),
		MC_STR("one <div> two </div> three"), "a block of HTML");
	check_words(MC_STR("1 < 2 & 3"), MC_STR("1 < 2 & 3"), "it is not HTML");
	check_words(MC_STR("| a | b |\n|---|---|\n| c | d |\n"), MC_STR("a b c d"), "table");
}

static void
test_headings_begin_at_the_third_level_and_end_at_the_sixth(void **state)
{
	(void)state;
	check_html(MC_STR("## b"), MC_STR("<h4>b</h4>\n"), "second");
	check_html(MC_STR("#### d"), MC_STR("<h6>d</h6>\n"), "fourth");
	check_html(MC_STR("###### f"), MC_STR("<h6>f</h6>\n"), "sixth");
	check_html(MC_STR("a\n==="), MC_STR("<h3>a</h3>\n"), "underlined");
}

static void
test_what_is_appended_stands_behind_what_was_there(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1000);
	mc_buf_add_text(&buf, "before ");
	check_status(MC_OK, mc_markdown_html(&buf, MC_STR("x")), "");
	check_str(MC_STR("before <p>x</p>\n"), mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_links_elsewhere_tell_nobody_and_links_here_are_plain(void **state)
{
	(void)state;
	check_html(
		MC_STR("[x](/classes/1)"), MC_STR("<p><a href=\"/classes/1\">x</a></p>\n"), "here");
	check_html(MC_STR("[x](#part)"), MC_STR("<p><a href=\"#part\">x</a></p>\n"), "here");
	check_html(MC_STR("[x](https://e.example/ \"t\")"),
		MC_STR("<p><a " REL "href=\"https://e.example/\" title=\"t\">x</a></p>\n"),
		"elsewhere");
	check_html(MC_STR("[x](//e.example/)"),
		MC_STR("<p><a " REL "href=\"//e.example/\">x</a></p>\n"), "without a scheme");
	check_html(MC_STR("www.e.example"),
		MC_STR("<p><a " REL "href=\"http://www.e.example\">www.e.example</a></p>\n"),
		"autolink");
	check_html(MC_STR("[x]\n\n[x]: https://e.example"),
		MC_STR("<p><a " REL "href=\"https://e.example\">x</a></p>\n"), "reference");
}

static void
test_html_is_text_and_nothing_of_it_is_lost(void **state)
{
	(void)state;
	check_html(MC_STR("1 <x and x> 3, a<b>c"),
		MC_STR("<p>1 &lt;x and x&gt; 3, a&lt;b&gt;c</p>\n"), "no HTML was meant");
	check_html(MC_STR("a <script>alert(1)</script>"),
		MC_STR("<p>a &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"), "inline");
	check_html(MC_STR("<div onclick=\"x\">\nb & c\n</div>\n\n*d*"),
		MC_STR("<p>&lt;div onclick=&quot;x&quot;&gt;<br />\nb &amp; c<br />\n"
		       "&lt;/div&gt;</p>\n<p><em>d</em></p>\n"),
		"a block, line by line");
	check_html(MC_STR("<!-- a\n\nb -->"), MC_STR("<p>&lt;!-- a<br />\n<br />\nb --&gt;</p>\n"),
		"a comment");
	check_html(MC_STR("- <p>\n- b"), MC_STR("<ul>\n<li>&lt;p&gt;</li>\n<li>b</li>\n</ul>\n"),
		"in a list");
	check_html(MC_STR("[<b>x</b>](/y)"),
		MC_STR("<p><a href=\"/y\">&lt;b&gt;x&lt;/b&gt;</a></p>\n"), "in a link");
	check_html(MC_STR("![<b>x](/y)"), MC_STR("<p><a href=\"/y\">&lt;b&gt;x</a></p>\n"),
		"in a description");
	check_html(
		MC_STR("`<b>`"), MC_STR("<p><code>&lt;b&gt;</code></p>\n"), "in code it is text");
	check_html(MC_STR("\\<b>"), MC_STR("<p>&lt;b&gt;</p>\n"), "escaped it is text");
	check_html(MC_STR("[a](<x\"><script>)"),
		MC_STR("<p>[a](&lt;x&quot;&gt;&lt;script&gt;)</p>\n"), "out of an attribute");
	check_html(MC_STR("```x\"><script>\n```"),
		MC_STR("<pre><code class=\"language-x&quot;&gt;&lt;script&gt;\"></code></pre>\n"),
		"fence");
}

static void
test_dangerous_links_lead_nowhere(void **state)
{
	static const char *const urls[] = { "javascript:alert(1)", "JAVASCRIPT:alert(1)",
		"vbscript:x", "file:///etc/passwd", "data:text/html,x", "data:image/png;base64,AA",
		"DATA:image/gif,x", "&#106;avascript:x" };
	struct mc_str nowhere = MC_STR("<p><a href=\"\">x</a></p>\n");

	(void)state;
	for (size_t i = 0; i < MC_COUNT(urls); i++) {
		char text[100];
		int n = snprintf(text, sizeof(text), "[x](%s)", urls[i]);
		check_html((struct mc_str){ text, (size_t)n }, nowhere, urls[i]);
		n = snprintf(text, sizeof(text), "![x](%s)", urls[i]);
		check_html((struct mc_str){ text, (size_t)n }, nowhere, urls[i]);
	}
	check_html(MC_STR("[x](java\\script:x)"),
		MC_STR("<p><a " REL "href=\"java%5Cscript:x\">x</a></p>\n"),
		"a scheme of no browser");
}

static void
test_images_become_links_with_their_description(void **state)
{
	(void)state;
	check_html(MC_STR("![a *b* `c`](https://e.example/p.png \"t\")"),
		MC_STR("<p><a " REL "href=\"https://e.example/p.png\" title=\"t\">a b c</a></p>\n"),
		"");
	check_html(
		MC_STR("![](/p.png)"), MC_STR("<p><a href=\"/p.png\">/p.png</a></p>\n"), "without");
	check_html(MC_STR("![<&](/p.png)"), MC_STR("<p><a href=\"/p.png\">&lt;&amp;</a></p>\n"),
		"escaped");
	check_html(MC_STR("![a](x) ![b](y)"),
		MC_STR("<p><a href=\"x\">a</a> <a href=\"y\">b</a></p>\n"), "each");
}

static void
test_links_are_never_within_links(void **state)
{
	(void)state;
	check_html(MC_STR("[![in](p.png) out](x)"), MC_STR("<p><a href=\"x\">in out</a></p>\n"),
		"image in a link");
	check_html(MC_STR("![a ![b](c)](d)"), MC_STR("<p><a href=\"d\">a b</a></p>\n"),
		"image in an image");
	check_html(MC_STR("![a [b](c)](d)"), MC_STR("<p><a href=\"d\">a b</a></p>\n"),
		"link in an image");
	check_html(MC_STR("[<http://e.example>](x)"),
		MC_STR("<p><a href=\"x\">http://e.example</a></p>\n"), "autolink in a link");
}

/* Fills `text` with `piece` up to `size`. */
static size_t
repeat(char *text, size_t at, size_t size, const char *piece)
{
	size_t len = strlen(piece);

	for (; size - at >= len; at += len)
		memcpy(text + at, piece, len);
	return at;
}

static char page[MC_POST_BODY_MAX];

static void
check_too_large(size_t size, const char *why)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1024 * 1024);
	check_status(MC_TOO_LARGE, mc_markdown_html(&buf, (struct mc_str){ page, size }), why);
	check_int(0, buf.len, "nothing appended");
	mc_buf_finish(&buf);
}

static void
test_deep_nesting_is_refused(void **state)
{
	(void)state;
	check_too_large(repeat(page, 0, sizeof(page), ">"), "a page of quotes");
	check_too_large(repeat(page, 0, sizeof(page), "+ "), "a page of lists");
	check_too_large(repeat(page, 0, sizeof(page), "1. "), "a page of numbers");
	page[0] = 'a';
	page[1] = '\r';
	memset(page + 2, '>', 101);
	check_too_large(103, "behind a CR");
}

static void
test_a_table_is_not_filled_up_to_gigabytes(void **state)
{
	(void)state;
	size_t n = repeat(page, 0, 12000, "|a");
	page[n++] = '\n';
	n = repeat(page, n, 24001, "|-");
	page[n++] = '\n';
	check_too_large(repeat(page, n, sizeof(page), "a\n"), "6,000 columns, 20,000 rows");
}

/* A table of so many columns and rows, the head's two lines among them; its size. */
static size_t
table(size_t columns, size_t rows)
{
	size_t n = 0;

	for (size_t row = 0; row < rows; row++) {
		n = repeat(page, n, n + 2 * columns, row == 1 ? "|-" : "|a");
		n = repeat(page, n, n + 2, "|\n");
	}
	return n;
}

static void
test_a_table_has_100_columns_at_most(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1024 * 1024);
	check_status(
		MC_OK, mc_markdown_html(&buf, (struct mc_str){ page, table(100, 150) }), "100");
	check_int(true, memmem(buf.ptr, buf.len, "<td>a</td>", 10) != NULL, "it is a table");
	mc_buf_finish(&buf);
	check_too_large(table(101, 3), "101");
	/* No table, but cells that are looked for before that is known. */
	size_t n = repeat(page, 0, 20000, "|a");
	check_too_large(
		repeat(page, n, n + 5, "\n|-|\n"), "a head of 10,000 cells over a rule of one");
	check_too_large(table(2, 8000), "24,000 cells");
}

static void
test_bars_that_are_no_table_are_not_counted(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1024 * 1024);
	size_t n = repeat(page, 0, 4, "```\n");
	for (int line = 0; line < 200; line++) {
		n = repeat(page, n, n + 300, "|a-");
		n = repeat(page, n, n + 1, "\n");
	}
	check_status(MC_OK, mc_markdown_html(&buf, (struct mc_str){ page, n }), "a drawing");
	mc_buf_finish(&buf);
}

static void
test_a_long_reference_is_not_repeated_for_ever(void **state)
{
	(void)state;
	size_t n = repeat(page, 0, 5, "[a]: ");
	n = repeat(page, n, 20000, "u");
	n = repeat(page, n, n + 2, "\n");
	check_too_large(repeat(page, n, sizeof(page), "[a]"), "15,000 times 20,000 bytes");
}

static void
test_a_ruler_and_an_ordinary_post_are_not_refused(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 4 * 1024 * 1024);
	size_t n = repeat(page, 0, 300, "- ");
	check_status(MC_OK, mc_markdown_html(&buf, (struct mc_str){ page, n }), "a long ruler");
	check_str(MC_STR("<hr />\n"), mc_buf_str(&buf), "a long ruler");
	n = repeat(page, 0, sizeof(page),
		"| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |\n\n> > - [x] **y** "
		"<a@b.example>\n\n");
	check_status(MC_OK, mc_markdown_html(&buf, (struct mc_str){ page, n }), "a full post");
	mc_buf_finish(&buf);
}

/* Of this thread: what else the machine does is not counted. */
static int64_t
processor_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void
test_the_worst_of_64_kib_takes_no_second(void **state)
{
	static const char *const pieces[] = { "*a ", "_a ", "*_* _ ", "[", "![", "[a](", "![](",
		"`", "``a`", "<", "a@", "a@b.", "www.", "http://", "~~a ", "&", "\\", "|a", "- a\n",
		"1. ", "> - ", "\r", "[a]: b\n", "<!--", "a**b", "!", "[[]()" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(pieces); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 16 * 1024 * 1024);
		size_t n = repeat(page, 0, sizeof(page), pieces[i]);
		int64_t start = processor_ms();
		enum mc_status status = mc_markdown_html(&buf, (struct mc_str){ page, n });
		check_int(true, status == MC_OK || status == MC_TOO_LARGE, pieces[i]);
		/* Tens of milliseconds; twenty times that under a sanitizer. */
		check_int(true, processor_ms() - start < 5000, pieces[i]);
		mc_buf_finish(&buf);
	}
}

static void
test_a_mountain_of_brackets_or_addresses_stays_text(void **state)
{
	static const char *const pieces[] = { ")", ").", "a_www.", "(www.", "_http://" };
	struct mc_buf buf;

	(void)state;
	check_html(MC_STR("(see http://e.example/a_(b))"),
		MC_STR("<p>(see <a " REL
		       "href=\"http://e.example/a_(b)\">http://e.example/a_(b)</a>)"
		       "</p>\n"),
		"the last bracket is not the address's");
	for (size_t i = 0; i < MC_COUNT(pieces); i++) {
		size_t n = repeat(page, 0, sizeof(page), pieces[i]);
		memcpy(page, "http://e.example/", 17);
		mc_buf_init(&buf, 16 * 1024 * 1024);
		check_status(MC_OK, mc_markdown_html(&buf, (struct mc_str){ page, n }), pieces[i]);
		check_int(true, memmem(buf.ptr, buf.len, "<a", 2) == NULL, pieces[i]);
		mc_buf_finish(&buf);
	}
}

static void
test_a_mountain_of_instructions_is_refused(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 16 * 1024 * 1024);
	size_t n = repeat(page, 0, sizeof(page), "<?");
	check_status(MC_TOO_LARGE, mc_markdown_html(&buf, (struct mc_str){ page, n }), "");
	mc_buf_finish(&buf);
	check_html(MC_STR("<?php echo 1 ?>"), MC_STR("<p>&lt;?php echo 1 ?&gt;</p>\n"), "one");
}

static void *
render_many(void *argument)
{
	(void)argument;
	for (int i = 0; i < 50; i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 1000);
		if (mc_markdown_html(&buf, MC_STR("| a |\n|---|\n")) != MC_OK ||
			!mc_str_starts_with(mc_buf_str(&buf), MC_STR("<table>")))
			return argument;
		mc_buf_finish(&buf);
	}
	return NULL;
}

static void
test_several_threads_render_at_once(void **state)
{
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		check_int(0, pthread_create(&threads[i], NULL, render_many, threads), "");
	for (size_t i = 0; i < MC_COUNT(threads); i++) {
		pthread_join(threads[i], &failed);
		check_int(true, failed == NULL, "each rendered tables");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, so that registering happens in the threads. */
		cmocka_unit_test(test_several_threads_render_at_once),
		cmocka_unit_test(test_commonmark_and_the_extensions_are_rendered),
		cmocka_unit_test(test_what_is_read_of_it_is_words_on_one_line),
		cmocka_unit_test(test_headings_begin_at_the_third_level_and_end_at_the_sixth),
		cmocka_unit_test(test_what_is_appended_stands_behind_what_was_there),
		cmocka_unit_test(test_links_elsewhere_tell_nobody_and_links_here_are_plain),
		cmocka_unit_test(test_html_is_text_and_nothing_of_it_is_lost),
		cmocka_unit_test(test_dangerous_links_lead_nowhere),
		cmocka_unit_test(test_images_become_links_with_their_description),
		cmocka_unit_test(test_links_are_never_within_links),
		cmocka_unit_test(test_deep_nesting_is_refused),
		cmocka_unit_test(test_a_table_is_not_filled_up_to_gigabytes),
		cmocka_unit_test(test_a_table_has_100_columns_at_most),
		cmocka_unit_test(test_bars_that_are_no_table_are_not_counted),
		cmocka_unit_test(test_a_long_reference_is_not_repeated_for_ever),
		cmocka_unit_test(test_a_ruler_and_an_ordinary_post_are_not_refused),
		cmocka_unit_test(test_the_worst_of_64_kib_takes_no_second),
		cmocka_unit_test(test_a_mountain_of_brackets_or_addresses_stays_text),
		cmocka_unit_test(test_a_mountain_of_instructions_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
