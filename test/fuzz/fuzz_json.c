/*
 * JSON: what is read must be written so that it reads back the same, by us and by json-c, and may
 * stand in a script element; what json-c's strict parser refuses must not be read.
 */

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/utf8.h"
#include "libminiclass/text/json.h"
#include "test/fuzz/fuzz.h"

enum { DEPTH = 8 };

static void
check_text(struct mc_str text)
{
	expect(mc_utf8_is_valid(text), "what is written is UTF-8");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		expect(c >= 0x20 && c != '<' && c != '>' && c != '&', "it may stand in a script");
	}
	expect(memmem(text.ptr, text.len, "\xe2\x80\xa8", 3) == NULL, "no U+2028");
}

static struct json_object *
read_strictly(struct mc_str text)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH + 1);
	struct json_object *value;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	value = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
	/* A number could go on, says json-c, until it sees the end. */
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		value = json_tokener_parse_ex(tokener, "", 1);
	expect(json_tokener_get_error(tokener) == json_tokener_success, "json-c reads it too");
	json_tokener_free(tokener);
	return value;
}

static void
check_value(struct json_object *value, struct mc_str in)
{
	struct json_object *theirs = read_strictly(in), *again = NULL;
	struct mc_buf buf;

	expect(json_object_equal(value, theirs), "json-c reads the same");
	mc_buf_init(&buf, 1024 * 1024 * 16);
	mc_json_write(&buf, value);
	expect(mc_buf_ok(&buf), "it can be written");
	check_text(mc_buf_str(&buf));
	expect(mc_json_read(mc_buf_str(&buf), DEPTH, &again, NULL) == MC_OK, "it reads back");
	expect(json_object_equal(value, again), "it reads back the same");
	json_object_put(theirs);
	json_object_put(again);
	mc_buf_finish(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_str in = { (const char *)data, size };
	struct json_object *value = NULL;
	struct mc_error error = { 0 };
	struct mc_buf buf;

	enum mc_status status = mc_json_read(in, DEPTH, &value, &error);
	if (status == MC_OK) {
		check_value(value, in);
		json_object_put(value);
	} else {
		expect(value == NULL, "a refusal leaves the output alone");
		expect(error.status == status && error.message[0] != '\0', "a refusal says why");
	}

	mc_buf_init(&buf, 8 * size + 16);
	mc_json_write_text(&buf, in);
	expect(mc_buf_ok(&buf), "a string grows at most sixfold");
	check_text(mc_buf_str(&buf));
	expect(mc_json_read(mc_buf_str(&buf), DEPTH, &value, NULL) == MC_OK, "it is a string");
	json_object_put(value);
	mc_buf_finish(&buf);
	return 0;
}
