/* What somebody outside writes against libminiclass-dev: CommonMark on a line to HTML. */
#include <libminiclass/limits.h>
#include <libminiclass/text/markdown.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	struct mc_buf html;
	int status = 1;

	mc_buf_init(&html, MC_POST_BODY_MAX);
	if (argc == 2 && mc_markdown_html(&html, mc_str_from(argv[1])) == MC_OK && mc_buf_ok(&html))
		status = printf("%.*s", MC_STR_ARGS(mc_buf_str(&html))) < 0;
	mc_buf_finish(&html);
	return status;
}
