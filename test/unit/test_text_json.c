/* JSON: the grammar of RFC 8259 and nothing else, both ways. */

#include "libminiclass/text/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "test/unit/check.h"
#include "test/unit/json_memory.h"

/* Forty that need no escape. */
#define AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum { DEPTH = 4 };

static enum mc_status
read_text(struct mc_str text, struct json_object **out)
{
	struct mc_error error = { 0 };
	enum mc_status status = mc_json_read(guard_copy(text), DEPTH, out, &error);

	if (status != MC_OK) {
		check_status(status, error.status, "the error's status");
		check_int(true, error.message[0] != '\0', "a refusal says why");
	}
	return status;
}

/* Reads and writes again. */
static void
check_round(struct mc_str in, struct mc_str out)
{
	struct json_object *value = NULL;
	struct mc_buf buf;

	check_status(MC_OK, read_text(in, &value), in.ptr);
	mc_buf_init(&buf, 1000);
	mc_json_write(&buf, value);
	check_str(out, mc_buf_str(&buf), in.ptr);
	mc_buf_finish(&buf);
	json_object_put(value);
}

static void
test_every_kind_of_value_is_read_and_written(void **state)
{
	(void)state;
	check_round(MC_STR("null"), MC_STR("null"));
	check_round(MC_STR(" true "), MC_STR("true"));
	check_round(MC_STR("\t\r\nfalse\n"), MC_STR("false"));
	check_round(MC_STR("\"\""), MC_STR("\"\""));
	check_round(MC_STR("[ ]"), MC_STR("[]"));
	check_round(MC_STR("{ }"), MC_STR("{}"));
	check_round(MC_STR("[1, \"a\" ,null,[true]]"), MC_STR("[1,\"a\",null,[true]]"));
	check_round(MC_STR("{ \"b\" : 1 , \"a\":{\"\":[]} }"), MC_STR("{\"b\":1,\"a\":{\"\":[]}}"));
}

static void
test_numbers_are_those_of_the_grammar(void **state)
{
	static const char *const wrong[] = { "01", "-", "-01", "+1", ".5", "1.", "1.e5", "1e",
		"1e+", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "1 000", "--1", "1e999",
		"-1e999" };
	struct json_object *value = NULL;

	(void)state;
	check_round(MC_STR("0"), MC_STR("0"));
	check_round(MC_STR("-0"), MC_STR("0"));
	check_round(MC_STR("9223372036854775807"), MC_STR("9223372036854775807"));
	check_round(MC_STR("-9223372036854775808"), MC_STR("-9223372036854775808"));
	check_round(MC_STR("0.1"), MC_STR("0.1"));
	check_round(MC_STR("1.0"), MC_STR("1.0"));
	check_round(MC_STR("25E-1"), MC_STR("2.5"));
	check_round(MC_STR("1e300"), MC_STR("1e+300"));
	check_round(MC_STR("0.30000000000000004"), MC_STR("0.30000000000000004"));
	for (size_t i = 0; i < MC_COUNT(wrong); i++)
		check_status(MC_INVALID, read_text(mc_str_from(wrong[i]), &value), wrong[i]);
	/* Above int64 another reader would make something else of it. */
	check_status(MC_INVALID, read_text(MC_STR("9223372036854775808"), &value), "");
	check_status(MC_INVALID, read_text(MC_STR("-9223372036854775809"), &value), "");
}

static void
test_what_the_grammar_does_not_know_is_refused(void **state)
{
	static const struct {
		const char *why;
		struct mc_str text;
	} cases[] = {
		{ "nothing", MC_STR_INIT("") },
		{ "blanks", MC_STR_INIT("  ") },
		{ "two values", MC_STR_INIT("1 2") },
		{ "something behind", MC_STR_INIT("{}x") },
		{ "NUL behind", MC_STR_INIT("{}\0") },
		{ "byte order mark", MC_STR_INIT("\xef\xbb\xbf{}") },
		{ "comment", MC_STR_INIT("/**/{}") },
		{ "comment within", MC_STR_INIT("[1,//x\n2]") },
		{ "trailing comma of an array", MC_STR_INIT("[1,]") },
		{ "trailing comma of an object", MC_STR_INIT("{\"a\":1,}") },
		{ "leading comma", MC_STR_INIT("[,1]") },
		{ "no comma", MC_STR_INIT("[1 2]") },
		{ "no colon", MC_STR_INIT("{\"a\" 1}") },
		{ "no value", MC_STR_INIT("{\"a\":}") },
		{ "key without quotes", MC_STR_INIT("{a:1}") },
		{ "number as a key", MC_STR_INIT("{1:1}") },
		{ "single quotes", MC_STR_INIT("'a'") },
		{ "capitals", MC_STR_INIT("True") },
		{ "cut word", MC_STR_INIT("tru") },
		{ "wrong bracket", MC_STR_INIT("[1}") },
		{ "form feed as a blank", MC_STR_INIT("\f1") },
		{ "not UTF-8", MC_STR_INIT("\"\xff\"") },
		{ "newline in a string", MC_STR_INIT("\"a\nb\"") },
		{ "NUL in a string", MC_STR_INIT("\"a\0b\"") },
		{ "unknown escape", MC_STR_INIT("\"\\x41\"") },
		{ "escaped apostrophe", MC_STR_INIT("\"\\'\"") },
		{ "short \\u", MC_STR_INIT("\"\\u12\"") },
		{ "\\u without digits", MC_STR_INIT("\"\\u+123\"") },
		{ "high half alone", MC_STR_INIT("\"\\ud800\"") },
		{ "high half and a letter", MC_STR_INIT("\"\\ud800a\"") },
		{ "high half twice", MC_STR_INIT("\"\\ud800\\ud800\"") },
		{ "low half alone", MC_STR_INIT("\"\\udc00\"") },
		{ "NUL in a key", MC_STR_INIT("{\"a\\u0000\":1}") },
	};
	struct json_object *value = NULL;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		check_status(MC_INVALID, read_text(cases[i].text, &value), cases[i].why);
		check_int(true, value == NULL, "unchanged");
	}
}

static void
test_a_text_cut_anywhere_is_refused(void **state)
{
	struct mc_str whole = MC_STR("{\"a\":[1.5e3,\"\\u00e4\\n\xc3\xa4\",true,null],\"b\":{}}");
	struct json_object *value = NULL;

	(void)state;
	for (size_t n = 0; n < whole.len; n++)
		check_status(MC_INVALID, read_text(mc_str_first(whole, n), &value), "cut");
	check_status(MC_OK, read_text(whole, &value), "whole");
	json_object_put(value);
}

static void
test_the_same_key_twice_is_refused_however_it_is_spelt(void **state)
{
	struct json_object *value = NULL;

	(void)state;
	check_status(MC_INVALID, read_text(MC_STR("{\"a\":1,\"b\":2,\"a\":1}"), &value), "");
	check_status(MC_INVALID, read_text(MC_STR("{\"a\":1,\"\\u0061\":2}"), &value), "escaped");
	check_round(MC_STR("{\"a\":{\"a\":1},\"A\":2}"), MC_STR("{\"a\":{\"a\":1},\"A\":2}"));
}

static void
test_escapes_become_what_they_stand_for(void **state)
{
	struct json_object *value = NULL;

	(void)state;
	check_status(MC_OK,
		read_text(
			MC_STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E4\\u20ac\\ud83c\\uDF93\\u0000\""),
			&value),
		"");
	check_str(MC_STR("\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x93\0"),
		(struct mc_str){
			json_object_get_string(value), (size_t)json_object_get_string_len(value) },
		"");
	json_object_put(value);
}

static void
test_nesting_keys_and_values_have_their_ceilings(void **state)
{
	struct json_object *value = NULL;
	static char text[64 * 1024];
	size_t n;

	(void)state;
	check_round(MC_STR("[[[[]]]]"), MC_STR("[[[[]]]]"));
	check_status(MC_TOO_LARGE, read_text(MC_STR("[[[[[]]]]]"), &value), "one deeper");
	check_status(MC_TOO_LARGE, read_text(MC_STR("{\"a\":[{\"a\":[{}]}]}"), &value), "mixed");

	memset(text, '[', sizeof(text));
	check_status(MC_TOO_LARGE, read_text((struct mc_str){ text, sizeof(text) }, &value),
		"refused at the fifth, not at the end");

	n = (size_t)snprintf(text, sizeof(text), "{");
	for (int i = 0; i < 257; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s\"%d\":1", i > 0 ? "," : "", i);
	text[n++] = '}';
	check_status(MC_TOO_LARGE, read_text((struct mc_str){ text, n }, &value), "257 keys");

	for (n = 0; n < 30000; n += 3)
		memcpy(text + n, "[],", 3);
	text[0] = '[';
	memcpy(text + 1, "0,", 2);
	text[n - 1] = ']';
	check_status(MC_TOO_LARGE, read_text((struct mc_str){ text, n }, &value), "10,001 values");
}

static void
test_what_is_written_may_stand_in_a_script_element(void **state)
{
	static const struct {
		struct mc_str text, written;
	} cases[] = {
		{ MC_STR_INIT("plain \xc3\xa4"), MC_STR_INIT("\"plain \xc3\xa4\"") },
		{ MC_STR_INIT("\"\\/"), MC_STR_INIT("\"\\\"\\\\/\"") },
		{ MC_STR_INIT("\n\r\t\b\f\0\x1f"),
			MC_STR_INIT("\"\\n\\r\\t\\u0008\\u000c\\u0000\\u001f\"") },
		{ MC_STR_INIT("</script>&<!--"),
			MC_STR_INIT("\"\\u003c/script\\u003e\\u0026\\u003c!--\"") },
		{ MC_STR_INIT("\xe2\x80\xa8\xe2\x80\xa9\xe2\x82\xac\xe2\x80\xaa"),
			MC_STR_INIT("\"\\u2028\\u2029\xe2\x82\xac\xe2\x80\xaa\"") },
		{ MC_STR_INIT("a\xff\xc3(\xe2\x80"),
			MC_STR_INIT("\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\"") },
		{ MC_STR_INIT(""), MC_STR_INIT("\"\"") },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 1000);
		mc_json_write_text(&buf, guard_copy(cases[i].text));
		check_str(cases[i].written, mc_buf_str(&buf), "");
		mc_buf_finish(&buf);
	}
}

static void
test_what_json_cannot_say_is_null(void **state)
{
	double numbers[] = { (double)NAN, (double)INFINITY, -(double)INFINITY };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(numbers); i++) {
		struct json_object *value = json_object_new_double(numbers[i]);
		struct mc_buf buf;
		mc_buf_init(&buf, 100);
		mc_json_write(&buf, value);
		check_str(MC_STR("null"), mc_buf_str(&buf), "");
		mc_buf_finish(&buf);
		json_object_put(value);
	}
}

static void
test_members_are_had_by_name_and_type(void **state)
{
	struct json_object *value = NULL;
	struct mc_str text = MC_STR("as it was");
	int64_t number = -7;

	(void)state;
	check_status(MC_OK,
		read_text(MC_STR("{\"s\":\"a\\u0000b\",\"i\":42,\"d\":1.0,\"n\":null,\"b\":true}"),
			&value),
		"");
	check_int(true, mc_json_text(value, "s", &text), "");
	check_str(MC_STR("a\0b"), text, "with its NUL");
	check_int(true, mc_json_int(value, "i", &number), "");
	check_int(42, number, "");
	static const char *const others[] = { "d", "n", "b", "absent" };
	for (size_t i = 0; i < MC_COUNT(others); i++) {
		check_int(false, mc_json_text(value, others[i], &text), others[i]);
		check_int(false, mc_json_int(value, others[i], &number), others[i]);
	}
	check_int(false, mc_json_text(value, "i", &text), "a number is no text");
	check_int(false, mc_json_int(value, "s", &number), "a text is no number");
	check_str(MC_STR("a\0b"), text, "unchanged");
	check_int(42, number, "unchanged");
	json_object_put(value);
}

static void
test_no_object_has_no_members(void **state)
{
	struct json_object *array = NULL;
	struct mc_str text;
	int64_t number;

	(void)state;
	check_status(MC_OK, read_text(MC_STR("[1]"), &array), "");
	check_int(false, mc_json_text(array, "a", &text), "array");
	check_int(false, mc_json_int(array, "a", &number), "array");
	check_int(false, mc_json_text(NULL, "a", &text), "null");
	check_int(false, mc_json_int(NULL, "a", &number), "null");
	json_object_put(array);
}

static void
test_a_long_list_has_the_ceiling_that_its_reader_names(void **state)
{
	struct json_object *value = NULL;
	struct mc_buf buf;

	(void)state;
	check_status(MC_OK, mc_json_read_long(MC_STR("[1,[2]]"), 2, 4, &value, NULL), "at it");
	json_object_put(value);
	value = NULL;
	check_status(MC_TOO_LARGE, mc_json_read_long(MC_STR("[1,[2]]"), 2, 3, &value, NULL),
		"one above");
	check_int(true, value == NULL, "unchanged");

	/* A request has at most 10,000. */
	mc_buf_init(&buf, 40000);
	mc_buf_add_char(&buf, '[');
	for (int i = 0; i < 10000; i++)
		mc_buf_add(&buf, i == 0 ? MC_STR("1") : MC_STR(",1"));
	mc_buf_add_char(&buf, ']');
	check_status(MC_TOO_LARGE, mc_json_read(mc_buf_str(&buf), 1, &value, NULL), "too many");
	check_status(MC_OK, mc_json_read_long(mc_buf_str(&buf), 1, 10001, &value, NULL), "long");
	json_object_put(value);
	mc_buf_finish(&buf);
}

static void
test_what_must_be_escaped_is_found_wherever_it_stands(void **state)
{
	static const struct {
		char byte;
		const char *escape;
	} cases[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\x1f', "\\u001f" },
		{ '<', "\\u003c" }, { '>', "\\u003e" }, { '&', "\\u0026" } };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		for (size_t at = 0; at < 40; at++) {
			char text[40], wanted[128];
			struct mc_buf buf;
			memset(text, 'a', sizeof(text));
			text[at] = cases[i].byte;
			snprintf(wanted, sizeof(wanted), "\"%.*s%s%.*s\"", (int)at, AS,
				cases[i].escape, (int)(39 - at), AS);
			mc_buf_init(&buf, 1024);
			mc_json_write_text(&buf, guard_copy((struct mc_str){ text, sizeof(text) }));
			check_str(mc_str_from(wanted), mc_buf_str(&buf), wanted);
			mc_buf_finish(&buf);
		}
	}
}

static void
test_what_finds_no_memory_becomes_nothing_else(void **state)
{
	const struct mc_str text =
		MC_STR("{\"a\":[1,-9223372036854775808,2.5,true,false,\"b\",null],\"c\":{}}");
	int n = 0;

	(void)state;
	for (;; n++) {
		struct json_object *value = NULL;
		until_out = n;
		enum mc_status status = read_text(text, &value);
		if (until_out >= 0) {
			check_status(MC_OK, status, "and in the end it is read");
			json_object_put(value);
			break;
		}
		check_status(MC_NO_MEMORY, status, "it is said");
		check_int(true, value == NULL, "nothing comes of it");
	}
	until_out = -1;
	check_int(9 + 9, n, "each value, and each place for one");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_value_is_read_and_written),
		cmocka_unit_test(test_numbers_are_those_of_the_grammar),
		cmocka_unit_test(test_what_the_grammar_does_not_know_is_refused),
		cmocka_unit_test(test_a_text_cut_anywhere_is_refused),
		cmocka_unit_test(test_the_same_key_twice_is_refused_however_it_is_spelt),
		cmocka_unit_test(test_escapes_become_what_they_stand_for),
		cmocka_unit_test(test_nesting_keys_and_values_have_their_ceilings),
		cmocka_unit_test(test_what_is_written_may_stand_in_a_script_element),
		cmocka_unit_test(test_what_json_cannot_say_is_null),
		cmocka_unit_test(test_members_are_had_by_name_and_type),
		cmocka_unit_test(test_no_object_has_no_members),
		cmocka_unit_test(test_a_long_list_has_the_ceiling_that_its_reader_names),
		cmocka_unit_test(test_what_must_be_escaped_is_found_wherever_it_stands),
		cmocka_unit_test(test_what_finds_no_memory_becomes_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
