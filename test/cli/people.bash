# People, each in a seat of their own; what all files of test/cli use.

bats_require_minimum_version 1.5.0

# A number that no other test has, for names and addresses.
fresh() {
	echo "$$-$BATS_TEST_NUMBER-$RANDOM$RANDOM"
}

setup() {
	SEATS=$BATS_TEST_TMPDIR/seats
	TAG=$(fresh)
	export SEATS
	mkdir -p "$SEATS"
}

# as PERSON COMMAND...
as() {
	local person=$1
	shift
	XDG_CONFIG_HOME=$SEATS/$person "$@"
}

# enrol PERSON...: signed up and logged in; their name is the word with a capital.
enrol() {
	local person
	for person in "$@"; do
		echo "$person has a long password" | as "$person" mc-login --signup --name "${person^}" \
			--password-stdin "$person.$TAG@example.org" >/dev/null
	done
}

# class_of TEACHER NAME STUDENT...: prints its id.
class_of() {
	local teacher=$1 name=$2 id code student
	shift 2
	IFS=$'\t' read -r id code _ <<<"$(as "$teacher" mc-class create "$name")"
	for student in "$@"; do
		as "$student" mc-class join "$code" >/dev/null
	done
	echo "$id"
}

# A command that should go well: nothing on stderr, exit status 0; $output is its stdout.
well() {
	run --separate-stderr "$@"
	[ "$status" = 0 ] || {
		echo "exit status $status: $stderr"
		return 1
	}
	[ -z "$stderr" ] || {
		echo "on stderr: $stderr"
		return 1
	}
}

# fails STATUS COMMAND...: with one line on stderr, "program: what: why", and nothing on stdout.
fails() {
	local wanted=$1
	shift
	run --separate-stderr "$@"
	[ "$status" = "$wanted" ] || {
		echo "exit status $status in place of $wanted: $stderr"
		return 1
	}
	[ "${#stderr_lines[@]}" = 1 ] && [[ $stderr == mc-*:\ *:\ * ]] && [ -z "$output" ] || {
		echo "stderr: $stderr"
		echo "stdout: $output"
		return 1
	}
}
