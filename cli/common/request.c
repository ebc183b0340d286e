#include "cli/common/request.h"

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"
#include "libminiclass/crypt/token.h"

struct json_object *
request_body(void)
{
	return json_object_new_object();
}

void
request_add_text(struct json_object *body, const char *key, struct mc_str text)
{
	if (body != NULL)
		json_object_object_add(
			body, key, json_object_new_string_len(text.ptr, (int)text.len));
}

void
request_drop(struct json_object *body)
{
	json_object_put(body);
}

int
request_post(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out)
{
	if (body == NULL)
		return say_error(MC_NO_MEMORY, what, "out of memory");
	int done = seat_call(seat, what, path, body, out);
	json_object_put(body);
	return done;
}

/* It is the one member that has an id, whatever it is called. */
static bool
has_made(const struct mc_api_answer *answer)
{
	if (answer->json == NULL)
		return false;
	json_object_object_foreach(answer->json, key, made)
	{
		(void)key;
		if (answer_int(made, "id") > 0)
			return true;
	}
	return false;
}

int
request_create(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out)
{
	char client_id[MC_CLIENT_ID_LENGTH];
	struct mc_error error = { .status = MC_OK };

	mc_client_id_make(client_id);
	request_add_text(body, "client_id", (struct mc_str){ client_id, sizeof(client_id) });
	if (body == NULL)
		return say_error(MC_NO_MEMORY, what, "out of memory");
	enum mc_status status = mc_api_call(seat->api, path, body, out, &error);
	/* Perhaps only the answer was lost: the same client_id makes nothing twice. */
	if (status == MC_UNAVAILABLE)
		status = mc_api_call(seat->api, path, body, out, &error);
	json_object_put(body);
	if (status != MC_OK)
		return seat_refused(seat, what, &error);
	if (!has_made(out))
		return say_error(MC_FAILED, what, "the server's answer does not say what was made");
	return -1;
}
