# One classroom for all of test/cli: PostgreSQL, mc-server, mc-chatd, as `make run` starts them.

free_ports() {
	/usr/bin/python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in held))'
}

setup_suite() {
	export ROOT
	ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	case ${MC_BUILD:=build} in /*) ;; *) MC_BUILD=$ROOT/$MC_BUILD ;; esac
	export MC_BUILD PATH="$MC_BUILD/bin:$PATH" TZ=UTC LC_ALL=C.UTF-8
	# What the person who runs this has set for themselves is theirs.
	unset MC_TOKEN MC_SERVER MC_CHAT MC_TIMEOUT MC_CA_FILE MC_DB MC_PAGER PAGER VISUAL EDITOR NO_COLOR
	unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY

	# Nothing here takes a second: what hangs is to fail.
	export BATS_TEST_TIMEOUT=120
	local web chat
	read -r web chat <<<"$(free_ports)"
	SUITE=$(mktemp -d "${MC_TEST_DIR:-/tmp}/mc-cli.XXXXXX")
	chmod 755 "$SUITE"
	export SUITE MC_SERVER="http://127.0.0.1:$web"
	mkfifo "$SUITE/words"
	MC_VAR=$SUITE/var MC_LISTEN=127.0.0.1:$web MC_CHAT_LISTEN=127.0.0.1:$chat \
		sh "$ROOT/test/up.sh" >"$SUITE/words" 2>&1 3>&- 4>&- &
	UP=$!
	export UP
	# It says when all is up; the rest of its words are read until it ends.
	exec 9<"$SUITE/words"
	while read -r -u 9 line; do
		case $line in *"Ctrl-C stops"*) break ;; esac
	done
	cat <&9 >/dev/null 3>&- 4>&- &
	exec 9<&-
}

teardown_suite() {
	kill -TERM "$UP"
	# It is a child of the process that set up, which this is only when a run was interrupted.
	wait "$UP" 2>/dev/null ||
		while kill -0 "$UP" 2>/dev/null; do read -r -t 0.05 <><(:) || true; done
	rm -rf "$SUITE"
}
