/*
 * log - one event a line, on stderr: `event key=value ...` or a JSON object.
 *
 * For servers: no other directory of the library logs.  Levels: error = someone must act, warn = we
 * coped, info = life-cycle and access, debug = the rest.  Values are escaped, so a value can
 * never forge a line; secrets have no field type.  A line is one write(2): lines of several
 * threads and processes do not mix.  Nobody waits for who reads them: what finds no room is left
 * out, and the next line says how many were.
 *
 *	mc_log(MC_LOG_INFO, "request", mc_log_int("conn", id), mc_log_str("path", path));
 *
 * mc_log_setup before threads start; the rest from any thread.
 */
#ifndef LIBMINICLASS_SERVICE_LOG_H
#define LIBMINICLASS_SERVICE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/str.h"

enum mc_log_level { MC_LOG_ERROR, MC_LOG_WARN, MC_LOG_INFO, MC_LOG_DEBUG };
enum mc_log_format { MC_LOG_TEXT, MC_LOG_JSON };

struct mc_log_field {
	const char *key;
	enum { MC_LOG_FIELD_STR, MC_LOG_FIELD_INT } type;
	struct mc_str text; /* borrowed for the call */
	int64_t number;
};

void mc_log_setup(const char *program, enum mc_log_level level, enum mc_log_format format);
/* While threads run. */
void mc_log_change(enum mc_log_level level, enum mc_log_format format);
bool mc_log_is_on(enum mc_log_level level);
void mc_log_event(enum mc_log_level level, const char *event, const struct mc_log_field *fields,
	size_t n_fields);

struct mc_log_field mc_log_str(const char *key, struct mc_str value);
struct mc_log_field mc_log_text(const char *key, const char *value);
struct mc_log_field mc_log_int(const char *key, int64_t value);

/* At least one field. */
#define mc_log(level, event, ...)                                                                  \
	mc_log_event((level), (event), (const struct mc_log_field[]){ __VA_ARGS__ },               \
		sizeof((const struct mc_log_field[]){ __VA_ARGS__ }) /                             \
			sizeof(struct mc_log_field))

#endif
