#include "server/form.h"

#include <stdarg.h>
#include <stdio.h>

#include <json-c/json.h>

#include "libminiclass/base/utf8.h"
#include "libminiclass/crypt/base64.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/http/accept.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/user.h"
#include "libminiclass/text/json.h"
#include "server/ctx.h"
#include "server/view.h"

enum { FIELD_ERRORS_MAX = 32 };

enum mc_status
form_read(struct ctx *ctx, bool *is_form)
{
	struct mc_str type = mc_media_type(ctx_field(ctx, MC_STR("Content-Type")));
	struct form *form = &ctx->form;

	*is_form = true;
	/* No fields, whatever it would have been: many clients name a type all the same. */
	if (ctx->body.len == 0)
		return MC_OK;

	if (mc_str_equal_nocase(type, MC_STR("application/x-www-form-urlencoded"))) {
		enum mc_status status =
			mc_form_read(ctx->arena, ctx->body, &form->pairs, &form->n_pairs);
		if (status == MC_INVALID)
			return mc_error_set(&ctx->error, status, NULL,
				"The form is not coded as application/x-www-form-urlencoded says.");
		if (status == MC_TOO_LARGE)
			return mc_error_set(&ctx->error, status, NULL,
				"The form has too many fields: at most %d.", MC_FORM_PAIRS_MAX);
		return status;
	}
	if (mc_str_equal_nocase(type, MC_STR("application/json"))) {
		enum mc_status status =
			mc_json_read(ctx->body, MC_JSON_DEPTH_MAX, &form->json, &ctx->error);
		if (status == MC_OK && !json_object_is_type(form->json, json_type_object))
			return mc_error_set(
				&ctx->error, MC_INVALID, NULL, "The body must be one JSON object.");
		if (status == MC_TOO_LARGE)
			status = ctx->error.status = MC_INVALID;
		return status;
	}
	*is_form = false;
	return MC_OK;
}

void
form_error(struct ctx *ctx, const char *field, const char *format, ...)
{
	char message[MC_ERROR_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);

	if (ctx->form.n_errors++ >= FIELD_ERRORS_MAX)
		return;
	if (ctx->form.errors == NULL)
		ctx->form.errors = view_new_array();
	struct json_object *error = view_item(ctx->form.errors);
	view_text(error, "field", mc_str_from(field));
	view_text(error, "message", mc_str_from(message));
}

void
form_not_text(struct ctx *ctx, const char *field)
{
	ctx->form.not_text = true;
	form_error(ctx, field, "This is not valid UTF-8.");
}

bool
form_is_valid(const struct ctx *ctx)
{
	return ctx->form.n_errors == 0;
}

int
form_status(const struct ctx *ctx)
{
	return ctx->form.not_text ? 400 : 422;
}

void
form_value(struct ctx *ctx, const char *name, struct mc_str value)
{
	if (ctx->json || value.ptr == NULL)
		return;
	if (ctx->form.values == NULL)
		ctx->form.values = view_new();
	struct json_object *text =
		json_object_new_string_len(value.len == 0 ? "" : value.ptr, (int)value.len);
	/* Not as a view_text, which would be a second one where there is one. */
	view_share(ctx->form.values, name, text);
	json_object_put(text);
}

/* The first value of that name as it was sent; false when there is none or its type is wrong.
 * `type` says to people what it should be. */
static bool
raw_value(struct ctx *ctx, const char *name, const char *type, struct mc_str *out)
{
	const struct form *form = &ctx->form;
	struct mc_str wanted = mc_str_from(name);

	if (form->json != NULL) {
		struct json_object *value;
		if (!json_object_object_get_ex(form->json, name, &value) || value == NULL)
			return false;
		if (mc_json_text(form->json, name, out))
			return true;
		form_error(ctx, name, "This must be %s.", type);
		return false;
	}
	for (size_t i = 0; i < form->n_pairs; i++) {
		if (mc_str_equal(form->pairs[i].name, wanted)) {
			*out = form->pairs[i].value;
			return true;
		}
	}
	return false;
}

static bool
raw_text(struct ctx *ctx, const char *name, struct mc_str *out)
{
	return raw_value(ctx, name, "a string", out);
}

/* Checks and normalises; notes what is wrong at the field. */
static bool
clean_text(struct ctx *ctx, const char *name, enum mc_text_kind kind, struct mc_str raw,
	struct mc_str *out)
{
	switch (mc_text_normalise(ctx->arena, kind, raw, out)) {
	case MC_TEXT_OK: return true;
	case MC_TEXT_NOT_UTF8: form_not_text(ctx, name); return false;
	case MC_TEXT_CONTROL:
		form_error(ctx, name, "This contains a control character.");
		return false;
	case MC_TEXT_NO_MEMORY: form_error(ctx, name, "This is too long."); return false;
	}
	return false;
}

static void
check_size(struct ctx *ctx, const char *name, size_t size, size_t min, size_t max, const char *unit)
{
	if (size == 0 && min > 0)
		form_error(ctx, name, "Please fill this in.");
	else if (size < min)
		form_error(ctx, name, "This is too short: at least %zu %s.", min, unit);
	else if (size > max)
		form_error(ctx, name, "This is too long: at most %zu %s.", max, unit);
}

/* A field of text: there, valid, normalised; its size is for the caller to check. */
static bool
read_text(struct ctx *ctx, const char *name, enum mc_text_kind kind, bool required,
	struct mc_str *out)
{
	size_t n_errors = ctx->form.n_errors;
	struct mc_str raw = { 0 };

	if (!raw_text(ctx, name, &raw)) {
		if (required && ctx->form.n_errors == n_errors)
			form_error(ctx, name, "Please fill this in.");
		return false;
	}
	if (mc_utf8_is_valid(raw))
		form_value(ctx, name, raw);
	return clean_text(ctx, name, kind, raw, out);
}

struct mc_str
form_line(struct ctx *ctx, const char *name, size_t min, size_t max)
{
	struct mc_str text = MC_STR("");

	if (read_text(ctx, name, MC_TEXT_LINE, min > 0, &text))
		check_size(ctx, name, mc_utf8_length(text), min, max, "characters");
	return text;
}

struct mc_str
form_person_name(struct ctx *ctx, const char *name)
{
	struct mc_str text = form_line(ctx, name, 1, MC_NAME_MAX);

	if (text.len > 0 && !mc_user_name_is_plain(text))
		form_error(ctx, name,
			"This needs letters, no invisible characters, and no asterisk in front.");
	return text;
}

struct mc_str
form_lines(struct ctx *ctx, const char *name, size_t min, size_t max)
{
	struct mc_str text = MC_STR("");

	if (!read_text(ctx, name, MC_TEXT_LINES, min > 0, &text))
		return text;
	/* Nobody counts bytes: how many characters at its end are too many. */
	size_t n = mc_utf8_length(text) - mc_utf8_length(mc_utf8_cut(text, max));
	if (n > 0)
		form_error(ctx, name, "This is too long: shorten it by %zu character%s.", n,
			n == 1 ? "" : "s");
	else
		check_size(ctx, name, text.len, min, max, "bytes");
	return text;
}

struct mc_str
form_paragraphs(struct ctx *ctx, const char *name, size_t min, size_t max)
{
	struct mc_str text = MC_STR("");

	if (read_text(ctx, name, MC_TEXT_LINES, min > 0, &text))
		check_size(ctx, name, mc_utf8_length(text), min, max, "characters");
	return text;
}

static struct mc_str
digest_of_form(struct ctx *ctx)
{
	struct mc_digest digest = mc_sha256(ctx->body);
	char text[43];

	mc_base64_encode(MC_BASE64URL, digest.bytes, sizeof(digest.bytes), text);
	return mc_arena_copy(ctx->arena, (struct mc_str){ text, sizeof(text) });
}

struct mc_str
form_client_id(struct ctx *ctx)
{
	struct mc_str raw = MC_STR("");

	/* Byte for byte, so that whoever sent it knows it again: nothing is trimmed. */
	if (raw_text(ctx, "client_id", &raw)) {
		if (!mc_utf8_is_valid(raw))
			form_not_text(ctx, "client_id");
		else if (mc_text_has_control(MC_TEXT_LINE, raw))
			form_error(ctx, "client_id", "This contains a control character.");
		else
			check_size(ctx, "client_id", raw.len, 0, MC_CLIENT_ID_MAX, "bytes");
	}
	bool is_of_page = ctx->form.json == NULL && mc_str_starts_with(raw, MC_STR(FORM_PAGE_ID));
	return is_of_page ? digest_of_form(ctx) : raw;
}

struct mc_str
form_secret(struct ctx *ctx, const char *name, size_t min, size_t max)
{
	size_t n_errors = ctx->form.n_errors;
	struct mc_str raw = MC_STR("");

	/* Fewer bytes than `min` are fewer characters, too, and that is what people count. */
	bool is_there = raw_text(ctx, name, &raw);
	if (is_there && !mc_utf8_is_valid(raw))
		form_not_text(ctx, name);
	else if (is_there || ctx->form.n_errors == n_errors)
		check_size(ctx, name, raw.len, min, max, raw.len < min ? "characters" : "bytes");
	return raw;
}

bool
form_number(
	struct ctx *ctx, const char *name, bool required, int64_t min, int64_t max, int64_t *out)
{
	size_t n_errors = ctx->form.n_errors;
	struct mc_str raw = MC_STR("");
	int64_t number;

	if (ctx->form.json == NULL || !mc_json_int(ctx->form.json, name, &number)) {
		bool is_there = raw_value(ctx, name, "a whole number", &raw);
		if (is_there && mc_utf8_is_valid(raw))
			form_value(ctx, name, raw);
		else if (is_there)
			form_not_text(ctx, name);
		if (ctx->form.n_errors > n_errors)
			return false;
		if (mc_str_trim(raw).len == 0) {
			if (required)
				form_error(ctx, name, "Please fill this in.");
			return false;
		}
		if (!mc_str_to_int(mc_str_trim(raw), INT64_MIN, INT64_MAX, &number))
			number = min - 1;
	}
	if (number >= min && number <= max) {
		*out = number;
		return true;
	}
	form_error(ctx, name, "This must be a whole number from %lld to %lld.", (long long)min,
		(long long)max);
	return false;
}

struct mc_time
form_time(struct ctx *ctx, const char *name)
{
	struct mc_str text = form_line(ctx, name, 0, MC_TIME_RFC3339_SIZE - 1);
	struct mc_time time = { 0 };

	if (text.len > 0 && !mc_time_parse_rfc3339(text, &time))
		form_error(ctx, name, "This must be a time, such as 2026-11-23T06:15:00Z.");
	return time;
}

struct mc_str
form_email(struct ctx *ctx, const char *name)
{
	struct mc_str email = MC_STR("");

	if (!read_text(ctx, name, MC_TEXT_LINE, true, &email))
		return email;
	check_size(ctx, name, email.len, 1, MC_EMAIL_MAX, "bytes");
	if (email.len > 0 && email.len <= MC_EMAIL_MAX && !mc_email_is_well_formed(email))
		form_error(ctx, name, "Please write an e-mail address, such as name@example.org.");
	return email;
}

struct list {
	const char *name;
	struct mc_str *items;
	size_t n_items, n_max, size_max;
	bool full; /* one more than n_max came */
};

static void
list_add(struct ctx *ctx, struct list *list, struct mc_str raw)
{
	struct mc_str item;

	if (!clean_text(ctx, list->name, MC_TEXT_LINE, raw, &item))
		return;
	if (item.len == 0) {
		/* Between two commas is nothing; one of an array was meant. */
		if (ctx->form.json != NULL)
			form_error(ctx, list->name, "One of them is empty.");
		return;
	}
	for (size_t i = 0; i < list->n_items; i++)
		if (mc_str_equal(list->items[i], item))
			return;
	if (list->n_items == list->n_max) {
		list->full = true;
		return;
	}
	if (mc_utf8_length(item) > list->size_max)
		form_error(ctx, list->name, "\"%.*s\" is too long: at most %zu characters.",
			MC_STR_ARGS(mc_utf8_cut(item, 80)), list->size_max);
	if (mc_str_find(item, ',') < item.len)
		form_error(ctx, list->name, "\"%.*s\" contains a comma.",
			MC_STR_ARGS(mc_utf8_cut(item, 80)));
	list->items[list->n_items++] = item;
}

static void
list_add_json(struct ctx *ctx, struct list *list, struct json_object *value)
{
	if (json_object_is_type(value, json_type_string)) {
		list_add(ctx, list,
			(struct mc_str){ json_object_get_string(value),
				(size_t)json_object_get_string_len(value) });
		return;
	}
	form_error(ctx, list->name, "This must be an array of strings.");
}

/* A browser has one input for all of them: there, commas separate. */
static void
list_add_separated(struct ctx *ctx, struct list *list, struct mc_str values)
{
	struct mc_str item;

	if (mc_utf8_is_valid(values))
		form_value(ctx, list->name, values);
	while (!list->full && mc_str_next(&values, ',', &item))
		list_add(ctx, list, item);
}

size_t
form_list(struct ctx *ctx, const char *name, size_t n_max, size_t max, const struct mc_str **out)
{
	struct list list = { .name = name, .n_max = n_max, .size_max = max };
	struct mc_str wanted = mc_str_from(name);
	struct json_object *value;

	*out = NULL;
	list.items = mc_arena_array(ctx->arena, n_max, sizeof(*list.items));
	if (list.items == NULL)
		return 0;
	if (ctx->form.json != NULL) {
		if (json_object_object_get_ex(ctx->form.json, name, &value) && value != NULL) {
			if (!json_object_is_type(value, json_type_array))
				list_add_json(ctx, &list, value);
			else
				for (size_t i = 0;
					i < json_object_array_length(value) && !list.full; i++)
					list_add_json(
						ctx, &list, json_object_array_get_idx(value, i));
		}
	}
	for (size_t i = 0; i < ctx->form.n_pairs && !list.full; i++)
		if (mc_str_equal(ctx->form.pairs[i].name, wanted))
			list_add_separated(ctx, &list, ctx->form.pairs[i].value);
	if (list.full)
		form_error(ctx, name, "These are too many: at most %zu.", n_max);
	*out = list.items;
	return list.n_items;
}
