/* assets_data - what html/embed writes at build time: the files of html/ as they are. */
#ifndef SERVER_ASSETS_DATA_H
#define SERVER_ASSETS_DATA_H

#include <stddef.h>

#include "libminiclass/base/str.h"
#include "server/template.h"

struct asset_source {
	struct mc_str name; /* below html/static */
	struct mc_str bytes;
	struct mc_str gzip;   /* ptr NULL when it is not smaller */
	struct mc_str digest; /* SHA-256 of the bytes in hexadecimal */
};

extern const struct asset_source assets_built_in[];
extern const size_t assets_built_in_count;
extern const struct template_source templates_built_in[];
extern const size_t templates_built_in_count;

#endif
