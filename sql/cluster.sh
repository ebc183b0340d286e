#!/bin/sh
# cluster.sh - a PostgreSQL of our own under $MC_VAR (default: var/), for make run and the tests.
#
# It listens on one Unix socket, in a directory that only its user (and root) can enter; there
# is no TCP port and no password.  No other cluster is looked at or touched.  PostgreSQL refuses
# to run as root, so for root it runs as Debian's user `postgres`.
set -eu

usage() {
	cat <<'TEXT'
Usage: sql/cluster.sh start | stop | status | url [server|admin|superuser]

  MC_DB=$(sql/cluster.sh url admin) build/bin/mc-admin migrate
  psql "$(sql/cluster.sh url)"

start      makes the cluster when there is none, starts it when it is down; always safe to repeat
stop       stops it; its data stay
status     0 when it runs, 1 when it does not
url        prints a libpq URI: server (the default: least rights), admin (owns the schema) or
           superuser

Environment: MC_VAR, the directory that holds it; another one is another cluster.
TEXT
}

die() {
	echo "cluster.sh: $*" >&2
	exit 1
}

say() {
	echo "cluster.sh: $*" >&2
}

# What the caller's environment says about other databases is not for this one.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
	PGOPTIONS PGDATA PGAPPNAME PGSSLMODE PGTZ PGCLIENTENCODING || true
umask 022

database=miniclass
top=$(cd "$(dirname "$0")/.." && pwd)

as_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$base" "$@"
	else
		"$@"
	fi
}

# Sets base (everything of the cluster), data, log and socket (the directory of the socket).
locate() {
	var=${MC_VAR:-$top/var}
	case $var in /*) ;; *) var=$(pwd)/$var ;; esac
	mkdir -p "$var" || die "$var: cannot be made"
	var=$(cd "$var" && pwd -P)
	hash=$(printf %s "$var" | sha256sum | cut -c1-12)
	base=$var/pg

	if [ "$(id -u)" = 0 ]; then
		id postgres >/dev/null 2>&1 || die "the user postgres is missing: apt-get install postgresql"
		owner=$(id -u postgres)
		if ! (cd / && base=/ as_user test -x "$var"); then
			base=/var/lib/miniclass-$hash
			[ -d "$base" ] || say "$var cannot be reached by the user postgres: using $base"
		fi
	else
		owner=$(id -u)
	fi
	data=$base/data
	log=$base/postgres.log
	socket=$base/s
	# A socket's path has 107 bytes; "/.s.PGSQL.5432" and its lock's ".lock" are 19 of them.  Other
	# characters would need quoting, a different one for PostgreSQL's settings and for URIs.
	case $socket in
	*[!A-Za-z0-9._/-]*) socket=/tmp/miniclass-$hash ;;
	*) [ "${#socket}" -le 85 ] || socket=/tmp/miniclass-$hash ;;
	esac
}

private_directory() {
	if [ ! -d "$1" ]; then
		mkdir "$1" || die "$1: cannot be made"
		[ "$(id -u)" != 0 ] || chown postgres:postgres "$1"
	fi
	# In /tmp somebody else may have been there first.
	[ ! -L "$1" ] && [ "$(stat -c %u "$1")" = "$owner" ] ||
		die "$1: belongs to another user; stop and remove it, or set MC_VAR"
	chmod 0700 "$1"
}

# Sets bin: the programs of the version that made the data, or the newest.
find_programs() {
	bin=
	if [ -r "$data/PG_VERSION" ]; then
		version=$(cat "$data/PG_VERSION")
		bin=/usr/lib/postgresql/$version/bin
		[ -x "$bin/postgres" ] || die "PostgreSQL $version made $data, and is not installed"
		return
	fi
	for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n); do
		[ ! -x "$candidate/initdb" ] || bin=$candidate
	done
	[ -n "$bin" ] || die "PostgreSQL is missing: apt-get install postgresql"
}

# True while a process works in the data directory, as a postmaster and its children do.
in_use() {
	for link in /proc/[0-9]*/cwd; do
		[ "$(as_user readlink "$link" 2>/dev/null)" != "$data" ] || return 0
	done
	return 1
}

answers() {
	"$bin/pg_isready" -q -h "$socket" -p 5432 -d postgres -U postgres -t 5
}

runs() {
	[ -r "$data/postmaster.pid" ] || return 1
	pid=$(head -n 1 "$data/postmaster.pid")
	[ "$(as_user readlink "/proc/$pid/cwd" 2>/dev/null)" = "$data" ]
}

make_cluster() {
	say "making a PostgreSQL $(basename "$(dirname "$bin")") cluster in $base"
	rm -rf "$base/data.new"
	as_user "$bin/initdb" -D "$base/data.new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
		--no-instructions >"$base/initdb.log" 2>&1 || {
		cat "$base/initdb.log" >&2
		die "initdb failed"
	}
	echo "local all all trust" >"$base/data.new/pg_hba.conf"
	cat >>"$base/data.new/postgresql.conf" <<'TEXT'

# Mini Classroom: a small cluster for one machine, durable.
include = 'miniclass.conf'
TEXT
	cat >"$base/data.new/miniclass.conf" <<'TEXT'
listen_addresses = ''
port = 5432
fsync = on
synchronous_commit = on
max_connections = 300
shared_buffers = 128MB
effective_cache_size = 512MB
max_wal_size = 256MB
min_wal_size = 64MB
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u '
TEXT
	[ "$(id -u)" != 0 ] || chown -R postgres:postgres "$base/data.new"
	mv "$base/data.new" "$data"
}

start_cluster() {
	if [ -e "$data/postmaster.pid" ] && ! in_use; then
		# A crash left it, and its number may be another process's by now.
		rm -f "$data/postmaster.pid"
	fi
	# The last children of a killed postmaster need a moment to notice.
	for try in 1 2 3 4 5; do
		if as_user "$bin/pg_ctl" start -s -w -t 60 -D "$data" -l "$log" \
			-o "-c unix_socket_directories='$socket'" 9>&- >/dev/null 2>&1; then
			return
		fi
		[ "$try" = 5 ] || sleep 1
	done
	tail -n 20 "$log" >&2
	die "PostgreSQL did not start: see $log"
}

stop_cluster() {
	as_user "$bin/pg_ctl" stop -s -w -t 60 -m fast -D "$data" 9>&-
}

query() {
	"$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$socket" -p 5432 -U postgres "$@"
}

prepare_database() {
	[ "$(query -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$database'")" = 1 ] ||
		query -d postgres -c "CREATE DATABASE $database"
	query -d "$database" -c "SET client_min_messages = warning" -f "$top/sql/roles.sql" >/dev/null
}

start() {
	private_directory "$base"
	exec 9>"$base/lock"
	flock -w 120 9 || die "another start or stop takes too long: $base/lock"
	find_programs
	[ -r "$data/PG_VERSION" ] || make_cluster
	private_directory "$socket"
	if ! runs; then
		start_cluster
	elif ! answers; then
		# Its socket is gone, as when somebody cleans /tmp.
		stop_cluster
		start_cluster
	fi
	prepare_database
}

stop() {
	[ -r "$data/PG_VERSION" ] || return 0
	exec 9>"$base/lock"
	flock -w 120 9 || die "another start or stop takes too long: $base/lock"
	find_programs
	runs || return 0
	stop_cluster
}

url() {
	case $1 in
	server) role=mc_server ;;
	admin) role=mc_admin ;;
	superuser) role=postgres ;;
	*) usage >&2; exit 2 ;;
	esac
	echo "postgresql://$role@/$database?host=$socket&port=5432"
}

case ${1:-} in
-h | --help)
	usage
	exit 0
	;;
start | stop | status) [ $# -eq 1 ] || { usage >&2; exit 2; } ;;
url) [ $# -le 2 ] || { usage >&2; exit 2; } ;;
*)
	usage >&2
	exit 2
	;;
esac

locate
# PostgreSQL's programs complain about a working directory that their user cannot enter.
cd /
case $1 in
start) start ;;
stop) stop ;;
status) { find_programs && runs && answers; } || exit 1 ;;
url) url "${2:-server}" ;;
esac
