#!/bin/sh
# day.sh - a whole school day with nothing but the terminal tools: two teachers, three classes, ten students.
#
#	MC_SERVER=http://127.0.0.1:8080 sh test/cli/day.sh
#
# Everybody has a folder of their own for the log-in, as on a machine of their own.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
day=$(date +%s)

as() { # as PERSON COMMAND...: in that person's seat
	person=$1
	shift
	XDG_CONFIG_HOME=$work/$person "$@"
}
enrol() { # enrol PERSON NAME
	echo "$1 likes long passwords" |
		as "$1" mc-login --signup --name "$2" --password-stdin "$1.$day@example.org" >"$work/$1.out"
}

enrol ada "Ada Lovelace"
enrol carl "Carl Gauß"
students="ben cem dora eva finn greta hugo ida jan kim"
for student in $students; do
	enrol "$student" "$(echo "$student" | sed 's/^./\u&/')"
done

# Three classes; `create` prints id, code and name, separated by tabs.
code() { cut -f 2 "$1"; }
as ada mc-class create "Algebra $day" -d "Mondays at nine" >"$work/algebra"
as ada mc-class create "Geometry $day" >"$work/geometry"
as carl mc-class create "Physics $day" >"$work/physics"
for student in $students; do
	as "$student" mc-class join "$(code "$work/algebra")" >/dev/null
	as "$student" mc-class join "$(code "$work/physics")" >/dev/null
done
as carl mc-class join "$(code "$work/geometry")" >/dev/null

as ada mc-post "algebra $day" -t homework -t week-1 "Page **12**, exercises 1 to 4." >/dev/null
printf '# Notes\n\n* light\n* sound\n' | as carl mc-post "physics $day" -t notes >/dev/null
as ben mc-post --list "algebra $day" --tag homework

# A live class: everybody is there, says something, and leaves when all eleven have spoken.
as ada mc-class live start "algebra $day" "Fractions" >/dev/null
for student in $students; do
	echo "Good morning from $student" |
		as "$student" mc-chat "algebra $day" --history 100 --count 11 >"$work/$student.heard" &
done
as ada mc-chat "algebra $day" --send "Good morning, class"
wait
as ada mc-class discuss "algebra $day" "Homework" >/dev/null
as dora mc-chat "algebra $day" --discussion homework --private --send "I did not understand 3."
as ada mc-chat "algebra $day" --discussion homework --with dora --send "Let us look at it together."
as ada mc-class live end "algebra $day" >/dev/null
cat "$work/ben.heard"
as dora mc-chat "algebra $day" --discussion homework --private --history 10 </dev/null
as ada mc-class attendance "algebra $day" --csv
