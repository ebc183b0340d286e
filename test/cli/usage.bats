# Help, versions, and words that no tool knows.

load people

TOOLS="mc-login mc-class mc-post mc-chat"

@test "--help begins with what can be done, has examples before all options, and goes to stdout" {
	for tool in $TOOLS; do
		well "$tool" --help
		[[ ${lines[0]} == "Usage: $tool "* ]]
		[[ $output == *Examples:*"  $tool "*Options:*--server*--timeout*--json*"Exit status:"* ]]
		first=$output
		well "$tool" -h
		[ "$output" = "$first" ]
	done
}

@test "--version is the tool's name and version" {
	for tool in $TOOLS; do
		well "$tool" --version
		[[ $output =~ ^$tool\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	done
}

@test "an option that is written wrong: exit 2, one line, the likely one" {
	for tool in $TOOLS; do
		fails 2 "$tool" --sever http://127.0.0.1:1
		[[ $stderr == "$tool: --sever: "*"--server"* ]]
	done
}

@test "a verb that is written wrong: exit 2, one line, the likely one" {
	fails 2 mc-class atendance 1
	[[ $stderr == "mc-class: atendance: "*attendance* ]]
	fails 2 mc-class live stat 1
	[[ $stderr == *"live start"* ]]
	fails 2 mc-class live
	[[ $stderr == *"live start"*"live end"* ]]
}

@test "too few and too many words: exit 2" {
	fails 2 mc-post
	fails 2 mc-chat
	fails 2 mc-chat one two
	fails 2 mc-class join
	fails 2 mc-class show 1 2
	fails 2 mc-login a@example.org b@example.org
}

@test "options that say nothing to a verb, or contradict each other: exit 2" {
	fails 2 mc-class list --csv
	run --separate-stderr mc-class attendance 1 --csv --json
	[ "$status" = 2 ]
	fails 2 mc-class code 1 --session 1
	fails 2 mc-post --list --show 1 1
	fails 2 mc-login --logout --status
	fails 2 mc-chat 1 --with ben --private
	fails 2 mc-chat --room 1 --private
}

@test "values out of range: exit 2 and the option's name" {
	fails 2 mc-post 1 --list --limit 0
	[[ $stderr == "mc-post: --limit: "* ]]
	fails 2 mc-post 1 --list --limit many
	fails 2 mc-class --timeout never
	[[ $stderr == "mc-class: --timeout: "* ]]
	fails 2 mc-class --server ftp://example.org
	fails 2 mc-class --server http://example.org/path
}

@test "errors are one JSON object with --json" {
	enrol ada
	run --separate-stderr as ada mc-class show 999999999 --json
	[ "$status" = 3 ]
	/usr/bin/python3 -c '
import json, sys
error = json.loads(sys.argv[1])["error"]
assert error["program"] == "mc-class" and error["status"] == "not_found", error' "$stderr"
}

@test "options in every form that GNU's getopt_long takes" {
	enrol ada
	id=$(class_of ada "Forms $TAG")
	well as ada mc-post "$id" -tone --tag two --tag=three -t "four five" words
	well as ada mc-post "$id" more words --ta six
	well as ada mc-post -ln1 "$id"
	[[ $output == *"	six	more words" ]]
	well as ada mc-post --lis --lim=5 "$id"
	[[ ${lines[1]} == *"	one,two,three,four five	words" ]]
	fails 2 as ada mc-post --li "$id"
	[[ $stderr == *--list*--limit* || $stderr == *--limit*--list* ]]
	fails 2 as ada mc-post --list=yes "$id"
	fails 2 as ada mc-post "$id" --tag
}

# complete WORD...: what bash offers for the last word.
complete_words() {
	bash -c '
		. <("$1" --completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"_${1/-/_}"
		printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

@test "completions offer verbs, their second words, options, and files where one is wanted" {
	well complete_words mc-class atten
	[ "$output" = attendance ]
	well complete_words mc-class live ""
	[ "$output" = $'start\nend\nshow' ]
	well complete_words mc-admin users ""
	[ "$output" = $'create\nrename\nreset\ndisable\nenable' ]
	well complete_words mc-post --li
	[ "$output" = $'--list\n--limit' ]
	well complete_words mc-login --ca-file "$ROOT/READ"
	[ "$output" = "$ROOT/README.md" ]
	well complete_words mc-login --ca-file = "$ROOT/READ"
	[ "$output" = "$ROOT/README.md" ]
	well complete_words mc-class --json --server http : //127.0.0.1 : 8080 -d x atten
	[ "$output" = attendance ]
	well complete_words mc-class --server = http : //127.0.0.1 : 8080 atten
	[ "$output" = attendance ]
	well complete_words mc-class show ""
	[ -z "$output" ]
	well complete_words mc-chat --room ""
	[ -z "$output" ]
}

@test "every verb and option is in the completions for each shell" {
	for tool in $TOOLS mc-admin; do
		words=$("$tool" --help | grep -oE -- '--[a-z-]+' | sort -u)
		for shell in bash zsh fish; do
			well "$tool" --completion "$shell"
			for word in $words; do
				[[ $output == *"${word#--}"* ]]
			done
		done
		"$tool" --completion bash | bash -n
	done
	fails 2 mc-post --completion tcsh
}
