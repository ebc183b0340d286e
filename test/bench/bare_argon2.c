/*
 * bare_argon2 - how many Argon2id hashes a second this machine makes: what a log-in cannot beat.
 *
 *	bare_argon2 KIB PASSES THREADS SECONDS
 *
 * Prints one JSON object.
 */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <argon2.h>

enum { THREADS_MAX = 64, HASH_SIZE = 32, SALT_SIZE = 16 };

struct lane {
	uint32_t kib, passes;
	double until;
	unsigned long n;
	pthread_t thread;
};

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *
run(void *argument)
{
	static const char password[] = "correct horse battery staple";
	static const uint8_t salt[SALT_SIZE] = { 1, 2, 3 };
	struct lane *lane = argument;
	uint8_t hash[HASH_SIZE];

	for (; now() < lane->until; lane->n++)
		if (argon2id_hash_raw(lane->passes, lane->kib, 1, password, sizeof(password) - 1,
			    salt, sizeof(salt), hash, sizeof(hash)) != ARGON2_OK)
			exit(1);
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct lane lanes[THREADS_MAX];
	unsigned long hashes = 0;

	if (argc != 5)
		return 2;
	unsigned long threads = strtoul(argv[3], NULL, 10);
	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	double start = now();
	for (unsigned long i = 0; i < threads; i++) {
		lanes[i].kib = (uint32_t)strtoul(argv[1], NULL, 10);
		lanes[i].passes = (uint32_t)strtoul(argv[2], NULL, 10);
		lanes[i].until = start + strtod(argv[4], NULL);
		if (pthread_create(&lanes[i].thread, NULL, run, &lanes[i]) != 0)
			return 1;
	}
	for (unsigned long i = 0; i < threads; i++) {
		pthread_join(lanes[i].thread, NULL);
		hashes += lanes[i].n;
	}
	double seconds = now() - start;
	printf("{\"hashes\":%lu,\"seconds\":%.6f,\"rate\":%.2f}\n", hashes, seconds,
		(double)hashes / seconds);
	return 0;
}
