/*
 * json_memory - json-c without memory from some call on: the linker gives a test these instead of
 * json-c's own (JSON_MEMORY in the Makefile).
 */
#ifndef TEST_UNIT_JSON_MEMORY_H
#define TEST_UNIT_JSON_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

static int until_out = -1; /* so much is given before what is not; -1: all is */

static bool
is_out(void)
{
	return until_out >= 0 && until_out-- == 0;
}

#define GIVES(result, failure, name, parameters, arguments)                                        \
	result __real_##name parameters;                                                           \
	result __wrap_##name parameters;                                                           \
	result __wrap_##name parameters                                                            \
	{                                                                                          \
		return is_out() ? (failure) : __real_##name arguments;                             \
	}

typedef struct json_object *object;

GIVES(object, NULL, json_object_new_object, (void), ())
GIVES(object, NULL, json_object_new_array, (void), ())
GIVES(object, NULL, json_object_new_string_len, (const char *text, int size), (text, size))
GIVES(object, NULL, json_object_new_int64, (int64_t number), (number))
GIVES(object, NULL, json_object_new_double, (double number), (number))
GIVES(object, NULL, json_object_new_boolean, (json_bool value), (value))
GIVES(int, -1, json_object_object_add, (object to, const char *key, object value), (to, key, value))
GIVES(int, -1, json_object_object_add_ex, (object to, const char *key, object value, unsigned how),
	(to, key, value, how))
GIVES(int, -1, json_object_array_add, (object to, object value), (to, value))

#undef GIVES

#endif
