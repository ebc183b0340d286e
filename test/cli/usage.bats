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

@test "completions for bash name every verb" {
	well mc-class --completion bash
	bash -n <<<"$output"
	for verb in list create join show people tags code live discussions discuss attendance; do
		[[ $output == *"$verb"* ]]
	done
}
