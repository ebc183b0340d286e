/* template_int - what compiling and rendering share: the operations. */
#ifndef SERVER_TEMPLATE_INT_H
#define SERVER_TEMPLATE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/str.h"

enum { TEMPLATE_NAME_PARTS_MAX = 8 };

enum op_kind {
	OP_TEXT,     /* nothing but its text */
	OP_VALUE,    /* escaped for HTML */
	OP_RAW,      /* as it is */
	OP_SECTION,  /* once for each element; jump: its OP_END */
	OP_INVERTED, /* once when false; jump: its OP_END */
	OP_END,      /* of a section */
	OP_PARTIAL,
};

/* One part of a dotted name, with json-c's hash of it, so that rendering never hashes. */
struct key {
	const char *name; /* NUL-ended, in the set's arena */
	unsigned long hash;
};

struct op {
	enum op_kind kind;
	uint8_t n_keys;       /* 0 is {{.}} */
	bool standalone;      /* a partial on a line of its own: it indents what it renders */
	uint32_t jump;        /* index of the OP_END */
	struct mc_str text;   /* written before anything else is done */
	struct mc_str indent; /* of a stand-alone partial */
	struct mc_str name;   /* as written */
	uint32_t name_id; /* the same for the same name in all templates of a set: 0, 1, 2 ... */
	const struct key *keys;
	const struct template *partial; /* NULL: not in the set */
};

/* All of it, and what it points to, lives in the set's arena. */
struct template
{
	struct mc_str name;
	struct op *ops;
	size_t n_ops;
};

#endif
