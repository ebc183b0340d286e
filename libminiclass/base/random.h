/* random - unpredictable bytes from the kernel (getrandom); callable from any thread. */
#ifndef LIBMINICLASS_BASE_RANDOM_H
#define LIBMINICLASS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills all of it, or ends the process: there is no secure way on without random bytes. */
void mc_random_bytes(void *out, size_t size);
/* Uniform in 0 .. n-1, without modulo bias; n > 0. */
uint32_t mc_random_below(uint32_t n);

#endif
