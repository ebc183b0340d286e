# A classroom of one's own, as `make run` starts it.

# up: starts it; ends when all is up, with $up its pid and its further words on descriptor 9.
up() {
	local said=
	mkfifo "$BATS_TEST_TMPDIR/words"
	MC_VAR=$BATS_TEST_TMPDIR/var MC_LISTEN=127.0.0.1:0 MC_CHAT_LISTEN=127.0.0.1:0 \
		sh "$ROOT/test/up.sh" >"$BATS_TEST_TMPDIR/words" 2>&1 3>&- 4>&- &
	up=$!
	exec 9<"$BATS_TEST_TMPDIR/words"
	until [[ $said == *"Ctrl-C stops"* ]]; do read -r -u 9 said; done
}

# pid_of PROGRAM
pid_of() {
	ps -o pid=,comm= --ppid "$up" | awk -v name="$1" '$2 == name { print $1 }'
}

setup() {
	# PostgreSQL's user must get in, too.
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
}

@test "a classroom ends when one of its servers has ended by itself, and says which" {
	for program in mc-server mc-chatd; do
		up
		kill -KILL "$(pid_of "$program")"
		said=$(cat <&9)
		status=0
		wait "$up" || status=$?
		[ "$status" = 1 ]
		[[ $said == *"$program has ended by itself"* ]]
		rm "$BATS_TEST_TMPDIR/words"
	done
}

@test "a classroom whose server is told to end ends with 0" {
	up
	kill -TERM "$(pid_of mc-server)"
	cat <&9 >/dev/null
	wait "$up"
}

@test "a classroom whose address is taken says so and leaves nothing running" {
	coproc TAKEN { /usr/bin/python3 -c 'import socket, sys
taken = socket.create_server(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
sys.stdin.read()' 3>&- 4>&-; }
	read -r -u "${TAKEN[0]}" port
	for taken in 'mc-server MC_LISTEN' 'mc-chatd MC_CHAT_LISTEN'; do
		status=0
		env MC_VAR="$BATS_TEST_TMPDIR/var" MC_LISTEN=127.0.0.1:0 MC_CHAT_LISTEN=127.0.0.1:0 "${taken#* }=127.0.0.1:$port" \
			timeout 60 sh "$ROOT/test/up.sh" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- 4>&- || status=$?
		[ "$status" = 1 ]
		grep -q "${taken% *} did not start. Is 127.0.0.1:$port taken? Try: ${taken#* }=" "$BATS_TEST_TMPDIR/said"
		[ ! -e "$BATS_TEST_TMPDIR/var/pg/data/postmaster.pid" ]
	done
	kill "$TAKEN_PID"
}
