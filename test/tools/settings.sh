#!/bin/sh
# settings.sh - the tables in docs/OPERATING.md name every setting of each server with its default, and no other;
# what one server reads from the file they share, the other one passes over; and dist/miniclass.conf shows all of
# them, and mc-admin's, with the same defaults and nothing that none of them knows. The manuals have all of it.
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

# The line that shows a setting: "#name = value", or without the "#".
shown() {
	sed -n 's/^#\{0,1\}\([a-z][a-z_]*\) = .*/\1/p' dist/miniclass.conf | sort
}

check_example() {
	# --json is for one call and not for the file.
	{ told mc-server; told mc-chatd; told mc-admin | grep -vx json; } | sort -u >"$work/told"
	shown >"$work/shown"
	for name in $(comm -23 "$work/told" "$work/shown"); do
		complain "dist/miniclass.conf: $name is missing"
	done
	for name in $(comm -13 "$work/told" "$work/shown"); do
		complain "dist/miniclass.conf: $name is no setting, or stands there twice"
	done
	sed -n 's/^\t{ "\([a-z_]*\)", MC_SETTING_[A-Z]*, \(AT([a-z_]*)\|offsetof([^)]*)\), "\([^"]*\)".*/\1 = \3/p' \
		server/settings.c chatd/settings.c cli/mc_admin.c | grep -v '^json ' | sort -u >"$work/defaults"
	while read -r line; do
		grep -qxF "#$line" dist/miniclass.conf || complain "dist/miniclass.conf: there is no line #$line"
	done <"$work/defaults"
	# Each line is good when somebody takes its "#" away.
	sed 's/^#\([a-z][a-z_]* = \)/\1/' dist/miniclass.conf >"$work/all.conf"
	for option in mc-server:connections mc-chatd:connections mc-admin:timeout; do
		# The file is read before the option is: what it complains of first must be the option.
		said=$("$bin/${option%:*}" --config "$work/all.conf" "--${option#*:}" wrong 2>&1) || true
		case $said in
		*": --${option#*:}: "*) ;;
		*) complain "dist/miniclass.conf: $said" ;;
		esac
	done
}

# miniclass.conf(5) explains each setting, mc-admin(8) each option and verb.
check_manuals() {
	while read -r name; do
		grep -q "^\.It Ic $name Li" docs/man/miniclass.conf.5 || complain "miniclass.conf.5: $name is missing"
	done <"$work/told"
	for name in $(told mc-admin | tr _ -); do
		grep -q "^\.It Fl -$name" docs/man/mc-admin.8 || complain "mc-admin.8: --$name is missing"
	done
	"$bin/mc-admin" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\( [a-z][a-z]*\)\{0,1\}\).*/\1/p' | sort -u >"$work/verbs"
	[ -s "$work/verbs" ] || complain "mc-admin --help: there are no verbs"
	while read -r verb; do
		grep -q "^\.It Cm $verb\( \|$\)" docs/man/mc-admin.8 || complain "mc-admin.8: $verb is missing"
	done <"$work/verbs"
}

check mc-server server '## Settings' chatd
check mc-chatd chatd '### mc-chatd' server
check_example
check_manuals
exit $failed
