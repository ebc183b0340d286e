# Servers that are away, slow or strange, log-ins that have ended: each has its exit status, nothing hangs.

load people

nowhere=http://127.0.0.1:1

@test "no server: exit 6, with its address" {
	enrol ada
	for command in "mc-class" "mc-post 1 text" "mc-chat 1" "mc-login --status" "mc-post --list 1"; do
		# shellcheck disable=SC2086
		fails 6 as ada $command --server "$nowhere"
		[[ $stderr == *127.0.0.1:1* ]]
	done
	run --separate-stderr mc-login --server "$nowhere" --password-stdin a@example.org <<<"long enough"
	[ "$status" = 6 ]
}

@test "a name that nobody knows: exit 6" {
	fails 6 mc-class --server http://no-such-host.invalid
}

@test "a server that takes the connection and says nothing: exit 6 within --timeout" {
	coproc silent { exec /usr/bin/python3 -c '
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
held = [server.accept() for _ in range(9)]' 3>&- 4>&-; }
	read -r port <&"${silent[0]}"
	fails 6 mc-class --server "http://127.0.0.1:$port" --timeout 200ms
	[[ $stderr == *"0.2 s"* ]]
	kill "$silent_PID"
}

@test "not logged in: exit 4" {
	for command in "mc-class" "mc-post 1 text" "mc-chat 1" "mc-login --status" "mc-class create x" "mc-post --list 1"; do
		# shellcheck disable=SC2086
		fails 4 as nobody $command
		[[ $stderr == *mc-login* ]]
	done
	fails 4 env MC_TOKEN=nonsense mc-class
}

@test "a session that has expired is a log-in that is needed: exit 4" {
	enrol ada ben
	class=$(class_of ada "Maths $TAG" ben)
	/usr/bin/python3 -c '
import psycopg2, sys
with psycopg2.connect(sys.argv[1]) as db, db.cursor() as cursor:
    cursor.execute("""UPDATE mc.session SET created_at = session.created_at - make_interval(days => 40),
        expires_at = now() - make_interval(days => 1) FROM mc.account
        WHERE account.id = account_id AND email = %s""", [sys.argv[2]])
    assert cursor.rowcount == 1' "$(MC_VAR=$SUITE/var sh "$ROOT/sql/cluster.sh" url superuser)" "ben.$TAG@example.org"
	fails 4 as ben mc-class
	fails 4 as ben mc-post --list "$class"
	fails 4 as ben mc-chat "$class" --send hello
	well as ada mc-class
}

@test "Ctrl-C ends with 130" {
	well /usr/bin/python3 -c '
import signal, socket, subprocess, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
with socket.create_server(("127.0.0.1", 0)) as server:
    tool = subprocess.Popen(sys.argv[1:] + ["--server", "http://127.0.0.1:%d" % server.getsockname()[1]])
    connection, _ = server.accept()
    tool.send_signal(signal.SIGINT)
    print(tool.wait())' mc-class list
	[ "$output" = 130 ]
}
