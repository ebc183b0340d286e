# A whole school day, from sign-up to attendance.

load people

@test "a day of two teachers, three classes and ten students needs nothing but the tools" {
	well sh "$ROOT/test/cli/day.sh"
	[[ ${lines[0]} == *"homework,week-1"*"Page **12**, exercises 1 to 4." ]]
	[ "$(grep -c 'Good morning' <<<"$output")" = 11 ]
	[ "$(grep -c 'I did not understand 3.' <<<"$output")" = 1 ]
	[ "$(grep -c 'Ada Lovelace: Let us look at it together.' <<<"$output")" = 1 ]
	# The head of the table, and ten who were there once out of once.
	[ "$(grep -c ',1,1,' <<<"$output")" = 10 ]
}

@test "the day is a script of under 60 lines" {
	[ "$(wc -l <"$ROOT/test/cli/day.sh")" -lt 60 ]
	run ! grep -E 'curl|wget|python' "$ROOT/test/cli/day.sh"
}
