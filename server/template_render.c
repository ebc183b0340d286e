/*
 * template_render - walks a template's operations with two stacks of fixed size: of contexts, in
 * which names are looked up from the innermost outward, and of frames, which say where a section or
 * a partial goes on.
 */

#include <assert.h>
#include <string.h>

#include <json-c/json.h>
#include <json-c/linkhash.h>

#include "libminiclass/text/html.h"
#include "server/template.h"
#include "server/template_int.h"

enum {
	MEMO_SCOPES = 4, /* a tag of a post of a page is in the third */
	MEMO_NAMES = 128,
	DEPTH_MAX = 64,      /* sections and partials within each other */
	INDENT_MAX = 256,    /* bytes, of partials within each other */
	ROUNDS_MAX = 500000, /* of sections and partials in one rendering: a tree of calls ends */
};

/* A context that is an object: names are looked up in it. */
struct scope {
	struct lh_table *members;
	uint32_t stamp; /* of what is remembered about it */
};

/*
 * What a name means while a scope is the innermost one: a post asks for its class ten times.  This
 * is worth half of a page's time.
 */
struct memo {
	uint32_t stamp; /* true while it is the scope's */
	struct json_object *value;
};

/* What begins each line of the template in hand: the blanks of [begin, end). */
struct indent {
	size_t begin, end;
	bool at_line; /* the next output begins a line */
};

struct frame {
	size_t pos; /* where a section's rounds begin; where a partial's caller goes on */
	struct json_object *list;      /* of a section; NULL: there is one round */
	size_t next, n;                /* elements of the list */
	const struct template *caller; /* of a partial; NULL for a section */
	struct indent indent;          /* of the caller */
};

struct render {
	struct mc_buf *out;
	const struct template *tmpl;
	size_t pos; /* of the operation in hand */
	struct json_object *contexts[DEPTH_MAX + 1];
	size_t n_contexts;
	struct scope scopes[DEPTH_MAX + 1]; /* those of the contexts that are objects */
	size_t n_scopes;
	uint32_t stamp; /* the last one given */
	struct frame frames[DEPTH_MAX];
	size_t n_frames;
	size_t rounds;
	struct indent indent;
	char blanks[INDENT_MAX];
	struct memo memos[MEMO_SCOPES][MEMO_NAMES];
};

static bool
push_context(struct render *render, struct json_object *value)
{
	if (render->n_contexts > DEPTH_MAX)
		return false;
	render->contexts[render->n_contexts++] = value;
	if (json_object_is_type(value, json_type_object))
		render->scopes[render->n_scopes++] =
			(struct scope){ json_object_get_object(value), ++render->stamp };
	return true;
}

static void
pop_context(struct render *render)
{
	if (json_object_is_type(render->contexts[--render->n_contexts], json_type_object))
		render->n_scopes--;
}

static bool
find_member(struct lh_table *members, const struct key *key, struct json_object **out)
{
	const struct lh_entry *entry = lh_table_lookup_entry_w_hash(members, key->name, key->hash);

	if (entry == NULL)
		return false;
	*out = lh_entry_v(entry);
	return true;
}

/* True when the scope has the name's first part, which then decides; NULL where a part is missing.
 */
static bool
find_in_scope(const struct scope *scope, const struct op *op, struct json_object **out)
{
	struct json_object *found;

	if (!find_member(scope->members, &op->keys[0], &found))
		return false;
	for (size_t part = 1; part < op->n_keys && found != NULL; part++) {
		if (!json_object_is_type(found, json_type_object) ||
			!find_member(json_object_get_object(found), &op->keys[part], &found))
			found = NULL;
	}
	*out = found;
	return true;
}

/* NULL where a scope's meanings are not remembered. */
static struct memo *
memo_of(struct render *render, size_t scope, const struct op *op)
{
	bool fits = scope < MEMO_SCOPES && op->name_id < MEMO_NAMES;
	return fits ? &render->memos[scope][op->name_id] : NULL;
}

/* NULL when it is missing, or null. */
static struct json_object *
look_up(struct render *render, const struct op *op)
{
	struct json_object *found = NULL;
	size_t n = render->n_scopes;
	size_t i = n;

	if (op->n_keys == 0)
		return render->contexts[render->n_contexts - 1];
	while (i > 0) {
		const struct scope *scope = &render->scopes[--i];
		const struct memo *memo = memo_of(render, i, op);
		if (memo != NULL && memo->stamp == scope->stamp) {
			found = memo->value;
			break;
		}
		if (find_in_scope(scope, op, &found))
			break;
	}
	/* From where it was found inward it means the same. */
	for (; i < n; i++) {
		struct memo *memo = memo_of(render, i, op);
		if (memo != NULL)
			*memo = (struct memo){ render->scopes[i].stamp, found };
	}
	return found;
}

static bool
is_true(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null: return false;
	case json_type_boolean: return json_object_get_boolean(value);
	case json_type_int: return json_object_get_int64(value) != 0;
	case json_type_double: return json_object_get_double(value) != 0;
	case json_type_string: return json_object_get_string_len(value) > 0;
	case json_type_array: return json_object_array_length(value) > 0;
	case json_type_object: return true;
	}
	return false;
}

static void
begin_line(struct render *render)
{
	struct indent *indent = &render->indent;

	if (!indent->at_line)
		return;
	mc_buf_add(render->out,
		(struct mc_str){ render->blanks + indent->begin, indent->end - indent->begin });
	indent->at_line = false;
}

/* The lines of the template are indented, those inside of a value are not. */
static void
add_text(struct render *render, struct mc_str text)
{
	if (render->indent.begin == render->indent.end) {
		mc_buf_add(render->out, text);
		return;
	}
	while (text.len > 0) {
		size_t end = mc_str_find(text, '\n');
		size_t n = end < text.len ? end + 1 : text.len;
		begin_line(render);
		mc_buf_add(render->out, mc_str_first(text, n));
		render->indent.at_line = end < text.len;
		text = mc_str_skip(text, n);
	}
}

static void
add_value(struct render *render, const struct op *op)
{
	struct json_object *value = look_up(render, op);
	struct mc_str text;

	begin_line(render);
	switch (json_object_get_type(value)) {
	case json_type_null: return;
	case json_type_int: mc_buf_add_int(render->out, json_object_get_int64(value)); return;
	case json_type_string:
		text = (struct mc_str){ json_object_get_string(value),
			(size_t)json_object_get_string_len(value) };
		break;
	case json_type_boolean:
	case json_type_double:
	case json_type_array:
	case json_type_object:
	default: text = mc_str_from(json_object_to_json_string(value)); break;
	}
	if (op->kind == OP_VALUE)
		mc_html_escape(render->out, text);
	else
		mc_buf_add(render->out, text);
}

static struct frame *
begin_frame(struct render *render)
{
	/* Rendering on into a buffer that has failed is of no use either. */
	if (render->n_frames == DEPTH_MAX || render->rounds >= ROUNDS_MAX ||
		!mc_buf_ok(render->out))
		return NULL;
	render->rounds++;
	struct frame *frame = &render->frames[render->n_frames++];
	*frame = (struct frame){ 0 };
	return frame;
}

static enum mc_status
begin_section(struct render *render, const struct op *op)
{
	struct json_object *value = look_up(render, op);

	if (is_true(value) == (op->kind == OP_INVERTED)) {
		render->pos = op->jump + 1;
		return MC_OK;
	}
	struct frame *frame = begin_frame(render);
	if (frame == NULL)
		return MC_TOO_LARGE;
	if (op->kind == OP_SECTION && json_object_is_type(value, json_type_array)) {
		frame->list = value;
		frame->n = json_object_array_length(value);
		frame->next = 1;
		value = json_object_array_get_idx(value, 0);
	}
	/* An inverted section sees what its surroundings see. */
	if (op->kind == OP_INVERTED)
		value = render->contexts[render->n_contexts - 1];
	frame->pos = ++render->pos;
	return push_context(render, value) ? MC_OK : MC_TOO_LARGE;
}

static enum mc_status
end_section(struct render *render)
{
	struct frame *frame = &render->frames[render->n_frames - 1];

	pop_context(render);
	if (frame->next == frame->n) {
		render->n_frames--;
		render->pos++;
		return MC_OK;
	}
	if (render->rounds++ >= ROUNDS_MAX)
		return MC_TOO_LARGE;
	render->pos = frame->pos;
	return push_context(render, json_object_array_get_idx(frame->list, frame->next++))
		       ? MC_OK
		       : MC_TOO_LARGE;
}

static enum mc_status
begin_partial(struct render *render, const struct op *op)
{
	if (!op->standalone)
		begin_line(render);
	render->pos++;
	if (op->partial == NULL)
		return MC_OK;
	struct frame *frame = begin_frame(render);
	struct indent *indent = &render->indent;
	if (frame == NULL || op->indent.len > INDENT_MAX - indent->end)
		return MC_TOO_LARGE;
	frame->caller = render->tmpl;
	frame->pos = render->pos;
	frame->indent = *indent;

	if (!op->standalone)
		indent->begin = indent->end;
	if (op->indent.len > 0)
		memcpy(render->blanks + indent->end, op->indent.ptr, op->indent.len);
	indent->end += op->indent.len;
	indent->at_line = indent->end > indent->begin;
	render->tmpl = op->partial;
	render->pos = 0;
	return MC_OK;
}

static void
end_partial(struct render *render)
{
	const struct frame *frame = &render->frames[--render->n_frames];

	render->tmpl = frame->caller;
	render->pos = frame->pos;
	render->indent = frame->indent;
}

static enum mc_status
step(struct render *render)
{
	const struct op *op = &render->tmpl->ops[render->pos];

	if (op->text.len > 0)
		add_text(render, op->text);
	switch (op->kind) {
	case OP_TEXT: break;
	case OP_VALUE:
	case OP_RAW: add_value(render, op); break;
	case OP_SECTION:
	case OP_INVERTED: return begin_section(render, op);
	case OP_END: return end_section(render);
	case OP_PARTIAL: return begin_partial(render, op);
	}
	render->pos++;
	return MC_OK;
}

enum mc_status
template_render(const struct template *tmpl, struct json_object *view, struct mc_buf *out)
{
	struct render render;
	enum mc_status status = MC_OK;

	/* Not initialised as a whole: of the stacks a page uses a few lines. */
	render.out = out;
	render.tmpl = tmpl;
	render.pos = render.n_contexts = render.n_scopes = render.n_frames = render.rounds = 0;
	render.stamp = 0;
	render.indent = (struct indent){ 0 };
	memset(render.memos, 0, sizeof(render.memos));
	bool pushed = push_context(&render, view);
	assert(pushed);

	while (status == MC_OK) {
		if (render.pos < render.tmpl->n_ops)
			status = step(&render);
		else if (render.n_frames > 0)
			end_partial(&render);
		else
			break;
	}
	return mc_buf_ok(out) ? status : MC_NO_MEMORY;
}
