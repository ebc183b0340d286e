/* CSV rows: quoted as RFC 4180 wants, and no formulas. */

#include "libminiclass/text/csv.h"

#include "test/unit/check.h"

static void
check_cell(struct mc_str cell, struct mc_str written, const char *why)
{
	struct mc_str copy = guard_copy(cell);
	struct mc_buf buf;

	mc_buf_init(&buf, 1000);
	mc_csv_row(&buf, &copy, 1);
	struct mc_str row = mc_buf_str(&buf);
	check_int(true, mc_str_ends_with(row, MC_STR("\r\n")), "CRLF");
	check_str(written, mc_str_first(row, row.len - 2), why);
	mc_buf_finish(&buf);
}

static void
test_a_row_is_cells_commas_and_crlf(void **state)
{
	const struct mc_str cells[] = { MC_STR_INIT("Ada"), MC_STR_INIT(""), MC_STR_INIT("12") };
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1000);
	mc_csv_row(&buf, cells, MC_COUNT(cells));
	mc_csv_row(&buf, cells, 0);
	check_str(MC_STR("Ada,,12\r\n\r\n"), mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_what_would_break_a_row_is_quoted(void **state)
{
	(void)state;
	/* RFC 4180, 2.6 and 2.7. */
	check_cell(MC_STR("a,b"), MC_STR("\"a,b\""), "comma");
	check_cell(MC_STR("say \"hi\""), MC_STR("\"say \"\"hi\"\"\""), "quotes");
	check_cell(MC_STR("\""), MC_STR("\"\"\"\""), "a quote alone");
	check_cell(MC_STR("a\nb"), MC_STR("\"a\nb\""), "newline");
	check_cell(MC_STR("a\r\nb"), MC_STR("\"a\r\nb\""), "CRLF");
	check_cell(MC_STR("a;b"), MC_STR("\"a;b\""), "other countries' comma");
	check_cell(MC_STR(" a b "), MC_STR(" a b "), "blanks are data");
}

static void
test_what_a_spreadsheet_would_execute_gets_an_apostrophe(void **state)
{
	(void)state;
	check_cell(MC_STR("=1+1"), MC_STR("'=1+1"), "=");
	check_cell(MC_STR("+cmd|x"), MC_STR("'+cmd|x"), "+");
	check_cell(MC_STR("-1+1"), MC_STR("'-1+1"), "-");
	check_cell(MC_STR("@SUM(A1)"), MC_STR("'@SUM(A1)"), "@");
	check_cell(MC_STR("\t=1"), MC_STR("\"'\t'=1\""), "tab");
	check_cell(MC_STR("\r=1"), MC_STR("\"'\r'=1\""), "CR");
	check_cell(MC_STR("=HYPERLINK(\"x\",\"y\")"),
		MC_STR("\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""), "with quotes");
	check_cell(MC_STR("\uff1d1+1"), MC_STR("'\uff1d1+1"), "a wide =");
	check_cell(MC_STR("-"), MC_STR("'-"), "a sign alone is no number");
	check_cell(MC_STR("-1.2.3"), MC_STR("'-1.2.3"), "two points are no number");
}

static void
test_a_formula_behind_another_separator_gets_one_too(void **state)
{
	(void)state;
	check_cell(MC_STR("a;=1+1;b"), MC_STR("\"a;'=1+1;b\""), "semicolon");
	check_cell(MC_STR("a\t@x"), MC_STR("\"a\t'@x\""), "tab");
	check_cell(MC_STR("a\n=1"), MC_STR("\"a\n'=1\""), "newline");
	check_cell(MC_STR("a|+cmd"), MC_STR("a|'+cmd"), "bar");
	check_cell(MC_STR("a;\"=1\""), MC_STR("\"a;'\"\"=1\"\"\""), "with a quote between");
	check_cell(MC_STR("a;-3.5;=b"), MC_STR("\"a;-3.5;'=b\""), "a number stays one");
	check_cell(MC_STR("a;b=c"), MC_STR("\"a;b=c\""), "not at the beginning");
}

static void
test_numbers_stay_numbers(void **state)
{
	(void)state;
	check_cell(MC_STR("-3.5"), MC_STR("-3.5"), "");
	check_cell(MC_STR("+7"), MC_STR("+7"), "");
	check_cell(MC_STR("a=b"), MC_STR("a=b"), "only the first character counts");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_is_cells_commas_and_crlf),
		cmocka_unit_test(test_what_would_break_a_row_is_quoted),
		cmocka_unit_test(test_what_a_spreadsheet_would_execute_gets_an_apostrophe),
		cmocka_unit_test(test_a_formula_behind_another_separator_gets_one_too),
		cmocka_unit_test(test_numbers_stay_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
