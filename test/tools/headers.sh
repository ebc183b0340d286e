#!/bin/sh
# headers.sh - each header compiles alone, so that whoever includes it needs to know nothing else.
#
#	CC=gcc CFLAGS="..." sh test/tools/headers.sh
set -eu
cd "$(dirname "$0")/../.."

failed=0
for header in $(find libminiclass server chatd cli -name '*.h' 2>/dev/null | sort); do
	# shellcheck disable=SC2086
	printf '#include "%s"\nextern int not_empty;\n' "$header" | ${CC:-gcc} ${CFLAGS:-} -x c -fsyntax-only - || {
		echo "$header does not compile alone" >&2
		failed=1
	}
	guard=$(echo "$header" | tr 'a-z/.' 'A-Z__')
	grep -q "^#ifndef $guard\$" "$header" || {
		echo "$header: its guard should be $guard" >&2
		failed=1
	}
done
exit $failed
