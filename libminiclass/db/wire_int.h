/* wire_int - the types that we send and read, as PostgreSQL numbers them (pg_type.dat). */
#ifndef LIBMINICLASS_DB_WIRE_INT_H
#define LIBMINICLASS_DB_WIRE_INT_H

#include <stdint.h>

enum {
	DB_TYPE_BOOL = 16,
	DB_TYPE_BYTEA = 17,
	DB_TYPE_INT8 = 20,
	DB_TYPE_INT4 = 23,
	DB_TYPE_TEXT = 25,
	DB_TYPE_TEXT_ARRAY = 1009,
	DB_TYPE_INT8_ARRAY = 1016,
	DB_TYPE_TIMESTAMPTZ = 1184,
};

enum { DB_ARRAY_HEAD_SIZE = 20 }; /* of one dimension */

/* PostgreSQL's timestamps count from 2000-01-01: 10,957 days after 1970-01-01. */
#define DB_EPOCH_US (INT64_C(10957) * 24 * 60 * 60 * 1000000)

#endif
