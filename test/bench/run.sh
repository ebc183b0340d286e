#!/bin/sh
# run.sh - make bench: mc-server and mc-chatd beside their peers, in one run on one machine.
#
#	MC_BUILD=build sh test/bench/run.sh [static] [page] [post] [login] [storm] [chat] [tools]
#
# Environment: MC_BUILD, where the programs are; MC_BENCH_ROUNDS (5) and MC_BENCH_SECONDS (3), how
# often and how long each contestant runs; CC, CFLAGS.  Everything listens on the loopback, on
# ports that were free, and is stopped at the end.
set -eu

cd "$(dirname "$0")/../.."
build=${MC_BUILD:-build}
out=$build/bench
mkdir -p "$out"

flags="-std=c17 -D_GNU_SOURCE -pedantic -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
	-Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror ${CFLAGS:--O2 -g} -I."
compile() {
	# shellcheck disable=SC2086  # the flags are words
	${CC:-gcc} $flags -o "$@" -lpthread
}
compile "$out/load" test/bench/load.c test/bench/histogram.c
compile "$out/crowd" test/bench/crowd.c test/bench/crowd_protocol.c test/bench/histogram.c
compile "$out/bare_epoll" test/bench/bare_epoll.c
compile "$out/bare_argon2" test/bench/bare_argon2.c -largon2
# shellcheck disable=SC2046  # words
compile "$out/bare_commit" test/bench/bare_commit.c test/bench/histogram.c \
	$(pkg-config --cflags --libs libpq)

MC_BUILD=$build exec /usr/bin/python3 -B test/bench/bench.py "$@"
