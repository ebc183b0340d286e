#include "server/view.h"

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/http/url.h"

/* Of the answer that this thread makes just now: a loop leaves one between asking and answering. */
static _Thread_local bool lost;

void
view_begin(void)
{
	lost = false;
}

bool
view_is_whole(void)
{
	return !lost;
}

/* json-c takes NULL for null, and does not take it for an object to add to. */
static struct json_object *
made(struct json_object *value)
{
	lost = lost || value == NULL;
	return value;
}

/* The value, which has found its place or has gone. */
static struct json_object *
placed(bool has_place, struct json_object *value)
{
	if (has_place)
		return value;
	lost = true;
	json_object_put(value);
	return NULL;
}

/* Keys are literals that are added once, so json-c need neither copy nor look for them. */
static struct json_object *
add(struct json_object *object, const char *key, struct json_object *value)
{
	enum { HOW = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY };

	return placed(
		object != NULL && json_object_object_add_ex(object, key, value, HOW) == 0, value);
}

static struct json_object *
append(struct json_object *array, struct json_object *value)
{
	return placed(array != NULL && json_object_array_add(array, value) == 0, value);
}

struct json_object *
view_new(void)
{
	return made(json_object_new_object());
}

struct json_object *
view_new_array(void)
{
	return made(json_object_new_array());
}

void
view_share(struct json_object *object, const char *key, struct json_object *value)
{
	bool is_there = object != NULL && value != NULL;

	json_object_get(value);
	placed(is_there && json_object_object_add(object, key, value) == 0, value);
}

struct json_object *
view_object(struct json_object *parent, const char *key)
{
	return add(parent, key, view_new());
}

struct json_object *
view_array(struct json_object *parent, const char *key)
{
	return add(parent, key, view_new_array());
}

struct json_object *
view_item(struct json_object *array)
{
	return append(array, view_new());
}

static struct json_object *
new_text(struct mc_str text)
{
	return made(json_object_new_string_len(text.len == 0 ? "" : text.ptr, (int)text.len));
}

void
view_text(struct json_object *object, const char *key, struct mc_str text)
{
	add(object, key, new_text(text));
}

void
view_int(struct json_object *object, const char *key, int64_t number)
{
	add(object, key, made(json_object_new_int64(number)));
}

void
view_bool(struct json_object *object, const char *key, bool value)
{
	add(object, key, made(json_object_new_boolean(value)));
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
		append(array, new_text(texts[i]));
}

void
view_query(struct json_object *object, const char *key, struct mc_str text)
{
	struct mc_buf buf;
	mc_buf_init(&buf, 4096);
	mc_url_escape(&buf, text);
	if (mc_buf_ok(&buf))
		view_text(object, key, mc_buf_str(&buf));
	else
		lost = true;
	mc_buf_finish(&buf);
}
