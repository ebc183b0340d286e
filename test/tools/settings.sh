#!/bin/sh
# settings.sh - the table in docs/OPERATING.md names every setting of mc-server with its default, and no other.
#
#	sh test/tools/settings.sh build/bin/mc-server
set -eu
server=$(realpath "$1")
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$server" --help | sed -n 's/^ *--\([a-z][a-z-]*\).*/\1/p' | tr - _ |
	grep -vx -e help -e version -e config | sort >"$work/told"
# Rows that begin with a setting in code quotes; a row may name two.
# shellcheck disable=SC2016
sed -n '/^| *`[a-z_]*`/p' docs/OPERATING.md | cut -d'|' -f2 | tr -d '` ' | tr , '\n' | sort >"$work/written"

failed=0
for name in $(comm -23 "$work/told" "$work/written"); do
	echo "docs/OPERATING.md: $name is missing" >&2
	failed=1
done
for name in $(comm -13 "$work/told" "$work/written"); do
	grep -q "\"$name\"" server/settings.c && continue
	echo "docs/OPERATING.md: mc-server knows no $name" >&2
	failed=1
done

# The default: the text behind "default" in the help must stand in the row.
sed -n 's/^\t{ "\([a-z_]*\)", MC_SETTING_[A-Z]*, AT([a-z_]*), "\([^"]*\)".*/\1 \2/p' server/settings.c |
	while read -r name default; do
		grep "^| *\`$name\`" docs/OPERATING.md | grep -qF "\`$default\`" || {
			echo "docs/OPERATING.md: $name: the default is $default" >&2
			exit 1
		}
	done || failed=1
exit $failed
