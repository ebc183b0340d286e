#include "server/template.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <json-c/linkhash.h>

#include "libminiclass/base/arena.h"
#include "server/template_int.h"

enum {
	SET_SIZE_MAX = 16 * 1024 * 1024, /* of sources and operations together */
	SET_BLOCK = 64 * 1024,
	SECTION_DEPTH_MAX = 32, /* open sections of one template */
	OPS_MAX = 100000,       /* of one template */
	OPS_FIRST = 64,
	DELIMITER_MAX = 16,
};

struct template_set {
	struct mc_arena *arena;
	struct template *templates; /* in the order of their names */
	size_t n_templates;
};

struct compiler {
	struct mc_arena *arena;    /* borrowed from the set */
	struct json_object *names; /* each with its id; its table hashes keys; owned */
	struct mc_error *error;
	struct mc_str name, text;  /* of the template in hand */
	struct mc_str open, close; /* the delimiters in force */
	size_t pos;                /* what is before it has been compiled */
	struct op *ops;            /* scratch; owned */
	size_t n_ops, ops_size;
	uint32_t sections[SECTION_DEPTH_MAX]; /* operations that began the open sections */
	size_t n_sections;
};

/* One tag: [begin, end) in the text, what stands in it, and whether it has its line for itself. */
struct tag {
	char kind; /* # ^ / > ! = { & or 0 for a plain name */
	struct mc_str content;
	size_t begin, end;
	bool standalone;
	size_t line_begin,
		line_end; /* of a stand-alone tag: the line with its end, which vanishes */
};

static enum mc_status
invalid(const struct compiler *compiler, size_t pos, const char *what, struct mc_str name)
{
	int line = 1;

	for (size_t i = 0; i < pos; i++)
		line += compiler->text.ptr[i] == '\n';
	return mc_error_set(compiler->error, MC_INVALID, NULL, "%.*s:%d: %s%s%.*s",
		MC_STR_ARGS(compiler->name), line, what, name.len > 0 ? ": " : "",
		MC_STR_ARGS(name));
}

static enum mc_status
no_memory(const struct compiler *compiler)
{
	return mc_error_set(compiler->error, MC_NO_MEMORY, NULL, "No memory for the templates.");
}

/* A text that stands alone so far becomes the new operation's: half as many are half as slow. */
static enum mc_status
add_op(struct compiler *compiler, struct op op)
{
	struct op *last = compiler->n_ops > 0 ? &compiler->ops[compiler->n_ops - 1] : NULL;

	if (last != NULL && last->kind == OP_TEXT && op.kind != OP_TEXT) {
		op.text = last->text;
		*last = op;
		return MC_OK;
	}
	if (compiler->n_ops == OPS_MAX)
		return invalid(compiler, compiler->pos, "too long", (struct mc_str){ 0 });
	if (compiler->n_ops == compiler->ops_size) {
		size_t size = compiler->ops_size == 0 ? OPS_FIRST : compiler->ops_size * 2;
		struct op *ops = realloc(compiler->ops, size * sizeof(*ops));
		if (ops == NULL)
			return no_memory(compiler);
		compiler->ops = ops;
		compiler->ops_size = size;
	}
	compiler->ops[compiler->n_ops++] = op;
	return MC_OK;
}

static enum mc_status
add_text(struct compiler *compiler, size_t begin, size_t end)
{
	if (begin >= end)
		return MC_OK;
	return add_op(compiler, (struct op){ .kind = OP_TEXT,
					.text = { compiler->text.ptr + begin, end - begin } });
}

/* Where `wanted` next stands in the text, or its end. */
static size_t
find(const struct compiler *compiler, size_t from, struct mc_str wanted)
{
	const char *start = compiler->text.ptr;
	const char *found = memmem(start + from, compiler->text.len - from, wanted.ptr, wanted.len);

	return found == NULL ? compiler->text.len : (size_t)(found - start);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Nothing but blanks around it up to both ends of the line: then the whole line is the tag's. */
static void
find_line(const struct compiler *compiler, struct tag *tag)
{
	struct mc_str text = compiler->text;
	size_t begin = tag->begin;
	size_t end = tag->end;

	while (begin > 0 && is_blank(text.ptr[begin - 1]))
		begin--;
	while (end < text.len && is_blank(text.ptr[end]))
		end++;
	if (end + 1 < text.len && text.ptr[end] == '\r' && text.ptr[end + 1] == '\n')
		end++;
	bool ends = end == text.len || text.ptr[end] == '\n';
	if (!ends || (begin > 0 && text.ptr[begin - 1] != '\n'))
		return;
	tag->standalone = true;
	tag->line_begin = begin;
	tag->line_end = end == text.len ? end : end + 1;
}

/* The next tag, or one that begins and ends at the end of the text. */
static enum mc_status
next_tag(const struct compiler *compiler, struct tag *tag)
{
	struct mc_str text = compiler->text;
	size_t pos = find(compiler, compiler->pos, compiler->open);
	char ending[DELIMITER_MAX + 1];
	size_t n = 0;

	*tag = (struct tag){ .begin = pos, .end = pos };
	if (pos == text.len)
		return MC_OK;
	pos += compiler->open.len;
	if (pos < text.len && text.ptr[pos] != '\0' && strchr("#^/>!={&", text.ptr[pos]) != NULL)
		tag->kind = text.ptr[pos++];

	/* {{{name}}} and {{=a b=}} end with a sign of their own before the delimiter. */
	if (tag->kind == '{' || tag->kind == '=')
		ending[n++] = tag->kind == '{' ? '}' : '=';
	memcpy(ending + n, compiler->close.ptr, compiler->close.len);
	n += compiler->close.len;

	size_t end = find(compiler, pos, (struct mc_str){ ending, n });
	if (end == text.len)
		return invalid(compiler, tag->begin, "this tag does not end", (struct mc_str){ 0 });
	tag->content = mc_str_trim((struct mc_str){ text.ptr + pos, end - pos });
	tag->end = end + n;
	if (tag->kind != 0 && tag->kind != '{' && tag->kind != '&')
		find_line(compiler, tag);
	return MC_OK;
}

static bool
is_delimiter(struct mc_str text)
{
	return text.len > 0 && text.len <= DELIMITER_MAX && mc_str_find(text, '=') == text.len &&
	       mc_str_find(text, ' ') == text.len;
}

static enum mc_status
set_delimiters(struct compiler *compiler, const struct tag *tag)
{
	size_t blank = mc_str_find(tag->content, ' ');
	struct mc_str open = mc_str_first(tag->content, blank);
	struct mc_str close = mc_str_trim(mc_str_skip(tag->content, blank));

	if (!is_delimiter(open) || !is_delimiter(close))
		return invalid(compiler, tag->begin, "these are no two delimiters", tag->content);
	compiler->open = open;
	compiler->close = close;
	return MC_OK;
}

static enum mc_status
number_name(struct compiler *compiler, struct op *op)
{
	const char *name = mc_arena_text(compiler->arena, op->name);
	struct json_object *id;

	if (name == NULL)
		return no_memory(compiler);
	if (!json_object_object_get_ex(compiler->names, name, &id)) {
		id = json_object_new_int(json_object_object_length(compiler->names));
		if (id == NULL || json_object_object_add(compiler->names, name, id) != 0) {
			json_object_put(id);
			return no_memory(compiler);
		}
	}
	op->name_id = (uint32_t)json_object_get_int(id);
	return MC_OK;
}

/* "a.b.c" as keys; "." has none. */
static enum mc_status
add_keys(struct compiler *compiler, const struct tag *tag, struct op *op)
{
	struct mc_str rest = tag->content;
	struct mc_str part;
	size_t n = 1;

	if (rest.len == 1 && rest.ptr[0] == '.')
		return MC_OK;
	for (size_t i = 0; i < rest.len; i++)
		n += rest.ptr[i] == '.';
	if (n > TEMPLATE_NAME_PARTS_MAX)
		return invalid(compiler, tag->begin, "this name has too many parts", rest);
	struct key *keys = mc_arena_array(compiler->arena, n, sizeof(*keys));
	if (keys == NULL)
		return no_memory(compiler);
	op->keys = keys;
	while (mc_str_next(&rest, '.', &part)) {
		if (part.len == 0)
			return invalid(
				compiler, tag->begin, "a part of this name is empty", tag->content);
		struct key *key = &keys[op->n_keys++];
		key->name = mc_arena_text(compiler->arena, part);
		if (key->name == NULL)
			return no_memory(compiler);
		key->hash = lh_get_hash(json_object_get_object(compiler->names), key->name);
	}
	return number_name(compiler, op);
}

static enum mc_status
add_begin(struct compiler *compiler, const struct tag *tag, struct op *op)
{
	if (compiler->n_sections == SECTION_DEPTH_MAX)
		return invalid(compiler, tag->begin, "sections nest too deeply", tag->content);
	op->kind = tag->kind == '#' ? OP_SECTION : OP_INVERTED;
	enum mc_status status = add_op(compiler, *op);
	if (status == MC_OK)
		compiler->sections[compiler->n_sections++] = (uint32_t)(compiler->n_ops - 1);
	return status;
}

static enum mc_status
add_end(struct compiler *compiler, const struct tag *tag)
{
	if (compiler->n_sections == 0)
		return invalid(compiler, tag->begin, "this section was not begun", tag->content);
	uint32_t begin = compiler->sections[compiler->n_sections - 1];
	if (!mc_str_equal(compiler->ops[begin].name, tag->content))
		return invalid(compiler, tag->begin, "another section ends first",
			compiler->ops[begin].name);
	enum mc_status status = add_op(compiler, (struct op){ .kind = OP_END });
	if (status == MC_OK) {
		compiler->n_sections--;
		compiler->ops[begin].jump = (uint32_t)(compiler->n_ops - 1);
	}
	return status;
}

static enum mc_status
add_partial(struct compiler *compiler, const struct tag *tag)
{
	struct op op = { .kind = OP_PARTIAL, .standalone = tag->standalone, .name = tag->content };

	if (tag->standalone)
		op.indent = (struct mc_str){ compiler->text.ptr + tag->line_begin,
			tag->begin - tag->line_begin };
	return add_op(compiler, op);
}

static enum mc_status
add_tag(struct compiler *compiler, const struct tag *tag)
{
	struct op op = { .kind = OP_VALUE, .name = tag->content };

	if (tag->kind == '!')
		return MC_OK;
	if (tag->kind == '=')
		return set_delimiters(compiler, tag);
	for (size_t i = 0; i < tag->content.len; i++)
		if (is_blank(tag->content.ptr[i]) || tag->content.ptr[i] == '\n')
			return invalid(compiler, tag->begin, "a blank in this name", tag->content);
	if (tag->content.len == 0)
		return invalid(compiler, tag->begin, "a tag without a name", tag->content);
	if (tag->kind == '/')
		return add_end(compiler, tag);
	if (tag->kind == '>')
		return add_partial(compiler, tag);

	enum mc_status status = add_keys(compiler, tag, &op);
	if (status != MC_OK)
		return status;
	if (tag->kind == '#' || tag->kind == '^')
		return add_begin(compiler, tag, &op);
	if (tag->kind != 0)
		op.kind = OP_RAW;
	return add_op(compiler, op);
}

static enum mc_status
compile_ops(struct compiler *compiler)
{
	while (compiler->pos < compiler->text.len) {
		struct tag tag;
		enum mc_status status = next_tag(compiler, &tag);
		if (status == MC_OK)
			status = add_text(compiler, compiler->pos,
				tag.standalone ? tag.line_begin : tag.begin);
		if (status == MC_OK && tag.end > tag.begin)
			status = add_tag(compiler, &tag);
		if (status != MC_OK)
			return status;
		compiler->pos = tag.standalone ? tag.line_end : tag.end;
	}
	if (compiler->n_sections == 0)
		return MC_OK;
	const struct op *open = &compiler->ops[compiler->sections[compiler->n_sections - 1]];
	return invalid(compiler, compiler->pos, "this section does not end", open->name);
}

static enum mc_status
compile(struct compiler *compiler, const struct template_source *source, struct template *out)
{
	compiler->name = mc_arena_copy(compiler->arena, source->name);
	compiler->text = mc_arena_copy(compiler->arena, source->text);
	if (compiler->name.ptr == NULL || compiler->text.ptr == NULL)
		return no_memory(compiler);
	compiler->open = MC_STR("{{");
	compiler->close = MC_STR("}}");
	compiler->pos = compiler->n_ops = compiler->n_sections = 0;

	enum mc_status status = compile_ops(compiler);
	if (status != MC_OK)
		return status;
	struct op *ops = mc_arena_array(compiler->arena, compiler->n_ops, sizeof(*ops));
	if (ops == NULL && compiler->n_ops > 0)
		return no_memory(compiler);
	if (compiler->n_ops > 0)
		memcpy(ops, compiler->ops, compiler->n_ops * sizeof(*ops));
	*out = (struct template){ compiler->name, ops, compiler->n_ops };
	return MC_OK;
}

static int
compare_templates(const void *a, const void *b)
{
	const struct template *left = a;
	const struct template *right = b;
	return mc_str_compare(left->name, right->name);
}

/* Only when all are there and in order: partials may call each other, and themselves. */
static void
link_partials(struct template_set *set)
{
	for (size_t i = 0; i < set->n_templates; i++) {
		for (size_t j = 0; j < set->templates[i].n_ops; j++) {
			struct op *op = &set->templates[i].ops[j];
			if (op->kind == OP_PARTIAL)
				op->partial = template_find(set, op->name);
		}
	}
}

static enum mc_status
compile_all(struct template_set *set, const struct template_source *sources, size_t n_sources,
	struct mc_error *error)
{
	struct compiler compiler = {
		.arena = set->arena,
		.names = json_object_new_object(),
		.error = error,
	};
	enum mc_status status = MC_OK;

	set->templates = mc_arena_array(set->arena, n_sources, sizeof(*set->templates));
	if (compiler.names == NULL || (set->templates == NULL && n_sources > 0))
		status = no_memory(&compiler);
	for (size_t i = 0; i < n_sources && status == MC_OK; i++) {
		status = compile(&compiler, &sources[i], &set->templates[i]);
		set->n_templates = i + 1;
	}
	if (status == MC_OK && n_sources > 0) {
		qsort(set->templates, set->n_templates, sizeof(*set->templates), compare_templates);
		link_partials(set);
	}
	free(compiler.ops);
	json_object_put(compiler.names);
	return status;
}

enum mc_status
template_set_create(const struct template_source *sources, size_t n_sources,
	struct template_set **out, struct mc_error *error)
{
	struct template_set *set = calloc(1, sizeof(*set));

	if (set != NULL)
		set->arena = mc_arena_create(SET_BLOCK, SET_SIZE_MAX);
	if (set == NULL || set->arena == NULL) {
		template_set_destroy(set);
		return mc_error_set(error, MC_NO_MEMORY, NULL, "No memory for the templates.");
	}
	enum mc_status status = compile_all(set, sources, n_sources, error);
	if (status != MC_OK) {
		template_set_destroy(set);
		return status;
	}
	*out = set;
	return MC_OK;
}

void
template_set_destroy(struct template_set *set)
{
	if (set == NULL)
		return;
	mc_arena_destroy(set->arena);
	free(set);
}

const struct template *
template_find(const struct template_set *set, struct mc_str name)
{
	size_t low = 0;
	size_t high = set->n_templates;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = mc_str_compare(name, set->templates[middle].name);
		if (order == 0)
			return &set->templates[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

struct mc_str
template_set_missing(const struct template_set *set)
{
	for (size_t i = 0; i < set->n_templates; i++) {
		for (size_t j = 0; j < set->templates[i].n_ops; j++) {
			const struct op *op = &set->templates[i].ops[j];
			if (op->kind == OP_PARTIAL && op->partial == NULL)
				return op->name;
		}
	}
	return (struct mc_str){ 0 };
}
