#include "libminiclass/client/api.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/text/json.h"

enum { BODY_MAX = 4 << 20, DEPTH_MAX = 32, VALUES_MAX = 500000 };

struct mc_api {
	struct mc_http_client *http;
	char *bearer; /* the Authorization field; NULL: none */
	struct mc_buf body;
	struct json_object *json; /* of the last answer */
};

enum mc_status
mc_api_create(const struct mc_http_client_options *options, struct mc_str token,
	struct mc_api **out, struct mc_error *error)
{
	struct mc_api *api = calloc(1, sizeof(*api));

	if (api == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	mc_buf_init(&api->body, BODY_MAX);
	enum mc_status status = mc_http_client_create(options, &api->http, error);
	if (status == MC_OK && token.len > 0 &&
		asprintf(&api->bearer, "Bearer %.*s", MC_STR_ARGS(token)) < 0) {
		api->bearer = NULL;
		status = mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	}
	if (status != MC_OK) {
		mc_api_destroy(api);
		return status;
	}
	*out = api;
	return MC_OK;
}

void
mc_api_set_timeout(struct mc_api *api, int64_t timeout_ms)
{
	mc_http_client_set_timeout(api->http, timeout_ms);
}

void
mc_api_destroy(struct mc_api *api)
{
	if (api == NULL)
		return;
	mc_http_client_destroy(api->http);
	if (api->bearer != NULL)
		explicit_bzero(api->bearer, strlen(api->bearer));
	free(api->bearer);
	if (api->body.ptr != NULL)
		explicit_bzero(api->body.ptr, api->body.size);
	mc_buf_finish(&api->body);
	json_object_put(api->json);
	free(api);
}

static enum mc_status
status_of(int http)
{
	switch (http) {
	case 400:
	case 415:
	case 422: return MC_INVALID;
	case 401: return MC_UNAUTHENTICATED;
	case 403: return MC_FORBIDDEN;
	case 404: return MC_NOT_FOUND;
	case 408: return MC_TIMED_OUT;
	case 409: return MC_CONFLICT;
	case 413: return MC_TOO_LARGE;
	case 429: return MC_TOO_MANY;
	case 502:
	case 503:
	case 504: return MC_UNAVAILABLE;
	default: return http >= 200 && http <= 299 ? MC_OK : MC_FAILED;
	}
}

/* "detail name: message; tags: message": the sentence, then each field. */
static void
write_problem(struct json_object *problem, struct mc_buf *out, struct mc_error *error)
{
	struct json_object *fields = NULL;
	struct mc_str text;

	if (mc_json_text(problem, "detail", &text) || mc_json_text(problem, "title", &text))
		mc_buf_add(out, text);
	if (!json_object_object_get_ex(problem, "errors", &fields) ||
		!json_object_is_type(fields, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(fields); i++) {
		struct json_object *one = json_object_array_get_idx(fields, i);
		struct mc_str field;
		if (!mc_json_text(one, "field", &field) || !mc_json_text(one, "message", &text))
			continue;
		if (i == 0)
			(void)snprintf(
				error->field, sizeof(error->field), "%.*s", MC_STR_ARGS(field));
		mc_buf_addf(out, "%s%.*s: %.*s", i == 0 ? " " : "; ", MC_STR_ARGS(field),
			MC_STR_ARGS(text));
	}
}

static enum mc_status
refuse(const struct mc_api_answer *answer, const struct mc_http_reply *reply,
	struct mc_error *error)
{
	struct mc_error ignored = { .status = MC_OK };
	struct mc_buf why;
	int64_t seconds = 0;

	if (error == NULL)
		error = &ignored;
	mc_buf_init(&why, 4096);
	error->field[0] = '\0';
	write_problem(answer->json, &why, error);
	if (why.len == 0)
		mc_buf_addf(&why, "the server answers %d", reply->status);
	char field[MC_ERROR_FIELD_MAX];
	memcpy(field, error->field, sizeof(field));
	enum mc_status status = mc_error_set(
		error, status_of(reply->status), field, "%.*s", MC_STR_ARGS(mc_buf_str(&why)));
	if (mc_str_to_int(mc_field_find(reply->fields, reply->n_fields, MC_STR("Retry-After")), 0,
		    86400, &seconds))
		error->retry_after_s = (int)seconds;
	mc_buf_finish(&why);
	return status;
}

static bool
is_of_type(const struct mc_http_reply *reply, struct mc_str wanted)
{
	struct mc_str type = mc_field_find(reply->fields, reply->n_fields, MC_STR("Content-Type"));

	return mc_str_equal_nocase(mc_str_trim(mc_str_first(type, mc_str_find(type, ';'))), wanted);
}

static bool
is_json(const struct mc_http_reply *reply)
{
	return is_of_type(reply, MC_STR("application/json")) ||
	       is_of_type(reply, MC_STR("application/problem+json"));
}

/* A 2xx that mc-server would give: who asks for a network's password says 200 as well. */
static bool
is_ours(const struct mc_api *api, const struct mc_http_reply *reply, bool posted)
{
	if (reply->status == 204)
		return posted;
	return json_object_is_type(api->json, json_type_object) ||
	       is_of_type(reply, MC_STR("text/csv"));
}

static enum mc_status
take_answer(struct mc_api *api, const struct mc_http_reply *reply, bool posted,
	struct mc_api_answer *out, struct mc_error *error)
{
	enum mc_status status = MC_OK;

	out->status = reply->status;
	out->text = reply->body;
	if (is_json(reply) && reply->body.len > 0)
		status = mc_json_read_long(reply->body, DEPTH_MAX, VALUES_MAX, &api->json, NULL);
	if (status != MC_OK)
		return mc_error_set(error, status == MC_NO_MEMORY ? status : MC_FAILED, NULL,
			"what the server says is no JSON");
	out->json = api->json;
	if (status_of(reply->status) != MC_OK)
		return refuse(out, reply, error);
	if (!is_ours(api, reply, posted))
		return mc_error_set(
			error, MC_FAILED, NULL, "what answers there is not Mini Classroom");
	return MC_OK;
}

enum mc_status
mc_api_call(struct mc_api *api, const char *path, struct json_object *body,
	struct mc_api_answer *out, struct mc_error *error)
{
	struct mc_field fields[3];
	struct mc_http_call call = {
		.method = body == NULL ? MC_METHOD_GET : MC_METHOD_POST,
		.target = mc_str_from(path),
		.fields = fields,
	};
	struct mc_http_reply reply;

	*out = (struct mc_api_answer){ 0 };
	json_object_put(api->json);
	api->json = NULL;
	mc_buf_clear(&api->body);
	fields[call.n_fields++] =
		(struct mc_field){ MC_STR("Accept"), MC_STR("application/json, text/csv;q=0.5") };
	if (api->bearer != NULL)
		fields[call.n_fields++] =
			(struct mc_field){ MC_STR("Authorization"), mc_str_from(api->bearer) };
	if (body != NULL) {
		fields[call.n_fields++] =
			(struct mc_field){ MC_STR("Content-Type"), MC_STR("application/json") };
		mc_json_write(&api->body, body);
		call.body = mc_buf_str(&api->body);
	}
	if (!mc_buf_ok(&api->body))
		return mc_error_set(error, MC_TOO_LARGE, NULL, "too much to send at once");
	enum mc_status status = mc_http_client_call(api->http, &call, &reply, error);
	return status == MC_OK ? take_answer(api, &reply, body != NULL, out, error) : status;
}
