#!/bin/sh
# run.sh - what `make test` does: every test there is, fast ones first; pytest's own summary is the last word.
#
#	sh test/run.sh                all
#	sh test/run.sh unit wire      some of: tools unit model fuzz address thread cli wire chat screen browser
#
# Stages that fail do not stop the others; the exit status counts them all.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- tools unit model fuzz address thread cli wire chat screen browser
stages=" $* "
make=${MAKE:-make}
build=${MC_BUILD:-build}
failed=
began=$(date +%s)
# Tests wait more than they compute, so files of them run side by side, each process with a PostgreSQL of its own.
jobs=$(nproc)
[ "$jobs" -le 4 ] || jobs=4
side_by_side="-n $jobs --dist loadfile"

work=$(mktemp -d /tmp/mc-test-XXXXXX)
chmod 0755 "$work"
export MC_TEST_DIR="$work"
export PYTHONDONTWRITEBYTECODE=1

finish() {
	status=$?
	trap '' INT TERM HUP
	# What a killed pytest could not stop any more.
	for var in "$work"/mc-test.*/var*; do
		[ ! -d "$var" ] || MC_VAR="$var" sh sql/cluster.sh stop || true
	done
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

wants() {
	case $stages in *" $1 "*) return 0 ;; esac
	return 1
}

# stage NAME COMMAND...: runs it, says how long it took, remembers a failure.
stage() {
	name=$1
	shift
	echo
	echo "== $name"
	since=$(date +%s)
	if "$@"; then
		echo "== $name: good, $(($(date +%s) - since)) s"
	else
		echo "== $name: FAILED, $(($(date +%s) - since)) s"
		failed="$failed $name"
	fi
}

# units BUILD: each program; only its counts when all is well.
units() {
	sum=0
	bad=0
	for test in "$1"/test/unit/test_*; do
		[ -f "$test" ] && [ -x "$test" ] || continue
		if CMOCKA_MESSAGE_OUTPUT=STDOUT "$test" >"$work/unit.log" 2>&1; then
			passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$work/unit.log" | head -n 1)
			echo "$(basename "$test"): ${passed:-0} passed"
			sum=$((sum + ${passed:-0}))
		else
			cat "$work/unit.log"
			echo "$(basename "$test"): FAILED"
			bad=$((bad + 1))
		fi
	done
	echo "$sum unit tests passed, $bad programs failed"
	[ "$bad" = 0 ] && [ "$sum" -gt 0 ]
}

fuzz_replay() {
	bad=0
	for target in "$1"/test/fuzz/fuzz_*; do
		[ -f "$target" ] && [ -x "$target" ] || continue
		"$target" "test/fuzz/corpus/$(basename "$target")" || bad=$((bad + 1))
	done
	[ "$bad" = 0 ]
}

tools() {
	$make BUILD="$build" check-layers check-banned check-headers check-symbols check-settings check-commands check-links check-install
}

# bats_tests BUILD: the terminal tools in scripts.
bats_tests() {
	bad=0
	MC_BUILD=$1 bats --formatter tap test/cli >"$work/bats.log" 2>&1 || bad=1
	[ "$bad" = 0 ] || grep -v '^ok ' "$work/bats.log" || true
	echo "$(grep -c '^ok ' "$work/bats.log") bats tests passed, $(grep -c '^not ok ' "$work/bats.log") failed"
	[ "$bad" = 0 ]
}

# sanitized SAN PYTEST-ARGUMENTS...: build, unit tests and wire tests with a sanitizer.
sanitized() {
	san=$1
	shift
	dir=$build/san-$(echo "$san" | tr , -)
	# -O1 and few debug lines: these builds are for finding, not for speed.
	$make -j2 -s SAN="$san" BUILD="$dir" CFLAGS="-O1 -g1" all unit-tests fuzz-replays test-programs || return 1
	status=0
	if units "$dir" >"$work/units.log"; then
		tail -n 1 "$work/units.log"
	else
		cat "$work/units.log"
		status=1
	fi
	[ "$san" = thread ] || fuzz_replay "$dir" || status=1
	[ "$san" = thread ] || bats_tests "$dir" || status=1
	# shellcheck disable=SC2086
	MC_BUILD=$dir MC_SAN=$san /usr/bin/python3 -m pytest -q -c test/pytest.ini $side_by_side "$@" || status=1
	return $status
}

# The published cases of the Mustache specification, where Debian packages them.
if wants unit || wants address || wants thread; then
	MC_MUSTACHE_SPEC=$(sh test/tools/mustache-spec.sh "$build/mustache-spec")
	export MC_MUSTACHE_SPEC
fi

wire=
! wants tools || stage tools tools
! wants unit || stage "unit tests" units "$build"
! wants model || stage "model tests" sh test/model/run.sh "$build"
! wants fuzz || stage "fuzz corpus" fuzz_replay "$build"
! wants address || stage "address and undefined sanitizers" sanitized address,undefined test/wire test/chat test/cli test/screen
! wants thread || stage "thread sanitizer" sanitized thread test/wire/test_concurrency.py \
	test/wire/test_requests.py test/wire/test_faults.py test/wire/test_overload.py test/wire/test_signals.py \
	test/wire/test_start.py test/wire/test_deadlines.py test/wire/test_tls.py test/chat
! wants cli || stage "terminal tools" bats_tests "$build"
! wants cli || wire="$wire test/cli"
! wants wire || wire="$wire test/wire"
! wants chat || wire="$wire test/chat"
! wants screen || wire="$wire test/screen"
! wants browser || wire="$wire test/browser"

status=0
if [ -n "$wire" ]; then
	echo
	echo "== cli, wire, chat, screen and browser"
	mkdir -p "$build/screenshots"
fi
echo
[ -z "$failed" ] || echo "FAILED before this:$failed"
echo "$(($(date +%s) - began)) s so far"
if [ -n "$wire" ]; then
	# shellcheck disable=SC2086
	MC_BUILD=$build /usr/bin/python3 -m pytest -q -c test/pytest.ini $side_by_side $wire || status=1
fi
[ -z "$failed" ] || status=1
exit $status
