#!/bin/sh
# symbols.sh - what the shared library exports is what the installed headers declare, no more and no less.
#
#	CC=gcc CFLAGS="..." sh test/tools/symbols.sh build/lib/libminiclass.so
set -eu
library=$(realpath "$1")
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

headers=$(find libminiclass -name '*.h' ! -name '*_int.h' | sort)
for header in $headers; do
	echo "#include \"$header\""
done >"$work/all.c"

# The compiler itself says what is declared where.
# shellcheck disable=SC2086
${CC:-gcc} ${CFLAGS:-} -I. -fsyntax-only -aux-info "$work/declared" "$work/all.c"
sed -n 's|^/\* \(\./\)\{0,1\}libminiclass/[^ ]* \*/ extern [^(]*[ *]\(mc_[a-z0-9_]*\) (.*|\2|p' "$work/declared" >"$work/functions"
# shellcheck disable=SC2086
sed -n 's/^extern .*[ *]\(mc_[a-z0-9_]*\)\(\[.*\]\)\{0,1\};.*/\1/p' $headers >"$work/variables"
sort -u "$work/functions" "$work/variables" >"$work/wanted"

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/exported"

failed=0
complain() {
	[ -z "$2" ] || {
		echo "$2" | sed "s|^|$1: |" >&2
		failed=1
	}
}
complain "exported, and no installed header declares it" "$(comm -13 "$work/wanted" "$work/exported")"
complain "declared, and not exported" "$(comm -23 "$work/wanted" "$work/exported")"
exit $failed
