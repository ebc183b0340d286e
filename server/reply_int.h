/* reply_int - what answers, pages and problems share. */
#ifndef SERVER_REPLY_INT_H
#define SERVER_REPLY_INT_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct ctx;

enum { REPLY_FIELDS_MAX = 8 * 1024 }; /* our own fields; the longest is a Location with `next` */

/* ctx->view through the template, in the frame of every page. */
enum mc_status reply_page(struct ctx *ctx, int status, const char *template_name) MC_MUST_USE;
void reply_json_fields(struct ctx *ctx, struct mc_str type);

#endif
