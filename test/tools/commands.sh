#!/bin/sh
# commands.sh - docs/COMMANDS.md: every route of mc-server beside the command that does it.
#
#	sh test/tools/commands.sh BUILD >docs/COMMANDS.md
#	sh test/tools/commands.sh BUILD check
#
# It fails when a route has no command, a command no route, or a command names an option or verb that its tool does
# not know; and with `check` when the page in docs is not what would be made now.
set -eu
cd "$(dirname "$0")/../.."
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/test/tools/routes" >"$work/routes"
sed '/^#/d; /^$/d' test/tools/commands.txt >"$work/commands"
for tool in mc-login mc-class mc-post mc-chat; do
	"$build/bin/$tool" --help >"$work/$tool"
done

# shellcheck disable=SC2016
awk -F '\t' -v work="$work" '
function complain(what) { print "commands.sh: " what >"/dev/stderr"; failed = 1 }

# Each "mc-..." of the text: its options, and the verb behind mc-class, are in its --help.
function verify(text,    parts, words, n, m, i, j, tool) {
	n = split(text, parts, ", ")
	for (i = 1; i <= n; i++) {
		if (parts[i] !~ /^mc-/) continue
		m = split(parts[i], words, " ")
		tool = words[1]
		if (!(tool in help)) { complain("no tool " tool); continue }
		if (tool == "mc-class" && index(help[tool], "\n  " words[2] " ") == 0)
			complain(tool " has no verb " words[2])
		for (j = 2; j <= m; j++)
			if (words[j] ~ /^--/ && index(help[tool], words[j]) == 0)
				complain(tool " has no option " words[j])
	}
}

FILENAME ~ /mc-/ { tool = FILENAME; sub(/.*\//, "", tool); help[tool] = help[tool] "\n" $0; next }
FILENAME ~ /commands$/ { command[$1] = $2; next }
{
	if (!($1 in command)) complain("no command for " $2 " " $3 " (" $1 ")")
	verify(command[$1])
	used[$1] = 1
	path = $3
	gsub(/[{}]/, "", path)
	text = command[$1]
	if (sub(/^- /, "", text)) shown = "none: " text
	else {
		note = ""
		if (match(text, / \(.*\)$/)) { note = substr(text, RSTART); text = substr(text, 1, RSTART - 1) }
		gsub(/, /, "`, `", text)
		shown = "`" text "`" note
	}
	rows = rows "| " $2 " `" $3 "` | " $4 " | " shown " |\n"
}
END {
	for (name in command) if (!(name in used)) complain("no route " name)
	if (failed) exit 1
	print "# Routes and commands\n"
	print "Everything that a page does, a command does. Made of the table of routes and `test/tools/commands.txt` by `make commands`;"
	print "the tests fail when a route has no command. What the routes take and answer is in [HTTP.md](HTTP.md).\n"
	print "| route | who | command |\n|---|---|---|"
	printf "%s", rows
}' "$work"/mc-* "$work/commands" "$work/routes" >"$work/page"

if [ "${2:-}" = check ]; then
	cmp -s "$work/page" docs/COMMANDS.md || {
		echo "commands.sh: docs/COMMANDS.md is not up to date: make commands" >&2
		exit 1
	}
else
	cat "$work/page"
fi
