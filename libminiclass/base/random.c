#include "libminiclass/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void
mc_random_bytes(void *out, size_t size)
{
	char *to = out;

	while (size > 0) {
		ssize_t n = getrandom(to, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		to += n;
		size -= (size_t)n;
	}
}

uint32_t
mc_random_below(uint32_t n)
{
	/* The first 2^32 mod n numbers would come up once too often: draw again for them. */
	uint32_t skewed = (uint32_t)-n % n;
	uint32_t number;

	do {
		mc_random_bytes(&number, sizeof(number));
	} while (number < skewed);
	return number % n;
}
