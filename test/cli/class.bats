# mc-class: which one is meant, what is shown to whom, what is refused.

load people

# The part of a tab-separated line.
part() { cut -f "$1" <<<"$2"; }

@test "a class is its id, its address, its name, or a part of that" {
	enrol ada
	id=$(class_of ada "Botany $TAG")
	for words in "$id" "botany $TAG" "any $TAG" "$MC_SERVER/classes/$id" "$MC_SERVER/classes/$id/posts/7?x#y"; do
		well as ada mc-class show "$words"
		[[ ${lines[0]} == "id	$id" ]]
	done
}

@test "upper and lower case are the same in every alphabet, however they are composed" {
	enrol ada
	id=$(class_of ada $'\u00dcbung Stra\u00dfe \u0394 '"$TAG")
	for words in $'\u00fcbung' $'u\u0308BUNG' $'STRASSE \u03b4'; do
		well as ada mc-class show "$words"
		[[ ${lines[0]} == "id	$id" ]]
	done
}

@test "an empty word names nothing, also when there is one thing only" {
	enrol ada
	id=$(class_of ada "Only $TAG")
	as ada mc-class discuss "$id" "Topic" >/dev/null
	fails 2 as ada mc-class leave "" --yes
	fails 2 as ada mc-post "" text
	fails 2 as ada mc-class threads "$id" ""
	fails 2 as ada mc-class role "$id" "" student
	fails 2 as ada mc-chat "$id" --discussion "" --send text
	fails 2 as ada mc-chat "$id" --with "" --send text
}

@test "several classes match: they are listed, exit 2" {
	enrol ada
	one=$(class_of ada "Physics $TAG one")
	two=$(class_of ada "Physics $TAG two")
	fails 2 as ada mc-class show "physics $TAG"
	[[ $stderr == *"Physics $TAG one ($one)"* && $stderr == *"Physics $TAG two ($two)"* ]]
	# The whole name of one that is part of another is that one.
	class_of ada "Physics $TAG" >/dev/null
	well as ada mc-class show "physics $TAG"
}

@test "an address on another server is not taken for this one's" {
	enrol ada
	id=$(class_of ada "Botany $TAG")
	fails 2 as ada mc-class show "http://other.example.org/classes/$id"
	[[ $stderr == *--server* ]]
	fails 2 as ada mc-class show "$MC_SERVER/account"
}

@test "no such class, and a class of others: exit 3 and the same words" {
	enrol ada ben
	id=$(class_of ada "Secret $TAG")
	fails 3 as ben mc-class show "$id"
	other=${stderr/$id/ID}
	fails 3 as ben mc-class show 999999999
	[ "${stderr/999999999/ID}" = "$other" ]
	fails 3 as ben mc-class show "secret $TAG"
}

@test "in a pipe a row is a line of parts between tabs, without a head" {
	enrol ada ben
	id=$(class_of ada "Chemistry $TAG" ben)
	well as ben mc-class
	[ "${#lines[@]}" = 1 ]
	[ "$output" = "$id	student	2	no	Ada	Chemistry $TAG" ]
	enrol cem
	well as cem mc-class
	[ -z "$output" ]
}

@test "--json is the server's own" {
	enrol ada
	id=$(class_of ada "Chemistry $TAG")
	well as ada mc-class show "$id" --json
	/usr/bin/python3 -c '
import json, sys
answer = json.loads(sys.argv[1])
assert answer["class"]["id"] == int(sys.argv[2]) and "posts" in answer, answer' "$output" "$id"
}

@test "the code lets others in, however it is typed; a new one ends the old one" {
	enrol ada ben cem
	id=$(class_of ada "Latin $TAG")
	well as ada mc-class code "$id"
	code=$(part 2 "$output")
	typed=$(tr -d - <<<"${code,,}")
	well as ben mc-class join "${typed:0:4}" "${typed:4}"
	well as ben mc-class join "$code"
	well as ada mc-class code "$id" --new --yes
	[ "$(part 2 "$output")" != "$code" ]
	fails 3 as cem mc-class join "$code"
	fails 5 as ben mc-class code "$id" --new --yes
}

@test "students see who teaches, instructors see everybody" {
	enrol ada ben cem
	id=$(class_of ada "Latin $TAG" ben cem)
	well as ben mc-class people "$id"
	[[ ${#lines[@]} = 1 && $output == *Ada* ]]
	[[ $output != *@* ]]
	well as ada mc-class people "$id"
	[[ ${#lines[@]} = 3 && $output == *Cem* ]]
}

@test "what cannot be undone wants --yes when nobody can be asked" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	fails 2 as ada mc-class remove "$id" ben </dev/null
	[[ $stderr == *--yes* ]]
	fails 2 as ben mc-class leave "$id" </dev/null
	well as ada mc-class remove "$id" ben --yes
	fails 3 as ben mc-class show "$id"
}

@test "roles change; the last instructor stays one: exit 7" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	fails 7 as ada mc-class role "$id" ada student
	fails 7 as ada mc-class leave "$id" --yes
	well as ada mc-class role "$id" ben instructor
	well as ben mc-class role "$id" ada student
	fails 5 as ada mc-class role "$id" ben student
	well as ben mc-class role "$id" ada teacher
	[[ $(as ben mc-class people "$id") == *$'\tinstructor\t'*Ada* ]]
	fails 2 as ben mc-class role "$id" ada pupil
	[[ $stderr == *teacher*student* ]]
}

@test "who takes another's name for theirs is not meant by it" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	ben=$(as ada mc-class people "$id" | awk -F'\t' '$NF == "Ben" { print $1 }')
	IFS=$'\t' read -r _ code _ <<<"$(as ada mc-class code "$id")"
	# Called as a part of Ben's name, as his number, and as his address.
	n=0
	for name in be "$ben" "ben.$TAG@example.org"; do
		n=$((n + 1))
		echo "a long password" | as twin mc-login --signup --name "$name" --password-stdin \
			"twin.$n.$TAG@example.org" >/dev/null
		well as twin mc-class join "$code"
	done
	fails 2 as ada mc-class role "$id" be instructor
	[[ $stderr == *"Ben ($ben)"* ]]
	well as ada mc-class role "$id" "$ben" instructor
	[[ $(as ada mc-class people "$id") == *"$ben	instructor	"* ]]
	well as ada mc-class role "$id" "ben.$TAG@example.org" student
	[[ $(as ada mc-class people "$id") == *"$ben	student	"* ]]
}

@test "a class is renamed and described" {
	enrol ada
	id=$(class_of ada "Latin $TAG")
	well as ada mc-class edit "$id" --name "Greek $TAG" -d "Alpha, beta"
	well as ada mc-class show "greek $TAG"
	[[ $output == *"description	Alpha, beta"* ]]
	fails 5 as ada mc-class create "$(printf 'x%.0s' $(seq 101))"
	[[ $stderr == *name* ]]
}

@test "one live class at a time: a second start is exit 7, an end without one exit 3" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	well as ada mc-class live start "$id" Verbs and nouns
	fails 7 as ada mc-class live start "$id"
	fails 5 as ben mc-class live end "$id"
	well as ben mc-class live show "$id"
	[[ $output == *"Verbs and nouns" ]]
	well as ada mc-class live end "$id"
	fails 3 as ada mc-class live end "$id"
	well as ben mc-class sessions "$id"
	[ "${#lines[@]}" = 1 ]
}

@test "attendance: a row a student, as CSV too, and a correction with its reason" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	session=$(part 1 "$(as ada mc-class live start "$id" Verbs)")
	as ada mc-chat "$id" --send hello
	as ben mc-chat "$id" --history 1 --count 1 </dev/null >/dev/null
	as ada mc-class live end "$id" >/dev/null
	well as ada mc-class attendance "$id" --session "$session"
	[[ ${#lines[@]} = 1 && $output == *Ben* ]]
	well as ada mc-class correct "$id" ben 45 "the bus was late" --session "$session"
	well as ada mc-class attendance "$id" --session "$session" --csv
	[[ $output == *"the bus was late"* && $output == *",2700,"* ]]
	well as ada mc-class uncorrect "$id" ben "it was not" --session "$session"
	fails 5 as ben mc-class attendance "$id" --session "$session"
	well as ben mc-class attendance "$id"
	[ "${#lines[@]}" = 1 ]
}

@test "a record: a row for each live class of a student, the own without a name" {
	enrol ada ben cem
	id=$(class_of ada "Latin $TAG" ben cem)
	well as ben mc-class record "$id"
	[ -z "$output" ]
	for title in Verbs Nouns; do
		session=$(part 1 "$(as ada mc-class live start "$id" "$title")")
		as ada mc-class live end "$id" >/dev/null
	done
	as ada mc-class correct "$id" ben 45 "the bus was late" --session "$session" >/dev/null
	well as ben mc-class record "$id"
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} == "$session	"*"	yes	no	2700	yes	yes	Nouns" ]]
	[[ ${lines[1]} == *"	no	no	0	no	yes	Verbs" ]]
	own=$output
	for words in ben "ben.$TAG@example.org"; do
		well as ada mc-class record "$id" "$words"
		[ "$output" = "$own" ]
	done
	well as ada mc-class record "$id" ben --json
	[[ $output == *'"reason":"the bus was late"'* ]]
	fails 2 as ada mc-class record "$id"
	fails 3 as ada mc-class record "$id" ada
	fails 5 as ben mc-class record "$id" cem
}

@test "a live class that was none is left out with a reason, and taken in again" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	session=$(part 1 "$(as ada mc-class live start "$id" Microphone)")
	well as ada mc-class leave-out "$id" is it on --session "$session"
	[[ $output == "$session	"*"	no	Microphone" ]]
	well as ben mc-class sessions "$id"
	[[ $output == *"	no	Microphone" ]]
	well as ben mc-class record "$id"
	[[ $output == "$session	"*"	no	Microphone" ]]
	well as ben mc-class attendance "$id"
	[[ $output == *"	0	0	0	Ben" ]]
	well as ada mc-class attendance "$id" --session "$session" --json
	[[ $output == *'"reason":"is it on"'* ]]
	well as ada mc-class take-in "$id" "it was one" --session "$session"
	[[ $output == *"	yes	Microphone" ]]
	well as ben mc-class attendance "$id"
	[[ $output == *"	0	1	0	Ben" ]]
	for verb in leave-out take-in; do
		fails 2 as ada mc-class "$verb" "$id" why
		fails 2 as ada mc-class "$verb" "$id" --session "$session"
		fails 5 as ada mc-class "$verb" "$id" "" --session "$session"
		fails 5 as ben mc-class "$verb" "$id" why --session "$session"
		fails 3 as ada mc-class "$verb" "$id" why --session 999999999
	done
}

@test "discussions: begun, listed, refused to students" {
	enrol ada ben
	id=$(class_of ada "Latin $TAG" ben)
	well as ada mc-class discuss "$id" The ablative
	fails 5 as ben mc-class discuss "$id" Lunch
	well as ben mc-class discussions "$id"
	[[ ${#lines[@]} = 1 && $output == *"The ablative" ]]
	as ben mc-chat "$id" --discussion ablative --private --send "psst"
	well as ada mc-class threads "$id" ablative
	[[ $output == *Ben* ]]
}

@test "a discussion gets another topic, is closed, and is opened again" {
	enrol ada ben
	id=$(class_of ada "Maths $TAG" ben)
	as ada mc-class discuss "$id" Pirmes >/dev/null
	well as ada mc-class rename "$id" pirmes Prime numbers
	[[ $(cut -f 5,6,9 <<<"$output") == $'-\t-\tPrime numbers' ]]
	fails 2 as ada mc-class rename "$id" prime
	fails 3 as ada mc-class rename "$id" pirmes Primes
	fails 5 as ben mc-class close "$id" prime
	well as ada mc-class close "$id" prime
	[ -z "$output" ]
	well as ben mc-class discussions "$id"
	[[ $(cut -f 6 <<<"$output") == yes ]]
	fails 7 as ben mc-chat "$id" --discussion prime --send late
	well as ada mc-class reopen "$id" prime
	well as ben mc-chat "$id" --discussion prime --send "and on"
}

@test "two students of one name are told apart by the id that mc-chat takes" {
	enrol ada ben
	as bea mc-login --signup --name Ben --password-stdin "bea.$TAG@example.org" \
		<<<"long enough" >/dev/null
	id=$(class_of ada "Sanskrit $TAG" ben bea)
	as ada mc-class discuss "$id" Homework >/dev/null
	for student in ben bea; do
		as $student mc-chat "$id" --discussion homework --private --send "I am $student"
	done
	run as ada mc-chat "$id" --discussion homework --with Ben --history 9 </dev/null
	[[ $status = 2 && $output == *"several fit"* ]]
	for student in ben bea; do
		[[ $output == *"Ben ("*", $student.$TAG@example.org)"* ]]
	done
	for words in "" homework; do
		well as ada mc-class threads "$id" ${words:+"$words"}
		[[ $(cut -f 6 <<<"$output") == $'Ben\nBen' ]]
	done
	# The last one written in stands first.
	number=$(head -1 <<<"$output" | cut -f 5)
	well as ada mc-chat "$id" --discussion homework --with "$number" --history 9 </dev/null
	[[ $output == *"I am bea" ]]
}

@test "in attendance two students of one name are told apart by their addresses" {
	enrol ada ben cem
	as bea mc-login --signup --name Ben --password-stdin "bea.$TAG@example.org" \
		<<<"long enough" >/dev/null
	id=$(class_of ada "Hebrew $TAG" ben bea cem)
	session=$(part 1 "$(as ada mc-class live start "$id" Verbs)")
	fails 2 as ada mc-class correct "$id" ben 3 why --session "$session"
	for student in ben bea; do
		[[ $stderr == *"Ben ("*", $student.$TAG@example.org)"* ]]
	done
	[[ $stderr != *Cem* ]]
	well as ada mc-class correct "$id" "bea.$TAG@example.org" 3 why --session "$session"
	for words in "" "--session $session"; do
		# shellcheck disable=SC2086
		well as ada mc-class attendance "$id" $words
		for student in ben bea; do
			[[ $output == *"	Ben, $student.$TAG@example.org"* ]]
		done
		[[ $output == *"	Cem" ]]
	done
	for words in attendance record; do
		well as ben mc-class "$words" "$id" --json
		[[ $output != *@* ]]
	done
}

@test "what is new is counted, and nothing is once all is read" {
	enrol ada ben
	id=$(class_of ada "Greek $TAG" ben)
	as ada mc-class discuss "$id" Homer >/dev/null
	as ben mc-chat "$id" --discussion homer --send "Who was he?"
	as ben mc-chat "$id" --discussion homer --private --send "psst"
	as ben mc-chat "$id" --discussion homer --private --send "I am lost"
	well as ada mc-class discussions "$id"
	[[ $(cut -f 3,4 <<<"$output") == $'1\t1' ]]
	for words in "" homer; do
		well as ada mc-class threads "$id" ${words:+"$words"}
		[[ ${#lines[@]} = 1 && $(cut -f 2,3 <<<"$output") == $'2\t2' && $output == *Ben* ]]
	done
	well as ada mc-class threads "$id"
	[[ $(cut -f 7 <<<"$output") == Homer ]]
	# A program may only pass on what it gets.
	as ada mc-chat "$id" --discussion homer --history 9 </dev/null >/dev/null
	well as ada mc-class discussions "$id"
	[[ $(cut -f 4 <<<"$output") == 1 ]]
	well as ada mc-class read "$id"
	[ -z "$output" ]
	well as ada mc-class discussions "$id"
	[[ $(cut -f 4 <<<"$output") == 0 ]]
	well as ada mc-class threads "$id"
	[[ $(cut -f 3 <<<"$output") == 0 ]]
	well as ben mc-class discussions "$id"
	[[ $(cut -f 4 <<<"$output") == 0 ]]
	as ada mc-chat "$id" --discussion homer --send "A poet"
	well as ben mc-class discussions "$id"
	[[ $(cut -f 4 <<<"$output") == 2 ]]
	# What one wrote oneself is not new.
	well as ada mc-class discussions "$id"
	[[ $(cut -f 4 <<<"$output") == 0 ]]
	fails 3 as ben mc-class read 999999999
}

@test "a reader that has enough ends it quietly" {
	enrol ada
	for n in 1 2 3; do class_of ada "Class $n $TAG" >/dev/null; done
	run --separate-stderr bash -c 'set -o pipefail; XDG_CONFIG_HOME=$1 mc-class | head -1' - "$SEATS/ada"
	[[ $status = 0 && ${#lines[@]} = 1 && -z $stderr ]]
}

@test "output that cannot be written is a failure" {
	enrol ada
	class_of ada "Latin $TAG" >/dev/null
	run --separate-stderr bash -c 'XDG_CONFIG_HOME=$1 mc-class >/dev/full' - "$SEATS/ada"
	[ "$status" = 1 ]
}
