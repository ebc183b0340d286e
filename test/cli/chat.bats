# mc-chat without a screen: in pipes, line by line, one message at a time.

load people

# A class with something live in it.
lesson() {
	enrol ada ben cem
	class=$(class_of ada "Music $TAG" ben cem)
	IFS=$'\t' read -r session room _ <<<"$(as ada mc-class live start "$class" Scales)"
}

# Until the server says that this student is here.
await_in_room() {
	until as ada mc-class attendance "$class" --session "$session" | grep -q "	yes	.*	$1\$"; do :; done
}

@test "each line of stdin is a message, each message a line of stdout" {
	lesson
	printf 'do\nre\nmi\n' | as ada mc-chat "$class"
	well as ben mc-chat "$class" --history 10 </dev/null
	[ "${#lines[@]}" = 3 ]
	# The mark is a teacher's, and nobody is called as if they had it.
	[[ ${lines[0]} =~ ^[0-9]{2}:[0-9]{2}\ \*\ Ada:\ do$ && ${lines[2]} == *": mi" ]]
}

@test "several in one room, all in pipes, see the same in the same order" {
	lesson
	local writers=()
	for person in ada ben cem; do
		for n in 1 2 3 4 5; do echo "$person $n"; done |
			as "$person" mc-chat "$class" --history 100 --count 15 >"$BATS_TEST_TMPDIR/$person" &
		writers+=($!)
	done
	wait "${writers[@]}"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ada")" = 15 ]
	cmp "$BATS_TEST_TMPDIR/ada" "$BATS_TEST_TMPDIR/ben"
	cmp "$BATS_TEST_TMPDIR/ada" "$BATS_TEST_TMPDIR/cem"
	# Of one sender, in the order in which they were written.
	[ "$(sed -n 's/.*: ben //p' "$BATS_TEST_TMPDIR/ada" | tr -d '\n')" = 12345 ]
}

@test "--json is one object a line, as the server says it" {
	lesson
	as ada mc-chat "$class" --send 'quo"ted'
	well as ben mc-chat "$class" --json --history 1 --count 1 </dev/null
	/usr/bin/python3 -c '
import json, sys
message = json.loads(sys.argv[1])
assert message["body"] == "quo\"ted" and message["seq"] == 1 and message["from"]["name"] == "Ada"' "$output"
}

@test "--send waits until the message is stored, and writes nothing" {
	lesson
	well as ada mc-chat "$class" --send "once"
	[ -z "$output" ]
	well as ben mc-chat --room "$room" --history 5 </dev/null
	[ "${#lines[@]}" = 1 ]
}

@test "--count ends after that many messages; without --history those from before do not count" {
	lesson
	as ada mc-chat "$class" --send "before"
	as ben mc-chat "$class" --count 1 </dev/null >"$BATS_TEST_TMPDIR/heard" &
	await_in_room Ben
	as ada mc-chat "$class" --send "after"
	wait $!
	[[ $(cat "$BATS_TEST_TMPDIR/heard") == *": after" ]]
}

@test "when the live class ends, so does everybody's mc-chat, with 0" {
	lesson
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 8<>"$BATS_TEST_TMPDIR/keys"
	as ben mc-chat "$class" <&8 >"$BATS_TEST_TMPDIR/heard" 3>&- &
	await_in_room Ben
	as ada mc-class live end "$class" >/dev/null
	wait $!
	exec 8>&-
	fails 3 as ben mc-chat "$class" --send "too late"
}

@test "a teacher removes a message, asked back, and its words are gone" {
	lesson
	as ben mc-chat "$class" --send "good"
	seq=$(as ben mc-chat "$class" --send "bad words" --json | jq .seq)
	fails 2 as ada mc-chat "$class" --remove "$seq" </dev/null
	[[ $stderr == *--yes* ]]
	fails 5 as ben mc-chat "$class" --remove "$seq" --yes
	fails 3 as ada mc-chat "$class" --remove 99 --yes
	fails 2 as ada mc-chat "$class" --remove "$seq" --yes --send "x"
	well as ada mc-chat "$class" --remove "$seq" --yes
	[ -z "$output" ]
	well as ada mc-chat "$class" --history 9 </dev/null
	[[ ${lines[0]} == *"Ben: good" && ${lines[1]} == *"Ben: (removed by a teacher)" ]]
	well as ada mc-chat "$class" --history 1 --json </dev/null
	[ "$(jq -c '[.body, .removed]' <<<"$output")" = '["",true]' ]
}

@test "a teacher removes all that one person wrote, asked back" {
	lesson
	as ben mc-chat "$class" --send "spam"
	as ada mc-chat "$class" --send "stop it"
	as ben mc-chat "$class" --send "more spam"
	fails 2 as ada mc-chat "$class" --all
	fails 2 as ada mc-chat "$class" --remove 1 --all </dev/null
	fails 5 as ben mc-chat "$class" --remove 1 --all --yes
	well as ada mc-chat "$class" --remove 1 --all --yes --json
	[ "$(jq .removed <<<"$output")" = 2 ]
	well as ada mc-chat "$class" --history 9 </dev/null
	[[ ${lines[0]} == *"(removed by a teacher)" && ${lines[1]} == *"stop it" && ${lines[2]} == "${lines[0]}" ]]
}

@test "nothing is live: exit 3" {
	enrol ada
	class=$(class_of ada "Silence $TAG")
	fails 3 as ada mc-chat "$class" </dev/null
}

@test "discussions and private threads, by topic or id, and only for whom they are" {
	lesson
	id=$(as ada mc-class discuss "$class" "Chords and keys" | cut -f 1)
	well as ben mc-chat "$class" --discussion chords --send "In C?"
	well as ben mc-chat "$class" --discussion "$id" --private --send "I am lost"
	well as ada mc-chat "$class" --discussion keys --with ben --history 9 </dev/null
	[[ ${#lines[@]} = 1 && $output == *"Ben: I am lost" ]]
	well as cem mc-chat "$class" --discussion keys --private --history 9 </dev/null
	[ -z "$output" ]
	well as ada mc-chat "$class" --discussion keys --with "ben.$TAG@example.org" --history 9 </dev/null
	[ "${#lines[@]}" = 1 ]
	as ada mc-class discuss "$class" "Chords" >/dev/null
	well as ben mc-chat "$class" --discussion chords --history 9 </dev/null
	[ -z "$output" ]
	fails 2 as ada mc-chat "$class" --discussion chord
	fails 2 as ada mc-chat "$class" --discussion keys --private
	[[ $stderr == *--with* ]]
	fails 5 as cem mc-chat "$class" --discussion keys --with ben --send "let me in"
	fails 3 as ada mc-chat "$class" --discussion keys --with nobody --send "?"
	fails 3 as ada mc-chat "$class" --discussion lunch --send "?"
}

@test "the web address of a discussion or a room is that one" {
	lesson
	IFS=$'\t' read -r id discussion _ <<<"$(as ada mc-class discuss "$class" Chords)"
	as ada mc-class discuss "$class" Keys >/dev/null
	well as ben mc-chat "$MC_SERVER/classes/$class/discussions/$id?before=9" --send "In C?"
	well as ben mc-chat "$MC_SERVER/rooms/$discussion" --history 9 </dev/null
	[[ ${#lines[@]} = 1 && $output == *": In C?" ]]
	well as ben mc-chat "$MC_SERVER/classes/$class/discussions/$id" --discussion keys --history 9 </dev/null
	[ -z "$output" ]
	well as ben mc-chat "$MC_SERVER/classes/$class/live" --send "In the live class"
	fails 2 as ben mc-chat "http://class.example.org/rooms/$discussion" --send "?"
}

@test "a room of others, and one that is none: exit 3 and the same words" {
	lesson
	enrol dora
	fails 3 as dora mc-chat --room "$room" --send "hello"
	other=${stderr/$room/ID}
	fails 3 as dora mc-chat --room 999999999 --send "hello"
	[ "${stderr/999999999/ID}" = "$other" ]
}

@test "what the server would refuse is said, and what was written before it is stored" {
	lesson
	{
		echo "good"
		head -c 4097 /dev/zero | tr '\0' x
		echo
		echo "good again"
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr as ada mc-chat "$class" <"$BATS_TEST_TMPDIR/in"
	[ "$status" != 0 ]
	[[ $stderr == *4096* ]]
	well as ben mc-chat "$class" --history 9 </dev/null
	[[ $output == *": good"* ]]
}

@test "what a rule of the server refuses: exit 5, sent alone and in a pipe" {
	lesson
	fails 5 as ada mc-chat "$class" --send $'bell\a'
	fails 5 as ada mc-chat "$class" <<<$'bell\a'
}

@test "closed stdin is an empty one, and nothing goes into the connection for a closed stdout" {
	lesson
	as ada mc-chat "$class" --send "one"
	closed_in() { as ben timeout 20 mc-chat "$class" --history 9 <&-; }
	well closed_in
	[[ $output == *": one" ]]
	closed_out() { as ben mc-chat "$class" --history 9 </dev/null >&-; }
	fails 1 closed_out
	well as ben mc-chat "$class" --history 9 </dev/null
	[ "${#lines[@]}" = 1 ]
}

@test "--line works without a terminal that can do anything" {
	lesson
	as ada mc-chat "$class" --send "first"
	run --separate-stderr env TERM=dumb XDG_CONFIG_HOME="$SEATS/ben" mc-chat "$class" --line <<<"/quit"
	[ "$status" = 0 ]
	[[ $output == *": first"* ]]
	[[ $output != *$'\033'* ]]
}

@test "when nobody reads the output any more, what was not sent is said; who only watched ends with 0" {
	lesson
	fails 1 as ben bash -o pipefail -c 'seq 1 5000 | mc-chat "$1" | head -1 >&3' - "$class" 3>/dev/null
	[[ $stderr == *"not all of the input was sent"* ]]
	well as ben bash -o pipefail -c 'mc-chat "$1" --history 2 </dev/null | head -1' - "$class"
}
