# mc-post: texts in, posts out.

load people

lesson() {
	enrol ada ben
	class=$(class_of ada "History $TAG" ben)
}

@test "a post from words, from stdin, and from stdin by -" {
	lesson
	well as ada mc-post "history $TAG" Read page 12
	[[ $output == *"	$MC_SERVER/classes/$class/posts/"* ]]
	printf 'One\n\nTwo\n' | well as ada mc-post "$class"
	run --separate-stderr as ada mc-post "$class" - <<<"by a dash"
	[ "$status" = 0 ]
	well as ben mc-post --list "$class"
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == *"by a dash" && ${lines[2]} == *"	Ada		Read page 12" ]]
}

@test "-- ends options: a text may begin with a dash" {
	lesson
	well as ada mc-post "$class" -- --force is a vector
	well as ben mc-post --list "$class"
	[[ $output == *"--force is a vector" ]]
}

@test "tags are given with -t, and lists are filtered by them" {
	lesson
	well as ada mc-post "$class" -t homework -t "week 3" "Page 12"
	well as ada mc-post "$class" -t notes "Page 13"
	well as ben mc-post --list "$class" --tag "week 3"
	[[ ${#lines[@]} = 1 && $output == *"homework,week 3	Page 12" ]]
	well as ben mc-post --list "$class" --tag "a&b=c"
	[ -z "$output" ]
	well as ben mc-class tags "$class"
	[ "${#lines[@]}" = 3 ]
}

@test "a list goes on beyond what the server gives at once" {
	lesson
	for n in $(seq 105); do as ada mc-post "$class" "number $n" >/dev/null; done
	well as ben mc-post --list "$class"
	[ "${#lines[@]}" = 20 ]
	well as ben mc-post --list "$class" --limit 1000
	[ "${#lines[@]}" = 105 ]
	[ "$(cut -f 5 <<<"$output" | sort -u | wc -l)" = 105 ]
	well as ben mc-post --list "$class" --limit 103
	[ "${#lines[@]}" = 103 ]
}

@test "a post is changed in text or tags alone, shown, and removed" {
	lesson
	id=$(as ada mc-post "$class" -t old "First words" | cut -f 1)
	well as ada mc-post --edit "$id" "$class" "Other words"
	well as ben mc-post --show "$id" "$class"
	[[ $output == *"	old	Other words" ]]
	well as ada mc-post --edit "$id" "$class" -t new
	well as ben mc-post --show "$id" "$class"
	[[ $output == *"	new	Other words" ]]
	fails 5 as ben mc-post --edit "$id" "$class" "Mine"
	fails 2 as ada mc-post --remove "$id" "$class" </dev/null
	well as ada mc-post --remove "$id" "$class" --yes
	fails 3 as ben mc-post --show "$id" "$class"
}

@test "students do not post: exit 5, and nothing is there" {
	lesson
	fails 5 as ben mc-post "$class" "Mine"
	well as ben mc-post --list "$class"
	[ -z "$output" ]
}

@test "nothing, too much, and what is no text are refused before anything is sent" {
	lesson
	fails 2 as ada mc-post "$class" </dev/null
	fails 2 as ada mc-post "$class" "   "
	fails 2 as ada mc-post "$class" <<<$'\xff\xfe'
	head -c 65537 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
	fails 5 as ada mc-post "$class" <"$BATS_TEST_TMPDIR/long"
	head -c 65536 "$BATS_TEST_TMPDIR/long" >"$BATS_TEST_TMPDIR/just"
	well as ada mc-post "$class" <"$BATS_TEST_TMPDIR/just"
}

@test "what the server refuses is said with the field" {
	lesson
	fails 5 as ada mc-post "$class" -t "$(printf 'x%.0s' $(seq 51))" text
	[[ $stderr == *tag* ]]
	fails 5 as ada mc-post "$class" $'a bell \a in it'
	[[ $stderr == *body* ]]
	[[ $stderr != *$'\a'* ]]
}

@test "a text of several lines is one line in a list" {
	lesson
	printf 'One\n\n\tTwo\n' | as ada mc-post "$class" >/dev/null
	well as ben mc-post --list "$class"
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"	One   Two" ]]
}
