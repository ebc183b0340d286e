#include "server/view.h"

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/http/url.h"

/* Keys are literals that are added once, so json-c need neither copy nor look for them. */
static void
add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
		    JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0)
		json_object_put(value);
}

struct json_object *
view_object(struct json_object *parent, const char *key)
{
	struct json_object *object = json_object_new_object();
	add(parent, key, object);
	return object;
}

struct json_object *
view_array(struct json_object *parent, const char *key)
{
	struct json_object *array = json_object_new_array();
	add(parent, key, array);
	return array;
}

struct json_object *
view_item(struct json_object *array)
{
	struct json_object *item = json_object_new_object();
	json_object_array_add(array, item);
	return item;
}

void
view_text(struct json_object *object, const char *key, struct mc_str text)
{
	add(object, key, json_object_new_string_len(text.len == 0 ? "" : text.ptr, (int)text.len));
}

void
view_int(struct json_object *object, const char *key, int64_t number)
{
	add(object, key, json_object_new_int64(number));
}

void
view_bool(struct json_object *object, const char *key, bool value)
{
	add(object, key, json_object_new_boolean(value));
}

void
view_null(struct json_object *object, const char *key)
{
	add(object, key, NULL);
}

void
view_time(struct json_object *object, const char *key, struct mc_time time)
{
	char text[MC_TIME_RFC3339_SIZE];

	if (time.us == 0) {
		view_null(object, key);
		return;
	}
	mc_time_rfc3339(time, text);
	view_text(object, key, mc_str_from(text));
}

void
view_time_text(struct json_object *object, const char *key, struct mc_time time)
{
	/* "Sun, 06 Nov 1994 08:49:37 GMT": the date is 11 characters from 5, hour and minute 5
	 * from 17. */
	char http[MC_TIME_HTTP_SIZE];
	mc_time_http(time, http);

	char text[] = "06 Nov 1994, 08:49 UTC";
	memcpy(text, http + 5, 11);
	memcpy(text + 13, http + 17, 5);
	view_text(object, key, mc_str_from(text));
}

void
view_until_text(
	struct json_object *object, const char *key, struct mc_time since, struct mc_time time)
{
	char from[MC_TIME_HTTP_SIZE], http[MC_TIME_HTTP_SIZE];
	mc_time_http(since, from);
	mc_time_http(time, http);

	/* The day is the first 16 characters, hour and minute are 5 from 17. */
	if (memcmp(from, http, 16) != 0) {
		view_time_text(object, key, time);
		return;
	}
	char text[] = "08:49 UTC";
	memcpy(text, http + 17, 5);
	view_text(object, key, mc_str_from(text));
}

void
view_person(struct json_object *parent, const char *key, int64_t id, struct mc_str name)
{
	struct json_object *person = view_object(parent, key);
	view_int(person, "id", id);
	view_text(person, "name", name);
}

void
view_texts(struct json_object *object, const char *key, const struct mc_str *texts, size_t n)
{
	struct json_object *array = view_array(object, key);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(
			array, json_object_new_string_len(texts[i].ptr, (int)texts[i].len));
}

void
view_query(struct json_object *object, const char *key, struct mc_str text)
{
	struct mc_buf buf;
	mc_buf_init(&buf, 4096);
	mc_url_escape(&buf, text);
	if (mc_buf_ok(&buf))
		view_text(object, key, mc_buf_str(&buf));
	mc_buf_finish(&buf);
}
