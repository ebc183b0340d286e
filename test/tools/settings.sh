#!/bin/sh
# settings.sh - the tables in docs/OPERATING.md name every setting of each server with its default, and no other;
# and what one server reads from the file they share, the other one passes over.
#
#	sh test/tools/settings.sh build/bin
set -eu
bin=$(realpath "$1")
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
	echo "$*" >&2
	failed=1
}

# told PROGRAM: the names that its help tells.
told() {
	"$bin/$1" --help | sed -n 's/^ *--\([a-z][a-z-]*\).*/\1/p' | tr - _ |
		grep -vx -e help -e version -e config | sort
}

# section HEADING: the rows behind it that begin with a setting in code quotes, up to the next heading.
section() {
	awk -v heading="$1" '/^#/ { inside = ($0 == heading) } inside && /^\| *`[a-z_]*`/' docs/OPERATING.md
}

# check PROGRAM DIRECTORY HEADING OTHER-DIRECTORY
check() {
	told "$1" >"$work/told"
	section "$3" >"$work/rows"
	cut -d'|' -f2 "$work/rows" | tr -d '` ' | sort >"$work/written"
	for name in $(comm -23 "$work/told" "$work/written"); do
		complain "docs/OPERATING.md: $3: $name is missing"
	done
	for name in $(comm -13 "$work/told" "$work/written"); do
		complain "docs/OPERATING.md: $3: $1 knows no $name"
	done
	while read -r name; do
		grep -q "\"$name\"" "$4/settings.c" ||
			complain "$4/settings.c: $name is $1's and no setting to pass over"
	done <"$work/told"
	# The default that the table of settings gives must stand in the row.
	sed -n 's/^\t{ "\([a-z_]*\)", MC_SETTING_[A-Z]*, AT([a-z_]*), "\([^"]*\)".*/\1 \2/p' "$2/settings.c" \
		>"$work/defaults"
	while read -r name default; do
		grep "^| *\`$name\`" "$work/rows" | grep -qF "\`$default\`" ||
			complain "docs/OPERATING.md: $3: $name: the default is $default"
	done <"$work/defaults"
}

check mc-server server '## Settings' chatd
check mc-chatd chatd '### mc-chatd' server
exit $failed
