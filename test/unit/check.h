/*
 * check - a thin layer over cmocka: values with a reason, and input that ends at a guard page.
 *
 * Each check says expected, actual, why; a failure prints all three and where it stands.
 */
#ifndef TEST_UNIT_CHECK_H
#define TEST_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

/* Any integer, enumeration or truth value; casts because they differ in size and sign. */
#define check_int(expected, actual, why)                                                           \
	check_int_at((intmax_t)(expected), (intmax_t)(actual), (why), #actual, __FILE__, __LINE__)
/* Variadic, as an argument may be a compound literal with commas: expected, actual, why. */
#define check_str(...) check_str_at(__VA_ARGS__, #__VA_ARGS__, __FILE__, __LINE__)
#define check_status(expected, actual, why)                                                        \
	check_status_at((expected), (actual), (why), #actual, __FILE__, __LINE__)

static inline void
check_int_at(intmax_t expected, intmax_t actual, const char *why, const char *what,
	const char *file, int line)
{
	if (expected == actual)
		return;
	print_error("%s: %s is %jd, expected %jd\n", why, what, actual, expected);
	_fail(file, line);
}

static inline void
check_print_bytes(struct mc_str bytes)
{
	print_error("\"");
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.ptr[i];
		print_error(byte < 0x20 || byte > 0x7e || byte == '\\' ? "\\x%02x" : "%c", byte);
	}
	print_error("\"");
}

static inline void
check_str_at(struct mc_str expected, struct mc_str actual, const char *why, const char *what,
	const char *file, int line)
{
	if (mc_str_equal(expected, actual))
		return;
	print_error("%s: %s is ", why, what);
	check_print_bytes(actual);
	print_error(", expected ");
	check_print_bytes(expected);
	print_error("\n");
	_fail(file, line);
}

static inline void
check_status_at(enum mc_status expected, enum mc_status actual, const char *why, const char *what,
	const char *file, int line)
{
	if (expected == actual)
		return;
	print_error("%s: %s is %s, expected %s\n", why, what, mc_status_name(actual),
		mc_status_name(expected));
	_fail(file, line);
}

/*
 * A copy whose last byte is the last of its page; the page behind it is without access, so that
 * reading one byte too many is a crash.  Lives for the next 1,023 copies.
 */
static inline struct mc_str
guard_copy(struct mc_str bytes)
{
	static struct {
		char *pages;
		size_t size;
	} kept[1024];
	static size_t next;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (bytes.len / page + 2) * page;

	if (kept[next].pages != NULL)
		munmap(kept[next].pages, kept[next].size);
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + size - page, page, PROT_NONE) != 0)
		abort();
	kept[next].pages = pages;
	kept[next].size = size;
	next = (next + 1) % MC_COUNT(kept);

	char *copy = pages + size - page - bytes.len;
	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	return (struct mc_str){ copy, bytes.len };
}

#endif
