#!/bin/sh
# up.sh - what `make run` does once all is built: database, migrations, servers; until Ctrl-C.
#
# MC_LISTEN, MC_CHAT_LISTEN: where to listen.  MC_VAR: where the database and the logs live (default: var/);
# another one is another classroom, so several run at once.
set -eu
cd "$(dirname "$0")/.."

bin=${MC_BUILD:-build}/bin
var=${MC_VAR:-var}
mkdir -p "$var/log"
var=$(cd "$var" && pwd)
export MC_VAR="$var"
export MC_LISTEN="${MC_LISTEN:-127.0.0.1:8080}"
export MC_CHAT_LISTEN="${MC_CHAT_LISTEN:-127.0.0.1:8081}"
unset MC_DB

exec 8>"$var/run.lock"
flock -n 8 || {
	echo "make run: $var is in use by another one; give this one its own: MC_VAR=... MC_LISTEN=... MC_CHAT_LISTEN=..." >&2
	exit 1
}

servers=
work=$(mktemp -d)

stop() {
	status=$?
	trap '' INT TERM HUP
	trap - EXIT
	[ -z "$servers" ] || echo "Stopping."
	for pid in $servers; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $servers; do
		wait "$pid" 2>/dev/null || true
	done
	sh sql/cluster.sh stop 8>&- || true
	# The readers of the logs end with what they read.
	wait
	rm -rf "$work"
	exit "$status"
}
trap stop EXIT
trap 'exit 0' INT TERM HUP

# start PROGRAM: in the background, its output with its name in front, and in its log.
start() {
	log=$var/log/$1.log
	[ ! -f "$log" ] || mv -f "$log" "$log.1"
	: >"$log"
	mkfifo "$work/$1"
	# Ctrl-C reaches the whole group; who prints the last words must outlive who says them.
	(
		trap '' INT TERM HUP
		exec 8>&-
		tee -a "$log" <"$work/$1" | sed -u "s/^/$1 | /"
		# It says nothing more.
		: >"$work/$1.ended"
		echo "$1" >&7
	) &
	"$bin/$1" >"$work/$1" 2>&1 7>&- 8>&- &
	echo $! >"$work/$1.pid"
	servers="$! $servers"
}

# address PROGRAM: where it says that it listens; waits for it.
address() {
	# Not `kill -0`: who has ended answers to that until its parent waits for it.
	found=
	while [ ! -e "$work/$1.ended" ]; do
		found=$(sed -n 's/.*listening.*address"\{0,1\}[=:] *"\{0,1\}\([^" ,}]*\).*/\1/p' "$var/log/$1.log" | head -n 1)
		[ -z "$found" ] || break
		sleep 0.1
	done
	[ -n "$found" ] && echo "$found"
}

# As a browser wants it: an address that stands for all is reached as localhost.
url() {
	case $1 in
	unix:*) echo "$1" ;;
	*)
		scheme=http
		[ -z "${MC_TLS_CERT:-}" ] || scheme=https
		echo "$scheme://$(echo "$1" | sed 's/^0\.0\.0\.0:/localhost:/; s/^\[::\]:/localhost:/')/"
		;;
	esac
}

sh sql/cluster.sh start 8>&-
MC_DB=$(sh sql/cluster.sh url admin) "$bin/mc-admin" migrate 8>&-
MC_DB=$(sh sql/cluster.sh url server)
export MC_DB

# Who has ended; a sh cannot wait for the first of several.
mkfifo "$work/ended"
exec 7<>"$work/ended"

start mc-server
web=$(address mc-server) || {
	echo "make run: mc-server did not start. Is $MC_LISTEN taken? Try: MC_LISTEN=127.0.0.1:9090 make run" >&2
	exit 1
}
if [ -x "$bin/mc-chatd" ]; then
	start mc-chatd
	address mc-chatd >/dev/null || {
		echo "make run: mc-chatd did not start. Is $MC_CHAT_LISTEN taken? Try: MC_CHAT_LISTEN=127.0.0.1:9091 make run" >&2
		exit 1
	}
fi

cat <<TEXT

  Mini Classroom is running. Open

      $(url "$web")

  and sign up; whoever creates a class teaches it. Data and logs are in $var.
  Ctrl-C stops everything and keeps the data.

TEXT

# Ends with the first server that ends; with 0 when somebody told it to.
read -r name <&7
wait "$(cat "$work/$name.pid")" && exit 0
echo "make run: $name has ended by itself; see $var/log" >&2
exit 1
