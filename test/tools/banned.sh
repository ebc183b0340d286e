#!/bin/sh
# banned.sh - functions that this project does without, and what stands in for them.
set -eu
cd "$(dirname "$0")/../.."

# name	instead
table=$(cat <<'TEXT'
strcpy	struct mc_str, mc_buf_add
strcat	mc_buf_add
strncpy	mc_buf_add, memcpy with a known size
strncat	mc_buf_add
stpcpy	mc_buf_add
sprintf	mc_buf_addf, snprintf
vsprintf	mc_buf_addf, vsnprintf
strtok	mc_str_next
strtok_r	mc_str_next
atoi	mc_str_to_int
atol	mc_str_to_int
atoll	mc_str_to_int
sscanf	mc_str_next, mc_str_to_int
scanf	fgets
gets	fgets
alloca	mc_arena_alloc
localtime	mc_time: the servers speak UTC
localtime_r	mc_time: the servers speak UTC
gmtime	gmtime_r
ctime	mc_time
asctime	mc_time
rand	mc_random_bytes
random	mc_random_bytes
srand	mc_random_bytes
setjmp	an enum mc_status
longjmp	an enum mc_status
system	no shell line is ever built
popen	no shell line is ever built
mktemp	mkstemp
tmpnam	mkstemp
inet_ntoa	inet_ntop
inet_addr	inet_pton
gethostbyname	getaddrinfo
signal	sigaction, libminiclass/service/signal.h
usleep	a deadline of the loop
TEXT
)

names=$(echo "$table" | cut -f1 | paste -sd'|')
# Comments and strings may name them.
# shellcheck disable=SC2016
found=$(find libminiclass server chatd cli html test -name '*.[ch]' 2>/dev/null | sort | xargs awk -v names="$names" '
FNR == 1 { comment = 0 }
{
	line = $0
	gsub(/\\\\/, "", line)
	gsub(/\\"/, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	if (comment) {
		if (line !~ /\*\//) next
		sub(/^.*\*\//, "", line)
		comment = 0
	}
	gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", line)
	if (line ~ /\/\*/) { sub(/\/\*.*/, "", line); comment = 1 }
	if (match(line, "(^|[^a-zA-Z0-9_.>])(" names ")[ \t]*\\(")) {
		# Whoever sits at a terminal reads their own clock.
		if (FILENAME ~ /^cli\// && substr(line, RSTART, RLENGTH) ~ /localtime_r/) next
		printf "%s:%d:%s\n", FILENAME, FNR, substr(line, RSTART, RLENGTH)
	}
}')

if [ -n "$found" ]; then
	echo "$found" | while IFS=: read -r file line call; do
		name=$(echo "$call" | tr -cd 'a-z_')
		echo "$file:$line: $name is banned; instead: $(echo "$table" | awk -F'\t' -v n="$name" '$1 == n { print $2 }')"
	done
	exit 1
fi
